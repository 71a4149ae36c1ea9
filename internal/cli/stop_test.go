package cli

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"netsim/simulation"
	"netsim/slurm"
)

// TestStoppable holds why a run stops and what it does then. Signals that come after the first change nothing: Slurm and
// mpirun both send SIGTERM when a job is cancelled.
func TestStoppable(t *testing.T) {
	for _, c := range []struct {
		signals []os.Signal
		cause   string
		why     simulation.Leaving
	}{
		{[]os.Signal{os.Interrupt}, "SIGINT", simulation.Interrupted},
		{[]os.Signal{os.Interrupt, syscall.SIGTERM}, "SIGINT", simulation.Interrupted},
		{[]os.Signal{syscall.SIGTERM, syscall.SIGTERM, syscall.SIGUSR1}, "SIGTERM", simulation.Terminated},
		{[]os.Signal{syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGTERM}, "SIGUSR1", simulation.Requeue},
	} {
		ctx, _, stop := stoppable()
		for _, s := range c.signals {
			if err := syscall.Kill(os.Getpid(), s.(syscall.Signal)); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Second):
				t.Fatalf("%v did not end the context", s)
			}
			time.Sleep(10 * time.Millisecond) // a later signal must be handled while stop has not been called
		}
		cause := context.Cause(ctx)
		stop()
		if cause.Error() != c.cause || leaving(cause) != c.why {
			t.Errorf("%v: stopped by %v, %v; want %s, %v", c.signals, cause, leaving(cause), c.cause, c.why)
		}
	}
	ctx, cancel, stop := stoppable()
	defer stop()
	cancel(&slurm.Notice{Reason: "the time limit"})
	if cause := context.Cause(ctx); cause.Error() != "the time limit" || leaving(cause) != simulation.Requeue {
		t.Errorf("cause %v, %v", cause, leaving(cause))
	}
}

// TestExitCodes holds that only a run with a checkpoint asks for a requeue.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		why        simulation.Leaving
		checkpoint string
		code       int
	}{
		{simulation.Interrupted, "", Interrupted}, {simulation.Interrupted, "000001", Interrupted},
		{simulation.Requeue, "000001", slurm.RequeueCode}, {simulation.Requeue, "", Terminated},
		{simulation.Terminated, "000001", Terminated}, {simulation.Terminated, "", Terminated},
	} {
		if got := exitCodeOf(&simulation.Stopped{Why: c.why, Checkpoint: c.checkpoint}); got != c.code {
			t.Errorf("%v with checkpoint %q: exit code %d, want %d", c.why, c.checkpoint, got, c.code)
		}
	}
}
