package simulation

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
	"netsim/reports/merge"
)

// WriteText shows a summary to people.
func WriteText(out io.Writer, s Summary) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("network", "%d cells, %d compartments, %d synapses, %d connections", s.Cells, s.Segments, s.Synapses, s.NetCons)
	row("run", "%g ms in %d steps of %g ms, %d ranks × %d threads, %s", s.TStop, s.Steps, s.Dt, s.Ranks, s.Threads, s.SIMD)
	p := s.Phases
	row("time", "%.2f s: read %.2f, build %.2f, initialise %.2f, solve %.2f, exchange %.2f, write %.2f, merge %.2f",
		p.Total, p.Read, p.Build, p.Initialise, p.Solve, p.Exchange, p.Write, p.Merge)
	var parts []string
	total := 0.0
	for _, name := range partNames {
		total += s.SolveParts[name]
	}
	for _, name := range partNames {
		if total > 0 {
			parts = append(parts, fmt.Sprintf("%s %.0f %%", name, 100*s.SolveParts[name]/total))
		}
	}
	row("solve", "%s", strings.Join(parts, ", "))
	row("speed", "%.3g × real time, %.3g ns per compartment and step, imbalance %.2f", s.RealTime, s.NsPerStep, s.Imbalance)
	row("memory", "%s at most per rank", megabytes(slices.Max(append(s.PeakMemory, 0))))
	row("spikes", "%d", s.Spikes)
	names := make([]string, 0, len(s.ByPopulation))
	for name := range s.ByPopulation {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		row("", "%s %d", name, s.ByPopulation[name])
	}
	for _, f := range s.Files {
		size := ""
		path := f
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.Output, f)
		}
		if st, err := os.Stat(path); err == nil {
			size = "  " + megabytes(st.Size())
		}
		row("wrote", "%s%s", shorten(path), size)
	}
	w.Flush()
}

func megabytes(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1<<30:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// shorten shows a path relative to the working directory where that is shorter.
func shorten(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}

// MergeText shows what a merge made.
func MergeText(s merge.Summary) string {
	var b strings.Builder
	if s.Complete {
		fmt.Fprintf(&b, "the run had ended; ")
	} else {
		fmt.Fprintf(&b, "the run had not ended; its files are complete up to t = %.10g ms: ", s.Time)
	}
	fmt.Fprintf(&b, "%d spikes\n", s.Spikes)
	for _, r := range s.Reports {
		fmt.Fprintf(&b, "  report %s: %d of %d rows of %d elements of %d cells\n", r.Name, r.Rows, r.Of, r.Elements, r.Nodes)
	}
	for _, f := range s.Files {
		fmt.Fprintf(&b, "  wrote %s\n", shorten(f))
	}
	return b.String()
}

// Describe compiles a checked .mod file and says what it is.
func Describe(f *ast.File, s *checker.Symbols, ds []diag.Diagnostic) (string, []diag.Diagnostic) {
	if diag.HasErrors(ds) {
		return "", nil
	}
	path := f.Sources[0].Path
	if s.Name == "nothing" {
		return fmt.Sprintf("%s: a library of functions (SUFFIX nothing)\n", path), nil
	}
	m, more := lower.Compile(f, s, lower.Options{})
	if diag.HasErrors(more) {
		return "", more
	}
	var b strings.Builder
	kind := map[program.Kind]string{program.Density: "density mechanism", program.Point: "point process", program.Artificial: "artificial cell"}[m.Kind]
	fmt.Fprintf(&b, "%s: %s %s", path, kind, m.Name)
	if f.Title != "" {
		fmt.Fprintf(&b, " – %s", strings.TrimSpace(f.Title))
	}
	b.WriteByte('\n')
	list := func(what string, role program.Role) {
		var names []string
		for _, c := range m.Columns {
			if c.Role != role || !c.Range || c.Element > 0 {
				continue
			}
			name := c.Name
			if c.Size > 0 {
				name = fmt.Sprintf("%s[%d]", c.Name, c.Size)
			}
			if role == program.Parameter {
				name = fmt.Sprintf("%s = %g", name, c.Default)
				if c.Units != "" {
					name += " " + c.Units
				}
			}
			names = append(names, name)
		}
		if names != nil {
			fmt.Fprintf(&b, "    %-11s %s\n", what, strings.Join(names, ", "))
		}
	}
	list("parameters", program.Parameter)
	list("states", program.State)
	list("variables", program.Assigned)
	for _, ion := range m.Ions {
		var uses []string
		for _, u := range []struct {
			on   bool
			text string
		}{{ion.ReadE, "reads e" + ion.Name}, {ion.ReadXi, "reads " + ion.Name + "i"}, {ion.ReadXo, "reads " + ion.Name + "o"},
			{ion.ReadI, "reads i" + ion.Name}, {ion.WriteI, "writes i" + ion.Name}, {ion.WriteXi, "writes " + ion.Name + "i"},
			{ion.WriteXo, "writes " + ion.Name + "o"}, {ion.WriteE, "writes e" + ion.Name}} {
			if u.on {
				uses = append(uses, u.text)
			}
		}
		fmt.Fprintf(&b, "    %-11s %s: %s\n", "ion", ion.Name, strings.Join(uses, ", "))
	}
	if m.NetReceive.Scalar != nil {
		fmt.Fprintf(&b, "    %-11s NET_RECEIVE(%s)\n", "events", strings.Join(m.Weights, ", "))
	}
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "    %-11s %s\n", "note", n)
	}
	for _, u := range m.Unsupported {
		fmt.Fprintf(&b, "    %-11s %s:%d:%d: %s\n", "cannot run", u.File, u.Line, u.Col, u.What)
	}
	return b.String(), more
}
