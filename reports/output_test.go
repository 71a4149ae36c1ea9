package reports

import (
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"netsim/reports/merge"
	"netsim/reports/part"
)

func source(t *rapid.T) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
}

// The same bytes from any number of ranks, wherever the cells are.
func TestSameBytesFromAnyNumberOfRanks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := source(rt)
		w := newWorld(r, 3)
		var first map[string]string
		for _, size := range []int{1, 2, 4} {
			dir := t.TempDir()
			if err := w.run(dir, w.owners(r, size), size, nil, finish); err != nil {
				rt.Fatal(err)
			}
			if err := w.check(dir, w.intervals, w.allRows()); err != nil {
				rt.Fatalf("%d ranks: %v", size, err)
			}
			files := contents(t, dir)
			if first == nil {
				first = files
				if names := slices.Sorted(maps.Keys(files)); len(names) != 5 {
					rt.Fatalf("files %v", names)
				}
			} else if !maps.Equal(first, files) {
				for name := range files {
					if first[name] != files[name] {
						rt.Errorf("%d ranks: %s differs", size, name)
					}
				}
			}
		}
	})
}

// What was complete in every part is in the files of a killed run, and nothing
// else, wherever the parts end.
func TestMergeOfAKilledRun(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := source(rt)
		w := newWorld(r, 2)
		size := 1 + r.IntN(4)
		dir := t.TempDir()
		// sizes[rank][log] are the lengths of the log after the header and after
		// each interval.
		sizes := make([][][]int64, size)
		logs := func(rank int) []string {
			return []string{part.SpikesPath(dir, rank), part.ReportPath(dir, rank, 0), part.ReportPath(dir, rank, 1)}
		}
		err := w.run(dir, w.owners(r, size), size, func(rank int, o *Output) {
			if err := o.Flush(); err != nil {
				t.Error(err)
			}
			if sizes[rank] == nil {
				sizes[rank] = make([][]int64, 3)
			}
			for i, path := range logs(rank) {
				info, err := os.Stat(path)
				if err != nil {
					t.Error(err)
					return
				}
				sizes[rank][i] = append(sizes[rank][i], info.Size())
			}
		}, (*Output).Close)
		if err != nil {
			rt.Fatal(err)
		}

		done := []int{w.intervals, w.intervals, w.intervals} // complete intervals by log
		lost := false
		for rank := range size {
			for i, path := range logs(rank) {
				if r.IntN(3) == 0 {
					continue
				}
				info, err := os.Stat(path)
				if err != nil {
					rt.Fatal(err)
				}
				header := headerEnd(t, path)
				at := r.Int64N(info.Size() + 1)
				if r.IntN(8) > 0 {
					at = header + r.Int64N(info.Size()-header+1)
				}
				if r.IntN(4) == 0 { // garbage instead of the tail: a torn page
					b, err := os.ReadFile(path)
					if err != nil {
						rt.Fatal(err)
					}
					for k := at; k < int64(len(b)); k++ {
						b[k] = ^b[k]
					}
					if err := os.WriteFile(path, b, 0o666); err != nil {
						rt.Fatal(err)
					}
				} else if err := os.Truncate(path, at); err != nil {
					rt.Fatal(err)
				}
				lost = lost || at < header
				n := 0
				for _, end := range sizes[rank][i] {
					if end <= at {
						n++
					}
				}
				done[i] = min(done[i], n)
			}
		}
		before := contents(t, dir)
		sum, err := merge.Merge(dir)
		if lost {
			if err == nil || !strings.Contains(err.Error(), "lost") {
				rt.Fatalf("a header is lost and the merge says %v", err)
			}
			if !maps.Equal(before, contents(t, dir)) {
				rt.Fatal("a merge that was refused changed the folder")
			}
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		if sum.Complete {
			rt.Fatal("a killed run counts as complete")
		}
		if sum.Time != float64(done[0]) || sum.Reports[0].Rows != done[1]*w.perStep {
			rt.Fatalf("%+v, want %v intervals", sum, done)
		}
		if err := w.check(dir, done[0], []int{done[1] * w.perStep, done[2] * w.perStep}); err != nil {
			rt.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(dir, part.FolderName)); err == nil {
			rt.Fatal("the parts are still there")
		}
		if _, err := merge.Merge(dir); !errors.Is(err, merge.ErrNothing) {
			rt.Fatalf("a second merge: %v", err)
		}
	})
}

func headerEnd(t *testing.T, path string) int64 {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return 8 + 32 + int64(b[12]) + int64(b[13])<<8 + int64(b[14])<<16
}

// sample is a finished or unfinished run of two ranks in a new folder.
func sample(t *testing.T, end func(*Output) error) (*world, string) {
	t.Helper()
	w := newWorld(rand.New(rand.NewPCG(5, 5)), 2)
	dir := t.TempDir()
	if err := w.run(dir, w.owners(rand.New(rand.NewPCG(1, 1)), 2), 2, nil, end); err != nil {
		t.Fatal(err)
	}
	return w, dir
}

