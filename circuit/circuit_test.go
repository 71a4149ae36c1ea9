package circuit

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/sonata"
	"netsim/sonata/config"
)

func TestGIDs(t *testing.T) {
	c := fixture{nodes: []nodesFixture{
		{name: "a", ids: []uint64{7, 2, 5}, types: []int64{1, 2, 3}, csv: cellTypes},
		{name: "virt", types: []int64{1, 1}, csv: virtTypes},
		{name: "b", types: []int64{1, 2}, csv: mixedTypes},
	}}.open(t)
	// The offset grows by the largest id + 1: 8 for a, 2 for virt.
	var got []string
	for _, cell := range c.Local(everyone) {
		got = append(got, fmt.Sprintf("%d=%s/%d/%s", cell.GID, cell.Population.Name, cell.NodeID, cell.Type.ModelType))
	}
	want := []string{"2=a/2/biophysical", "5=a/5/point_neuron", "7=a/7/biophysical", "10=b/0/biophysical"}
	if !slices.Equal(got, want) {
		t.Errorf("local cells %v, want %v", got, want)
	}
	for gid, name := range map[uint64]string{2: "a", 7: "a", 8: "virt", 9: "virt", 11: "b"} {
		if cell, ok := c.Cell(gid); !ok || cell.GID != gid || cell.Population.Name != name {
			t.Errorf("gid %d: %v %v", gid, cell, ok)
		}
	}
	for _, gid := range []uint64{0, 3, 12, 1 << 40} {
		if _, ok := c.Cell(gid); ok {
			t.Errorf("gid %d exists", gid)
		}
	}
	if odd := c.Local(func(gid uint64) bool { return gid%2 == 1 }); len(odd) != 2 || odd[0].GID != 5 {
		t.Errorf("odd gids: %v", odd)
	}
	if kind := c.Population("a").NodeTypes[0]; filepath.Base(kind.Morphology) != "cell.swc" || kind.Directive != "ctdb" || kind.TemplateName != "Biophys1.hoc" {
		t.Errorf("type %+v", kind)
	}
	info := c.Info()
	if info.Cells != 4 || info.Virtual != 3 || info.Populations[2].ByModel["virtual"] != 1 || len(info.Templates) != 2 {
		t.Errorf("info %+v", info)
	}
}

