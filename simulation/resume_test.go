package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"netsim/checkpoint"
	"netsim/slurm/cores"
	"netsim/sonata"
	"netsim/sonata/config"
)

// leg is one process of a run: how it runs, and at which exchange it is asked to leave, 0 for never.
type leg struct {
	ranks, threads int
	plain          bool
	stop           int
	why            Leaving
	every          string
}

// play runs one leg on goroutines as ranks and returns what the ranks agreed on.
func play(t *testing.T, l leg, opt Options) (Summary, error) {
	t.Helper()
	opt.Threads, opt.Plain, opt.Log, opt.LogLevel = max(1, l.threads), l.plain, io.Discard, zerolog.WarnLevel
	var err error
	if opt.Every, err = ParseEvery(l.every); err != nil {
		t.Fatal(err)
	}
	opt.EveryText = l.every
	g := newGang(max(1, l.ranks))
	sums, errs := make([]Summary, g.n), make([]error, g.n)
	var wg sync.WaitGroup
	for rank := range g.n {
		r := &ranker{gang: g, rank: rank, why: l.why}
		if rank == g.n-1 {
			r.stop = l.stop
		}
		wg.Go(func() { sums[rank], errs[rank] = Run(context.Background(), r, opt) })
	}
	wg.Wait()
	for _, e := range errs[1:] {
		if (e == nil) != (errs[0] == nil) {
			t.Fatalf("the ranks do not agree: %v", errs)
		}
	}
	return sums[0], errs[0]
}

// column is the options for the example, with reports of several kinds, some of which take no row in every interval.
func column(out string, tstop float64) Options {
	return Options{Config: filepath.Join("..", "examples", "column", "config.json"), Load: config.Options{TStop: &tstop, OutputDir: out, Set: []string{
		`reports.all={"variable_name": ["v", "m_nat", "ik"], "cells": {"population": "cortex", "node_id": [3, 4, 150, 260]}, "module": "membrane_report", "sections": "soma", "file_name": "all.h5", "dt": 0.25, "start_time": 3}`,
	}}}
}

