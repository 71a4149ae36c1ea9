package engine_test

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/engine"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

func compileStochastic(t *testing.T, name string) *program.Mechanism {
	t.Helper()
	f, s, ds := nmodl.ParseFile(filepath.Join("..", "nmodl", "lower", "testdata", "stochastic", name+".mod"))
	if diag.HasErrors(ds) {
		t.Fatal(nmodl.Render(f, ds))
	}
	m, _ := lower.Compile(f, s, lower.Options{})
	if len(m.Unsupported) > 0 {
		t.Fatal(m.Unsupported)
	}
	return m
}

// recorded is what NEURON computed for one mechanism (validation/mechanisms/record.py).
type recorded struct {
	Name   string
	Wave   []float64
	Events []float64
	Weight []float64
	Values map[string][]float64
}

func recordings(t *testing.T) map[string]recorded {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "validation", "mechanisms", "reference", "stochastic.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var d struct{ Mechanisms []recorded }
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		t.Fatal(err)
	}
	out := map[string]recorded{}
	for _, r := range d.Mechanisms {
		out[r.Name] = r
	}
	return out
}

// soma is one compartment of 20 um by 20 um whose capacitance holds v where it is set.
func soma(dens ...engine.Density) *engine.Template {
	return &engine.Template{
		Name: "soma", Parent: []int32{-1}, Area: []float64{1256.6370614359173}, Diam: []float64{20},
		A: []float64{0}, B: []float64{0}, Cm: []float64{1e9}, Density: dens,
	}
}

// TestSetters compares what instances draw in the engine, streams set by calls, with what they drew in NEURON.
func TestSetters(t *testing.T) {
	all := recordings(t)
	for _, c := range []struct {
		name, procedure string
		args            []program.Argument
		columns         string
	}{
		{"trandom", "setids", engine.Numbers(7, 8, 9), "u ab e em n ms k d rare"},
		{"tlegacy", "seed", engine.Numbers(42), "u e n k"},
		{"tstream", "setRNG", engine.Numbers(11, 12, 13), "failures last mean seq id2"},
		{"tpick", "from", []program.Argument{{Random: &program.Random{ID: [3]uint32{3, 4, 5}, Dist: program.Normal, A: 1, B: 4}}}, "x"},
	} {
		for _, opt := range []engine.Options{{}, {Plain: true}, {Threads: 3, GroupBytes: 1}} {
			m, r := compileStochastic(t, c.name), all[c.name]
			net := &engine.Network{
				Dt: 0.025, Celsius: 34, VInit: r.Wave[0], Mechanisms: []*program.Mechanism{m},
				Setters: []engine.Setter{{Procedure: c.procedure, Args: c.args}},
			}
			// Other cells around the one that is looked at draw from streams of their own.
			net.Cells = []engine.Cell{{GID: 1, DetectorNode: -1}, {GID: 2, DetectorNode: -1}, {GID: 3, DetectorNode: -1}}
			if c.name == "tlegacy" || c.name == "tstream" {
				net.Cells = net.Cells[:1]
			}
			if m.Kind == program.Point {
				net.Templates = []*engine.Template{soma()}
				net.Points = []engine.Point{{Cell: 0, Mech: 0, Node: 0, Params: -1}}
				net.Trains = map[uint64][]float64{9: r.Events}
				net.NetCons = []engine.NetCon{{Source: 9, Target: 0, Weight: r.Weight[0], Delay: 0.5}}
			} else {
				net.Templates = []*engine.Template{soma(engine.Density{Mech: 0, Nodes: []int32{0}})}
				net.Setters[0].Of = engine.OfDensity
			}
			e, err := engine.New(net, opt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Init(0.5, 10); err != nil {
				t.Fatal(c.name, err)
			}
			columns := map[string]*float64{}
			for _, name := range strings.Fields(c.columns) {
				i := int32(slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name }))
				if m.Kind == program.Point {
					columns[name] = e.PointColumn(0, i)
				} else {
					columns[name] = e.DensityColumn(0, 0, 0, i)
				}
			}
			for step := 1; step < len(r.Values["t"]); step++ {
				e.SetV(0, 0, r.Wave[step])
				if _, err := e.Advance(1); err != nil {
					t.Fatal(c.name, err)
				}
				for name, x := range columns {
					if *x != r.Values[name][step] {
						t.Fatalf("%s.%s with %+v, step %d: %v, NEURON has %v", c.name, name, opt, step, *x, r.Values[name][step])
					}
				}
			}
		}
	}
}

// TestUnsetStream: a draw from a stream that nobody set ends the run with the mechanism's own words.
func TestUnsetStream(t *testing.T) {
	m, r := compileStochastic(t, "tstream"), recordings(t)["tstream"]
	net := &engine.Network{
		Dt: 0.025, VInit: -65, Mechanisms: []*program.Mechanism{m}, Templates: []*engine.Template{soma()},
		Cells:   []engine.Cell{{GID: 1, DetectorNode: -1}},
		Points:  []engine.Point{{Params: -1}},
		Trains:  map[uint64][]float64{9: r.Events},
		NetCons: []engine.NetCon{{Source: 9, Weight: 1, Delay: 0.5}},
	}
	e, err := engine.New(net, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Init(0.5, 10); err != nil {
		t.Fatal(err)
	}
	for range 400 {
		if _, err = e.Advance(1); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "setRNG has not been called") {
		t.Errorf("error: %v", err)
	}
}
