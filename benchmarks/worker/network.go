package worker

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"netsim/benchmarks/model"
	"netsim/engine"
	"netsim/mechanisms"
	"netsim/morphology"
	"netsim/nmodl"
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// used are the mechanisms of the models that come with netsim.
var used = []string{"pas.mod", "iclamp.mod", "expsyn.mod", "hh.mod"}

// library is the mechanisms of a model in NEURON's order.
type library struct {
	mechanisms []*program.Mechanism
	ions       []engine.Ion
}

// ions that NEURON knows, with its values on insertion.
var ions = []engine.Ion{
	{Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50},
	{Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77},
	{Name: "ca", Valence: 2, Xi0: 5e-5, Xo0: 2, E0: 132.4579341637009},
}

// compile makes the mechanisms from netsim's own .mod files, hh without its TABLE, and from those of the model. What
// writes concentrations comes behind pas, the newest first (NEURON's nrn_writes_conc).
func compile(m *model.Model) (*library, error) {
	opt := lower.Options{Observe: func(string) bool { return false }, Fast: fast()}
	var head, writers, others []*program.Mechanism
	register := func(file *ast.File, symbols *checker.Symbols, found []diag.Diagnostic) error {
		m, err := lowered(file, symbols, found, opt)
		switch {
		case err != nil:
			return err
		case m.WritesConc:
			writers = slices.Insert(writers, 0, m)
		case m.Name == "pas":
			head = append(head, m)
		default:
			others = append(others, m)
		}
		return nil
	}
	opt.NoTable = true
	for _, src := range mechanisms.Sources() {
		if slices.Contains(used, src.File) {
			if err := register(nmodl.ParseSource(src.File, src.Text)); err != nil {
				return nil, err
			}
		}
	}
	opt.NoTable = false
	for _, path := range m.Mods {
		if err := register(nmodl.ParseFile(path)); err != nil {
			return nil, err
		}
	}
	lib := &library{mechanisms: slices.Concat(head, writers, others), ions: slices.Clone(ions)}
	for _, m := range lib.mechanisms {
		for _, use := range m.Ions {
			if !slices.ContainsFunc(lib.ions, func(i engine.Ion) bool { return i.Name == use.Name }) {
				lib.ions = append(lib.ions, engine.Ion{Name: use.Name, Valence: use.Valence, Xi0: 1, Xo0: 1})
			}
		}
	}
	return lib, nil
}

// find returns the index of a mechanism of a kind.
func (l *library) find(name string, kind program.Kind) (int32, error) {
	k := slices.IndexFunc(l.mechanisms, func(m *program.Mechanism) bool { return m.Name == name && m.Kind == kind })
	if k < 0 {
		return 0, fmt.Errorf("the model asks for a mechanism %q that none of its .mod files has", name)
	}
	return int32(k), nil
}

// lowered makes the program of a file that was read.
func lowered(file *ast.File, symbols *checker.Symbols, found []diag.Diagnostic, opt lower.Options) (*program.Mechanism, error) {
	if !diag.HasErrors(found) {
		m, more := lower.Compile(file, symbols, opt)
		switch found = append(found, more...); {
		case diag.HasErrors(found):
		case len(m.Unsupported) > 0:
			return nil, fmt.Errorf("could not compile %s: line %d: %s", m.File, m.Unsupported[0].Line, m.Unsupported[0].What)
		default:
			return m, nil
		}
	}
	return nil, errors.New(nmodl.Render(file, found))
}

func column(m *program.Mechanism, name string) int32 {
	k := slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name })
	if k < 0 {
		panic("worker: " + m.Name + " has no variable " + name)
	}
	return int32(k)
}

// kicker is the gid of model.Kicker.
const kicker = 1 << 40

