package engine

import (
	"math"
	"slices"
	"unsafe"

	"netsim/libm"
	"netsim/nmodl/program"
)

// CODATA 2018, as NEURON 9 has them (nrnoc/nrnunits_modern.h): products of doubles, so they are variables here; a Go
// constant expression would be exact.
var (
	elementaryCharge = 1.602176634e-19 // C
	avogadro         = 6.02214076e+23  // 1/mol
	boltzmann        = 1.380649e-23    // J/K

	faraday     = float64(elementaryCharge * avogadro) // C/mol
	gasConstant = float64(boltzmann * avogadro)        // J/(mol K)
)

// nernst is NEURON's nrn_nernst (nrnoc/eion.cpp): ktf/z·log(xo/xi) in mV, with ±1e6 where a concentration is not positive.
func nernst(xi, xo, ktfPerCharge float64) float64 {
	if xi <= 0 {
		return 1e6
	}
	if xo <= 0 {
		return -1e6
	}
	return ktfPerCharge * libm.Log(xo/xi)
}

// ktf is 1000·R·T/F in mV, in NEURON's association.
func ktf(celsius float64) float64 {
	return 1000 * gasConstant * (celsius + 273.15) / faraday
}

// Ion styles as nrn_promote keeps them: the largest of what the mechanisms at a node ask for.
const (
	unused   = 0
	constant = 1 // read
	computed = 2 // reversal potential: from the concentrations
	state    = 3 // written by a mechanism
)

// unreadFrom is the size of a group in nodes from which currents of ions are computed only if something reads them. In a
// smaller one they cost nothing, and can be asked for at any time.
const unreadFrom = 256

// placeIon makes the ion's instances in a group: one at each node where a mechanism names the ion; nil if none does.
func (l *layout) placeIon(g *group, index int32) *ionInst {
	e := l.e
	ion := &ionInst{ion: e.net.Ions[index]}
	var uses []*program.Ion // by user
	for _, mi := range g.mechs {
		if k := slices.IndexFunc(mi.m.Ions, func(u program.Ion) bool { return u.Name == ion.ion.Name }); k >= 0 && mi.nodes != nil {
			ion.users = append(ion.users, ionUser{mi: mi})
			uses = append(uses, &mi.m.Ions[k])
		}
	}
	if len(ion.users) == 0 {
		return nil
	}
	ion.ktfPerUnit = ktf(e.net.Celsius) / ion.ion.Valence // mV
	all := e.opt.Plain || len(g.v) < unreadFrom
	currents, slopes := all, all
	for _, u := range ion.users {
		use := l.uses.of(u.mi.m)
		currents = currents || use.reading(program.IonI, ion.ion.Name)
		slopes = slopes || use.reading(program.IonDiDv, ion.ion.Name)
	}
	concentrations, varies := e.opt.Plain, e.opt.Plain
	simple := true
	for k, u := range uses {
		writes := u.WriteXi || u.WriteXo || l.uses.of(ion.users[k].mi.m).concentration(ion.ion.Name)
		concentrations, varies = concentrations || writes, varies || u.WriteE
		simple = simple && !writes && !u.ReadXi && !u.ReadXo && !u.WriteE
	}
	ion.e, ion.xi, ion.xo = filled(1, ion.ion.E0), filled(1, ion.ion.Xi0), filled(1, ion.ion.Xo0)
	ownE := slices.ContainsFunc(g.blocks, func(b block) bool {
		return slices.ContainsFunc(b.template.IonE, func(s IonE) bool { return s.Ion == index })
	})
	if simple && !ownE && !currents && !slopes && !concentrations && !varies {
		return ion
	}
	l.index(g, ion)
	n := len(ion.nodes)
	varies = l.ionStyles(ion, uses) || varies
	if ownE || varies {
		ion.e = l.ionE(g, ion, index, varies)
	}
	if concentrations {
		ion.xi, ion.xo = filled(n, ion.ion.Xi0), filled(n, ion.ion.Xo0)
	}
	if currents {
		ion.i = make([]float64, n)
	}
	if slopes {
		ion.didv = make([]float64, n)
	}
	if len(ion.e) == 1 && !concentrations && !currents && !slopes {
		ion.nodes = nil
		for k := range ion.users {
			ion.users[k].at = extBind{}
		}
	}
	return ion
}

// index gives the ion its nodes and tells its users where theirs are among them. l.where has the instances afterwards,
// by place.
func (l *layout) index(g *group, ion *ionInst) {
	l.ionNodes(g, ion)
	where := cleared(&l.where, len(g.v))
	for i, at := range ion.nodes {
		where[at] = int32(i)
	}
	for k := range ion.users {
		u := &ion.users[k]
		if unsafe.SliceData(u.mi.nodes) == unsafe.SliceData(ion.nodes) {
			u.at = extBind{idx: []int32{0}, contiguous: true}
			continue
		}
		idx := make([]int32, len(u.mi.nodes))
		for i, at := range u.mi.nodes {
			idx[i] = where[at]
		}
		u.at = bindRows(nil, idx, g.width)
		l.e.noteJagged(u.mi, &u.at)
	}
}

// filled is n times a value.
func filled(n int, x float64) []float64 {
	out := make([]float64, n)
	for k := range out {
		out[k] = x
	}
	return out
}

