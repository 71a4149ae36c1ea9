package libm

import (
	"bufio"
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
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
	functions := map[string]func(x, y float64) float64{"exp": only(Exp), "log": only(Log), "log10": only(Log10), "pow": Pow,
		"sin": only(Sin), "cos": only(Cos), "tan": only(Tan), "asin": only(Asin), "acos": only(Acos), "atan": only(Atan), "atan2": Atan2,
		"log1p": only(Log1p), "log2": only(Log2), "exp2": only(Exp2), "asinh": only(Asinh), "acosh": only(Acosh), "atanh": only(Atanh),
		"erf": only(Erf), "erfc": only(Erfc), "cbrt": only(Cbrt), "expm1": only(Expm1), "sinh": only(Sinh), "cosh": only(Cosh),
		"tanh": only(Tanh), "hypot": Hypot}
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

// TestSpecial checks what is no ordinary argument, and the exact zeros.
func TestSpecial(t *testing.T) {
	inf, nan, negZero := math.Inf(1), math.NaN(), math.Copysign(0, -1)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"sin inf", Sin(inf), nan}, {"sin nan", Sin(nan), nan}, {"sin -0", Sin(negZero), negZero},
		{"cos -inf", Cos(-inf), nan}, {"cos nan", Cos(nan), nan}, {"cos -0", Cos(negZero), 1},
		{"tan inf", Tan(inf), nan}, {"tan nan", Tan(nan), nan}, {"tan -0", Tan(negZero), negZero},
		{"asin 1.1", Asin(1.1), nan}, {"asin nan", Asin(nan), nan}, {"asin -0", Asin(negZero), negZero}, {"asin -1", Asin(-1), -math.Pi / 2},
		{"acos -1.1", Acos(-1.1), nan}, {"acos nan", Acos(nan), nan}, {"acos 1", Acos(1), 0}, {"acos -1", Acos(-1), math.Pi},
		{"atan inf", Atan(inf), math.Pi / 2}, {"atan -inf", Atan(-inf), -math.Pi / 2}, {"atan nan", Atan(nan), nan}, {"atan -0", Atan(negZero), negZero},
		{"log1p -1", Log1p(-1), -inf}, {"log1p -1.5", Log1p(-1.5), nan}, {"log1p nan", Log1p(nan), nan}, {"log1p inf", Log1p(inf), inf},
		{"log2 0", Log2(0), -inf}, {"log2 -1", Log2(-1), nan}, {"log2 nan", Log2(nan), nan}, {"log2 1", Log2(1), 0}, {"log2 8", Log2(8), 3},
		{"exp2 nan", Exp2(nan), nan}, {"exp2 10", Exp2(10), 1024}, {"exp2 -1074", Exp2(-1074), 5e-324}, {"exp2 -1075", Exp2(-1075), 0},
		{"asinh nan", Asinh(nan), nan}, {"asinh -0", Asinh(negZero), negZero}, {"asinh -inf", Asinh(-inf), -inf},
		{"acosh 0.5", Acosh(0.5), nan}, {"acosh nan", Acosh(nan), nan}, {"acosh 1", Acosh(1), 0}, {"acosh inf", Acosh(inf), inf},
		{"atanh 1", Atanh(1), inf}, {"atanh -1.5", Atanh(-1.5), nan}, {"atanh nan", Atanh(nan), nan}, {"atanh -0", Atanh(negZero), negZero},
		{"erfc inf", Erfc(inf), 0}, {"erfc -inf", Erfc(-inf), 2}, {"erfc nan", Erfc(nan), nan},
		{"cbrt -inf", Cbrt(-inf), -inf}, {"cbrt nan", Cbrt(nan), nan}, {"cbrt -0", Cbrt(negZero), negZero}, {"cbrt -27", Cbrt(-27), -3.0000000000000004},
		{"hypot nan inf", Hypot(nan, inf), inf}, {"hypot nan", Hypot(nan, 1), nan}, {"hypot", Hypot(-3, 4), 5}, {"hypot 0", Hypot(0, negZero), 0},
		{"atan2 nan", Atan2(nan, 1), nan}, {"atan2 nan", Atan2(1, nan), nan}, {"atan2 nan inf", Atan2(nan, inf), nan},
	} {
		if math.Float64bits(c.got) != math.Float64bits(c.want) && !(c.got != c.got && c.want != c.want) {
			t.Errorf("%s = %g, want %g", c.name, c.got, c.want)
		}
	}
}

// TestReduceLarge compares with π of 1,300 bits, near multiples of π/2 too.
func TestReduceLarge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const precision = 1400
	two := new(big.Float).SetPrec(precision).SetInt64(2)
	inverse := new(big.Float).SetPrec(precision)
	for k, word := range twoOverPi {
		inverse.Add(inverse, new(big.Float).SetPrec(precision).SetMantExp(new(big.Float).SetUint64(word), -64*k))
	}
	quarter := new(big.Float).SetPrec(precision).Quo(new(big.Float).SetPrec(precision).SetInt64(1), inverse) // π/2
	if f, _ := new(big.Float).Mul(quarter, two).Float64(); f != math.Pi {
		t.Fatalf("2/π is the inverse of %v/2", f)
	}
	for k := range 20000 {
		x := math.Ldexp(1+rng.Float64(), 27+rng.IntN(990))
		if k < 2 {
			x = []float64{6381956970095103 * 0x1p797, 0x1.6ac5b262ca1ffp849}[k] // hardly farther than 2^-60 from a multiple of π/2
		}
		if k%2 != 0 {
			x = -x
		}
		a, rest, n := reduceLarge(x)
		exact := new(big.Float).SetPrec(precision).SetFloat64(x)
		turns := new(big.Float).SetPrec(precision).Quo(exact, quarter)
		whole, _ := turns.Add(turns, new(big.Float).SetFloat64(math.Copysign(0.5, x))).Int(nil)
		exact.Sub(exact, new(big.Float).SetPrec(precision).Mul(quarter, new(big.Float).SetPrec(precision).SetInt(whole)))
		if last := new(big.Int).And(whole, big.NewInt(3)).Uint64(); last != n&3 {
			t.Fatalf("%x: quarter turn %d, want %d", x, n&3, last)
		}
		exact.Sub(exact, new(big.Float).SetFloat64(a))
		exact.Sub(exact, new(big.Float).SetFloat64(rest))
		if off, _ := exact.Float64(); math.Abs(off) > math.Abs(a)*0x1p-100 { // 106 bits less the rounding of four operations
			t.Fatalf("%x: %x + %x is off by %g", x, a, rest, off)
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
		{"Sin", Sin}, {"Cos", Cos}, {"Tan", Tan}, {"Asin", func(x float64) float64 { return Asin(x / 4) }}, {"Atan", Atan},
	} {
		b.Run(c.name, func(b *testing.B) {
			sum := 0.0
			for i := 0; b.Loop(); i++ {
				sum += c.f(arguments[i&1023])
			}
		})
	}
}
