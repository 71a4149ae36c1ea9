package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// phases makes the entries of the BEFORE and AFTER blocks. NEURON knows five phases; blocks of the others are compiled
// and never run (nrnoc/init.cpp: hoc_reg_ba).
func (c *compiler) phases(es *entries) {
	type phase struct {
		after bool
		name  string
	}
	into := map[phase]**entry{
		{false, "INITIAL"}: &es.beforeInitial, {true, "INITIAL"}: &es.afterInitial,
		{false, "BREAKPOINT"}: &es.beforeBreakpoint, {true, "SOLVE"}: &es.afterSolve, {false, "STEP"}: &es.beforeStep,
	}
	blocks := map[phase][]*ast.Block{}
	var order []phase
	for _, b := range c.f.BeforeAfter {
		p := phase{b.After, b.Phase}
		if into[p] == nil {
			word := "BEFORE"
			if b.After {
				word = "AFTER"
			}
			c.note("%s %s is not run; NEURON does not run it either", word, b.Phase)
			continue
		}
		if blocks[p] == nil {
			order = append(order, p)
		}
		blocks[p] = append(blocks[p], b.Body)
	}
	for _, p := range order {
		name := map[bool]string{false: "before", true: "after"}[p.after] + p.name
		*into[p] = c.lower(name, func(w *walker) {
			// v and the ions are loaded for each block. What the mechanism writes is stored back, currents too: they are
			// added to the ion's once more.
			for _, b := range blocks[p] {
				w.loadV()
				w.loadIons()
				w.block(b)
				for _, v := range c.writtenCurrents() {
					w.addCurrent(v)
				}
				w.storeIons(anySymbol)
			}
		})
	}
}

// addCurrent adds a written ion current to that of the ion's other mechanisms.
func (w *walker) addCurrent(v *variable) {
	x := w.b.read(place{placeCol, v.index})
	if w.c.m.Kind == program.Point {
		area := w.b.leaf(w.c.ext(program.NodeArea, ""))
		x = w.b.op(program.OpDiv, w.b.op(program.OpMul, x, w.b.constant(1e2)), area)
	}
	w.b.effect(effect{program.OpAccAdd, w.c.ionExt(v.sym.Ion), x})
}

// diffusion makes the programs of LONGITUDINAL_DIFFUSION: for each species, and each element of an array of them, the
// diffusion coefficient times cross section and the volume that COMPARTMENT states.
func (c *compiler) diffusion() {
	for _, e := range c.f.Equations {
		if e.Kind != "KINETIC" {
			continue
		}
		sizes := map[string]*ast.Compartment{}
		var diffusing []*ast.Compartment
		inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
			cp, ok := s.(*ast.Compartment)
			switch {
			case !ok:
			case cp.Longitudinal:
				diffusing = append(diffusing, cp)
			default:
				for _, n := range cp.Species {
					sizes[n.Name] = cp
				}
			}
		})
		for _, d := range diffusing {
			for _, n := range d.Species {
				v, size := c.vars[n.Name], sizes[n.Name]
				if v == nil || v.kind != varCol || size == nil {
					c.unsupported(n.Pos, "LONGITUDINAL_DIFFUSION of %s", n.Name)
					continue
				}
				for k := range max(v.size, 1) {
					c.diffuse(v, k, d, size)
				}
			}
		}
	}
}

func (c *compiler) diffuse(v *variable, element int, d, size *ast.Compartment) {
	state := program.Ref{Kind: program.Col, Idx: v.index + int32(element)}
	if v.sym.Ion != nil {
		state = c.ionExt(v.sym.Ion)
	}
	code := &program.Code{}
	c.m.Diffusion = append(c.m.Diffusion, program.Diffusion{State: state, Code: code})
	c.program("diffusion", code, 2, func(w *walker) {
		w.loadV()
		at := func(s *ast.Compartment, p place) {
			pop := func() {}
			if s.Index != "" {
				pop = w.push(map[string]binding{s.Index: {isConst: true, num: float64(element)}})
			}
			w.b.write(p, w.expr(s.Size))
			pop()
		}
		at(size, place{placeLocal, 1})
		at(d, place{placeLocal, 0})
	})
}
