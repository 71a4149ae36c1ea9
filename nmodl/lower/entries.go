package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// entry is one entry point on its way: a graph with stores and effects, or scalar operations.
type entry struct {
	name   string
	vec    *vector
	sc     *scalar
	stores []store       // vector: columns whose value changes, in order of first assignment
	into   *program.Code // of a program that is no entry point: where it goes
}

type store struct {
	col int32
	v   value
}

// entries are the six entry points; nil where there is nothing to do.
type entries struct {
	init, cur, state, netInit, netReceive                                 *entry
	beforeInitial, afterInitial, beforeBreakpoint, afterSolve, beforeStep *entry

	extra []*entry // of Mechanism.Watches, Functions and Diffusion

	exact  *entry  // state without curves, nil if there are none
	curves []value // functions of Arg 0
}

func (es *entries) all() []*entry {
	var out []*entry
	list := []*entry{es.init, es.cur, es.state, es.netInit, es.netReceive,
		es.beforeInitial, es.afterInitial, es.beforeBreakpoint, es.afterSolve, es.beforeStep}
	for _, e := range append(list, es.extra...) {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

// stepping are the entries that run while time advances.
func (es *entries) stepping() []*entry {
	var out []*entry
	for _, e := range es.all() {
		if e != es.init && e != es.beforeInitial && e != es.afterInitial {
			out = append(out, e)
		}
	}
	return out
}

func (c *compiler) entries() *entries {
	es := &entries{
		init:  c.lower("init", c.lowerInit),
		state: c.lower("state", c.lowerState),
	}
	if c.m.HasCurrent {
		es.cur = c.lower("cur", c.lowerCur)
	}
	if nr := c.f.NetReceive; nr != nil {
		es.netReceive = c.lowerScalar("netreceive", func(w *walker) { c.lowerNetReceive(w, nr) })
		if nr.Initial != nil {
			es.netInit = c.lowerScalar("netinit", func(w *walker) { c.lowerNetInit(w, nr) })
		}
	}
	c.phases(es)
	c.procedures()
	c.diffusion()
	es.extra = c.extra
	return es
}

// lower makes a vector entry, or a scalar one where some construct has no straight-line form.
func (c *compiler) lower(name string, f func(*walker)) (e *entry) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		ns, ok := r.(needScalar)
		if !ok {
			panic(r)
		}
		c.note("%s runs one instance at a time: %s (line %d)", name, ns.why, ns.pos.Line)
		e = c.lowerScalar(name, f)
	}()
	b := newVector(c.g)
	if c.bounded(name, func() { f(c.newWalker(b)) }) {
		return nil
	}
	e = &entry{name: name, vec: b}
	for _, p := range b.order {
		if p.kind != placeCol {
			continue
		}
		if v := b.env[p]; v != c.g.leaf(program.Ref{Kind: program.Col, Idx: p.idx}) {
			e.stores = append(e.stores, store{p.idx, v})
		}
	}
	if len(e.stores) == 0 && len(b.effects) == 0 {
		return nil
	}
	c.checkTables(e)
	return e
}

func (c *compiler) lowerScalar(name string, f func(*walker)) *entry {
	b := newScalar(c.consts)
	if c.bounded(name, func() { f(c.newWalker(b)) }) {
		return nil
	}
	b.dropUnread()
	if len(b.ins) == 0 {
		return nil
	}
	return &entry{name: name, sc: b}
}

// ionExt returns the datum of the node that an ion variable stands for.
func (c *compiler) ionExt(i *checker.IonVar) program.Ref {
	kind := map[checker.IonWhich]program.ExtKind{
		checker.IonCurrent: program.IonI, checker.IonReversal: program.IonE,
		checker.IonInside: program.IonXi, checker.IonOutside: program.IonXo,
	}[i.Which]
	return c.ext(kind, i.Ion)
}

// ionVars lists the ion variables of the mechanism in order of declaration.
func (c *compiler) ionVars() []*variable {
	var out []*variable
	for _, s := range c.s.Order {
		if v := c.vars[s.Name]; v != nil && v.kind == varCol && s.Ion != nil && v.sym == s {
			out = append(out, v)
		}
	}
	return out
}

func conc(s *checker.Symbol) bool {
	return s.Ion.Which == checker.IonInside || s.Ion.Which == checker.IonOutside
}

// loadIons copies what is READ, and the concentrations that are written, from the ions (nocpout.cpp: get_ion_variables).
func (w *walker) loadIons() {
	for _, v := range w.c.ionVars() {
		if i := v.sym.Ion; i.Read || i.Implicit || conc(v.sym) {
			w.b.write(place{placeCol, v.index}, w.b.leaf(w.c.ionExt(i)))
		}
	}
}

