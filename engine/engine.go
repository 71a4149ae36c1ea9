package engine

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// Options say how the work is laid out. No option changes a bit of any result.
type Options struct {
	Threads int // worker threads; 0 or 1: one
	// Plain integrates one cell and one instance at a time, without lanes and vector loops: the reference that the
	// fast path is tested against.
	Plain bool
	// NoNative runs mechanisms on the vector machine, without machine code.
	NoNative bool
	// MaxTurns bounds the turns of all loops, and the calls of FUNCTIONs that call themselves, in one run of a program,
	// and the events that a group's mechanisms send themselves in half a step; 0 takes program.MaxTurns.
	MaxTurns int
	// Fast takes the solver of numerics: fast. (The formulas of mechanisms are chosen when they are compiled.)
	Fast bool
	// GroupBytes is the aim for a group's working set; 0 takes the default.
	GroupBytes int
}

// Engine is the running state of one rank's cells.
type Engine struct {
	net     *Network
	opt     Options
	groups  []*group
	scratch []scratch // per worker

	cellAt       []place    // per Network.Cells: where it stands
	pointAt      []instance // per Network.Points
	artificialAt []instance // per Network.Artificials
	sources      map[uint64]int32
	fan          []fan // per source, offsets fanStart
	fanFrom      []int32

	trains    []Spike // of all Trains, by time
	nextTrain int

	recordings []*Recording
	spikes     []Spike // of the last Advance

	directs map[*Template]*directTree
	curves  map[*program.Mechanism][]program.CurveData // nil: a mechanism's cannot be made
	native  nativeCode

	hines1, hines8 func(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64)

	t        float64 // ms
	step     int
	interval int // steps between exchanges

	mu  sync.Mutex
	err error
}

// place is where a cell stands.
type place struct {
	group, block, lane int32
}

// at is the place of a cell's node in its group's arrays.
func (e *Engine) at(cell int, node int32) int32 {
	pl := e.cellAt[cell]
	g := e.groups[pl.group]
	return g.index(&g.blocks[pl.block], node, int(pl.lane))
}

// fan is one connection of a source.
type fan struct {
	group, con int32
}

// T returns the time reached (ms).
func (e *Engine) T() float64 { return e.t }

// Step returns the number of steps done.
func (e *Engine) Step() int { return e.step }

// Parts returns how long events, currents, the tree solve and states took, in s, summed over groups. The figures are
// extrapolated from some of the steps.
func (e *Engine) Parts() (parts [numParts]float64) {
	for _, g := range e.groups {
		for k := range parts {
			parts[k] += g.parts[k].Seconds()
		}
	}
	return parts
}

// fail keeps the first error of the run; Advance returns it.
func (e *Engine) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err == nil {
		e.err = err
	}
}

// IntervalSteps is the number of steps between two exchanges for the smallest delay (ms) of all connections between
// cells, on any rank: a spike of the interval arrives in the next one at the earliest. Errors: a delay below dt.
func IntervalSteps(minDelay, dt float64) (int, error) {
	n := int(math.Floor(minDelay/dt + 1e-6))
	if n < 1 {
		return 0, fmt.Errorf("the smallest delay between cells is %g ms, less than dt = %g ms; use a smaller dt or longer delays", minDelay, dt)
	}
	return n, nil
}

// MinDelay is the smallest delay (ms) of this rank's connections from sources that are cells (isCell by gid), +Inf when there is none.
func (e *Engine) MinDelay() float64 {
	low := math.Inf(1)
	for gid, s := range e.sources {
		if _, stimulus := e.net.Trains[gid]; stimulus {
			continue
		}
		for _, f := range e.fan[e.fanFrom[s]:e.fanFrom[s+1]] {
			low = min(low, e.groups[f.group].cons.delay[f.con])
		}
	}
	return low
}

// Advance integrates n steps, at most the interval's, and returns this rank's spikes in them, ordered by time and gid.
// They are valid until the next Advance.
func (e *Engine) Advance(n int) ([]Spike, error) {
	if n > e.interval {
		panic("engine: Advance beyond the exchange interval")
	}
	tEnd := e.t // ms
	for range n {
		tEnd += 0.5 * e.net.Dt
		tEnd += 0.5 * e.net.Dt
	}
	for e.nextTrain < len(e.trains) && e.trains[e.nextTrain].T <= tEnd {
		e.Deliver(e.trains[e.nextTrain].GID, e.trains[e.nextTrain].T)
		e.nextTrain++
	}
	for _, r := range e.recordings {
		r.begin(e.step, n)
	}
	if min(e.opt.Threads, len(e.groups)) <= 1 {
		for _, g := range e.groups {
			e.work(0, g, n, tEnd)
		}
	} else {
		e.share(n, tEnd)
	}
	e.t = tEnd
	e.step += n
	e.spikes = e.spikes[:0]
	for _, g := range e.groups {
		e.spikes = append(e.spikes, g.spikes...)
		g.spikes = g.spikes[:0]
	}
	slices.SortFunc(e.spikes, compareSpikes)
	return e.spikes, e.err
}

