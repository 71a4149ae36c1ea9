package circuit

import (
	"os"
	"path/filepath"
	"testing"

	"netsim/sonata/config"
)

// example returns the folder of one of Allen's example circuits in the project's shared data, which are not part of the repository.
func example(t testing.TB, name string) string {
	t.Helper()
	shared := os.Getenv("NETSIM_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "shared")
	}
	dir, err := filepath.Abs(filepath.Join(shared, "data", "allen", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("skipped: the example circuit %s is not here; set NETSIM_SHARED to the folder that holds data/allen", name)
	}
	return dir
}

// stage makes a folder with links to the example's files and, where the circuit wants components of its own, to the common ones.
func stage(t testing.TB, name string) string {
	t.Helper()
	from, components := example(t, name), example(t, "bio_components")
	root := t.TempDir()
	dir := filepath.Join(root, name)
	link := func(old, new string) {
		if err := os.MkdirAll(filepath.Dir(new), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(old, new); err != nil {
			t.Fatal(err)
		}
	}
	link(components, filepath.Join(root, "bio_components"))
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		link(filepath.Join(from, e.Name()), filepath.Join(dir, e.Name()))
	}
	if _, err := os.Stat(filepath.Join(dir, "components")); err != nil {
		for to, what := range map[string]string{"morphologies": "morphologies", "synaptic_models": "synaptic_models",
			"point_neuron_templates": "point_neuron_templates", "biophysical_neuron_templates": "biophysical_neuron_templates/ctdb"} {
			link(filepath.Join(components, what), filepath.Join(dir, "components", to))
		}
	}
	return dir
}

// open opens an example circuit that must have no errors.
func open(t testing.TB, file string) (*Circuit, []config.Problem) {
	t.Helper()
	cfg, problems := config.Load(file, config.Options{})
	if config.HasErrors(problems) {
		t.Fatalf("config: %v", problems)
	}
	c, problems := Open(cfg)
	if config.HasErrors(problems) {
		t.Fatalf("circuit: %v", problems)
	}
	return c, problems
}

func everyone(uint64) bool { return true }
