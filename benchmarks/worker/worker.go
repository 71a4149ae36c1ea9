// Package worker runs a model in netsim's engine and answers the harness as the drivers of the other simulators do.
package worker

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"netsim/benchmarks/model"
	"netsim/engine"
	"netsim/engine/vec"
)

// Ready is the first line of a driver, once the model is built.
type Ready struct {
	Simulator    string  `json:"simulator"`
	Version      string  `json:"version"`
	Compartments int     `json:"compartments"`
	BuildSeconds float64 `json:"build_s"`
	RSSModel     int64   `json:"rss_model"` // bytes; before the build, with the description in memory
	RSSBuilt     int64   `json:"rss_built"`
}

// Run is a driver's line after each run.
type Run struct {
	Seconds float64            `json:"seconds"` // of the solver
	Spikes  int                `json:"spikes"`
	RSS     int64              `json:"rss"`
	Share   float64            `json:"share"`             // cores that the process had on average
	Parts   map[string]float64 `json:"parts_s,omitempty"` // where the seconds went
}

// Options of a worker.
type Options struct {
	Model   string // path
	Threads int
	Profile string // path of a CPU profile of all runs; empty for none
}

// Serve builds the model and runs it for every line "run FILE" on in, leaving the spikes (gid and time a line) in FILE.
func Serve(opt Options, in io.Reader, out io.Writer) error {
	m, err := model.Read(opt.Model)
	if err != nil {
		return err
	}
	reply := json.NewEncoder(out)
	ready := Ready{Simulator: "netsim", Version: version(), Compartments: m.Compartments(), RSSModel: resident()}
	began := time.Now()
	b, err := build(m, opt.Threads)
	if err != nil {
		return err
	}
	ready.BuildSeconds = time.Since(began).Seconds()
	ready.RSSBuilt = resident()
	if err := reply.Encode(ready); err != nil {
		return err
	}
	if opt.Profile != "" {
		f, err := os.Create(opt.Profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		path, ok := strings.CutPrefix(lines.Text(), "run ")
		if !ok {
			return fmt.Errorf("worker: %q is no request", lines.Text())
		}
		if b == nil {
			if b, err = build(m, opt.Threads); err != nil {
				return err
			}
			runtime.GC()
		}
		run, spikes, err := play(b, m.Steps())
		if err != nil {
			return err
		}
		run.RSS = resident()
		runtime.KeepAlive(b)
		if err := write(path, spikes, b.v); err != nil {
			return err
		}
		b = nil // a run begins with a new engine
		if err := reply.Encode(run); err != nil {
			return err
		}
	}
	runtime.KeepAlive(m)
	return lines.Err()
}

func version() string {
	return fmt.Sprintf("engine on %s, %s", vec.Current(), runtime.Version())
}

// maxInterval (ms) is the longest time between two exchanges, as in netsim's own main loop.
const maxInterval = 10

// built is an initialised engine.
type built struct {
	*engine.Engine
	interval int        // steps
	v        []*float64 // the potentials to compare
}

// build compiles the mechanisms, makes the network and initialises it.
func build(m *model.Model, threads int) (*built, error) {
	net, compartments, err := network(m)
	if err != nil {
		return nil, err
	}
	e, err := engine.New(net, engine.Options{Threads: threads, Fast: fast()})
	if err != nil {
		return nil, err
	}
	b := &built{Engine: e}
	if b.interval, err = e.Init(min(e.MinDelay(), maxInterval), m.TStop); err != nil || !m.FinalV {
		return b, err
	}
	for _, c := range compartments {
		v, err := e.Variable(c)
		if err != nil {
			return nil, err
		}
		b.v = append(b.v, v)
	}
	return b, nil
}

// play is the main loop of a run in one process.
func play(e *built, steps int) (Run, []engine.Spike, error) {
	var spikes []engine.Spike
	began, used := time.Now(), processorTime()
	for left := steps; left > 0; left -= e.interval {
		local, err := e.Advance(min(e.interval, left))
		if err != nil {
			return Run{}, nil, err
		}
		for _, s := range local {
			e.Deliver(s.GID, s.T)
		}
		spikes = append(spikes, local...)
	}
	wall := time.Since(began)
	run := Run{Seconds: wall.Seconds(), Share: float64(processorTime()-used) / float64(wall), Spikes: len(spikes), Parts: map[string]float64{}}
	for k, seconds := range e.Parts() {
		run.Parts[parts[k]] = math.Round(seconds*1e6) / 1e6
	}
	return run, spikes, nil
}

// processorTime is what this process has used of all cores.
func processorTime() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// parts names engine.Engine.Parts.
var parts = []string{"events", "currents", "tree", "states"}

func write(path string, spikes []engine.Spike, v []*float64) error {
	var b strings.Builder
	for _, s := range spikes {
		fmt.Fprintf(&b, "%d %.12g\n", s.GID, s.T)
	}
	for _, x := range v {
		fmt.Fprintf(&b, "v %.17g\n", *x)
	}
	return os.WriteFile(path, []byte(b.String()), 0o666)
}

// resident is the resident memory in bytes after what the collector can free was given back.
func resident() int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kib int64
			fmt.Sscan(rest, &kib)
			return kib * 1024
		}
	}
	return 0
}
