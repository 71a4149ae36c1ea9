package reports

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"netsim/reports/merge"
	"netsim/reports/part"
)

// TestGenerations: a run that goes on from what it had recorded at some time, again and again on other numbers of ranks,
// makes the files of one that never stopped. What it recorded after that time does not count.
func TestGenerations(t *testing.T) {
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 21))
		w := newWorld(r, 1+r.IntN(3))
		if w.intervals < 4 || len(w.cells) == 0 {
			continue
		}
		whole, dir := t.TempDir(), t.TempDir()
		if err := w.run(whole, w.owners(r, 2), 2, nil, finish); err != nil {
			t.Fatal(err)
		}
		var earlier []Generation
		at := 0
		for leg := range 3 {
			size := 1 + r.IntN(4)
			mark := at + r.IntN(w.intervals-at) // intervals that the checkpoint has
			w.leg.first, w.leg.earlier = at, earlier
			w.leg.cut = r.IntN(w.intervals - mark + 1)
			end, marked := func(o *Output) error { return o.Close() }, make([][]Generation, size)
			if leg == 2 {
				w.leg.cut, end = 0, finish
			}
			count := make([]int, size)
			err := w.run(dir, w.owners(r, size), size, func(rank int, o *Output) {
				if count[rank]++; at+count[rank] == mark {
					var err error
					if marked[rank], err = o.Recorded(); err != nil {
						panic(err)
					}
				}
			}, end)
			if err != nil {
				t.Fatalf("seed %d, leg %d: %v", seed, leg, err)
			}
			for _, m := range marked {
				if fmt.Sprint(m) != fmt.Sprint(marked[0]) {
					t.Fatalf("the ranks do not agree on what was recorded: %v", marked)
				}
			}
			if marked[0] != nil {
				at, earlier = mark, marked[0]
			}
		}
		if got, want := contents(t, dir), contents(t, whole); !maps.Equal(got, want) {
			t.Fatalf("seed %d: the files %v differ from those of a run that never stopped, %v", seed, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// TestLostGeneration: parts that a checkpoint counts on and that are not there, or too short, are named.
func TestLostGeneration(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	w := newWorld(r, 2)
	for w.intervals < 4 {
		w = newWorld(r, 2)
	}
	dir := t.TempDir()
	var earlier []Generation
	stop := func(o *Output) error { return o.Close() }
	err := w.run(dir, w.owners(r, 1), 1, func(_ int, o *Output) { earlier, _ = o.Recorded() }, stop)
	if err != nil {
		t.Fatal(err)
	}
	w.leg.first, w.leg.earlier = w.intervals, slices.Clone(earlier)
	w.leg.earlier[0].Intervals++
	if err := w.run(dir, w.owners(r, 1), 1, nil, stop); err != nil {
		t.Fatal(err)
	}
	if _, err := merge.Merge(dir); err == nil || !strings.Contains(err.Error(), "when the run was resumed they held") {
		t.Errorf("a part that is too short: %v", err)
	}
	if err := os.Remove(part.ReportPath(dir, 0, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.run(dir, w.owners(r, 1), 1, nil, stop); err == nil || !strings.Contains(err.Error(), "not there any more") {
		t.Errorf("a part that is not there: %v", err)
	}
}
