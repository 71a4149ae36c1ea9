package stimulus

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/cell"
	"netsim/circuit"
	"netsim/nmodl/program"
	"netsim/sonata"
	"netsim/sonata/config"
)

const swc = "1 1 0 0 0 5 -1\n2 3 6 0 0 1 1\n3 3 206 0 0 1 2\n4 2 -6 0 0 .5 1\n5 2 -106 0 0 .5 4\n"

const fit = `{"passive": [{"ra": 100, "cm": [{"section": "soma", "cm": 1}, {"section": "axon", "cm": 1}, {"section": "dend", "cm": 2}], "e_pas": -80}],
"genome": [], "conditions": [{"erev": []}]}`

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mechanism(name string, kind program.Kind, params ...string) *program.Mechanism {
	m := &program.Mechanism{Name: name, Kind: kind, File: name + ".mod"}
	for _, p := range params {
		m.Columns = append(m.Columns, program.Column{Name: p, Range: true})
	}
	return m
}

// network has two cells with a tree (gids 0, 1) and a point neuron (gid 2).
func network(t *testing.T, mechs ...*program.Mechanism) *cell.Network {
	t.Helper()
	lib, err := cell.NewLibrary(append(mechs, mechanism("pas", program.Density, "g", "e"), mechanism("Fire", program.Artificial)), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	pop := &circuit.Population{Name: "v1", Nodes: &sonata.NodePopulation{TypesFile: "node_types.csv"}}
	bio := &circuit.NodeType{Population: pop, Template: "ctdb:Biophys1.hoc", ModelProcessing: []string{"aibs_perisomatic"},
		Morphology: write(t, "a.swc", swc), DynamicsParams: write(t, "a.json", fit)}
	point := &circuit.NodeType{Population: pop, ModelType: circuit.PointNeuron, Template: "nrn:Fire"}
	net, problems := cell.Build([]circuit.Cell{{GID: 0, Type: bio}, {GID: 1, Type: bio}, {GID: 2, Type: point}}, nil, lib, cell.Settings{DL: 20})
	if config.HasErrors(problems) {
		t.Fatal(problems)
	}
	return net
}

func iclamp() *program.Mechanism { return mechanism("IClamp", program.Point, "del", "dur", "amp", "i") }

func TestClampsOnCells(t *testing.T) {
	net := network(t, iclamp())
	in := config.Input{Name: "clamp", Clamp: &config.CurrentClamp{Amp: []float64{.15, .2}, Delay: []float64{500, 1500}, Duration: []float64{400, 300},
		SectionName: "dend", SectionIndex: 0, SectionDist: .9}}
	problems := AddClamp(net, []uint64{1, 2, 0, 77}, in)
	if len(problems) != 1 || !strings.Contains(problems[0].String(), "1 point neurons") {
		t.Errorf("problems %v", problems)
	}
	e := net.Engine
	if len(e.Points) != 4 || len(e.Params) != 2 {
		t.Fatalf("%d points, %d settings", len(e.Points), len(e.Params))
	}
	dend, _ := net.Templates[0].FindSection("dend", 0)
	for i, want := range []struct{ cell, params int32 }{{1, 0}, {1, 1}, {0, 0}, {0, 1}} {
		p := e.Points[i]
		if p.Cell != want.cell || p.Params != want.params || p.Node != net.Templates[0].Node(dend, .9) || e.Mechanisms[p.Mech].Name != "IClamp" {
			t.Errorf("point %d is %+v", i, p)
		}
	}
	if got := e.Params[1]; !slices.Equal(got.Columns, []int32{0, 1, 2}) || !slices.Equal(got.Values, []float64{1500, 300, .2}) {
		t.Errorf("%+v", got)
	}
}

func TestBadClamps(t *testing.T) {
	good := func() *config.CurrentClamp {
		return &config.CurrentClamp{Amp: []float64{1}, Delay: []float64{1}, Duration: []float64{1}, SectionName: "soma", SectionDist: .5}
	}
	for _, c := range []struct {
		change func(*config.CurrentClamp)
		mech   *program.Mechanism
		want   string
	}{
		{func(c *config.CurrentClamp) { c.SectionIndex = 3 }, iclamp(), "no section soma[3]"},
		{func(c *config.CurrentClamp) { c.SectionDist = 2 }, iclamp(), "section_dist is 2"},
		{func(c *config.CurrentClamp) { c.Delay = nil }, iclamp(), "delay 0"},
		{func(*config.CurrentClamp) {}, mechanism("IClamp", program.Point, "del", "dur"), "no parameter amp"},
		{func(*config.CurrentClamp) {}, mechanism("Other", program.Point), "no mechanism \"IClamp\""},
		{func(c *config.CurrentClamp) { c.Waveform = &config.ClampWaveform{File: "nowhere.csv"} }, iclamp(), "nowhere.csv"},
	} {
		clamp := good()
		c.change(clamp)
		problems := AddClamp(network(t, c.mech), []uint64{0}, config.Input{Clamp: clamp})
		if !config.HasErrors(problems) || !strings.Contains(problems[len(problems)-1].String(), c.want) {
			t.Errorf("got %v, want %q", problems, c.want)
		}
	}
}

func TestWaveforms(t *testing.T) {
	for _, c := range []struct {
		name, csv string
		want      []step
		err       string
	}{
		// allen.md §5: g = 100, 8 zeros, each amplitude five times, dur 3300.
		{"late", "timestamps amps\n800.0 0.15\n1300.0 0.0\n1800.0 0.175\n2300.0 0.0\n2800.0 0.2\n3300.0 0.0\n",
			[]step{{800, 500, .15}, {1800, 500, .175}, {2800, 500, .2}}, ""},
		{"one interval late", "timestamps amps\n10 1\n20 2\n30 2\n40 3\n", []step{{10, 10, 1}, {20, 20, 2}, {40, 10, 3}}, ""},
		{"at once", "timestamps amps\n0 1\n10 0\n20 2\n30 0\n", []step{{0, 10, 1}, {20, 10, 2}}, ""},
		{"other columns", "x,amps,timestamps\n0,1,0\n0,0,5\n", []step{{0, 5, 1}}, ""},
		{"fine", "timestamps amps\n0 1\n0.1 2\n0.2 3\n0.30000000000000004 0\n", []step{{0, .1, 1}, {.1, .1, 2}, {.2, .10000000000000003, 3}}, ""},
		{"negative", "timestamps amps\n-10 1\n0 0\n", nil, "negative"},
		{"falling", "timestamps amps\n10 1\n0 0\n", nil, "must rise"},
		{"short", "timestamps amps\n10 1\n", nil, "at least 2"},
		{"column", "time amps\n10 1\n20 2\n", nil, "no column \"timestamps\" among time, amps"},
		{"text", "timestamps amps\n10 1\nx 2\n", nil, "row 3: \"x\""},
		{"empty", "", nil, "empty"},
		{"far away", "timestamps amps\n1e18 1\n3e18 2\n", nil, "more than"},
		{"fine and far", "timestamps amps\n16777215 1\n16777217 2\n", nil, "more than"},
		{"long intervals", "timestamps amps\n1 1\n10000000 2\n20000000 1\n", nil, "more than"},
		{"off grid", "timestamps amps\n0.5 1\n0.75 2\n", nil, "at least 1 ms"},
	} {
		w := &config.ClampWaveform{File: write(t, "w.csv", c.csv), Separator: " "}
		if strings.Contains(c.csv, ",") {
			w.Separator = ","
		}
		wave, problems := readWaveform(w, config.Place{})
		if c.err != "" {
			if !config.HasErrors(problems) || !strings.Contains(problems[0].String(), c.err) {
				t.Errorf("%s: got %v, want %q", c.name, problems, c.err)
			}
			continue
		}
		if config.HasErrors(problems) || !slices.Equal(wave.steps(), c.want) {
			t.Errorf("%s: got %v %v, want %v", c.name, wave.steps(), problems, c.want)
		}
	}
}

// Pulses that follow each other must neither overlap nor leave a gap.
func TestPulsesMeet(t *testing.T) {
	w := waveform{dt: .1}
	for i := range 1000 {
		w.amps = append(w.amps, 1+float64(i%2))
	}
	w.stop = 100.05
	at := 0.
	for _, s := range w.steps() {
		if s.del != at {
			t.Fatalf("a pulse begins at %v, the one before ended at %v", s.del, at)
		}
		at = s.del + s.dur
	}
	if at != w.stop {
		t.Errorf("the last pulse ends at %v, want %v", at, w.stop)
	}
}
