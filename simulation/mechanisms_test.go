package simulation

import (
	"path/filepath"
	"slices"
	"testing"

	"netsim/nmodl/program"
)

// TestCompiledOnce holds that a mechanism of several cell types is compiled once: all of them refer to the one that compile made.
func TestCompiledOnce(t *testing.T) {
	config := filepath.Join("..", "examples", "column", "config.json")
	m, problems := load(Options{Config: config}, func(uint64) bool { return true })
	if m == nil {
		t.Fatal(problems)
	}
	files, _ := modFiles(m.cfg.Components.MechanismsDirs)
	if len(files) == 0 || len(m.mechs.user) != len(files) {
		t.Fatalf("%d mechanisms of %d files", len(m.mechs.user), len(files))
	}
	problems = m.build()
	if m.net == nil {
		t.Fatal(problems)
	}
	compiled := append(slices.Clone(m.mechs.builtin), m.mechs.user...)
	for k, a := range m.net.Mechanisms {
		if !slices.Contains(compiled, a) {
			t.Errorf("%s is none of those that were compiled", a.Name)
		}
		if slices.Contains(m.net.Mechanisms[:k], a) {
			t.Errorf("%s is listed twice", a.Name)
		}
	}
	types := map[*program.Mechanism]int{}
	for _, template := range m.net.Templates {
		for _, d := range template.Density {
			types[m.net.Mechanisms[d.Mech]]++
		}
	}
	shared := 0
	for _, n := range types {
		if n > 1 {
			shared++
		}
	}
	if shared == 0 {
		t.Errorf("no mechanism of %d cell types is shared", len(m.net.Templates))
	}
}
