// Package simulation is the conductor: the phases of one run and its main loop.
package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"netsim/checkpoint"
	"netsim/engine"
	"netsim/partition"
	"netsim/reports"
	"netsim/slurm"
	"netsim/sonata"
	"netsim/sonata/config"
	"netsim/spikeexchange"
)

// Options say what to run and how.
type Options struct {
	Config   string // path of the simulation config
	Load     config.Options
	Threads  int // per rank
	Plain    bool
	Log      io.Writer     // takes zerolog's JSON lines
	LogLevel zerolog.Level // of what goes to Log; a log file of the config gets all
	Progress io.Writer     // of rank 0; nil for none
	Terminal bool          // Progress is a terminal
	Build    Build

	Resume    Resume
	Restore   string // saved state to start from; "" for INITIAL alone
	SaveState string // where to leave the state at the end; "" for nowhere
	Every     Every
	EveryText string // as it was given
	// Leaving says what the cause of an ended context means; nil: Interrupted.
	Leaving func(cause error) Leaving
}

// Build says which program this is.
type Build struct {
	Version, Commit, MPI, HDF5 string
}

// InputError is everything that is wrong with the user's input; nothing was simulated and nothing was written.
type InputError struct{ Problems []config.Problem }

// Error lists the problems, one or more lines each.
func (e *InputError) Error() string {
	var b strings.Builder
	n := 0
	for _, p := range e.Problems {
		if p.Severity == config.Error {
			n++
			fmt.Fprintf(&b, "%s\n", p.String())
		}
	}
	noun := "errors"
	if n == 1 {
		noun = "error"
	}
	fmt.Fprintf(&b, "netsim: %d %s; nothing was simulated and no file was changed", n, noun)
	return b.String()
}

// run is one rank's share of a run.
type run struct {
	opt     Options
	ranks   spikeexchange.Exchanger
	model   *model
	engine  *engine.Engine
	output  *reports.Output
	records []*engine.Recording
	reports []*recording
	figures rankFigures
	summary Summary
	start   time.Time
	log     zerolog.Logger
	logFile logFile

	from           *checkpoint.Checkpoint // what the run starts from, or nil
	restored       bool                   // a saved state, not a checkpoint of this run
	began          float64                // ms, where the run begins, or began before it was resumed
	digests        *engine.Digests
	fixed          []checkpoint.Fact
	lastCheckpoint time.Time
}

// Run reads the circuit, simulates it and writes its files. All ranks call it with the same options; rank 0 gets the
// summary.
func Run(ctx context.Context, ranks spikeexchange.Exchanger, opt Options) (Summary, error) {
	r := &run{opt: opt, ranks: ranks, start: time.Now(), summary: newSummary(opt.Build)}
	r.log = logger(opt.Log, opt.LogLevel, &r.logFile)
	defer r.logFile.close()
	if r.opt.Leaving == nil {
		r.opt.Leaving = func(error) Leaving { return Interrupted }
	}
	for _, phase := range []func(context.Context) error{r.read, r.build, r.initialise, r.solve, r.merge, r.summarise} {
		if err := phase(ctx); err != nil {
			if r.logFile.file != nil {
				fmt.Fprintf(&r.logFile, "%s ERR %v\n", time.Now().Format(time.DateTime), err)
			}
			return Summary{}, err
		}
	}
	return r.summary, nil
}

// lap adds the time since *from to a phase and starts the next one.
func lap(from *time.Time, phase *float64) {
	now := time.Now()
	*phase += now.Sub(*from).Seconds()
	*from = now
}

// read brings config, circuit, mechanisms and this rank's cells and edges into memory.
func (r *run) read(context.Context) error {
	from := time.Now()
	size, rank := r.ranks.Size(), r.ranks.Rank()
	m, problems := load(r.opt, func(gid uint64) bool { return partition.RoundRobin(gid, size) == rank })
	r.model = m
	r.warn(problems)
	var err error
	if config.HasErrors(problems) {
		err = &InputError{Problems: problems}
	}
	if err = r.ranks.FirstError(err); err == nil {
		err = r.source()
	}
	lap(&from, &r.figures.Phases.Read)
	return err
}

// warn logs the warnings among the problems.
func (r *run) warn(problems []config.Problem) {
	for _, p := range problems {
		if p.Severity == config.Warning {
			r.log.Warn().Msg(strings.Replace(p.String(), "warning: ", "", 1))
		}
	}
}

