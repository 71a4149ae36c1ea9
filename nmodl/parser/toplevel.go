package parser

import (
	"path/filepath"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
	"netsim/nmodl/scanner"
)

// topWords are the words that begin something at top level. An error inside a block is given up at the next of
// them that stands first on its line.
var topWords = map[string]bool{
	"AFTER": true, "ASSIGNED": true, "BEFORE": true, "BREAKPOINT": true, "COMMENT": true, "CONSTANT": true,
	"CONSTRUCTOR": true, "DEFINE": true, "DERIVATIVE": true, "DESTRUCTOR": true, "DISCRETE": true, "FUNCTION": true,
	"FUNCTION_TABLE": true, "INCLUDE": true, "INDEPENDENT": true, "INITIAL": true, "KINETIC": true, "LINEAR": true,
	"LOCAL": true, "NET_RECEIVE": true, "NEURON": true, "NONLINEAR": true, "PARAMETER": true, "PROCEDURE": true,
	"STATE": true, "TITLE": true, "UNITS": true, "UNITSOFF": true, "UNITSON": true, "VERBATIM": true,
}

// oldWords began blocks in NEURON 8 and earlier; NEURON 9 reads them as names.
var oldWords = map[string]bool{
	"DEPENDENT": true, "MATCH": true, "PARTIAL": true, "PLOT": true, "SENS": true, "STEPPED": true, "TERMINAL": true,
}

func topWordList() []string {
	var list []string
	for w := range topWords {
		list = append(list, w)
	}
	return list
}

// file reads everything.
func (p *parser) file() {
	for p.tok.Kind != scanner.EOF && p.errorCount < maxErrors {
		before, at := p.tok, p.tokAt
		if !p.protect(p.topLevel) {
			p.block, p.net = "", nil
			if p.tok == before && p.tokAt == at {
				p.next() // whatever happens, go on
			}
			p.skipToTop()
		}
	}
}

// skipToTop goes on at the next block.
func (p *parser) skipToTop() {
	for p.tok.Kind != scanner.EOF {
		if p.tok.FirstOn && p.tok.Kind == scanner.Keyword && topWords[p.tok.Text] {
			return
		}
		p.next()
	}
}

func (p *parser) topLevel() {
	if p.tok.Kind != scanner.Keyword {
		p.topName()
		return
	}
	pos, word := p.pos(), p.tok.Text
	p.block = word
	out := p.out
	switch word {
	case "TITLE":
		p.title()
	case "COMMENT":
		p.lines("ENDCOMMENT")
	case "VERBATIM":
		text := p.lines("ENDVERBATIM")
		out.Verbatim = append(out.Verbatim, &ast.Verbatim{Pos: pos, Text: text})
	case "UNITSON", "UNITSOFF":
		p.next()
	case "INCLUDE":
		p.includeFile()
	case "DEFINE":
		p.define()
	case "LOCAL":
		out.Locals = append(out.Locals, p.locals()...)
	case "NEURON":
		p.neuron()
	case "UNITS":
		p.units()
	case "PARAMETER":
		p.parameters()
	case "CONSTANT":
		p.constants()
	case "ASSIGNED":
		p.assigned()
	case "STATE":
		p.states()
	case "INDEPENDENT":
		p.independent()
	case "INITIAL":
		p.next()
		out.Initial = p.join(out.Initial, p.stmtBlock())
	case "BREAKPOINT":
		p.next()
		out.Breakpoint = p.join(out.Breakpoint, p.stmtBlock())
	case "CONSTRUCTOR":
		p.next()
		out.Constructor = p.join(out.Constructor, p.stmtBlock())
	case "DESTRUCTOR":
		p.next()
		out.Destructor = p.join(out.Destructor, p.stmtBlock())
	case "DERIVATIVE", "KINETIC", "LINEAR", "NONLINEAR", "DISCRETE":
		p.equations()
	case "FUNCTION", "PROCEDURE", "FUNCTION_TABLE":
		p.function()
	case "NET_RECEIVE":
		p.netReceive()
	case "BEFORE", "AFTER":
		p.beforeAfter()
	default:
		p.fail(word+" cannot stand at top level", "it belongs inside a block")
	}
	p.block = ""
}

// join appends a second block of the same kind: NEURON concatenates them.
func (p *parser) join(first, second *ast.Block) *ast.Block {
	if first == nil {
		return second
	}
	first.Stmts = append(first.Stmts, &ast.BlockStmt{Block: second})
	first.End = second.End
	return first
}

