package morphology

// SegInfo describes one segment for the placement of synapses.
type SegInfo struct {
	Section int     // index into Morphology.Sections
	Index   int     // segment index in the section
	X       float64 // centre, 0..1
	Label   string  // soma, axon, dend, apic
	L       float64 // um; length of the segment
	Dist    float64 // um; path from the 0 end of soma[0] to the segment's centre; see SegmentTable
}

// SegmentTable lists the segments in the order of Sections. Distances are those of h.distance with the origin at the
// 0 end of soma[0], which is nearly always the root section; of the root section if there is no soma. It returns nil
// where Discretize refuses.
func (m *Morphology) SegmentTable(nseg []int) []SegInfo {
	t, err := m.topology(nseg)
	if err != nil {
		return nil
	}
	origin := t.order[0]
	for i, s := range m.Sections {
		if s.Name == "soma" && s.Index == 0 {
			origin = i
		}
	}
	var table []SegInfo
	for i, s := range m.Sections {
		n := nseg[i]
		for k := range n {
			table = append(table, SegInfo{
				Section: i, Index: k, X: (float64(k) + .5) / float64(n), Label: s.Label(), L: t.length[i] / float64(n),
				Dist: t.distance(origin, t.start[origin], i, t.firstNode[i]+int32(k)),
			})
		}
	}
	return table
}

// distance sums the path (um) between two nodes, each given with a section it belongs to or begins at, in the order
// of NEURON's topol_distance: always on from the section that stands later in the node order.
func (t *topology) distance(sec1 int, node1 int32, sec2 int, node2 int32) float64 {
	d := 0.0
	for sec1 != sec2 {
		if t.rank[sec1] > t.rank[sec2] {
			d += t.along(sec1, node1)
			sec1, node1 = t.parent[sec1], t.start[sec1]
		} else {
			d += t.along(sec2, node2)
			sec2, node2 = t.parent[sec2], t.start[sec2]
		}
	}
	if node1 == node2 {
		return d
	}
	x1, x2 := t.along(sec1, node1), t.along(sec2, node2)
	if x1 < x2 {
		return d + (x2 - x1)
	}
	return d + (x1 - x2)
}

// along returns the distance (um) of a node from the 0 end of its section.
func (t *topology) along(sec int, node int32) float64 {
	if node == t.start[sec] {
		return 0
	}
	k, n := int(node-t.firstNode[sec]), t.nseg[sec]
	if k == n {
		return t.length[sec]
	}
	return float64(t.length[sec] * ((float64(k) + .5) / float64(n)))
}
