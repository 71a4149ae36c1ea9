package cell

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"netsim/engine"
	"netsim/morphology"
)

// Template is a cell type: what all cells of one morphology, biophysics and processing share.
type Template struct {
	Name          string
	Engine        *engine.Template
	Sections      []Section // in the order of BMTK's list `all`; the index is the section id
	Segments      []Segment // in the order of Sections, from 0 to 1
	SomaNode      int32     // soma[0](0.5): spike detector and soma reports
	Extracellular bool      // extracellular was inserted; it has no effect on v and is not simulated

	morph  *morphology.Morphology
	tree   *morphology.Tree
	choice map[choiceKey]*candidates
}

// Section is an unbranched cable of a template.
type Section struct {
	Name  string  // "dend[3]"
	Label string  // "dend"
	Type  int     // 1 soma, 2 axon, 3 dend, 4 apic by label; 0 otherwise
	NSeg  int     // number of segments
	L     float64 // um
	First int     // index of its first segment in Segments
}

// Segment is a piece of a section: a compartment in reports, and a place where BMTK puts synapses.
type Segment struct {
	Section        int32   // section id
	Node           int32   // node of the engine's template
	X              float64 // centre, 0..1
	L              float64 // um
	Dist           float64 // um from soma(0) to the centre
	Type           int     // as Section.Type
	SWCBeg, SWCEnd int64   // ids in the SWC file as BMTK writes them; -1 for none
}

// labelTypes are the words for kinds of sections (BMTK's sec_type_swc).
var labelTypes = map[string]int{
	"soma": 1, "somatic": 1, "axon": 2, "axonal": 2, "dend": 3, "basal": 3, "apic": 4, "apical": 4,
}

// FindSection returns the id of name[index], "soma" and 0 for instance.
func (t *Template) FindSection(name string, index int) (int, bool) {
	full := fmt.Sprintf("%s[%d]", name, index)
	i := slices.IndexFunc(t.Sections, func(s Section) bool { return s.Name == full })
	return i, i >= 0
}

// Node returns the node at x (0..1) of a section: that of the segment that contains x; 0 and 1 are the section's ends.
func (t *Template) Node(section int, x float64) int32 { return t.tree.Node(section, x) }

// lower makes the template of a membrane: nseg by dL (um), geometry, and the parameters of each section's one
// segment copied to all its segments, as NEURON does when nseg grows.
func (m *membrane) lower(name string, dL float64) (*Template, error) {
	secs := m.morph.Sections
	nseg := make([]int, len(secs))
	for i, s := range secs {
		nseg[i] = morphology.NSeg(s.L(), dL)
	}
	tree, err := m.morph.Discretize(nseg, m.ra)
	if err != nil {
		return nil, err
	}
	t := &Template{Name: name, Extracellular: m.extracellular, morph: m.morph, tree: tree, choice: map[choiceKey]*candidates{}}
	for i, seg := range m.morph.SegmentTable(nseg) {
		if i == 0 || seg.Section != int(t.Segments[i-1].Section) {
			s := secs[seg.Section]
			t.Sections = append(t.Sections, Section{s.FullName(), s.Label(), labelTypes[s.Label()], nseg[seg.Section], s.L(), i})
		}
		n := float64(nseg[seg.Section])
		beg, end := m.morph.SWCRange(seg.Section, float64(seg.Index)/n, float64(seg.Index+1)/n)
		t.Segments = append(t.Segments, Segment{
			Section: int32(seg.Section), Node: tree.FirstNode[seg.Section] + int32(seg.Index), X: seg.X, L: seg.L, Dist: seg.Dist,
			Type: labelTypes[seg.Label], SWCBeg: int64(beg), SWCEnd: int64(end),
		})
	}
	soma, ok := t.FindSection("soma", 0)
	if !ok {
		return nil, fmt.Errorf("%s: no soma section, so there is no place for the spike detector; the morphology needs points of type 1", m.morph.Path)
	}
	t.SomaNode = tree.Node(soma, .5)
	t.Engine = m.engineTemplate(name, tree, nseg)
	return t, nil
}

