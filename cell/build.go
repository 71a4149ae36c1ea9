package cell

import (
	"fmt"
	"math"

	"netsim/circuit"
	"netsim/engine"
	"netsim/nmodl/program"
	"netsim/rng"
	"netsim/sonata/config"
)

// Settings of a run that decide how cells are built.
type Settings struct {
	Dt        float64 // ms
	Celsius   float64 // degC
	VInit     float64 // mV
	DL        float64 // um; see NewTemplates
	Threshold float64 // mV; of the spike detectors
	OldImport bool    // read SWC files as BMTK 1.0.8 does
	KeepSites bool    // fill Network.Sites
}

// SettingsOf takes the settings from a config.
func SettingsOf(c *config.Config) Settings {
	return Settings{
		Dt: c.Run.Dt, Celsius: c.Conditions.Celsius, VInit: c.Conditions.VInit,
		DL: c.Run.DL, Threshold: c.Run.SpikeThreshold, OldImport: c.Run.UseOldImport3d,
	}
}

// Network is what Build makes: the engine's arrays and how they belong to the circuit.
type Network struct {
	Engine    *engine.Network // Trains is left for the caller
	Library   *Library
	Templates []*Template    // as Engine.Templates
	Cells     []circuit.Cell // as Engine.Cells
	Points    []circuit.Cell // as Engine.Artificials
	Sites     []Site         // as Engine.Points, if Settings.KeepSites; clamps added later have none

	cellByGID map[uint64]int32
}

// Site says where a synapse sits. Its kind of section is Template.Sections[Section].Label.
type Site struct {
	Edges   *circuit.EdgePopulation
	EdgeID  uint64
	Section int32   // section id
	X       float64 // 0..1; the centre of a segment if drawn, as given if preselected
}

// Index returns the index of a cell with a tree in Engine.Cells; false for other gids.
func (n *Network) Index(gid uint64) (int32, bool) {
	i, ok := n.cellByGID[gid]
	return i, ok
}

// TemplateOf returns the template of a cell (index into Engine.Cells).
func (n *Network) TemplateOf(cell int32) *Template { return n.Templates[n.Engine.Cells[cell].Template] }

// Elements lists what a membrane report records of a cell (index into Engine.Cells); see Template.Elements.
func (n *Network) Elements(cell int32, sections []string, somaOnly bool) ([]Element, error) {
	return n.TemplateOf(cell).Elements(sections, somaOnly)
}

// Build makes the engine's network of some cells and the edges onto them: cells and blocks are what Circuit.Local
// and Circuit.Connections returned. All problems are reported; the Network is fit for use when there is no error
// among them. Points and NetCons stand cell by cell, inside a cell in BMTK's order of creation.
func Build(cells []circuit.Cell, blocks []*circuit.Block, lib *Library, s Settings) (*Network, []config.Problem) {
	b := &building{
		net: &Network{Library: lib, cellByGID: make(map[uint64]int32, len(cells)), Engine: &engine.Network{
			Dt: s.Dt, Celsius: s.Celsius, VInit: s.VInit, Mechanisms: lib.Mechanisms, Ions: lib.Ions,
		}},
		templates: NewTemplates(lib, s.DL, s.OldImport), settings: s,
		artificials: map[*circuit.NodeType]*madeArtificial{}, synapses: map[*circuit.EdgeType]*synapse{},
		faulty: map[*circuit.EdgePopulation]int{},
	}
	b.log = &b.templates.log
	for _, w := range lib.Warnings {
		b.log.add(w)
	}
	b.makeCells(cells)
	if !config.HasErrors(b.log.list) {
		b.connect(cells, blocks)
	}
	b.net.Templates = b.templates.list
	for _, t := range b.net.Templates {
		b.net.Engine.Templates = append(b.net.Engine.Templates, t.Engine)
	}
	return b.net, b.log.list
}

// building is the state of Build.
type building struct {
	net       *Network
	templates *Templates
	settings  Settings
	log       *problemLog

	artificials map[*circuit.NodeType]*madeArtificial
	synapses    map[*circuit.EdgeType]*synapse  // nil for one that is faulty
	faulty      map[*circuit.EdgePopulation]int // edges without a usable place
	place       []int32                         // by cell: index into Engine.Cells, or ^index into Engine.Artificials
}

type madeArtificial struct {
	mech, params int32
	ok           bool
}

// madeTemplate is the outcome of one node type.
type madeTemplate struct {
	index int32
	ok    bool
}

