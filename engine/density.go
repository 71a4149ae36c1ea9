package engine

import (
	"cmp"
	"slices"
)

// origin says which node of which insertion an instance of a density mechanism stands for.
type origin struct {
	at      int32 // place in the group's arrays
	block   int32
	density int32 // index into the template's Density
	node    int32 // index into the insertion's Nodes
}

// density gives the group the instances of its density mechanisms.
//
// The loops over instances are fastest where instances come in whole rows of lanes. With cells side by side they
// do. In a forest the end of a batch may be ragged: there an instance of its own is added at each place of padding,
// which computes something that nobody reads. Rows that remain incomplete, because a lane has a node without the
// mechanism, get instances apart: a node is in one of the two, so the order of sums is the same.
func (g *group) density(net *Network) {
	byMech := map[int32][]origin{}
	var order []int32
	for k := range g.blocks {
		b := &g.blocks[k]
		for di, d := range b.template.Density {
			if byMech[d.Mech] == nil {
				order = append(order, d.Mech)
			}
			for j, node := range d.Nodes {
				for lane := range g.lanesOf(b) {
					byMech[d.Mech] = append(byMech[d.Mech], origin{at: g.index(b, node, lane), block: int32(k), density: int32(di), node: int32(j)})
				}
			}
		}
	}
	slices.Sort(order)
	for _, mech := range order {
		list := byMech[mech]
		parts := [][]origin{list}
		if g.forest != nil {
			slices.SortFunc(list, func(a, b origin) int { return cmp.Compare(a.at, b.at) })
			whole, rest := g.rows(list)
			parts = [][]origin{whole, rest}
		}
		for _, part := range parts {
			if len(part) == 0 {
				continue
			}
			mi := &mechInst{m: net.Mechanisms[mech], mech: mech, origins: part}
			for _, o := range part {
				mi.nodes = append(mi.nodes, o.at)
			}
			g.mechs = append(g.mechs, mi)
		}
	}
}

// rows divides instances (by place, ascending) into whole rows, with padding filled up, and the rest.
func (g *group) rows(list []origin) (whole, rest []origin) {
	real := make([]bool, len(g.v))
	for k := range g.blocks {
		for _, at := range g.blocks[k].places {
			real[at] = true
		}
	}
	for len(list) > 0 {
		first := list[0].at / lanes * lanes
		n := 1
		for n < len(list) && list[n].at < first+lanes {
			n++
		}
		row := make([]origin, 0, lanes)
		complete := true
		k := 0
		for at := first; at < first+lanes; at++ {
			switch {
			case k < n && list[k].at == at:
				row = append(row, list[k])
				k++
			case !real[at]:
				filler := list[0]
				filler.at = at
				row = append(row, filler)
			default:
				complete = false
			}
		}
		if complete {
			whole = append(whole, row...)
		} else {
			rest = append(rest, list[:n]...)
		}
		list = list[n:]
	}
	return whole, rest
}
