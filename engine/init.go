package engine

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"netsim/nmodl/program"
)

// Init is NEURON's finitialize (nrnoc/fadvance.cpp): t = 0, v = VInit, INITIAL of every mechanism in order, then of every
// NetCon, then one evaluation of the currents. minDelay (ms) is the smallest delay of connections between cells on any
// rank; it sets the exchange interval, of which the number of steps is returned.
func (e *Engine) Init(minDelay, tstop float64) (int, error) {
	if e.interval > 0 {
		return 0, errors.New("engine: Init was called before")
	}
	interval, err := IntervalSteps(min(minDelay, max(tstop, e.net.Dt)), e.net.Dt)
	if err != nil {
		return 0, err
	}
	e.interval = interval
	e.curves = nil
	workers := max(1, e.opt.Threads)
	e.scratch = make([]scratch, workers)
	tables := map[*program.Mechanism][]*program.TableData{}
	e.libraries()
	if err := e.checkFunctionTables(); err != nil {
		return 0, err
	}
	if err := e.setPointers(); err != nil {
		return 0, err
	}
	var scratchPlaces []int32
	e.keepCurrents()
	for _, g := range e.groups {
		g.queue.init(interval, e.net.Dt, &e.spikeLog)
		g.restart()
		for _, mi := range g.mechs {
			e.columns(mi)
			if tables[mi.m] == nil && len(mi.m.Tables) > 0 {
				if tables[mi.m], err = buildTables(mi); err != nil {
					return 0, err
				}
			}
			mi.tables = slices.Clone(tables[mi.m])
			if err := e.linkExternals(mi); err != nil {
				return 0, err
			}
		}
		e.construct(g)
		e.setParams(g, &scratchPlaces)
	}
	if err := e.setUp(); err != nil {
		return 0, err
	}
	for _, g := range e.groups {
		if err := e.initGroup(g); err != nil {
			return 0, err
		}
	}
	for _, g := range e.groups {
		e.ensureScratch(g)
	}
	// finitialize delivers what is due at t = 0 before and after it sets up the matrix once.
	for e.nextTrain < len(e.trains) && e.trains[e.nextTrain].T <= 0 {
		e.Deliver(e.trains[e.nextTrain].GID, e.trains[e.nextTrain].T)
		e.nextTrain++
	}
	for _, g := range e.groups {
		g.queue.open(0)
		g.deliver(e, 0)
		if g.width > 0 {
			g.runPhase(e, &e.scratch[0], beforeBreakpoint)
			g.currents(e, &e.scratch[0])
			clear(g.rhs)
			clear(g.d)
			g.runPhase(e, &e.scratch[0], beforeStep)
		}
		g.deliver(e, 0)
		if err := g.bindProbes(e); err != nil {
			return 0, err
		}
	}
	e.forget()
	e.compileNative() // after the first currents, which leave all columns with their values
	return interval, e.err
}

// forget drops what only the layout and INITIAL need.
func (e *Engine) forget() {
	net := e.net
	net.Templates, net.Params, net.Points, net.NetCons, net.Pointers, net.Setters, net.Trains = nil, nil, nil, nil, nil, nil, nil
	e.directs = nil
	for _, g := range e.groups {
		if g.forest != nil {
			for k := range g.blocks {
				g.blocks[k].template = nil
			}
		}
		for _, mi := range g.mechs {
			mi.sets = nil
			for k := range mi.exts {
				if mi.exts[k].brief {
					mi.exts[k].constant = nil
				}
			}
		}
	}
}

// columns allocates an instance column for what INITIAL or a later program writes, or what differs between instances,
// and one value for the rest.
func (e *Engine) columns(mi *mechInst) {
	m := mi.m
	mi.globals = make([]float64, len(m.Globals)+len(m.Exts))
	for k := range m.Globals {
		mi.globals[k] = m.Globals[k].Default
	}
	for k := range mi.exts {
		if one := mi.exts[k].one; one != nil {
			mi.globals[extGlobal(m, int32(k))] = one[0]
		}
	}
	mi.globals[program.GlobT] = 0
	mi.globals[program.GlobDt] = e.net.Dt           // ms
	mi.globals[program.GlobCelsius] = e.net.Celsius // degC
	written := writtenBy(m, append(stepping(m), m.Init, m.Prepare, m.BeforeInitial, m.AfterInitial)...)
	procedureWrites(m, written)
	if mi.cols == nil {
		mi.cols = make([][]float64, len(m.Columns))
	}
	for c := range m.Columns {
		n := 1
		if written[c] || mi.isPinned(c) {
			n = mi.n
		}
		if x := m.Columns[c].Default; math.Float64bits(x) != 0 {
			mi.cols[c] = filled(n, x)
		} else {
			mi.cols[c] = make([]float64, n)
		}
	}
}

