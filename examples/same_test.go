package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// The files are the same, byte for byte, from any number of ranks and threads.
func TestColumnSameFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netsim and runs it six times")
	}
	mpirun, err := exec.LookPath("mpirun")
	if err != nil {
		t.Skip("there is no mpirun")
	}
	netsim := filepath.Join(t.TempDir(), "netsim")
	if out, err := exec.Command("go", "build", "-o", netsim, "../cmd/netsim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	files := []string{"spikes.h5", "v_soma.h5"}
	first := map[string][]byte{}
	for _, ranks := range []int{1, 2, 4} {
		for _, threads := range []int{1, 2} {
			out := t.TempDir()
			cmd := exec.Command(mpirun, "--oversubscribe", "--bind-to", "none", "-np", strconv.Itoa(ranks), netsim, "column/config.json",
				"--quiet", "--tstop", "100", "--threads", strconv.Itoa(threads), "--output-dir", out)
			cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%d ranks, %d threads: %v\n%s", ranks, threads, err, text)
			}
			for _, name := range files {
				got, err := os.ReadFile(filepath.Join(out, name))
				if err != nil {
					t.Fatal(err)
				}
				if first[name] == nil {
					first[name] = got
				} else if !bytes.Equal(got, first[name]) {
					t.Errorf("%s from %d ranks with %d threads differs from that of one", name, ranks, threads)
				}
			}
		}
	}
}
