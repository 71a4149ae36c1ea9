package verbatim

import (
	"slices"

	"netsim/nmodl/ast"
)

// Macros are the #defines of a file. The zero value is not usable; see NewMacros.
type Macros struct {
	defs map[string]*macro
}

type macro struct {
	params   []string
	variadic bool
	call     bool // it has a parameter list
	body     []token
}

// NewMacros returns what the C++ compiler knows when it reads the output of NEURON 9's translator.
func NewMacros() *Macros {
	m := &Macros{defs: map[string]*macro{}}
	number := func(name string, x float64) {
		m.defs[name] = &macro{body: []token{{kind: tokNumber, num: x, int: true}}}
	}
	number("__cplusplus", 201703)
	number("NULL", 0)
	number("nullptr", 0)
	number("true", 1)
	number("false", 0)
	number("TRUE", 1)
	number("FALSE", 0)
	number("EXIT_FAILURE", 1)
	number("RAND_MAX", 2147483647)
	number("NRN_MECHANISM_DATA_IS_SOA", 1)
	number("NRN_VERSION_GTEQ_8_2_0", 1)
	number("NRN_VERSION_MAJOR", 9)
	number("NRN_VERSION_MINOR", 0)
	number("NRN_VERSION_PATCH", 2)
	number("NRN_VERSION", version)
	m.defs["M_PI"] = &macro{body: []token{{kind: tokNumber, num: 3.14159265358979323846}}}
	m.defs["M_E"] = &macro{body: []token{{kind: tokNumber, num: 2.7182818284590452354}}}
	for name, op := range map[string]string{"EQ": "==", "NE": "!=", "GT": ">", "LT": "<", "GTEQ": ">=", "LTEQ": "<="} {
		body := lex("(90002 " + op + " (10000*(a) + 100*(b) + (c)))")
		m.defs["NRN_VERSION_"+name] = &macro{call: true, params: []string{"a", "b", "c"}, body: body}
	}
	return m
}

// version is NRN_VERSION of NEURON 9.0.2.
const version = 90002

func lex(text string) []token {
	s := scanner{text: text}
	return s.line()
}

// Constant returns the value of a macro that is a constant expression.
func (m *Macros) Constant(name string) (float64, bool) {
	d := m.defs[name]
	if d == nil || d.call || len(d.body) == 0 {
		return 0, false
	}
	p := &parser{toks: m.expand([]token{{kind: tokName, text: name}}, new(int))}
	x, err := p.guarded(func() Expr { return p.ternary() })
	if err != nil || p.peek().kind != tokEnd {
		return 0, false
	}
	return Constant(x)
}

// maxExpansion bounds how many tokens one body may grow to.
const maxExpansion = 1 << 16

// preprocess turns the pieces of a body into tokens: directives obeyed, macros replaced.
func (m *Macros) preprocess(pieces []Piece) ([]token, *Error) {
	var out []token
	var conds []cond
	size := new(int)
	live := func() bool { return len(conds) == 0 || conds[len(conds)-1].live }
	for _, p := range pieces {
		if p.Stmt != nil {
			if live() {
				out = append(out, token{kind: tokNMODL, pos: p.Stmt.StmtPos(), stmt: p.Stmt})
			}
			continue
		}
		s := scanner{text: p.Text, pos: p.Pos}
		var run []token
		flush := func() {
			out = append(out, m.expand(run, size)...)
			run = nil
		}
		for s.at < len(s.text) {
			if !s.blank() {
				s.line()
				continue
			}
			if s.text[s.at] != '#' {
				line := s.line()
				if live() {
					if s.err != nil {
						return nil, s.err
					}
					run = append(run, line...)
				}
				s.err = nil
				continue
			}
			s.advance(1)
			pos := s.pos
			line := s.line()
			s.err = nil
			flush()
			if err := m.directive(line, &conds, pos); err != nil {
				return nil, err
			}
		}
		flush()
		if *size > maxExpansion {
			return nil, &Error{p.Pos, "macros that grow without end"}
		}
	}
	return out, nil
}

// cond is one level of #if.
type cond struct {
	outer bool // the enclosing text is live
	live  bool
	taken bool // some branch has been live
}

func (m *Macros) directive(line []token, conds *[]cond, pos ast.Pos) *Error {
	if len(line) == 0 {
		return nil
	}
	word, rest := line[0].text, line[1:]
	top := func() *cond {
		if len(*conds) == 0 {
			return nil
		}
		return &(*conds)[len(*conds)-1]
	}
	live := top() == nil || top().live
	push := func(is bool) {
		*conds = append(*conds, cond{outer: live, live: live && is, taken: is})
	}
	switch word {
	case "if":
		push(live && m.truth(rest))
	case "ifdef", "ifndef":
		push(len(rest) > 0 && (m.defs[rest[0].text] != nil) == (word == "ifdef"))
	case "elif", "else":
		c := top()
		if c == nil {
			return &Error{pos, "#" + word + " without #if"}
		}
		is := !c.taken && (word == "else" || c.outer && m.truth(rest))
		c.live = c.outer && is
		c.taken = c.taken || is
	case "endif":
		if top() == nil {
			return &Error{pos, "#endif without #if"}
		}
		*conds = (*conds)[:len(*conds)-1]
	case "define":
		if live && len(rest) > 0 && rest[0].kind == tokName {
			m.define(rest)
		}
	case "undef":
		if live && len(rest) > 0 {
			delete(m.defs, rest[0].text)
		}
	}
	return nil
}

