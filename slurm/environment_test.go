package slurm

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func lookup(m map[string]string) func(string) string { return func(k string) string { return m[k] } }

func TestOutsideOfSlurm(t *testing.T) {
	if j, ok := from(lookup(map[string]string{"SLURM_VERSION": "22.05"})); ok {
		t.Errorf("a job where there is none: %+v", j)
	}
}

func TestStepInsideAJob(t *testing.T) {
	j, ok := from(lookup(map[string]string{
		"SLURM_JOB_ID": "4711", "SLURM_JOB_NAME": "v1", "SLURM_NNODES": "4", "SLURM_STEP_NUM_NODES": "2",
		"SLURM_NTASKS": "64", "SLURM_STEP_NUM_TASKS": "32", "SLURM_CPUS_PER_TASK": "2", "SLURM_JOB_NODELIST": "n[1-4]",
		"SLURM_JOB_END_TIME": "1700003600", "SLURM_RESTART_COUNT": "x",
	}))
	want := Job{ID: "4711", Name: "v1", Nodes: 2, NodeList: "n[1-4]", Tasks: 32, CPUsPerTask: 2, End: time.Unix(1700003600, 0).UTC()}
	if !ok || !cmp.Equal(want, j) {
		t.Errorf("ok %v, difference:\n%s", ok, cmp.Diff(want, j))
	}
	if end, ok := j.Deadline(); !ok || !end.Equal(want.End) {
		t.Errorf("deadline %v, %v; want %v", end, ok, want.End)
	}
	if _, ok := (Job{}).Deadline(); ok {
		t.Error("a time limit where Slurm named none")
	}
}

func TestTasksOnNode(t *testing.T) {
	for _, c := range []struct {
		list, node string
		want       int
	}{
		{"2", "0", 2}, {"2(x3),1", "2", 2}, {"2(x3),1", "3", 1}, {"2(x3),1", "4", 0}, {"4,2(x2)", "1", 2},
		{"", "0", 0}, {"a", "0", 0}, {"2(x", "0", 0}, {"2(x0)", "0", 0},
	} {
		j, _ := from(lookup(map[string]string{"SLURM_JOB_ID": "1", "SLURM_STEP_TASKS_PER_NODE": c.list, "SLURM_NODEID": c.node}))
		if j.TasksOnNode != c.want {
			t.Errorf("%q, node %s: %d tasks, want %d", c.list, c.node, j.TasksOnNode, c.want)
		}
	}
}