// writtenBy tells for each column whether one of the entries stores to it.
func writtenBy(m *program.Mechanism, entries ...program.Entry) []bool {
	w := make([]bool, len(m.Columns))
	for _, en := range entries {
		for _, code := range []*program.Code{en.Vector, en.Scalar} {
			if code == nil {
				continue
			}
			for _, in := range code.Instrs {
				if in.Dst.Kind != program.Col {
					continue
				}
				w[in.Dst.Idx] = true
				if in.Op == program.OpStoreIdx {
					for k := int32(0); k < in.Src[2].Idx; k++ {
						w[in.Dst.Idx+k] = true
					}
				}
			}
		}
	}
	return w
}

// set gives one instance's column a value; the column gets one value per instance when it has to.
func (mi *mechInst) set(column int32, inst int, value float64) {
	col := mi.cols[column]
	if len(col) == 1 && mi.n > 1 {
		if col[0] == value {
			return
		}
		wide := make([]float64, mi.n)
		for k := range wide {
			wide[k] = col[0]
		}
		mi.cols[column] = wide
		col = wide
	}
	col[inst] = value
}

// setParams copies the parameters of the density mechanisms, point processes and artificial cells into the columns.
// scratch serves one group after the other.
func (e *Engine) setParams(g *group, scratch *[]int32) {
	for _, mi := range g.mechs {
		if mi.sets != nil {
			for inst, set := range mi.sets {
				if set < 0 {
					continue
				}
				p := &e.net.Params[set]
				for k, column := range p.Columns {
					mi.set(column, inst, p.Values[k])
				}
			}
			continue
		}
		g.setDensity(mi, scratch)
		mi.fillers = nil
	}
}

// initGroup runs INITIAL and prepares the programs of the step.
func (e *Engine) initGroup(g *group) error {
	for _, s := range g.own {
		for k := s.from; k < s.to; k++ {
			g.v[k] = e.net.VInit // mV
		}
	}
	g.t = 0
	for _, mi := range g.mechs {
		if err := e.runOnce(g, mi, mi.m.BeforeInitial); err != nil {
			return err
		}
	}
	for _, ion := range g.ions {
		ion.finitialize()
	}
	for _, mi := range g.mechs {
		if err := e.runOnce(g, mi, mi.m.Init); err != nil {
			return err
		}
		g.wroteConcentrations(mi)
	}
	for _, con := range g.cons.created {
		mi, inst := g.cons.at(con)
		if mi.m.NetInit.Scalar != nil {
			g.nowCon = con
			e.runScalar(g, mi, mi.m.NetInit.Scalar, inst, g.cons.of(con, mi), 0)
		}
	}
	g.cons.created = nil
	g.nowCon = -1
	for _, mi := range g.mechs {
		if err := e.runOnce(g, mi, mi.m.AfterInitial); err != nil {
			return err
		}
	}
	for _, mi := range g.mechs {
		if err := e.runOnce(g, mi, mi.m.Prepare); err != nil {
			return err
		}
		mi.compact()
		mi.findFlushed()
		err := e.settleTables(g, mi)
		if err != nil {
			return err
		}
		if err = e.fitCurves(mi); err != nil {
			return err
		}
		if err = e.bindStep(g, mi); err != nil {
			return err
		}
	}
	if !e.opt.Plain {
		g.bindReceivers()
	}
	g.setTime()
	if err := g.diffusers(); err != nil {
		return err
	}
	return e.err
}

// bindStep prepares a mechanism's programs of every step.
func (e *Engine) bindStep(g *group, mi *mechInst) (err error) {
	if err = e.bindPhases(g, mi); err != nil {
		return err
	}
	if mi.cur, mi.curScalar, err = e.bindEntry(g, mi, mi.m.Cur); err != nil {
		return err
	}
	mi.state, mi.stateScalar, err = e.bindEntry(g, mi, mi.stateEntry())
	return err
}

