package circuit

import "slices"

// Info says what a circuit holds.
type Info struct {
	Populations   []PopulationInfo
	Edges         []EdgeInfo
	Cells         int // nodes that are simulated
	Virtual       int
	EdgeCount     uint64
	Templates     []string // model_template of cells, sorted
	Processing    []string // model_processing steps of cells, sorted
	Morphologies  []string // resolved paths, sorted
	SynapseModels []string // model_template of edge types, sorted
}

// PopulationInfo is one population of nodes.
type PopulationInfo struct {
	Name    string
	File    string
	Nodes   int
	Offset  uint64 // gid of node id 0
	ByModel map[string]int
	Types   []*NodeType // each with its Count
}

// EdgeInfo is one population of edges.
type EdgeInfo struct {
	Name           string
	File           string
	Source, Target string
	Kind           string // "recurrent", "virtual", "mixed" or "onto virtual nodes"
	Edges          uint64
	Types          int      // rows of the types table
	SynapseModels  []string // model_template of the types table, sorted
}

// Info looks at the whole circuit, not at what is local. It reads no edges.
func (c *Circuit) Info() Info {
	var info Info
	for _, p := range c.Populations {
		pi := PopulationInfo{Name: p.Name, File: p.Nodes.File, Nodes: p.Nodes.Len(), Offset: p.Offset, ByModel: map[string]int{}, Types: p.NodeTypes}
		for _, t := range p.NodeTypes {
			pi.ByModel[t.ModelType.String()] += t.Count
			if t.ModelType == Virtual {
				continue
			}
			info.Templates = append(info.Templates, t.Template)
			info.Processing = append(info.Processing, t.ModelProcessing...)
			info.Morphologies = append(info.Morphologies, t.Morphology)
		}
		info.Cells += p.Cells()
		info.Virtual += p.VirtualNodes()
		info.Populations = append(info.Populations, pi)
	}
	for _, p := range c.EdgePopulations {
		ei := EdgeInfo{Name: p.Name, File: p.Edges.File, Source: p.Source.Name, Target: p.Target.Name, Kind: p.Kind(), Edges: p.Edges.Count}
		if types := p.Edges.Types; types != nil {
			ei.Types = len(types.IDs())
			for _, id := range types.IDs() {
				if v, ok := types.Lookup(id, "model_template"); ok {
					ei.SynapseModels = append(ei.SynapseModels, v.Text())
				}
			}
		}
		ei.SynapseModels = distinct(ei.SynapseModels)
		info.SynapseModels = append(info.SynapseModels, ei.SynapseModels...)
		info.EdgeCount += ei.Edges
		info.Edges = append(info.Edges, ei)
	}
	info.Templates, info.Processing = distinct(info.Templates), distinct(info.Processing)
	info.Morphologies, info.SynapseModels = distinct(info.Morphologies), distinct(info.SynapseModels)
	return info
}

// distinct sorts words and removes doubles and empty ones.
func distinct(words []string) []string {
	slices.Sort(words)
	words = slices.Compact(words)
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}
