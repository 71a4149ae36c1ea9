package engine

import (
	"math"
	"slices"

	"netsim/engine/team"
	"netsim/engine/vec"
)

// A large cell is advanced by several workers at once. Its tree is cut (cut.go) into a trunk, a few nodes around the
// root, and subtrees that hang on it, each of which belongs to a member of a team. A member's share of the cell is a
// group like any other, with its subtrees and some nodes of the trunk, their mechanisms, events and detectors; only the
// potentials and the matrix are arrays of the whole cell. The members meet once in a step: when each has eliminated its
// subtrees, the last to come solves the trunk, and all go on with substitution. Every node undergoes what it does in an
// uncut cell, in the same order, so that a cut changes no bit.

// trunk is the middle of a cell that was cut. Entries are its nodes and the heads of the subtrees that hang on it, in
// the order of the template's nodes.
type trunk struct {
	at, parent []int32   // places; parent of the root is -1
	hangs      []bool    // the entry is the head of a subtree
	next       []bool    // the parent is the node before
	a, b, cm   []float64 // mS/cm2, mS/cm2, uF/cm2
	x          []float64 // the parent's solution (mV), for heads of subtrees
	direct     *trunkDirect
	cfac       float64

	meet      *team.Barrier
	size      int       // places of the trunk's nodes: the first ones
	v, rhs, d []float64 // of the whole cell, as in group
}

// trunkDirect is what the direct solver needs besides, per entry.
type trunkDirect struct{ ab, capacity, diag []float64 }

// solve is the part of a step's solution that is left when all subtrees are eliminated. It does what vec.HinesStep1 does.
func (t *trunk) solve() {
	if t.direct != nil {
		t.solveDirect()
		return
	}
	v, rhs, d := t.v, t.rhs, t.d
	for k, i := range t.at {
		p := t.parent[k]
		if p < 0 {
			d[i] += float64(t.cfac * t.cm[k])
			continue
		}
		dv := v[p] - v[i]
		if !t.hangs[k] { // a subtree has seen to its head itself
			rhs[i] -= float64(t.b[k] * dv)
			d[i] = d[i] + float64(t.cfac*t.cm[k]) - t.b[k]
		}
		rhs[p] += float64(t.a[k] * dv)
		d[p] -= t.a[k]
	}
	for k := len(t.at) - 1; k > 0; k-- {
		i, p := t.at[k], t.parent[k]
		q := t.a[k] / d[i]
		d[p] -= float64(q * t.b[k])
		rhs[p] -= float64(q * rhs[i])
	}
	for k, i := range t.at {
		x := rhs[i]
		if p := t.parent[k]; p >= 0 {
			if t.hangs[k] {
				t.x[k] = rhs[p]
				continue
			}
			x -= float64(t.b[k] * rhs[p])
		}
		rhs[i] = x / d[i]
		v[i] += rhs[i]
	}
}

// solveDirect is solve for the direct solver. It does what vec.DirectSolve1 does.
func (t *trunk) solveDirect() {
	v, rhs, d, c := t.v, t.rhs, t.d, t.direct
	var q, product, inv, last float64 // of the entry after, if its parent is the node before it
	for k := len(t.at) - 1; k >= 0; k-- {
		i := t.at[k]
		if t.hangs[k] {
			inv, last = d[i], rhs[i]
		} else {
			r := math.FMA(d[i]+c.capacity[k], v[i], rhs[i])
			g := d[i] + c.diag[k]
			if k+1 < len(t.at) && t.next[k+1] {
				g = math.FMA(-product, inv, g)
				r = math.FMA(-q, last, r)
			}
			inv, last = 1/g, r
			rhs[i], d[i] = r, inv
		}
		q, product = t.a[k]*inv, c.ab[k]
		if p := t.parent[k]; p >= 0 && !t.next[k] {
			rhs[p], d[p] = vec.DirectHead(q, product, inv, last, v[p], rhs[p], d[p])
		}
	}
	for k, i := range t.at {
		p := t.parent[k]
		if t.hangs[k] {
			t.x[k] = v[p]
			continue
		}
		r := rhs[i]
		if p >= 0 {
			r = math.FMA(-t.b[k], v[p], r)
		}
		v[i] = r * d[i]
	}
	clear(rhs[:t.size])
	clear(d[:t.size])
}

// leave is forest.leave for the heads of a share's subtrees.
func (t *trunk) leave(hung []int32) {
	for _, k := range hung {
		i := t.at[k]
		t.rhs[i] -= float64(t.b[k] * (t.v[t.parent[k]] - t.v[i]))
	}
}

// enter takes the trunk's solution into the heads of a share's subtrees. (Their parents may have begun the next step, so
// it was put aside.)
func (t *trunk) enter(hung []int32) {
	for _, k := range hung {
		t.rhs[t.at[k]] -= float64(t.b[k] * t.x[k])
	}
}

// enterDirect is enter for the direct solver.
func (t *trunk) enterDirect(hung []int32) {
	for _, k := range hung {
		i := t.at[k]
		t.rhs[i] = math.FMA(-t.b[k], t.x[k], t.rhs[i])
	}
}

// span is a range of places.
type span struct{ from, to int }

func (s span) has(at int32) bool { return int(at) >= s.from && int(at) < s.to }