// topName handles what is not a keyword of NEURON 9.
func (p *parser) topName() {
	word := p.tok.Text
	if p.tok.Kind == scanner.Name && oldWords[word] {
		p.oldBlock()
		return
	}
	hint := "a file consists of blocks: NEURON, PARAMETER, ASSIGNED, STATE, INITIAL, BREAKPOINT, …"
	if p.tok.Kind == scanner.Name {
		if dym := diag.DidYouMean(word, topWordList()); dym != "" {
			hint = dym
		}
	}
	if p.is("}") {
		p.fail("this } closes nothing", "a { is missing above, or there is one } too many")
	}
	p.fail("expected a block, found "+p.found(), hint)
}

// oldBlock reads a block of NEURON 8 or earlier.
func (p *parser) oldBlock() {
	pos, word := p.pos(), p.tok.Text
	if word == "DEPENDENT" {
		p.assigned()
		return
	}
	if word == "PARTIAL" {
		p.errorAt(pos, "PARTIAL blocks are not supported", "NEURON 9 does not know them either; use COMPARTMENT and LONGITUDINAL_DIFFUSION in KINETIC")
	} else {
		p.report(pos, diag.Warning, word+" has no effect", "NEURON 9 does not know this block; it can be removed")
	}
	file, start := p.tokAt, p.tok.Start
	p.next()
	for !p.is("{") {
		if p.tok.Kind == scanner.EOF || p.tok.FirstOn && p.tok.Kind == scanner.Keyword && topWords[p.tok.Text] {
			p.unused(pos, word, file, start)
			return
		}
		p.next()
	}
	depth := 0
	for p.tok.Kind != scanner.EOF {
		if p.is("{") {
			depth++
		}
		if p.is("}") {
			if depth--; depth == 0 {
				p.next()
				break
			}
		}
		p.next()
	}
	p.unused(pos, word, file, start)
}

func (p *parser) unused(pos ast.Pos, word string, file, start int) {
	text := ""
	if p.tokAt == file {
		text = strings.TrimSpace(p.textIn(file, start, p.tok.Start))
	}
	p.out.Other = append(p.out.Other, ast.Unused{Pos: pos, Kind: word, Text: text})
}

// title takes the rest of the line up to "!"; the first TITLE counts.
func (p *parser) title() {
	text, _, _ := strings.Cut(p.raw().RestOfLine(), "!")
	if p.out.Title == "" {
		p.out.Title = strings.TrimSpace(text)
	}
	p.next()
}

// lines reads the lines of COMMENT or VERBATIM.
func (p *parser) lines(end string) string {
	text, ok := p.raw().LinesUntil(end)
	if !ok {
		p.fail(p.tok.Text+" goes to the end of the file", end+" must be the first word of a line")
	}
	p.next()
	return text
}

func (p *parser) includeFile() {
	const form = `INCLUDE "file.inc"`
	if t := p.peek(); t.Kind != scanner.String {
		p.next()
		p.fail("expected a file name in quotes, found "+p.found(), form)
	}
	p.next()
	pos, name := p.pos(), p.tok.Text
	if p.included++; len(p.stack) > 20 || p.included > maxIncludes {
		p.fail("INCLUDE goes too deep", "does the file include itself?")
	}
	if p.include == nil {
		p.fail("could not include "+quote(name), "there is no folder to look in")
	}
	path, text, err := p.include(filepath.Dir(p.out.Sources[p.tokAt].Path), name)
	if err != nil {
		p.errorAt(pos, "could not include "+quote(name)+": "+err.Error(),
			"looked in the folder of the including file, the current folder, the one above it, and those of MODL_INCLUDE")
		p.next()
		return
	}
	p.push(path, string(text))
	p.next()
}

func (p *parser) define() {
	const form = "DEFINE name integer"
	p.next()
	pos := p.pos()
	n := p.name("DEFINE", form)
	sign := ""
	if p.accept("-") {
		sign = "-"
	}
	if p.tok.Kind != scanner.Int {
		p.fail("expected an integer in DEFINE, found "+p.found(), form)
	}
	text := sign + p.tok.Text
	p.next()
	p.defines[n.Name] = text
	p.out.Defines = append(p.out.Defines, ast.Var{
		Pos: pos, Name: n.Name, HasValue: true, Value: parseFloat(text), Literal: text,
	})
}

// body reads { item item … } of a declaration block, recovering at the next line that begins with a name.
func (p *parser) body(what string, item func()) {
	p.next()
	p.expect("{", what, what+" { … }")
	for !p.is("}") {
		if p.tok.Kind == scanner.EOF {
			p.fail(what+" is not closed", "a } is missing")
		}
		if p.errorCount >= maxErrors {
			panic(giveUp{})
		}
		if !p.protect(item) {
			p.skipItem()
			if p.tok.Kind == scanner.EOF || p.tok.Kind == scanner.Keyword && p.tok.FirstOn && topWords[p.tok.Text] {
				panic(giveUp{})
			}
		}
	}
	p.next()
}

