package unitcheck

import (
	"strings"

	"netsim/nmodl/ast"
)

// find looks a name up, from the innermost scope outwards.
func (c *check) find(name string) *variable {
	for i := len(c.scopes) - 1; i >= 0; i-- {
		if v := c.scopes[i][name]; v != nil {
			return v
		}
	}
	return nil
}

// expr is the units of an expression; mistakes in it are reported.
func (c *check) expr(e ast.Expr) quantity {
	switch e := e.(type) {
	case *ast.Number:
		if strings.TrimSpace(e.Unit) != "" {
			return c.unit(e.Unit, e.Pos)
		}
		q := pure()
		q.open = true
		return q
	case *ast.VarRef:
		return c.ref(e)
	case *ast.Paren:
		return c.paren(e)
	case *ast.Unary:
		q := c.expr(e.X)
		if e.Op == "!" {
			return pure()
		}
		return q
	case *ast.Binary:
		return c.binary(e)
	case *ast.Call:
		return c.call(e)
	}
	return pure()
}

func (c *check) ref(e *ast.VarRef) quantity {
	q := pure()
	switch v := c.find(e.Name); {
	case v != nil:
		q = v.quantity
		if len(c.scopes) > 1 && v == c.scopes[0][e.Name] {
			c.specialUsed(e)
		}
	case e.Name == "f_flux" || e.Name == "b_flux":
		q = c.flux
	}
	if e.Prime > 0 {
		q = q.times(c.scopes[0]["t"].quantity, -e.Prime)
	}
	return q
}

// specialUsed reports a variable of NEURON's that is used without being declared. t need not be.
func (c *check) specialUsed(e *ast.VarRef) {
	unit := special[e.Name]
	if unit == "" || e.Name == "t" || c.f.Neuron == nil || c.settled[e.Name] {
		return
	}
	c.settled[e.Name] = true
	c.undeclared(e.Name, e.Pos, c.demanded(unit))
}

// conversion is the number of (number), with any parentheses more, else nil.
func conversion(e ast.Expr) *ast.Number {
	p, ok := e.(*ast.Paren)
	if !ok {
		return nil
	}
	if n, ok := p.X.(*ast.Number); ok && strings.TrimSpace(n.Unit) == "" {
		return n
	}
	return conversion(p.X)
}

func (c *check) paren(e *ast.Paren) quantity {
	n := conversion(e)
	if n == nil {
		return c.expr(e.X)
	}
	if n.Value == 0 {
		c.warn(n.Pos, "write 0 without the parentheses", "a single number in parentheses is a conversion factor, which cannot be 0")
		return c.expr(n)
	}
	q := pure()
	q.Factor = 1 / n.Value
	return q
}

func (c *check) binary(e *ast.Binary) quantity {
	if e.Op == "^" {
		return c.power(e)
	}
	x := c.expr(e.X)
	y := c.expr(e.Y)
	switch e.Op {
	case "*":
		return x.times(y, 1)
	case "/":
		return x.times(y, -1)
	case "&&", "||":
		return pure()
	}
	if !x.agrees(y) {
		c.warn(e.Pos, c.fixTerm(e, x, y), "the two sides of %s differ in units: %s and %s%s", e.Op, c.text(x), c.text(y), c.factor(y, x))
	}
	switch {
	case e.Op != "+" && e.Op != "-":
		return pure()
	case x.open || x.unknown:
		return y
	}
	return x
}

// power is x^y. Only a positive integer, written as such, can be the exponent of what has units.
func (c *check) power(e *ast.Binary) quantity {
	x := c.expr(e.X)
	if n, ok := e.Y.(*ast.Number); ok && n.Int && n.Value >= 0 && n.Value <= 100 && strings.TrimSpace(n.Unit) == "" {
		q := pure().times(x, int(n.Value))
		q.open = x.open
		return q
	}
	if !x.open {
		c.mustBePlain(e.X, x, "the base of ^", "a base with units can only have a positive integer such as 2 as its exponent")
	}
	y := c.expr(e.Y)
	c.mustBePlain(e.Y, y, "the exponent", "")
	q := pure()
	q.open = x.open && y.open
	return q
}

// mustBePlain reports e, whose units are q, unless it is a number without units.
func (c *check) mustBePlain(e ast.Expr, q quantity, what, hint string) {
	if q.agrees(pure()) {
		return
	}
	if hint == "" {
		hint = c.fixPlain(e, q)
	}
	c.warn(start(e), hint, "%s must be a plain number, and is %s%s", what, c.in(q), c.factor(q, pure()))
}

// builtins are those functions whose arguments have units; "" is a plain number, "*" is anything.
var builtins = map[string]struct {
	args   []string
	result string
}{
	"net_send":            {[]string{"ms", "*"}, ""},
	"net_event":           {[]string{"ms"}, ""},
	"net_move":            {[]string{"ms"}, ""},
	"at_time":             {[]string{"ms"}, ""},
	"nrn_ghk":             {[]string{"millivolt", "milli/liter", "milli/liter", ""}, "millicoul/cm3"},
	"state_discontinuity": {[]string{"*", "*"}, ""},
}

// call is the units of what a function gives.
func (c *check) call(e *ast.Call) quantity {
	if s := c.syms.ByName[e.Name]; s != nil && s.Func != nil {
		for i, arg := range e.Args {
			q := c.expr(arg)
			if i >= len(s.Args) {
				continue
			}
			if want := c.unit(s.Args[i].Unit, s.Args[i].Pos); !q.agrees(want) {
				c.warn(start(arg), c.fixArgument(arg, q, want, s.Args[i]), "the argument %s of %s is %s, and what it is given is %s%s",
					s.Args[i].Name, e.Name, c.in(want), c.in(q), c.factor(q, want))
			}
		}
		return c.unit(s.Func.Unit, s.Func.Pos)
	}
	b := builtins[e.Name]
	for i, arg := range e.Args {
		if _, isText := arg.(*ast.Str); isText {
			continue
		}
		q := c.expr(arg)
		switch {
		case i >= len(b.args) || b.args[i] == "":
			hint := ""
			if e.Name == "printf" {
				hint = "put UNITSOFF … UNITSON around it"
			}
			c.mustBePlain(arg, q, "the argument of "+e.Name, hint)
		case b.args[i] != "*":
			if want := c.demanded(b.args[i]); !q.agrees(want) {
				c.warn(start(arg), c.fix(arg, q, want), "the argument of %s must be %s, and is %s%s", e.Name, c.in(want), c.in(q), c.factor(q, want))
			}
		}
	}
	return c.unit(b.result, e.Pos)
}

// start is where an expression begins.
func start(e ast.Expr) ast.Pos {
	for {
		b, ok := e.(*ast.Binary)
		if !ok {
			return e.ExprPos()
		}
		e = b.X
	}
}
