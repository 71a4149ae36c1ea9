package unitcheck

import (
	"slices"
	"strings"

	"netsim/nmodl/ast"
)

// block is a body with the names that come with it.
type block struct {
	pos  ast.Pos
	walk func()
}

// blocks walks over all that has statements, in the order of the text: a LOCAL of the file has the units of what was
// last assigned to it.
func (c *check) blocks() {
	f := c.f
	var list []block
	add := func(b *ast.Block, args []ast.Arg) {
		if b != nil {
			list = append(list, block{b.Pos, func() { c.enter(b, c.arguments(args)) }})
		}
	}
	for _, b := range []*ast.Block{f.Initial, f.Breakpoint, f.Constructor, f.Destructor} {
		add(b, nil)
	}
	for _, fn := range f.Functions {
		if fn.Body == nil {
			continue
		}
		list = append(list, block{fn.Pos, func() {
			scope := c.arguments(fn.Args)
			scope[fn.Name] = &variable{quantity: c.unit(fn.Unit, fn.Pos)}
			c.enter(fn.Body, scope)
		}})
	}
	for _, e := range f.Equations {
		if e.Body != nil {
			list = append(list, block{e.Pos, func() { c.equations(e.Body) }})
		}
	}
	if n := f.NetReceive; n != nil && n.Body != nil {
		list = append(list, block{n.Pos, func() { c.netReceive(n) }})
	}
	for _, ba := range f.BeforeAfter {
		add(ba.Body, nil)
	}
	slices.SortStableFunc(list, func(a, b block) int { return c.source.compare(a.pos, b.pos) })
	for _, b := range list {
		b.walk()
	}
}

func (c *check) arguments(args []ast.Arg) map[string]*variable {
	scope := make(map[string]*variable, len(args)+1)
	for _, a := range args {
		scope[a.Name] = &variable{c.unit(a.Unit, a.Pos), true}
	}
	return scope
}

// enter walks over a body with some names in scope.
func (c *check) enter(b *ast.Block, scope map[string]*variable) {
	c.scopes = append(c.scopes, scope)
	c.body(b)
	c.scopes = c.scopes[:len(c.scopes)-1]
}

// netReceive walks over the body and the INITIAL in it, which share the arguments, as they stand.
func (c *check) netReceive(n *ast.NetReceive) {
	scope := c.arguments(n.Args)
	scope["flag"] = &variable{quantity: pure()}
	c.scopes = append(c.scopes, scope, localScope(n.Body))
	initial := n.Initial
	for _, s := range n.Body.Stmts {
		if initial != nil && c.source.compare(initial.Pos, s.StmtPos()) < 0 {
			c.body(initial)
			initial = nil
		}
		c.stmt(s)
	}
	if initial != nil {
		c.body(initial)
	}
	c.scopes = c.scopes[:len(c.scopes)-2]
}

func localScope(b *ast.Block) map[string]*variable {
	scope := make(map[string]*variable, len(b.Locals))
	for _, v := range b.Locals {
		scope[v.Name] = &variable{pure(), true}
	}
	return scope
}

func (c *check) body(b *ast.Block) {
	if b == nil {
		return
	}
	c.scopes = append(c.scopes, localScope(b))
	for _, s := range b.Stmts {
		c.stmt(s)
	}
	c.scopes = c.scopes[:len(c.scopes)-1]
}

func (c *check) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.Assign:
		c.assign(s)
	case *ast.DiffEq:
		want := pure()
		if v := c.find(s.Lhs.Name); v != nil {
			want = v.quantity
		}
		want = want.times(c.scopes[0]["t"].quantity, -s.Order)
		c.sameSides(s.Lhs.Name+strings.Repeat("'", s.Order), want, s.Rhs, c.expr(s.Rhs))
	case *ast.If:
		c.expr(s.Cond)
		c.body(s.Then)
		c.body(s.Else)
	case *ast.While:
		c.expr(s.Cond)
		c.body(s.Body)
	case *ast.From:
		c.enter(s.Body, map[string]*variable{s.Var: {quantity: pure()}})
	case *ast.ForAll:
		c.body(s.Body)
	case *ast.CallStmt:
		c.call(s.Call)
	case *ast.Solve:
		c.body(s.IfError)
	case *ast.Reaction:
		c.reaction(s)
	case *ast.LinEq:
		left := c.expr(s.Left)
		c.sides(s.Pos, "the equation", left, s.Right, c.expr(s.Right))
	case *ast.Conserve:
		c.conserve(s)
	case *ast.Compartment:
		if s.Longitudinal {
			c.diffusion(s)
		}
	case *ast.Watch:
		for _, item := range s.Items {
			op := ">"
			if item.Less {
				op = "<"
			}
			c.binary(&ast.Binary{Pos: item.Pos, Op: op, X: item.A, Y: item.B})
		}
	case *ast.ForNetCons:
		c.enter(s.Body, c.arguments(s.Args))
	case *ast.Protect:
		c.stmt(s.Stmt)
	case *ast.BlockStmt:
		c.body(s.Block)
	}
}

func (c *check) assign(s *ast.Assign) {
	got := c.expr(s.Rhs)
	v := c.find(s.Lhs.Name)
	if v != nil && v.inferred {
		got.open = false
		v.quantity = got
		return
	}
	c.sameSides(s.Lhs.Name, c.ref(s.Lhs), s.Rhs, got)
}

// sameSides holds what is assigned to name against name's units.
func (c *check) sameSides(name string, want quantity, rhs ast.Expr, got quantity) {
	if !got.agrees(want) {
		c.warn(start(rhs), c.fixAssigned(name, rhs, got, want), "%s is %s, and what it is set to is %s%s", name, c.in(want), c.in(got), c.factor(got, want))
	}
}

// sides holds the sides of an equation against each other.
func (c *check) sides(pos ast.Pos, what string, left quantity, rhs ast.Expr, right quantity) {
	if !right.agrees(left) {
		c.warn(pos, c.fix(rhs, right, left), "the two sides of %s differ in units: %s and %s%s", what, c.text(left), c.text(right), c.factor(right, left))
	}
}