// storeIons copies written concentrations and reversal potentials to the ions (set_ion_variables).
func (w *walker) storeIons(only func(*checker.Symbol) bool) {
	for _, v := range w.c.ionVars() {
		if !v.sym.Ion.Write || v.sym.Ion.Which == checker.IonCurrent || !only(v.sym) {
			continue
		}
		ext, x := w.c.ionExt(v.sym.Ion), w.b.read(place{placeCol, v.index})
		if w.b.scalar() || x != w.b.leaf(ext) { // what was loaded need not be stored
			w.b.effect(effect{program.OpStore, ext, x})
		}
	}
}

func anySymbol(*checker.Symbol) bool { return true }

// lowerInit is initmodel and nrn_init: STATEs from their s0, INITIAL, ion variables.
func (c *compiler) lowerInit(w *walker) {
	w.events, w.inInitial = true, true
	clear(c.filled) // of an attempt before this one
	w.loadV()
	w.loadIons()
	for _, s := range c.s.Order {
		v := c.vars[s.Name]
		if v == nil || s.Kind != checker.State || s.Ion != nil || v.kind != varCol {
			continue
		}
		x := w.b.constant(0)
		if s.StartName != "" && c.vars[s.StartName] != nil {
			x = w.variable(&ast.VarRef{Pos: s.Pos, Name: s.StartName})
		}
		for e := range max(v.size, 1) {
			w.b.write(place{placeCol, v.index + int32(e)}, x)
		}
	}
	if c.s.ThreadSafe {
		w.fillTables() // NEURON does so before INITIAL; in other files when a table is first asked
	}
	w.startLagged()
	w.routine(c.f.Initial, place{}, false)
	w.fillOwn()
	w.storeIons(anySymbol)
}

// lowerState is nrn_state: the SOLVEs of BREAKPOINT at the new v; then BREAKPOINT itself if it writes no current.
func (c *compiler) lowerState(w *walker) {
	if c.f.Breakpoint == nil {
		return
	}
	w.loadV()
	w.loadIons()
	inspectBlock(c.f.Breakpoint, nil, func(s ast.Stmt, _ func(string) bool) {
		if s, ok := s.(*ast.Solve); ok {
			m := w.b.mark()
			w.stepping = true
			w.solve(s)
			w.stepping = false
			w.b.release(m)
		}
	})
	if !c.m.HasCurrent {
		w.skipSolve = true
		w.block(c.f.Breakpoint)
	}
	w.storeIons(anySymbol)
}

// lowerCur is nrn_cur and nrn_jacob (noccout.cpp): BREAKPOINT at v+.001 and at v. What the first evaluation assigns is
// there for the second to read.
func (c *compiler) lowerCur(w *walker) {
	op, k := w.b.op, w.b.constant
	w.loadV()
	w.loadIons()
	w.skipSolve, w.inBreakpoint = true, true
	var hints []hint
	inspectBlock(c.f.Breakpoint, nil, func(s ast.Stmt, _ func(string) bool) {
		if h, ok := s.(*ast.Conductance); ok {
			hints = append(hints, hint{h.Pos, h.Name, h.Ion})
		}
	})
	sum := func() value {
		// nocmodl adds to 0.; leaving that out changes the sign of a zero sum only, which no addition to rhs
		// or d, neither of them ever -0.0, can show.
		total := value(-1)
		for _, s := range c.s.Currents {
			x := w.variable(&ast.VarRef{Pos: s.Pos, Name: s.Name})
			if total < 0 {
				total = w.b.snapshot(x)
			} else {
				total = op(program.OpAdd, total, x)
			}
		}
		return total
	}
	node := w.b.snapshot(w.b.read(w.v))
	ions := c.writtenCurrents()
	var g, rhs value
	didv := make([]value, len(ions))
	if len(hints) > 0 {
		w.block(c.f.Breakpoint)
		rhs = sum()
		g = w.hintedConductance(hints)
		for i, v := range ions {
			didv[i] = w.hintedDiDv(hints, v)
		}
	} else if current, slope, slopes, ok := w.slopes(sum, ions); ok {
		rhs, g, didv = current, slope, slopes
	} else {
		w.b.write(w.v, op(program.OpAdd, node, k(.001)))
		w.block(c.f.Breakpoint)
		first := sum()
		moved := make([]value, len(ions))
		for i, v := range ions {
			moved[i] = w.b.snapshot(w.b.read(place{placeCol, v.index}))
		}
		w.b.write(w.v, node)
		w.block(c.f.Breakpoint)
		rhs = sum()
		for i, v := range ions {
			didv[i] = op(program.OpDiv, op(program.OpSub, moved[i], w.b.read(place{placeCol, v.index})), k(.001))
		}
		g = op(program.OpDiv, op(program.OpSub, first, rhs), k(.001))
	}
	perArea := func(x value) value { return x }
	if c.m.Kind == program.Point {
		area := w.b.leaf(c.ext(program.NodeArea, ""))
		perArea = func(x value) value { return op(program.OpDiv, op(program.OpMul, x, k(1e2)), area) }
		factor := op(program.OpDiv, k(1e2), area)
		g = op(program.OpMul, g, factor)
		rhs = op(program.OpMul, rhs, factor)
	}
	for i, v := range ions {
		if c.o.DiDv {
			w.b.effect(effect{program.OpAccAdd, c.ext(program.IonDiDv, v.sym.Ion.Ion), perArea(didv[i])})
		}
		w.b.effect(effect{program.OpAccAdd, c.ionExt(v.sym.Ion), perArea(w.b.read(place{placeCol, v.index}))})
	}
	w.storeIons(anySymbol)
	toRHS, toD := program.OpAccSub, program.OpAccAdd
	if c.m.ElectrodeCurrent {
		toRHS, toD = program.OpAccAdd, program.OpAccSub
	}
	w.b.effect(effect{toRHS, c.ext(program.NodeRHS, ""), rhs})
	w.b.effect(effect{toD, c.ext(program.NodeD, ""), g})
}

