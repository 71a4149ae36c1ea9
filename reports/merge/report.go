package merge

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"netsim/reports/part"
	"netsim/sonata"
)

// blockBytes bounds the memory of a merge: this many bytes of rows are in
// hand at a time. The size of a block follows from the report's columns alone,
// so the file is written by the same calls for any number of ranks.
const blockBytes = 32 << 20

// chunkRows is the number of rows of a compressed chunk in a file of several
// populations. Blocks are multiples of it where they can, so that a chunk is
// compressed once.
const chunkRows = 64

// column is a cell's place: its elements in a rank's rows and in the file.
type column struct {
	rank, from int // first element in the rows of the rank
	node       *part.Node
}

// group is one population of a report.
type group struct {
	name    string
	cells   []column // ascending node id
	columns int
	runs    [][]run // by rank: how its elements go into a row of the group
}

// run is some elements that are neighbours in the part and in the file.
type run struct{ from, to, n int }

func (j *job) report(index int, stretches []stretch) error {
	spec := j.m.Reports[index]
	layouts := make([][]*group, len(stretches))
	total := uint64(0)
	for k, s := range stretches {
		var err error
		if layouts[k], err = arrange(s.states); err != nil {
			return err
		}
		if k > 0 && !slices.EqualFunc(layouts[0], layouts[k], sameLayout) {
			return fmt.Errorf("what generation %d of the parts recorded is not what generation %d did", s.Number, stretches[0].Number)
		}
		if total += s.count; total > uint64(spec.Rows) {
			return fmt.Errorf("%d rows were recorded; it has room for %d", total, spec.Rows)
		}
	}
	rows := int(total)
	out := Report{Name: spec.Name, File: part.Resolve(j.dir, spec.File), Rows: rows, Of: spec.Rows}
	for _, g := range layouts[0] {
		out.Nodes += len(g.cells)
		out.Elements += g.columns
	}
	if err := j.write(spec.File, func(tmp string) error { return j.writeReport(tmp, index, rows, layouts, stretches) }); err != nil {
		return err
	}
	j.sum.Reports = append(j.sum.Reports, out)
	return nil
}

// sameLayout tells whether two generations recorded the same elements of a population.
func sameLayout(a, b *group) bool {
	return a.name == b.name && slices.EqualFunc(a.cells, b.cells, func(x, y column) bool {
		return x.node.ID == y.node.ID && slices.Equal(x.node.ElementIDs, y.node.ElementIDs) && slices.Equal(x.node.ElementPos, y.node.ElementPos)
	})
}

