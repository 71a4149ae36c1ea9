package verbatim

import (
	"fmt"

	"netsim/nmodl/ast"
)

// Parse reads one body: its C text and, as statements of their own, the NMODL statements between.
func Parse(pieces []Piece, m *Macros) ([]Stmt, *Error) {
	toks, err := m.preprocess(pieces)
	if err != nil {
		return nil, err
	}
	p := &parser{toks: toks}
	if n := len(pieces); n > 0 {
		p.end = pieces[n-1].Pos
	}
	var out []Stmt
	err = p.protect(func() {
		for p.peek().kind != tokEnd {
			if p.is("}") {
				p.fail("a closing brace that nothing opened")
			}
			out = p.stmts(out)
		}
	})
	return out, err
}

// ParseUnit reads VERBATIM blocks at file level. It takes what it understands, variables and functions, and leaves out
// the rest: what is missing shows where it is used.
func ParseUnit(pieces []Piece, m *Macros) *Unit {
	u := &Unit{Funcs: map[string]*Func{}}
	for k := range pieces {
		toks, err := m.preprocess(pieces[k : k+1])
		if err != nil {
			continue
		}
		p := &parser{toks: toks, end: pieces[k].Pos}
		for p.peek().kind != tokEnd {
			at := p.at
			if p.protect(func() { p.external(u) }) != nil {
				p.at = at
				p.skipExternal()
			}
			if p.at == at {
				p.at++
			}
		}
	}
	return u
}

// maxDepth bounds nesting, so that no text can use up the stack.
const maxDepth = 200

type parser struct {
	toks  []token
	at    int
	end   ast.Pos
	depth int
}

type parseError struct{ err *Error }

func (p *parser) fail(format string, args ...any) {
	panic(parseError{&Error{p.peek().pos, fmt.Sprintf(format, args...)}})
}

func (p *parser) protect(f func()) (err *Error) {
	depth := p.depth
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(parseError)
			if !ok {
				panic(r)
			}
			p.depth = depth
			err = e.err
		}
	}()
	f()
	return nil
}

func (p *parser) guarded(f func() Expr) (x Expr, err *Error) {
	err = p.protect(func() { x = f() })
	return x, err
}

func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail("statements or expressions nested too deep")
	}
}

func (p *parser) leave() { p.depth-- }

func (p *parser) ahead(n int) token {
	if p.at+n < len(p.toks) {
		return p.toks[p.at+n]
	}
	pos := p.end
	if n := len(p.toks); n > 0 {
		pos = p.toks[n-1].pos
	}
	return token{kind: tokEnd, text: "", pos: pos}
}

func (p *parser) peek() token { return p.ahead(0) }

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

func (p *parser) is(text string) bool {
	t := p.peek()
	return t.text == text && (t.kind == tokOp || t.kind == tokName)
}

func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		got := p.peek()
		switch got.kind {
		case tokEnd:
			p.fail("%s is missing at the end", text)
		case tokNMODL:
			p.fail("%s is missing before the next NMODL statement", text)
		}
		p.fail("%s is missing before %s", text, got.text)
	}
}

// words of C that begin a type or belong to one.
var typeWords = map[string]string{
	"void": "void", "char": "int", "short": "int", "int": "int", "long": "int", "signed": "int", "unsigned": "int", "bool": "int",
	"float": "double", "double": "double", "auto": "auto", "size_t": "int", "ssize_t": "int", "int8_t": "int", "uint8_t": "int",
	"int16_t": "int", "uint16_t": "int", "int32_t": "int", "uint32_t": "int", "int64_t": "int", "uint64_t": "int", "u_int32_t": "int",
	"uint": "int", "ulong": "int", "time_t": "int",
}

var qualifiers = map[string]bool{
	"const": true, "static": true, "extern": true, "register": true, "volatile": true, "inline": true, "constexpr": true,
	"struct": true, "typename": true, "thread_local": true, "__restrict__": true, "restrict": true,
}

// typedefs are names of NEURON and of the C library that stand for types.
var typedefs = map[string]bool{
	"Rand": true, "nrnran123_State": true, "IvocVect": true, "Object": true, "Point_process": true, "Symbol": true, "FILE": true,
	"Section": true, "Prop": true, "NrnThread": true, "Datum": true, "Node": true, "Info": true, "NrnRandom": true,
}

// typeAt reports whether a type stands at token n from here: in a declaration (decl) or in a cast.
func (p *parser) typeAt(n int, decl bool) bool {
	t := p.ahead(n)
	if t.kind != tokName {
		return false
	}
	if typeWords[t.text] != "" || qualifiers[t.text] || typedefs[t.text] {
		return p.ahead(n+1).text != "("
	}
	if t.text == "std" && p.ahead(n+1).text == "::" {
		return typeWords[p.ahead(n+2).text] != ""
	}
	next := p.ahead(n + 1)
	if decl && next.kind == tokName && !keyword[t.text] {
		return true // two names in a row
	}
	if next.text != "*" {
		return false
	}
	k := n + 1
	for p.ahead(k).text == "*" {
		k++
	}
	if decl { // foo * bar; declares, since a product alone would be pointless
		after := p.ahead(k + 1).text
		return p.ahead(k).kind == tokName && (after == ";" || after == "=" || after == "," || after == "[")
	}
	return p.ahead(k).text == ")"
}

