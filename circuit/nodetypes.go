package circuit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netsim/sonata"
	"netsim/sonata/config"
)

// ModelType is the kind of a node.
type ModelType uint8

// The model types.
const (
	Biophysical ModelType = iota
	PointNeuron           // "point_neuron" and its synonym "point_process"
	SingleCompartment
	Virtual
)

var modelTypes = map[string]ModelType{
	"biophysical":        Biophysical,
	"point_neuron":       PointNeuron,
	"point_process":      PointNeuron,
	"single_compartment": SingleCompartment,
	"virtual":            Virtual,
}

// String returns SONATA's word.
func (m ModelType) String() string {
	return [...]string{"biophysical", "point_neuron", "single_compartment", "virtual"}[m]
}

// NodeType is what nodes of one node_type_id have in common. Where a nodes file stores model_type, model_template, model_processing,
// morphology or dynamics_params per node there is one NodeType for each combination that occurs.
type NodeType struct {
	ID              int64
	Population      *Population
	ModelType       ModelType
	Template        string   // model_template as written, "ctdb:Biophys1.hoc"
	Directive       string   // its part before the first colon, "ctdb"; all of it when there is no colon
	TemplateName    string   // the part between the first and the second colon, "Biophys1.hoc"; "" without colon
	TemplateFile    string   // resolved file of an nml template; "" for others
	ModelProcessing []string // in the order of application
	Morphology      string   // resolved path; "" when there is none
	DynamicsParams  string   // resolved path; "" when there is none
	Count           int      // nodes of this type
}

// Attr returns a column of the types table.
func (t *NodeType) Attr(column string) (sonata.Value, bool) {
	if t.Population.Nodes.Types == nil {
		return sonata.Value{}, false
	}
	return t.Population.Nodes.Types.Lookup(t.ID, column)
}

// Place is where messages about the type point to.
func (t *NodeType) Place() config.Place {
	file := t.Population.Nodes.TypesFile
	if file == "" {
		file = t.Population.Nodes.File
	}
	return config.Place{File: file, Path: fmt.Sprintf("node type %d", t.ID)}
}

// modelColumns make up a NodeType.
var modelColumns = []string{"model_type", "model_template", "model_processing", "morphology", "dynamics_params"}

// typeKey tells NodeTypes apart; own is what the nodes file itself stores per node.
type typeKey struct {
	group, id int64
	own       string
}

func (c *Circuit) resolveNodeTypes(p *Population, f *faults) {
	n := p.Nodes
	p.typeOf = make([]int32, n.Len())
	ownColumns := map[int64][]string{}
	for _, g := range n.Groups() {
		for _, column := range modelColumns {
			if slices.Contains(n.Columns(g), column) {
				ownColumns[g] = append(ownColumns[g], column)
			}
		}
	}
	index := map[typeKey]int32{}
	for row := range p.typeOf {
		key := typeKey{group: n.GroupID[row], id: n.TypeID[row]}
		for _, column := range ownColumns[key.group] {
			v, _ := n.Attr(row, column)
			key.own += v.Text() + "\x00"
		}
		k, ok := index[key]
		if !ok {
			k = int32(len(p.NodeTypes))
			index[key] = k
			p.NodeTypes = append(p.NodeTypes, c.nodeType(p, row, f))
		}
		p.typeOf[row] = k
		t := p.NodeTypes[k]
		t.Count++
		if t.ModelType == Virtual {
			p.virtual++
		}
	}
	if err := n.Err(); err != nil {
		f.fail(p.place, "", "%v", err)
	}
}

