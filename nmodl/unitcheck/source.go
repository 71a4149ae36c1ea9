package unitcheck

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/scanner"
)

// source is what the text says and the tree does not: where UNITSOFF and UNITSON stand, which factors of UNITS are
// written with an arrow, and where each INCLUDE stands in the main file.
type source struct {
	switches [][]unitsSwitch // per file, in order
	arrows   map[ast.Pos]bool
	place    []ast.Pos // per file: where it comes in, in the main file
}

type unitsSwitch struct {
	line, col int
	off       bool
}

// readSource goes over the tokens once more.
func readSource(f *ast.File) *source {
	s := &source{
		switches: make([][]unitsSwitch, len(f.Sources)),
		arrows:   map[ast.Pos]bool{},
		place:    make([]ast.Pos, len(f.Sources)),
	}
	off, next := false, 1
	var read func(file int)
	read = func(file int) {
		if off {
			s.add(file, 0, 0, off)
		}
		inUnits := false
		var name, last scanner.Token
		for t := scanner.New(f.Sources[file].Text); ; {
			tok := t.Next()
			switch {
			case tok.Kind == scanner.EOF:
				return
			case tok.Is("TITLE"):
				t.RestOfLine()
			case tok.Is("COMMENT"):
				t.LinesUntil("ENDCOMMENT")
			case tok.Is("VERBATIM"):
				t.LinesUntil("ENDVERBATIM")
			case tok.Is("UNITSOFF"), tok.Is("UNITSON"):
				off = tok.Text == "UNITSOFF"
				s.add(file, tok.Line, tok.Col, off)
			case tok.Kind == scanner.String && last.Is("INCLUDE") && next < len(f.Sources):
				s.place[next] = s.inMain(ast.Pos{File: file, Line: tok.Line, Col: tok.Col})
				next++
				read(next - 1)
				s.add(file, tok.Line, tok.Col, off)
			case tok.Is("UNITS"):
				inUnits = true
			case inUnits && tok.Is("}"):
				inUnits = false
			case inUnits && tok.Is("("):
				t.InParens()
			case inUnits && tok.Kind == scanner.Name:
				name = tok
			case inUnits && tok.Is(">") && last.Is("-"):
				s.arrows[ast.Pos{File: file, Line: name.Line, Col: name.Col}] = true
			}
			last = tok
		}
	}
	if len(f.Sources) > 0 {
		read(0)
	}
	return s
}

func (s *source) add(file, line, col int, off bool) {
	s.switches[file] = append(s.switches[file], unitsSwitch{line, col, off})
}

// off reports whether UNITSOFF holds at a place.
func (s *source) off(pos ast.Pos) bool {
	off := false
	if pos.File >= len(s.switches) {
		return false
	}
	for _, w := range s.switches[pos.File] {
		if w.line > pos.Line || w.line == pos.Line && w.col > pos.Col {
			break
		}
		off = w.off
	}
	return off
}

// inMain is the place in the main file that a place belongs to.
func (s *source) inMain(pos ast.Pos) ast.Pos {
	if pos.File == 0 || pos.File >= len(s.place) {
		return pos
	}
	return s.place[pos.File]
}

// compare orders places as the text is read.
func (s *source) compare(a, b ast.Pos) int {
	if a.File != b.File {
		x, y := s.inMain(a), s.inMain(b)
		if x != y {
			a, b = x, y
		} else {
			return a.File - b.File
		}
	}
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Col - b.Col
}
