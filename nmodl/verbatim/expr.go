package verbatim

import (
	"math"
	"strings"
)

func (p *parser) comma() Expr {
	x := p.assignment()
	for p.is(",") {
		t := p.next()
		x = &Binary{t.pos, ",", x, p.assignment()}
	}
	return x
}

func (p *parser) assignment() Expr {
	p.enter()
	defer p.leave()
	x := p.ternary()
	t := p.peek()
	if t.kind != tokOp {
		return x
	}
	switch t.text {
	case "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=":
		p.at++
		return &Assign{t.pos, strings.TrimSuffix(t.text, "="), x, p.assignment()}
	}
	return x
}

func (p *parser) ternary() Expr {
	p.enter()
	defer p.leave()
	c := p.binary(1)
	if !p.is("?") {
		return c
	}
	t := p.next()
	a := p.comma()
	p.expect(":")
	return &Cond{t.pos, c, a, p.assignment()}
}

var precedence = map[string]int{
	"||": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "<": 7, ">": 7, "<=": 7, ">=": 7, "<<": 8, ">>": 8,
	"+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}

func (p *parser) binary(level int) Expr {
	p.enter()
	defer p.leave()
	x := p.unary()
	for {
		t := p.peek()
		prec := precedence[t.text]
		if t.kind != tokOp || prec < level || prec == 0 {
			return x
		}
		p.at++
		x = &Binary{t.pos, t.text, x, p.binary(prec + 1)}
	}
}

func (p *parser) unary() Expr {
	p.enter()
	defer p.leave()
	t := p.peek()
	if t.kind == tokOp {
		switch t.text {
		case "-", "+", "!", "~", "*", "&":
			p.at++
			return &Unary{t.pos, t.text, p.unary()}
		case "++", "--":
			p.at++
			return &Step{Pos: t.pos, Down: t.text == "--", X: p.unary()}
		case "(":
			if p.typeAt(1, false) {
				p.at++
				typ := p.typeName()
				p.expect(")")
				return &Cast{t.pos, typ, p.unary()}
			}
		}
	}
	if t.kind == tokName {
		switch t.text {
		case "static_cast", "reinterpret_cast", "const_cast":
			p.at++
			p.expect("<")
			typ := p.typeName()
			p.expect(">")
			p.expect("(")
			x := p.comma()
			p.expect(")")
			return p.postfix(&Cast{t.pos, typ, x})
		case "sizeof":
			p.fail("sizeof")
		}
	}
	return p.postfix(p.primary())
}

func (p *parser) primary() Expr {
	t := p.next()
	switch t.kind {
	case tokNumber:
		return &Num{t.pos, t.num, t.int}
	case tokString:
		s := &Str{t.pos, strings.Trim(t.text, `"`)}
		for p.peek().kind == tokString {
			s.Value += strings.Trim(p.next().text, `"`)
		}
		return s
	case tokName:
		if keyword[t.text] {
			p.at--
			p.fail("%s in an expression", t.text)
		}
		name := t.text
		for name == "std" && p.is("::") {
			p.at++
			name = p.next().text
		}
		if typeWords[name] != "" && p.is("(") { // double(x)
			p.at++
			x := p.comma()
			p.expect(")")
			return &Cast{t.pos, Type{Name: typeWords[name]}, x}
		}
		return &Name{t.pos, name}
	case tokOp:
		if t.text == "(" {
			x := p.comma()
			p.expect(")")
			return x
		}
	}
	p.at--
	switch t.kind {
	case tokEnd:
		p.fail("an expression is missing at the end")
	case tokNMODL:
		p.fail("an expression is missing before the next NMODL statement")
	}
	p.fail("%s where an expression should be", t.text)
	return nil
}

func (p *parser) postfix(x Expr) Expr {
	for {
		t := p.peek()
		if t.kind != tokOp {
			return x
		}
		switch t.text {
		case "(":
			p.at++
			c := &Call{Pos: t.pos, Fun: x}
			if n, ok := x.(*Name); ok {
				c.Pos = n.Pos
			}
			for !p.accept(")") {
				if n := p.peek(); n.kind == tokName && threadArgs[n.text] && (p.ahead(1).text == "," || p.ahead(1).text == ")" || strings.HasSuffix(n.text, "comma_")) {
					p.at++
					p.accept(",")
					continue
				}
				c.Args = append(c.Args, p.assignment())
				if !p.is(")") {
					p.expect(",")
				}
			}
			x = c
		case "[":
			p.at++
			i := p.comma()
			p.expect("]")
			x = &Index{t.pos, x, i}
		case ".", "->":
			p.at++
			n := p.next()
			if n.kind != tokName {
				p.at--
				p.fail("a name is missing behind %s", t.text)
			}
			x = &Member{t.pos, x, n.text}
		case "++", "--":
			p.at++
			x = &Step{Pos: t.pos, Down: t.text == "--", Post: true, X: x}
		default:
			return x
		}
	}
}

// Constant evaluates a constant expression.
func Constant(x Expr) (float64, bool) {
	v, _, ok := constant(x)
	return v, ok
}

func constant(x Expr) (v float64, isInt, ok bool) {
	switch x := x.(type) {
	case *Num:
		return x.Value, x.Int, true
	case *Cast:
		v, _, ok = constant(x.X)
		if x.T.Integer() {
			return math.Trunc(v), true, ok
		}
		return v, false, ok
	case *Unary:
		v, isInt, ok = constant(x.X)
		switch x.Op {
		case "-":
			return -v, isInt, ok
		case "+":
			return v, isInt, ok
		case "!":
			return truth(v == 0), true, ok
		}
	case *Cond:
		c, _, ok1 := constant(x.C)
		if !ok1 {
			return 0, false, false
		}
		if c != 0 {
			return constant(x.A)
		}
		return constant(x.B)
	case *Binary:
		a, i1, ok1 := constant(x.X)
		b, i2, ok2 := constant(x.Y)
		if !ok1 || !ok2 {
			return 0, false, false
		}
		v, ok = arithmetic(x.Op, a, b, i1 && i2)
		isInt = i1 && i2
		switch x.Op {
		case "<", ">", "<=", ">=", "==", "!=", "&&", "||":
			isInt = true
		}
		return v, isInt, ok
	}
	return 0, false, false
}

func arithmetic(op string, a, b float64, ints bool) (float64, bool) {
	switch op {
	case "+":
		return a + b, true
	case "-":
		return a - b, true
	case "*":
		return float64(a * b), true
	case "/":
		if ints {
			if b == 0 {
				return 0, false
			}
			return math.Trunc(a / b), true
		}
		return a / b, true
	case "%":
		return math.Mod(a, b), ints && b != 0
	case "<":
		return truth(a < b), true
	case ">":
		return truth(a > b), true
	case "<=":
		return truth(a <= b), true
	case ">=":
		return truth(a >= b), true
	case "==":
		return truth(a == b), true
	case "!=":
		return truth(a != b), true
	case "&&":
		return truth(a != 0 && b != 0), true
	case "||":
		return truth(a != 0 || b != 0), true
	case "<<", ">>", "&", "|", "^":
		const limit = 1 << 62
		if !ints || math.Abs(a) > limit || math.Abs(b) > limit {
			return 0, false
		}
		m, n := int64(a), int64(b)
		switch op {
		case "&":
			return float64(m & n), true
		case "|":
			return float64(m | n), true
		case "^":
			return float64(m ^ n), true
		}
		if n < 0 || n > 62 {
			return 0, false
		}
		if op == "<<" {
			return float64(m << n), true
		}
		return float64(m >> n), true
	}
	return 0, false
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
