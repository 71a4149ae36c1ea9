package slurm_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"netsim/slurm"
)

// TestJobs submits to a real Slurm what netsim sbatch writes. It takes about a minute and a half: a minute is the shortest
// time limit that Slurm knows.
func TestJobs(t *testing.T) {
	if os.Getenv("NETSIM_SLURM") != "1" {
		t.Skip("starts slurmctld and slurmd and takes minutes: NETSIM_SLURM=1 asks for it")
	}
	c := startCluster(t)
	j := &jobs{cluster: c, netsim: build(t), config: filepath.Join(c.path("work"), "column", "config.json")}
	if err := os.CopyFS(filepath.Dir(j.config), os.DirFS(filepath.Join("..", "examples", "column"))); err != nil {
		t.Fatal(err)
	}
	// The jobs of which the time limit is awaited run while the others come and go.
	var limited []limitedJob
	t.Run("time limit known", func(t *testing.T) { limited = j.on(t).limited() })
	t.Run("mpirun", func(t *testing.T) {
		if runtime.NumCPU() < 2 {
			t.Skip("binding two ranks to cores of their own needs two cores")
		}
		j.on(t).completes("mpirun")
		j.on(t).told("mpirun")
	})
	t.Run("srun", func(t *testing.T) {
		if !strings.Contains(c.run("srun", "--mpi=list")+stderrOf(c.command("srun", "--mpi=list")), "pmix") {
			t.Skip("this Slurm has no PMIx plugin")
		}
		j.on(t).completes("srun")
		j.on(t).told("srun")
	})
	t.Run("requeue", func(t *testing.T) { j.on(t).requeues() })
	t.Run("cancel", func(t *testing.T) { j.on(t).cancelled() })
	t.Run("sweep", func(t *testing.T) { j.on(t).sweeps() })
	t.Run("time limit reached", func(t *testing.T) { j.on(t).limits(limited) })
	t.Run("whole node", func(t *testing.T) { j.on(t).wholeNode() })
}

func stderrOf(cmd *exec.Cmd) string {
	var b bytes.Buffer
	cmd.Stderr = &b
	cmd.Run()
	return b.String()
}

// build makes the program.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "netsim")
	if out, err := exec.Command("go", "build", "-o", path, "netsim/cmd/netsim").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

type jobs struct {
	*cluster
	netsim, config string
}

// on reports to another test.
func (j *jobs) on(t *testing.T) *jobs {
	c := *j.cluster
	c.t = t
	return &jobs{&c, j.netsim, j.config}
}

// submit has netsim sbatch write and submit a script; it returns the job's id.
func (j *jobs) submit(name string, args ...string) string {
	j.t.Helper()
	out := j.run(j.netsim, append([]string{"sbatch", j.config, "--job-name", name, "--submit"}, args...)...)
	_, id, ok := strings.Cut(out, "submitted job ")
	if !ok {
		j.t.Fatalf("netsim sbatch said %q", out)
	}
	return id
}

func (j *jobs) read(path ...string) []byte {
	j.t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{j.path("work")}, path...)...))
	if err != nil {
		j.t.Fatal(err)
	}
	return text
}

// completes holds that a job of two ranks leaves the files of a plain run, and knows what job it was.
func (j *jobs) completes(launcher string) {
	j.run(j.netsim, "run", j.config, "-q", "--tstop", "40", "--output-dir", "plain")
	id := j.submit(launcher, "--ntasks-per-node", "2", "--time", "5", "--mem", "500M", "--launcher", launcher, "--tstop", "40", "--output-dir", launcher)
	f := j.ended(id, 40*time.Second)
	if f["JobState"] != "COMPLETED" || f["ExitCode"] != "0:0" {
		j.t.Fatalf("%s, exit code %s:\n%s", f["JobState"], f["ExitCode"], j.said(f))
	}
	for _, file := range []string{"spikes.h5", "v_soma.h5"} {
		if !bytes.Equal(j.read("plain", file), j.read(launcher, file)) {
			j.t.Errorf("%s differs from that of a run without Slurm", file)
		}
	}
	if s := j.summary(launcher); s.Ranks != 2 || s.Threads != 1 || s.Spikes == 0 || s.Slurm.ID != id || s.Slurm.Tasks != 2 || s.Slurm.CPUsPerTask != 1 {
		j.t.Errorf("the summary says %+v; want 2 ranks of 1 thread in job %s", s, id)
	}
}

