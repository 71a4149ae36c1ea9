// Package script writes Slurm job scripts and submits them. testdata shows what they look like.
package script

import (
	"bytes"
	"embed"
	"fmt"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"netsim/slurm"
)

// The launchers.
const (
	Mpirun = "mpirun" // Open MPI's own, works where Open MPI knows Slurm, and on one node everywhere
	Srun   = "srun"   // Slurm's, with PMIx
)

// Job is what a job script is made of. Zero values leave things to Slurm, unless said otherwise.
type Job struct {
	Name      string
	Version   string   // of netsim
	Command   []string // the command line that asked for the script
	Netsim    string   // path of the program
	Config    string   // path of the simulation config
	Arguments []string // further arguments of netsim run
	Output    string   // output folder of the run, of all points of a sweep

	Nodes        int
	TasksPerNode int // 0: whole nodes, one rank on each, a thread for every core
	CPUsPerTask  int // 0: 1, or with whole nodes all
	Time         string
	Partition    string
	Account      string
	QOS          string
	Mem          string
	Modules      []string
	Options      []string // further options of sbatch, "--constraint=avx512"
	Launcher     string   // Mpirun or Srun

	// Notice is how long before the time limit the run is told to leave, in whole seconds. 0 stands for two minutes, or
	// a quarter of the limit where that is less.
	Notice time.Duration

	Points int // of a sweep, prepared in Output; 0 for a single run
	AtOnce int // points of a sweep that run at the same time; 0 for no limit
}

// Problems lists all that is wrong with the job, each beginning with the flag it is about.
func (j *Job) Problems() []string {
	var bad []string
	report := func(format string, args ...any) { bad = append(bad, fmt.Sprintf(format, args...)) }
	if j.Nodes < 1 {
		report("--nodes: %d is no number of nodes: 1 or more", j.Nodes)
	}
	if j.TasksPerNode < 0 {
		report("--ntasks-per-node: %d is no number of ranks: 1 or more, or leave it out for one rank on each whole node", j.TasksPerNode)
	}
	switch {
	case j.CPUsPerTask < 0:
		report("--cpus-per-task: %d is no number of cores: 1 or more", j.CPUsPerTask)
	case j.CPUsPerTask > 0 && j.TasksPerNode == 0:
		report("--cpus-per-task: say also --ntasks-per-node; without it a job takes whole nodes, one rank on each with all its cores")
	}
	limit, err := ParseLimit(j.Time)
	if err != nil {
		report("--time: %v", err)
	} else if j.Notice > 0 && j.Notice >= limit {
		report("--notice: %s before the end of a limit of %s is no time to compute in", words(j.Notice), words(limit))
	}
	if j.Notice < 0 || j.Notice%time.Second != 0 || j.Notice/time.Second > 65535 {
		report("--notice: %v is not 1 to 65535 whole seconds", j.Notice)
	}
	for _, f := range []struct{ flag, value string }{{"--partition", j.Partition}, {"--account", j.Account}, {"--qos", j.QOS}} {
		if f.value != "" && !name.MatchString(f.value) {
			report("%s: %q has characters that no such name has", f.flag, f.value)
		}
	}
	if j.Mem != "" && !memory.MatchString(j.Mem) {
		report("--mem: %q is no size: write a whole number and K, M, G or T (64G); it is memory per node", j.Mem)
	}
	for _, m := range j.Modules {
		if !moduleName.MatchString(m) {
			report("--module: %q has characters that no module's name has", m)
		}
	}
	for _, o := range j.Options {
		if !strings.HasPrefix(o, "-") || strings.ContainsAny(o, "\n\r#") {
			report("--option: %q is not one option of sbatch, as --option=--constraint=avx512", o)
		}
	}
	if j.Launcher != Mpirun && j.Launcher != Srun {
		report("--launcher: %q is neither %s nor %s", j.Launcher, Mpirun, Srun)
	}
	if j.AtOnce < 0 {
		report("--at-once: %d is no number of points: 1 or more", j.AtOnce)
	}
	return bad
}

//go:embed job.sh.tmpl
var source embed.FS

var text = template.Must(template.New("job.sh.tmpl").Funcs(template.FuncMap{
	"quote": quote, "quoteAll": quoteAll, "words": words,
}).ParseFS(source, "job.sh.tmpl"))

// Text is the script. The job must have no Problems.
func (j *Job) Text() ([]byte, error) {
	limit, err := ParseLimit(j.Time)
	if err != nil {
		return nil, err
	}
	notice := j.Notice
	if notice == 0 {
		notice = min(120*time.Second, (limit / 4).Truncate(time.Second))
	}
	cpus := j.CPUsPerTask
	if cpus == 0 {
		cpus = 1
	}
	var b bytes.Buffer
	err = text.Execute(&b, map[string]any{
		"Job":     j,
		"Command": strings.ReplaceAll(quoteAll(j.Command), "\n", " "), // it stands in a comment
		"Limit":   limit,
		"Notice":  notice,
		"Seconds": int(notice / time.Second),
		"Whole":   j.TasksPerNode == 0,
		"CPUs":    cpus,
		"Last":    j.Points - 1,
		"Code":    slurm.RequeueCode,
		"Sweep":   j.Points > 0,
	})
	if err != nil {
		return nil, fmt.Errorf("could not write the job script: %w", err)
	}
	return b.Bytes(), nil
}

// FileName is where the script goes when the user names no file.
func (j *Job) FileName() string { return filepath.Clean(JobName(j.Name) + ".sbatch") }
