package lower

import (
	"fmt"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// odeState is one state of an equation block: its place and that of its derivative.
type odeState struct {
	s, d place
}

// odeVar is where the derivatives of a variable's elements stand; size is 0 for a scalar.
type odeVar struct {
	first place
	size  int
}

// ode is a system of differential equations: its states in the order of the equations, and what puts their
// derivatives in place.
type ode struct {
	states   []odeState
	evaluate func()
}

// primed are the states whose derivative s' the file reads as a value: those derivatives are columns.
func (c *compiler) primed() map[string]bool {
	names := map[string]bool{}
	inspect(c.f, func(s ast.Stmt, _ func(string) bool) {
		for _, e := range stmtExprs(s) {
			exprs(e, func(e ast.Expr) {
				if v, ok := e.(*ast.VarRef); ok && v.Prime > 0 {
					names[v.Name] = true
				}
			})
		}
	})
	return names
}

// prime finds the place of s' (s”, …).
func (w *walker) prime(r *ast.VarRef) (first place, size int, ok bool) {
	if v, known := w.primes[primeName(r.Name, r.Prime)]; known {
		return v.first, v.size, true
	}
	v := w.c.vars[r.Name]
	if v == nil || v.kind != varCol {
		return place{}, 0, false
	}
	return place{placeCol, w.c.primeColumn(v, r.Prime)}, v.size, true
}

func primeName(state string, order int) string { return state + strings.Repeat("'", order) }

// derivativeName is NEURON's name of a state's derivative: Ds, D2s, ….
func derivativeName(state string, order int) string {
	if order > 1 {
		return fmt.Sprintf("D%d%s", order, state)
	}
	return "D" + state
}

// declaredPrime is the variable of a derivative that the file itself declares as a STATE s'.
func (c *compiler) declaredPrime(v *variable, order int) *variable {
	if d := c.vars[derivativeName(v.sym.Name, order)]; d != nil && d.kind == varCol && d.size == v.size {
		return d
	}
	return nil
}

// primeColumn is the first column of a state's derivative.
func (c *compiler) primeColumn(v *variable, order int) int32 {
	if d := c.declaredPrime(v, order); d != nil {
		return d.index
	}
	name := primeName(v.sym.Name, order)
	first, ok := c.primeCols[name]
	if !ok {
		first = int32(len(c.m.Columns))
		c.primeCols[name] = first
		own := derivativeName(v.sym.Name, order)
		for e := range max(v.size, 1) {
			c.m.Columns = append(c.m.Columns, program.Column{Name: own, Role: program.Assigned, Size: v.size, Element: e})
		}
	}
	return first
}

// odeBlock gives each state of a DERIVATIVE block a place for its derivative. x” = f is x' = Dx and Dx' = f.
func (w *walker) odeBlock(e *ast.EquationBlock) ode {
	w.primes = map[string]odeVar{}
	asColumn := w.c.primed()
	var out []odeState
	ok := true
	inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		d, isEq := s.(*ast.DiffEq)
		if !isEq {
			return
		}
		v := w.c.vars[d.Lhs.Name]
		if v == nil || v.kind != varCol {
			w.c.unsupported(d.Lhs.Pos, "the state %s in an implicit or euler block", d.Lhs.Name)
			ok = false
			return
		}
		from := place{placeCol, v.index}
		for order := 1; order <= d.Order; order++ {
			name := primeName(d.Lhs.Name, order)
			to, dup := w.primes[name]
			if !dup {
				to = odeVar{size: v.size}
				if order < d.Order || asColumn[d.Lhs.Name] || w.c.declaredPrime(v, order) != nil {
					to.first = place{placeCol, w.c.primeColumn(v, order)}
				} else {
					to.first = w.localRun(max(v.size, 1))
				}
				w.primes[name] = to
			}
			// A scalar with a second equation (under ELSE) is in NEURON's list twice, and euler moves it twice.
			for k := range int32(max(v.size, 1)) {
				if !dup || v.size == 0 {
					out = append(out, odeState{place{from.kind, from.idx + k}, place{to.first.kind, to.first.idx + k}})
				}
			}
			if dup && v.size == 0 {
				w.c.note("%s has two differential equations: NEURON moves it twice in each step", d.Lhs.Name)
			}
			from = to.first
		}
	})
	if !ok {
		return ode{evaluate: func() {}}
	}
	return ode{states: out, evaluate: func() { w.withDiffEq(w.setPrime, func() { w.block(e.Body) }) }}
}

