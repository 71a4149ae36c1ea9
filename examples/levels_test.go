package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The files are the same, byte for byte, from every instruction set, with machine code and without.
func TestColumnSameLevels(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netsim and runs it ten times")
	}
	netsim := filepath.Join(t.TempDir(), "netsim")
	if out, err := exec.Command("go", "build", "-o", netsim, "../cmd/netsim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	files := []string{"spikes.h5", "v_soma.h5"}
	for _, numerics := range []string{"neuron", "fast"} {
		first := map[string][]byte{}
		for _, env := range [][]string{{"NETSIM_SIMD=go"}, {"NETSIM_SIMD=avx2"}, {"NETSIM_SIMD=avx2", "NETSIM_NATIVE=0"}, {"NETSIM_SIMD=avx512"},
			{"NETSIM_SIMD=avx512", "NETSIM_NATIVE=0"}} {
			out := t.TempDir()
			cmd := exec.Command(netsim, "column/config.json", "--quiet", "--tstop", "30", "--numerics", numerics, "--output-dir", out)
			cmd.Env = append(os.Environ(), env...)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s, %v: %v\n%s", numerics, env, err, text)
			}
			for _, name := range files {
				got, err := os.ReadFile(filepath.Join(out, name))
				if err != nil {
					t.Fatal(err)
				}
				if first[name] == nil {
					first[name] = got
				} else if !bytes.Equal(got, first[name]) {
					t.Errorf("%s with numerics %s and %v differs from that of plain loops", name, numerics, env)
				}
			}
		}
	}
}
