package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
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
	if s.IfError != nil {
		w.c.note("IFERROR (line %d) is not run: an error of a method ends the run; NEURON 9 does not accept it", s.Pos.Line)
	}
	saved, ret, tail, jumps, breakpoint := w.sc, w.ret, w.tail, w.jumps, w.inBreakpoint
	w.sc = nil // the block sees the file, not the block that solves it
	w.ret, w.tail, w.jumps, w.inBreakpoint = nil, true, nil, false
	defer func() { w.sc, w.ret, w.tail, w.jumps, w.inBreakpoint = saved, ret, tail, jumps, breakpoint }()
	// nocmodl evaluates a block again after an explicit method (solve.cpp: "derivatives recalculated after while loop"),
	// but for DERIVATIVE with euler.
	again := w.stepping && !s.SteadyState && (e.Kind == "KINETIC" && s.Method == "euler" || s.Method == "runge")
	w.stepping = false
	switch e.Kind {
	case "DERIVATIVE":
		w.solveDerivative(s, e, again)
	case "KINETIC":
		switch {
		case s.Method == "sparse" || s.Method == "":
			w.solveKinetic(e, s.SteadyState)
		case s.SteadyState:
			w.c.unsupported(s.Pos, "STEADYSTATE %s of a KINETIC block", s.Method)
		default:
			w.solveRates(s, e, again)
		}
	case "LINEAR":
		w.solveLinear(e)
	case "NONLINEAR":
		w.solveNonlinear(e)
	case "DISCRETE":
		w.solveDiscrete(e)
	default:
		w.c.unsupported(s.Pos, "SOLVE of a %s block", e.Kind)
	}
}

func (w *walker) solveDerivative(s *ast.Solve, e *ast.EquationBlock, again bool) {
	method := s.Method
	if method == "cnexp" && !cnexpWorks(e.Body) {
		w.c.note("%s cannot be solved by cnexp; derivimplicit is used, as NEURON does", e.Name)
		method = "derivimplicit"
	}
	if v := checker.TwoEquations(e); v != nil && method == "derivimplicit" {
		w.c.unsupported(v.Pos, "derivimplicit with two differential equations of %s (NEURON's translator refuses them),", v.Name)
		return
	}
	if s.SteadyState && method != "derivimplicit" {
		w.c.unsupported(s.Pos, "STEADYSTATE %s (NEURON has it for sparse and derivimplicit only)", method)
		return
	}
	switch method {
	case "cnexp":
		w.withDiffEq(w.cnexpStep, func() { w.block(e.Body) })
	case "euler":
		w.euler(e.Pos, w.odeBlock(e))
	case "runge":
		o := w.odeBlock(e)
		w.runge(e.Pos, o)
		if again {
			o.evaluate()
		}
		w.primes = nil
	case "":
		// NEURON 9 calls its derivimplicit with the function of an explicit method: derivatives are computed, no more.
		w.c.note("SOLVE %s has no METHOD: NEURON 9 leaves its states where they are", e.Name)
		w.odeBlock(e).evaluate()
		w.primes = nil
	case "derivimplicit":
		if !s.SteadyState {
			w.derivimplicit(e)
			return
		}
		// ssimplic.hpp solves with a step of 1e9; ssimplic_thread.hpp, for thread-safe files, with one of 1e-9, so that
		// hardly anything moves.
		step := 1e9
		if w.c.s.ThreadSafe {
			step = 1e-9
			w.c.note("STEADYSTATE derivimplicit (line %d) leaves the states where they are: in a thread-safe file NEURON takes a step of 1e-9 ms", s.Pos.Line)
		}
		dt := w.b.newLocal()
		w.b.write(dt, w.b.read(w.dt))
		w.b.write(w.dt, w.b.constant(step))
		w.derivimplicit(e)
		w.b.write(w.dt, w.b.read(dt))
	default:
		w.c.unsupported(s.Pos, "METHOD %s, which NEURON 9 does not have", method)
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
