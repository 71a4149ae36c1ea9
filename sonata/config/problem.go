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

// HasErrors reports whether any of the problems stops a run.
func HasErrors(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Error {
			return true
		}
	}
	return false
}
