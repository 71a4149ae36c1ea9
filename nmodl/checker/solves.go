package checker

import (
	"slices"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
)

// solves checks the SOLVE statements.
func (c *checker) solves() {
	var vs variableStep
	cnexp := 0
	for i, s := range c.solved {
		sym := c.syms.ByName[s.Name]
		if sym == nil || sym.Block == nil && (sym.Func == nil || !sym.Func.IsProcedure) {
			c.notSolvable(s, sym)
			continue
		}
		sym.Used = true
		if sym.Method == "" {
			sym.Method = s.Method
		}
		c.method(s, sym)
		if s.Method == "cnexp" {
			if cnexp++; cnexp == 2 {
				c.warnf(s.Pos, "put the equations into one DERIVATIVE block", "NEURON takes METHOD cnexp once in a file")
			}
		}
		if s.SteadyState && s.Method == "cnexp" {
			c.errorf(s.Pos, "SOLVE "+s.Name+" STEADYSTATE sparse, of a KINETIC block", "STEADYSTATE cannot be combined with cnexp")
		}
		if sym.Block != nil && sym.Block.Kind == "DERIVATIVE" && before(sym.Block.Pos, s.Pos) {
			c.errorf(s.Pos, "move the DERIVATIVE block below", "SOLVE must stand before the DERIVATIVE block %s", s.Name)
		}
		if sym.Func != nil && len(sym.Args) > 0 {
			c.errorf(s.NamePos, "", "the PROCEDURE %s has arguments and cannot be solved", s.Name)
		}
		if sym.Block != nil && sym.Block.Kind == "DERIVATIVE" {
			c.derivative(s, sym.Block)
		}
		if c.solvedIn[i] == "BREAKPOINT" {
			vs.solve(s, sym)
		}
	}
	if vs.notAllowed {
		return
	}
	if vs.emitted {
		c.writtenConcentrations(vs.block)
		c.discontinuities(c.jumps, "state_discontinuity", func(state string) bool { return hasEquation(vs.block.Block, state) })
	}
	c.discontinuities(c.netStates, "NET_RECEIVE", func(state string) bool {
		return vs.last != nil && hasEquation(vs.last.Block, state) || c.solvedByCnexp(state)
	})
}

// variableStep follows what NEURON's translator notes about the variable step while it goes through the SOLVEs of
// BREAKPOINT, in their order. What it asks of a file depends on it, also where nobody wants a variable step.
type variableStep struct {
	using      int     // SOLVEs that a variable step could replace
	notAllowed bool    // it cannot be used, as far as the translator knows
	once       bool    // some SOLVE could not be replaced
	emitted    bool    // code for it was written
	block      *Symbol // what was replaced last
	last       *Symbol // the DERIVATIVE or KINETIC block that was solved last
}

func (v *variableStep) solve(s *ast.Solve, sym *Symbol) {
	replaces := false
	switch {
	case sym.Func != nil:
		replaces = strings.Contains(s.Method, "cvode")
	case sym.Block.Kind == "DERIVATIVE":
		replaces = !s.SteadyState
		v.last = sym
	case sym.Block.Kind == "KINETIC":
		replaces = s.Method == "sparse"
		v.last = sym
	}
	if replaces {
		v.notAllowed = v.using > 0
		v.using++
		v.block, v.emitted = sym, !v.notAllowed && sym.Func == nil
	} else if !v.once {
		v.once, v.notAllowed = true, true
	}
}

// derivative checks a SOLVE of a DERIVATIVE block.
func (c *checker) derivative(s *ast.Solve, e *ast.EquationBlock) {
	switch s.Method {
	case "":
		c.warnf(s.Pos, "SOLVE "+s.Name+" METHOD cnexp, or derivimplicit", "without a METHOD NEURON 9 leaves the states of %s where they are", s.Name)
	case "derivimplicit":
		if v := TwoEquations(e); v != nil {
			c.errorf(v.Pos, "one equation, with a factor or rate that IF sets", "%s has a second differential equation, and derivimplicit solves one for each state", v.Name)
		}
	}
}

// TwoEquations finds a scalar state with more than one differential equation in a block, as under IF and ELSE; nil if
// there is none.
func TwoEquations(e *ast.EquationBlock) *ast.VarRef {
	seen := map[string]bool{}
	var twice *ast.VarRef
	walkStmts(e.Body.Stmts, func(s ast.Stmt) {
		d, ok := s.(*ast.DiffEq)
		if !ok || d.Lhs.Index != nil || twice != nil {
			return
		}
		if seen[d.Lhs.Name] {
			twice = d.Lhs
		}
		seen[d.Lhs.Name] = true
	})
	return twice
}

