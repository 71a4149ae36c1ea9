package engine

import (
	"slices"

	"netsim/engine/vec"
)

// forest is the solver's view of cells whose trees differ: a lane is a chain, that is a run of nodes of which each is
// the parent of the next (a section, in practice), instead of a cell.
//
// Chains of one depth are independent of each other, so eight of similar length run side by side. They are aligned at
// their far ends: row 0 of a batch holds the last node of every chain, row k+1 the parents of row k. Where a chain is
// shorter than its batch, the rows beyond its head are padding: nodes without neighbours, which no result depends on.
//
// What a chain does to its parent node, its own being in another chain, is done chain by chain, in the order in which
// NEURON does it for that parent. So every sum is taken in NEURON's order.
type forest struct {
	levels []forestLevel // by depth; level 0 holds the chains of the roots

	// One value per place of the group's arrays. ac and bc are the axial coefficients towards the next row, 0 at the heads
	// and in padding; bd is the b that the diagonal takes, at heads too (mS/cm2). cm in uF/cm2, 1 in padding.
	ac, bc, bd, cm []float64

	// One value per chain below level 0, level by level; within a level cells in order and their chains in NEURON's order.
	heads, parents []int32   // places of the chain's first node and of its parent
	ah, bh         []float64 // the head's axial coefficients (mS/cm2)
	dv             []float64 // v[parent]-v[head] (mV), of the step under way

	// A share of a cell that was cut: subtrees that hang on the trunk.
	trunk  *trunk
	member int     // of the cut's team
	hung   []int32 // their heads, as entries of the trunk
}

// forestLevel is the chains of one depth.
type forestLevel struct {
	batches     []forestBatch
	first, last int // range of heads
}

// forestBatch is up to eight chains side by side.
type forestBatch struct {
	at   int // place of row 0, lane 0
	rows int
}

// chain is a run of nodes of one cell.
type chain struct {
	block       int
	first, last int32 // nodes of the template
	depth       int   // chains above it in its share of the cell
	share       int16 // of a cell that was cut: noShare, or the number of the share
}

// noShare is the share of the nodes in the trunk.
const noShare = -1

// chains cuts a template's tree into chains, in node order. No chain goes from one share of a cell to another.
func chains(t *Template, block int, shares []int16) []chain {
	var of []int32
	return appendChains(nil, &of, t, block, shares)
}

// appendChains appends them to a list. of is memory that serves again.
func appendChains(list []chain, of *[]int32, t *Template, block int, shares []int16) []chain {
	chainOf := cleared(of, len(t.Parent)) // each node's
	for i, p := range t.Parent {
		share := int16(0)
		if shares != nil {
			share = shares[i]
		}
		if i > 0 && int(p) == i-1 && list[chainOf[p]].share == share {
			last := len(list) - 1
			list[last].last = int32(i)
			chainOf[i] = int32(last)
			continue
		}
		c := chain{block: block, first: int32(i), last: int32(i), share: share}
		if p >= 0 && list[chainOf[p]].share == share {
			c.depth = list[chainOf[p]].depth + 1
		}
		chainOf[i] = int32(len(list))
		list = append(list, c)
	}
	return list
}

// newForest lays the group's cells out as a forest and gives every block its places. It returns the number of places.
func newForest(blocks []block) (*forest, int) {
	f := &forest{}
	n := 0
	for k := range blocks {
		for i, p := range blocks[k].template.Parent {
			if int(p) != i-1 || p < 0 {
				n++
			}
		}
	}
	all := make([]chain, 0, n)
	var of []int32
	for k := range blocks {
		all = appendChains(all, &of, blocks[k].template, k, nil)
		blocks[k].places = make([]int32, len(blocks[k].template.Parent))
	}
	all = byDepth(all)
	size := f.add(blocks, all, 0)
	f.join(blocks, all)
	f.coefficients(blocks, size)
	return f, size
}

// byDepth sorts chains by depth; those of one depth keep their order.
func byDepth(all []chain) []chain {
	var from []int
	for k := range all {
		for len(from) <= all[k].depth+1 {
			from = append(from, 0)
		}
		from[all[k].depth+1]++
	}
	for d := 1; d < len(from); d++ {
		from[d] += from[d-1]
	}
	out := make([]chain, len(all))
	for k := range all {
		at := &from[all[k].depth]
		out[*at] = all[k]
		*at++
	}
	return out
}

// add lays chains, which are sorted by depth, out level by level, from place size on, and returns the place behind the
// last.
func (f *forest) add(blocks []block, all []chain, size int) int {
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].depth == all[0].depth {
			n++
		}
		level := forestLevel{}
		byLength := make([]*chain, n)
		for k := range byLength {
			byLength[k] = &all[k]
		}
		slices.SortStableFunc(byLength, func(a, b *chain) int { return int((b.last - b.first) - (a.last - a.first)) })
		for k := 0; k < n; k += lanes {
			row := byLength[k:min(k+lanes, n)]
			rows := int(row[0].last-row[0].first) + 1
			for lane, c := range row {
				places := blocks[c.block].places
				for node := c.last; node >= c.first; node-- {
					places[node] = int32(size + int(c.last-node)*lanes + lane)
				}
			}
			level.batches = append(level.batches, forestBatch{at: size, rows: rows})
			size += rows * lanes
		}
		f.levels = append(f.levels, level)
		all = all[n:]
	}
	return size
}

