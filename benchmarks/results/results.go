// Package results holds what was measured, and shows it as JSON, as Markdown tables and as a plot.
package results

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"
)

// Results of one run of the harness.
type Results struct {
	Machine Machine  `json:"machine"`
	Cases   []Case   `json:"cases"`
	Builds  []Build  `json:"builds,omitempty"`
	Memory  []Memory `json:"memory,omitempty"`
	Notes   []string `json:"notes,omitempty"` // what was left out, and why

	Mechanisms []Mechanism `json:"mechanisms,omitempty"`
}

// Mechanism is a single mechanism's cost.
type Mechanism struct {
	What    string `json:"what"`
	Alone   Case   `json:"alone"` // the difference of the two, per instance; its name is the mechanism's
	With    Case   `json:"with"`
	Without Case   `json:"without"`
}

// Machine says where and when.
type Machine struct {
	CPU       string    `json:"cpu"`
	Cores     int       `json:"cores"`
	SIMD      string    `json:"simd"`
	Go        string    `json:"go"`
	Started   time.Time `json:"started"`
	LoadStart string    `json:"load_start"` // 1, 5 and 15 minutes' averages
	LoadEnd   string    `json:"load_end"`
	Reps      int       `json:"reps"`
	Processor bool      `json:"processor_time"`
}

// Case is one model on one number of cores, run by all simulators in turn.
type Case struct {
	Name         string   `json:"name"`
	Cores        int      `json:"cores"`
	Compartments int      `json:"compartments"`
	Steps        int      `json:"steps"`
	Processor    bool     `json:"processor_time"` // seconds on one core are of processor time, not of wall time
	Series       []Series `json:"series"`
	Short        string   `json:"short"` // for plots
}

// Series is one simulator's runs of a case.
type Series struct {
	Simulator string             `json:"simulator"`
	Version   string             `json:"version"`
	Seconds   []float64          `json:"seconds"`
	Ns        []float64          `json:"ns"`     // per compartment and step, run by run
	Shares    []float64          `json:"shares"` // cores that the process had on average, run by run
	Build     float64            `json:"build_s"`
	Spikes    int                `json:"spikes"`
	Agree     string             `json:"agree"`             // with NEURON's spikes
	Parts     map[string]float64 `json:"parts_s,omitempty"` // of the fastest run
	RSS       int64              `json:"rss"`               // bytes at the end
}

// Build is how long something takes to be built.
type Build struct {
	What    string             `json:"what"`
	Unit    string             `json:"unit"`
	Seconds map[string]float64 `json:"by_simulator"` // in the unit
}

// Memory is a growth of resident memory.
type Memory struct {
	What  string             `json:"what"`
	Bytes map[string]float64 `json:"bytes_by_simulator"`
}

// Add notes one run.
func (s *Series) Add(c *Case, seconds float64, parts map[string]float64) {
	if len(s.Seconds) == 0 || seconds < slices.Min(s.Seconds) {
		s.Parts = parts
	}
	s.Seconds = append(s.Seconds, seconds)
	s.Ns = append(s.Ns, seconds*1e9/(float64(c.Compartments)*float64(c.Steps)))
}

// Of returns the series of a simulator, nil if there is none.
func (c *Case) Of(simulator string) *Series {
	for k := range c.Series {
		if c.Series[k].Simulator == simulator && len(c.Series[k].Ns) > 0 {
			return &c.Series[k]
		}
	}
	return nil
}

// measured are all cases that ran.
func (r *Results) measured() []Case {
	out := slices.Clone(r.Cases)
	for _, m := range r.Mechanisms {
		out = append(out, m.With, m.Without)
	}
	return out
}

// Case returns the case of a name, nil if there is none.
func (r *Results) Case(name string) *Case {
	for k := range r.Cases {
		if r.Cases[k].Name == name {
			return &r.Cases[k]
		}
	}
	return nil
}

// Median of some values; that of two is their mean.
func Median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// Ratio tells how many times as long one took as the other: by their minima, and the median over the rounds.
func Ratio(a, b *Series) (minima, median float64) {
	n := min(len(a.Ns), len(b.Ns))
	rounds := make([]float64, n)
	for k := range n {
		rounds[k] = a.Ns[k] / b.Ns[k]
	}
	return slices.Min(a.Ns) / slices.Min(b.Ns), Median(rounds)
}

// Write stores the results as JSON.
func (r *Results) Write(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the results: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}

// Read is the opposite of Write.
func Read(path string) (*Results, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}
