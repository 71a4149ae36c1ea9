package lower

import (
	"sort"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// newton is scopmath's nrn_newton_thread (newton_thread.hpp; newton.hpp does the same) with its finite-difference
// Jacobian: it moves the places xs until f, which evaluate leaves in val, vanishes.
func (w *walker) newton(pos ast.Pos, xs []place, evaluate func(val []place)) {
	w.scalarOnly(pos, "Newton's method")
	n := len(xs)
	if n == 0 {
		return
	}
	if n > maxNewton {
		panic(tooLarge{pos, "too many states for an implicit method"})
	}
	op, k, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	locals := func(n int) []place {
		ps := make([]place, n)
		for i := range ps {
			ps[i] = w.b.newLocal()
		}
		return ps
	}
	val, high, jac := locals(n), locals(n), locals(n*n)
	inc, change, dev, count, done := w.b.newLocal(), w.b.newLocal(), w.b.newLocal(), w.b.newLocal(), w.b.newLocal()
	// Each small step frees its temporaries.
	do := func(f func()) {
		m := w.b.mark()
		f()
		w.b.release(m)
	}
	shift := func(o program.Op, x place, by value) { write(x, op(o, read(x), by)) }
	var factors []place
	jacobian := func() {
		for j, x := range xs {
			do(func() {
				write(inc, op(program.OpMax, op(program.OpAbs, op(program.OpMul, k(0.02), read(x))), k(newtonDx)))
				shift(program.OpAdd, x, read(inc))
			})
			evaluate(val)
			for i := range xs {
				do(func() { write(high[i], read(val[i])) })
			}
			do(func() { shift(program.OpSub, x, op(program.OpMul, k(2), read(inc))) })
			evaluate(val)
			for i := range xs {
				do(func() {
					d := op(program.OpSub, read(high[i]), read(val[i]))
					write(jac[i*n+j], op(program.OpDiv, d, op(program.OpMul, k(2), read(inc))))
				})
			}
			do(func() { shift(program.OpAdd, x, read(inc)) })
			evaluate(val)
		}
		elements := make([]value, n*n)
		for i := range xs {
			do(func() { write(val[i], op(program.OpNeg, read(val[i]))) })
		}
		for i, p := range jac {
			elements[i] = read(p)
		}
		factors = w.b.crout(pos, n, elements)
	}
	write(change, k(1))
	write(done, k(0))
	write(count, k(0))
	w.b.loop(pos, func() value { return op(program.OpNot, read(done)) }, func() {
		do(func() { write(count, op(program.OpAdd, read(count), k(1))) })
		w.b.branch(pos, op(program.OpGt, read(change), k(maxChange)), jacobian, func() {})
		rhs := make([]value, n)
		for i := range xs {
			rhs[i] = read(val[i])
		}
		dx := w.b.croutSolve(n, factors, rhs)
		write(change, k(0))
		for i, x := range xs {
			big := op(program.OpGt, op(program.OpAbs, read(x)), k(newtonTol))
			w.b.branch(pos, big, func() {
				rel := w.b.snapshot(op(program.OpAbs, op(program.OpDiv, dx[i], read(x))))
				w.b.branch(pos, op(program.OpGt, rel, read(change)), func() { write(change, rel) }, func() {})
			}, func() {})
			write(x, op(program.OpAdd, read(x), dx[i]))
		}
		evaluate(val)
		write(dev, k(0))
		for i := range xs {
			do(func() {
				write(val[i], op(program.OpNeg, read(val[i])))
				size := w.b.snapshot(op(program.OpAbs, read(val[i])))
				w.b.branch(pos, op(program.OpGt, size, read(dev)), func() { write(dev, size) }, func() {})
			})
		}
		near := op(program.OpAnd, op(program.OpLe, read(change), k(converge)), op(program.OpLe, read(dev), k(newtonTol)))
		w.b.branch(pos, near, func() { write(done, k(1)) }, func() {
			w.b.branch(pos, op(program.OpEq, read(count), k(maxIters)),
				func() { w.b.fail(pos, program.ErrorNotConverged) }, func() {})
		})
	})
}

// nonlinear is where the equations of a NONLINEAR block leave their deviations.
type nonlinear struct {
	val []place
	row int // of the next equation
}

// solveNonlinear lowers SOLVE of a NONLINEAR block: Newton's method on the equations' deviations, right minus left side
// (simultan.cpp).
func (w *walker) solveNonlinear(e *ast.EquationBlock) {
	w.scalarOnly(e.Pos, "SOLVE of a NONLINEAR block")
	xs := w.nonlinearStates(e)
	equations := 0
	inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		if q, ok := s.(*ast.LinEq); ok && !q.Plus {
			equations++
		}
	})
	if equations != len(xs) {
		w.c.unsupported(e.Pos, "NONLINEAR %s: %d equations (outside loops) for %d states;", e.Name, equations, len(xs))
		return
	}
	saved := w.nonlin
	w.newton(e.Pos, xs, func(val []place) {
		w.nonlin = &nonlinear{val: val}
		w.block(e.Body)
	})
	w.nonlin = saved
}

