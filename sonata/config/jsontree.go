package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding/json loses what this package needs: the order of keys (inputs are visited in it) and the place of every value (messages name it).

// kind is the type of a JSON value.
type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// String returns the word used in messages.
func (k kind) String() string {
	return [...]string{"null", "true or false", "a number", "a string", "a list", "an object"}[k]
}

// node is one JSON value.
type node struct {
	kind    kind
	boolean bool
	number  float64
	text    string // a string's value, a number's digits
	items   []*node
	members []member
	place   Place
	src     *source
}

type member struct {
	key      string
	keyPlace Place
	value    *node
}

// source is one JSON file.
type source struct {
	file string // as shown
	dir  string // absolute folder
	data []byte
}

// get returns the value of a key, the last one if it occurs twice, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != kindObject {
		return nil
	}
	for i := len(n.members) - 1; i >= 0; i-- {
		if n.members[i].key == key {
			return n.members[i].value
		}
	}
	return nil
}

// plain is the value as encoding/json would give it.
func (n *node) plain() any {
	switch n.kind {
	case kindBool:
		return n.boolean
	case kindNumber:
		return n.number
	case kindString:
		return n.text
	case kindArray:
		list := make([]any, len(n.items))
		for i, it := range n.items {
			list[i] = it.plain()
		}
		return list
	case kindObject:
		m := make(map[string]any, len(n.members))
		for _, mb := range n.members {
			m[mb.key] = mb.value.plain()
		}
		return m
	}
	return nil
}

// write appends the value as JSON with two blanks per level.
func (n *node) write(b *bytes.Buffer, indent string) {
	inner := indent + "  "
	switch n.kind {
	case kindNull:
		b.WriteString("null")
	case kindBool:
		b.WriteString(strconv.FormatBool(n.boolean))
	case kindNumber:
		b.WriteString(n.text)
	case kindString:
		writeString(b, n.text)
	case kindArray:
		if len(n.items) == 0 {
			b.WriteString("[]")
			return
		}
		scalar := true
		for _, it := range n.items {
			scalar = scalar && it.kind < kindArray
		}
		b.WriteByte('[')
		for i, it := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			switch {
			case !scalar:
				b.WriteString("\n" + inner)
			case i > 0:
				b.WriteByte(' ')
			}
			it.write(b, inner)
		}
		if !scalar {
			b.WriteString("\n" + indent)
		}
		b.WriteByte(']')
	case kindObject:
		if len(n.members) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString("\n" + inner)
			writeString(b, m.key)
			b.WriteString(": ")
			m.value.write(b, inner)
		}
		b.WriteString("\n" + indent + "}")
	}
}

func writeString(b *bytes.Buffer, s string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false) // node set names may hold < and >
	if err := enc.Encode(s); err != nil {
		b.WriteString(strconv.Quote(s))
		return
	}
	b.Truncate(b.Len() - 1) // the encoder's newline
}

// Limits of a document. Real configs are 5 deep; the largest node sets list a million ids.
const (
	maxDepth  = 100
	maxBytes  = 64 << 20
	maxValues = 1 << 22
)

type jsonParser struct {
	src      *source
	pos      int
	line     int
	lineAt   int // offset of the line's first byte
	counted  int // offset on the current line up to which col counts
	col      int // characters of the line before counted
	values   int // so far
	problems problemList
}

// syntaxError is thrown inside the parser and caught in parseJSON.
type syntaxError struct{ problem Problem }

// parseJSON parses a file. The node is nil when the text is not JSON; the problems then end with the syntax error.
func parseJSON(src *source) (root *node, problems []Problem) {
	p := &jsonParser{src: src, line: 1}
	if bytes.HasPrefix(src.data, []byte("\xef\xbb\xbf")) {
		p.pos, p.lineAt = 3, 3
	}
	defer func() {
		if r := recover(); r != nil {
			se, ok := r.(syntaxError)
			if !ok {
				panic(r)
			}
			root, problems = nil, append(p.problems.all(), se.problem)
		}
	}()
	p.space()
	if p.pos == len(src.data) {
		p.fail(p.pos, "the file is empty", `a config is a JSON object: { "run": { ... }, ... }`)
	}
	root = p.value("", 0)
	p.space()
	if p.pos < len(src.data) {
		p.fail(p.pos, "there is text after the end of the document", "look for a closing brace too many above")
	}
	return root, p.problems.all()
}

// at is the place of an offset on the current line.
func (p *jsonParser) at(pos int, path string) Place {
	if p.counted < p.lineAt || p.counted > pos { // another line, or back on this one
		p.counted, p.col = p.lineAt, 0
	}
	p.col += utf8.RuneCount(p.src.data[p.counted:pos])
	p.counted = pos
	return Place{File: p.src.file, Line: p.line, Col: p.col + 1, Path: path}
}

