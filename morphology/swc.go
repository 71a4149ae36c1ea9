package morphology

import (
	"fmt"
	"math"

	"netsim/internal/bounded"
)

// maxBytes of a file: four million points.
const maxBytes = 256 << 20

// hocEps is hoc's float_epsilon: hoc compares numbers with this tolerance, and the importer is written in hoc.
const hocEps = 1e-11

func hocEqual(a, b float64) bool { return b-hocEps <= a && a <= b+hocEps }

// raw is a section between reading and instantiation.
type raw struct {
	parent  *raw
	parentX float64
	first   int // 1: the first point is only a wire
	id      int // index of the first own point in the file
	typ     float64
	xyz     [][3]float64
	d       []float64
	swcIDs  []int
	index   int // index within the type, after removal of empty sections
	line    int // line of the first own point
}

// swcFile is the accepted content of a file: points with resolved parents.
type swcFile struct {
	path     string
	points   []swcPoint
	parents  []int // index of the parent point or -1
	warnings []Warning
}

// ReadSWC reads an SWC file with the rules of r. Refusals are of type *Error (or come from the file system).
func ReadSWC(path string, r Reader) (*Morphology, error) {
	text, err := bounded.ReadFile(path, maxBytes)
	if err != nil {
		return nil, err
	}
	return ParseSWC(path, text, r)
}

// ParseSWC parses the text of an SWC file with the rules of r; path is used in messages only.
func ParseSWC(path string, text []byte, r Reader) (*Morphology, error) {
	f, err := resolve(path, text)
	if err != nil {
		return nil, err
	}
	var raws []*raw
	var sectionOf []int
	switch r {
	case Import3d:
		raws, sectionOf, err = f.sections()
	case OldImport3d:
		raws, sectionOf, err = f.sectionsOld()
	default:
		return nil, fmt.Errorf("morphology: unknown reader %d", int(r))
	}
	if err != nil {
		return nil, err
	}
	return f.instantiate(raws, sectionOf, r)
}

// resolve reads the points and finds each one's parent. It refuses what NEURON fails on (morphology.md §7).
func resolve(path string, text []byte) (*swcFile, error) {
	points, warnings, err := scanSWC(path, text)
	if err != nil {
		return nil, err
	}
	if len(points) == 0 {
		return nil, &Error{path, 0, "no points: expected lines of seven numbers (id type x y z radius parent)"}
	}
	f := &swcFile{path: path, points: points, parents: make([]int, len(points)), warnings: warnings}
	index := make(map[float64]int, len(points))
	for i, p := range points {
		if p.id < 0 {
			return nil, f.refuse(i, "id %.9g is negative; number the points from 0 or 1 upwards", p.id)
		}
		if _, twice := index[p.id]; twice {
			return nil, f.refuse(i, "id %.9g occurs twice (ids are float32 numbers: above 16777216 neighbours collide); give every point its own id", p.id)
		}
		if i > 0 && p.id < points[i-1].id {
			return nil, f.refuse(i, "id %.9g comes after id %.9g; sort the points so that ids increase and parents come before children", p.id, points[i-1].id)
		}
		index[p.id] = i
	}
	last := points[len(points)-1].id
	for i, p := range points {
		f.parents[i] = -1
		if p.pid < 0 {
			continue
		}
		k, known := index[p.pid]
		switch {
		case known && k == i:
			return nil, f.refuse(i, "point %.9g is its own parent; give it its true parent, or -1 for a root", p.id)
		case known && k > i:
			return nil, f.refuse(i, "point %.9g comes before its parent %.9g; sort the points so that parents come before children", p.id, p.pid)
		case known:
			f.parents[i] = k
		case p.pid > last:
			return nil, f.refuse(i, "parent id %.9g of point %.9g is above every id in the file; give it its true parent, or -1 for a root", p.pid, p.id)
		case i > 0 || p.pid != 0: // the first point with parent 0 is a common way to write a root
			f.warn(p.line, "parent id %.9g of point %.9g does not exist: the point is taken as a root (-1)", p.pid, p.id)
		}
	}
	return f, nil
}

