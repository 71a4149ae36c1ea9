package engine

import (
	"fmt"
	"unsafe"

	"netsim/engine/native"
	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// blockLen is the number of instances that one operation of a vector program is applied to before the next operation
// starts: a register of the program is blockLen values (4 KiB), so that a few of them stay in the first-level cache.
const blockLen = 512

// Three registers behind the program's own serve to spread scalars where an operation has no form for them.
const spreadRegs = 3

type operandMode uint8

const (
	inScratch operandMode = iota // a register: blockLen values, reused block after block
	inColumn                     // one value per instance: advances with the block
	inScalar                     // one value for all instances
)

// operand is a resolved Ref. ptr is the address of the first value (inColumn, inScalar), off the byte offset in the
// worker's scratch (inScratch).
type operand struct {
	mode operandMode
	ptr  *float64
	off  uintptr
}

type boundKind uint8

const (
	doBinary boundKind = iota
	doUnary
	doFused
	doFill
	doSelect
	doTable
	doCurve
	doGather
	doScatter
	doAccAdd
	doAccSub
	doGatherLanes
	doScatterLanes
	doAccAddLanes
	doAccSubLanes
)

// boundOp is one operation with its operands resolved for one mechanism in one group.
type boundOp struct {
	kind boundKind
	bin  vec.BinaryFunc
	un   vec.UnaryFunc
	fn   vec.TernaryFunc
	op   program.Op // of doBinary
	// subMul marks a fused (a-b)*c, which may become a part of a longer form.
	subMul bool
	dst    operand
	a      operand
	b      operand
	c      operand
	idx    []int32 // indices per instance, or per row of lanes
	base   *float64
	table  *program.TableData
	curve  *program.CurveData
	out    int
}

// boundCode is a vector program bound to the arrays of one mechanism in one group.
type boundCode struct {
	g    *group
	mi   *mechInst
	code *program.Code
	ops  []boundOp // nil while machine code does the work
	n    int       // instances
	regs int

	native *native.Bound // machine code that does the same, or nil
}

// scratch is a worker's register file.
type scratch struct {
	mem []float64
}

func (s *scratch) ensure(regs int) { s.ensureFloats(regs * blockLen) }

func (s *scratch) ensureFloats(n int) {
	if len(s.mem) < n {
		s.mem = make([]float64, n)
	}
}

func at(o *operand, base unsafe.Pointer, first int) *float64 {
	switch o.mode {
	case inScratch:
		return (*float64)(unsafe.Add(base, o.off))
	case inColumn:
		return (*float64)(unsafe.Add(unsafe.Pointer(o.ptr), first*8))
	}
	return o.ptr
}

// run applies the program to all instances, block by block.
func (c *boundCode) run(s *scratch) {
	if c == nil || c.n == 0 {
		return
	}
	if c.native != nil && c.native.Run(s.mem) {
		return
	}
	if c.ops == nil {
		c.ops = c.again()
	}
	base := unsafe.Pointer(unsafe.SliceData(s.mem))
	for first := 0; first < c.n; first += blockLen {
		n := min(blockLen, c.n-first)
		for k := range c.ops {
			o := &c.ops[k]
			switch o.kind {
			case doBinary:
				o.bin(at(&o.dst, base, first), at(&o.a, base, first), at(&o.b, base, first), n)
			case doUnary:
				o.un(at(&o.dst, base, first), at(&o.a, base, first), n)
			case doFused:
				o.fn(at(&o.dst, base, first), at(&o.a, base, first), at(&o.b, base, first), at(&o.c, base, first), n)
			case doFill:
				vec.Fill(at(&o.dst, base, first), *o.a.ptr, n)
			case doSelect:
				vec.Select(at(&o.dst, base, first), at(&o.c, base, first), at(&o.a, base, first), at(&o.b, base, first), n)
			case doTable:
				lookup(o.table, o.out, at(&o.dst, base, first), at(&o.a, base, first), n)
			case doCurve:
				along(o.curve, at(&o.dst, base, first), at(&o.a, base, first), n)
			case doGather:
				vec.Gather(at(&o.dst, base, first), o.base, &o.idx[first], n)
			case doScatter:
				vec.Scatter(o.base, &o.idx[first], at(&o.a, base, first), n)
			case doAccAdd:
				vec.ScatterAdd(o.base, &o.idx[first], at(&o.a, base, first), n)
			case doAccSub:
				vec.ScatterSub(o.base, &o.idx[first], at(&o.a, base, first), n)
			case doGatherLanes:
				gatherLanes(at(&o.dst, base, first), o.base, o.idx[first/lanes:(first+n)/lanes])
			case doScatterLanes:
				scatterLanes(o.base, o.idx[first/lanes:(first+n)/lanes], at(&o.a, base, first))
			case doAccAddLanes:
				accAddLanes(o.base, o.idx[first/lanes:(first+n)/lanes], at(&o.a, base, first))
			case doAccSubLanes:
				accSubLanes(o.base, o.idx[first/lanes:(first+n)/lanes], at(&o.a, base, first))
			}
		}
	}
}

// again binds operations that were let go. They could be bound before.
func (c *boundCode) again() []boundOp {
	bound, err := c.g.bind(c.mi, c.code)
	if err != nil {
		panic("engine: " + err.Error())
	}
	return bound.ops
}

// binder resolves the Refs of one program.
type binder struct {
	g    *group
	mi   *mechInst
	code *program.Code
	// alias holds registers that stand for a contiguous array: loading them copies nothing.
	alias map[int32]operand
	err   error
}

// bind resolves a vector program for one mechanism of a group. Operands that are equal for all instances become
// scalars, node data of contiguous instances is used in place.
func (g *group) bind(mi *mechInst, code *program.Code) (*boundCode, error) {
	if code == nil {
		return nil, nil
	}
	b := &binder{g: g, mi: mi, code: code, alias: map[int32]operand{}}
	out := &boundCode{g: g, mi: mi, code: code, n: mi.n, regs: code.Regs + spreadRegs, ops: make([]boundOp, 0, len(code.Instrs)+spreadRegs)}
	for k := range code.Instrs {
		b.instr(&code.Instrs[k], out)
		if b.err != nil {
			return nil, fmt.Errorf("could not bind operation %d of %s: %w", k, mi.m.Name, b.err)
		}
	}
	out.fuse()
	return out, nil
}

func (b *binder) reg(i int32) operand {
	return operand{mode: inScratch, off: uintptr(i) * blockLen * 8}
}

func (b *binder) source(r program.Ref) operand {
	switch r.Kind {
	case program.Reg:
		if o, ok := b.alias[r.Idx]; ok {
			return o
		}
		return b.reg(r.Idx)
	case program.Col:
		col := b.mi.cols[r.Idx]
		if len(col) == 1 && b.mi.n != 1 {
			return operand{mode: inScalar, ptr: &col[0]}
		}
		return operand{mode: inColumn, ptr: unsafe.SliceData(col)}
	case program.Glob:
		return operand{mode: inScalar, ptr: &b.mi.globals[r.Idx]}
	case program.Const:
		return operand{mode: inScalar, ptr: &b.mi.m.Consts[r.Idx]}
	}
	b.err = fmt.Errorf("operand kind %d is not for vector programs", r.Kind)
	return operand{}
}

func (b *binder) dest(r program.Ref) operand {
	switch r.Kind {
	case program.Reg:
		delete(b.alias, r.Idx)
		return b.reg(r.Idx)
	case program.Col:
		col := b.mi.cols[r.Idx]
		if len(col) != b.mi.n {
			b.err = fmt.Errorf("column %s is written but has %d values for %d instances", b.mi.m.Columns[r.Idx].Name, len(col), b.mi.n)
		}
		return operand{mode: inColumn, ptr: unsafe.SliceData(col)}
	}
	b.err = fmt.Errorf("destination kind %d is not for vector programs", r.Kind)
	return operand{}
}

// spread gives a vector form of a scalar operand, through register code.Regs+k.
func (b *binder) spread(o operand, k int, out *boundCode) operand {
	if o.mode != inScalar {
		return o
	}
	r := b.reg(int32(b.code.Regs + k))
	out.ops = append(out.ops, boundOp{kind: doFill, dst: r, a: o})
	return r
}

func (b *binder) instr(in *program.Instr, out *boundCode) {
	switch in.Op {
	case program.OpNop:
		return
	case program.OpMov:
		if in.Src[0].Kind == program.ExtRef {
			b.load(in, out)
			return
		}
	case program.OpStore, program.OpAccAdd, program.OpAccSub:
		b.store(in, out)
		return
	case program.OpSelect:
		c := b.spread(b.source(in.Src[0]), 0, out)
		x := b.spread(b.source(in.Src[1]), 1, out)
		y := b.spread(b.source(in.Src[2]), 2, out)
		out.ops = append(out.ops, boundOp{kind: doSelect, c: c, a: x, b: y, dst: b.dest(in.Dst)})
		return
	case program.OpTable:
		a := b.spread(b.source(in.Src[0]), 0, out)
		t := b.mi.tables[in.Src[1].Idx]
		out.ops = append(out.ops, boundOp{kind: doTable, a: a, dst: b.dest(in.Dst), table: t, out: int(in.Src[2].Idx)})
		return
	case program.OpCurve:
		a := b.spread(b.source(in.Src[0]), 0, out)
		out.ops = append(out.ops, boundOp{kind: doCurve, a: a, dst: b.dest(in.Dst), curve: &b.mi.curves[in.Src[1].Idx]})
		return
	}
	if un := vec.Unary[in.Op]; un != nil {
		a := b.source(in.Src[0])
		if a.mode == inScalar {
			if in.Op == program.OpMov {
				out.ops = append(out.ops, boundOp{kind: doFill, a: a, dst: b.dest(in.Dst)})
				return
			}
			a = b.spread(a, 0, out)
		}
		out.ops = append(out.ops, boundOp{kind: doUnary, un: un, a: a, dst: b.dest(in.Dst)})
		return
	}
	x, y := b.source(in.Src[0]), b.source(in.Src[1])
	mode := 0
	switch {
	case x.mode == inScalar && y.mode == inScalar:
		x, mode = b.spread(x, 0, out), 1
	case y.mode == inScalar:
		mode = 1
	case x.mode == inScalar:
		mode = 2
	}
	fn := vec.Binary[in.Op][mode]
	if fn == nil {
		b.err = fmt.Errorf("operation %d has no vector form", in.Op)
		return
	}
	out.ops = append(out.ops, boundOp{kind: doBinary, op: in.Op, bin: fn, a: x, b: y, dst: b.dest(in.Dst)})
}

// load brings node or ion data into a register: in place where the instances' data is contiguous, rows of lanes where
// whole rows are used, one by one otherwise.
func (b *binder) load(in *program.Instr, out *boundCode) {
	e := &b.mi.exts[in.Src[0].Idx]
	if e.constant != nil {
		// Area and diameter do not change: they are a column of their own.
		o := operand{mode: inColumn, ptr: unsafe.SliceData(e.constant)}
		if in.Dst.Kind == program.Reg {
			b.alias[in.Dst.Idx] = o
			return
		}
		out.ops = append(out.ops, boundOp{kind: doUnary, un: vec.Unary[program.OpMov], a: o, dst: b.dest(in.Dst)})
		return
	}
	if e.contiguous {
		o := operand{mode: inColumn, ptr: &e.base[e.idx[0]]}
		if in.Dst.Kind == program.Reg && !b.storesTo(in.Src[0].Idx) {
			b.alias[in.Dst.Idx] = o
			return
		}
		out.ops = append(out.ops, boundOp{kind: doUnary, un: vec.Unary[program.OpMov], a: o, dst: b.dest(in.Dst)})
		return
	}
	op := boundOp{kind: doGather, base: unsafe.SliceData(e.base), idx: e.idx, dst: b.dest(in.Dst)}
	if e.rows != nil {
		op.kind, op.idx = doGatherLanes, e.rows
	}
	out.ops = append(out.ops, op)
}

// storesTo reports whether the program writes the Ext, so that a loaded value must be a copy.
func (b *binder) storesTo(ext int32) bool {
	for _, in := range b.code.Instrs {
		if in.Dst.Kind == program.ExtRef && in.Dst.Idx == ext {
			return true
		}
	}
	return false
}

func (b *binder) store(in *program.Instr, out *boundCode) {
	e := &b.mi.exts[in.Dst.Idx]
	a := b.spread(b.source(in.Src[0]), 0, out)
	if e.contiguous {
		place := operand{mode: inColumn, ptr: &e.base[e.idx[0]]}
		switch in.Op {
		case program.OpStore:
			out.ops = append(out.ops, boundOp{kind: doUnary, un: vec.Unary[program.OpMov], a: a, dst: place})
		case program.OpAccAdd:
			out.ops = append(out.ops, boundOp{kind: doBinary, bin: vec.Binary[program.OpAdd][0], a: place, b: a, dst: place})
		case program.OpAccSub:
			out.ops = append(out.ops, boundOp{kind: doBinary, bin: vec.Binary[program.OpSub][0], a: place, b: a, dst: place})
		}
		return
	}
	one := map[program.Op]boundKind{program.OpStore: doScatter, program.OpAccAdd: doAccAdd, program.OpAccSub: doAccSub}
	row := map[program.Op]boundKind{program.OpStore: doScatterLanes, program.OpAccAdd: doAccAddLanes, program.OpAccSub: doAccSubLanes}
	op := boundOp{kind: one[in.Op], base: unsafe.SliceData(e.base), idx: e.idx, a: a}
	if e.rows != nil {
		op.kind, op.idx = row[in.Op], e.rows
	}
	out.ops = append(out.ops, op)
}

// lookup interpolates one output of a table for n arguments.
func lookup(t *program.TableData, output int, dst, arg *float64, n int) {
	out, in := unsafe.Slice(dst, n), unsafe.Slice(arg, n)
	for k, x := range in {
		out[k] = t.Lookup(output, x)
	}
}
