// Package merge makes SONATA files of the parts that the ranks of a run wrote.
//
// It is the last phase of a run, and the whole of "netsim merge OUT" for a run
// that was killed. What it writes depends on the recorded values only, not on
// how the cells were spread over ranks: spikes are put in a total order,
// report columns in ascending (population, node id).
//
// Every file is written under a temporary name beside its final one, brought
// to the disk and renamed. When all are in place the manifest is marked, and
// then the parts are removed. A merge that is interrupted anywhere can be
// repeated.
package merge

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"netsim/reports/part"
	"netsim/sonata"
)

// Summary says what a merge wrote.
type Summary struct {
	// Complete is false when the run ended early and the files hold what it had
	// recorded until then.
	Complete bool           `json:"complete"`
	Time     float64        `json:"time_ms"` // spikes before this time are all there
	Spikes   int            `json:"spikes"`
	By       map[string]int `json:"spikes_by_population"`
	Reports  []Report       `json:"reports"`
	Files    []string       `json:"files"`
}

// Report is one report as it was written.
type Report struct {
	Name     string `json:"name"`
	File     string `json:"file"`
	Rows     int    `json:"rows"`
	Of       int    `json:"of"` // rows of the whole report
	Nodes    int    `json:"nodes"`
	Elements int    `json:"elements"`
}

// ErrNothing says that an output folder has no parts.
var ErrNothing = errors.New("no parts to merge: the run was merged already, or never got to its first step")

// ErrUnfinished says that a run that ended well has lost something on the way
// to the disk.
var ErrUnfinished = errors.New("a part is not complete")

// Merge makes the files of a run in outputDir. Where the ranks do not reach
// equally far, each file ends where the shortest part ends: spikes at an
// interval, a report at a row.
func Merge(outputDir string) (Summary, error) { return merge(outputDir, early) }

// Leave is Merge, but the parts of a run that ended early stay: it can be resumed from a checkpoint.
func Leave(outputDir string) (Summary, error) { return merge(outputDir, stays) }

// Finished is Merge for the end of a run: parts that are not complete are an
// error, and stay.
func Finished(outputDir string) (Summary, error) { return merge(outputDir, finished) }

// mode is what a merge does with a run that ended early.
type mode int

const (
	early mode = iota
	stays
	finished
)

func merge(dir string, how mode) (Summary, error) {
	m, err := part.ReadManifest(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Summary{}, fmt.Errorf("could not merge %q: %w", dir, ErrNothing)
	}
	if err != nil {
		return Summary{}, fmt.Errorf("could not merge %q: %w", dir, err)
	}
	if m.Merged {
		if err := part.Remove(dir); err != nil {
			return Summary{}, err
		}
		return Summary{}, fmt.Errorf("could not merge %q: %w", dir, ErrNothing)
	}
	j := &job{dir: dir, m: m, sum: Summary{Complete: true, By: map[string]int{}}}
	if err := j.do(how); err != nil {
		j.discard()
		return Summary{}, fmt.Errorf("could not merge %q: %w", dir, err)
	}
	return j.sum, nil
}

// job is one merge.
type job struct {
	dir  string
	m    part.Manifest
	sum  Summary
	done []replacement

	generations []generation
}

// replacement is a complete file under its temporary name.
type replacement struct{ tmp, path string }

func (j *job) do(how mode) error {
	for _, g := range j.m.Earlier {
		j.generations = append(j.generations, generation{Generation: g, earlier: true})
	}
	j.generations = append(j.generations, generation{Generation: part.Generation{Number: j.m.Generation, Run: j.m.Run, Ranks: j.m.Ranks}})
	spikes, err := j.scan(-1)
	if err != nil {
		return err
	}
	columns := make([][]stretch, len(j.m.Reports))
	for i := range j.m.Reports {
		if columns[i], err = j.scan(i); err != nil {
			return err
		}
	}
	if how == finished && !j.sum.Complete {
		return ErrUnfinished
	}
	if err := j.spikes(spikes); err != nil {
		return err
	}
	for i := range j.m.Reports {
		if err := j.report(i, columns[i]); err != nil {
			return fmt.Errorf("report %q: %w", j.m.Reports[i].Name, err)
		}
	}
	return j.publish(how == stays && !j.sum.Complete)
}

// generation is the logs that a run wrote from its start or resumption on.
type generation struct {
	part.Generation
	earlier bool // the run went on after it: it counts so far as the manifest says
}

// stretch is one generation of one output: the logs of its ranks, and how many intervals or rows of each count.
type stretch struct {
	generation
	states []part.State
	count  uint64
}

// scan checks the logs of one report, of the spikes for -1, generation by generation.
func (j *job) scan(report int) ([]stretch, error) {
	var out []stretch
	for _, g := range j.generations {
		s := stretch{generation: g}
		for rank := range g.Ranks {
			path := j.path(g, rank, report)
			state, err := part.Scan(path)
			if err != nil {
				return nil, err
			}
			if state.Header.Run != g.Run {
				return nil, fmt.Errorf("the part %q belongs to another run (%s, not %s)", path, state.Header.Run, g.Run)
			}
			if state.Header.Rank != rank || state.Header.Report != report {
				return nil, fmt.Errorf("the part %q is one of rank %d, report %d", path, state.Header.Rank, state.Header.Report)
			}
			if !state.Finished && !g.earlier {
				j.sum.Complete = false
			}
			s.states = append(s.states, state) // grows with the logs that are there, whatever the manifest says
		}
		s.count = common(s.states)
		if g.earlier {
			have := s.count
			s.count = g.Intervals
			if report >= 0 {
				s.count = g.Rows[report]
			}
			if have < s.count {
				return nil, fmt.Errorf("the parts %q, … hold %d intervals or rows; when the run was resumed they held %d", j.path(g, 0, report), have, s.count)
			}
		}
		out = append(out, s)
	}
	return out, nil
}

