package lower_test

import (
	"math"
	"testing"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// alone runs INITIAL and n steps of SOLVE for one instance and returns it.
func alone(t *testing.T, text string, n int) (*program.Mechanism, *program.Instance) {
	t.Helper()
	m := compileText(t, "x.mod", text, lower.Options{})
	if len(m.Unsupported) > 0 {
		t.Fatal(m.Unsupported)
	}
	in := &program.Instance{}
	for _, c := range m.Columns {
		in.Columns = append(in.Columns, c.Default)
	}
	for _, g := range m.Globals {
		in.Globals = append(in.Globals, g.Default)
	}
	for range m.Exts {
		in.Exts = append(in.Exts, new(float64))
	}
	run := func(e program.Entry) {
		for _, c := range []*program.Code{e.Vector, e.Scalar} {
			if c != nil {
				if err := program.Run(c, m, in); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	run(m.Init)
	run(m.Prepare)
	for range n {
		in.Globals[program.GlobT] += in.Globals[program.GlobDt]
		run(m.State)
	}
	return m, in
}

func value(m *program.Mechanism, in *program.Instance, name string) float64 {
	for i, c := range m.Columns {
		if c.Name == name {
			return in.Columns[i]
		}
	}
	return math.NaN()
}

// TestSecondOrder: x” = -x is a circle. NEURON's translator ends with an assertion here.
func TestSecondOrder(t *testing.T) {
	for method, tolerance := range map[string]float64{"runge": 1e-8, "euler": 0.02, "derivimplicit": 0.02} {
		m, in := alone(t, "NEURON { SUFFIX x } STATE { x } INITIAL { x = 1 } BREAKPOINT { SOLVE d METHOD "+method+" }\nDERIVATIVE d { x'' = -x }", 40)
		if got := value(m, in, "x"); math.Abs(got-math.Cos(1)) > tolerance {
			t.Errorf("%s: cos(1) is %v", method, got)
		}
	}
}

// TestDiscrete: Fibonacci by the values of earlier steps. NEURON moves its clock when it solves such a block.
func TestDiscrete(t *testing.T) {
	m, in := alone(t, "NEURON { SUFFIX x } STATE { a } INITIAL { a = 1 } BREAKPOINT { SOLVE d }\nDISCRETE d { a = a@1 + a@2 }", 10)
	// The histories start at a0 = 0, before INITIAL sets a.
	if got := value(m, in, "a"); got != 89 {
		t.Errorf("a is %v", got)
	}
}

// TestStateArrays: NEURON's translator says itself that it cannot compile derivatives of arrays.
func TestStateArrays(t *testing.T) {
	for _, method := range []string{"euler", "derivimplicit", "runge", "cnexp"} {
		m, in := alone(t, "NEURON { SUFFIX x RANGE s } ASSIGNED { s } STATE { y x[3] } INITIAL { y = 1 FROM i = 0 TO 2 { x[i] = i } }\n"+
			"BREAKPOINT { SOLVE d METHOD "+method+" s = x[0] + x[1] + x[2] }\n"+
			"DERIVATIVE d { y' = -y FROM i = 0 TO 2 { x'[i] = -x[i] } }", 40)
		if got, want := value(m, in, "s"), 3*value(m, in, "y"); math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: %v, want %v", method, got, want)
		}
	}
}
