package native

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"netsim/libm"
	"netsim/nmodl/program"
)

// TestFunctions holds that exp and log have libm's bits.
func TestFunctions(t *testing.T) { everyLevel(t, testFunctions) }

// everyLevel runs a test for each instruction set of this processor.
func everyLevel(t *testing.T, test func(t *testing.T, level Level)) {
	for _, level := range []Level{AVX2, AVX512} {
		t.Run(level.String(), func(t *testing.T) {
			if !level.Available() {
				t.Skip("not this processor")
			}
			test(t, level)
		})
	}
}

func testFunctions(t *testing.T, level Level) {
	column := func(i int32) program.Ref { return program.Ref{Kind: program.Col, Idx: i} }
	m := &program.Mechanism{Columns: make([]program.Column, 3), Globals: make([]program.Global, 3)}
	code := &program.Code{Instrs: []program.Instr{
		{Op: program.OpExp, Dst: column(1), Src: [3]program.Ref{column(0)}},
		{Op: program.OpLog, Dst: column(2), Src: [3]program.Ref{column(0)}},
	}}
	r, err := Compile(&Shape{Level: level, Mech: m, Code: code, Uniform: make([]bool, 3)})
	if err != nil {
		t.Fatal(err)
	}
	var arena Arena
	if err := arena.Add([]*Routine{r}); err != nil {
		t.Skip(err)
	}
	defer arena.Close()
	const n = 2043
	x, e, l := make([]float64, n), make([]float64, n), make([]float64, n)
	bound := r.Bind(&Data{N: n, Columns: [][]float64{x, e, l}, Globals: make([]float64, 3),
		Base: func(int) unsafe.Pointer { return nil }, Index: func(int) unsafe.Pointer { return nil }})
	scratch := make([]float64, r.Scratch)
	rng := rand.New(rand.NewPCG(7, 8))
	special := []float64{0, math.Copysign(0, -1), 1, math.Nextafter(1, 2), math.Nextafter(1, 0), 700, -700, math.Nextafter(700, 800),
		math.Nextafter(-700, -800), math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -5e-324, 1e-310, 0x1p-1022, math.MaxFloat64, -1}
	for round := range 600 {
		for k := range x {
			switch round % 6 {
			case 0:
				x[k] = math.Float64frombits(rng.Uint64())
			case 1:
				x[k] = rng.NormFloat64() * 300
			case 2:
				x[k] = rng.NormFloat64() * 10
			case 3:
				x[k] = 1 + rng.NormFloat64()*0.05
			case 4:
				x[k] = rng.ExpFloat64() * 1e-3
			default:
				x[k] = special[rng.IntN(len(special))]
			}
		}
		bound.Run(scratch)
		for k, a := range x {
			if want := libm.HocExp(a); !sameNumber(e[k], want) {
				t.Fatalf("exp(%x) = %x, want %x", a, e[k], want)
			}
			if want := libm.Log(a); !sameNumber(l[k], want) {
				t.Fatalf("log(%x) = %x, want %x", a, l[k], want)
			}
		}
	}
}

func sameNumber(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// TestQuotient holds that the division of vectors has the bits of a division.
func TestQuotient(t *testing.T) {
	if !AVX512.Available() {
		t.Skip("no AVX-512")
	}
	column := func(i int32) program.Ref { return program.Ref{Kind: program.Col, Idx: i} }
	number := func(i int32) program.Ref { return program.Ref{Kind: program.Const, Idx: i} }
	m := &program.Mechanism{Columns: make([]program.Column, 8), Globals: make([]program.Global, 3), Consts: []float64{1, -1, 0.37}}
	div := func(dst int32, a, b program.Ref) program.Instr {
		return program.Instr{Op: program.OpDiv, Dst: column(dst), Src: [3]program.Ref{a, b}}
	}
	code := &program.Code{Instrs: []program.Instr{div(2, column(0), column(1)), div(3, number(0), column(1)), div(4, number(1), column(1)),
		div(5, number(2), column(1)), div(6, column(0), column(3)), div(7, column(0), column(4))}}
	shape := &Shape{Level: AVX512, Mech: m, Code: code, Uniform: make([]bool, 8)}
	defer func(cycles int) { divideCycles = cycles }(divideCycles)
	divideCycles = 1000 // all by multiplication
	f, err := build(shape)
	if err != nil {
		t.Fatal(err)
	}
	for k := range f.ins {
		if f.isDivision(value(k)) {
			t.Fatal("a division is left")
		}
	}
	r, err := Compile(shape)
	if err != nil {
		t.Fatal(err)
	}
	var arena Arena
	if err := arena.Add([]*Routine{r}); err != nil {
		t.Skip(err)
	}
	defer arena.Close()
	const n = 2043
	cols := make([][]float64, 8)
	for k := range cols {
		cols[k] = make([]float64, n)
	}
	bound := r.Bind(&Data{N: n, Columns: cols, Globals: make([]float64, 3),
		Base: func(int) unsafe.Pointer { return nil }, Index: func(int) unsafe.Pointer { return nil }})
	scratch := make([]float64, r.Scratch)
	rng := rand.New(rand.NewPCG(9, 10))
	special := []float64{0, math.Copysign(0, -1), 1, -1, 2, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, 1e-310, math.MaxFloat64,
		2 - 0x1p-52, 1 + 0x1p-52, 1 - 0x1p-53, 0x1p450, 0x1p-450, 0x1p451, 0x1p-451, 0x1p-1022}
	rounds := 300
	if long {
		rounds = 1_000_000_000 / n / 5
	}
	a, b := cols[0], cols[1]
	for round := range rounds {
		for k := range a {
			switch round % 5 {
			case 0:
				a[k], b[k] = math.Float64frombits(rng.Uint64()), math.Float64frombits(rng.Uint64())
			case 1:
				a[k], b[k] = rng.NormFloat64(), rng.NormFloat64()*math.Ldexp(1, rng.IntN(200)-100)
			case 2: // quotients next to the middle of two doubles
				b[k] = math.Float64frombits(rng.Uint64()&(1<<52-1) | 1023<<52)
				q := math.Float64frombits(rng.Uint64()&(1<<52-1) | 1023<<52)
				a[k] = math.FMA(q, b[k], 0x1p-53*b[k])
			case 3: // mantissas that are nearly full or nearly empty
				a[k] = math.Float64frombits(uint64(rng.IntN(64)) - 32 + 1023<<52)
				b[k] = math.Float64frombits(uint64(rng.IntN(64)) - 32 + 1023<<52)
			default:
				a[k], b[k] = special[rng.IntN(len(special))], special[rng.IntN(len(special))]
				if rng.IntN(2) == 0 {
					b[k] = rng.NormFloat64()
				}
			}
		}
		bound.Run(scratch)
		for k := range a {
			for c, want := range map[int]float64{2: a[k] / b[k], 3: 1 / b[k], 4: -1 / b[k], 5: 0.37 / b[k], 6: a[k] / (1 / b[k]), 7: a[k] / (-1 / b[k])} {
				if !sameNumber(cols[c][k], want) {
					t.Fatalf("a %x, b %x: quotient %d is %x, want %x", a[k], b[k], c, cols[c][k], want)
				}
			}
		}
	}
}
