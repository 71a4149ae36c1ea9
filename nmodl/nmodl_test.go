package nmodl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl/diag"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestIncludeSearch(t *testing.T) {
	root := t.TempDir()
	mod := filepath.Join(root, "mods", "m.mod")
	write(t, mod, "INCLUDE \"a.inc\"\nINCLUDE \"b.inc\"\nINCLUDE \"c.inc\"\nINCLUDE \"d.inc\"\n")
	write(t, filepath.Join(root, "mods", "a.inc"), "PARAMETER { a = 1 }")
	write(t, filepath.Join(root, "work", "a.inc"), "PARAMETER { wrong = 1 }")
	write(t, filepath.Join(root, "work", "b.inc"), "PARAMETER { b = 1 }")
	write(t, filepath.Join(root, "c.inc"), "PARAMETER { c = 1 }")
	write(t, filepath.Join(root, "lib", "d.inc"), "PARAMETER { d = 1 }")
	t.Setenv("MODL_INCLUDE", filepath.Join(root, "none")+string(os.PathListSeparator)+filepath.Join(root, "lib"))
	t.Chdir(filepath.Join(root, "work"))
	f, syms, ds := ParseFile(mod)
	if len(ds) > 0 {
		t.Fatal(Render(f, ds))
	}
	for _, name := range []string{"a", "b", "c", "d"} {
		if syms.Lookup(name) == nil {
			t.Errorf("%s is missing", name)
		}
	}
	if syms.Lookup("wrong") != nil || syms.Name != "m" {
		t.Errorf("wrong order of folders, or name %q", syms.Name)
	}
}

func TestMissingFile(t *testing.T) {
	_, syms, ds := ParseFile(filepath.Join(t.TempDir(), "none.mod"))
	if syms == nil || len(ds) != 1 || !strings.Contains(ds[0].Msg, "could not read the .mod file") {
		t.Errorf("got %v", ds)
	}
}

func TestRender(t *testing.T) {
	f, _, ds := ParseSource("m.mod", []byte("NEURON {\n\tSUFIX a\n}\n"))
	want := "m.mod:2:2: expected a statement of NEURON, found \"SUFIX\"\n    \tSUFIX a\n    \t^\n    did you mean SUFFIX?\n"
	if got := Render(f, ds); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzParse: whatever the text, reading and checking it ends, and without a panic.
func FuzzParse(f *testing.F) {
	for _, v := range verdicts {
		f.Add(v.src)
	}
	for _, text := range fuzzing.Mods(f, filepath.Join("..", "mechanisms")) {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, src string) {
		defer fuzzing.Guard(t)()
		if strings.Contains(src, "INCLUDE") {
			t.Skip("would read files")
		}
		file, syms, ds := ParseSource("m.mod", []byte(src))
		if syms == nil {
			t.Fatal("no symbols")
		}
		_ = Render(file, ds)
		_ = diag.HasErrors(ds)
	})
}
