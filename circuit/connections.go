package circuit

import (
	"fmt"

	"netsim/sonata/config"
)

// Placement is how the synapses of an edge find their place. It follows from the columns that the edge's group (or the types table) has:
// a section id makes an edge Preselected, else a column nsyns makes it Random, else it is Preselected without a place, which only a
// point target can do with.
type Placement uint8

// The placements.
const (
	Preselected Placement = iota // one synapse, at Section and Pos
	Random                       // NSyns synapses drawn from the target's random stream
)

// Block is the edges of one edge population onto the local targets, for one visit of BMTK's build order. Slices have one entry per edge,
// except First. Two inputs that feed one population have a Block each, which share their slices: do not change them.
type Block struct {
	Edges  *EdgePopulation
	Input  string // the spikes input this visit belongs to; "" for edges from cells
	Trains string // the input whose spikes the sources play: the first that names their population

	// First[k] to First[k+1] are the edges of the k-th target given to Connections.
	First []int

	Source    []uint64    // gid
	Target    []uint32    // index into the targets given to Connections
	Type      []int32     // index into Edges.Types
	Weight    []float64   // result of the weight function; see NetConWeight
	Delay     []float64   // ms
	Placement []Placement // one per edge
	NSyns     []int32     // number of synapses; 1 when preselected; nil when it is 1 for all
	Section   []int32     // section id, -1 where none is given; nil when no edge has one
	Pos       []float64   // position on the section; nil together with Section
	EdgeID    []uint64    // row in the edges file
}

// Len returns the number of edges.
func (b *Block) Len() int { return len(b.Source) }

// EdgeType returns the type of edge i.
func (b *Block) EdgeType(i int) *EdgeType { return b.Edges.Types[b.Type[i]] }

// Synapses returns the number of synapses of edge i.
func (b *Block) Synapses(i int) int {
	if b.NSyns == nil {
		return 1
	}
	return int(b.NSyns[i])
}

// NetConWeight is the weight that the NetCon(s) of edge i carry on a target of the given type. On point targets it is multiplied by
// the sign of the dynamics_params and by nsyns, but only when the edge has nsyns: BMTK leaves the sign out otherwise, and equal spikes
// need the same.
func (b *Block) NetConWeight(i int, target ModelType) float64 {
	w := b.Weight[i]
	if target == PointNeuron && b.Placement[i] == Random {
		sign, _ := b.EdgeType(i).Param("sign")
		w *= sign * float64(b.Synapses(i))
	}
	return w
}

// Connections reads the edges onto the targets: one Block for each visit of BMTK's build order (see the package comment), empty ones left
// out. A problem that many edges share is told once, with their number.
func (c *Circuit) Connections(targets []Cell, inputs []config.Input) ([]*Block, []config.Problem) {
	r := edgeReader{c: c, targets: targets, split: map[*EdgePopulation]*splitEdges{}}
	var blocks []*Block
	for _, p := range c.EdgePopulations {
		if p.Source.Cells() == 0 || p.Target.Cells() == 0 {
			continue
		}
		if b := r.read(p).fromCells; b != nil {
			blocks = append(blocks, b)
		}
	}
	feeders := map[*Population]string{}
	for _, in := range inputs {
		if in.Spikes == nil {
			continue
		}
		populations := c.fedPopulations(in, feeders, &r.faults)
		for _, pop := range populations {
			for _, p := range c.EdgePopulations {
				if p.Source != pop || p.Target.Cells() == 0 {
					continue
				}
				if b := r.read(p).fromVirtual; b != nil {
					visit := *b
					visit.Input, visit.Trains = in.Name, feeders[pop]
					blocks = append(blocks, &visit)
				}
			}
		}
	}
	for _, p := range c.EdgePopulations {
		if p.Source.VirtualNodes() > 0 && p.Target.Cells() > 0 && p.Edges.Count > 0 && feeders[p.Source] == "" {
			r.faults.warn(p.place, fmt.Sprintf("add an input with \"node_set\": %q to use them", p.Source.Name),
				"no spikes input feeds the population %s; its edges %s are left out", p.Source.Name, p.Name)
		}
	}
	return blocks, r.faults.problems()
}

