package morphology

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// stick is a one-point soma at the origin with a dendrite that forks.
const stick = `# soma, dendrite, two branches
1 1 0 0 0 5 -1
2 3 0 6 0 1 1
3 3 0 16 0 1 2
4 3 10 16 0 .5 3
5 3 20 16 0 .5 4
6 3 0 36 0 .5 3
`

func parse(t *testing.T, text string) *Morphology {
	t.Helper()
	m, err := ParseSWC("cell.swc", []byte(text), Import3d)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fill[T any](n int, v T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = v
	}
	return s
}

func same(t *testing.T, what string, got, want float64) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v instead of %v", what, got, want)
	}
}

func names(sections []*Section) string {
	var s []string
	for _, x := range sections {
		s = append(s, x.FullName())
	}
	return strings.Join(s, " ")
}

func TestSections(t *testing.T) {
	m := parse(t, stick)
	if got := names(m.Sections); got != "soma[0] dend[0] dend[1] dend[2]" {
		t.Fatal(got)
	}
	soma, dend := m.Sections[0], m.Sections[1]
	if len(m.Warnings) != 0 || len(m.Roots) != 1 || m.Roots[0] != soma || dend.Parent != soma || dend.ParentX != .5 || !dend.Wire {
		t.Errorf("%+v", dend)
	}
	if got := names(dend.Children); got != "dend[2] dend[1]" {
		t.Errorf("children %s: the newest must come first", got)
	}
	same(t, "L soma", soma.L(), 10)
	same(t, "L dend[0]", dend.L(), 10) // the wire has no length
	same(t, "L dend[1]", m.Sections[2].L(), 20)
	if dend.Label() != "dend" || (&Section{Name: "dend_5"}).Label() != "dend" || (&Section{Name: "minus_1"}).Label() != "minu" {
		t.Error("label")
	}
}

func TestNSeg(t *testing.T) {
	for _, c := range []struct {
		l, dl float64
		want  int
	}{{39.9, 20, 1}, {40, 20, 3}, {79.9, 20, 3}, {80, 20, 5}, {30, 5, 7}, {100, 0, 1}, {100, -1, 1}, {100, math.NaN(), 1}, {1, 1e-300, 1}} {
		if got := NSeg(c.l, c.dl); got != c.want {
			t.Errorf("NSeg(%g, %g) = %d instead of %d", c.l, c.dl, got, c.want)
		}
	}
}

// pi is a variable so that Go does not evaluate the expected values with exact constants.
var pi = math.Pi

// TestFrustum checks the formulas on a cone of which everything is known.
func TestFrustum(t *testing.T) {
	s := &Section{Points: []Point{{0, 0, 0, 4}, {0, 0, 4, 10}}} // slope 3/4 of the radius: slant length 5
	seg, end := s.Segments(1, 100)
	same(t, "L", s.L(), 4)
	same(t, "diam", seg[0].Diam, 7)
	same(t, "area", seg[0].Area, ((4+7)*2.5+(7+10)*2.5)*.5*pi)
	left, right := 7.*4./2, 10.*7./2 // d1*d2/length
	same(t, "ri", seg[0].RiLeft, 1/(1/(1/left*100/pi*(4.*.01))))
	same(t, "ri of the right half", end, 1/(1/(1/right*100/pi*(4.*.01))))
}

func TestCylinder(t *testing.T) {
	s := &Section{Points: []Point{{0, 0, 0, 2}, {0, 8, 0, -2}}} // a negative diameter counts by its size
	seg, _ := s.Segments(2, 100)
	for _, g := range seg {
		same(t, "area", g.Area, 4*2*pi)
		same(t, "diam", g.Diam, 2)
	}
	half := 1 / (2. * 2. / 2.) * 100 / pi * (4. * .01)
	same(t, "ri 0", seg[0].RiLeft, 1/(1/half))
	same(t, "ri 1", seg[1].RiLeft, 1/(1/(half+half)))
}

