package checker

import (
	"netsim/nmodl/ast"
)

// ionWhich tells which variable of an ion a name is: "iX eX Xi Xo".
func ionWhich(name, ion string) IonWhich {
	switch name {
	case "i" + ion:
		return IonCurrent
	case "e" + ion:
		return IonReversal
	case ion + "i":
		return IonInside
	case ion + "o":
		return IonOutside
	}
	return IonNone
}

func (c *checker) isIonVar(name string) bool {
	for _, u := range c.neuron.UseIons {
		for _, list := range [][]ast.Name{u.Read, u.Write} {
			for _, n := range list {
				if n.Name == name {
					return true
				}
			}
		}
	}
	return false
}

// ions connects the names of USEION with their ions and puts the currents into NEURON's order.
func (c *checker) ions() {
	seen := map[string]bool{}
	for i := range c.neuron.UseIons {
		u := &c.neuron.UseIons[i]
		if seen[u.Ion] {
			c.errorf(u.Pos, "put everything about "+u.Ion+" into one USEION", "the ion %s is used twice", u.Ion)
			continue
		}
		seen[u.Ion] = true
		ion := Ion{Pos: u.Pos, Name: u.Ion, Read: u.Read, Write: u.Write, Valence: u.Valence, HasValence: u.HasValence}
		inside, outside := false, false
		for _, n := range u.Read {
			if iv := c.ionVar(u, n); iv != nil {
				iv.Read = true
				inside = inside || iv.Which == IonInside
				outside = outside || iv.Which == IonOutside
			}
		}
		for _, n := range u.Write {
			if iv := c.ionVar(u, n); iv != nil {
				iv.Write = true
				inside = inside || iv.Which == IonInside
				outside = outside || iv.Which == IonOutside
				c.syms.WritesConc = c.syms.WritesConc || iv.Which == IonInside || iv.Which == IonOutside
			}
		}
		if inside && !outside {
			ion.Implicit = append(ion.Implicit, u.Ion+"o")
		}
		if outside && !inside {
			ion.Implicit = append(ion.Implicit, u.Ion+"i")
		}
		c.syms.Ions = append(c.syms.Ions, ion)
	}
	c.currents()
}

func (c *checker) ionVar(u *ast.UseIon, n ast.Name) *IonVar {
	which := ionWhich(n.Name, u.Ion)
	if which == IonNone {
		x := u.Ion
		c.errorf(n.Pos, "the variables of the ion "+x+" are i"+x+", e"+x+", "+x+"i and "+x+"o", "%s is not a valid ionic variable for %s", n.Name, x)
		return nil
	}
	s := c.syms.ByName[n.Name]
	if s == nil {
		c.warnf(n.Pos, "declare it in ASSIGNED", "the variable %s of the ion %s is not declared", n.Name, u.Ion)
		s = c.add(&Symbol{Name: n.Name, Kind: Assigned, Pos: n.Pos})
	}
	if s.Kind == Constant || s.Kind == UnitsFactor {
		c.errorf(n.Pos, "declare it in ASSIGNED", "%s is a variable of the ion %s and cannot be declared as %s", n.Name, u.Ion, s.Kind)
	}
	if s.Kind == State && which == IonCurrent {
		c.warnf(n.Pos, "write it from an ASSIGNED variable", "the ion current %s is a STATE; NEURON may not translate it correctly", n.Name)
	}
	if s.Ion == nil {
		s.Ion = &IonVar{Ion: u.Ion, Which: which}
	}
	return s.Ion
}

// currents lists what BREAKPOINT's current is the sum of, in the order of the statements.
func (c *checker) currents() {
	type entry struct {
		pos  ast.Pos
		name string
	}
	var list []entry
	for _, u := range c.neuron.UseIons {
		for _, n := range u.Write {
			if ionWhich(n.Name, u.Ion) == IonCurrent {
				list = append(list, entry{n.Pos, n.Name})
			}
		}
	}
	for _, n := range c.neuron.Nonspecific {
		list = append(list, entry{n.Pos, n.Name})
	}
	for _, n := range c.neuron.ElectrodeCur {
		list = append(list, entry{n.Pos, n.Name})
	}
	// The lists are sorted in themselves; merge them by place.
	for len(list) > 0 {
		first := 0
		for i := range list {
			if before(list[i].pos, list[first].pos) {
				first = i
			}
		}
		if s := c.syms.ByName[list[first].name]; s != nil {
			c.syms.Currents = append(c.syms.Currents, s)
		}
		list = append(list[:first], list[first+1:]...)
	}
}
