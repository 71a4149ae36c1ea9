package morphology

import (
	"errors"
	"math"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

func TestScanFloat32(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct {
		text   string
		want   float32
		length int
	}{
		{"1", 1, 1}, {"-1.5x", -1.5, 4}, {"+.5", .5, 3}, {"5.", 5, 2}, {"29-1", 29, 2}, {"1e3", 1000, 3}, {"1e", 1, 2}, {"1e+", 1, 3},
		{"1E-2,", .01, 4}, {"0x1F", 31, 4}, {"0x1.8p1", 3, 7}, {"-0x1p", -1, 5}, {"0x.", 0, 3}, {"0x", 0, 0}, {"1e39", inf, 4}, {"-inf", -inf, 4},
		{"Infinity", inf, 8}, {"infin", 0, 0}, {"", 0, 0}, {"-", 0, 0}, {".", 0, 0}, {"+.e5", 0, 0}, {"abc", 0, 0}, {"1e-60", 0, 5},
		{"0.1", .1, 3}, {"16777217", 16777216, 8}, {"7.038531e-26", 7.038531e-26, 12},
	} {
		if v, n := scanFloat32([]byte(c.text)); v != c.want || n != c.length {
			t.Errorf("%q: %v, %d instead of %v, %d", c.text, v, n, c.want, c.length)
		}
	}
	if v, n := scanFloat32([]byte("NaN(1)")); v == v || n != 3 {
		t.Error("nan", v, n)
	}
}

func TestLines(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		text := "# comment" + end + "1 1 0 0 0 5 -1 more" + end + end + "\t2\v3 0 6 0 1 1" + end + "3 3 0 16 0 1 2"
		m := parse(t, text)
		if names(m.Sections) != "soma[0] dend[0]" || len(m.Warnings) != 0 {
			t.Errorf("%q: %s %v", end, names(m.Sections), m.Warnings)
		}
	}
	points, warnings, err := scanSWC("x", []byte("\xef\xbb\xbf1 1 0 0 0 5 -1\n2,3,4,5,6,7,8\n1 1 0 0 0 5-1\x00 9\n"))
	if err != nil || len(points) != 1 || points[0].pid != -1 || points[0].line != 3 || len(warnings) != 2 {
		t.Fatal(points, warnings, err)
	}
	if !strings.Contains(warnings[0].String(), "x:1: line skipped: it begins with a byte order mark") || !strings.Contains(warnings[1].String(), "x:2: line skipped: 1 numbers") {
		t.Error(warnings)
	}
	if w := (Warning{Path: "x", Text: "y"}); w.String() != "x: y" {
		t.Error(w)
	}
}

// TestRound: "%.8g" and "%g" are not lossless for float32.
func TestRound(t *testing.T) {
	v := math.Float32frombits(0x41200001) // 10.00000095367431640625
	if got := Import3d.round(float64(v)); got != float32(10.000001) {
		t.Error(got)
	}
	if got := OldImport3d.round(123.456789); got != float32(123.457) {
		t.Error(got)
	}
}

