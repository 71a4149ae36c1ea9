package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"netsim/benchmarks/bigcell"
	"netsim/benchmarks/ch03"
	"netsim/benchmarks/measure"
	"netsim/benchmarks/model"
	"netsim/benchmarks/peers"
	"netsim/benchmarks/results"
	"netsim/benchmarks/ring"
	"netsim/engine/vec"
)

// everyone in the order of the tables; the first is the reference for spikes.
var everyone = []string{peers.NEURON, peers.Core, peers.CoreFast, peers.Arbor, peers.Netsim}

// bench is one run of the harness.
type bench struct {
	options
	p       *peers.Peers
	results results.Results
	one     []int // the core for runs on one core; nil: any
}

func newBench(o options) (*bench, error) {
	b := &bench{options: o}
	var err error
	if o.work == "" {
		o.work, err = os.MkdirTemp("", "netsim-benchmarks-")
	} else {
		o.work, err = filepath.Abs(o.work)
	}
	if err != nil {
		return nil, err
	}
	b.work = o.work
	if b.p, err = peers.Open(o.peers, o.work, b.say); err != nil {
		return nil, err
	}
	if o.pin {
		b.one = peers.LastCores(1)
	}
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o777); err != nil {
			return nil, err
		}
	}
	b.results.Machine = results.Machine{CPU: processor(), Cores: runtime.NumCPU(), SIMD: vec.Current().String(), Go: runtime.Version(),
		Started: time.Now(), LoadStart: load(), Reps: o.reps, Processor: o.processor}
	return b, nil
}

// close removes what is of no use later.
func (b *bench) close() {
	if b.options.work == "" {
		os.RemoveAll(b.work)
	}
}

// say tells the user, and those who read the results.
func (b *bench) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintln(os.Stderr, text)
	first, _, _ := strings.Cut(text, "\n")
	b.results.Notes = append(b.results.Notes, first)
}

