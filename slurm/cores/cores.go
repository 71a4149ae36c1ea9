// Package cores says how many cores one rank of a run may use: what its launcher bound it to, what a container or a batch
// job was given, and how many ranks share it. The number of cores of the machine says none of that.
package cores

import (
	"math"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"

	"netsim/slurm"
)

// PerRank returns how many threads this process should run, at least 1. It is the least of
//
//   - the processors that the process may run on (its affinity; cgroup cpusets show in it),
//   - SLURM_CPUS_PER_TASK, or where that is not set, the share of one rank in what its node gives to all: the processors
//     of the launcher, SLURM_CPUS_ON_NODE, divided by the ranks on the node,
//   - the share of one rank in the CPU quota of its cgroup (v2 and v1), rounded down,
//   - GOMAXPROCS.
//
// A launcher that binds ranks to cores, sockets or nothing at all gives the same number of threads in all three cases.
func PerRank() int {
	job, _ := slurm.Environment()
	v := view{
		root:   "/",
		parent: os.Getppid(),
		usable: runtime.NumCPU(),
		local:  localRanks(os.Getenv, job),
		job:    job,
	}
	return min(v.perRank(), runtime.GOMAXPROCS(0))
}

// view is what a process can see of the machine.
type view struct {
	root   string // of the file system with proc and sys
	parent int    // process id of what started this process: the launcher
	usable int    // processors this process may run on
	local  int    // ranks on this node, this one included
	job    slurm.Job
}

func (v view) perRank() int {
	quota := v.quota() / float64(v.local)
	n := v.usable
	if v.job.CPUsPerTask > 0 {
		n = min(n, v.job.CPUsPerTask)
	} else {
		all := max(n, v.launcher())
		if v.job.CPUsOnNode > 0 {
			all = min(all, v.job.CPUsOnNode)
		}
		n = min(n, all/v.local)
	}
	return max(1, int(min(float64(n), quota)))
}

// localRanks is how many ranks the launcher says it started on this node.
func localRanks(getenv func(string) string, job slurm.Job) int {
	for _, name := range []string{
		"OMPI_COMM_WORLD_LOCAL_SIZE", // Open MPI's mpirun
		"MPI_LOCALNRANKS",            // MPICH's Hydra, Intel MPI
	} {
		if n, err := strconv.Atoi(getenv(name)); err == nil && n > 0 {
			return n
		}
	}
	return max(1, job.TasksOnNode)
}

// launcher is how many processors the launcher may run on, 0 where that cannot be seen. It is less than the machine's
// where a cpuset or taskset holds the whole job.
func (v view) launcher() int {
	status := v.read("proc/" + strconv.Itoa(v.parent) + "/status")
	online := processors(v.read("sys/devices/system/cpu/online"))
	n := 0
	for line := range strings.SplitSeq(status, "\n") {
		if list, ok := strings.CutPrefix(line, "Cpus_allowed_list:"); ok {
			// The list may name processors that the machine does not have.
			for cpu := range processors(list) {
				if len(online) == 0 || online[cpu] {
					n++
				}
			}
		}
	}
	return n
}

// processors reads a list of the kernel: "0-3,8".
func processors(list string) map[int]bool {
	out := map[int]bool{}
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		first, last, span := strings.Cut(part, "-")
		a, err := strconv.Atoi(first)
		b := a
		if err == nil && span {
			b, err = strconv.Atoi(last)
		}
		if err != nil || a < 0 || b-a > 1<<16 {
			return nil
		}
		for cpu := a; cpu <= b; cpu++ {
			out[cpu] = true
		}
	}
	return out
}

// quota is how many processors' worth of time the cgroups of this process allow, +Inf for no quota.
func (v view) quota() float64 {
	least := math.Inf(1)
	// A line is hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers.
	for line := range strings.SplitSeq(v.read("proc/self/cgroup"), "\n") {
		part := strings.SplitN(line, ":", 3)
		if len(part) != 3 {
			continue
		}
		switch {
		case part[0] == "0" && part[1] == "":
			for _, mount := range []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"} {
				v.upwards(mount, part[2], func(dir string) {
					text := strings.Fields(v.read(dir + "/cpu.max"))
					if len(text) == 2 {
						least = min(least, ratio(text[0], text[1]))
					}
				})
			}
		case hasController(part[1], "cpu"):
			for _, mount := range []string{"sys/fs/cgroup/cpu", "sys/fs/cgroup/" + part[1]} {
				v.upwards(mount, part[2], func(dir string) {
					least = min(least, ratio(strings.TrimSpace(v.read(dir+"/cpu.cfs_quota_us")), strings.TrimSpace(v.read(dir+"/cpu.cfs_period_us"))))
				})
			}
		}
	}
	return least
}

// upwards visits the folder of a cgroup and those above it: each of them can hold a quota. In a container the path can be
// the host's, of which only the top is there; folders that do not exist have no quota to read.
func (v view) upwards(mount, group string, visit func(dir string)) {
	for group = path.Clean("/" + group); ; group = path.Dir(group) {
		visit(path.Join(mount, group))
		if group == "/" {
			return
		}
	}
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}

// ratio is quota over period, +Inf for "max", -1 and what is no number.
func ratio(quota, period string) float64 {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || !(q > 0) || !(p > 0) {
		return math.Inf(1)
	}
	return q / p
}

// read returns a small file's text, "" where it cannot be read.
func (v view) read(name string) string {
	text, err := os.ReadFile(path.Join(v.root, name))
	if err != nil {
		return ""
	}
	return string(text)
}
