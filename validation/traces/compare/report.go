package main

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netsim/modlab"
)

// difference is how far two traces are apart.
type difference struct {
	compared int     // values
	equal    int     // of them bit by bit
	largest  float64 // relative
	where    string  // first sample that differs
	worst    string  // variable of the largest difference
	missing  []string
	moving   bool // some variable other than v changes: the protocol exercises the mechanism
	finite   bool
}

// floor keeps differences relative to the variable's range where it passes through 0.
const floor = 1e-6

// compareTraces compares column by column; names and rows are NEURON's.
func compareTraces(tr *modlab.Trace, names []string, rows [][]float64) difference {
	d := difference{finite: true}
	if len(rows) != len(tr.Rows) {
		d.where = fmt.Sprintf("%d rows, NEURON has %d", len(tr.Rows), len(rows))
		d.largest = math.Inf(1)
		return d
	}
	firstRow := len(rows)
	for c, name := range tr.Names {
		at := slices.Index(names, name)
		if at < 0 || allNaN(rows, at) && !allNaN(tr.Rows, c) {
			d.missing = append(d.missing, name)
			continue
		}
		scale := 0.0
		low, high := math.Inf(1), math.Inf(-1)
		for _, r := range rows {
			if !math.IsInf(r[at], 0) && !math.IsNaN(r[at]) {
				scale = max(scale, math.Abs(r[at]))
			}
			low, high = min(low, r[at]), max(high, r[at])
		}
		if low != high && name != "t" && name != "v" {
			d.moving = true
		}
		for k, r := range rows {
			got, want := tr.Rows[k][c], r[at]
			d.compared++
			if math.IsNaN(want) || math.IsInf(want, 0) {
				d.finite = false
			}
			if math.Float64bits(got) == math.Float64bits(want) || got == want || math.IsNaN(got) && math.IsNaN(want) {
				d.equal++
				continue
			}
			rel := math.Abs(got-want) / max(math.Abs(want), floor*scale)
			if math.IsNaN(rel) {
				rel = math.Inf(1)
			}
			if k < firstRow {
				firstRow = k
				d.where = fmt.Sprintf("%s, step %d: %.17g, NEURON %.17g", name, k, got, want)
			}
			if rel > d.largest {
				d.largest, d.worst = rel, name
			}
		}
	}
	return d
}

func allNaN(rows [][]float64, c int) bool {
	return !slices.ContainsFunc(rows, func(r []float64) bool { return !math.IsNaN(r[c]) })
}

func readCSV(path string) (names []string, rows [][]float64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	for _, line := range all[1:] {
		row := make([]float64, len(line))
		for i, text := range line {
			if row[i], err = strconv.ParseFloat(text, 64); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		rows = append(rows, row)
	}
	return all[0], rows, nil
}

// limit is the largest relative difference that counts as agreement where NEURON's code does not fix the association.
const limit = 1e-12

// verdict puts a file into a group of the report.
func (s *subject) verdict() string {
	n := s.neuron
	switch {
	case !n.Accepted && !s.accepted:
		return "both reject"
	case !n.Accepted:
		return "only nocmodl rejects"
	case !s.accepted:
		return "only netsim rejects"
	case s.library:
		return "library of functions"
	case s.refused != nil:
		return "refused by netsim"
	case !n.Compiled:
		return "NEURON does not compile it"
	case !n.Ran && s.trace == nil:
		return "runs in neither"
	case !n.Ran:
		return "NEURON does not run it"
	case s.trace == nil:
		return "netsim does not run it"
	case s.executors != "":
		return "executors differ"
	case s.diff.compared == 0 || s.diff.largest > limit:
		return "differs"
	case !s.diff.moving:
		return "agrees, idle"
	case s.diff.equal == s.diff.compared:
		return "bit-equal"
	}
	return "≤ 1e-12"
}

// report prints the table and the counts.
func report(w io.Writer, subjects []*subject) {
	count := map[string]int{}
	for _, s := range subjects {
		count[s.verdict()]++
	}
	fmt.Fprintf(w, "# Traces of mechanisms, netsim against NEURON\n\n%d distinct files.\n\n| verdict | files |\n|---|---:|\n", len(subjects))
	for _, v := range byCount(count) {
		fmt.Fprintf(w, "| %s | %d |\n", v, count[v])
	}
	why := map[string]int{}
	for _, s := range subjects {
		seen := map[string]bool{}
		for _, r := range s.refused {
			word, _, _ := strings.Cut(r, " ")
			if word == "a" || word == "an" || word == "the" || strings.ToLower(word) == word {
				word = r
			}
			if !seen[word] && s.verdict() == "refused by netsim" {
				why[word]++
			}
			seen[word] = true
		}
	}
	if len(why) > 0 {
		fmt.Fprint(w, "\n## Refused by netsim\n\n| construct | files |\n|---|---:|\n")
		for _, v := range byCount(why) {
			fmt.Fprintf(w, "| %s | %d |\n", v, why[v])
		}
	}
	fmt.Fprint(w, "\n## Files\n\n| file | constructs | max relative difference | first sample that differs | verdict |\n|---|---|---:|---|---|\n")
	for _, s := range subjects {
		diff, where := "", s.diff.where
		if s.diff.compared > 0 {
			diff = fmt.Sprintf("%.2g", s.diff.largest)
			if s.diff.largest > 0 {
				diff += " " + s.diff.worst
			}
		}
		switch v := s.verdict(); v {
		case "refused by netsim":
			where = strings.Join(s.refused, "; ")
		case "only netsim rejects":
			where = s.problem
		case "only nocmodl rejects":
			where = s.neuron.Message
		case "executors differ":
			where = s.executors
		case "netsim does not run it", "runs in neither":
			where = s.failed
		case "NEURON does not run it", "NEURON does not compile it":
			where = s.neuron.Error
		}
		if len(s.diff.missing) > 0 {
			where += " (not in NEURON: " + strings.Join(s.diff.missing, " ") + ")"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", filepath.ToSlash(s.shown), s.constructs, diff, cell(where), s.verdict())
	}
}

var folders = regexp.MustCompile(`(/[\w.+-]+)+/`)

// cell is a text that fits into a table, without the folders of this machine.
func cell(s string) string {
	s = folders.ReplaceAllString(s, "")
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
	if r := []rune(s); len(r) > 240 {
		return string(r[:237]) + "..."
	}
	return s
}

func byCount(m map[string]int) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	return keys
}
