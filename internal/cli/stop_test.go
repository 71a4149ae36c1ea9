package cli

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"netsim/slurm"
)

// TestStoppable holds why a run stops and by which code. Signals that come after the first change nothing: Slurm and
// mpirun both send SIGTERM when a job is cancelled.
func TestStoppable(t *testing.T) {
	for _, c := range []struct {
		signals []os.Signal
		cause   string
		code    int
	}{
		{[]os.Signal{os.Interrupt}, "SIGINT", Interrupted},
		{[]os.Signal{os.Interrupt, syscall.SIGTERM}, "SIGINT", Interrupted},
		{[]os.Signal{syscall.SIGTERM, syscall.SIGTERM, syscall.SIGUSR1}, "SIGTERM", Terminated},
		{[]os.Signal{syscall.SIGUSR1, syscall.SIGTERM, syscall.SIGTERM}, "SIGUSR1", Terminated},
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
		if cause.Error() != c.cause || exitCodeOf(cause) != c.code {
			t.Errorf("%v: stopped by %v with code %d, want %s, %d", c.signals, cause, exitCodeOf(cause), c.cause, c.code)
		}
	}
	ctx, cancel, stop := stoppable()
	defer stop()
	cancel(&slurm.Notice{Reason: "the time limit"})
	if cause := context.Cause(ctx); cause.Error() != "the time limit" || exitCodeOf(cause) != Terminated {
		t.Errorf("cause %v, code %d", cause, exitCodeOf(cause))
	}
}
