// Command benchmarks runs netsim, NEURON, CoreNEURON and Arbor side by side on the same models, checks that they make the
// same spikes, and leaves tables and a plot.
//
//	go run . -peers VENV -circuits DIR -reps 5 -o results.json
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"netsim/benchmarks/results"
	"netsim/benchmarks/worker"
)

type options struct {
	peers, mods, circuits, work, out, only, profiles string
	reps                                             int
	tstop                                            float64 // ms, of ch03
	pin, bmtk, processor                             bool
}

func main() {
	var o options
	var worked worker.Options
	redraw := false
	flag.StringVar(&o.peers, "peers", "", "Python environment with neuron, arbor, bmtk (see README.md); those it lacks are left out")
	flag.StringVar(&o.mods, "mods", "", "folders, with commas between, where mechanisms' .mod files are looked for besides -peers (see README.md)")
	flag.StringVar(&o.circuits, "circuits", "", "folder with the prepared circuit ch03 (see README.md)")
	flag.StringVar(&o.work, "work", "", "folder for compiled mechanisms, models and spikes, to be used again (default: a new temporary one)")
	flag.StringVar(&o.out, "o", "results.json", "results; tables and plot go beside it as .md and .svg")
	flag.StringVar(&o.only, "only", "ring,bigcell,hh,mechanisms,ch03,memory,curve", "what to run")
	flag.StringVar(&o.profiles, "profiles", "", "folder for CPU profiles (pprof) of netsim, one a case, taken in runs of their own")
	flag.IntVar(&o.reps, "reps", 5, "rounds; in each, every simulator runs once")
	flag.Float64Var(&o.tstop, "ch03-tstop", 0, "simulated ms of ch03 (0: the circuit's own)")
	flag.BoolVar(&o.pin, "pin", true, "keep runs on one core to one core")
	flag.BoolVar(&o.processor, "processor-time", false, "take processor time for wall time in runs on one core: for a machine that is not quiet")
	flag.BoolVar(&o.bmtk, "bmtk", true, "run ch03 with two reports in BMTK too, once (slow)")
	flag.BoolVar(&redraw, "redraw", false, "measure nothing; make tables and plot of the file -o")
	flag.StringVar(&worked.Model, "worker", "", "run a model file in netsim on behalf of the harness")
	flag.IntVar(&worked.Threads, "threads", 1, "of the worker")
	flag.StringVar(&worked.Profile, "profile", "", "CPU profile of the worker")
	flag.Parse()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("what is %q? There are options only, see -help", flag.Arg(0))
	case worked.Model != "":
		// A terminal's interrupt is for the harness, which ends its drivers by closing their input.
		signal.Ignore(os.Interrupt)
		err = worker.Serve(worked, os.Stdin, os.Stdout)
	case redraw:
		var r *results.Results
		if r, err = results.Read(o.out); err == nil {
			err = show(r, o.out)
		}
	default:
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchmarks:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.close()
	for _, part := range strings.Split(o.only, ",") {
		measure, ok := map[string]func() error{
			"ring": b.ring, "bigcell": b.bigcell, "hh": b.hh, "mechanisms": b.mechanisms, "ch03": b.ch03, "memory": b.memory, "curve": b.curve,
		}[strings.TrimSpace(part)]
		if !ok {
			return fmt.Errorf("-only: there is no %q; there are ring, bigcell, hh, mechanisms, ch03, memory, curve", part)
		}
		if err := measure(); err != nil {
			return err
		}
		b.results.Machine.LoadEnd = load()
		// What is done stays when a later part fails.
		if err := b.results.Write(o.out); err != nil {
			return err
		}
	}
	return show(&b.results, o.out)
}

// show prints the tables and leaves them and the plot beside the results.
func show(r *results.Results, path string) error {
	base := strings.TrimSuffix(path, filepath.Ext(path))
	r.Markdown(os.Stdout)
	f, err := os.Create(base + ".md")
	if err != nil {
		return err
	}
	r.Markdown(f)
	if err := f.Close(); err != nil {
		return err
	}
	return r.Plot(base + ".svg")
}
