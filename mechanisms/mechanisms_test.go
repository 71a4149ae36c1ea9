package mechanisms_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"netsim/engine"
	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// compileAll compiles the built-ins.
func compileAll(t *testing.T) []*program.Mechanism {
	var out []*program.Mechanism
	for _, src := range mechanisms.Sources() {
		f, s, ds := nmodl.ParseSource(src.File, src.Text)
		if diag.HasErrors(ds) {
			t.Fatalf("%s", nmodl.Render(f, ds))
		}
		m, _ := lower.Compile(f, s, lower.Options{})
		for _, u := range m.Unsupported {
			t.Errorf("%s:%d: %s cannot be executed", u.File, u.Line, u.What)
		}
		out = append(out, m)
	}
	return out
}

func TestBuiltinsCompile(t *testing.T) {
	var names []string
	for _, m := range compileAll(t) {
		names = append(names, m.Name)
	}
	want := []string{"pas", "IClamp", "AlphaSynapse", "ExpSyn", "Exp2Syn", "SEClamp", "hh", "NetStim", "IntFire1", "IntFire2", "IntFire4"}
	if !slices.Equal(names, want) {
		t.Errorf("built-ins %v, want %v", names, want)
	}
}

type network struct {
	Name    string
	Sources [][2]json.RawMessage // mechanism, parameters
	Cons    [][4]float64         // source, target, weight, delay (ms)
	Spikes  [][]float64          // ms, by source
}

func column(t *testing.T, m *program.Mechanism, name string) int32 {
	for i, c := range m.Columns {
		if c.Name == name {
			return int32(i)
		}
	}
	t.Fatalf("%s has no %s", m.Name, name)
	return -1
}

// build makes the engine's network of a case; gids are the places in Sources.
func build(t *testing.T, all []*program.Mechanism, dt float64, c network) *engine.Network {
	net := &engine.Network{Dt: dt, Celsius: 6.3, VInit: -65, Mechanisms: all}
	for gid, s := range c.Sources {
		var name string
		params := map[string]float64{}
		if err := json.Unmarshal(s[0], &name); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(s[1], &params); err != nil {
			t.Fatal(err)
		}
		mech := slices.IndexFunc(all, func(m *program.Mechanism) bool { return m.Name == name })
		var set engine.ParamSet
		for k, v := range params {
			set.Columns = append(set.Columns, column(t, all[mech], k))
			set.Values = append(set.Values, v)
		}
		net.Artificials = append(net.Artificials, engine.Artificial{GID: uint64(gid), Mech: int32(mech), Params: int32(len(net.Params))})
		net.Params = append(net.Params, set)
	}
	for _, k := range c.Cons {
		net.NetCons = append(net.NetCons, engine.NetCon{Source: uint64(k[0]), Target: int32(k[1]), Artificial: true, Weight: k[2], Delay: k[3]})
	}
	return net
}

// run returns the spikes of each source.
func run(net *engine.Network, tstop float64) ([][]float64, error) {
	e, err := engine.New(net, engine.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	interval, err := e.Init(e.MinDelay(), tstop)
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(net.Artificials))
	for left := int(math.Round(tstop / net.Dt)); left > 0; {
		n := min(interval, left)
		spikes, err := e.Advance(n)
		if err != nil {
			return nil, err
		}
		for _, s := range spikes {
			out[s.GID] = append(out[s.GID], s.T)
			e.Deliver(s.GID, s.T)
		}
		left -= n
	}
	return out, nil
}

// Networks of NetStim and IntFire1, 2, 4 cells give NEURON's spikes (testdata/artificial.py).
func TestArtificialCellsGiveNEURONsSpikes(t *testing.T) {
	text, err := os.ReadFile("testdata/artificial.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Dt, TStop float64
		Cases     []network
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	all := compileAll(t)
	for _, c := range reference.Cases {
		t.Run(c.Name, func(t *testing.T) {
			got, err := run(build(t, all, reference.Dt, c), reference.TStop)
			if err != nil {
				t.Fatal(err)
			}
			for source, want := range c.Spikes {
				if len(got[source]) != len(want) {
					t.Errorf("source %d: %d spikes, NEURON has %d", source, len(got[source]), len(want))
				}
				for k := range min(len(got[source]), len(want)) {
					if math.Abs(got[source][k]-want[k]) > 1e-9 {
						t.Errorf("source %d, spike %d: %v ms, NEURON has %v", source, k, got[source][k], want[k])
						break
					}
				}
			}
		})
	}
}

// NetStims with noise give NEURON's spikes to the last bit, with the streams that NEURON gives them and with a named one
// (testdata/noise.py).
func TestNoiseGivesNEURONsSpikes(t *testing.T) {
	text, err := os.ReadFile("testdata/noise.json")
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Parameters []json.RawMessage
		Spikes     [][]float64
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	c := network{}
	for _, p := range reference.Parameters {
		c.Sources = append(c.Sources, [2]json.RawMessage{json.RawMessage(`"NetStim"`), p})
	}
	net := build(t, compileAll(t), 0.1, c)
	net.Setters = []engine.Setter{{Of: engine.OfArtificial, Index: 2, Procedure: "noiseFromRandom123", Args: engine.Numbers(4, 5, 6)}}
	got, err := run(net, 60)
	if err != nil {
		t.Fatal(err)
	}
	for source, want := range reference.Spikes {
		if !slices.Equal(got[source], want) {
			t.Errorf("source %d: %v, NEURON has %v", source, got[source], want)
		}
	}
}

// What a Setter names wrong, or gives wrong arguments, ends the start of the run.
func TestSetterErrors(t *testing.T) {
	c := network{Sources: [][2]json.RawMessage{{json.RawMessage(`"NetStim"`), json.RawMessage(`{"noise": 0.5}`)}}}
	for _, s := range []engine.Setter{
		{Of: engine.OfArtificial, Procedure: "noiseFromRandom"},
		{Of: engine.OfArtificial, Procedure: "noiseFromRandom123", Args: engine.Numbers(1)},
		{Of: engine.OfArtificial, Procedure: "ranvar", Args: engine.Numbers(1)},
		{Of: engine.OfArtificial, Index: 7, Procedure: "ranvar", Args: engine.Numbers(1, 2, 3)},
		{Of: engine.OfPoint, Procedure: "ranvar", Args: engine.Numbers(1, 2, 3)},
	} {
		net := build(t, compileAll(t), 0.1, c)
		net.Setters = []engine.Setter{s}
		if _, err := run(net, 10); err == nil {
			t.Errorf("%+v: it ran", s)
		}
	}
}