// arrange puts the cells of all ranks in their final order.
func arrange(states []part.State) ([]*group, error) {
	byName := map[string]*group{}
	for rank, s := range states {
		from := 0
		for i := range s.Header.Nodes {
			n := &s.Header.Nodes[i]
			g := byName[n.Population]
			if g == nil {
				g = &group{name: n.Population, runs: make([][]run, len(states))}
				byName[n.Population] = g
			}
			g.cells = append(g.cells, column{rank, from, n})
			g.columns += len(n.ElementIDs)
			from += len(n.ElementIDs)
		}
	}
	groups := make([]*group, 0, len(byName))
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		g := byName[name]
		slices.SortFunc(g.cells, func(a, b column) int { return cmp.Compare(a.node.ID, b.node.ID) })
		to := 0
		for i, c := range g.cells {
			if i > 0 && g.cells[i-1].node.ID == c.node.ID {
				return nil, fmt.Errorf("node %d of %q is on rank %d and on rank %d", c.node.ID, name, g.cells[i-1].rank, c.rank)
			}
			if err := sameExtra(g.cells[0].node, c.node); err != nil {
				return nil, err
			}
			n := len(c.node.ElementIDs)
			g.runs[c.rank] = extend(g.runs[c.rank], run{c.from, to, n})
			to += n
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// extend appends a run, joined to the last where it goes on from it.
func extend(runs []run, r run) []run {
	if k := len(runs) - 1; k >= 0 && runs[k].from+runs[k].n == r.from && runs[k].to+runs[k].n == r.to {
		runs[k].n += r.n
		return runs
	}
	return append(runs, r)
}

func sameExtra(a, b *part.Node) error {
	ka, kb := slices.Sorted(maps.Keys(a.Extra)), slices.Sorted(maps.Keys(b.Extra))
	if !slices.Equal(ka, kb) {
		return fmt.Errorf("node %d of %q has the columns %v, node %d has %v", a.ID, a.Population, ka, b.ID, kb)
	}
	return nil
}

// mapping is the SONATA mapping of a group.
func (g *group) mapping(time [3]float64) sonata.ReportMapping {
	m := sonata.ReportMapping{Time: time, IndexPointer: []uint64{0}}
	for _, c := range g.cells {
		m.NodeIDs = append(m.NodeIDs, c.node.ID)
		m.ElementIDs = append(m.ElementIDs, c.node.ElementIDs...)
		m.ElementPos = append(m.ElementPos, c.node.ElementPos...)
		m.IndexPointer = append(m.IndexPointer, uint64(len(m.ElementIDs)))
		for key, v := range c.node.Extra {
			if m.Extra == nil {
				m.Extra = map[string][]int64{}
			}
			m.Extra[key] = append(m.Extra[key], v...)
		}
	}
	return m
}

// writeReport streams the rows of all ranks into the file, generation after generation.
func (j *job) writeReport(tmp string, index, rows int, layouts [][]*group, stretches []stretch) (err error) {
	spec := j.m.Reports[index]
	time := [3]float64{spec.Start, spec.End, spec.Dt}
	if rows < spec.Rows {
		time[1] = spec.Start + float64(rows)*spec.Dt // the run ended early
	}
	groups := layouts[0]
	file, err := createReport(tmp, spec, rows, time, groups)
	if err != nil {
		return err
	}
	defer func() {
		if e := file.close(); err == nil {
			err = e
		}
	}()

	total := 0
	for _, g := range groups {
		total += g.columns
	}
	block := max(1, blockBytes/(8*max(total, 1)))
	if block > chunkRows {
		block -= block % chunkRows
	}
	block = min(block, rows)
	out := make([][]float64, len(groups))
	for i, g := range groups {
		out[i] = make([]float64, block*g.columns)
	}
	filled, left := 0, rows // rows in out, and not yet in it
	for k, s := range stretches {
		src, err := j.openStretch(s, index, layouts[k], block)
		if err != nil {
			return err
		}
		defer src.close()
		for n := int(s.count); n > 0; {
			m := min(n, block-filled)
			if err := src.read(out, filled, m); err != nil {
				return err
			}
			filled, n, left = filled+m, n-m, left-m
			if filled < block && left > 0 {
				continue
			}
			for i, g := range groups {
				if err := file.append(i, out[i][:filled*g.columns]); err != nil {
					return err
				}
			}
			filled = 0
		}
	}
	return nil
}

// source reads the rows of one generation.
type source struct {
	files  []*part.Reader
	rows   []*part.RowReader
	widths []int
	groups []*group
	in     []float64
}

func (j *job) openStretch(s stretch, index int, groups []*group, block int) (*source, error) {
	src := &source{groups: groups}
	widest := 0
	for rank, state := range s.states {
		r, err := part.Open(j.path(s.generation, rank, index))
		if err != nil {
			src.close()
			return nil, err
		}
		width := part.Columns(state.Header.Nodes)
		src.files, src.rows, src.widths = append(src.files, r), append(src.rows, part.NewRowReader(r, width)), append(src.widths, width)
		widest = max(widest, width)
	}
	src.in = make([]float64, block*widest)
	return src, nil
}

func (s *source) close() {
	for _, f := range s.files {
		f.Close()
	}
}

// read puts n rows of all ranks into the groups' rows, from row at on.
func (s *source) read(out [][]float64, at, n int) error {
	for rank, p := range s.rows {
		if s.widths[rank] == 0 {
			continue
		}
		if err := p.Read(s.in, n); err != nil {
			return err
		}
		for i, g := range s.groups {
			g.scatter(out[i][at*g.columns:], s.in, s.widths[rank], rank, n)
		}
	}
	return nil
}

// scatter copies n rows of one rank into rows of the group.
func (g *group) scatter(dst, src []float64, width, rank, n int) {
	for k := range n {
		for _, r := range g.runs[rank] {
			copy(dst[k*g.columns+r.to:][:r.n], src[k*width+r.from:])
		}
	}
}
