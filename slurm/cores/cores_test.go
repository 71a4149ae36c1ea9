package cores

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"netsim/slurm"
)

// files makes a file system of path → text.
func files(t *testing.T, all map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range all {
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func allowed(list string) string { return "Name:\tmpirun\nCpus_allowed_list:\t" + list + "\n" }

func TestPerRank(t *testing.T) {
	const machine = "0-31\n" // processors online
	for _, c := range []struct {
		name     string
		launcher string // its processors
		usable   int
		local    int
		job      slurm.Job
		more     map[string]string
		want     int
	}{
		{name: "alone", launcher: "0-31", usable: 32, local: 1, want: 32},
		{name: "four unbound ranks", launcher: "0-31", usable: 32, local: 4, want: 8},
		{name: "four ranks bound to a socket each two", launcher: "0-31", usable: 16, local: 4, want: 8},
		{name: "four ranks bound to four cores each", launcher: "0-15", usable: 4, local: 4, want: 4},
		{name: "two ranks bound to one core each", launcher: "0-31", usable: 1, local: 2, want: 1},
		{name: "taskset holds launcher and ranks", launcher: "0-3", usable: 4, local: 4, want: 1},
		{name: "more ranks than processors", launcher: "0-1", usable: 2, local: 64, want: 1},
		{name: "processors that the machine does not have", launcher: "0-1023", usable: 32, local: 2, want: 16},
		{name: "launcher not visible", usable: 6, local: 2, want: 3},

		{name: "Slurm task with its cores", launcher: "0-31", usable: 8, local: 4, job: slurm.Job{CPUsPerTask: 8, CPUsOnNode: 32}, want: 8},
		{name: "Slurm rounds up to whole cores", launcher: "0-31", usable: 4, local: 4, job: slurm.Job{CPUsPerTask: 3}, want: 3},
		{name: "Slurm without binding", launcher: "0-31", usable: 32, local: 4, job: slurm.Job{CPUsPerTask: 4, CPUsOnNode: 16}, want: 4},
		{name: "Slurm, part of a node, nothing bound", launcher: "0-31", usable: 32, local: 4, job: slurm.Job{CPUsOnNode: 8}, want: 2},
		{name: "Slurm, whole node for one task", launcher: "0-31", usable: 32, local: 1, job: slurm.Job{CPUsOnNode: 32}, want: 32},

		{name: "cgroup v2 quota of a parent", launcher: "0-31", usable: 32, local: 1, want: 4, more: map[string]string{
			"proc/self/cgroup":                    "0::/kube/pod/box\n",
			"sys/fs/cgroup/kube/cpu.max":          "450000 100000\n",
			"sys/fs/cgroup/kube/pod/box/cpu.max":  "max 100000\n",
			"sys/fs/cgroup/kube/other/ns/cpu.max": "100000 100000\n",
		}},
		{name: "cgroup v2 quota below one core", launcher: "0-31", usable: 32, local: 1, want: 1, more: map[string]string{
			"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n",
		}},
		{name: "cgroup v1 quota shared by two ranks", launcher: "0-31", usable: 32, local: 2, want: 3, more: map[string]string{
			"proc/self/cgroup": "5:cpuset:/docker/1\n4:cpu,cpuacct:/docker/1\n",
			"sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us":  "600000\n",
			"sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/cpuset/docker/1/cpu.cfs_quota_us":       "100000\n",
			"sys/fs/cgroup/cpuset/docker/1/cpu.cfs_period_us":      "100000\n",
		}},
		{name: "cgroup v1, the path is the host's", launcher: "0-31", usable: 32, local: 1, want: 2, more: map[string]string{
			"proc/self/cgroup":                    "4:cpuacct,cpu:/docker/1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  "200000\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}},
		{name: "cgroup v1 without quota", launcher: "0-31", usable: 32, local: 1, want: 32, more: map[string]string{
			"proc/self/cgroup":                    "4:cpu:/\n",
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  "-1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all := map[string]string{"sys/devices/system/cpu/online": machine}
			if c.launcher != "" {
				all["proc/77/status"] = allowed(c.launcher)
			}
			for name, text := range c.more {
				all[name] = text
			}
			v := view{root: files(t, all), parent: 77, usable: c.usable, local: c.local, job: c.job}
			if got := v.perRank(); got != c.want {
				t.Errorf("%d threads, want %d", got, c.want)
			}
		})
	}
}

func TestLocalRanks(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		job  slurm.Job
		want int
	}{
		{want: 1},
		{env: map[string]string{"OMPI_COMM_WORLD_LOCAL_SIZE": "4"}, job: slurm.Job{TasksOnNode: 1}, want: 4}, // mpirun's daemon is a step of one task
		{env: map[string]string{"MPI_LOCALNRANKS": "3"}, want: 3},
		{job: slurm.Job{TasksOnNode: 8}, want: 8},
		{env: map[string]string{"OMPI_COMM_WORLD_LOCAL_SIZE": "x"}, want: 1},
	} {
		if got := localRanks(func(k string) string { return c.env[k] }, c.job); got != c.want {
			t.Errorf("%v %+v: %d ranks, want %d", c.env, c.job, got, c.want)
		}
	}
}

// TestAffinityOfThisProcess holds against the machine itself: bound to one processor by taskset, a process sees one.
func TestAffinityOfThisProcess(t *testing.T) {
	if os.Getenv("NETSIM_TEST_CORES") != "" {
		os.Stdout.WriteString("threads=" + strconv.Itoa(PerRank()) + ";")
		return
	}
	if runtime.NumCPU() < 2 {
		t.Skip("this machine has one processor")
	}
	taskset, err := exec.LookPath("taskset")
	if err != nil {
		t.Skip("taskset (util-linux) is not installed")
	}
	list := processors(view{root: "/"}.read("sys/devices/system/cpu/online"))
	own := -1
	for cpu := range list {
		if own < 0 || cpu < own {
			own = cpu
		}
	}
	if own < 0 {
		t.Skip("the system does not list its processors")
	}
	cmd := exec.Command(taskset, "-c", strconv.Itoa(own), os.Args[0], "-test.run=^TestAffinityOfThisProcess$")
	cmd.Env = append(os.Environ(), "NETSIM_TEST_CORES=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Skipf("taskset could not bind to processor %d: %v", own, err)
	}
	if !strings.Contains(out.String(), "threads=1;") {
		t.Errorf("bound to one of %d processors: %s", runtime.NumCPU(), out.String())
	}
}
