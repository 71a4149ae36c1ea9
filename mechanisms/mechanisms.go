// Package mechanisms holds the built-in mechanisms as .mod sources. Each was written for this project from the
// published equations, which its header cites; names, parameters and defaults are those of NEURON's mechanism of the
// same name, so that models find what they expect.
package mechanisms

import (
	"embed"
	"sort"
)

//go:embed *.mod
var files embed.FS

// Source is one built-in .mod file.
type Source struct {
	File string // "hh.mod"
	Text []byte
}

// order is NEURON's order of registration (nrnoc/init.cpp); it decides the order in which currents are added.
var order = []string{"pas.mod", "iclamp.mod", "alphasynapse.mod", "expsyn.mod", "exp2syn.mod", "seclamp.mod", "hh.mod",
	"netstim.mod", "intfire1.mod", "intfire2.mod", "intfire4.mod"}

// Sources returns the built-ins in NEURON's order of registration.
func Sources() []Source {
	rank := map[string]int{}
	for k, f := range order {
		rank[f] = k
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the binary
	}
	var out []Source
	for _, e := range entries {
		text, err := files.ReadFile(e.Name())
		if err != nil {
			panic(err)
		}
		out = append(out, Source{File: e.Name(), Text: text})
	}
	sort.SliceStable(out, func(i, j int) bool { return rank[out[i].File] < rank[out[j].File] })
	return out
}