func (p *jsonParser) fail(pos int, msg, hint string) {
	data := p.src.data
	end := p.lineAt
	for end < len(data) && data[end] != '\n' && data[end] != '\r' {
		end++
	}
	at := p.at(pos, "")
	if end-p.lineAt > 400 {
		panic(syntaxError{Problem{Severity: Error, Place: at, Msg: msg, Hint: hint}})
	}
	line := string(data[p.lineAt:end])
	// Tabs are kept in the caret's line so that it stands under its place whatever a tab is worth.
	var caret strings.Builder
	for _, r := range string(data[p.lineAt:min(pos, end)]) {
		if r == '\t' {
			caret.WriteByte('\t')
		} else {
			caret.WriteByte(' ')
		}
	}
	excerpt := "    " + line + "\n    " + caret.String() + "^"
	panic(syntaxError{Problem{Severity: Error, Place: at, Msg: msg, Hint: hint, Excerpt: excerpt}})
}

func (p *jsonParser) space() {
	for p.pos < len(p.src.data) {
		switch p.src.data[p.pos] {
		case '\n':
			p.line++
			p.lineAt = p.pos + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		p.pos++
	}
}

func (p *jsonParser) peek() byte {
	if p.pos < len(p.src.data) {
		return p.src.data[p.pos]
	}
	return 0
}

func (p *jsonParser) value(path string, depth int) *node {
	if depth > maxDepth {
		p.fail(p.pos, "the document is nested too deeply", "")
	}
	if p.values++; p.values > maxValues {
		p.fail(p.pos, fmt.Sprintf("the document has more than %d values", maxValues), "")
	}
	n := &node{place: p.at(p.pos, path), src: p.src}
	c := p.peek()
	switch {
	case c == '{':
		p.object(n, path, depth)
	case c == '[':
		p.array(n, path, depth)
	case c == '"':
		n.kind, n.text = kindString, p.str()
	case c == '-' || c >= '0' && c <= '9':
		p.num(n)
	default:
		p.word(n)
	}
	return n
}

func (p *jsonParser) object(n *node, path string, depth int) {
	n.kind = kindObject
	p.pos++
	first := map[string]int{} // line of each key
	for {
		p.space()
		if p.peek() == '}' {
			if len(n.members) > 0 {
				p.fail(p.pos, "a comma stands before this closing brace", "remove the comma after the last entry")
			}
			p.pos++
			return
		}
		if p.peek() != '"' {
			p.failKey()
		}
		m := member{}
		start := p.pos
		startPlace := p.at(start, path)
		m.key = p.str()
		sub := joinPath(path, m.key)
		m.keyPlace = startPlace
		m.keyPlace.Path = sub
		p.space()
		if p.peek() != ':' {
			p.fail(p.pos, fmt.Sprintf("expected a colon after the key %q", clip(m.key)), "")
		}
		p.pos++
		p.space()
		m.value = p.value(sub, depth+1)
		if line, twice := first[m.key]; twice {
			p.problems.add(Problem{Severity: Warning, Place: m.keyPlace,
				Msg: fmt.Sprintf("the key %q occurs a second time (first on line %d); the last one counts", clip(m.key), line)})
		} else {
			first[m.key] = m.keyPlace.Line
		}
		n.members = append(n.members, m)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return
		case '"':
			p.fail(p.pos, "expected a comma before this key", "")
		default:
			p.failEnd("a comma or a closing brace", n)
		}
	}
}

func (p *jsonParser) failKey() {
	hint := ""
	switch c := p.peek(); {
	case c == '\'':
		hint = `JSON wants double quotes`
	case c == '/' || c == '#':
		hint = "JSON has no comments"
	case c == ',':
		hint = "one comma too many"
	case c == 0:
		p.fail(p.pos, "the file ends inside an object", "a closing brace is missing")
	}
	p.fail(p.pos, "expected a key in double quotes", hint)
}

func (p *jsonParser) failEnd(want string, open *node) {
	if p.pos >= len(p.src.data) {
		p.fail(p.pos, fmt.Sprintf("the file ends here, but what was opened on line %d is not closed", open.place.Line), "expected "+want)
	}
	p.fail(p.pos, "expected "+want, "")
}

func (p *jsonParser) array(n *node, path string, depth int) {
	n.kind = kindArray
	p.pos++
	for {
		p.space()
		if p.peek() == ']' {
			if len(n.items) > 0 {
				p.fail(p.pos, "a comma stands before this closing bracket", "remove the comma after the last entry")
			}
			p.pos++
			return
		}
		n.items = append(n.items, p.value(itemPath(path, len(n.items)), depth+1))
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			return
		default:
			p.failEnd("a comma or a closing bracket", n)
		}
	}
}

