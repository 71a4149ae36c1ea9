package results

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// order of the columns.
var order = []string{"NEURON", "CoreNEURON", "CoreNEURON, fast flags", "Arbor", "BMTK", "netsim", "netsim, fast"}

// columns are the simulators that ran some of the cases.
func columns(cases []Case) []string {
	var out []string
	for _, s := range order {
		for k := range cases {
			if cases[k].Of(s) != nil {
				out = append(out, s)
				break
			}
		}
	}
	return out
}

// Markdown writes the tables.
func (r *Results) Markdown(w io.Writer) {
	m := &r.Machine
	fmt.Fprintf(w, "%s, %d cores, %s, %s; %s; %d rounds; load average %s at the start, %s at the end.\n\n",
		m.CPU, m.Cores, m.SIMD, m.Go, m.Started.Format("2006-01-02 15:04"), m.Reps, m.LoadStart, m.LoadEnd)
	if m.Processor {
		fmt.Fprint(w, "Times on one core are processor times, since the machine was not quiet.\n\n")
	}
	columns := columns(r.Cases)
	if len(r.Cases) > 0 {
		fmt.Fprint(w, "ns per compartment and step, minimum (median):\n\n")
		table(w, "case | cores", r.Cases, func(k int) string { return fmt.Sprintf("%s | %d", r.Cases[k].Name, r.Cases[k].Cores) })
	}
	r.mechanisms(w)
	r.disturbances(w)
	r.spikes(w)
	r.parts(w)
	for _, t := range r.small() {
		fmt.Fprintf(w, "\n| %s | %s |\n|---|%s\n", t.title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		for _, row := range t.rows {
			fmt.Fprintf(w, "| %s |", row.name)
			for _, name := range columns {
				if v, ok := row.values[name]; ok {
					fmt.Fprintf(w, " %s |", digits(v))
				} else {
					fmt.Fprint(w, " – |")
				}
			}
			fmt.Fprintln(w)
		}
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(w)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "- %s\n", n)
	}
}

// table writes a row for each case: its title, the simulators, and netsim's advantage. The titles are as many columns as
// the head has.
func table(w io.Writer, head string, cases []Case, title func(k int) string) {
	columns := columns(cases)
	fmt.Fprintf(w, "| %s | %s | fastest peer / netsim: minima, median |\n|%s\n",
		head, strings.Join(columns, " | "), strings.Repeat("---|", strings.Count(head, "|")+len(columns)+2))
	for k := range cases {
		c := &cases[k]
		fmt.Fprintf(w, "| %s |", title(k))
		for _, name := range columns {
			if s := c.Of(name); s != nil {
				fmt.Fprintf(w, " %s |", value(s))
			} else {
				fmt.Fprint(w, " – |")
			}
		}
		fmt.Fprintf(w, " %s |\n", c.verdict())
	}
}

// mechanisms writes the cost of single mechanisms.
func (r *Results) mechanisms(w io.Writer) {
	if len(r.Mechanisms) == 0 {
		return
	}
	var cases []Case
	for _, m := range r.Mechanisms {
		cases = append(cases, m.Alone)
	}
	if len(r.Cases) > 0 {
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "Single mechanisms, one core, ns per instance and step (the run with them less that without), minimum (median):\n\n")
	table(w, "mechanism | what it is", cases, func(k int) string {
		return fmt.Sprintf("%s | %s", cases[k].Name, r.Mechanisms[k].What)
	})
	fmt.Fprint(w, "\nSpikes, and v of all compartments at the end, against NEURON's:\n\n")
	for _, m := range r.Mechanisms {
		m.With.agreement(w, m.Alone.Name)
	}
}

// enough is the share of a core with which a run counts as undisturbed.
const enough = 0.95

// disturbances tells how many of the runs on one core had to share it with somebody.
func (r *Results) disturbances(w io.Writer) {
	runs, disturbed, worst := 0, 0, 1.
	for _, c := range r.measured() {
		if c.Cores > 1 {
			continue
		}
		for _, s := range c.Series {
			for _, share := range s.Shares {
				runs++
				worst = min(worst, share)
				if share < enough {
					disturbed++
				}
			}
		}
	}
	if disturbed > 0 {
		fmt.Fprintf(w, "\n%d of %d runs on one core had less than %.0f %% of it, at worst %.0f %%: the machine was not quiet.\n", disturbed, runs, 100*enough, 100*worst)
	} else if runs > 0 {
		fmt.Fprintf(w, "\nAll %d runs on one core had at least %.0f %% of it.\n", runs, 100*enough)
	}
}

