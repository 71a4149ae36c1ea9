package reports

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"netsim/reports/part"
	"netsim/sonata"
)

// world is a made-up run: what every cell does is fixed before it is known
// where the cells are.
type world struct {
	leg       leg
	pops      []string
	cells     []cell
	intervals int
	perStep   int // rows per interval
	plan      Plan
	members   [][]int // by report: indices of cells
	seed      uint64
}

// leg is a part of a run.
type leg struct {
	first   int // interval
	cut     int // intervals that are not done any more
	earlier []Generation
}

type cell struct {
	pop      int
	node     uint64
	elements int
	spikes   [][]float64 // by interval
}

// newWorld makes a world from a source of numbers.
func newWorld(r *rand.Rand, reports int) *world {
	w := &world{pops: []string{"v1", "lgn", "bkg"}[:1+r.IntN(3)], intervals: 1 + r.IntN(8), perStep: 1 + r.IntN(5), seed: r.Uint64()}
	for p := range w.pops {
		for n := range r.IntN(12) {
			c := cell{pop: p, node: uint64(n*3 + r.IntN(3)), elements: 1 + r.IntN(5)}
			for k := range w.intervals {
				var s []float64
				for range r.IntN(4) {
					s = append(s, float64(k)+float64(r.IntN(4))*0.25)
				}
				c.spikes = append(c.spikes, s)
			}
			w.cells = append(w.cells, c)
		}
	}
	w.plan = Plan{Populations: w.pops, Spikes: SpikesSpec{H5: "spikes.h5", CSV: "spikes.csv",
		Order: []sonata.SpikeOrder{sonata.SortByTime, sonata.SortByID, sonata.SortNone}[r.IntN(3)], Compression: r.IntN(2)}}
	for i := range reports {
		rows := w.intervals * w.perStep
		w.plan.Reports = append(w.plan.Reports, ReportSpec{Name: fmt.Sprint("r", i), File: fmt.Sprintf("sub/r%d.h5", i), Variable: "v",
			Units: "mV", Start: 0, End: float64(rows) * 0.1, Dt: 0.1, Rows: rows, Compression: r.IntN(2), Float32: r.IntN(4) == 0})
		var m []int
		for c := range w.cells {
			if i == 1 && w.cells[c].pop > 0 { // one report of a single population
				continue
			}
			if r.IntN(3) > 0 {
				m = append(m, c)
			}
		}
		w.members = append(w.members, m)
	}
	return w
}

// value is what element e of a cell shows in a row of a report.
func (w *world) value(report, c, e, row int) float64 {
	return float64(float32(report*1000+c*50+e) + float32(row)/64)
}

func (w *world) node(report, c int) Node {
	x := w.cells[c]
	n := Node{Population: w.pops[x.pop], ID: x.node}
	for e := range x.elements {
		n.ElementIDs = append(n.ElementIDs, uint64(e))
		n.ElementPos = append(n.ElementPos, (float64(e)+0.5)/float64(x.elements))
	}
	if report == 0 {
		n.Extra = map[string][]int64{"swc_ids_beg": make([]int64, x.elements), "seg_types": make([]int64, x.elements)}
		for e := range x.elements {
			n.Extra["swc_ids_beg"][e] = int64(c*100 + e)
		}
	}
	return n
}

// team lets goroutines play the ranks of a job.
type team struct {
	mu    sync.Mutex
	cond  *sync.Cond
	size  int
	here  int
	round int
	err   error
	first int
	bytes []byte
	last  error
	sent  []byte
}

func newTeam(size int) *team {
	t := &team{size: size, first: size}
	t.cond = sync.NewCond(&t.mu)
	return t
}

// meet waits for all ranks and returns rank 0's bytes and the lowest rank's error.
func (t *team) meet(rank int, err error, b []byte) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && rank < t.first {
		t.err, t.first = fmt.Errorf("rank %d: %w", rank, err), rank
	}
	if rank == 0 {
		t.bytes = b
	}
	round := t.round
	if t.here++; t.here == t.size {
		t.last, t.sent = t.err, t.bytes
		t.err, t.first, t.bytes, t.here = nil, t.size, nil, 0
		t.round++
		t.cond.Broadcast()
	}
	for t.round == round {
		t.cond.Wait()
	}
	return t.sent, t.last
}

type member struct {
	*team
	rank int
}

func (m member) Rank() int                  { return m.rank }
func (m member) Size() int                  { return m.size }
func (m member) FirstError(err error) error { _, e := m.meet(m.rank, err, nil); return e }
func (m member) BcastBytes(b []byte) ([]byte, error) {
	b, _ = m.meet(m.rank, nil, b)
	return b, nil
}

// play is what one rank does, up to but without the end of its output. after is
// called at the end of each interval.
func (w *world) play(ranks Ranks, dir string, owner []int, after func(o *Output)) (*Output, error) {
	plan := w.plan
	plan.Dir = dir
	nodes := make([][]Node, len(plan.Reports))
	local := make([][]int, len(plan.Reports))
	for i, m := range w.members {
		for _, c := range m {
			if owner[c] == ranks.Rank() {
				local[i] = append(local[i], c)
			}
		}
		// Columns stand in any order on a rank.
		r := rand.New(rand.NewPCG(w.seed, uint64(ranks.Rank())))
		r.Shuffle(len(local[i]), func(a, b int) { local[i][a], local[i][b] = local[i][b], local[i][a] })
		for _, c := range local[i] {
			nodes[i] = append(nodes[i], w.node(i, c))
		}
	}
	o, err := start(ranks, plan, nodes, w.leg.earlier)
	if err != nil {
		return nil, err
	}
	for k := w.leg.first; k < w.intervals-w.leg.cut; k++ {
		for c, x := range w.cells {
			if owner[c] == ranks.Rank() {
				for _, t := range x.spikes[k] {
					o.Spike(x.pop, x.node, t)
				}
			}
		}
		for i := range plan.Reports {
			var rows []float64
			for row := k * w.perStep; row < (k+1)*w.perStep; row++ {
				for _, c := range local[i] {
					for e := range w.cells[c].elements {
						rows = append(rows, w.value(i, c, e, row))
					}
				}
			}
			if err := o.Report(i).Append(rows, w.perStep); err != nil {
				return o, err
			}
		}
		if err := o.EndInterval(float64(k + 1)); err != nil {
			return o, err
		}
		if after != nil {
			after(o)
		}
	}
	return o, nil
}

