package engine

import (
	"cmp"
	"slices"
)

// plan says which worker advances which cells at first; who is done earlier takes groups of others (work.go). It looks
// at the circuit and the number of workers only. As a cell's results do not depend on its neighbours in a group nor on
// its being cut, they do not depend on the plan.
type plan struct {
	lists [][]piece // per worker
	cuts  []plannedCut
}

// piece is cells that stay together: a block of lanes, or a single cell.
type piece struct {
	block block
	ns    float64 // of a step, by estimate
	order int     // as the cells stand in the network
}

// plannedCut is a cell that the workers first, first+1, … advance together.
type plannedCut struct {
	block block
	cut   *cut
	first int
}

// What is smaller than this part of a worker's share evens out by itself.
const fine = 0.1

// plan shares blocks and single cells out.
func (e *Engine) plan(alike, single []block) *plan {
	n := e.opt.Threads
	p := &plan{lists: make([][]piece, n)}
	c := e.costs
	blocks := append(alike, single...)
	if n == 1 {
		for k, b := range blocks {
			p.lists[0] = append(p.lists[0], piece{block: b, order: k})
		}
		return p
	}
	pieces := c.pieces(blocks, 0)
	switch {
	case e.opt.Cut:
		pieces = p.cutAll(e, c, pieces)
	default:
		pieces = dissolve(c, pieces, n)
		pieces = p.cutLargest(e, c, pieces)
	}
	load := make([]float64, n)
	for _, k := range p.cuts {
		for w := range k.cut.work {
			load[k.first+w] += k.cut.ns
		}
	}
	largestFirst(pieces)
	for _, x := range pieces {
		w := least(load)
		load[w] += x.ns
		p.lists[w] = append(p.lists[w], x)
	}
	for _, l := range p.lists {
		slices.SortFunc(l, func(a, b piece) int { return a.order - b.order })
	}
	return p
}

func (c *costs) pieces(blocks []block, order int) []piece {
	out := make([]piece, 0, len(blocks))
	for k := range blocks {
		out = append(out, piece{block: blocks[k], ns: c.block(&blocks[k]), order: order + k})
	}
	return out
}

func largestFirst(pieces []piece) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(b.ns, a.ns) })
}

func least(load []float64) int {
	w := 0
	for k := range load {
		if load[k] < load[w] {
			w = k
		}
	}
	return w
}

// even is a worker's even share (ns a step) of pieces, and of what they have already.
func even(pieces []piece, load []float64) float64 {
	sum := 0.0
	for _, l := range load {
		sum += l
	}
	for _, x := range pieces {
		sum += x.ns
	}
	return sum / float64(len(load))
}

// stepTime is about how long a step takes (ns) if pieces, the largest first, go to whoever has least so far.
func stepTime(pieces []piece, load []float64) float64 {
	load = slices.Clone(load)
	share := even(pieces, load)
	longest := max(share, slices.Max(load))
	for _, x := range pieces {
		if x.ns < fine*share {
			break
		}
		w := least(load)
		load[w] += x.ns
		longest = max(longest, load[w])
	}
	return longest
}

// dissolve makes single cells of the largest blocks of cells side by side, where these are too few to share out evenly.
func dissolve(c *costs, pieces []piece, n int) []piece {
	idle := make([]float64, n)
	largestFirst(pieces)
	best, shortest := pieces, stepTime(pieces, idle)
	tried := slices.Clone(pieces)
	for share := even(pieces, idle); ; {
		k := slices.IndexFunc(tried, func(x piece) bool { return len(x.block.cells) > 1 })
		if k < 0 || tried[k].ns < fine*share {
			return best
		}
		x := tried[k]
		tried = slices.Delete(tried, k, k+1)
		for i := range x.block.cells {
			one := block{template: x.block.template, cells: x.block.cells[i : i+1]}
			tried = append(tried, piece{block: one, ns: c.block(&one), order: x.order})
		}
		largestFirst(tried)
		if t := stepTime(tried, idle); t < 0.97*shortest {
			best, shortest = slices.Clone(tried), t
		}
	}
}

// cutLargest cuts the largest cells, as many and for teams of the size that make the shortest step, if any. It returns
// the rest.
func (p *plan) cutLargest(e *Engine, c *costs, pieces []piece) []piece {
	n := len(p.lists)
	largestFirst(pieces)
	idle := make([]float64, n)
	share := even(pieces, idle)
	var large []int // that can be cut
	for k := range pieces {
		if len(large) == 4*n || pieces[k].ns < fine*share {
			break
		}
		if len(pieces[k].block.cells) == 1 && e.cuttable(pieces[k].block.cells[0]) {
			large = append(large, k)
		}
	}
	shortest := 0.95 * stepTime(pieces, idle)
	cuts, teams := 0, 0
	for m := 1; m <= n/2; m += (m + 1) / 2 {
		load := make([]float64, n)
		rest := slices.Clone(pieces)
		for k, at := range large {
			first, size := lightest(load, m)
			for w := range size {
				load[first+w] += pieces[at].ns/float64(size)*1.03 + meeting + meetMore*float64(size)
			}
			rest = slices.Delete(rest, at-k, at-k+1)
			if t := stepTime(rest, load); t < shortest {
				cuts, teams, shortest = k+1, m, t
			}
		}
	}
	load := make([]float64, n)
	rest := make([]piece, 0, len(pieces))
	for k, x := range pieces {
		if !slices.Contains(large[:cuts], k) {
			rest = append(rest, x)
			continue
		}
		first, size := lightest(load, teams)
		cut := cutTree(x.block.template, c.cell(x.block.cells[0]), size)
		if cut.ns > 0.9*x.ns { // hardly anything but a trunk
			rest = append(rest, x)
			continue
		}
		for w := range size {
			load[first+w] += cut.ns
		}
		p.cuts = append(p.cuts, plannedCut{block: x.block, cut: cut, first: first})
	}
	return rest
}

// cutAll cuts every cell, for all workers: a test of what cutting does.
func (p *plan) cutAll(e *Engine, c *costs, pieces []piece) []piece {
	var rest []piece
	for _, x := range pieces {
		for i, cell := range x.block.cells {
			one := block{template: x.block.template, cells: x.block.cells[i : i+1]}
			if !e.cuttable(cell) {
				rest = append(rest, piece{block: one, ns: c.block(&one), order: x.order})
				continue
			}
			p.cuts = append(p.cuts, plannedCut{block: one, cut: cutTree(one.template, c.cell(cell), len(p.lists))})
		}
	}
	return rest
}

// cuttable tells whether shares of a cell can be advanced each by itself, but for the tree.
func (e *Engine) cuttable(cell int) bool {
	for _, d := range e.net.Templates[e.net.Cells[cell].Template].Density {
		if len(e.net.Mechanisms[d.Mech].Diffusion) > 0 {
			return false
		}
	}
	return !slices.ContainsFunc(e.net.Pointers, func(p PointerSet) bool { return e.cellOf(p.Of, p.Index) == int32(cell) })
}

// lightest finds the team with the least to do, of m teams of about the same size.
func lightest(load []float64, m int) (first, size int) {
	low := -1.
	for k := range m {
		from, to := k*len(load)/m, (k+1)*len(load)/m
		if top := slices.Max(load[from:to]); low < 0 || top < low {
			low, first, size = top, from, to-from
		}
	}
	return first, size
}