// join lists the heads of the chains below level 0, which are sorted by depth.
func (f *forest) join(blocks []block, all []chain) {
	n := 0
	for k := range all {
		if all[k].depth > 0 {
			n++
		}
	}
	f.heads, f.parents, f.ah, f.bh = make([]int32, 0, n), make([]int32, 0, n), make([]float64, 0, n), make([]float64, 0, n)
	for k := range f.levels {
		l := &f.levels[k]
		l.first = len(f.heads)
		for len(all) > 0 && all[0].depth == k {
			if c := &all[0]; k > 0 {
				b := &blocks[c.block]
				f.heads = append(f.heads, b.places[c.first])
				f.parents = append(f.parents, b.places[b.template.Parent[c.first]])
				f.ah = append(f.ah, b.template.A[c.first])
				f.bh = append(f.bh, b.template.B[c.first])
			}
			all = all[1:]
		}
		l.last = len(f.heads)
	}
	f.dv = make([]float64, len(f.heads))
}

// coefficients fills the arrays over places.
func (f *forest) coefficients(blocks []block, size int) {
	f.ac, f.bc, f.bd, f.cm = make([]float64, size), make([]float64, size), make([]float64, size), make([]float64, size)
	for i := range f.cm {
		f.cm[i] = 1 // padding must not divide by zero
	}
	for k := range blocks {
		t, places := blocks[k].template, blocks[k].places
		for node, at := range places {
			f.cm[at] = t.Cm[node]
			if p := t.Parent[node]; p >= 0 {
				f.bd[at] = t.B[node]
				if places[p] == at+lanes { // the next row of its own chain; a parent in another one stands before
					f.ac[at], f.bc[at] = t.A[node], t.B[node]
				}
			}
		}
	}
}

// solve is HinesStep8 for a forest: it does to every node what that does, in the same order.
func (f *forest) solve(cfac float64, v, rhs, d []float64) {
	if f.trunk == nil {
		f.eliminate(cfac, v, rhs, d)
		f.substitute(v, rhs, d)
		return
	}
	f.trunk.leave(f.hung)
	f.eliminate(cfac, v, rhs, d)
	f.trunk.meet.Wait(f.member) // the last one solves the trunk
	f.trunk.enter(f.hung)
	f.substitute(v, rhs, d)
}

// eliminate assembles the matrix and eliminates from the tips to the roots.
func (f *forest) eliminate(cfac float64, v, rhs, d []float64) {
	f.leave(v, rhs)
	for k := range f.levels {
		for _, b := range f.levels[k].batches {
			vec.ChainAssemble(b.rows, &f.ac[b.at], &f.bc[b.at], &f.bd[b.at], &f.cm[b.at], cfac, &v[b.at], &rhs[b.at], &d[b.at])
		}
	}
	f.arrive(rhs, d)
	for k := len(f.levels) - 1; k >= 0; k-- {
		for _, b := range f.levels[k].batches {
			vec.ChainEliminate(b.rows, &f.ac[b.at], &f.bc[b.at], &rhs[b.at], &d[b.at])
		}
		f.eliminateHeads(&f.levels[k], rhs, d)
	}
}

// substitute goes from the roots to the tips and updates v.
func (f *forest) substitute(v, rhs, d []float64) {
	for k := range f.levels {
		f.substituteHeads(&f.levels[k], rhs)
		for _, b := range f.levels[k].batches {
			vec.ChainSubstitute(b.rows, &f.bc[b.at], &v[b.at], &rhs[b.at], &d[b.at])
		}
	}
}

// leave takes the axial current of every head out of it: rhs -= b·dv. It comes first at a node.
func (f *forest) leave(v, rhs []float64) {
	parents, bh, dvs := f.parents[:len(f.heads)], f.bh[:len(f.heads)], f.dv[:len(f.heads)]
	for k, h := range f.heads {
		dv := v[parents[k]] - v[h] // mV
		dvs[k] = dv
		rhs[h] -= float64(bh[k] * dv)
	}
}

// arrive adds the axial currents and conductances of the heads to their parents, after those of the parents' own
// chains and in ascending order of nodes.
func (f *forest) arrive(rhs, d []float64) {
	ah, dvs := f.ah[:len(f.parents)], f.dv[:len(f.parents)]
	for k, p := range f.parents {
		rhs[p] += float64(ah[k] * dvs[k])
		d[p] -= ah[k]
	}
}

// eliminateHeads is elimination from heads to parents, in descending order of nodes.
func (f *forest) eliminateHeads(l *forestLevel, rhs, d []float64) {
	heads, parents := f.heads[l.first:l.last], f.parents[l.first:l.last]
	ah, bh := f.ah[l.first:l.last], f.bh[l.first:l.last]
	for k := len(heads) - 1; k >= 0; k-- {
		h, p := heads[k], parents[k]
		q := ah[k] / d[h]
		d[p] -= float64(q * bh[k])
		rhs[p] -= float64(q * rhs[h])
	}
}

// substituteHeads takes the parents' solution into the heads.
func (f *forest) substituteHeads(l *forestLevel, rhs []float64) {
	parents, bh := f.parents[l.first:l.last], f.bh[l.first:l.last]
	for k, h := range f.heads[l.first:l.last] {
		rhs[h] -= float64(bh[k] * rhs[parents[k]])
	}
}
