// Package diag holds what the .mod front end has to say about a file: one Diagnostic per finding, with its place,
// and the text form a modeller reads.
package diag

import (
	"fmt"
	"strings"
)

// Severity tells whether a finding stops the file from being used.
type Severity uint8

// Severities.
const (
	Error Severity = iota
	Warning
)

func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one finding. Line and Col count from 1, Col in bytes; Line 0 means the file as a whole.
type Diagnostic struct {
	Path      string
	Line, Col int
	Severity  Severity
	Msg       string
	Hint      string // what would be right; "" when there is nothing better to say than Msg
}

// Limits of what is said about a file; nobody reads more.
const (
	maxFindings = 200 // of one severity
	maxText     = 500 // bytes of a message or hint, which may quote a name
	maxLine     = 300 // bytes of the source line that are shown
)

// Add appends a finding, unless there are enough of its severity.
func Add(ds []Diagnostic, d Diagnostic) []Diagnostic {
	if Full(ds, d.Severity) {
		return ds
	}
	d.Msg, d.Hint = shorten(d.Msg), shorten(d.Hint)
	return append(ds, d)
}

// Full reports whether Add takes no more findings of a severity: a hint for one is of no use.
func Full(ds []Diagnostic, s Severity) bool {
	if len(ds) < maxFindings {
		return false
	}
	n := 0
	for i := range ds {
		if ds[i].Severity == s {
			n++
		}
	}
	return n >= maxFindings
}

func shorten(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "…"
}

// Error is the one-line form "path:line:col: message".
func (d Diagnostic) Error() string {
	msg := d.Msg
	if d.Severity == Warning {
		msg = "warning: " + msg
	}
	switch {
	case d.Line == 0 && d.Path == "":
		return msg
	case d.Line == 0:
		return d.Path + ": " + msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", d.Path, d.Line, d.Col, msg)
}

// Render is the long form: the one-line form, the source line with a caret under the place, and the hint.
// source is the whole text of the file that Path names; without it only message and hint are shown.
func (d Diagnostic) Render(source string) string {
	var b strings.Builder
	b.WriteString(d.Error())
	b.WriteByte('\n')
	if line, ok := lineOf(source, d.Line); ok {
		col := min(max(d.Col-1, 0), len(line))
		if len(line) > maxLine { // what is around the place
			from := min(max(col-maxLine/2, 0), len(line)-maxLine)
			line, col = line[from:from+maxLine], col-from
		}
		b.WriteString("    ")
		b.WriteString(printable(line))
		b.WriteString("\n    ")
		for _, c := range printable(line[:col]) {
			// A tab stays a tab, so that the caret stands right whatever the terminal's tab width.
			if c == '\t' {
				b.WriteByte('\t')
			} else {
				b.WriteByte(' ')
			}
		}
		b.WriteString("^\n")
	}
	if d.Hint != "" {
		b.WriteString("    ")
		b.WriteString(strings.ReplaceAll(d.Hint, "\n", "\n    "))
		b.WriteByte('\n')
	}
	return b.String()
}

// lineOf returns line n (from 1), counting LF, CRLF and CR as ends of line, as the scanner does.
func lineOf(text string, n int) (string, bool) {
	if n < 1 || text == "" {
		return "", false
	}
	for {
		i := strings.IndexAny(text, "\r\n")
		if n == 1 {
			if i >= 0 {
				text = text[:i]
			}
			return text, true
		}
		if i < 0 {
			return "", false
		}
		if strings.HasPrefix(text[i:], "\r\n") {
			i++
		}
		text = text[i+1:]
		n--
	}
}

// printable replaces bytes that would disturb a terminal, one for one.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\t' || r >= ' ' && r != 0x7f {
			return r
		}
		return '.'
	}, strings.ToValidUTF8(s, "?"))
}

// HasErrors reports whether any of the findings is an Error.
func HasErrors(ds []Diagnostic) bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}
