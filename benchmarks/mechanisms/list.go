// Package mechanisms is the benchmark of single mechanisms: .mod files of Python packages, each on a cell of 2,000
// compartments, whose cost is that of the cell with them less that of the cell without.
package mechanisms

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Kind is what a mechanism is to NEURON.
type Kind int

// The kinds.
const (
	Density Kind = iota
	Point
	Artificial
)

// Mechanism is one row of the table.
type Mechanism struct {
	Name   string // as NEURON calls it
	What   string // for the table
	File   string // the end of the path of its .mod file
	Kind   Kind
	Beside []string // names of further mechanisms that both cells have, inserted before it
	NoCore string   // why CoreNEURON cannot compile the file; empty if it can

	Celsius float64            // degC
	TStop   float64            // ms
	Params  map[string]float64 // of a point process
	Streams []string           // its RANDOM variables
	Weight  float64            // of its inputs
	Every   float64            // ms between inputs
}

// HHExact is NEURON's hh without its TABLE, for which there is no file to find.
const HHExact = "hhexact"

const (
	allen = "bmtk/utils/scripts/bionet/mechanisms/modfiles/"
	dbbs  = "dbbs_catalogue/mods/neuron/"
)

// List is the table.
var List = []Mechanism{
	{Name: HHExact, What: "without TABLE, 3 gates, cnexp", Celsius: 6.3, TStop: 25},
	{Name: "Ca_HVA", What: "calcium channel, 2 gates, cnexp", File: allen + "Ca_HVA.mod", Celsius: 34, TStop: 25},
	{Name: "NaV", What: "sodium channel, 12 states, sparse", File: allen + "NaV.mod", Celsius: 34, TStop: 6.25,
		NoCore: "with KINETIC and LINEAR in one file its C++ defines Crout twice"},
	{Name: "glia__dbbs__Nav1_6__0", What: "sodium channel, 13 states, sparse", File: dbbs + "Nav1_6__0.mod", Celsius: 34, TStop: 6.25},
	{Name: "glia__dbbs__Kv4_3__0", What: "potassium channel, 2 gates, derivimplicit, TABLE", File: dbbs + "Kv4_3__0.mod", Celsius: 34, TStop: 5},
	{Name: "SK", What: "potassium channel by calcium, cnexp", File: allen + "SK.mod", Celsius: 34, TStop: 25, Beside: []string{"CaDynamics", "Ca_HVA"}},
	{Name: "glia__dbbs__Cav2_1__0", What: "calcium channel, GHK, cnexp", File: dbbs + "Cav2_1__0.mod", Celsius: 34, TStop: 25},
	{Name: "glia__dbbs__cdp5__0", What: "calcium pump and buffers, 15 states, sparse", File: dbbs + "cdp5__0.mod", Celsius: 34, TStop: 3.75,
		Beside: []string{"glia__dbbs__Cav2_1__0"}, NoCore: "its C++ does not know the file's LOCAL variables"},
	{Name: "glia__dbbs__AMPA__0", What: "Markov synapse, 3 states, sparse", File: dbbs + "AMPA__0.mod", Kind: Point, Celsius: 34, TStop: 25, Weight: 1, Every: 5},
	{Name: "tmGlut", What: "AMPA and NMDA with short-term plasticity and random failure, cnexp", File: "snudda/data/neurons/mechanisms/tmglut.mod",
		Kind: Point, Celsius: 34, TStop: 25, Params: map[string]float64{"failRate": 0.3}, Streams: []string{"release_probability"}, Weight: 5e-4, Every: 5},
	{Name: "IntervalFire", What: "artificial cell, net_send and net_move", File: "share/nrn/demo/release/invlfire.mod", Kind: Artificial, Celsius: 34, TStop: 100, Weight: 0.125, Every: 1},
}

// beside are the files of mechanisms that others need.
var beside = map[string]string{"CaDynamics": allen + "CaDynamics.mod"}

// Title is the name in the table: without what dbbs-catalogue puts around it.
func (m *Mechanism) Title() string {
	if m.Name == HHExact {
		return "hh"
	}
	return strings.TrimSuffix(strings.TrimPrefix(m.Name, "glia__dbbs__"), "__0")
}

// InCore tells whether CoreNEURON can compile a .mod file of the list.
func InCore(path string) bool {
	return !slices.ContainsFunc(List, func(m Mechanism) bool { return m.NoCore != "" && filepath.Base(m.File) == filepath.Base(path) })
}

// Find looks for the .mod files of the list in folders and those below, and returns their paths by mechanism.
func Find(folders []string) (map[string]string, error) {
	wanted := map[string]string{} // path's end → name
	for name, end := range beside {
		wanted[end] = name
	}
	for _, m := range List {
		if m.File != "" {
			wanted[m.File] = m.Name
		}
	}
	found := map[string]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".mod") {
				return err
			}
			for end, name := range wanted {
				if _, ok := found[name]; !ok && strings.HasSuffix(filepath.ToSlash(path), "/"+end) {
					found[name] = path
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}
