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

// Rounds runs all entries of a case in turn, reps times over. Who fails is left out with a word to say. The first entry
// is the reference for the spikes.
func Rounds(c *results.Case, entries []Entry, reps int, spikesDir string, say func(format string, args ...any)) error {
	contestants := make([]Contestant, len(entries))
	c.Series = make([]results.Series, len(entries))
	var failed []error
	leave := func(k int, err error) {
		failed = append(failed, fmt.Errorf("%s: %w", entries[k].Simulator, err))
		say("%s is left out of %s: %v", entries[k].Simulator, c.Name, err)
		contestants[k] = nil
		c.Series[k].Ns = nil
	}
	for k, e := range entries {
		c.Series[k].Simulator = e.Simulator
		x, err := e.Start()
		if err != nil {
			leave(k, err)
			continue
		}
		contestants[k] = x
		defer x.Close()
		ready := x.Ready()
		c.Series[k].Version, c.Series[k].Build = ready.Version, ready.BuildSeconds
		if c.Compartments == 0 {
			c.Compartments = ready.Compartments
		}
		if ready.Compartments != c.Compartments {
			leave(k, fmt.Errorf("it has %d compartments, not %d", ready.Compartments, c.Compartments))
		}
	}
	file := func(k int) string {
		name := fmt.Sprintf("%s-%d-%s", c.Name, c.Cores, entries[k].Simulator)
		return filepath.Join(spikesDir, strings.NewReplacer(" ", "_", ",", "", "/", "_").Replace(name))
	}
	for round := range reps {
		for k, x := range contestants {
			if x == nil || round > 0 && entries[k].Once {
				continue
			}
			run, err := x.Run(file(k))
			if err != nil {
				leave(k, err)
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
	for k := range entries {
		if contestants[k] == nil || k == 0 || contestants[0] == nil {
			continue
		}
		agree, err := Compare(file(0), file(k))
		if err != nil {
			return err
		}
		c.Series[k].Agree = agree
	}
	if len(failed) == len(entries) {
		return errors.Join(failed...)
	}
	return nil
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
