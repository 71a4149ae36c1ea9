package libm

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// agreementCase is a function, where to sample it, and the share of results that may differ from glibc's.
type agreementCase struct {
	function                 string
	f                        func(x, y float64) float64
	xlow, xhigh, ylow, yhigh float64 // see testdata/pairs.c
	tolerated                float64
}

func only(f func(float64) float64) func(x, y float64) float64 {
	return func(x, _ float64) float64 { return f(x) }
}

// atanRate is above what was measured for atan next to 0.1, where it is worst: 7e-5.
const atanRate = 1e-4

var agreementCases = []agreementCase{
	{"exp", only(Exp), -745, 710, 0, 1, 0},
	{"exp", only(Exp), -20, 20, 0, 1, 0},
	{"exp", only(Exp), -1, 1, 0, 1, 0},
	{"exp", only(Exp), 710, 1e-310, 0, 1, 0},
	{"exp", only(Exp), -746, -708, 0, 1, 0},
	{"exp", only(Exp), 709, 710, 0, 1, 0},
	{"exp", only(Exp), -1e-3, 1e-3, 0, 1, 0},
	{"log", only(Log), 1e308, 1e-320, 0, 1, 0},
	{"log", only(Log), 0, 100, 0, 1, 0},
	{"log", only(Log), 0.93, 1.07, 0, 1, 0},
	{"pow", Pow, 0, 10, 4, 1, 0},
	{"pow", Pow, 1e300, 1e-300, 1, 0, 0},
	{"pow", Pow, -10, 10, 8, -8, 0},
	{"pow", Pow, 0, 10, -5, 5, 0},
	{"pow", Pow, 0.9, 1.1, -1000, 1000, 0},
	{"pow", Pow, 1e300, 1e-320, -1.1, 1.1, 0},
	{"pow", Pow, 3, 3, -10, 10, 0},
	{"pow", Pow, 0, 1e-30, 5, 30, 0},
	{"pow", Pow, 0, 1e-100, 3, 3.3, 0},
	{"log10", only(Log10), 1e308, 1e-320, 0, 1, 0},
	{"log10", only(Log10), 0, 10, 0, 1, 0},
	{"sin", only(Sin), -10, 10, 0, 1, 0},
	{"sin", only(Sin), -1, 1, 0, 1, 0},
	{"sin", only(Sin), 2.5e8, 1e-310, 0, 1, 0},
	{"sin", only(Sin), 1e308, 1e8, 0, 1, 0},
	{"sin", only(Sin), -1e8, 1e8, 0, 1, 0},
	{"cos", only(Cos), -10, 10, 0, 1, 0},
	{"cos", only(Cos), -1, 1, 0, 1, 0},
	{"cos", only(Cos), 2.5e8, 1e-310, 0, 1, 0},
	{"cos", only(Cos), 1e308, 1e8, 0, 1, 0},
	{"tan", only(Tan), -10, 10, 0, 1, 0},
	{"tan", only(Tan), -0.8, 0.8, 0, 1, 0},
	{"tan", only(Tan), 2.5e8, 1e-310, 0, 1, 0},
	{"tan", only(Tan), 1e308, 1e8, 0, 1, 0},
	{"tan", only(Tan), -1e8, 1e8, 0, 1, 0},
	{"asin", only(Asin), -1, 1, 0, 1, 0},
	{"asin", only(Asin), 1, 1e-310, 0, 1, 0},
	{"asin", only(Asin), 0.9, 1.0001, 0, 1, 0},
	{"acos", only(Acos), -1, 1, 0, 1, 0},
	{"acos", only(Acos), 1, 1e-310, 0, 1, 0},
	{"acos", only(Acos), -1.0001, -0.9, 0, 1, 0},
	{"atan", only(Atan), -10, 10, 0, 1, atanRate},
	{"atan", only(Atan), -1, 1, 0, 1, atanRate},
	{"atan", only(Atan), 1e308, 1e-310, 0, 1, atanRate},
	{"atan2", Atan2, -10, 10, -10, 10, atanRate},
	{"atan2", Atan2, -1, 1, -1e6, 1e6, atanRate},
	{"atan2", Atan2, -1e300, 1e300, -1e-300, 1e300, atanRate},
	{"expm1", only(Expm1), -5, 5, 0, 1, 0},
	{"expm1", only(Expm1), -60, 711, 0, 1, 0},
	{"expm1", only(Expm1), 710, 1e-310, 0, 1, 0},
	{"sinh", only(Sinh), -20, 20, 0, 1, 0},
	{"sinh", only(Sinh), 720, 1e-310, 0, 1, 0},
	{"cosh", only(Cosh), -20, 20, 0, 1, 0},
	{"cosh", only(Cosh), 720, 1e-310, 0, 1, 0},
	{"tanh", only(Tanh), -5, 5, 0, 1, 0},
	{"tanh", only(Tanh), 720, 1e-310, 0, 1, 0},
	{"log1p", only(Log1p), -1, 1, 0, 1, 0},
	{"log1p", only(Log1p), 1e308, 1e-320, 0, 1, 0},
	{"log1p", only(Log1p), -0.3, 0.42, 0, 1, 0},
	{"log2", only(Log2), 0, 10, 0, 1, 0},
	{"log2", only(Log2), 0.95, 1.05, 0, 1, 0},
	{"log2", only(Log2), 1e308, 1e-320, 0, 1, 0},
	{"exp2", only(Exp2), -10, 10, 0, 1, 0},
	{"exp2", only(Exp2), -1080, 1030, 0, 1, 0},
	{"exp2", only(Exp2), -1076, -1020, 0, 1, 0},
	{"asinh", only(Asinh), -10, 10, 0, 1, 0},
	{"asinh", only(Asinh), 1e308, 1e-320, 0, 1, 0},
	{"acosh", only(Acosh), 1, 10, 0, 1, 0},
	{"acosh", only(Acosh), 1e308, 1, 0, 1, 0},
	{"atanh", only(Atanh), -1, 1, 0, 1, 0},
	{"atanh", only(Atanh), 1, 1e-320, 0, 1, 0},
	{"erfc", only(Erfc), -6, 28, 0, 1, 0},
	{"erfc", only(Erfc), -2, 2, 0, 1, 0},
	{"erfc", only(Erfc), 1, 1e-320, 0, 1, 0},
	{"cbrt", only(Cbrt), -10, 10, 0, 1, 0},
	{"cbrt", only(Cbrt), 1e308, 1e-320, 0, 1, 0},
	{"hypot", Hypot, -10, 10, -10, 10, 0},
	{"hypot", Hypot, 1e308, 1e-320, -1e-10, 1, 0},
	{"hypot", Hypot, 1e308, 1e200, 0, 1e300, 0},
	{"hypot", Hypot, 1e-300, 1e-320, 0, 1e-300, 0},
	{"fmod", Fmod, -1000, 1000, -10, 10, 0},
	{"sqrt", only(Sqrt), 1e308, 1e-320, 0, 1, 0},
	{"erf", only(Erf), -7, 7, 0, 1, 0},
	{"erf", only(Erf), -1, 1, 0, 1, 0},
	{"erf", only(Erf), 10, 1e-310, 0, 1, 0},
	{"erf", only(Erf), 2.85714, 2.85715, 0, 1, 0},
}

