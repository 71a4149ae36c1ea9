package lower_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
)

// TestCorpus compiles all .mod files below the folders of NETSIM_MODS (colon list) that the checker accepts: none may
// panic, whatever stands in it.
func TestCorpus(t *testing.T) {
	dirs := os.Getenv("NETSIM_MODS")
	if dirs == "" {
		t.Skip("NETSIM_MODS is not set: name the folders with .mod files to compile, separated by colons")
	}
	files, whole := 0, 0
	for _, dir := range filepath.SplitList(dirs) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".mod" || d.Name() == "go.mod" {
				return err
			}
			f, s, ds := nmodl.ParseFile(path)
			if diag.HasErrors(ds) {
				return nil
			}
			defer func() {
				if r := recover(); r != nil {
					t.Errorf("%s: %v", path, r)
				}
			}()
			files++
			m, _ := lower.Compile(f, s, lower.Options{})
			if len(m.Unsupported) == 0 {
				whole++
			}
			if testing.Verbose() {
				for _, u := range m.Unsupported {
					t.Logf("%s:%d: %s", u.File, u.Line, u.What)
				}
				for _, n := range m.Notes {
					t.Logf("%s: note: %s", path, n)
				}
			}
			_ = m.Text()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files, %d without unsupported constructs", files, whole)
}