func TestStylised(t *testing.T) {
	s := &Section{StyleL: 30, StyleDiam: 1.5}
	seg, end := s.Segments(3, 50)
	left := 1e-2 * 50 * (10. / 2) / (pi * 1.5 * 1.5 / 4)
	for i, want := range []float64{left, left + left, left + left} {
		same(t, "area", seg[i].Area, pi*1.5*10)
		same(t, "ri", seg[i].RiLeft, 1/(1/want))
	}
	same(t, "end", end, 1/(1/left))
	same(t, "L", s.L(), 30)
	same(t, "diam", s.Diam(), 1.5)
	same(t, "no length", (&Section{StyleDiam: 1}).L(), 1e-9)
}

// TestArc: coordinate differences are float32 differences.
func TestArc(t *testing.T) {
	s := &Section{Points: []Point{{.1, 0, 0, 1}, {10.3, 0, 0, 1}}}
	a, b := float32(.1), float32(10.3)
	same(t, "L", s.L(), float64(b-a))
	if s.L() == float64(b)-float64(a) {
		t.Error("the example does not tell float32 from double")
	}
}

func TestZeroDiameterAndLength(t *testing.T) {
	s := &Section{Points: []Point{{0, 0, 0, 0}, {0, 8, 0, 0}}}
	seg, _ := s.Segments(1, 1)
	if seg[0].Area != 0 || math.IsInf(seg[0].RiLeft, 0) || seg[0].RiLeft < 1e10 {
		t.Errorf("%+v", seg[0])
	}
	m := parse(t, "1 1 0 0 0 5 -1\n2 3 0 6 0 1 1\n3 3 0 6 0 1 2\n4 3 0 6 0 0 3\n")
	d := m.Sections[1]
	same(t, "L", d.L(), 1e-9)
	same(t, "diam", d.Diam(), 500)
	if len(m.Warnings) != 2 {
		t.Errorf("warnings %v", m.Warnings)
	}
}

func TestDiscretize(t *testing.T) {
	m := parse(t, stick)
	nseg := []int{1, 3, 1, 2}
	tree, err := m.Discretize(nseg, fill(4, 100.))
	if err != nil {
		t.Fatal(err)
	}
	// breadth first: root node, soma, dend[0], dend[2], dend[1]
	wantParent := []int32{-1, 0, 1, 1, 3, 4, 5, 6, 7, 8, 6, 10}
	wantSection := []int32{0, 0, 0, 1, 1, 1, 1, 3, 3, 3, 2, 2}
	wantSeg := []int32{-1, 0, 1, 0, 1, 2, 3, 0, 1, 2, 0, 1}
	for i := range wantParent {
		if tree.Parent[i] != wantParent[i] || tree.Section[i] != wantSection[i] || tree.Seg[i] != wantSeg[i] {
			t.Errorf("node %d: parent %d section %d segment %d", i, tree.Parent[i], tree.Section[i], tree.Seg[i])
		}
		if i > 0 {
			same(t, "A", tree.A[i], -1e2*tree.Rinv[i]/tree.Area[tree.Parent[i]])
			same(t, "B", tree.B[i], -1e2*tree.Rinv[i]/tree.Area[i])
		}
	}
	for _, i := range []int{0, 2, 6, 9, 11} {
		same(t, "area of a node without membrane", tree.Area[i], 100)
	}
	for _, c := range []struct {
		section int
		x       float64
		want    int32
	}{{0, 0, 0}, {0, .5, 1}, {0, 1, 2}, {1, 0, 1}, {1, .01, 3}, {1, .5, 4}, {1, .99, 5}, {1, 1, 6}, {2, 0, 6}, {3, 1, 9}} {
		if got := tree.Node(c.section, c.x); got != c.want {
			t.Errorf("Node(%d, %g) = %d instead of %d", c.section, c.x, got, c.want)
		}
	}
}

