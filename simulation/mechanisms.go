package simulation

import (
	"os"
	"path/filepath"
	"sort"
	"strings"

	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
	"netsim/sonata/config"
)

// modFiles lists the .mod files of the mechanism folders: those of <dir>/modfiles if there is such a folder, else
// those of <dir> itself, each folder's in alphabetical order.
func modFiles(dirs []string) (files, searched []string) {
	for _, dir := range dirs {
		inner := filepath.Join(dir, "modfiles")
		if st, err := os.Stat(inner); err == nil && st.IsDir() {
			dir = inner
		}
		searched = append(searched, dir)
		found, _ := filepath.Glob(filepath.Join(dir, "*.mod"))
		sort.Strings(found)
		files = append(files, found...)
	}
	return files, searched
}

// compiled is the mechanisms of a run.
type compiled struct {
	builtin, user []*program.Mechanism
	searched      []string
	problems      []config.Problem
	fast          bool              // numerics: fast
	digests       map[string]string // of the sources, by mechanism
}

// compile reads the built-in mechanisms and the user's .mod files. variables are the names that reports record; what
// nobody reads is not stored.
func compile(dirs []string, variables []string, numerics string) compiled {
	c := compiled{fast: numerics == config.NumericsFast, digests: map[string]string{}}
	for _, src := range mechanisms.Sources() {
		f, s, ds := nmodl.ParseSource("builtin:"+src.File, src.Text)
		if m := c.lower(f, s, ds, variables); m != nil {
			c.builtin = append(c.builtin, m)
		}
	}
	var files []string
	files, c.searched = modFiles(dirs)
	for _, file := range files {
		f, s, ds := nmodl.ParseFile(file)
		if m := c.lower(f, s, ds, variables); m != nil {
			c.user = append(c.user, m)
		}
	}
	return c
}

func (c *compiled) lower(f *ast.File, s *checker.Symbols, ds []diag.Diagnostic, variables []string) *program.Mechanism {
	var m *program.Mechanism
	if !diag.HasErrors(ds) {
		if s.Name == "nothing" {
			return nil
		}
		c.digests[s.Name] = digest(f)
		var more []diag.Diagnostic
		m, more = lower.Compile(f, s, lower.Options{Observe: observer(s.Name, variables), Fast: c.fast})
		ds = append(ds, more...)
	}
	failed := diag.HasErrors(ds)
	for _, d := range ds {
		if d.Severity == diag.Error {
			c.problems = append(c.problems, config.Problem{
				Severity: config.Error,
				Place:    config.Place{File: d.Path, Line: d.Line, Col: d.Col},
				Msg:      d.Msg, Hint: d.Hint, Excerpt: excerpt(f, d),
			})
		}
	}
	if failed {
		return nil
	}
	return m
}

// excerpt is the source line with a caret.
func excerpt(f *ast.File, d diag.Diagnostic) string {
	d.Hint = ""
	_, lines, _ := strings.Cut(d.Render(sourceText(f, d.Path)), "\n")
	return strings.TrimRight(lines, "\n")
}

func sourceText(f *ast.File, path string) string {
	for _, s := range f.Sources {
		if s.Path == path {
			return s.Text
		}
	}
	return ""
}

// observer tells which variables of a mechanism reports want: m of "m_NaTs" for NaTs.
func observer(mechanism string, variables []string) func(string) bool {
	want := map[string]bool{}
	for _, v := range variables {
		if base, ok := strings.CutSuffix(v, "_"+mechanism); ok {
			if k := strings.IndexByte(base, '['); k >= 0 {
				base = base[:k]
			}
			want[base] = true
		}
	}
	return func(name string) bool { return want[name] }
}
