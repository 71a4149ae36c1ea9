package parser

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/scanner"
)

// Precedences, low to high: || && == < + * unary ^ ("%" has a precedence in nocmodl but no rule). nocmodl has one
// for all comparisons, but hands their text on, so that C's rules decide: a == b < c is a == (b < c).
const (
	precOr = iota + 1
	precAnd
	precEqual
	precCompare
	precSum
	precProduct
	precUnary
	precPower
)

var precedence = map[string]int{
	"||": precOr, "&&": precAnd,
	">": precCompare, ">=": precCompare, "<": precCompare, "<=": precCompare, "==": precEqual, "!=": precEqual,
	"+": precSum, "-": precSum, "*": precProduct, "/": precProduct, "^": precPower,
}

// expr reads any expression.
func (p *parser) expr() ast.Expr { return p.exprAbove(0) }

// exprAbove reads an expression whose operators bind tighter than prec.
func (p *parser) exprAbove(prec int) ast.Expr {
	p.enter()
	defer p.leave()
	x := p.operand()
	// The tree leans as deep as the chain of operators is long, and everyone who walks it recurses.
	for n := 0; ; n++ {
		if p.tok.Kind != scanner.Op {
			return x
		}
		if p.is("%") {
			p.fail(`the operator "%" does not exist in NMODL`, "fmod(a, b)")
		}
		op := precedence[p.tok.Text]
		if op <= prec {
			return x
		}
		if n > 20*maxDepth {
			p.fail("the expression is too long", "")
		}
		b := &ast.Binary{Pos: p.pos(), Op: p.tok.Text, X: x}
		p.next()
		if op == precPower {
			op-- // associates to the right
		}
		b.Y = p.exprAbove(op)
		x = b
	}
}

// operand reads a variable, a literal, a call, ( expr ), -x or !x.
func (p *parser) operand() ast.Expr {
	pos := p.pos()
	switch {
	case p.isNumber():
		return p.literal(true)
	case p.tok.Kind == scanner.Name && p.peek().Is("("):
		return p.call()
	case p.tok.Kind == scanner.Name || p.tok.Kind == scanner.Prime:
		return p.variable("the expression", "")
	case p.is("("):
		p.next()
		x := p.expr()
		if !p.accept(")") {
			p.fail(`expected ")" in the expression, found `+p.found(), "the ( is on line "+itoa(pos.Line))
		}
		return &ast.Paren{Pos: pos, X: x}
	case p.is("-") || p.is("!"):
		op := p.tok.Text
		p.next()
		return &ast.Unary{Pos: pos, Op: op, X: p.exprAbove(precUnary)}
	}
	hint := ""
	if p.is("=") {
		hint = `"==" compares, "=" assigns`
	}
	if p.is("+") {
		hint = "there is no unary +"
	}
	p.fail("expected an expression, found "+p.found(), hint)
	return nil
}

// literal reads a number; its units, if there are any, have no effect.
func (p *parser) literal(units bool) *ast.Number {
	n := &ast.Number{Pos: p.pos(), Int: p.tok.Kind != scanner.Real, Text: p.tok.Text}
	if d, ok := p.defines[n.Text]; ok && p.tok.Kind == scanner.Name {
		n.Text = d
	}
	n.Value = parseFloat(n.Text)
	p.next()
	if units {
		n.Unit = p.unit()
	}
	return n
}

// variable reads name, name[index], name' or name@lag.
func (p *parser) variable(what, form string) *ast.VarRef {
	v := &ast.VarRef{Pos: p.pos()}
	if p.tok.Kind == scanner.Prime {
		v.Name, v.Prime = p.tok.Text, p.tok.Primes
		p.next()
	} else {
		v.Name = p.name(what, form).Name
		if p.accept("@") {
			if !p.isInteger() {
				p.fail("expected an integer after @, found "+p.found(), "name@1 is the value one step before")
			}
			v.At = p.literal(false)
		}
	}
	if p.accept("[") {
		v.Index = p.intExpr(0)
		if !p.accept("]") {
			p.fail(`expected "]" behind the index, found `+p.found(), "an index is made of integers, names, + - * / and INT(expression)")
		}
	}
	return v
}

