package circuit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/h5"
	"netsim/sonata"
	"netsim/sonata/config"
)

// A fixture is a small circuit written to disk. Every population has its own files; node ids and edge types are as given.
type fixture struct {
	nodes    []nodesFixture
	edges    []edgesFixture
	spikes   []sonata.SpikePopulation
	files    map[string]string // further files
	inputs   string            // JSON inside "inputs": {}
	nodeSets string            // JSON inside "node_sets": {}
}

type nodesFixture struct {
	name    string
	ids     []uint64 // nil for 0, 1, 2, …
	types   []int64  // type of each node
	csv     string
	columns map[string]any
}

type edgesFixture struct {
	source, target string
	edges          [][3]int64 // source, target, type
	csv            string
	columns        map[string]any
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func writeColumns(t testing.TB, f *h5.File, group string, columns map[string]any) {
	t.Helper()
	must(t, f.CreateGroup(group))
	for name, column := range columns {
		var err error
		switch v := column.(type) {
		case []float64:
			err = h5.WriteArray(f, group+"/"+name, v, nil, h5.Layout{})
		case []int64:
			err = h5.WriteArray(f, group+"/"+name, v, nil, h5.Layout{})
		case []uint64:
			err = h5.WriteArray(f, group+"/"+name, v, nil, h5.Layout{})
		case []string:
			err = f.WriteStrings(group+"/"+name, v)
		default:
			t.Fatalf("no column of %T", column)
		}
		must(t, err)
	}
}

// load writes the fixture and reads its config.
func (x fixture) load(t testing.TB) *config.Config {
	t.Helper()
	dir := t.TempDir()
	var nodes, edges []string
	for _, n := range x.nodes {
		f, err := h5.Create(filepath.Join(dir, n.name+"_nodes.h5"))
		must(t, err)
		ids := n.ids
		if ids == nil {
			for i := range n.types {
				ids = append(ids, uint64(i))
			}
		}
		index, group := make([]int64, len(ids)), make([]int64, len(ids))
		for i := range index {
			index[i] = int64(i)
		}
		root := "/nodes/" + n.name
		writeColumns(t, f, root, map[string]any{"node_id": ids, "node_type_id": n.types, "node_group_id": group, "node_group_index": index})
		writeColumns(t, f, root+"/0", n.columns)
		must(t, f.Close())
		writeFile(t, filepath.Join(dir, n.name+"_types.csv"), n.csv)
		nodes = append(nodes, fmt.Sprintf(`{"nodes_file": "%s_nodes.h5", "node_types_file": "%[1]s_types.csv"}`, n.name))
	}
	for k, e := range x.edges {
		name := fmt.Sprintf("%s_to_%s", e.source, e.target)
		file := fmt.Sprintf("edges%d", k)
		f, err := h5.Create(filepath.Join(dir, file+".h5"))
		must(t, err)
		var source, target []uint64
		var types, group, index []int64
		for i, row := range e.edges {
			source, target, types = append(source, uint64(row[0])), append(target, uint64(row[1])), append(types, row[2])
			group, index = append(group, 0), append(index, int64(i))
		}
		root := "/edges/" + name
		writeColumns(t, f, root, map[string]any{"source_node_id": source, "target_node_id": target, "edge_type_id": types,
			"edge_group_id": group, "edge_group_index": index})
		must(t, f.WriteAttributeString(root+"/source_node_id", "node_population", e.source))
		must(t, f.WriteAttributeString(root+"/target_node_id", "node_population", e.target))
		writeColumns(t, f, root+"/0", e.columns)
		must(t, f.Close())
		writeFile(t, filepath.Join(dir, file+".csv"), e.csv)
		edges = append(edges, fmt.Sprintf(`{"edges_file": "%s.h5", "edge_types_file": "%[1]s.csv"}`, file))
	}
	if x.spikes != nil {
		must(t, sonata.WriteSpikesH5(filepath.Join(dir, "spikes.h5"), x.spikes, sonata.SortNone, 0))
	}
	for name, text := range x.files {
		writeFile(t, filepath.Join(dir, name), text)
	}
	writeFile(t, filepath.Join(dir, "cell.swc"), "1 1 0 0 0 5 -1\n")
	writeFile(t, filepath.Join(dir, "params.json"), `{"sign": -1, "tau": 2}`)
	writeFile(t, filepath.Join(dir, "config.json"), fmt.Sprintf(`{
		"run": {"tstop": 10, "dt": 0.1}, "conditions": {"celsius": 34, "v_init": -80},
		"components": {"morphologies_dir": ".", "synaptic_models_dir": ".", "biophysical_neuron_models_dir": ".", "point_neuron_models_dir": "."},
		"networks": {"nodes": [%s], "edges": [%s]}, "inputs": {%s}, "node_sets": {%s}}`,
		strings.Join(nodes, ","), strings.Join(edges, ","), x.inputs, x.nodeSets))
	cfg, problems := config.Load(filepath.Join(dir, "config.json"), config.Options{})
	for _, p := range problems {
		if p.Severity == config.Error {
			t.Fatal(p)
		}
	}
	return cfg
}

// open opens a fixture without problems.
func (x fixture) open(t testing.TB) *Circuit {
	t.Helper()
	c, problems := Open(x.load(t))
	for _, p := range problems {
		t.Fatal(p)
	}
	return c
}

// expect checks that exactly one of the problems has all the parts.
func expect(t *testing.T, problems []config.Problem, parts ...string) {
	t.Helper()
	n := 0
	for _, p := range problems {
		text := p.String()
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) }) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d problems say %q, want 1; there are:", n, parts)
		for _, p := range problems {
			t.Log(p)
		}
	}
}

const (
	cellTypes  = "node_type_id model_type model_template morphology ei\n1 biophysical ctdb:Biophys1.hoc cell e\n2 biophysical ctdb:Biophys1.hoc cell.swc i\n3 point_neuron nrn:IntFire1 NULL e\n"
	virtTypes  = "node_type_id model_type\n1 virtual\n"
	mixedTypes = "node_type_id model_type model_template morphology\n1 biophysical ctdb:Biophys1.hoc cell\n2 virtual NULL NULL\n"
	edgeTypes  = "edge_type_id model_template syn_weight delay target_sections distance_range dynamics_params\n" +
		"1 exp2syn 0.5 2.0 \"['basal', 'apical']\" \"[0.0, 150.0]\" params.json\n"
	spikesInput = `"s": {"input_type": "spikes", "module": "sonata", "input_file": "spikes.h5", "node_set": "virt"}`
)
