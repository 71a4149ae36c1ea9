package examples

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// netsimBinary builds netsim.
func netsimBinary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netsim")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/netsim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// command is netsim on some ranks, 0 for one without mpirun.
func command(t *testing.T, netsim string, ranks int, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(netsim, args...)
	if ranks > 0 {
		mpirun, err := exec.LookPath("mpirun")
		if err != nil {
			t.Skip("there is no mpirun")
		}
		cmd = exec.Command(mpirun, append([]string{"--oversubscribe", "--bind-to", "none", "-np", strconv.Itoa(ranks), netsim}, args...)...)
	}
	cmd.Env = append(os.Environ(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	return cmd
}

// rankPids are the processes that run a program on an output folder.
func rankPids(netsim, out string) []int {
	var pids []int
	dirs, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range dirs {
		text, err := os.ReadFile(path)
		if args := strings.Split(string(text), "\x00"); err == nil && args[0] == netsim && strings.Contains(string(text), out) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

func wantSame(t *testing.T, what, got, want string) {
	t.Helper()
	for _, name := range []string{"spikes.h5", "v_soma.h5"} {
		a, err := os.ReadFile(filepath.Join(want, name))
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(filepath.Join(got, name)); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %s differs from that of a run that never stopped (%v)", what, name, err)
		}
	}
}

// awaitCheckpoint waits until a checkpoint is there that was not before.
func awaitCheckpoint(t *testing.T, out string, than string) string {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		names, _ := filepath.Glob(filepath.Join(out, ".netsim-checkpoints", "0*"))
		if len(names) > 0 && names[len(names)-1] > than {
			return names[len(names)-1]
		}
	}
	t.Fatal("no checkpoint was written")
	return ""
}

// TestKilledRank: a rank that is killed at any time, twice, costs what was done since the last checkpoint and nothing else:
// the files of the resumed run are those of one that was never disturbed.
func TestKilledRank(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netsim and runs it on several ranks")
	}
	netsim, want, out := netsimBinary(t), t.TempDir(), t.TempDir()
	args := []string{"column/config.json", "--quiet", "--tstop", "120"}
	if text, err := command(t, netsim, 0, append(args, "--output-dir", want)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	newest := ""
	for k, ranks := range []int{3, 2} {
		line := append(args, "--output-dir", out, "--checkpoint-every", "8ms")
		if k > 0 {
			line = []string{"resume", out, "--quiet"}
		}
		cmd := command(t, netsim, ranks, line...)
		var text bytes.Buffer
		cmd.Stdout, cmd.Stderr = &text, &text
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		newest = awaitCheckpoint(t, out, newest)
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
		pids := rankPids(netsim, out)
		if len(pids) == 0 {
			t.Fatalf("the run has ended before it could be disturbed\n%s", &text)
		}
		if err := syscall.Kill(pids[r.IntN(len(pids))], syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		if err := cmd.Wait(); err == nil {
			t.Fatal("mpirun says that all is well")
		}
		if d := time.Since(killed); d > 20*time.Second {
			t.Errorf("the other ranks ended after %v", d)
		}
		// What was recorded can be looked at, and the run still goes on.
		if text, err := command(t, netsim, 0, "merge", out).CombinedOutput(); err != nil {
			t.Fatalf("merge: %v\n%s", err, text)
		}
	}
	if text, err := command(t, netsim, 4, "resume", out, "--quiet", "--threads", "1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	wantSame(t, "after two kills", out, want)
}

// TestSignals: what a run does about each signal, with and without mpirun, and that a requeued job goes on by itself.
func TestSignals(t *testing.T) {
	if testing.Short() {
		t.Skip("builds netsim and runs it")
	}
	netsim, want := netsimBinary(t), t.TempDir()
	args := []string{"column/config.json", "--quiet", "--tstop", "100"}
	if text, err := command(t, netsim, 0, append(args, "--output-dir", want)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, c := range []struct {
		ranks  int
		signal syscall.Signal
		code   int
		resume bool
	}{{0, syscall.SIGUSR1, 85, true}, {2, syscall.SIGUSR1, 85, true}, {0, syscall.SIGTERM, 143, true}, {0, syscall.SIGINT, 130, false}} {
		t.Run(fmt.Sprintf("%v on %d", c.signal, c.ranks), func(t *testing.T) {
			out := t.TempDir()
			cmd := command(t, netsim, c.ranks, append(args, "--output-dir", out)...)
			var text bytes.Buffer
			cmd.Stdout, cmd.Stderr = &text, &text
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for end := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
				if _, err := os.Stat(filepath.Join(out, ".netsim-parts", "rank00000.spikes")); err == nil || time.Now().After(end) {
					break
				}
			}
			time.Sleep(200 * time.Millisecond)
			if err := cmd.Process.Signal(c.signal); err != nil { // mpirun passes SIGUSR1 on
				t.Fatal(err)
			}
			err := cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != c.code {
				t.Fatalf("%v, want exit code %d\n%s", err, c.code, &text)
			}
			if !c.resume {
				if _, err := os.Stat(filepath.Join(out, "spikes.h5")); err != nil {
					t.Errorf("no files were made: %v\n%s", err, &text)
				}
				if left, _ := filepath.Glob(filepath.Join(out, ".netsim-*")); len(left) > 0 {
					t.Errorf("left over: %v", left)
				}
				return
			}
			// The job is requeued: the same command again.
			again := command(t, netsim, c.ranks, append(args, "--output-dir", out)...)
			again.Env = append(again.Env, "SLURM_JOB_ID=1", "SLURM_RESTART_COUNT=1", fmt.Sprintf("SLURM_JOB_END_TIME=%d", time.Now().Add(time.Hour).Unix()))
			if text, err := again.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			wantSame(t, "requeued", out, want)
			if log, err := os.ReadFile(filepath.Join(out, "log.txt")); err != nil || strings.Count(string(log), "going on at t =") != 1 || strings.Count(string(log), "simulating 100 ms") != 2 {
				t.Errorf("the log: %v\n%s", err, log)
			}
		})
	}
}