// work advances one group through the interval.
func (e *Engine) work(worker int, g *group, n int, tEnd float64) {
	g.queue.open(tEnd)
	g.advance(e, &e.scratch[worker], n)
	g.checkFinite(e)
}

// share has the workers take groups from a common counter.
func (e *Engine) share(n int, tEnd float64) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range min(e.opt.Threads, len(e.groups)) {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= len(e.groups) {
					return
				}
				e.work(w, e.groups[k], n, tEnd)
			}
		})
	}
	wg.Wait()
}

func compareSpikes(a, b Spike) int {
	if c := cmp.Compare(a.T, b.T); c != 0 {
		return c
	}
	return cmp.Compare(a.GID, b.GID)
}

// Deliver hands a spike of any rank, at t ms, to this rank's connections.
func (e *Engine) Deliver(gid uint64, t float64) {
	k, ok := e.sources[gid]
	if !ok {
		return
	}
	for _, f := range e.fan[e.fanFrom[k]:e.fanFrom[k+1]] {
		g := e.groups[f.group]
		g.queue.push(event{t: t + g.cons.delay[f.con], sent: t, src: gid, con: f.con})
	}
}

// deliver hands over the group's events that are due at tMax (ms) or before, each at its own time.
func (g *group) deliver(e *Engine, tMax float64) {
	for own := 0; ; {
		ev, ok := g.queue.pop(tMax)
		if !ok {
			return
		}
		if len(g.cancelled) > 0 && ev.self() && g.cancelled[ev.src] {
			delete(g.cancelled, ev.src)
			continue
		}
		var mi *mechInst
		var inst int32
		var weights []float64
		if g.nowCon = ev.con; ev.con >= 0 {
			c := &g.cons
			mi, inst = g.mechs[c.mech[ev.con]], c.inst[ev.con]
			weights = c.of(ev.con, mi)
		} else {
			mi, inst = g.mechs[^ev.con], ev.inst
			weights = g.noWeights
		}
		if mi.m.NetReceive.Scalar == nil {
			continue
		}
		mi.delivered(inst, &ev)
		mi.globals[0] = ev.t // ms: NET_RECEIVE sees the event's own time
		if ev.self() {
			if own++; own > e.opt.MaxTurns {
				e.failAt(&scalarRun{g: g, mi: mi, i: int(inst)}, ErrEndlessEvents)
				return
			}
		}
		e.runScalar(g, mi, mi.m.NetReceive.Scalar, int(inst), weights, ev.flag)
	}
}

// checkFinite ends the run when a cell's potential is no number any more.
func (g *group) checkFinite(e *Engine) {
	for k := range g.detectors {
		d := &g.detectors[k]
		if v := g.v[d.node]; math.IsNaN(v) || math.IsInf(v, 0) {
			if err := e.blame(g, d.gid); err != nil {
				e.fail(err)
				return
			}
			e.fail(fmt.Errorf("cell %d: the membrane potential at its spike detector is %g mV at t = %g ms; the parameters of its mechanisms or dt = %g ms make the integration unstable",
				d.gid, v, g.t, e.net.Dt))
			return
		}
	}
}

// ErrNoNetReceive is wrapped when a connection goes to a mechanism without NET_RECEIVE.
var ErrNoNetReceive = errors.New("the mechanism has no NET_RECEIVE block and cannot be the target of a connection")

// ErrEndlessEvents is a mechanism that sends itself events faster than time goes on.
var ErrEndlessEvents = errors.New("net_send gives more events within half a step than can be delivered; is its delay 0?")

// New lays the network out in groups. Init must follow.
func New(net *Network, opt Options) (*Engine, error) {
	e := &Engine{net: net, opt: opt, hines1: vec.HinesStep1, hines8: vec.HinesStep8}
	e.native.level, e.native.why = nativeLevel(&e.opt)
	e.opt.Threads = max(1, opt.Threads)
	e.opt.MaxTurns = cmp.Or(opt.MaxTurns, program.MaxTurns)
	e.oneStream()
	if err := e.lay(); err != nil {
		return nil, err
	}
	if err := e.connect(); err != nil {
		return nil, err
	}
	for gid, times := range net.Trains {
		if _, ok := e.sources[gid]; !ok {
			continue
		}
		for _, t := range times {
			e.trains = append(e.trains, Spike{GID: gid, T: t})
		}
	}
	slices.SortFunc(e.trains, compareSpikes)
	return e, nil
}