func TestNodeFaults(t *testing.T) {
	for name, test := range map[string]struct {
		nodes nodesFixture
		parts []string
	}{
		"unknown model":  {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type\n1 biophisical\n"}, []string{"a_types.csv", "node type 1", `did you mean "biophysical"`}},
		"missing model":  {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id ei\n1 e\n"}, []string{"node type 1", "model_type is missing"}},
		"point_soma":     {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type\n1 point_soma\n"}, []string{"point_soma is not supported"}},
		"morphology":     {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type model_template morphology\n1 biophysical ctdb:x cel.swc\n"}, []string{"node type 1", `"cel.swc" does not exist`, `did you mean "cell.swc"`}},
		"no morphology":  {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type model_template\n1 biophysical ctdb:x\n"}, []string{"morphology of this biophysical type is missing"}},
		"no template":    {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type\n1 point_neuron\n"}, []string{"model_template of this point_neuron type is missing"}},
		"dynamics":       {nodesFixture{name: "a", types: []int64{1}, csv: "node_type_id model_type model_template dynamics_params\n1 point_neuron nrn:IntFire1 gone.json\n"}, []string{`"gone.json" does not exist`}},
		"double node id": {nodesFixture{name: "a", ids: []uint64{3, 1, 3}, types: []int64{1, 1, 1}, csv: virtTypes}, []string{"id 3 occurs already in row 0"}},
		"huge node id":   {nodesFixture{name: "a", ids: []uint64{1 << 33}, types: []int64{1}, csv: virtTypes}, []string{"too large for a gid"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Open(fixture{nodes: []nodesFixture{test.nodes}}.load(t))
			expect(t, problems, append(test.parts, "error")...)
		})
	}
}

// TestModelPerNode: columns of the nodes file make types of their own.
func TestModelPerNode(t *testing.T) {
	c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1, 1, 1}, csv: "node_type_id model_type model_template\n1 biophysical ctdb:x\n",
		columns: map[string]any{"morphology": []string{"cell", "other", "cell"}}}},
		files: map[string]string{"other.swc": ""}}.open(t)
	p := c.Populations[0]
	if len(p.NodeTypes) != 2 || p.TypeOf(0) != p.TypeOf(2) || filepath.Base(p.TypeOf(1).Morphology) != "other.swc" || p.TypeOf(0).Count != 2 {
		t.Errorf("types %+v", p.NodeTypes)
	}
}

func TestNodeSets(t *testing.T) {
	c := fixture{nodes: []nodesFixture{
		{name: "v1", ids: []uint64{3, 0, 1}, types: []int64{1, 2, 3}, csv: cellTypes, columns: map[string]any{"layer": []int64{4, 5, 5}}},
		{name: "virt", types: []int64{1, 1}, csv: virtTypes},
	}, nodeSets: `"exc": {"ei": "e"}, "both": ["exc", "inh"], "inh": {"population": "v1", "ei": ["i"]}, "loop": ["loop2"], "loop2": ["loop"],
		"alias": "exc", "ids": [0, 1], "v1": "v1"`}.open(t)
	list := func(items ...any) any { return items }
	for _, test := range []struct {
		set  any
		want []uint64 // with virtual nodes
	}{
		{"all", []uint64{3, 0, 1, 4, 5}},
		{"v1", []uint64{3, 0, 1}},
		{"biophysical", []uint64{3, 0}},
		{"virtual", []uint64{4, 5}},
		{"exc", []uint64{3, 1}},
		{"alias", []uint64{3, 1}},
		{"both", []uint64{3, 0, 1}},
		{"ids", []uint64{0, 1, 4, 5}},               // node ids of every population
		{list(1.0, 0.0, 1.0), []uint64{0, 1, 4, 5}}, // a set: order and doubles mean nothing
		{map[string]any{}, []uint64{3, 0, 1, 4, 5}},
		{map[string]any{"population": "virt", "node_id": list(1.0)}, []uint64{5}},
		{map[string]any{"populations": list("virt", "v1"), "node_ids": 0.0}, []uint64{0, 4}},
		{map[string]any{"layer": 5.0}, []uint64{0, 1}},
		{map[string]any{"layer": 5.0, "ei": "e"}, []uint64{1}},
		{map[string]any{"layer": list(4.0, 9.0)}, []uint64{3}},
		{map[string]any{"node_type_id": 2.0}, []uint64{0}},
		{map[string]any{"ei": "nothing"}, nil},
	} {
		got, err := c.Resolve(test.set)
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%v: %v, %v; want %v", test.set, got, err, test.want)
		}
	}
	if cells, err := c.ResolveCells("ids"); err != nil || !slices.Equal(cells, []uint64{0, 1}) {
		t.Errorf("cells of ids: %v, %v", cells, err)
	}
	for _, test := range []struct {
		set  any
		says string
	}{
		{"exx", `did you mean "exc"`},
		{"loop", "loop → loop2 → loop"},
		{list(99.0), "no population has a node with id 99"},
		{list(-1.0), "-1 is not a node id"},
		{list(1.5), "1.5 is not a node id"},
		{list(1.0, "v1"), "not of both"},
		{map[string]any{"population": "v2"}, `known: v1, virt`},
		{map[string]any{"population": "virtt"}, `did you mean "virt"`},
		{map[string]any{"laier": 5.0}, `did you mean "layer"`},
		{nil, "empty"},
		{true, "not true"},
	} {
		if _, err := c.Resolve(test.set); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%v: error %v does not say %q", test.set, err, test.says)
		}
	}
}

