package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// RequeueCode is the exit code of a run that wrote a checkpoint and wants its job requeued. Job scripts of
// [netsim/slurm/script] requeue the job when they see it.
const RequeueCode = 85

// Deadline is when the time limit ends the job; false when that is not known or there is no limit.
func (j Job) Deadline() (time.Time, bool) { return j.End, !j.End.IsZero() }

// WithLimit returns the job with Start and End filled in. Slurm sets SLURM_JOB_END_TIME from release 23.02 on; where it
// is not set, squeue is asked, so one rank of a job should call this and not all. A job without a limit keeps a zero End.
func (j Job) WithLimit(ctx context.Context) (Job, error) {
	if !j.End.IsZero() || j.ID == "" {
		return j, nil
	}
	cmd := exec.CommandContext(ctx, "squeue", "--noheader", "--jobs="+j.taskID(), "--format=%S %e")
	cmd.Env = append(os.Environ(), "TZ=UTC0", "SLURM_TIME_FORMAT=standard")
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		return j, fmt.Errorf("could not ask squeue for the time limit of job %s: %w%s", j.taskID(), err, indented(stderr.String()))
	}
	fields := strings.Fields(string(text))
	if len(fields) != 2 {
		return j, fmt.Errorf("could not read the time limit of job %s: squeue said %q, not its start and its end", j.taskID(), strings.TrimSpace(string(text)))
	}
	for k, to := range []*time.Time{&j.Start, &j.End} {
		if fields[k] == "N/A" || fields[k] == "NONE" || fields[k] == "Unknown" {
			continue
		}
		at, err := time.Parse("2006-01-02T15:04:05", fields[k])
		if err != nil {
			return j, fmt.Errorf("could not read the time limit of job %s: %w", j.taskID(), err)
		}
		*to = at
	}
	return j, nil
}

// taskID names this job and, in an array, not its siblings: a task can have the array's own id.
func (j Job) taskID() string {
	if j.ArrayTask != "" && j.ArrayJob != "" {
		return j.ArrayJob + "_" + j.ArrayTask
	}
	return j.ID
}

func indented(stderr string) string {
	if s := strings.TrimSpace(stderr); s != "" {
		return "\n" + s
	}
	return ""
}

// Notice is why a run should write what it has and leave its job.
type Notice struct{ Reason string }

// Error is the reason.
func (n *Notice) Error() string { return n.Reason }

// maxAhead is how long before the end of the time limit a run leaves at the latest. Job scripts of netsim sbatch have
// Slurm send SIGUSR1 earlier than that; this is for other scripts.
const maxAhead = 60 * time.Second

// ahead is how long before its end a run should leave the job: a minute, or a tenth of the whole time where the limit is
// short.
func (j Job) ahead() time.Duration {
	if j.Start.IsZero() || !j.Start.Before(j.End) {
		return maxAhead
	}
	return min(maxAhead, j.End.Sub(j.Start)/10)
}

// AwaitLimit waits until shortly before the time limit ends the job and returns a notice then. It returns nil when there
// is no limit or ctx ends first, and an error when the limit could not be found out.
func (j Job) AwaitLimit(ctx context.Context) (*Notice, error) {
	asking, done := context.WithTimeout(ctx, 30*time.Second)
	j, err := j.WithLimit(asking)
	done()
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, nil
		}
		return nil, err
	}
	end, ok := j.Deadline()
	if !ok {
		return nil, nil
	}
	timer := time.NewTimer(time.Until(end.Add(-j.ahead())))
	defer timer.Stop()
	select {
	case <-timer.C:
		return &Notice{Reason: fmt.Sprintf("the time limit of job %s ends at %s", j.taskID(), end.Local().Format(time.DateTime))}, nil
	case <-ctx.Done():
		return nil, nil
	}
}
