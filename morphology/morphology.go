package morphology

import (
	"fmt"
	"math"
	"slices"
)

// Reader selects the rules by which a file becomes sections.
type Reader int

const (
	// Import3d is NEURON's own importer as used from a HOC template: coordinates pass through "%.8g".
	Import3d Reader = iota
	// OldImport3d is BMTK's private old copy of the importer: coordinates pass through "%g".
	OldImport3d
)

// String returns the reader's name as used in messages.
func (r Reader) String() string {
	switch r {
	case Import3d:
		return "Import3d"
	case OldImport3d:
		return "OldImport3d"
	}
	return fmt.Sprintf("Reader(%d)", int(r))
}

// Point is one pt3d of a section: position and diameter in um, stored as NEURON stores them.
// A negative diameter counts by its size; NEURON keeps the sign as a spine mark.
type Point struct{ X, Y, Z, Diam float32 }

// Section is an unbranched cable.
type Section struct {
	Type      int        // SWC type
	Name      string     // "soma", "axon", "dend", "apic", "dend_5", "minus_1"
	Index     int        // index within its name
	Parent    *Section   // nil for a root
	ParentX   float64    // where the section's 0 end sits on the parent, 0..1
	Wire      bool       // pt3dstyle(1, ...): the parent point is not a pt3d of this section
	WirePoint [3]float32 // um; the parent point, if Wire
	Points    []Point    // pt3d; empty for a stylised section
	StyleL    float64    // um; length of a stylised section
	StyleDiam float64    // um; diameter of a stylised section
	SWCIDs    []int      // ids of the section's own file points in file order (no parent point)
	Children  []*Section // by rising ParentX, the newest connection first among equal ParentX

	arc   []float64 // um; arc lengths of Points if these have been moved since (DefineShape), else nil
	diam1 float64   // um; diameter NEURON has computed with one segment, 0 if it has not (DefineShape)
}

// Warning is something in the input that NEURON accepts silently and that is probably not meant.
type Warning struct {
	Path string // file
	Line int    // line in the file, from 1; 0 if it concerns the file as a whole
	Text string
}

// String formats the warning as path:line: text.
func (w Warning) String() string {
	if w.Line == 0 {
		return w.Path + ": " + w.Text
	}
	return fmt.Sprintf("%s:%d: %s", w.Path, w.Line, w.Text)
}

// Morphology is a cell's tree of sections.
type Morphology struct {
	Path     string
	Sections []*Section // in the order of hoc's list `all`: by type, then by index
	Roots    []*Section // sections without parent, in the order of Sections
	Warnings []Warning

	swcIDs map[sectionKey][]int // ids of the file's points by section, as BMTK finds them; see SWCRange
}

// sectionKey identifies a section for SWCRange.
type sectionKey struct{ typ, index int }

// NSeg returns the number of segments of a section of length l (um) for the discretisation length dL (um):
// 1 + 2*int(l/(2*dL)), always odd (BMTK's set_segment_dl). dL <= 0 gives 1.
func NSeg(l, dL float64) int {
	if !(dL > 0) {
		return 1
	}
	n := l / (2 * dL)
	if !(n < math.MaxInt32) {
		return 1
	}
	return 1 + 2*int(n)
}

// FullName returns the name with the index: "dend[3]".
func (s *Section) FullName() string { return fmt.Sprintf("%s[%d]", s.Name, s.Index) }

// Label returns the first four characters of the name: soma, axon, dend, apic.
func (s *Section) Label() string { return s.Name[:min(4, len(s.Name))] }

// connect makes s a child of parent. Among children at one place the newest comes first, as in NEURON.
func connect(s, parent *Section, x float64) {
	s.Parent, s.ParentX = parent, x
	i := 0
	for i < len(parent.Children) && parent.Children[i].ParentX < x {
		i++
	}
	if parent.Children == nil {
		parent.Children = make([]*Section, 0, 2) // a fork, as a rule
	}
	parent.Children = slices.Insert(parent.Children, i, s)
}

// Remove deletes the sections for which the function answers true, as h.delete_section does: a child that stays
// loses its connection and becomes a root.
func (m *Morphology) Remove(sections func(*Section) bool) {
	gone := map[*Section]bool{}
	for _, s := range m.Sections {
		gone[s] = sections(s)
	}
	isGone := func(s *Section) bool { return gone[s] }
	m.Sections = slices.DeleteFunc(m.Sections, isGone)
	m.Roots = nil
	for _, s := range m.Sections {
		s.Children = slices.DeleteFunc(s.Children, isGone)
		if gone[s.Parent] {
			s.Parent, s.ParentX = nil, 0
		}
		if s.Parent == nil {
			m.Roots = append(m.Roots, s)
		}
	}
}

// Append adds s at the end of Sections and connects its 0 end to parent(x), as the newest connection. Without a
// parent it becomes a root.
func (m *Morphology) Append(s *Section, parent *Section, x float64) {
	m.Sections = append(m.Sections, s)
	if parent == nil {
		m.Roots = append(m.Roots, s)
		return
	}
	connect(s, parent, x)
}

// Clone returns a deep copy.
func (m *Morphology) Clone() *Morphology {
	c := &Morphology{Path: m.Path, Warnings: slices.Clone(m.Warnings), swcIDs: m.swcIDs} // swcIDs never changes
	made := make(map[*Section]*Section, len(m.Sections))
	for _, s := range m.Sections {
		t := *s
		t.Points, t.SWCIDs, t.arc = slices.Clone(s.Points), slices.Clone(s.SWCIDs), slices.Clone(s.arc)
		made[s] = &t
		c.Sections = append(c.Sections, &t)
	}
	for _, t := range c.Sections {
		t.Parent = made[t.Parent]
		children := t.Children
		t.Children = nil
		for _, u := range children {
			t.Children = append(t.Children, made[u])
		}
	}
	for _, s := range m.Roots {
		c.Roots = append(c.Roots, made[s])
	}
	return c
}

// Find returns the section of that name and index, or nil.
func (m *Morphology) Find(name string, index int) *Section {
	for _, s := range m.Sections {
		if s.Index == index && s.Name == name {
			return s
		}
	}
	return nil
}

// SWCRange returns the ids of the file's points at x0 and x1 of a section, as BMTK writes them into reports
// (allen.md §6.2): the points of the same type and index are taken as equally spaced; -1 if there are none. For the
// stubs of a replaced axon these are ids of the original axon.
func (m *Morphology) SWCRange(section int, x0, x1 float64) (beg, end int) {
	s := m.Sections[section]
	ids := m.swcIDs[sectionKey{s.Type, s.Index}]
	at := func(x float64) int {
		switch len(ids) {
		case 0:
			return -1
		case 1:
			return ids[0]
		}
		place := max(0, float64(x*float64(len(ids)))-1)
		return ids[min(int(math.Ceil(place)), len(ids)-1)]
	}
	return at(x0), at(x1)
}
