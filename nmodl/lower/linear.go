package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// linear assembles the matrix of a LINEAR block while its statements are lowered (simultan.cpp).
type linear struct {
	w     *walker
	n     int
	cols  map[linState]int
	order []linState
	coef  []place // n rows of n+1
	row   int
}

// linState is a state, or an element of a state array.
type linState struct {
	name string
	elem int
}

// solveLinear lowers SOLVE of a LINEAR block: states numbered in order of first appearance, equations in order, then
// simeq.
func (w *walker) solveLinear(e *ast.EquationBlock) {
	if !w.b.scalar() {
		panic(needScalar{e.Pos, "SOLVE of a LINEAR block"})
	}
	l := &linear{w: w, cols: map[linState]int{}}
	equations := 0
	inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		if q, ok := s.(*ast.LinEq); ok {
			equations++
			for _, side := range []ast.Expr{q.Left, q.Right} {
				exprs(side, func(x ast.Expr) {
					if v, ok := x.(*ast.VarRef); ok {
						l.number(v)
					}
				})
			}
		}
	})
	l.n = len(l.order)
	if equations != l.n {
		w.c.unsupported(e.Pos, "LINEAR %s: %d equations (outside loops) for %d states;", e.Name, equations, l.n)
		return
	}
	if l.n > maxStates {
		panic(tooLarge{e.Pos, "too many states for a LINEAR block"})
	}
	for range l.n * (l.n + 1) {
		l.coef = append(l.coef, w.b.newLocal())
	}
	for _, p := range l.coef {
		w.b.write(p, w.b.constant(0))
	}
	saved := w.lin
	w.lin = l
	w.block(e.Body)
	w.lin = saved
	vals := make([]value, len(l.coef))
	for i, p := range l.coef {
		vals[i] = w.b.read(p)
	}
	for i, x := range w.b.linSolve(e.Pos, l.n, vals) {
		s := l.order[i]
		v := w.c.vars[s.name]
		w.b.write(place{placeCol, v.index + int32(s.elem)}, x)
	}
}

// state returns the state that a reference names.
func (l *linear) state(r *ast.VarRef) (linState, bool) {
	if _, local := l.w.sc.find(r.Name); local {
		return linState{}, false
	}
	v := l.w.c.vars[r.Name]
	if v == nil || v.sym.Kind != checker.State || v.kind != varCol {
		return linState{}, false
	}
	s := linState{name: r.Name}
	if r.Index != nil {
		i, ok := l.w.intConst(r.Index)
		if !ok || i < 0 || i >= v.size {
			l.w.c.unsupported(r.Pos, "index of %s in a LINEAR block", r.Name)
			return linState{}, false
		}
		s.elem = i
	}
	return s, true
}

// number gives a state its column; the elements of an array stand side by side.
func (l *linear) number(r *ast.VarRef) {
	s, ok := l.state(r)
	if !ok {
		return
	}
	if _, seen := l.cols[s]; seen {
		return
	}
	for e := range max(l.w.c.vars[s.name].size, 1) {
		s.elem = e
		l.cols[s] = len(l.order)
		l.order = append(l.order, s)
	}
}

// equation adds one row. Both sides are brought to one with their sign turned, term by term.
func (l *linear) equation(q *ast.LinEq) {
	l.terms(q.Left, false, true)
	l.terms(q.Right, false, false)
	l.row++
}

// terms splits a sum; minus tells whether the term's sign is turned.
func (l *linear) terms(e ast.Expr, minus, left bool) {
	if b, ok := e.(*ast.Binary); ok && (b.Op == "+" || b.Op == "-") {
		l.terms(b.X, minus, left)
		l.terms(b.Y, minus != (b.Op == "-"), left)
		return
	}
	e, flipped := stripMinus(e)
	l.term(e, minus != flipped, left)
}

// stripMinus takes a leading minus off a product: nocmodl moves it to the sign of the term.
func stripMinus(e ast.Expr) (ast.Expr, bool) {
	switch e := e.(type) {
	case *ast.Unary:
		if e.Op == "-" {
			x, f := stripMinus(e.X)
			return x, !f
		}
	case *ast.Binary:
		if e.Op == "*" || e.Op == "/" {
			if x, f := stripMinus(e.X); f {
				return &ast.Binary{Pos: e.Pos, Op: e.Op, X: x, Y: e.Y}, true
			}
		}
	}
	return e, false
}

func (l *linear) term(e ast.Expr, minus, left bool) {
	states := 0
	column := l.n
	exprs(e, func(x ast.Expr) {
		if r, ok := x.(*ast.VarRef); ok {
			if s, ok := l.state(r); ok {
				states++
				column = l.cols[s]
			}
		}
	})
	if states > 1 {
		l.w.c.unsupported(e.ExprPos(), "a product of states in a LINEAR block")
		return
	}
	c := l.w.expr(l.replace(e))
	p := l.coef[l.row*(l.n+1)+column]
	// A term with a state goes to the matrix with its sign turned on the left side, a term without one to the
	// right-hand side with its sign turned on the right side.
	add := minus
	if (states == 1) != left {
		add = !minus
	}
	op := program.OpSub
	if add {
		op = program.OpAdd
	}
	l.w.b.write(p, l.w.b.op(op, l.w.b.read(p), c))
}

// replace puts 1.0 in the state's place, which leaves the coefficient.
func (l *linear) replace(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.VarRef:
		if _, ok := l.state(e); ok {
			return one
		}
	case *ast.Binary:
		return &ast.Binary{Pos: e.Pos, Op: e.Op, X: l.replace(e.X), Y: l.replace(e.Y)}
	case *ast.Unary:
		return &ast.Unary{Pos: e.Pos, Op: e.Op, X: l.replace(e.X)}
	case *ast.Paren:
		return &ast.Paren{Pos: e.Pos, X: l.replace(e.X)}
	}
	return e
}
