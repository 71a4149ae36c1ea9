package circuit

import (
	"fmt"
	"math"
	"slices"

	"netsim/libm"
	"netsim/sonata"
	"netsim/sonata/config"
)

// classKey tells edge classes apart.
type classKey struct {
	group int64
	edgeTypeKey
}

// edgeClass is what edges of one group and type share.
type edgeClass struct {
	t            *EdgeType
	typeIndex    int32
	placement    Placement
	section, pos *sonata.EdgeColumn // nil when the group has none
	gaussian     bool               // the weight function is gaussianLL
}

// builder turns the edges of one population into blocks, edge by edge.
type builder struct {
	c       *Circuit
	p       *EdgePopulation
	e       *sonata.Edges
	faults  *faults
	classes map[classKey]*edgeClass
	lastKey classKey
	last    *edgeClass

	own                         map[int64][]string // group → columns of EdgeType that it stores itself
	weight, sigma, delay, nsyns *sonata.EdgeColumn
	sectionID, secID            *sonata.EdgeColumn
	sectionPos, secX            *sonata.EdgeColumn
	angles                      [2][]float64 // tuning_angle of sources and targets by row; read when first wanted
	anglesRead                  bool

	target      Cell
	targetPlace uint32

	fromCells, fromVirtual *Block
}

// openColumns reads the numeric columns of all edges at once.
func (b *builder) openColumns() bool {
	b.own = map[int64][]string{}
	for _, g := range b.p.Edges.Groups() {
		for _, column := range typeColumns {
			if slices.Contains(b.p.Edges.Columns(g), column) {
				b.own[g] = append(b.own[g], column)
			}
		}
	}
	for _, column := range []struct {
		name string
		to   **sonata.EdgeColumn
	}{
		{"syn_weight", &b.weight}, {"weight_sigma", &b.sigma}, {"delay", &b.delay}, {"nsyns", &b.nsyns},
		{"afferent_section_id", &b.sectionID}, {"sec_id", &b.secID}, {"afferent_section_pos", &b.sectionPos}, {"sec_x", &b.secX},
	} {
		var err error
		if *column.to, err = b.e.Column(column.name); err != nil {
			b.faults.fail(b.p.place, "", "%v", err)
			return false
		}
	}
	return true
}

// class returns what edge i shares with others.
func (b *builder) class(i int) *edgeClass {
	key := classKey{group: b.e.GroupID[i], edgeTypeKey: edgeTypeKey{id: b.e.TypeID[i]}}
	for _, column := range b.own[key.group] {
		v, _ := b.e.Attr(i, column)
		key.own += column + "=" + v.Text() + "\x00"
	}
	if b.last != nil && key == b.lastKey {
		return b.last
	}
	c, ok := b.classes[key]
	if !ok {
		c = b.newClass(i, key)
		b.classes[key] = c
	}
	b.last, b.lastKey = c, key
	return c
}

func (b *builder) newClass(i int, key classKey) *edgeClass {
	p := b.p
	k, ok := p.typeIndex[key.edgeTypeKey]
	if !ok {
		k = int32(len(p.Types))
		p.Types = append(p.Types, b.c.edgeType(p, b.e, i, b.faults))
		if p.typeIndex == nil {
			p.typeIndex = map[edgeTypeKey]int32{}
		}
		p.typeIndex[key.edgeTypeKey] = k
	}
	c := &edgeClass{t: p.Types[k], typeIndex: k}
	has := func(column string) bool { return p.Edges.GroupHasColumn(key.group, column) }
	// The older name wins where both exist.
	switch {
	case has("sec_id"):
		c.section = b.secID
	case has("afferent_section_id"):
		c.section = b.sectionID
	case has("nsyns"):
		c.placement = Random
	}
	switch {
	case has("sec_x"):
		c.pos = b.secX
	case has("afferent_section_pos"):
		c.pos = b.sectionPos
	}
	switch f := c.t.WeightFunction; f {
	case "", "default_weight_fnc", "set_syn_weight", "wmax":
	case "gaussianLL":
		c.gaussian = true
	default:
		b.faults.fail(c.t.Place(), suggest(f, []string{"wmax", "gaussianLL", "default_weight_fnc", "set_syn_weight"}), "unknown weight_function %q", f)
	}
	return c
}