// nonlinearStates are the states of a NONLINEAR block in NEURON's order, that of its table of symbols: by first letter,
// among equal ones the last declared first.
func (w *walker) nonlinearStates(e *ast.EquationBlock) []place {
	l := &linear{w: w, cols: map[linState]int{}}
	only := map[string]bool{}
	for _, s := range e.SolveFor {
		only[s.Name] = true
	}
	used := map[string]bool{}
	inspectBlock(e.Body, nil, func(s ast.Stmt, hidden func(string) bool) {
		q, ok := s.(*ast.LinEq)
		if !ok {
			return
		}
		for _, side := range []ast.Expr{q.Left, q.Right} {
			exprs(side, func(x ast.Expr) {
				if r, ok := x.(*ast.VarRef); ok && !hidden(r.Name) && (len(only) == 0 || only[r.Name]) {
					if _, is := l.state(&ast.VarRef{Pos: r.Pos, Name: r.Name}); is {
						used[r.Name] = true
					}
				}
			})
		}
	})
	var names []string
	for i := len(w.c.s.Order) - 1; i >= 0; i-- {
		if name := w.c.s.Order[i].Name; used[name] {
			names = append(names, name)
		}
	}
	sort.SliceStable(names, func(i, j int) bool { return names[i][0] < names[j][0] })
	var xs []place
	for _, name := range names {
		v := w.c.vars[name]
		for k := range max(v.size, 1) {
			xs = append(xs, place{placeCol, v.index + int32(k)})
		}
	}
	return xs
}

// addText is "x + e" in C text, where e stands without parentheses: its first term is added first.
func (w *walker) addText(x value, e ast.Expr) value {
	if b, ok := e.(*ast.Binary); ok && (b.Op == "+" || b.Op == "-") {
		x = w.addText(x, b.X)
		op := program.OpAdd
		if b.Op == "-" {
			op = program.OpSub
		}
		return w.b.op(op, x, w.expr(b.Y))
	}
	return w.b.op(program.OpAdd, x, w.expr(e))
}

// equation sets (or, for ~+, adds to) one deviation.
func (n *nonlinear) equation(w *walker, q *ast.LinEq) {
	x := w.addText(w.b.op(program.OpNeg, w.expr(q.Left)), q.Right)
	if q.Plus {
		if n.row > 0 {
			p := n.val[n.row-1]
			w.b.write(p, w.b.op(program.OpAdd, w.b.read(p), x))
		}
		return
	}
	if n.row == len(n.val) {
		w.c.unsupported(q.Pos, "an equation of a NONLINEAR block inside a loop")
		return
	}
	w.b.write(n.val[n.row], x)
	n.row++
}