var keyword = map[string]bool{
	"return": true, "else": true, "goto": true, "case": true, "if": true, "for": true, "while": true, "do": true,
	"switch": true, "break": true, "continue": true, "default": true, "delete": true, "new": true, "sizeof": true, "typedef": true,
}

// base reads the type of a declaration without its stars.
func (p *parser) base() (t Type, static, isConst bool) {
	for {
		w := p.peek()
		if w.kind != tokName {
			break
		}
		switch known := typeWords[w.text]; {
		case w.text == "std" && p.ahead(1).text == "::":
			p.at += 2
			continue
		case known != "":
			// "unsigned int", "long double": double wins.
			if t.Name == "" || known == "double" {
				t.Name = known
			}
		case qualifiers[w.text]:
			static = static || w.text == "static"
			isConst = isConst || w.text == "const" || w.text == "constexpr"
		case t.Name == "" && (typedefs[w.text] || p.ahead(1).kind == tokName || p.ahead(1).text == "*" || p.ahead(1).text == ">" || p.ahead(1).text == ")"):
			t.Name = w.text
		default:
			if t.Name == "" {
				t.Name = "int"
			}
			return t, static, isConst
		}
		p.at++
	}
	if t.Name == "" {
		t.Name = "int"
	}
	return t, static, isConst
}

// typeName reads a type as it stands in a cast.
func (p *parser) typeName() Type {
	t, _, _ := p.base()
	for p.is("*") || p.is("&") || p.is("const") {
		if p.next().text == "*" {
			t.Ptr++
		}
	}
	return t
}

func (p *parser) declaration() *Decl {
	d := &Decl{Pos: p.peek().pos}
	var base Type
	base, d.Static, d.Const = p.base()
	for {
		t := base
		for p.is("*") || p.is("&") || p.is("const") {
			if p.next().text == "*" {
				t.Ptr++
			}
		}
		name := p.next()
		if name.kind != tokName {
			p.at--
			p.fail("a declaration that is not understood")
		}
		v := Var{Pos: name.pos, Name: name.text, Type: t}
		if p.accept("(") { // a prototype: what it declares is known or shows where it is called
			p.closing("(", ")")
			v.Name = ""
		}
		if p.accept("[") {
			if p.accept("]") {
				v.Open = true
			} else {
				v.Array = p.ternary()
				p.expect("]")
			}
		}
		if p.accept("=") {
			if p.accept("{") {
				for !p.is("}") {
					v.List = append(v.List, p.assignment())
					if !p.accept(",") {
						break
					}
				}
				p.expect("}")
			} else {
				v.Init = p.assignment()
			}
		}
		if v.Name != "" {
			d.Vars = append(d.Vars, v)
		}
		if !p.accept(",") {
			break
		}
	}
	p.expect(";")
	return d
}

// closing skips to behind the closing bracket of one that has been read.
func (p *parser) closing(open, shut string) {
	for depth := 1; depth > 0; {
		t := p.next()
		switch {
		case t.kind == tokEnd:
			p.fail("%s is missing at the end", shut)
		case t.kind == tokOp && t.text == open:
			depth++
		case t.kind == tokOp && t.text == shut:
			depth--
		}
	}
}

// external reads one declaration or function at file level.
func (p *parser) external(u *Unit) {
	if p.accept(";") {
		return
	}
	if p.is("typedef") || p.is("struct") && (p.ahead(2).text == "{" || p.ahead(1).text == "{") {
		p.fail("a type")
	}
	start := p.at
	t, _, _ := p.base()
	for p.accept("*") {
		t.Ptr++
	}
	if name := p.peek(); name.kind == tokName && p.ahead(1).text == "(" {
		p.at += 2
		f := &Func{Pos: name.pos, Name: name.text, Result: t, Params: p.params()}
		if p.is("{") {
			f.Body = p.block()
			u.Funcs[f.Name] = f
			return
		}
		p.expect(";")
		return
	}
	p.at = start
	if !p.typeAt(0, true) {
		p.fail("a declaration")
	}
	if d := p.declaration(); len(d.Vars) > 0 {
		u.Vars = append(u.Vars, *d)
	}
}

func (p *parser) params() []Var {
	var out []Var
	for !p.accept(")") {
		if p.accept("...") || p.accept(",") {
			continue
		}
		pos := p.peek().pos
		if n := p.peek(); n.kind == tokName && threadArgs[n.text] {
			p.at++
			continue
		}
		t := p.typeName()
		v := Var{Pos: pos, Type: t}
		if p.peek().kind == tokName {
			v.Name = p.next().text
		}
		if p.accept("[") {
			p.closing("[", "]")
			v.Type.Ptr++
		}
		if !p.is(")") {
			p.expect(",")
		}
		if v.Name != "" {
			out = append(out, v)
		}
	}
	return out
}

