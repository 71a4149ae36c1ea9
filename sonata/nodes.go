package sonata

import (
	"fmt"
	"math"
	"sync"

	"netsim/internal/h5"
)

// NodePopulation is one /nodes/<name> of a nodes file with its types table.
// Its methods may be called from several goroutines.
type NodePopulation struct {
	Name      string
	File      string
	TypesFile string
	Types     *TypeTable // nil when there is no types file

	// One entry per row, in file order.
	NodeID     []uint64
	TypeID     []int64
	GroupID    []int64
	GroupIndex []int64

	groups  []*attributeGroup
	rowOf   map[uint64]int // nil when every node id is its row
	maxID   uint64
	mu      sync.RWMutex
	columns map[columnKey]*column
	err     error
}

type columnKey struct {
	group  int64
	column string
}

// OpenNodes opens all node populations of a file, in alphabetical order.
// typesFile may be "". Absent node_id means 0, 1, 2, …; absent node_group_id
// and node_group_index mean that all nodes stand in the only group, in order.
func OpenNodes(h5file, typesFile string) ([]*NodePopulation, error) {
	var types *TypeTable
	var err error
	if typesFile != "" {
		if types, err = ReadTypes(typesFile, "node_type_id"); err != nil {
			return nil, err
		}
	}
	f, err := h5.Open(h5file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := populations(f, "/nodes")
	if err != nil {
		return nil, err
	}
	var out []*NodePopulation
	for _, n := range names {
		p := &NodePopulation{Name: n, File: h5file, TypesFile: typesFile, Types: types, columns: map[columnKey]*column{}}
		if err := p.open(f); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (p *NodePopulation) open(f *h5.File) error {
	root := "/nodes/" + p.Name
	var err error
	if p.groups, err = openGroups(f, root); err != nil {
		return err
	}
	if p.TypeID, err = f.ReadInt64(root + "/node_type_id"); err != nil {
		return err
	}
	n := len(p.TypeID)
	if f.Exists(root + "/node_id") {
		if p.NodeID, err = f.ReadUint64(root + "/node_id"); err != nil {
			return err
		}
	} else {
		p.NodeID = make([]uint64, n)
		for i := range p.NodeID {
			p.NodeID[i] = uint64(i)
		}
	}
	if grouped, err := hasGrouping(f, root, "node", p.groups); err != nil {
		return err
	} else if grouped {
		if p.GroupID, err = f.ReadInt64(root + "/node_group_id"); err != nil {
			return err
		}
		if p.GroupIndex, err = f.ReadInt64(root + "/node_group_index"); err != nil {
			return err
		}
	} else {
		p.GroupID, p.GroupIndex = make([]int64, n), make([]int64, n)
		for i := range p.GroupID {
			p.GroupID[i], p.GroupIndex[i] = p.groups[0].id, int64(i)
		}
	}
	for name, length := range map[string]int{"node_id": len(p.NodeID), "node_group_id": len(p.GroupID), "node_group_index": len(p.GroupIndex)} {
		if length != n {
			return p.fault("%s/%s has %d rows, node_type_id has %d", root, name, length, n)
		}
	}
	return p.check(root)
}

// hasGrouping reports whether the datasets <kind>_group_id and
// <kind>_group_index are to be read; both may be absent if there is one group.
func hasGrouping(f *h5.File, root, kind string, groups []*attributeGroup) (bool, error) {
	a, b := root+"/"+kind+"_group_id", root+"/"+kind+"_group_index"
	if len(groups) == 1 && !f.Exists(a) && !f.Exists(b) {
		return false, nil
	}
	for _, path := range []string{a, b} {
		if !f.Exists(path) {
			return false, &h5.Error{Op: "read", File: f.Path(), Path: path, Kind: h5.ErrMissing}
		}
	}
	return true, nil
}

func (p *NodePopulation) fault(format string, a ...any) error {
	return fmt.Errorf("could not read nodes of %s: "+format, append([]any{p.File}, a...)...)
}

// check validates every row and prepares RowOf.
func (p *NodePopulation) check(root string) error {
	identity := true
	for i, id := range p.NodeID {
		identity = identity && id == uint64(i)
		p.maxID = max(p.maxID, id)
	}
	if !identity {
		p.rowOf = make(map[uint64]int, len(p.NodeID))
		for i, id := range p.NodeID {
			if first, twice := p.rowOf[id]; twice {
				return p.fault("%s/node_id: row %d: id %d occurs already in row %d", root, i, id, first)
			}
			p.rowOf[id] = i
		}
	}
	for i, t := range p.TypeID {
		if p.Types != nil && !p.Types.Has(t) {
			return p.fault("%s/node_type_id: row %d: type %d is not in %s", root, i, t, p.TypesFile)
		}
		k := groupOf(p.groups, p.GroupID[i])
		if k < 0 {
			return p.fault("%s/node_group_id: row %d: there is no group %d", root, i, p.GroupID[i])
		}
		g := p.groups[k]
		if x := p.GroupIndex[i]; x < 0 || g.rows >= 0 && x >= int64(g.rows) {
			return p.fault("%s/node_group_index: row %d: index %d, but group %d has %d rows", root, i, x, g.id, g.rows)
		}
	}
	return nil
}

// Len returns the number of nodes.
func (p *NodePopulation) Len() int { return len(p.NodeID) }

// MaxID returns the largest node id; 0 for an empty population.
func (p *NodePopulation) MaxID() uint64 { return p.maxID }

// RowOf returns the row of a node id.
func (p *NodePopulation) RowOf(id uint64) (int, bool) {
	if p.rowOf == nil {
		return int(id), id < uint64(len(p.NodeID))
	}
	r, ok := p.rowOf[id]
	return r, ok
}

// Groups returns the ids of the groups (children whose names are digits), ascending.
func (p *NodePopulation) Groups() []int64 { return groupIDs(p.groups) }

// Columns returns the names of the datasets of a group, sorted.
func (p *NodePopulation) Columns(group int64) []string {
	if k := groupOf(p.groups, group); k >= 0 {
		return append([]string(nil), p.groups[k].columns...)
	}
	return nil
}

// HasColumn reports whether nodes of the group have the column, as a dataset
// of the group or in the types table.
func (p *NodePopulation) HasColumn(group int64, column string) bool {
	k := groupOf(p.groups, group)
	return k >= 0 && p.groups[k].has(column) || p.Types.HasColumn(column)
}

// load returns a dataset of a group, read at its first use; nil when the
// group does not have it or it cannot be read (see Err).
func (p *NodePopulation) load(group int64, name string) *column {
	k := groupOf(p.groups, group)
	if k < 0 || !p.groups[k].has(name) {
		return nil
	}
	key := columnKey{group, name}
	p.mu.RLock()
	c, ok := p.columns[key]
	p.mu.RUnlock()
	if ok {
		return c
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c, ok := p.columns[key]; ok {
		return c
	}
	f, err := h5.Open(p.File)
	if err == nil {
		c, err = readColumn(f, p.groups[k], name, nil)
		f.Close()
	}
	if err != nil && p.err == nil {
		p.err = err
	}
	p.columns[key] = c
	return c
}

// Load reads columns of all groups now, so that their look-ups cannot fail later.
func (p *NodePopulation) Load(columns ...string) error {
	for _, name := range columns {
		for _, g := range p.groups {
			p.load(g.id, name)
		}
	}
	return p.Err()
}

// Err returns the first error met while a column was read on demand.
func (p *NodePopulation) Err() error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.err
}

// Attr returns an attribute of the node in a row: the dataset of the row's
// group if it has the column, else the column of the types table. False when
// neither has the column, or the dataset has several values per node.
func (p *NodePopulation) Attr(row int, column string) (Value, bool) {
	g := groupOf(p.groups, p.GroupID[row])
	if p.groups[g].has(column) {
		if c := p.load(p.GroupID[row], column); c != nil {
			return c.value(int(p.GroupIndex[row]))
		}
		return Value{}, false
	}
	return p.Types.Lookup(p.TypeID[row], column)
}

// Position returns the position of the node in a row in µm: "positions" or
// "position" (N×3) of its group, else x, y, z, each 0 where absent.
func (p *NodePopulation) Position(row int) [3]float64 {
	var out [3]float64
	for _, name := range []string{"positions", "position"} {
		c := p.load(p.GroupID[row], name)
		if c == nil || c.floats == nil && c.ints == nil {
			continue
		}
		at := int(p.GroupIndex[row]) * c.width
		for k := 0; k < min(3, c.width); k++ {
			if c.floats != nil {
				out[k] = c.floats[at+k]
			} else {
				out[k] = float64(c.ints[at+k])
			}
		}
		return out
	}
	for k, name := range []string{"x", "y", "z"} {
		if v, ok := p.Attr(row, name); ok {
			out[k], _ = v.Float()
		}
	}
	return out
}

// Floats returns a column for every row of the population, NaN where it is
// missing or not a number; false when no row has the column.
func (p *NodePopulation) Floats(column string) ([]float64, bool) {
	out := make([]float64, p.Len())
	found := false
	for i := range out {
		out[i] = math.NaN()
		if v, ok := p.Attr(i, column); ok {
			found = true
			if f, ok := v.Float(); ok {
				out[i] = f
			}
		}
	}
	return out, found
}