// fault records what is wrong with edge i.
func (b *builder) fault(c *edgeClass, i int, what, hint string) {
	at := config.Place{File: b.p.Edges.File, Path: fmt.Sprintf("/edges/%s: edge type %d", b.p.Name, c.t.ID)}
	b.faults.row(config.Error, at, what, hint, fmt.Sprintf("edge %d, onto %s", b.e.ID[i], b.target))
}

// edge adds edge i of the current target to its block.
func (b *builder) edge(i int) {
	c := b.class(i)
	source, ok := b.p.Source.Nodes.RowOf(b.e.SourceID[i])
	if !ok {
		b.fault(c, i, fmt.Sprintf("the source does not exist in population %s", b.p.Source.Name),
			fmt.Sprintf("the first one's source_node_id is %d; the nodes file and the edges file do not belong together", b.e.SourceID[i]))
		return
	}
	virtual := b.p.Source.TypeOf(source).ModelType == Virtual
	block := b.blockOf(virtual)
	n := block.Len()
	block.Source = append(block.Source, b.p.Source.GID(b.e.SourceID[i]))
	block.Target = append(block.Target, b.targetPlace)
	block.Type = append(block.Type, c.typeIndex)
	block.Weight = append(block.Weight, b.weightOf(c, i, source))
	block.Delay = append(block.Delay, b.delayOf(c, i, virtual))
	block.Placement = append(block.Placement, c.placement)
	block.EdgeID = append(block.EdgeID, b.e.ID[i])
	b.place(block, n, c, i)
}

// blockOf returns the block that edges of this kind of source go to.
func (b *builder) blockOf(virtual bool) *Block {
	to := &b.fromCells
	if virtual {
		to = &b.fromVirtual
	}
	if *to == nil {
		n := b.e.Len()
		if b.p.Source.Cells() > 0 && b.p.Source.VirtualNodes() > 0 {
			n = 0 // a mixed population fills two blocks; let them grow
		}
		*to = &Block{Edges: b.p,
			Source: make([]uint64, 0, n), Target: make([]uint32, 0, n), Type: make([]int32, 0, n), Weight: make([]float64, 0, n),
			Delay: make([]float64, 0, n), Placement: make([]Placement, 0, n), EdgeID: make([]uint64, 0, n)}
	}
	return *to
}

func (b *builder) weightOf(c *edgeClass, i, source int) float64 {
	w, ok := b.weight.Float(i)
	if !ok || math.IsNaN(w) || math.IsInf(w, 0) {
		b.fault(c, i, "the syn_weight is missing", "give the edge type or the edges a number")
		return 0
	}
	if !c.gaussian {
		return w
	}
	sigma, ok := b.sigma.Float(i)
	if !ok || !(sigma != 0) || math.IsNaN(sigma) {
		b.fault(c, i, "gaussianLL needs a weight_sigma other than 0", `"weight_function": wmax uses syn_weight as it is`)
		return 0
	}
	from, to := b.tuningAngle(0, b.p.Source, source), b.tuningAngle(1, b.p.Target, b.target.Row)
	if math.IsNaN(from) || math.IsNaN(to) {
		b.fault(c, i, "gaussianLL needs a tuning_angle of source and target", "wmax uses syn_weight as it is")
		return 0
	}
	return gaussianLL(w, sigma, from, to)
}

// gaussianLL weakens a weight with the difference of two tuning angles (degrees), opposite directions counting as equal. The exponential
// is the C library's, bit for bit, as in BMTK.
func gaussianLL(weight, sigma, source, target float64) float64 {
	d := math.Abs(math.Abs(math.Abs(180-math.Mod(math.Abs(target-source), 360))-90) - 90)
	r := d / sigma
	return weight * libm.Exp(-float64(r*r))
}