// build makes the engine's arrays: templates, synapses, stimuli, reports.
func (r *run) build(context.Context) error {
	from := time.Now()
	err := func() error {
		problems := r.model.build()
		r.warn(problems)
		if config.HasErrors(problems) {
			return &InputError{Problems: problems}
		}
		var err error
		if r.engine, err = engine.New(r.model.net, engine.Options{Threads: r.opt.Threads, Plain: r.opt.Plain, Fast: r.model.cfg.Run.Numerics == config.NumericsFast}); err != nil {
			return err
		}
		net := r.model.net
		r.figures.Synapses, r.figures.NetCons = int64(len(net.Points)), int64(len(net.NetCons))
		if problems = r.plan(); config.HasErrors(problems) {
			return &InputError{Problems: problems}
		}
		r.digests = net.Digests()
		net.NetCons = nil // the engine has its own tables of these
		if r.opt.Every.set() || r.opt.SaveState != "" {
			if err := r.engine.CanSave(); err != nil {
				return &InputError{Problems: []config.Problem{{Msg: err.Error(), Hint: "run without --checkpoint-every and --save-state"}}}
			}
		}
		return nil
	}()
	lap(&from, &r.figures.Phases.Build)
	return r.ranks.FirstError(err)
}

// initialise is finitialize, and the first thing that touches the output folder.
func (r *run) initialise(context.Context) error {
	from := time.Now()
	minDelay, err := r.ranks.MinDelay(r.engine.MinDelay())
	if err != nil {
		return err
	}
	interval, err := r.engine.Init(min(minDelay, maxInterval), r.model.cfg.Run.TStop)
	if err := r.ranks.FirstError(err); err != nil {
		return err
	}
	net := r.model.net
	net.Points, net.Trains, net.Setters = nil, nil, nil
	r.model.trains = nil
	debug.FreeOSMemory() // nothing more is allocated in the main loop
	r.summary.Interval = float64(interval) * r.model.cfg.Run.Dt
	r.summary.Steps = r.model.cfg.Run.Steps
	r.summary.Numerics = r.model.cfg.Run.Numerics
	if err := r.restore(); err != nil {
		return err
	}
	lap(&from, &r.figures.Phases.Initialise)
	if err := r.begin(); err != nil {
		return err
	}
	lap(&from, &r.figures.Phases.Write)
	return nil
}

// maxInterval (ms) bounds the time between exchanges where no connection does: NEURON's pc.set_maxstep(10).
const maxInterval = 10

// solve is the main loop: advance an interval, exchange spikes, record.
func (r *run) solve(ctx context.Context) error {
	cfg := r.model.cfg
	cells, err := r.ranks.AllreduceInt64(spikeexchange.Sum, int64(len(r.model.net.Cells)+len(r.model.net.Artificials)))
	if err != nil {
		return errors.Join(err, r.output.Close())
	}
	synapses, err := r.ranks.AllreduceInt64(spikeexchange.Sum, r.figures.Synapses)
	if err != nil {
		return errors.Join(err, r.output.Close())
	}
	r.log.Info().Int64("cells", cells).Int64("synapses", synapses).
		Int("ranks", r.ranks.Size()).Int("threads", r.opt.Threads).Str("simd", r.summary.SIMD).
		Msgf("simulating %g ms with a step of %g ms, exchanging spikes every %.6g ms", cfg.Run.TStop, cfg.Run.Dt, r.summary.Interval)
	var rep *reporter
	if r.opt.Progress != nil {
		rep = newReporter(r.opt.Progress, r.log, r.opt.Terminal)
		defer rep.end()
	}
	began := time.Now()
	r.lastCheckpoint = began
	spikes := int64(0)
	var exchange []spikeexchange.Spike
	interval := int(math.Round(r.summary.Interval / cfg.Run.Dt))
	for left := cfg.Run.Steps - r.engine.Step(); left > 0; {
		from, before := time.Now(), r.engine.T()
		n := min(interval, left)
		local, err := r.engine.Advance(n)
		lap(&from, &r.figures.Phases.Solve)
		if err == nil {
			err = r.record(local)
		}
		lap(&from, &r.figures.Phases.Write)
		if err != nil {
			rep.end()
			return errors.Join(r.ranks.FirstError(err), r.output.Close())
		}
		exchange = exchange[:0]
		for _, s := range local {
			exchange = append(exchange, spikeexchange.Spike(s))
		}
		r.ranks.Ask(uint8(r.wish(context.Cause(ctx), before)))
		all, err := r.ranks.Exchange(exchange)
		lap(&from, &r.figures.Phases.Exchange)
		if err != nil {
			rep.end()
			return errors.Join(err, r.output.Close())
		}
		for _, s := range all {
			r.engine.Deliver(s.GID, s.T)
		}
		lap(&from, &r.figures.Phases.Solve)
		spikes += int64(len(all))
		left -= n
		rep.at(Progress{T: r.engine.T(), TStop: cfg.Run.TStop, Spikes: spikes, Elapsed: time.Since(began)})
		if left > 0 {
			if err := r.heed(Leaving(r.ranks.Asked()), context.Cause(ctx)); err != nil {
				rep.end()
				return err
			}
		}
	}
	return nil
}

