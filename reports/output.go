// Package reports records what a run produces and brings it into SONATA files.
//
// While the simulation runs, every rank appends the spikes and report rows of
// its own cells to logs in a hidden folder of the output folder (package
// reports/part says how they look). At the end rank 0 turns them into the
// final files (package reports/merge), which are the same bytes for any number
// of ranks, one included: there is only this one way.
//
//	out, err := reports.Begin(ranks, plan, nodes)   // all ranks
//	for each interval {
//		out.Spike(…) for each spike of a local cell
//		out.Report(i).Append(rows)
//		out.EndInterval(t)
//	}
//	summary, err := out.Finish()                     // all ranks
//
// A run that was killed leaves the logs; merge.Merge makes files of what they
// hold. Files of an earlier run stay untouched until the new ones are complete.
package reports

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"netsim/reports/merge"
	"netsim/reports/part"
)

// Ranks is what the output needs of the other ranks; spikeexchange.Exchanger
// has it.
type Ranks interface {
	Rank() int
	Size() int
	FirstError(err error) error
	BcastBytes(b []byte) ([]byte, error)
}

// SpikesSpec says where the spikes go.
type SpikesSpec = part.Spikes

// ReportSpec describes one compartment report.
type ReportSpec = part.Report

// Node is one cell of a report with its elements.
type Node = part.Node

// Plan is the output of a run, the same on every rank.
type Plan struct {
	Dir         string   // output folder; made when it is not there
	Populations []string // Output.Spike names them by index
	Spikes      SpikesSpec
	Reports     []ReportSpec
	// FlushEvery is how often the logs are brought to the disk; what was
	// recorded since can be lost when the machine goes down. A process that is
	// killed loses the last second. 0 means 10 s.
	FlushEvery time.Duration
}

// Output is the output of one rank.
type Output struct {
	plan    Plan
	ranks   Ranks
	run     string
	number  int // of the generation
	earlier []Generation
	ended   uint64 // intervals of this generation
	spikes  *part.Log
	reports []*Report
	pending []part.Spike
	flushed time.Time
	pushed  time.Time
	err     error // first failure of this rank, which ends the recording
}

// Report is one rank's share of one compartment report.
type Report struct {
	spec    ReportSpec
	log     *part.Log
	columns int
	rows    int
	before  int // of them in earlier generations
}

// Begin starts the output of a run; all ranks call it, after everything else
// that can fail has been done. nodes[i] are this rank's cells in report i, in
// the order in which their columns are appended. Parts that an earlier run
// left in the folder are removed.
func Begin(ranks Ranks, plan Plan, nodes [][]Node) (*Output, error) {
	return start(ranks, plan, nodes, nil)
}

// Generation is what a run had recorded at a checkpoint since it was started or resumed.
type Generation = part.Generation

// Resume goes on with the output of a run whose last checkpoint says that so much was recorded (Output.Recorded). What
// was recorded after the checkpoint does not count any more. The number of ranks may be another; plan may not.
func Resume(ranks Ranks, plan Plan, nodes [][]Node, earlier []Generation) (*Output, error) {
	return start(ranks, plan, nodes, earlier)
}

func start(ranks Ranks, plan Plan, nodes [][]Node, earlier []Generation) (*Output, error) {
	if plan.FlushEvery == 0 {
		plan.FlushEvery = 10 * time.Second
	}
	o := &Output{plan: plan, ranks: ranks, flushed: time.Now(), earlier: earlier}
	run := ""
	err := o.check(nodes)
	if err == nil && ranks.Rank() == 0 {
		run = rand.Text()
		err = prepare(plan, run, ranks.Size(), earlier)
	}
	if err := ranks.FirstError(err); err != nil {
		return nil, err
	}
	b, err := ranks.BcastBytes([]byte(run))
	if err != nil {
		return nil, err
	}
	if err = o.open(string(b), nodes); err != nil {
		o.closeLogs(false)
	}
	if err := ranks.FirstError(err); err != nil {
		o.closeLogs(false)
		return nil, err
	}
	return o, nil
}

// check looks at this rank's description of its columns.
func (o *Output) check(nodes [][]Node) error {
	if len(nodes) != len(o.plan.Reports) {
		return fmt.Errorf("%d reports, but cells for %d", len(o.plan.Reports), len(nodes))
	}
	if err := distinctFiles(o.plan); err != nil {
		return err
	}
	for i, p := range o.plan.Populations {
		if p == "" || slices.Contains(o.plan.Populations[:i], p) {
			return fmt.Errorf("population %q of the plan has no name or the name of another", p)
		}
	}
	for i, spec := range o.plan.Reports {
		if spec.Rows < 0 || spec.File == "" {
			return fmt.Errorf("report %q: %d rows in file %q", spec.Name, spec.Rows, spec.File)
		}
		for _, n := range nodes[i] {
			if len(n.ElementIDs) != len(n.ElementPos) {
				return fmt.Errorf("report %q: node %d of %q has %d element ids and %d positions",
					spec.Name, n.ID, n.Population, len(n.ElementIDs), len(n.ElementPos))
			}
			for key, v := range n.Extra {
				if len(v) != len(n.ElementIDs) {
					return fmt.Errorf("report %q: node %d of %q has %d elements and %d values of %s",
						spec.Name, n.ID, n.Population, len(n.ElementIDs), len(v), key)
				}
			}
		}
	}
	return nil
}