func (c *checker) notSolvable(s *ast.Solve, sym *Symbol) {
	if sym != nil {
		c.errorf(s.NamePos, "SOLVE takes an equation block or a PROCEDURE", "%s is a %s and cannot be solved", s.Name, sym.Kind)
		return
	}
	var names []string
	for n, y := range c.syms.ByName {
		if y.Kind == Equations || y.Kind == Procedure {
			names = append(names, n)
		}
	}
	c.errorf(s.NamePos, diag.DidYouMean(s.Name, names), "there is no block %s to solve", s.Name)
}

func (c *checker) method(s *ast.Solve, sym *Symbol) {
	if s.Method == "" {
		return
	}
	kinds, known := methods[s.Method]
	if !known {
		if kinds, known = oldMethods[s.Method]; known {
			c.warnf(s.Pos, "cnexp or derivimplicit", "NEURON 9 does not have the method %s any more", s.Method)
		}
	}
	if !known {
		var names []string
		for m := range methods {
			names = append(names, m)
		}
		slices.Sort(names)
		hint := diag.DidYouMean(s.Method, names)
		if hint == "" {
			hint = "the methods are " + strings.Join(names, ", ")
		}
		c.errorf(s.Pos, hint, "there is no method %s", s.Method)
		return
	}
	if kinds == nil {
		return
	}
	kind := "PROCEDURE"
	if sym.Block != nil {
		kind = sym.Block.Kind
	}
	if !slices.Contains(kinds, kind) {
		c.errorf(s.Pos, s.Method+" solves "+strings.Join(kinds, " and "), "the method %s cannot be used with the %s block %s", s.Method, kind, s.Name)
	}
}

// writtenConcentrations: a concentration that is written must be a STATE with an equation, or be assigned in some
// block but INITIAL and BREAKPOINT. NEURON asks for it only in a file that can run with a variable step.
func (c *checker) writtenConcentrations(block *Symbol) {
	for _, ion := range c.syms.Ions {
		for _, n := range ion.Write {
			s := c.syms.ByName[n.Name]
			if s == nil || s.Ion == nil || s.Ion.Which != IonInside && s.Ion.Which != IonOutside {
				continue
			}
			switch {
			case s.Kind == State && hasEquation(block.Block, n.Name):
			case s.Kind == State:
				c.errorf(n.Pos, "", "%s is not really a STATE: there is no differential equation for it", n.Name)
			case c.assigned[n.Name]:
			default:
				c.errorf(n.Pos, "assign it in "+block.Name+" or in a PROCEDURE", "%s is written, but is not a STATE and has no assignment outside of BREAKPOINT", n.Name)
			}
		}
	}
}

// discontinuity notes that a STATE jumps.
func (c *checker) discontinuity(v *ast.VarRef) {
	if c.block == "NET_RECEIVE" {
		c.netStates = append(c.netStates, v)
	} else {
		c.jumps = append(c.jumps, v)
	}
}

// discontinuities: NEURON's translator writes an adjustment to the step for each STATE that jumps, and needs its
// equation for that.
func (c *checker) discontinuities(jumps []*ast.VarRef, where string, known func(state string) bool) {
	reported := map[string]bool{}
	for _, v := range jumps {
		if reported[v.Name] || known(v.Name) {
			continue
		}
		reported[v.Name] = true
		c.errorf(v.Pos, "declare "+v.Name+" in ASSIGNED", "%s is not really a STATE: %s assigns to it, but there is no differential equation for it", v.Name, where)
	}
}

func (c *checker) solvedByCnexp(state string) bool {
	for _, s := range c.solved {
		if sym := c.syms.ByName[s.Name]; s.Method == "cnexp" && sym != nil && sym.Block != nil && hasEquation(sym.Block, state) {
			return true
		}
	}
	return false
}

// hasEquation reports whether a DERIVATIVE or KINETIC block has an equation or a reaction of a state.
func hasEquation(e *ast.EquationBlock, state string) bool {
	found := false
	walkStmts(e.Body.Stmts, func(s ast.Stmt) {
		switch s := s.(type) {
		case *ast.DiffEq:
			found = found || s.Lhs.Name == state
		case *ast.Reaction:
			for _, list := range [][]ast.Species{s.Left, s.Right} {
				for _, sp := range list {
					found = found || sp.Var.Name == state
				}
			}
		case *ast.Conserve:
			for _, sp := range s.Left {
				found = found || sp.Var.Name == state
			}
		}
	})
	return found
}
