package sweep

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"netsim/slurm"
)

// Runner starts the runs of a sweep, each as a process of its own: a point that fails or crashes harms no other.
type Runner struct {
	Launch         []string // "mpirun -np 4"; nil for one process
	Netsim         string   // the program
	Stdout, Stderr io.Writer
	Signals        <-chan os.Signal // passed on to the run
}

// Run runs one point and returns its exit code, 128 and the signal's number when a signal ended it. An error says that
// the point could not be started, or that its record could not be kept.
//
// A point that ended with [slurm.RequeueCode] goes on from its checkpoint.
func (r *Runner) Run(s *Sweep, point int) (int, error) {
	if point < 0 || point >= len(s.Points) {
		return 0, fmt.Errorf("could not run point %d: the sweep in %s has points 0 to %d", point, s.dir, len(s.Points)-1)
	}
	settings, dir := s.Settings(point), s.PointDir(point)
	args := append([]string{"run", s.Config}, s.Arguments...)
	for _, set := range settings {
		args = append(args, "--set", set)
	}
	args = append(args, "--output-dir", dir)
	if before, ok := s.Record(point); ok && before.Exit != nil && *before.Exit == slurm.RequeueCode {
		args = []string{"resume", dir}
	}
	record := Record{Point: point, Set: settings, Started: time.Now().UTC()}
	if err := s.record(record); err != nil {
		return 0, err
	}
	command := append(append(append([]string{}, r.Launch...), r.Netsim), args...)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = r.Stdout, r.Stderr
	// A process group of its own: ctrl-C reaches the run once, through Signals, and not a second time from the terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("could not start point %d: %w", point, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	for running := true; running; {
		select {
		case err = <-ended:
			running = false
		case sig := <-r.Signals:
			// An error says that the run has just ended.
			_ = cmd.Process.Signal(sig)
		}
	}
	code, err := exitCode(err)
	if err != nil {
		return 0, fmt.Errorf("could not run point %d: %w", point, err)
	}
	record.Ended, record.Exit = time.Now().UTC(), &code
	return code, s.record(record)
}

// exitCode is that of a process that has ended.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	if err == nil || !errors.As(err, &exit) {
		return 0, err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return exit.ExitCode(), nil
}
