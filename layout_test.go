package netsim_test

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mayImport is the house: what each package may import of this module, directly or through others. A name stands for
// the package and those below it; "*" for everything but cmd, examples and validation.
var mayImport = map[string][]string{
	"cmd/netsim":       {"*"},
	"internal/cli":     {"*"},
	"simulation":       {"*"},
	"examples":         {"*"},
	"validation":       {"*"},
	"modlab":           {"*"},
	"slurm":            {},
	"reports":          {"internal/bounded", "engine", "sonata", "circuit", "internal/h5", "libm", "nmodl/program"},
	"stimulus":         {"internal/bounded", "cell", "circuit", "engine", "rng", "sonata", "morphology", "nmodl/program", "nmodl/diag", "internal/h5", "libm"},
	"circuit":          {"internal/bounded", "sonata", "internal/h5", "libm"},
	"cell":             {"internal/bounded", "circuit", "engine", "morphology", "nmodl", "rng", "sonata", "internal/h5", "libm"},
	"morphology":       {"internal/bounded"},
	"partition":        {},
	"checkpoint":       {"engine", "circuit", "sonata", "internal/bounded", "internal/h5", "libm", "nmodl/program", "reports/part", "rng"},
	"spikeexchange":    {"internal/mpi"},
	"engine":           {"nmodl/program", "rng", "libm"},
	"nmodl":            {"internal/bounded", "rng", "libm"},
	"mechanisms":       {},
	"sonata/config":    {"internal/bounded"},
	"sonata":           {"internal/bounded", "internal/h5"},
	"rng":              {"libm"},
	"libm":             {},
	"internal/bounded": {},
	"internal/fuzzing": {},
	"internal/h5":      {},
	"internal/mpi":     {},
}

// withC are the packages that may use cgo.
var withC = []string{"internal/h5", "internal/mpi"}

const module = "netsim"

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	CgoFiles   []string
}

// packages asks go list about every package of the module.
func packages(t *testing.T) map[string]listed {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps,CgoFiles", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	out := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var p listed
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		out[local(p.ImportPath)] = p
	}
	return out
}

func local(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func within(name, house string) bool { return name == house || strings.HasPrefix(name, house+"/") }

// houseOf is the longest entry of mayImport that the package belongs to.
func houseOf(name string) string {
	best := ""
	for h := range mayImport {
		if within(name, h) && len(h) > len(best) {
			best = h
		}
	}
	return best
}

func TestImportDirections(t *testing.T) {
	for name, p := range packages(t) {
		house := houseOf(name)
		if name == "" {
			continue // this test
		}
		if house == "" {
			t.Errorf("%s has no place in the table of layout_test.go", name)
			continue
		}
		for _, dep := range p.Deps {
			if !within(dep, module) {
				continue
			}
			d := local(dep)
			allowed := within(d, house)
			for _, a := range mayImport[house] {
				if a == "*" && houseOf(d) != "cmd/netsim" && houseOf(d) != "examples" && houseOf(d) != "validation" || within(d, a) {
					allowed = true
				}
			}
			if !allowed {
				t.Errorf("%s depends on %s", name, d)
			}
		}
	}
}

func TestOnlyTwoPackagesUseC(t *testing.T) {
	for name, p := range packages(t) {
		if len(p.CgoFiles) > 0 && !slices.Contains(withC, name) {
			t.Errorf("%s uses cgo in %v", name, p.CgoFiles)
		}
	}
}

func TestNoDrawerPackages(t *testing.T) {
	for name := range packages(t) {
		switch path.Base(name) {
		case "util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib":
			t.Errorf("%s: name a package after what it does", name)
		}
	}
}

// maxLines is the length of a file that is written by hand.
const maxLines = 800

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestFilesAreShort(t *testing.T) {
	eachGoFile(t, func(name string, text []byte) {
		if n := bytes.Count(text, []byte("\n")); n > maxLines && !generated.Match(text) {
			t.Errorf("%s has %d lines; divide it", name, n)
		}
	})
}

// TestPackagesHaveOneComment holds that every package says what it is, in one place.
func TestPackagesHaveOneComment(t *testing.T) {
	comments, seen := map[string]int{}, map[string]bool{}
	eachGoFile(t, func(name string, text []byte) {
		if strings.HasSuffix(name, "_test.go") {
			return
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Error(err)
			return
		}
		seen[filepath.Dir(name)] = true
		if f.Doc != nil && !strings.HasPrefix(f.Doc.Text(), "Code generated") {
			comments[filepath.Dir(name)]++
		}
	})
	for dir := range seen {
		if n := comments[dir]; n != 1 {
			t.Errorf("package in %s has %d package comments, want 1", dir, n)
		}
	}
}

// eachGoFile visits the .go files of this module.
func eachGoFile(t *testing.T, visit func(name string, text []byte)) {
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if name != "." && (err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
				return fs.SkipDir // another module, or no package
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") {
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			visit(name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
