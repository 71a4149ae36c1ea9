package native

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"netsim/nmodl/program"
)

// TestCurves holds that curves have the bits of program.CurveData.Value, wherever the potentials of neighbours are.
func TestCurves(t *testing.T) { everyLevel(t, testCurves) }

func testCurves(t *testing.T, level Level) {
	rng := rand.New(rand.NewPCG(11, 12))
	column := func(i int32) program.Ref { return program.Ref{Kind: program.Col, Idx: i} }
	m := &program.Mechanism{Columns: make([]program.Column, 3), Globals: make([]program.Global, 3)}
	code := &program.Code{}
	curves := make([]program.CurveData, 2)
	for c := range curves {
		in := program.Instr{Op: program.OpCurve, Dst: column(int32(c) + 1), Src: [3]program.Ref{column(0), {Idx: int32(c)}}}
		code.Instrs = append(code.Instrs, in)
		d := &curves[c]
		d.Degree = 5 + 9*c
		for range (d.Degree + 1) * program.CurveIntervals {
			d.Rows = append(d.Rows, rng.NormFloat64())
		}
		for k := 0; k < len(d.Rows); k += program.CurveIntervals {
			d.Window = append(d.Window, d.Rows[k+program.CurveWindow:k+program.CurveWindow+program.WindowLength]...)
		}
	}
	r, err := Compile(&Shape{Level: level, Mech: m, Code: code, Uniform: make([]bool, 3), Curves: curves})
	if err != nil {
		t.Fatal(err)
	}
	var arena Arena
	if err := arena.Add([]*Routine{r}); err != nil {
		t.Skip(err)
	}
	defer arena.Close()
	special := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -64, -54, 1e300, -1e300, 370, 381}
	for round := range 4000 {
		n := 1 + rng.IntN(40)
		cols := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
		width := []float64{0.1, 5, 30, 200}[round%4] // mV; within an interval, in neighbouring ones, in and out of the window
		middle := rng.NormFloat64()*60 - 60          // mV
		for k := range cols[0] {
			cols[0][k] = middle + width*rng.NormFloat64()
			if round%16 > 11 && rng.IntN(10) == 0 {
				cols[0][k] = special[rng.IntN(len(special))]
			}
		}
		bound := r.Bind(&Data{N: n, Columns: cols, Globals: make([]float64, 3), Curves: curves,
			Base: func(int) unsafe.Pointer { return nil }, Index: func(int) unsafe.Pointer { return nil }})
		bound.Run(make([]float64, r.Scratch))
		for k, v := range cols[0] {
			for c := range curves {
				if got, want := cols[c+1][k], curves[c].Value(v); !sameNumber(got, want) {
					t.Fatalf("curve %d at %v (%d of %d) is %v, want %v", c, v, k, n, got, want)
				}
			}
		}
	}
}
