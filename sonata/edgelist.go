package sonata

import (
	"fmt"
	"slices"
	"sync"

	"netsim/internal/h5"
)

// Edges are the edges of some targets, sorted by the position of the target
// in the list asked for, then in index order. Methods may be called from
// several goroutines.
type Edges struct {
	Population *EdgePopulation
	ID         []uint64 // edge ids: rows of the file
	SourceID   []uint64
	TargetID   []uint64
	TypeID     []int64
	GroupID    []int64
	GroupIndex []uint64
	First      []int // edges First[k] to First[k+1] are those of target k of the list

	typeRow []int32        // row of the types table of each edge; nil without a table
	members []groupMembers // by group of the population
	slot    []int32        // place of each edge among the members of its group; nil when that is i
	group   []uint16       // group of each edge; nil when all are in the only group used
	only    int            // the group when group is nil
	columns sync.Map       // name → *EdgeColumn
	mu      sync.Mutex     // one reader of columns at a time
	errs    struct {
		sync.Mutex
		first error
	}
}

// groupMembers are the group indices of the edges of one group.
type groupMembers struct {
	count int
	plan  *readPlan // made when the first column is read
}

// Len returns the number of edges.
func (e *Edges) Len() int { return len(e.ID) }

// read reads the fixed datasets of the planned edges and checks every row.
func (e *Edges) read(f *h5.File, plan *readPlan) error {
	p := e.Population
	root := p.root()
	e.ID = make([]uint64, 0, plan.rows)
	for _, r := range plan.wanted {
		for id := r.Begin; id < r.End; id++ {
			e.ID = append(e.ID, id)
		}
	}
	var err error
	if e.SourceID, err = fetchFrom[uint64](f, root+"/source_node_id", plan); err != nil {
		return err
	}
	if e.TargetID, err = fetchFrom[uint64](f, root+"/target_node_id", plan); err != nil {
		return err
	}
	if e.TypeID, err = fetchFrom[int64](f, root+"/edge_type_id", plan); err != nil {
		return err
	}
	if p.grouped {
		if e.GroupID, err = fetchFrom[int64](f, root+"/edge_group_id", plan); err != nil {
			return err
		}
		if e.GroupIndex, err = fetchFrom[uint64](f, root+"/edge_group_index", plan); err != nil {
			return err
		}
	} else {
		e.GroupID = make([]int64, len(e.ID))
		for i := range e.GroupID {
			e.GroupID[i] = p.groups[0].id
		}
		e.GroupIndex = append([]uint64(nil), e.ID...)
	}
	if err := e.checkTypes(root); err != nil {
		return err
	}
	if err := e.checkGroups(root); err != nil {
		return err
	}
	if e.group == nil && len(e.ID) > 0 && slices.Equal(e.GroupIndex, e.ID) {
		e.members[e.only].plan = plan // the usual file: one group, in edge order
	}
	return nil
}