// TestMixedPopulation: edges of one population go to the visit that fits their source.
func TestMixedPopulation(t *testing.T) {
	c := fixture{
		nodes: []nodesFixture{
			{name: "mix", types: []int64{1, 2, 1}, csv: mixedTypes},
			{name: "virt", types: []int64{1}, csv: virtTypes},
		},
		edges: []edgesFixture{
			{source: "virt", target: "mix", edges: [][3]int64{{0, 2, 1}}, csv: edgeTypes, columns: map[string]any{"nsyns": []int64{3}}},
			{source: "mix", target: "mix", edges: [][3]int64{{1, 0, 1}, {2, 0, 1}, {0, 2, 1}, {1, 2, 1}, {0, 1, 1}}, csv: edgeTypes,
				columns: map[string]any{"afferent_section_id": []int64{1, 2, 3, 4, 5}, "afferent_section_pos": []float64{.1, .2, .3, .4, .5}}},
		},
		spikes: []sonata.SpikePopulation{{Name: "any", Timestamps: []float64{5, 1, 3, 2}, NodeIDs: []uint64{1, 1, 0, 2}}},
		inputs: `"s": {"input_type": "spikes", "module": "sonata", "input_file": "spikes.h5", "node_set": {"model_type": "virtual"}}`,
	}.open(t)
	cells := c.Local(everyone)
	blocks, problems := c.Connections(cells, c.Config.Inputs)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for k, cell := range cells {
		for _, b := range blocks {
			for i := b.First[k]; i < b.First[k+1]; i++ {
				section := int32(-1)
				if b.Section != nil {
					section = b.Section[i]
				}
				got = append(got, fmt.Sprintf("%d<%d %s%d n%d s%d", cell.GID, b.Source[i], b.Input, b.EdgeID[i], b.Synapses(i), section))
			}
		}
	}
	// Recurrent edges first; then of the input mix's edges before virt's, as the node populations stand.
	want := []string{"0<2 1 n1 s2", "0<1 s0 n1 s1", "2<0 2 n1 s3", "2<1 s3 n1 s4", "2<3 s0 n3 s-1"}
	if !slices.Equal(got, want) {
		t.Errorf("edges\n%q, want\n%q", got, want)
	}
	trains, problems := c.SpikeTrains(blocks, c.Config.Inputs)
	if len(problems) > 0 || len(trains) != 2 || !slices.Equal(trains[1], []float64{1, 5}) || !slices.Equal(trains[3], []float64{3}) {
		t.Errorf("trains %v, %v", trains, problems)
	}
}

// TestUnfed: without an input the edges of virtual sources are not built.
func TestUnfed(t *testing.T) {
	c := fixture{
		nodes: []nodesFixture{{name: "a", types: []int64{1}, csv: cellTypes}, {name: "virt", types: []int64{1}, csv: virtTypes}},
		edges: []edgesFixture{{source: "virt", target: "a", edges: [][3]int64{{0, 0, 1}}, csv: edgeTypes, columns: map[string]any{"nsyns": []int64{1}}}},
	}.open(t)
	blocks, problems := c.Connections(c.Local(everyone), nil)
	if len(blocks) != 0 {
		t.Errorf("%d blocks", len(blocks))
	}
	expect(t, problems, "warning", "no spikes input feeds the population virt", "virt_to_a")
}