func refused(t *testing.T, dir, because string) {
	t.Helper()
	before := contents(t, dir)
	_, err := merge.Merge(dir)
	if err == nil || !strings.Contains(err.Error(), because) {
		t.Errorf("the merge says %v, not %q", err, because)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Errorf("a refused merge (%v) changed the folder", err)
	}
}

func TestMergeRefuses(t *testing.T) {
	refused(t, t.TempDir(), "no parts to merge")

	_, dir := sample(t, (*Output).Close)
	path := part.ReportPath(dir, 1, 0)
	if err := os.Rename(path, path+"x"); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "is missing")

	_, other := sample(t, (*Output).Close)
	if err := os.Link(part.ReportPath(other, 1, 0), path); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "belongs to another run")

	_, dir = sample(t, (*Output).Close)
	if err := os.Remove(part.SpikesPath(dir, 1)); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(part.SpikesPath(dir, 0), part.SpikesPath(dir, 1)); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "is one of rank 0")

	if err := os.WriteFile(filepath.Join(dir, part.FolderName, "manifest.json"), []byte(`{"format": 9}`), 0o666); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "format 9")
}

func TestLiveRunIsLeftAlone(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(5, 5)), 1)
	dir := t.TempDir()
	o, err := w.play(member{newTeam(1), 0}, dir, make([]int, len(w.cells)), nil)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "still going on")
	if _, err := w.play(member{newTeam(1), 0}, dir, make([]int, len(w.cells)), nil); !errors.Is(err, part.ErrLive) {
		t.Errorf("a second run in the same folder: %v", err)
	}
	if _, err := o.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.check(dir, w.intervals, w.allRows()); err != nil {
		t.Error(err)
	}
}

// Old files stay until the new ones are complete, and foreign files for ever.
func TestOldFilesStay(t *testing.T) {
	w, dir := sample(t, finish)
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	old := contents(t, dir)
	if err := w.run(dir, make([]int, len(w.cells)), 1, nil, (*Output).Close); err != nil {
		t.Fatal(err)
	}
	now := contents(t, dir)
	for name, b := range old {
		if now[name] != b {
			t.Errorf("%s was changed before the merge", name)
		}
	}
	// The last file to be written cannot be: its place is taken by a folder.
	last := filepath.Join(dir, "sub", ".netsim-r1.h5.tmp")
	if err := os.MkdirAll(filepath.Join(last, "x"), 0o777); err != nil {
		t.Fatal(err)
	}
	refused(t, dir, "interrupted merge")
	if err := os.RemoveAll(last); err != nil {
		t.Fatal(err)
	}
	if _, err := merge.Merge(dir); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(contents(t, dir), old) {
		t.Error("the same run gave other files")
	}
}

// A new run takes the place of the parts of a killed one.
func TestPartsOfAKilledRunAreReplaced(t *testing.T) {
	w, dir := sample(t, (*Output).Close)
	if err := w.run(dir, make([]int, len(w.cells)), 1, nil, finish); err != nil {
		t.Fatal(err)
	}
	if err := w.check(dir, w.intervals, w.allRows()); err != nil {
		t.Error(err)
	}
}

func TestUnfinishedReportIsAnError(t *testing.T) {
	w := newWorld(rand.New(rand.NewPCG(5, 5)), 1)
	w.plan.Reports[0].Rows++
	dir := t.TempDir()
	err := w.run(dir, make([]int, len(w.cells)), 1, nil, finish)
	if err == nil || !strings.Contains(err.Error(), `report "r0" has`) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, part.FolderName)); err != nil {
		t.Error("the parts are gone")
	}
}

