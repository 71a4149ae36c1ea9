package circuit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"netsim/sonata"
)

// A node set is one of
//
//   - a name: one the config defines, else that of a population, "all", or a model type ("biophysical", "point_neuron", "virtual", …);
//   - a list of node ids, which are looked for in every population (BMTK 1.2.0's meaning; in 1.0.8 they were gids);
//   - a list of names, the union of those sets (the SONATA standard);
//   - a filter, whose entries must all hold: "population" chooses populations, "node_id" ids, any other key is a column that equals the
//     value or one of the values.
//
// A node without a value in a column of the filter is not selected. A name, id or column that no population has is an error.

// Resolve returns the gids that a node set selects, population by population in row order. Virtual nodes are among them.
func (c *Circuit) Resolve(nodeSet any) ([]uint64, error) {
	return c.gids(nodeSet, false)
}

// ResolveCells is Resolve without the virtual nodes.
func (c *Circuit) ResolveCells(nodeSet any) ([]uint64, error) {
	return c.gids(nodeSet, true)
}

func (c *Circuit) gids(nodeSet any, cellsOnly bool) ([]uint64, error) {
	s := selection{c: c, rows: make([][]bool, len(c.Populations))}
	if err := s.add(nodeSet, nil); err != nil {
		return nil, err
	}
	var gids []uint64
	for k, p := range c.Populations {
		for row, in := range s.rows[k] {
			if in && !(cellsOnly && p.TypeOf(row).ModelType == Virtual) {
				gids = append(gids, p.GID(p.Nodes.NodeID[row]))
			}
		}
	}
	return gids, nil
}

// selection is the union of the sets added to it.
type selection struct {
	c    *Circuit
	rows [][]bool // by population, nil where nothing is selected
}

func (s *selection) set(p *Population, row int) {
	if s.rows[p.Index] == nil {
		s.rows[p.Index] = make([]bool, p.Nodes.Len())
	}
	s.rows[p.Index][row] = true
}

// add adds a node set; chain are the names that led to it.
func (s *selection) add(nodeSet any, chain []string) error {
	switch v := nodeSet.(type) {
	case string:
		return s.addName(v, chain)
	case []any:
		return s.addList(v, chain)
	case map[string]any:
		return s.addFilter(v)
	case nil:
		return fmt.Errorf("the node set is empty (null)")
	}
	return fmt.Errorf("a node set is a name, a list or a filter, not %v", nodeSet)
}

func (s *selection) addName(name string, chain []string) error {
	if i := slices.Index(chain, name); i >= 0 {
		return fmt.Errorf("node sets go in a circle: %s", strings.Join(append(chain[i:], name), " → "))
	}
	if def, ok := s.c.Config.NodeSets[name]; ok {
		// A set named like a population usually is that population; {"v1": "v1"} is no circle.
		if def != name {
			if err := s.add(def, append(chain, name)); err != nil {
				return fmt.Errorf("node set %q: %w", name, err)
			}
			return nil
		}
	}
	if p := s.c.Population(name); p != nil {
		for row := range p.typeOf {
			s.set(p, row)
		}
		return nil
	}
	model, isModel := modelTypes[name]
	if name != "all" && !isModel {
		return s.c.unknownSet(name)
	}
	for _, p := range s.c.Populations {
		for row := range p.typeOf {
			if !isModel || p.TypeOf(row).ModelType == model {
				s.set(p, row)
			}
		}
	}
	return nil
}

func (c *Circuit) unknownSet(name string) error {
	known := append(c.populationNames(), "all", "biophysical")
	for set := range c.Config.NodeSets {
		known = append(known, set)
	}
	err := fmt.Errorf("there is no node set or population %q", name)
	if hint := suggest(name, known); hint != "" {
		err = fmt.Errorf("%w; %s", err, hint)
	}
	return err
}

func (s *selection) addList(list []any, chain []string) error {
	names := 0
	for _, item := range list {
		if _, ok := item.(string); ok {
			names++
		}
	}
	switch {
	case names == 0:
		return s.addIDs(list, s.c.Populations)
	case names < len(list):
		return fmt.Errorf("a node set is a list of node ids or a list of names, not of both")
	}
	for _, item := range list {
		if err := s.addName(item.(string), chain); err != nil {
			return err
		}
	}
	return nil
}

// ids takes the node ids from a number or a list of numbers.
func ids(v any) ([]uint64, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]uint64, 0, len(list))
	for _, item := range list {
		f, ok := item.(float64)
		if !ok || f < 0 || f != math.Trunc(f) || f >= 1<<53 {
			return nil, fmt.Errorf("%v is not a node id", item)
		}
		out = append(out, uint64(f))
	}
	return out, nil
}

func (s *selection) addIDs(v any, populations []*Population) error {
	list, err := ids(v)
	if err != nil {
		return err
	}
	for _, id := range list {
		found := false
		for _, p := range populations {
			if row, ok := p.Nodes.RowOf(id); ok {
				s.set(p, row)
				found = true
			}
		}
		if !found {
			return fmt.Errorf("no population has a node with id %d", id)
		}
	}
	return nil
}

