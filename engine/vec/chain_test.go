package vec

import (
	"math"
	"math/rand/v2"
	"testing"
)

// chainData is random chains with heads inside the batch, as a forest has them.
func chainData(rng *rand.Rand, rows int) (a, b, bd, cm, v, rhs, d []float64) {
	make8 := func(f func() float64) []float64 {
		x := make([]float64, rows*Lanes+1)[1:] // not aligned
		for k := range x {
			x[k] = f()
		}
		return x
	}
	a = make8(func() float64 { return -rng.Float64() })
	b = make8(func() float64 { return -rng.Float64() })
	for l := range Lanes {
		for k := rng.IntN(rows + 1); k < rows; k++ {
			a[k*Lanes+l], b[k*Lanes+l] = 0, 0
		}
		a[(rows-1)*Lanes+l], b[(rows-1)*Lanes+l] = 0, 0
	}
	bd = make8(func() float64 { return -rng.Float64() })
	cm = make8(func() float64 { return float64(rng.IntN(2)) })
	v = make8(func() float64 { return -65 + 30*rng.NormFloat64() })
	rhs = make8(rng.NormFloat64)
	d = make8(func() float64 { return 1 + rng.Float64() })
	return a, b, bd, cm, v, rhs, d
}

// TestChains holds the assembly equal to the plain loops, bit for bit.
func TestChains(t *testing.T) {
	defer SetLevel(Current())
	for _, level := range []Level{AVX2, AVX512} {
		if SetLevel(level) != level {
			t.Logf("%v: not on this machine", level)
			continue
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for round := range 300 {
			rows := 1 + rng.IntN(12)
			a, b, bd, cm, v, rhs, d := chainData(rng, rows)
			v2, rhs2, d2 := append([]float64(nil), v...), append([]float64(nil), rhs...), append([]float64(nil), d...)
			ChainAssemble(rows, &a[0], &b[0], &bd[0], &cm[0], 0.04, &v[0], &rhs[0], &d[0])
			ChainEliminate(rows, &a[0], &b[0], &rhs[0], &d[0])
			ChainSubstitute(rows, &b[0], &v[0], &rhs[0], &d[0])
			chainAssembleGo(rows, &a[0], &b[0], &bd[0], &cm[0], 0.04, &v2[0], &rhs2[0], &d2[0])
			chainEliminateGo(rows, &a[0], &b[0], &rhs2[0], &d2[0])
			chainSubstituteGo(rows, &b[0], &v2[0], &rhs2[0], &d2[0])
			for name, pair := range map[string][2][]float64{"v": {v, v2}, "rhs": {rhs, rhs2}, "d": {d, d2}} {
				for k := range pair[0] {
					if math.Float64bits(pair[0][k]) != math.Float64bits(pair[1][k]) {
						t.Fatalf("%v, round %d, %d rows: %s[%d] = %v, plain %v", level, round, rows, name, k, pair[0][k], pair[1][k])
					}
				}
			}
		}
	}
}

// BenchmarkChains is the three loops over chains of 13 nodes, per node and lane.
func BenchmarkChains(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	const rows, batches = 13, 64
	a, bb, bd, cm, v, rhs, d := chainData(rng, rows*batches)
	for b.Loop() {
		for k := 0; k < rows*batches*Lanes; k += rows * Lanes {
			ChainAssemble(rows, &a[k], &bb[k], &bd[k], &cm[k], 0.04, &v[k], &rhs[k], &d[k])
		}
		for k := 0; k < rows*batches*Lanes; k += rows * Lanes {
			ChainEliminate(rows, &a[k], &bb[k], &rhs[k], &d[k])
		}
		for k := 0; k < rows*batches*Lanes; k += rows * Lanes {
			ChainSubstitute(rows, &bb[k], &v[k], &rhs[k], &d[k])
		}
		for k := range d {
			d[k], rhs[k], v[k] = 1.5, 0.1, -65
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(rows*batches*Lanes), "ns/node")
}
