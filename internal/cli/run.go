package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"netsim/simulation"
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

type runCommand struct {
	configFlags
	logFlags
	Numerics string `help:"neuron: NEURON's bits; fast: the same formulas at less cost; replaces run.numerics." placeholder:"MODE"`
	Threads  int    `help:"Threads per rank; 0: as many as this rank has cores." default:"0" placeholder:"N"`
	Profile  string `help:"Write a CPU profile (pprof) of rank 0 to this file." placeholder:"FILE" type:"path"`
	Plain    bool   `help:"One cell and one instance at a time, without SIMD: slow, the same bytes (for tests)." hidden:""`
}

// Run is netsim config.json.
func (c *runCommand) Run(p Process) error {
	ctx, cancel, stop := stoppable()
	defer stop()
	return p.Ranks(func(ranks spikeexchange.Exchanger) error {
		out := io.Writer(p.Stderr)
		if ranks.Rank() != 0 {
			out = io.Discard
		}
		stream, level := c.logger(out)
		load := c.options()
		load.Numerics = c.Numerics
		opt := simulation.Options{
			Config:  c.Config,
			Load:    load,
			Threads: c.Threads,
			Plain:   c.Plain,
			Log:     stream, LogLevel: level,
			Build: build(p),
		}
		if opt.Threads <= 0 {
			opt.Threads = cores.PerRank()
		}
		if !c.Quiet && ranks.Rank() == 0 {
			opt.Progress = p.Stderr
			opt.Terminal = simulation.IsTerminal(p.Stderr) && c.LogFormat == "text"
		}
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
			return c.failure(ranks, err, context.Cause(ctx), out)
		}
		if !c.Quiet && ranks.Rank() == 0 {
			simulation.WriteText(p.Stdout, sum)
		}
		return nil
	})
}

// profile starts a CPU profile if one was asked for.
func (c *runCommand) profile(ranks spikeexchange.Exchanger) (end func(), err error) {
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
func (c *runCommand) failure(ranks spikeexchange.Exchanger, err, cause error, out io.Writer) error {
	code := Failed
	var bad *simulation.InputError
	switch {
	case errors.As(err, &bad):
		code = BadInput
	case errors.Is(err, simulation.ErrInterrupted):
		code = exitCodeOf(cause)
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
