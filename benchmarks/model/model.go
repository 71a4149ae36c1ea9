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

	// Mods are the .mod files (paths) of mechanisms beside pas, hh, IClamp and ExpSyn. netsim reads them; the peers
	// have them compiled.
	Mods        []string     `json:"mods,omitempty"`
	Trains      []Train      `json:"trains,omitempty"`
	Artificials []Artificial `json:"artificials,omitempty"` // gids follow those of the cells
	FinalV      bool         `json:"final_v,omitempty"`     // compare the potentials of all compartments at the end too
}

// Kicker is the source that is no cell; train k has the number FirstTrain-k.
const (
	Kicker     = -1
	FirstTrain = -2
)

// Train is a source of regular events.
type Train struct {
	Start    float64 `json:"start"`    // ms
	Interval float64 `json:"interval"` // ms
	Number   int     `json:"number"`
}

// Artificial is an artificial cell.
type Artificial struct {
	Mechanism string  `json:"mech"`
	Inputs    []Input `json:"inputs"`
}

// Cell is one cell. Section 0 is its soma; the others are connected to their parent's end.
type Cell struct {
	Sections []Section `json:"sections"`
	Synapses []Synapse `json:"synapses"`
	Points   []Point   `json:"points,omitempty"`
	Clamp    *Clamp    `json:"clamp,omitempty"` // in the middle of the soma
}

// Section is a cylinder.
type Section struct {
	Parent    int     `json:"parent"` // -1 for the soma
	L         float64 `json:"l"`      // um
	Diam      float64 `json:"diam"`   // um
	NSeg      int     `json:"nseg"`
	Mechanism string  `json:"mech"` // hh, pas or empty

	Insert []string `json:"insert,omitempty"` // mechanisms of Model.Mods
}

// Synapse is an ExpSyn in the middle of a compartment.
type Synapse struct {
	Section int     `json:"section"`
	Segment int     `json:"segment"`
	Inputs  []Input `json:"inputs"`
}

// Point is a point process in the middle of a compartment.
type Point struct {
	Mechanism string             `json:"mech"`
	Section   int                `json:"section"`
	Segment   int                `json:"segment"`
	Params    map[string]float64 `json:"params"`
	Streams   []string           `json:"streams,omitempty"` // RANDOM variables; stream k of point i gets the name (1, i, k)
	Inputs    []Input            `json:"inputs"`
}

// Input is a connection onto a synapse or artificial cell.
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
