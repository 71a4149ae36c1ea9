package reports

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"netsim/internal/mpi"
	"netsim/internal/mpi/mpitest"
	"netsim/reports/merge"
	"netsim/spikeexchange"
)

func TestMain(m *testing.M) {
	role := mpitest.Role()
	if role == "" {
		os.Exit(m.Run())
	}
	err := mpi.Run(func(c *mpi.Comm) error {
		x := spikeexchange.NewMPI(c)
		w := mpiWorld()
		o, err := w.play(x, os.Getenv("NETSIM_TEST_DIR"), w.owners(rand.New(rand.NewPCG(3, uint64(c.Size()))), c.Size()), func(o *Output) {
			if role != "die" {
				return
			}
			if err := o.Flush(); err != nil {
				panic(err)
			}
			if o.Report(0).Rows() >= 3*w.perStep && c.Rank() == c.Size()-1 {
				p, _ := os.FindProcess(os.Getpid())
				_ = p.Kill()
				time.Sleep(time.Minute)
			}
		})
		if err = x.FirstError(err); err != nil {
			return err
		}
		sum, err := o.Finish()
		if err == nil && c.Rank() == 0 {
			fmt.Println("complete:", sum.Complete, "spikes:", sum.Spikes)
		}
		return err
	})
	if err != nil {
		fmt.Println("returned:", err)
		os.Exit(3)
	}
}

// mpiWorld is the same in the test and in the ranks it starts.
func mpiWorld() *world {
	for seed := uint64(0); ; seed++ {
		if w := newWorld(rand.New(rand.NewPCG(seed, 7)), 3); w.intervals >= 6 && len(w.cells) > 10 {
			return w
		}
	}
}

func TestRealRanksGiveTheSameBytes(t *testing.T) {
	mpitest.Available(t)
	w := mpiWorld()
	alone := t.TempDir()
	if err := w.run(alone, make([]int, len(w.cells)), 1, nil, finish); err != nil {
		t.Fatal(err)
	}
	want := contents(t, alone)
	for _, np := range []int{1, 2, 4} {
		dir := t.TempDir()
		out, code := mpitest.Run(t, np, "run", "NETSIM_TEST_DIR="+dir)
		if code != 0 || strings.Count(out, "complete: true") != 1 {
			t.Fatalf("%d ranks: exit code %d:\n%s", np, code, out)
		}
		if !maps.Equal(want, contents(t, dir)) {
			t.Errorf("%d ranks give other files", np)
		}
	}
}

func TestMergeAfterARankWasKilled(t *testing.T) {
	w := mpiWorld()
	dir := t.TempDir()
	if out, code := mpitest.Run(t, 3, "die", "NETSIM_TEST_DIR="+dir); code == 0 {
		t.Fatalf("the job ended well:\n%s", out)
	}
	sum, err := merge.Merge(dir)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Complete || sum.Time < 1 || sum.Time > 3 {
		t.Errorf("%+v", sum)
	}
	var rows []int
	for _, r := range sum.Reports {
		rows = append(rows, r.Rows)
	}
	if err := w.check(dir, int(sum.Time), rows); err != nil {
		t.Error(err)
	}
}