func (m *Macros) define(line []token) {
	d := &macro{body: line[1:]}
	name := line[0]
	// A parenthesis makes a parameter list only right behind the name.
	if len(line) > 1 && line[1].text == "(" && line[1].pos.Line == name.pos.Line && line[1].pos.Col == name.pos.Col+len(name.text) {
		d.call = true
		k := 2
		for ; k < len(line) && line[k].text != ")"; k++ {
			switch {
			case line[k].text == "...":
				d.variadic = true
			case line[k].kind == tokName:
				d.params = append(d.params, line[k].text)
			}
		}
		d.body = line[min(k+1, len(line)):]
	}
	m.defs[name.text] = d
}

// truth evaluates the condition of #if. What cannot be evaluated is false.
func (m *Macros) truth(line []token) bool {
	var in []token
	for k := 0; k < len(line); k++ {
		t := line[k]
		if t.text != "defined" {
			in = append(in, t)
			continue
		}
		name := k + 1
		if name < len(line) && line[name].text == "(" {
			name++
		}
		if name >= len(line) {
			break
		}
		x := 0.0
		if m.defs[line[name].text] != nil {
			x = 1
		}
		in = append(in, token{kind: tokNumber, num: x, int: true, pos: t.pos})
		if name > k+1 {
			name++ // the closing parenthesis
		}
		k = name
	}
	in = m.expand(in, new(int))
	for k := range in {
		if in[k].kind == tokName { // an unknown name is 0
			in[k] = token{kind: tokNumber, int: true, pos: in[k].pos}
		}
	}
	p := &parser{toks: in}
	x, err := p.guarded(func() Expr { return p.ternary() })
	if err != nil {
		return false
	}
	v, ok := Constant(x)
	return ok && v != 0
}

// expand replaces macros; size counts the tokens that came of it.
func (m *Macros) expand(in []token, size *int) []token {
	stack := slices.Clone(in) // what is still to be read, the next one last
	slices.Reverse(stack)
	var out []token
	for len(stack) > 0 {
		t := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		d := m.defs[t.text]
		if t.kind != tokName || d == nil || t.hidden.has(t.text) || *size > maxExpansion {
			out = append(out, t)
			continue
		}
		var args [][]token
		if d.call {
			rest, a, ok := callArgs(stack)
			if !ok {
				out = append(out, t)
				continue
			}
			stack, args = rest, a
		}
		body := d.replace(args, t)
		*size += len(body)
		slices.Reverse(body)
		stack = append(stack, body...)
	}
	return out
}

// maxArgTokens bounds the arguments of one use of a macro.
const maxArgTokens = 1 << 12

// callArgs splits ( a , b ), which stands on the stack, at its commas.
func callArgs(stack []token) (rest []token, args [][]token, ok bool) {
	depth := 0
	var arg []token
	for k := len(stack) - 1; k >= 0 && len(stack)-k < maxArgTokens; k-- {
		t := stack[k]
		switch {
		case t.text == "(" && t.kind == tokOp:
			if depth++; depth > 1 {
				arg = append(arg, t)
			}
		case depth == 0:
			return nil, nil, false
		case t.text == ")" && t.kind == tokOp:
			if depth--; depth == 0 {
				return stack[:k], append(args, arg), true
			}
			arg = append(arg, t)
		case t.text == "," && depth == 1 && t.kind == tokOp:
			args = append(args, arg)
			arg = nil
		default:
			arg = append(arg, t)
		}
	}
	return nil, nil, false
}

func (d *macro) replace(args [][]token, at token) []token {
	hidden := &hideSet{at.text, at.hidden}
	var out []token
	for _, t := range d.body {
		arg := -1
		for k, p := range d.params {
			if t.kind == tokName && t.text == p {
				arg = k
			}
		}
		switch {
		case arg >= 0 && arg < len(args):
			for _, a := range args[arg] {
				a.pos = at.pos
				out = append(out, a)
			}
			if len(out) > maxExpansion {
				return out
			}
		case d.variadic && t.text == "__VA_ARGS__":
			for k := len(d.params); k < len(args); k++ {
				if k > len(d.params) {
					out = append(out, token{kind: tokOp, text: ",", pos: at.pos})
				}
				out = append(out, args[k]...)
			}
		default:
			t.pos, t.hidden = at.pos, hidden
			out = append(out, t)
		}
	}
	return out
}