func TestEdgeFaults(t *testing.T) {
	const head = "edge_type_id model_template syn_weight delay target_sections distance_range dynamics_params weight_function weight_sigma\n"
	nsyns := map[string]any{"nsyns": []int64{1, 1}}
	for name, test := range map[string]struct {
		csv     string
		columns map[string]any
		parts   []string
	}{
		"negative delay":  {head + `1 exp2syn 1 -2 "['basal']" NULL NULL NULL NULL`, nsyns, []string{"/edges/a_to_a: edge type 1", "delay is negative: -2 ms", "edge 0, onto cell 0 of population a", "1 more"}},
		"no delay":        {head + `1 exp2syn 1 NULL "['basal']" NULL NULL NULL NULL`, nsyns, []string{"delay is missing"}},
		"short delay":     {head + `1 exp2syn 1 0.05 "['basal']" NULL NULL NULL NULL`, nsyns, []string{"delay 0.05 ms is shorter than the time step 0.1 ms"}},
		"no weight":       {head + `1 exp2syn NULL 2 "['basal']" NULL NULL NULL NULL`, nsyns, []string{"syn_weight is missing"}},
		"function":        {head + `1 exp2syn 1 2 "['basal']" NULL NULL wmx NULL`, nsyns, []string{"edge type 1", `unknown weight_function "wmx"`, `did you mean "wmax"`}},
		"sigma":           {head + `1 exp2syn 1 2 "['basal']" NULL NULL gaussianLL NULL`, nsyns, []string{"weight_sigma"}},
		"angle":           {head + `1 exp2syn 1 2 "['basal']" NULL NULL gaussianLL 50`, nsyns, []string{"tuning_angle"}},
		"no sections":     {head + `1 exp2syn 1 2 NULL NULL NULL NULL NULL`, nsyns, []string{"target_sections are missing"}},
		"label":           {head + `1 exp2syn 1 2 "['basel']" NULL NULL NULL NULL`, nsyns, []string{`unknown kind of sections "basel"`, `did you mean "basal"`}},
		"bad list":        {head + `1 exp2syn 1 2 "['basal'" NULL NULL NULL NULL`, nsyns, []string{"target_sections", "is not a list of words"}},
		"range":           {head + `1 exp2syn 1 2 "['basal']" "[1, 2, 3]" NULL NULL NULL`, nsyns, []string{"distance_range", "neither two numbers"}},
		"backward range":  {head + `1 exp2syn 1 2 "['basal']" "[3, 2]" NULL NULL NULL`, nsyns, []string{"ends before it begins"}},
		"no model":        {head + `1 NULL 1 2 "['basal']" NULL NULL NULL NULL`, nsyns, []string{"model_template is missing"}},
		"missing params":  {head + `1 exp2syn 1 2 "['basal']" NULL parms.json NULL NULL`, nsyns, []string{`"parms.json" does not exist`, `did you mean "params.json"`}},
		"no place":        {head + `1 exp2syn 1 2 NULL NULL NULL NULL NULL`, nil, []string{"nothing says where"}},
		"no position":     {head + `1 exp2syn 1 2 NULL NULL NULL NULL NULL`, map[string]any{"sec_id": []int64{0, 1}}, []string{"not a number from 0 to 1"}},
		"negative nsyns":  {head + `1 exp2syn 1 2 "['basal']" NULL NULL NULL NULL`, map[string]any{"nsyns": []int64{-1, 1}}, []string{"nsyns is missing or not a whole number"}},
		"negative sec_id": {head + `1 exp2syn 1 2 NULL NULL NULL NULL NULL`, map[string]any{"sec_id": []int64{-1, 1}, "sec_x": []float64{0, 1}}, []string{"section id is missing"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1, 2}, csv: cellTypes}},
				edges: []edgesFixture{{source: "a", target: "a", edges: [][3]int64{{0, 0, 1}, {0, 1, 1}}, csv: test.csv + "\n", columns: test.columns}}}.open(t)
			_, problems := c.Connections(c.Local(everyone), nil)
			expect(t, problems, append(test.parts, "error")...)
			if len(problems) != 1 {
				t.Errorf("%d problems, want 1: %v", len(problems), problems)
			}
		})
	}
	t.Run("source", func(t *testing.T) {
		c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1}, csv: cellTypes}},
			edges: []edgesFixture{{source: "a", target: "a", edges: [][3]int64{{8, 0, 1}}, csv: edgeTypes, columns: map[string]any{"nsyns": []int64{1}}}}}.open(t)
		_, problems := c.Connections(c.Local(everyone), nil)
		expect(t, problems, "the source does not exist in population a", "source_node_id is 8")
	})
	t.Run("population", func(t *testing.T) {
		_, problems := Open(fixture{nodes: []nodesFixture{{name: "abc", types: []int64{1}, csv: cellTypes}},
			edges: []edgesFixture{{source: "abd", target: "abc", edges: [][3]int64{{0, 0, 1}}, csv: edgeTypes}}}.load(t))
		expect(t, problems, "/edges/abd_to_abc/source_node_id", `did you mean "abc"`)
	})
}

// TestPointTargets: the sign acts only where there is a column nsyns, and a stimulus may have no delay.
func TestPointTargets(t *testing.T) {
	const csv = "edge_type_id syn_weight delay dynamics_params\n1 0.5 0.0 params.json\n"
	for _, test := range []struct {
		columns map[string]any
		want    float64
	}{{nil, 0.5}, {map[string]any{"nsyns": []int64{3}}, -1.5}} {
		c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{3}, csv: cellTypes}, {name: "virt", types: []int64{1}, csv: virtTypes}},
			edges:  []edgesFixture{{source: "virt", target: "a", edges: [][3]int64{{0, 0, 1}}, csv: csv, columns: test.columns}},
			spikes: []sonata.SpikePopulation{{Name: "virt", Timestamps: []float64{1}, NodeIDs: []uint64{0}}},
			inputs: spikesInput}.open(t)
		blocks, problems := c.Connections(c.Local(everyone), c.Config.Inputs)
		if len(problems) > 0 || len(blocks) != 1 {
			t.Fatalf("%d blocks, %v", len(blocks), problems)
		}
		if got := blocks[0].NetConWeight(0, PointNeuron); got != test.want || blocks[0].Delay[0] != 0 {
			t.Errorf("weight %v, want %v; delay %v", got, test.want, blocks[0].Delay[0])
		}
	}
}

