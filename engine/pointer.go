package engine

import (
	"fmt"

	"netsim/nmodl/program"
)

// PointerSet makes a POINTER refer to a variable, as hoc's setpointer does.
type PointerSet struct {
	// The instance whose POINTER is set.
	Of      Owner
	Index   int32 // into Network.Points, Artificials or Cells
	Mech    int32 // OfDensity: index into Network.Mechanisms
	Node    int32 // OfDensity: node of the cell's template
	Pointer string

	To Target
}

// Target is a variable that a POINTER may refer to.
type Target struct {
	Of    Owner
	Index int32 // into Network.Points, Artificials or Cells
	Node  int32 // OfDensity
	// Variable is a column of the point process or artificial cell, or with OfDensity a variable of the node by NEURON's
	// name: v, cai, gbar_NaTs, ….
	Variable string
	Element  int32 // of an array
}

// pointed is a variable: element of a column that may be allocated anew before the run starts; column is nil as long as
// the POINTER is not set.
type pointed struct {
	column *[]float64
	at     int32
	// into is the mechanism whose column it is, nil for a variable of the node.
	into *program.Column
}

func (p *pointed) value() *float64 {
	if len(*p.column) == 1 {
		return &(*p.column)[0]
	}
	return &(*p.column)[p.at]
}

// pointed reads what a POINTER refers to.
func (x *scalarRun) pointed(ext *extBind) float64 {
	p := &ext.pointers[x.i]
	if p.column == nil {
		x.unset(ext)
		return 0
	}
	return *p.value()
}

func (x *scalarRun) setPointed(ext *extBind, v float64) {
	p := &ext.pointers[x.i]
	switch {
	case p.column == nil:
		x.unset(ext)
	case p.into != nil && !p.into.Written && !p.into.Driven:
		x.err = fmt.Errorf("POINTER %s writes to %s, which its mechanism was not compiled for (Options.Driven)", x.pointerName(ext), p.into.Name)
	default:
		*p.value() = v
	}
}

func (x *scalarRun) unset(ext *extBind) {
	x.err = fmt.Errorf("POINTER %s is not set", x.pointerName(ext))
}

func (x *scalarRun) pointerName(ext *extBind) string {
	for k := range x.mi.exts {
		if &x.mi.exts[k] == ext {
			return x.mi.m.Exts[k].Ion
		}
	}
	return ""
}

// cellOf is the cell of an instance; artificial cells have negative numbers.
func (e *Engine) cellOf(of Owner, index int32) int32 {
	switch of {
	case OfPoint:
		return e.net.Points[index].Cell
	case OfArtificial:
		return -1 - index
	}
	return index
}

// linked reports whether POINTERs lead from one cell to another: such cells must be integrated together.
func (e *Engine) linked() bool {
	for k := range e.net.Pointers {
		p := &e.net.Pointers[k]
		if e.cellOf(p.Of, p.Index) != e.cellOf(p.To.Of, p.To.Index) {
			return true
		}
	}
	return false
}

func (mi *mechInst) isPinned(column int) bool { return mi.pinned != nil && mi.pinned[column] }

// setPointers resolves Network.Pointers. Columns are allocated after it.
func (e *Engine) setPointers() error {
	net := e.net
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			mi.cols = make([][]float64, len(mi.m.Columns))
		}
	}
	at := e.densityIndexAll()
	for k := range net.Pointers {
		p := &net.Pointers[k]
		in, err := e.owner(&Setter{Of: p.Of, Index: p.Index, Mech: p.Mech, Node: p.Node, Procedure: p.Pointer}, at)
		if err != nil {
			return fmt.Errorf("POINTER %s: no such instance", p.Pointer)
		}
		g := e.groups[in.group]
		mi := g.mechs[in.mech]
		var ext *extBind
		for j := range mi.m.Exts {
			if mi.m.Exts[j].Kind == program.PointerVar && mi.m.Exts[j].Ion == p.Pointer {
				ext = &mi.exts[j]
			}
		}
		if ext == nil {
			return fmt.Errorf("%s has no POINTER %s that its statements use", mi.m.Name, p.Pointer)
		}
		to, owner, err := e.target(&p.To)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", mi.m.Name, p.Pointer, err)
		}
		if owner != g {
			return fmt.Errorf("%s.%s refers to a variable of another cell, which is not integrated together with this one", mi.m.Name, p.Pointer)
		}
		ext.pointers[in.inst] = to
	}
	return nil
}

// densityIndexAll finds the instances of all density mechanisms.
func (e *Engine) densityIndexAll() map[densityKey]instance {
	out := map[densityKey]instance{}
	for gi, g := range e.groups {
		for mk, mi := range g.mechs {
			if mi.m.Kind != program.Density || len(e.net.Pointers) == 0 {
				continue
			}
			for i, at := range mi.nodes {
				out[densityKey{int32(gi), mi.mech, at}] = instance{int32(gi), int32(mk), int32(i)}
			}
		}
	}
	return out
}

// target finds the variable that a POINTER refers to and keeps its column in place.
func (e *Engine) target(t *Target) (pointed, *group, error) {
	fix := func(g *group, mi *mechInst, c, i int) (pointed, *group, error) {
		if mi.pinned == nil {
			mi.pinned = make([]bool, len(mi.m.Columns))
		}
		mi.pinned[c] = true
		return pointed{column: &mi.cols[c], at: int32(i), into: &mi.m.Columns[c]}, g, nil
	}
	switch {
	case t.Of == OfDensity && int(t.Index) < len(e.net.Cells):
		p := Probe{Cell: int(t.Index), Node: t.Node, Variable: t.Variable}
		g, at := e.find(&p)
		if t.Variable == "v" {
			return pointed{column: &g.v, at: at}, g, nil
		}
		for _, ion := range g.ions {
			if kind, ok := ion.kindOf(t.Variable); ok && ion.at(at) >= 0 {
				e.ownValues(g, ion, kind)
				return pointed{column: ion.array(kind), at: ion.at(at)}, g, nil
			}
		}
		if mi, c, i, ok := g.column(t.Variable, at); ok {
			return fix(g, mi, c+int(t.Element), i)
		}
		return pointed{}, nil, e.noVariable(&p)
	case t.Of == OfPoint && int(t.Index) < len(e.points.number), t.Of == OfArtificial && int(t.Index) < len(e.artificialAt):
		in := instance{}
		if t.Of == OfPoint {
			in = e.points.at(t.Index)
		} else {
			in = e.artificialAt[t.Index]
		}
		g := e.groups[in.group]
		mi := g.mechs[in.mech]
		for c := range mi.m.Columns {
			if col := &mi.m.Columns[c]; col.Name == t.Variable && col.Element == int(t.Element) {
				return fix(g, mi, c, int(in.inst))
			}
		}
		return pointed{}, nil, fmt.Errorf("%s has no variable %s", mi.m.Name, t.Variable)
	}
	return pointed{}, nil, fmt.Errorf("there is no such instance to refer to")
}
