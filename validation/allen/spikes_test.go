package allen

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netsim/sonata"
)

type spike struct {
	node uint64
	t    float64
}

func readSpikes(t *testing.T, path string) []spike {
	t.Helper()
	pops, err := sonata.ReadSpikes(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []spike
	for _, p := range pops {
		for k := range p.NodeIDs {
			out = append(out, spike{p.NodeIDs[k], p.Timestamps[k]})
		}
	}
	slices.SortFunc(out, func(a, b spike) int { return cmp.Or(cmp.Compare(a.node, b.node), cmp.Compare(a.t, b.t)) })
	return out
}

// sameSpikes holds two lists equal: the same cells, each time to 1e-9 ms. BMTK's csv cache rounds times in the last
// digit (up to 5e-13 ms at 3 s) and files of other versions of NEURON differ by as much; 1e-9 ms is far below the 0.1 ms
// of a step, so a spike in another step cannot pass.
func sameSpikes(got, want []spike) error {
	for k := range min(len(got), len(want)) {
		if got[k].node != want[k].node || math.Abs(got[k].t-want[k].t) > 1e-9 {
			return fmt.Errorf("spike %d (by cell, then time): cell %d at %.13g ms, NEURON cell %d at %.13g ms (%d spikes, NEURON %d)",
				k, got[k].node, got[k].t, want[k].node, want[k].t, len(got), len(want))
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d spikes, NEURON %d", len(got), len(want))
	}
	return nil
}

// TestSpikes holds every spike of the reference circuits equal to NEURON's.
func TestSpikes(t *testing.T) {
	for _, r := range references {
		for importer := range importers {
			t.Run(r.name()+"/"+importers[importer], func(t *testing.T) {
				dir, config := r.prepare(t, importer)
				out := netsim(t, dir, config, 1, 2)
				got := readSpikes(t, filepath.Join(out, "spikes.h5"))
				want := readSpikes(t, r.expectedFile(dir, importer, "spikes.h5"))
				if len(want) != r.spikes[importer] {
					t.Fatalf("the reference has %d spikes instead of %d", len(want), r.spikes[importer])
				}
				if err := sameSpikes(got, want); err != nil {
					t.Error(err)
				}
				for _, report := range r.reports {
					samePotential(t, filepath.Join(out, report), r.expectedFile(dir, importer, report), importer)
				}
			})
		}
	}
}

// samePotential compares v with NEURON's.
//
// Where the potential changes by less than 5 mV/ms it must agree to 1e-6 mV, elsewhere to 1e-3 mV: in the upstroke of a
// spike (some 100 mV/ms) a difference in the last digit of a state grows to that.
func samePotential(t *testing.T, got, want string, importer int) {
	t.Helper()
	read := func(path string) []float64 {
		reps, err := sonata.ReadReport(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(reps) != 1 {
			t.Fatalf("%s: %d populations", path, len(reps))
		}
		v, err := reps[0].Data(0, reps[0].Rows)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a, b := read(got), read(want)
	if len(a) != len(b) {
		t.Fatalf("%s: %d values, NEURON %d", filepath.Base(got), len(a), len(b))
	}
	const dt = 0.1 // ms
	worstSlow, worstFast := 0.0, 0.0
	for k := range a {
		d := math.Abs(a[k] - b[k])
		slope := 0.0 // mV/ms
		for _, n := range []int{k - 1, k + 1} {
			if n >= 0 && n < len(b) {
				slope = max(slope, math.Abs(b[n]-b[k])/dt)
			}
		}
		if slope < 5 {
			worstSlow = max(worstSlow, d)
		} else {
			worstFast = max(worstFast, d)
		}
	}
	t.Logf("largest difference from NEURON: %.3g mV where |dv/dt| < 5 mV/ms, %.3g mV elsewhere", worstSlow, worstFast)
	if importer == 1 {
		// Files of BMTK 1.0.8 on NEURON 8.2, some of them made by Allen on other machines and by another build: their own
		// traces differ from NEURON 8.2.2's by up to 6.5e-3 mV in the spikes and, where event order differs, by 0.11 mV.
		return
	}
	if worstSlow > 1e-6 || worstFast > 1e-3 {
		t.Errorf("potential differs from NEURON's by %g mV where |dv/dt| < 5 mV/ms and by %g mV elsewhere", worstSlow, worstFast)
	}
}

// TestSameBytes holds every output file the same from any number of ranks and threads.
func TestSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for _, r := range references {
		for importer := range importers {
			t.Run(r.name()+"/"+importers[importer], func(t *testing.T) {
				dir, config := r.prepare(t, importer)
				tstop := os.Getenv("NETSIM_SAME_BYTES_TSTOP")
				if tstop == "" {
					tstop = "300" // ms; NETSIM_SAME_BYTES_TSTOP=3000 for all of it
				}
				var first map[string]string
				for _, ranks := range []int{1, 2, 4} {
					for _, threads := range []int{1, 2} {
						out := netsim(t, dir, config, ranks, threads, "--tstop", tstop)
						files := contents(t, out)
						if first == nil {
							first = files
							continue
						}
						for name, text := range first {
							if files[name] != text {
								t.Errorf("%s of %d ranks with %d threads is not that of one rank with one thread", name, ranks, threads)
							}
						}
					}
				}
			})
		}
	}
}

// contents reads the results in an output folder: everything but summary.json, which holds times, and the log.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if e.Name() == "summary.json" || filepath.Ext(e.Name()) == ".txt" || filepath.Ext(e.Name()) == ".json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	if len(files) == 0 {
		t.Fatal("no results")
	}
	return files
}