// distinctFiles refuses two outputs in one file: the second would replace the
// first.
func distinctFiles(p Plan) error {
	users := map[string]string{}
	use := func(file, user string) error {
		if file == "" {
			return nil
		}
		path := part.Resolve(p.Dir, file)
		if other, taken := users[path]; taken {
			return fmt.Errorf("%s and %s both write %q", other, user, file)
		}
		users[path] = user
		return nil
	}
	err := errors.Join(use(p.Spikes.H5, "the spikes file"), use(p.Spikes.CSV, "the csv spikes file"))
	for _, r := range p.Reports {
		err = errors.Join(err, use(r.File, fmt.Sprintf("report %q", r.Name)))
	}
	return err
}

// prepare makes the folder of the parts and the manifest: rank 0's work.
func prepare(plan Plan, run string, ranks int, earlier []Generation) error {
	if err := os.MkdirAll(plan.Dir, 0o777); err != nil {
		return fmt.Errorf("could not make the output folder: %w", err)
	}
	if err := free(plan.Dir); err != nil {
		return err
	}
	manifest := part.Manifest{
		Format:      part.Format,
		Run:         run,
		Ranks:       ranks,
		Earlier:     earlier,
		Populations: plan.Populations,
		Spikes:      plan.Spikes,
		Reports:     plan.Reports,
	}
	if earlier != nil {
		return prepareNext(plan, manifest)
	}
	if err := part.Remove(plan.Dir); err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(plan.Dir, part.FolderName), 0o777); err != nil {
		return fmt.Errorf("could not make the folder of the parts: %w", err)
	}
	return part.WriteManifest(plan.Dir, manifest)
}

// prepareNext makes room for a new generation of parts. The new manifest stands before what it does not name is removed.
func prepareNext(plan Plan, manifest part.Manifest) error {
	var numbers []int
	for _, g := range manifest.Earlier {
		numbers = append(numbers, g.Number)
		if len(g.Rows) != len(plan.Reports) {
			return fmt.Errorf("the checkpoint was written with %d reports; there are %d", len(g.Rows), len(plan.Reports))
		}
		for rank := range g.Ranks {
			for report := -1; report < len(plan.Reports); report++ {
				if _, err := os.Stat(part.Path(plan.Dir, g.Number, rank, report)); err != nil {
					return fmt.Errorf("what the run recorded before the checkpoint is not there any more: %w", err)
				}
			}
		}
	}
	manifest.Generation = 1 + part.LastGeneration(plan.Dir)
	if err := part.WriteManifest(plan.Dir, manifest); err != nil {
		return err
	}
	return part.Keep(plan.Dir, numbers)
}

// free refuses an output folder whose run is still going on.
func free(dir string) error {
	if m, err := part.ReadManifest(dir); err == nil {
		for rank := range m.Ranks {
			r, err := part.Open(part.Path(dir, m.Generation, rank, -1))
			if errors.Is(err, part.ErrLive) {
				return fmt.Errorf("the output folder %q is in use: %w", dir, err)
			}
			if err == nil {
				r.Close()
			}
		}
	}
	return nil
}

