// Package slurm knows what it is like inside a Slurm batch job: what the job is, when its time limit comes, and when a
// run should leave it.
//
//	job, inside := slurm.Environment()   // ranks, cores, restarts; no command is run
//	job, err = job.WithLimit(ctx)        // asks squeue where the environment does not say when the job ends
//	end, known := job.Deadline()
//	notice := job.AwaitLimit(ctx)        // blocks until shortly before that
//
// Package slurm/cores says how many threads a rank should have, slurm/script writes job scripts, slurm/sweep runs one
// config at many points.
package slurm

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// Job is what the environment says about the job this process runs in. Fields
// that Slurm did not set are zero.
type Job struct {
	ID          string    `json:"job_id"`
	ArrayJob    string    `json:"array_job,omitempty"`
	ArrayTask   string    `json:"array_task,omitempty"`
	Name        string    `json:"name,omitempty"`
	Partition   string    `json:"partition,omitempty"`
	Nodes       int       `json:"nodes,omitempty"`
	NodeList    string    `json:"node_list,omitempty"`
	Tasks       int       `json:"tasks,omitempty"`         // ranks
	TasksOnNode int       `json:"tasks_on_node,omitempty"` // of this step, on this process's node; 0 outside of a step
	CPUsPerTask int       `json:"cpus_per_task,omitempty"`
	CPUsOnNode  int       `json:"cpus_on_node,omitempty"`
	Restarts    int       `json:"restarts,omitempty"` // how often the job was requeued
	Start       time.Time `json:"start,omitzero"`
	End         time.Time `json:"end,omitzero"` // when the time limit ends the job; see [Job.WithLimit]
}

// Environment returns the job of this process, false outside of Slurm.
func Environment() (Job, bool) { return from(os.Getenv) }

func from(getenv func(string) string) (Job, bool) {
	first := func(names ...string) string {
		for _, name := range names {
			if v := strings.TrimSpace(getenv(name)); v != "" {
				return v
			}
		}
		return ""
	}
	number := func(names ...string) int {
		n, err := strconv.Atoi(first(names...))
		if err != nil || n < 0 {
			return 0
		}
		return n
	}
	moment := func(name string) time.Time {
		s, err := strconv.ParseInt(first(name), 10, 64)
		if err != nil || s <= 0 {
			return time.Time{}
		}
		return time.Unix(s, 0).UTC()
	}
	j := Job{
		ID:        first("SLURM_JOB_ID", "SLURM_JOBID"),
		ArrayJob:  first("SLURM_ARRAY_JOB_ID"),
		ArrayTask: first("SLURM_ARRAY_TASK_ID"),
		Name:      first("SLURM_JOB_NAME"),
		Partition: first("SLURM_JOB_PARTITION"),
		// A step (srun inside the job) can be smaller than the job.
		Nodes:       number("SLURM_STEP_NUM_NODES", "SLURM_JOB_NUM_NODES", "SLURM_NNODES"),
		NodeList:    first("SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST"),
		Tasks:       number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"),
		TasksOnNode: perNode(first("SLURM_STEP_TASKS_PER_NODE"), number("SLURM_NODEID")),
		CPUsPerTask: number("SLURM_CPUS_PER_TASK"),
		CPUsOnNode:  number("SLURM_CPUS_ON_NODE"),
		Restarts:    number("SLURM_RESTART_COUNT"),
		Start:       moment("SLURM_JOB_START_TIME"),
		End:         moment("SLURM_JOB_END_TIME"),
	}
	return j, j.ID != ""
}

// perNode is the entry of a node in Slurm's list of counts per node: "2(x3),1" stands for 2, 2, 2 and 1. It is 0 where
// the list does not reach or is none.
func perNode(list string, node int) int {
	for entry := range strings.SplitSeq(list, ",") {
		count, repeat, repeated := strings.Cut(entry, "(x")
		n, err := strconv.Atoi(count)
		times := 1
		if err == nil && repeated {
			times, err = strconv.Atoi(strings.TrimSuffix(repeat, ")"))
		}
		if err != nil || n < 0 || times < 1 {
			return 0
		}
		if node < times {
			return n
		}
		node -= times
	}
	return 0
}