func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	field := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok {
			field[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	return fmt.Sprintf("%s (family %s, model %s)", field["model name"], field["cpu family"], field["model"])
}

func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

func (b *bench) writeModel(m *model.Model) (string, error) {
	path := filepath.Join(b.work, "models", strings.NewReplacer(" ", "_", ",", "").Replace(m.Name)+".json")
	return path, m.Write(path)
}

func (b *bench) cores(threads int) []int {
	if threads == 1 {
		return b.one
	}
	return nil
}

// rounds runs a case and keeps it.
func (b *bench) rounds(c results.Case, entries []measure.Entry) error {
	fmt.Fprintf(os.Stderr, "%s, %s …\n", c.Name, results.Cores(c.Cores))
	if len(entries) == 0 {
		return nil
	}
	c.Processor = b.processor
	if err := measure.Rounds([]*measure.Race{{Case: &c, Entries: entries}}, b.reps, filepath.Join(b.work, "spikes"), b.say); err != nil {
		return err
	}
	for _, s := range c.Series {
		if len(s.Ns) > 0 {
			fmt.Fprintf(os.Stderr, "  %-24s %7.2f ns (median %.2f), %d spikes %s\n", s.Simulator, slices.Min(s.Ns), results.Median(s.Ns), s.Spikes, s.Agree)
		}
	}
	b.results.Cases = append(b.results.Cases, c)
	return nil
}

// model runs a model on some threads.
func (b *bench) model(m *model.Model, name, short string, threads int, change func(path string, entries []measure.Entry)) error {
	path, err := b.writeModel(m)
	if err != nil {
		return err
	}
	entries := measure.Model(b.p, everyone, path, threads, b.cores(threads))
	if change != nil {
		change(path, entries)
	}
	c := results.Case{Name: name, Short: short, Cores: threads, Steps: m.Steps()}
	if err := b.rounds(c, entries); err != nil {
		return err
	}
	return b.profile(path, short, threads)
}

// profile takes a CPU profile of netsim on a model.
func (b *bench) profile(model, short string, threads int) error {
	if b.profiles == "" {
		return nil
	}
	cmd := b.p.Model(peers.Netsim, model, threads)
	cmd.Args = append(cmd.Args, "-profile", filepath.Join(b.profiles, strings.NewReplacer(" ", "-", "\n", "-", ",", "").Replace(short)+".pprof"))
	d, err := peers.Start(cmd, b.cores(threads))
	if err != nil {
		return err
	}
	for range 3 {
		if _, err := d.Run(os.DevNull); err != nil {
			return err
		}
	}
	return d.Close()
}

// ringTStop is how long rings are run, in ms by cells.
var ringTStop = map[int]float64{8: 200, 64: 50, 512: 12.5, 8192: 2.5}

func (b *bench) ring() error {
	for _, x := range []struct {
		v          ring.Variant
		n, threads int
	}{{ring.A, 64, 1}, {ring.A, 512, 1}, {ring.B, 64, 1}, {ring.B, 512, 1}, {ring.A, 512, 2}, {ring.B, 512, 2}} {
		m := ring.New(x.n, 100, x.v, ringTStop[x.n])
		short := fmt.Sprintf("ring %s\n%d", x.v, x.n)
		if x.threads > 1 {
			short += fmt.Sprintf(", %d cores", x.threads)
		}
		if err := b.model(m, m.Name, short, x.threads, nil); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) bigcell() error {
	m := bigcell.New(10000, 6, "hh", 10)
	if err := b.model(m, m.Name+", hh", "one cell", 1, nil); err != nil {
		return err
	}
	return b.model(m, m.Name+", hh", "one cell\n2 cores", 2, func(path string, entries []measure.Entry) {
		for k, e := range entries {
			if e.Simulator == peers.NEURON {
				entries[k] = measure.Driven(e.Simulator, peers.Split(b.p.Model(e.Simulator, path, 2)), nil)
			}
		}
	})
}

// hh is the difference between a cell with hh everywhere and one whose dendrites have no mechanism.
func (b *bench) hh() error {
	with := bigcell.New(2000, 4, "hh", 25)
	without := bigcell.New(2000, 4, "", 25)
	without.Name += " without channels"
	for _, m := range []*model.Model{with, without} {
		name := "one cell of 1981, hh"
		if m == without {
			name = "one cell of 1981, dendrites without channels"
		}
		if err := b.model(m, name, map[bool]string{true: "hh", false: "no hh"}[m == with], 1, nil); err != nil {
			return err
		}
	}
	n := len(b.results.Cases)
	both := b.results.Cases[n-2:]
	b.results.Cases = append(b.results.Cases, difference("hh alone, per instance (difference of the two)", "hh alone", &both[0], &both[1], both[0].Compartments))
	return nil
}

// curve is the cost of ring B by the number of cells, in netsim alone.
func (b *bench) curve() error {
	for _, n := range []int{8, 64, 512, 8192} {
		m := ring.New(n, 100, ring.B, ringTStop[n])
		path, err := b.writeModel(m)
		if err != nil {
			return err
		}
		c := results.Case{Name: fmt.Sprintf("ring B, %d cells, netsim alone", n), Short: fmt.Sprintf("ring B\n%d", n), Cores: 1, Steps: m.Steps()}
		if err := b.rounds(c, measure.Model(b.p, []string{peers.Netsim}, path, 1, b.one)); err != nil {
			return err
		}
	}
	return nil
}

// memory compares networks of two sizes, each in a process of its own.
func (b *bench) memory() error {
	fmt.Fprintln(os.Stderr, "memory, building …")
	grow := func(what string, small, large *model.Model, units float64) error {
		small.Name, large.Name = "small", "large"
		memory := results.Memory{What: what + ", at the end of the run", Bytes: map[string]float64{}}
		build := results.Build{What: what, Unit: "us", Seconds: map[string]float64{}}
		for _, name := range everyone {
			if !b.p.Has(name) {
				continue
			}
			var bytes, seconds [2]float64
			for k, m := range []*model.Model{small, large} {
				path, err := b.writeModel(m)
				if err != nil {
					return err
				}
				d, err := peers.Start(b.p.Model(name, path, 1), b.one)
				if err != nil {
					return err
				}
				run, err := d.Run(os.DevNull)
				if err != nil {
					return err
				}
				bytes[k] = float64(run.RSS - d.Ready().RSSModel)
				seconds[k] = d.Ready().BuildSeconds
				if err := d.Close(); err != nil {
					return err
				}
			}
			memory.Bytes[name] = (bytes[1] - bytes[0]) / units
			build.Seconds[name] = (seconds[1] - seconds[0]) / units * 1e6
		}
		b.results.Memory = append(b.results.Memory, memory)
		b.results.Builds = append(b.results.Builds, build)
		return nil
	}
	for _, v := range []ring.Variant{ring.A, ring.B} {
		small, large := ring.New(256, 0, v, 1), ring.New(768, 0, v, 1)
		if err := grow(fmt.Sprintf("per compartment, ring %s", v), small, large, float64(large.Compartments()-small.Compartments())); err != nil {
			return err
		}
		// The same growth by cells.
		last := b.results.Builds[len(b.results.Builds)-1]
		perCell := float64(large.Compartments()-small.Compartments()) / 512
		for name := range last.Seconds {
			last.Seconds[name] *= perCell
		}
		b.results.Builds[len(b.results.Builds)-1].What = fmt.Sprintf("per cell of ring %s without weak synapses", v)
	}
	few, many := ring.New(256, 100, ring.A, 1), ring.New(256, 600, ring.A, 1)
	return grow("per synapse with its connection", few, many, 256*500)
}

func (b *bench) ch03() error {
	if b.circuits == "" {
		b.say("ch03 is left out: no -circuits")
		return nil
	}
	circuit, err := ch03.Prepare(filepath.Join(b.circuits, "ch03"), b.work, b.tstop)
	if err != nil {
		b.say("ch03 is left out: %v", err)
		return nil
	}
	if err := circuit.Compile(b.p, b.say); err != nil {
		return err
	}
	program, err := b.buildNetsim()
	if err != nil {
		return err
	}
	build := results.Build{What: "ch03: reading and building", Unit: "s", Seconds: map[string]float64{}}
	memory := results.Memory{What: "ch03: the whole process at the end (netsim: its peak), MB", Bytes: map[string]float64{}}
	for _, threads := range []int{1, 2} {
		c := results.Case{Name: "ch03, spikes only", Short: "ch03", Cores: threads, Steps: int(circuit.TStop/circuit.Dt + 0.5)}
		if threads > 1 {
			c.Short += fmt.Sprintf("\n%d cores", threads)
		}
		var entries []measure.Entry
		for _, name := range []string{peers.NEURON, peers.Core, peers.CoreFast} {
			if cmd := circuit.Peer(b.p, name, threads); cmd != nil {
				entries = append(entries, measure.Driven(name, cmd, b.cores(threads)))
			}
		}
		if threads == 1 {
			entries = append(entries, b.inBMTK(circuit, circuit.Spikes)...)
		}
		entries = append(entries, b.netsim(circuit, program, circuit.Spikes, threads, 0))
		if err := b.rounds(c, entries); err != nil {
			return err
		}
		if threads == 1 {
			for _, s := range b.results.Cases[len(b.results.Cases)-1].Series {
				if len(s.Ns) > 0 {
					build.Seconds[s.Simulator] = s.Build
					memory.Bytes[s.Simulator] = float64(s.RSS) / 1e6
				}
			}
		}
	}
	b.results.Builds = append(b.results.Builds, build)
	b.results.Memory = append(b.results.Memory, memory)
	if _, err := exec.LookPath("mpirun"); err == nil {
		c := results.Case{Name: "ch03, spikes only, 2 ranks", Short: "ch03\n2 ranks", Cores: 2, Steps: int(circuit.TStop/circuit.Dt + 0.5)}
		if err := b.rounds(c, []measure.Entry{b.netsim(circuit, program, circuit.Spikes, 1, 2)}); err != nil {
			return err
		}
	}
	if b.profiles != "" {
		n, err := circuit.Start(program, circuit.Spikes, 1, 0, b.one, filepath.Join(b.profiles, "ch03.pprof"))
		if err != nil {
			return err
		}
		if _, err := n.Run(os.DevNull); err != nil {
			return err
		}
	}
	return b.reports(circuit, program)
}

// netsim is an entry for netsim's program.
func (b *bench) netsim(circuit *ch03.Circuit, program, config string, threads, ranks int) measure.Entry {
	return measure.Entry{Simulator: peers.Netsim, Start: func() (measure.Contestant, error) {
		cores := b.cores(threads)
		if ranks > 1 {
			cores = nil
		}
		return circuit.Start(program, config, threads, ranks, cores, "")
	}}
}

// inBMTK is the entry of a config in BMTK itself, none where that is not wanted or not there.
func (b *bench) inBMTK(circuit *ch03.Circuit, config string) []measure.Entry {
	cmd := circuit.BMTK(b.p, config)
	if cmd == nil || !b.bmtk {
		return nil
	}
	e := measure.Driven(peers.BMTK, cmd, b.one)
	e.Once = true
	return []measure.Entry{e}
}

// reports is the cost of two reports of every step.
func (b *bench) reports(circuit *ch03.Circuit, program string) error {
	c := results.Case{Name: "ch03, two soma reports every step", Short: "ch03\nreports", Cores: 1, Steps: int(circuit.TStop/circuit.Dt + 0.5)}
	if err := b.rounds(c, append(b.inBMTK(circuit, circuit.Reports), b.netsim(circuit, program, circuit.Reports, 1, 0))); err != nil {
		return err
	}
	with := &b.results.Cases[len(b.results.Cases)-1]
	without := b.results.Case("ch03, spikes only")
	b.results.Cases = append(b.results.Cases, difference("two soma reports, their cost (difference of the two)", "reports", with, without, with.Compartments))
	return nil
}

// difference is what one case costs more than another, as a case of n compartments or instances.
func difference(name, short string, with, without *results.Case, n int) results.Case {
	c := results.Case{Name: name, Short: short, Cores: 1, Compartments: n, Steps: with.Steps}
	for _, s := range with.Series {
		other := without.Of(s.Simulator)
		if other == nil || len(s.Ns) == 0 {
			continue
		}
		// From all runs the other's minimum is taken off: differences of single runs would have twice their noise.
		floor := slices.Min(other.Seconds)
		d := results.Series{Simulator: s.Simulator, Version: s.Version}
		for _, seconds := range s.Seconds {
			d.Add(&c, seconds-floor, nil)
		}
		c.Series = append(c.Series, d)
	}
	return c
}

// buildNetsim makes netsim's program from the module beside this one.
func (b *bench) buildNetsim() (string, error) {
	program := filepath.Join(b.work, "netsim")
	cmd := exec.Command("go", "build", "-o", program, "netsim/cmd/netsim")
	cmd.Stderr = os.Stderr
	if dir, err := moduleFolder(); err == nil {
		cmd.Dir = dir
	}
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("could not build netsim: %w", err)
	}
	return program, nil
}

// moduleFolder is netsim's own folder, whose go.mod has what the program needs.
func moduleFolder() (string, error) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "netsim")
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