// localRun makes n locals side by side.
func (w *walker) localRun(n int) place {
	first := w.b.newLocal()
	for range n - 1 {
		w.b.newLocal()
	}
	return first
}

func (w *walker) setPrime(d *ast.DiffEq) {
	to := w.primes[primeName(d.Lhs.Name, d.Order)]
	w.assignTo(d.Lhs, to.first, to.size, w.expr(d.Rhs))
}

// euler is scopmath's euler_thread: one call of the block, then s += dt*Ds.
func (w *walker) euler(_ ast.Pos, o ode) {
	o.evaluate()
	for _, s := range o.states {
		m := w.b.mark()
		step := w.b.op(program.OpMul, w.b.read(w.dt), w.b.read(s.d))
		w.b.write(s.s, w.b.op(program.OpAdd, w.b.read(s.s), step))
		w.b.release(m)
	}
	w.primes = nil
}

// runge is scopmath's runge: the classic Runge–Kutta method. It moves t as it goes, and what the block reads of t moves
// with it.
func (w *walker) runge(pos ast.Pos, o ode) {
	op, k, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	n := len(o.states)
	start, sum := make([]place, n), make([]place, n)
	for i := range o.states {
		start[i], sum[i] = w.b.newLocal(), w.b.newLocal()
	}
	h := func() value { return read(w.dt) }
	stage := func(f func(i int, s odeState)) {
		o.evaluate()
		for i, s := range o.states {
			m := w.b.mark()
			f(i, s)
			w.b.release(m)
		}
	}
	var saved *place
	saved, w.t = w.t, nil
	t := w.b.newLocal()
	write(t, w.b.leaf(program.Ref{Kind: program.Glob, Idx: program.GlobT}))
	w.t = &t
	stage(func(i int, s odeState) {
		write(start[i], read(s.s))
		temp := w.b.snapshot(op(program.OpMul, op(program.OpDiv, h(), k(2)), read(s.d)))
		write(s.s, op(program.OpAdd, read(s.s), temp))
		write(sum[i], op(program.OpAdd, read(start[i]), op(program.OpDiv, temp, k(3))))
	})
	write(t, op(program.OpAdd, read(t), op(program.OpDiv, h(), k(2))))
	stage(func(i int, s odeState) {
		temp := w.b.snapshot(op(program.OpMul, h(), read(s.d)))
		write(s.s, op(program.OpAdd, read(start[i]), op(program.OpDiv, temp, k(2))))
		write(sum[i], op(program.OpAdd, read(sum[i]), op(program.OpDiv, temp, k(3))))
	})
	stage(func(i int, s odeState) {
		temp := w.b.snapshot(op(program.OpMul, h(), read(s.d)))
		write(s.s, op(program.OpAdd, read(start[i]), temp))
		write(sum[i], op(program.OpAdd, read(sum[i]), op(program.OpDiv, temp, k(3))))
	})
	write(t, op(program.OpAdd, read(t), op(program.OpDiv, h(), k(2))))
	stage(func(i int, s odeState) {
		write(s.s, op(program.OpAdd, read(sum[i]), op(program.OpMul, op(program.OpDiv, h(), k(6)), read(s.d))))
	})
	w.t = saved
}

// derivimplicit is Newton's method on F_i = Ds_i - (s_i - s_i(t))/dt, then the block once more, as nocmodl's generated
// function does.
func (w *walker) derivimplicit(e *ast.EquationBlock) {
	w.scalarOnly(e.Pos, "METHOD derivimplicit")
	o := w.odeBlock(e)
	n := len(o.states)
	old := make([]place, n)
	for i := range old {
		old[i] = w.b.newLocal()
	}
	xs := make([]place, n)
	for i, s := range o.states {
		xs[i] = s.s
		w.b.write(old[i], w.b.read(s.s))
	}
	w.newton(e.Pos, xs, func(val []place) {
		o.evaluate()
		for i, s := range o.states {
			m := w.b.mark()
			moved := w.b.op(program.OpDiv, w.b.op(program.OpSub, w.b.read(s.s), w.b.read(old[i])), w.b.read(w.dt))
			w.b.write(val[i], w.b.op(program.OpSub, w.b.read(s.d), moved))
			w.b.release(m)
		}
	})
	o.evaluate()
	w.primes = nil
}
