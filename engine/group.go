package engine

import (
	"time"

	"netsim/engine/native"
	"netsim/nmodl/program"
)

// group is the unit of work: some cells whose whole state fits in the second-level cache. Between two spike exchanges
// the groups are independent of each other, so that a worker advances one through the whole interval.
//
// Arrays over nodes hold block after block; within a block they are [node][lane].
type group struct {
	failed bool // a program has failed: no more run, lest each instance takes as long to fail

	width    int // lanes per row: lanes or 1; 0 for a group of artificial cells
	blocks   []block
	asForest bool
	forest   *forest // the tree solver's view where cells have trees of their own
	direct   *directForest
	cut      *cutCell // the cell that the group is a share of, or nil; the others wait in every step, so none may stop early
	own      [2]span  // the places of the group in the arrays over nodes: all, but for such a share

	v   []float64 // mV
	rhs []float64 // mA/cm2 before the solve, mV (dv) after it
	d   []float64 // the matrix diagonal (mS/cm2)

	ions  []*ionInst
	mechs []*mechInst // in mechanism order

	detectors []detector
	queue     queue
	cons      conTable

	t      float64 // ms
	spikes []Spike // of the current interval
	probes []probe
	step   int // steps done since t = 0

	parts [numParts]time.Duration // sampled times of events, currents, tree, states

	artificials [2]int    // range of Network.Artificials
	noWeights   []float64 // what a self event of INITIAL sees as weights
	nowCon      int32     // connection whose event is being delivered, -1 for none
	serial      uint64    // of the last self event
	cancelled   map[uint64]bool
	phased      [numPhases]bool // some mechanism has such a block
	watching    []*mechInst     // mechanisms with WATCH
	watchRegs   []float64       // registers of its conditions, which are evaluated while NET_RECEIVE runs
	diffusion   []*diffuser
	regs        []float64 // of programs that run instance by instance
}

// mechIndex is the place of mi in mechs.
func (g *group) mechIndex(mi *mechInst) int32 {
	for k, other := range g.mechs {
		if other == mi {
			return int32(k)
		}
	}
	panic("engine: mechanism of another group")
}

// block is up to width cells of one template; one cell in a forest.
type block struct {
	template *Template
	cells    []int   // index into Network.Cells per used lane
	first    int     // index of node 0, lane 0 in the group's arrays
	places   []int32 // in a forest: index of each node
	direct   *directTree
}

// nodes is the number of nodes of the block's template.
func (b *block) nodes() int {
	if b.places != nil {
		return len(b.places)
	}
	return len(b.template.Parent)
}

// target is what a connection leads to: index into mechs, instance.
func (g *group) target(con int32) (mech, inst int32) {
	mi, i := g.cons.at(con)
	return g.mechIndex(mi), int32(i)
}

// index is where a node of a block's cell stands in the group's arrays.
func (g *group) index(b *block, node int32, lane int) int32 {
	if b.places != nil {
		return b.places[node]
	}
	return int32(b.first) + node*int32(g.width) + int32(lane)
}

// lanesOf is how many lanes of each node of a block are there: all of a row, though not all may be in use, or the one
// cell of a forest.
func (g *group) lanesOf(b *block) int {
	if b.places != nil {
		return 1
	}
	return g.width
}

// has tells whether a place of the arrays over nodes belongs to the group.
func (g *group) has(at int32) bool {
	return g.own[0].has(at) || g.own[1].has(at)
}

// detector is the spike detector of one cell.
type detector struct {
	node      int32 // index into v
	above     bool
	threshold float64 // mV
	gid       uint64
}

// mechInst is one mechanism's instances in one group.
type mechInst struct {
	m     *program.Mechanism
	mech  int32 // index into Network.Mechanisms
	n     int
	nodes []int32  // index into v per instance; nil for artificial cells
	gids  []uint64 // of artificial cells
	sets  []int32  // parameter set per instance; nil for density mechanisms

	flushed []int    // columns that flush looks at
	fillers []filler // of density mechanisms, until their parameters are set
	// Of point processes while they are laid out: index into Network.Points per instance; areas and diameters per Ext.
	order    []int32
	geometry [][]float64

	cols    [][]float64 // per column: n values, or 1 where all instances agree
	globals []float64
	exts    []extBind
	tables  []*program.TableData
	curves  []program.CurveData
	library *program.Library // streams and Vectors
	owners  []int32          // per object of the library: the instance that made it
	idle    []bool           // instances that only fill a row; nil: none

	phases  [numPhases]phaseCode // BEFORE and AFTER blocks
	active  [][]watch            // per instance: the conditions of WATCH that are active
	movable []uint64             // per instance: serial of the self event that net_move moves, 0 for none
	due     []float64            // per instance: when that event is due (ms)
	consOf  [][]int32            // per instance: the connections to it, where FOR_NETCONS asks for them
	cache   program.TableCache   // of tables that depend on columns
	pinned  []bool               // per column: a POINTER refers to it
	lags    [][]program.LagHistory
	alone   bool // instances do not share their tables: programs run one instance at a time

	observed []bool // columns that are read from outside

	receiver *receiver // NET_RECEIVE with its operands resolved, or nil

	cur, state             *boundCode
	curScalar, stateScalar *program.Code
}

// extBind is where a mechanism's instances find one datum of their nodes.
type extBind struct {
	base       []float64
	idx        []int32     // per instance; if contiguous, the first may be all
	rows       []int32     // start of each row of lanes, where instances come in whole rows
	contiguous bool        // instance i is at idx[0]+i
	constant   []float64   // area, diameter: one value per instance, never written
	brief      bool        // constant serves INITIAL only
	one        []float64   // the value of all instances, never written
	unread     bool        // what is stored there, nobody reads
	pointers   []pointed   // of a POINTER: what it refers to, per instance
	jag        *native.Jag // the order of point processes that share nodes, or nil
}

