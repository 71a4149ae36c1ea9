package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"netsim/slurm/script"
	"netsim/sonata/config"
)

type sbatchCommand struct {
	configFlags
	Nodes        int      `default:"1" placeholder:"N" help:"Nodes."`
	TasksPerNode int      `name:"ntasks-per-node" placeholder:"N" help:"Ranks on each node; without it the job takes whole nodes, one rank on each with all its cores."`
	CPUsPerTask  int      `name:"cpus-per-task" placeholder:"N" help:"Cores, and so threads, of each rank."`
	Time         string   `required:"" placeholder:"8:00:00" help:"Time limit, as Slurm writes it: hours:minutes:seconds, days-hours, or minutes."`
	Partition    string   `short:"p" placeholder:"NAME" help:"Partition."`
	Account      string   `short:"A" placeholder:"NAME" help:"Account."`
	QOS          string   `name:"qos" placeholder:"NAME" help:"Quality of service."`
	Mem          string   `placeholder:"64G" help:"Memory per node."`
	Module       []string `placeholder:"NAME" help:"Environment module to load; can be given again."`
	Option       []string `sep:"none" placeholder:"OPTION" help:"A further option of sbatch: --option=--constraint=avx512."`
	JobName      string   `placeholder:"NAME" help:"Name of the job; default: the config's, or its folder's."`
	Launcher     string   `enum:"mpirun,srun" default:"mpirun" help:"What starts the ranks: ${enum}."`
	Notice       int      `placeholder:"S" help:"How long before the time limit the run is told to write what it has, in s; default 120, or a quarter of a short limit."`
	Netsim       string   `placeholder:"PATH" help:"The program on the compute nodes; default: this one."`
	Sweep        string   `placeholder:"GRID.json" help:"Run many points as a job array: {\"run.dt\": [0.1, 0.05], …} (all combinations), or a list of points."`
	AtOnce       int      `placeholder:"N" help:"Points of a sweep that run at the same time."`
	Output       string   `short:"o" placeholder:"FILE" help:"Script to write; default: the job's name with .sbatch; - is standard output."`
	Submit       bool     `help:"Submit the script."`
	Force        bool     `help:"Replace a script, or a sweep, that is already there."`
}

// Run is netsim sbatch.
func (c *sbatchCommand) Run(p Process, ctx *kong.Context) error {
	cfg, problems := config.Load(c.Config, c.options())
	if errs, _ := show(p.Stderr, problems); errs > 0 {
		return coded{error: fmt.Errorf("%s in %s; no script was written", plural(errs, "error"), c.Config), code: BadInput}
	}
	job := &script.Job{
		Name: script.JobName(c.JobName), Version: Version, Command: append([]string{"netsim"}, ctx.Args...),
		Config: cfg.Path, Arguments: c.arguments(), Output: cfg.Output.Dir,
		Nodes: c.Nodes, TasksPerNode: c.TasksPerNode, CPUsPerTask: c.CPUsPerTask,
		Time: c.Time, Partition: c.Partition, Account: c.Account, QOS: c.QOS, Mem: c.Mem,
		Modules: c.Module, Options: c.Option, Launcher: c.Launcher, Notice: time.Duration(c.Notice) * time.Second,
		AtOnce: c.AtOnce,
	}
	if c.JobName == "" {
		job.Name = script.JobName(jobName(cfg.Path))
	}
	var err error
	if job.Netsim, err = program(c.Netsim); err != nil {
		return err
	}
	bad := job.Problems()
	if c.Sweep == "" && c.AtOnce != 0 {
		bad = append(bad, "--at-once: says how many points of a --sweep run at the same time")
	}
	file := c.Output
	if file == "" {
		file = job.FileName()
	}
	if file == "-" && c.Submit {
		bad = append(bad, "--submit: a script on standard output cannot be submitted; name a file with -o")
	}
	if _, err := os.Lstat(file); err == nil && file != "-" && !c.Force {
		bad = append(bad, fmt.Sprintf("-o: %s is already there; name another file, or use --force", file))
	}
	prepared, sweepProblems := (*preparation)(nil), 0
	if c.Sweep != "" {
		if prepared, sweepProblems = c.prepare(p, c.Sweep, cfg.Output.Dir); prepared != nil {
			job.Points = len(prepared.Points)
		}
	}
	for _, b := range bad {
		fmt.Fprintf(p.Stderr, "netsim: %s\n", b)
	}
	if n := len(bad) + sweepProblems; n > 0 {
		return coded{error: fmt.Errorf("%s; no script was written", plural(n, "error")), code: BadInput}
	}
	text, err := job.Text()
	if err != nil {
		return err
	}
	if prepared != nil {
		if err := prepared.Prepare(cfg.Output.Dir, c.Force); err != nil {
			return coded{error: err, code: BadInput}
		}
	}
	if file == "-" {
		_, err := p.Stdout.Write(text)
		return err
	}
	if err := writeScript(file, text, c.Force); err != nil {
		return err
	}
	if !c.Submit {
		fmt.Fprintf(p.Stdout, "wrote %s\nsubmit it with: sbatch %s\n", file, file)
		return nil
	}
	id, err := script.Submit(context.Background(), file)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "wrote %s\nsubmitted job %s\n", file, id)
	return nil
}

// writeScript never follows a link to a file elsewhere unless forced, and never leaves half a script.
func writeScript(file string, text []byte, force bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(file, flags, 0o777)
	if errors.Is(err, fs.ErrExist) {
		return coded{error: fmt.Errorf("could not write the job script: %s is already there; name another file, or use --force", file), code: BadInput}
	}
	if err == nil {
		_, err = f.Write(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("could not write the job script: %w", err)
	}
	return nil
}

// jobName is the config's name, or that of its folder where the config is called as all are.
func jobName(path string) string {
	base := strings.TrimSuffix(filepath.Base(path), ".json")
	switch base {
	case "config", "simulation_config", "config_simulation", "simulation":
		if dir := filepath.Base(filepath.Dir(path)); dir != "/" && dir != "." {
			return dir
		}
	}
	return base
}

// program is the absolute path of netsim as a job will call it.
func program(named string) (string, error) {
	if named != "" {
		if strings.ContainsRune(named, '/') {
			return filepath.Abs(named)
		}
		return named, nil // found in the job's PATH
	}
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("could not find this program; name it with --netsim: %w", err)
	}
	return path, nil
}

// modifiers are the flags of netsim run that change the config, but for the output folder.
func (f *configFlags) modifiers() []string {
	var args []string
	number := func(flag string, v *float64) {
		if v != nil {
			args = append(args, flag, strconv.FormatFloat(*v, 'g', -1, 64))
		}
	}
	number("--tstop", f.TStop)
	number("--dt", f.Dt)
	for _, s := range f.Set {
		args = append(args, "--set", s)
	}
	if f.Strict {
		args = append(args, "--strict")
	}
	return args
}

// arguments are the flags of netsim run that give a job the config as it is here.
func (f *configFlags) arguments() []string {
	args := f.modifiers()
	if f.OutputDir != "" {
		dir, err := filepath.Abs(f.OutputDir)
		if err != nil {
			dir = f.OutputDir
		}
		args = append(args, "--output-dir", dir)
	}
	return args
}
