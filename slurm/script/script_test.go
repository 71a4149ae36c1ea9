package script

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the scripts of testdata anew")

func TestParseLimit(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90":         90 * time.Minute,
		"8:00":       8 * time.Minute,
		"8:00:00":    8 * time.Hour,
		"1-0":        24 * time.Hour,
		"2-12:30":    60*time.Hour + 30*time.Minute,
		"1-02:03:04": 26*time.Hour + 3*time.Minute + 4*time.Second,
		"0-0:1":      time.Minute,
	} {
		if got, err := ParseLimit(text); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "8h", "8:00:00:00", "-1", "1-", "1-2:3:4:5", "1:-2", " 8", "0", "0:59", "99999999", "1.5", "--", "1-2-3"} {
		if got, err := ParseLimit(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		8 * time.Minute:              "8 minutes",
		8 * time.Hour:                "8 hours",
		25*time.Hour + time.Minute:   "1 day 1 hour 1 minute",
		2*time.Minute + time.Second:  "2 minutes 1 second",
		48*time.Hour + 2*time.Second: "2 days 2 seconds",
	} {
		if got := words(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestQuote holds against the shell itself.
func TestQuote(t *testing.T) {
	words := []string{"plain", "with blank", "it's", `"$HOME"`, "a\nb", "$(exit 3)", "", "*", "~", "a;b", `back\slash`, "ümlaut"}
	out, err := exec.Command("sh", "-c", "printf '%s\\0' "+quoteAll(words)).Output()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Join(words, "\x00")+"\x00", string(out)); diff != "" {
		t.Error(diff)
	}
}

func job() Job {
	return Job{
		Name: "v1", Version: "1.0", Command: []string{"netsim", "sbatch", "v1/config.json"}, Netsim: "/opt/netsim", Config: "/data/my v1/config.json",
		Output: "/data/out", Nodes: 4, Time: "8:00:00", Launcher: Mpirun,
	}
}

// TestScripts compares with testdata, lets bash look at each script, and sbatch where there is one.
func TestScripts(t *testing.T) {
	whole := job()
	ranks := job()
	ranks.TasksPerNode, ranks.CPUsPerTask, ranks.Partition, ranks.Account, ranks.QOS, ranks.Mem = 8, 2, "long,short", "neuro", "high", "64G"
	ranks.Modules, ranks.Options, ranks.Launcher = []string{"gcc/12", "openmpi/4.1.5"}, []string{"--constraint=avx512", "--mail-type=END"}, Srun
	ranks.Arguments, ranks.Notice = []string{"--set", "inputs.clamp.amp=[0.1, 0.2]"}, 10*time.Minute
	sweep := job()
	sweep.TasksPerNode, sweep.Points, sweep.AtOnce, sweep.Nodes, sweep.Time = 1, 12, 3, 1, "4"
	// An argument of several lines must not end the comment that shows the command.
	sweep.Command = append(sweep.Command, "--set", "a=1\ntouch /tmp/no")
	for name, j := range map[string]Job{"whole_nodes": whole, "ranks_srun": ranks, "sweep": sweep} {
		t.Run(name, func(t *testing.T) {
			if bad := j.Problems(); len(bad) > 0 {
				t.Fatalf("problems: %q", bad)
			}
			got, err := j.Text()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".sbatch")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("go test ./slurm/script -update writes %s anew\n%s", file, diff)
			}
			if out, err := exec.Command("bash", "-n", file).CombinedOutput(); err != nil {
				t.Errorf("bash: %v\n%s", err, out)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	j := Job{
		Nodes: 0, TasksPerNode: -1, CPUsPerTask: -2, Time: "8h", Partition: "a b", Account: "-x", QOS: "$(q)", Mem: "64GB",
		Modules: []string{"a;b"}, Options: []string{"constraint=x"}, Launcher: "mpiexec", Notice: time.Millisecond, AtOnce: -1,
	}
	bad := j.Problems()
	for _, flag := range []string{"--nodes", "--ntasks-per-node", "--cpus-per-task", "--time", "--partition", "--account", "--qos", "--mem",
		"--module", "--option", "--launcher", "--notice", "--at-once"} {
		n := 0
		for _, b := range bad {
			if strings.HasPrefix(b, flag+": ") {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d problems with %s, want 1: %q", n, flag, bad)
		}
	}
	j = job()
	j.Time, j.Notice, j.CPUsPerTask = "2", 2*time.Minute, 4
	if bad := strings.Join(j.Problems(), "\n"); !strings.Contains(bad, "--notice: 2 minutes before the end of a limit of 2 minutes") ||
		!strings.Contains(bad, "--cpus-per-task: say also --ntasks-per-node") {
		t.Error(bad)
	}
}

func TestJobName(t *testing.T) {
	for in, want := range map[string]string{"v1": "v1", "my run": "my_run", "-x": "x", "": "netsim", "a%j": "a_j", "ü": "_"} {
		if got := JobName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// program puts a program into a folder of its own that comes first in the PATH.
func program(t *testing.T, name, text string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestSubmit(t *testing.T) {
	program(t, "sbatch", `[ "$1" = --parsable ] && echo "4711;$(basename $2)"`)
	if id, err := Submit(t.Context(), "x.sbatch"); id != "4711" || err != nil {
		t.Errorf("job %q, %v", id, err)
	}
	program(t, "sbatch", "echo 'sbatch: error: invalid partition' >&2; exit 1")
	if _, err := Submit(t.Context(), "x.sbatch"); err == nil || !strings.Contains(err.Error(), "invalid partition") {
		t.Errorf("an error of sbatch became %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Submit(t.Context(), "x.sbatch"); err == nil || !strings.Contains(err.Error(), "sbatch is not in the PATH") {
		t.Errorf("without sbatch: %v", err)
	}
}
