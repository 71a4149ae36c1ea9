// Package parser turns the text of a .mod file into an ast.File. It accepts what NEURON's translator nocmodl accepts,
// by recursive descent over nocmodl's grammar; expressions are read by precedence climbing.
package parser

import (
	"strconv"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
	"netsim/nmodl/scanner"
)

// Diagnostic is diag.Diagnostic.
type Diagnostic = diag.Diagnostic

// Include finds the file that INCLUDE "name" stands for, as seen from the folder of the including file.
type Include func(fromDir, name string) (path string, text []byte, err error)

// Limits: after maxErrors a file is given up; deeper nesting than maxDepth is refused rather than overflowing the stack.
const (
	maxErrors   = 10
	maxDepth    = 500
	maxIncludes = 100
)

// Parse reads a file. The tree is returned even when there are errors, without what could not be read.
func Parse(path string, text []byte, include Include) (*ast.File, []Diagnostic) {
	p := &parser{
		include: include,
		defines: map[string]string{},
		out:     &ast.File{},
	}
	p.push(path, string(text))
	p.next()
	p.file()
	return p.out, p.diags
}

// open is one file of the INCLUDE stack.
type open struct {
	scanner.Scanner
	file int // index in ast.File.Sources
}

type parser struct {
	include Include
	defines map[string]string // DEFINE name → digits, with their sign
	out     *ast.File
	diags   []Diagnostic

	stack []open
	tok   scanner.Token
	tokAt int // the file tok was read from

	block      string // word of the top-level block that is being read
	depth      int
	net        *ast.NetReceive // the NET_RECEIVE block that is being read
	included   int
	errorCount int
	lastLine   int // place of the last error: one error per line is enough
	lastFile   int
	endLine    int // line of the last consumed token
	endCol     int // column just behind the last consumed token
	endFile    int
}

// giveUp unwinds to the nearest place that can go on.
type giveUp struct{}

func (p *parser) push(path, text string) {
	p.out.Sources = append(p.out.Sources, ast.Source{Path: path, Text: text})
	p.stack = append(p.stack, open{scanner.New(text), len(p.out.Sources) - 1})
}

func (p *parser) top() *open { return &p.stack[len(p.stack)-1] }

// next consumes the current token. At the end of an included file the including one goes on.
func (p *parser) next() {
	p.endLine, p.endCol, p.endFile = p.tok.Line, p.tok.Col+p.tok.End-p.tok.Start, p.tokAt
	for {
		p.tok = p.top().Next()
		p.tokAt = p.top().file
		if p.tok.Kind != scanner.EOF || len(p.stack) == 1 {
			return
		}
		p.stack = p.stack[:len(p.stack)-1]
	}
}

// peek is the token after the current one. It does not look beyond the end of an included file.
func (p *parser) peek() scanner.Token {
	s := p.top().Scanner
	return s.Next()
}

// raw gives access to the text right behind the current token, which must have been read from the file on top.
func (p *parser) raw() *scanner.Scanner { return &p.top().Scanner }

func (p *parser) pos() ast.Pos { return ast.Pos{File: p.tokAt, Line: p.tok.Line, Col: p.tok.Col} }

func (p *parser) is(text string) bool { return p.tok.Is(text) }

// word reports whether the current token is this name. Words that only NEURON 8 reserved are names.
func (p *parser) word(text string) bool {
	return p.tok.Kind == scanner.Name && p.tok.Text == text
}

// accept consumes the token if it is this keyword or operator.
func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.next()
		return true
	}
	return false
}

func (p *parser) report(pos ast.Pos, sev diag.Severity, msg, hint string) {
	if sev == diag.Error {
		if p.errorCount > 0 && pos.Line == p.lastLine && pos.File == p.lastFile {
			return // the rest of a line that is already known to be wrong
		}
		p.errorCount++
		p.lastLine, p.lastFile = pos.Line, pos.File
	}
	p.diags = diag.Add(p.diags, Diagnostic{
		Path: p.out.Sources[pos.File].Path, Line: pos.Line, Col: pos.Col, Severity: sev, Msg: msg, Hint: hint,
	})
}

// errorAt reports an error and goes on.
func (p *parser) errorAt(pos ast.Pos, msg, hint string) { p.report(pos, diag.Error, msg, hint) }

// fail reports an error at the current token and unwinds.
func (p *parser) fail(msg, hint string) {
	p.errorAt(p.pos(), msg, hint)
	panic(giveUp{})
}

// expect consumes the keyword or operator; what is the construct that needs it, form how it is written.
func (p *parser) expect(text, what, form string) {
	if !p.accept(text) {
		p.fail("expected "+quote(text)+" in "+what+", found "+p.found(), form)
	}
}