// engineTemplate fills the engine's arrays.
func (m *membrane) engineTemplate(name string, tree *morphology.Tree, nseg []int) *engine.Template {
	e := &engine.Template{Name: name, Parent: tree.Parent, Area: tree.Area, Diam: tree.Diam, A: tree.A, B: tree.B}
	e.Cm = make([]float64, len(tree.Parent))
	for n := range e.Cm {
		if hasMembrane(tree, nseg, n) {
			e.Cm[n] = m.cm[tree.Section[n]]
		}
	}
	for _, i := range m.insertedOrder() {
		ins := m.mechs[i]
		d := engine.Density{Mech: i}
		d.Nodes = nodesOf(tree, nseg, ins.in)
		if len(d.Nodes) == 0 {
			continue
		}
		cols := make([]int32, 0, len(ins.set))
		for c := range ins.set {
			cols = append(cols, c)
		}
		slices.Sort(cols)
		for _, c := range cols {
			d.Params = append(d.Params, engine.NodeParam{Column: c, Values: spread(tree, d.Nodes, ins.set[c])})
		}
		e.Density = append(e.Density, d)
	}
	if slices.ContainsFunc(e.Density, func(d engine.Density) bool { return len(m.lib.Mechanisms[d.Mech].Diffusion) > 0 }) {
		m.diffusionGeometry(e, tree, nseg)
	}
	for i := range m.lib.Ions {
		r := m.erev[int32(i)]
		if r == nil {
			continue
		}
		nodes := nodesOf(tree, nseg, r.set)
		e.IonE = append(e.IonE, engine.IonE{Ion: int32(i), Nodes: nodes, E: spread(tree, nodes, r.e)})
	}
	return e
}

// diffusionGeometry is what LONGITUDINAL_DIFFUSION needs to know of the sections.
func (m *membrane) diffusionGeometry(e *engine.Template, tree *morphology.Tree, nseg []int) {
	secs := m.morph.Sections
	for _, s := range tree.Section {
		e.SegmentL = append(e.SegmentL, secs[s].L()/float64(nseg[s]))
		parent := int32(-1)
		if k := slices.Index(secs, secs[s].Parent); k >= 0 {
			parent = tree.FirstNode[k]
		}
		e.ParentFirst = append(e.ParentFirst, parent)
	}
}

// hasMembrane tells the nodes of segments from those at sections' ends, which have no area.
func hasMembrane(tree *morphology.Tree, nseg []int, node int) bool {
	seg := tree.Seg[node]
	return seg >= 0 && int(seg) < nseg[tree.Section[node]]
}

// nodesOf lists the nodes with membrane of the chosen sections, ascending.
func nodesOf(tree *morphology.Tree, nseg []int, chosen []bool) []int32 {
	var nodes []int32
	for n := range tree.Parent {
		if chosen[tree.Section[n]] && hasMembrane(tree, nseg, n) {
			nodes = append(nodes, int32(n))
		}
	}
	return nodes
}

// spread turns values per section into values per node; one value if all are equal.
func spread(tree *morphology.Tree, nodes []int32, bySection []float64) []float64 {
	values := make([]float64, len(nodes))
	same := true
	for i, n := range nodes {
		values[i] = bySection[tree.Section[n]]
		same = same && math.Float64bits(values[i]) == math.Float64bits(values[0])
	}
	if same && len(values) > 0 {
		return values[:1:1]
	}
	return values
}

// Element is one column of a membrane report.
type Element struct {
	ID             uint64  // section id
	Pos            float64 // 0..1
	Node           int32   // node of the engine's template
	SWCBeg, SWCEnd int64   // -1 for none
	Type           int64   // 1 soma, 2 axon, 3 dend, 4 apic
}

// Elements lists what a membrane report records of a cell (allen.md §6.2): with somaOnly one element, soma[0](0.5),
// id 0; otherwise every segment whose kind is among sections (soma, axon, dend, apic and their synonyms, all).
func (t *Template) Elements(sections []string, somaOnly bool) ([]Element, error) {
	if somaOnly {
		return []Element{{ID: 0, Pos: .5, Node: t.SomaNode, SWCBeg: -1, SWCEnd: -1, Type: 1}}, nil
	}
	all, want := false, [5]bool{}
	for _, s := range sections {
		w := strings.ToLower(s)
		k, ok := labelTypes[w]
		if !ok && w != "all" {
			return nil, fmt.Errorf("sections: %q is none of soma, axon, dend, apic (or somatic, axonal, basal, apical) and all", s)
		}
		all = all || w == "all"
		want[k] = true
	}
	var out []Element
	for _, s := range t.Segments {
		if all || s.Type > 0 && want[s.Type] {
			out = append(out, Element{uint64(s.Section), s.X, s.Node, s.SWCBeg, s.SWCEnd, int64(s.Type)})
		}
	}
	return out, nil
}
