// Package bigcell is the benchmark of one large cell: a soma (30 um × 30 um) and a binary tree of dendrites, each 300 um
// long and 2 um thick, driven by a current of 5 nA into the soma.
package bigcell

import (
	"fmt"

	"netsim/benchmarks/model"
)

// New makes a cell of about n compartments whose dendrites branch depth times and have the mechanism hh, pas or none
// (""), which leaves the cost of the tree alone.
func New(n, depth int, dendrites string, tstop float64) *model.Model {
	c := model.Cell{
		Sections: []model.Section{{Parent: -1, L: 30, Diam: 30, NSeg: 1, Mechanism: "hh"}},
		Clamp:    &model.Clamp{Delay: 1, Amp: 5},
	}
	nseg := n / (1<<(depth+1) - 2)
	level := []int{0}
	for range depth {
		var next []int
		for _, parent := range level {
			for range 2 {
				next = append(next, len(c.Sections))
				c.Sections = append(c.Sections, model.Section{Parent: parent, L: 300, Diam: 2, NSeg: nseg, Mechanism: dendrites})
			}
		}
		level = next
	}
	m := &model.Model{
		Dt: 0.025, TStop: tstop, Celsius: 6.3, V0: -65, Cm: 1, Ra: 100, GPas: 1e-4, EPas: -65, SynTau: 2, SynE: 0,
		Threshold: 0, Kick: 1, Cells: []model.Cell{c},
	}
	m.Name = fmt.Sprintf("one cell of %d compartments", m.Compartments())
	return m
}
