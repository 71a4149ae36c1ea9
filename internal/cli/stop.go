package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"

	"netsim/simulation"
	"netsim/slurm"
)

// stopSignal is why a context ended: a signal.
type stopSignal struct{ os.Signal }

func (s stopSignal) Error() string {
	switch s.Signal {
	case os.Interrupt:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGUSR1:
		return "SIGUSR1"
	}
	return s.String()
}

// stoppable gives a run its context. Its cause says why the run should stop: a stopSignal, or a *slurm.Notice given to
// cancel. SIGUSR1 is what job scripts pass on ahead of their time limit. A second SIGINT ends the process at once; a
// second SIGTERM does not, since Slurm and mpirun both send one when a job is cancelled.
func stoppable() (ctx context.Context, cancel context.CancelCauseFunc, stop func()) {
	ctx, cancel = context.WithCancelCause(context.Background())
	keyboard, others := make(chan os.Signal, 1), make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(keyboard, os.Interrupt)
	signal.Notify(others, syscall.SIGTERM, syscall.SIGUSR1)
	go func() {
		for {
			select {
			case s := <-keyboard:
				signal.Stop(keyboard)
				cancel(stopSignal{s})
			case s := <-others:
				signal.Stop(keyboard)
				cancel(stopSignal{s}) // the first cause stays
			case <-done:
				return
			}
		}
	}()
	return ctx, cancel, func() { signal.Stop(keyboard); signal.Stop(others); close(done); cancel(nil) }
}

// leaving is what a run does about a cause.
func leaving(cause error) simulation.Leaving {
	var s stopSignal
	if errors.As(cause, &s) {
		switch s.Signal {
		case os.Interrupt:
			return simulation.Interrupted
		case syscall.SIGTERM:
			return simulation.Terminated
		}
	}
	return simulation.Requeue
}

// exitCodeOf is the exit code of a run that was asked to leave. Only one that has a checkpoint asks to be requeued.
func exitCodeOf(s *simulation.Stopped) int {
	switch {
	case s.Why == simulation.Interrupted:
		return Interrupted
	case s.Why == simulation.Requeue && s.Checkpoint != "":
		return slurm.RequeueCode
	}
	return Terminated
}

// leaveInTime cancels shortly before the time limit of the batch job ends it, for job scripts that asked for no signal.
// One rank does that for all.
func leaveInTime(ctx context.Context, cancel context.CancelCauseFunc, log zerolog.Logger) {
	job, inside := slurm.Environment()
	if !inside {
		return
	}
	go func() {
		notice, err := job.AwaitLimit(ctx)
		if err != nil {
			log.Warn().Msgf("%v; the run is not stopped ahead of it, unless by SIGUSR1", err)
		}
		if notice != nil {
			cancel(notice)
		}
	}()
}