// network makes the engine's arrays of a model, and the places of its compartments.
func network(m *model.Model) (*engine.Network, []engine.Probe, error) {
	lib, err := compile(m)
	if err != nil {
		return nil, nil, err
	}
	b := builder{Model: m, lib: lib, net: &engine.Network{
		Dt: m.Dt, Celsius: m.Celsius, VInit: m.V0, Mechanisms: lib.mechanisms, Ions: lib.ions,
		Trains: map[uint64][]float64{kicker: {m.Kick}},
		Cells:  make([]engine.Cell, 0, len(m.Cells)),
	}}
	for k, t := range m.Trains {
		times := make([]float64, t.Number)
		for i := range times {
			times[i] = t.Start + float64(float64(i)*t.Interval)
		}
		b.net.Trains[source(model.FirstTrain-k)] = times
	}
	b.net.Templates = make([]*engine.Template, 0, len(m.Cells))
	b.net.Points, b.net.NetCons = make([]engine.Point, 0, m.Synapses()), make([]engine.NetCon, 0, m.Synapses())
	synapse := b.params("ExpSyn", map[string]float64{"tau": m.SynTau, "e": m.SynE})
	for gid := range m.Cells {
		if err := b.cell(gid, synapse); err != nil {
			return nil, nil, err
		}
	}
	for k, a := range m.Artificials {
		mech, err := b.lib.find(a.Mechanism, program.Artificial)
		if err != nil {
			return nil, nil, err
		}
		b.net.Artificials = append(b.net.Artificials, engine.Artificial{GID: uint64(len(m.Cells) + k), Mech: mech, Params: -1})
		b.connect(a.Inputs, int32(k), true)
	}
	return b.net, b.compartments, nil
}

// source is the gid of a source by its number in the model.
func source(number int) uint64 {
	if number > model.Kicker {
		return uint64(number)
	}
	return kicker + uint64(model.Kicker-number)
}

type builder struct {
	*model.Model
	lib          *library
	net          *engine.Network
	compartments []engine.Probe

	sections []morphology.Section // serve one cell after the other
	list     []*morphology.Section
	nseg     []int
	ra       []float64 // ohm cm
}

// params keeps a setting of a mechanism's columns and returns its index.
func (b *builder) params(mechanism string, values map[string]float64) int32 {
	if len(values) == 0 {
		return -1
	}
	k := slices.IndexFunc(b.lib.mechanisms, func(m *program.Mechanism) bool { return m.Name == mechanism })
	var set engine.ParamSet
	for name, value := range values {
		set.Columns, set.Values = append(set.Columns, column(b.lib.mechanisms[k], name)), append(set.Values, value)
	}
	b.net.Params = append(b.net.Params, set)
	return int32(len(b.net.Params) - 1)
}

// connect adds the inputs of a point process or artificial cell.
func (b *builder) connect(inputs []model.Input, target int32, artificial bool) {
	for _, in := range inputs {
		b.net.NetCons = append(b.net.NetCons, engine.NetCon{
			Source: source(in.Source), Target: target, Artificial: artificial, Weight: in.Weight, Delay: in.Delay})
	}
}

// cell adds a cell with its point processes; synapse is the setting of its synapses.
func (b *builder) cell(gid int, synapse int32) error {
	c := &b.Cells[gid]
	tree, err := b.discretize(c)
	if err != nil {
		return err
	}
	t, err := b.template(c, tree)
	if err != nil {
		return err
	}
	b.net.Templates = append(b.net.Templates, t)
	b.net.Cells = append(b.net.Cells, engine.Cell{GID: uint64(gid), Template: int32(gid), DetectorNode: tree.Node(0, 0.5), Threshold: b.Threshold})
	for i, s := range c.Sections {
		for k := range s.NSeg {
			if !b.FinalV {
				break
			}
			b.compartments = append(b.compartments, engine.Probe{Cell: gid, Node: tree.FirstNode[i] + int32(k), Variable: "v"})
		}
	}
	add := func(mechanism string, node, params int32, inputs []model.Input) (int32, error) {
		mech, err := b.lib.find(mechanism, program.Point)
		if err != nil {
			return 0, err
		}
		b.connect(inputs, int32(len(b.net.Points)), false)
		b.net.Points = append(b.net.Points, engine.Point{Cell: int32(gid), Mech: mech, Node: node, Params: params})
		return int32(len(b.net.Points) - 1), nil
	}
	if c.Clamp != nil {
		params := b.params("IClamp", map[string]float64{"del": c.Clamp.Delay, "dur": 1e9, "amp": c.Clamp.Amp})
		if _, err := add("IClamp", tree.Node(0, 0.5), params, nil); err != nil {
			return err
		}
	}
	for _, s := range c.Synapses {
		if _, err := add("ExpSyn", tree.FirstNode[s.Section]+int32(s.Segment), synapse, s.Inputs); err != nil {
			return err
		}
	}
	for i, p := range c.Points {
		k, err := add(p.Mechanism, tree.FirstNode[p.Section]+int32(p.Segment), b.params(p.Mechanism, p.Params), p.Inputs)
		if err != nil {
			return err
		}
		for n, name := range p.Streams {
			b.net.Setters = append(b.net.Setters, engine.Setter{Of: engine.OfPoint, Index: k, Procedure: name,
				Args: engine.Numbers(1, float64(i), float64(n))})
		}
	}
	return nil
}

