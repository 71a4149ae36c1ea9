package sonata

import (
	"fmt"

	"netsim/internal/h5"
)

// EdgePopulation is one /edges/<name> of an edges file with its types table.
// Opening it reads no edges.
type EdgePopulation struct {
	Name      string
	File      string
	TypesFile string
	Types     *TypeTable // nil when there is no types file
	Source    string     // attribute node_population of source_node_id; "" when absent
	Target    string     // attribute node_population of target_node_id; "" when absent
	Count     uint64     // number of edges
	HasIndex  bool       // the index target_to_source is present

	groups  []*attributeGroup
	index   string // path of target_to_source; "" when absent
	grouped bool   // edge_group_id and edge_group_index are present
}

// OpenEdges opens all edge populations of a file, in alphabetical order.
// typesFile may be "". Absent edge_group_id and edge_group_index mean that
// all edges stand in the only group, in order.
func OpenEdges(h5file, typesFile string) ([]*EdgePopulation, error) {
	var types *TypeTable
	var err error
	if typesFile != "" {
		if types, err = ReadTypes(typesFile, "edge_type_id"); err != nil {
			return nil, err
		}
	}
	f, err := h5.Open(h5file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := populations(f, "/edges")
	if err != nil {
		return nil, err
	}
	var out []*EdgePopulation
	for _, n := range names {
		p := &EdgePopulation{Name: n, File: h5file, TypesFile: typesFile, Types: types}
		if err := p.open(f); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func (p *EdgePopulation) root() string { return "/edges/" + p.Name }

func (p *EdgePopulation) fault(format string, a ...any) error {
	return fmt.Errorf("could not read edges of %s: "+format, append([]any{p.File}, a...)...)
}

func (p *EdgePopulation) open(f *h5.File) error {
	root := p.root()
	var err error
	if p.groups, err = openGroups(f, root); err != nil {
		return err
	}
	if p.grouped, err = hasGrouping(f, root, "edge", p.groups); err != nil {
		return err
	}
	need := []string{"target_node_id", "source_node_id", "edge_type_id"}
	if p.grouped {
		need = append(need, "edge_group_id", "edge_group_index")
	}
	for k, name := range need {
		shape, err := f.Shape(root + "/" + name)
		if err != nil {
			return err
		}
		if len(shape) != 1 {
			return p.fault("%s/%s has shape %v, wanted one dimension", root, name, shape)
		}
		if k == 0 {
			p.Count = uint64(shape[0])
		} else if uint64(shape[0]) != p.Count {
			return p.fault("%s/%s has %d rows, target_node_id has %d", root, name, shape[0], p.Count)
		}
	}
	if !p.grouped && p.groups[0].rows >= 0 && uint64(p.groups[0].rows) != p.Count {
		return p.fault("group %s has %d rows, target_node_id has %d", p.groups[0].path, p.groups[0].rows, p.Count)
	}
	if p.Source, err = populationOf(f, root+"/source_node_id"); err != nil {
		return err
	}
	if p.Target, err = populationOf(f, root+"/target_node_id"); err != nil {
		return err
	}
	for _, word := range []string{"indices", "indicies"} {
		path := root + "/" + word + "/target_to_source"
		if f.IsGroup(path) {
			p.index, p.HasIndex = path, true
			break
		}
	}
	return nil
}

func populationOf(f *h5.File, path string) (string, error) {
	if !f.HasAttribute(path, "node_population") {
		return "", nil
	}
	return f.AttributeString(path, "node_population")
}

// Groups returns the ids of the groups, ascending.
func (p *EdgePopulation) Groups() []int64 { return groupIDs(p.groups) }

// Columns returns the names of the datasets of a group, sorted.
func (p *EdgePopulation) Columns(group int64) []string {
	if k := groupOf(p.groups, group); k >= 0 {
		return append([]string(nil), p.groups[k].columns...)
	}
	return nil
}

// GroupHasColumn reports whether edges of the group have the column: as a
// dataset of the group, else as a column of the types table.
func (p *EdgePopulation) GroupHasColumn(group int64, column string) bool {
	k := groupOf(p.groups, group)
	return k >= 0 && p.groups[k].has(column) || p.Types.HasColumn(column)
}

// ReadForTargets reads the edges of the given target ids: through the index
// target_to_source when the file has one, else by one pass over all targets.
// The edges stand target by target in the order of the list, those of one
// target in index order (rows of range_to_edge_id in order, edge ids ascending
// within a row). A target beyond the index has no edges. Attributes are read
// when first asked for, or by Edges.Load. A target listed twice is an error.
func (p *EdgePopulation) ReadForTargets(targets []uint64) (*Edges, error) {
	return p.read(targets, p.HasIndex)
}

func (p *EdgePopulation) read(targets []uint64, indexed bool) (*Edges, error) {
	f, err := h5.Open(p.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	place := make(map[uint64]int32, len(targets))
	for i, t := range targets {
		if k, twice := place[t]; twice {
			return nil, p.fault("target %d is asked for twice, at %d and %d", t, k, i)
		}
		place[t] = int32(i)
	}
	e := &Edges{Population: p, First: make([]int, len(targets)+1)}
	var ranges []h5.Range
	if indexed {
		ranges, err = p.indexRanges(f, targets, e.First)
	} else {
		ranges, err = p.scanRanges(f, place, e.First)
	}
	if err != nil {
		return nil, err
	}
	if err := e.read(f, newPlan(ranges)); err != nil {
		return nil, err
	}
	for k, t := range targets {
		for i := e.First[k]; i < e.First[k+1]; i++ {
			if e.TargetID[i] != t {
				return nil, p.fault("%s leads from target %d to edge %d, whose target is %d", p.index, t, e.ID[i], e.TargetID[i])
			}
		}
	}
	return e, nil
}

// indexRanges finds the edges of the targets in the index, and in first the
// number of edges before each target.
func (p *EdgePopulation) indexRanges(f *h5.File, targets []uint64, first []int) ([]h5.Range, error) {
	nodes, err := f.Dataset(p.index + "/node_id_to_range")
	if err != nil {
		return nil, err
	}
	edges, err := f.Dataset(p.index + "/range_to_edge_id")
	if err != nil {
		return nil, err
	}
	for _, d := range []*h5.Dataset{nodes, edges} {
		if s := d.Shape(); len(s) != 2 || s[1] != 2 {
			return nil, p.fault("%s has shape %v, wanted two columns", d.Path(), s)
		}
	}
	var known []uint64 // targets within the index
	for _, t := range targets {
		if t < uint64(nodes.Rows()) {
			known = append(known, t)
		}
	}
	spans, err := fetchRanges(nodes, planRows(known), uint64(edges.Rows()), func(i int) uint64 { return known[i] })
	if err != nil {
		return nil, p.fault("%w", err)
	}
	if !within(spans, uint64(edges.Rows())) {
		return nil, p.fault("%s leads to more rows than there are: its ranges overlap", nodes.Path())
	}
	plan := newPlan(spans)
	rowOf := func(i int) uint64 {
		for _, s := range spans {
			if n := int(s.End - s.Begin); i >= n {
				i -= n
			} else {
				return s.Begin + uint64(i)
			}
		}
		return 0
	}
	ranges, err := fetchRanges(edges, plan, p.Count, rowOf)
	if err != nil {
		return nil, p.fault("%w", err)
	}
	if !within(ranges, p.Count) {
		return nil, p.fault("%s leads to more edges than there are: its ranges overlap", edges.Path())
	}
	at, total := 0, 0
	k := 0
	for i, t := range targets {
		first[i] = total
		if t >= uint64(nodes.Rows()) {
			continue
		}
		for n := int(spans[k].End - spans[k].Begin); n > 0; n-- {
			total += int(ranges[at].End - ranges[at].Begin)
			at++
		}
		k++
	}
	first[len(targets)] = total
	return ranges, nil
}

// within reports whether ranges have about as many rows together as there are: a damaged index that names the same rows
// again and again would take memory without end. A few too many are found later, with the edge that has two targets.
func within(ranges []h5.Range, rows uint64) bool {
	rows += 1 << 16
	for _, r := range ranges {
		n := r.End - r.Begin
		if n > rows {
			return false
		}
		rows -= n
	}
	return true
}

// fetchRanges reads rows of [begin, end) pairs and checks them against the
// number of things they point to; rowOf names a row in errors. An empty range
// may have any value, -1 included.
func fetchRanges(d *h5.Dataset, plan *readPlan, limit uint64, rowOf func(int) uint64) ([]h5.Range, error) {
	var flat []uint64
	if d.Signed() {
		signed, err := fetch[int64](d, plan)
		if err != nil {
			return nil, err
		}
		flat = make([]uint64, len(signed))
		for i, v := range signed {
			flat[i] = uint64(v)
		}
	} else {
		var err error
		if flat, err = fetch[uint64](d, plan); err != nil {
			return nil, err
		}
	}
	out := make([]h5.Range, len(flat)/2)
	for i := range out {
		begin, end := flat[2*i], flat[2*i+1]
		if begin == end {
			continue
		}
		if begin > end || end > limit {
			return nil, fmt.Errorf("%s: row %d: [%d, %d) is not a range within %d rows", d.Path(), rowOf(i), int64(begin), int64(end), limit)
		}
		out[i] = h5.Range{Begin: begin, End: end}
	}
	return out, nil
}

// scanRows is the number of rows of target_node_id read at a time.
const scanRows = 1 << 20

// scanRanges finds the edges of the targets by one pass over target_node_id.
func (p *EdgePopulation) scanRanges(f *h5.File, place map[uint64]int32, first []int) ([]h5.Range, error) {
	d, err := f.Dataset(p.root() + "/target_node_id")
	if err != nil {
		return nil, err
	}
	var places []int32
	var found []uint64
	for begin := 0; begin < d.Rows(); begin += scanRows {
		ids, err := h5.ReadRows[uint64](d, begin, min(begin+scanRows, d.Rows()))
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if k, ok := place[id]; ok {
				places = append(places, k)
				found = append(found, uint64(begin+i))
				first[k+1]++
			}
		}
	}
	for k := 1; k < len(first); k++ {
		first[k] += first[k-1]
	}
	// A counting sort keeps the edges of one target in ascending order.
	next := append([]int(nil), first...)
	sorted := make([]uint64, len(found))
	for i, k := range places {
		sorted[next[k]] = found[i]
		next[k]++
	}
	return planRows(sorted).wanted, nil
}
