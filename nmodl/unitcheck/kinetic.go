package unitcheck

import "netsim/nmodl/ast"

// equations walks over DERIVATIVE, KINETIC, LINEAR, NONLINEAR or DISCRETE.
func (c *check) equations(b *ast.Block) {
	c.compartments, c.flux = map[string]quantity{}, pure()
	c.scopes = append(c.scopes, localScope(b))
	c.sizes(b)
	c.scopes = c.scopes[:len(c.scopes)-1]
	c.enter(b, nil)
	c.compartments, c.flux = nil, pure()
}

// sizes reads the COMPARTMENTs of a block: they count for all of it, wherever they stand.
func (c *check) sizes(b *ast.Block) {
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ast.BlockStmt:
			c.sizes(s.Block)
		case *ast.From:
			c.sizes(s.Body)
		case *ast.Compartment:
			if s.Longitudinal {
				continue
			}
			q := c.expr(s.Size)
			for _, name := range s.Species {
				if _, twice := c.compartments[name.Name]; twice {
					c.warn(name.Pos, "remove it from one of them", "%s stands in COMPARTMENT twice", name.Name)
					continue
				}
				c.compartments[name.Name] = q
			}
		}
	}
}

// amount is a state times the size of its compartment: what a reaction moves.
func (c *check) amount(v *ast.VarRef) quantity {
	q := c.ref(v)
	if size, ok := c.compartments[v.Name]; ok {
		q = q.times(size, 1)
	}
	return q
}

// sameAmounts holds the amounts of all species against that of the first, and returns it; unknown when they differ, so
// that nothing more is said about what follows from them.
func (c *check) sameAmounts(lists ...[]ast.Species) quantity {
	first, differ := pure(), false
	var name string
	for i, list := range lists {
		for j, sp := range list {
			q := c.amount(sp.Var)
			if i == 0 && j == 0 {
				first, name = q, sp.Var.Name
			} else if !q.agrees(first) {
				differ = true
				c.warn(sp.Var.Pos, "give COMPARTMENT sizes with which the amounts (state times size) agree",
					"the amount of %s is %s, and that of %s %s%s", sp.Var.Name, c.in(q), name, c.in(first), c.factor(q, first))
			}
		}
	}
	first.unknown = first.unknown || differ
	return first
}

func (c *check) reaction(s *ast.Reaction) {
	c.flux = c.sameAmounts(s.Left, s.Right).times(c.scopes[0]["t"].quantity, -1)
	if s.Arrow == "<<" {
		c.rate(s.Kf, "the flux", c.flux)
		return
	}
	c.rate(s.Kf, "the forward rate", c.perReactant(s.Left))
	if s.Kb != nil {
		c.rate(s.Kb, "the backward rate", c.perReactant(s.Right))
	}
}

// perReactant is the units of a rate: the flux over the reactants, each to its power.
func (c *check) perReactant(list []ast.Species) quantity {
	q := c.flux
	for _, sp := range list {
		if -100 < sp.Coef && sp.Coef < 100 {
			q = q.times(c.ref(sp.Var), -sp.Coef)
		}
	}
	return q
}

func (c *check) rate(e ast.Expr, what string, want quantity) {
	if got := c.expr(e); !got.agrees(want) {
		c.warn(start(e), c.fix(e, got, want), "%s of the reaction must be %s, and is %s%s", what, c.in(want), c.in(got), c.factor(got, want))
	}
}

func (c *check) conserve(s *ast.Conserve) {
	left := c.sameAmounts(s.Left)
	c.sides(start(s.Rhs), "CONSERVE", left, s.Rhs, c.expr(s.Rhs))
}

// diffusion holds LONGITUDINAL_DIFFUSION and the COMPARTMENTs of its states against the units that NEURON's matrix has.
func (c *check) diffusion(s *ast.Compartment) {
	size := c.expr(s.Size)
	um2 := c.demanded("micron2")
	for _, name := range s.Species {
		volume, ok := c.compartments[name.Name]
		if !ok {
			volume = pure()
		}
		if volume.open || !volume.agrees(um2) {
			c.warn(name.Pos, "give "+name.Name+" a COMPARTMENT whose size is a volume per length",
				"the COMPARTMENT of %s must be %s for LONGITUDINAL_DIFFUSION, and is %s%s", name.Name, c.in(um2), c.in(volume), c.factor(volume, um2))
		}
	}
	if want := um2.times(um2, 1).times(c.demanded("ms"), -1); size.open || !size.agrees(want) {
		c.warn(start(s.Size), "it is the diffusion constant times the area through which it goes",
			"LONGITUDINAL_DIFFUSION must be %s, and is %s%s", c.in(want), c.in(size), c.factor(size, want))
	}
}
