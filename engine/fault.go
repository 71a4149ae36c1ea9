package engine

import (
	"fmt"
	"math"

	"netsim/nmodl/program"
)

// Fault is what goes wrong while a mechanism runs.
type Fault struct {
	Mechanism string
	GID       uint64  // of the cell
	Where     string  // place in the cell; empty for an artificial cell
	T         float64 // ms
	Err       error
}

func (f *Fault) Error() string {
	place := ""
	if f.Where != "" {
		place = ", " + f.Where
	}
	return fmt.Sprintf("%s of cell %d%s at t = %g ms: %v", f.Mechanism, f.GID, place, f.T, f.Err)
}

// Unwrap is the cause.
func (f *Fault) Unwrap() error { return f.Err }

// failAt ends the run with what went wrong in an instance, unless the instance is padding; it returns false.
func (e *Engine) failAt(x *scalarRun, err error) bool {
	f := Fault{Mechanism: x.mi.m.Name, T: x.mi.globals[program.GlobT], Err: err}
	if x.mi.gids != nil {
		f.GID = x.mi.gids[x.i]
		x.g.failed = true
		e.fail(&f)
		return false
	}
	cell, node, ok := x.g.locate(x.mi.nodes[x.i])
	if !ok {
		return false
	}
	f.GID, f.Where = e.net.Cells[cell].GID, e.where(cell, node)
	x.g.failed = true
	e.fail(&f)
	return false
}

// where names a node of a cell.
func (e *Engine) where(cell int, node int32) string {
	if e.net.Where != nil {
		return e.net.Where(cell, node)
	}
	return fmt.Sprintf("node %d", node)
}

// locate tells the cell and its node that stand at a place of the group's arrays; false for padding.
func (g *group) locate(at int32) (cell int, node int32, ok bool) {
	for k := range g.blocks {
		b := &g.blocks[k]
		for n := range int32(b.nodes()) {
			for lane, c := range b.cells {
				if g.index(b, n, lane) == at {
					return c, n, true
				}
			}
		}
	}
	return 0, 0, false
}

// blame looks for the mechanism that made a cell's potential NaN: the first in order with a state that is no number, at the
// first node.
func (e *Engine) blame(g *group, gid uint64) error {
	var first *Fault
	var firstMech, firstNode int32
	for _, part := range e.sharesOf(g) {
		for _, mi := range part.mechs {
			for i, at := range mi.nodes {
				name, v, bad := mi.notANumber(i)
				if !bad {
					continue
				}
				cell, node, ok := part.locate(at)
				if !ok || e.net.Cells[cell].GID != gid {
					continue
				}
				if first == nil || mi.mech < firstMech || mi.mech == firstMech && node < firstNode {
					firstMech, firstNode = mi.mech, node
					first = &Fault{Mechanism: mi.m.Name, GID: gid, Where: e.where(cell, node), T: g.t, Err: fmt.Errorf("%s is %g", name, v)}
				}
			}
		}
	}
	if first == nil {
		return nil
	}
	return first
}

// notANumber finds an instance's first state that is NaN or infinite.
func (mi *mechInst) notANumber(inst int) (name string, v float64, bad bool) {
	for c := range mi.m.Columns {
		if col := &mi.m.Columns[c]; col.Role == program.State {
			if v := *mi.value(inst, int32(c)); math.IsNaN(v) || math.IsInf(v, 0) {
				return col.Name, v, true
			}
		}
	}
	return "", 0, false
}
