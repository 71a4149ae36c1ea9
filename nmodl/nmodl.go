// Package nmodl reads .mod files: text → tree (scanner, parser) → names and checks (checker).
package nmodl

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"netsim/internal/bounded"
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/parser"
)

// maxBytes bounds a .mod file; the largest of the world have a hundred thousand.
const maxBytes = 4 << 20

// ParseFile reads and checks a .mod file with its INCLUDEs. A file that cannot be read is a diagnostic, too.
// Tree and symbols can be used when diag.HasErrors says no.
func ParseFile(path string) (*ast.File, *checker.Symbols, []diag.Diagnostic) {
	text, err := bounded.ReadFile(path, maxBytes)
	if err != nil {
		d := diag.Diagnostic{Path: path, Msg: fmt.Sprintf("could not read the .mod file: %v", err)}
		return &ast.File{}, &checker.Symbols{ByName: map[string]*checker.Symbol{}}, []diag.Diagnostic{d}
	}
	return ParseSource(path, text)
}

// ParseSource reads and checks the text of a .mod file; path names it in messages, gives the mechanism its name when
// the file states none, and is where INCLUDE begins to look.
func ParseSource(path string, text []byte) (*ast.File, *checker.Symbols, []diag.Diagnostic) {
	f, ds := parser.Parse(path, text, Include)
	// Names that a broken statement would have declared or used are unknown, so the checker could only add noise.
	if diag.HasErrors(ds) {
		syms, _ := checker.Check(f)
		return f, syms, ds
	}
	syms, more := checker.Check(f)
	return f, syms, append(ds, more...)
}

// Include finds a file for INCLUDE as NEURON does: "first try in directory of last file", then the current folder,
// then the one above it, then the folders of the environment variable MODL_INCLUDE.
func Include(fromDir, name string) (string, []byte, error) {
	candidates := []string{name}
	if !filepath.IsAbs(name) {
		candidates = []string{filepath.Join(fromDir, name), name, filepath.Join("..", name)}
		for _, dir := range strings.Split(os.Getenv("MODL_INCLUDE"), string(os.PathListSeparator)) {
			if dir != "" {
				candidates = append(candidates, filepath.Join(dir, name))
			}
		}
	}
	missing := error(fs.ErrNotExist)
	for _, path := range candidates {
		text, err := bounded.ReadFile(path, maxBytes)
		if err == nil {
			return path, text, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			missing = err // it is there, but
		}
	}
	return "", nil, missing
}

// Render shows findings to a modeller, each with its source line.
func Render(f *ast.File, ds []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range ds {
		source := ""
		for _, s := range f.Sources {
			if s.Path == d.Path {
				source = s.Text
				break
			}
		}
		b.WriteString(d.Render(source))
	}
	return b.String()
}
