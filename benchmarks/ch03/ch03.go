// Package ch03 is the benchmark of a real circuit: the 100 cells of chapter 3 of BMTK's tutorial, in netsim as its users
// run it, and in NEURON and CoreNEURON as BMTK builds it for them.
package ch03

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"netsim/benchmarks/peers"
	"netsim/benchmarks/worker"
)

// Circuit is a prepared copy of the circuit: links to its files, and configs of our own beside them.
type Circuit struct {
	Spikes  string // config without reports
	Reports string // config with its own reports
	TStop   float64
	Dt      float64

	folder     string
	mechanisms map[string]string // nrnivmodl's folder by simulator
}

// Prepare links the circuit in folder into work. tstop (ms) replaces the config's unless it is 0.
func Prepare(folder, work string, tstop float64) (*Circuit, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(folder, "simulation_config.json"))
	if err != nil {
		return nil, fmt.Errorf("the circuit of 100 cells is not there: %w", err)
	}
	var config map[string]any
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	run, ok := config["run"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: simulation_config.json has no run", folder)
	}
	c := &Circuit{folder: filepath.Join(work, "ch03"), mechanisms: map[string]string{}}
	if tstop != 0 {
		run["tstop"] = tstop
	}
	// Both ways of reading morphologies give the same work; this one has the longer history of equal spikes.
	run["use_old_import3d"] = true
	c.TStop, _ = run["tstop"].(float64)
	c.Dt, _ = run["dt"].(float64)
	if !(c.TStop > 0 && c.Dt > 0) {
		return nil, fmt.Errorf("%s: run needs tstop and dt", folder)
	}
	if err := os.RemoveAll(c.folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.folder, 0o777); err != nil {
		return nil, err
	}
	for _, name := range []string{"circuit_config.json", "components", "network", "inputs"} {
		if err := os.Symlink(filepath.Join(folder, name), filepath.Join(c.folder, name)); err != nil {
			return nil, err
		}
	}
	c.Reports = filepath.Join(c.folder, "reports.json")
	if err := writeJSON(c.Reports, config); err != nil {
		return nil, err
	}
	delete(config, "reports")
	c.Spikes = filepath.Join(c.folder, "spikes.json")
	return c, writeJSON(c.Spikes, config)
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o666)
}

// Compile makes the mechanisms of the peers that are there.
func (c *Circuit) Compile(p *peers.Peers, say func(format string, args ...any)) error {
	if !p.Has(peers.BMTK) {
		return nil
	}
	mods := filepath.Join(c.folder, "components", "mechanisms", "modfiles")
	made := func(simulator, dir, mods string, args ...string) {
		dir = filepath.Join(p.Work(), dir)
		if err := p.Nrnivmodl(dir, mods, args...); err != nil {
			say("%s is left out of the circuit: %v", simulator, err)
			return
		}
		c.mechanisms[simulator] = dir
	}
	made(peers.NEURON, "circuit-neuron", mods)
	// CoreNEURON's: BMTK's vecevent.mod cannot travel there, and NaV.mod, which the circuit does not use, does not compile.
	coreMods := filepath.Join(p.Work(), "circuit-mods")
	if err := os.RemoveAll(coreMods); err != nil {
		return err
	}
	if err := os.MkdirAll(coreMods, 0o777); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(mods, "*.mod"))
	if err != nil {
		return err
	}
	for _, file := range append(files, filepath.Join(p.Work(), "drivers", "vecstim.mod")) {
		name := filepath.Base(file)
		if name == "vecevent.mod" || name == "NaV.mod" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(coreMods, name), text, 0o666); err != nil {
			return err
		}
	}
	made(peers.Core, "circuit-core", coreMods, "-coreneuron")
	made(peers.CoreFast, "circuit-core-fast", coreMods, "-coreneuron", "-incflags", peers.FastFlags)
	return nil
}

// Peer returns the command that drives the circuit in a simulator, nil where it cannot.
func (c *Circuit) Peer(p *peers.Peers, simulator string, threads int) *exec.Cmd {
	dir, ok := c.mechanisms[simulator]
	if !ok {
		return nil
	}
	how := "psolve"
	if simulator != peers.NEURON {
		how = "core"
	}
	return p.Circuit(c.Spikes, dir, how, threads, c.TStop)
}