// filter is a parsed filter.
type filter struct {
	populations []*Population
	ids         map[uint64]bool // nil for any
	columns     []columnFilter  // sorted by name
}

type columnFilter struct {
	column string
	values []any // one of them must match
}

func (c *Circuit) parseFilter(m map[string]any) (*filter, error) {
	f := &filter{populations: c.Populations}
	for key, v := range m {
		switch key {
		case "population", "populations":
			chosen, err := c.chosenPopulations(v)
			if err != nil {
				return nil, err
			}
			f.populations = chosen
		case "node_id", "node_ids":
			list, err := ids(v)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			f.ids = make(map[uint64]bool, len(list))
			for _, id := range list {
				f.ids[id] = true
			}
		default:
			values, ok := v.([]any)
			if !ok {
				values = []any{v}
			}
			for _, value := range values {
				switch value.(type) {
				case string, float64, bool:
				default:
					return nil, fmt.Errorf("%s: a filter compares with a string or a number, not with %v", key, value)
				}
			}
			f.columns = append(f.columns, columnFilter{key, values})
		}
	}
	slices.SortFunc(f.columns, func(a, b columnFilter) int { return strings.Compare(a.column, b.column) })
	return f, c.checkColumns(f)
}

// chosenPopulations turns a name or a list of names into populations in network order.
func (c *Circuit) chosenPopulations(v any) ([]*Population, error) {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	wanted := map[string]bool{}
	for _, item := range list {
		name, ok := item.(string)
		if !ok {
			return nil, fmt.Errorf("population: %v is not the name of a population", item)
		}
		if c.Population(name) == nil {
			err := fmt.Errorf("there is no population %q", name)
			if hint := suggest(name, c.populationNames()); hint != "" {
				err = fmt.Errorf("%w; %s", err, hint)
			}
			return nil, err
		}
		wanted[name] = true
	}
	var chosen []*Population
	for _, p := range c.Populations {
		if wanted[p.Name] {
			chosen = append(chosen, p)
		}
	}
	return chosen, nil
}

// checkColumns refuses a column that none of the filter's populations has. BMTK ignores such a key and selects every node, which a
// misspelt name must not do.
func (c *Circuit) checkColumns(f *filter) error {
	for _, cf := range f.columns {
		var known []string
		found := false
		for _, p := range f.populations {
			for _, g := range p.Nodes.Groups() {
				found = found || p.Nodes.HasColumn(g, cf.column)
				known = append(known, p.Nodes.Columns(g)...)
			}
			if p.Nodes.Types != nil {
				known = append(known, p.Nodes.Types.Columns()...)
			}
		}
		if !found && cf.column != "node_type_id" {
			err := fmt.Errorf("no population has a column %q", cf.column)
			if hint := suggest(cf.column, known); hint != "" {
				err = fmt.Errorf("%w; %s", err, hint)
			}
			return err
		}
	}
	return nil
}

func (s *selection) addFilter(m map[string]any) error {
	f, err := s.c.parseFilter(m)
	if err != nil {
		return err
	}
	for _, p := range f.populations {
		for row, id := range p.Nodes.NodeID {
			if (f.ids == nil || f.ids[id]) && f.matches(p, row) {
				s.set(p, row)
			}
		}
		if err := p.Nodes.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (f *filter) matches(p *Population, row int) bool {
	for _, cf := range f.columns {
		v, ok := p.Nodes.Attr(row, cf.column)
		if cf.column == "node_type_id" {
			v, ok = sonata.IntValue(p.Nodes.TypeID[row]), true
		}
		if !ok || v.Missing() || !slices.ContainsFunc(cf.values, func(want any) bool { return equal(v, want) }) {
			return false
		}
	}
	return true
}

// equal compares a stored value with one of a filter. Tables do not say whether 1 is a number or a word, so text that reads as the
// number wanted is equal to it.
func equal(v sonata.Value, want any) bool {
	switch w := want.(type) {
	case string:
		return v.Text() == w
	case float64:
		if f, ok := v.Float(); ok {
			return f == w
		}
		text, ok := v.String()
		f, err := strconv.ParseFloat(text, 64)
		return ok && err == nil && f == w
	case bool:
		if f, ok := v.Float(); ok {
			return (f != 0) == w
		}
		return strings.EqualFold(v.Text(), strconv.FormatBool(w))
	}
	return false
}

// populationsOf returns the populations a node set names, in network order, and whether it also narrows them down to some nodes. A
// population of which nothing is selected is not named.
func (c *Circuit) populationsOf(nodeSet any) (named []*Population, narrowed bool, err error) {
	s := selection{c: c, rows: make([][]bool, len(c.Populations))}
	if err := s.add(nodeSet, nil); err != nil {
		return nil, false, err
	}
	for k, p := range c.Populations {
		if s.rows[k] != nil {
			named = append(named, p)
			narrowed = narrowed || slices.Contains(s.rows[k], false)
		}
	}
	return named, narrowed, nil
}
