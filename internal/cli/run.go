package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"netsim/simulation"
	"netsim/slurm"
	"netsim/slurm/cores"
	"netsim/sonata/config"
	"netsim/spikeexchange"
)

type configFlags struct {
	Config    string   `arg:"" help:"Simulation config (JSON)."`
	TStop     *float64 `name:"tstop" help:"Simulated time in ms; replaces run.tstop." placeholder:"MS"`
	Dt        *float64 `name:"dt" help:"Time step in ms; replaces run.dt." placeholder:"MS"`
	Set       []string `help:"Replace one value of the config, as inputs.clamp.amp=0.2; can be given again." placeholder:"KEY=VALUE" sep:"none"`
	OutputDir string   `help:"Output folder; replaces output.output_dir." placeholder:"DIR"`
	Strict    bool     `help:"Unknown keys in the config are errors."`
}

func (f *configFlags) options() config.Options {
	return config.Options{Strict: f.Strict, TStop: f.TStop, Dt: f.Dt, Set: f.Set, OutputDir: f.OutputDir}
}

type logFlags struct {
	LogFormat string `help:"Log as text for people or as JSON lines: ${enum}." enum:"text,json" default:"text"`
	Quiet     bool   `short:"q" help:"Log warnings and errors only; no progress, no summary."`
}

// processFlags are how a run is carried out: they change no byte of what comes out.
type processFlags struct {
	Threads int    `help:"Threads per rank; 0: as many as this rank has cores." default:"0" placeholder:"N"`
	Every   string `name:"checkpoint-every" help:"Write a checkpoint now and then: 10min, 90s, 2h of wall-clock time, or 1000ms of simulated time." placeholder:"TIME"`
	Profile string `help:"Write a CPU profile (pprof) of rank 0 to this file." placeholder:"FILE" type:"path"`
	Plain   bool   `help:"One cell and one instance at a time, without SIMD: slow, the same bytes (for tests)." hidden:""`
}

type runCommand struct {
	configFlags
	logFlags
	processFlags
	Numerics  string `help:"neuron: NEURON's bits; fast: the same formulas at less cost; replaces run.numerics." placeholder:"MODE"`
	Restore   string `help:"Start from a saved state: the time goes on where it was saved, with this config's inputs and reports." placeholder:"FOLDER" type:"path"`
	SaveState string `help:"Leave the state at the end, for --restore." placeholder:"FOLDER" type:"path"`
}

// Run is netsim config.json.
func (c *runCommand) Run(p Process) error {
	return c.simulate(p, &c.logFlags, func(ranks spikeexchange.Exchanger, opt *simulation.Options) error {
		opt.Config, opt.Load = c.Config, c.options()
		opt.Load.Numerics = c.Numerics
		opt.Restore, opt.SaveState = c.Restore, c.SaveState
		if job, inside := slurm.Environment(); inside && job.Restarts > 0 {
			opt.Resume = simulation.IfThere
		}
		return nil
	})
}

type resumeCommand struct {
	OutputDir string `arg:"" help:"Output folder of the run." type:"path"`
	logFlags
	processFlags
}

// Run is netsim resume.
func (c *resumeCommand) Run(p Process) error {
	return c.simulate(p, &c.logFlags, func(ranks spikeexchange.Exchanger, opt *simulation.Options) error {
		from, settings, _, err := simulation.FindCheckpoint(ranks, c.OutputDir)
		if err := ranks.FirstError(err); err != nil {
			return fmt.Errorf("could not resume: %w", err)
		}
		opt.Config, opt.Load, opt.Resume = from.Config, settings.Load, simulation.FromNewest
		opt.Load.OutputDir = c.OutputDir
		opt.SaveState = settings.SaveState
		if c.Every == "" {
			opt.EveryText = settings.Every
		}
		return nil
	})
}

