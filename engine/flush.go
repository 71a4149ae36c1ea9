package engine

import "netsim/nmodl/program"

// Synaptic states decay towards 0 and, rounded to nearest, never get there: they come to rest at a few units of
// 2^-1074. Every operation on such a subnormal number costs the processor more than a hundred cycles, which made a
// network several times slower once its synapses had been used. So the states of point processes are looked at now and
// then, and what is smaller than tiny becomes 0. No potential depends on it: next to any current of the cell the
// contribution of such a state is below the last bit by hundreds of orders of magnitude. All back ends do it after the
// same steps, so that they leave the same bits.
const (
	tiny       = 1e-300
	flushEvery = 64 // steps
)

// findFlushed lists the columns that flush looks at.
func (mi *mechInst) findFlushed() {
	if mi.m.Kind != program.Point {
		return
	}
	written := writtenBy(mi.m, mi.m.State)
	for c := range mi.m.Columns {
		if mi.m.Columns[c].Role == program.State && written[c] && len(mi.cols[c]) == mi.n {
			mi.flushed = append(mi.flushed, c)
		}
	}
}

// flush makes tiny states 0.
func (g *group) flush() {
	for _, mi := range g.mechs {
		for _, c := range mi.flushed {
			col := mi.cols[c]
			for k, x := range col {
				if x < tiny && x > -tiny && x != 0 {
					col[k] = 0
				}
			}
		}
	}
}
