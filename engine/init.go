package engine

import (
	"fmt"
	"slices"

	"netsim/nmodl/program"
)

// Init is NEURON's finitialize (nrnoc/fadvance.cpp): t = 0, v = VInit, INITIAL of every mechanism in order, then of every
// NetCon, then one evaluation of the currents. minDelay (ms) is the smallest delay of connections between cells on any
// rank; it sets the exchange interval, of which the number of steps is returned.
func (e *Engine) Init(minDelay, tstop float64) (int, error) {
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
	for _, g := range e.groups {
		g.queue.init(interval, e.net.Dt)
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
		e.setParams(g)
	}
	if err := e.setUp(); err != nil {
		return 0, err
	}
	for _, g := range e.groups {
		if err := e.initGroup(g); err != nil {
			return 0, err
		}
	}
	regs := 0
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			if mi.cur != nil {
				regs = max(regs, mi.cur.regs)
			}
			if mi.state != nil {
				regs = max(regs, mi.state.regs)
			}
			regs = max(regs, mi.phaseRegs())
		}
	}
	for k := range e.scratch {
		e.scratch[k].ensure(regs)
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
	e.compileNative() // after the first currents, which leave all columns with their values
	return interval, e.err
}

// columns allocates an instance column for what INITIAL or a later program writes, or what differs between instances,
// and one value for the rest.
func (e *Engine) columns(mi *mechInst) {
	m := mi.m
	mi.globals = make([]float64, len(m.Globals))
	for k := range m.Globals {
		mi.globals[k] = m.Globals[k].Default
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
		col := make([]float64, n)
		for k := range col {
			col[k] = m.Columns[c].Default
		}
		mi.cols[c] = col
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
func (e *Engine) setParams(g *group) {
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
		for inst, o := range mi.origins {
			for _, p := range g.blocks[o.block].template.Density[o.density].Params {
				value := p.Values[0]
				if len(p.Values) > 1 {
					value = p.Values[o.node]
				}
				mi.set(p.Column, inst, value)
			}
		}
		mi.origins = nil
		// A column that all instances agree on shrinks back below, once INITIAL has run.
	}
}

// initGroup runs INITIAL and prepares the programs of the step.
func (e *Engine) initGroup(g *group) error {
	for k := range g.v {
		g.v[k] = e.net.VInit // mV
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
	c := &g.cons
	for k := range c.mech {
		mi := g.mechs[c.mech[k]]
		if mi.m.NetInit.Scalar != nil {
			g.nowCon = int32(k)
			e.runScalar(g, mi, mi.m.NetInit.Scalar, int(c.inst[k]), c.of(int32(k), mi), 0)
		}
	}
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
		if err = e.bindPhases(g, mi); err != nil {
			return err
		}
		if err = e.fitCurves(mi); err != nil {
			return err
		}
		if mi.cur, mi.curScalar, err = e.bindEntry(g, mi, mi.m.Cur); err != nil {
			return err
		}
		if mi.state, mi.stateScalar, err = e.bindEntry(g, mi, mi.stateEntry()); err != nil {
			return err
		}
	}
	g.setTime()
	if err := g.diffusers(); err != nil {
		return err
	}
	return e.err
}

// restart forgets what events and loops of an earlier run left behind.
func (g *group) restart() {
	g.nowCon, g.cancelled, g.watching, g.failed = -1, nil, nil, false
	g.phased = [numPhases]bool{}
	for _, mi := range g.mechs {
		mi.movable, mi.active, mi.lags, mi.consOf = nil, nil, nil, nil
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
			here := make([]int32, 0, len(mi.nodes))
			for _, at := range mi.nodes {
				if _, ok := slices.BinarySearch(ion.atInit, ion.where[at]); ok {
					here = append(here, ion.where[at])
				}
			}
			ion.nernstAt(here)
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
	code, err := g.bind(mi, en.Vector)
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

// conTable holds the connections whose targets are in one group.
type conTable struct {
	mech     []int32 // index into the group's mechs
	inst     []int32
	delay    []float64 // ms
	weightAt []int32   // offset into weights; nil while every connection has one
	weights  []float64
}

// of is the weight vector of a connection onto mi.
func (t *conTable) of(con int32, mi *mechInst) []float64 {
	from := int(con)
	if t.weightAt != nil {
		from = int(t.weightAt[con])
	}
	return t.weights[from : from+len(mi.m.Weights)]
}

// add appends a connection and returns its index.
func (t *conTable) add(at instance, m *program.Mechanism, weight, delay float64) int32 {
	con := int32(len(t.mech))
	if len(m.Weights) != 1 && t.weightAt == nil {
		t.weightAt = make([]int32, con, con+1)
		for k := range t.weightAt {
			t.weightAt[k] = int32(k)
		}
	}
	if t.weightAt != nil {
		t.weightAt = append(t.weightAt, int32(len(t.weights)))
	}
	t.mech = append(t.mech, at.mech)
	t.inst = append(t.inst, at.inst)
	t.delay = append(t.delay, delay)
	for k := range m.Weights {
		if k > 0 {
			weight = 0
		}
		t.weights = append(t.weights, weight)
	}
	return con
}

// connect gives the connections to the groups of their targets and indexes them by source.
func (e *Engine) connect() error {
	net := e.net
	e.sources = map[uint64]int32{}
	count := []int32{}
	sourceOf := make([]int32, len(net.NetCons))
	for k := range net.NetCons {
		c := &net.NetCons[k]
		s, ok := e.sources[c.Source]
		if !ok {
			s = int32(len(count))
			e.sources[c.Source] = s
			count = append(count, 0)
		}
		count[s]++
		sourceOf[k] = s
	}
	e.fanFrom = make([]int32, len(count)+1)
	for s, n := range count {
		e.fanFrom[s+1] = e.fanFrom[s] + n
	}
	next := slices.Clone(e.fanFrom)
	e.fan = make([]fan, len(net.NetCons))
	for k := range net.NetCons {
		c := &net.NetCons[k]
		at := instance{}
		if c.Artificial {
			at = e.artificialAt[c.Target]
		} else {
			at = e.pointAt[c.Target]
		}
		g := e.groups[at.group]
		m := g.mechs[at.mech].m
		if m.NetReceive.Scalar == nil {
			return fmt.Errorf("connection from gid %d to a %s: %w", c.Source, m.Name, ErrNoNetReceive)
		}
		e.fan[next[sourceOf[k]]] = fan{group: at.group, con: g.cons.add(at, m, c.Weight, c.Delay)}
		next[sourceOf[k]]++
	}
	most := 0
	for _, m := range net.Mechanisms {
		most = max(most, len(m.Weights))
	}
	for _, g := range e.groups {
		g.noWeights = make([]float64, most)
	}
	return nil
}
