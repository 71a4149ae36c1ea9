package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// quad is what nocmodl's analyser (diffeq.ypp) carries for each subexpression of the right side of s' = f: its
// derivative by s, a second copy of that (a2) and the part without s (b). They are texts there and trees here; nil
// stands for the text "0.0", which means absent. nonlinear marks a product of two factors with s: the analyser
// accepts it and writes a formula without b and a2.
type quad struct {
	a, a2, b  ast.Expr
	nonlinear bool
}

// one is the derivative of s by itself.
var one = &ast.Number{Text: "1.0", Value: 1}

// cnexp is the analyser for one state.
type cnexp struct {
	state string
	ok    bool
}

// analyse returns the parts of f, and false when nocmodl could not translate it ("using derivimplicit").
func analyse(state string, f ast.Expr) (quad, bool) {
	c := cnexp{state: state, ok: true}
	q := c.expr(f)
	return q, c.ok
}

func paren(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	return &ast.Paren{Pos: e.ExprPos(), X: e}
}

func neg(e ast.Expr) ast.Expr {
	if e == nil {
		return nil
	}
	return &ast.Unary{Pos: e.ExprPos(), Op: "-", X: e}
}

func bin(op string, x, y ast.Expr) ast.Expr {
	return &ast.Binary{Pos: x.ExprPos(), Op: op, X: x, Y: y}
}

// literalZero reports whether a number's text is "0.0" in the C that nocmodl writes: the integer 0, or 0.0 itself.
// 0. and 0e0 are other texts and count as present.
func literalZero(n *ast.Number) bool {
	return n.Int && n.Value == 0 || n.Text == "0.0"
}

func (c *cnexp) expr(e ast.Expr) quad {
	switch e := e.(type) {
	case *ast.Number:
		if literalZero(e) {
			return quad{}
		}
		return quad{b: e}
	case *ast.VarRef:
		if e.Name == c.state && e.Prime == 0 {
			return quad{a: one, a2: one}
		}
		return quad{b: e}
	case *ast.Paren:
		q := c.expr(e.X)
		return quad{paren(q.a), paren(q.a2), paren(q.b), q.nonlinear}
	case *ast.Unary:
		if e.Op != "-" {
			return c.opaque(e)
		}
		q := c.expr(e.X)
		return quad{neg(q.a), neg(q.a2), neg(q.b), q.nonlinear}
	case *ast.Binary:
		switch e.Op {
		case "+", "-":
			x, y := c.expr(e.X), c.expr(e.Y)
			return quad{sum(e.Op, x.a, y.a), sum(e.Op, x.a2, y.a2), sum(e.Op, x.b, y.b), x.nonlinear || y.nonlinear}
		case "*":
			return c.product(e)
		case "/":
			return c.quotient(e)
		}
		return c.opaque(e)
	case *ast.Call:
		return c.opaque(e)
	}
	c.ok = false
	return quad{}
}

// opaque is a function call (or a power, a comparison: those nocmodl 9 aborts on): fine without the state inside.
func (c *cnexp) opaque(e ast.Expr) quad {
	exprs(e, func(e ast.Expr) {
		if v, ok := e.(*ast.VarRef); ok && v.Name == c.state {
			c.ok = false
		}
	})
	return quad{b: e}
}

// sum is x op y where either may be absent; a lone y under "-" becomes ( - y ).
func sum(op string, x, y ast.Expr) ast.Expr {
	switch {
	case x != nil && y != nil:
		return bin(op, x, y)
	case x != nil:
		return x
	case y != nil && op == "-":
		return paren(neg(y))
	}
	return y
}

func (c *cnexp) product(e *ast.Binary) quad {
	x, y := c.expr(e.X), c.expr(e.Y)
	q := quad{nonlinear: x.nonlinear || y.nonlinear}
	times := func(x, y ast.Expr) ast.Expr {
		if x == nil || y == nil {
			return nil
		}
		return bin("*", paren(x), paren(y))
	}
	switch {
	case x.a != nil && y.a != nil:
		q.a = paren(bin("+", times(x.a, e.Y), times(e.X, y.a)))
		q.nonlinear = true
		return q
	case x.a != nil:
		q.a = times(x.a, e.Y)
		q.a2 = times(x.a2, y.b)
	case y.a != nil:
		q.a = times(e.X, y.a)
		q.a2 = times(x.b, y.a2)
	}
	q.b = times(x.b, y.b)
	return q
}

func (c *cnexp) quotient(e *ast.Binary) quad {
	x, y := c.expr(e.X), c.expr(e.Y)
	if y.a != nil {
		c.ok = false
	}
	over := func(x ast.Expr) ast.Expr {
		if x == nil {
			return nil
		}
		return bin("/", paren(x), e.Y)
	}
	return quad{over(x.a), over(x.a2), over(x.b), x.nonlinear}
}

// cnexpStep replaces s' = f in place (deriv.cpp: cnexp):
//
//	a absent:    s = s - dt*(-( f ))
//	otherwise:   s = s + (1. - exp(dt*(a)))*(-( b )/( a2 ) - s)
//	nonlinear:   s = s + (1. - exp(dt*(a)))*( - s)
func (w *walker) cnexpStep(d *ast.DiffEq) {
	q, _ := analyse(d.Lhs.Name, d.Rhs)
	op, k := w.b.op, w.b.constant
	dt := w.b.read(w.dt)
	s := &ast.VarRef{Pos: d.Lhs.Pos, Name: d.Lhs.Name, Index: d.Lhs.Index}
	if q.a == nil {
		f := op(program.OpNeg, w.exprOrZero(q.b))
		w.assign(s, op(program.OpSub, w.expr(s), op(program.OpMul, dt, f)))
		return
	}
	rate := w.expr(q.a)
	if w.c.o.Fast && !w.b.scalar() {
		w.relax(s, q, op(program.OpExp, op(program.OpMul, dt, rate)))
		return
	}
	gain := op(program.OpSub, k(1), op(program.OpExp, op(program.OpMul, dt, rate)))
	var target value
	if q.nonlinear || q.b == nil && q.a2 == nil {
		target = op(program.OpNeg, w.expr(s))
	} else {
		b := op(program.OpNeg, w.exprOrZero(q.b))
		target = op(program.OpSub, op(program.OpDiv, b, w.exprOrZero(q.a2)), w.expr(s))
	}
	w.assign(s, op(program.OpAdd, w.expr(s), op(program.OpMul, gain, target)))
}

// relax is the step of Options.Fast: target + (s - target)·decay is the same number as s + (1 - decay)·(target - s).
func (w *walker) relax(s *ast.VarRef, q quad, decay value) {
	op := w.b.op
	if q.nonlinear || q.b == nil {
		// What has decayed for long would end as a subnormal number, which costs processors a hundred cycles in every
		// operation: 1e-290 makes it zero and changes nothing else.
		tiny := w.b.constant(1e-290)
		w.assign(s, op(program.OpSub, op(program.OpAdd, op(program.OpMul, decay, w.expr(s)), tiny), tiny))
		return
	}
	target := op(program.OpDiv, op(program.OpNeg, w.expr(q.b)), w.exprOrZero(q.a2))
	w.assign(s, op(program.OpAdd, target, op(program.OpMul, decay, op(program.OpSub, w.expr(s), target))))
}

func (w *walker) exprOrZero(e ast.Expr) value {
	if e == nil {
		return w.b.constant(0)
	}
	return w.expr(e)
}
