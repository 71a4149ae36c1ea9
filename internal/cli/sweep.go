package cli

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"netsim/internal/mpi"
	"netsim/slurm/sweep"
	"netsim/sonata/config"
)

type sweepCommand struct {
	Run   sweepRunCommand   `cmd:"" help:"Run a config at many points, one after another, and make a table of the results."`
	Point sweepPointCommand `cmd:"" help:"Run one point of a sweep that is prepared (a task of a job array does that)."`
	Table sweepTableCommand `cmd:"" help:"Bring the table of a sweep up to date and print it."`
}

type sweepRunCommand struct {
	configFlags
	Grid   string   `arg:"" help:"Points (JSON): {\"run.dt\": [0.1, 0.05], …} for all combinations, or a list of points [{\"run.dt\": 0.1}, …]."`
	Launch []string `arg:"" optional:"" help:"After --: what starts the ranks of each point: -- mpirun -np 4."`
	Force  bool     `help:"Replace another sweep in the output folder."`
}

// preparation is a sweep that can be run.
type preparation struct{ sweep.Sweep }

// Run is netsim sweep run. Points that are done are not run again.
func (c *sweepRunCommand) Run(p Process) error {
	if err := notUnderMPI("run"); err != nil {
		return err
	}
	cfg, problems := config.Load(c.Config, c.options())
	if errs, _ := show(p.Stderr, problems); errs > 0 {
		return coded{error: fmt.Errorf("%s in %s; nothing was simulated", plural(errs, "error"), c.Config), code: BadInput}
	}
	s, n := c.prepare(p, c.Grid, cfg.Output.Dir)
	if n > 0 {
		return coded{error: fmt.Errorf("%s; nothing was simulated", plural(n, "error")), code: BadInput}
	}
	if err := s.Prepare(cfg.Output.Dir, c.Force); err != nil {
		return coded{error: err, code: BadInput}
	}
	signals, stopped, stop := forwarded()
	defer stop()
	runner, err := newRunner(p, c.Launch, signals)
	if err != nil {
		return err
	}
	failed := 0
	for k := range s.Points {
		title := fmt.Sprintf("point %d of %d: %s", k, len(s.Points), strings.Join(s.Settings(k), " "))
		if r, ok := s.Record(k); ok && r.Exit != nil && *r.Exit == Done {
			fmt.Fprintf(p.Stdout, "== %s (done before)\n", title)
			continue
		}
		fmt.Fprintf(p.Stdout, "== %s\n", title)
		code, err := runner.Run(&s.Sweep, k)
		if err != nil {
			return err
		}
		if err := s.WriteTable(); err != nil {
			return err
		}
		if code != Done {
			failed++
			fmt.Fprintf(p.Stderr, "netsim: point %d ended with exit code %d\n", k, code)
		}
		if stopped() {
			return coded{error: fmt.Errorf("interrupted after point %d; the same command goes on", k), code: Interrupted}
		}
	}
	if err := s.WriteTable(); err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "results of %s in %s\n", plural(len(s.Points), "point"), filepath.Join(s.Dir(), sweep.TableFile))
	if failed > 0 {
		return fmt.Errorf("%s of %d failed", plural(failed, "point"), len(s.Points))
	}
	return nil
}

// maxShown is how many points of a sweep show their problems; more would be the same again.
const maxShown = 5

