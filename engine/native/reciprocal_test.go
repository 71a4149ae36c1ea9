package native

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"netsim/nmodl/program"
)

// long makes the tests take a billion numbers.
var long = os.Getenv("NETSIM_LONG") != ""

// divider is machine code for y = x / c, by the scheme of reciprocal.go, over columns x and y.
func divider(t *testing.T, level Level, c float64) (run func(x, y []float64), close func()) {
	t.Helper()
	m := &program.Mechanism{Columns: make([]program.Column, 2), Globals: make([]program.Global, 3), Consts: []float64{c}}
	code := &program.Code{Instrs: []program.Instr{{Op: program.OpDiv, Dst: program.Ref{Kind: program.Col, Idx: 1},
		Src: [3]program.Ref{{Kind: program.Col, Idx: 0}, {Kind: program.Const, Idx: 0}}}}}
	r, err := Compile(&Shape{Level: level, Mech: m, Code: code, Uniform: []bool{false, false}})
	if err != nil {
		t.Fatal(err)
	}
	var arena Arena
	if err := arena.Add([]*Routine{r}); err != nil {
		t.Skip(err)
	}
	scratch := make([]float64, r.Scratch)
	return func(x, y []float64) {
		r.Bind(&Data{N: len(x), Columns: [][]float64{x, y}, Globals: make([]float64, 3),
			Base: func(int) unsafe.Pointer { return nil }, Index: func(int) unsafe.Pointer { return nil }}).Run(scratch)
	}, arena.Close
}

// hardDividends fills x with numbers whose quotient by c is close to the middle of two doubles, or to a double.
func hardDividends(rng *rand.Rand, c float64, x []float64) {
	for k := range x {
		q := math.Float64frombits(rng.Uint64()&(1<<52-1) | uint64(1023+rng.IntN(200)-100)<<52)
		x[k] = math.FMA(q, c, 0.5*c*(math.Nextafter(q, 10*q)-q))
		switch rng.IntN(4) {
		case 0:
			x[k] = math.Nextafter(x[k], 0)
		case 1:
			x[k] = math.Nextafter(x[k], math.Inf(1))
		}
		if rng.IntN(2) == 0 {
			x[k] = -x[k]
		}
	}
}

// TestDivide holds that division by a known number has the bits of a division. NETSIM_LONG=1 takes a billion dividends.
func TestDivide(t *testing.T) { everyLevel(t, testDivide) }

func testDivide(t *testing.T, level Level) {
	rng := rand.New(rand.NewPCG(5, 6))
	divisors := []float64{0.001, -0.001, 10, 3, 7, 100, 0.1, 1e-4, 96485.33212331001, 18, 80, -9.7, -44.14, 1, -1, 2, -0.25, math.Pi,
		1 + 0x1p-52, 2 - 0x1p-52, 0x1.fffffffffffffp-3, 0x1.0000000000003p5, 192970.66424662003}
	for range 40 {
		divisors = append(divisors, rng.NormFloat64()*math.Ldexp(1, rng.IntN(20)-10))
	}
	rounds := 20
	if long {
		rounds = 1_000_000_000/2048/len(divisors) + 1
	}
	special := []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -5e-324, 1e-310, math.MaxFloat64,
		math.Ldexp(1, 900), math.Ldexp(1, -900), math.Ldexp(1, 901), math.Ldexp(-1, -901), -math.Ldexp(1.5, 899)}
	x, y := make([]float64, 2048), make([]float64, 2048)
	multiplied := 0
	for _, c := range divisors {
		if Multiplies(c) {
			multiplied++
		}
		run, done := divider(t, level, c)
		for round := range rounds {
			switch round % 4 {
			case 0:
				hardDividends(rng, c, x)
			case 1:
				for k := range x {
					x[k] = math.Float64frombits(rng.Uint64())
				}
			case 2:
				for k := range x {
					x[k] = rng.NormFloat64() * 100
					if rng.IntN(8) == 0 {
						x[k] = special[rng.IntN(len(special))]
					}
				}
			default:
				for k := range x {
					x[k] = float64(rng.IntN(4000)-2000) * c
				}
			}
			run(x, y)
			for k := range x {
				if want := x[k] / c; math.Float64bits(y[k]) != math.Float64bits(want) && (want == want || y[k] == y[k]) {
					t.Fatalf("%x / %x is %x, got %x", x[k], c, want, y[k])
				}
			}
		}
		done()
	}
	t.Logf("%d of %d divisors by multiplication, %d dividends each", multiplied, len(divisors), rounds*len(x))
	if multiplied < len(divisors)*3/4 {
		t.Error("multiplication is used too rarely")
	}
}
