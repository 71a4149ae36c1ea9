package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/cli"
	"netsim/spikeexchange"
)

// command runs a command line in this process.
func command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Main(args, cli.Process{
		Stdout: &out,
		Stderr: &errs,
		MPI:    func() string { return "none" },
		Ranks:  func(f func(spikeexchange.Exchanger) error) error { return f(spikeexchange.NewLocal()) },
	})
	return code, out.String(), errs.String()
}

// example is a copy of the example circuit.
func example(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "column"))); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Join(dir, "output"))
	return dir
}

// replace changes text in a file of the circuit; the text must be there.
func replace(file, old, new string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, filepath.FromSlash(file))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte(old)) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		if err := os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(new), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(file string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(file))); err != nil {
			t.Fatal(err)
		}
	}
}

func truncate(file string, bytes int64) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		if err := os.Truncate(filepath.Join(dir, filepath.FromSlash(file)), bytes); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBadInput holds that each mistake ends in exit code 2 with a message that names file and remedy, that nothing is
// simulated, and that what is in the output folder stays.
func TestBadInput(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, dir string)
		args   []string
		want   []string // all in the message
	}{
		{"missing nodes file", remove("network/cortex_nodes.h5"), nil, []string{"networks.nodes[0].nodes_file", "cortex_nodes.h5", "does not exist"}},
		{"nodes file is text", replaceAll("network/cortex_nodes.h5", "not HDF5"), nil, []string{"cortex_nodes.h5", "HDF5"}},
		{"truncated edges file", truncate("network/cortex_cortex_edges.h5", 3000), nil, []string{"cortex_cortex_edges.h5", "truncated"}},
		{"missing input", remove("inputs/background.h5"), nil, []string{"inputs.background.input_file", "background.h5"}},
		{"dt does not divide tstop", replace("config.json", `"dt": 0.05`, `"dt": 0.7`), nil, []string{"--tstop", "0.7", "11.9"}},
		{"negative dt", replace("config.json", `"dt": 0.05`, `"dt": -1`), nil, []string{"run.dt"}},
		{"dt longer than the shortest delay", replace("config.json", `"dt": 0.05`, `"dt": 4`), nil, []string{"delay"}},
		{"wrong type", replace("config.json", `"celsius": 34.0`, `"celsius": "warm"`), nil, []string{"conditions.celsius", "config.json:"}},
		{"cycle in the manifest", replace("config.json", `"$BASE": "${configdir}"`, `"$BASE": "$OUTPUT"`), nil, []string{"$BASE", "$OUTPUT"}},
		{"unknown node set", replace("config.json", `"node_set": "background"`, `"node_set": "backgroud"`), nil, []string{"backgroud", "background"}},
		{"unknown section kind", replace("config.json", `"sections": "soma"`, `"sections": "somma"`), nil, []string{"somma", `"soma"`}},
		{"unknown variable", replace("config.json", `"variable_name": "v"`, `"variable_name": "m_nosuch"`), nil, []string{"m_nosuch", "v_soma"}},
		{"strict", replace("config.json", `"dt": 0.05`, `"dtt": 1, "dt": 0.05`), []string{"--strict"}, []string{"run.dtt", `"dt"`}},
		{"syntax of a .mod file", replace("components/mechanisms/modfiles/kv3.mod", "BREAKPOINT {", "BREAKPOINT { x = = 1"), nil, []string{"kv3.mod:", "^"}},
		{"mechanism that is not there", remove("components/mechanisms/modfiles/kv3.mod"), nil, []string{"basket.json", "kv3", "modfiles"}},
		{"parameter that is not there", replace("components/biophysical_neuron_models/basket.json", "gbar_kv3", "gbra_kv3"), nil, []string{"basket.json", "gbra_kv3", "gbar"}},
		{"morphology with a broken parent", replace("components/morphologies/basket.swc", " 0.525 2\n", " 0.525 5\n"), nil, []string{"basket.swc:5", "parent"}},
		{"edge type that is not in the table", replace("network/cortex_cortex_edge_types.csv", "\n100 ", "\n7777 "), nil, []string{"cortex_cortex_edge", "100"}},
		{"synapse model that is not there", replace("network/cortex_cortex_edge_types.csv", "DualExp", "DualExpo"), nil, []string{"DualExpo", "DualExp"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := example(t)
			c.change(t, dir)
			out := filepath.Join(dir, "output")
			kept := filepath.Join(out, "spikes.h5")
			if err := os.MkdirAll(out, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(kept, []byte("an earlier run's"), 0o644); err != nil {
				t.Fatal(err)
			}
			code, _, stderr := command(append([]string{filepath.Join(dir, "config.json"), "--tstop", "12"}, c.args...)...)
			if code != cli.BadInput {
				t.Errorf("exit code %d instead of %d", code, cli.BadInput)
			}
			for _, want := range c.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("the message does not hold %q:\n%s", want, stderr)
				}
			}
			if text, err := os.ReadFile(kept); err != nil || string(text) != "an earlier run's" {
				t.Errorf("the output of an earlier run was changed: %.40q, %v", text, err)
			}
			if entries, _ := os.ReadDir(out); len(entries) != 1 {
				t.Errorf("the output folder has %d entries", len(entries))
			}
		})
	}
}

func replaceAll(file, text string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(file)), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAllProblems holds that mistakes are listed together.
func TestAllProblems(t *testing.T) {
	dir := example(t)
	remove("network/cortex_nodes.h5")(t, dir)
	replace("config.json", `"celsius": 34.0, `, "")(t, dir)
	replace("components/mechanisms/modfiles/kv3.mod", "BREAKPOINT {", "BREAKPOINT { x = = 1")(t, dir)
	code, stdout, _ := command("check", filepath.Join(dir, "config.json"))
	if code != cli.BadInput {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"cortex_nodes.h5", "celsius", "kv3.mod"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the list does not hold %q:\n%s", want, stdout)
		}
	}
}

// TestRunTwice holds that a second run replaces its own files and nothing else.
func TestRunTwice(t *testing.T) {
	dir := example(t)
	config := filepath.Join(dir, "config.json")
	if code, _, stderr := command(config, "--tstop", "5"); code != cli.Done {
		t.Fatalf("exit code %d:\n%s", code, stderr)
	}
	notes := filepath.Join(dir, "output", "notes.txt")
	if err := os.WriteFile(notes, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(dir, "output", "v_soma.h5"))
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := command(config, "--tstop", "5", "--threads", "2"); code != cli.Done || !strings.Contains(stdout, "v_soma.h5") {
		t.Fatalf("exit code %d:\n%s%s", code, stdout, stderr)
	}
	second, err := os.ReadFile(filepath.Join(dir, "output", "v_soma.h5"))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the second run's report differs (%v)", err)
	}
	if text, err := os.ReadFile(notes); err != nil || string(text) != "mine" {
		t.Errorf("a file of the user's is gone: %v", err)
	}
}
