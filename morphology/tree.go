package morphology

import (
	"fmt"
	"math"
	"slices"
)

// Tree is the tree of nodes that NEURON builds from sections and their numbers of segments. Nodes stand in NEURON's
// order (nmodl.md §3.1): the root node (x = 0 of the root section), then the sections breadth first, each with its
// nseg segments from 0 to 1 and a node without area at its 1 end.
type Tree struct {
	Parent    []int32   // parent node, -1 for the root node
	Section   []int32   // index into Morphology.Sections; for the root node the root section
	Seg       []int32   // segment index in the section; -1 for the root node; nseg for the node at a section's 1 end
	Area      []float64 // um2; 100 for nodes without area
	Diam      []float64 // um; for nodes without area that of the neighbour in the section, as NEURON answers
	Rinv      []float64 // 1/MOhm; conductance to the parent node, 1/ri(); 0 for the root node
	A, B      []float64 // axial coefficients, mS/cm2 times -1 (allen.md Appendix B): on the parent's and on the own row
	FirstNode []int32   // per section: node of segment 0; segment k is FirstNode[s]+k, k = nseg the 1 end

	nseg  []int32
	start []int32 // per section: the node at x = 0, where the section is connected
}

// topology is the part of a Tree that distances need.
type topology struct {
	order     []int   // section indices breadth first
	rank      []int   // per section: its place in order
	parent    []int   // per section: index of the parent section, -1 for the root
	firstNode []int32 // per section
	start     []int32 // per section: the node at x = 0
	length    []float64
	nseg      []int
}

// segmentOf returns the segment that holds x, as NEURON's node_index.
func segmentOf(x float64, nseg int) int {
	return max(0, min(int(float64(float64(nseg)*x)), nseg-1))
}

// index returns a function that tells the index of a section in m.Sections, -1 for one that is not there.
func (m *Morphology) index() func(*Section) int {
	const few = 32 // sections that are searched faster than hashed
	if len(m.Sections) <= few {
		return func(s *Section) int { return slices.Index(m.Sections, s) }
	}
	at := make(map[*Section]int, len(m.Sections))
	for i, s := range m.Sections {
		at[s] = i
	}
	return func(s *Section) int {
		if i, ok := at[s]; ok {
			return i
		}
		return -1
	}
}

// topology numbers the nodes. It refuses what is not one tree.
func (m *Morphology) topology(nseg []int) (*topology, error) {
	if len(nseg) != len(m.Sections) {
		return nil, fmt.Errorf("%s: %d numbers of segments for %d sections", m.Path, len(nseg), len(m.Sections))
	}
	n := len(m.Sections)
	index := m.index()
	root, roots := 0, 0
	total := 1
	for i, s := range m.Sections {
		if s.Parent == nil {
			if roots++; roots == 1 {
				root = i
			}
		}
		if nseg[i] < 1 {
			return nil, fmt.Errorf("%s: %s has %d segments; at least 1 is needed", m.Path, s.FullName(), nseg[i])
		}
		if total += nseg[i] + 1; total > math.MaxInt32 {
			return nil, fmt.Errorf("%s: too many segments", m.Path)
		}
	}
	switch {
	case roots == 0:
		return nil, fmt.Errorf("%s: no section without a parent; the cell needs a root", m.Path)
	case roots > 1:
		second := root + 1 + slices.IndexFunc(m.Sections[root+1:], func(s *Section) bool { return s.Parent == nil })
		return nil, fmt.Errorf("%s: %d sections without a parent (%s, %s, ...); a cell needs one root: connect or remove the others",
			m.Path, roots, m.Sections[root].FullName(), m.Sections[second].FullName())
	}
	ints, nodes := make([]int, 3*n), make([]int32, 2*n)
	t := &topology{
		order: ints[:0:n], rank: ints[n : 2*n : 2*n], parent: ints[2*n:],
		firstNode: nodes[:n:n], start: nodes[n:], length: make([]float64, n), nseg: nseg,
	}
	next := int32(1)
	t.order = append(t.order, root)
	for k := 0; k < len(t.order); k++ {
		i := t.order[k]
		s := m.Sections[i]
		t.rank[i], t.firstNode[i], t.length[i] = k, next, s.L()
		next += int32(nseg[i]) + 1
		if k == 0 {
			t.parent[i] = -1
		} else {
			t.start[i] = t.node(t.parent[i], s.ParentX)
		}
		for _, c := range s.Children {
			j := index(c)
			if j < 0 || c.Parent != s {
				return nil, fmt.Errorf("%s: %s is a child of %s but no section of the cell; use Append and Remove", m.Path, c.FullName(), s.FullName())
			}
			t.parent[j] = i
			t.order = append(t.order, j)
		}
		if len(t.order) > n {
			break
		}
	}
	if len(t.order) != n {
		return nil, fmt.Errorf("%s: %d of %d sections hang on the root; the connections are no tree", m.Path, len(t.order), n)
	}
	return t, nil
}

