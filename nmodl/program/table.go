package program

import (
	"encoding/binary"
	"math"
)

// BuildTable fills table number i from the mechanism's globals.
func BuildTable(m *Mechanism, i int, globals []float64) (TableData, error) {
	return BuildTableFor(m, i, globals, nil)
}

// BuildTableFor fills a table that depends on columns of an instance.
func BuildTableFor(m *Mechanism, i int, globals, columns []float64) (TableData, error) {
	t := &m.Tables[i]
	in := &Instance{Globals: globals, Columns: columns, Args: []float64{0}}
	// A table may look others up; those have smaller numbers.
	for _, code := range []*Code{t.Bounds, t.Build} {
		for k := range code.Instrs {
			if s := code.Instrs[k].Src[1]; code.Instrs[k].Op == OpTable {
				for len(in.Tables) <= int(s.Idx) {
					in.Tables = append(in.Tables, TableData{})
				}
				inner, err := BuildTableFor(m, int(s.Idx), globals, columns)
				if err != nil {
					return TableData{}, err
				}
				in.Tables[s.Idx] = inner
			}
		}
	}
	size := max(t.Build.Regs, t.Bounds.Regs, len(t.Outputs), 2)
	in.regs = make([]float64, size)
	if err := Run(t.Bounds, m, in); err != nil {
		return TableData{}, err
	}
	d := TableData{From: in.regs[0], To: in.regs[1], N: t.N, Values: make([][]float64, len(t.Outputs))}
	dx := (d.To - d.From) / float64(t.N)
	d.Factor = 1 / dx
	for o := range d.Values {
		d.Values[o] = make([]float64, t.N+1)
	}
	x := d.From
	for row := 0; row <= t.N; row++ {
		in.Args[0] = x
		if err := Run(t.Build, m, in); err != nil {
			return TableData{}, err
		}
		for o := range d.Values {
			d.Values[o][row] = in.regs[o]
		}
		x += dx
	}
	return d, nil
}

// TableCache holds the tables of a mechanism, one for each combination of the values that rows are made of.
type TableCache struct {
	built map[string]*TableData
}

// For returns table i for an instance whose columns get returns.
func (c *TableCache) For(m *Mechanism, i int, globals []float64, get func(col int32) float64) (*TableData, error) {
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
	if c.built == nil || len(c.built) >= maxTables {
		c.built = map[string]*TableData{}
	}
	c.built[string(key)] = &d
	return &d, nil
}

// maxTables bounds a cache: a table whose rows depend on what changes all the time is filled anew all the time.
const maxTables = 4096
