package cell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/circuit"
	"netsim/sonata"
	"netsim/sonata/config"
)

const smallSWC = `1 1 0 0 0 5 -1
2 3 6 0 0 1 1
3 3 206 0 0 1 2
4 2 -6 0 0 .5 1
5 2 -106 0 0 .5 4
`

const smallFit = `{"passive": [{"ra": 100, "cm": [{"section": "soma", "cm": 1}, {"section": "axon", "cm": 1}, {"section": "dend", "cm": 2}], "e_pas": -80}],
"genome": [{"section": "soma", "name": "gbar_NaTs", "value": 0.5, "mechanism": "NaTs"}, {"section": "dend", "name": "g_pas", "value": 1e-5, "mechanism": ""}],
"conditions": [{"erev": [{"section": "soma", "ena": 53, "ek": -107}]}]}`

// write puts a text into a file of a temporary folder.
func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func population() *circuit.Population {
	return &circuit.Population{Name: "v1", Nodes: &sonata.NodePopulation{Name: "v1", TypesFile: "node_types.csv"}}
}

func smallType(t testing.TB, fit string) *circuit.NodeType {
	return &circuit.NodeType{ID: 7, Population: population(), Template: "ctdb:Biophys1.hoc", Morphology: write(t, "small.swc", smallSWC),
		ModelProcessing: []string{"aibs_perisomatic"}, DynamicsParams: write(t, "small_fit.json", fit)}
}

func TestBadCellsAreExplained(t *testing.T) {
	edit := func(old, new string) func(*testing.T, *circuit.NodeType) {
		return func(t *testing.T, nt *circuit.NodeType) {
			if !strings.Contains(smallFit, old) {
				t.Fatalf("%s is not in the example", old)
			}
			nt.DynamicsParams = write(t, "edited.json", strings.Replace(smallFit, old, new, 1))
		}
	}
	nml := func(old, new string) func(*testing.T, *circuit.NodeType) {
		text := `<neuroml xmlns="http://www.neuroml.org/schema/neuroml2"><cell>
<channelDensity id="gbar_NaTs" ionChannel="NaTs" condDensity="1 S_per_cm2" erev="53 mV" segmentGroup="soma" ion="na"/></cell></neuroml>`
		return func(t *testing.T, nt *circuit.NodeType) {
			nt.Template, nt.TemplateFile = "nml:x.nml", write(t, "x.nml", strings.Replace(text, old, new, 1))
			nt.ModelProcessing, nt.DynamicsParams = nil, ""
		}
	}
	for _, c := range []struct {
		name   string
		change func(*testing.T, *circuit.NodeType)
		want   []string
	}{
		{"hoc", func(_ *testing.T, nt *circuit.NodeType) { nt.Template = "hoc:L5PC" }, []string{"node_types.csv", "node type 7", "hoc:L5PC", "HOC", "nml:"}},
		{"no template", func(_ *testing.T, nt *circuit.NodeType) { nt.Template = "" }, []string{"needs model_template"}},
		{"odd template", func(_ *testing.T, nt *circuit.NodeType) { nt.Template = "ctdb:Biophys2" }, []string{"Biophys2", "ctdb:Biophys1.hoc"}},
		{"no morphology", func(_ *testing.T, nt *circuit.NodeType) { nt.Morphology = "" }, []string{"node type 7", "needs a morphology"}},
		{"missing swc", func(_ *testing.T, nt *circuit.NodeType) { nt.Morphology = "nowhere.swc" }, []string{"nowhere.swc"}},
		{"processing", func(_ *testing.T, nt *circuit.NodeType) { nt.ModelProcessing = []string{"aibs_perisomatik"} }, []string{"did you mean aibs_perisomatic?"}},
		{"own processing", func(_ *testing.T, nt *circuit.NodeType) { nt.ModelProcessing = []string{"my_function"} }, []string{"aibs_allactive", "Python"}},
		{"twice", func(_ *testing.T, nt *circuit.NodeType) {
			nt.ModelProcessing = []string{"aibs_perisomatic", "aibs_perisomatic"}
		}, []string{"another function has set"}},
		{"allactive without", func(_ *testing.T, nt *circuit.NodeType) {
			nt.ModelProcessing, nt.DynamicsParams = []string{"aibs_allactive"}, ""
		}, []string{"needs dynamics_params"}},
		{"no json", func(_ *testing.T, nt *circuit.NodeType) { nt.DynamicsParams = "nowhere.json" }, []string{"nowhere.json", "components"}},
		{"broken json", edit(`"e_pas": -80}],`, `"e_pas": -80}]`), []string{"edited.json", "line 2"}},
		{"no passive", edit(`"passive"`, `"pasive"`), []string{"no entry in \"passive\""}},
		{"no ra", edit(`"ra": 100, `, ``), []string{"passive[0]", "ra or e_pas"}},
		{"no cm", edit(`{"section": "axon", "cm": 1}, `, ``), []string{"no cm for axon[0]"}},
		{"mechanism", edit(`"mechanism": "NaTs"`, `"mechanism": "NaTss"`), []string{"edited.json", "genome[0]", "did you mean NaTs?", "modfiles"}},
		{"case", edit(`"mechanism": "NaTs"`, `"mechanism": "nats"`), []string{"did you mean NaTs?"}},
		{"point", edit(`"mechanism": "NaTs"`, `"mechanism": "IClamp"`), []string{"POINT_PROCESS"}},
		{"variable", edit(`gbar_NaTs`, `gbr_NaTs`), []string{"genome[0]", "gbr_NaTs", "did you mean gbar_NaTs?"}},
		{"not inserted", edit(`"name": "g_pas"`, `"name": "gbar_Ih"`), []string{"genome[1]", "mechanism Ih, which is not inserted in dend[0]"}},
		{"geometry", edit(`"name": "g_pas"`, `"name": "L"`), []string{"geometry comes from the morphology"}},
		{"no value", edit(`"value": 0.5, `, ``), []string{"genome[0]", "no value"}},
		{"text value", edit(`"value": 0.5`, `"value": "half"`), []string{"half is not a number"}},
		{"Ra", edit(`"ra": 100`, `"ra": 0`), []string{"Ra is 0"}},
		{"erev", edit(`"ena": 53, `, ``), []string{"conditions[0].erev[0]", "missing"}},
		{"nml group", nml(`"soma"`, `"trunk"`), []string{"x.nml", "line 2", "segmentGroup is \"trunk\""}},
		{"nml number", nml(`"1 S_per_cm2"`, `"one"`), []string{"condDensity is \"one\""}},
		{"nml erev", nml(`erev="53 mV" `, ``), []string{"erev is missing"}},
		{"nml channel", nml(`"NaTs"`, `"NaTt"`), []string{"line 2", "NaTt", "did you mean NaTa?"}},
		{"nml xml", nml(`</cell>`, ``), []string{"x.nml", "could not read"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			nt := smallType(t, smallFit)
			c.change(t, nt)
			_, problems := Build([]circuit.Cell{{GID: 3, Population: nt.Population, Type: nt}}, nil, allenLibrary(t), Settings{DL: 20})
			wantProblem(t, problems, config.Error, c.want)
		})
	}
}

