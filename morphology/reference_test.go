package morphology

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wantSection is a section of the reference data (README.md of data/morphology).
type wantSection struct {
	Name     string
	Parent   *string
	ParentX  *float64 `json:"parent_x"`
	Wire     []float64
	Children []string
	PT3D     [][4]float64
	L        float64
	NSeg3    *struct{ Area, Diam, RI []float64 }
}

type wantFile struct {
	Sections []wantSection
	Refused  string
	Old      struct {
		Sections []wantSection
		Refused  string
	} `json:"old_import3d"`
}

// referenceFolder finds the shared reference data or skips.
func referenceFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join("..", "..", "shared", "data", "morphology")
	if shared := os.Getenv("NETSIM_SHARED"); shared != "" {
		folder = filepath.Join(shared, "data", "morphology")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("reference data not found (%v); set NETSIM_SHARED to the folder that holds data/morphology", err)
	}
	return folder
}

// TestReferenceSWC compares every hand-made case with what NEURON makes of it, by both readers.
func TestReferenceSWC(t *testing.T) {
	names, _ := filepath.Glob(filepath.Join(referenceFolder(t), "swc", "*.json"))
	if len(names) != 55 {
		t.Errorf("%d cases instead of 55", len(names))
	}
	sections, numbers := 0, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var w wantFile
		if err := json.Unmarshal(text, &w); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimSuffix(name, "json") + "swc"
		for _, r := range []Reader{Import3d, OldImport3d} {
			want, refused := w.Sections, w.Refused
			if r == OldImport3d {
				want, refused = w.Old.Sections, w.Old.Refused
			}
			t.Run(filepath.Base(path)+"/"+r.String(), func(t *testing.T) {
				m, err := ReadSWC(path, r)
				if (err != nil) != (refused != "") {
					t.Fatalf("error %v, NEURON %q", err, refused)
				}
				if err != nil {
					return
				}
				s, n := compareReference(t, m, want)
				sections += s
				numbers += n
			})
		}
	}
	t.Logf("%d files, %d sections, %d numbers", len(names), sections, numbers)
}

func compareReference(t *testing.T, m *Morphology, want []wantSection) (sections, numbers int) {
	if len(m.Sections) != len(want) {
		t.Fatalf("%d sections, NEURON %d", len(m.Sections), len(want))
	}
	for i, s := range m.Sections {
		w := want[i]
		if s.FullName() != w.Name {
			t.Errorf("section %d is %s, NEURON %s", i, s.FullName(), w.Name)
			continue
		}
		sections++
		if (s.Parent == nil) != (w.Parent == nil) || s.Parent != nil && (s.Parent.FullName() != *w.Parent || s.ParentX != *w.ParentX) {
			t.Errorf("%s: parent %v(%g), NEURON %v", w.Name, s.Parent, s.ParentX, w.Parent)
		}
		if s.Wire != (w.Wire != nil) {
			t.Errorf("%s: wire %v, NEURON %v", w.Name, s.Wire, w.Wire)
		} else if s.Wire {
			for k, v := range w.Wire {
				if s.WirePoint[k] != float32(v) {
					t.Errorf("%s: wire %v, NEURON %v", w.Name, s.WirePoint, w.Wire)
				}
			}
		}
		if len(s.Children) != len(w.Children) {
			t.Errorf("%s: %d children, NEURON %d", w.Name, len(s.Children), len(w.Children))
		} else {
			for k, c := range s.Children {
				if c.FullName() != w.Children[k] {
					t.Errorf("%s: child %d %s, NEURON %s", w.Name, k, c.FullName(), w.Children[k])
				}
			}
		}
		if len(s.Points) != len(w.PT3D) {
			t.Errorf("%s: %d points, NEURON %d", w.Name, len(s.Points), len(w.PT3D))
			continue
		}
		for k, p := range s.Points {
			numbers += 4
			q := w.PT3D[k]
			if p != (Point{float32(q[0]), float32(q[1]), float32(q[2]), float32(q[3])}) {
				t.Errorf("%s: point %d %v, NEURON %v", w.Name, k, p, q)
			}
		}
		if w.NSeg3 == nil {
			continue
		}
		if s.L() != w.L {
			t.Errorf("%s: L %v, NEURON %v", w.Name, s.L(), w.L)
		}
		segments, _ := s.Segments(3, 100)
		for k, g := range segments {
			numbers += 3
			// a section without length: NEURON's own values are rounding residue, but they come out alike
			if g.Area != w.NSeg3.Area[k] || g.RiLeft != w.NSeg3.RI[k] || math.Abs(g.Diam-w.NSeg3.Diam[k]) > 1e-9 {
				t.Errorf("%s: segment %d %+v, NEURON %v %v %v", w.Name, k, g, w.NSeg3.Area[k], w.NSeg3.Diam[k], w.NSeg3.RI[k])
			}
		}
	}
	return sections, numbers
}
