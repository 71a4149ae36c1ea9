package verbatim

import (
	"fmt"
	"strconv"
	"strings"

	"netsim/nmodl/ast"
)

// Piece is a stretch of a body: C text, or one NMODL statement.
type Piece struct {
	Pos  ast.Pos // of the VERBATIM word
	Text string
	Stmt ast.Stmt
}

// Error is a place that could not be read.
type Error struct {
	Pos ast.Pos
	Msg string
}

func (e *Error) Error() string { return e.Msg }

type kind uint8

const (
	tokEnd kind = iota
	tokName
	tokNumber
	tokString
	tokOp
	tokNMODL
)

type token struct {
	kind kind
	text string
	pos  ast.Pos
	num  float64
	int  bool
	stmt ast.Stmt
	// hidden are the macros that made this token: they do not apply to it again.
	hidden *hideSet
}

type hideSet struct {
	name string
	next *hideSet
}

func (h *hideSet) has(name string) bool {
	for ; h != nil; h = h.next {
		if h.name == name {
			return true
		}
	}
	return false
}

var operators = []string{
	"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=",
	"&=", "|=", "^=", "::",
}

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scanner cuts text into tokens, line by line: a directive ends with its line.
type scanner struct {
	text string
	at   int
	pos  ast.Pos
	err  *Error
}

func (s *scanner) advance(n int) {
	for _, c := range []byte(s.text[s.at : s.at+n]) {
		if c == '\n' {
			s.pos.Line++
			s.pos.Col = 1
		} else {
			s.pos.Col++
		}
	}
	s.at += n
}

func (s *scanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = &Error{s.pos, fmt.Sprintf(format, args...)}
	}
}

// blank skips white space and comments up to the end of the line; it reports whether the line goes on.
func (s *scanner) blank() bool {
	for s.at < len(s.text) {
		rest := s.text[s.at:]
		switch {
		case rest[0] == '\n':
			return false
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\f' || rest[0] == '\v' || rest[0] == 0:
			s.advance(1)
		case strings.HasPrefix(rest, "\\\n"):
			s.advance(2)
		case strings.HasPrefix(rest, "\\\r\n"):
			s.advance(3)
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			s.advance(n)
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				s.advance(len(rest))
			} else {
				s.advance(n + 4)
			}
		default:
			return true
		}
	}
	return false
}

// line returns the tokens of the rest of the line and moves behind its end.
func (s *scanner) line() []token {
	var out []token
	for s.blank() {
		out = append(out, s.token())
		if s.err != nil {
			return out
		}
	}
	if s.at < len(s.text) {
		s.advance(1)
	}
	return out
}

func (s *scanner) token() token {
	rest := s.text[s.at:]
	t := token{pos: s.pos}
	c := rest[0]
	switch {
	case isLetter(c):
		n := 1
		for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n])) {
			n++
		}
		t.kind, t.text = tokName, rest[:n]
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		s.number(&t, rest)
	case c == '"':
		s.quoted(&t, rest, '"')
		t.kind = tokString
	case c == '\'':
		s.quoted(&t, rest, '\'')
		v := 0.0
		if u, err := strconv.Unquote(t.text); err == nil && len(u) > 0 {
			v = float64(u[0])
		}
		t.kind, t.num, t.int = tokNumber, v, true
	default:
		t.kind, t.text = tokOp, rest[:1]
		for _, op := range operators {
			if strings.HasPrefix(rest, op) {
				t.text = op
				break
			}
		}
	}
	s.advance(len(t.text))
	return t
}

func (s *scanner) number(t *token, rest string) {
	n := 0
	hex := strings.HasPrefix(rest, "0x") || strings.HasPrefix(rest, "0X")
	for n < len(rest) {
		c := rest[n]
		sign := (c == '+' || c == '-') && n > 0 && !hex && (rest[n-1] == 'e' || rest[n-1] == 'E')
		if !isDigit(c) && !isLetter(c) && c != '.' && !sign {
			break
		}
		n++
	}
	t.kind, t.text = tokNumber, rest[:n]
	digits := t.text
	if hex {
		digits = strings.TrimRight(digits, "uUlL")
		v, err := strconv.ParseUint(digits, 0, 64)
		if err != nil {
			s.fail("the number %s", t.text)
		}
		t.num, t.int = float64(v), true
		return
	}
	if trimmed := strings.TrimRight(digits, "uUlL"); strings.Trim(trimmed, "0123456789") == "" {
		t.int = true
		if len(trimmed) > 1 && trimmed[0] == '0' {
			if v, err := strconv.ParseUint(trimmed, 8, 64); err == nil {
				t.num = float64(v)
				return
			}
		}
		digits = trimmed
	} else {
		digits = strings.TrimRight(digits, "fFlL")
	}
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil && v == 0 {
		s.fail("the number %s", t.text)
	}
	t.num = v
}

func (s *scanner) quoted(t *token, rest string, quote byte) {
	n := 1
	for n < len(rest) && rest[n] != quote && rest[n] != '\n' {
		if rest[n] == '\\' && n+1 < len(rest) {
			n++
		}
		n++
	}
	if n >= len(rest) || rest[n] != quote {
		s.fail("a quote that does not end on its line")
		n = min(n, len(rest)-1)
	}
	t.text = rest[:n+1]
}