func wantProblem(t *testing.T, problems []config.Problem, severity config.Severity, want []string) {
	t.Helper()
	for _, p := range problems {
		all := p.Severity == severity
		for _, w := range want {
			all = all && strings.Contains(p.String(), w)
		}
		if all {
			t.Log(p)
			return
		}
	}
	t.Errorf("got %v, want one %s with %q", problems, severity, want)
}

func TestDefaultsOfPas(t *testing.T) {
	nt := smallType(t, smallFit)
	tmpl, _, err := NewTemplates(allenLibrary(t), 20, false).Get(nt)
	if err != nil {
		t.Fatal(err)
	}
	d := tmpl.Engine.Density[0] // pas
	for _, p := range d.Params {
		for i, n := range d.Nodes {
			got := p.Values[min(i, len(p.Values)-1)]
			label := tmpl.Sections[tmpl.tree.Section[n]].Label
			want := -80.
			if p.Column == 0 {
				want = map[string]float64{"soma": .001, "axon": .001, "dend": 1e-5}[label]
			}
			if got != want {
				t.Errorf("%s column %d is %g, want %g", label, p.Column, got, want)
			}
		}
	}
}

// edges is a block of edges of one type onto two targets.
func edges(et *circuit.EdgeType, place circuit.Placement, nsyns int32) *circuit.Block {
	pop := &circuit.EdgePopulation{Name: "e", Types: []*circuit.EdgeType{et}, Edges: &sonata.EdgePopulation{File: "edges.h5", TypesFile: "edge_types.csv"}}
	et.Population = pop
	return &circuit.Block{Edges: pop, First: []int{0, 1, 2}, Source: []uint64{5, 5}, Target: []uint32{0, 1}, Type: []int32{0, 0},
		Weight: []float64{.1, .3}, Delay: []float64{2, 2}, Placement: []circuit.Placement{place, place}, NSyns: []int32{nsyns, nsyns},
		EdgeID: []uint64{10, 11}}
}

// pair is a cell with a tree and a point neuron.
func pair(t testing.TB) []circuit.Cell {
	nt := smallType(t, smallFit)
	point := &circuit.NodeType{ID: 8, Population: nt.Population, ModelType: circuit.PointNeuron, Template: "nrn:IntFire1",
		DynamicsParams: write(t, "lif.json", `{"tau": 0.024, "refrac": 0.003, "type": "NEURON_IntFire1", "color": 3}`)}
	return []circuit.Cell{{GID: 0, Population: nt.Population, Type: nt}, {GID: 1, Population: nt.Population, Type: point}}
}

