package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// scalar is the backend for programs that run one instance at a time. Places are read and written in place; the
// temporaries of a statement are free again when it ends.
type scalar struct {
	consts *constPool
	ins    []program.Instr
	refs   []program.Ref
	index  map[program.Ref]value
	labels []int32 // label number → index of its instruction
	placed int     // where the last label stands
	locals int32
	keep   int32 // locals below are results: stores to them stay
	temps  int32 // in use
	high   int32 // most that were in use
}

// Registers of temporaries are numbered from tempBase until the number of locals is known.
const tempBase = 1 << 24

func newScalar(c *constPool) *scalar {
	return &scalar{consts: c, index: map[program.Ref]value{}, placed: -1}
}

func (b *scalar) scalar() bool { return true }

func (b *scalar) ref(r program.Ref) value {
	if v, ok := b.index[r]; ok {
		return v
	}
	v := value(len(b.refs))
	b.refs = append(b.refs, r)
	b.index[r] = v
	return v
}

func (b *scalar) constant(x float64) value { return b.ref(b.consts.ref(x)) }

func (b *scalar) constOf(v value) (float64, bool) {
	r := b.refs[v]
	if r.Kind != program.Const {
		return 0, false
	}
	return b.consts.list[r.Idx], true
}

func (b *scalar) temp() program.Ref { return b.tempRun(1) }

// tempRun reserves n consecutive temporaries.
func (b *scalar) tempRun(n int) program.Ref {
	r := program.Ref{Kind: program.Reg, Idx: tempBase + b.temps}
	b.temps += int32(n)
	b.high = max(b.high, b.temps)
	return r
}

func (b *scalar) emit(op program.Op, dst program.Ref, src ...program.Ref) {
	if len(b.ins) >= maxInstrs {
		panic(tooLarge{what: "too many operations"})
	}
	i := program.Instr{Op: op, Dst: dst}
	copy(i.Src[:], src)
	b.ins = append(b.ins, i)
}

func (b *scalar) leaf(r program.Ref) value {
	if r.Kind == program.ExtRef {
		t := b.temp()
		b.emit(program.OpMov, t, r)
		return b.ref(t)
	}
	return b.ref(r)
}

func (b *scalar) op(op program.Op, args ...value) value {
	var c [3]float64
	var known [3]bool
	all := true
	for i, a := range args {
		c[i], known[i] = b.constOf(a)
		all = all && known[i]
	}
	if s, ok := simplify(op, args, c, known, b.op); ok {
		return s
	}
	if all {
		return b.constant(program.Apply(op, c[0], c[1], c[2]))
	}
	src := make([]program.Ref, len(args))
	for i, a := range args {
		src[i] = b.refs[a]
	}
	t := b.temp()
	b.emit(op, t, src...)
	return b.ref(t)
}

func (b *scalar) table(t, out int, x value) value {
	d := b.temp()
	b.emit(program.OpTable, d, b.refs[x], program.Ref{Kind: program.TableRef, Idx: int32(t)}, imm(out))
	return b.ref(d)
}

func imm(n int) program.Ref { return program.Ref{Kind: program.Imm, Idx: int32(n)} }

func (b *scalar) newLocal() place {
	p := place{placeLocal, b.locals}
	b.locals++
	// LOCAL variables that are read before they are assigned are 0 here, undefined in C.
	b.emit(program.OpMov, placeRef(p), b.consts.ref(0))
	return p
}

func placeRef(p place) program.Ref {
	kind := [...]program.RefKind{placeCol: program.Col, placeLocal: program.Reg, placeWeight: program.Weight, placeCon: program.ConWeight, placeArg: program.Arg}[p.kind]
	return program.Ref{Kind: kind, Idx: p.idx}
}

func (b *scalar) read(p place) value { return b.ref(placeRef(p)) }

func (b *scalar) write(p place, v value) {
	b.move(placeRef(p), b.refs[v])
}

// move appends a move, or turns the operation that has just computed the temporary to write to dst itself.
func (b *scalar) move(dst, src program.Ref) {
	if dst == src {
		return
	}
	if n := len(b.ins); n > 0 && dst.Kind == program.Reg && b.ins[n-1].Op == program.OpMov && b.ins[n-1].Dst == dst && !b.labelled(n) {
		b.ins = b.ins[:n-1] // the 0 that a new local starts with
	}
	if n := len(b.ins); n > 0 && src.Kind == program.Reg && src.Idx >= tempBase && b.ins[n-1].Dst == src &&
		!b.labelled(n) && src.Idx == tempBase+b.temps-1 && (dst.Kind == program.Reg || !fillsRegisters(b.ins[n-1].Op)) {
		b.ins[n-1].Dst = dst
		// The temporary is gone: whoever holds its value reads dst from now on.
		if v, ok := b.index[src]; ok {
			b.refs[v] = dst
			delete(b.index, src)
		}
		return
	}
	b.emit(program.OpMov, dst, src)
}

