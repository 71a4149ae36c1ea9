package engine

import "math"

// filler is an instance that only fills a row; its parameters are those of another one.
type filler struct{ inst, like int32 }

// density gives the group the instances of its density mechanisms, by place.
//
// The loops over instances are fastest where instances come in whole rows of lanes. With cells side by side they
// do. In a forest the end of a batch may be ragged: there an instance of its own is added at each place of padding,
// which computes something that nobody reads. Rows that remain incomplete, because a lane has a node without the
// mechanism, and rows of mostly padding get instances apart: a node is in one of the two, so the order of sums is the
// same.
func (l *layout) density(g *group) {
	net := l.e.net
	present := make([]bool, len(net.Mechanisms))
	for k := range g.blocks {
		for _, d := range g.blocks[k].template.Density {
			present[d.Mech] = true
		}
	}
	if g.forest != nil {
		real := cleared(&l.real, len(g.v))
		for k := range g.blocks {
			for _, at := range g.blocks[k].places {
				real[at] = true
			}
		}
	}
	for mech, here := range present {
		if !here {
			continue
		}
		marks := cleared(&l.marks, len(g.v))
		for k := range g.blocks {
			b := &g.blocks[k]
			for _, d := range b.template.Density {
				if int(d.Mech) == mech {
					g.mark(marks, b, d.Nodes)
				}
			}
		}
		if g.forest != nil {
			l.rows(g, int32(mech), marks, fewestInRow(l.e.costs.mech[mech]))
			continue
		}
		mi := &mechInst{m: net.Mechanisms[mech], mech: int32(mech), nodes: indicesOf(marks)}
		if mi.n = len(mi.nodes); mi.n > 0 {
			g.mechs = append(g.mechs, mi)
		}
	}
}

// gathering is what it costs eight instances (ns) that their nodes are found one by one, not by rows.
const gathering = 25.

// fewestInRow is how many instances of a row must be of use for the row to be cheaper than the same instances apart; ns
// is the cost of one.
func fewestInRow(ns float64) int {
	row := ns * lanes
	return int(math.Ceil(lanes * row / (row + gathering)))
}

// mark notes the places of some nodes of a block, in all lanes, if the group has them.
func (g *group) mark(marks []bool, b *block, nodes []int32) {
	if b.places != nil {
		for _, node := range nodes {
			if at := b.places[node]; g.has(at) {
				marks[at] = true
			}
		}
		return
	}
	for _, node := range nodes {
		first := b.first + int(node)*g.width
		for at := first; at < first+g.width; at++ {
			marks[at] = true
		}
	}
}

// indicesOf lists what is true.
func indicesOf(marks []bool) []int32 {
	n := 0
	for _, is := range marks {
		if is {
			n++
		}
	}
	out := make([]int32, 0, n)
	for k, is := range marks {
		if is {
			out = append(out, int32(k))
		}
	}
	return out
}

// rows makes the instances of a mechanism of a forest: those in whole rows, with padding filled up, and the rest:
// incomplete rows, and those with less than fewest instances.
func (l *layout) rows(g *group, mech int32, marks []bool, fewest int) {
	const none, all, some = 0, 1, 2
	kinds := cleared(&l.conc, len(marks)/lanes)
	whole, rest := 0, 0
	for r := range kinds {
		marked, complete := 0, true
		for at := r * lanes; at < (r+1)*lanes; at++ {
			if marks[at] {
				marked++
			} else if l.real[at] {
				complete = false
			}
		}
		switch {
		case marked == 0:
		case complete && marked >= fewest:
			kinds[r] = all
			whole += lanes
		default:
			kinds[r] = some
			rest += marked
		}
	}
	for _, part := range []struct {
		kind uint8
		n    int
	}{{all, whole}, {some, rest}} {
		kind, n := part.kind, part.n
		if n == 0 {
			continue
		}
		mi := &mechInst{m: l.e.net.Mechanisms[mech], mech: mech, nodes: make([]int32, 0, n)}
		for r, k := range kinds {
			if k != kind {
				continue
			}
			like := int32(-1) // first instance of the row
			for at := r * lanes; at < (r+1)*lanes; at++ {
				switch i := int32(len(mi.nodes)); {
				case marks[at]:
					if like < 0 {
						like = i
						for k := len(mi.fillers) - 1; k >= 0 && mi.fillers[k].like < 0; k-- {
							mi.fillers[k].like = i
						}
					}
					mi.nodes = append(mi.nodes, int32(at))
				case kind == all:
					mi.fillers = append(mi.fillers, filler{inst: i, like: like})
					mi.nodes = append(mi.nodes, int32(at))
				}
			}
		}
		mi.n = len(mi.nodes)
		g.mechs = append(g.mechs, mi)
	}
}

// setDensity copies the parameters of a density mechanism into its columns.
func (g *group) setDensity(mi *mechInst, scratch *[]int32) {
	if g.setUniform(mi) {
		return
	}
	where := cleared(scratch, len(g.v))
	for k := range where {
		where[k] = -1
	}
	for i, at := range mi.nodes {
		where[at] = int32(i)
	}
	for k := range g.blocks {
		b := &g.blocks[k]
		for _, d := range b.template.Density {
			if d.Mech != mi.mech {
				continue
			}
			for _, p := range d.Params {
				for j, node := range d.Nodes {
					value := p.Values[0]
					if len(p.Values) > 1 {
						value = p.Values[j]
					}
					for lane := range g.lanesOf(b) {
						if inst := where[g.index(b, node, lane)]; inst >= 0 {
							mi.set(p.Column, int(inst), value)
						}
					}
				}
			}
		}
	}
	for _, f := range mi.fillers {
		for _, col := range mi.cols {
			if len(col) > 1 {
				col[f.inst] = col[f.like]
			}
		}
	}
}

// setUniform does what setDensity does where all templates of the group give each parameter the same single value.
func (g *group) setUniform(mi *mechInst) bool {
	var first []NodeParam
	known := false
	for k := range g.blocks {
		for _, d := range g.blocks[k].template.Density {
			if d.Mech != mi.mech {
				continue
			}
			if !known {
				first, known = d.Params, true
			}
			if len(d.Params) != len(first) {
				return false
			}
			for i, p := range d.Params {
				if len(p.Values) != 1 || p.Column != first[i].Column || p.Values[0] != first[i].Values[0] {
					return false
				}
			}
		}
	}
	for _, p := range first {
		col := mi.cols[p.Column]
		for k := range col {
			if col[k] != p.Values[0] {
				col[k] = p.Values[0]
			}
		}
	}
	return true
}
