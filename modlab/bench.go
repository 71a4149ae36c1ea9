package modlab

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"netsim/cell"
	"netsim/engine"
	"netsim/morphology"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// membraneNode is the segment's node: 0 is the root at its 0 end, 2 the node at its 1 end.
const membraneNode = 1

// bench is a network of equal compartments, or of equal artificial cells, each with one instance of a mechanism.
type bench struct {
	p    Protocol
	src  *Source
	lib  *cell.Library
	mech int32 // index into lib.Mechanisms
	m    *program.Mechanism
	net  *engine.Network
	eng  *engine.Engine
}

// newBench builds n copies of the compartment. Problems with names are a *ProtocolError.
func newBench(src *Source, p Protocol, n int, o engine.Options) (*bench, error) {
	if src.Library() {
		return nil, fmt.Errorf("%s: a library of functions (SUFFIX nothing) has no instances to trace", src.Path)
	}
	m, _ := src.compile(p.driven(src.Symbols.Name), p.Record...)
	if err := refusal(m); err != nil {
		return nil, err
	}
	b := &bench{p: p, src: src}
	fail := &ProtocolError{}
	builtins, user, err := b.inserted(m, fail)
	if err != nil {
		return nil, err
	}
	if fail.Problems != nil {
		return nil, fail
	}
	if b.lib, err = cell.NewLibrary(builtins, append(user, m), nil); err != nil {
		return nil, err
	}
	b.mech, _ = b.lib.Find(m.Name)
	b.m = b.lib.Mechanisms[b.mech]
	b.net = &engine.Network{Dt: p.Dt, Celsius: p.Celsius, VInit: p.VInit, Mechanisms: slices.Clone(b.lib.Mechanisms), Ions: slices.Clone(b.lib.Ions)}
	if err := b.build(n, fail); err != nil {
		return nil, err
	}
	b.checkKind(fail)
	if _, err := b.columns(); err != nil {
		fail.Problems = append(fail.Problems, err.Problems...)
	}
	if fail.Problems != nil {
		return nil, fail
	}
	b.eng, err = engine.New(b.net, o)
	return b, err
}

// inserted compiles what the protocol puts beside the mechanism: from the further files, else what comes with netsim.
func (b *bench) inserted(m *program.Mechanism, fail *ProtocolError) (builtins, user []*program.Mechanism, err error) {
	names := slices.Clone(b.p.Insert)
	if len(b.p.IClamp) > 0 {
		names = append(names, "IClamp")
	}
	given := map[string]*Source{}
	for _, s := range b.src.With {
		given[s.Symbols.Name] = s
	}
	for i, name := range names {
		if name == m.Name || slices.Contains(names[:i], name) {
			continue
		}
		if s := given[name]; s != nil && s.Symbols.Kind == "SUFFIX" {
			other, _ := s.compile(b.p.driven(name))
			if err := refusal(other); err != nil {
				return nil, nil, err
			}
			user = append(user, other)
			continue
		}
		other, err := builtin(name, b.p.driven(name))
		switch {
		case err != nil:
			return nil, nil, err
		case other == nil || other.Kind != program.Density && i < len(b.p.Insert):
			fail.add("insert: " + unknown("density mechanism", name, append(sorted(given), builtinNames()...)))
		default:
			builtins = append(builtins, other)
		}
	}
	if n := len(b.p.held()); n > 0 {
		values, err := compileHolder(n)
		if err != nil {
			return nil, nil, err
		}
		user = append(user, values)
	}
	return builtins, user, nil
}

// build fills the network's arrays.
func (b *bench) build(n int, fail *ProtocolError) error {
	b.setIons(fail)
	own := b.parameters(fail)
	params := int32(-1)
	if own != nil && b.m.Kind != program.Density {
		b.net.Params = append(b.net.Params, *own)
		params = 0
	}
	if b.m.Kind == program.Artificial {
		for i := range n {
			b.net.Artificials = append(b.net.Artificials, engine.Artificial{GID: uint64(i), Mech: b.mech, Params: params})
		}
		b.connect(n, true)
		b.net.Setters = b.setters(n, fail)
		return nil
	}
	t, err := b.template(own, fail)
	if err != nil {
		return err
	}
	b.net.Templates = []*engine.Template{t}
	for i := range n {
		c := int32(i)
		b.net.Cells = append(b.net.Cells, engine.Cell{GID: uint64(i), DetectorNode: -1})
		if b.m.Kind == program.Point {
			b.net.Points = append(b.net.Points, engine.Point{Cell: c, Mech: b.mech, Node: membraneNode, Params: params})
		}
	}
	b.connect(n, false)
	b.clamps(n)
	b.setPointers(n, fail)
	b.net.Setters = b.setters(n, fail)
	return nil
}

