package lower

import (
	"fmt"
	"sort"

	"netsim/nmodl/program"
)

func hiddenName(i int) string { return fmt.Sprintf("_h%d", i) }

// finish makes the programs and drops columns that nobody needs.
func (c *compiler) finish(es *entries) {
	hidden := c.hoist(es)
	code := func(e *entry, hoisted map[value]int32) program.Entry {
		switch {
		case e == nil:
			return program.Entry{}
		case e.sc != nil:
			return program.Entry{Scalar: e.sc.finish()}
		}
		v := c.emit(e.stores, e.vec.effects, hoisted)
		if len(v.Instrs) == 0 {
			return program.Entry{}
		}
		return program.Entry{Vector: v}
	}
	m := c.m
	m.Init = code(es.init, nil)
	m.Cur = code(es.cur, hidden)
	m.State = code(es.state, hidden)
	if es.exact != nil {
		m.StateExact = code(es.exact, hidden)
		m.Curves.Build = c.emitOutputs(es.curves)
	}
	m.NetInit = code(es.netInit, nil)
	m.NetReceive = code(es.netReceive, nil)
	m.BeforeInitial, m.AfterInitial = code(es.beforeInitial, nil), code(es.afterInitial, nil)
	m.BeforeBreakpoint = code(es.beforeBreakpoint, nil)
	m.AfterSolve, m.BeforeStep = code(es.afterSolve, nil), code(es.beforeStep, nil)
	for _, e := range es.extra {
		*e.into = *e.sc.finish()
	}
	if len(hidden) > 0 {
		prepare := &entry{vec: newVector(c.g)}
		for v, col := range hidden {
			prepare.stores = append(prepare.stores, store{col, v})
		}
		sort.Slice(prepare.stores, func(i, j int) bool { return prepare.stores[i].col < prepare.stores[j].col })
		m.Prepare = code(prepare, nil)
	}
	for i, t := range c.tabled {
		m.Tables[i].Bounds = c.emitOutputs([]value{t.from, t.to})
		m.Tables[i].Build = c.emitOutputs(t.outs)
		m.Tables[i].From, m.Tables[i].To = c.constRef(t.from), c.constRef(t.to)
	}
	c.compact()
	c.findRandoms()
	m.Consts = c.consts.list
}

// constRef returns a constant's operand, no operand for anything else.
func (c *compiler) constRef(v value) program.Ref {
	if x, ok := c.g.constOf(v); ok {
		return c.consts.ref(x)
	}
	return program.Ref{}
}

// codes lists all programs of the mechanism.
func codes(m *program.Mechanism) []*program.Code {
	var out []*program.Code
	for _, e := range m.Entries() {
		for _, c := range []*program.Code{e.Entry.Vector, e.Entry.Scalar} {
			if c != nil {
				out = append(out, c)
			}
		}
	}
	out = append(out, m.Watches...)
	for _, p := range m.Procedures {
		out = append(out, p.Code)
	}
	for _, f := range m.Functions {
		out = append(out, f.Code)
	}
	for _, d := range m.Diffusion {
		out = append(out, d.Code)
	}
	for _, t := range m.Tables {
		out = append(out, t.Bounds, t.Build)
	}
	return out
}

// compact drops columns that are neither visible nor used and marks those that are written while time advances.
func (c *compiler) compact() {
	m := c.m
	used := make([]bool, len(m.Columns))
	for i := range m.Columns {
		col := &m.Columns[i]
		used[i] = col.Range || col.Role == program.State || c.live[int32(i)]
	}
	stepping := map[*program.Code]bool{}
	for _, e := range []program.Entry{m.Cur, m.State, m.StateExact, m.NetInit, m.NetReceive, m.BeforeBreakpoint, m.AfterSolve, m.BeforeStep} {
		stepping[e.Vector], stepping[e.Scalar] = true, true
	}
	for _, f := range m.Functions {
		stepping[f.Code] = true
	}
	touch := func(code *program.Code, r program.Ref, n int32, write bool) {
		if r.Kind != program.Col {
			return
		}
		for e := range n {
			used[r.Idx+e] = true
			if write && stepping[code] {
				m.Columns[r.Idx+e].Written = true
			}
		}
	}
	for _, code := range codes(m) {
		for _, i := range code.Instrs {
			n, run := int32(1), int32(1)
			if i.Op == program.OpLoadIdx || i.Op == program.OpStoreIdx {
				run = i.Src[2].Idx
			}
			dst := n
			if i.Op == program.OpStoreIdx {
				dst = run
			}
			touch(code, i.Dst, dst, true)
			for s, r := range i.Src {
				if s == 0 && i.Op == program.OpLoadIdx {
					touch(code, r, run, false)
				} else {
					touch(code, r, 1, false)
				}
			}
		}
	}
	for _, d := range m.Diffusion {
		if d.State.Kind == program.Col {
			used[d.State.Idx], m.Columns[d.State.Idx].Written = true, true
		}
	}
	// An array stays whole.
	for i := range m.Columns {
		col := &m.Columns[i]
		if used[i] && col.Size > 0 {
			for e := range col.Size {
				used[i-col.Element+e] = true
			}
		}
	}
	moved := make([]int32, len(m.Columns))
	var kept []program.Column
	for i, col := range m.Columns {
		moved[i] = int32(len(kept))
		if used[i] {
			kept = append(kept, col)
		}
	}
	m.Columns = kept
	for _, code := range codes(m) {
		for k := range code.Instrs {
			i := &code.Instrs[k]
			if i.Dst.Kind == program.Col {
				i.Dst.Idx = moved[i.Dst.Idx]
			}
			for s := range i.Src {
				if i.Src[s].Kind == program.Col {
					i.Src[s].Idx = moved[i.Src[s].Idx]
				}
			}
		}
	}
	for i := range m.Diffusion {
		if s := &m.Diffusion[i].State; s.Kind == program.Col {
			s.Idx = moved[s.Idx]
		}
	}
	for i := range m.Tables {
		for k, col := range m.Tables[i].DependCols {
			m.Tables[i].DependCols[k] = moved[col]
		}
	}
}