func (f *swcFile) refuse(point int, format string, args ...any) error {
	return &Error{f.path, f.points[point].line, fmt.Sprintf(format, args...)}
}

func (f *swcFile) warn(line int, format string, args ...any) {
	f.warnings = warn(f.warnings, Warning{f.path, line, fmt.Sprintf(format, args...)})
}

func (f *swcFile) soma(i int) bool { return hocEqual(f.points[i].typ, 1) }

// childCounts is step 1 of morphology.md §2. A count of exactly 1 means that the next point carries on the section.
// The fractions are NEURON's own device to tell a lone child that continues from one that does not.
func (f *swcFile) childCounts(current bool) (count []float64, prox []bool) {
	n := len(f.points)
	count, prox = make([]float64, n), make([]bool, n)
	for i, k := range f.parents {
		if k < 0 {
			continue
		}
		count[k]++
		if k != i-1 {
			count[k] += .01
			// a branch at the first own point of a child of the soma goes to that child's 0 end
			onSomaChild := k > 1 && !f.soma(k) && f.soma(max(f.parents[k], 0))
			onRoot := current && k == 0 && !f.soma(0)
			if onSomaChild || onRoot {
				prox[i], count[k] = true, 1
			}
		}
		if !hocEqual(f.points[k].typ, f.points[i].typ) {
			count[k] += .01
		}
	}
	return count, prox
}

// threePointSoma is step 3: NeuroMorpho's soma of a centre and two points a radius away from it.
func (f *swcFile) threePointSoma(nsoma int, count []float64) (bool, error) {
	p := f.points
	if nsoma != 3 || f.parents[1] != 0 || f.parents[2] != 0 || count[1] != 0 || count[2] != 0 ||
		!hocEqual(p[1].d, p[0].d) || !hocEqual(p[2].d, p[0].d) {
		return false, nil
	}
	if p[0].d == 0 {
		return false, f.refuse(0, "three-point soma of radius 0; give the soma its radius")
	}
	length := 0.0
	for i := 1; i <= 2; i++ {
		sum := 0.0
		for k := range 3 {
			t := p[i].xyz[k] - p[0].xyz[k]
			sum += float64(t * t)
		}
		length += math.Sqrt(sum)
	}
	return math.Abs(length/p[0].d-1) < .01-hocEps, nil
}

// sections cuts the file by NEURON's own rules (morphology.md §2). sectionOf gives each point's section.
func (f *swcFile) sections() (secs []*raw, sectionOf []int, err error) {
	n := len(f.points)
	count, prox := f.childCounts(true)
	somaChildren := make([]int, n) // soma points whose parent is this soma point
	nsoma := 0
	for i := range n {
		if !f.soma(i) {
			continue
		}
		nsoma++
		if k := f.parents[i]; i > 0 && k >= 0 && f.soma(k) {
			somaChildren[k]++
		}
	}
	sphere := false
	if n >= 3 {
		if sphere, err = f.threePointSoma(nsoma, count); err != nil {
			return nil, nil, err
		}
	}
	if sphere {
		f.parents[2] = 1 // both outer points join the run of the first and vanish with it
	}
	for i := range n - 1 {
		if f.soma(i) && f.soma(i+1) && f.parents[i+1] == i && (i == 0 || somaChildren[i] <= 1) {
			count[i] = 1
		}
	}
	sectionOf = make([]int, n)
	for i := 1; i < n; i++ {
		sectionOf[i] = sectionOf[i-1]
		if math.Abs(count[i-1]-1) > hocEps {
			sectionOf[i]++
		}
	}
	for first := 0; first < n; {
		end := first + 1
		for end < n && sectionOf[end] == sectionOf[first] {
			end++
		}
		s := f.newRaw(first, end)
		if first == 0 {
			if sphere {
				end = 1
			}
			f.addPoints(s, -1, 0, end)
		} else {
			k := f.parents[first]
			at := max(k, 0) // hoc reads element 0 for index -1
			if sectionOf[at] >= len(secs) {
				return nil, nil, f.refuse(first, "the parent of this section comes after it; sort the points")
			}
			q := secs[sectionOf[at]]
			s.parent = q
			f.attach(s, secs[0], k, end-first, somaChildren[at] > 1)
			f.addPoints(s, at, first, end)
		}
		f.firstDiameter(s)
		if prox[first] {
			s.parentX = 0
		}
		secs = append(secs, s)
		first = s.id + len(s.swcIDs)
	}
	return secs, sectionOf, nil
}

