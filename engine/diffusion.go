package engine

import (
	"fmt"

	"netsim/nmodl/program"
)

// diffuser is LONGITUDINAL_DIFFUSION of one mechanism in one group (nrnoc/ldifus.cpp). Each species is solved along the
// trees of the cells by itself, after all states have advanced.
type diffuser struct {
	m      *program.Mechanism
	at     []diffusing
	parent []int32   // index into at, -1 where the tree begins
	af, bf []float64 // 1/um2

	a, b, d, rhs []float64 // 1/ms; rhs also in the species' unit over ms
	vol, dc      []float64 // um2; um2/ms times um2
	regs         []float64
}

// diffusing is an instance in node order.
type diffusing struct {
	mi *mechInst
	i  int
}

// diffusers prepares the mechanisms that diffuse.
func (g *group) diffusers() error {
	g.diffusion = nil
	for k, mi := range g.mechs {
		if len(mi.m.Diffusion) == 0 || k > 0 && g.mechs[k-1].mech == mi.mech {
			continue
		}
		d := &diffuser{m: mi.m}
		where := map[int32]diffusing{}
		for _, part := range g.mechs[k:] {
			if part.mech != mi.mech {
				break
			}
			for i, at := range part.nodes {
				where[at] = diffusing{part, i}
			}
		}
		for bk := range g.blocks {
			for lane := range g.blocks[bk].cells {
				if err := d.addCell(g, &g.blocks[bk], lane, where); err != nil {
					return err
				}
			}
		}
		n := len(d.at)
		for _, p := range []*[]float64{&d.a, &d.b, &d.d, &d.rhs, &d.vol, &d.dc} {
			*p = make([]float64, n)
		}
		g.diffusion = append(g.diffusion, d)
	}
	return nil
}

// addCell adds the nodes of a cell that have the mechanism. The parent of a node is the nearest one with the mechanism
// that NEURON looks at: the parent node, its parent (beyond a node without area), or the parent section's first segment.
func (d *diffuser) addCell(g *group, b *block, lane int, where map[int32]diffusing) error {
	t := b.template
	order := map[int32]int32{} // node → index into at
	for node := range int32(len(t.Parent)) {
		here, ok := where[g.index(b, node, lane)]
		if !ok {
			continue
		}
		parent, from := int32(-1), int32(-1)
		for _, candidate := range d.candidates(t, node) {
			if k, ok := order[candidate]; ok && candidate >= 0 {
				parent, from = k, candidate
				break
			}
		}
		af, bf := 0.0, 0.0
		if parent >= 0 {
			if t.SegmentL == nil {
				return fmt.Errorf("%s: LONGITUDINAL_DIFFUSION needs the lengths of the segments of %s", d.m.Name, t.Name)
			}
			dxp, dxc := t.SegmentL[from], t.SegmentL[node] // um
			af = 2 * 1 / dxp / (dxc + dxp)
			bf = 2 / dxc / (dxc + dxp)
		}
		order[node] = int32(len(d.at))
		d.at = append(d.at, here)
		d.parent = append(d.parent, parent)
		d.af, d.bf = append(d.af, af), append(d.bf, bf)
	}
	return nil
}

func (d *diffuser) candidates(t *Template, node int32) [3]int32 {
	c := [3]int32{-1, -1, -1}
	if c[0] = t.Parent[node]; c[0] >= 0 {
		c[1] = t.Parent[c[0]]
	}
	if t.ParentFirst != nil {
		c[2] = t.ParentFirst[node]
	}
	return c
}

// diffuse advances all diffusing species by one step.
func (g *group) diffuse(e *Engine) {
	for _, d := range g.diffusion {
		for k := range d.m.Diffusion {
			if !d.solve(e, g, &d.m.Diffusion[k]) {
				return
			}
		}
	}
}

func (d *diffuser) solve(e *Engine, g *group, s *program.Diffusion) bool {
	dt := e.net.Dt // ms
	if need := max(s.Code.Regs, 2); len(d.regs) < need {
		d.regs = make([]float64, need)
	}
	regs := d.regs
	for i, at := range d.at {
		x := scalarRun{g: g, mi: at.mi, i: at.i, regs: regs}
		if !e.exec(&x, s.Code) {
			return false
		}
		d.dc[i], d.vol[i] = regs[0], regs[1]
		d.d[i] = 0
		if p := d.parent[i]; p >= 0 {
			dc := (d.dc[i] + d.dc[p]) / 2
			d.a[i] = float64(-d.af[i]*dc) / d.vol[p]
			d.b[i] = float64(-d.bf[i]*dc) / d.vol[i]
		}
	}
	state := func(i int) scalarRun { return scalarRun{g: g, mi: d.at[i].mi, i: d.at[i].i} }
	for i := range d.at {
		x := state(i)
		d.d[i] += 1 / dt
		d.rhs[i] = x.get(s.State) / dt
		if p := d.parent[i]; p >= 0 {
			d.d[i] -= d.b[i]
			d.d[p] -= d.a[i]
		}
	}
	for i := len(d.at) - 1; i > 0; i-- {
		if p := d.parent[i]; p >= 0 {
			q := d.a[i] / d.d[i]
			d.d[p] -= float64(q * d.b[i])
			d.rhs[p] -= float64(q * d.rhs[i])
		}
	}
	for i := range d.at {
		if p := d.parent[i]; p >= 0 {
			d.rhs[i] -= float64(d.b[i] * d.rhs[p])
		}
		d.rhs[i] /= d.d[i]
		x := state(i)
		x.set(s.State, d.rhs[i])
	}
	return true
}
