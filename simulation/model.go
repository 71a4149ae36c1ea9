package simulation

import (
	"fmt"
	"slices"

	"netsim/cell"
	"netsim/circuit"
	"netsim/engine"
	"netsim/sonata/config"
	"netsim/stimulus"
)

// model is what one rank knows of the simulation before it starts.
type model struct {
	cfg         *config.Config
	circuit     *circuit.Circuit
	cells       []circuit.Cell
	blocks      []*circuit.Block
	trains      map[uint64][]float64 // ms, by gid
	mechs       compiled
	net         *engine.Network
	built       *cell.Network
	cellOf      map[uint64]cellAt
	populations []string
}

// cellAt says what a local gid is.
type cellAt struct {
	population int
	node       uint64 // node id
	index      int    // into Network.Cells; -1 for a point neuron
}

// load reads all that the config names, for the cells whose gid the owner function accepts. The model is nil when
// there is not enough to go on with.
func load(opt Options, owner func(gid uint64) bool) (*model, []config.Problem) {
	cfg, problems := config.Load(opt.Config, opt.Load)
	if cfg == nil {
		return nil, problems
	}
	m := &model{cfg: cfg}
	m.mechs = compile(cfg.Components.MechanismsDirs, recorded(cfg), cfg.Run.Numerics)
	problems = append(problems, m.mechs.problems...)
	c, more := circuit.Open(cfg)
	problems = append(problems, more...)
	if c == nil || config.HasErrors(more) {
		return m, problems
	}
	m.circuit = c
	m.cells = c.Local(owner)
	m.blocks, more = c.Connections(m.cells, cfg.Inputs)
	problems = append(problems, more...)
	if config.HasErrors(more) {
		return m, problems
	}
	if !config.HasErrors(problems) { // a missing file was named already
		m.trains, more = c.SpikeTrains(m.blocks, cfg.Inputs)
		problems = append(problems, more...)
	}
	for _, p := range c.Populations {
		m.populations = append(m.populations, p.Name)
	}
	return m, problems
}

// recorded lists the variables of all reports.
func recorded(cfg *config.Config) []string {
	var names []string
	for _, r := range cfg.Reports {
		names = append(names, r.Variables...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// build makes the engine's arrays.
func (m *model) build() []config.Problem {
	lib, err := cell.NewLibrary(m.mechs.builtin, m.mechs.user, m.mechs.searched)
	if err != nil {
		return []config.Problem{asProblem(err)}
	}
	built, problems := cell.Build(m.cells, m.blocks, lib, cell.SettingsOf(m.cfg))
	if config.HasErrors(problems) {
		return problems
	}
	m.built, m.net = built, built.Engine
	m.blocks = nil
	m.net.Trains = m.trains
	problems = append(problems, stimulus.AddClamps(built, m.circuit, m.cfg.Inputs)...)
	nameStreams(m.net)
	m.net.Where = m.where
	m.cellOf = make(map[uint64]cellAt, len(m.cells))
	for _, c := range m.cells {
		at := cellAt{population: c.Population.Index, node: c.NodeID, index: -1}
		if i, ok := built.Index(c.GID); ok {
			at.index = int(i)
		}
		m.cellOf[c.GID] = at
	}
	return problems
}

// where is NEURON's name of the place of a node, for messages: dend[3](0.5).
func (m *model) where(cell int, node int32) string {
	t := m.built.TemplateOf(int32(cell))
	for _, s := range t.Segments {
		if s.Node == node {
			return fmt.Sprintf("%s(%.4g)", t.Sections[s.Section].Name, s.X)
		}
	}
	return fmt.Sprintf("node %d", node)
}

// segments is the number of compartments of a template.
func (m *model) segments(template int32) int { return len(m.built.Templates[template].Segments) }

func asProblem(err error) config.Problem {
	if p, ok := err.(config.Problem); ok {
		return p
	}
	return config.Problem{Msg: err.Error()}
}

// nameStreams names the random stream of every RANDOM variable by its cell: gid, place in the cell, mechanism and variable. NEURON's
// default names count instances process by process; these do not depend on the number of ranks.
func nameStreams(net *engine.Network) {
	add := func(of engine.Owner, index, mech, node int32, gid uint64, place int) {
		m := net.Mechanisms[mech]
		for k, column := range m.Randoms {
			net.Setters = append(net.Setters, engine.Setter{Of: of, Index: index, Mech: mech, Node: node,
				Procedure: m.Columns[column].Name, Args: engine.Numbers(float64(gid), float64(place), float64(int(mech)<<8+k+1))})
		}
	}
	place := make([]int, len(net.Cells)) // point processes of each cell so far
	for k, p := range net.Points {
		add(engine.OfPoint, int32(k), p.Mech, p.Node, net.Cells[p.Cell].GID, place[p.Cell])
		place[p.Cell]++
	}
	for k, a := range net.Artificials {
		add(engine.OfArtificial, int32(k), a.Mech, 0, a.GID, 0)
	}
	for c, cell := range net.Cells {
		for _, d := range net.Templates[cell.Template].Density {
			if len(net.Mechanisms[d.Mech].Randoms) == 0 {
				continue
			}
			for _, node := range d.Nodes {
				// Beyond the point processes, whatever their number.
				add(engine.OfDensity, int32(c), d.Mech, node, cell.GID, 1<<31+int(node))
			}
		}
	}
}
