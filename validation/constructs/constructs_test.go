package constructs

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/engine"
	"netsim/modlab"
	"netsim/morphology"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

var mods = filepath.Join("..", "..", "nmodl", "lower", "testdata", "constructs")

type reference struct {
	Traces []struct {
		File     string
		Protocol json.RawMessage
		Names    []string
		Rows     [][]float64
	}
	Net []map[string][]float64
}

func read(t *testing.T) reference {
	t.Helper()
	f, err := os.Open("reference.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.NewDecoder(z).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}

func same(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// TestConstructs runs each file of testdata/constructs through the engine, on every executor.
func TestConstructs(t *testing.T) {
	for _, r := range read(t).Traces {
		for name, o := range map[string]engine.Options{"fast": {}, "plain": {Plain: true}} {
			t.Run(r.File+"/"+name, func(t *testing.T) {
				src, _, ds := modlab.Open(filepath.Join(mods, r.File))
				if diag.HasErrors(ds) {
					t.Fatal(ds)
				}
				p, err := modlab.ReadProtocol("protocol", r.Protocol)
				if err != nil {
					t.Fatal(err)
				}
				tr, err := modlab.RunOn(src, p, o)
				if err != nil {
					t.Fatal(err)
				}
				if len(tr.Rows) != len(r.Rows) {
					t.Fatalf("%d rows, NEURON has %d", len(tr.Rows), len(r.Rows))
				}
				compared := 0
				for col, n := range r.Names {
					at := slices.Index(tr.Names, n)
					if at < 0 || n == "t" { // NEURON's runge changes t by a rounding error
						continue
					}
					for k := range r.Rows {
						compared++
						if got, want := tr.Rows[k][at], r.Rows[k][col]; !same(got, want) {
							t.Errorf("%s, row %d: %v, NEURON has %v", n, k, got, want)
							break
						}
					}
				}
				if compared == 0 {
					t.Error("nothing was compared")
				}
			})
		}
	}
}

// tree is record.py's: a soma with a twig at 0.5 and a dendrite at 1.
func tree(t *testing.T) (*engine.Template, [][]int32) {
	t.Helper()
	soma := &morphology.Section{Type: 1, Name: "soma", StyleL: 20, StyleDiam: 10}
	twig := &morphology.Section{Type: 3, Name: "twig", StyleL: 33, StyleDiam: 2, Parent: soma, ParentX: 0.5}
	dend := &morphology.Section{Type: 3, Name: "dend", StyleL: 100, StyleDiam: 1.5, Parent: soma, ParentX: 1}
	soma.Children = []*morphology.Section{twig, dend}
	m := &morphology.Morphology{Path: "tree", Sections: []*morphology.Section{soma, twig, dend}, Roots: []*morphology.Section{soma}}
	nseg := []int{1, 2, 3}
	tr, err := m.Discretize(nseg, []float64{35.4, 35.4, 35.4})
	if err != nil {
		t.Fatal(err)
	}
	e := &engine.Template{Name: "tree", Parent: tr.Parent, Area: tr.Area, Diam: tr.Diam, A: tr.A, B: tr.B,
		Cm: make([]float64, len(tr.Parent)), SegmentL: make([]float64, len(tr.Parent)), ParentFirst: make([]int32, len(tr.Parent))}
	nodes := make([][]int32, len(nseg))
	for n := range tr.Parent {
		s := tr.Section[n]
		e.SegmentL[n] = m.Sections[s].StyleL / float64(nseg[s])
		e.ParentFirst[n] = -1
		if s > 0 {
			e.ParentFirst[n] = tr.FirstNode[0]
		}
		if k := tr.Seg[n]; k >= 0 && int(k) < nseg[s] {
			e.Cm[n] = 1
			nodes[s] = append(nodes[s], int32(n))
		}
	}
	return e, nodes
}

func compile(t *testing.T, path string, o lower.Options) *program.Mechanism {
	t.Helper()
	f, s, ds := nmodl.ParseFile(path)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	m, _ := lower.Compile(f, s, o)
	if len(m.Unsupported) > 0 {
		t.Fatal(m.Unsupported)
	}
	return m
}

func column(m *program.Mechanism, name string) int32 {
	return int32(slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name }))
}

// network is record.py's net. copies > 1 puts more of the same cells beside it.
func network(t *testing.T, copies int) (*engine.Network, [][]int32) {
	t.Helper()
	tmpl, nodes := tree(t)
	net := &engine.Network{Dt: 0.05, Celsius: 20, VInit: -65,
		Ions: []engine.Ion{{Name: "ca", Valence: 2, Xi0: 5e-5, Xo0: 2, E0: 132.4579341637009}}}
	driven := func(n string) bool { return n == "g" }
	const pas, dcable, fext, ftab, pgap, pwrite = 0, 1, 2, 3, 4, 5
	for _, f := range []string{
		filepath.Join("..", "..", "mechanisms", "pas.mod"), filepath.Join(mods, "net", "dcable.mod"), filepath.Join(mods, "net", "fext.mod"),
		filepath.Join(mods, "net", "ftab.mod"), filepath.Join(mods, "net", "pgap.mod"), filepath.Join(mods, "net", "pwrite.mod"),
	} {
		net.Mechanisms = append(net.Mechanisms, compile(t, f, lower.Options{Driven: driven}))
	}
	all := slices.Concat(nodes...)
	slices.Sort(all)
	starts := map[int32]float64{}
	for k, list := range nodes {
		for i, n := range list {
			starts[n] = 0.001 * float64(k+1) * (1 + (float64(i)+0.5)/float64(len(list)))
		}
	}
	var values []float64
	for _, n := range all {
		values = append(values, starts[n])
	}
	tmpl.Density = []engine.Density{{Mech: pas, Nodes: all}, {Mech: ftab, Nodes: all},
		{Mech: dcable, Nodes: all, Params: []engine.NodeParam{{Column: column(net.Mechanisms[dcable], "start"), Values: values}}}}
	net.Templates = []*engine.Template{tmpl}
	for c := range int32(copies) {
		net.Cells = append(net.Cells, engine.Cell{GID: uint64(c) + 7, DetectorNode: -1})
		p := int32(len(net.Points))
		net.Points = append(net.Points,
			engine.Point{Cell: c, Mech: pgap, Node: nodes[0][0], Params: -1},
			engine.Point{Cell: c, Mech: pgap, Node: nodes[2][2], Params: -1},
			engine.Point{Cell: c, Mech: pwrite, Node: nodes[1][0], Params: -1})
		v := func(n int32) engine.Target {
			return engine.Target{Of: engine.OfDensity, Index: c, Node: n, Variable: "v"}
		}
		net.Pointers = append(net.Pointers,
			engine.PointerSet{Index: p, Pointer: "vgap", To: v(nodes[2][1])},
			engine.PointerSet{Index: p + 1, Pointer: "vgap", To: v(nodes[0][0])},
			engine.PointerSet{Index: p + 2, Pointer: "p", To: v(nodes[0][0])},
			engine.PointerSet{Index: p + 2, Pointer: "q", To: engine.Target{Index: p, Variable: "g"}})
	}
	grid := make([]float64, 0, 12)
	for i := range 4 {
		for j := range 3 {
			grid = append(grid, float64((i*7+j*j)%5)+0.25*float64(j))
		}
	}
	net.FunctionTables = []engine.FunctionTable{
		{Mech: ftab, Name: "one", Data: program.FunctionTableData{Values: []float64{1, 3, 2.5, 7, -1, 0.5},
			Axes: []program.Axis{{Points: []float64{-100, -80, -60, -55, 0, 40}}}}},
		{Mech: ftab, Name: "two", Data: program.FunctionTableData{Values: grid,
			Axes: []program.Axis{{N: 4, Min: -90, Max: 30}, {N: 3, Min: 0, Max: 2}}}},
		{Mech: ftab, Name: "fixed", Data: program.FunctionTableData{Values: []float64{4.25}}},
	}
	return net, nodes
}

func start(t *testing.T, net *engine.Network, o engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.New(net, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Init(1, 10); err != nil {
		t.Fatal(err)
	}
	return e
}

// TestNet compares POINTERs, LONGITUDINAL_DIFFUSION, FUNCTION_TABLEs and EXTERNAL.
func TestNet(t *testing.T) {
	want := read(t).Net
	for name, o := range map[string]engine.Options{"fast": {}, "plain": {Plain: true}} {
		for _, copies := range []int{1, 5} {
			t.Run(fmt.Sprintf("%s/%d", name, copies), func(t *testing.T) { compareNet(t, want, o, copies) })
		}
	}
}

func compareNet(t *testing.T, want []map[string][]float64, o engine.Options, copies int) {
	net, nodes := network(t, copies)
	e := start(t, net, o)
	for c := range copies {
		e.SetV(c, nodes[0][0], 20)
	}
	cell := copies - 1
	names := map[string]string{"B": "B_dcable", "sh[0]": "sh[0]_dcable", "sh[1]": "sh[1]_dcable", "a": "a_ftab", "b": "b_ftab", "c": "c_ftab", "e": "e_ftab"}
	for step, row := range want {
		if _, err := e.Advance(1); err != nil {
			t.Fatal(err)
		}
		check := func(what string, got, want float64) {
			if !same(got, want) {
				t.Fatalf("step %d: %s is %v, NEURON has %v", step, what, got, want)
			}
		}
		for variable, values := range row {
			if variable == "points" {
				continue
			}
			k := 0
			for s, list := range nodes {
				for _, n := range list {
					full := variable
					if names[variable] != "" {
						full = names[variable]
					}
					x, err := e.Variable(engine.Probe{Cell: cell, Node: n, Variable: full})
					if err != nil {
						t.Fatal(err)
					}
					check(fmt.Sprintf("%s in section %d, node %d", variable, s, n), *x, values[k])
					k++
				}
			}
		}
		p := 3 * cell
		gap, writer := net.Mechanisms[4], net.Mechanisms[5]
		for k, x := range []*float64{e.PointColumn(p, column(gap, "i")), e.PointColumn(p, column(gap, "g")), e.PointColumn(p, column(gap, "isset")),
			e.PointColumn(p+1, column(gap, "i")), e.PointColumn(p+2, column(writer, "x"))} {
			check(fmt.Sprintf("point value %d", k), *x, row["points"][k])
		}
	}
}

// TestFaults: what is not set up ends the run with a message that says where.
func TestFaults(t *testing.T) {
	run := func(net *engine.Network) error {
		e, err := engine.New(net, engine.Options{})
		if err != nil {
			return err
		}
		if _, err := e.Init(1, 10); err != nil {
			return err
		}
		_, err = e.Advance(1)
		return err
	}
	net, _ := network(t, 1)
	net.Pointers = net.Pointers[1:]
	net.Where = func(int, int32) string { return "soma(0.5)" }
	var f *engine.Fault
	if err := run(net); !errors.As(err, &f) || f.Mechanism != "pgap" || f.GID != 7 || f.Where != "soma(0.5)" || !strings.Contains(err.Error(), "POINTER vgap is not set") {
		t.Errorf("a POINTER that is not set: %v", err)
	}
	net, _ = network(t, 1)
	net.FunctionTables = net.FunctionTables[1:]
	if err := run(net); err == nil || !strings.Contains(err.Error(), "FUNCTION_TABLE one is not set") {
		t.Errorf("a FUNCTION_TABLE that is not set: %v", err)
	}
	net, _ = network(t, 1)
	net.FunctionTables[1].Data.Values = nil
	if err := run(net); err == nil || !strings.Contains(err.Error(), "FUNCTION_TABLE two") {
		t.Errorf("a FUNCTION_TABLE without values: %v", err)
	}
	net, _ = network(t, 2)
	net.Pointers[0].To.Index = 1 // another cell: the two are integrated together
	if err := run(net); err != nil {
		t.Error(err)
	}
}