// fillsRegisters reports whether an operation leaves its results in registers only.
func fillsRegisters(op program.Op) bool {
	return op == program.OpLinSolve || op == program.OpCrout || op == program.OpCroutSolve
}

// labelled reports whether some jump goes to instruction n, the next one.
func (b *scalar) labelled(n int) bool {
	return b.placed == n
}

func (b *scalar) snapshot(v value) value {
	r := b.refs[v]
	if r.Kind == program.Const || r.Kind == program.Glob || r.Kind == program.Arg {
		return v
	}
	t := b.temp()
	b.emit(program.OpMov, t, r)
	return b.ref(t)
}

func (b *scalar) newLabel() program.Ref {
	b.labels = append(b.labels, -1)
	return program.Ref{Kind: program.Label, Idx: int32(len(b.labels) - 1)}
}

func (b *scalar) place(label program.Ref) {
	b.placed = len(b.ins)
	b.labels[label.Idx] = int32(b.placed)
}

func (b *scalar) branch(_ ast.Pos, cond value, then, els func()) {
	if c, ok := b.constOf(cond); ok {
		if c != 0 {
			then()
		} else {
			els()
		}
		return
	}
	no, end := b.newLabel(), b.newLabel()
	b.emit(program.OpJumpZero, program.Ref{}, b.refs[cond], no)
	then()
	if els == nil {
		b.place(no)
		b.place(end)
		return
	}
	at := len(b.ins)
	b.emit(program.OpJump, program.Ref{}, end)
	b.place(no)
	els()
	b.place(end)
	empty := len(b.ins) == at+1
	for l, to := range b.labels { // a label of what stood in ELSE
		empty = empty && (int(to) != at+1 || int32(l) == no.Idx || int32(l) == end.Idx)
	}
	if empty { // nothing in ELSE: no jump over it
		b.ins = b.ins[:at]
		b.place(no)
		b.place(end)
	}
}

func (b *scalar) loop(_ ast.Pos, cond func() value, body func()) {
	top, end := b.newLabel(), b.newLabel()
	b.place(top)
	m := b.mark()
	c := cond()
	b.emit(program.OpJumpZero, program.Ref{}, b.refs[c], end)
	b.release(m)
	body()
	b.emit(program.OpJump, program.Ref{}, top)
	b.place(end)
}

func (b *scalar) readIndexed(_ ast.Pos, first place, size int, index value) value {
	t := b.temp()
	b.emit(program.OpLoadIdx, t, placeRef(first), b.refs[index], imm(size))
	return b.ref(t)
}

func (b *scalar) writeIndexed(_ ast.Pos, first place, size int, index, v value) {
	b.emit(program.OpStoreIdx, placeRef(first), b.refs[v], b.refs[index], imm(size))
}

func (b *scalar) effect(e effect) { b.emit(e.op, e.dst, b.refs[e.v]) }

func (b *scalar) event(_ ast.Pos, op program.Op, args ...value) {
	src := make([]program.Ref, len(args))
	for i, a := range args {
		src[i] = b.refs[a]
	}
	b.emit(op, program.Ref{}, src...)
}

func (b *scalar) call(_ ast.Pos, fn program.Fn, args ...value) value {
	first := program.Ref{}
	if len(args) > 0 {
		first = b.run(args)
	}
	d := b.temp()
	b.emit(program.OpCall, d, first, imm(int(fn)), imm(len(args)))
	return b.ref(d)
}

// run puts values into consecutive temporaries.
func (b *scalar) run(vs []value) program.Ref {
	first := b.tempRun(len(vs))
	for i, v := range vs {
		b.emit(program.OpMov, program.Ref{Kind: program.Reg, Idx: first.Idx + int32(i)}, b.refs[v])
	}
	return first
}

func (b *scalar) results(first program.Ref, n int) []value {
	out := make([]value, n)
	for i := range out {
		out[i] = b.ref(program.Ref{Kind: program.Reg, Idx: first.Idx + int32(i)})
	}
	return out
}

