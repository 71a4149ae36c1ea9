package lower_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

func nobody(string) bool { return false }

// fastFiles are the built-in mechanisms, the files of testdata and, where NETSIM_ALLEN_MODS names a folder, those there.
func fastFiles(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{
		filepath.Join("..", "..", "mechanisms", "*.mod"), filepath.Join("testdata", "*", "*.mod"),
		filepath.Join(os.Getenv("NETSIM_ALLEN_MODS"), "*.mod"),
	} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	return out
}

func countOps(c *program.Code) map[string]int {
	n := map[string]int{}
	if c == nil {
		return n
	}
	for _, i := range c.Instrs {
		switch i.Op {
		case program.OpExp, program.OpDiv, program.OpPow, program.OpLog, program.OpCurve:
			n[i.Op.String()]++
		default:
			n["other"]++
		}
	}
	return n
}

// TestFastOperations holds what the passes save in hh, and shows it for all others.
func TestFastOperations(t *testing.T) {
	for _, file := range fastFiles(t) {
		exact := compileFile(t, file, lower.Options{NoTable: true, Observe: nobody})
		fast := compileFile(t, file, lower.Options{Fast: true, Observe: nobody})
		t.Logf("%s cur %v -> %v", exact.Name, countOps(exact.Cur.Vector), countOps(fast.Cur.Vector))
		t.Logf("%s state %v -> %v", exact.Name, countOps(exact.State.Vector), countOps(fast.State.Vector))
		if fast.Name != "hh" {
			continue
		}
		cur, state := countOps(fast.Cur.Vector), countOps(fast.State.Vector)
		if cur["div"] > 0 || state["exp"]+state["div"] > 0 || state["curve"] != 6 {
			t.Errorf("hh: %v, %v\n%s", cur, state, fast.Text())
		}
		state = countOps(fast.StateExact.Vector)
		if state["exp"] > 5 || state["div"] > 6 {
			t.Errorf("hh without curves: %v\n%s", state, fast.Text())
		}
	}
}

// smooth is one run of a mechanism: what it computes in every step.
type smooth struct {
	names []string
	rows  [][]float64
}

// run steps a mechanism 1,000 times: v follows a wave, or runs free with a stimulus and a leak.
func (s *smooth) run(t *testing.T, m *program.Mechanism, free bool) error {
	b := newBench(t, m, recording{Dt: .025, Celsius: 25, Area: 500, Diam: 10})
	b.in.Lags = make([]program.LagHistory, m.Lags)
	v := -65.0
	rest := func() {
		for i, e := range m.Exts {
			switch {
			case e.Kind == program.IonE:
				b.ext[i] = map[string]float64{"na": 50, "k": -77, "ca": 120}[e.Ion]
			case e.Kind == program.IonXi && b.ext[i] == 0:
				b.ext[i] = map[string]float64{"na": 10, "k": 54, "ca": 5e-5}[e.Ion]
			case e.Kind == program.IonXo && b.ext[i] == 0:
				b.ext[i] = map[string]float64{"na": 140, "k": 2.5, "ca": 2}[e.Ion]
			case e.Kind == program.IonI, e.Kind == program.IonDiDv, e.Kind == program.NodeRHS, e.Kind == program.NodeD:
				b.ext[i] = 0
			}
		}
		b.set(program.NodeV, "", v)
	}
	try := func(e program.Entry) error {
		for _, c := range []*program.Code{e.Vector, e.Scalar} {
			if c != nil {
				if err := program.Run(c, m, b.in); err != nil {
					return err
				}
			}
		}
		return nil
	}
	rest()
	b.in.Weights = make([]float64, len(m.Weights)+1)
	b.in.Weights[0] = .001
	for _, e := range []program.Entry{m.Init, m.Prepare, m.NetInit} {
		if err := try(e); err != nil {
			return err
		}
	}
	rest()
	for step := range 1000 {
		now := .025 * float64(step)
		if !m.NetReceive.Empty() && step%200 == 40 {
			b.in.Globals[program.GlobT] = now
			if err := try(m.NetReceive); err != nil {
				return err
			}
		}
		if !free {
			v = -50 + 45*math.Sin(now/3) + 10*math.Cos(now/.7)
		}
		rest()
		b.in.Globals[program.GlobT] = now + .0125
		if err := try(m.Cur); err != nil {
			return err
		}
		var row []float64
		s.names = s.names[:0]
		add := func(name string, x float64) { s.names, row = append(s.names, name), append(row, x) }
		rhs, d := 0.0, 0.0
		for i, e := range m.Exts {
			switch e.Kind {
			case program.NodeRHS:
				rhs = b.ext[i]
			case program.NodeD:
				d = b.ext[i]
			}
			if e.Kind != program.NodeV {
				add(e.String(), b.ext[i])
			}
		}
		if free {
			drive := .01 * math.Max(0, math.Sin(now/2))
			v += (rhs + drive - .0003*(v+65)) / (d + .0003 + .001/.025)
			add("v", v)
			b.set(program.NodeV, "", v)
		}
		b.in.Globals[program.GlobT] = now + .025
		if err := try(m.State); err != nil {
			return err
		}
		for i, c := range m.Columns {
			if c.Role == program.State || c.Range {
				add(fmt.Sprintf("%s[%d]", c.Name, c.Element), b.in.Columns[i])
			}
		}
		for i, e := range m.Exts {
			if e.Kind == program.IonXi || e.Kind == program.IonXo {
				add(e.String()+" after", b.ext[i])
			}
		}
		s.rows = append(s.rows, row)
	}
	return nil
}

