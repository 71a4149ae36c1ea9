package morphology

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// neuronDump is one file of testdata/dump_neuron.py.
type neuronDump struct {
	File         string
	How          string
	Old          bool
	DL, Ra       float64
	SWC          [][2]int
	Dist, Length []float64
	X            []float64
	Sections     []struct {
		Name     string
		L        float64
		NSeg     int
		Parent   string
		ParentX  float64 `json:"parent_x"`
		Children []string
		Start    int32
		End      int32
		Node     []int32
		Area     []float64
		Diam     []float64
		RI       []float64
		EndArea  float64 `json:"end_area"`
		PT3D     [][5]float64
	}
}

// TestAgainstNEURON compares with live NEURON's dumps (made by testdata/dump_neuron.py): those in testdata/neuron, or
// those in the folder NETSIM_NEURON_DUMPS of the SWC files in the folders NETSIM_NEURON_SWC (a path list).
func TestAgainstNEURON(t *testing.T) {
	folder, swc := os.Getenv("NETSIM_NEURON_DUMPS"), os.Getenv("NETSIM_NEURON_SWC")
	if folder == "" {
		folder = filepath.Join("testdata", "neuron")
		swc = folder
	}
	names, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	if len(names) == 0 {
		t.Fatalf("no dumps in %s", folder)
	}
	counts := map[string]int{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var d neuronDump
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(name, err)
		}
		path := ""
		for _, dir := range filepath.SplitList(swc) {
			if _, err := os.Stat(filepath.Join(dir, d.File)); err == nil {
				path = filepath.Join(dir, d.File)
			}
		}
		if path == "" {
			t.Fatalf("%s: no %s in NETSIM_NEURON_SWC", name, d.File)
		}
		counts["dumps"]++
		compareDump(t, filepath.Base(name), path, &d, counts)
	}
	t.Logf("compared: %v", counts)
}

func compareDump(t *testing.T, name, path string, d *neuronDump, counts map[string]int) {
	t.Helper()
	bad := 0
	fail := func(format string, args ...any) {
		if bad++; bad <= 5 {
			t.Errorf(name+": "+format, args...)
		}
	}
	reader := Import3d
	if d.Old {
		reader = OldImport3d
	}
	m, err := ReadSWC(path, reader)
	if err == nil {
		switch d.How {
		case "peri":
			err = m.ReplaceAxonPerisomatic()
		case "allactive":
			err = m.ReplaceAxonAllActive()
		}
	}
	if err != nil {
		fail("%v", err)
		return
	}
	if len(m.Sections) != len(d.Sections) {
		fail("%d sections, NEURON %d", len(m.Sections), len(d.Sections))
		return
	}
	nseg, ra := make([]int, len(m.Sections)), make([]float64, len(m.Sections))
	for i, s := range m.Sections {
		nseg[i], ra[i] = NSeg(s.L(), d.DL), d.Ra
	}
	tree, err := m.Discretize(nseg, ra)
	if err != nil {
		fail("%v", err)
		return
	}
	table := m.SegmentTable(nseg)
	k := 0
	for i, s := range m.Sections {
		w := d.Sections[i]
		counts["sections"]++
		parent := ""
		if s.Parent != nil {
			parent = s.Parent.FullName()
		}
		if s.FullName() != w.Name || s.L() != w.L || nseg[i] != w.NSeg || parent != w.Parent || s.Parent != nil && s.ParentX != w.ParentX {
			fail("section %d: %s L %v nseg %d on %s(%g), NEURON %+v", i, s.FullName(), s.L(), nseg[i], parent, s.ParentX, w)
			continue
		}
		var children []string
		for _, c := range s.Children {
			children = append(children, c.FullName())
		}
		if strings.Join(children, " ") != strings.Join(w.Children, " ") {
			fail("%s: children %v, NEURON %v", w.Name, children, w.Children)
		}
		if len(s.Points) != len(w.PT3D) {
			fail("%s: %d pt3d, NEURON %d", w.Name, len(s.Points), len(w.PT3D))
		} else {
			arc := s.arcs()
			for j, p := range s.Points {
				counts["points"]++
				if q := [5]float64{float64(p.X), float64(p.Y), float64(p.Z), float64(max(p.Diam, -p.Diam)), arc[j]}; q != w.PT3D[j] {
					fail("%s: pt3d %d %v, NEURON %v", w.Name, j, q, w.PT3D[j])
				}
			}
		}
		if tree.Node(i, 0) != w.Start || tree.Node(i, 1) != w.End {
			fail("%s: nodes at 0 and 1 %d %d, NEURON %d %d", w.Name, tree.Node(i, 0), tree.Node(i, 1), w.Start, w.End)
		}
		if end := tree.FirstNode[i] + int32(nseg[i]); 1/tree.Rinv[end] != w.RI[nseg[i]] || tree.Area[end] != 100 {
			fail("%s: ri at the end %v, NEURON %v", w.Name, 1/tree.Rinv[end], w.RI[nseg[i]])
		}
		counts["nodes"]++
		for j := range nseg[i] {
			counts["nodes"]++
			counts["segments"]++
			nd := tree.FirstNode[i] + int32(j)
			if nd != w.Node[j] || tree.Node(i, table[k].X) != nd {
				fail("%s segment %d: node %d, NEURON %d", w.Name, j, nd, w.Node[j])
			}
			if tree.Area[nd] != w.Area[j] || 1/tree.Rinv[nd] != w.RI[j] {
				fail("%s segment %d: area %v ri %v, NEURON %v %v", w.Name, j, tree.Area[nd], 1/tree.Rinv[nd], w.Area[j], w.RI[j])
			}
			if tree.Diam[nd] != w.Diam[j] {
				fail("%s segment %d: diam %v, NEURON %v", w.Name, j, tree.Diam[nd], w.Diam[j])
			}
			if g := table[k]; g.Section != i || g.Index != j || g.X != d.X[k] || g.Dist != d.Dist[k] || g.L != d.Length[k] {
				fail("%s segment %d: %+v, NEURON x %v dist %v length %v", w.Name, j, g, d.X[k], d.Dist[k], d.Length[k])
			}
			if d.SWC != nil {
				counts["swc ranges"]++
				half := .5 / float64(nseg[i])
				if b, e := m.SWCRange(i, d.X[k]-half, d.X[k]+half); [2]int{b, e} != d.SWC[k] {
					fail("%s segment %d: swc %d %d, BMTK %v", w.Name, j, b, e, d.SWC[k])
				}
			}
			k++
		}
	}
	if bad > 5 {
		t.Errorf("%s: %d differences", name, bad)
	}
}