func exp2syn() *circuit.EdgeType {
	return &circuit.EdgeType{ID: 100, ModelTemplate: "exp2syn", DynamicsParams: "syn.json", TargetSections: []string{"basal"}, DistanceRange: [2]float64{0, 1e20},
		Params: map[string]any{"erev": -70., "tau1": 1., "tau2": 3., "sign": -1., "level_of_detail": "exp2syn", "odd": 1.}}
}

func TestEdgesOntoBothKinds(t *testing.T) {
	net, problems := Build(pair(t), []*circuit.Block{edges(exp2syn(), circuit.Random, 3)}, allenLibrary(t), Settings{DL: 20})
	fatal(t, problems)
	wantProblem(t, problems, config.Warning, []string{"syn.json", "odd", "Exp2Syn has no parameter"})
	wantProblem(t, problems, config.Warning, []string{"lif.json", "color"})
	e := net.Engine
	if len(e.Points) != 3 || len(e.NetCons) != 4 {
		t.Fatalf("%d points, %d netcons", len(e.Points), len(e.NetCons))
	}
	sign, weight := -1., .3
	if nc := e.NetCons[3]; !nc.Artificial || nc.Weight != weight*(sign*3) || nc.Target != 0 {
		t.Errorf("%+v", nc)
	}
	set, mech := e.Params[e.Points[0].Params], e.Mechanisms[e.Points[0].Mech]
	got := map[string]float64{}
	for i, c := range set.Columns {
		got[mech.Columns[c].Name] = set.Values[i]
	}
	if len(got) != 3 || got["e"] != -70 || got["tau1"] != 1 || got["tau2"] != 3 {
		t.Errorf("parameters %v", got)
	}
	lif := e.Params[e.Artificials[0].Params]
	if lif.Values[0]+lif.Values[1] != 24+3 {
		t.Errorf("IntFire1 %v", lif)
	}
	// Without nsyns the weight has no sign (allen.md §4.5), and the biophysical target has no place.
	net, problems = Build(pair(t), []*circuit.Block{edges(exp2syn(), circuit.Preselected, 1)}, allenLibrary(t), Settings{DL: 20})
	wantProblem(t, problems, config.Error, []string{"edges.h5", "edge 10", "afferent_section_id"})
	if ncs := net.Engine.NetCons; len(ncs) != 1 || ncs[0].Weight != .3 {
		t.Errorf("%+v", ncs)
	}
}

func TestBadEdgesAreExplained(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*circuit.EdgeType, *circuit.Block)
		place  circuit.Placement
		level  config.Severity
		want   []string
	}{
		{"no model", func(e *circuit.EdgeType, _ *circuit.Block) { e.ModelTemplate = "" }, circuit.Random, config.Error, []string{"edge_types.csv", "edge type 100", "need model_template"}},
		{"unknown", func(e *circuit.EdgeType, _ *circuit.Block) { e.ModelTemplate = "exp2sin" }, circuit.Random, config.Error, []string{"exp2sin", "did you mean Exp2Syn?"}},
		{"density", func(e *circuit.EdgeType, _ *circuit.Block) { e.ModelTemplate = "hh" }, circuit.Random, config.Error, []string{"SUFFIX", "POINT_PROCESS"}},
		{"no erev", func(e *circuit.EdgeType, _ *circuit.Block) { delete(e.Params, "erev") }, circuit.Random, config.Error, []string{"syn.json", "needs erev"}},
		{"no params", func(e *circuit.EdgeType, _ *circuit.Block) { e.Params, e.DynamicsParams = nil, "" }, circuit.Random, config.Error, []string{"needs dynamics_params"}},
		{"no sign", func(e *circuit.EdgeType, _ *circuit.Block) { delete(e.Params, "sign") }, circuit.Random, config.Error, []string{"syn.json", "sign"}},
		{"text", func(e *circuit.EdgeType, _ *circuit.Block) { e.Params["tau1"] = "fast" }, circuit.Random, config.Error, []string{"tau1 is fast"}},
		{"label", func(e *circuit.EdgeType, _ *circuit.Block) { e.TargetSections = []string{"trunk"} }, circuit.Random, config.Error, []string{"edge type 100", "trunk"}},
		{"no labels", func(e *circuit.EdgeType, _ *circuit.Block) { e.TargetSections = nil }, circuit.Random, config.Error, []string{"needs target_sections"}},
		{"nowhere", func(e *circuit.EdgeType, _ *circuit.Block) { e.DistanceRange = [2]float64{5000, 6000} }, circuit.Random, config.Warning, []string{"no segment", "5000"}},
		{"section", func(_ *circuit.EdgeType, b *circuit.Block) { b.Section, b.Pos = []int32{9, 9}, []float64{.5, .5} }, circuit.Preselected, config.Error, []string{"edge 10", "sections 0 to 3"}},
		{"pos", func(_ *circuit.EdgeType, b *circuit.Block) { b.Section, b.Pos = []int32{1, 1}, []float64{1.5, .5} }, circuit.Preselected, config.Error, []string{"edge 10", "1.5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			et := exp2syn()
			bl := edges(et, c.place, 2)
			c.change(et, bl)
			_, problems := Build(pair(t), []*circuit.Block{bl}, allenLibrary(t), Settings{DL: 20})
			wantProblem(t, problems, c.level, c.want)
		})
	}
}

