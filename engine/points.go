package engine

import (
	"slices"
	"sort"

	"netsim/nmodl/program"
)

// instance is a point process or an artificial cell after layout: index of the group, index into its mechs, instance.
type instance struct {
	group, mech, inst int32
}

// pointTable finds the instances of the point processes. Those of one mechanism in one group have successive numbers.
type pointTable struct {
	number []int32    // per Network.Points
	first  []int32    // number of the first one of each run
	runs   []instance // first instance of each run
}

func (t *pointTable) at(point int32) instance {
	n := t.number[point]
	k := sort.Search(len(t.first), func(i int) bool { return t.first[i] > n }) - 1
	in := t.runs[k]
	in.inst = n - t.first[k]
	return in
}

// newPointTable lists instances.
func newPointTable(points []instance, groups []*group) pointTable {
	t := pointTable{number: make([]int32, len(points))}
	from := make([][]int32, len(groups)) // by group and mechanism
	n := int32(0)
	for gi, g := range groups {
		from[gi] = make([]int32, len(g.mechs))
		for k, mi := range g.mechs {
			if mi.nodes == nil {
				continue
			}
			from[gi][k] = n
			t.first = append(t.first, n)
			t.runs = append(t.runs, instance{group: int32(gi), mech: int32(k)})
			n += int32(mi.n)
		}
	}
	for k, in := range points {
		t.number[k] = from[in.group][in.mech] + in.inst
	}
	return t
}

// points gives the groups their point processes: in node order, and on one node the newest first, as NEURON adds their
// currents.
func (l *layout) points() []instance {
	e, net := l.e, l.e.net
	// The points of each group, newest first.
	from := make([]int32, len(e.groups)+1)
	groupOf := func(k int) int32 { return e.groupOf(int(net.Points[k].Cell), net.Points[k].Node) }
	for k := range net.Points {
		from[groupOf(k)+1]++
	}
	for gi := range e.groups {
		from[gi+1] += from[gi]
	}
	next := slices.Clone(from)
	byGroup := make([]int32, len(net.Points))
	for k := len(net.Points) - 1; k >= 0; k-- {
		at := &next[groupOf(k)]
		byGroup[*at] = int32(k)
		*at++
	}
	at := make([]instance, len(net.Points))
	byMech := make([][]int32, len(net.Mechanisms))
	for gi, g := range e.groups {
		list := byGroup[from[gi]:from[gi+1]]
		for _, k := range list {
			mech := net.Points[k].Mech
			byMech[mech] = append(byMech[mech], k)
		}
		for mech, own := range byMech {
			if len(own) > 0 {
				g.mechs = append(g.mechs, l.pointMech(g, int32(mech), own, at))
				byMech[mech] = own[:0]
			}
		}
		slices.SortStableFunc(g.mechs, func(a, b *mechInst) int { return int(a.mech - b.mech) })
		for k, mi := range g.mechs {
			if mi.order == nil {
				continue
			}
			for i, point := range mi.order {
				at[point] = instance{group: int32(gi), mech: int32(k), inst: int32(i)}
			}
			mi.order = nil
		}
	}
	e.points = newPointTable(at, e.groups)
	return at
}

// pointMech makes the instances of one mechanism in one group from its points, newest first.
func (l *layout) pointMech(g *group, mech int32, points []int32, at []instance) *mechInst {
	e, net := l.e, l.e.net
	mi := &mechInst{m: net.Mechanisms[mech], mech: mech, n: len(points)}
	// A counting sort by place; at keeps the places meanwhile.
	count := cleared(&l.count, len(g.v)+1)
	for _, k := range points {
		p := &net.Points[k]
		at[k].inst = e.at(int(p.Cell), p.Node)
		count[at[k].inst+1]++
	}
	for place := range g.v {
		count[place+1] += count[place]
	}
	order := make([]int32, len(points))
	for _, k := range points {
		c := &count[at[k].inst]
		order[*c] = k
		*c++
	}
	if jagged := e.jaggedOrder(len(order), func(i int) int32 { return at[order[i]].inst }); jagged != nil {
		sorted := slices.Clone(order)
		for i, k := range jagged {
			order[i] = sorted[k]
		}
	}
	mi.nodes, mi.sets = make([]int32, len(order)), make([]int32, len(order))
	for i, k := range order {
		mi.nodes[i], mi.sets[i] = at[k].inst, net.Points[k].Params
	}
	mi.order = order
	for e, ext := range mi.m.Exts {
		if ext.Kind == program.NodeArea || ext.Kind == program.NodeDiam {
			if mi.geometry == nil {
				mi.geometry = make([][]float64, len(mi.m.Exts))
			}
			mi.geometry[e] = l.pointGeometry(order, ext.Kind)
		}
	}
	return mi
}

// pointGeometry is the area (um2) or diameter (um) of the nodes of some points.
func (l *layout) pointGeometry(points []int32, kind program.ExtKind) []float64 {
	net := l.e.net
	out := make([]float64, len(points))
	for i, k := range points {
		p := &net.Points[k]
		t := net.Templates[net.Cells[p.Cell].Template]
		if kind == program.NodeArea {
			out[i] = t.Area[p.Node]
		} else {
			out[i] = t.Diam[p.Node]
		}
	}
	return out
}
