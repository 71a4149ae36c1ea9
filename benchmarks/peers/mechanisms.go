package peers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
)

// Mods are .mod files that were compiled for the simulators of the environment.
type Mods struct {
	peers *Peers
	built map[string]string // simulator → folder with nrnivmodl's work
}

// CompileMods compiles .mod files, for NEURON all of them, for CoreNEURON core only, with nrnivmodl's own flags and
// with FastFlags. say gets a word on who is left out.
func (p *Peers) CompileMods(all, core []string, say func(format string, args ...any)) (*Mods, error) {
	m := &Mods{peers: p, built: map[string]string{}}
	for _, x := range []struct {
		simulator, folder string
		files, flags      []string
	}{
		{NEURON, "mechanisms-neuron", all, nil},
		{Core, "mechanisms-core", core, []string{"-coreneuron"}},
		{CoreFast, "mechanisms-core-fast", core, []string{"-coreneuron", "-incflags", FastFlags}},
	} {
		if !p.Has(x.simulator) || len(x.files) == 0 {
			continue
		}
		dir := filepath.Join(p.work, x.folder)
		mods := filepath.Join(dir, "mods")
		if err := copyMods(dir, mods, x.files); err != nil {
			return nil, err
		}
		if err := p.Nrnivmodl(dir, mods, x.flags...); err != nil {
			say("%s has none of the mechanisms: %v", x.simulator, err)
			continue
		}
		m.built[x.simulator] = dir
	}
	return m, nil
}

// copyMods puts files into the folder mods of dir. What else is in dir is of an earlier run, and is removed if that had
// other files.
func copyMods(dir, mods string, files []string) error {
	texts := map[string][]byte{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		texts[filepath.Join(mods, filepath.Base(file))] = text
	}
	old, _ := filepath.Glob(filepath.Join(mods, "*.mod"))
	same := len(old) == len(texts)
	for path, text := range texts {
		before, err := os.ReadFile(path)
		same = same && err == nil && bytes.Equal(before, text)
	}
	if same {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(mods, 0o777); err != nil {
		return err
	}
	for path, text := range texts {
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// Model returns the command that drives a model file on one core with the compiled mechanisms; nil where the simulator
// has none.
func (m *Mods) Model(simulator, model string) *exec.Cmd {
	if simulator != Netsim && simulator != NetsimFast && m.built[simulator] == "" {
		return nil
	}
	cmd := m.peers.Model(simulator, model, 1)
	if dir := m.built[simulator]; dir != "" {
		cmd.Dir = dir
	}
	return cmd
}
