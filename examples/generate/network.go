package main

import (
	"math"
	"slices"

	"netsim/rng"
)

// kind is a cell type of the column.
type kind struct {
	name       string
	processing string // BMTK's function that applies the parameters
	inhibits   bool
	n          int
	depth      [2]float64 // µm of the soma above the bottom of the column
	tree       tree
}

// kinds in the order of their node ids.
var kinds = []kind{
	{"pyr23", "aibs_perisomatic", false, 140, [2]float64{600, 900}, tree{seed: 23, soma: 16,
		basal: stems(4, 38, 78, 1.6, -30),
		apical: []branch{fork(75, 2.6, 88,
			fork(70, 1.0, 30), fork(75, 2.0, 88, fork(78, 1.0, 60), fork(78, 0.9, 50)))}}},
	{"pyr5", "aibs_allactive", false, 80, [2]float64{150, 400}, tree{seed: 5, soma: 20,
		basal: stems(5, 38, 115, 2.0, -35),
		apical: []branch{fork(110, 3.6, 88,
			fork(75, 1.2, 20), fork(190, 3.0, 88, fork(75, 1.2, 25), fork(150, 2.4, 88, fork(118, 1.2, 65), fork(118, 1.1, 55))))}}},
	{"basket", "aibs_perisomatic", true, 50, [2]float64{150, 900}, tree{seed: 77, soma: 13,
		basal: append(stems(3, 38, 76, 1.3, 35), stems(2, 38, 76, 1.2, -45)...)}},
	{"martinotti", "aibs_perisomatic", true, 30, [2]float64{150, 700}, tree{seed: 91, soma: 12,
		basal: append(stems(1, 38, 110, 1.2, 70), stems(3, 38, 75, 1.1, -20)...)}},
}

const (
	radius          = 150.0 // µm, of the column
	backgroundCells = 200
	backgroundRate  = 10.0   // Hz
	duration        = 1000.0 // ms
	conduction      = 300.0  // µm/ms
)

type cell struct {
	kind int
	at   point
}

// place puts the cells into a cylinder; y is the depth axis.
func place() []cell {
	random := rng.NewMT19937(1)
	var cells []cell
	for k, c := range kinds {
		for range c.n {
			var x, z float64
			for {
				x, z = 2*random.Float64()-1, 2*random.Float64()-1
				if x*x+z*z <= 1 {
					break
				}
			}
			y := c.depth[0] + (c.depth[1]-c.depth[0])*random.Float64()
			cells = append(cells, cell{k, point{round(radius * x), round(y), round(radius * z)}})
		}
	}
	return cells
}

// pathway is one kind of edges: what BMTK calls an edge type.
type pathway struct {
	id             int
	source, target string // a kind, or background
	inDegree       int    // edges onto each target cell
	nsyns          int    // synapses of an edge
	weight         float64
	receptor       string // mechanism
	params         string
	sections       string
	distance       string
}

const (
	anyDendrite = "['basal', 'apical']"
	basalOnly   = "['basal']"
	apicalOnly  = "['apical']"
	perisomatic = "['soma', 'basal']"
)

