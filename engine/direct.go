package engine

import (
	"math"

	"netsim/engine/vec"
)

// The solver of `numerics: fast` (engine/vec/direct.go): new potentials at once. It does to every node the same in a
// block of lanes and in a forest, so that results do not depend on which cells share a group.

// directTree is what the solver needs of a template, in the units of d (mS/cm2).
type directTree struct {
	ab, capacity, diag []float64 // per node
}

// capacitance is 1/dt in the units of d per uF/cm2 (fadvance.cpp: cj; 0.001 turns uF/cm2/ms into mS/cm2).
func (e *Engine) capacitance() float64 { return 0.001 * (1 / e.net.Dt) }

// direct returns the coefficients of a template.
func (e *Engine) direct(t *Template) *directTree {
	if d, ok := e.directs[t]; ok {
		return d
	}
	n := len(t.Parent)
	d := &directTree{make([]float64, n), make([]float64, n), make([]float64, n)}
	cfac := e.capacitance()
	for i := range n {
		d.capacity[i] = float64(cfac * t.Cm[i])
		d.diag[i] += d.capacity[i]
		if p := t.Parent[i]; p >= 0 {
			d.ab[i] = float64(t.A[i] * t.B[i])
			d.diag[i] -= t.B[i]
			d.diag[p] -= t.A[i]
		}
	}
	if e.directs == nil {
		e.directs = map[*Template]*directTree{}
	}
	e.directs[t] = d
	return d
}

// solveDirect solves the blocks of a group of lanes.
func (g *group) solveDirect(e *Engine) {
	for k := range g.blocks {
		b := &g.blocks[k]
		t, c := b.template, b.direct
		solve := vec.DirectSolve1
		if g.width == lanes {
			solve = vec.DirectSolve8
		}
		solve(len(t.Parent), 1, &t.Parent[0], &t.A[0], &t.B[0], &c.ab[0], &c.capacity[0], &c.diag[0],
			&g.v[b.first], &g.rhs[b.first], &g.d[b.first])
	}
}

// directForest is a forest for the direct solver: forest.bc is b, and a stands in forest.ac.
type directForest struct {
	*forest
	ab, capacity, diag []float64 // per place; ab is 0 at heads and in padding
	abh                []float64 // per chain below level 0: the head's a*b
}

func (e *Engine) newDirectForest(f *forest, blocks []block) *directForest {
	d := &directForest{forest: f, ab: make([]float64, len(f.ac)), capacity: make([]float64, len(f.ac)), diag: make([]float64, len(f.ac))}
	for i := range d.diag {
		d.capacity[i], d.diag[i] = 1, 1 // padding must not divide by zero
	}
	for k := range blocks {
		c := e.direct(blocks[k].template)
		for node, at := range blocks[k].places {
			d.capacity[at], d.diag[at] = c.capacity[node], c.diag[node]
		}
	}
	for i := range d.ab {
		d.ab[i] = float64(f.ac[i] * f.bc[i])
	}
	d.abh = make([]float64, len(f.heads))
	for i := range d.abh {
		d.abh[i] = float64(f.ah[i] * f.bh[i])
	}
	f.bd, f.cm, f.dv = nil, nil, nil // of the other solver
	return d
}

// solve takes the levels from the tips to the roots and back.
func (f *directForest) solve(v, rhs, d []float64) {
	f.reduce(v, rhs, d)
	if f.trunk != nil {
		f.trunk.meet.Wait(f.member) // the last one solves the trunk
		f.trunk.enterDirect(f.hung)
	}
	f.update(v, rhs, d)
}

func (f *directForest) reduce(v, rhs, d []float64) {
	for k := len(f.levels) - 1; k >= 0; k-- {
		l := &f.levels[k]
		for _, b := range l.batches {
			vec.ChainReduce(b.rows, &f.ac[b.at], &f.ab[b.at], &f.capacity[b.at], &f.diag[b.at], &v[b.at], &rhs[b.at], &d[b.at])
		}
		f.reduceHeads(l, v, rhs, d)
	}
}

func (f *directForest) update(v, rhs, d []float64) {
	for k := range f.levels {
		l := &f.levels[k]
		f.updateHeads(l, v, rhs)
		for _, b := range l.batches {
			vec.ChainUpdate(b.rows, &f.bc[b.at], &v[b.at], &rhs[b.at], &d[b.at])
		}
	}
}

// reduceHeads is elimination from heads to parents, in descending order of nodes.
func (f *directForest) reduceHeads(l *forestLevel, v, rhs, d []float64) {
	heads, parents := f.heads[l.first:l.last], f.parents[l.first:l.last]
	ah, abh := f.ah[l.first:l.last], f.abh[l.first:l.last]
	for k := len(heads) - 1; k >= 0; k-- {
		h, p := heads[k], parents[k]
		inv := d[h]
		rhs[p], d[p] = vec.DirectHead(ah[k]*inv, abh[k], inv, rhs[h], v[p], rhs[p], d[p])
	}
}

// updateHeads takes the parents' new potentials into the heads.
func (f *directForest) updateHeads(l *forestLevel, v, rhs []float64) {
	parents, bh := f.parents[l.first:l.last], f.bh[l.first:l.last]
	for k, h := range f.heads[l.first:l.last] {
		rhs[h] = math.FMA(-bh[k], v[parents[k]], rhs[h])
	}
}
