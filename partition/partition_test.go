package partition

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundRobinSharesAllCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.Uint64Range(0, 500).Draw(t, "cells")
		size := rapid.IntRange(1, 20).Draw(t, "size")
		seen := map[uint64]int{}
		for rank := range size {
			for _, g := range Local(cells, rank, size) {
				if RoundRobin(g, size) != rank {
					t.Fatalf("gid %d is on rank %d and belongs to %d", g, rank, RoundRobin(g, size))
				}
				seen[g]++
			}
		}
		for g := range cells {
			if seen[g] != 1 {
				t.Fatalf("gid %d is on %d ranks", g, seen[g])
			}
		}
		if uint64(len(seen)) != cells {
			t.Fatalf("%d cells, want %d", len(seen), cells)
		}
	})
}

func TestLPT(t *testing.T) {
	// The classical bad case: LPT gives 11 where 9 is possible.
	owners, err := LPT([]float64{5, 5, 4, 4, 3, 3, 3}, 3)
	if err != nil || !slices.Equal(owners, []int{0, 1, 2, 2, 0, 1, 0}) {
		t.Errorf("owners %v, %v", owners, err)
	}
	// Cells without cost are spread all the same.
	if owners, _ = LPT(make([]float64, 6), 3); !slices.Equal(owners, []int{0, 1, 2, 0, 1, 2}) {
		t.Errorf("owners %v", owners)
	}
	for _, bad := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := LPT([]float64{1, bad}, 2); err == nil {
			t.Errorf("no complaint about a cost of %v", bad)
		}
	}
	if _, err := LPT(nil, 0); err == nil {
		t.Error("no complaint about 0 ranks")
	}
}

// Graham's bound: at most mean + (1 - 1/m)·largest.
func TestLPTBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		costs := rapid.SliceOfN(rapid.Float64Range(0, 1000), 1, 200).Draw(t, "costs")
		size := rapid.IntRange(1, 20).Draw(t, "size")
		owners, err := LPT(costs, size)
		if err != nil {
			t.Fatal(err)
		}
		m := Measure(Costs(costs, owners, size))
		if bound := m.Mean + (1-1/float64(size))*slices.Max(costs); m.Max > bound*(1+1e-12) {
			t.Fatalf("the slowest rank has %v, the bound is %v", m.Max, bound)
		}
	})
}

func TestMeasure(t *testing.T) {
	if m := Measure([]float64{1, 5, 3}); m != (Imbalance{Min: 1, Mean: 3, Max: 5, Ratio: 5.0 / 3, Slowest: 1}) {
		t.Errorf("%+v", m)
	}
	for _, none := range [][]float64{nil, {0, 0}} {
		if m := Measure(none); m.Ratio != 1 {
			t.Errorf("%v: %+v", none, m)
		}
	}
}