func (j *job) path(g generation, rank, report int) string {
	return part.Path(j.dir, g.Number, rank, report)
}

// common is the number of intervals or rows that every rank has.
func common(states []part.State) uint64 {
	least := states[0].Count
	for _, s := range states {
		least = min(least, s.Count)
	}
	return least
}

func (j *job) spikes(stretches []stretch) error {
	byPop := make([][]part.Spike, len(j.m.Populations))
	for _, s := range stretches {
		if s.count == 0 {
			continue
		}
		first := 0.0
		for rank := range s.states {
			end, err := readSpikes(j.path(s.generation, rank, -1), s.count, byPop)
			if err != nil {
				return err
			}
			if rank == 0 {
				first = end
			}
			if end != first {
				return fmt.Errorf("interval %d ends at %v ms on rank %d and at %v ms on rank 0", s.count, end, rank, first)
			}
		}
		j.sum.Time = first
	}

	order := j.m.Spikes.Order
	var pops []sonata.SpikePopulation
	for i, s := range byPop {
		if len(s) == 0 {
			continue // as in BMTK's files, a population without spikes has no group
		}
		name := j.m.Populations[i]
		j.sum.Spikes += len(s)
		j.sum.By[name] += len(s)
		slices.SortFunc(s, compareBy(order))
		p := sonata.SpikePopulation{Name: name, Sorting: order, Units: "ms",
			Timestamps: make([]float64, len(s)), NodeIDs: make([]uint64, len(s))}
		for k, x := range s {
			p.Timestamps[k], p.NodeIDs[k] = x.T, x.Node
		}
		byPop[i] = nil
		pops = append(pops, p)
	}
	slices.SortStableFunc(pops, func(a, b sonata.SpikePopulation) int { return cmp.Compare(a.Name, b.Name) })

	if file := j.m.Spikes.H5; file != "" {
		err := j.write(file, func(tmp string) error {
			return sonata.WriteSpikesH5(tmp, pops, order, j.m.Spikes.Compression)
		})
		if err != nil {
			return err
		}
	}
	if file := j.m.Spikes.CSV; file != "" {
		return j.write(file, func(tmp string) error { return sonata.WriteSpikesCSV(tmp, pops, order) })
	}
	return nil
}

// compareBy is a total order, so that the ranks' order does not matter. Files
// with the order "none" are by time too.
func compareBy(order sonata.SpikeOrder) func(a, b part.Spike) int {
	if order == sonata.SortByID {
		return func(a, b part.Spike) int { return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.T, b.T)) }
	}
	return func(a, b part.Spike) int { return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.Node, b.Node)) }
}

// readSpikes adds the spikes of the first intervals of a log to the
// populations and returns the end of the last of them in ms.
func readSpikes(path string, intervals uint64, byPop [][]part.Spike) (end float64, err error) {
	r, err := part.Open(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	var buf []part.Spike
	for range intervals {
		f, ok, err := r.Next()
		if err != nil {
			return 0, err
		}
		if !ok || f.Kind != part.KindSpikes {
			return 0, fmt.Errorf("the part %q has changed while it was read", path)
		}
		end = f.Time()
		buf = part.DecodeSpikes(buf[:0], f.Payload)
		for _, s := range buf {
			if int(s.Population) >= len(byPop) {
				return 0, fmt.Errorf("the part %q has a spike of population %d; there are %d", path, s.Population, len(byPop))
			}
			byPop[s.Population] = append(byPop[s.Population], s)
		}
	}
	return end, nil
}

// write lets a function write a file under a temporary name and syncs it.
func (j *job) write(file string, f func(tmp string) error) error {
	path := part.Resolve(j.dir, file)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("could not make the folder of %q: %w", path, err)
	}
	tmp := filepath.Join(filepath.Dir(path), ".netsim-"+filepath.Base(path)+".tmp")
	j.done = append(j.done, replacement{tmp, path})
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("could not remove what an interrupted merge left: %w", err)
	}
	if err := f(tmp); err != nil {
		return err
	}
	j.sum.Files = append(j.sum.Files, path)
	return part.SyncFile(tmp)
}

// publish puts all files in their places, then removes the parts, unless they shall stay.
func (j *job) publish(stay bool) error {
	for _, r := range j.done {
		if err := part.Replace(r.tmp, r.path); err != nil {
			return err
		}
	}
	j.done = nil
	if stay {
		return nil
	}
	j.m.Merged = true
	if err := part.WriteManifest(j.dir, j.m); err != nil {
		return err
	}
	return part.Remove(j.dir)
}

// discard removes the temporary files of a merge that failed.
func (j *job) discard() {
	for _, r := range j.done {
		_ = os.Remove(r.tmp)
	}
}
