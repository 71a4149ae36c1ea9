package checker

import "netsim/nmodl/ast"

// unsafeFunctions are those of NEURON's library that nocmodl does not take for thread-safe (extdef5.h).
var unsafeFunctions = map[string]bool{
	"force": true, "deflate": true, "expfit": true, "derivs": true, "spline": true, "exprand": true, "gauss": true, "normrand": true,
	"poisrand": true, "poisson": true, "setseed": true, "scop_random": true, "boundary": true, "romberg": true, "invert": true,
	"stepforce": true, "schedule": true, "set_seed": true, "nrn_random_play": true,
}

// threads finds out whether nocmodl makes thread-safe code of the file, and what follows from that.
func (c *checker) threads() {
	safe := c.solvesThreadSafe() && (c.neuron.ThreadSafe || c.looksThreadSafe())
	c.syms.ThreadSafe = safe
	for _, s := range c.syms.Order {
		s.PerThread = safe && s.Global && c.plain[s.Name] && !c.protected[s.Name]
	}
	v := c.syms.ByName["v"]
	if !safe && c.vAt.Line > 0 && (v == nil || v.Pos.Line == 0) {
		c.errorf(c.vAt, "v (mV) in ASSIGNED", "v must be declared in a file that is not thread-safe")
	}
}

// solvesThreadSafe is what THREADSAFE in the file does not change.
func (c *checker) solvesThreadSafe() bool {
	if c.calls["state_discontinuity"] { // outside NET_RECEIVE
		return false
	}
	data := len(c.f.Locals) > 0 // of the thread's own
	for i, s := range c.solved {
		sym := c.syms.ByName[s.Name]
		if sym == nil || sym.Block == nil {
			continue
		}
		switch sym.Block.Kind {
		case "DERIVATIVE":
			if s.Method == "runge" && c.solvedIn[i] == "BREAKPOINT" && !s.SteadyState {
				return false
			}
			data = data || s.Method == "derivimplicit"
		case "KINETIC":
			if s.Method != "sparse" && s.Method != "" && c.solvedIn[i] == "BREAKPOINT" {
				return false
			}
			data = true
		default:
			return false
		}
	}
	return !(data && c.syms.Kind == "ARTIFICIAL_CELL")
}

// looksThreadSafe is what nocmodl goes by where the file does not say THREADSAFE.
func (c *checker) looksThreadSafe() bool {
	n := c.neuron
	if c.syms.Name == "nothing" || len(c.f.Verbatim) > 0 || len(n.Pointer)+len(n.BBCorePointer)+len(n.External) > 0 {
		return false
	}
	for name := range c.calls {
		if unsafeFunctions[name] {
			return false
		}
	}
	for _, b := range allBlocks(c.f) {
		verbatim := false
		walkStmts(b.Stmts, func(s ast.Stmt) {
			if _, is := s.(*ast.VerbatimStmt); is {
				verbatim = true
			}
		})
		if verbatim {
			return false
		}
	}
	for _, g := range n.Global { // but not what is global because nothing else is said
		if c.plain[g.Name] && !c.protected[g.Name] {
			return false
		}
	}
	return true
}
