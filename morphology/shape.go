package morphology

import (
	"fmt"
	"math"
)

// stubLength is the length of each stub of a replaced axon in um (allen.md §3.5).
const stubLength = 30

// AxonStub returns the stub axon[index] of diameter diam (um), 30 um long, without pt3d. DefineShape gives it its
// place and rounds its diameter to float32.
func AxonStub(index int, diam float64) *Section {
	return &Section{Type: 2, Name: "axon", Index: index, StyleL: stubLength, StyleDiam: diam}
}

// ReplaceAxonPerisomatic replaces the axon as BMTK's fix_axon_peri does: two stubs of 30 um and diameter 1 um, the
// first on the middle of soma[0]. Without an axon in the file it simply adds them. Sections that grow from the axon
// would be cut off the cell (BMTK leaves them behind as cells of their own): such a morphology is refused unchanged.
func (m *Morphology) ReplaceAxonPerisomatic() error {
	return m.replaceAxon(.5, 1, 1)
}

// ReplaceAxonAllActive replaces the axon as BMTK's fix_axon_allactive does: two stubs of 30 um on the 1 end of
// soma[0], with the diameters of axon[0] and of the last axon section.
func (m *Morphology) ReplaceAxonAllActive() error {
	first := m.Find("axon", 0)
	if first == nil {
		return fmt.Errorf("%s: no axon section, but the all-active axon replacement takes its diameters from the axon; use another processing function or morphology", m.Path)
	}
	last := first
	for _, s := range m.Sections {
		if s.Label() == "axon" {
			last = s
		}
	}
	return m.replaceAxon(1, first.Diam(), last.Diam())
}

func (m *Morphology) replaceAxon(somaX, diam0, diam1 float64) error {
	soma := m.Find("soma", 0)
	if soma == nil {
		return fmt.Errorf("%s: no soma section to connect the axon stub to; the morphology needs points of type 1", m.Path)
	}
	for _, s := range m.Sections {
		if p := s.Parent; s.Name != "axon" && p != nil && p.Name == "axon" {
			return fmt.Errorf("%s: %s grows from %s, but the axon is to be replaced by a stub; correct the types of these points or use a processing function that keeps the axon",
				m.Path, s.FullName(), p.FullName())
		}
	}
	m.Remove(func(s *Section) bool { return s.Name == "axon" })
	stub0, stub1 := AxonStub(0, diam0), AxonStub(1, diam1)
	m.Append(stub0, soma, somaX)
	m.Append(stub1, stub0, 1)
	return m.DefineShape()
}

// DefineShape does what h.define_shape does to a cell whose sections have one segment each: sections without pt3d
// get three, and the others are moved so that they begin where they are connected. The arc lengths of moved sections
// stay (so L and area do), but coordinates are float32 and change in their last digits.
func (m *Morphology) DefineShape() error {
	nseg := make([]int, len(m.Sections))
	for i := range nseg {
		nseg[i] = 1
	}
	t, err := m.topology(nseg)
	if err != nil {
		return err
	}
	for _, i := range t.order {
		s := m.Sections[i]
		if len(s.Points) >= 2 {
			s.diam1 = s.Diam() // NEURON has computed the diameters by now, and keeps values that are near enough
		}
	}
	for _, i := range t.order {
		m.Sections[i].place()
	}
	return nil
}

// place gives one section its shape; the parent has its own already. Variables are float32 where NEURON's are.
func (s *Section) place() {
	var x, y, z float32
	dirX, dirY := float32(1), float32(0)
	if p := s.Parent; p != nil {
		a, b := p.Points[0], p.Points[len(p.Points)-1]
		dirX, dirY = b.X-a.X, b.Y-a.Y
		if s.ParentX < .5 {
			dirX, dirY = -dirX, -dirY
		}
		at := func(a, b float32) float32 {
			return float32(float64(float64(b)*s.ParentX) + float64(float64(a)*(1-s.ParentX)))
		}
		x, y, z = at(a.X, b.X), at(a.Y, b.Y), at(a.Z, b.Z)
	}
	if len(s.Points) > 0 {
		if s.Parent != nil {
			s.move(x, y, z)
		}
		return
	}
	angle := float32(0)
	if !(math.Abs(float64(dirY)) < 1e-6 && math.Abs(float64(dirX)) < 1e-6) {
		angle = atan2f32(dirY, dirX)
	}
	if s.ParentX > 0 && s.ParentX < 1 {
		angle = float32(float64(angle) + math.Pi/2)
	}
	if s.Parent != nil {
		same, mine := 0, 0
		for _, c := range s.Parent.Children {
			if c == s {
				mine = same
			}
			if c.ParentX == s.ParentX {
				same++
			}
		}
		if same > 1 { // fan out over 0.8 rad
			angle = float32(float64(angle) + (float64(float64(mine)/(float64(same)-1)*.8) - .4))
		}
	}
	l := s.L()
	sin, cos := sincosf32(angle)
	x1 := float32(float64(x) + float64(l*float64(cos)))
	y1 := float32(float64(y) + float64(l*float64(sin)))
	mid := func(a, b float32) float32 {
		return float32(float64(float64(a)*.5) + float64(float64(b)*.5))
	}
	d := float32(s.StyleDiam)
	s.Points = []Point{{x, y, z, d}, {mid(x, x1), mid(y, y1), z, d}, {x1, y1, z, d}}
	s.arc = nil
	s.arc = s.arcs()
	s.arc[2] = l // NEURON does not let rounding change the length
}

// move shifts the section so that it begins at x, y, z (um); with a wire, so that the wire's point comes there.
func (s *Section) move(x, y, z float32) {
	s.arc = s.arcs()
	from := [3]float32{s.Points[0].X, s.Points[0].Y, s.Points[0].Z}
	if s.Wire {
		from, s.WirePoint = s.WirePoint, [3]float32{x, y, z}
	}
	dx, dy, dz := x-from[0], y-from[1], z-from[2]
	for i := range s.Points {
		p := &s.Points[i]
		p.X, p.Y, p.Z = p.X+dx, p.Y+dy, p.Z+dz
	}
}
