package circuit

import (
	"fmt"
	"slices"
	"strings"

	"netsim/sonata/config"
)

// faults collects problems. Data files repeat a fault in every row, so rows with the same fault become one problem with a count.
type faults struct {
	list   []config.Problem
	byText map[string]int // rowFault's text → index in list
	counts map[int]int
}

func (f *faults) fail(at config.Place, hint, format string, args ...any) {
	f.list = append(f.list, config.Problem{Severity: config.Error, Place: at, Hint: hint, Msg: fmt.Sprintf(format, args...)})
}

func (f *faults) warn(at config.Place, hint, format string, args ...any) {
	f.list = append(f.list, config.Problem{Severity: config.Warning, Place: at, Hint: hint, Msg: fmt.Sprintf(format, args...)})
}

// row records a fault of one row; what must not name the row, so that equal faults can be counted together. first names it.
func (f *faults) row(sev config.Severity, at config.Place, what, hint, first string) {
	key := at.File + "\x00" + at.Path + "\x00" + what
	if i, ok := f.byText[key]; ok {
		f.counts[i]++
		return
	}
	if f.byText == nil {
		f.byText, f.counts = map[string]int{}, map[int]int{}
	}
	i := len(f.list)
	f.byText[key], f.counts[i] = i, 1
	f.list = append(f.list, config.Problem{Severity: sev, Place: at, Hint: hint, Msg: what + " (" + first + ")"})
}

// problems returns everything recorded.
func (f *faults) problems() []config.Problem {
	for i, n := range f.counts {
		if p := &f.list[i]; n > 1 {
			p.Msg = fmt.Sprintf("%s and %d more)", strings.TrimSuffix(p.Msg, ")"), n-1)
		}
	}
	f.byText, f.counts = nil, nil
	return f.list
}

// suggest is the hint for an unknown name.
func suggest(name string, candidates []string) string {
	if n := config.Nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(candidates) == 0 || len(candidates) > 30 {
		return ""
	}
	sorted := slices.Clone(candidates)
	slices.Sort(sorted)
	return "known: " + strings.Join(slices.Compact(sorted), ", ")
}