func fetchFrom[T h5.Number](f *h5.File, path string, plan *readPlan) ([]T, error) {
	d, err := f.Dataset(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return fetch[T](d, plan)
}

func (e *Edges) checkTypes(root string) error {
	types := e.Population.Types
	if types == nil {
		return nil
	}
	e.typeRow = make([]int32, len(e.TypeID))
	last, row := int64(0), -1
	for i, t := range e.TypeID {
		if row < 0 || t != last {
			r, ok := types.row[t]
			if !ok {
				return e.Population.fault("%s/edge_type_id: row %d: type %d is not in %s", root, e.ID[i], t, e.Population.TypesFile)
			}
			last, row = t, r
		}
		e.typeRow[i] = int32(row)
	}
	return nil
}

func (e *Edges) checkGroups(root string) error {
	groups := e.Population.groups
	e.members = make([]groupMembers, len(groups))
	if len(e.ID) == 0 {
		return nil
	}
	if len(groups) > 1<<16 {
		return e.Population.fault("%s has %d groups", root, len(groups))
	}
	mixed := false
	k := -1
	for i, id := range e.GroupID {
		if k < 0 || id != groups[k].id {
			if k = groupOf(groups, id); k < 0 {
				return e.Population.fault("%s/edge_group_id: row %d: there is no group %d", root, e.ID[i], id)
			}
			if !mixed && i > 0 {
				mixed = true
				e.group, e.slot = make([]uint16, len(e.ID)), make([]int32, len(e.ID))
				for j := 0; j < i; j++ {
					e.group[j], e.slot[j] = uint16(e.only), int32(j)
				}
			}
			if i == 0 {
				e.only = k
			}
		}
		if g := groups[k]; g.rows >= 0 && e.GroupIndex[i] >= uint64(g.rows) {
			return e.Population.fault("%s/edge_group_index: row %d: index %d, but group %d has %d rows", root, e.ID[i], e.GroupIndex[i], g.id, g.rows)
		}
		if mixed {
			e.group[i], e.slot[i] = uint16(k), int32(e.members[k].count)
		}
		e.members[k].count++
	}
	return nil
}

// at returns the group of edge i and its place among the group's members.
func (e *Edges) at(i int) (group, slot int) {
	if e.group == nil {
		return e.only, i
	}
	return int(e.group[i]), int(e.slot[i])
}

// planOf is the plan for the columns of group k.
func (e *Edges) planOf(k int) *readPlan {
	m := &e.members[k]
	if m.plan == nil {
		rows := e.GroupIndex
		if e.group != nil {
			rows = make([]uint64, 0, m.count)
			for i, g := range e.group {
				if int(g) == k {
					rows = append(rows, e.GroupIndex[i])
				}
			}
		}
		m.plan = planRows(rows)
	}
	return m.plan
}

// An EdgeColumn is one attribute of all edges of an Edges, resolved once: for
// each group its dataset of that name, else the column of the types table.
type EdgeColumn struct {
	edges   *Edges
	byGroup []*column // nil where the group has no such dataset
	types   []Value   // the column of the types table by its rows; nil when absent
}

// Column returns an attribute for loops over many edges, reading it if need
// be. A column that nothing has gives an EdgeColumn without values.
func (e *Edges) Column(name string) (*EdgeColumn, error) {
	if c, ok := e.columns.Load(name); ok {
		return c.(*EdgeColumn), nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c, ok := e.columns.Load(name); ok {
		return c.(*EdgeColumn), nil
	}
	p := e.Population
	c := &EdgeColumn{edges: e, byGroup: make([]*column, len(p.groups))}
	if p.Types.HasColumn(name) {
		c.types = p.Types.cells[p.Types.column[name]]
	}
	var f *h5.File
	for k, g := range p.groups {
		if e.members[k].count == 0 || !g.has(name) {
			continue
		}
		var err error
		if f == nil {
			if f, err = h5.Open(p.File); err != nil {
				return nil, err
			}
			defer f.Close()
		}
		if c.byGroup[k], err = readColumn(f, g, name, e.planOf(k)); err != nil {
			return nil, err
		}
	}
	e.columns.Store(name, c)
	return c, nil
}

// Value returns the attribute of edge i; false when neither the edge's group
// nor the types table has the column.
func (c *EdgeColumn) Value(i int) (Value, bool) {
	g, slot := c.edges.at(i)
	if d := c.byGroup[g]; d != nil {
		return d.value(slot)
	}
	if c.types != nil && c.edges.typeRow != nil {
		return c.types[c.edges.typeRow[i]], true
	}
	return Value{}, false
}

// Float returns the number of edge i; false when missing or not a number.
func (c *EdgeColumn) Float(i int) (float64, bool) {
	g, slot := c.edges.at(i)
	if d := c.byGroup[g]; d != nil {
		return d.float(slot)
	}
	if c.types != nil && c.edges.typeRow != nil {
		return c.types[c.edges.typeRow[i]].Float()
	}
	return 0, false
}

// Int returns the whole number of edge i; false when missing or not one.
func (c *EdgeColumn) Int(i int) (int64, bool) {
	g, slot := c.edges.at(i)
	if d := c.byGroup[g]; d != nil {
		return d.int(slot)
	}
	if c.types != nil && c.edges.typeRow != nil {
		return c.types[c.edges.typeRow[i]].Int()
	}
	return 0, false
}

// GroupHasColumn is EdgePopulation.GroupHasColumn.
func (e *Edges) GroupHasColumn(group int64, column string) bool {
	return e.Population.GroupHasColumn(group, column)
}

// Load reads columns now, so that their look-ups cannot fail later. A column
// that nothing has is not an error.
func (e *Edges) Load(columns ...string) error {
	for _, name := range columns {
		if _, err := e.Column(name); err != nil {
			return err
		}
	}
	return nil
}

func (e *Edges) demand(name string) *EdgeColumn {
	c, err := e.Column(name)
	if err != nil {
		e.errs.Lock()
		if e.errs.first == nil {
			e.errs.first = fmt.Errorf("column %q: %w", name, err)
		}
		e.errs.Unlock()
		return nil
	}
	return c
}

// Float returns a number of edge i; false when missing, not a number or no such column.
func (e *Edges) Float(i int, column string) (float64, bool) {
	if c := e.demand(column); c != nil {
		return c.Float(i)
	}
	return 0, false
}

// Int returns a whole number of edge i; false when missing, not whole or no such column.
func (e *Edges) Int(i int, column string) (int64, bool) {
	if c := e.demand(column); c != nil {
		return c.Int(i)
	}
	return 0, false
}

// Attr returns an attribute of edge i: the dataset of its group, else the
// column of the types table; false when there is neither.
func (e *Edges) Attr(i int, column string) (Value, bool) {
	if c := e.demand(column); c != nil {
		return c.Value(i)
	}
	return Value{}, false
}

// Err returns the first error met while Float, Int or Attr read a column on demand.
func (e *Edges) Err() error {
	e.errs.Lock()
	defer e.errs.Unlock()
	return e.errs.first
}
