package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netsim/benchmarks/measure"
	"netsim/benchmarks/mechanisms"
	"netsim/benchmarks/model"
	"netsim/benchmarks/peers"
	"netsim/benchmarks/results"
)

// mechanisms measures single mechanisms: cells with and without them, in turn.
func (b *bench) mechanisms() error {
	folders := strings.FieldsFunc(b.mods, func(r rune) bool { return r == ',' })
	if b.peers != "" {
		folders = append(folders, b.peers)
	}
	paths, err := mechanisms.Find(folders)
	if err != nil {
		return fmt.Errorf("could not look for .mod files: %w", err)
	}
	if b.p.Has(peers.NEURON) {
		if paths[mechanisms.HHExact], err = b.p.HHExact(); err != nil {
			b.say("%v", err)
			delete(paths, mechanisms.HHExact)
		}
	}
	files := slices.Sorted(maps.Values(paths))
	core := slices.DeleteFunc(slices.Clone(files), func(path string) bool { return !mechanisms.InCore(path) })
	fmt.Fprintf(os.Stderr, "mechanisms: compiling %d files …\n", len(files))
	mods, err := b.p.CompileMods(files, core, b.say)
	if err != nil {
		return err
	}
	for k := range mechanisms.List {
		m := &mechanisms.List[k]
		with, without, missing := m.Models(paths)
		if missing != "" {
			b.say("%s is left out: no %s in -peers or -mods", m.Title(), missing)
			continue
		}
		if err := b.mechanism(m, mods, with, without); err != nil {
			return err
		}
	}
	return nil
}

// mechanism measures one.
func (b *bench) mechanism(m *mechanisms.Mechanism, mods *peers.Mods, with, without *model.Model) error {
	fmt.Fprintf(os.Stderr, "%s …\n", m.Title())
	race := func(x *model.Model) (*measure.Race, error) {
		path, err := b.writeModel(x)
		if err != nil {
			return nil, err
		}
		r := &measure.Race{Case: &results.Case{Name: x.Name, Cores: 1, Steps: x.Steps(), Processor: b.processor}}
		for _, name := range []string{peers.NEURON, peers.Core, peers.CoreFast, peers.Netsim, peers.NetsimFast} {
			if cmd := mods.Model(name, path); cmd != nil && (m.NoCore == "" || name != peers.Core && name != peers.CoreFast) {
				r.Entries = append(r.Entries, measure.Driven(name, cmd, b.one))
			}
		}
		return r, b.profile(path, x.Name, 1)
	}
	w, err := race(with)
	if err != nil {
		return err
	}
	wo, err := race(without)
	if err != nil {
		return err
	}
	if err := measure.Rounds([]*measure.Race{w, wo}, b.reps, filepath.Join(b.work, "spikes"), b.say); err != nil {
		return err
	}
	r := results.Mechanism{
		What: m.What, With: *w.Case, Without: *wo.Case,
		Alone: difference(m.Title(), m.Title(), w.Case, wo.Case, mechanisms.Instances),
	}
	b.results.Mechanisms = append(b.results.Mechanisms, r)
	for _, s := range r.Alone.Series {
		fmt.Fprintf(os.Stderr, "  %-24s %7.2f ns (median %.2f) %s\n", s.Simulator, slices.Min(s.Ns), results.Median(s.Ns), w.Case.Of(s.Simulator).Agree)
	}
	if m.NoCore != "" {
		b.say("CoreNEURON cannot compile %s: %s", m.Title(), m.NoCore)
	}
	return nil
}
