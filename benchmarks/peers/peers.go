// Package peers drives the simulators that netsim is measured against: NEURON, CoreNEURON and Arbor from a Python
// environment, and netsim's engine itself by the same protocol.
package peers

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"netsim/benchmarks/worker"
)

//go:embed drivers
var drivers embed.FS

// The simulators' names in tables.
const (
	Netsim     = "netsim"
	NetsimFast = "netsim, fast" // with the numerics fast
	NEURON     = "NEURON"
	Core       = "CoreNEURON"
	CoreFast   = "CoreNEURON, fast flags"
	Arbor      = "Arbor"
	BMTK       = "BMTK"
)

// FastFlags are CoreNEURON's compiler flags at its best.
const FastFlags = "-O3 -march=native -ffast-math"

// hhExact is hh without its TABLE, whose branch keeps CoreNEURON's loop from being vectorised.
const hhExact = "hhexact"

// Peers is what the Python environment offers, and the folder with what was made of it.
type Peers struct {
	work, venv string
	has        map[string]bool
	fast       string // folder with CoreNEURON's mechanisms by FastFlags; empty for none
}

// Open looks which simulators the environment venv (empty for none) has, and prepares them in the folder work. say gets
// a word on each that is left out.
func Open(venv, work string, say func(format string, args ...any)) (*Peers, error) {
	p := &Peers{work: work, venv: venv, has: map[string]bool{}}
	for _, dir := range []string{"log", "spikes", "models"} {
		if err := os.MkdirAll(filepath.Join(work, dir), 0o777); err != nil {
			return nil, err
		}
	}
	sub, err := fs.Sub(drivers, "drivers")
	if err != nil {
		return nil, err
	}
	if err := os.RemoveAll(filepath.Join(work, "drivers")); err != nil {
		return nil, err
	}
	if err := os.CopyFS(filepath.Join(work, "drivers"), sub); err != nil {
		return nil, err
	}
	if venv == "" {
		say("no -peers: netsim runs alone")
		return p, nil
	}
	if p.venv, err = filepath.Abs(venv); err != nil {
		return nil, err
	}
	for _, m := range []struct{ module, name string }{{"neuron", NEURON}, {"arbor", Arbor}, {"bmtk.simulator.bionet", BMTK}} {
		if out, err := p.python("-c", "import "+m.module).CombinedOutput(); err != nil {
			say("%s is left out: %s cannot import %s: %s", m.name, venv, m.module, lastLine(out))
			continue
		}
		p.has[m.name] = true
	}
	if p.has[NEURON] {
		p.has[Core] = true
		if err := p.compileFast(); err != nil {
			say("%s is left out: %v", CoreFast, err)
		} else {
			p.has[CoreFast] = true
		}
	}
	return p, nil
}

func lastLine(text []byte) string {
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// errorLine is the first line of a compiler's output that tells of an error, else the last one.
func errorLine(text []byte) string {
	for line := range strings.Lines(string(text)) {
		if strings.Contains(strings.ToLower(line), "error") {
			return strings.TrimSpace(line)
		}
	}
	return lastLine(text)
}

// Has tells whether a simulator is there.
func (p *Peers) Has(name string) bool { return name == Netsim || name == NetsimFast || p.has[name] }

// python is a command in the environment.
func (p *Peers) python(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.venv, "bin", "python"), args...)
	cmd.Env = p.environment()
	cmd.Dir = p.work
	return cmd
}

func (p *Peers) environment() []string {
	return append(os.Environ(), "PATH="+filepath.Join(p.venv, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"PYTHONDONTWRITEBYTECODE=1", "OMP_WAIT_POLICY=passive")
}

// Nrnivmodl compiles the .mod files of a folder into the new folder dir.
func (p *Peers) Nrnivmodl(dir, mods string, args ...string) error {
	if _, err := os.Stat(filepath.Join(dir, "x86_64", "special")); err == nil {
		return nil // of an earlier run
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(p.venv, "bin", "nrnivmodl"), append(args, mods)...)
	cmd.Env, cmd.Dir = p.environment(), dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nrnivmodl %s %s: %w: %s", strings.Join(args, " "), mods, err, errorLine(out))
	}
	return nil
}