func (b *building) makeCells(cells []circuit.Cell) {
	e := b.net.Engine
	made := map[*circuit.NodeType]madeTemplate{}
	b.place = make([]int32, len(cells))
	for i, c := range cells {
		switch c.Type.ModelType {
		case circuit.Biophysical, circuit.SingleCompartment:
			m, seen := made[c.Type]
			if !seen {
				_, index, err := b.templates.Get(c.Type)
				if err != nil {
					file, place := typePlace(c.Type)
					b.log.addError(err, file, place)
				}
				m = madeTemplate{index, err == nil}
				made[c.Type] = m
			}
			if !m.ok {
				continue
			}
			b.place[i] = int32(len(e.Cells))
			b.net.cellByGID[c.GID] = b.place[i]
			e.Cells = append(e.Cells, engine.Cell{
				GID: c.GID, Template: m.index, DetectorNode: b.templates.list[m.index].SomaNode, Threshold: b.settings.Threshold,
			})
			b.net.Cells = append(b.net.Cells, c)
		case circuit.PointNeuron:
			a := b.artificial(c.Type)
			if !a.ok {
				continue
			}
			b.place[i] = ^int32(len(e.Artificials))
			e.Artificials = append(e.Artificials, engine.Artificial{GID: c.GID, Mech: a.mech, Params: a.params})
			b.net.Points = append(b.net.Points, c)
		default:
			file, place := typePlace(c.Type)
			b.log.addError(fmt.Errorf("gid %d is a virtual node and cannot be simulated", c.GID), file, place)
		}
	}
}

func (b *building) artificial(nt *circuit.NodeType) *madeArtificial {
	if a := b.artificials[nt]; a != nil {
		return a
	}
	made := &madeArtificial{params: -1}
	b.artificials[nt] = made
	a, err := artificialModel(b.net.Library, nt, b.log)
	if err != nil {
		file, place := typePlace(nt)
		b.log.addError(err, file, place)
		return made
	}
	made.mech, made.params, made.ok = a.mech, b.net.addParams(a.params), true
	return made
}

// addParams adds a setting and returns its index, -1 for an empty one.
func (n *Network) addParams(set engine.ParamSet) int32 {
	if len(set.Columns) == 0 {
		return -1
	}
	n.Engine.Params = append(n.Engine.Params, set)
	return int32(len(n.Engine.Params) - 1)
}

// connect makes the synapses of all cells. Cell by cell, so that one random stream is enough; the order inside a
// cell is that of the blocks.
func (b *building) connect(cells []circuit.Cell, blocks []*circuit.Block) {
	points, netcons := b.count(blocks)
	e := b.net.Engine
	if points > math.MaxInt32 {
		b.log.addError(fmt.Errorf("%d synapses on one rank are too many; run with more ranks", points), "", "")
		return
	}
	e.Points = make([]engine.Point, 0, points)
	e.NetCons = make([]engine.NetCon, 0, netcons)
	if b.settings.KeepSites {
		b.net.Sites = make([]Site, 0, points)
	}
	stream := rng.NewMT19937(0)
	for k := range cells {
		seeded := false
		for _, bl := range blocks {
			first, last := bl.First[k], bl.First[k+1]
			if first == last {
				continue
			}
			if at := b.place[k]; at < 0 {
				b.ontoArtificial(^at, bl, first, last)
				continue
			}
			if !seeded {
				stream.Seed(uint32(cells[k].GID))
				seeded = true
			}
			b.ontoCell(b.place[k], bl, first, last, stream)
		}
	}
	b.tellFaults(blocks)
}

// count returns the most points and netcons that the blocks can make.
func (b *building) count(blocks []*circuit.Block) (points, netcons int) {
	for _, bl := range blocks {
		for i, k := range bl.Target {
			if b.place[k] < 0 {
				netcons++
				continue
			}
			points += bl.Synapses(i)
		}
	}
	return points, netcons + points
}

// ontoArtificial connects edges first..last-1 of a block to a point neuron: one NetCon per edge, whose weight has
// the sign of the edge type only if the edge group says nsyns (allen.md §4.5).
func (b *building) ontoArtificial(target int32, bl *circuit.Block, first, last int) {
	e := b.net.Engine
	for i := first; i < last; i++ {
		if bl.Placement[i] == circuit.Random {
			et := bl.EdgeType(i)
			if _, ok := et.Param("sign"); !ok {
				file, place := edgePlace(et)
				if et.DynamicsParams != "" {
					file, place = et.DynamicsParams, "sign"
				}
				b.log.addError(failure(file, place, "give dynamics_params with \"sign\": 1 or -1", "edges with nsyns onto point neurons need a sign"), "", "")
				return
			}
		}
		w := bl.NetConWeight(i, circuit.PointNeuron)
		e.NetCons = append(e.NetCons, engine.NetCon{Source: bl.Source[i], Target: target, Artificial: true, Weight: w, Delay: bl.Delay[i]})
	}
}

// ontoCell makes the synapses of edges first..last-1 of a block on a cell: each a point process with one NetCon.
func (b *building) ontoCell(cell int32, bl *circuit.Block, first, last int, stream *rng.MT19937) {
	e := b.net.Engine
	index := e.Cells[cell].Template
	t := b.templates.list[index]
	for i := first; i < last; i++ {
		et := bl.EdgeType(i)
		syn := b.synapse(et)
		if syn == nil {
			continue
		}
		if bl.Placement[i] == circuit.Preselected {
			section, x, ok := b.preselected(t, bl, i)
			if ok {
				b.addSynapse(cell, t.Node(section, x), syn, bl, i, int32(section), x)
			}
			continue
		}
		c := syn.candidates(b, t, index, et)
		if c == nil || len(c.segment) == 0 {
			continue
		}
		for range bl.Synapses(i) {
			seg := &t.Segments[c.draw(stream)]
			b.addSynapse(cell, seg.Node, syn, bl, i, seg.Section, seg.X)
		}
	}
}

