package config

import (
	"fmt"
	"strings"
)

// Severity tells whether a Problem stops a run.
type Severity uint8

// The severities.
const (
	Error Severity = iota
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Place is a place in a JSON document or in another file of the circuit.
type Place struct {
	File string // as shown to the user
	Line int    // from 1; 0 for the file as a whole
	Col  int    // from 1, in characters; 0 for the whole line
	Path string // place in the JSON tree, "inputs.LGN_spikes.input_file" or "networks.nodes[1]"
}

// Problem is one thing that is wrong with a config or a circuit.
type Problem struct {
	Severity Severity
	Place
	Msg     string
	Hint    string // what to do about it; "" when Msg says it all
	Excerpt string // the source line and a caret, for syntax errors
}

// String is the problem as a user reads it, one or more lines, without a newline at the end.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
			if p.Col > 0 {
				fmt.Fprintf(&b, ":%d", p.Col)
			}
		}
		b.WriteString(": ")
	}
	b.WriteString(p.Severity.String())
	b.WriteString(": ")
	if p.Path != "" {
		b.WriteString(p.Path)
		b.WriteString(": ")
	}
	b.WriteString(p.Msg)
	if p.Excerpt != "" {
		b.WriteString("\n")
		b.WriteString(p.Excerpt)
	}
	if p.Hint != "" {
		b.WriteString("\n    hint: ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// Error makes a Problem usable as an error.
func (p Problem) Error() string { return p.String() }

// maxProblems is how many errors, and how many warnings, of a config are kept; nobody reads more.
const maxProblems = 1000

// maxText bounds the message of a problem that quotes the document.
const maxText = 4000

// problemList collects the first problems and counts the others.
type problemList struct {
	list  []Problem
	count [2]int // by severity
}

// full tells that a further problem of a severity is only counted, so that its hint is of no use.
func (ps *problemList) full(s Severity) bool { return ps.count[s] >= maxProblems }

func (ps *problemList) add(more ...Problem) {
	for _, p := range more {
		if !ps.full(p.Severity) {
			p.Msg, p.Hint = shorten(p.Msg, maxText), shorten(p.Hint, maxText)
			ps.list = append(ps.list, p)
		}
		ps.count[p.Severity]++
	}
}

// all are the problems, with one more for those that were not kept.
func (ps *problemList) all() []Problem {
	out := ps.list
	for s, n := range ps.count {
		if n > maxProblems {
			out = append(out, Problem{Severity: Severity(s), Place: Place{File: ps.list[0].File}, Msg: fmt.Sprintf("%d more like these are not listed", n-maxProblems)})
		}
	}
	return out
}

// clip shortens a name or value of the document for a message.
func clip(s string) string { return shorten(s, 100) }

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// HasErrors reports whether any of the problems stops a run.
func HasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}
