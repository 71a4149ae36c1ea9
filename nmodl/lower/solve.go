package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// Constants of scopmath (errcodes.hpp).
const (
	roundoff  = 1e-20
	newtonTol = 1e-8 // ZERO
	newtonDx  = 1e-6 // STEP
	converge  = 1e-6
	maxChange = 0.05
	maxIters  = 50
	maxSteps  = 20
)

// solve lowers SOLVE name [STEADYSTATE] METHOD m where it stands.
func (w *walker) solve(s *ast.Solve) {
	if fn := w.c.funcs[s.Name]; fn != nil {
		if len(fn.Args) > 0 {
			w.c.unsupported(s.NamePos, "SOLVE of %s, which has arguments", s.Name)
			return
		}
		if s.Method == "after_cvode" || s.Method == "cvode_t" || s.Method == "cvode_t_v" {
			w.c.note("SOLVE %s METHOD %s runs in every step", s.Name, s.Method)
		}
		w.inline(&ast.Call{Pos: s.NamePos, Name: s.Name}, fn)
		return
	}
	e := w.c.eqs[s.Name]
	if e == nil {
		w.c.unsupported(s.NamePos, "SOLVE of the unknown block %s", s.Name)
		return
	}
	saved := w.sc
	w.sc = nil // the block sees the file, not the block that solves it
	defer func() { w.sc = saved }()
	switch e.Kind {
	case "DERIVATIVE":
		w.solveDerivative(s, e)
	case "KINETIC":
		if s.Method != "sparse" && s.Method != "" {
			w.c.unsupported(s.Pos, "METHOD %s of a KINETIC block", s.Method)
			return
		}
		w.solveKinetic(e, s.SteadyState)
	case "LINEAR":
		w.solveLinear(e)
	default:
		w.c.unsupported(s.Pos, "SOLVE of a %s block", e.Kind)
	}
}

func (w *walker) solveDerivative(s *ast.Solve, e *ast.EquationBlock) {
	method := s.Method
	if method == "cnexp" && !cnexpWorks(e.Body) {
		w.c.note("%s cannot be solved by cnexp; derivimplicit is used, as NEURON does", e.Name)
		method = "derivimplicit"
	}
	if anyStmt(e.Body, func(s ast.Stmt) bool {
		d, ok := s.(*ast.DiffEq)
		return ok && d.Order != 1
	}) {
		w.c.unsupported(e.Pos, "a derivative of higher order in %s", e.Name)
		return
	}
	switch {
	case s.SteadyState:
		w.c.unsupported(s.Pos, "STEADYSTATE %s", method)
	case method == "cnexp":
		w.withDiffEq(w.cnexpStep, func() { w.block(e.Body) })
	case method == "euler":
		w.euler(e)
	case method == "derivimplicit" || method == "":
		w.derivimplicit(e)
	default:
		w.c.unsupported(s.Pos, "METHOD %s", method)
	}
}

func (w *walker) withDiffEq(f func(*ast.DiffEq), body func()) {
	saved := w.onDiffEq
	w.onDiffEq = f
	body()
	w.onDiffEq = saved
}

// cnexpWorks reports whether every equation of the block can be rewritten.
func cnexpWorks(b *ast.Block) bool {
	return !anyStmt(b, func(s ast.Stmt) bool {
		d, ok := s.(*ast.DiffEq)
		if !ok {
			return false
		}
		_, linear := analyse(d.Lhs.Name, d.Rhs)
		return !linear || d.Order != 1
	})
}

// odeState is one state of a DERIVATIVE block: its place and that of its derivative.
type odeState struct {
	s, d place
}

// odeStates gives each state of the block a local for its derivative, in the order of the equations.
func (w *walker) odeStates(e *ast.EquationBlock) ([]odeState, bool) {
	w.primes = map[string]place{}
	var out []odeState
	ok := true
	inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		d, isEq := s.(*ast.DiffEq)
		if !isEq {
			return
		}
		v := w.c.vars[d.Lhs.Name]
		if v == nil || v.kind != varCol || v.size > 0 {
			w.c.unsupported(d.Lhs.Pos, "the state %s in an implicit or euler block", d.Lhs.Name)
			ok = false
			return
		}
		if _, dup := w.primes[d.Lhs.Name]; dup {
			return
		}
		p := w.b.newLocal()
		w.primes[d.Lhs.Name] = p
		out = append(out, odeState{place{placeCol, v.index}, p})
	})
	return out, ok
}

func (w *walker) setPrime(d *ast.DiffEq) { w.b.write(w.primes[d.Lhs.Name], w.expr(d.Rhs)) }

// euler is scopmath's euler_thread: one call of the block, then s += dt*Ds.
func (w *walker) euler(e *ast.EquationBlock) {
	states, ok := w.odeStates(e)
	if !ok {
		return
	}
	defer func() { w.primes = nil }()
	w.withDiffEq(w.setPrime, func() { w.block(e.Body) })
	for _, s := range states {
		step := w.b.op(program.OpMul, w.b.read(w.dt), w.b.read(s.d))
		w.b.write(s.s, w.b.op(program.OpAdd, w.b.read(s.s), step))
	}
}

