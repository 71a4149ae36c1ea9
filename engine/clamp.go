package engine

import "netsim/nmodl/program"

// SetV sets the potential (mV) at a node of a cell, as a modeller's script does between two steps of NEURON. Between
// Advance calls only.
func (e *Engine) SetV(cell int, node int32, v float64) {
	g, at := e.find(&Probe{Cell: cell, Node: node})
	g.v[at] = v
}

// Variable finds a variable of a node by NEURON's name, for reading and setting between two Advance calls. Valid after Init.
func (e *Engine) Variable(p Probe) (*float64, error) { return e.variable(&p) }

// PointColumn finds the value of a column of a point process (index into Network.Points). Valid after Init.
func (e *Engine) PointColumn(point int, column int32) *float64 {
	return e.columnAt(e.pointAt[point], column)
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
	if len(mi.cols[column]) == 1 {
		return &mi.cols[column][0]
	}
	return &mi.cols[column][inst]
}
