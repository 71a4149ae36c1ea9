package checker

import (
	"slices"
	"strings"

	"netsim/nmodl/ast"
)

// equations walks over DERIVATIVE, KINETIC, LINEAR, NONLINEAR and DISCRETE.
func (c *checker) equations(e *ast.EquationBlock) {
	c.solveFor = nil
	if len(e.SolveFor) > 0 {
		c.solveFor = map[string]bool{}
		for _, n := range e.SolveFor {
			c.solveFor[n.Name] = true
		}
	}
	c.enter(e.Kind, e.Name, nil, e.Body)
	switch e.Kind {
	case "DERIVATIVE":
		n := 0
		walkStmts(e.Body.Stmts, func(s ast.Stmt) {
			if _, ok := s.(*ast.DiffEq); ok {
				n++
			}
		})
		if n == 0 {
			c.errorf(e.Pos, "state' = expression", "there are no derivative equations in %s", e.Name)
		}
	case "KINETIC":
		c.kinetic(e)
	case "LINEAR", "NONLINEAR":
		found := false
		walkStmts(e.Body.Stmts, func(s ast.Stmt) {
			_, is := s.(*ast.LinEq)
			found = found || is
		})
		if !found {
			c.errorf(e.Pos, "~ left = right", "%s has no equations", e.Name)
		}
		c.countEquations(e)
	}
	c.solveFor = nil
}

func (c *checker) mustBeState(v *ast.VarRef) {
	s := c.syms.ByName[v.Name]
	switch {
	case s == nil || s.Kind != State:
		hint := "declare it in STATE"
		if h := c.didYouMean(v.Name); h != "" && s == nil {
			hint = h
		}
		c.errorf(v.Pos, hint, "%s has a derivative and must be declared as a STATE", v.Name)
	default:
		c.index(v, s.Size)
	}
}

func (c *checker) diffEq(s *ast.DiffEq) {
	if s.Order > 1 {
		c.warnf(s.Lhs.Pos, "declare a STATE for "+s.Lhs.Name+"' and give it an equation of its own",
			"NEURON's translator ends with an assertion at derivatives of higher order (%s%s)", s.Lhs.Name, strings.Repeat("'", s.Order))
	}
	c.expr(s.Rhs)
	if s.Lhs.Index != nil {
		c.expr(s.Lhs.Index)
	}
	c.mustBeState(s.Lhs)
	if sym := c.syms.ByName[s.Lhs.Name]; sym != nil {
		sym.Assigned, sym.Used = true, true
	}
}

// lagged checks name@integer of DISCRETE.
func (c *checker) lagged(v *ast.VarRef) {
	s := c.syms.ByName[v.Name]
	if s == nil || s.Kind != State {
		c.errorf(v.Pos, "declare it in STATE", "%s must be a STATE for use as a discrete variable", v.Name)
		return
	}
	if n, ok := v.At.(*ast.Number); ok && n.Value < 1 {
		c.errorf(v.Pos, v.Name+"@1", "the lag of %s must be at least 1", v.Name)
	}
	c.index(v, s.Size)
}

func (c *checker) isSolvedState(v *ast.VarRef) bool {
	if _, isLocal := c.find(v.Name); isLocal {
		return false
	}
	s := c.syms.ByName[v.Name]
	return s != nil && s.Kind == State && (c.solveFor == nil || c.solveFor[v.Name])
}

// species checks one term of a reaction.
func (c *checker) species(v *ast.VarRef) {
	if v.Index != nil {
		c.expr(v.Index)
	}
	_, isLocal := c.find(v.Name)
	s := c.syms.ByName[v.Name]
	if !isLocal && s == nil && special[v.Name] {
		s = c.name(v.Name, v.Pos)
	}
	kinds := []Kind{State, Assigned, Parameter, Constant, UnitsFactor, Independent, BuiltinVar}
	if isLocal || s == nil || !slices.Contains(kinds, s.Kind) {
		hint := "declare it in STATE"
		if h := c.didYouMean(v.Name); h != "" && s == nil {
			hint = h
		}
		c.errorf(v.Pos, hint, "%s stands in a reaction and must be a STATE, ASSIGNED, PARAMETER or CONSTANT", v.Name)
		return
	}
	s.Used = true
	if s.Kind == State {
		s.Assigned = true
		c.assigned[v.Name] = true
	}
	c.index(v, s.Size)
}

