package cell

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// realLibrary compiles the built-in mechanisms and the .mod files of NETSIM_ALLEN_MODS.
func realLibrary(t testing.TB) *Library {
	t.Helper()
	folder := os.Getenv("NETSIM_ALLEN_MODS")
	if folder == "" {
		t.Skip("NETSIM_ALLEN_MODS is not set; see validation/cells")
	}
	compile := func(path string, text []byte) *program.Mechanism {
		f, syms, ds := nmodl.ParseSource(path, text)
		if diag.HasErrors(ds) {
			t.Fatal(nmodl.Render(f, ds))
		}
		m, _ := lower.Compile(f, syms, lower.Options{})
		return m
	}
	var builtin, user []*program.Mechanism
	for _, s := range mechanisms.Sources() {
		builtin = append(builtin, compile("builtin:"+s.File, s.Text))
	}
	paths, err := filepath.Glob(filepath.Join(folder, "*.mod"))
	if len(paths) == 0 {
		paths, err = filepath.Glob(filepath.Join(folder, "modfiles", "*.mod"))
	}
	if err != nil || len(paths) == 0 {
		t.Fatalf("no .mod files in %s: %v", folder, err)
	}
	for _, path := range paths {
		if filepath.Base(path) == "vecevent.mod" { // spike trains are not played through a mechanism here
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		user = append(user, compile(path, text))
	}
	lib, err := NewLibrary(builtin, user, []string{folder})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// TestFakesAreLikeTheRealOnes keeps the mechanisms of the other tests honest.
func TestFakesAreLikeTheRealOnes(t *testing.T) {
	real, lib := realLibrary(t), allenLibrary(t)
	position := -1
	for _, f := range lib.Mechanisms {
		i, ok := real.Find(f.Name)
		if !ok {
			t.Errorf("no mechanism %s", f.Name)
			continue
		}
		if int(i) < position {
			t.Errorf("%s stands elsewhere", f.Name)
		}
		position = int(i)
		r := real.Mechanisms[i]
		if r.Kind != f.Kind || r.WritesConc != f.WritesConc || len(r.Ions) != len(f.Ions) {
			t.Errorf("%s: kind %v, writes %v, ions %v", f.Name, r.Kind, r.WritesConc, r.Ions)
		}
		for _, c := range f.Columns {
			k, ok := column(r, c.Name)
			if c.Role == program.Parameter && (!ok || r.Columns[k].Default != c.Default) {
				t.Errorf("%s.%s: %v %+v", f.Name, c.Name, ok, r.Columns)
			}
		}
	}
	t.Log(names(real))
}
