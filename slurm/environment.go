// Package slurm knows what it is like inside a Slurm batch job.
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
	ArrayTask   string    `json:"array_task,omitempty"`
	Name        string    `json:"name,omitempty"`
	Partition   string    `json:"partition,omitempty"`
	Nodes       int       `json:"nodes,omitempty"`
	NodeList    string    `json:"node_list,omitempty"`
	Tasks       int       `json:"tasks,omitempty"` // ranks
	CPUsPerTask int       `json:"cpus_per_task,omitempty"`
	CPUsOnNode  int       `json:"cpus_on_node,omitempty"`
	Restarts    int       `json:"restarts,omitempty"` // how often the job was requeued
	Start       time.Time `json:"start,omitzero"`
	End         time.Time `json:"end,omitzero"` // when the time limit ends the job (Slurm 23.02 and later)
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
		ArrayTask: first("SLURM_ARRAY_TASK_ID"),
		Name:      first("SLURM_JOB_NAME"),
		Partition: first("SLURM_JOB_PARTITION"),
		// A step (srun inside the job) can be smaller than the job.
		Nodes:       number("SLURM_STEP_NUM_NODES", "SLURM_JOB_NUM_NODES", "SLURM_NNODES"),
		NodeList:    first("SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST"),
		Tasks:       number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"),
		CPUsPerTask: number("SLURM_CPUS_PER_TASK"),
		CPUsOnNode:  number("SLURM_CPUS_ON_NODE"),
		Restarts:    number("SLURM_RESTART_COUNT"),
		Start:       moment("SLURM_JOB_START_TIME"),
		End:         moment("SLURM_JOB_END_TIME"),
	}
	return j, j.ID != ""
}

// Remaining is the time left until the limit ends the job, as seen at now;
// false when Slurm did not say.
func (j Job) Remaining(now time.Time) (time.Duration, bool) {
	if j.End.IsZero() {
		return 0, false
	}
	return j.End.Sub(now), true
}