func value(s *Series) string {
	return fmt.Sprintf("%s (%s)", digits(slices.Min(s.Ns)), digits(Median(s.Ns)))
}

// Cores is the number in words.
func Cores(n int) string {
	if n == 1 {
		return "1 core"
	}
	return fmt.Sprintf("%d cores", n)
}

// digits shows a number to about three digits.
func digits(v float64) string {
	switch {
	case v >= 100 || v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10 || v <= -10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// verdict compares netsim with the fastest peer.
func (c *Case) verdict() string {
	own := c.Of("netsim")
	if own == nil {
		return "–"
	}
	best := c.fastestPeer()
	if best == nil {
		return "–"
	}
	minima, median := Ratio(best, own)
	return fmt.Sprintf("%s: **%s**, %s", best.Simulator, factor(minima), factor(median))
}

// factor shows a ratio.
func factor(x float64) string {
	if math.Abs(x) < 0.1 {
		return fmt.Sprintf("%.2g", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func (c *Case) fastestPeer() *Series {
	var peers []*Series
	for k := range c.Series {
		if s := c.Of(c.Series[k].Simulator); s != nil && !strings.HasPrefix(s.Simulator, "netsim") && s.Simulator != "BMTK" {
			peers = append(peers, s)
		}
	}
	if len(peers) == 0 {
		return nil
	}
	return slices.MinFunc(peers, func(a, b *Series) int { return cmp.Compare(slices.Min(a.Ns), slices.Min(b.Ns)) })
}

// spikes tells who agrees with whom.
func (r *Results) spikes(w io.Writer) {
	if len(r.Cases) > 0 {
		fmt.Fprintf(w, "\nSpikes against NEURON's:\n\n")
	}
	for k := range r.Cases {
		c := &r.Cases[k]
		c.agreement(w, fmt.Sprintf("%s, %s", c.Name, Cores(c.Cores)))
	}
}

// agreement is a line on who agrees with NEURON.
func (c *Case) agreement(w io.Writer, name string) {
	var words []string
	for _, s := range c.Series {
		if s.Agree != "" {
			words = append(words, fmt.Sprintf("%s %d, %s", s.Simulator, s.Spikes, s.Agree))
		}
	}
	if words != nil {
		fmt.Fprintf(w, "- %s: %s\n", name, strings.Join(words, "; "))
	}
}

// parts tells where netsim's time goes.
func (r *Results) parts(w io.Writer) {
	names := []string{}
	for k := range r.Cases {
		if s := r.Cases[k].Of("netsim"); s != nil {
			for p := range s.Parts {
				if !slices.Contains(names, p) {
					names = append(names, p)
				}
			}
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	fmt.Fprintf(w, "\nnetsim's fastest run by parts, ns per compartment and step, summed over threads (sampled):\n\n| case | cores | %s |\n|---|---|%s\n",
		strings.Join(names, " | "), strings.Repeat("---|", len(names)))
	for k := range r.Cases {
		c := &r.Cases[k]
		s := c.Of("netsim")
		if s == nil || s.Parts == nil {
			continue
		}
		fmt.Fprintf(w, "| %s | %d |", c.Name, c.Cores)
		for _, p := range names {
			fmt.Fprintf(w, " %s |", digits(s.Parts[p]*1e9/(float64(c.Compartments)*float64(c.Steps))))
		}
		fmt.Fprintln(w)
	}
}

type smallTable struct {
	title string
	rows  []smallRow
}

type smallRow struct {
	name   string
	values map[string]float64
}

func (r *Results) small() []smallTable {
	var out []smallTable
	if len(r.Builds) > 0 {
		t := smallTable{title: "building"}
		for _, b := range r.Builds {
			t.rows = append(t.rows, smallRow{b.What + ", " + b.Unit, b.Seconds})
		}
		out = append(out, t)
	}
	if len(r.Memory) > 0 {
		t := smallTable{title: "growth of resident memory, bytes"}
		for _, m := range r.Memory {
			t.rows = append(t.rows, smallRow{m.What, m.Bytes})
		}
		out = append(out, t)
	}
	return out
}
