package morphology

import "math"

const (
	minLength   = 1e-9 // um; NEURON's smallest section length
	defaultDiam = 500. // um; NEURON's diameter of a new section
	endArea     = 100  // area of the nodes without membrane, dimensionless
)

// arcs returns the arc length (um) at each pt3d. Coordinates are float32 and so are their differences; the rest is
// double (morphology.md §6).
func (s *Section) arcs() []float64 {
	if len(s.arc) == len(s.Points) {
		return s.arc
	}
	arc := make([]float64, len(s.Points))
	for i := 1; i < len(arc); i++ {
		a, b := s.Points[i-1], s.Points[i]
		dx, dy, dz := float64(b.X-a.X), float64(b.Y-a.Y), float64(b.Z-a.Z)
		sum := float64(dx*dx) + float64(dy*dy)
		arc[i] = arc[i-1] + math.Sqrt(sum+float64(dz*dz))
	}
	return arc
}

// L returns the length in um: the arc length of the last pt3d, or StyleL without pt3d; at least 1e-9 as in NEURON.
func (s *Section) L() float64 {
	l := s.StyleL
	if len(s.Points) > 0 {
		arc := s.arcs()
		l = arc[len(arc)-1]
	}
	if l <= minLength {
		return minLength
	}
	return l
}

// Diam returns the diameter (um) NEURON gives the section as one segment: the average over its length, or
// StyleDiam without pt3d.
func (s *Section) Diam() float64 {
	if len(s.Points) < 2 {
		return s.StyleDiam
	}
	before := defaultDiam
	if s.StyleDiam != 0 {
		before = s.StyleDiam
	}
	ig := newIntegrator(s)
	return storedDiam(before, ig.segment(0, 1).diam)
}

// storedDiam is the diameter (um) that NEURON keeps: a new value only replaces one that differs visibly.
func storedDiam(before, computed float64) float64 {
	if math.Abs(computed-before) > 1e-9 || computed < 1e-5 {
		return computed
	}
	return before
}

// integrator walks along the pt3d of a section, segment after segment, as NEURON's diam_from_list does.
type integrator struct {
	arc, d []float64 // um; arc lengths and absolute diameters of the pt3d
	j      int       // the walk is between points j and j+1
	x, y   float64   // um; arc length and diameter at the walk's place
}

func newIntegrator(s *Section) *integrator {
	ig := &integrator{arc: s.arcs(), d: make([]float64, len(s.Points))}
	for i, p := range s.Points {
		ig.d[i] = math.Abs(float64(p.Diam))
	}
	ig.x, ig.y = ig.arc[0], ig.d[0]
	return ig
}

// part is the integral over a segment. Resistances are of its left and right halves, in 1/um: of a cone
// length/(d1*d2), to be multiplied by Ra*4/pi.
type part struct{ area, diam, left, right float64 }

// segment integrates segment i of n; calls must go through i in order.
func (ig *integrator) segment(i, n int) part {
	ds := ig.arc[len(ig.arc)-1] / float64(n)
	at := float64(i) * ds
	var p part
	at, p.left = ig.half(at, ds, &p)
	_, p.right = ig.half(at, ds, &p)
	p.diam *= .5 / ds
	p.area = p.area * .5 * math.Pi
	return p
}

// half integrates the half segment that begins at `at` (um) and returns where it ends.
func (ig *integrator) half(at, ds float64, p *part) (end, ri float64) {
	end = at + ds/2
	last := len(ig.arc) - 2
	for {
		j := ig.j
		from, to := ig.arc[j], ig.arc[j+1]
		stop := to > end || j == last
		x, y := to, ig.d[j+1]
		if stop {
			frac := 1.0
			if math.Abs(to-from) >= 1e-10 {
				frac = (end - from) / (to - from)
			}
			x, y = end, float64((1-frac)*ig.d[j])+float64(frac*ig.d[j+1])
		}
		delta := x - ig.x
		p.diam += float64((y + ig.y) * delta)
		if delta < 1e-15 {
			delta = 1e-15
		}
		t := float64(y*ig.y) / delta
		if t == 0 {
			t = 1e-15 // a diameter of 0 gives a large but finite resistance
		}
		ri += 1 / t
		slope := .5 * (y - ig.y)
		p.area += float64((y + ig.y) * math.Sqrt(float64(delta*delta)+float64(slope*slope)))
		ig.x, ig.y = x, y
		if stop {
			return end, ri
		}
		ig.j++
	}
}

// Segment is the geometry of one segment.
type Segment struct {
	Area   float64 // um2
	Diam   float64 // um
	RiLeft float64 // MOhm; from the centre of the segment before (of the first: from the 0 end) to this centre
}

// Segments returns the geometry of the section in nseg segments with axial resistivity ra (ohm cm), and the
// resistance (MOhm) from the last centre to the 1 end.
func (s *Section) Segments(nseg int, ra float64) (segments []Segment, riEnd float64) {
	segments = make([]Segment, nseg)
	rinv := make([]float64, nseg)
	endInv := s.fill(segments, rinv, ra)
	for i, r := range rinv {
		segments[i].RiLeft = 1 / r
	}
	return segments, 1 / endInv
}

// fill computes the segments but for RiLeft, and the conductances (1/MOhm) towards each one's parent node; it
// returns that of the node at the 1 end.
func (s *Section) fill(segments []Segment, rinv []float64, ra float64) (endInv float64) {
	n := len(segments)
	right := 0.0 // MOhm; right half of the segment before
	if len(s.Points) < 2 {
		dx, d := s.L()/float64(n), s.StyleDiam
		left := 1e-2 * ra * (dx / 2) / (math.Pi * d * d / 4)
		for i := range segments {
			segments[i] = Segment{Area: math.Pi * d * dx, Diam: d}
			rinv[i] = 1 / (left + right)
			right = left
		}
		return 1 / right
	}
	before := defaultDiam
	switch {
	case s.diam1 != 0:
		before = s.diam1
	case s.StyleDiam != 0:
		before = s.StyleDiam
	}
	ig := newIntegrator(s)
	for i := range segments {
		p := ig.segment(i, n)
		left := p.left * ra / math.Pi * (4. * .01)
		segments[i] = Segment{Area: p.area, Diam: storedDiam(before, p.diam)}
		rinv[i] = 1 / (right + left)
		right = p.right * ra / math.Pi * (4. * .01)
	}
	return 1 / right
}