// ensureScratch gives all workers the registers that the group's programs of every step need.
func (e *Engine) ensureScratch(g *group) {
	regs := 0
	for _, mi := range g.mechs {
		if mi.cur != nil {
			regs = max(regs, mi.cur.regs)
		}
		if mi.state != nil {
			regs = max(regs, mi.state.regs)
		}
		regs = max(regs, mi.phaseRegs())
	}
	for k := range e.scratch {
		e.scratch[k].ensure(regs)
	}
}

// restart forgets what events and loops of an earlier run left behind.
func (g *group) restart() {
	g.nowCon, g.cancelled, g.watching, g.failed = -1, nil, nil, false
	g.phased = [numPhases]bool{}
	for _, mi := range g.mechs {
		mi.movable, mi.due, mi.active, mi.lags, mi.consOf = nil, nil, nil, nil, nil
		mi.alone = byColumns(mi.m)
	}
	g.connections()
}

// stepping lists what may store to columns while time advances.
func stepping(m *program.Mechanism) []program.Entry {
	list := []program.Entry{m.Cur, m.State, m.NetReceive, m.NetInit, m.BeforeBreakpoint, m.AfterSolve, m.BeforeStep}
	for _, f := range m.Functions {
		list = append(list, program.Entry{Scalar: f.Code})
	}
	for _, d := range m.Diffusion { // its result is a store, too
		set := program.Instr{Op: program.OpMov, Dst: d.State}
		list = append(list, program.Entry{Scalar: &program.Code{Instrs: []program.Instr{set}}})
	}
	return list
}

// wroteConcentrations computes the reversal potentials again that follow the concentrations, once a mechanism's INITIAL
// has written those (nrnoc/eion.cpp: nrn_wrote_conc).
func (g *group) wroteConcentrations(mi *mechInst) {
	if !mi.m.WritesConc {
		return
	}
	for k := range mi.m.Ions {
		u := &mi.m.Ions[k]
		if !u.WriteXi && !u.WriteXo {
			continue
		}
		for _, ion := range g.ions {
			if ion.ion.Name != u.Name {
				continue
			}
			for _, at := range mi.nodes {
				if w := ion.at(at); ion.atInit.has(w) {
					ion.nernstAt(w)
				}
			}
		}
	}
}

// runOnce runs an entry for all instances with all columns as they are now.
func (e *Engine) runOnce(g *group, mi *mechInst, en program.Entry) error {
	code, scalar, err := e.bindEntry(g, mi, en)
	if err != nil {
		return err
	}
	if scalar != nil {
		for i := range mi.n {
			e.runScalar(g, mi, scalar, i, nil, 0)
		}
		return e.err
	}
	if code != nil {
		e.scratch[0].ensure(code.regs)
		code.run(&e.scratch[0])
	}
	return nil
}

func (e *Engine) bindEntry(g *group, mi *mechInst, en program.Entry) (*boundCode, *program.Code, error) {
	if en.Scalar != nil {
		return nil, en.Scalar, nil
	}
	if e.opt.Plain || mi.alone {
		return nil, en.Vector, nil
	}
	code, err := g.bind(mi, e.specialise(mi, en.Vector))
	return code, nil, err
}

// compact keeps one value of each column that is not written any more and has the same value in all instances.
func (mi *mechInst) compact() {
	m := mi.m
	written := writtenBy(m, stepping(m)...)
	for c, col := range mi.cols {
		if written[c] || len(col) <= 1 || mi.isPinned(c) {
			continue
		}
		same := true
		for _, v := range col[1:] {
			if v != col[0] && (v == v || col[0] == col[0]) {
				same = false
				break
			}
		}
		if same {
			mi.cols[c] = []float64{col[0]}
		}
	}
}

// buildTables fills the TABLEs of a mechanism; all groups share them. settleTables fills those that depend on columns.
func buildTables(mi *mechInst) ([]*program.TableData, error) {
	out, err := program.BuildTables(mi.m, mi.globals)
	if err != nil {
		return nil, fmt.Errorf("could not fill a TABLE of %s: %w", mi.m.Name, err)
	}
	return out, nil
}