type summary struct {
	Ranks, Spikes int
	Threads       int       `json:"threads_per_rank"`
	Slurm         slurm.Job `json:"slurm"`
}

func (j *jobs) summary(folder string) (s summary) {
	j.t.Helper()
	if err := json.Unmarshal(j.read(folder, "summary.json"), &s); err != nil {
		j.t.Fatal(err)
	}
	return s
}

// told holds that the signal that Slurm sends to the script reaches both ranks.
func (j *jobs) told(launcher string) {
	folder := launcher + "2"
	id := j.submit(folder, "--ntasks-per-node", "2", "--time", "5", "--launcher", launcher, "--tstop", "1000000", "--output-dir", folder)
	j.until("the ranks simulate", 40*time.Second, func() bool {
		text, _ := os.ReadFile(j.job(id)["StdOut"])
		return strings.Contains(string(text), "simulating 1e+06 ms")
	})
	j.run("scancel", "--batch", "--signal=USR1", id)
	f := j.ended(id, 40*time.Second)
	if said := j.said(f); f["ExitCode"] != "143:0" || !strings.Contains(said, "interrupted (SIGUSR1) at t =") {
		j.t.Errorf("exit code %s, want 143:0:\n%s", f["ExitCode"], said)
	}
	j.run(j.netsim, "merge", folder)
	if _, err := os.Stat(filepath.Join(j.path("work"), folder, "spikes.h5")); err != nil {
		j.t.Error(err)
	}
}

// wholeNode holds that without a number of ranks a job has one on each node, with all its cores.
func (j *jobs) wholeNode() {
	id := j.submit("whole", "--time", "5", "--tstop", "5", "--output-dir", "whole")
	f := j.ended(id, 40*time.Second)
	if f["JobState"] != "COMPLETED" {
		j.t.Fatalf("%s:\n%s", f["JobState"], j.said(f))
	}
	if s, want := j.summary("whole"), min(4, runtime.NumCPU()); s.Ranks != 1 || s.Threads != want || s.Slurm.CPUsOnNode != 4 {
		j.t.Errorf("the summary says %+v; want one rank of %d threads on 4 processors", s, want)
	}
}

// limitedJob is a job that is to reach its time limit.
type limitedJob struct{ id, folder, says string }

// limited starts two jobs that would take too long, and holds that their limit can be found out.
func (j *jobs) limited() []limitedJob {
	told := j.submit("told", "--ntasks-per-node", "1", "--time", "1", "--notice", "30", "--tstop", "1000000", "--output-dir", "told")
	script := j.write("work/own.sh", []byte("#!/bin/sh\n#SBATCH --ntasks=1 --time=1\nexec "+j.netsim+" run "+j.config+" --tstop 1000000 --output-dir own\n"), 0o755)
	own := j.run("sbatch", "--parsable", script)
	j.until("both jobs run", 20*time.Second, func() bool {
		return j.job(told)["JobState"] == "RUNNING" && j.job(own)["JobState"] == "RUNNING"
	})
	asked, err := slurm.Job{ID: told}.WithLimit(j.t.Context())
	if end, ok := asked.Deadline(); err != nil || !ok || end.Sub(asked.Start) != time.Minute || time.Until(end) > time.Minute || time.Until(end) < 30*time.Second {
		j.t.Errorf("the limit of job %s: from %v to %v, %v", told, asked.Start, end, err)
	}
	return []limitedJob{
		{told, "told", "interrupted (SIGUSR1) at t ="},
		{own, "own", "interrupted (the time limit of job " + own + " ends at"},
	}
}

// limits holds that the end of the time limit reaches the run, in a script of netsim sbatch by SIGUSR1, and in any other
// by the run's own look at the limit; what was recorded stays.
func (j *jobs) limits(all []limitedJob) {
	for _, c := range all {
		f := j.ended(c.id, 80*time.Second)
		if f["JobState"] != "FAILED" || f["ExitCode"] != "143:0" {
			j.t.Errorf("%s: %s, exit code %s, want FAILED by 143:0", c.folder, f["JobState"], f["ExitCode"])
		}
		if said := j.said(f); !strings.Contains(said, c.says) {
			j.t.Errorf("%s: the job did not say %q:\n%s", c.folder, c.says, said)
		}
		if merged := j.run(j.netsim, "merge", c.folder); len(j.read(c.folder, "spikes.h5")) == 0 {
			j.t.Errorf("%s: nothing to merge: %s", c.folder, merged)
		}
	}
}