// cutCell is a cell after it was cut and laid out.
type cutCell struct {
	trunk  *trunk
	shares []*forest
	spans  [][2]span // places of each share: in the trunk, and of its subtrees
	of     []int16   // share of each node
	size   int       // places
}

// layCut lays a cell out that is cut: the trunk's nodes first, one after the other, then the subtrees of one share after
// the other. It gives the block its places.
func layCut(b *block, c *cut) *cutCell {
	t := b.template
	b.places = make([]int32, len(t.Parent))
	blocks := []block{*b}
	n := len(c.work)
	out := &cutCell{trunk: &trunk{}, of: slices.Clone(c.share)}
	tr := out.trunk
	for node, share := range c.share {
		if share == noShare {
			b.places[node] = int32(tr.size)
			tr.size++
		}
	}
	tr.size = (tr.size + lanes - 1) / lanes * lanes
	out.size = tr.size
	lists := make([][]chain, n)
	for _, ch := range chains(t, 0, c.share) {
		if ch.share != noShare {
			lists[ch.share] = append(lists[ch.share], ch)
		}
	}
	for k := range n {
		f := &forest{trunk: tr, member: k}
		from := out.size
		lists[k] = byDepth(lists[k])
		out.size = f.add(blocks, lists[k], from)
		f.join(blocks, lists[k])
		out.shares = append(out.shares, f)
		out.spans = append(out.spans, [2]span{{}, {from, out.size}})
	}
	for node, p := range t.Parent {
		hangs := c.share[node] != noShare
		if hangs && c.share[p] != noShare {
			continue
		}
		if hangs {
			f := out.shares[c.share[node]]
			f.hung = append(f.hung, int32(len(tr.at)))
		}
		tr.at = append(tr.at, b.places[node])
		tr.parent = append(tr.parent, placeOf(b, p))
		tr.hangs = append(tr.hangs, hangs)
		tr.next = append(tr.next, node > 0 && int(p) == node-1)
		tr.a, tr.b, tr.cm = append(tr.a, t.A[node]), append(tr.b, t.B[node]), append(tr.cm, t.Cm[node])
	}
	tr.x = make([]float64, len(tr.at))
	for k, f := range out.shares {
		if k == 0 {
			f.coefficients(blocks, out.size)
		}
		first := out.shares[0]
		f.ac, f.bc, f.bd, f.cm = first.ac, first.bc, first.bd, first.cm
	}
	tr.meet = team.NewBarrier(n, tr.solve)
	tr.v, tr.rhs, tr.d = make([]float64, out.size), make([]float64, out.size), make([]float64, out.size)
	out.divideTrunk(b.places, c)
	return out
}

func placeOf(b *block, node int32) int32 {
	if node < 0 {
		return -1
	}
	return b.places[node]
}

// divideTrunk gives the trunk's nodes to the shares, in whole rows, so that all have the same to do.
func (o *cutCell) divideTrunk(places []int32, c *cut) {
	work := make([]float64, o.trunk.size/lanes)
	sum := 0.0
	for node, share := range c.share {
		if share == noShare {
			work[places[node]/lanes] += c.node[node]
			sum += c.node[node]
		}
	}
	for _, w := range c.work {
		sum += w
	}
	row := 0
	for k := range o.spans {
		from := row
		room := sum/float64(len(c.work)) - c.work[k]
		for row < len(work) && (k == len(o.spans)-1 || room >= work[row]/2) {
			room -= work[row]
			row++
		}
		o.spans[k][0] = span{from * lanes, row * lanes}
	}
	for node, share := range c.share {
		if share == noShare {
			o.of[node] = int16(slices.IndexFunc(o.spans, func(s [2]span) bool { return s[0].has(places[node]) }))
		}
	}
}

// goDirect makes the cell one for the direct solver, with its coefficients per node, and returns the shares.
func (o *cutCell) goDirect(e *Engine, b *block) []*directForest {
	tr, t := o.trunk, b.template
	of := e.direct(t)
	tr.direct = &trunkDirect{}
	nodeAt := map[int32]int32{}
	for node, at := range b.places {
		nodeAt[at] = int32(node)
	}
	for _, at := range tr.at {
		node := nodeAt[at]
		c := tr.direct
		c.ab, c.capacity, c.diag = append(c.ab, of.ab[node]), append(c.capacity, of.capacity[node]), append(c.diag, of.diag[node])
	}
	var out []*directForest
	for k, f := range o.shares {
		d := e.newDirectForest(f, []block{*b})
		if k > 0 {
			d.ab, d.capacity, d.diag = out[0].ab, out[0].capacity, out[0].diag
		}
		out = append(out, d)
	}
	return out
}

// cutGroups makes the groups of a cell that was cut.
func (e *Engine) cutGroups(c plannedCut) []*group {
	laid := layCut(&c.block, c.cut)
	tr := laid.trunk
	tr.cfac = e.capacitance()
	e.cellAt[c.block.cells[0]] = place{group: int32(len(e.groups)), shares: laid.of}
	var out []*group
	for k, f := range laid.shares {
		g := &group{width: lanes, blocks: []block{c.block}, asForest: true, forest: f, cut: laid, own: laid.spans[k]}
		g.v, g.rhs, g.d = tr.v, tr.rhs, tr.d
		out = append(out, g)
	}
	if e.opt.Fast {
		for k, f := range laid.goDirect(e, &c.block) {
			out[k].direct = f
		}
	}
	e.groups = append(e.groups, out...)
	return out
}