// Fast in its environment makes a worker compute with the numerics fast.
const Fast = "NETSIM_NUMERICS=fast"

func fast() bool { return slices.Contains(os.Environ(), Fast) }

// discretize makes the nodes of a cell.
func (b *builder) discretize(c *model.Cell) (*morphology.Tree, error) {
	if n := len(c.Sections); len(b.sections) < n {
		b.sections, b.nseg, b.ra = make([]morphology.Section, n), make([]int, n), make([]float64, n)
	}
	shape := &morphology.Morphology{Sections: b.list[:0]}
	for i, s := range c.Sections {
		section := &b.sections[i]
		*section = morphology.Section{Type: 3, Name: "dend", Index: i, StyleL: s.L, StyleDiam: s.Diam, Children: section.Children[:0]}
		var parent *morphology.Section
		if s.Parent >= 0 {
			parent = shape.Sections[s.Parent]
		} else {
			section.Type, section.Name = 1, "soma"
		}
		shape.Append(section, parent, 1)
		b.nseg[i], b.ra[i] = s.NSeg, b.Ra
	}
	b.list = shape.Sections
	return shape.Discretize(b.nseg[:len(c.Sections)], b.ra[:len(c.Sections)])
}

// mechanisms appends a section's density mechanisms to a list.
func (b *builder) mechanisms(s *model.Section, list []int32) ([]int32, error) {
	for k := range 1 + len(s.Insert) {
		name := s.Mechanism
		if k > 0 {
			name = s.Insert[k-1]
		}
		if name == "" {
			continue
		}
		mech, err := b.lib.find(name, program.Density)
		if err != nil {
			return nil, err
		}
		list = append(list, mech)
	}
	return list, nil
}

// template fills the engine's arrays of a cell's tree.
func (b *builder) template(c *model.Cell, tree *morphology.Tree) (*engine.Template, error) {
	t := &engine.Template{Parent: tree.Parent, Area: tree.Area, Diam: tree.Diam, A: tree.A, B: tree.B, Cm: make([]float64, len(tree.Parent))}
	inserted := make([][]int32, len(b.lib.mechanisms)) // nodes
	last, here := int32(-1), []int32(nil)              // a section and its mechanisms
	for node := range tree.Parent {
		at := tree.Section[node]
		section := &c.Sections[at]
		if seg := int(tree.Seg[node]); seg < 0 || seg >= section.NSeg {
			continue
		}
		t.Cm[node] = b.Cm
		if at != last {
			var err error
			if here, err = b.mechanisms(section, here[:0]); err != nil {
				return nil, err
			}
			last = at
		}
		for _, k := range here {
			if inserted[k] == nil {
				inserted[k] = make([]int32, 0, len(tree.Parent)-node)
			}
			inserted[k] = append(inserted[k], int32(node))
		}
	}
	for k, nodes := range inserted {
		if nodes == nil {
			continue
		}
		d := engine.Density{Mech: int32(k), Nodes: nodes}
		if m := b.lib.mechanisms[k]; m.Name == "pas" {
			d.Params = []engine.NodeParam{
				{Column: column(m, "g"), Values: []float64{b.GPas}},
				{Column: column(m, "e"), Values: []float64{b.EPas}},
			}
		}
		t.Density = append(t.Density, d)
	}
	return t, nil
}