// threadArgs are the words that pass NEURON's own arguments on.
var threadArgs = map[string]bool{
	"_threadargs_": true, "_threadargscomma_": true, "_threadargsproto_": true, "_threadargsprotocomma_": true,
	"_internalthreadargs_": true, "_internalthreadargsproto_": true, "_internalthreadargsprotocomma_": true,
	"_p": true, "_ppvar": true, "_thread": true, "_nt": true, "_cntml_padded": true, "_ml": true, "_iml": true,
	"_globals": true, "_threadargsinst_": true,
}

// skipExternal leaves out what could not be read: up to a semicolon or a closed brace.
func (p *parser) skipExternal() {
	depth := 0
	for p.peek().kind != tokEnd {
		switch t := p.next(); {
		case t.kind != tokOp:
		case t.text == "{":
			depth++
		case t.text == "}":
			if depth--; depth <= 0 {
				p.accept(";")
				return
			}
		case t.text == ";" && depth == 0:
			return
		}
	}
}

func (p *parser) block() *Block {
	p.enter()
	defer p.leave()
	b := &Block{Pos: p.peek().pos}
	p.expect("{")
	for !p.is("}") {
		if p.peek().kind == tokEnd {
			p.fail("a brace that is opened here is never closed")
		}
		b.Stmts = p.stmts(b.Stmts)
	}
	p.at++
	return b
}

// stmts reads one statement and appends it.
func (p *parser) stmts(out []Stmt) []Stmt {
	if p.accept(";") {
		return out
	}
	return append(out, p.stmt())
}

// stmt reads one statement; an empty one is an empty block.
func (p *parser) stmt() Stmt {
	p.enter()
	defer p.leave()
	t := p.peek()
	switch t.kind {
	case tokNMODL:
		p.at++
		return &NMODL{t.stmt}
	case tokEnd:
		p.fail("a statement is missing at the end")
	case tokName:
		if s := p.control(t); s != nil {
			return s
		}
		if p.typeAt(0, true) {
			return p.declaration()
		}
	case tokOp:
		if t.text == "{" {
			return p.block()
		}
		if t.text == ";" {
			p.at++
			return &Block{Pos: t.pos}
		}
	}
	x := p.comma()
	// A macro may end without its semicolon before a closing brace or an NMODL statement.
	if !p.accept(";") && !p.is("}") && p.peek().kind != tokEnd && p.peek().kind != tokNMODL {
		p.expect(";")
	}
	return &ExprStmt{x}
}

func (p *parser) control(t token) Stmt {
	switch t.text {
	case "if":
		p.at++
		p.expect("(")
		s := &If{Pos: t.pos, Cond: p.comma()}
		p.expect(")")
		s.Then = p.stmt()
		if p.accept("else") {
			s.Else = p.stmt()
		}
		return s
	case "while":
		p.at++
		p.expect("(")
		s := &Loop{Pos: t.pos, Cond: p.comma()}
		p.expect(")")
		s.Body = p.stmt()
		return s
	case "do":
		p.at++
		s := &Loop{Pos: t.pos, Last: true}
		s.Body = p.stmt()
		p.expect("while")
		p.expect("(")
		s.Cond = p.comma()
		p.expect(")")
		p.expect(";")
		return s
	case "for":
		return p.forLoop(t)
	case "switch":
		p.at++
		p.expect("(")
		s := &Switch{Pos: t.pos, X: p.comma()}
		p.expect(")")
		s.Body = p.block().Stmts
		return s
	case "case", "default":
		p.at++
		s := &Case{Pos: t.pos}
		if t.text == "case" {
			s.X = p.ternary()
		}
		p.expect(":")
		return s
	case "break", "continue":
		p.at++
		p.expect(";")
		return &Jump{t.pos, t.text == "continue"}
	case "return":
		p.at++
		s := &Return{Pos: t.pos}
		if !p.is(";") && !p.is("}") && p.peek().kind != tokEnd {
			s.X = p.comma()
		}
		if !p.accept(";") && !p.is("}") && p.peek().kind != tokEnd {
			p.expect(";")
		}
		return s
	case "goto", "typedef", "delete", "new":
		p.fail("%s", t.text)
	}
	return nil
}

func (p *parser) forLoop(t token) Stmt {
	p.at++
	p.expect("(")
	s := &Loop{Pos: t.pos}
	switch {
	case p.accept(";"):
	case p.typeAt(0, true):
		s.Init = p.declaration()
	default:
		s.Init = &ExprStmt{p.comma()}
		p.expect(";")
	}
	if !p.is(";") {
		s.Cond = p.comma()
	}
	p.expect(";")
	if !p.is(")") {
		s.Post = p.comma()
	}
	p.expect(")")
	s.Body = p.stmt()
	return s
}
