package native

import "slices"

// Jag is the order of point processes that lets as many nodes be summed side by side as a register has lanes. Nodes stand
// in groups of so many by falling number of instances; the instances of a group stand in rows: the first of each node, the
// second of each node that has one, and so on. A row's instances are successive and belong to the first nodes of the group.
type Jag struct {
	Lanes   int     // nodes of a group
	Nodes   []int32 // of each group; those beyond the last node repeat it
	Counts  []int32 // rows per group
	Lengths []uint8 // per row: mask of its instances

	calls []jagCall
}

// jagCall is where a call starts.
type jagCall struct{ group, row, instance int }

// NewJag describes instances that stand in jagged order at the given nodes, for a number of lanes.
func NewJag(nodes []int32, lanes int) *Jag {
	j := &Jag{Lanes: lanes}
	j.calls = append(j.calls, jagCall{})
	for i := 0; i < len(nodes); {
		// The first row of a group: different nodes.
		first := nodes[i:min(i+lanes, len(nodes))]
		n := 1
		for n < len(first) && !slices.Contains(first[:n], first[n]) {
			n++
		}
		first = first[:n]
		rows := int32(0)
		for length := n; length > 0 && i < len(nodes); rows++ {
			here := 0
			for here < length && i+here < len(nodes) && nodes[i+here] == first[here] {
				here++
			}
			if here == 0 {
				break
			}
			j.Lengths = append(j.Lengths, uint8(1<<here-1))
			i += here
			length = here
		}
		for k := range lanes {
			j.Nodes = append(j.Nodes, first[min(k, n-1)])
		}
		j.Counts = append(j.Counts, rows)
		if last := j.calls[len(j.calls)-1]; i-last.instance >= MaxInstances {
			j.calls = append(j.calls, jagCall{len(j.Counts), len(j.Lengths), i})
		}
	}
	if last := j.calls[len(j.calls)-1]; last.instance < len(nodes) {
		j.calls = append(j.calls, jagCall{len(j.Counts), len(j.Lengths), len(nodes)})
	}
	return j
}

// JaggedOrder returns the order (indices into nodes) that makes long rows of instances that are sorted by node; the
// instances of one node keep theirs.
func JaggedOrder(nodes []int32, lanes int) []int32 {
	type run struct{ first, n int32 }
	var runs []run
	for i := range nodes {
		if i == 0 || nodes[i] != nodes[i-1] {
			runs = append(runs, run{first: int32(i)})
		}
		runs[len(runs)-1].n++
	}
	slices.SortStableFunc(runs, func(a, b run) int { return int(b.n - a.n) })
	out := make([]int32, 0, len(nodes))
	for k := 0; k < len(runs); k += lanes {
		group := runs[k:min(k+lanes, len(runs))]
		for row := range group[0].n {
			for _, r := range group {
				if row < r.n {
					out = append(out, r.first+row)
				}
			}
		}
	}
	return out
}