// compileFast makes CoreNEURON's mechanisms with FastFlags, among them NEURON's own hh without the TABLE.
func (p *Peers) compileFast() error {
	file, err := p.HHExact()
	if err != nil {
		return err
	}
	p.fast = filepath.Join(p.work, "core-fast")
	return p.Nrnivmodl(p.fast, filepath.Dir(file), "-coreneuron", "-incflags", FastFlags)
}

// HHExact makes a .mod file of NEURON's own hh without the TABLE, under the name hhexact.
func (p *Peers) HHExact() (string, error) {
	out, err := p.python("-c", "import neuron, os; print(os.path.join(os.path.dirname(neuron.__file__), '.data'))").Output()
	if err != nil {
		return "", err
	}
	found, _ := filepath.Glob(filepath.Join(lastLine(out), "share", "*", "hh.mod"))
	if len(found) == 0 {
		return "", errors.New("the environment's NEURON has no hh.mod")
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		return "", err
	}
	mods := filepath.Join(p.work, "mods-fast")
	if err := os.MkdirAll(mods, 0o777); err != nil {
		return "", err
	}
	file := filepath.Join(mods, hhExact+".mod")
	return file, os.WriteFile(file, []byte(withoutTable(string(text))), 0o666)
}

// withoutTable takes TABLE … WITH n out of a .mod file and renames its mechanism.
func withoutTable(text string) string {
	words := strings.SplitAfter(text, "\n")
	var out strings.Builder
	inside := false
	for _, line := range words {
		word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "TABLE":
			inside = true
		case word == "SUFFIX":
			line = strings.Replace(line, "hh", hhExact, 1)
		}
		if !inside {
			out.WriteString(line)
		}
		if inside && strings.Contains(line, "WITH") {
			inside = false
		}
	}
	return out.String()
}

// Model returns the command that drives a model file in a simulator.
func (p *Peers) Model(simulator, model string, threads int) *exec.Cmd {
	driver := func(file string, args ...string) *exec.Cmd {
		all := append([]string{filepath.Join(p.work, "drivers", file), model, "--log", filepath.Join(p.work, "log", strings.Fields(simulator)[0])}, args...)
		return p.python(append(all, "--threads", fmt.Sprint(threads))...)
	}
	switch simulator {
	case NEURON:
		return driver("drive_neuron.py")
	case Core:
		return driver("drive_neuron.py", "--core")
	case CoreFast:
		cmd := driver("drive_neuron.py", "--core", "--hh", hhExact)
		cmd.Dir = p.fast
		return cmd
	case Arbor:
		return driver("drive_arbor.py", "--group", fmt.Sprint(max(1, 8/threads)))
	case Netsim, NetsimFast:
		self, err := os.Executable()
		if err != nil {
			self = os.Args[0]
		}
		cmd := exec.Command(self, "-worker", model, "-threads", fmt.Sprint(threads))
		if simulator == NetsimFast {
			cmd.Env = append(os.Environ(), worker.Fast)
		}
		return cmd
	}
	panic("peers: no simulator " + simulator)
}

// Split makes NEURON cut cells into pieces for its threads.
func Split(cmd *exec.Cmd) *exec.Cmd {
	cmd.Args = append(cmd.Args, "--split")
	return cmd
}

// Circuit returns the command that drives a SONATA circuit through BMTK; mechanisms is the folder of nrnivmodl's work.
func (p *Peers) Circuit(config, mechanisms, how string, threads int, tstop float64) *exec.Cmd {
	cmd := p.python(filepath.Join(p.work, "drivers", "drive_bmtk.py"), config, "--log", filepath.Join(p.work, "log", "circuit-"+filepath.Base(mechanisms)+how),
		"--how", how, "--threads", fmt.Sprint(threads), "--tstop", fmt.Sprint(tstop))
	cmd.Dir = mechanisms
	return cmd
}

// Work is the folder for what is made on the way.
func (p *Peers) Work() string { return p.work }
