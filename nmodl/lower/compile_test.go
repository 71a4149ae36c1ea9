package lower_test

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/parser"
	"netsim/nmodl/program"
)

// compileText makes a mechanism of a .mod file's text.
func compileText(t testing.TB, path, text string, o lower.Options) *program.Mechanism {
	t.Helper()
	f, ds := parser.Parse(path, []byte(text), nil)
	if diag.HasErrors(ds) {
		t.Fatalf("%s: %v", path, ds)
	}
	s, ds := checker.Check(f)
	if diag.HasErrors(ds) {
		t.Fatalf("%s: %v", path, ds)
	}
	m, _ := lower.Compile(f, s, o)
	return m
}

func compileFile(t testing.TB, path string, o lower.Options) *program.Mechanism {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return compileText(t, filepath.Base(path), string(text), o)
}

func TestShow(t *testing.T) {
	files, _ := filepath.Glob(os.Getenv("NETSIM_SHOW"))
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Logf("\n%s", compileFile(t, f, lower.Options{}).Text())
		})
	}
}
