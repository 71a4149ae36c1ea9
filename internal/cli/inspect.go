package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"netsim/engine/vec"
	"netsim/internal/h5"
	"netsim/reports/merge"
	"netsim/simulation"
)

// Version is set by the release build.
var Version = "0.1.0"

func build(p Process) simulation.Build {
	b := simulation.Build{Version: Version, HDF5: h5.Version()}
	if p.MPI != nil {
		b.MPI = p.MPI()
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Commit = s.Value
			}
		}
	}
	return b
}

type versionCommand struct{}

// Run is netsim version.
func (versionCommand) Run(p Process) error {
	b := build(p)
	commit := b.Commit
	if commit == "" {
		commit = "unknown"
	}
	fmt.Fprintf(p.Stdout, "netsim %s\ncommit  %s\nGo      %s %s/%s\nMPI     %s\nHDF5    %s\nSIMD    %s (best of this machine: %s)\n",
		b.Version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH, b.MPI, b.HDF5, vec.Current(), vec.Best())
	return nil
}

type checkCommand struct {
	configFlags
}

// Run is netsim check.
func (c *checkCommand) Run(p Process) error {
	problems := simulation.Check(simulation.Options{Config: c.Config, Load: c.options()})
	errs, warnings := show(p.Stdout, problems)
	if errs > 0 {
		return coded{error: fmt.Errorf("%s and %s in %s", plural(errs, "error"), plural(warnings, "warning"), c.Config), code: BadInput}
	}
	fmt.Fprintf(p.Stdout, "%s: no errors, %s\n", c.Config, plural(warnings, "warning"))
	return nil
}

type infoCommand struct {
	Config string `arg:"" help:"Simulation or circuit config (JSON)."`
}

// Run is netsim info.
func (c *infoCommand) Run(p Process) error {
	text, problems := simulation.Info(c.Config)
	errs, _ := show(p.Stderr, problems)
	fmt.Fprint(p.Stdout, text)
	if errs > 0 {
		return coded{error: fmt.Errorf("%s in %s", plural(errs, "error"), c.Config), code: BadInput}
	}
	return nil
}

type mergeCommand struct {
	OutputDir string `arg:"" help:"Output folder of the run."`
}

// Run is netsim merge.
func (c *mergeCommand) Run(p Process) error {
	join := merge.Merge
	if simulation.HasCheckpoint(c.OutputDir) { // it can still be resumed
		join = merge.Leave
	}
	sum, err := join(c.OutputDir)
	if err != nil {
		return err
	}
	if sum.Complete {
		if err := simulation.RemoveCheckpoints(c.OutputDir); err != nil {
			return err
		}
	}
	fmt.Fprint(p.Stdout, simulation.MergeText(sum))
	return nil
}