// recurrentPathways and backgroundPathways, with weights in µS.
var recurrentPathways = []pathway{
	{100, "pyr23", "pyr23", 14, 2, 0.00030, "DualExp", "ampa.json", anyDendrite, "[30.0, 200.0]"},
	{101, "pyr23", "pyr23", 7, 1, 0.00030, "Nmda", "nmda.json", anyDendrite, "[30.0, 200.0]"},
	{102, "pyr5", "pyr23", 5, 2, 0.00030, "DualExp", "ampa.json", anyDendrite, "[30.0, 200.0]"},
	{103, "basket", "pyr23", 8, 3, 0.00080, "DualExp", "gaba_fast.json", perisomatic, "[0.0, 60.0]"},
	{104, "martinotti", "pyr23", 4, 2, 0.00060, "DualExp", "gaba_slow.json", apicalOnly, "[80.0, 400.0]"},
	{110, "pyr23", "pyr5", 14, 2, 0.00040, "DualExp", "ampa.json", anyDendrite, "[30.0, 400.0]"},
	{111, "pyr5", "pyr5", 7, 2, 0.00040, "DualExp", "ampa.json", basalOnly, "[30.0, 200.0]"},
	{112, "pyr5", "pyr5", 7, 1, 0.00040, "Nmda", "nmda.json", basalOnly, "[30.0, 200.0]"},
	{113, "basket", "pyr5", 8, 3, 0.00100, "DualExp", "gaba_fast.json", perisomatic, "[0.0, 60.0]"},
	{114, "martinotti", "pyr5", 4, 2, 0.00080, "DualExp", "gaba_slow.json", apicalOnly, "[150.0, 600.0]"},
	{120, "pyr23", "basket", 18, 1, 0.00080, "DualExp", "ampa_fast.json", basalOnly, "[0.0, 200.0]"},
	{121, "pyr5", "basket", 8, 1, 0.00080, "DualExp", "ampa_fast.json", basalOnly, "[0.0, 200.0]"},
	{122, "basket", "basket", 6, 2, 0.00080, "DualExp", "gaba_fast.json", perisomatic, "[0.0, 80.0]"},
	{123, "martinotti", "basket", 3, 1, 0.00060, "DualExp", "gaba_slow.json", basalOnly, "[0.0, 200.0]"},
	{130, "pyr23", "martinotti", 10, 1, 0.00040, "DualExp", "ampa.json", basalOnly, "[0.0, 200.0]"},
	{131, "pyr5", "martinotti", 10, 1, 0.00040, "DualExp", "ampa.json", basalOnly, "[0.0, 200.0]"},
	{132, "basket", "martinotti", 3, 1, 0.00060, "DualExp", "gaba_fast.json", perisomatic, "[0.0, 80.0]"},
}

var backgroundPathways = []pathway{
	{200, "background", "pyr23", 25, 2, 0.00060, "DualExp", "ampa.json", anyDendrite, "[20.0, 250.0]"},
	{201, "background", "pyr5", 25, 2, 0.00115, "DualExp", "ampa.json", anyDendrite, "[20.0, 450.0]"},
	{202, "background", "basket", 15, 1, 0.00110, "DualExp", "ampa_fast.json", basalOnly, "[0.0, 200.0]"},
	{203, "background", "martinotti", 12, 1, 0.00050, "DualExp", "ampa.json", basalOnly, "[0.0, 200.0]"},
}

type edge struct {
	source, target uint32
	pathway        int
	nsyns          uint8
	delay          float32
}

// edges of one population with the pathways that edge.pathway counts.
type edges struct {
	pathways []pathway
	list     []edge // by target
}

// connect draws the sources of each cell without repetition.
func connect(cells []cell) (recurrent, background edges) {
	first, count := map[string]int{"background": 0}, map[string]int{"background": backgroundCells}
	at := 0
	for _, k := range kinds {
		first[k.name], count[k.name] = at, k.n
		at += k.n
	}
	draw := func(seed uint32, pathways []pathway) edges {
		random := rng.NewMT19937(seed)
		out := edges{pathways: pathways}
		for target, c := range cells {
			for i, p := range pathways {
				if p.target != kinds[c.kind].name {
					continue
				}
				var chosen []int
				for len(chosen) < p.inDegree {
					s := first[p.source] + int(random.Float64()*float64(count[p.source]))
					if p.source != "background" && s == target || slices.Contains(chosen, s) {
						continue
					}
					chosen = append(chosen, s)
				}
				slices.Sort(chosen)
				for _, s := range chosen {
					delay := 1.5 // ms, of a background fibre
					if p.source != "background" {
						delay = 1 + distance(cells[s].at, c.at)/conduction
					}
					out.list = append(out.list, edge{uint32(s), uint32(target), i, uint8(p.nsyns), float32(round(delay))})
				}
			}
		}
		return out
	}
	return draw(2, recurrentPathways), draw(3, backgroundPathways)
}

func distance(a, b point) float64 {
	dx, dy, dz := a.x-b.x, a.y-b.y, a.z-b.z
	return math.Sqrt(dx*dx + dy*dy + dz*dz)
}
