package engine

import (
	"math"

	"netsim/nmodl/program"
)

// SetV sets the potential (mV) at a node of a cell, as a modeller's script does between two steps of NEURON. Between
// Advance calls only.
func (e *Engine) SetV(cell int, node int32, v float64) {
	g, at := e.find(&Probe{Cell: cell, Node: node})
	g.v[at] = v
}

// Variable finds a variable of a node by NEURON's name, for reading and setting between two Advance calls. Valid after
// Init. The current of an ion, if nothing has needed it so far, is NaN until the next step.
func (e *Engine) Variable(p Probe) (*float64, error) {
	g, at := e.find(&p)
	for _, ion := range g.ions {
		kind, ok := ion.kindOf(p.Variable)
		if !ok || ion.at(at) < 0 {
			continue
		}
		if ion.oneForAll(kind) {
			e.ownValues(g, ion, kind)
			if kind == program.IonI {
				for k := range ion.i {
					ion.i[k] = math.NaN()
				}
			}
			if err := e.rebind(g, ion); err != nil {
				return nil, err
			}
		}
	}
	return e.variable(&p)
}

// setIon gives an ion's datum at a place of a group's arrays a value. A current that nobody reads is left out.
func (e *Engine) setIon(g *group, ion *ionInst, kind program.ExtKind, place int32, x float64) error {
	if kind == program.IonI && ion.i == nil {
		return nil
	}
	at := value(*ion.array(kind), ion.at(place))
	if ion.oneForAll(kind) && math.Float64bits(*at) != math.Float64bits(x) {
		e.ownValues(g, ion, kind)
		if err := e.rebind(g, ion); err != nil {
			return err
		}
		at = value(*ion.array(kind), ion.at(place))
	}
	*at = x
	return nil
}

// rebind binds the programs of a group that use an ion anew, once its data have moved.
func (e *Engine) rebind(g *group, ion *ionInst) error {
	var mechs []*mechInst
	for _, u := range ion.users {
		if err := e.bindStep(g, u.mi); err != nil {
			return err
		}
		mechs = append(mechs, u.mi)
	}
	e.ensureScratch(g)
	if e.native.ready {
		e.tie(mechs)
	}
	return nil
}

// PointColumn finds the value of a column of a point process (index into Network.Points). Valid after Init.
func (e *Engine) PointColumn(point int, column int32) *float64 {
	return e.columnAt(e.points.at(int32(point)), column)
}

// ArtificialColumn finds the value of a column of an artificial cell (index into Network.Artificials). Valid after Init.
func (e *Engine) ArtificialColumn(cell int, column int32) *float64 {
	return e.columnAt(e.artificialAt[cell], column)
}

// DensityColumn finds the value of a column of a density mechanism (index into Network.Mechanisms) at a node, nil where
// it is not inserted. Valid after Init.
func (e *Engine) DensityColumn(cell int, node int32, mech int32, column int32) *float64 {
	g, at := e.find(&Probe{Cell: cell, Node: node})
	for _, mi := range g.mechs {
		if mi.mech != mech || mi.m.Kind != program.Density {
			continue
		}
		for i, n := range mi.nodes {
			if n == at {
				e.observe(mi, int(column))
				return mi.value(i, column)
			}
		}
	}
	return nil
}

func (e *Engine) columnAt(in instance, column int32) *float64 {
	mi := e.groups[in.group].mechs[in.mech]
	e.observe(mi, int(column))
	return mi.value(int(in.inst), column)
}

// value is where an instance's column is kept: all instances share one value where they agree for good.
func (mi *mechInst) value(inst int, column int32) *float64 {
	return value(mi.cols[column], int32(inst))
}