// record hands the interval's spikes and report rows to the output.
func (r *run) record(spikes []engine.Spike) error {
	for _, s := range spikes {
		c := r.model.cellOf[s.GID]
		r.output.Spike(c.population, c.node, s.T)
		r.figures.Spikes[r.model.populations[c.population]]++
	}
	for k, rec := range r.records {
		rows, values := rec.Rows()
		if err := r.output.Report(k).Append(values, rows); err != nil {
			return err
		}
	}
	return r.output.EndInterval(r.engine.T())
}

// merge makes the final files.
func (r *run) merge(context.Context) error {
	from := time.Now()
	if err := r.saveState(); err != nil {
		return errors.Join(err, r.output.Close())
	}
	sum, err := r.output.Finish()
	lap(&from, &r.figures.Phases.Merge)
	r.summary.Files = sum.Files
	if r.resumed() {
		r.summary.Spikes, r.summary.ByPopulation = int64(sum.Spikes), map[string]int64{}
		for name, n := range sum.By {
			r.summary.ByPopulation[name] = int64(n)
		}
	}
	if err == nil && r.ranks.Rank() == 0 {
		err = RemoveCheckpoints(r.model.cfg.Output.Dir)
	}
	return r.ranks.FirstError(err)
}

// summarise gathers the ranks' figures.
func (r *run) summarise(context.Context) error {
	f := &r.figures
	f.Cells = int64(len(r.model.net.Cells) + len(r.model.net.Artificials))
	for _, c := range r.model.net.Cells {
		f.Segments += int64(r.model.segments(c.Template))
	}
	f.Parts = r.engine.Parts()
	f.PeakMemory = peakMemory()
	f.Phases.Total = time.Since(r.start).Seconds()
	raw, err := r.ranks.GatherJSON(f)
	if err != nil || r.ranks.Rank() != 0 {
		return r.ranks.FirstError(err)
	}
	s := &r.summary
	s.Config, s.Output, s.Started = r.model.cfg.Path, r.model.cfg.Output.Dir, r.start
	s.Ranks, s.Threads = r.ranks.Size(), r.opt.Threads
	if job, ok := slurm.Environment(); ok {
		s.Job = &job
	}
	s.TStop, s.Dt = r.model.cfg.Run.TStop, r.model.cfg.Run.Dt
	err = s.combine(raw)
	if err == nil {
		err = s.write()
	}
	return r.ranks.FirstError(err)
}

// begin opens the output.
func (r *run) begin() error {
	cfg := r.model.cfg
	r.figures.Spikes = map[string]int64{}
	plan := reports.Plan{
		Dir:         cfg.Output.Dir,
		Populations: r.model.populations,
		Spikes: reports.SpikesSpec{H5: cfg.Output.SpikesFile, CSV: cfg.Output.SpikesFileCSV, Order: sortOrder(cfg.Output.SortOrder),
			Compression: cfg.Output.Compression},
	}
	var nodes [][]reports.Node
	for _, rec := range r.reports {
		plan.Reports = append(plan.Reports, rec.spec)
		nodes = append(nodes, rec.nodes)
	}
	var err error
	if r.resumed() {
		var recorded []reports.Generation
		if err := json.Unmarshal(r.from.Output, &recorded); err != nil { // on all ranks: they read the same
			return fmt.Errorf("could not read what was recorded before the checkpoint %q: %w", r.from.Path, err)
		}
		r.output, err = reports.Resume(r.ranks, plan, nodes, recorded)
	} else {
		r.output, err = reports.Begin(r.ranks, plan, nodes)
	}
	if err != nil {
		return err
	}
	if r.ranks.Rank() == 0 {
		if !r.resumed() {
			if err := RemoveCheckpoints(cfg.Output.Dir); err != nil { // of an earlier run
				r.log.Warn().Msg(err.Error())
			}
		}
		err = os.WriteFile(filepath.Join(cfg.Output.Dir, filepath.Base(cfg.Path)), append(cfg.Resolved, '\n'), 0o666)
		if err == nil && cfg.Output.LogFile != "" {
			err = r.logFile.open(cfg.Output.LogFile, r.resumed())
		}
	}
	return r.ranks.FirstError(err)
}

func sortOrder(o config.SortOrder) sonata.SpikeOrder {
	switch o {
	case config.SortByTime:
		return sonata.SortByTime
	case config.SortByID:
		return sonata.SortByID
	}
	return sonata.SortNone
}
