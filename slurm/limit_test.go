package slurm

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fakeSqueue puts a squeue in front of the PATH that runs a shell command.
func fakeSqueue(t *testing.T, command string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "squeue"), []byte("#!/bin/sh\n"+command+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestLimitFromSqueue(t *testing.T) {
	t.Setenv("TZ", "America/New_York")
	t.Setenv("SLURM_TIME_FORMAT", "relative")
	fakeSqueue(t, `case "$*" in *--jobs=70_3*) ;; *) echo "which job? $*" >&2; exit 1;; esac
[ "$TZ $SLURM_TIME_FORMAT" = "UTC0 standard" ] || { echo "times in $TZ" >&2; exit 1; }
echo "2026-01-02T03:04:05 2026-01-02T11:04:05"`)
	j, err := Job{ID: "73", ArrayJob: "70", ArrayTask: "3"}.WithLimit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 1, 2, 11, 4, 5, 0, time.UTC)
	if end, ok := j.Deadline(); !ok || !end.Equal(want) || j.Start != want.Add(-8*time.Hour) {
		t.Errorf("start %v, end %v, %v; want 8 h to %v", j.Start, end, ok, want)
	}
	if got := j.ahead(); got != time.Minute {
		t.Errorf("leaves an 8 h job %v ahead, want 1m", got)
	}
	if _, err := (Job{ID: "9"}).WithLimit(t.Context()); err == nil || !strings.Contains(err.Error(), "which job?") {
		t.Errorf("an error of squeue became %v", err)
	}
}

func TestNoLimit(t *testing.T) {
	fakeSqueue(t, `echo "2026-01-02T03:04:05 NONE"`)
	j, err := Job{ID: "9"}.WithLimit(t.Context())
	if _, ok := j.Deadline(); ok || err != nil {
		t.Errorf("deadline %v, error %v for a job without a limit", j.End, err)
	}
	if n, err := (Job{ID: "9"}).AwaitLimit(t.Context()); n != nil || err != nil {
		t.Errorf("a notice %v, error %v for a job without a limit", n, err)
	}
}

func TestUnreadableLimit(t *testing.T) {
	for _, said := range []string{"", "soon later", "2026-01-02T03:04:05"} {
		fakeSqueue(t, "echo "+said)
		if j, err := (Job{ID: "9"}).WithLimit(t.Context()); err == nil {
			t.Errorf("%q was read as %v", said, j.End)
		}
	}
}

func TestAwaitLimit(t *testing.T) {
	now := time.Now()
	// A job of 2 s that began now is left a tenth of that before its end.
	n, err := Job{ID: "9", Start: now, End: now.Add(2 * time.Second)}.AwaitLimit(t.Context())
	if err != nil || n == nil || !strings.Contains(n.Error(), "job 9") {
		t.Fatalf("notice %v, error %v", n, err)
	}
	if waited := time.Since(now); waited < 1700*time.Millisecond || waited >= 2*time.Second {
		t.Errorf("the notice came after %v, want 1.8 s and before the job's end", waited)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := (Job{ID: "9", End: now.Add(time.Hour)}).AwaitLimit(ctx); n != nil || err != nil {
		t.Errorf("a run that has ended got notice %v, error %v", n, err)
	}
}