// template is one section of one segment with the density mechanisms.
func (b *bench) template(own *engine.ParamSet, fail *ProtocolError) (*engine.Template, error) {
	p := &b.p
	sec := &morphology.Section{Type: 1, Name: "soma", StyleL: p.L, StyleDiam: p.Diam}
	morph := &morphology.Morphology{Path: "compartment", Sections: []*morphology.Section{sec}, Roots: []*morphology.Section{sec}}
	tree, err := morph.Discretize([]int{1}, []float64{p.Ra})
	if err != nil {
		return nil, err
	}
	t := &engine.Template{Name: "compartment", Parent: tree.Parent, Area: tree.Area, Diam: tree.Diam, A: tree.A, B: tree.B,
		Cm: []float64{0, p.Cm, 0}}
	at := []int32{membraneNode}
	for i, m := range b.lib.Mechanisms {
		if m.Kind != program.Density {
			continue
		}
		d := engine.Density{Mech: int32(i), Nodes: at}
		set := own
		if int32(i) != b.mech {
			set = b.otherParameters(m)
		}
		if set != nil {
			for k, c := range set.Columns {
				d.Params = append(d.Params, engine.NodeParam{Column: c, Values: []float64{set.Values[k]}})
			}
		}
		t.Density = append(t.Density, d)
	}
	for _, name := range sorted(p.Ions) {
		i, ok := b.lib.Ion(name)
		if e := p.Ions[name]["e"+name]; ok && len(e) > 0 {
			t.IonE = append(t.IonE, engine.IonE{Ion: i, Nodes: at, E: []float64{e[0].Value}})
		}
	}
	return t, nil
}

// setIons gives the ions the concentrations that finitialize sets.
func (b *bench) setIons(fail *ProtocolError) {
	var known []string
	for _, ion := range b.net.Ions {
		known = append(known, ion.Name)
	}
	for _, name := range sorted(b.p.Ions) {
		i, ok := b.lib.Ion(name)
		if !ok {
			fail.add("ions: " + unknown("ion", name, known))
			continue
		}
		ion := &b.net.Ions[i]
		for _, v := range sorted(b.p.Ions[name]) {
			list := b.p.Ions[name][v]
			if len(list) == 0 {
				fail.add(fmt.Sprintf("ions: %s has no value", v))
				continue
			}
			switch v {
			case name + "i":
				ion.Xi0 = list[0].Value
			case name + "o":
				ion.Xo0 = list[0].Value
			case "e" + name:
			default:
				fail.add("ions: " + unknown("variable of "+name, v, []string{name + "i", name + "o", "e" + name}))
			}
		}
	}
}

// parameters splits the protocol's parameters: globals go into a copy of the mechanism, columns into a set.
func (b *bench) parameters(fail *ProtocolError) *engine.ParamSet {
	var set engine.ParamSet
	globals := slices.Clone(b.m.Globals)
	var known []string
	for i := range b.m.Columns {
		if c := &b.m.Columns[i]; c.Role == program.Parameter || c.Range && c.Role != program.Hidden {
			known = append(known, columnName(c))
		}
	}
	for _, g := range globals[program.NumStandardGlobals:] {
		known = append(known, g.Name)
	}
	for _, name := range sorted(b.p.Parameters) {
		value := b.p.Parameters[name]
		base := strings.TrimSuffix(name, "_"+b.m.Name)
		if i := slices.IndexFunc(b.m.Columns, func(c program.Column) bool { return columnName(&c) == base && c.Role != program.Hidden }); i >= 0 {
			set.Columns, set.Values = append(set.Columns, int32(i)), append(set.Values, value)
			continue
		}
		if i := slices.IndexFunc(globals, func(g program.Global) bool { return g.Name == base }); i >= program.NumStandardGlobals {
			globals[i].Default = value
			continue
		}
		if s := b.src.Symbols.Lookup(base); s != nil && s.Size == 0 && (s.Kind == checker.Parameter || s.Range) {
			continue // declared, but nothing depends on it
		}
		if b.otherParameter(name) {
			continue
		}
		fail.add("parameters: " + unknown("parameter", name, known))
	}
	changed := *b.m
	changed.Globals = globals
	b.net.Mechanisms[b.mech] = &changed
	if set.Columns == nil {
		return nil
	}
	return &set
}

