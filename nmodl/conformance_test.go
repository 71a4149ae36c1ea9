package nmodl

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/nmodl/diag"
)

// TestRealFiles reads all .mod files below the folders of NETSIM_MODS (colon list) and expects each to be accepted.
// NETSIM_MODS_REJECTED may list paths (or their ends) that NEURON refuses as well.
func TestRealFiles(t *testing.T) {
	dirs := os.Getenv("NETSIM_MODS")
	if dirs == "" {
		t.Skip("NETSIM_MODS is not set: name the folders with .mod files to read, separated by colons")
	}
	rejected := strings.Fields(os.Getenv("NETSIM_MODS_REJECTED"))
	n := 0
	for _, dir := range filepath.SplitList(dirs) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() || filepath.Ext(path) != ".mod" {
				return nil
			}
			n++
			want := false
			for _, r := range rejected {
				want = want || strings.HasSuffix(path, r)
			}
			f, syms, ds := ParseFile(path)
			if got := diag.HasErrors(ds); got != want {
				t.Errorf("%s: rejected = %v, NEURON's translator: %v\n%s", path, got, want, Render(f, ds))
			}
			if syms == nil {
				t.Errorf("%s: no symbols", path)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("could not read NETSIM_MODS: %v", err)
		}
	}
	t.Logf("%d files", n)
}