// emitter turns values into a vector program.
type emitter struct {
	c      *compiler
	hidden map[value]int32
	code   program.Code

	uses  map[value]int         // readers that are still to come
	loc   map[value]program.Ref // where a computed value stands
	depth map[value]int         // registers that computing it needs
	free  []int32

	want  map[value]int32 // a value that only a store remains for → the column
	done  map[int32]bool  // columns that are stored
	fixed int32           // registers below stay free for results
}

func (c *compiler) newEmitter(hidden map[value]int32) *emitter {
	return &emitter{
		c: c, hidden: hidden, code: program.Code{Vector: true},
		uses: map[value]int{}, loc: map[value]program.Ref{}, depth: map[value]int{},
		want: map[value]int32{}, done: map[int32]bool{},
	}
}

// args are the values that computing v reads; none where v stands in a column already.
func (e *emitter) args(v value) []value {
	if _, ok := e.hidden[v]; ok {
		return nil
	}
	return e.c.g.nodes[v].values()
}

// count adds one reader of v, and readers of what v is made of when it is the first.
func (e *emitter) count(v value) {
	e.uses[v]++
	if e.uses[v] == 1 {
		for _, a := range e.args(v) {
			e.count(a)
		}
	}
}

// need is the Sethi–Ullman number: how many registers an expression takes if its neediest operand goes first.
func (e *emitter) need(v value) int {
	if d, ok := e.depth[v]; ok {
		return d
	}
	e.depth[v] = 0
	args := e.args(v)
	d := 0
	if len(args) == 0 && e.c.g.nodes[v].leaf.Kind == program.ExtRef {
		d = 1
	}
	if len(args) > 0 {
		ns := make([]int, len(args))
		for i, a := range args {
			ns[i] = e.need(a)
		}
		sort.Sort(sort.Reverse(sort.IntSlice(ns)))
		d = 1
		for i, n := range ns {
			d = max(d, n+i)
		}
	}
	e.depth[v] = d
	return d
}

// direct returns the operand of a value that needs no instruction.
func (e *emitter) direct(v value) (program.Ref, bool) {
	if col, ok := e.hidden[v]; ok {
		return program.Ref{Kind: program.Col, Idx: col}, true
	}
	n := &e.c.g.nodes[v]
	if n.op != program.OpNop {
		return program.Ref{}, false
	}
	switch n.leaf.Kind {
	case program.None:
		return e.c.consts.ref(n.num), true
	case program.ExtRef:
		return program.Ref{}, false
	}
	return n.leaf, true
}

// compute makes v available.
func (e *emitter) compute(v value) program.Ref {
	if r, ok := e.direct(v); ok {
		return r
	}
	if r, ok := e.loc[v]; ok {
		return r
	}
	n := &e.c.g.nodes[v]
	i := program.Instr{Op: n.op}
	if n.op == program.OpNop {
		i.Op = program.OpMov
		i.Src[0] = n.leaf
	} else {
		args := n.values()
		order := make([]int, len(args))
		for k := range order {
			order[k] = k
		}
		sort.SliceStable(order, func(a, b int) bool { return e.need(args[order[a]]) > e.need(args[order[b]]) })
		for _, k := range order {
			e.compute(args[k])
		}
		for k, a := range args {
			i.Src[k] = e.compute(a)
		}
		if n.op == program.OpTable {
			i.Src[1] = program.Ref{Kind: program.TableRef, Idx: int32(n.args[1])}
			i.Src[2] = imm(int(n.args[2]))
		}
		if n.op == program.OpCurve {
			i.Src[1] = imm(int(n.args[1]))
		}
		for _, a := range args {
			e.used(a)
		}
	}
	i.Dst = e.target(v)
	e.code.Instrs = append(e.code.Instrs, i)
	e.loc[v] = i.Dst
	return i.Dst
}

