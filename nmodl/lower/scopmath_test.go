package lower_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// initial runs INITIAL of a file with one variable x, and returns it.
func initial(t *testing.T, body string) (float64, error) {
	t.Helper()
	m := compileText(t, "x.mod", "NEURON { SUFFIX x RANGE x } PARAMETER { y = 2.5 } ASSIGNED { x } INITIAL { "+body+" }", lower.Options{})
	if len(m.Unsupported) > 0 {
		t.Fatal(m.Unsupported)
	}
	in := &program.Instance{Columns: make([]float64, len(m.Columns))}
	for _, g := range m.Globals {
		in.Globals = append(in.Globals, g.Default)
	}
	for range m.Exts {
		in.Exts = append(in.Exts, new(float64))
	}
	for _, c := range []*program.Code{m.Init.Vector, m.Init.Scalar} {
		if c == nil {
			continue
		}
		if err := program.Run(c, m, in); err != nil {
			return 0, err
		}
	}
	return value(m, in, "x"), nil
}

// TestLibm: functions of C that nocmodl does not know; its C++ finds them in files that are not thread-safe.
// What NEURON's library has beside them is in validation/constructs.
func TestLibm(t *testing.T) {
	for body, want := range map[string]float64{
		"x = asinh(y)": math.Asinh(2.5), "x = acosh(y)": math.Acosh(2.5), "x = atanh(y/10)": math.Atanh(0.25),
		"x = cbrt(y)": math.Cbrt(2.5), "x = expm1(y)": math.Expm1(2.5), "x = log1p(y)": math.Log1p(2.5), "x = log2(4*y - 2)": 3,
		"x = exp2(y)": math.Exp2(2.5), "x = tgamma(2*y)": 24, "x = lgamma(2*y)": math.Log(24), "x = hypot(3, y+1.5)": 5,
		"x = copysign(y, -1)": -2.5, "x = fdim(y, 1)": 1.5, "x = round(-y)": -3, "x = rint(-y)": -2, "x = trunc(-y)": -2,
		"x = isnan(y) + 2*isnan(log(-y)) + 4*isinf(y) + 8*isinf(-y/0)": 10, "x = erfc(y) + erf(y)": 1,
	} {
		// Go's functions are within a few units of the last place of the C library's.
		if got, err := initial(t, body); err != nil || !(math.Abs(got-want) <= 1e-14*math.Abs(want)) {
			t.Errorf("%s is %v (%v), want %v", body, got, err, want)
		}
	}
}

// TestEndOfRun: prterr ends it with its text, factorial of a negative number with scopmath's.
func TestEndOfRun(t *testing.T) {
	if _, err := initial(t, `x = 1 IF (y > 2) { prterr("too large") } x = 2`); err == nil || err.Error() != "too large" {
		t.Errorf("prterr: %v", err)
	}
	if x, err := initial(t, `x = 1 IF (y < 2) { prterr("too small") } x = 2`); err != nil || x != 2 {
		t.Errorf("prterr that is not reached: %v, %v", x, err)
	}
	if _, err := initial(t, "x = factorial(-y)"); !errors.Is(err, program.ErrNegativeFactorial) {
		t.Errorf("factorial: %v", err)
	}
}

// TestRefusedFunctions: the words say why.
func TestRefusedFunctions(t *testing.T) {
	for body, want := range map[string]string{
		`x = force(t, "file")`:        "reads a file",
		`x = first_time()`:            "NEURON 9 does not compile",
		`x = threshold(y, 2, "MIN")`:  `"min" or "max"`,
		`secondorder = 2`:             "the method of the whole network",
		`x = nrn_pointing(y + 1)`:     "no variable",
		`x = printf("%g", y)`:         "the function printf",
		`x = schedule(t, "whatever")`: "NEURON 9 does not compile",
	} {
		m := compileText(t, "x.mod", "NEURON { SUFFIX x RANGE x } PARAMETER { y = 2.5 } ASSIGNED { x } INITIAL { "+body+" }", lower.Options{})
		if !slices.ContainsFunc(m.Unsupported, func(u program.Unsupported) bool { return strings.Contains(u.What, want) }) {
			t.Errorf("%s: %v does not say %q", body, m.Unsupported, want)
		}
	}
}

// TestNotes: what NEURON shares among instances, and what it loses, is said.
func TestNotes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"NEURON { SUFFIX x GLOBAL n RANGE id } ASSIGNED { v n id } INITIAL { n = n + 1 id = n }", "n is one variable of all instances in NEURON, and INITIAL reads it"},
		{"NEURON { SUFFIX x GLOBAL n RANGE id } ASSIGNED { v n id } INITIAL { n = 1 id = n }", ""},
		{"NEURON { SUFFIX x GLOBAL n RANGE id } ASSIGNED { v n id } INITIAL { n = v } BREAKPOINT { id = n }", "n is one variable of all instances in NEURON and read in state"},
		{"NEURON { SUFFIX x RANGE id } LOCAL n ASSIGNED { v id } BREAKPOINT { id = n n = v }", "n is one variable of all instances in NEURON and read in state"},
		{"NEURON { SUFFIX x RANGE id } PARAMETER { n = 3 } ASSIGNED { v id } INITIAL { id = n } BREAKPOINT { n = v }", "n starts at 0 and not at 3"},
		{"NEURON { SUFFIX x RANGE id GLOBAL n } PARAMETER { n = 3 } ASSIGNED { v id } INITIAL { id = n } BREAKPOINT { n = v }", ""},
		{"NEURON { SUFFIX x RANGE id } ASSIGNED { v id }\nINITIAL {\nVERBATIM\nstatic int k = 0; k = k + 1; id = k;\nENDVERBATIM\n}", "k is one variable of all instances in NEURON, and INITIAL reads it"},
		{"NEURON { SUFFIX x RANGE id } ASSIGNED { v id y own } BREAKPOINT { p(v) id = own } PROCEDURE p(v) { TABLE y FROM 0 TO 1 WITH 3 y = v own = 2 }", "own is set where a TABLE is filled"},
		{"NEURON { SUFFIX x RANGE id } ASSIGNED { v id } STATE { a } BREAKPOINT { SOLVE d } DISCRETE d { a = a@1 }", "DISCRETE d: NEURON moves its clock"},
		{"NEURON { SUFFIX x } ASSIGNED { v } STATE { a } BREAKPOINT { SOLVE d } DERIVATIVE d { a' = 1 }", "SOLVE d has no METHOD"},
	} {
		notes := strings.Join(compileText(t, "x.mod", c.text, lower.Options{}).Notes, "\n")
		if c.want == "" && strings.Contains(notes, "NEURON") || !strings.Contains(notes, c.want) {
			t.Errorf("%s\nnotes: %q, want %q", c.text, notes, c.want)
		}
	}
}
