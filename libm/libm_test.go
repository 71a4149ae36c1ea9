package libm

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestSamples compares with stored results of the C library (testdata/samples.py).
func TestSamples(t *testing.T) {
	data, err := os.ReadFile("testdata/samples.txt")
	if err != nil {
		t.Fatal(err)
	}
	checkSamples(t, data)
}

// TestPython compares with the C library of this machine through the Python that NETSIM_PYTHON names.
func TestPython(t *testing.T) {
	python := os.Getenv("NETSIM_PYTHON")
	if python == "" {
		t.Skip("NETSIM_PYTHON is not set")
	}
	data, err := exec.Command(python, "testdata/samples.py").Output()
	if err != nil {
		t.Fatal(err)
	}
	checkSamples(t, data)
}

func checkSamples(t *testing.T, data []byte) {
	functions := map[string]func(x, y float64) float64{"exp": only(Exp), "log": only(Log), "log10": only(Log10), "pow": Pow}
	count := 0
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); count++ {
		fields := strings.Fields(lines.Text())
		var values []float64
		for _, f := range fields[1:] {
			bits, err := strconv.ParseUint(f, 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, math.Float64frombits(bits))
		}
		want := values[len(values)-1]
		if got := functions[fields[0]](values[0], values[1]); math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %x, want %x", lines.Text(), got, want)
		}
	}
	if count < 2000 {
		t.Errorf("only %d samples", count)
	}
}

func TestHocExp(t *testing.T) {
	for _, c := range [][2]float64{
		{-700.0000001, 0}, {math.Inf(-1), 0}, {-700, Exp(-700)}, {700, Exp(700)}, {701, Exp(700)}, {math.Inf(1), Exp(700)}, {0, 1},
	} {
		if got := HocExp(c[0]); got != c[1] {
			t.Errorf("HocExp(%g) = %g, want %g", c[0], got, c[1])
		}
	}
	if got := HocExp(math.NaN()); got == got {
		t.Errorf("HocExp(NaN) = %g", got)
	}
}

// TestPowSpecial checks the table of special cases of C's Annex F.
func TestPowSpecial(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range [][3]float64{
		{negZero, -3, -inf}, {0, -3, inf}, {negZero, -2, inf}, {negZero, 3, negZero}, {negZero, 2, 0}, {negZero, 0.5, 0},
		{-1, inf, 1}, {-1, -inf, 1}, {1, nan, 1}, {nan, 0, 1}, {inf, 0, 1}, {-2, 0.5, nan}, {0.5, -inf, inf}, {2, -inf, 0},
		{0.5, inf, 0}, {2, inf, inf}, {-inf, -3, negZero}, {-inf, -2, 0}, {-inf, 3, -inf}, {-inf, 2, inf}, {inf, -1, 0},
		{inf, 0.1, inf}, {nan, 1, nan}, {2, nan, nan}, {2, 1e300, inf}, {0.5, 1e300, 0}, {-2, 1e300, inf}, {3, 1e-30, 1},
		{-2, 3, -8}, {-2, -1, -0.5}, {2, -1074, 5e-324}, {-2, -1075, negZero}, {-2, 1025, -inf}, {5e-324, 1, 5e-324},
	} {
		got := Pow(c[0], c[1])
		if math.Float64bits(got) != math.Float64bits(c[2]) && !(got != got && c[2] != c[2]) {
			t.Errorf("Pow(%g, %g) = %g, want %g", c[0], c[1], got, c[2])
		}
	}
}

func TestLogSpecial(t *testing.T) {
	for _, f := range []func(float64) float64{Log, Log10} {
		if f(0) != math.Inf(-1) || f(math.Copysign(0, -1)) != math.Inf(-1) || !math.IsNaN(f(-1)) || !math.IsNaN(f(math.NaN())) ||
			f(math.Inf(1)) != math.Inf(1) || !math.IsNaN(f(math.Inf(-1))) || f(1) != 0 {
			t.Error("a special case is wrong")
		}
	}
}

// TestHyperbolicSpecial: the hyperbolic functions at their edges.
func TestHyperbolicSpecial(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"tanh inf", Tanh(inf), 1}, {"tanh -inf", Tanh(-inf), -1}, {"tanh 30", Tanh(30), 1}, {"sinh -inf", Sinh(-inf), -inf},
		{"sinh 711", Sinh(711), inf}, {"cosh -inf", Cosh(-inf), inf}, {"cosh 0", Cosh(0), 1}, {"expm1 -100", Expm1(-100), -1},
		{"expm1 800", Expm1(800), inf}, {"expm1 -inf", Expm1(-inf), -1}, {"tanh 0", Tanh(0), 0}, {"sinh 1e-300", Sinh(1e-300), 1e-300},
	} {
		if c.got != c.want {
			t.Errorf("%s: %g, want %g", c.name, c.got, c.want)
		}
	}
}

func BenchmarkLibm(b *testing.B) {
	arguments := make([]float64, 1024)
	for i := range arguments {
		arguments[i] = 0.01 + float64(i)*0.0037
	}
	for _, c := range []struct {
		name string
		f    func(float64) float64
	}{
		{"Exp", Exp}, {"Log", Log}, {"Log10", Log10}, {"Tanh", Tanh}, {"Pow", func(x float64) float64 { return Pow(x, 2.7) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			sum := 0.0
			for i := 0; b.Loop(); i++ {
				sum += c.f(arguments[i&1023])
			}
		})
	}
}
