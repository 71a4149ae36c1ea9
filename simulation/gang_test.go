package simulation

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sync"

	"netsim/spikeexchange"
)

// gang is several ranks in one process: goroutines that meet. At exchange number stop, counted from 1, the rank stopper
// asks the run to leave.
type gang struct {
	n     int
	mu    sync.Mutex
	all   sync.Cond
	round int
	here  int
	slots []any
	last  []any
}

func newGang(n int) *gang {
	g := &gang{n: n, slots: make([]any, n)}
	g.all.L = &g.mu
	return g
}

// meet gives every rank what each brought.
func (g *gang) meet(rank int, x any) []any {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.slots[rank] = x
	g.here++
	if g.here == g.n {
		g.last, g.slots = g.slots, make([]any, g.n)
		g.here = 0
		g.round++
		g.all.Broadcast()
		return g.last
	}
	for round := g.round; g.round == round; {
		g.all.Wait()
	}
	return g.last
}

// ranker is one of them.
type ranker struct {
	*gang
	rank       int
	ask, asked uint8
	exchanges  int
	stop       int // exchange at which this rank asks to leave, 0 for none
	why        Leaving
}

type brought struct {
	spikes []spikeexchange.Spike
	ask    uint8
}

func (r *ranker) Rank() int      { return r.rank }
func (r *ranker) Size() int      { return r.n }
func (r *ranker) Ask(what uint8) { r.ask = what }
func (r *ranker) Asked() uint8   { return r.asked }
func (r *ranker) Abort(code int) { panic(code) }
func (r *ranker) Barrier() error { r.meet(r.rank, nil); return nil }

func (r *ranker) MinDelay(local float64) (float64, error) {
	return r.AllreduceFloat64(spikeexchange.Min, local)
}

func (r *ranker) Exchange(local []spikeexchange.Spike) ([]spikeexchange.Spike, error) {
	if r.exchanges++; r.exchanges == r.stop {
		r.ask = max(r.ask, uint8(r.why))
	}
	r.asked = 0
	var out []spikeexchange.Spike
	for _, x := range r.meet(r.rank, brought{slices.Clone(local), r.ask}) {
		out = append(out, x.(brought).spikes...)
		r.asked = max(r.asked, x.(brought).ask)
	}
	slices.SortFunc(out, func(a, b spikeexchange.Spike) int {
		switch {
		case a.T < b.T || a.T == b.T && a.GID < b.GID:
			return -1
		case a.T > b.T || a.GID > b.GID:
			return 1
		}
		return 0
	})
	return out, nil
}

func (r *ranker) FirstError(err error) error {
	for rank, x := range r.meet(r.rank, err) {
		if e, failed := x.(error); failed {
			return fmt.Errorf("rank %d: %w", rank, e)
		}
	}
	return nil
}

func reduce[T int64 | float64](op spikeexchange.Op, all []any) T {
	acc := all[0].(T)
	for _, x := range all[1:] {
		switch op {
		case spikeexchange.Min:
			acc = T(math.Min(float64(acc), float64(x.(T))))
		case spikeexchange.Max:
			acc = T(math.Max(float64(acc), float64(x.(T))))
		default:
			acc += x.(T)
		}
	}
	return acc
}

func (r *ranker) AllreduceFloat64(op spikeexchange.Op, v float64) (float64, error) {
	return reduce[float64](op, r.meet(r.rank, v)), nil
}

func (r *ranker) AllreduceInt64(op spikeexchange.Op, v int64) (int64, error) {
	return reduce[int64](op, r.meet(r.rank, v)), nil
}

func (r *ranker) GatherJSON(v any) ([]json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	all := r.meet(r.rank, json.RawMessage(b))
	if r.rank != 0 {
		return nil, nil
	}
	var out []json.RawMessage
	for _, x := range all {
		out = append(out, x.(json.RawMessage))
	}
	return out, nil
}

func (r *ranker) BcastBytes(b []byte) ([]byte, error) {
	return r.meet(r.rank, b)[0].([]byte), nil
}
