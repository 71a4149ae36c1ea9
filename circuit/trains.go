package circuit

import (
	"math"
	"path/filepath"
	"slices"
	"strings"

	"netsim/sonata"
	"netsim/sonata/config"
)

// SpikeTrains returns the spike times (ms, ascending) of the virtual sources of the blocks, by gid. A source without spikes has no entry.
// Each population plays the file of the first input that names it; file and population name as the input says, else the file's first
// population, whatever its name.
func (c *Circuit) SpikeTrains(blocks []*Block, inputs []config.Input) (map[uint64][]float64, []config.Problem) {
	var f faults
	trains := map[uint64][]float64{}
	for _, in := range inputs {
		if in.Spikes == nil {
			continue
		}
		// Sources with a target here, population by population.
		wanted := map[*Population][]bool{} // by node id
		var order []*Population
		for _, b := range blocks {
			if b.Trains != in.Name || b.Input == "" {
				continue
			}
			p := b.Edges.Source
			if wanted[p] == nil {
				wanted[p] = make([]bool, p.Nodes.MaxID()+1)
				order = append(order, p)
			}
			for _, gid := range b.Source {
				wanted[p][gid-p.Offset] = true
			}
		}
		if len(order) == 0 {
			continue
		}
		spikes, ok := readTrains(in, &f)
		if !ok {
			continue
		}
		for _, p := range order {
			matched := false
			for k, id := range spikes.NodeIDs {
				if id >= uint64(len(wanted[p])) {
					continue
				}
				if wanted[p][id] {
					gid := p.GID(id)
					trains[gid] = append(trains[gid], spikes.Timestamps[k])
				}
				if !matched {
					_, matched = p.Nodes.RowOf(id)
				}
			}
			if !matched && len(spikes.NodeIDs) > 0 {
				f.warn(in.Place, "the node ids of the file are not those of the population", "no spike of %s belongs to a node of population %s", in.Spikes.File, p.Name)
			}
		}
	}
	for _, train := range trains {
		if !slices.IsSorted(train) {
			slices.Sort(train)
		}
	}
	return trains, f.problems()
}

// readTrains reads the spikes of one input.
func readTrains(in config.Input, f *faults) (sonata.SpikePopulation, bool) {
	at := in.Place
	at.Path += ".input_file"
	pops, err := sonata.ReadSpikes(in.Spikes.File)
	if err != nil {
		f.fail(at, "", "%v", err)
		return sonata.SpikePopulation{}, false
	}
	if len(pops) == 0 {
		f.warn(at, "", "the file %s holds no spikes", in.Spikes.File)
		return sonata.SpikePopulation{}, false
	}
	chosen := pops[0]
	var names []string
	found := in.Spikes.Population == ""
	for _, p := range pops {
		names = append(names, p.Name)
		if p.Name == in.Spikes.Population {
			chosen, found = p, true
		}
	}
	// In a csv file BMTK looks at node ids only.
	if in.Spikes.Population == "" && len(pops) > 1 && isCSV(in) {
		chosen = sonata.SpikePopulation{Units: chosen.Units}
		for _, p := range pops {
			chosen.Timestamps = append(chosen.Timestamps, p.Timestamps...)
			chosen.NodeIDs = append(chosen.NodeIDs, p.NodeIDs...)
		}
	} else if in.Spikes.Population == "" && len(pops) > 1 {
		f.warn(at, `choose one: "population": "`+pops[0].Name+`"`, "the file has spikes of %s; those of %s are used, as in BMTK",
			strings.Join(names, ", "), pops[0].Name)
	}
	if !found {
		place := in.Place
		place.Path += ".population"
		f.fail(place, suggest(in.Spikes.Population, names), "the file %s has no population %q", in.Spikes.File, in.Spikes.Population)
		return chosen, false
	}
	if u := chosen.Units; u != "" && u != "ms" {
		f.warn(at, "convert the file to ms", "the times of %s are marked as %s; they are taken as ms, as in BMTK", in.Spikes.File, u)
	}
	for k, t := range chosen.Timestamps {
		if t < 0 || math.IsNaN(t) || math.IsInf(t, 0) {
			f.fail(at, "spike times are ms from the start of the simulation", "spike %d of %s, of node %d, has the time %v", k, in.Spikes.File, chosen.NodeIDs[k], t)
			return chosen, false
		}
	}
	return chosen, true
}

func isCSV(in config.Input) bool {
	return strings.EqualFold(in.Module, "csv") || strings.EqualFold(filepath.Ext(in.Spikes.File), ".csv")
}
