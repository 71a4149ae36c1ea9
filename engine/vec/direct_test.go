package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// direct solves a tree for v with DirectSolve1 or DirectSolve8.
func (t *tree) direct(cfac float64, f func(n, nroot int, parent *int32, a, b, ab, cap, diag, v, rhs, d *float64)) {
	n := len(t.parent)
	ab, capacity, diag := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		ab[i] = t.a[i] * t.b[i]
		capacity[i] = cfac * t.cm[i]
		diag[i] += capacity[i]
		if i >= t.nroot {
			diag[i] -= t.b[i]
			diag[t.parent[i]] -= t.a[i]
		}
	}
	f(n, t.nroot, &t.parent[0], &t.a[0], &t.b[0], &ab[0], &capacity[0], &diag[0], &t.v[0], &t.rhs[0], &t.d[0])
}

// TestDirectSolve: the potentials of HinesStep to rounding, rhs and d ready for the next step. The solver amplifies
// rounding by the axial conductance over that of the membrane, here up to some 100: 1e-12 of 100 mV.
func TestDirectSolve(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for round := range 200 {
		one := newTree(rng, 1+rng.IntN(60), 1, 1+rng.IntN(8), 1)
		hines := one.copy()
		hines.step(HinesStep1)
		one.direct(0.001/0.025, DirectSolve1)
		for i := range one.v {
			if math.Abs(one.v[i]-hines.v[i]) > 1e-10 {
				t.Fatalf("round %d: v[%d] = %v, HinesStep1 has %v", round, i, one.v[i], hines.v[i])
			}
			if one.rhs[i] != 0 || one.d[i] != 0 {
				t.Fatalf("round %d: rhs[%d], d[%d] = %v, %v", round, i, i, one.rhs[i], one.d[i])
			}
		}
	}
}

// TestDirectSolve8 holds all levels equal to DirectSolve1, lane by lane and bit for bit.
func TestDirectSolve8(t *testing.T) {
	defer SetLevel(Current())
	for _, level := range []Level{Go, AVX2, AVX512} {
		if SetLevel(level) != level {
			t.Logf("%v: not on this machine", level)
			continue
		}
		rng := rand.New(rand.NewPCG(9, 10))
		for round := range 200 {
			nroot := 1 + rng.IntN(2)
			tr := newTree(rng, nroot+rng.IntN(60), nroot, 1+rng.IntN(8), Lanes)
			before := tr.copy()
			tr.direct(0.04, DirectSolve8)
			n := len(tr.parent)
			for l := range Lanes {
				one := before.copy()
				one.v, one.rhs, one.d = nil, nil, nil
				for i := range n {
					one.v, one.rhs, one.d = append(one.v, before.v[i*Lanes+l]), append(one.rhs, before.rhs[i*Lanes+l]), append(one.d, before.d[i*Lanes+l])
				}
				one.direct(0.04, DirectSolve1)
				for i := range n {
					if math.Float64bits(one.v[i]) != math.Float64bits(tr.v[i*Lanes+l]) {
						t.Fatalf("%v, round %d, lane %d of %d nodes: v[%d] = %v, alone %v", level, round, l, n, i, tr.v[i*Lanes+l], one.v[i])
					}
				}
			}
			for i := range tr.rhs {
				if tr.rhs[i] != 0 || tr.d[i] != 0 {
					t.Fatalf("%v, round %d: rhs and d are not ready", level, round)
				}
			}
		}
	}
}

// TestDirectChains holds the assembly of the chains equal to the plain loops.
func TestDirectChains(t *testing.T) {
	defer SetLevel(Current())
	for _, level := range []Level{AVX2, AVX512} {
		if SetLevel(level) != level {
			t.Logf("%v: not on this machine", level)
			continue
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for round := range 300 {
			rows := 1 + rng.IntN(12)
			a, b, diag, cm, v, rhs, d := chainData(rng, rows)
			ab := make([]float64, len(a))
			for k := range ab {
				ab[k] = a[k] * b[k]
				diag[k] = 2 - diag[k]
			}
			v2, rhs2, d2 := append([]float64(nil), v...), append([]float64(nil), rhs...), append([]float64(nil), d...)
			compare := func(what string) {
				for name, pair := range map[string][2][]float64{"v": {v, v2}, "rhs": {rhs, rhs2}, "d": {d, d2}} {
					for k := range pair[0] {
						if math.Float64bits(pair[0][k]) != math.Float64bits(pair[1][k]) {
							t.Fatalf("%v, %s, round %d, %d rows: %s[%d] = %v, plain %v", level, what, round, rows, name, k, pair[0][k], pair[1][k])
						}
					}
				}
			}
			ChainReduce(rows, &a[0], &ab[0], &cm[0], &diag[0], &v[0], &rhs[0], &d[0])
			chainReduceGo(rows, &a[0], &ab[0], &cm[0], &diag[0], &v2[0], &rhs2[0], &d2[0])
			compare("reduce")
			ChainUpdate(rows, &b[0], &v[0], &rhs[0], &d[0])
			chainUpdateGo(rows, &b[0], &v2[0], &rhs2[0], &d2[0])
			compare("update")
		}
	}
}
