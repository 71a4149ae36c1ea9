package lower

import (
	"netsim/nmodl/ast"
)

// unsafeFunctions are those of NEURON's library that nocmodl does not take for thread-safe (extdef5.h).
var unsafeFunctions = map[string]bool{
	"force": true, "deflate": true, "expfit": true, "derivs": true, "spline": true, "exprand": true, "gauss": true, "normrand": true,
	"poisrand": true, "poisson": true, "setseed": true, "scop_random": true, "boundary": true, "romberg": true, "invert": true,
	"stepforce": true, "schedule": true, "set_seed": true, "nrn_random_play": true,
}

// threadSafe reports whether nocmodl makes thread-safe code of the file. It decides when tables are filled, how solvers
// treat errors, and whether variables of all instances keep their defaults.
func (c *compiler) threadSafe() bool {
	if c.safe == nil {
		safe := c.solvesThreadSafe() && (c.f.Neuron != nil && c.f.Neuron.ThreadSafe || c.looksThreadSafe())
		c.safe = &safe
	}
	return *c.safe
}

// solvesThreadSafe is what a THREADSAFE in the file does not change.
func (c *compiler) solvesThreadSafe() bool {
	safe, integrates := true, false
	c.calls(func(name string) { safe = safe && name != "state_discontinuity" })
	inspect(c.f, func(s ast.Stmt, _ func(string) bool) {
		solve, ok := s.(*ast.Solve)
		if !ok || c.eqs[solve.Name] == nil {
			return
		}
		switch c.eqs[solve.Name].Kind {
		case "DERIVATIVE":
			safe = safe && solve.Method != "runge"
			integrates = integrates || solve.Method == "derivimplicit"
		case "KINETIC":
			safe = safe && (solve.Method == "sparse" || solve.Method == "")
			integrates = true
		default:
			safe = false
		}
	})
	return safe && !(c.s.Kind == "ARTIFICIAL_CELL" && (integrates || len(c.f.Locals) > 0))
}

// looksThreadSafe is what nocmodl goes by where the file does not say THREADSAFE.
func (c *compiler) looksThreadSafe() bool {
	safe := len(c.f.Verbatim) == 0
	c.calls(func(name string) { safe = safe && !unsafeFunctions[name] })
	inspect(c.f, func(s ast.Stmt, _ func(string) bool) {
		if _, is := s.(*ast.VerbatimStmt); is {
			safe = false
		}
	})
	n := c.f.Neuron
	if n == nil {
		return safe
	}
	assigned := c.assignedNames()
	for _, g := range n.Global { // but not what is global because nothing else is said
		safe = safe && !assigned[g.Name]
	}
	return safe && len(n.Pointer)+len(n.BBCorePointer)+len(n.External) == 0
}

// calls visits the names of all functions that the file calls.
func (c *compiler) calls(visit func(name string)) {
	inspect(c.f, func(s ast.Stmt, _ func(string) bool) {
		for _, e := range stmtExprs(s) {
			exprs(e, func(e ast.Expr) {
				if call, ok := e.(*ast.Call); ok {
					visit(call.Name)
				}
			})
		}
	})
}

// assignedNames are the names that statements of NMODL assign to, but for those that some PROTECT assigns to.
func (c *compiler) assignedNames() map[string]bool {
	names, protected := map[string]bool{}, map[string]bool{}
	inspect(c.f, func(s ast.Stmt, hidden func(string) bool) {
		into := names
		if p, ok := s.(*ast.Protect); ok {
			s, into = p.Stmt, protected
		}
		if a, ok := s.(*ast.Assign); ok && !hidden(a.Lhs.Name) {
			into[a.Lhs.Name] = true
		}
	})
	for name := range protected {
		delete(names, name)
	}
	return names
}