// nodeType makes the type of the node in a row and checks it.
func (c *Circuit) nodeType(p *Population, row int, f *faults) *NodeType {
	t := &NodeType{ID: p.Nodes.TypeID[row], Population: p}
	text := func(column string) string {
		v, _ := p.Nodes.Attr(row, column)
		return strings.TrimSpace(v.Text())
	}
	at := t.Place()
	model := text("model_type")
	var known bool
	if t.ModelType, known = modelTypes[model]; !known {
		names := make([]string, 0, len(modelTypes))
		for name := range modelTypes {
			names = append(names, name)
		}
		switch model {
		case "":
			f.fail(at, `add a column model_type: "biophysical", "point_neuron" or "virtual"`, "the model_type is missing")
		case "point_soma", "population", "lgnmodel":
			f.fail(at, suggest("", names), "the model_type %s is not supported", model)
		default:
			f.fail(at, suggest(model, names), "unknown model_type %q", model)
		}
		t.ModelType = Virtual // nothing more is asked of it
		return t
	}
	t.Template = text("model_template")
	parts := strings.Split(t.Template, ":")
	t.Directive = parts[0]
	if len(parts) > 1 {
		t.TemplateName = parts[1]
	}
	if t.ModelType == Virtual {
		return t
	}
	if t.Template == "" {
		f.fail(at, `"ctdb:Biophys1.hoc" for Allen's cells, "nrn:IntFire1" for point neurons`, "the model_template of this %s type is missing", t.ModelType)
	}
	for _, step := range strings.Split(text("model_processing"), ",") {
		if step = strings.TrimSpace(step); step != "" {
			t.ModelProcessing = append(t.ModelProcessing, step)
		}
	}
	comp := &c.Config.Components
	if m := text("morphology"); m != "" {
		t.Morphology = findFile(f, at, "morphology", m, ".swc", dir{"morphologies_dir", comp.MorphologiesDir})
	} else if t.ModelType == Biophysical && t.Directive != "hoc" {
		f.fail(at, "add a column morphology with the name of an SWC file", "the morphology of this biophysical type is missing")
	}
	biophysical := dir{"biophysical_neuron_models_dir", comp.BiophysicalNeuronModelsDir}
	point := dir{"point_neuron_models_dir", comp.PointNeuronModelsDir}
	custom := dir{"custom_neuron_models", comp.CustomNeuronModelsDir}
	if d := text("dynamics_params"); d != "" {
		switch t.ModelType {
		case Biophysical:
			t.DynamicsParams = findFile(f, at, "dynamics_params", d, "", biophysical)
		case PointNeuron:
			t.DynamicsParams = findFile(f, at, "dynamics_params", d, "", point)
		default:
			t.DynamicsParams = findFile(f, at, "dynamics_params", d, "", custom, point, biophysical)
		}
	}
	if t.Directive == "nml" && t.TemplateName != "" {
		t.TemplateFile = findFile(f, at, "model_template", t.TemplateName, ".nml", biophysical)
	}
	return t
}

// dir is a components folder and the key that sets it.
type dir struct{ key, path string }

// findFile looks for a file of the circuit in components folders, first under its name, then with the extension added. A missing file
// is recorded and gives "".
func findFile(f *faults, at config.Place, column, name, ext string, dirs ...dir) string {
	var tried, unset []string
	for _, d := range dirs {
		path := name
		if !filepath.IsAbs(name) {
			if d.path == "" {
				unset = append(unset, "components."+d.key)
				continue
			}
			path = filepath.Join(d.path, name)
		}
		candidates := []string{path}
		if ext != "" && !strings.HasSuffix(path, ext) {
			candidates = append(candidates, path+ext)
		}
		for _, p := range candidates {
			if info, err := os.Stat(p); err == nil && !info.IsDir() {
				return p
			}
			tried = append(tried, p)
		}
	}
	hint := ""
	if len(tried) > 0 {
		hint = "tried " + strings.Join(tried, ", ")
		if near := nearestIn(filepath.Dir(tried[0]), name); near != "" {
			hint += fmt.Sprintf("; did you mean %q?", near)
		}
	}
	if len(unset) > 0 {
		if hint != "" {
			hint += "; "
		}
		hint += strings.Join(unset, " and ") + " of the config " + map[bool]string{true: "is", false: "are"}[len(unset) == 1] + " not set"
	}
	f.fail(at, hint, "%s: the file %q does not exist", column, name)
	return ""
}

func nearestIn(folder, name string) string {
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 10000 {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return config.Nearest(name, names)
}