// ionNodes finds the nodes of the ion's instances. They are often those of a density mechanism, and then the same list.
func (l *layout) ionNodes(g *group, ion *ionInst) {
	first := ion.users[0].mi
	if len(ion.users) == 1 && first.m.Kind == program.Density {
		ion.nodes = first.nodes
		return
	}
	marks := cleared(&l.marks, len(g.v))
	n := 0
	for _, u := range ion.users {
		for _, at := range u.mi.nodes {
			if !marks[at] {
				marks[at] = true
				n++
			}
		}
	}
	for _, u := range ion.users {
		if u.mi.m.Kind == program.Density && len(u.mi.nodes) == n {
			ion.nodes = u.mi.nodes
			return
		}
	}
	ion.nodes = indicesOf(marks)
}

// ionStyles decides how the concentrations and the reversal potential are used at each instance, and what therefore
// happens at finitialize and in every step (nrnoc/eion.cpp: nrn_promote). It reports whether reversal potentials may
// come to differ.
func (l *layout) ionStyles(ion *ionInst, uses []*program.Ion) (varies bool) {
	conc, rev := cleared(&l.conc, len(ion.nodes)), cleared(&l.rev, len(ion.nodes))
	for k, u := range uses {
		c, r := uint8(unused), uint8(unused)
		if u.ReadXi || u.ReadXo {
			c = constant
		}
		if u.WriteXi || u.WriteXo {
			c = state
		}
		if u.ReadE {
			r = constant
		}
		if u.WriteE {
			r = state
		}
		for _, at := range ion.users[k].mi.nodes {
			i := l.where[at]
			conc[i], rev[i] = max(conc[i], c), max(rev[i], r)
			if conc[i] > 0 && rev[i] < computed {
				rev[i] = computed
			}
		}
	}
	ion.setConc = someOf(len(conc), func(k int) bool { return conc[k] == state })
	ion.everyStep = someOf(len(conc), func(k int) bool { return conc[k] == state && rev[k] == computed })
	ion.atInit = someOf(len(conc), func(k int) bool { return conc[k] > 0 && rev[k] == computed })
	return ion.atInit.n > 0 || ion.everyStep.n > 0
}

// ionE is the reversal potentials (mV) that the templates set: one per instance if they differ or may come to differ.
func (l *layout) ionE(g *group, ion *ionInst, index int32, varies bool) []float64 {
	out := filled(len(ion.nodes), ion.ion.E0)
	for k := range g.blocks {
		b := &g.blocks[k]
		for _, s := range b.template.IonE {
			if s.Ion != index {
				continue
			}
			for j, node := range s.Nodes {
				value := s.E[0]
				if len(s.E) > 1 {
					value = s.E[j]
				}
				for lane := range g.lanesOf(b) {
					at := g.index(b, node, lane)
					if w := l.where[at]; ion.nodes[w] == at {
						out[w] = value
					}
				}
			}
		}
	}
	for _, x := range out[1:] {
		varies = varies || math.Float64bits(x) != math.Float64bits(out[0])
	}
	if !varies {
		return filled(1, out[0])
	}
	return out
}

// at is the instance at a place of the group's arrays, -1 where the ion is not.
func (ion *ionInst) at(place int32) int32 {
	if ion.nodes == nil {
		for _, u := range ion.users {
			if slices.Contains(u.mi.nodes, place) {
				return 0
			}
		}
		return -1
	}
	if k, ok := slices.BinarySearch(ion.nodes, place); ok {
		return int32(k)
	}
	return -1
}

// subset is some of n instances.
type subset struct {
	n    int
	list []int32 // nil: the first n
}

// someOf is the instances of n for which is holds.
func someOf(n int, is func(k int) bool) subset {
	var s subset
	for k := range n {
		if is(k) {
			s.n++
		}
	}
	if s.n == 0 || s.n == n {
		return s
	}
	s.list = make([]int32, 0, s.n)
	for k := range n {
		if is(k) {
			s.list = append(s.list, int32(k))
		}
	}
	return s
}

// has reports whether an instance belongs to the subset.
func (s *subset) has(k int32) bool {
	if s.list == nil {
		return int(k) < s.n
	}
	_, ok := slices.BinarySearch(s.list, k)
	return ok
}

// each calls f for all instances.
func (s *subset) each(f func(k int32)) {
	if s.list == nil {
		for k := range int32(s.n) {
			f(k)
		}
		return
	}
	for _, k := range s.list {
		f(k)
	}
}

// finitialize is NEURON's ion_init.
func (ion *ionInst) finitialize() {
	ion.setConc.each(func(k int32) { ion.xi[k], ion.xo[k] = ion.ion.Xi0, ion.ion.Xo0 })
	ion.atInit.each(ion.nernstAt)
}

// startCurrents is NEURON's ion_cur: the current of the ion starts at 0, and its reversal potential follows the
// concentrations where a mechanism writes them.
func (ion *ionInst) startCurrents() {
	clear(ion.i)
	clear(ion.didv)
	ion.everyStep.each(ion.nernstAt)
}

// nernstAt computes the reversal potential of an instance.
func (ion *ionInst) nernstAt(k int32) {
	if ion.ion.Valence == 0 {
		ion.e[k] = 0
		return
	}
	ion.e[k] = nernst(*value(ion.xi, k), *value(ion.xo, k), ion.ktfPerUnit)
}

// value is where an instance's datum is kept: all share one where they agree for good.
func value(array []float64, k int32) *float64 {
	if len(array) == 1 {
		return &array[0]
	}
	return &array[k]
}
