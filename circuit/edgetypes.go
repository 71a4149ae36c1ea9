package circuit

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"netsim/internal/bounded"
	"netsim/sonata"
	"netsim/sonata/config"
)

// EdgePopulation is one population of edges of the circuit.
type EdgePopulation struct {
	Name   string
	Edges  *sonata.EdgePopulation
	Source *Population
	Target *Population
	Types  []*EdgeType // those that edges read so far have, in the order of first use

	place     config.Place
	typeIndex map[edgeTypeKey]int32 // → Types
}

// edgeTypeKey tells EdgeTypes apart; own is what the edges file itself stores per edge of the type's columns.
type edgeTypeKey struct {
	id  int64
	own string
}

// EdgeType is what edges of one edge_type_id have in common.
type EdgeType struct {
	ID             int64
	Population     *EdgePopulation
	ModelTemplate  string         // "exp2syn"; "" when there is none
	DynamicsParams string         // resolved path; "" when there is none
	Params         map[string]any // the parsed JSON; nil when there is none
	TargetSections []string       // labels as written, ["basal", "apical"]; nil when there are none
	DistanceRange  [2]float64     // µm from the soma's 0 end; [0, +Inf) when there is none
	WeightFunction string         // "" for the default

	broken bool // a part of it could not be read, which has been said
}

// Attr returns a column of the types table.
func (t *EdgeType) Attr(column string) (sonata.Value, bool) {
	if t.Population.Edges.Types == nil {
		return sonata.Value{}, false
	}
	return t.Population.Edges.Types.Lookup(t.ID, column)
}

// Param returns a number of the dynamics_params.
func (t *EdgeType) Param(name string) (float64, bool) {
	f, ok := t.Params[name].(float64)
	return f, ok
}

// Place is where messages about the type point to.
func (t *EdgeType) Place() config.Place {
	file := t.Population.Edges.TypesFile
	if file == "" {
		file = t.Population.Edges.File
	}
	return config.Place{File: file, Path: fmt.Sprintf("edge type %d", t.ID)}
}

// Kind says which edges a population holds.
func (p *EdgePopulation) Kind() string {
	switch {
	case p.Target.Cells() == 0:
		return "onto virtual nodes"
	case p.Source.VirtualNodes() == 0:
		return "recurrent"
	case p.Source.Cells() == 0:
		return "virtual"
	}
	return "mixed"
}

func (c *Circuit) openEdges(f *faults) {
	for _, file := range c.Config.Networks.Edges {
		if file.File == "" {
			continue // the config's problem
		}
		pops, err := sonata.OpenEdges(file.File, file.TypesFile)
		if err != nil {
			f.fail(file.Place, "", "%v", err)
			continue
		}
		for _, e := range pops {
			p := &EdgePopulation{Name: e.Name, Edges: e, place: file.Place}
			p.Source = c.endPopulation(e, "source", e.Source, f)
			p.Target = c.endPopulation(e, "target", e.Target, f)
			if p.Source == nil || p.Target == nil {
				continue
			}
			if p.Target.Cells() == 0 && e.Count > 0 {
				f.warn(file.Place, "", "the edges of %s lead to virtual nodes only and are not used", e.Name)
			}
			c.EdgePopulations = append(c.EdgePopulations, p)
		}
	}
}

// endPopulation finds the population at one end of an edge population.
func (c *Circuit) endPopulation(e *sonata.EdgePopulation, end, name string, f *faults) *Population {
	at := config.Place{File: e.File, Path: fmt.Sprintf("/edges/%s/%s_node_id", e.Name, end)}
	if name == "" {
		f.fail(at, "write the name of the population into the attribute", "the attribute node_population is missing: it says which population the ids belong to")
		return nil
	}
	p := c.Population(name)
	if p == nil {
		f.fail(at, suggest(name, c.populationNames()), "node_population: the circuit has no population %q", name)
	}
	return p
}

// typeColumns make up an EdgeType.
var typeColumns = []string{"model_template", "dynamics_params", "target_sections", "distance_range", "weight_function"}

