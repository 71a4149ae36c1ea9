package morphology

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// maxType bounds type numbers: hoc's importer steps through every number between the smallest and the largest type.
const maxType = 1 << 20

// instantiate turns raw sections into a Morphology (morphology.md §3).
func (f *swcFile) instantiate(raws []*raw, sectionOf []int, r Reader) (*Morphology, error) {
	warned := map[float64]bool{}
	for i, p := range f.points {
		if math.Abs(p.typ) > maxType {
			return nil, f.refuse(i, "type %.9g is out of range; use 1 soma, 2 axon, 3 dendrite, 4 apical dendrite", p.typ)
		}
		if (p.typ < 1 || p.typ > 4) && !warned[p.typ] {
			warned[p.typ] = true
			f.warn(p.line, "type %.9g is none of 1 soma, 2 axon, 3 dendrite, 4 apical dendrite: its sections are named %s; usual cell templates fail on it",
				p.typ, typeName(int(p.typ)))
		}
	}
	live := removeEmpty(raws)
	counter := map[float64]int{}
	for _, s := range live {
		s.index = counter[s.typ]
		counter[s.typ]++
	}
	m := &Morphology{Path: f.path, swcIDs: f.idsBySection(raws, live, sectionOf)}
	made := make(map[*raw]*Section, len(live))
	for _, q := range live {
		s := &Section{Type: int(q.typ), Name: typeName(int(q.typ)), Index: q.index, SWCIDs: q.swcIDs}
		s.Points = q.points(r)
		if q.first == 1 {
			s.Wire = true
			for k, v := range q.xyz[0] {
				s.WirePoint[k] = r.round(v)
			}
		}
		for _, p := range s.Points {
			for _, v := range [4]float32{p.X, p.Y, p.Z, p.Diam} {
				if math.IsInf(float64(v), 0) {
					return nil, &Error{f.path, q.line, fmt.Sprintf("a point of %s is beyond the range of float32; correct the file", s.FullName())}
				}
			}
		}
		made[q] = s
		m.Sections = append(m.Sections, s)
		if q.parent == nil {
			m.Roots = append(m.Roots, s)
		} else {
			p := made[q.parent]
			s.Parent, s.ParentX = p, q.parentX
			p.Children = append(p.Children, s)
		}
		f.warnShape(s, q.line)
	}
	for _, s := range m.Sections { // as connect orders them, one by one
		slices.Reverse(s.Children)
		slices.SortStableFunc(s.Children, func(a, b *Section) int { return cmp.Compare(a.ParentX, b.ParentX) })
	}
	slices.SortStableFunc(m.Sections, func(a, b *Section) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Index, b.Index))
	})
	m.Warnings = f.warnings
	return m, nil
}

// warnShape tells of sections whose geometry makes a simulation divide by nearly nothing (morphology.md §6).
func (f *swcFile) warnShape(s *Section, line int) {
	if s.L() <= minLength {
		f.warn(line, "%s has no length: its area is about 1e-14 um2 and its diameter stays %g um", s.FullName(), defaultDiam)
	}
	for _, p := range s.Points {
		if p.Diam == 0 {
			f.warn(line, "%s has a point of diameter 0: its axial resistance becomes about 1e15 times larger", s.FullName())
			return
		}
	}
}

// removeEmpty gives the sections without those that have nothing but a wire and a point, or two equal points; their
// children move to where they were. Parents stand before their children.
func removeEmpty(secs []*raw) []*raw {
	empty := map[*raw]bool{}
	var live []*raw
	for _, s := range secs {
		if empty[s.parent] { // which stands, by now, on one that stays
			s.parent, s.parentX = s.parent.parent, s.parent.parentX
		}
		m := len(s.d) - s.first
		if s.parent == nil || m > 2 || m == 2 && !samePlace(s.xyz[s.first], s.xyz[s.first+1]) {
			live = append(live, s)
		} else {
			empty[s] = true
		}
	}
	return live
}

func samePlace(a, b [3]float64) bool {
	for k := range a {
		if math.Abs(a[k]-b[k]) > hocEps {
			return false
		}
	}
	return true
}

// typeName is the name of the sections of a type.
func typeName(t int) string {
	switch {
	case t == 1:
		return "soma"
	case t == 2:
		return "axon"
	case t == 3:
		return "dend"
	case t == 4:
		return "apic"
	case t < 0:
		return "minus_" + strconv.Itoa(-t)
	}
	return "dend_" + strconv.Itoa(t)
}

// points returns the pt3d. A lone point (only a root can have one) becomes a cylinder along x, as long as wide.
func (q *raw) points(r Reader) []Point {
	xyz, d := q.xyz[q.first:], q.d[q.first:]
	if len(d) == 1 {
		c, w := xyz[0], d[0]
		xyz = [][3]float64{{c[0] - w/2, c[1], c[2]}, c, {c[0] + w/2, c[1], c[2]}}
		d = []float64{w, w, w}
	}
	pts := make([]Point, len(d))
	for i := range pts {
		pts[i] = Point{r.round(xyz[i][0]), r.round(xyz[i][1]), r.round(xyz[i][2]), r.round(d[i])}
	}
	return pts
}

// round passes a number through the decimal text by which hoc hands it over (%.8g or %g), then to float32.
func (r Reader) round(v float64) float32 {
	places := 7 // of "%.7e", the same digits as "%.8g"
	if r == OldImport3d {
		places = 5
	}
	var buf [32]byte
	w, err := strconv.ParseFloat(string(strconv.AppendFloat(buf[:0], v, 'e', places, 64)), 64)
	if err != nil {
		return float32(math.Inf(1))
	}
	return float32(w)
}

// idsBySection lists the ids of the points of each (type, index): the point's own type, the index of its section, as
// BMTK looks them up. Points of removed sections are left out (BMTK fails on files with such sections).
func (f *swcFile) idsBySection(raws, live []*raw, sectionOf []int) map[sectionKey][]int {
	isLive := make(map[*raw]bool, len(live))
	for _, s := range live {
		isLive[s] = true
	}
	ids := map[sectionKey][]int{}
	for i, p := range f.points {
		if s := raws[sectionOf[i]]; isLive[s] {
			k := sectionKey{int(p.typ), s.index}
			ids[k] = append(ids[k], int(p.id))
		}
	}
	return ids
}
