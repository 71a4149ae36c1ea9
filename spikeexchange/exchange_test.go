package spikeexchange

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// spikeLists draws spikes with many equal times and gids.
func spikeLists() *rapid.Generator[[]Spike] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Spike {
		return Spike{rapid.Uint64Range(0, 30).Draw(t, "gid"), float64(rapid.IntRange(0, 9).Draw(t, "t")) * 0.1}
	}), 0, 60)
}

func sorted(s []Spike) []Spike {
	out := slices.Clone(s)
	slices.SortStableFunc(out, compare)
	return out
}

func TestLocalExchange(t *testing.T) {
	x := NewLocal()
	rapid.Check(t, func(t *rapid.T) {
		in := spikeLists().Draw(t, "spikes")
		before := slices.Clone(in)
		got, err := x.Exchange(in)
		if err != nil || !slices.Equal(got, sorted(in)) {
			t.Fatalf("%v, %v; want %v", got, err, sorted(in))
		}
		if !slices.Equal(in, before) {
			t.Fatalf("the argument became %v", in)
		}
	})
}

// A dry run of n ranks gives what n real ranks would whose cells do the same.
func TestDryRunIsAJobOfEqualRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 9).Draw(t, "size")
		cells := rapid.Uint64Range(1, 200).Draw(t, "cells")
		var local, want []Spike
		for _, s := range spikeLists().Draw(t, "spikes") {
			s.GID *= uint64(size) // gids of rank 0
			if s.GID >= cells {
				continue
			}
			local = append(local, s)
			for r := range size {
				if g := s.GID + uint64(r); g < cells {
					want = append(want, Spike{g, s.T})
				}
			}
		}
		x, err := NewDryRun(size, cells)
		if err != nil {
			t.Fatal(err)
		}
		got, err := x.Exchange(local)
		if err != nil || !slices.Equal(got, sorted(want)) {
			t.Fatalf("%v, %v; want %v", got, err, sorted(want))
		}
	})
}

func TestOneProcess(t *testing.T) {
	dry, err := NewDryRun(8, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []Exchanger{NewLocal(), dry} {
		if x.Rank() != 0 {
			t.Errorf("%T: rank %d", x, x.Rank())
		}
		for _, d := range []float64{0, -1, math.NaN()} {
			if _, err := x.MinDelay(d); err == nil {
				t.Errorf("%T: no complaint about a delay of %v ms", x, d)
			}
		}
		if d, err := x.MinDelay(0.5); d != 0.5 || err != nil {
			t.Errorf("%T: delay %v, %v", x, d, err)
		}
		if _, err := x.Exchange([]Spike{{1, math.NaN()}}); err == nil {
			t.Errorf("%T: no complaint about a spike at NaN", x)
		}
		fault := errors.New("fault")
		if x.FirstError(fault) != fault || x.FirstError(nil) != nil || x.Barrier() != nil {
			t.Errorf("%T: errors get lost", x)
		}
		sum, _ := x.AllreduceFloat64(Sum, 2.5)
		n, _ := x.AllreduceInt64(Sum, 3)
		least, _ := x.AllreduceFloat64(Min, 2.5)
		if sum != 2.5*float64(x.Size()) || n != 3*int64(x.Size()) || least != 2.5 {
			t.Errorf("%T: reductions %v, %v, %v", x, sum, n, least)
		}
		got, err := x.GatherJSON(map[string]int{"a": 1})
		if diff := cmp.Diff([]json.RawMessage{json.RawMessage(`{"a":1}`)}, got); diff != "" || err != nil {
			t.Errorf("%T: %v\n%s", x, err, diff)
		}
		if _, err := x.GatherJSON(math.NaN()); err == nil {
			t.Errorf("%T: no complaint about NaN in JSON", x)
		}
		if b, err := x.BcastBytes([]byte("x")); string(b) != "x" || err != nil {
			t.Errorf("%T: %q, %v", x, b, err)
		}
	}
	if _, err := NewDryRun(0, 1); err == nil {
		t.Error("a dry run of no ranks")
	}
}

func TestRankError(t *testing.T) {
	cause := errors.New("singular")
	e := &RankError{Rank: 3, Message: "singular", cause: cause}
	if e.Error() != "rank 3: singular" || !errors.Is(e, cause) || !e.Agreed() {
		t.Errorf("%v", e)
	}
}

func TestMergeRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all, spare []Spike
		var ends []int
		for range rapid.IntRange(0, 9).Draw(t, "runs") {
			all = append(all, sorted(spikeLists().Draw(t, "run"))...)
			ends = append(ends, len(all))
		}
		want := sorted(all)
		if got, _ := mergeRuns(all, spare, ends); !slices.Equal(got, want) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