// hintedConductance is the sum of the CONDUCTANCE names.
func (w *walker) hintedConductance(hints []hint) value {
	total := w.b.constant(0)
	for i, h := range hints {
		x := w.variable(&ast.VarRef{Pos: h.pos, Name: h.name})
		if i == 0 {
			total = x
		} else {
			total = w.b.op(program.OpAdd, total, x)
		}
	}
	return total
}

func (w *walker) hintedDiDv(hints []hint, v *variable) value {
	for _, h := range hints {
		if h.ion == v.sym.Ion.Ion {
			return w.variable(&ast.VarRef{Pos: h.pos, Name: h.name})
		}
	}
	return w.b.constant(0)
}

// writtenCurrents lists the ion currents that are written.
func (c *compiler) writtenCurrents() []*variable {
	var out []*variable
	for _, s := range c.s.Currents {
		if v := c.vars[s.Name]; v != nil && s.Ion != nil && s.Ion.Write && s.Ion.Which == checker.IonCurrent {
			out = append(out, v)
		}
	}
	return out
}

// netArgs binds the arguments of NET_RECEIVE to the weights of the NetCon, and flag.
// flag is a copy where the block assigns to it.
func (w *walker) netArgs(nr *ast.NetReceive, hasFlag bool) func() {
	names := map[string]binding{}
	for i, a := range nr.Args {
		names[a.Name] = binding{p: place{placeWeight, int32(i)}}
	}
	if _, taken := names["flag"]; !taken {
		p := place{placeArg, 0}
		if assignsTo(nr.Body, "flag") || !hasFlag {
			p = w.b.newLocal()
			if hasFlag {
				w.b.write(p, w.b.leaf(program.Ref{Kind: program.Arg, Idx: 0}))
			}
		}
		names["flag"] = binding{p: p}
	}
	return w.push(names)
}

// lowerNetReceive is _net_receive (nocpout.cpp): v is loaded, and stored back, when the block mentions it; of ions
// only concentrations are loaded.
func (c *compiler) lowerNetReceive(w *walker, nr *ast.NetReceive) {
	w.events, w.inNet = true, true
	w.loadV()
	for _, v := range c.ionVars() {
		if conc(v.sym) && mentions(nr.Body, v.sym.Name) {
			w.b.write(place{placeCol, v.index}, w.b.leaf(c.ionExt(v.sym.Ion)))
		}
	}
	defer w.netArgs(nr, true)()
	w.weights = true
	w.routine(nr.Body, place{}, false)
	w.storeIons(func(s *checker.Symbol) bool {
		return s.Kind == checker.State && conc(s) && mentions(nr.Body, s.Name)
	})
	if c.m.Kind != program.Artificial && assignsTo(nr.Body, "v") {
		w.b.effect(effect{program.OpStore, c.ext(program.NodeV, ""), w.b.read(w.v)})
	}
}

// assignsTo reports whether a block itself assigns to a name. Storing back an unchanged v changes nothing.
func assignsTo(b *ast.Block, name string) bool {
	return anyStmt(b, func(s ast.Stmt) bool {
		switch s := s.(type) {
		case *ast.Assign:
			return s.Lhs.Name == name
		case *ast.CallStmt:
			if s.Call.Name == "state_discontinuity" && len(s.Call.Args) > 0 {
				r, ok := s.Call.Args[0].(*ast.VarRef)
				return ok && r.Name == name
			}
		}
		return false
	})
}

func (c *compiler) lowerNetInit(w *walker, nr *ast.NetReceive) {
	w.events, w.inNet = true, true
	w.loadV()
	defer w.netArgs(nr, false)()
	w.weights = true
	w.routine(nr.Initial, place{}, false)
}
