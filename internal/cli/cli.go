// Package cli is the command line: one function per subcommand, each testable without a process.
package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"netsim/spikeexchange"
)

// Process is what the commands need of the process that runs them.
type Process struct {
	Stdout, Stderr io.Writer
	// Ranks calls f with this process's share of the ranks and returns what f returns, or does not return when the
	// ranks end together.
	Ranks func(f func(spikeexchange.Exchanger) error) error
	// MPI is the version of the MPI library.
	MPI func() string
}

// Exit codes.
const (
	Done        = 0
	Failed      = 1 // the run failed
	BadInput    = 2 // bad input or usage
	Interrupted = 130
	Terminated  = 143
)

type grammar struct {
	Run     runCommand     `cmd:"" default:"withargs" help:"Run a simulation (the default command)."`
	Resume  resumeCommand  `cmd:"" help:"Go on with a run from its newest checkpoint, on any number of ranks."`
	Check   checkCommand   `cmd:"" help:"Read everything that a config names, build nothing, list every problem."`
	Info    infoCommand    `cmd:"" help:"Show populations, cell types, synapse counts and mechanisms of a circuit."`
	Merge   mergeCommand   `cmd:"" help:"Finish the files of a run that left only its ranks' parts."`
	Sbatch  sbatchCommand  `cmd:"" help:"Write a Slurm job script, or submit it."`
	Sweep   sweepCommand   `cmd:"" help:"Run a config at many points."`
	Mod     modCommand     `cmd:"" help:"Look at .mod files."`
	Version versionCommand `cmd:"" help:"Show version, commit, Go, MPI, HDF5 and SIMD level."`
}

// coded is an error with an exit code of its own. Quiet errors were shown already.
type coded struct {
	error
	code  int
	quiet bool
}

func (c coded) Unwrap() error { return c.error }

// Agreed tells MPI that all ranks return this error, so that it may stop in order.
func (c coded) Agreed() bool { return true }

// Main runs one command line and returns the exit code.
func Main(args []string, p Process) int {
	var g grammar
	exit := -1
	parser, err := kong.New(&g,
		kong.Name("netsim"),
		kong.Description("netsim runs networks of biophysically detailed neurons from SONATA circuits and .mod files.\n\n"+
			"  netsim config.json                 one process, all cores\n"+
			"  mpirun -np 4 netsim config.json    four ranks, gid g on rank g mod 4\n\n"+
			"Times are in ms, potentials in mV, currents in nA. Exit codes: 0 done, 1 the run failed, 2 bad input or usage, "+
			"85 left with a checkpoint to go on from, 130 or 143 interrupted."),
		kong.Writers(p.Stdout, p.Stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
	)
	if err != nil {
		fmt.Fprintln(p.Stderr, "netsim:", err)
		return Failed
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "netsim: %v\nTry netsim --help.\n", err)
		return BadInput
	}
	err = ctx.Run(p)
	if err == nil {
		return Done
	}
	var c coded
	if !errors.As(err, &c) {
		c = coded{error: err, code: Failed}
	}
	if !c.quiet {
		fmt.Fprintf(p.Stderr, "netsim: %v\n", c.error)
	}
	return c.code
}