func (c *checker) reaction(s *ast.Reaction) {
	for _, sp := range s.Left {
		c.species(sp.Var)
	}
	for _, sp := range s.Right {
		c.species(sp.Var)
	}
	c.expr(s.Kf)
	if s.Kb != nil {
		c.expr(s.Kb)
	}
	if s.Arrow != "<<" {
		return
	}
	if len(s.Left) != 1 || s.Left[0].Coef != 1 {
		c.errorf(s.Pos, "~ state << (flux)", "a flux involves only one state")
	} else if v := s.Left[0].Var; !c.isSolvedState(v) && c.syms.ByName[v.Name] != nil {
		c.errorf(v.Pos, "", "%s receives a flux and must be a STATE that is solved for", v.Name)
	}
}

func (c *checker) conserve(s *ast.Conserve) {
	if c.block != "KINETIC" {
		c.errorf(s.Pos, "", "CONSERVE can stand in KINETIC only")
		return
	}
	for _, sp := range s.Left {
		if sp.Var.Index != nil {
			c.expr(sp.Var.Index)
		}
		if !c.isSolvedState(sp.Var) {
			hint := ""
			if c.syms.ByName[sp.Var.Name] == nil {
				hint = c.didYouMean(sp.Var.Name)
			}
			c.errorf(sp.Var.Pos, hint, "%s: only STATEs that are solved for are allowed in CONSERVE", sp.Var.Name)
			continue
		}
		c.index(sp.Var, c.syms.ByName[sp.Var.Name].Size)
	}
	c.expr(s.Rhs)
}

func (c *checker) compartment(s *ast.Compartment) {
	what := "COMPARTMENT"
	if s.Longitudinal {
		what = "LONGITUDINAL_DIFFUSION"
	}
	if c.block != "KINETIC" {
		c.errorf(s.Pos, "", "%s can stand in KINETIC only", what)
		return
	}
	if s.Index != "" {
		c.with(s.Index, func() { c.expr(s.Size) })
	} else {
		c.expr(s.Size)
	}
	for _, n := range s.Species {
		sym := c.syms.ByName[n.Name]
		switch {
		case sym == nil:
			c.undeclared(n.Name, n.Pos, "declare it in STATE")
		case sym.Kind == State:
		case s.Longitudinal:
			c.errorf(n.Pos, "", "%s must be a STATE in a LONGITUDINAL_DIFFUSION statement", n.Name)
		default:
			c.warnf(n.Pos, "", "%s is no STATE; its compartment has no effect", n.Name)
		}
	}
}

// kinetic checks a KINETIC block as a whole.
func (c *checker) kinetic(e *ast.EquationBlock) {
	var conserves []*ast.Conserve
	var fluxes []*ast.Reaction
	compartment := map[string]bool{}
	diffusing := []ast.Name{}
	states := 0
	state := func(list []ast.Species) {
		for _, sp := range list {
			if s := c.syms.ByName[sp.Var.Name]; s != nil && s.Kind == State {
				states++
			}
		}
	}
	walkStmts(e.Body.Stmts, func(s ast.Stmt) {
		switch s := s.(type) {
		case *ast.Reaction:
			state(s.Left)
			state(s.Right)
			if s.Arrow == "<<" {
				fluxes = append(fluxes, s)
			}
		case *ast.Conserve:
			state(s.Left)
			conserves = append(conserves, s)
		case *ast.Compartment:
			for _, n := range s.Species {
				if s.Longitudinal {
					diffusing = append(diffusing, n)
				} else {
					compartment[n.Name] = true
				}
			}
		}
	})
	if states == 0 {
		c.errorf(e.Pos, "~ A <-> B (kf, kb)", "KINETIC %s contains no reactions of STATEs", e.Name)
	}
	for _, n := range diffusing {
		if !compartment[n.Name] {
			c.errorf(n.Pos, "COMPARTMENT volume { "+n.Name+" }", "%s diffuses and must be declared in COMPARTMENT", n.Name)
		}
	}
	c.conserved(conserves, fluxes)
}

