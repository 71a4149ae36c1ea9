package program

import (
	"encoding/binary"
	"math"
)

// BuildTables fills the tables of a mechanism from its globals; those that depend on columns are nil.
func BuildTables(m *Mechanism, globals []float64) ([]*TableData, error) {
	b := newTableBuilder(m, globals, nil)
	out := make([]*TableData, len(m.Tables))
	for i := range m.Tables {
		if len(m.Tables[i].DependCols) > 0 {
			continue
		}
		var err error
		if out[i], err = b.build(i); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// BuildTableFor fills table number i, which may depend on columns of an instance.
func BuildTableFor(m *Mechanism, i int, globals, columns []float64) (*TableData, error) {
	return newTableBuilder(m, globals, columns).build(i)
}

// tableBuilder fills tables for one set of values, each once: they may look each other up.
type tableBuilder struct {
	m     *Mechanism
	in    Instance // its turns go on from row to row: one limit for all
	built []*TableData
}

func newTableBuilder(m *Mechanism, globals, columns []float64) *tableBuilder {
	return &tableBuilder{m: m, built: make([]*TableData, len(m.Tables)),
		in: Instance{Globals: globals, Columns: columns, Args: []float64{0}, Tables: make([]TableData, len(m.Tables))}}
}

func (b *tableBuilder) build(i int) (*TableData, error) {
	if b.built[i] != nil {
		return b.built[i], nil
	}
	t := &b.m.Tables[i]
	// What a table looks up has a smaller number.
	for _, code := range []*Code{t.Bounds, t.Build} {
		for k := range code.Instrs {
			if s := code.Instrs[k].Src[1]; code.Instrs[k].Op == OpTable {
				inner, err := b.build(int(s.Idx))
				if err != nil {
					return nil, err
				}
				b.in.Tables[s.Idx] = *inner
			}
		}
	}
	in := &b.in
	if size := max(t.Build.Regs, t.Bounds.Regs, len(t.Outputs), 2); len(in.regs) < size {
		in.regs = make([]float64, size)
	}
	if err := in.run(t.Bounds, b.m); err != nil {
		return nil, err
	}
	d := &TableData{From: in.regs[0], To: in.regs[1], N: t.N, Values: make([][]float64, len(t.Outputs))}
	dx := (d.To - d.From) / float64(t.N)
	d.Factor = 1 / dx
	for o := range d.Values {
		d.Values[o] = make([]float64, t.N+1)
	}
	x := d.From
	for row := 0; row <= t.N; row++ {
		in.Args[0] = x
		if err := in.run(t.Build, b.m); err != nil {
			return nil, err
		}
		for o := range d.Values {
			d.Values[o][row] = in.regs[o]
		}
		x += dx
	}
	b.built[i] = d
	return d, nil
}

// TableCache holds the tables of a mechanism, one for each combination of the values that rows are made of.
type TableCache struct {
	built  map[string]*TableData
	values int         // in all tables
	last   []lastTable // by table: the one that was asked for last
}

// lastTable is a table and the values of DependCols that it was filled for.
type lastTable struct {
	of   []float64
	data *TableData
}

// same tells whether an instance asks for this table again.
func (l *lastTable) same(cols []int32, get func(col int32) float64) bool {
	if l.data == nil {
		return false
	}
	for k, col := range cols {
		if math.Float64bits(l.of[k]) != math.Float64bits(get(col)) {
			return false
		}
	}
	return true
}

// For returns table i for an instance whose columns get returns.
func (c *TableCache) For(m *Mechanism, i int, globals []float64, get func(col int32) float64) (*TableData, error) {
	cols := m.Tables[i].DependCols
	for len(c.last) <= i {
		c.last = append(c.last, lastTable{})
	}
	if l := &c.last[i]; l.same(cols, get) {
		return l.data, nil
	}
	d, err := c.find(m, i, globals, get)
	if err == nil {
		l := &c.last[i]
		l.data, l.of = d, l.of[:0]
		for _, col := range cols {
			l.of = append(l.of, get(col))
		}
	}
	return d, err
}

func (c *TableCache) find(m *Mechanism, i int, globals []float64, get func(col int32) float64) (*TableData, error) {
	key := make([]byte, 0, 8*(len(m.Tables[i].DependCols)+1))
	key = binary.LittleEndian.AppendUint64(key, uint64(i))
	for _, col := range m.Tables[i].DependCols {
		key = binary.LittleEndian.AppendUint64(key, math.Float64bits(get(col)))
	}
	if d := c.built[string(key)]; d != nil {
		return d, nil
	}
	columns := make([]float64, len(m.Columns))
	for _, col := range m.Tables[i].DependCols {
		columns[col] = get(col)
	}
	d, err := BuildTableFor(m, i, globals, columns)
	if err != nil {
		return nil, err
	}
	size := len(d.Values) * (d.N + 1)
	if c.built == nil || c.values+size > maxValues {
		c.built, c.values = map[string]*TableData{}, 0
	}
	c.built[string(key)] = d
	c.values += size
	return d, nil
}

// maxValues bounds a cache: a table whose rows depend on what changes all the time is filled anew all the time.
const maxValues = 1 << 22