// TestRefusals: what NEURON fails on is refused with line and id (morphology.md §7).
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, text string
		line       int
		want       string
	}{
		{"no points", "# nothing\n", 0, "no points"},
		{"not increasing", "1 1 0 0 0 1 -1\n3 3 1 0 0 1 1\n2 3 2 0 0 1 1\n", 3, "id 2 comes after id 3"},
		{"twice", "1 1 0 0 0 1 -1\n\n1 3 1 0 0 1 1\n", 3, "id 1 occurs twice"},
		{"float32 ids", "16777216 1 0 0 0 1 -1\n16777217 3 1 0 0 1 16777216\n", 2, "occurs twice"},
		{"parent after child", "1 1 0 0 0 1 -1\n2 3 1 0 0 1 3\n3 3 2 0 0 1 1\n", 2, "point 2 comes before its parent 3"},
		{"own parent", "1 1 0 0 0 1 -1\n2 3 1 0 0 1 2\n", 2, "point 2 is its own parent"},
		{"parent above all", "1 1 0 0 0 1 -1\n2 3 1 0 0 1 99\n", 2, "parent id 99 of point 2 is above every id"},
		{"three-point soma", "1 1 0 0 0 0 -1\n2 1 0 0 0 0 1\n3 1 0 0 0 0 1\n", 1, "three-point soma of radius 0"},
		{"inf", "1 1 0 inf 0 1 -1\n", 1, "y is not a finite"},
		{"nan", "1 1 0 0 0 nan -1\n", 1, "radius is not a finite"},
		{"1e39", "1 1 1e39 0 0 1 -1\n", 1, "x is not a finite"},
		{"diameter", "1 1 0 0 0 3e38 -1\n", 1, "beyond the range of float32"},
		{"fraction of a type", "1 1.5 0 0 0 1 -1\n", 1, "type 1.5 is not a whole number"},
		{"fraction of an id", "1.5 1 0 0 0 1 -1\n", 1, "id 1.5 is not a whole number"},
		{"negative id", "-5 1 0 0 0 1 -1\n", 1, "id -5 is negative"},
		{"type out of range", "1 9999999 0 0 0 1 -1\n", 1, "type 9999999 is out of range"},
	} {
		_, err := ParseSWC("cell.swc", []byte(c.text), Import3d)
		var e *Error
		if !errors.As(err, &e) || e.Line != c.line || !strings.Contains(e.Text, c.want) || !strings.HasPrefix(err.Error(), "cell.swc:") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := ParseSWC("x", []byte("1 1 0 0 0 5 -1"), OldImport3d); err == nil || !strings.Contains(err.Error(), "a single point") {
		t.Error(err)
	}
}

func TestWarnings(t *testing.T) {
	m := parse(t, "1 1 0 0 0 5 0\n3 5 0 6 0 1 2\n4 5 0 16 0 1 3\n")
	if len(m.Warnings) != 2 || m.Warnings[0].Line != 2 || !strings.Contains(m.Warnings[0].Text, "parent id 2 of point 3 does not exist") ||
		!strings.Contains(m.Warnings[1].Text, "named dend_5") {
		t.Error(m.Warnings)
	}
}

// FuzzParseSWC: no panics, and what is accepted can be made into nodes.
func FuzzParseSWC(f *testing.F) {
	f.Add([]byte(stick))
	f.Add([]byte("1 1 0 0 0 5 -1\n2 1 0 5 0 5 1\n3 1 0 -5 0 5 1\n4 3 0 9 0 1 1\n5 3 0 19 0 1 4\n"))
	f.Add([]byte("1 3 0 0 0 1 -1\r2 1 0x1 0 0 1 1\r3 1 2 0 0 1 1\r4 7 2 0 0 1 -1\r5 2 1e1 0 0 1 2"))
	f.Add([]byte("1 2 0 0 0 1 -1\n2 2 0 0 0 1 1\n3 2 0 0 0 0 2\n4 -1 0 0 0 1 3\n5 2 1 1 1 1 1\n6 2 1 1 1 1 1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		defer fuzzing.Guard(t)()
		for _, r := range []Reader{Import3d, OldImport3d} {
			m, err := ParseSWC("fuzz.swc", text, r)
			if err != nil {
				continue
			}
			m = m.Clone()
			n := len(m.Sections)
			tree, err := m.Discretize(fill(n, 3), fill(n, 100.))
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + 4*n; len(tree.Parent) != want {
				t.Fatalf("%d nodes of %d sections", len(tree.Parent), n)
			}
			for i, p := range tree.Parent {
				if int(p) >= i {
					t.Fatalf("node %d has parent %d", i, p)
				}
			}
			if table := m.SegmentTable(fill(n, 3)); len(table) != 3*n {
				t.Fatal("segments missing")
			}
			for i := range n {
				m.SWCRange(i, 0, 1)
			}
			if m.ReplaceAxonPerisomatic() != nil {
				continue // no soma, or something grows from the axon
			}
			n = len(m.Sections)
			if _, err := m.Discretize(fill(n, 1), fill(n, 100.)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