// node returns the node at x of a section: x = 0 is the node the section is connected to.
func (t *topology) node(section int, x float64) int32 {
	switch {
	case x <= 0:
		return t.start[section]
	case x >= 1:
		return t.firstNode[section] + int32(t.nseg[section])
	}
	return t.firstNode[section] + int32(segmentOf(x, t.nseg[section]))
}

// Node returns the node at x of a section: that of segment int(x*nseg); x = 1 is the node at the 1 end, x = 0 the
// node the section is connected to (for the root section the root node).
func (t *Tree) Node(section int, x float64) int32 {
	switch {
	case x <= 0:
		return t.start[section]
	case x >= 1:
		return t.FirstNode[section] + t.nseg[section]
	}
	return t.FirstNode[section] + int32(segmentOf(x, int(t.nseg[section])))
}

// Discretize builds NEURON's node tree. nseg and Ra (ohm cm) are per section, parallel to m.Sections. Area, Rinv, A
// and B have NEURON's bits (allen.md Appendix B; rall_branch is 1).
func (m *Morphology) Discretize(nseg []int, Ra []float64) (*Tree, error) {
	if len(Ra) != len(m.Sections) {
		return nil, fmt.Errorf("%s: %d axial resistivities for %d sections", m.Path, len(Ra), len(m.Sections))
	}
	top, err := m.topology(nseg)
	if err != nil {
		return nil, err
	}
	n := 1
	for i, s := range m.Sections {
		n += nseg[i] + 1
		if !(Ra[i] > 0) {
			return nil, fmt.Errorf("%s: Ra of %s is %g ohm cm; it must be positive", m.Path, s.FullName(), Ra[i])
		}
		if len(s.Points) < 2 && !(s.StyleDiam > 0) {
			return nil, fmt.Errorf("%s: diameter of %s is %g um; it must be positive", m.Path, s.FullName(), s.StyleDiam)
		}
	}
	floats, ints := make([]float64, 4*n), make([]int32, 2*n)
	part := func(k int) []float64 { return floats[k*n : (k+1)*n : (k+1)*n] }
	t := &Tree{
		Parent: make([]int32, n), Section: ints[:n:n], Seg: ints[n:],
		Area: part(0), Diam: part(1), Rinv: make([]float64, n), A: part(2), B: part(3),
		FirstNode: top.firstNode, nseg: make([]int32, len(nseg)), start: top.start,
	}
	buffer := make([]Segment, slices.Max(nseg))
	t.Parent[0], t.Section[0], t.Seg[0], t.Area[0] = -1, int32(top.order[0]), -1, endArea
	for _, i := range top.order {
		k := nseg[i]
		t.nseg[i] = int32(k)
		first := int(top.firstNode[i])
		segments := buffer[:k]
		t.Rinv[first+k] = m.Sections[i].fill(segments, t.Rinv[first:first+k], Ra[i])
		t.Area[first+k], t.Diam[first+k] = endArea, segments[k-1].Diam
		for j := range k + 1 {
			nd := first + j
			t.Section[nd], t.Seg[nd], t.Parent[nd] = int32(i), int32(j), int32(nd-1)
			if j < k {
				t.Area[nd], t.Diam[nd] = segments[j].Area, segments[j].Diam
			}
		}
		t.Parent[first] = top.start[i]
	}
	t.Diam[0] = t.Diam[1]
	parent, area, a, b := t.Parent[:n], t.Area[:n], t.A[:n], t.B[:n]
	for nd, rinv := range t.Rinv[:n] {
		if nd > 0 {
			a[nd] = -1e2 * rinv / area[parent[nd]]
			b[nd] = -1e2 * rinv / area[nd]
		}
	}
	return t, nil
}
