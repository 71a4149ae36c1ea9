package scanner

import "strings"

// Scanner walks over one source text. It is a small value: a copy is a mark to come back to.
type Scanner struct {
	text    string
	off     int
	line    int
	bol     int  // offset of the first byte of the line
	started bool // a token was already seen on this line
}

// New starts at the beginning of a text. The text ends at the first ^Z or ^D, which are the end of file for NEURON.
func New(text string) Scanner {
	if i := strings.IndexAny(text, "\x1a\x04"); i >= 0 {
		text = text[:i]
	}
	// Editors of other systems put a byte order mark in front.
	s := Scanner{text: text, line: 1}
	if strings.HasPrefix(text, "\xef\xbb\xbf") {
		s.off = 3
	}
	return s
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isName(c byte) bool   { return isLetter(c) || isDigit(c) || c == '_' }

// at is the byte n places ahead, 0 beyond the end.
func (s *Scanner) at(n int) byte {
	if s.off+n < len(s.text) {
		return s.text[s.off+n]
	}
	return 0
}

// newline steps over LF, CRLF or CR.
func (s *Scanner) newline() {
	if s.at(0) == '\r' && s.at(1) == '\n' {
		s.off++
	}
	s.off++
	s.line++
	s.bol = s.off
	s.started = false
}

// lineEnd is the offset of the end of the current line, without its line end.
func (s *Scanner) lineEnd() int {
	if i := strings.IndexAny(s.text[s.off:], "\r\n"); i >= 0 {
		return s.off + i
	}
	return len(s.text)
}

// skip steps over blanks, line ends and the comments that begin with ":" or "?".
func (s *Scanner) skip() {
	for s.off < len(s.text) {
		switch s.text[s.off] {
		case ' ', '\t', '\v', '\f':
			s.off++
		case '\n', '\r':
			s.newline()
		case ':', '?':
			s.off = s.lineEnd()
		default:
			return
		}
	}
}

// Next returns the next token, EOF for ever at the end.
func (s *Scanner) Next() Token {
	s.skip()
	t := Token{Line: s.line, Col: s.off - s.bol + 1, Start: s.off, FirstOn: !s.started}
	s.started = true
	c := s.at(0)
	switch {
	case s.off >= len(s.text):
		t.Kind = EOF
	case isLetter(c):
		s.name(&t)
	case isDigit(c) || c == '.' && isDigit(s.at(1)):
		t.Kind = s.number()
		t.Text = s.text[t.Start:s.off]
	case c == '"' && strings.IndexByte(s.text[s.off+1:], '"') >= 0:
		s.str(&t)
	default:
		s.operator(&t)
	}
	t.End = s.off
	return t
}

func (s *Scanner) name(t *Token) {
	for isName(s.at(0)) {
		s.off++
	}
	t.Text = s.text[t.Start:s.off]
	for s.at(0) == '\'' {
		s.off++
		t.Primes++
	}
	switch {
	case t.Primes > 0 && s.at(0) == '0':
		// m'0 is the initial value of the derivative, known as Dm0 (D2m0 for m''0).
		s.off++
		d := "D"
		if t.Primes > 1 {
			d += itoa(t.Primes)
		}
		t.Kind, t.Text, t.Primes = Name, d+t.Text+"0", 0
	case t.Primes > 0:
		t.Kind = Prime
	case keywords[t.Text]:
		t.Kind = Keyword
	case t.Text == "if" || t.Text == "else" || t.Text == "while":
		t.Kind, t.Text = Keyword, strings.ToUpper(t.Text)
	default:
		t.Kind = Name
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func (s *Scanner) digits() {
	for isDigit(s.at(0)) {
		s.off++
	}
}

// number reads digits, and point and exponent if they follow; "1e" without digits is the integer 1 before a name.
func (s *Scanner) number() Kind {
	kind := Int
	s.digits()
	if s.at(0) == '.' {
		kind = Real
		s.off++
		s.digits()
	}
	if s.at(0)|0x20 == 'e' {
		n := 1
		if s.at(1) == '+' || s.at(1) == '-' {
			n = 2
		}
		if isDigit(s.at(n)) {
			kind = Real
			s.off += n
			s.digits()
		}
	}
	return kind
}

// str reads a string; it may span lines, and a quote in it cannot be escaped.
func (s *Scanner) str(t *Token) {
	s.off++
	for s.text[s.off] != '"' {
		if c := s.text[s.off]; c == '\n' || c == '\r' {
			s.newline()
		} else {
			s.off++
		}
	}
	s.off++
	t.Kind, t.Text = String, s.text[t.Start+1:s.off-1]
	s.started = true
}

var longOps = []string{"<->", "<=", ">=", "==", "!=", "&&", "||", "~+"}

func (s *Scanner) operator(t *Token) {
	t.Kind = Op
	for _, op := range longOps {
		if strings.HasPrefix(s.text[s.off:], op) {
			s.off += len(op)
			t.Text = op
			return
		}
	}
	s.off++
	if c := s.text[t.Start]; c >= 0x80 {
		// One message for a whole character, not one for each of its bytes.
		for s.at(0)&0xc0 == 0x80 {
			s.off++
		}
	}
	t.Text = s.text[t.Start:s.off]
	if !strings.Contains("(){}[],=+-*/^@~<>!%", t.Text) {
		t.Kind = Illegal
	}
}

// InParens returns the raw text up to the next ")" of the line and steps over that ")". It reports false, and stays
// where it is, when the line has none. A ":" or "?" in it is text, not a comment.
func (s *Scanner) InParens() (string, bool) {
	rest := s.text[s.off:s.lineEnd()]
	i := strings.IndexByte(rest, ')')
	if i < 0 {
		return rest, false
	}
	s.off += i + 1
	return rest[:i], true
}

// RestOfLine returns the rest of the line and steps over it.
func (s *Scanner) RestOfLine() string {
	end := s.lineEnd()
	text := s.text[s.off:end]
	s.off = end
	return text
}

// LinesUntil returns the text up to the line whose first word is end ("ENDVERBATIM", "ENDCOMMENT") and steps over
// that line; what stands behind the word is dropped. It reports false when the file ends before.
func (s *Scanner) LinesUntil(end string) (string, bool) {
	start := s.off
	for s.off < len(s.text) {
		lineStart := s.off
		line := strings.TrimLeft(s.text[s.off:s.lineEnd()], " \t")
		n := 0
		for n < len(line) && isLetter(line[n]) {
			n++
		}
		found := line[:n] == end
		s.off = s.lineEnd()
		if found {
			return s.text[start:lineStart], true
		}
		if s.off < len(s.text) {
			s.newline()
		}
	}
	return s.text[start:], false
}

// Ontology reads what follows REPRESENTS: an identifier such as NCIT:C17145, with or without brackets, on the same
// line. (A ":" is no comment there.) It reports false when there is none.
func (s *Scanner) Ontology() (string, bool) {
	for s.at(0) == ' ' || s.at(0) == '\t' {
		s.off++
	}
	rest := s.text[s.off:s.lineEnd()]
	i := 0
	bracket := strings.HasPrefix(rest, "[")
	if bracket {
		i++
	}
	start := i
	for i < len(rest) && isName(rest[i]) {
		i++
	}
	if i == start || !isLetter(rest[start]) || i >= len(rest) || rest[i] != ':' {
		return "", false
	}
	for i++; i < len(rest) && isName(rest[i]); i++ {
	}
	id := rest[start:i]
	if bracket {
		if i >= len(rest) || rest[i] != ']' {
			return "", false
		}
		i++
	}
	s.off += i
	return id, true
}

// Pos is the place of the next unread byte.
func (s *Scanner) Pos() (line, col int) { return s.line, s.off - s.bol + 1 }