func TestPointNeurons(t *testing.T) {
	for _, c := range []struct {
		template, json string
		want           []string // of an error; nil for none
	}{
		{"nrn:IntFire1", `{"tau": 0.02, "refrac": 0.003}`, nil},
		{"nrn:IntFire2", `{"taum": 10, "taus": 20}`, nil},
		{"nrn:IntFire1", `{"tau": 0.02}`, []string{"needs refrac"}},
		{"nrn:IntFire9", `{}`, []string{"IntFire9", "did you mean"}},
		{"nrn:ExpSyn", `{}`, []string{"POINT_PROCESS"}},
		{"nest:iaf_psc_alpha", `{}`, []string{"nest:iaf_psc_alpha", "nrn:IntFire1"}},
	} {
		nt := &circuit.NodeType{ID: 1, Population: population(), ModelType: circuit.PointNeuron, Template: c.template, DynamicsParams: write(t, "p.json", c.json)}
		net, problems := Build([]circuit.Cell{{Population: nt.Population, Type: nt}}, nil, allenLibrary(t), Settings{})
		if c.want != nil {
			wantProblem(t, problems, config.Error, c.want)
			continue
		}
		fatal(t, problems)
		if len(net.Engine.Artificials) != 1 || len(net.Engine.Params) != 1 {
			t.Errorf("%s: %+v", c.template, net.Engine)
		}
	}
}

func TestSingleCompartment(t *testing.T) {
	nt := &circuit.NodeType{ID: 1, Population: population(), ModelType: circuit.SingleCompartment, Template: "nrn:hh",
		DynamicsParams: write(t, "p.json", `{"D": 20, "gnabar": 0.1, "gkbar_hh": 0.03, "g_pas": 0, "cm": 2, "note": "x"}`)}
	net, problems := Build([]circuit.Cell{{GID: 4, Population: nt.Population, Type: nt}}, nil, allenLibrary(t), Settings{DL: 20, Threshold: -15})
	fatal(t, problems)
	e := net.Engine.Templates[0]
	if got := e.Area[1]; got != 20*3.141592653589793*20 {
		t.Errorf("area %v", got)
	}
	if len(e.Density) != 2 || e.Cm[1] != 2 || net.Engine.Cells[0].DetectorNode != 1 || net.Engine.Cells[0].Threshold != -15 {
		t.Errorf("%+v", e)
	}
}

func TestElements(t *testing.T) {
	tmpl, _, err := NewTemplates(allenLibrary(t), 20, true).Get(smallType(t, smallFit))
	if err != nil {
		t.Fatal(err)
	}
	soma, err := tmpl.Elements([]string{"soma"}, true)
	if err != nil || len(soma) != 1 || soma[0].Pos != .5 || soma[0].Node != tmpl.SomaNode {
		t.Errorf("%+v %v", soma, err)
	}
	all, err := tmpl.Elements([]string{"all"}, false)
	if err != nil || len(all) != len(tmpl.Segments) {
		t.Errorf("%+v %v", all, err)
	}
	some, err := tmpl.Elements([]string{"Basal", "axonal"}, false)
	if err != nil || len(some) != len(all)-1 || some[0].ID != 1 || some[0].Type != 3 {
		t.Errorf("%+v %v", some, err)
	}
	if _, err = tmpl.Elements([]string{"trunk"}, false); err == nil {
		t.Error("unknown word accepted")
	}
}

func TestTemplatesAreShared(t *testing.T) {
	nt := smallType(t, smallFit)
	twin := *nt
	twin.ID = 9
	other := *nt
	other.ModelProcessing = []string{"aibs_allactive"}
	cells := []circuit.Cell{{GID: 0, Type: nt}, {GID: 1, Type: &twin}, {GID: 2, Type: &other}}
	net, problems := Build(cells, nil, allenLibrary(t), Settings{DL: 20})
	fatal(t, problems)
	if len(net.Templates) != 2 || net.Engine.Cells[1].Template != 0 || net.Engine.Cells[2].Template != 1 {
		t.Errorf("%d templates, %+v", len(net.Templates), net.Engine.Cells)
	}
}
