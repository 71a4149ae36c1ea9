package circuit

import (
	"fmt"
	"math"
	"sort"

	"netsim/sonata"
	"netsim/sonata/config"
)

// Circuit is an open circuit. It is not changed after Open, except that Connections adds to the edge types met; use it from one goroutine.
type Circuit struct {
	Config          *config.Config
	Populations     []*Population
	EdgePopulations []*EdgePopulation

	params paramsCache
}

// Population is one population of nodes with its place among the gids.
type Population struct {
	Name      string
	Index     int    // position in Circuit.Populations
	Offset    uint64 // gid of node id 0
	Nodes     *sonata.NodePopulation
	NodeTypes []*NodeType // those that nodes of the population have, in the order of first use

	place   config.Place
	typeOf  []int32 // row → NodeTypes
	virtual int     // number of virtual nodes
}

// TypeOf returns the type of the node in a row.
func (p *Population) TypeOf(row int) *NodeType { return p.NodeTypes[p.typeOf[row]] }

// GID returns the gid of a node id of the population.
func (p *Population) GID(nodeID uint64) uint64 { return p.Offset + nodeID }

// Cells is the number of nodes that are not virtual.
func (p *Population) Cells() int { return len(p.typeOf) - p.virtual }

// VirtualNodes is the number of virtual nodes.
func (p *Population) VirtualNodes() int { return p.virtual }

// Cell is one node of the circuit.
type Cell struct {
	GID        uint64
	Population *Population
	Row        int // row in the population's node table
	NodeID     uint64
	Type       *NodeType
}

// Attr returns an attribute of the cell: its own, else its type's.
func (c Cell) Attr(column string) (sonata.Value, bool) { return c.Population.Nodes.Attr(c.Row, column) }

// Position returns the position of the cell's soma in µm.
func (c Cell) Position() [3]float64 { return c.Population.Nodes.Position(c.Row) }

// Rotation returns the rotation about x, y and z in radians, 0 where none is given.
func (c Cell) Rotation() [3]float64 {
	var angles [3]float64
	for i, column := range []string{"rotation_angle_xaxis", "rotation_angle_yaxis", "rotation_angle_zaxis"} {
		if v, ok := c.Attr(column); ok {
			angles[i], _ = v.Float()
		}
	}
	return angles
}

// String names the cell in messages.
func (c Cell) String() string {
	return fmt.Sprintf("cell %d of population %s (gid %d)", c.NodeID, c.Population.Name, c.GID)
}

// Open opens the node and edge files of a config. The Circuit holds what could be opened; it is fit for use when the problems hold no
// error. Node types that no node has are not looked at.
func Open(cfg *config.Config) (*Circuit, []config.Problem) {
	c := &Circuit{Config: cfg}
	var f faults
	c.openNodes(&f)
	c.openEdges(&f)
	if !config.HasErrors(f.list) {
		c.checkNodeSets(&f)
	}
	return c, f.problems()
}

// checkNodeSets looks whether every clamp and report finds its cells. Spikes inputs name populations, which Connections looks at.
func (c *Circuit) checkNodeSets(f *faults) {
	check := func(at config.Place, key string, set any) {
		at.Path += "." + key
		cells, err := c.ResolveCells(set)
		switch {
		case err != nil:
			f.fail(at, "", "%v", err)
		case len(cells) == 0:
			f.warn(at, "", "the node set selects no cells")
		}
	}
	for _, in := range c.Config.Inputs {
		if in.Clamp != nil {
			check(in.Place, "node_set", in.NodeSet)
		}
	}
	for _, r := range c.Config.Reports {
		check(r.Place, "cells", r.Cells)
	}
}

func (c *Circuit) openNodes(f *faults) {
	seen := map[string]*Population{}
	offset := uint64(0)
	for _, file := range c.Config.Networks.Nodes {
		if file.File == "" {
			continue // the config's problem
		}
		nodes, err := sonata.OpenNodes(file.File, file.TypesFile)
		if err != nil {
			f.fail(file.Place, "", "%v", err)
			continue
		}
		for _, n := range nodes {
			if old := seen[n.Name]; old != nil {
				f.fail(file.Place, "rename one of them, or remove the file that is listed twice",
					"the population %s is in two files: %s and %s", n.Name, old.Nodes.File, n.File)
				continue
			}
			p := &Population{Name: n.Name, Index: len(c.Populations), Offset: offset, Nodes: n, place: file.Place}
			seen[n.Name] = p
			if n.Len() > 0 {
				// A gid seeds a 32-bit generator and indexes tables; real ids are far below.
				if n.MaxID() > math.MaxUint32-offset {
					f.fail(file.Place, "number the nodes from 0", "the node ids of population %s reach %d, too large for a gid", n.Name, n.MaxID())
					continue
				}
				offset += n.MaxID() + 1
			}
			c.resolveNodeTypes(p, f)
			c.Populations = append(c.Populations, p)
		}
	}
}

// Local returns the cells (virtual nodes are none) whose gid the owner function accepts, ascending by gid.
func (c *Circuit) Local(owner func(gid uint64) bool) []Cell {
	var cells []Cell
	for _, p := range c.Populations {
		first := len(cells)
		for row, id := range p.Nodes.NodeID {
			if p.TypeOf(row).ModelType != Virtual && owner(p.GID(id)) {
				cells = append(cells, p.cell(row))
			}
		}
		// Populations ascend by offset; rows of one population need not ascend by id.
		part := cells[first:]
		byGID := func(i, j int) bool { return part[i].GID < part[j].GID }
		if !sort.SliceIsSorted(part, byGID) {
			sort.Slice(part, byGID)
		}
	}
	return cells
}

func (p *Population) cell(row int) Cell {
	id := p.Nodes.NodeID[row]
	return Cell{GID: p.GID(id), Population: p, Row: row, NodeID: id, Type: p.TypeOf(row)}
}

// Cell returns the node with a gid; false when there is none. The node may be virtual.
func (c *Circuit) Cell(gid uint64) (Cell, bool) {
	i := sort.Search(len(c.Populations), func(i int) bool { return c.Populations[i].Offset > gid }) - 1
	for ; i >= 0; i-- {
		p := c.Populations[i]
		if p.Nodes.Len() == 0 {
			continue // shares its offset with the next one
		}
		row, ok := p.Nodes.RowOf(gid - p.Offset)
		if !ok {
			return Cell{}, false
		}
		return p.cell(row), true
	}
	return Cell{}, false
}

// Population returns the population of a name, nil when there is none.
func (c *Circuit) Population(name string) *Population {
	for _, p := range c.Populations {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// CellCount is the number of cells of the whole circuit, virtual nodes not counted.
func (c *Circuit) CellCount() int {
	n := 0
	for _, p := range c.Populations {
		n += p.Cells()
	}
	return n
}

func (c *Circuit) populationNames() []string {
	names := make([]string, len(c.Populations))
	for i, p := range c.Populations {
		names[i] = p.Name
	}
	return names
}
