package checker

import (
	"fmt"
	"strings"
	"testing"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
	"netsim/nmodl/parser"
)

func check(t *testing.T, src string) (*Symbols, []diag.Diagnostic) {
	t.Helper()
	f, ds := parser.Parse("folder/test.mod", []byte(src), nil)
	for _, d := range ds {
		t.Fatalf("%s\n%s", src, d.Render(src))
	}
	return Check(f)
}

func clean(t *testing.T, src string) *Symbols {
	t.Helper()
	syms, ds := check(t, src)
	for _, d := range ds {
		t.Errorf("%s\n%s", src, d.Render(src))
	}
	return syms
}

const channel = `
NEURON {
	SUFFIX kx
	USEION k READ ek WRITE ik
	USEION ca READ cai
	NONSPECIFIC_CURRENT il
	RANGE gbar, g, n0
	GLOBAL vhalf
}
UNITS { (mV) = (millivolt)  F = (faraday) (coulomb)  TEN = 10 (1) }
DEFINE NB 4
PARAMETER { gbar = 0.07207477  vhalf = 5061983  tau = 1e-3 (ms)  w[NB]  celsius = 37  n0 = 0.123456789 }
CONSTANT { q = 96485.33289 }
ASSIGNED { v ek ik il g cai priv arr[3] }
STATE { n  h START 0.5 }
LOCAL scratch
INITIAL { rates(v)  n = priv  priv = F*TEN*q + celsius*vhalf*gbar*tau*w[NB-1] }
BREAKPOINT { SOLVE states METHOD cnexp  g = gbar*n*h  ik = g*(v-ek)  il = 0 }
DERIVATIVE states { rates(v)  n' = (1-n)/tau  h' = -h }
PROCEDURE rates(v) { TABLE priv DEPEND celsius FROM -100 TO 100 WITH 200  priv = exp(v) + arr[0] + scratch  scratch = cai }
FUNCTION lin(x, y) { lin = x*y }
`