func quote(s string) string { return `"` + s + `"` }

// found describes the current token in a message.
func (p *parser) found() string {
	switch p.tok.Kind {
	case scanner.EOF:
		return "the end of the file"
	case scanner.Keyword:
		return "the keyword " + p.tok.Text
	case scanner.String:
		return "a string"
	}
	return quote(p.tok.String())
}

// protect runs f and reports whether it came to its end.
func (p *parser) protect(f func()) (ok bool) {
	depth := p.depth
	defer func() {
		if r := recover(); r != nil {
			if _, mine := r.(giveUp); !mine {
				panic(r)
			}
			p.depth = depth
			ok = false
		}
	}()
	f()
	return true
}

// enter counts nesting; leave with defer.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("too deeply nested", "")
	}
}

func (p *parser) leave() { p.depth-- }

// name consumes an identifier.
func (p *parser) name(what, form string) ast.Name {
	if p.tok.Kind != scanner.Name {
		msg := "expected a name in " + what + ", found " + p.found()
		if p.tok.Kind == scanner.Keyword {
			form = p.tok.Text + " is a word of the language and cannot be a name"
		}
		p.fail(msg, form)
	}
	if _, defined := p.defines[p.tok.Text]; defined {
		p.fail(p.tok.Text+" stands for the integer "+p.defines[p.tok.Text]+" (DEFINE) and cannot be a name in "+what, form)
	}
	n := ast.Name{Pos: p.pos(), Name: p.tok.Text}
	p.next()
	return n
}

// nameList is name, name, … ; at least one.
func (p *parser) nameList(what string) []ast.Name {
	form := what + " name, name, …"
	list := []ast.Name{p.name(what, form)}
	for p.accept(",") {
		list = append(list, p.name(what, form))
	}
	return list
}

// integer reads an INTEGER or a DEFINEd name.
func (p *parser) isInteger() bool {
	if p.tok.Kind == scanner.Int {
		return true
	}
	_, ok := p.defines[p.tok.Text]
	return ok && p.tok.Kind == scanner.Name
}

func (p *parser) integer(what, form string) (int, string) {
	if !p.isInteger() {
		p.fail("expected an integer in "+what+", found "+p.found(), form)
	}
	text := p.tok.Text
	if d, ok := p.defines[text]; ok && p.tok.Kind == scanner.Name {
		text = d
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		p.errorAt(p.pos(), "the integer "+text+" is too large", "")
	}
	p.next()
	return n, text
}

// size reads the n of name[n] with its closing bracket; the opening one is consumed.
func (p *parser) size(what string) int {
	pos := p.pos()
	n, _ := p.integer(what, "name[integer]")
	if n < 1 {
		p.errorAt(pos, "an array needs at least one element", "name[integer] with an integer above 0")
		n = 1
	}
	p.expect("]", what, "name[integer]")
	return n
}

func (p *parser) isNumber() bool { return p.tok.Kind == scanner.Real || p.isInteger() }

// number reads a literal with an optional sign.
func (p *parser) number(what, form string) (float64, string) {
	sign := ""
	if p.accept("-") {
		sign = "-"
	}
	if !p.isNumber() {
		p.fail("expected a number in "+what+", found "+p.found(), form)
	}
	text := p.tok.Text
	if d, ok := p.defines[text]; ok && p.tok.Kind == scanner.Name {
		text = d
	}
	text = sign + text
	p.next()
	return parseFloat(text), text
}

// parseFloat is C's atof on what the scanner let through: too large is Inf.
func parseFloat(text string) float64 {
	if len(text) > 1 && text[0] == '-' && text[1] == '-' {
		return parseFloat(text[2:]) // a negative DEFINE behind a minus sign
	}
	v, _ := strconv.ParseFloat(text, 64)
	return v
}

// unit reads "(text)" if it stands here.
func (p *parser) unit() string {
	if !p.is("(") {
		return ""
	}
	return p.mustUnit()
}

func (p *parser) mustUnit() string {
	if !p.is("(") {
		p.fail("expected units in parentheses, found "+p.found(), "(mV), (nA/cm2), (1)")
	}
	text, ok := p.raw().InParens()
	if !ok {
		p.fail("no closing ) of the units on this line", "units stand in parentheses on one line: (mV)")
	}
	p.next()
	return text
}

// textIn is the source text from offset start of the file the current token stands in up to that token.
func (p *parser) textIn(file, start, end int) string {
	text := p.out.Sources[file].Text
	return text[min(start, len(text)):min(max(start, end), len(text))]
}