func (b *scalar) linSolve(_ ast.Pos, n int, coef []value) []value {
	a := b.run(coef)
	x := b.tempRun(n)
	b.emit(program.OpLinSolve, x, a, imm(n))
	return b.results(x, n)
}

func (b *scalar) crout(_ ast.Pos, n int, a []value) []place {
	// Factors outlive the statement that makes them, so they are locals.
	ps := make([]place, n*n+n)
	for i := range ps {
		ps[i] = place{placeLocal, b.locals}
		b.locals++
	}
	for i, v := range a {
		b.emit(program.OpMov, placeRef(ps[i]), b.refs[v])
	}
	b.emit(program.OpCrout, placeRef(ps[n*n]), placeRef(ps[0]), imm(n))
	return ps
}

func (b *scalar) croutSolve(n int, factors []place, rhs []value) []value {
	r := b.run(rhs)
	x := b.tempRun(n)
	b.emit(program.OpCroutSolve, x, placeRef(factors[0]), imm(n), r)
	return b.results(x, n)
}

func (b *scalar) fail(_ ast.Pos, code int) { b.emit(program.OpError, program.Ref{}, imm(code)) }

func (b *scalar) mark() int { return int(b.temps) }
func (b *scalar) release(m int) {
	b.temps = int32(m)
	// Forget the names of freed registers: the next user's value is another one.
	for r := range b.index {
		if r.Kind == program.Reg && r.Idx >= tempBase+b.temps {
			delete(b.index, r)
		}
	}
}

// finish resolves labels, drops loads that nobody reads, and numbers the registers.
func (b *scalar) finish() *program.Code {
	b.dropUnread()
	for k := range b.ins {
		i := &b.ins[k]
		fix := func(r *program.Ref) {
			switch {
			case r.Kind == program.Label:
				r.Idx = b.labels[r.Idx]
			case r.Kind == program.Reg && r.Idx >= tempBase:
				r.Idx = r.Idx - tempBase + b.locals
			}
		}
		fix(&i.Dst)
		for s := range i.Src {
			fix(&i.Src[s])
		}
	}
	return &program.Code{Instrs: b.ins, Regs: int(b.locals + b.high)}
}

// dropUnread removes moves into registers that no operation reads.
func (b *scalar) dropUnread() {
	for {
		read := make([]bool, b.locals+b.high)
		at := func(r program.Ref) int32 {
			if r.Idx >= tempBase {
				return r.Idx - tempBase + b.locals
			}
			return r.Idx
		}
		for k := range b.ins {
			reads(&b.ins[k], func(r program.Ref) { read[at(r)] = true })
		}
		keep := make([]program.Instr, 0, len(b.ins))
		moved := make([]int32, len(b.ins)+1)
		for k, i := range b.ins {
			moved[k] = int32(len(keep))
			if i.Op != program.OpMov || i.Dst.Kind != program.Reg || read[at(i.Dst)] || i.Dst.Idx < b.keep {
				keep = append(keep, i)
			}
		}
		moved[len(b.ins)] = int32(len(keep))
		if len(keep) == len(b.ins) {
			return
		}
		for k, at := range b.labels {
			b.labels[k] = moved[at]
		}
		b.ins = keep
	}
}

// reads calls f for each register that an operation reads, runs of them included.
func reads(i *program.Instr, f func(program.Ref)) {
	run := func(r program.Ref, n int32) {
		if r.Kind != program.Reg {
			return
		}
		for range n {
			f(r)
			r.Idx++
		}
	}
	n := i.Src[1].Idx
	switch i.Op {
	case program.OpLinSolve:
		run(i.Src[0], n*(n+1))
	case program.OpCrout:
		run(i.Src[0], n*n)
	case program.OpCroutSolve:
		run(i.Src[0], n*n+n)
		run(i.Src[2], n)
	case program.OpFuncTable:
		run(i.Src[0], n)
	case program.OpFunc, program.OpCall:
		run(i.Src[0], i.Src[2].Idx)
	case program.OpLoadIdx:
		run(i.Src[0], i.Src[2].Idx)
		run(i.Src[1], 1)
	case program.OpStoreIdx:
		run(i.Dst, i.Src[2].Idx)
		run(i.Src[0], 1)
		run(i.Src[1], 1)
	default:
		for _, s := range i.Src {
			run(s, 1)
		}
	}
}

// constPool is the mechanism's list of constants.
type constPool struct {
	list  []float64
	index map[uint64]int32
}
