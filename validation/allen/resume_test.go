package allen

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestResume: the reference circuits, stopped at random times and resumed on other numbers of ranks, with other numbers
// of threads and other SIMD, give the bytes of a run that never stopped.
func TestResume(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	mpirun, err := exec.LookPath("mpirun")
	if err != nil {
		t.Skip("skipped: mpirun is not installed")
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, uint64(time.Now().UnixNano())))
	simd := []string{"go", "avx2", "avx512"}
	for _, c := range []struct {
		folder, config, tstop string
	}{{"bio_14cells", "config.simulation.json", "400"}, {"ch03", "simulation_config.json", "150"}, {"bio_intfire_ring", "config.simulation.json", "2000"}} {
		t.Run(c.folder, func(t *testing.T) {
			dir, config := reference{folder: c.folder, config: c.config}.prepare(t, 0)
			whole := netsim(t, dir, config, 1, 2, "--tstop", c.tstop)
			out := t.TempDir()
			args := []string{config, "--tstop", c.tstop, "--output-dir", out, "--checkpoint-every", "10ms"}
			legs, newest := []string{}, ""
			for leg, done := 0, false; !done; leg++ {
				ranks, threads, level := []int{1, 2, 4}[(leg+r.IntN(2))%3], 1+r.IntN(2), simd[r.IntN(3)]
				legs = append(legs, fmt.Sprintf("%d ranks × %d threads with %s", ranks, threads, level))
				line := append([]string{"--oversubscribe", "--bind-to", "none", "-np", fmt.Sprint(ranks), bin}, args...)
				cmd := exec.Command(mpirun, append(line, "--quiet", "--threads", fmt.Sprint(threads))...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
				if has(level) {
					cmd.Env = append(cmd.Env, "NETSIM_SIMD="+level)
				}
				var text bytes.Buffer
				cmd.Stdout, cmd.Stderr = &text, &text
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				stop, stopped := make(chan bool), make(chan string)
				wait := time.Duration(r.IntN(1500)) * time.Millisecond
				if leg >= 3 {
					wait = time.Hour
				}
				go func() { stopped <- stopIt(cmd, out, newest, wait, stop) }()
				err := cmd.Wait()
				close(stop)
				newest = <-stopped
				var exit *exec.ExitError
				switch {
				case err == nil:
					done = true
				case !errors.As(err, &exit) || exit.ExitCode() != 85:
					t.Fatalf("%s: %v\n%s", strings.Join(legs, "; "), err, &text)
				}
				args = []string{"resume", out}
			}
			t.Log(strings.Join(legs, "; "))
			files, _ := filepath.Glob(filepath.Join(whole, "*.h5"))
			if len(files) < 2 {
				t.Fatalf("%v", files)
			}
			for _, path := range files {
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(filepath.Join(out, filepath.Base(path))); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: %s differs from that of a run that never stopped (%v)", strings.Join(legs, "; "), filepath.Base(path), err)
				}
			}
		})
	}
}

// stopIt sends the signal of a job script some time after the run has begun to record. A new part tells that; its name is
// returned.
func stopIt(cmd *exec.Cmd, out, newest string, wait time.Duration, stop chan bool) string {
	for began := false; ; {
		pause := 10 * time.Millisecond
		if began {
			pause = wait
		}
		select {
		case <-stop:
			return newest
		case <-time.After(pause):
		}
		if began {
			_ = cmd.Process.Signal(syscall.SIGUSR1) // mpirun passes it on
			<-stop
			return newest
		}
		names, _ := filepath.Glob(filepath.Join(out, ".netsim-parts", "rank00000*.spikes"))
		for _, name := range names {
			if name = strings.Replace(name, "rank00000.spikes", "rank00000.gen000.spikes", 1); name > newest {
				newest, began = name, true
			}
		}
	}
}

// has tells whether this processor has the instructions of a SIMD level.
func has(level string) bool {
	text, err := os.ReadFile("/proc/cpuinfo")
	flag := map[string]string{"avx2": " avx2", "avx512": " avx512dq"}[level]
	return err == nil && bytes.Contains(text, []byte(flag))
}