// call reads name(expr or string, …).
func (p *parser) call() *ast.Call {
	c := &ast.Call{Pos: p.pos(), Name: p.tok.Text}
	p.next()
	p.next()
	for !p.is(")") {
		if len(c.Args) > 0 && !p.accept(",") {
			p.fail(`expected "," or ")" in the call of `+c.Name+", found "+p.found(), "")
		}
		if p.tok.Kind == scanner.String {
			c.Args = append(c.Args, &ast.Str{Pos: p.pos(), Value: p.tok.Text})
			p.next()
			continue
		}
		c.Args = append(c.Args, p.expr())
	}
	p.next()
	return c
}

// intExpr reads what may stand in [ ] and in FROM: integers, names, + - * /, parentheses and INT(expr).
func (p *parser) intExpr(prec int) ast.Expr {
	p.enter()
	defer p.leave()
	x := p.intOperand()
	for n := 0; p.is("+") || p.is("-") || p.is("*") || p.is("/"); n++ {
		op := precedence[p.tok.Text]
		if op <= prec || n > 20*maxDepth {
			break
		}
		b := &ast.Binary{Pos: p.pos(), Op: p.tok.Text, X: x}
		p.next()
		b.Y = p.intExpr(op)
		x = b
	}
	return x
}

func (p *parser) intOperand() ast.Expr {
	pos := p.pos()
	switch {
	case p.isInteger():
		return p.literal(false)
	case p.is("INT"):
		p.next()
		c := &ast.Call{Pos: pos, Name: "INT"}
		p.expect("(", "INT", "INT(expression)")
		c.Args = []ast.Expr{p.expr()}
		p.expect(")", "INT", "INT(expression)")
		return c
	case p.is("("):
		p.next()
		x := p.intExpr(0)
		p.expect(")", "the integer expression", "")
		return &ast.Paren{Pos: pos, X: x}
	case p.tok.Kind == scanner.Name:
		return &ast.VarRef{Pos: pos, Name: p.name("the integer expression", "").Name}
	}
	p.fail("expected an integer expression, found "+p.found(),
		"an index and the limits of FROM are made of integers, names, + - * /, parentheses and INT(expression)")
	return nil
}

// linear reads one side of an equation of LINEAR: a sum of products; other operators need parentheses around them.
func (p *parser) linear() ast.Expr {
	var x ast.Expr
	if p.is("-") {
		u := &ast.Unary{Pos: p.pos(), Op: "-"}
		p.next()
		u.X = p.linearProduct()
		x = u
	} else {
		x = p.linearProduct()
	}
	for n := 0; (p.is("+") || p.is("-")) && n < 20*maxDepth; n++ {
		b := &ast.Binary{Pos: p.pos(), Op: p.tok.Text, X: x}
		p.next()
		b.Y = p.linearProduct()
		x = b
	}
	return x
}

func (p *parser) linearProduct() ast.Expr {
	x := p.linearTerm()
	for n := 0; (p.is("*") || p.is("/")) && n < 20*maxDepth; n++ {
		b := &ast.Binary{Pos: p.pos(), Op: p.tok.Text, X: x}
		p.next()
		b.Y = p.linearTerm()
		x = b
	}
	return x
}

func (p *parser) linearTerm() ast.Expr {
	if p.isNumber() {
		return p.literal(false)
	}
	if p.is("-") || p.is("!") {
		p.fail("expected a term of a linear expression, found "+p.found(),
			"put parentheses around everything but + - * / in an equation of LINEAR")
	}
	return p.operand()
}

// assignOrCall reads f(…) or name = expr as a statement.
func (p *parser) assignOrCall() ast.Stmt {
	if p.tok.Kind == scanner.Name && p.peek().Is("(") {
		return &ast.CallStmt{Call: p.call()}
	}
	return p.assign()
}

func (p *parser) assign() ast.Stmt {
	lhs := p.variable("the statement", "")
	if !p.accept("=") {
		hint := "a statement is name = expression, name(arguments), or begins with a keyword such as IF"
		if p.is("==") {
			hint = `"=" assigns, "==" compares`
		}
		p.fail(`expected "=" behind `+quote(lhs.Name)+", found "+p.found(), hint)
	}
	rhs := p.expr()
	if lhs.Prime > 0 {
		order := lhs.Prime
		lhs.Prime = 0 // the left side names the state; Order tells which derivative
		return &ast.DiffEq{Lhs: lhs, Order: order, Rhs: rhs}
	}
	return &ast.Assign{Lhs: lhs, Rhs: rhs}
}
