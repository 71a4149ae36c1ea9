package units

import (
	"strconv"
	"testing"

	"netsim/internal/fuzzing"
)

// The factors are those that NEURON 9.0.2's translator writes into its C++ code.
func TestFactors(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"faraday", "coulomb", "0x1.78e555060882cp+16"},
		{"k-mole", "joule/degC", "0x1.0a1013e8990bep+3"},
		{"pi", "1", "0x1.921fb54442d18p+1"},
		{"e", "1", "0x1.7a4da290c1653p-63"},
		{"planck", "1", "0x1.b860bde023111p-111"},
		{"hbar", "1", "0x1.185a7057c690dp-113"},
		{"coulomb", "faraday", "0x1.5bc466003d1cp-17"},
		{"oersted", "1", "0x1.88b2f704a9409p+09"},
		{"sphere", "1", "0x1.45f306dc9c883p-02"},
		{"amu", "1", "0x1.071b72caa467fp-89"},
		{"1-28", "1", "0x1.fb0f6be506019p-94"},
		{"lux", "1", "0x1.9f02f6222c721p-06"},
		{"foot", "inch", "0x1.8p+3"},
		{"", "", "0x1p+0"},
	} {
		want, err := strconv.ParseFloat(c.want, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := New().Factor(c.from, c.to)
		if err != nil || got != want {
			t.Errorf("(%s) (%s): got %x %v, want %x", c.from, c.to, got, err, want)
		}
	}
}

func TestEval(t *testing.T) {
	tab := New()
	for _, d := range [][2]string{{"mV", "millivolt"}, {"mM", "milli/liter"}, {"S", "siemens"}, {"uS", "micromho"}} {
		if err := tab.Define(d[0], d[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		text   string
		factor float64
		dim    [NumBase]int
	}{
		{"mV", 1e-3, [NumBase]int{2, 1, -2, -1}},
		{"volts", 1, [NumBase]int{2, 1, -2, -1}},
		{"mho/cm2", 1e4, [NumBase]int{-4, -1, 1, 2}},
		{"S cm2", 1e-4, [NumBase]int{0, -1, 1, 2}},
		{"kilo", 1e3, [NumBase]int{}},
		{"1|4 m", .25, [NumBase]int{1}},
		{"/m/sec", 1, [NumBase]int{-1, 0, -1}},
		{"mM", 1, [NumBase]int{-3}},
		{"m12", 1, [NumBase]int{1}},
	} {
		u, err := tab.Eval(c.text)
		if err != nil || u.Dim != c.dim || u.Factor < c.factor*(1-1e-15) || u.Factor > c.factor*(1+1e-15) {
			t.Errorf("%q: got %v %v, want %v %v", c.text, u, err, c.factor, c.dim)
		}
	}
}

func TestErrors(t *testing.T) {
	tab := New()
	if err := tab.Define("ms", "millisec"); err == nil || err.Error() != `the unit "ms" is defined already` {
		t.Errorf("redefinition: %v", err)
	}
	if _, err := tab.Eval("milliblah"); err == nil || err.Error() != `could not recognize the unit "blah"` {
		t.Errorf("unknown: %v", err)
	}
	if err := tab.Define("a", "m"); err != nil || New().Known("a") {
		t.Errorf("a definition must stay in its table (%v)", err)
	}
}

func FuzzEval(f *testing.F) {
	f.Add("1.5-3 mV/cm2")
	f.Add("1|")
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		_, _ = New().Eval(text)
	})
}