// simulate runs what set says.
func (c *processFlags) simulate(p Process, logs *logFlags, set func(spikeexchange.Exchanger, *simulation.Options) error) error {
	if _, err := simulation.ParseEvery(c.Every); err != nil {
		return coded{error: fmt.Errorf("--checkpoint-every: %w", err), code: BadInput}
	}
	ctx, cancel, stop := stoppable()
	defer stop()
	return p.Ranks(func(ranks spikeexchange.Exchanger) error {
		out := io.Writer(p.Stderr)
		if ranks.Rank() != 0 {
			out = io.Discard
		}
		stream, level := logs.logger(out)
		opt := simulation.Options{
			Threads: c.Threads,
			Plain:   c.Plain,
			Log:     stream, LogLevel: level,
			Build:     build(p),
			EveryText: c.Every,
			Leaving:   leaving,
		}
		if opt.Threads <= 0 {
			opt.Threads = cores.PerRank()
		}
		if !logs.Quiet && ranks.Rank() == 0 {
			opt.Progress = p.Stderr
			opt.Terminal = simulation.IsTerminal(p.Stderr) && logs.LogFormat == "text"
		}
		if err := set(ranks, &opt); err != nil {
			return failure(ranks, err, out)
		}
		opt.Every, _ = simulation.ParseEvery(opt.EveryText)
		if ranks.Rank() == 0 {
			leaveInTime(ctx, cancel, zerolog.New(stream).Level(level))
		}
		endProfile, err := c.profile(ranks)
		if err != nil {
			return err
		}
		sum, err := simulation.Run(ctx, ranks, opt)
		endProfile()
		if err != nil {
			return failure(ranks, err, out)
		}
		if !logs.Quiet && ranks.Rank() == 0 {
			simulation.WriteText(p.Stdout, sum)
		}
		return nil
	})
}

// profile starts a CPU profile if one was asked for.
func (c *processFlags) profile(ranks spikeexchange.Exchanger) (end func(), err error) {
	if c.Profile == "" || ranks.Rank() != 0 {
		return func() {}, nil
	}
	f, err := os.Create(c.Profile)
	if err != nil {
		return nil, fmt.Errorf("could not create the profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("could not start the profile: %w", err)
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// failure shows an error once and gives all ranks the same exit code.
func failure(ranks spikeexchange.Exchanger, err error, out io.Writer) error {
	code := Failed
	var bad *simulation.InputError
	var stopped *simulation.Stopped
	switch {
	case errors.As(err, &bad):
		code = BadInput
	case errors.As(err, &stopped): // on every rank
		fmt.Fprintf(out, "netsim: %v\n", err)
		return coded{error: err, code: exitCodeOf(stopped), quiet: true}
	}
	var rank *spikeexchange.RankError
	if ranks.Size() > 1 && errors.As(err, &rank) {
		worst, reduceErr := ranks.AllreduceInt64(spikeexchange.Max, int64(code))
		if reduceErr == nil {
			code = int(worst)
		}
		message := "netsim: " + rank.Error()
		if code == BadInput {
			message = rank.Message // the same on every rank, or a fault of one rank's cells
		}
		fmt.Fprintln(out, message)
		return coded{error: err, code: code, quiet: true}
	}
	if ranks.Size() > 1 {
		return err // not agreed: MPI ends all ranks with this message
	}
	if code == BadInput {
		fmt.Fprintln(out, err)
	}
	return coded{error: err, code: code, quiet: code == BadInput}
}

// logger is where zerolog's lines go and from which level on.
func (f *logFlags) logger(out io.Writer) (io.Writer, zerolog.Level) {
	level := zerolog.InfoLevel
	if f.Quiet {
		level = zerolog.WarnLevel
	}
	if f.LogFormat == "json" {
		return out, level
	}
	return zerolog.ConsoleWriter{Out: out, NoColor: !simulation.IsTerminal(out), TimeFormat: time.TimeOnly}, level
}

// show prints problems, errors last, and counts them.
func show(out io.Writer, problems []config.Problem) (errs, warnings int) {
	for _, severity := range []config.Severity{config.Warning, config.Error} {
		for _, p := range problems {
			if p.Severity != severity {
				continue
			}
			fmt.Fprintln(out, strings.TrimRight(p.String(), "\n"))
			if severity == config.Error {
				errs++
			} else {
				warnings++
			}
		}
	}
	return errs, warnings
}

// plural is "1 error", "2 errors".
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