// target chooses where v goes: its column if nothing is left to read of the column's old value, else a register.
func (e *emitter) target(v value) program.Ref {
	if col, ok := e.want[v]; ok && !e.done[col] && e.oldReaders(col) == 0 {
		e.done[col] = true
		return program.Ref{Kind: program.Col, Idx: col}
	}
	return program.Ref{Kind: program.Reg, Idx: e.alloc()}
}

// oldReaders counts the operations to come that read what the column held at the start.
func (e *emitter) oldReaders(col int32) int {
	k := nodeKey{leaf: program.Ref{Kind: program.Col, Idx: col}, args: noArgs}
	if v, ok := e.c.g.index[k]; ok {
		return e.uses[v]
	}
	return 0
}

func (e *emitter) alloc() int32 {
	if n := len(e.free); n > 0 {
		r := e.free[n-1]
		e.free = e.free[:n-1]
		return r
	}
	r := max(int32(e.code.Regs), e.fixed)
	e.code.Regs = int(r) + 1
	return r
}

// used notes that one reader of v is done.
func (e *emitter) used(v value) {
	e.uses[v]--
	if r, ok := e.loc[v]; ok && e.uses[v] == 0 && r.Kind == program.Reg {
		e.free = append(e.free, r.Idx)
	}
}

// emit makes the program of one entry: values near their first use, stores as soon as the column's old value is no
// longer read, effects in their order.
func (c *compiler) emit(stores []store, effects []effect, hidden map[value]int32) *program.Code {
	e := c.newEmitter(hidden)
	for _, f := range effects {
		e.count(f.v)
	}
	for _, s := range stores {
		e.count(s.v)
		if _, taken := e.want[s.v]; !taken {
			e.want[s.v] = s.col
		}
	}
	for _, f := range effects {
		r := e.compute(f.v)
		e.loadBefore(f.dst)
		e.used(f.v)
		e.code.Instrs = append(e.code.Instrs, program.Instr{Op: f.op, Dst: f.dst, Src: [3]program.Ref{r}})
	}
	// A store waits until nothing is left to read of the old value; computing the others in order gets there.
	var waiting []store
	flush := func() {
		for again := true; again; {
			again = false
			rest := waiting[:0]
			for _, s := range waiting {
				if e.ready(s) {
					e.store(s)
					again = true
				} else {
					rest = append(rest, s)
				}
			}
			waiting = rest
		}
	}
	for _, s := range stores {
		e.compute(s.v)
		waiting = append(waiting, s)
		flush()
	}
	for len(waiting) > 0 { // columns that exchange their values: one of them by way of a register
		s := &waiting[0]
		r := program.Ref{Kind: program.Reg, Idx: e.alloc()}
		e.code.Instrs = append(e.code.Instrs, program.Instr{Op: program.OpMov, Dst: r, Src: [3]program.Ref{e.compute(s.v)}})
		e.used(s.v)
		moved := value(-2 - len(e.loc))
		e.loc[moved], e.uses[moved] = r, 1
		s.v = moved
		flush()
	}
	return &e.code
}

func (e *emitter) ready(s store) bool {
	if e.loc[s.v] == (program.Ref{Kind: program.Col, Idx: s.col}) {
		return true
	}
	own := 0
	if s.v >= 0 {
		if n := &e.c.g.nodes[s.v]; n.op == program.OpNop && n.leaf == (program.Ref{Kind: program.Col, Idx: s.col}) {
			own = 1
		}
	}
	return e.oldReaders(s.col) == own
}

func (e *emitter) store(s store) {
	dst := program.Ref{Kind: program.Col, Idx: s.col}
	r, ok := e.loc[s.v]
	if !ok {
		r = e.compute(s.v)
	}
	if r != dst {
		e.code.Instrs = append(e.code.Instrs, program.Instr{Op: program.OpMov, Dst: dst, Src: [3]program.Ref{r}})
	}
	e.done[s.col] = true
	e.used(s.v)
}

// loadBefore loads a datum of the node that is about to be overwritten, if somebody still reads its old value.
func (e *emitter) loadBefore(dst program.Ref) {
	k := nodeKey{leaf: dst, args: noArgs}
	if v, ok := e.c.g.index[k]; ok && e.uses[v] > 0 {
		e.compute(v)
	}
}

// emitOutputs makes a program that leaves values in registers 0, 1, …
func (c *compiler) emitOutputs(vs []value) *program.Code {
	e := c.newEmitter(nil)
	e.fixed = int32(len(vs))
	e.code.Vector = false
	for _, v := range vs {
		e.count(v)
	}
	for i, v := range vs {
		r := e.compute(v)
		e.code.Instrs = append(e.code.Instrs, program.Instr{
			Op: program.OpMov, Dst: program.Ref{Kind: program.Reg, Idx: int32(i)}, Src: [3]program.Ref{r},
		})
		e.used(v)
	}
	e.code.Regs = max(e.code.Regs, len(vs))
	return &e.code
}