// worst is the largest difference of two runs, relative to the range of the variable: of the conductances, which are
// quotients of small differences in one of them, and of all else.
func worst(t *testing.T, a, b *smooth) (difference, slopes float64, name string) {
	t.Helper()
	at := map[string]int{}
	for k, n := range b.names {
		at[n] = k
	}
	for k, n := range a.names {
		j, ok := at[n]
		if !ok {
			t.Fatalf("%s is not there", n)
		}
		low, high, most := math.Inf(1), math.Inf(-1), 0.0
		for i := range a.rows {
			x, y := a.rows[i][k], b.rows[i][j]
			if math.IsNaN(x) || math.IsInf(x, 0) {
				if x != y && !math.IsNaN(x) {
					t.Errorf("%s: %v in step %d, fast: %v", n, x, i, y)
				}
				continue
			}
			if !(math.Abs(x-y) <= math.MaxFloat64) {
				t.Errorf("%s: %v in step %d, fast: %v", n, x, i, y)
				continue
			}
			low, high, most = math.Min(low, x), math.Max(high, x), math.Max(most, math.Abs(x-y))
		}
		scale, size := high-low, math.Max(math.Abs(low), math.Abs(high))
		if scale < 1e-3*size { // what hardly moves is held to its size
			scale = size
		}
		if most == 0 {
			continue
		}
		if n == "d" || strings.HasSuffix(n, ".didv") {
			slopes = math.Max(slopes, most/scale)
		} else if most/scale > difference {
			difference, name = most/scale, n
		}
	}
	return difference, slopes, name
}

// TestFastError: within 1e-9 of NEURON's formulas over 1,000 steps, relative to the range of each variable. The
// conductance, a quotient over 0.001 mV in NEURON, is held to 1e-6; v, which it acts on, to 1e-9.
func TestFastError(t *testing.T) {
	for _, file := range fastFiles(t) {
		for _, o := range []struct {
			name        string
			exact, fast lower.Options
		}{
			{"all", lower.Options{NoTable: true, DiDv: true}, lower.Options{Fast: true, DiDv: true}},
			{"few", lower.Options{NoTable: true, Observe: nobody}, lower.Options{Fast: true, Observe: nobody}},
		} {
			exact, fast := compileFile(t, file, o.exact), compileFile(t, file, o.fast)
			if exact.Kind == program.Artificial || len(exact.Unsupported)+len(exact.Watches) > 0 {
				continue
			}
			for _, free := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/free=%v", filepath.Base(file), o.name, free), func(t *testing.T) {
					var want, got smooth
					if err := want.run(t, exact, free); err != nil {
						t.Skip(err)
					}
					if err := got.run(t, fast, free); err != nil {
						t.Fatal(err)
					}
					d, slopes, name := worst(t, &want, &got)
					t.Logf("%.2g (%s), conductance %.2g", d, name, slopes)
					if d > 1e-9 {
						t.Errorf("%s differs by %.2g of its range", name, d)
					}
					if slopes > 1e-6 {
						t.Errorf("the conductance differs by %.2g of its range", slopes)
					}
				})
			}
		}
	}
}