// attach is step 7: where on its parent a section of `own` points begins, and whether by a wire.
// k is the parent point (-1: none); forks tells that the parent point has more than one soma child.
func (f *swcFile) attach(s, root *raw, k, own int, forks bool) {
	q := s.parent
	soma := hocEqual(q.typ, 1)
	branch := !f.soma(s.id)
	wire := func(yes bool) {
		if yes {
			s.first = 1
		}
	}
	switch {
	case q == root && soma && branch && len(q.d) == 1:
		s.parentX = .5
		wire(own > 1)
	case q == root && k == 0:
		s.parentX = 0
		wire(branch && forks)
	case soma:
		last := q.id + len(q.d) - 1 // the parent's last point in the file
		if q.id != 0 {
			last-- // its list begins with a copy of its own parent point
		}
		if k < last {
			s.parentX = .5
			wire(branch && own > 1)
		} else {
			wire(own > 1 && forks && branch)
		}
	}
}

// sectionsOld cuts the file by the rules of BMTK's old copy (morphology.md §4).
func (f *swcFile) sectionsOld() (secs []*raw, sectionOf []int, err error) {
	n := len(f.points)
	if n < 2 {
		return nil, nil, f.refuse(0, "a single point: the old importer needs two; read the file with the current one")
	}
	count, prox := f.childCounts(false)
	sectionOf = make([]int, n)
	for i := 1; i < n; i++ {
		sectionOf[i] = sectionOf[i-1]
		if count[max(f.parents[i], 0)] > 1+hocEps || prox[i] {
			sectionOf[i]++
		}
	}
	for first := 0; first < n; {
		end := first + 1
		for end < n && sectionOf[end] == sectionOf[first] {
			end++
		}
		s := f.newRaw(first, end)
		at := -1
		if first > 0 {
			at = max(f.parents[first], 0)
			if sectionOf[at] >= len(secs) {
				return nil, nil, f.refuse(first, "the parent of this section comes after it; sort the points")
			}
			s.parent = secs[sectionOf[at]]
			if s.parent == secs[0] {
				s.parentX, s.first = .5, 1
			}
		}
		f.addPoints(s, at, first, end)
		f.firstDiameter(s)
		if prox[first] {
			s.parentX = 0
		}
		secs = append(secs, s)
		first = end
	}
	return secs, sectionOf, nil
}

// newRaw makes a section whose own points are first..end-1.
func (f *swcFile) newRaw(first, end int) *raw {
	p := f.points[first]
	s := &raw{parentX: 1, id: first, typ: p.typ, line: p.line, swcIDs: make([]int, end-first)}
	for i := range s.swcIDs {
		s.swcIDs[i] = int(f.points[first+i].id)
	}
	return s
}

// addPoints appends a copy of the point parent (unless -1) and the points first..end-1.
func (f *swcFile) addPoints(s *raw, parent, first, end int) {
	if parent >= 0 {
		s.xyz, s.d = append(s.xyz, f.points[parent].xyz), append(s.d, f.points[parent].d)
	}
	for _, p := range f.points[first:end] {
		s.xyz, s.d = append(s.xyz, p.xyz), append(s.d, p.d)
	}
}

// firstDiameter is step 8: the copied parent point of a branch on a soma takes the branch's own diameter.
func (f *swcFile) firstDiameter(s *raw) {
	if s.parent != nil && hocEqual(s.parent.typ, 1) && !hocEqual(s.typ, 1) {
		s.d[0] = s.d[1]
	}
}