// at is where instance i finds its datum.
func (x *extBind) at(i int) *float64 {
	if x.contiguous {
		return &x.base[int(x.idx[0])+i]
	}
	return &x.base[x.idx[i]]
}

// ionInst is one ion at the nodes of a group where some mechanism uses it. Its data have one value per instance, or one
// for all; i and didv are nil while nobody reads them.
type ionInst struct {
	ion   Ion
	nodes []int32 // index into v, ascending; perhaps those of a mechanism; nil while no datum has a value per instance
	users []ionUser

	e      []float64 // mV
	xi, xo []float64 // mM
	i      []float64 // mA/cm2
	didv   []float64 // mS/cm2

	// What follows from the use of concentrations and reversal potential by the mechanisms, NEURON's ion styles.
	everyStep  subset  // instances whose e follows the concentrations in every step
	atInit     subset  // instances whose e is computed at finitialize
	setConc    subset  // instances whose concentrations are set at finitialize
	ktfPerUnit float64 // R·T/F·1000 / z (mV)
}

// ionUser is a mechanism that names the ion, and where its instances find those of the ion.
type ionUser struct {
	mi *mechInst
	at extBind
}

// advance integrates the group over n steps. Order of events within a step: nrnoc/fadvance.cpp, nrn_fixed_step_thread.
func (g *group) advance(e *Engine, s *scratch, n int) {
	half := 0.5 * e.net.Dt // ms
	for range n {
		clock := stopwatch{on: g.step%sampleEvery == 0}
		clock.start()
		g.detect()
		g.checkWatches(e)
		g.deliver(e, g.t+half)
		clock.lap(&g.parts[partEvents])
		g.t += half
		if g.width > 0 {
			g.setTime()
			g.runPhase(e, s, beforeBreakpoint)
			g.currents(e, s)
			clock.lap(&g.parts[partCurrents])
			g.solve(e)
			clock.lap(&g.parts[partTree])
			g.t += half
			g.setTime()
			g.states(e, s)
			if g.step%flushEvery == flushEvery-1 {
				g.flush()
			}
			g.diffuse(e)
			g.runPhase(e, s, afterSolve)
			g.runPhase(e, s, beforeStep)
			clock.lap(&g.parts[partStates])
		} else {
			g.t += half
		}
		g.record(e)
		g.deliver(e, g.t)
		clock.lap(&g.parts[partEvents])
		g.step++
	}
}

// The parts of a step that are timed.
const (
	partEvents = iota
	partCurrents
	partTree
	partStates
	numParts
)

// sampleEvery is how many steps go untimed for each that is timed.
const sampleEvery = 61

// stopwatch times the parts of one step in some.
type stopwatch struct {
	on   bool
	last time.Time
}

func (w *stopwatch) start() {
	if w.on {
		w.last = time.Now()
	}
}

func (w *stopwatch) lap(sum *time.Duration) {
	if w.on {
		now := time.Now()
		*sum += now.Sub(w.last) * sampleEvery
		w.last = now
	}
}

// setTime gives the mechanisms their t.
func (g *group) setTime() {
	for _, mi := range g.mechs {
		mi.globals[program.GlobT] = g.t // ms
	}
}

// detect checks the spike detectors on v(t). A detector fires when v exceeds its threshold after not having done so;
// the spike is stamped 1e-10 ms after t (nrncvode: ConditionEvent, PreSyn::send).
func (g *group) detect() {
	for k := range g.detectors {
		d := &g.detectors[k]
		if g.v[d.node]-d.threshold > 0 {
			if !d.above {
				d.above = true
				g.spikes = append(g.spikes, Spike{GID: d.gid, T: g.t + 1e-10})
			}
		} else {
			d.above = false
		}
	}
}

// currents fills rhs with -current and d with the conductances of every mechanism, in mechanism order.
func (g *group) currents(e *Engine, s *scratch) {
	if !e.opt.Fast { // which leaves zeros
		for _, s := range g.own {
			clear(g.rhs[s.from:s.to])
			clear(g.d[s.from:s.to])
		}
	}
	for _, ion := range g.ions {
		ion.startCurrents()
	}
	for _, mi := range g.mechs {
		if mi.curScalar != nil {
			for i := range mi.n {
				e.runScalar(g, mi, mi.curScalar, i, nil, 0)
			}
			continue
		}
		mi.cur.run(s)
	}
}

// states advances the states of every mechanism with the new v.
func (g *group) states(e *Engine, s *scratch) {
	for _, mi := range g.mechs {
		if mi.stateScalar != nil {
			for i := range mi.n {
				e.runScalar(g, mi, mi.stateScalar, i, nil, 0)
			}
			continue
		}
		mi.state.run(s)
	}
}

// solve adds capacitance and axial terms, solves each block's tree and updates v.
func (g *group) solve(e *Engine) {
	switch {
	case g.direct != nil:
		g.direct.solve(g.v, g.rhs, g.d)
		return
	case e.opt.Fast:
		g.solveDirect(e)
		return
	}
	cfac := e.capacitance()
	if g.forest != nil {
		g.forest.solve(cfac, g.v, g.rhs, g.d)
		return
	}
	for k := range g.blocks {
		b := &g.blocks[k]
		t := b.template
		n := len(t.Parent)
		step := e.hines1
		if g.width == lanes {
			step = e.hines8
		}
		step(n, 1, &t.Parent[0], &t.A[0], &t.B[0], &t.Cm[0], cfac, &g.v[b.first], &g.rhs[b.first], &g.d[b.first])
	}
}
