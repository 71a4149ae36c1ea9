package engine

import (
	"fmt"
	"slices"

	"netsim/nmodl/program"
)

// extUse tells for each Ext of a mechanism what its programs do with it.
type extUse struct {
	m      *program.Mechanism
	reads  []bool
	writes []bool
	late   []bool // after INITIAL: read or written
}

// extUses keeps the extUse of each mechanism.
type extUses map[*program.Mechanism]*extUse

// of finds out what a mechanism does with its Exts.
func (all extUses) of(m *program.Mechanism) *extUse {
	if u := all[m]; u != nil {
		return u
	}
	n := len(m.Exts)
	u := &extUse{m: m, reads: make([]bool, n), writes: make([]bool, n), late: make([]bool, n)}
	all[m] = u
	scan := func(code *program.Code, late bool) {
		if code == nil {
			return
		}
		for k := range code.Instrs {
			in := &code.Instrs[k]
			for _, r := range in.Src {
				if r.Kind == program.ExtRef {
					u.reads[r.Idx] = true
					u.late[r.Idx] = u.late[r.Idx] || late
				}
			}
			if in.Dst.Kind == program.ExtRef {
				u.writes[in.Dst.Idx] = true
				u.late[in.Dst.Idx] = u.late[in.Dst.Idx] || late
			}
		}
	}
	first := []program.Entry{m.Init, m.Prepare, m.BeforeInitial, m.AfterInitial, m.NetInit}
	for _, en := range m.Entries() {
		late := !slices.Contains(first, en.Entry)
		scan(en.Entry.Vector, late)
		scan(en.Entry.Scalar, late)
	}
	for _, code := range m.Watches {
		scan(code, true)
	}
	for _, f := range m.Functions {
		scan(f.Code, true)
	}
	for _, p := range m.Procedures {
		scan(p.Code, true)
	}
	for _, t := range m.Tables {
		scan(t.Build, true)
		scan(t.Bounds, true)
	}
	for _, d := range m.Diffusion {
		scan(d.Code, true)
		if d.State.Kind == program.ExtRef {
			u.reads[d.State.Idx], u.writes[d.State.Idx], u.late[d.State.Idx] = true, true, true
		}
	}
	return u
}

// reading reports whether a program reads an ion's data of a kind.
func (u *extUse) reading(kind program.ExtKind, ion string) bool {
	for k, ext := range u.m.Exts {
		if ext.Ion == ion && ext.Kind == kind && u.reads[k] {
			return true
		}
	}
	return false
}

// concentration reports whether a program stores to a concentration of an ion.
func (u *extUse) concentration(ion string) bool {
	for k, ext := range u.m.Exts {
		if ext.Ion == ion && (ext.Kind == program.IonXi || ext.Kind == program.IonXo) && u.writes[k] {
			return true
		}
	}
	return false
}

// array is the ion's data of a kind, where they are kept.
func (ion *ionInst) array(kind program.ExtKind) *[]float64 {
	switch kind {
	case program.IonE:
		return &ion.e
	case program.IonI:
		return &ion.i
	case program.IonDiDv:
		return &ion.didv
	case program.IonXi:
		return &ion.xi
	case program.IonXo:
		return &ion.xo
	}
	return nil
}

// kindOf is the kind of an ion's variable by NEURON's name: eX, iX, Xi or Xo.
func (ion *ionInst) kindOf(name string) (program.ExtKind, bool) {
	x := ion.ion.Name
	switch name {
	case "e" + x:
		return program.IonE, true
	case "i" + x:
		return program.IonI, true
	case x + "i":
		return program.IonXi, true
	case x + "o":
		return program.IonXo, true
	}
	return 0, false
}