func (b *builder) tuningAngle(end int, p *Population, row int) float64 {
	if !b.anglesRead {
		b.anglesRead = true
		b.angles[0], _ = b.p.Source.Nodes.Floats("tuning_angle")
		b.angles[1], _ = b.p.Target.Nodes.Floats("tuning_angle")
	}
	if row >= len(b.angles[end]) {
		return math.NaN()
	}
	return b.angles[end][row]
}

func (b *builder) delayOf(c *edgeClass, i int, virtual bool) float64 {
	d, ok := b.delay.Float(i)
	dt := b.c.Config.Run.Dt
	switch {
	case !ok || math.IsNaN(d) || math.IsInf(d, 0):
		b.fault(c, i, "the delay is missing", "give the edge type or the edges a delay in ms")
	case d < 0:
		b.fault(c, i, fmt.Sprintf("the delay is negative: %v ms", d), "")
	case !virtual && d < dt*(1-1e-9):
		b.fault(c, i, fmt.Sprintf("the delay %v ms is shorter than the time step %v ms", d, dt),
			"spikes of cells are exchanged between steps: make the delay at least dt, or dt smaller")
	default:
		return d
	}
	return 0
}

// place fills in where the synapses of edge i, number n of the block, go.
func (b *builder) place(block *Block, n int, c *edgeClass, i int) {
	synapses, section, pos := int64(1), int64(-1), math.NaN()
	onCell := b.target.Type.ModelType != PointNeuron
	if c.placement == Random {
		var ok bool
		if synapses, ok = b.nsyns.Int(i); !ok || synapses < 0 || synapses > math.MaxInt32 {
			b.fault(c, i, "nsyns is missing or not a whole number", "nsyns is the number of synapses of the edge, 0 or more")
			synapses = 0
		}
		switch _, signed := c.t.Param("sign"); {
		case c.t.broken:
		case onCell && c.t.TargetSections == nil:
			b.fault(c, i, "the target_sections are missing, so its synapses cannot be placed", `add a column target_sections: "['basal', 'apical']"`)
		case !onCell && !signed:
			b.fault(c, i, "the dynamics_params have no sign, which point neurons need when the edges have nsyns", `{"sign": 1} or {"sign": -1}`)
		}
	} else if c.section != nil {
		if id, ok := c.section.Int(i); ok && id >= 0 && id <= math.MaxInt32 {
			section = id
		}
		if c.pos != nil {
			if x, ok := c.pos.Float(i); ok {
				pos = x
			}
		}
	}
	if onCell {
		if c.t.ModelTemplate == "" {
			b.fault(c, i, "the model_template is missing: it names the synapse model", `add a column model_template: exp2syn`)
		}
		switch {
		case c.placement == Random:
		case c.section == nil:
			b.fault(c, i, "nothing says where on the cell its synapses go", "the edges need either nsyns or afferent_section_id and afferent_section_pos")
		case section < 0:
			b.fault(c, i, "the section id is missing or not a whole number", "")
		case !(pos >= 0 && pos <= 1):
			b.fault(c, i, "the position on the section is not a number from 0 to 1", "column afferent_section_pos or sec_x")
		}
	}
	if synapses != 1 && block.NSyns == nil {
		block.NSyns = filled(int32(1), n, cap(block.Source))
	}
	if block.NSyns != nil {
		block.NSyns = append(block.NSyns, int32(synapses))
	}
	if section >= 0 && block.Section == nil {
		block.Section, block.Pos = filled(int32(-1), n, cap(block.Source)), filled(math.NaN(), n, cap(block.Source))
	}
	if block.Section != nil {
		block.Section, block.Pos = append(block.Section, int32(section)), append(block.Pos, pos)
	}
}

// filled makes a slice of n equal values with room for more.
func filled[T any](value T, n, capacity int) []T {
	s := make([]T, n, capacity)
	for i := range s {
		s[i] = value
	}
	return s
}