// fedPopulations returns the populations with virtual nodes that a spikes input names, in network order, and notes the first input of each.
func (c *Circuit) fedPopulations(in config.Input, feeders map[*Population]string, f *faults) []*Population {
	at := in.Place
	named, narrowed, err := c.populationsOf(in.NodeSet)
	if err != nil {
		at.Path += ".node_set"
		f.fail(at, "", "%v", err)
		return nil
	}
	var fed []*Population
	for _, p := range named {
		if p.VirtualNodes() == 0 {
			continue
		}
		fed = append(fed, p)
		if first := feeders[p]; first != "" {
			f.warn(at, "give each population one input", "the inputs %s and %s both feed population %s: its synapses are made twice, and both play the spikes of %s, as in BMTK",
				first, in.Name, p.Name, first)
		} else {
			feeders[p] = in.Name
		}
	}
	switch {
	case len(fed) == 0:
		f.warn(at, "name a virtual population", "the node set of this spikes input has no virtual nodes: it does nothing")
	case narrowed && !c.isModelTypeSet(in.NodeSet):
		f.warn(at, "", "a spikes input always feeds whole populations, as in BMTK; the node set's choice of nodes is not looked at")
	}
	return fed
}

// isModelTypeSet reports whether a set only tells virtual nodes from cells, which a spikes input does anyway.
func (c *Circuit) isModelTypeSet(set any) bool {
	if name, ok := set.(string); ok {
		if def, ok := c.Config.NodeSets[name]; ok {
			set = def
		} else {
			return name == "virtual"
		}
	}
	m, ok := set.(map[string]any)
	return ok && len(m) == 1 && m["model_type"] == "virtual"
}

// edgeReader reads edge populations for one set of targets, each at most once.
type edgeReader struct {
	c       *Circuit
	targets []Cell
	split   map[*EdgePopulation]*splitEdges
	faults  faults
}

// splitEdges are the edges of one population by the kind of their source; nil where there are none.
type splitEdges struct {
	fromCells, fromVirtual *Block
}

func (r *edgeReader) read(p *EdgePopulation) *splitEdges {
	if s, ok := r.split[p]; ok {
		return s
	}
	s := &splitEdges{}
	r.split[p] = s
	var ids []uint64
	var place []uint32 // of the ids among the targets
	for k, t := range r.targets {
		if t.Population == p.Target && t.Type.ModelType != Virtual {
			ids = append(ids, t.NodeID)
			place = append(place, uint32(k))
		}
	}
	if len(ids) == 0 {
		return s
	}
	edges, err := p.Edges.ReadForTargets(ids)
	if err != nil {
		r.faults.fail(p.place, "", "%v", err)
		return s
	}
	b := builder{c: r.c, p: p, e: edges, faults: &r.faults, classes: map[classKey]*edgeClass{}}
	if !b.openColumns() {
		return s
	}
	for k, target := range place {
		b.target, b.targetPlace = r.targets[target], target
		for i := edges.First[k]; i < edges.First[k+1]; i++ {
			b.edge(i)
		}
	}
	if err := edges.Err(); err != nil {
		r.faults.fail(p.place, "", "%v", err)
	}
	s.fromCells, s.fromVirtual = b.fromCells.finish(len(r.targets)), b.fromVirtual.finish(len(r.targets))
	return s
}

// finish fills in First; nil when the block is empty.
func (b *Block) finish(targets int) *Block {
	if b == nil {
		return nil
	}
	b.First = make([]int, targets+1)
	for _, k := range b.Target {
		b.First[k+1]++
	}
	for k := range targets {
		b.First[k+1] += b.First[k]
	}
	// Targets of other populations stand between ours with no edges; edges were appended in the order of the targets, so these
	// counts are their places.
	return b
}