// TestFastRange: one step from equal states at every v from -1000 to 1000 mV; what is finite stays so, and within
// ±150 mV the new states are right to 1e-12 of their size without curves, with them to 5e-10: a curve follows a function
// to 3e-11 of its largest value within 10 mV, over which rates change five times. Between the samples of a singular point
// that a file steps around (exp(x) - 1 near 0) both forms lose digits, so v has a fraction.
func TestFastRange(t *testing.T) {
	for _, file := range fastFiles(t) {
		testFastRange(t, file, lower.Options{Fast: true, NoCurves: true}, 1e-12)
		testFastRange(t, file, lower.Options{Fast: true}, 5e-10)
	}
}

func testFastRange(t *testing.T, file string, o lower.Options, tolerance float64) {
	exact, fast := compileFile(t, file, lower.Options{NoTable: true}), compileFile(t, file, o)
	if exact.State.Vector == nil || exact.Init.Scalar != nil || exact.Kind == program.Artificial {
		return
	}
	conditions := recording{Dt: .025, Celsius: 25, Area: 500, Diam: 10}
	benches := map[*program.Mechanism]*bench{exact: newBench(t, exact, conditions), fast: newBench(t, fast, conditions)}
	after := func(m *program.Mechanism, v float64) map[string]float64 {
		b := benches[m]
		for i := range b.ext {
			b.ext[i] = 1
		}
		b.set(program.NodeV, "", -65)
		b.run(m.Init)
		b.run(m.Prepare)
		b.set(program.NodeV, "", v)
		b.run(m.State)
		out := map[string]float64{}
		for i, c := range m.Columns {
			if c.Role == program.State {
				out[fmt.Sprintf("%s[%d]", c.Name, c.Element)] = b.in.Columns[i]
			}
		}
		return out
	}
	for v := -1000.0; v <= 1000; v += 2.37 {
		got := after(fast, v)
		for name, want := range after(exact, v) {
			x := got[name]
			if math.IsNaN(want) || math.IsInf(want, 0) {
				continue
			}
			if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(v) < 150 && math.Abs(x-want) > tolerance*math.Max(math.Abs(want), 1e-3) {
				t.Errorf("%s: %s is %v at %v mV, exactly %v", fast.Name, name, x, v, want)
			}
		}
	}
}

// TestFastText compares the programs before and after the passes of Options.Fast with their text form. NETSIM_UPDATE=1
// writes it anew.
func TestFastText(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "fast", "*.mod"))
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, f := range append(files, filepath.Join("..", "..", "mechanisms", "hh.mod")) {
		name := filepath.Base(f)
		t.Run(name, func(t *testing.T) {
			var observe func(string) bool
			if name == "hh.mod" {
				observe = nobody
			}
			exact := compileFile(t, f, lower.Options{NoTable: true, Observe: observe})
			fast := compileFile(t, f, lower.Options{Fast: true, Observe: observe})
			golden := filepath.Join("testdata", "fast", strings.TrimSuffix(name, ".mod"))
			checkGolden(t, golden+".exact", stepText(exact))
			checkGolden(t, golden+".fast", stepText(fast))
		})
	}
}

// stepText is what runs in every step, and what is computed for it in advance.
func stepText(m *program.Mechanism) string {
	var b strings.Builder
	for _, e := range []program.NamedEntry{{Name: "prepare", Entry: m.Prepare}, {Name: "cur", Entry: m.Cur}, {Name: "state", Entry: m.State},
		{Name: "stateexact", Entry: m.StateExact}} {
		if c := e.Entry.Vector; c != nil {
			fmt.Fprintf(&b, "%s %v\n%s", e.Name, countOps(c), c.Text(m))
		}
	}
	return b.String()
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if os.Getenv("NETSIM_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: the program has changed:\n%s\nwas:\n%s", path, got, want)
	}
}

// TestFastNotes: no mechanism at hand is left as it was.
func TestFastNotes(t *testing.T) {
	for _, file := range fastFiles(t) {
		exact, fast := compileFile(t, file, lower.Options{NoTable: true}), compileFile(t, file, lower.Options{Fast: true})
		if len(fast.Notes) != len(exact.Notes) {
			t.Errorf("%s: %q", fast.Name, fast.Notes)
		}
	}
}

// TestFastDeterministic: two compilations give one program.
func TestFastDeterministic(t *testing.T) {
	for _, file := range fastFiles(t) {
		first := compileFile(t, file, lower.Options{Fast: true}).Text()
		for range 5 {
			if compileFile(t, file, lower.Options{Fast: true}).Text() != first {
				t.Fatalf("%s: two compilations differ", file)
			}
		}
	}
}
