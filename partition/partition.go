// Package partition says which rank owns which cell, and how even that is.
package partition

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// RoundRobin returns the rank that owns a gid: gid mod size. This is the
// default: it needs no table and every rank can compute every owner.
func RoundRobin(gid uint64, size int) int { return int(gid % uint64(size)) }

// Local returns the gids in [0, cells) that rank owns under RoundRobin,
// ascending.
func Local(cells uint64, rank, size int) []uint64 {
	var gids []uint64
	for g := uint64(rank); g < cells; g += uint64(size) {
		gids = append(gids, g)
	}
	return gids
}

// LPT assigns cells to ranks by the rule "longest processing time first": the
// most costly cell goes to the rank with the least work so far. costs[g] is the
// cost of gid g, in any unit; the result is the owner of each gid.
//
// The outcome is at most 4/3 of the best possible maximum. Equal costs go in
// ascending gid, equal ranks in ascending number, so that every rank computes
// the same table from the same costs.
func LPT(costs []float64, size int) ([]int, error) {
	if size < 1 {
		return nil, fmt.Errorf("cells cannot be shared among %d ranks", size)
	}
	order := make([]int, len(costs))
	for g, c := range costs {
		if math.IsNaN(c) || math.IsInf(c, 0) || c < 0 {
			return nil, fmt.Errorf("cell %d has the cost %v; a cost is finite and not negative", g, c)
		}
		order[g] = g
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(costs[b], costs[a]) })

	owners := make([]int, len(costs))
	q := make(loads, size)
	for r := range q {
		q[r].rank = r
	}
	for _, g := range order {
		owners[g] = q[0].rank
		q[0].load += costs[g]
		q[0].cells++
		q.sink()
	}
	return owners, nil
}

type load struct {
	load  float64
	cells int
	rank  int
}

// loads is a binary heap, least work first. The number of cells decides
// between equal loads, so that cells of cost 0 spread too.
type loads []load

func (q loads) less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].load, q[j].load), cmp.Compare(q[i].cells, q[j].cells), cmp.Compare(q[i].rank, q[j].rank)) < 0
}

// sink restores the heap after the first entry has grown.
func (q loads) sink() {
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(q); c++ {
			if q.less(c, least) {
				least = c
			}
		}
		if least == i {
			return
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
}

// Imbalance says how evenly work is spread over ranks.
type Imbalance struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
	// Ratio is Max/Mean: 1 is even; at 1.25 the ranks wait a fifth of the time
	// (1 - 1/1.25) for the slowest.
	Ratio   float64 `json:"ratio"`
	Slowest int     `json:"slowest_rank"`
}

// Measure returns the imbalance of per-rank figures (costs, cells or seconds).
// Without any work the ratio is 1.
func Measure(perRank []float64) Imbalance {
	if len(perRank) == 0 {
		return Imbalance{Ratio: 1}
	}
	m := Imbalance{Min: perRank[0], Max: perRank[0], Ratio: 1}
	sum := 0.0
	for r, v := range perRank {
		sum += v
		m.Min = min(m.Min, v)
		if v > m.Max {
			m.Max, m.Slowest = v, r
		}
	}
	m.Mean = sum / float64(len(perRank))
	if m.Mean > 0 {
		m.Ratio = m.Max / m.Mean
	}
	return m
}

// Costs adds the costs of the cells of each rank.
func Costs(costs []float64, owners []int, size int) []float64 {
	per := make([]float64, size)
	for g, r := range owners {
		per[r] += costs[g]
	}
	return per
}
