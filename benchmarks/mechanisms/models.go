package mechanisms

import "netsim/benchmarks/model"

// Instances is how many instances of a mechanism a model has.
const Instances = sections * compartments

const (
	sections     = 25 // 24 of them at the end of the first
	compartments = 80 // a section, each 10 um long and 2 um thick
	trains       = 10 // sources of events; source k starts after 1+k/8 ms
)

// Models makes the cell with the mechanism and the one without. paths are those of Find; the name of a mechanism whose
// file is not among them is returned as missing.
func (m *Mechanism) Models(paths map[string]string) (with, without *model.Model, missing string) {
	without = &model.Model{
		Name: m.Name + " without",
		Dt:   0.025, TStop: m.TStop, Celsius: m.Celsius, V0: -65, Cm: 1, Ra: 100, GPas: 1e-4, EPas: -65, SynTau: 2, FinalV: true,
		Cells: []model.Cell{cell(m.Beside)},
	}
	for _, name := range append(m.Beside[:len(m.Beside):len(m.Beside)], m.Name) {
		if paths[name] == "" {
			return nil, nil, name
		}
		without.Mods = append(without.Mods, paths[name])
	}
	for k := range trains {
		start := 1 + float64(k)/8
		without.Trains = append(without.Trains, model.Train{Start: start, Interval: max(m.Every, 1), Number: int((m.TStop-start)/max(m.Every, 1)) + 1})
	}
	copied := *without
	with = &copied
	with.Name = m.Name + " with"
	switch m.Kind {
	case Density:
		with.Cells = []model.Cell{cell(append(m.Beside[:len(m.Beside):len(m.Beside)], m.Name))}
	case Point:
		c := cell(m.Beside)
		for k := range Instances {
			c.Points = append(c.Points, model.Point{Mechanism: m.Name, Section: k / compartments, Segment: k % compartments,
				Params: m.Params, Streams: m.Streams, Inputs: m.inputs(k)})
		}
		with.Cells = []model.Cell{c}
	case Artificial:
		for k := range Instances {
			with.Artificials = append(with.Artificials, model.Artificial{Mechanism: m.Name, Inputs: m.inputs(k)})
		}
	}
	return with, without, ""
}

// cell makes the cell: pas and the given mechanisms everywhere, and a current into the middle of each section, from
// -0.2 nA in the first to 0.52 nA in the last, so that v goes through all of its range.
func cell(insert []string) model.Cell {
	var c model.Cell
	for k := range sections {
		s := model.Section{Parent: min(k, 1) - 1, L: 10 * compartments, Diam: 2, NSeg: compartments, Mechanism: "pas", Insert: insert}
		c.Sections = append(c.Sections, s)
		c.Points = append(c.Points, model.Point{Mechanism: "IClamp", Section: k, Segment: compartments / 2,
			Params: map[string]float64{"del": 0.5 + float64(k)/8, "dur": 1e9, "amp": -0.2 + 0.03*float64(k)}})
	}
	return c
}

// inputs are those of instance k.
func (m *Mechanism) inputs(k int) []model.Input {
	return []model.Input{{Source: model.FirstTrain - k%trains, Weight: m.Weight, Delay: 1 + float64(k%8)/8}}
}