// sameFiles compares the results of two output folders.
func sameFiles(t *testing.T, name, got, want string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(want, "*.h5"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v %v", files, err)
	}
	for _, path := range files {
		a, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(got, filepath.Base(path)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(a, b) {
			t.Errorf("%s: %s differs from that of a run that never stopped", name, filepath.Base(path))
		}
	}
}

// resume runs the legs one after the other in one output folder.
func resume(t *testing.T, legs []leg, opt Options) Summary {
	t.Helper()
	var sum Summary
	for k, l := range legs {
		var err error
		opt.Resume = Anew
		if k > 0 {
			opt.Resume = []Resume{FromNewest, IfThere}[k%2]
		}
		sum, err = play(t, l, opt)
		var stopped *Stopped
		switch {
		case l.stop == 0 && err != nil:
			t.Fatalf("leg %d of %+v: %v", k, legs, err)
		case l.stop > 0 && (!errors.As(err, &stopped) || stopped.Why != l.why):
			t.Fatalf("leg %d of %+v: %v", k, legs, err)
		}
	}
	return sum
}

// TestResumedIsUninterrupted: stopped at any time, also twice, and resumed on any number of ranks and threads, a run
// writes the bytes of one that never stopped.
func TestResumedIsUninterrupted(t *testing.T) {
	tstop := 60.0
	if testing.Short() {
		tstop = 12
	}
	want := t.TempDir()
	whole := resume(t, []leg{{ranks: 1, threads: cores.PerRank()}}, column(want, tstop))
	if !testing.Short() && whole.Spikes < 20 {
		t.Fatalf("%d spikes: the test shows nothing", whole.Spikes)
	}
	r := rand.New(rand.NewPCG(11, 12))
	n := int(tstop)
	ranks := []int{1, 2, 4, 3}
	for k := range 4 {
		a := 1 + r.IntN(n-3)
		b := 1 + r.IntN(n-a-1)
		legs := []leg{{ranks: ranks[k], threads: 1 + k%2, stop: a, why: Requeue}, {ranks: ranks[(k+1+r.IntN(3))%4], threads: 1 + (k+1)%2, stop: b, why: Terminated, every: "7ms"},
			{ranks: ranks[r.IntN(4)], threads: 1 + r.IntN(2), every: "5ms"}}
		if k == 3 {
			legs[1].stop = 0 // goes on to the end after one stop
			legs = legs[:2]
		}
		out := t.TempDir()
		sum := resume(t, legs, column(out, tstop))
		name := fmt.Sprintf("%+v", legs)
		sameFiles(t, name, out, want)
		if sum.Spikes != whole.Spikes || sum.Resumed == 0 {
			t.Errorf("%s: the summary has %d spikes, resumed at %v ms; uninterrupted %d", name, sum.Spikes, sum.Resumed, whole.Spikes)
		}
		for _, hidden := range []string{checkpoint.FolderName, ".netsim-parts"} {
			if _, err := os.Stat(filepath.Join(out, hidden)); err == nil {
				t.Errorf("%s: %s is left over", name, hidden)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestStochasticResumed: a synapse that releases by chance goes on with its streams, on any rank.
func TestStochasticResumed(t *testing.T) {
	circuit := t.TempDir()
	if err := os.CopyFS(circuit, os.DirFS(filepath.Join("..", "examples", "column"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(circuit, "components", "mechanisms", "modfiles", "dualexp.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("NONSPECIFIC_CURRENT i", "NONSPECIFIC_CURRENT i\n\tRANDOM chance",
		"	up = up + w*scale\n	down = down + w*scale", "	if (random_uniform(chance) < 0.7) {\n		up = up + w*scale\n		down = down + w*scale\n	}").Replace(string(text))
	if strings.Count(changed, "chance") != 2 {
		t.Fatal("dualexp.mod is not what it was:\n", changed)
	}
	if err := os.WriteFile(path, []byte(changed), 0o666); err != nil {
		t.Fatal(err)
	}
	const tstop = 40
	options := func(out string) Options {
		o := column(out, tstop)
		o.Config = filepath.Join(circuit, "config.json")
		return o
	}
	want, plain, out := t.TempDir(), t.TempDir(), t.TempDir()
	resume(t, []leg{{ranks: 1}}, options(want))
	resume(t, []leg{{ranks: 1}}, column(plain, tstop))
	a, _ := os.ReadFile(filepath.Join(want, "spikes.h5"))
	if b, _ := os.ReadFile(filepath.Join(plain, "spikes.h5")); bytes.Equal(a, b) {
		t.Fatal("chance has changed nothing: the test shows nothing")
	}
	resume(t, []leg{{ranks: 2, stop: 13, why: Requeue}, {ranks: 4, threads: 2, stop: 11, why: Requeue}, {ranks: 1}}, options(out))
	sameFiles(t, "by chance", out, want)
}

// TestLostWork: what a process recorded after its last checkpoint and before it died does not count; and a damaged
// checkpoint is passed over for the one before.
func TestLostWork(t *testing.T) {
	const tstop = 14
	want, out := t.TempDir(), t.TempDir()
	resume(t, []leg{{ranks: 1}}, column(want, tstop))
	opt := column(out, tstop)
	if _, err := play(t, leg{ranks: 2, stop: 6, why: Requeue, every: "2ms"}, opt); err == nil {
		t.Fatal("not stopped")
	}
	numbers, err := os.ReadDir(checkpoints(out))
	if err != nil || len(numbers) != 2 {
		t.Fatalf("%v %v", numbers, err)
	}
	newest := filepath.Join(checkpoints(out), numbers[1].Name(), "rank00001.state")
	b, err := os.ReadFile(newest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(newest, b, 0o666); err != nil {
		t.Fatal(err)
	}
	opt.Resume = FromNewest
	sum, err := play(t, leg{ranks: 3}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Resumed > 5 {
		t.Errorf("resumed at %v ms, where the newest checkpoint is damaged", sum.Resumed)
	}
	sameFiles(t, "from the checkpoint before", out, want)
}

// TestInterrupted: ctrl-C makes files of what was recorded; with checkpoints the run can still go on.
func TestInterrupted(t *testing.T) {
	const tstop = 12
	want, out := t.TempDir(), t.TempDir()
	resume(t, []leg{{ranks: 1}}, column(want, tstop))
	opt := column(out, tstop)
	for _, every := range []string{"", "100ms"} {
		_, err := play(t, leg{ranks: 2, stop: 5, why: Interrupted, every: every}, opt)
		var stopped *Stopped
		if !errors.As(err, &stopped) || !stopped.Merged || (stopped.Checkpoint != "") != (every != "") {
			t.Fatalf("every %q: %v", every, err)
		}
		if _, err := os.Stat(filepath.Join(out, "v_soma.h5")); err != nil {
			t.Error(err)
		}
		if HasCheckpoint(out) != (every != "") {
			t.Errorf("every %q: checkpoint %v", every, HasCheckpoint(out))
		}
	}
	opt.Resume = FromNewest
	if _, err := play(t, leg{ranks: 1}, opt); err != nil {
		t.Fatal(err)
	}
	sameFiles(t, "after ctrl-C", out, want)
}

// TestRefused: a checkpoint is not put into another simulation, and the message names the difference.
func TestRefused(t *testing.T) {
	out := t.TempDir()
	opt := column(out, 10)
	if _, err := play(t, leg{ranks: 2, stop: 3, why: Requeue}, opt); err == nil {
		t.Fatal("not stopped")
	}
	other := 0.025
	for _, c := range []struct {
		change func(o *Options)
		want   string
	}{
		{func(o *Options) { o.Load.Dt = &other }, "dt: 0.05 ms in the checkpoint, now 0.025 ms"},
		{func(o *Options) { o.Load.Set = append(o.Load.Set, "conditions.celsius=20") }, "celsius: 34 degC in the checkpoint, now 20 degC"},
		{func(o *Options) { o.Load.Set = o.Load.Set[:0] }, "report 2: {"},
		{func(o *Options) { o.Load.Numerics = "fast" }, "numerics: neuron in the checkpoint, now fast"},
		{func(o *Options) { o.Load.Set = append(o.Load.Set, "run.dL=40") }, "the cell itself"},
		{func(o *Options) {
			o.Load.Set = append(o.Load.Set, `inputs.more={"input_type": "current_clamp", "module": "IClamp", "node_set": {"population": "cortex", "node_id": [5]}, "amp": 0.1, "delay": 1, "duration": 5}`)
		}, "its synapses, clamps or connections changed"},
	} {
		o := opt
		o.Load.Set = append([]string(nil), opt.Load.Set...)
		c.change(&o)
		o.Resume = FromNewest
		_, err := play(t, leg{ranks: 1}, o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
	empty := column(t.TempDir(), 10)
	empty.Resume = FromNewest
	if _, err := play(t, leg{ranks: 1}, empty); !errors.Is(err, checkpoint.ErrNone) {
		t.Errorf("without a checkpoint: %v", err)
	}
}

// TestOtherProtocolFromState: a run that starts from a saved state with nothing else changed gives what the whole run
// gives from there on; and its reports begin there.
func TestOtherProtocolFromState(t *testing.T) {
	want, first, second := t.TempDir(), t.TempDir(), t.TempDir()
	resume(t, []leg{{ranks: 1}}, column(want, 12))
	state := filepath.Join(t.TempDir(), "state")
	opt := column(first, 7)
	opt.SaveState = state
	if _, err := play(t, leg{ranks: 3}, opt); err != nil {
		t.Fatal(err)
	}
	if _, err := play(t, leg{ranks: 1}, opt); err == nil || !strings.Contains(err.Error(), "already there") {
		t.Errorf("a state over another: %v", err)
	}
	opt = column(second, 12)
	opt.Restore = state
	sum, err := play(t, leg{ranks: 2}, opt)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Resumed != 7 && (sum.Resumed < 7-1e-9 || sum.Resumed > 7+1e-9) {
		t.Errorf("the time goes on at %v ms", sum.Resumed)
	}
	compareRows(t, filepath.Join(second, "v_soma.h5"), filepath.Join(want, "v_soma.h5"))
	opt.Load.TStop = new(float64)
	*opt.Load.TStop = 5
	if _, err := play(t, leg{ranks: 1}, opt); err == nil || !strings.Contains(err.Error(), "tstop = 5 ms is not after it") {
		t.Errorf("tstop before the state: %v", err)
	}
}

// compareRows holds that the rows of a report are the last ones of another.
func compareRows(t *testing.T, got, want string) {
	t.Helper()
	var data [2][]float64
	for k, path := range []string{got, want} {
		list, err := sonata.ReadReport(path)
		if err != nil || len(list) != 1 {
			t.Fatal(path, err)
		}
		if data[k], err = list[0].Data(0, list[0].Rows); err != nil {
			t.Fatal(err)
		}
		if k == 0 && (list[0].Mapping.Time[0] < 6.99 || list[0].Mapping.Time[0] > 7.01) {
			t.Errorf("the report begins at %v ms", list[0].Mapping.Time[0])
		}
	}
	if n := len(data[0]); n == 0 || n >= len(data[1]) || !slices.Equal(data[0], data[1][len(data[1])-n:]) {
		t.Errorf("%d values from the saved state are not the last of the %d of the whole run", n, len(data[1]))
	}
}

func TestParseEvery(t *testing.T) {
	for text, want := range map[string]string{"": "{0s 0}", "10min": "{10m0s 0}", "90s": "{1m30s 0}", "1h30min": "{1h30m0s 0}", "2h": "{2h0m0s 0}", "1000ms": "{0s 1000}", "0.5ms": "{0s 0.5}"} {
		got, err := ParseEvery(text)
		if err != nil || fmt.Sprintf("{%v %v}", got.Wall, got.Simulated) != want {
			t.Errorf("%q: %v %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"10", "ms", "-5ms", "0s", "infms", "1e400ms", "ten"} {
		if got, err := ParseEvery(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}
