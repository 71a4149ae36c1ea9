package lower_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/parser"
	"netsim/nmodl/program"
)

// FuzzCompile: whatever a file says, compiling it ends without a panic, and so does running what came out of it.
func FuzzCompile(f *testing.F) {
	for _, dir := range []string{
		filepath.Join("testdata", "*"), filepath.Join("testdata", "constructs", "net"), filepath.Join("..", "..", "mechanisms"), os.Getenv("NETSIM_MODS"),
	} {
		files, _ := filepath.Glob(filepath.Join(dir, "*.mod"))
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil {
				f.Add(text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		slow := time.AfterFunc(20*time.Second, func() { panic("this takes too long") })
		defer slow.Stop()
		file, ds := parser.Parse("fuzz.mod", text, nil)
		if diag.HasErrors(ds) {
			return
		}
		s, ds := checker.Check(file)
		if diag.HasErrors(ds) {
			return
		}
		m, _ := lower.Compile(file, s, lower.Options{})
		_ = m.Text()
		if len(m.Unsupported) == 0 && len(m.Columns) < 1000 {
			runOnce(m)
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
	for i := range m.Tables {
		if m.Tables[i].N > 1000 || len(m.Tables[i].DependCols) > 0 {
			return
		}
		d, err := program.BuildTable(m, i, in.Globals)
		if err != nil {
			return
		}
		in.Tables = append(in.Tables, d)
	}
	in.TurnLimit = 1000
	for _, e := range m.Entries() {
		for _, code := range []*program.Code{e.Entry.Vector, e.Entry.Scalar} {
			if code != nil {
				_ = program.Run(code, m, in)
			}
		}
	}
}

func (h *host) Watch(int, float64, bool) {}