func TestDiscretizeRefuses(t *testing.T) {
	m := parse(t, stick)
	two := m.Clone()
	two.Append(AxonStub(0, 1), nil, 0)
	flat := m.Clone()
	flat.Append(AxonStub(0, 0), flat.Sections[0], .5)
	for _, c := range []struct {
		m    *Morphology
		nseg []int
		ra   []float64
		want string
	}{
		{m, []int{1}, fill(4, 1.), "1 numbers of segments for 4 sections"},
		{m, fill(4, 1), fill(3, 1.), "3 axial resistivities for 4 sections"},
		{m, []int{1, 0, 1, 1}, fill(4, 1.), "dend[0] has 0 segments"},
		{m, fill(4, 1), []float64{1, 1, 0, 1}, "Ra of dend[1] is 0"},
		{two, fill(5, 1), fill(5, 1.), "2 sections without a parent (soma[0], axon[0]"},
		{flat, fill(5, 1), fill(5, 1.), "diameter of axon[0] is 0"},
		{&Morphology{Path: "x"}, nil, nil, "no section without a parent"},
	} {
		if _, err := c.m.Discretize(c.nseg, c.ra); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v instead of %q", err, c.want)
		}
	}
	if two.SegmentTable(fill(5, 1)) != nil {
		t.Error("a table of what is no tree")
	}
}

func TestDistance(t *testing.T) {
	m := parse(t, stick)
	table := m.SegmentTable([]int{1, 3, 1, 2})
	want := []float64{5, 5 + 10./6, 5 + 5, 5 + 50./6, 5 + 10 + 10, 5 + 10 + 5, 5 + 10 + 15}
	order := []int{0, 1, 1, 1, 2, 3, 3}
	if len(table) != len(want) {
		t.Fatal(table)
	}
	for i, g := range table {
		if g.Section != order[i] || math.Abs(g.Dist-want[i]) > 1e-12 {
			t.Errorf("%+v instead of distance %g", g, want[i])
		}
	}
	// summed from the segment towards the root, in that order
	third := 3.
	same(t, "order of summation", table[1].Dist, 10*(.5/third)+10*.5)
	if g := table[5]; g.Index != 0 || g.X != .25 || g.L != 10 || g.Label != "dend" {
		t.Errorf("%+v", g)
	}
}

// TestDistanceSomaInside: the origin is the soma's 0 end although the root is a dendrite.
func TestDistanceSomaInside(t *testing.T) {
	m := parse(t, "1 3 0 0 0 1 -1\n2 3 10 0 0 1 1\n3 1 20 0 0 5 2\n4 1 30 0 0 5 3\n")
	if got := names(m.Sections); got != "soma[0] dend[0]" {
		t.Fatal(got)
	}
	table := m.SegmentTable([]int{1, 1})
	same(t, "soma", table[0].Dist, 10)
	same(t, "root", table[1].Dist, 5)
}

func TestRemoveAppendClone(t *testing.T) {
	m := parse(t, stick)
	c := m.Clone()
	c.Remove(func(s *Section) bool { return s.FullName() == "dend[0]" })
	if got := names(c.Sections); got != "soma[0] dend[1] dend[2]" {
		t.Error(got)
	}
	if got := names(c.Roots); got != "soma[0] dend[1] dend[2]" {
		t.Errorf("roots %s", got)
	}
	c.Sections[0].Points[0].X = 99
	if names(m.Sections) != "soma[0] dend[0] dend[1] dend[2]" || len(m.Sections[1].Children) != 2 || m.Sections[0].Points[0].X == 99 {
		t.Error("the original changed with its copy")
	}
	for _, s := range m.Clone().Sections {
		if s.Parent == m.Sections[0] {
			t.Error("the copy points to the original")
		}
	}
	soma := m.Sections[0]
	m.Append(AxonStub(0, 1), soma, .5)
	m.Append(AxonStub(1, 1), soma, 0)
	m.Append(AxonStub(2, 1), soma, 1)
	if got := names(soma.Children); got != "axon[1] axon[0] dend[0] axon[2]" {
		t.Errorf("children %s", got)
	}
}