func TestSpikeFaults(t *testing.T) {
	for name, test := range map[string]struct {
		spikes []sonata.SpikePopulation
		input  string
		parts  []string
	}{
		"negative": {[]sonata.SpikePopulation{{Name: "virt", Timestamps: []float64{1, -2}, NodeIDs: []uint64{0, 0}}}, spikesInput, []string{"error", "inputs.s.input_file", "spike 1", "-2"}},
		"population": {[]sonata.SpikePopulation{{Name: "virt", Timestamps: []float64{1}, NodeIDs: []uint64{0}}},
			strings.Replace(spikesInput, `"node_set"`, `"population": "vrt", "node_set"`, 1), []string{"error", "inputs.s.population", `did you mean "virt"`}},
		"two": {[]sonata.SpikePopulation{{Name: "other", Timestamps: []float64{1}, NodeIDs: []uint64{0}}, {Name: "virt", Timestamps: []float64{1}, NodeIDs: []uint64{0}}},
			spikesInput, []string{"warning", "other, virt", "those of other are used"}},
		"strangers": {[]sonata.SpikePopulation{{Name: "virt", Timestamps: []float64{1}, NodeIDs: []uint64{77}}}, spikesInput, []string{"warning", "no spike of"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1}, csv: cellTypes}, {name: "virt", types: []int64{1}, csv: virtTypes}},
				edges:  []edgesFixture{{source: "virt", target: "a", edges: [][3]int64{{0, 0, 1}}, csv: edgeTypes, columns: map[string]any{"nsyns": []int64{1}}}},
				spikes: test.spikes, inputs: test.input}.open(t)
			blocks, problems := c.Connections(c.Local(everyone), c.Config.Inputs)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			_, problems = c.SpikeTrains(blocks, c.Config.Inputs)
			expect(t, problems, test.parts...)
		})
	}
	t.Run("node set", func(t *testing.T) {
		c := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1}, csv: cellTypes}, {name: "virt", types: []int64{1, 1}, csv: virtTypes}},
			spikes: []sonata.SpikePopulation{{Name: "virt", Timestamps: []float64{1}, NodeIDs: []uint64{0}}}}.open(t)
		for set, says := range map[string]string{"vrt": "there is no node set", "a": "no virtual nodes"} {
			_, problems := c.Connections(c.Local(everyone), []config.Input{{Name: "s", NodeSet: set, Spikes: &config.SpikesInput{}}})
			expect(t, problems, says)
		}
		_, problems := c.Connections(nil, []config.Input{{Name: "s", NodeSet: map[string]any{"population": "virt", "node_id": []any{0.0}}, Spikes: &config.SpikesInput{}}})
		expect(t, problems, "warning", "feeds whole populations")
	})
}

func TestGaussianLL(t *testing.T) {
	for _, test := range []struct{ source, target, d float64 }{
		{10, 10, 0}, {0, 90, 90}, {0, 180, 0}, {350, 20, 30}, {30, 160, 50}, {0, 45, 45}, {0, 270, 90},
	} {
		want := 2 * math.Exp(-test.d*test.d/2500)
		if got := gaussianLL(2, 50, test.source, test.target); math.Abs(got-want) > 1e-15 {
			t.Errorf("%v→%v: %v, want %v", test.source, test.target, got, want)
		}
	}
}

func TestLabelsAndRanges(t *testing.T) {
	for text, want := range map[string]string{`['basal', 'apical']`: "basal|apical", `["soma"]`: "soma", `basal`: "basal", `('dend',)`: "dend", ` [ 'a' ] `: "a"} {
		got, err := parseLabels(text)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`['basal'`, `[basal]`, `[]`, `['a" ]`, `'`} {
		if got, err := parseLabels(text); err == nil {
			t.Errorf("%s: %v without an error", text, got)
		}
	}
	for text, want := range map[string][2]float64{`[0.0, 1e+20]`: {0, 1e20}, `150`: {0, 150}, `[30.0,150]`: {30, 150}} {
		got, err := parseRange(text)
		if err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// TestOpenChecksNodeSets: a clamp or report without cells is told before anything is built.
func TestOpenChecksNodeSets(t *testing.T) {
	cfg := fixture{nodes: []nodesFixture{{name: "a", types: []int64{1}, csv: cellTypes}, {name: "virt", types: []int64{1}, csv: virtTypes}},
		inputs: `"i": {"input_type": "current_clamp", "module": "IClamp", "amp": 1, "delay": 1, "duration": 1, "node_set": "virt"}`}.load(t)
	cfg.Reports = []config.Report{{Name: "r", Cells: "b", Place: config.Place{File: "config.json", Line: 9, Path: "reports.r"}}, {Name: "ok", Cells: "biophysical"}}
	_, problems := Open(cfg)
	expect(t, problems, "warning: inputs.i.node_set", "selects no cells")
	expect(t, problems, "config.json:9: error: reports.r.cells", `no node set or population "b"`)
	if len(problems) != 2 {
		t.Errorf("problems %v", problems)
	}
}