// sectionLabels are the words of target_sections that placement knows.
var sectionLabels = []string{"soma", "somatic", "axon", "axonal", "dend", "basal", "apic", "apical"}

// edgeType makes the type of edge i and checks it.
func (c *Circuit) edgeType(p *EdgePopulation, e *sonata.Edges, i int, f *faults) *EdgeType {
	t := &EdgeType{ID: e.TypeID[i], Population: p, DistanceRange: [2]float64{0, math.Inf(1)}}
	at := t.Place()
	text := func(column string) string {
		v, _ := e.Attr(i, column)
		return strings.TrimSpace(v.Text())
	}
	t.ModelTemplate = text("model_template")
	t.WeightFunction = text("weight_function")
	if d := text("dynamics_params"); d != "" {
		t.DynamicsParams = findFile(f, at, "dynamics_params", d, "", dir{"synaptic_models_dir", c.Config.Components.SynapticModelsDir})
		t.broken = t.DynamicsParams == ""
		if !t.broken {
			var err error
			if t.Params, err = c.params.read(t.DynamicsParams); err != nil {
				t.broken = true
				f.fail(at, "", "dynamics_params: %v", err)
			}
		}
	}
	if s := text("target_sections"); s != "" {
		labels, err := parseLabels(s)
		if err != nil {
			t.broken = true
			f.fail(at, `write it as "['basal', 'apical']"`, "target_sections: %v", err)
		}
		for _, label := range labels {
			if !slices.Contains(sectionLabels, label) {
				f.fail(at, suggest(label, sectionLabels), "target_sections: unknown kind of sections %q", label)
			}
		}
		t.TargetSections = labels
	}
	if s := text("distance_range"); s != "" {
		r, err := parseRange(s)
		if err != nil {
			f.fail(at, `write it as "[0.0, 150.0]"`, "distance_range: %v", err)
		} else {
			t.DistanceRange = r
		}
	}
	return t
}

// parseLabels reads a Python list of strings, or one bare word.
func parseLabels(s string) ([]string, error) {
	body := strings.TrimSpace(s)
	if !strings.ContainsAny(body, "[]()'\"") {
		return []string{body}, nil
	}
	n := len(body)
	if n >= 2 && (body[0] == '[' && body[n-1] == ']' || body[0] == '(' && body[n-1] == ')') {
		body = body[1 : n-1]
	}
	var labels []string
	for _, part := range strings.Split(body, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue // Python allows a comma at the end
		}
		n := len(part)
		if n < 2 || part[0] != part[n-1] || part[0] != '\'' && part[0] != '"' {
			return nil, fmt.Errorf("%s is not a list of words in quotes", s)
		}
		labels = append(labels, part[1:n-1])
	}
	if labels == nil {
		return nil, fmt.Errorf("%s is an empty list", s)
	}
	return labels, nil
}

// parseRange reads "[from, to]", or one number for [0, to].
func parseRange(s string) (r [2]float64, err error) {
	var list []float64
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		list = []float64{0, f}
	} else if err := json.Unmarshal([]byte(s), &list); err != nil || len(list) != 2 {
		return r, fmt.Errorf("%s is neither two numbers in brackets nor one number", s)
	}
	if !(list[0] <= list[1]) {
		return r, fmt.Errorf("%s ends before it begins", s)
	}
	return [2]float64(list), nil
}

// maxParams bounds the bytes of a file of parameters; real ones have a few hundred.
const maxParams = 1 << 20

// paramsCache holds parsed JSON files, which many edge types share.
type paramsCache map[string]map[string]any

func (c *paramsCache) read(path string) (map[string]any, error) {
	if m, ok := (*c)[path]; ok {
		return m, nil
	}
	data, err := bounded.ReadFile(path, maxParams)
	if err != nil {
		return nil, fmt.Errorf("could not read the parameters: %w", err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s is not a JSON object: %w", path, err)
	}
	if *c == nil {
		*c = paramsCache{}
	}
	(*c)[path] = m
	return m, nil
}