func TestReplaceAxon(t *testing.T) {
	text := stick + "7 2 0 -6 0 .3 1\n8 2 0 -16 0 .2 7\n9 2 0 -26 0 .1 8\n"
	m := parse(t, text)
	if err := m.ReplaceAxonPerisomatic(); err != nil {
		t.Fatal(err)
	}
	if got := names(m.Sections); got != "soma[0] dend[0] dend[1] dend[2] axon[0] axon[1]" {
		t.Error(got)
	}
	stub := m.Find("axon", 0)
	same(t, "L", stub.L(), 30)
	p := stub.Points[2] // soma along +x: pi/2 - 0.4 rad
	if math.Abs(float64(p.X)-11.6824) > 1e-3 || math.Abs(float64(p.Y)-27.6318) > 1e-3 || stub.ParentX != .5 {
		t.Errorf("stub ends at %v", p)
	}
	m = parse(t, text)
	want := m.Find("axon", 0).Diam()
	if err := m.ReplaceAxonAllActive(); err != nil {
		t.Fatal(err)
	}
	stub = m.Find("axon", 0)
	if stub.ParentX != 1 || stub.Points[0].Diam != float32(want) {
		t.Errorf("%+v", stub)
	}
	m = parse(t, stick)
	if err := m.ReplaceAxonAllActive(); err == nil || !strings.Contains(err.Error(), "no axon") {
		t.Error(err)
	}
	if err := m.ReplaceAxonPerisomatic(); err != nil || len(m.Sections) != 6 {
		t.Errorf("%v: without an axon the stubs are added all the same", err)
	}
	m = parse(t, text+"10 3 0 -36 0 .1 9\n11 3 0 -46 0 .1 10\n")
	if err := m.ReplaceAxonPerisomatic(); err == nil || !strings.Contains(err.Error(), "dend[3] grows from axon[0]") {
		t.Error(err)
	}
	m = parse(t, "1 3 0 0 0 1 -1\n2 3 10 0 0 1 1\n")
	if err := m.ReplaceAxonPerisomatic(); err == nil || !strings.Contains(err.Error(), "no soma") {
		t.Error(err)
	}
}

func TestSWCRange(t *testing.T) {
	m := parse(t, stick)
	for _, c := range []struct {
		section  int
		x0, x1   float64
		beg, end int
	}{{0, 0, 1, 1, 1}, {1, 0, 1, 2, 3}, {2, 0, .5, 4, 4}, {2, .5, 1, 4, 5}, {3, 0, 1, 6, 6}, {2, 1, 1.1, 5, 5}} {
		if b, e := m.SWCRange(c.section, c.x0, c.x1); b != c.beg || e != c.end {
			t.Errorf("%+v: %d %d", c, b, e)
		}
	}
	cut := parse(t, stick+"7 3 20 16 0 .5 5\n8 3 30 16 0 .5 7\n9 3 30 16 9 .5 5\n")
	if b, e := cut.SWCRange(2, 0, 1); b != 4 || e != 5 {
		t.Errorf("%d %d", b, e)
	}
	m.Append(AxonStub(0, 1), m.Sections[0], .5)
	if b, e := m.SWCRange(4, 0, 1); b != -1 || e != -1 {
		t.Errorf("stub %d %d", b, e)
	}
}

func TestReadSWC(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cell.swc")
	if err := os.WriteFile(path, []byte(stick), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := ReadSWC(path, OldImport3d); err != nil || len(m.Sections) != 4 || m.Path != path {
		t.Error(err)
	}
	if _, err := ReadSWC(path+"x", Import3d); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := ParseSWC("x", nil, Reader(9)); err == nil {
		t.Error("unknown reader")
	}
}
