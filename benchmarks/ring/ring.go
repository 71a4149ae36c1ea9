// Package ring is the benchmark of many small cells that spike: rings of 8 cells, each of about 145 compartments, all
// trees unlike.
//
// A cell has a soma of one compartment (20 um × 20 um) and a random binary tree: two dendrites on the soma, two on each
// of those, and with probability 0.75 two on each of those again; every dendrite is 100 to 200 um long and has 12
// compartments. Going round a ring, each cell excites the next one's soma; the first is kicked once. Besides, each cell
// gets K weak synapses from cells drawn at random, on compartments drawn at random, with delays of 1 to 5 ms in whole
// steps. Variant A has hh in the soma and pas in the dendrites, B hh everywhere.
package ring

import (
	"fmt"

	"netsim/benchmarks/model"
)

const (
	size = 8 // cells a ring
	nseg = 12
	dt   = 0.025 // ms

	weight, delay          = 0.1, 5. // uS, ms; from cell to cell along the ring
	weak                   = 1e-5    // uS
	delayFrom, delayTo     = 40, 200 // steps; of the weak ones
	kickAt, kickDelay      = 1., 1.  // ms
	treeStream, edgeStream = 1, 2    // seeds
)

// Variant says where the channels are.
type Variant string

// The variants.
const (
	A Variant = "A" // hh in the soma, pas in the dendrites
	B Variant = "B" // hh everywhere
)

// New makes the ring model of n cells with k weak synapses each, to be run for tstop ms.
func New(n, k int, v Variant, tstop float64) *model.Model {
	m := &model.Model{
		Name: fmt.Sprintf("ring %s, %d cells", v, n), Dt: dt, TStop: tstop, Celsius: 6.3, V0: -65, Cm: 1, Ra: 100,
		GPas: 1e-4, EPas: -65, SynTau: 2, SynE: 0, Threshold: 0, Kick: kickAt, Cells: make([]model.Cell, n),
	}
	for gid := range m.Cells {
		c := &m.Cells[gid]
		c.Sections = tree(gid, v)
		first := gid - gid%size
		around := min(size, n-first)
		inputs := []model.Input{{Source: first + (gid-first-1+around)%around, Weight: weight, Delay: delay}}
		if gid == first {
			inputs = append(inputs, model.Input{Source: model.Kicker, Weight: weight, Delay: kickDelay})
		}
		c.Synapses = append(make([]model.Synapse, 0, k+1), model.Synapse{Inputs: inputs})
		r := newStream(seed(edgeStream, gid))
		for range k {
			s := model.Synapse{Section: 1 + r.below(len(c.Sections)-1), Segment: r.below(nseg)}
			source := r.below(n)
			steps := delayFrom + r.below(delayTo+1-delayFrom)
			s.Inputs = []model.Input{{Source: source, Weight: weak, Delay: dt * float64(steps)}}
			c.Synapses = append(c.Synapses, s)
		}
	}
	return m
}

func seed(stream uint64, gid int) uint64 { return stream*1000003 + uint64(gid) }

// tree draws the sections of a cell.
func tree(gid int, v Variant) []model.Section {
	dendrite := "pas"
	if v == B {
		dendrite = "hh"
	}
	r := newStream(seed(treeStream, gid))
	sections := []model.Section{{Parent: -1, L: 20, Diam: 20, NSeg: 1, Mechanism: "hh"}}
	level := []int{0}
	for depth, diam := range []float64{2.5, 1.5, 1} { // um, mean
		var next []int
		for _, parent := range level {
			if depth == 2 && r.float() > 0.75 {
				continue
			}
			for range 2 {
				l := 100 + 100*r.float()
				d := diam * (0.8 + 0.4*r.float())
				next = append(next, len(sections))
				sections = append(sections, model.Section{Parent: parent, L: l, Diam: d, NSeg: nseg, Mechanism: dendrite})
			}
		}
		level = next
	}
	return sections
}