func TestSymbols(t *testing.T) {
	s := clean(t, channel)
	for name, want := range map[string]string{
		"gbar":    "PARAMETER range 0.0720748",
		"vhalf":   "PARAMETER global 5.06198e+06",
		"tau":     "PARAMETER global 0.001",
		"w":       "PARAMETER global 0 [4]",
		"celsius": "built-in variable 37",
		"n0":      "PARAMETER range 0.123457",
		"h0":      "PARAMETER 0.5",
		"q":       "CONSTANT 96485.33289",
		"F":       "UNITS factor 96485.33212331",
		"TEN":     "UNITS factor 10",
		"NB":      "DEFINE 4",
		"v":       "built-in variable 0",
		"n":       "STATE range 0",
		"g":       "ASSIGNED range 0",
		"priv":    "ASSIGNED 0",
		"arr":     "ASSIGNED 0 [3]",
		"ik":      "ASSIGNED 0 k",
		"cai":     "ASSIGNED 0 ca",
		"il":      "ASSIGNED range 0",
		"scratch": "LOCAL 0",
		"states":  "equation block 0",
		"lin":     "FUNCTION 0",
		"rates":   "PROCEDURE 0",
		"exp":     "built-in function 0",
	} {
		y := s.Lookup(name)
		if y == nil {
			t.Errorf("%s: not there", name)
			continue
		}
		got := y.Kind.String()
		if y.Range {
			got += " range"
		}
		if y.Global {
			got += " global"
		}
		got += fmt.Sprintf(" %v", y.Default)
		if name == "F" {
			got = got[:len(want)]
		}
		if y.Size > 0 {
			got += fmt.Sprintf(" [%d]", y.Size)
		}
		if y.Ion != nil {
			got += " " + y.Ion.Ion
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if y := s.Lookup("gbar"); y.Value != 0.07207477 {
		t.Errorf("the full value is lost: %v", y.Value)
	}
	if y := s.Lookup("ik"); !y.Ion.Write || y.Ion.Read || y.Ion.Which != IonCurrent {
		t.Errorf("ik: %+v", y.Ion)
	}
	if got := fmt.Sprint(s.Ions[1].Implicit); got != "[cao]" {
		t.Errorf("implicit reads of ca: %s", got)
	}
	if len(s.Currents) != 2 || s.Currents[0].Name != "ik" || s.Currents[1].Name != "il" {
		t.Errorf("currents: %v", s.Currents)
	}
	if s.Lookup("states").Method != "cnexp" || !s.UsesTable || s.Lookup("usetable").Default != 1 || s.Name != "kx" || s.Kind != "SUFFIX" {
		t.Errorf("header: %+v", s)
	}
	if !s.Lookup("priv").PerInstance() || s.Lookup("tau").PerInstance() || !s.Lookup("n").PerInstance() {
		t.Error("PerInstance")
	}
	if s.Lookup("h").StartName != "h0" || s.Lookup("h0").InitialOf != "h" {
		t.Error("initial values of states")
	}
}

func TestCurrentOrder(t *testing.T) {
	s := clean(t, `NEURON { SUFFIX a NONSPECIFIC_CURRENT i USEION na WRITE ina NONSPECIFIC_CURRENT j USEION k WRITE ik }
		ASSIGNED { i j ina ik }`)
	got := ""
	for _, c := range s.Currents {
		got += c.Name + " "
	}
	if got != "i ina j ik " {
		t.Errorf("got %s", got)
	}
}

func TestNameOfFile(t *testing.T) {
	if s := clean(t, "PARAMETER { x = 1 }"); s.Name != "test" || s.Kind != "SUFFIX" {
		t.Errorf("got %s %s", s.Kind, s.Name)
	}
}

func TestSixDigits(t *testing.T) {
	for x, want := range map[float64]float64{96485.33289: 96485.3, 0.1: 0.1, 1234567: 1234570, -1.9999999: -2, 0: 0, 1e-300: 1e-300} {
		if got := SixDigits(x); got != want {
			t.Errorf("%v: got %v, want %v", x, got, want)
		}
	}
}

func TestStart(t *testing.T) {
	for src, want := range map[string]float64{
		"STATE { m START 3 } PARAMETER { m0 = 2 }": 2,
		"PARAMETER { m0 = 2 } STATE { m START 3 }": 3,
		"PARAMETER { m0 = 2 } STATE { m }":         2,
		"STATE { m }":                              0,
	} {
		if got := clean(t, src).Lookup("m0").Default; got != want {
			t.Errorf("%s: got %v, want %v", src, got, want)
		}
	}
}

func TestWarningsAndHints(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"NEURON { SUFFIX a RANGE gbr } PARAMETER { gbar = 1 }", "warning: gbr stands in RANGE but is declared nowhere / did you mean gbar?"},
		{"CONSTANT { k = 1 } PROCEDURE p() { k = 2 }", "warning: k is a CONSTANT and is assigned a value / declare it in ASSIGNED"},
		{"UNITS { f = (mole) (volt) }", "warning: (mole) and (volt) do not measure the same thing / NEURON computes the factor all the same"},
		{"PROCEDURE p() { undefd = 1\nVERBATIM\ndouble undefd;\nENDVERBATIM\n}", "warning: undefd is not declared, except perhaps within VERBATIM"},
		{"ASSIGNED { minf } PROCEDURE p() { minff = 1 }", "minff is not declared / did you mean minf?"},
		{"PROCEDURE p() { LOCAL x x = fab(1) }", "fab is not declared / declare it as FUNCTION or PROCEDURE"},
		{"PROCEDURE p() { LOCAL x x = fabz(1) }", "fabz is not declared / did you mean fabs?"},
		{"FUNCTION f(x) { f = x } PROCEDURE p() { LOCAL x x = f(1, 2) }", "f takes one argument, not 2"},
		{"PROCEDURE p() { LOCAL x x = pow(1) + exp() }", "pow takes two arguments, not 1"},
		{"STATE { m } BREAKPOINT { SOLVE s METHOD cnxp } DERIVATIVE s { m' = 1 }", "there is no method cnxp / did you mean cnexp?"},
		{"STATE { m } BREAKPOINT { SOLVE stat METHOD cnexp } DERIVATIVE state { m' = 1 }", "there is no block stat to solve / did you mean state?"},
		{"UNITS { (x) = (milivolt) }", `could not recognize the unit "milivolt" / define it before: (milivolt) = (…)`},
		{"ASSIGNED { a[3] } PROCEDURE p() { a[3] = 1 }", "warning: the index 3 is outside of a[3]"},
	} {
		_, ds := check(t, c.src)
		got := "nothing"
		if len(ds) > 0 {
			d := ds[0]
			got = d.Msg
			if d.Severity == diag.Warning {
				got = "warning: " + got
			}
			if d.Hint != "" {
				got += " / " + d.Hint
			}
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestEmptyFile(t *testing.T) {
	s, ds := Check(&ast.File{})
	if s == nil || len(ds) != 0 || strings.TrimSpace(s.Name) != "" {
		t.Errorf("got %+v %v", s, ds)
	}
}
