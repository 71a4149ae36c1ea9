// Package measure lets simulators run one case in turn and compares what they did.
package measure

import (
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"

	"netsim/benchmarks/peers"
	"netsim/benchmarks/results"
	"netsim/benchmarks/worker"
)

// Contestant is a simulator with a case that it can run repeatedly.
type Contestant interface {
	Ready() worker.Ready
	Run(spikes string) (worker.Run, error)
	Close() error
}

// Entry is a contestant that is not started yet.
type Entry struct {
	Simulator string
	Start     func() (Contestant, error)
	Once      bool // it cannot run again in one process, or is slow: it takes part in the first round only
}

// Race is a case and who runs it. The first entry is the reference for the spikes.
type Race struct {
	Case    *results.Case
	Entries []Entry

	contestants []Contestant // nil: left out
	failed      []error
}

// Rounds runs all entries of all races in turn, reps times over. Who fails is left out with a word to say.
func Rounds(races []*Race, reps int, spikesDir string, say func(format string, args ...any)) error {
	for _, r := range races {
		defer r.close()
		r.start(say)
	}
	for round := range reps {
		for _, r := range races {
			r.round(round, spikesDir, say)
		}
	}
	for _, r := range races {
		if err := r.compare(spikesDir); err != nil {
			return err
		}
		if len(r.failed) == len(r.Entries) {
			return errors.Join(r.failed...)
		}
	}
	return nil
}

func (r *Race) leave(k int, err error, say func(format string, args ...any)) {
	r.failed = append(r.failed, fmt.Errorf("%s: %w", r.Entries[k].Simulator, err))
	say("%s is left out of %s: %v", r.Entries[k].Simulator, r.Case.Name, err)
	r.Case.Series[k].Ns = nil
	if r.contestants[k] != nil {
		r.contestants[k].Close()
		r.contestants[k] = nil
	}
}

// start builds the models.
func (r *Race) start(say func(format string, args ...any)) {
	c := r.Case
	r.contestants = make([]Contestant, len(r.Entries))
	c.Series = make([]results.Series, len(r.Entries))
	for k, e := range r.Entries {
		c.Series[k].Simulator = e.Simulator
		x, err := e.Start()
		if err != nil {
			r.leave(k, err, say)
			continue
		}
		r.contestants[k] = x
		ready := x.Ready()
		c.Series[k].Version, c.Series[k].Build = ready.Version, ready.BuildSeconds
		if c.Compartments == 0 {
			c.Compartments = ready.Compartments
		}
		if ready.Compartments != c.Compartments {
			r.leave(k, fmt.Errorf("it has %d compartments, not %d", ready.Compartments, c.Compartments), say)
		}
	}
}

// round lets every contestant run once.
func (r *Race) round(round int, spikesDir string, say func(format string, args ...any)) {
	c := r.Case
	for k, x := range r.contestants {
		if x == nil || round > 0 && r.Entries[k].Once {
			continue
		}
		run, err := x.Run(r.file(spikesDir, k))
		if err != nil {
			r.leave(k, err, say)
			continue
		}
		s := &c.Series[k]
		if c.Processor && c.Cores == 1 {
			run.Seconds *= min(1, run.Share)
		}
		s.Add(c, run.Seconds, run.Parts)
		s.Shares = append(s.Shares, math.Round(run.Share*100)/100)
		s.Spikes, s.RSS = run.Spikes, run.RSS
	}
}

// file is where contestant k leaves its spikes.
func (r *Race) file(dir string, k int) string {
	name := fmt.Sprintf("%s-%d-%s", r.Case.Name, r.Case.Cores, r.Entries[k].Simulator)
	return filepath.Join(dir, strings.NewReplacer(" ", "_", ",", "", "/", "_").Replace(name))
}

func (r *Race) compare(dir string) error {
	for k := range r.Entries {
		if r.contestants[k] == nil || k == 0 || r.contestants[0] == nil {
			continue
		}
		agree, err := Compare(r.file(dir, 0), r.file(dir, k))
		if err != nil {
			return err
		}
		r.Case.Series[k].Agree = agree
	}
	return nil
}

func (r *Race) close() {
	for _, x := range r.contestants {
		if x != nil {
			x.Close()
		}
	}
}

// Model makes the entries of a model file on some cores.
func Model(p *peers.Peers, simulators []string, path string, threads int, cores []int) []Entry {
	var entries []Entry
	for _, name := range simulators {
		if !p.Has(name) {
			continue
		}
		entries = append(entries, Driven(name, p.Model(name, path, threads), cores))
	}
	return entries
}

// Driven is the entry of a driver's command on some cores.
func Driven(simulator string, cmd *exec.Cmd, cores []int) Entry {
	return Entry{Simulator: simulator, Start: func() (Contestant, error) {
		d, err := peers.Start(cmd, cores)
		if err != nil {
			return nil, err
		}
		return d, nil
	}}
}
