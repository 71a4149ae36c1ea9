// Package model describes the networks of the benchmarks once, for every simulator: sections, synapses, connections.
// Each driver reads it and builds it by its own simulator's means.
package model

import (
	"encoding/json"
	"fmt"
	"os"
)

// Model is a network of branched cells.
type Model struct {
	Name    string  `json:"name"`
	Dt      float64 `json:"dt"`      // ms
	TStop   float64 `json:"tstop"`   // ms
	Celsius float64 `json:"celsius"` // degC
	V0      float64 `json:"v0"`      // mV
	Cm      float64 `json:"cm"`      // uF/cm2
	Ra      float64 `json:"ra"`      // ohm cm
	GPas    float64 `json:"g_pas"`   // S/cm2
	EPas    float64 `json:"e_pas"`   // mV
	SynTau  float64 `json:"syn_tau"` // ms
	SynE    float64 `json:"syn_e"`   // mV

	Threshold float64 `json:"threshold"` // mV, of the detector in the middle of every soma
	Kick      float64 `json:"kick"`      // ms; when the source Kicker sends its only event
	Cells     []Cell  `json:"cells"`     // gid is the index
}

// Kicker is the source that is no cell.
const Kicker = -1

// Cell is one cell. Section 0 is its soma; the others are connected to their parent's end.
type Cell struct {
	Sections []Section `json:"sections"`
	Synapses []Synapse `json:"synapses"`
	Clamp    *Clamp    `json:"clamp,omitempty"` // in the middle of the soma
}

// Section is a cylinder.
type Section struct {
	Parent    int     `json:"parent"` // -1 for the soma
	L         float64 `json:"l"`      // um
	Diam      float64 `json:"diam"`   // um
	NSeg      int     `json:"nseg"`
	Mechanism string  `json:"mech"` // hh, pas or empty
}

// Synapse is an ExpSyn in the middle of a compartment.
type Synapse struct {
	Section int     `json:"section"`
	Segment int     `json:"segment"`
	Inputs  []Input `json:"inputs"`
}

// Input is a connection onto a synapse.
type Input struct {
	Source int     `json:"source"`
	Weight float64 `json:"weight"` // uS
	Delay  float64 `json:"delay"`  // ms
}

// Clamp is a current step that lasts to the end.
type Clamp struct {
	Delay float64 `json:"delay"` // ms
	Amp   float64 `json:"amp"`   // nA
}

// Compartments counts the compartments with membrane.
func (m *Model) Compartments() int {
	n := 0
	for _, c := range m.Cells {
		for _, s := range c.Sections {
			n += s.NSeg
		}
	}
	return n
}

// Synapses counts the synapses.
func (m *Model) Synapses() int {
	n := 0
	for _, c := range m.Cells {
		n += len(c.Synapses)
	}
	return n
}

// Steps is the number of time steps of a run.
func (m *Model) Steps() int { return int(m.TStop/m.Dt + 0.5) }

// Write stores the model for the drivers.
func (m *Model) Write(path string) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("could not encode the model %s: %w", m.Name, err)
	}
	return os.WriteFile(path, text, 0o666)
}

// Read is the opposite of Write.
func Read(path string) (*Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(Model)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}