func (p *jsonParser) num(n *node) {
	data, start := p.src.data, p.pos
	for p.pos < len(data) && strings.IndexByte("+-.eE0123456789", data[p.pos]) >= 0 {
		p.pos++
	}
	text := string(data[start:p.pos])
	if !json.Valid([]byte(text)) {
		p.fail(start, fmt.Sprintf("%q is not a JSON number", clip(text)), "write 0.5, not .5 or 5.; no leading + or 0")
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.fail(start, fmt.Sprintf("%s is too large for a number", clip(text)), "")
	}
	n.kind, n.number, n.text = kindNumber, f, text
}

func (p *jsonParser) word(n *node) {
	data, start := p.src.data, p.pos
	for p.pos < len(data) && (data[p.pos] >= 'a' && data[p.pos] <= 'z' || data[p.pos] >= 'A' && data[p.pos] <= 'Z') {
		p.pos++
	}
	switch w := string(data[start:p.pos]); w {
	case "null":
		return
	case "true", "false":
		n.kind, n.boolean = kindBool, w == "true"
	case "True", "False", "None":
		p.fail(start, w+" is Python, not JSON", "write "+map[string]string{"True": "true", "False": "false", "None": "null"}[w])
	case "NaN", "Infinity":
		p.fail(start, w+" is not a JSON number", "")
	case "":
		switch c := p.peek(); {
		case p.pos >= len(data):
			p.fail(p.pos, "the file ends where a value should stand", "")
		case c == '\'':
			p.fail(p.pos, "expected a value", "JSON wants double quotes")
		case c == '/' || c == '#':
			p.fail(p.pos, "expected a value", "JSON has no comments")
		case c == ',' || c == '}' || c == ']':
			p.fail(p.pos, "a value is missing here", "")
		}
		p.fail(p.pos, "expected a value", "")
	default:
		p.fail(start, fmt.Sprintf("expected a value, not %s", clip(w)), "strings stand in double quotes")
	}
}

func (p *jsonParser) str() string {
	data, start := p.src.data, p.pos
	p.pos++
	var b strings.Builder
	for p.pos < len(data) {
		c := data[p.pos]
		switch {
		case c == '"':
			p.pos++
			return b.String()
		case c == '\\':
			p.escape(&b)
		case c == '\n' || c == '\r':
			p.fail(start, "this string has no closing quote on its line", "")
		case c < 0x20:
			p.fail(p.pos, "a control character stands inside a string", `write \t for a tab`)
		case c < utf8.RuneSelf:
			b.WriteByte(c)
			p.pos++
		default:
			r, size := utf8.DecodeRune(data[p.pos:])
			if r == utf8.RuneError && size == 1 {
				p.fail(p.pos, "this byte is not valid UTF-8", "save the file as UTF-8")
			}
			b.WriteRune(r)
			p.pos += size
		}
	}
	p.fail(start, "this string is never closed", "")
	return ""
}

func (p *jsonParser) escape(b *strings.Builder) {
	data := p.src.data
	if p.pos+1 >= len(data) {
		p.fail(p.pos, "the file ends inside a string", "")
	}
	if i := strings.IndexByte(`"\/bfnrt`, data[p.pos+1]); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		p.pos += 2
		return
	}
	hex := func(at int) (rune, bool) {
		if at+6 > len(data) || data[at] != '\\' || data[at+1] != 'u' {
			return 0, false
		}
		v, err := strconv.ParseUint(string(data[at+2:at+6]), 16, 32)
		return rune(v), err == nil
	}
	r, ok := hex(p.pos)
	if !ok {
		p.fail(p.pos, "this escape is not one of JSON's", `a backslash itself is written \\`)
	}
	p.pos += 6
	if utf16.IsSurrogate(r) {
		if low, ok := hex(p.pos); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			r = utf16.DecodeRune(r, low)
			p.pos += 6
		} else {
			r = utf8.RuneError
		}
	}
	b.WriteRune(r)
}

// maxPath bounds a place's path: what stands below has the path of what it stands in, else keys of a megabyte would be
// kept once more for every value below them.
const maxPath = 400

func joinPath(path, key string) string {
	switch {
	case path == "":
		return clip(key)
	case len(path) > maxPath:
		return path
	}
	return path + "." + clip(key)
}

func itemPath(path string, i int) string {
	if len(path) > maxPath {
		return path
	}
	return fmt.Sprintf("%s[%d]", path, i)
}