// prepare reads the points of a sweep and the config at every one of them. n counts what is wrong, which was shown.
func (f *configFlags) prepare(p Process, grid, dir string) (s *preparation, n int) {
	data, err := os.ReadFile(grid)
	if err != nil {
		fmt.Fprintf(p.Stderr, "netsim: could not read the sweep: %v\n", err)
		return nil, 1
	}
	s = &preparation{}
	if s.Keys, s.Points, err = sweep.ParseGrid(data); err != nil {
		fmt.Fprintf(p.Stderr, "netsim: could not read the sweep %s: %v\n", grid, err)
		return nil, 1
	}
	for _, key := range s.Keys {
		why := ""
		switch {
		case key == "output.output_dir":
			why = "every point has a folder of its own"
		case key == "run.tstop" && f.TStop != nil:
			why = "--tstop gives it one value"
		case key == "run.dt" && f.Dt != nil:
			why = "--dt gives it one value"
		}
		if why != "" {
			fmt.Fprintf(p.Stderr, "netsim: could not use the sweep %s: %s cannot change from point to point: %s\n", grid, key, why)
			n++
		}
	}
	if n > 0 {
		return nil, n
	}
	s.Arguments = f.modifiers()
	shown := 0
	for k := range s.Points {
		opt := f.options()
		opt.Set = append(append([]string{}, opt.Set...), s.Settings(k)...)
		opt.OutputDir = filepath.Join(dir, "point")
		cfg, problems := config.Load(f.Config, opt)
		if cfg != nil {
			s.Config = cfg.Path
		}
		errs := 0
		for _, problem := range problems {
			if problem.Severity != config.Error {
				continue
			}
			if errs++; shown < maxShown {
				fmt.Fprintf(p.Stderr, "point %d: %s\n", k, problem.String())
			}
		}
		if errs > 0 {
			if shown++; shown == maxShown {
				fmt.Fprintln(p.Stderr, "(the problems of further points are not shown)")
			}
		}
		n += errs
	}
	return s, n
}

type sweepPointCommand struct {
	Dir    string   `arg:"" help:"Folder of the sweep."`
	Point  int      `arg:"" help:"Number of the point, from 0."`
	Launch []string `arg:"" optional:"" help:"After --: what starts the ranks: -- mpirun -np 4."`
}

// Run is netsim sweep point. Its exit code is that of the run.
func (c *sweepPointCommand) Run(p Process) error {
	if err := notUnderMPI("point"); err != nil {
		return err
	}
	s, err := sweep.Open(c.Dir)
	if err != nil {
		return coded{error: err, code: BadInput}
	}
	if c.Point < 0 || c.Point >= len(s.Points) {
		return coded{error: fmt.Errorf("the sweep in %s has no point %d: its last is %d", c.Dir, c.Point, len(s.Points)-1), code: BadInput}
	}
	signals, _, stop := forwarded()
	defer stop()
	runner, err := newRunner(p, c.Launch, signals)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "point %d of %d: %s\n", c.Point, len(s.Points), strings.Join(s.Settings(c.Point), " "))
	code, err := runner.Run(s, c.Point)
	if err != nil {
		return err
	}
	if err := s.WriteTable(); err != nil {
		return err
	}
	if code != Done {
		return coded{error: fmt.Errorf("point %d ended with exit code %d", c.Point, code), code: code}
	}
	return nil
}

type sweepTableCommand struct {
	Dir string `arg:"" help:"Folder of the sweep."`
}

// Run is netsim sweep table.
func (c *sweepTableCommand) Run(p Process) error {
	s, err := sweep.Open(c.Dir)
	if err != nil {
		return coded{error: err, code: BadInput}
	}
	if err := s.WriteTable(); err != nil {
		return err
	}
	_, err = p.Stdout.Write(s.Table())
	return err
}

// notUnderMPI refuses a sweep whose every rank would start the runs.
func notUnderMPI(command string) error {
	if mpi.Launched() {
		return coded{error: fmt.Errorf("a launcher (mpirun, srun) started netsim sweep %s several times: let the sweep start the ranks, as in netsim sweep %s … -- mpirun -np 4", command, command), code: BadInput}
	}
	return nil
}

func newRunner(p Process, launch []string, signals <-chan os.Signal) (*sweep.Runner, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("could not find this program: %w", err)
	}
	return &sweep.Runner{Launch: launch, Netsim: path, Stdout: p.Stdout, Stderr: p.Stderr, Signals: signals}, nil
}

// forwarded catches the signals that a sweep passes on to its run; stopped says whether one came.
func forwarded() (signals <-chan os.Signal, stopped func() bool, stop func()) {
	caught, out := make(chan os.Signal, 4), make(chan os.Signal, 4)
	came := make(chan struct{})
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1)
	go func() {
		first := true
		for s := range caught {
			if first {
				close(came)
				first = false
			}
			out <- s
		}
	}()
	return out, func() bool {
		select {
		case <-came:
			return true
		default:
			return false
		}
	}, func() { signal.Stop(caught); close(caught) }
}