// derivimplicit is scopmath's nrn_newton_thread (newton_thread.hpp) on F_i = Ds_i - (s_i - s_i(t))/dt with its
// finite-difference Jacobian, then the block once more, as nocmodl's generated function does.
func (w *walker) derivimplicit(e *ast.EquationBlock) {
	if !w.b.scalar() {
		panic(needScalar{e.Pos, "METHOD derivimplicit"})
	}
	states, ok := w.odeStates(e)
	if !ok || len(states) == 0 {
		return
	}
	defer func() { w.primes = nil }()
	n := len(states)
	op, k, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	locals := func(n int) []place {
		ps := make([]place, n)
		for i := range ps {
			ps[i] = w.b.newLocal()
		}
		return ps
	}
	old, val, high, jac := locals(n), locals(n), locals(n), locals(n*n)
	inc, change, dev, count, done := w.b.newLocal(), w.b.newLocal(), w.b.newLocal(), w.b.newLocal(), w.b.newLocal()
	for i, s := range states {
		write(old[i], read(s.s))
	}
	// Each small step frees its temporaries.
	do := func(f func()) {
		m := w.b.mark()
		f()
		w.b.release(m)
	}
	evaluate := func() {
		w.withDiffEq(w.setPrime, func() { w.block(e.Body) })
		for i, s := range states {
			do(func() {
				moved := op(program.OpDiv, op(program.OpSub, read(s.s), read(old[i])), read(w.dt))
				write(val[i], op(program.OpSub, read(s.d), moved))
			})
		}
	}
	shift := func(o program.Op, s place, by value) { write(s, op(o, read(s), by)) }
	var factors []place
	jacobian := func() {
		for j, s := range states {
			do(func() {
				write(inc, op(program.OpMax, op(program.OpAbs, op(program.OpMul, k(0.02), read(s.s))), k(newtonDx)))
				shift(program.OpAdd, s.s, read(inc))
			})
			evaluate()
			for i := range states {
				do(func() { write(high[i], read(val[i])) })
			}
			do(func() { shift(program.OpSub, s.s, op(program.OpMul, k(2), read(inc))) })
			evaluate()
			for i := range states {
				do(func() {
					d := op(program.OpSub, read(high[i]), read(val[i]))
					write(jac[i*n+j], op(program.OpDiv, d, op(program.OpMul, k(2), read(inc))))
				})
			}
			do(func() { shift(program.OpAdd, s.s, read(inc)) })
			evaluate()
		}
		elements := make([]value, n*n)
		for i := range states {
			do(func() { write(val[i], op(program.OpNeg, read(val[i]))) })
		}
		for i, p := range jac {
			elements[i] = read(p)
		}
		factors = w.b.crout(e.Pos, n, elements)
	}
	write(change, k(1))
	w.b.loop(e.Pos, func() value { return op(program.OpNot, read(done)) }, func() {
		do(func() { write(count, op(program.OpAdd, read(count), k(1))) })
		w.b.branch(e.Pos, op(program.OpGt, read(change), k(maxChange)), jacobian, func() {})
		rhs := make([]value, n)
		for i := range states {
			rhs[i] = read(val[i])
		}
		dx := w.b.croutSolve(n, factors, rhs)
		write(change, k(0))
		for i, s := range states {
			big := op(program.OpGt, op(program.OpAbs, read(s.s)), k(newtonTol))
			w.b.branch(e.Pos, big, func() {
				rel := w.b.snapshot(op(program.OpAbs, op(program.OpDiv, dx[i], read(s.s))))
				w.b.branch(e.Pos, op(program.OpGt, rel, read(change)), func() { write(change, rel) }, func() {})
			}, func() {})
			write(s.s, op(program.OpAdd, read(s.s), dx[i]))
		}
		evaluate()
		write(dev, k(0))
		for i := range states {
			do(func() {
				write(val[i], op(program.OpNeg, read(val[i])))
				size := w.b.snapshot(op(program.OpAbs, read(val[i])))
				w.b.branch(e.Pos, op(program.OpGt, size, read(dev)), func() { write(dev, size) }, func() {})
			})
		}
		near := op(program.OpAnd, op(program.OpLe, read(change), k(converge)), op(program.OpLe, read(dev), k(newtonTol)))
		w.b.branch(e.Pos, near, func() { write(done, k(1)) }, func() {
			w.b.branch(e.Pos, op(program.OpEq, read(count), k(maxIters)),
				func() { w.b.fail(e.Pos, program.ErrorNotConverged) }, func() {})
		})
	})
	w.withDiffEq(w.setPrime, func() { w.block(e.Body) })
}
