package lower_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// TestLimits: files that would take all memory or time are refused, quickly.
func TestLimits(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString("NEURON { SUFFIX x RANGE a } ASSIGNED { a v }\nBREAKPOINT { SOLVE p }\nPROCEDURE p() { a = f0(v) }\n")
	for i := range 40 {
		fmt.Fprintf(&doubling, "FUNCTION f%d(x) { f%d = f%d(x + a) + f%d(x - a) }\n", i, i, i+1, i+1)
	}
	doubling.WriteString("FUNCTION f40(x) { f40 = x }\n")
	head := "NEURON { SUFFIX x RANGE a }\n"
	for name, text := range map[string]string{
		"calls that double":       doubling.String(),
		"an array too long":       head + "ASSIGNED { a[1000000] v } BREAKPOINT { a[1] = v }",
		"a table too long":        head + "ASSIGNED { a v } BREAKPOINT { SOLVE p } PROCEDURE p() { a = f(v) } FUNCTION f(x) { TABLE FROM 0 TO 1 WITH 900000000 f = x }",
		"too many states":         head + "ASSIGNED { a v } STATE { s[2000] } BREAKPOINT { SOLVE d METHOD derivimplicit } DERIVATIVE d { FROM i = 0 TO 1999 { s'[i] = -s[i] } }",
		"a large system in loops": head + "ASSIGNED { a v } STATE { s[128] } BREAKPOINT { SOLVE d METHOD derivimplicit } DERIVATIVE d { FROM i = 0 TO 127 { FROM j = 0 TO 30 { s'[i] = -s[i]*s[j] + s'[i] } } }",
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			m := compileText(t, "x.mod", text, lower.Options{})
			if d := time.Since(began); d > 20*time.Second {
				t.Errorf("took %v", d)
			}
			if len(m.Unsupported) == 0 {
				t.Error("was accepted")
			}
			t.Log(m.Unsupported)
		})
	}
}

// TestEndless: a loop or a function without end is an error when it runs.
func TestEndless(t *testing.T) {
	for name, want := range map[string]error{
		"WHILE (a < 1) { a = a - 1 }": program.ErrEndless,
		"a = g(1)":                    program.ErrTooDeep,
		"a = h(1000)":                 program.ErrEndless,
	} {
		m := compileText(t, "x.mod", "NEURON { SUFFIX x RANGE a } ASSIGNED { a v } BREAKPOINT { SOLVE p } PROCEDURE p() { "+name+" }\n"+
			"FUNCTION g(x) { g = g(x + 1) } FUNCTION h(x) { IF (x > 0) { h = h(x - 1) + h(x - 1) } }", lower.Options{})
		in := &program.Instance{Columns: make([]float64, len(m.Columns)), Globals: make([]float64, len(m.Globals)), TurnLimit: 100000}
		for range m.Exts {
			in.Exts = append(in.Exts, new(float64))
		}
		if err := program.Run(m.State.Scalar, m, in); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
