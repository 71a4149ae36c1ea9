package unitcheck_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/unitcheck"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// modlunit runs NEURON's program on a file and returns what it says, "" when it finds no mistake. INCLUDEs are looked
// for in folder.
func modlunit(t *testing.T, path, folder string) string {
	t.Helper()
	program := os.Getenv("NETSIM_MODLUNIT")
	if program == "" {
		t.Skip("NETSIM_MODLUNIT is not set: name the program modlunit of NEURON 9")
	}
	cmd := exec.Command(program, strings.TrimSuffix(filepath.Base(path), ".mod"))
	cmd.Dir = filepath.Dir(path)
	cmd.Env = append(os.Environ(), "NRNHOME="+filepath.Dir(filepath.Dir(program)), "MODL_INCLUDE="+folder)
	text, err := cmd.CombinedOutput()
	if err == nil {
		return ""
	}
	if _, exited := err.(*exec.ExitError); !exited || len(text) == 0 {
		t.Fatalf("could not run modlunit: %v", err)
	}
	return string(text)
}

// The verdicts of the cases are modlunit's.
func TestCasesByModlunit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mod")
	for _, c := range cases {
		write(t, path, source(c.text))
		if said := modlunit(t, path, ""); (said == "") != (c.want == "") {
			t.Errorf("%s: %s\nhere:     %q\nmodlunit: %s", c.name, c.text, c.want, said)
		}
	}
}

var (
	saidLine = regexp.MustCompile(`at line (\d+) in file`)
	saidMust = regexp.MustCompile(`(\w+) must have the units`)
	saidUnit = regexp.MustCompile(`Cannot recognize the units: (\S+)`)
)

// TestFilesByModlunit compares with modlunit on all .mod files below the folders of NETSIM_MODS (colon list): a file
// has a mistake here if it has one there, and modlunit's one and only finding is among those made here, at its line;
// of mistakes in statements it is the first. Not compared are files that either of the two cannot read.
func TestFilesByModlunit(t *testing.T) {
	dirs := os.Getenv("NETSIM_MODS")
	if dirs == "" {
		t.Skip("NETSIM_MODS is not set: name the folders with .mod files to compare, separated by colons")
	}
	path := filepath.Join(t.TempDir(), "x.mod")
	seen := map[string]bool{}
	quiet, found, unread := 0, 0, 0
	for _, dir := range filepath.SplitList(dirs) {
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || filepath.Ext(file) != ".mod" || d.Name() == "go.mod" {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil || seen[string(text)] {
				return err
			}
			seen[string(text)] = true
			f, s, ds := nmodl.ParseFile(file)
			write(t, path, string(text))
			said := modlunit(t, path, filepath.Dir(file))
			// modlunit cannot write down powers above 9 of a LOCAL, and then finds a unit that stands nowhere in the file.
			unit := saidUnit.FindStringSubmatch(said)
			lost := unit != nil && !strings.Contains(string(text), unit[1])
			if diag.HasErrors(ds) || lost || strings.Contains(said, "syntax error") {
				unread++
				return nil
			}
			ds = append(ds, unitcheck.Check(f, s)...)
			switch {
			case same(said, ds) && said == "":
				quiet++
			case same(said, ds):
				found++
			default:
				t.Errorf("%s\nmodlunit: %s\nhere: %v", file, said, ds)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d files: %d without mistakes in both, %d with the same, %d not read by one of the two", len(seen), quiet, found, unread)
}

// same reports whether modlunit's finding is among those of netsim.
func same(said string, ds []diag.Diagnostic) bool {
	first, hasLine, hasText := 0, false, false
	line := 0
	if m := saidLine.FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1])
	}
	text := "" // findings about declarations: modlunit's line is that of NEURON, when it looks them up
	if m := saidMust.FindStringSubmatch(said); m != nil {
		text = "units: " + m[1] + " must be"
	} else if m := saidUnit.FindStringSubmatch(said); m != nil {
		text = "units: the unit " + m[1] + " "
	}
	any := false
	for _, d := range ds {
		if !strings.HasPrefix(d.Msg, "units: ") && !strings.Contains(d.Msg, "do not measure the same thing") {
			continue
		}
		any = true
		hasText = hasText || text != "" && strings.HasPrefix(d.Msg, text)
		declared := strings.Contains(d.Msg, ", and is declared ") || strings.HasSuffix(d.Msg, "is not declared") || strings.HasSuffix(d.Msg, "is not known")
		hasLine = hasLine || d.Line == line
		if !declared && (first == 0 || d.Line < first) {
			first = d.Line
		}
	}
	switch {
	case said == "":
		return !any
	case text != "":
		return hasText
	}
	return hasLine && first == line
}