// run lets size ranks play and end with f.
func (w *world) run(dir string, owner []int, size int, after func(rank int, o *Output), end func(o *Output) error) error {
	tm := newTeam(size)
	errs := make([]error, size)
	var wg sync.WaitGroup
	for rank := range size {
		wg.Go(func() {
			o, err := w.play(member{tm, rank}, dir, owner, func(o *Output) {
				if after != nil {
					after(rank, o)
				}
			})
			if err == nil {
				err = end(o)
			}
			errs[rank] = err
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func finish(o *Output) error { _, err := o.Finish(); return err }

func (w *world) owners(r *rand.Rand, size int) []int {
	owner := make([]int, len(w.cells))
	for c := range owner {
		owner[c] = r.IntN(size)
	}
	return owner
}

// check compares the files of a folder with what the first intervals and rows
// of the world are.
func (w *world) check(dir string, intervals int, rows []int) error {
	want := map[string][]part.Spike{}
	for _, c := range w.cells {
		for k := range intervals {
			for _, t := range c.spikes[k] {
				want[w.pops[c.pop]] = append(want[w.pops[c.pop]], part.Spike{Node: c.node, T: t})
			}
		}
	}
	for _, file := range []string{"spikes.h5", "spikes.csv"} {
		pops, err := sonata.ReadSpikes(filepath.Join(dir, file))
		if err != nil {
			return err
		}
		if len(pops) != len(want) {
			return fmt.Errorf("%s: %d populations, want %d", file, len(pops), len(want))
		}
		for _, p := range pops {
			s := want[p.Name]
			slices.SortFunc(s, func(a, b part.Spike) int {
				if w.plan.Spikes.Order == sonata.SortByID {
					return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.T, b.T))
				}
				return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.Node, b.Node))
			})
			var got []part.Spike
			for i := range p.Timestamps {
				got = append(got, part.Spike{Node: p.NodeIDs[i], T: p.Timestamps[i]})
			}
			if !slices.Equal(got, s) {
				return fmt.Errorf("%s: %v, want %v", file, got, s)
			}
		}
	}
	for i, spec := range w.plan.Reports {
		if err := w.checkReport(filepath.Join(dir, spec.File), i, rows[i]); err != nil {
			return fmt.Errorf("%s: %w", spec.File, err)
		}
	}
	return nil
}

func (w *world) checkReport(path string, i, rows int) error {
	groups, err := sonata.ReadReport(path)
	if err != nil {
		return err
	}
	seen := 0
	for _, g := range groups {
		if g.Rows != rows || g.Variable != "v" || g.Units != "mV" {
			return fmt.Errorf("%d rows of %q in %q, want %d", g.Rows, g.Variable, g.Units, rows)
		}
		if !slices.IsSorted(g.Mapping.NodeIDs) {
			return fmt.Errorf("nodes %v", g.Mapping.NodeIDs)
		}
		data, err := g.Data(0, rows)
		if err != nil {
			return err
		}
		for k, id := range g.Mapping.NodeIDs {
			c := slices.IndexFunc(w.cells, func(c cell) bool { return w.pops[c.pop] == g.Population && c.node == id })
			if c < 0 || !slices.Contains(w.members[i], c) {
				return fmt.Errorf("node %d of %q has no place here", id, g.Population)
			}
			seen++
			n := w.node(i, c)
			from, to := g.Mapping.IndexPointer[k], g.Mapping.IndexPointer[k+1]
			if !slices.Equal(g.Mapping.ElementPos[from:to], n.ElementPos) || !slices.Equal(g.Mapping.ElementIDs[from:to], n.ElementIDs) {
				return fmt.Errorf("node %d: elements %v at %v", id, g.Mapping.ElementIDs[from:to], g.Mapping.ElementPos[from:to])
			}
			for key, v := range n.Extra {
				if !slices.Equal(g.Mapping.Extra[key][from:to], v) {
					return fmt.Errorf("node %d: %s is %v, want %v", id, key, g.Mapping.Extra[key][from:to], v)
				}
			}
			for row := range rows {
				for e := range n.ElementIDs {
					if got, want := data[row*g.Elements+int(from)+e], w.value(i, c, e, row); got != want {
						return fmt.Errorf("node %d, element %d, row %d: %v, want %v", id, e, row, got, want)
					}
				}
			}
		}
	}
	if seen != len(w.members[i]) {
		return fmt.Errorf("%d nodes, want %d", seen, len(w.members[i]))
	}
	return nil
}

func (w *world) allRows() []int {
	rows := make([]int, len(w.plan.Reports))
	for i := range rows {
		rows[i] = w.intervals * w.perStep
	}
	return rows
}

// contents are the files below a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
