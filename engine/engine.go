package engine

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

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
	// MaxTurns bounds the turns of all loops in one run of a program; calls of FUNCTIONs that call themselves count, and
	// so do the events that a group's mechanisms send themselves in half a step. 0 takes program.MaxTurns.
	MaxTurns int
	// Fast takes the solver of numerics: fast. (The formulas of mechanisms are chosen when they are compiled.)
	Fast bool
	// GroupBytes is the aim for a group's working set; 0 takes the default.
	GroupBytes int
	// Cut cuts every cell for all threads to advance together, where that pays or not.
	Cut bool
}

// Engine is the running state of one rank's cells.
type Engine struct {
	net     *Network
	opt     Options
	groups  []*group
	scratch []scratch // per worker
	work    work
	costs   *costs

	cellAt       []place // per Network.Cells: where it stands
	points       pointTable
	artificialAt []instance // per Network.Artificials
	sources      map[uint64]int32
	fan          []fan // per source, offsets fanFrom
	fanFrom      []int32
	spikeLog     spikeLog
	minDelay     float64 // ms

	trains    []Spike // of all Trains, by time
	nextTrain int

	recordings []*Recording
	spikes     []Spike // of the last Advance

	directs map[*Template]*directTree
	curves  map[*program.Mechanism][]program.CurveData // nil: a mechanism's cannot be made
	native  nativeCode

	specials map[specialKey]*program.Code // programs for groups where an Ext is particular

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
	shares             []int16 // of a cell that was cut: per node, which of the groups from group on has it
}

// at is the place of a cell's node in its group's arrays.
func (e *Engine) at(cell int, node int32) int32 {
	pl := &e.cellAt[cell]
	g := e.groups[pl.group]
	return g.index(&g.blocks[pl.block], node, int(pl.lane))
}

// nodesOf is the number of nodes of a cell.
func (e *Engine) nodesOf(cell int) int {
	pl := &e.cellAt[cell]
	return e.groups[pl.group].blocks[pl.block].nodes()
}

// groupOf is the group that has a cell's node.
func (e *Engine) groupOf(cell int, node int32) int32 {
	pl := &e.cellAt[cell]
	if pl.shares != nil {
		return pl.group + int32(pl.shares[node])
	}
	return pl.group
}

// T returns the time reached (ms).
func (e *Engine) T() float64 { return e.t }

// Step returns the number of steps done.
func (e *Engine) Step() int { return e.step }

// Parts returns how long events, currents, the tree solve and states took, in s, summed over groups. The figures are
// extrapolated from some of the steps. Workers that share a cell wait for each other in the tree solve.
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

// MinDelay is the smallest delay (ms) of this rank's connections from sources that are simulated, +Inf when there is none.
func (e *Engine) MinDelay() float64 { return e.minDelay }

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
	e.advanceGroups(n, tEnd)
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
	spike := e.spikeLog.add(Spike{GID: gid, T: t}, e.t)
	for _, f := range e.fan[e.fanFrom[k]:e.fanFrom[k+1]] {
		e.groups[f.group].send(t, spike, f.first)
	}
}

// deliverAdding hands over events, from the next one on, as long as they do no more than add a weight to a column.
func (g *group) deliverAdding(tMax float64) {
	q, t := &g.queue, &g.cons
	mask := uint32(1)<<(t.instBits&31) - 1
	near := q.near[q.head:]
	done := len(near)
	for k := range near {
		ev := &near[k]
		if !(ev.t <= tMax) || ev.con == fromSelf {
			done = k
			break
		}
		to := t.target[ev.con] &^ lastOfSource
		column := t.adding[to>>(t.instBits&31)]
		if column == nil {
			done = k
			break
		}
		column[to&mask] += t.weight.values[t.weight.place(ev.con)]
	}
	q.head += done
}

// deliver hands over the group's events that are due at tMax (ms) or before, each at its own time.
func (g *group) deliver(e *Engine, tMax float64) {
	q := &g.queue
	for own := 0; ; {
		if len(q.heap) == 0 && g.cons.adding != nil {
			g.deliverAdding(tMax)
		}
		var ev event
		if q.head < len(q.near) && len(q.heap) == 0 {
			if ev = q.near[q.head]; ev.t > tMax {
				return
			}
			q.head++
		} else {
			var ok bool
			if ev, ok = q.pop(tMax); !ok {
				return
			}
		}
		con, flag := ev.con, 0.0
		var self selfEvent
		if con == fromSelf {
			self = q.take(ev)
			if g.cancelled[self.serial] {
				delete(g.cancelled, self.serial)
				continue
			}
			con, flag = self.con, self.flag
		}
		var mi *mechInst
		var inst int
		var weights []float64
		if g.nowCon = con; con >= 0 {
			mi, inst = g.cons.at(con)
			weights = g.cons.of(con, mi)
		} else {
			mi, inst = g.mechs[^con], int(self.inst)
			weights = g.noWeights
		}
		if mi.m.NetReceive.Scalar == nil {
			continue
		}
		mi.globals[program.GlobT] = ev.t // ms: NET_RECEIVE sees the event's own time
		if ev.con == fromSelf {
			mi.delivered(inst, &self)
			if own++; own > e.opt.MaxTurns/program.CallTurns && own > program.CallTurns*g.instances() {
				e.failAt(&scalarRun{g: g, mi: mi, i: inst}, ErrEndlessEvents)
				return
			}
		}
		if mi.receiver != nil {
			mi.receiver.run(inst, weights, flag)
			continue
		}
		e.runScalar(g, mi, mi.m.NetReceive.Scalar, inst, weights, flag)
	}
}

// instances counts all there are of the group's mechanisms.
func (g *group) instances() int {
	n := 0
	for _, mi := range g.mechs {
		n += mi.n
	}
	return n
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
	own := *net // the caller may change what Init needs no more
	e := &Engine{net: &own, opt: opt, hines1: vec.HinesStep1, hines8: vec.HinesStep8}
	e.native.level, e.native.why = nativeLevel(&e.opt)
	e.opt.Threads = max(1, opt.Threads)
	e.opt.MaxTurns = cmp.Or(opt.MaxTurns, program.MaxTurns)
	e.oneStream()
	if err := e.lay(); err != nil {
		return nil, err
	}
	e.costs, own.NetCons = nil, nil // of use for the layout only
	e.hire()
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