// BMTK returns the command that runs a config of the circuit by BMTK itself, nil where it cannot.
func (c *Circuit) BMTK(p *peers.Peers, config string) *exec.Cmd {
	dir, ok := c.mechanisms[peers.NEURON]
	if !ok {
		return nil
	}
	return p.Circuit(config, dir, "bmtk", 1, c.TStop)
}

// Netsim is netsim's program on the circuit: each run is a process of its own, from the config to the files.
type Netsim struct {
	program, config, output string
	threads                 int
	ranks                   int // 0: without mpirun
	cores                   []int
	profile                 string // path; empty for none

	ready worker.Ready
	last  summary
	share float64
}

// summary is what we need of netsim's summary.json.
type summary struct {
	Version      string             `json:"version"`
	SIMD         string             `json:"simd"`
	Compartments int                `json:"compartments"`
	Spikes       int                `json:"spikes"`
	Phases       map[string]float64 `json:"phases_s"`
	Parts        map[string]float64 `json:"solve_parts_s"`
	Memory       []int64            `json:"peak_memory_bytes_by_rank"`
}

// Start runs a config for a moment to learn its size.
func (c *Circuit) Start(program, config string, threads, ranks int, cores []int, profile string) (*Netsim, error) {
	n := &Netsim{program: program, config: config, threads: threads, ranks: ranks, cores: cores, profile: profile,
		output: filepath.Join(c.folder, "output-netsim")}
	if err := n.run("--tstop", fmt.Sprint(10*c.Dt)); err != nil {
		return nil, err
	}
	s := &n.last
	n.ready = worker.Ready{Simulator: peers.Netsim, Version: s.Version + ", " + s.SIMD, Compartments: s.Compartments,
		BuildSeconds: s.Phases["read"] + s.Phases["build"] + s.Phases["initialise"]}
	return n, nil
}

func (n *Netsim) run(args ...string) error {
	args = append([]string{n.config, "--quiet", "--threads", fmt.Sprint(n.threads), "--output-dir", n.output}, args...)
	if n.profile != "" {
		args = append(args, "--profile", n.profile)
	}
	cmd := exec.Command(n.program, args...)
	if n.ranks > 0 {
		cmd = exec.Command("mpirun", append([]string{"--allow-run-as-root", "--oversubscribe", "-np", fmt.Sprint(n.ranks), n.program}, args...)...)
	}
	var text strings.Builder
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := peers.OnCores(n.cores, cmd.Start); err != nil {
		return err
	}
	began := time.Now()
	err := cmd.Wait()
	n.share = float64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()) / float64(time.Since(began))
	if err != nil {
		return fmt.Errorf("netsim %s: %w\n%s", strings.Join(args, " "), err, text.String())
	}
	content, err := os.ReadFile(filepath.Join(n.output, "summary.json"))
	if err != nil {
		return err
	}
	n.last = summary{}
	return json.Unmarshal(content, &n.last)
}

// Ready tells of the circuit's size and how long reading and building took in the first run.
func (n *Netsim) Ready() worker.Ready { return n.ready }

// Run runs the circuit. The time is that of solving, exchanging spikes and taking samples for the reports.
func (n *Netsim) Run(spikes string) (worker.Run, error) {
	if err := n.run(); err != nil {
		return worker.Run{}, err
	}
	p := n.last.Phases
	r := worker.Run{Seconds: p["solve"] + p["exchange"] + p["write"], Spikes: n.last.Spikes, Parts: n.last.Parts, Share: n.share}
	for _, m := range n.last.Memory {
		r.RSS += m
	}
	n.ready.BuildSeconds = min(n.ready.BuildSeconds, p["read"]+p["build"]+p["initialise"])
	return r, n.copySpikes(spikes)
}

// copySpikes writes BMTK's csv in the drivers' form.
func (n *Netsim) copySpikes(path string) error {
	f, err := os.Open(filepath.Join(n.output, "spikes.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = ' '
	var out strings.Builder
	for first := true; ; first = false {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if !first { // timestamps population node_ids
			fmt.Fprintf(&out, "%s %s\n", row[2], row[0])
		}
	}
	return os.WriteFile(path, []byte(out.String()), 0o666)
}

// Close does nothing: no process is left.
func (n *Netsim) Close() error { return nil }
