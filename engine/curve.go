package engine

import (
	"fmt"
	"slices"
	"unsafe"

	"netsim/engine/native"
	"netsim/nmodl/program"
)

// fitCurves gives a mechanism its curves (`numerics: fast`). All groups share them: they depend on globals only.
func (e *Engine) fitCurves(mi *mechInst) error {
	if mi.m.Curves == nil {
		return nil
	}
	curves, known := e.curves[mi.m]
	if !known {
		var err error
		if curves, err = program.FitCurves(mi.m, mi.globals); err != nil {
			return fmt.Errorf("could not compute the curves of %s: %w", mi.m.Name, err)
		}
		if slices.ContainsFunc(curves, func(c program.CurveData) bool { return c.Rows == nil }) {
			curves = nil
		}
		for k := range curves {
			curves[k].Window = native.LineAligned(curves[k].Window)
		}
		if e.curves == nil {
			e.curves = map[*program.Mechanism][]program.CurveData{}
		}
		e.curves[mi.m] = curves
	}
	mi.curves = curves
	return nil
}

// stateEntry is State, or StateExact where curves cannot follow what it computes.
func (mi *mechInst) stateEntry() program.Entry {
	if mi.m.Curves != nil && mi.curves == nil {
		return mi.m.StateExact
	}
	return mi.m.State
}

// along looks one curve up for n potentials (mV).
func along(c *program.CurveData, dst, v *float64, n int) {
	out, in := unsafe.Slice(dst, n), unsafe.Slice(v, n)
	for k, x := range in {
		out[k] = c.Value(x)
	}
}
