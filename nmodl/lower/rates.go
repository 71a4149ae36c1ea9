package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// solveRates lowers SOLVE of a KINETIC block with METHOD euler or runge: its reactions are written as derivatives
// (kinetic.cpp: kinetic_intmethod). CONSERVE has no effect.
func (w *walker) solveRates(s *ast.Solve, e *ast.EquationBlock, again bool) {
	k := &kinetic{w: w, e: e, first: map[string]int{}, consRow: map[*ast.Conserve]int{}, rates: true}
	if !k.number() {
		return
	}
	k.fflux, k.bflux = w.b.newLocal(), w.b.newLocal()
	o := ode{}
	for _, p := range k.places {
		d := w.b.newLocal()
		k.rhs = append(k.rhs, d)
		o.states = append(o.states, odeState{p, d})
	}
	o.evaluate = func() {
		for _, d := range k.rhs {
			w.b.write(d, w.b.constant(0))
		}
		k.body()
		k.loadVolumes()
		for i, d := range k.rhs {
			if k.hasVol[i] {
				w.b.write(d, w.b.op(program.OpDiv, w.b.read(d), k.volume[i]))
			}
		}
	}
	switch s.Method {
	case "euler":
		w.euler(s.Pos, o)
	case "runge":
		w.runge(s.Pos, o)
	default:
		w.c.unsupported(s.Pos, "METHOD %s of a KINETIC block", s.Method)
	}
	if again {
		o.evaluate()
	}
}

// addRates adds a reaction's net flux to the derivatives of its species.
func (k *kinetic) addRates(r *ast.Reaction, left, right []int) {
	read := k.w.b.read
	net := func() value { return k.w.b.op(program.OpSub, read(k.fflux), read(k.bflux)) }
	for i, row := range left {
		if row >= 0 {
			k.addTo(k.rhs[row], true, r.Left[i].Coef, net())
		}
	}
	for i, row := range right {
		if row >= 0 {
			k.addTo(k.rhs[row], false, r.Right[i].Coef, net())
		}
	}
}

// derivatives sets s' to (s - s(t))/dt where the file reads it.
func (k *kinetic) derivatives() {
	asColumn := k.w.c.primed()
	for _, s := range k.w.c.s.Order { // not over k.first: the order makes columns
		name := s.Name
		first, solved := k.first[name]
		if !solved || !asColumn[name] {
			continue
		}
		v := k.w.c.vars[name]
		col := k.w.c.primeColumn(v, 1)
		for e := range max(v.size, 1) {
			moved := k.w.b.op(program.OpSub, k.w.b.read(k.places[first+e]), k.w.b.read(k.old[first+e]))
			k.w.b.write(place{placeCol, col + int32(e)}, k.w.b.op(program.OpDiv, moved, k.w.b.read(k.w.dt)))
		}
	}
}
