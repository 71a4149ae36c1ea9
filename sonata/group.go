package sonata

import (
	"fmt"
	"slices"
	"strconv"

	"netsim/internal/h5"
)

// attributeGroup is one numbered group of a population.
type attributeGroup struct {
	id      int64
	path    string
	columns []string // datasets directly in the group, sorted
	rows    int      // of every column; -1 when there is none
}

func (g *attributeGroup) has(column string) bool {
	_, ok := slices.BinarySearch(g.columns, column)
	return ok
}

// openGroups finds the children of a population whose names are digits.
func openGroups(f *h5.File, population string) ([]*attributeGroup, error) {
	names, err := f.Groups(population)
	if err != nil {
		return nil, err
	}
	var out []*attributeGroup
	for _, n := range names {
		id, err := strconv.ParseUint(n, 10, 63)
		if err != nil {
			continue
		}
		g := &attributeGroup{id: int64(id), path: population + "/" + n, rows: -1}
		if g.columns, err = f.Datasets(g.path); err != nil {
			return nil, err
		}
		for _, c := range g.columns {
			shape, err := f.Shape(g.path + "/" + c)
			if err != nil {
				return nil, err
			}
			rows := 1
			if len(shape) > 0 {
				rows = shape[0]
			}
			if g.rows < 0 {
				g.rows = rows
			} else if rows != g.rows {
				return nil, fmt.Errorf("could not read %s: %s/%s has %d rows, %s/%s has %d", f.Path(), g.path, c, rows, g.path, g.columns[0], g.rows)
			}
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *attributeGroup) int { return int(a.id - b.id) })
	return out, nil
}

func groupOf(groups []*attributeGroup, id int64) int {
	for k, g := range groups {
		if g.id == id {
			return k
		}
	}
	return -1
}

func groupIDs(groups []*attributeGroup) []int64 {
	out := make([]int64, len(groups))
	for k, g := range groups {
		out[k] = g.id
	}
	return out
}

// column is one dataset of a group, or the part of it that was asked for:
// exactly one of the slices holds values.
type column struct {
	floats  []float64
	ints    []int64
	strings []string
	width   int // values per row: 3 for positions
}

// readColumn reads a dataset of a group, all rows when plan is nil. Integers
// with a text for each number in <group>/@library/<column> become strings.
func readColumn(f *h5.File, g *attributeGroup, name string, plan *readPlan) (*column, error) {
	d, err := f.Dataset(g.path + "/" + name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if plan == nil {
		plan = newPlan([]h5.Range{{Begin: 0, End: uint64(d.Rows())}})
	}
	c := &column{width: d.RowLen()}
	switch d.Class() {
	case h5.Float:
		c.floats, err = fetch[float64](d, plan)
	case h5.Integer, h5.Enum:
		c.ints, err = fetch[int64](d, plan)
		if library := g.path + "/@library/" + name; err == nil && f.IsDataset(library) {
			c.strings, err = throughLibrary(f, library, d.Path(), c.ints)
			c.ints = nil
		}
	case h5.String:
		c.strings, err = fetchStrings(d, plan)
	default:
		err = fmt.Errorf("could not read %s: %s: %v cannot be an attribute", f.Path(), d.Path(), d.Class())
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

func throughLibrary(f *h5.File, library, path string, codes []int64) ([]string, error) {
	words, err := f.ReadStrings(library)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(codes))
	for i, k := range codes {
		if k < 0 || k >= int64(len(words)) {
			return nil, fmt.Errorf("could not read %s: %s: value %d, but %s has %d entries", f.Path(), path, k, library, len(words))
		}
		out[i] = words[k]
	}
	return out, nil
}

func (c *column) value(i int) (Value, bool) {
	if c.width != 1 {
		return Value{}, false
	}
	switch {
	case c.floats != nil:
		return FloatValue(c.floats[i]), true
	case c.ints != nil:
		return IntValue(c.ints[i]), true
	case c.strings != nil:
		return StringValue(c.strings[i]), true
	}
	return Value{}, false
}

func (c *column) float(i int) (float64, bool) {
	switch {
	case c.width != 1:
	case c.floats != nil:
		return c.floats[i], true
	case c.ints != nil:
		return float64(c.ints[i]), true
	}
	return 0, false
}

func (c *column) int(i int) (int64, bool) {
	switch {
	case c.width != 1:
	case c.ints != nil:
		return c.ints[i], true
	case c.floats != nil:
		return FloatValue(c.floats[i]).Int()
	}
	return 0, false
}

// populations lists the populations under root ("/nodes", "/edges") of a file.
func populations(f *h5.File, root string) ([]string, error) {
	if !f.IsGroup(root) {
		return nil, &h5.Error{Op: "read", File: f.Path(), Path: root, Kind: h5.ErrMissing}
	}
	return f.Groups(root)
}
