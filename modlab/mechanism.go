package modlab

import (
	"fmt"
	"strings"

	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// Source is a .mod file that was read and can be compiled.
type Source struct {
	Path    string
	File    *ast.File
	Symbols *checker.Symbols
	With    []*Source // further files, whose mechanisms a protocol may insert
}

// Library tells a file of functions (SUFFIX nothing), which is no mechanism.
func (s *Source) Library() bool { return s.Symbols.Name == "nothing" }

// Open reads a .mod file. Diagnostics are all findings; the source is nil when there are errors among them.
func Open(path string) (*Source, *ast.File, []diag.Diagnostic) {
	f, syms, ds := nmodl.ParseFile(path)
	if diag.HasErrors(ds) {
		return nil, f, ds
	}
	return &Source{Path: path, File: f, Symbols: syms}, f, ds
}

// Compile makes the program; all RANGE variables and those of also can be recorded.
func (s *Source) Compile(also ...string) (*program.Mechanism, []diag.Diagnostic) {
	return s.compile(nil, also...)
}

// compile makes the program for a run in which others write to the driven variables.
func (s *Source) compile(driven func(name string) bool, also ...string) (*program.Mechanism, []diag.Diagnostic) {
	extra := map[string]bool{}
	for _, name := range also {
		base, _, _ := strings.Cut(name, "[")
		extra[base] = true
	}
	return lower.Compile(s.File, s.Symbols, lower.Options{Driven: driven, Observe: func(name string) bool {
		sym := s.Symbols.Lookup(name)
		return extra[name] || sym != nil && (sym.Range || sym.Kind == checker.State || sym.Nonspecific || sym.Electrode)
	}})
}

// builtin compiles a mechanism that comes with netsim; nil if there is none of that name.
func builtin(name string, driven func(name string) bool) (*program.Mechanism, error) {
	for _, src := range mechanisms.Sources() {
		if !strings.EqualFold(strings.TrimSuffix(src.File, ".mod"), name) {
			continue
		}
		f, syms, ds := nmodl.ParseSource("builtin:"+src.File, src.Text)
		if diag.HasErrors(ds) {
			return nil, fmt.Errorf("built-in %s: %s", name, nmodl.Render(f, ds))
		}
		m, _ := lower.Compile(f, syms, lower.Options{Driven: driven})
		if m.Name != name {
			continue
		}
		return m, nil
	}
	return nil, nil
}

// builtinNames lists the density mechanisms that come with netsim.
func builtinNames() []string {
	var names []string
	for _, src := range mechanisms.Sources() {
		_, syms, _ := nmodl.ParseSource("builtin:"+src.File, src.Text)
		if syms.Kind == "SUFFIX" {
			names = append(names, syms.Name)
		}
	}
	return names
}

// kindName is how a mechanism's kind is called in messages.
func kindName(k program.Kind) string {
	return map[program.Kind]string{program.Density: "density mechanism", program.Point: "point process", program.Artificial: "artificial cell"}[k]
}

// columnName is a column's name with its index.
func columnName(c *program.Column) string {
	if c.Size > 0 {
		return fmt.Sprintf("%s[%d]", c.Name, c.Element)
	}
	return c.Name
}

// RefusedError says why a mechanism cannot run: the constructs that have no translation, with their places.
type RefusedError struct{ Unsupported []program.Unsupported }

// Error has one line per construct.
func (e *RefusedError) Error() string {
	var lines []string
	for _, u := range e.Unsupported {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s cannot be executed", u.File, u.Line, u.Col, u.What))
	}
	return strings.Join(lines, "\n")
}

func refusal(m *program.Mechanism) error {
	if len(m.Unsupported) == 0 {
		return nil
	}
	return &RefusedError{m.Unsupported}
}