func TestPlansThatCannotBe(t *testing.T) {
	node := Node{Population: "a", ID: 1, ElementIDs: []uint64{0}, ElementPos: []float64{0.5}}
	long := node
	long.Extra = map[string][]int64{"seg_types": {1, 2}}
	short := node
	short.ElementPos = nil
	report := ReportSpec{Name: "r", File: "r.h5", Rows: 1}
	for because, c := range map[string]struct {
		plan  Plan
		nodes [][]Node
	}{
		"cells for 0":         {Plan{Reports: []ReportSpec{report}}, nil},
		"values of seg_types": {Plan{Reports: []ReportSpec{report}}, [][]Node{{long}}},
		"0 positions":         {Plan{Reports: []ReportSpec{report}}, [][]Node{{short}}},
		"both write":          {Plan{Reports: []ReportSpec{report, report}}, [][]Node{nil, nil}},
		"name of another":     {Plan{Populations: []string{"a", "a"}}, nil},
		"in file":             {Plan{Reports: []ReportSpec{{Name: "r"}}}, [][]Node{nil}},
	} {
		c.plan.Dir = t.TempDir()
		if _, err := Begin(member{newTeam(1), 0}, c.plan, c.nodes); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%v, want %q", err, because)
		}
		if left := contents(t, c.plan.Dir); len(left) > 0 {
			t.Errorf("%q left %v", because, left)
		}
	}
	// The same cell twice shows when the ranks' cells come together.
	o, err := Begin(member{newTeam(1), 0}, Plan{Dir: t.TempDir(), Reports: []ReportSpec{{Name: "r", File: "r.h5"}}}, [][]Node{{node, node}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Finish(); err == nil || !strings.Contains(err.Error(), "node 1 of \"a\" is on rank 0 and on rank 0") {
		t.Errorf("%v", err)
	}
}

func TestMisuse(t *testing.T) {
	plan := Plan{Dir: t.TempDir(), Populations: []string{"a"}, FlushEvery: time.Nanosecond,
		Reports: []ReportSpec{{Name: "r", File: "r.h5", Rows: 2}}}
	nodes := [][]Node{{{Population: "a", ElementIDs: []uint64{0, 1}, ElementPos: []float64{0.25, 0.75}}}}
	o, err := Begin(member{newTeam(1), 0}, plan, nodes)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Report(0).Append(make([]float64, 3), 1); err == nil {
		t.Error("3 values as one row of 2")
	}
	if err := o.Report(0).Append(make([]float64, 6), 3); err == nil {
		t.Error("3 rows where there are 2")
	}
	if err := o.Report(0).Append(make([]float64, 4), 2); err != nil || o.Report(0).Rows() != 2 || o.Report(0).Columns() != 2 {
		t.Errorf("%d rows, %v", o.Report(0).Rows(), err)
	}
	o.Spike(1, 0, 0)
	if err := o.EndInterval(1); err == nil {
		t.Error("a spike of a population that does not exist")
	}
	if _, err := o.Finish(); err == nil {
		t.Error("an end in peace")
	}
	if err := o.spikes.Interval(2, nil); err == nil {
		t.Error("a closed log takes spikes")
	}
}

func BenchmarkAppend(b *testing.B) {
	plan := Plan{Dir: b.TempDir(), Reports: []ReportSpec{{Name: "r", File: "r.h5", Rows: 1 << 40}}}
	n := Node{Population: "a"}
	for e := range 1000 {
		n.ElementIDs = append(n.ElementIDs, uint64(e))
		n.ElementPos = append(n.ElementPos, 0.5)
	}
	o, err := Begin(member{newTeam(1), 0}, plan, [][]Node{{n}})
	if err != nil {
		b.Fatal(err)
	}
	rows := make([]float64, 1000*10)
	b.SetBytes(int64(8 * len(rows)))
	for b.Loop() {
		if err := o.Report(0).Append(rows, 10); err != nil {
			b.Fatal(err)
		}
	}
	if err := o.Close(); err != nil {
		b.Fatal(err)
	}
}

// A merge that was interrupted after its files were in place is only tidied up.
func TestInterruptedRemovalOfTheParts(t *testing.T) {
	_, dir := sample(t, (*Output).Close)
	m, err := part.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	m.Merged = true
	if err := part.WriteManifest(dir, m); err != nil {
		t.Fatal(err)
	}
	if _, err := merge.Merge(dir); !errors.Is(err, merge.ErrNothing) {
		t.Errorf("%v", err)
	}
	if left := contents(t, dir); len(left) > 0 {
		t.Errorf("left: %v", slices.Sorted(maps.Keys(left)))
	}
}

func BenchmarkMerge(b *testing.B) {
	const ranks, columns, rows = 4, 1000, 5000
	b.SetBytes(8 * ranks * columns * rows)
	for b.Loop() {
		b.StopTimer()
		dir := b.TempDir()
		tm := newTeam(ranks)
		done := make(chan error)
		for rank := range ranks {
			go func() {
				plan := Plan{Dir: dir, Reports: []ReportSpec{{Name: "r", File: "r.h5", Dt: 0.1, Rows: rows}}}
				var nodes []Node
				for i := range columns {
					nodes = append(nodes, Node{Population: "a", ID: uint64(i*ranks + rank), ElementIDs: []uint64{0}, ElementPos: []float64{0.5}})
				}
				o, err := Begin(member{tm, rank}, plan, [][]Node{nodes})
				if err == nil {
					err = errors.Join(o.Report(0).Append(make([]float64, columns*rows), rows), o.closeLogs(true))
				}
				done <- err
			}()
		}
		for range ranks {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if _, err := merge.Finished(dir); err != nil {
			b.Fatal(err)
		}
	}
}

func TestFinishedRefusesAnUnfinishedRun(t *testing.T) {
	_, dir := sample(t, (*Output).Close)
	before := contents(t, dir)
	if _, err := merge.Finished(dir); !errors.Is(err, merge.ErrUnfinished) {
		t.Errorf("%v", err)
	}
	if !maps.Equal(before, contents(t, dir)) {
		t.Error("the folder was changed")
	}
}
