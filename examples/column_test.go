package examples

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netsim/simulation"
	"netsim/sonata"
	"netsim/sonata/config"
	"netsim/spikeexchange"
)

// columnSpikes is how many spikes the circuit gives in its 1000 ms, in NEURON 9.0.2 and in netsim.
const columnSpikes = 1707

type spike struct {
	t  float64 // ms
	id uint64
}

// reference reads the spikes that NEURON gave (validation/example/compare.py).
func reference(t *testing.T) []spike {
	f, err := os.Open("../validation/example/reference.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []spike
	lines := bufio.NewScanner(f)
	lines.Scan() // the heading
	for lines.Scan() {
		var s spike
		if _, err := fmt.Sscan(lines.Text(), &s.t, &s.id); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		out = append(out, s)
	}
	return out
}

func TestReferenceCount(t *testing.T) {
	if n := len(reference(t)); n != columnSpikes {
		t.Errorf("reference.csv has %d spikes, want %d", n, columnSpikes)
	}
}

// The example gives NEURON's spikes, every time to 1e-9 ms.
func TestColumnGivesNEURONsSpikes(t *testing.T) {
	tstop := 1000.0
	if testing.Short() {
		tstop = 200
	}
	out := t.TempDir()
	_, err := simulation.Run(context.Background(), spikeexchange.NewLocal(), simulation.Options{
		Config:  "column/config.json",
		Load:    config.Options{TStop: &tstop, OutputDir: out},
		Threads: 2,
		Log:     io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	pops, err := sonata.ReadSpikes(filepath.Join(out, "spikes.h5"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pops) != 1 || pops[0].Name != "cortex" {
		t.Fatalf("spikes of %d populations were written, want those of cortex", len(pops))
	}
	var got, want []spike
	for i, at := range pops[0].Timestamps {
		got = append(got, spike{at, pops[0].NodeIDs[i]})
	}
	for _, s := range reference(t) {
		if s.t < tstop {
			want = append(want, s)
		}
	}
	for _, list := range [][]spike{got, want} {
		slices.SortFunc(list, func(a, b spike) int {
			return cmp.Or(cmp.Compare(math.Round(a.t*1e6), math.Round(b.t*1e6)), cmp.Compare(a.id, b.id))
		})
	}
	for i := range min(len(got), len(want)) {
		if got[i].id != want[i].id || math.Abs(got[i].t-want[i].t) > 1e-9 {
			t.Fatalf("spike %d: cell %d at %v ms, NEURON has cell %d at %v ms", i, got[i].id, got[i].t, want[i].id, want[i].t)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d spikes, NEURON has %d", len(got), len(want))
	}
}