// bindExts ties a mechanism's Exts to the group's arrays.
func (l *layout) bindExts(g *group, mi *mechInst) error {
	mi.exts = make([]extBind, len(mi.m.Exts))
	var whole extBind
	if mi.nodes != nil {
		whole = bindRows(nil, mi.nodes, g.width)
		l.e.noteJagged(mi, &whole)
	}
	for k, ext := range mi.m.Exts {
		if ext.Kind == program.PointerVar {
			mi.exts[k] = extBind{pointers: make([]pointed, mi.n)}
			continue
		}
		if mi.nodes == nil {
			return fmt.Errorf("%s is an ARTIFICIAL_CELL and uses data of a node", mi.m.Name)
		}
		b := whole
		switch ext.Kind {
		case program.NodeV:
			b.base = g.v
		case program.NodeRHS:
			b.base = g.rhs
		case program.NodeD:
			b.base = g.d
		case program.NodeArea, program.NodeDiam:
			if mi.geometry != nil {
				b.constant = mi.geometry[k]
			} else {
				b.constant = l.geometry(g, mi, ext.Kind)
			}
			b.brief = !l.uses.of(mi.m).late[k]
		default:
			i := slices.IndexFunc(g.ions, func(ion *ionInst) bool { return ion.ion.Name == ext.Ion })
			if i < 0 {
				return fmt.Errorf("%s uses the ion %s, which the network does not declare", mi.m.Name, ext.Ion)
			}
			b = g.ions[i].bind(mi, ext.Kind)
		}
		mi.exts[k] = b
	}
	mi.geometry = nil
	return nil
}

// bind is where a mechanism finds data of the ion.
func (ion *ionInst) bind(mi *mechInst, kind program.ExtKind) extBind {
	var b extBind
	for k := range ion.users {
		if ion.users[k].mi == mi {
			b = ion.users[k].at
		}
	}
	switch array := *ion.array(kind); {
	case array == nil:
		return extBind{unread: true}
	case len(array) == 1 && len(ion.nodes) != 1:
		return extBind{one: array}
	default:
		b.base = array
	}
	return b
}

// ownValues gives an ion's data of a kind one value per instance, from now on. Programs that are bound already must be
// bound anew.
func (e *Engine) ownValues(g *group, ion *ionInst, kind program.ExtKind) {
	if ion.nodes == nil {
		(&layout{e: e}).index(g, ion)
	}
	array := ion.array(kind)
	if n := len(ion.nodes); *array == nil {
		*array = make([]float64, n)
	} else if len(*array) == 1 {
		*array = filled(n, (*array)[0])
	}
	for _, u := range ion.users {
		for k, ext := range u.mi.m.Exts {
			if ext.Kind == kind && ext.Ion == ion.ion.Name {
				u.mi.exts[k] = ion.bind(u.mi, kind)
			}
		}
	}
}

// oneForAll reports whether an ion's data of a kind have no value per instance.
func (ion *ionInst) oneForAll(kind program.ExtKind) bool {
	array := *ion.array(kind)
	return ion.nodes == nil || array == nil || len(array) < len(ion.nodes)
}

// bindRows notes where successive instances stand at successive places.
func bindRows(base []float64, idx []int32, width int) extBind {
	b := extBind{base: base, idx: idx, contiguous: true}
	for i := range idx {
		if idx[i] != idx[0]+int32(i) {
			b.contiguous = false
			break
		}
	}
	if b.contiguous || width != lanes || len(idx)%lanes != 0 {
		return b
	}
	rows := make([]int32, 0, len(idx)/lanes)
	for i := 0; i < len(idx); i += lanes {
		for j := range lanes {
			if idx[i+j] != idx[i]+int32(j) {
				return b
			}
		}
		rows = append(rows, idx[i])
	}
	b.rows = rows
	return b
}

// geometry is the area (um2) or diameter (um) of each instance's node; padding has 1.
func (l *layout) geometry(g *group, mi *mechInst, kind program.ExtKind) []float64 {
	at := &l.area
	if kind == program.NodeDiam {
		at = &l.diam
	}
	if len(*at) == 0 { // of the group before
		for k := range cleared(at, len(g.v)) {
			(*at)[k] = 1
		}
		for k := range g.blocks {
			b := &g.blocks[k]
			from := b.template.Area
			if kind == program.NodeDiam {
				from = b.template.Diam
			}
			for node, value := range from {
				for lane := range g.lanesOf(b) {
					(*at)[g.index(b, int32(node), lane)] = value
				}
			}
		}
	}
	out := make([]float64, len(mi.nodes))
	for i, n := range mi.nodes {
		out[i] = (*at)[n]
	}
	return out
}
