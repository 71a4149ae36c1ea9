package allen

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "netsim/internal/cli" // the command under test: with it in the import graph, go test knows when results are stale
)

// circuits is a copy of the reference circuits that may be written to, with BMTK's .mod files in place.
var circuits = sync.OnceValues(func() (string, error) {
	shared := os.Getenv("NETSIM_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	data := filepath.Join(shared, "data", "allen")
	if _, err := os.Stat(data); err != nil {
		return "", fmt.Errorf("the reference circuits are not here (NETSIM_SHARED names their folder): %w", err)
	}
	dir, err := os.MkdirTemp("", "netsim-allen")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, os.DirFS(data)); err != nil {
		return "", err
	}
	// The originals may be read-only.
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	mods := filepath.Join(dir, "bio_components", "mechanisms")
	if have := os.Getenv("NETSIM_ALLEN_MODS"); have != "" {
		err = os.CopyFS(filepath.Join(mods, "modfiles"), os.DirFS(have))
	} else if out, runErr := exec.Command(filepath.Join(shared, "tools", "allen-mechanisms"), mods).CombinedOutput(); runErr != nil {
		err = fmt.Errorf("BMTK's .mod files could not be fetched: %w\n%s", runErr, out)
	}
	if err != nil {
		return "", err
	}
	ch03 := filepath.Join(dir, "ch03", "components")
	if err := os.Mkdir(ch03, 0o755); err != nil {
		return "", err
	}
	for name, from := range map[string]string{"morphologies": "morphologies", "synaptic_models": "synaptic_models", "mechanisms": "mechanisms",
		"point_neuron_templates": "point_neuron_templates", "biophysical_neuron_templates": "biophysical_neuron_templates/ctdb"} {
		if err := os.Symlink(filepath.Join(dir, "bio_components", from), filepath.Join(ch03, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
})

// binary is netsim, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "netsim-bin")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "netsim")
	out, err := exec.Command("go", "build", "-o", path, "netsim/cmd/netsim").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("could not build netsim: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	for _, made := range []func() (string, error){circuits, binary} {
		if path, err := made(); err == nil {
			if filepath.Base(path) == "netsim" {
				path = filepath.Dir(path)
			}
			os.RemoveAll(path)
		}
	}
	os.Exit(code)
}

// reference is one case with NEURON's result.
type reference struct {
	folder, config string
	expected       string // folder under expected/<importer>
	spikes         [2]int // with NEURON's importer, with BMTK's old copy
	reports        []string
}

var references = []reference{
	{"bio_1cell", "config.simulation_syns.json", "syns", [2]int{39, 39}, []string{"membrane_potential.h5"}},
	{"bio_1cell", "config.simulation_iclamp.json", "iclamp", [2]int{20, 20}, []string{"membrane_potential.h5"}},
	{"bio_intfire_ring", "config.simulation.json", "", [2]int{532, 532}, []string{"membrane_potential.h5"}},
	{"bio_14cells", "config.simulation.json", "", [2]int{223, 223}, nil},
	{"ch03", "simulation_config.json", "", [2]int{9137, 9125}, nil},
}

var importers = [2]string{"import3d", "old_import3d"}

func (r reference) name() string {
	return strings.TrimSuffix(r.folder+"_"+r.expected, "_")
}

// prepare returns the path of the case's config, for one of the importers.
func (r reference) prepare(t *testing.T, importer int) (dir, config string) {
	t.Helper()
	root, err := circuits()
	if err != nil {
		t.Skip("skipped: ", err)
	}
	dir = filepath.Join(root, r.folder)
	if importer == 0 {
		return dir, r.config
	}
	text, err := os.ReadFile(filepath.Join(dir, r.config))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	doc["run"].(map[string]any)["use_old_import3d"] = true
	text, err = json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	config = "old_" + r.config
	if err := os.WriteFile(filepath.Join(dir, config), text, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, config
}

func (r reference) expectedFile(dir string, importer int, file string) string {
	return filepath.Join(dir, "expected", importers[importer], r.expected, file)
}

// netsim runs the command and returns its output folder.
func netsim(t *testing.T, dir, config string, ranks, threads int, more ...string) string {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	args := append([]string{config, "--quiet", "--threads", fmt.Sprint(threads), "--output-dir", out}, more...)
	cmd := exec.Command(bin, args...)
	if ranks > 1 {
		mpirun, err := exec.LookPath("mpirun")
		if err != nil {
			t.Skip("skipped: mpirun is not installed")
		}
		cmd = exec.Command(mpirun, append([]string{"--oversubscribe", "-np", fmt.Sprint(ranks), bin}, args...)...)
		cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	}
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) || err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, text)
	}
	return out
}