// requeues holds that a job whose run exits with the code that asks for it starts anew, with the same id and the same
// output file. The run is a stand-in.
func (j *jobs) requeues() {
	stub := j.write("work/stub", []byte(`#!/bin/sh
echo "stub: start ${SLURM_RESTART_COUNT:-0}: $1 ${2##*/}"
[ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] || exit 85
`), 0o755)
	id := j.submit("again", "--ntasks-per-node", "1", "--time", "5", "--netsim", stub)
	f := j.ended(id, 60*time.Second)
	said := j.said(f)
	if f["JobState"] != "COMPLETED" || f["Restarts"] != "1" {
		j.t.Errorf("%s after %s restarts, want COMPLETED after 1:\n%s", f["JobState"], f["Restarts"], said)
	}
	for _, want := range []string{"stub: start 0: run config.json", "exit code 85", "stub: start 1: run config.json", "exit code 0"} {
		if !strings.Contains(said, want) {
			j.t.Errorf("the job did not say %q:\n%s", want, said)
		}
	}
}

// cancelled holds that a cancelled job lets the run write what it has and does not come back, even where the run asks for
// it.
func (j *jobs) cancelled() {
	stub := j.write("work/patient", []byte(`#!/bin/sh
trap 'echo told > told.txt; exit 85' USR1 TERM
echo "stub: running"
while :; do sleep 0.1; done
`), 0o755)
	id := j.submit("gone", "--ntasks-per-node", "1", "--time", "5", "--netsim", stub)
	j.until("the run is there", 20*time.Second, func() bool {
		text, _ := os.ReadFile(j.job(id)["StdOut"])
		return strings.Contains(string(text), "stub: running")
	})
	j.run("scancel", id)
	f := j.ended(id, 35*time.Second)
	j.until("the processes of job "+id+" are gone", 35*time.Second, func() bool { return j.run("squeue", "--noheader", "--jobs="+id) == "" })
	if said := j.said(f); f["JobState"] != "CANCELLED" || f["Restarts"] != "0" || string(j.read("told.txt")) != "told\n" || strings.Contains(said, "requeue") {
		j.t.Errorf("%s after %s restarts, want CANCELLED after 0:\n%s", f["JobState"], f["Restarts"], said)
	}
}

// sweeps holds that an array of jobs leaves a folder for each point and one table.
func (j *jobs) sweeps() {
	grid := j.write("work/grid.json", []byte(`{"run.dt": [0.1, 0.05], "conditions.v_init": [-72, -70]}`), 0o644)
	id := j.submit("grid", "--ntasks-per-node", "1", "--time", "5", "--sweep", grid, "--at-once", "2", "--tstop", "5", "--output-dir", "grid")
	j.until("the tasks of job "+id+" are gone", 60*time.Second, func() bool { return j.run("squeue", "--noheader", "--jobs="+id) == "" })
	rows, err := csv.NewReader(bytes.NewReader(j.read("grid", "results.csv"))).ReadAll()
	if err != nil {
		j.t.Fatal(err)
	}
	want := [][]string{{"point", "run.dt", "conditions.v_init"}, {"0", "0.1", "-72"}, {"1", "0.1", "-70"}, {"2", "0.05", "-72"}, {"3", "0.05", "-70"}}
	if len(rows) != len(want) {
		j.t.Fatalf("%d rows, want %d: %q", len(rows), len(want), rows)
	}
	for i, row := range rows {
		if strings.Join(row[:3], " ") != strings.Join(want[i], " ") {
			j.t.Errorf("row %d is %q, want %q", i, row, want[i])
		}
		if i > 0 && (row[6] != "0" || row[3] == "" || row[5] == "") {
			j.t.Errorf("point %s: spikes %q, time %q, exit code %q", row[0], row[3], row[5], row[6])
		}
	}
}