// otherParameter tells whether a name such as g_pas is a parameter of an inserted mechanism.
func (b *bench) otherParameter(name string) bool {
	for i, m := range b.lib.Mechanisms {
		if base, ok := strings.CutSuffix(name, "_"+m.Name); ok && int32(i) != b.mech {
			return slices.ContainsFunc(m.Columns, func(c program.Column) bool { return c.Range && columnName(&c) == base })
		}
	}
	return false
}

func (b *bench) otherParameters(m *program.Mechanism) *engine.ParamSet {
	var set engine.ParamSet
	if m.Name == holder {
		for k, pointer := range b.p.held() {
			set.Columns, set.Values = append(set.Columns, int32(k)), append(set.Values, b.p.Pointers[pointer].Values[0].Value)
		}
	}
	for i := range m.Columns {
		if v, ok := b.p.Parameters[columnName(&m.Columns[i])+"_"+m.Name]; ok && m.Columns[i].Range {
			set.Columns, set.Values = append(set.Columns, int32(i)), append(set.Values, v)
		}
	}
	return &set
}

// firstSource is the gid of the first NetCon's source; cells have those from 0 on.
const firstSource = 1 << 32

// connect makes one NetCon per instance and weight.
func (b *bench) connect(n int, artificial bool) {
	b.net.Trains = map[uint64][]float64{}
	var weights []float64
	number := map[float64]int{}
	for _, e := range b.p.Events {
		k, known := number[e.Weight]
		if !known {
			k = len(weights)
			number[e.Weight], weights = k, append(weights, e.Weight)
		}
		gid := uint64(firstSource + k)
		b.net.Trains[gid] = append(b.net.Trains[gid], e.T)
	}
	for k, w := range weights {
		gid := uint64(firstSource + k)
		slices.Sort(b.net.Trains[gid])
		for i := range n {
			b.net.NetCons = append(b.net.NetCons, engine.NetCon{Source: gid, Target: int32(i), Artificial: artificial, Weight: w})
		}
	}
}

// clamps adds an IClamp per pulse and cell.
func (b *bench) clamps(n int) {
	mech, ok := b.lib.Find("IClamp")
	if !ok || len(b.p.IClamp) == 0 {
		return
	}
	m := b.lib.Mechanisms[mech]
	column := func(name string) int32 {
		return int32(slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name }))
	}
	for _, pulse := range b.p.IClamp {
		b.net.Params = append(b.net.Params, engine.ParamSet{
			Columns: []int32{column("del"), column("dur"), column("amp")},
			Values:  []float64{pulse.Delay, pulse.Dur, pulse.Amp},
		})
		for i := range n {
			b.net.Points = append(b.net.Points, engine.Point{Cell: int32(i), Mech: mech, Node: membraneNode, Params: int32(len(b.net.Params) - 1)})
		}
	}
}

// checkKind refuses what a kind of mechanism cannot have.
func (b *bench) checkKind(fail *ProtocolError) {
	if len(b.p.Events) > 0 && b.m.NetReceive.Scalar == nil {
		fail.add(fmt.Sprintf("events: %s has no NET_RECEIVE block, so nothing can be sent to it", b.m.Name))
	}
	if b.m.Kind != program.Artificial {
		return
	}
	given := map[string]int{"clamp": len(b.p.Clamp), "iclamp": len(b.p.IClamp), "insert": len(b.p.Insert), "ions": len(b.p.Ions), "pointers": len(b.p.Pointers)}
	for _, key := range sorted(given) {
		if given[key] > 0 {
			fail.add(fmt.Sprintf("%s: %s is an ARTIFICIAL_CELL, which has no membrane", key, b.m.Name))
		}
	}
}

// init runs finitialize. Every step is an interval of its own, so that v can be set between any two.
func (b *bench) init() error {
	_, err := b.eng.Init(b.p.Dt, math.Inf(1))
	return err
}