func (o *Output) open(run string, nodes [][]Node) error {
	dir, rank := o.plan.Dir, o.ranks.Rank()
	m, err := part.ReadManifest(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && m.Run != run {
		return fmt.Errorf("the output folder %q of rank 0 is not the one seen here; it must be on a file system that all ranks share", dir)
	}
	if err != nil {
		return err
	}
	o.run, o.number = run, m.Generation
	if o.spikes, err = part.Create(part.Path(dir, m.Generation, rank, -1), part.Header{Run: run, Rank: rank, Report: -1}); err != nil {
		return err
	}
	for i, spec := range o.plan.Reports {
		log, err := part.Create(part.Path(dir, m.Generation, rank, i), part.Header{Run: run, Rank: rank, Report: i, Nodes: nodes[i]})
		if err != nil {
			return err
		}
		r := &Report{spec: spec, log: log, columns: part.Columns(nodes[i])}
		for _, g := range o.earlier {
			r.before += int(g.Rows[i])
		}
		r.rows = r.before
		o.reports = append(o.reports, r)
	}
	return part.SyncFolder(filepath.Join(dir, part.FolderName))
}

// Recorded brings all that was recorded to the disk and says how much it is, which is the same on every rank: what a
// checkpoint keeps for Resume.
func (o *Output) Recorded() ([]Generation, error) {
	now := Generation{Number: o.number, Run: o.run, Ranks: o.ranks.Size(), Intervals: o.ended, Rows: []uint64{}}
	for _, r := range o.reports {
		now.Rows = append(now.Rows, uint64(r.rows-r.before))
	}
	return append(slices.Clone(o.earlier), now), o.Flush()
}

// Spike records a spike of a local cell: the index of its population in the
// plan, its node id there and the time in ms. It belongs to the interval that
// the next EndInterval ends.
func (o *Output) Spike(population int, node uint64, t float64) {
	o.pending = append(o.pending, part.Spike{Population: uint32(population), Node: node, T: t})
}

// Report returns report i of the plan.
func (o *Output) Report(i int) *Report { return o.reports[i] }

// EndInterval ends an interval at t ms: no later spike of this rank belongs to
// it. Every rank ends the same intervals, since their number is what a merge of
// a killed run goes by. Now and then it brings all to the disk.
func (o *Output) EndInterval(t float64) error {
	if o.err != nil {
		return o.err
	}
	for _, s := range o.pending {
		if int(s.Population) >= len(o.plan.Populations) {
			o.err = fmt.Errorf("a spike of population %d; there are %d", s.Population, len(o.plan.Populations))
			return o.err
		}
	}
	o.err = o.spikes.Interval(t, o.pending)
	o.pending = o.pending[:0]
	o.ended++
	now := time.Now()
	switch {
	case o.err != nil:
	case now.Sub(o.flushed) >= o.plan.FlushEvery:
		o.err = o.Flush()
	case now.Sub(o.pushed) >= pushEvery:
		o.err = o.push()
		o.pushed = now
	}
	return o.err
}

// pushEvery is how often the logs are handed to the system, which costs little: a process that is killed loses no more.
const pushEvery = time.Second

func (o *Output) push() error {
	err := o.spikes.Flush()
	for _, r := range o.reports {
		err = errors.Join(err, r.log.Flush())
	}
	return err
}

// Flush brings all that was recorded to the disk.
func (o *Output) Flush() error {
	err := o.spikes.Sync()
	for _, r := range o.reports {
		err = errors.Join(err, r.log.Sync())
	}
	o.flushed = time.Now()
	return err
}

// Columns is the number of this rank's elements.
func (r *Report) Columns() int { return r.columns }

// Rows is the number of rows so far.
func (r *Report) Rows() int { return r.rows }

// Append records n rows of Columns() values each, row after row. A rank
// without cells in the report appends too: it says how far it is.
func (r *Report) Append(rows []float64, n int) error {
	if r.rows+n > r.spec.Rows {
		return fmt.Errorf("report %q: %d rows, %d more than it has room for", r.spec.Name, r.rows+n, r.rows+n-r.spec.Rows)
	}
	if err := r.log.Rows(rows, n, r.columns); err != nil {
		return fmt.Errorf("report %q: %w", r.spec.Name, err)
	}
	r.rows += n
	return nil
}

// Close ends the recording of this rank without merging, as a run does that
// was interrupted: the parts stay, merge.Merge makes files of them.
func (o *Output) Close() error { return o.closeLogs(false) }

func (o *Output) closeLogs(finished bool) error {
	var errs []error
	if o.spikes != nil {
		errs = append(errs, o.spikes.Close(finished))
	}
	for _, r := range o.reports {
		if finished && r.rows != r.spec.Rows {
			errs = append(errs, fmt.Errorf("report %q has %d rows of %d", r.spec.Name, r.rows, r.spec.Rows))
		}
		errs = append(errs, r.log.Close(finished))
	}
	return errors.Join(errs...)
}

// Stop ends the recording before its end; all ranks call it. Rank 0 makes files of what was recorded; with stay the parts
// stay beside them.
func (o *Output) Stop(stay bool) (merge.Summary, error) {
	if err := o.ranks.FirstError(errors.Join(o.err, o.closeLogs(false))); err != nil {
		return merge.Summary{}, err
	}
	var sum merge.Summary
	var err error
	if o.ranks.Rank() == 0 {
		if stay {
			sum, err = merge.Leave(o.plan.Dir)
		} else {
			sum, err = merge.Merge(o.plan.Dir)
		}
	}
	return sum, o.ranks.FirstError(err)
}

// Finish ends the recording and merges; all ranks call it. Rank 0 gets the
// summary, the others an empty one.
func (o *Output) Finish() (merge.Summary, error) {
	err := o.err
	if err == nil && len(o.pending) > 0 {
		err = fmt.Errorf("%d spikes after the last interval", len(o.pending))
	}
	err = errors.Join(err, o.closeLogs(err == nil))
	if err := o.ranks.FirstError(err); err != nil {
		return merge.Summary{}, err
	}
	var sum merge.Summary
	if o.ranks.Rank() == 0 {
		sum, err = merge.Finished(o.plan.Dir)
	}
	return sum, o.ranks.FirstError(err)
}
