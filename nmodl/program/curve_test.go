package program

import (
	"math"
	"testing"
)

// curveOf is a mechanism with one curve: instructions over registers, Arg 0 and constants, result in register 0.
func curveOf(consts []float64, instrs ...Instr) *Mechanism {
	return &Mechanism{Consts: consts, Curves: &Curves{Names: []string{"f"}, Build: &Code{Instrs: instrs, Regs: 2}}}
}

func op(o Op, dst int32, src ...Ref) Instr {
	i := Instr{Op: o, Dst: Ref{Reg, dst}}
	copy(i.Src[:], src)
	return i
}

func con(k int32) Ref { return Ref{Const, k} }
func reg(k int32) Ref { return Ref{Reg, k} }

var argument = Ref{Arg, 0}

// boltzmann is 1/(1 + exp(-(v+40)/k)).
func boltzmann(k float64) *Mechanism {
	return curveOf([]float64{40, -k, 1},
		op(OpAdd, 0, argument, con(0)), op(OpDiv, 0, reg(0), con(1)), op(OpExp, 0, reg(0)),
		op(OpAdd, 0, reg(0), con(2)), op(OpDiv, 0, con(2), reg(0)))
}

// TestCurveFollows: within the tolerance of the largest value in an interval, at its edges too.
func TestCurveFollows(t *testing.T) {
	for _, k := range []float64{4, 6, 10, 20} {
		f, err := FitCurves(boltzmann(k), nil)
		if err != nil || f[0].Rows == nil {
			t.Fatalf("k = %g: %v %v", k, f, err)
		}
		exact := func(v float64) float64 { return 1 / (1 + math.Exp(-(v+40)/k)) }
		worst := 0.0
		for v := -150.0; v <= 150; v += .0731 {
			// The largest value in 10 mV is at most this.
			scale := exact(v + CurveWidth)
			worst = max(worst, math.Abs(f[0].Value(v)-exact(v))/scale)
		}
		for i := range CurveIntervals {
			v := CurveFrom + (float64(i)+.5)*CurveWidth
			below, above := f[0].Value(math.Nextafter(v, -1e9)), f[0].Value(math.Nextafter(v, 1e9))
			if i < CurveIntervals-1 && math.Abs(below-above) > 2*curveTolerance*exact(v+CurveWidth) {
				t.Errorf("k = %g: a step from %v to %v at %v mV", k, below, above, v)
			}
		}
		// The series' remainder is bounded by the tolerance of the sum of its coefficients' sizes, at most twice the largest value.
		t.Logf("k = %g mV: degree %d, error %.2g", k, f[0].Degree, worst)
		if worst > 2*curveTolerance {
			t.Errorf("k = %g: error %.2g", k, worst)
		}
	}
}

// TestCurveRefuses: a kink, a jump, a slope too steep, and what is not finite.
func TestCurveRefuses(t *testing.T) {
	for name, m := range map[string]*Mechanism{
		"kink":  curveOf([]float64{-45}, op(OpMax, 0, argument, con(0))),
		"jump":  curveOf([]float64{-45, 1, 2}, op(OpLt, 1, argument, con(0)), op(OpSelect, 0, reg(1), con(1), con(2))),
		"steep": boltzmann(.1),
		"pole":  curveOf([]float64{CurveFrom, 0}, op(OpSub, 0, argument, con(0)), op(OpDiv, 0, con(1), con(1))),
	} {
		f, err := FitCurves(m, nil)
		if err != nil {
			t.Fatal(err)
		}
		if f[0].Rows != nil {
			t.Errorf("%s: a curve of degree %d", name, f[0].Degree)
		}
	}
}

// TestCurveBeyond: the ends of the grid hold what is beyond them; NaN is taken for the lower end.
func TestCurveBeyond(t *testing.T) {
	f, _ := FitCurves(boltzmann(10), nil)
	low, high := f[0].Value(CurveFrom), f[0].Value(CurveFrom+(CurveIntervals-1)*CurveWidth)
	for v, want := range map[float64]float64{-1e9: low, math.Inf(-1): low, 1e9: high, math.Inf(1): high} {
		if got := f[0].Value(v); got != want {
			t.Errorf("%v mV: %v, want %v", v, got, want)
		}
	}
	if got := f[0].Value(math.NaN()); got != low {
		t.Errorf("NaN: %v, want %v", got, low)
	}
}