// skipItem steps over the rest of the line.
func (p *parser) skipItem() {
	for p.tok.Kind != scanner.EOF && !p.is("}") {
		p.next()
		if p.tok.FirstOn {
			return
		}
	}
}

func (p *parser) parameters() {
	const form = "name = number (units) <low, high>"
	p.body("PARAMETER", func() {
		v := ast.Var{Pos: p.pos()}
		v.Name = p.name("PARAMETER", form).Name
		switch {
		case p.accept("["):
			v.Size = p.size("PARAMETER")
		case p.accept("="):
			v.HasValue = true
			v.Value, v.Literal = p.number("PARAMETER", form+"; a parameter is given as a number, not as an expression")
		}
		v.Unit = p.unit()
		if p.accept("<") {
			v.HasLimit = true
			v.Lo, _ = p.number("limits", "<low, high>")
			p.expect(",", "limits", "<low, high>")
			v.Hi, _ = p.number("limits", "<low, high>")
			p.expect(">", "limits", "<low, high>")
		}
		p.out.Parameters = append(p.out.Parameters, v)
	})
}

func (p *parser) constants() {
	const form = "name = number (units)"
	p.body("CONSTANT", func() {
		v := ast.Var{Pos: p.pos(), HasValue: true}
		v.Name = p.name("CONSTANT", form).Name
		p.expect("=", "CONSTANT", form)
		v.Value, v.Literal = p.number("CONSTANT", form)
		v.Unit = p.unit()
		p.out.Constants = append(p.out.Constants, v)
	})
}

// dependent is one item of ASSIGNED or STATE: name[n] FROM a TO b START c (units) <tolerance>.
func (p *parser) dependent(what string) ast.Var {
	form := "name[integer] FROM number TO number START number (units) <tolerance>"
	if what == "ASSIGNED" {
		form = "name[integer] (units)"
	}
	v := ast.Var{Pos: p.pos()}
	if p.tok.Kind == scanner.Prime {
		v.Name = primed(p.tok)
		p.next()
	} else {
		v.Name = p.name(what, form).Name
	}
	if p.accept("[") {
		v.Size = p.size(what)
	}
	if p.accept("FROM") {
		from, _ := p.number(what, form)
		p.expect("TO", what, form)
		to, _ := p.number(what, form)
		v.From, v.To = &from, &to
	}
	if p.is("START") {
		if what == "ASSIGNED" {
			p.fail("START can be given to a STATE only", "set the value in INITIAL")
		}
		p.next()
		start, _ := p.number(what, form)
		v.Start = &start
	}
	if p.is("=") {
		p.fail(what+" gives no value to "+v.Name, "set it in INITIAL, or declare it in PARAMETER")
	}
	v.Unit = p.unit()
	if p.is("<") {
		if what == "ASSIGNED" {
			p.fail("a tolerance can be given to a STATE only", form)
		}
		p.next()
		if p.is("-") {
			p.fail("a tolerance cannot be negative", form)
		}
		v.AbsTol, _ = p.number("tolerance", "<1e-6>")
		p.expect(">", "tolerance", "<1e-6>")
	}
	return v
}

// primed is NEURON's name of m', m”, …: Dm, D2m, …
func primed(t scanner.Token) string {
	if t.Primes == 1 {
		return "D" + t.Text
	}
	return "D" + itoa(t.Primes) + t.Text
}

func (p *parser) assigned() {
	p.body("ASSIGNED", func() { p.out.Assigned = append(p.out.Assigned, p.dependent("ASSIGNED")) })
}

func (p *parser) states() {
	p.body("STATE", func() { p.out.States = append(p.out.States, p.dependent("STATE")) })
}

func (p *parser) independent() {
	const form = "name FROM number TO number WITH integer (units)"
	p.body("INDEPENDENT", func() {
		p.accept("SWEEP")
		v := ast.Var{Pos: p.pos()}
		v.Name = p.name("INDEPENDENT", form).Name
		p.expect("FROM", "INDEPENDENT", form)
		from, _ := p.number("INDEPENDENT", form)
		p.expect("TO", "INDEPENDENT", form)
		to, _ := p.number("INDEPENDENT", form)
		v.From, v.To = &from, &to
		p.expect("WITH", "INDEPENDENT", form)
		p.integer("INDEPENDENT", form)
		if p.accept("START") {
			start, _ := p.number("INDEPENDENT", form)
			v.Start = &start
		}
		v.Unit = p.unit()
		if v.Name != "t" {
			p.report(v.Pos, diag.Warning, v.Name+" cannot be the independent variable", "only t is; the line has no effect")
		}
		if p.out.Independent == nil || v.Name == "t" {
			p.out.Independent = &v
		}
	})
}