func (b *building) addSynapse(cell, node int32, syn *synapse, bl *circuit.Block, i int, section int32, x float64) {
	e := b.net.Engine
	e.NetCons = append(e.NetCons, engine.NetCon{Source: bl.Source[i], Target: int32(len(e.Points)), Weight: bl.Weight[i], Delay: bl.Delay[i]})
	e.Points = append(e.Points, engine.Point{Cell: cell, Mech: syn.mech, Node: node, Params: syn.params})
	if b.settings.KeepSites {
		b.net.Sites = append(b.net.Sites, Site{bl.Edges, bl.EdgeID[i], section, x})
	}
}

// shownFaults is how many faulty edges of a population are told one by one.
const shownFaults = 5

// tellFaults says how many faulty edges were not told one by one.
func (b *building) tellFaults(blocks []*circuit.Block) {
	for _, bl := range blocks {
		if more := b.faulty[bl.Edges] - shownFaults; more > 0 {
			b.log.add(config.Problem{Severity: config.Error, Place: config.Place{File: bl.Edges.Edges.File},
				Msg: fmt.Sprintf("%d more edges of population %s have no usable place", more, bl.Edges.Name)})
		}
	}
}

// preselected returns the place that an edge states.
func (b *building) preselected(t *Template, bl *circuit.Block, i int) (section int, x float64, ok bool) {
	fault := func(remedy, format string, args ...any) (int, float64, bool) {
		if b.faulty[bl.Edges]++; b.faulty[bl.Edges] > shownFaults {
			return 0, 0, false
		}
		b.log.addError(failure(bl.Edges.Edges.File, fmt.Sprintf("edge %d", bl.EdgeID[i]), remedy, format, args...), "", "")
		return 0, 0, false
	}
	if bl.Section == nil || bl.Section[i] < 0 {
		return fault("give afferent_section_id and afferent_section_pos, or nsyns with target_sections and distance_range",
			"an edge onto a biophysical cell has no place for its synapse")
	}
	section, x = int(bl.Section[i]), bl.Pos[i]
	if section >= len(t.Sections) {
		return fault("was the file made with another morphology, axon replacement or importer?",
			"afferent_section_id %d does not exist: the cell (%s) has sections 0 to %d", section, t.Name, len(t.Sections)-1)
	}
	if !(x >= 0 && x <= 1) {
		return fault("give a number from 0 to 1", "afferent_section_pos is %g", x)
	}
	return section, x, true
}

// synapse lowers an edge type, nil if it is faulty.
func (b *building) synapse(et *circuit.EdgeType) *synapse {
	if syn, seen := b.synapses[et]; seen {
		return syn
	}
	b.synapses[et] = nil
	file, place := edgePlace(et)
	if et.ModelTemplate == "" {
		b.log.addError(failure(file, place, "name a synapse model, exp2syn for instance", "edges onto a biophysical cell need model_template"), "", "")
		return nil
	}
	mech, err := b.net.Library.Lookup(et.ModelTemplate, program.Point)
	if err != nil {
		b.log.addError(failure(file, place, "", "model_template %q: %v", et.ModelTemplate, err), "", "")
		return nil
	}
	set, err := synapseParams(b.net.Library.Mechanisms[mech], et, b.log)
	if err != nil {
		b.log.addError(err, file, place)
		return nil
	}
	syn := &synapse{mech: mech, params: b.net.addParams(set)}
	b.synapses[et] = syn
	return syn
}

// candidates returns the segments of a template that an edge type may hit; nil or none after a problem.
func (s *synapse) candidates(b *building, t *Template, index int32, et *circuit.EdgeType) *candidates {
	if n := int(index) + 1; len(s.chosen) < n {
		s.chosen = append(s.chosen, make([]*candidates, n-len(s.chosen))...)
	}
	if c := s.chosen[index]; c != nil {
		return c
	}
	file, place := edgePlace(et)
	c := &candidates{}
	s.chosen[index] = c
	if et.TargetSections == nil {
		b.log.addError(failure(file, place, "write \"['basal', 'apical']\" for instance", "random placement needs target_sections"), "", "")
		return c
	}
	found, err := t.candidates(et.TargetSections, et.DistanceRange[0], et.DistanceRange[1])
	if err != nil {
		b.log.addError(err, file, place)
		return c
	}
	if len(found.segment) == 0 {
		b.log.add(warning(file, place, "check target_sections and distance_range",
			"no segment of %s lies in %v between %g and %g um from the soma: the edges get no synapses, as in BMTK",
			t.Name, et.TargetSections, et.DistanceRange[0], et.DistanceRange[1]))
	}
	s.chosen[index] = found
	return found
}
