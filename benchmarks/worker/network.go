package worker

import (
	"fmt"
	"os"
	"slices"

	"netsim/benchmarks/model"
	"netsim/engine"
	"netsim/mechanisms"
	"netsim/morphology"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// used are the mechanisms of the models in NEURON's order of registration.
var used = []string{"pas.mod", "iclamp.mod", "expsyn.mod", "hh.mod"}

// compile makes the mechanisms from netsim's own .mod files, hh without its TABLE.
func compile() ([]*program.Mechanism, error) {
	var out []*program.Mechanism
	for _, src := range mechanisms.Sources() {
		if !slices.Contains(used, src.File) {
			continue
		}
		file, symbols, found := nmodl.ParseSource(src.File, src.Text)
		if !diag.HasErrors(found) {
			nobody := func(string) bool { return false }
			m, more := lower.Compile(file, symbols, lower.Options{NoTable: true, Observe: nobody, Fast: os.Getenv("NETSIM_NUMERICS") == "fast"})
			if found = append(found, more...); !diag.HasErrors(found) {
				out = append(out, m)
				continue
			}
		}
		return nil, fmt.Errorf("%s", nmodl.Render(file, found))
	}
	return out, nil
}

func find(ms []*program.Mechanism, name string) int32 {
	return int32(slices.IndexFunc(ms, func(m *program.Mechanism) bool { return m.Name == name }))
}

func column(m *program.Mechanism, name string) int32 {
	return int32(slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name }))
}

// kicker is the gid of model.Kicker.
const kicker = 1 << 40

// network makes the engine's arrays of a model.
func network(m *model.Model, ms []*program.Mechanism) (*engine.Network, error) {
	pas, clamp, synapse := find(ms, "pas"), find(ms, "IClamp"), find(ms, "ExpSyn")
	net := &engine.Network{
		Dt: m.Dt, Celsius: m.Celsius, VInit: m.V0, Mechanisms: ms,
		// NEURON's values on insertion.
		Ions:   []engine.Ion{{Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50}, {Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77}},
		Params: []engine.ParamSet{{Columns: []int32{column(ms[synapse], "tau"), column(ms[synapse], "e")}, Values: []float64{m.SynTau, m.SynE}}},
		Trains: map[uint64][]float64{kicker: {m.Kick}},
		Cells:  make([]engine.Cell, 0, len(m.Cells)),
	}
	leak := []engine.NodeParam{
		{Column: column(ms[pas], "g"), Values: []float64{m.GPas}},
		{Column: column(ms[pas], "e"), Values: []float64{m.EPas}},
	}
	for gid := range m.Cells {
		c := &m.Cells[gid]
		tree, err := discretize(c, m.Ra)
		if err != nil {
			return nil, err
		}
		net.Templates = append(net.Templates, template(c, tree, m.Cm, ms, leak))
		net.Cells = append(net.Cells, engine.Cell{GID: uint64(gid), Template: int32(gid), DetectorNode: tree.Node(0, 0.5), Threshold: m.Threshold})
		if c.Clamp != nil {
			im := ms[clamp]
			net.Params = append(net.Params, engine.ParamSet{
				Columns: []int32{column(im, "del"), column(im, "dur"), column(im, "amp")},
				Values:  []float64{c.Clamp.Delay, 1e9, c.Clamp.Amp},
			})
			net.Points = append(net.Points, engine.Point{Cell: int32(gid), Mech: clamp, Node: tree.Node(0, 0.5), Params: int32(len(net.Params) - 1)})
		}
		for _, s := range c.Synapses {
			point := int32(len(net.Points))
			net.Points = append(net.Points, engine.Point{Cell: int32(gid), Mech: synapse, Node: tree.FirstNode[s.Section] + int32(s.Segment), Params: 0})
			for _, in := range s.Inputs {
				source := uint64(kicker)
				if in.Source != model.Kicker {
					source = uint64(in.Source)
				}
				net.NetCons = append(net.NetCons, engine.NetCon{Source: source, Target: point, Weight: in.Weight, Delay: in.Delay})
			}
		}
	}
	return net, nil
}

// discretize makes the nodes of a cell.
func discretize(c *model.Cell, ra float64) (*morphology.Tree, error) {
	shape := new(morphology.Morphology)
	nseg, resistivity := make([]int, len(c.Sections)), make([]float64, len(c.Sections))
	for i, s := range c.Sections {
		section := &morphology.Section{Type: 3, Name: "dend", Index: i, StyleL: s.L, StyleDiam: s.Diam}
		var parent *morphology.Section
		if s.Parent >= 0 {
			parent = shape.Sections[s.Parent]
		} else {
			section.Type, section.Name = 1, "soma"
		}
		shape.Append(section, parent, 1)
		nseg[i], resistivity[i] = s.NSeg, ra
	}
	return shape.Discretize(nseg, resistivity)
}

// template fills the engine's arrays of a cell's tree.
func template(c *model.Cell, tree *morphology.Tree, cm float64, ms []*program.Mechanism, leak []engine.NodeParam) *engine.Template {
	t := &engine.Template{Parent: tree.Parent, Area: tree.Area, Diam: tree.Diam, A: tree.A, B: tree.B, Cm: make([]float64, len(tree.Parent))}
	inserted := make([][]int32, len(ms)) // nodes
	index := map[string]int32{"pas": find(ms, "pas"), "hh": find(ms, "hh")}
	for node := range tree.Parent {
		section := &c.Sections[tree.Section[node]]
		if seg := int(tree.Seg[node]); seg < 0 || seg >= section.NSeg {
			continue
		}
		t.Cm[node] = cm
		if k, ok := index[section.Mechanism]; ok {
			inserted[k] = append(inserted[k], int32(node))
		}
	}
	for k, nodes := range inserted {
		if nodes == nil {
			continue
		}
		d := engine.Density{Mech: int32(k), Nodes: nodes}
		if ms[k].Name == "pas" {
			d.Params = leak
		}
		t.Density = append(t.Density, d)
	}
	return t
}
