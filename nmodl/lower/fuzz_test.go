package lower_test

import (
	"path/filepath"
	"slices"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/parser"
	"netsim/nmodl/program"
)

// FuzzCompile: whatever a file says, compiling it ends without a panic, and so does running what came out of it.
func FuzzCompile(f *testing.F) {
	for _, text := range fuzzing.Mods(f, filepath.Join("testdata", "text"), filepath.Join("testdata", "neuron"), filepath.Join("testdata", "constructs"),
		filepath.Join("testdata", "constructs", "net"), filepath.Join("testdata", "fast"), filepath.Join("testdata", "stochastic"), filepath.Join("..", "..", "mechanisms")) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		defer fuzzing.Guard(t)()
		file, ds := parser.Parse("fuzz.mod", text, nil)
		if diag.HasErrors(ds) {
			return
		}
		s, ds := checker.Check(file)
		if diag.HasErrors(ds) {
			return
		}
		for _, fast := range []bool{false, true} {
			m, _ := lower.Compile(file, s, lower.Options{Fast: fast})
			_ = m.Text()
			if len(m.Unsupported) == 0 && len(m.Columns) < 1000 {
				runOnce(m)
			}
		}
	})
}

// runOnce runs the entries for one instance. Errors are fine.
func runOnce(m *program.Mechanism) {
	in := &program.Instance{Host: &host{}, Args: []float64{0}, Weights: make([]float64, len(m.Weights)), Lags: make([]program.LagHistory, m.Lags)}
	in.ConWeights = [][]float64{make([]float64, len(m.Weights))}
	for _, c := range m.Columns {
		in.Columns = append(in.Columns, c.Default)
	}
	for _, g := range m.Globals {
		in.Globals = append(in.Globals, g.Default)
	}
	for range m.Exts {
		in.Exts = append(in.Exts, new(float64))
	}
	in.TurnLimit = 1000
	for i := range m.Tables {
		if m.Tables[i].N > 1000 || len(m.Tables[i].DependCols) > 0 {
			return
		}
	}
	tables, err := program.BuildTables(m, in.Globals)
	if err != nil {
		return
	}
	for _, d := range tables {
		in.Tables = append(in.Tables, *d)
	}
	if m.Curves != nil {
		in.Curves, err = program.FitCurves(m, in.Globals)
		if err != nil || slices.ContainsFunc(in.Curves, func(d program.CurveData) bool { return d.Rows == nil }) {
			return // the engine then runs what was compiled without curves
		}
	}
	for _, e := range m.Entries() {
		for _, code := range []*program.Code{e.Entry.Vector, e.Entry.Scalar} {
			if code != nil {
				_ = program.Run(code, m, in)
			}
		}
	}
}

func (h *host) Watch(int, float64, bool) {}
