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

// TestText compares the programs of testdata/text with their text form. NETSIM_UPDATE=1 writes it anew.
func TestText(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "text", "*.mod"))
	if len(files) == 0 {
		t.Fatal("no files")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			got := compileFile(t, f, lower.Options{}).Text()
			golden := f[:len(f)-len(".mod")] + ".golden"
			if os.Getenv("NETSIM_UPDATE") != "" {
				if err := os.WriteFile(golden, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("the program has changed:\n%s\nwas:\n%s", got, want)
			}
		})
	}
}

// TestSameProgram: nothing in a program depends on the order of a map.
func TestSameProgram(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*", "*.mod"))
	for _, f := range files {
		first := compileFile(t, f, lower.Options{}).Text()
		for range 5 {
			if compileFile(t, f, lower.Options{}).Text() != first {
				t.Fatalf("%s: two compilations differ", f)
			}
		}
	}
}