// TestAgreement compares with this machine's C library on random arguments. It needs a C compiler and glibc >= 2.28
// on x86-64 with FMA, so it runs only if NETSIM_LIBM_CHECK gives the number of arguments per case.
func TestAgreement(t *testing.T) {
	count, _ := strconv.Atoi(os.Getenv("NETSIM_LIBM_CHECK"))
	if count <= 0 {
		t.Skip("NETSIM_LIBM_CHECK is not set")
	}
	program := filepath.Join(t.TempDir(), "pairs")
	if out, err := exec.Command("gcc", "-O2", "-fno-builtin", "-o", program, "testdata/pairs.c", "-lm").CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	for i, c := range agreementCases {
		name := c.function + strconv.Itoa(i)
		t.Run(name, func(t *testing.T) { checkAgreement(t, program, count, i, c) })
	}
}

func checkAgreement(t *testing.T, program string, count, seed int, c agreementCase) {
	args := []string{c.function, strconv.Itoa(count), strconv.Itoa(seed)}
	for _, x := range []float64{c.xlow, c.xhigh, c.ylow, c.yhigh} {
		args = append(args, strconv.FormatFloat(x, 'g', -1, 64))
	}
	cmd := exec.Command(program, args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReaderSize(pipe, 1<<20)
	var record [24]byte
	different, worst, worstX, worstY := 0, int64(0), 0.0, 0.0
	for range count {
		if _, err := io.ReadFull(in, record[:]); err != nil {
			t.Fatal(err)
		}
		x := math.Float64frombits(binary.LittleEndian.Uint64(record[0:]))
		y := math.Float64frombits(binary.LittleEndian.Uint64(record[8:]))
		want := math.Float64frombits(binary.LittleEndian.Uint64(record[16:]))
		got := c.f(x, y)
		if math.Float64bits(got) == math.Float64bits(want) || got != got && want != want {
			continue
		}
		different++
		if distance := ulps(got, want); distance > worst {
			worst, worstX, worstY = distance, x, y
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	rate := float64(different) / float64(count)
	t.Logf("%s [%g,%g] [%g,%g]: %d of %d differ (%.2g), worst %d ulp at %x, %x",
		c.function, c.xlow, c.xhigh, c.ylow, c.yhigh, different, count, rate, worst, worstX, worstY)
	if rate > c.tolerated {
		t.Errorf("more than %g", c.tolerated)
	}
}

// ulps returns the distance in units of the last place.
func ulps(a, b float64) int64 {
	order := func(x float64) int64 {
		bits := int64(math.Float64bits(x))
		if bits < 0 {
			return math.MinInt64 - bits
		}
		return bits
	}
	distance := order(a) - order(b)
	return max(distance, -distance)
}
