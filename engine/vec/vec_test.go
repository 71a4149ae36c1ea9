package vec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"netsim/nmodl/program"
)

// special values come up often in test data.
var special = []float64{
	0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -5e-324, 1e-310,
	math.MaxFloat64, -math.MaxFloat64, 700, -700, math.Nextafter(700, 800), math.Nextafter(-700, -800), 0.5, -0.5,
	2147483647, 2147483647.5, 2147483648, -2147483648, -2147483648.5, -2147483649, 1e300, 1e-300, 1e-20, -1e-20,
}

func randomValue(rng *rand.Rand) float64 {
	switch rng.IntN(4) {
	case 0:
		return special[rng.IntN(len(special))]
	case 1:
		return math.Float64frombits(rng.Uint64())
	case 2:
		return rng.NormFloat64() * 300
	}
	return rng.NormFloat64()
}

// array returns n random values at an odd multiple of 8 bytes, with a guard behind them.
func array(rng *rand.Rand, n int) []float64 {
	start := rng.IntN(8)
	x := make([]float64, start+n+1)
	for i := range x {
		x[i] = randomValue(rng)
	}
	return x[start:]
}

func clone(x []float64) []float64 { return append([]float64(nil), x...) }

func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) && !(got[i] != got[i] && want[i] != want[i]) {
			t.Fatalf("%s: element %d of %d: %x, want %x", what, i, len(want)-1, got[i], want[i])
		}
	}
}

// levels runs a test at every level of this machine above Go.
func levels(t *testing.T, f func(t *testing.T, level Level)) {
	defer SetLevel(SetLevel(Best()))
	for level := AVX2; level <= Best(); level++ {
		t.Run(level.String(), func(t *testing.T) { f(t, level) })
	}
}

// lengths are tested with every kernel.
func lengths(f func(n int)) {
	for n := range 71 {
		f(n)
	}
	f(512)
	f(1021)
}

func TestUnary(t *testing.T) {
	levels(t, func(t *testing.T, level Level) {
		rng := rand.New(rand.NewPCG(1, 2))
		SetLevel(Go)
		plain := Unary
		SetLevel(level)
		for op, f := range plain {
			if f == nil {
				continue
			}
			lengths(func(n int) {
				a, got := array(rng, n), array(rng, n)
				want := clone(got)
				f(&want[0], &a[0], n)
				Unary[op](&got[0], &a[0], n)
				same(t, fmt.Sprint("unary ", op), got, want)
				Unary[op](&a[0], &a[0], n)
				same(t, fmt.Sprint("unary in place ", op), a[:n], want[:n])
			})
		}
	})
}

func TestBinary(t *testing.T) {
	levels(t, func(t *testing.T, level Level) {
		rng := rand.New(rand.NewPCG(3, 4))
		SetLevel(Go)
		plain := Binary
		SetLevel(level)
		for op := range plain {
			for mode, f := range plain[op] {
				if f == nil {
					continue
				}
				lengths(func(n int) {
					a, b, got := array(rng, n), array(rng, n), array(rng, n)
					for i := range a {
						if rng.IntN(4) == 0 {
							b[i] = a[i]
						}
					}
					want := clone(got)
					f(&want[0], &a[0], &b[0], n)
					Binary[op][mode](&got[0], &a[0], &b[0], n)
					same(t, fmt.Sprint("binary ", op, mode), got, want)
					in := a
					if mode == ScalarVector {
						in = b
					}
					Binary[op][mode](&in[0], &a[0], &b[0], n)
					same(t, fmt.Sprint("binary in place ", op, mode), in[:n], want[:n])
				})
			}
		}
	})
}

func TestFused(t *testing.T) {
	levels(t, func(t *testing.T, level Level) {
		rng := rand.New(rand.NewPCG(5, 6))
		SetLevel(Go)
		plain := Fused
		SetLevel(level)
		for op := range plain {
			for mode, f := range plain[op] {
				lengths(func(n int) {
					a, b, c, got := array(rng, n), array(rng, n), array(rng, n), array(rng, n)
					want := clone(got)
					f(&want[0], &a[0], &b[0], &c[0], n)
					Fused[op][mode](&got[0], &a[0], &b[0], &c[0], n)
					same(t, fmt.Sprint("fused ", op, mode), got, want)
					Fused[op][mode](&a[0], &a[0], &b[0], &c[0], n)
					same(t, fmt.Sprint("fused in place ", op, mode), a[:n], want[:n])
				})
			}
		}
	})
}

func TestMemory(t *testing.T) {
	levels(t, func(t *testing.T, level Level) {
		rng := rand.New(rand.NewPCG(7, 8))
		SetLevel(level)
		lengths(func(n int) {
			base, idx := array(rng, 300), make([]int32, n+1)
			for i := range idx {
				idx[i] = int32(rng.IntN(300))
			}
			c, a, b, got := array(rng, n), array(rng, n), array(rng, n), array(rng, n)
			want := clone(got)

			gatherGo(&want[0], &base[0], &idx[0], n)
			Gather(&got[0], &base[0], &idx[0], n)
			same(t, "gather", got, want)

			selectGo(&want[0], &c[0], &a[0], &b[0], n)
			Select(&got[0], &c[0], &a[0], &b[0], n)
			same(t, "select", got, want)

			x := randomValue(rng)
			fillGo(&want[0], x, n)
			Fill(&got[0], x, n)
			same(t, "fill", got, want)
		})
	})
}

func TestScatter(t *testing.T) {
	base := []float64{1, 2, 3}
	idx := []int32{2, 0, 2, 2}
	src := []float64{1e16, 5, 1, -1e16}
	ScatterAdd(&base[0], &idx[0], &src[0], 4)
	same(t, "scatter add", base, []float64{6, 2, 3 + 1e16 + 1 - 1e16})
	ScatterSub(&base[0], &idx[0], &src[0], 2)
	same(t, "scatter sub", base, []float64{1, 2, base[2]})
	Scatter(&base[0], &idx[0], &src[0], 3)
	same(t, "scatter", base, []float64{5, 2, 1})
}

// TestTables: every operation of the two kinds has its loops.
func TestTables(t *testing.T) {
	for op := program.OpMov; op <= program.OpTrunc; op++ {
		if Unary[op] == nil {
			t.Errorf("no unary loop for operation %d", op)
		}
	}
	for op := program.OpAdd; op <= program.OpOr; op++ {
		for mode := range 3 {
			if Binary[op][mode] == nil {
				t.Errorf("no binary loop for operation %d, mode %d", op, mode)
			}
		}
	}
}

func TestParseLevel(t *testing.T) {
	for level := Go; level <= AVX512; level++ {
		if got, err := ParseLevel(level.String()); got != level || err != nil {
			t.Errorf("%v: %v, %v", level, got, err)
		}
	}
	if _, err := ParseLevel("sse"); err == nil {
		t.Error("sse was taken")
	}
}

// TestExp covers the range of arguments densely; beyond -512 the C library rounds differently.
func TestExp(t *testing.T) {
	levels(t, func(t *testing.T, level Level) {
		rng := rand.New(rand.NewPCG(9, 10))
		SetLevel(Go)
		plain := Unary[program.OpExp]
		SetLevel(level)
		const n = 1 << 18
		x, want, got := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range x {
			x[i] = 1440*rng.Float64() - 720
		}
		plain(&want[0], &x[0], n)
		Unary[program.OpExp](&got[0], &x[0], n)
		for i := range x {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("exp(%x) is %x, want %x", x[i], got[i], want[i])
			}
		}
	})
}