// conserved finds the state whose equation each CONSERVE replaces: the last scalar one that no other CONSERVE took,
// beginning with the last CONSERVE.
func (c *checker) conserved(list []*ast.Conserve, fluxes []*ast.Reaction) {
	taken := map[string]bool{}
	for i := len(list) - 1; i >= 0; i-- {
		found := false
		for j := len(list[i].Left) - 1; j >= 0 && !found; j-- {
			v := list[i].Left[j].Var
			s := c.syms.ByName[v.Name]
			if s != nil && s.Kind == State && s.Size == 0 && !taken[v.Name] {
				taken[v.Name] = true
				found = true
			}
		}
		if !found {
			c.errorf(list[i].Pos, "each CONSERVE needs a scalar state of its own", "this CONSERVE has no state left whose equation it could replace")
		}
	}
	for _, r := range fluxes {
		if len(r.Left) == 1 && taken[r.Left[0].Var.Name] {
			name := r.Left[0].Var.Name
			c.errorf(r.Pos, "list another state last in CONSERVE", "%s is conserved and cannot receive a flux", name)
		}
	}
}

// linEq checks an equation of LINEAR or NONLINEAR.
func (c *checker) linEq(s *ast.LinEq) {
	c.nstates = 0
	c.expr(s.Left)
	c.expr(s.Right)
	if c.nstates == 0 {
		c.errorf(s.Pos, "", "the equation contains no state variable")
	}
	if c.block == "LINEAR" {
		c.linearSum(s.Left)
		c.linearSum(s.Right)
	}
}

// linearSum checks a sum of terms, each with one state at most.
func (c *checker) linearSum(e ast.Expr) {
	switch x := e.(type) {
	case *ast.Binary:
		if x.Op == "+" || x.Op == "-" {
			c.linearSum(x.X)
			c.linearSum(x.Y)
			return
		}
	case *ast.Unary:
		c.linearSum(x.X)
		return
	}
	if n := c.linearTerm(e, false); n > 1 {
		c.errorf(e.ExprPos(), "", "there is more than one state in this term")
	}
}

func (c *checker) linearTerm(e ast.Expr, denominator bool) int {
	switch x := e.(type) {
	case *ast.Binary:
		return c.linearTerm(x.X, denominator) + c.linearTerm(x.Y, denominator || x.Op == "/")
	case *ast.VarRef:
		if !c.isSolvedState(x) {
			return 0
		}
		if denominator {
			c.errorf(x.Pos, "", "the state %s stands in a denominator", x.Name)
		}
		return 1
	case *ast.Paren:
		if c.hasState(x.X) {
			c.errorf(x.Pos, "multiply it out", "states are not permitted between parentheses in LINEAR")
		}
	case *ast.Call:
		for _, a := range x.Args {
			if c.hasState(a) {
				c.errorf(x.Pos, "", "states are not permitted in function calls in LINEAR")
				break
			}
		}
	}
	return 0
}

func (c *checker) hasState(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.VarRef:
		return c.isSolvedState(x)
	case *ast.Binary:
		return c.hasState(x.X) || c.hasState(x.Y)
	case *ast.Unary:
		return c.hasState(x.X)
	case *ast.Paren:
		return c.hasState(x.X)
	case *ast.Call:
		return slices.ContainsFunc(x.Args, c.hasState)
	}
	return false
}

// countEquations: as many equations as states. Arrays and loops cannot be counted here.
func (c *checker) countEquations(e *ast.EquationBlock) {
	states := map[string]bool{}
	n, countable := 0, true
	var visit func(x ast.Expr)
	visit = func(x ast.Expr) {
		switch x := x.(type) {
		case *ast.VarRef:
			if c.isSolvedState(x) {
				states[x.Name] = true
				countable = countable && c.syms.ByName[x.Name].Size == 0
			}
		case *ast.Binary:
			visit(x.X)
			visit(x.Y)
		case *ast.Unary:
			visit(x.X)
		case *ast.Paren:
			visit(x.X)
		case *ast.Call:
			for _, a := range x.Args {
				visit(a)
			}
		}
	}
	walkStmts(e.Body.Stmts, func(s ast.Stmt) {
		switch s := s.(type) {
		case *ast.LinEq:
			if !s.Plus {
				n++
			}
			visit(s.Left)
			visit(s.Right)
		case *ast.From, *ast.If, *ast.While:
			countable = false
		}
	})
	if countable && n != len(states) {
		c.errorf(e.Pos, "", "%s: number of equations %d, number of states %d", e.Name, n, len(states))
	}
}
