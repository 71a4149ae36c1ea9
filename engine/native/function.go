package native

import (
	"fmt"
	"math"

	"netsim/nmodl/program"
)

// value numbers an instruction of a function and its result; none is no operand.
type value int32

const none value = -1

// iop is an operation of the intermediate form. Results are vectors, or masks where that is said.
type iop uint8

const (
	iScalar      iop = iota // pool[slot] for all lanes
	iColumn                 // pointer slot, one value per instance
	iRow                    // pointer slot, rows at pointer imm
	iGather                 // pointer slot, indices at pointer imm
	iNode                   // Jagged: pointer slot, loaded once per group of nodes
	iTable                  // pointer slot, 64-bit indices a
	iKeep                   // a in memory, place index; no register
	iTableRow               // row of instance imm: pointer slot at byte offset a (iKeep), plus b (iKeep) times that of pointer index; sub: first number / lanes
	iEntries                // pairs of numbers of instances imm and imm+2: pointer slot at byte offset a (iKeep)
	iLanes                  // op a, b, lanes imm
	iBinary                 // op a, b
	iUnary                  // op a, imm
	iShift                  // op a by imm, opcode extension sub
	iFMA                    // a*b + c rounded once; sub 1: c - a*b
	iExpEnd                 // mask k: a*b + b rounded once, else rounded twice, and 0 where c < -700
	iTrunc                  // (double)(int)a
	iInteger                // (int64)a, truncated
	iFloat                  // (double)(int64)a
	iCompare                // mask: a ? b, predicate imm
	iCompareU               // mask: a ? b as unsigned integers, predicate imm
	iMaskAnd                // mask: a, b
	iMaskOr                 // mask
	iBadDivisor             // mask: a is not for iQuotient
	iMaskNot                // mask
	iBlend                  // mask k: b, else a
	iMaskZero               // mask k: a, else 0
	iDivide                 // a / pool[slot] through the reciprocal hi = b, lo = c; imm 1: negative divisor
	iQuotient               // a / b through the reciprocal c; mask k: b is not for it; imm 1: a is
	iCurve                  // polynomial of a, its coefficients at pointers slot (window) and index by the number in b, imm their number less 1; mask k: in the window
	iCurvePair              // iCurve of a, b, and of c, d
	iSecond                 // the second result of a, an iCurvePair
	iNear                   // see emitNear: a, place index
	iCurve4                 // polynomial of a, its coefficients at pointer slot by iNear b and the numbers in c (iKeep), imm their number less 1
	iStoreColumn            // pointer slot = a
	iStoreRow               // pointer slot, rows at imm
	iScatter                // pointer slot, indices at imm
	iAddColumn              // pointer slot += a (imm 0) or -= a (imm 1)
	iAddRow                 // the same in rows, rows at pointer sub
	iAddScatter             // the same by index, no index twice
	iAddLater               // the same by index, in the order of instances: accumulator slot
	iAddNode                // Jagged: accumulator slot
)

// ins is one instruction; comparable, so that equal ones are found.
type ins struct {
	op      iop
	code    *opcode
	a, b, c value
	d       value
	k       value // mask
	imm     uint8
	sub     uint8
	slot    int32
	index   int32 // second pointer
	copy    uint8 // 1: the second of the vectors that one turn of the loop does
	commute bool
}

// function is a program in static single assignment form.
type function struct {
	*shared
	ins  []ins
	seen map[ins]value
}

// shared is what the forms of one program have in common.
type shared struct {
	isa      *isa
	pointers []Pointer
	numbers  []Number
	accs     []accumulator
	fixed    []fixedNumber
	keeps    int32 // places of iKeep, two vectors each
	jagged   bool
}

// accumulator is an Ext that is added to by index.
type accumulator struct {
	pointer, index int32
	subtract       bool
}

func (o iop) isMask() bool { return o >= iCompare && o <= iMaskNot }

func (o iop) isStore() bool { return o >= iStoreColumn }

func (f *function) add(i ins) value {
	if !i.op.isStore() {
		if v, ok := f.seen[i]; ok {
			return v
		}
	}
	v := value(len(f.ins))
	f.ins = append(f.ins, i)
	if !i.op.isStore() {
		f.seen[i] = v
	}
	return v
}

func blank(op iop) ins { return ins{op: op, a: none, b: none, c: none, d: none, k: none} }

func (f *function) pointer(p Pointer) int32 {
	for k, q := range f.pointers {
		if p == q {
			return int32(k)
		}
	}
	f.pointers = append(f.pointers, p)
	return int32(len(f.pointers) - 1)
}

func (f *function) number(n Number) int32 {
	for k, m := range f.numbers {
		if n == m {
			return int32(k)
		}
	}
	f.numbers = append(f.numbers, n)
	return int32(len(f.numbers) - 1)
}

func (f *function) scalar(n Number) value {
	i := blank(iScalar)
	i.slot = f.number(n)
	return f.add(i)
}

func (f *function) bits(b uint64) value { return f.scalar(Number{Kind: Literal, Bits: b}) }

func (f *function) num(x float64) value { return f.bits(math.Float64bits(x)) }

func (f *function) isScalar(v value) bool { return v != none && f.ins[v].op == iScalar }

func (f *function) binary(code *opcode, a, b value) value {
	i := blank(iBinary)
	switch code {
	case &opADD, &opMUL, &opPAND, &opPXOR, &opPADD:
		i.commute = true
		if f.isScalar(a) && !f.isScalar(b) || !f.isScalar(b) && a > b {
			a, b = b, a // one form, so that a*b and b*a are one value; a scalar last, where it can stay in memory
		}
	}
	i.code, i.a, i.b = code, a, b
	return f.add(i)
}

func (f *function) unary(code *opcode, a value, imm uint8) value {
	i := blank(iUnary)
	i.code, i.a, i.imm = code, a, imm
	return f.add(i)
}

func (f *function) shift(code *opcode, ext uint8, a value, bits uint8) value {
	i := blank(iShift)
	i.code, i.sub, i.a, i.imm = code, ext, a, bits
	return f.add(i)
}

func (f *function) fma(a, b, c value) value {
	i := blank(iFMA)
	i.a, i.b, i.c = a, b, c
	return f.add(i)
}

func (f *function) compare(pred uint8, a, b value) value {
	i := blank(iCompare)
	i.a, i.b, i.imm = a, b, pred
	return f.add(i)
}

func (f *function) compareU(pred uint8, a, b value) value {
	i := blank(iCompareU)
	i.a, i.b, i.imm = a, b, pred
	return f.add(i)
}

func (f *function) one(op iop, a value) value {
	i := blank(op)
	i.a = a
	return f.add(i)
}

func (f *function) two(op iop, a, b value) value {
	i := blank(op)
	i.a, i.b = a, b
	return f.add(i)
}

// blend is k ? yes : no.
func (f *function) blend(k, yes, no value) value {
	i := blank(iBlend)
	i.k, i.a, i.b = k, no, yes
	return f.add(i)
}

func (f *function) maskZero(k, a value) value {
	i := blank(iMaskZero)
	i.k, i.a = k, a
	return f.add(i)
}

func (f *function) table(p Pointer, index value) value {
	i := blank(iTable)
	i.slot, i.a = f.pointer(p), index
	return f.add(i)
}

// inPlace keeps a vector in memory, so that its lanes can be read one by one.
func (f *function) inPlace(a value) value {
	for v := range f.ins {
		if i := &f.ins[v]; i.op == iKeep && i.a == a {
			return value(v)
		}
	}
	i := blank(iKeep)
	i.a, i.index = a, f.keeps
	f.keeps++
	return f.add(i)
}

// lanes is a shuffle of two vectors.
func (f *function) lanes(code *opcode, a, b value, imm uint8) value {
	i := blank(iLanes)
	i.code, i.a, i.b, i.imm = code, a, b, imm
	return f.add(i)
}

// rows interpolates rows of eight numbers, one for each instance, and returns the vector of number column of each.
func (f *function) rows(values, steps Pointer, offset, theta value, column int) value {
	at, by := f.inPlace(offset), f.inPlace(theta)
	row := func(k int) value {
		i := blank(iTableRow)
		i.slot, i.index, i.a, i.b, i.imm = f.pointer(values), f.pointer(steps), at, by, uint8(k)
		i.sub = uint8(column / int(f.isa.lanes))
		return f.add(i)
	}
	code := &opUNPCKL
	if column&1 == 1 {
		code = &opUNPCKH
	}
	pair := func(k int) value { return f.lanes(code, row(2*k), row(2*k+1), 0) }
	if f.isa == &isa256 {
		// Each pair has the columns of one parity in its two halves.
		const lowHalves, highHalves = 0x20, 0x31
		halves := uint8(lowHalves)
		if column%4 >= 2 {
			halves = highHalves
		}
		return f.lanes(&opHALVES, pair(0), pair(1), halves)
	}
	// Each pair has the columns of one parity in its four parts; take part column/2 of each.
	const even, odd = 0x88, 0xdd // parts 0 2 0 2, 1 3 1 3
	pick := func(part int) uint8 {
		if part&1 == 1 {
			return odd
		}
		return even
	}
	part := column / 2
	low := f.lanes(&opSHUF128, pair(0), pair(1), pick(part))
	high := f.lanes(&opSHUF128, pair(2), pair(3), pick(part))
	return f.lanes(&opSHUF128, low, high, pick(part/2))
}

const signBit = 1 << 63

// builder makes a function of a program.
type builder struct {
	*function
	s    *Shape
	regs []value         // per program register
	cols map[int32]value // what a column holds now
	exts map[int32]value // what an Ext holds now
	err  error
}

func (b *builder) fail(format string, args ...any) value {
	if b.err == nil {
		b.err = fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
	}
	return none
}

func build(s *Shape) (*function, error) {
	b := &builder{function: &function{shared: &shared{isa: s.Level.isa()}, seen: map[ins]value{}}, s: s, cols: map[int32]value{}, exts: map[int32]value{}}
	b.pointer(Pointer{Kind: PoolPointer})
	b.regs = make([]value, s.Code.Regs)
	for k := range b.regs {
		b.regs[k] = none
	}
	b.checkOrder()
	last := b.lastStores()
	for k := range s.Code.Instrs {
		b.instr(&s.Code.Instrs[k], k, last)
		if b.err != nil {
			return nil, b.err
		}
	}
	b.drop()
	if !b.isa.masks {
		return b.function, nil // four quotients of VDIVPD cost no more than multiplications
	}
	return b.expandDivisions(), nil
}

// checkOrder refuses programs whose loads and stores of one Ext are ordered between instances: where instances share
// places, eight at a time is not one at a time.
func (b *builder) checkOrder() {
	loads, stores := map[int32]int{}, map[int32]int{}
	for k := range b.s.Code.Instrs {
		in := &b.s.Code.Instrs[k]
		if in.Dst.Kind == program.ExtRef {
			stores[in.Dst.Idx]++
		}
		for _, r := range in.Src {
			if r.Kind == program.ExtRef {
				loads[r.Idx]++
			}
		}
	}
	for e, n := range stores {
		x := &b.s.Exts[e]
		if x.Distinct || x.Access == Contiguous || x.Access == Rows {
			continue
		}
		if loads[e] > 0 || n > 1 {
			b.fail("%v is read and written by instances that share it", b.s.Mech.Exts[e])
		}
	}
}

// lastStores finds for each column the last operation that stores to it: earlier ones are overwritten.
func (b *builder) lastStores() map[int32]int {
	last := map[int32]int{}
	for k := range b.s.Code.Instrs {
		if in := &b.s.Code.Instrs[k]; in.Dst.Kind == program.Col {
			last[in.Dst.Idx] = k
		}
	}
	return last
}

// drop removes instructions whose results are not used.
func (b *builder) drop() {
	used := make([]bool, len(b.ins))
	for k := len(b.ins) - 1; k >= 0; k-- {
		i := &b.ins[k]
		if !i.op.isStore() && !used[k] {
			continue
		}
		used[k] = true
		for _, v := range operands(i) {
			if v != none {
				used[v] = true
			}
		}
	}
	to := make([]value, len(b.ins))
	kept := b.ins[:0]
	for k, i := range b.ins {
		if !used[k] {
			continue
		}
		i.renumber(to)
		to[k] = value(len(kept))
		kept = append(kept, i)
	}
	b.ins = kept
	b.seen = nil
}

// source is the value of an operand, a vector or a mask (a truth value that is not 1 and 0 yet).
func (b *builder) source(r program.Ref) value {
	switch r.Kind {
	case program.Reg:
		if v := b.regs[r.Idx]; v != none {
			return v
		}
		return b.fail("register %d is read before it is written", r.Idx)
	case program.Col:
		if v, ok := b.cols[r.Idx]; ok {
			return v
		}
		if b.s.Uniform[r.Idx] {
			return b.scalar(Number{Kind: UniformColumn, Index: r.Idx})
		}
		i := blank(iColumn)
		i.slot = b.pointer(Pointer{Kind: ColumnPointer, Index: r.Idx})
		return b.add(i)
	case program.Glob:
		return b.scalar(Number{Kind: GlobalValue, Index: r.Idx})
	case program.Const:
		return b.num(b.s.Mech.Consts[r.Idx])
	case program.ExtRef:
		return b.load(r.Idx)
	}
	return b.fail("operand kind %d", r.Kind)
}

// vector is an operand as numbers.
func (b *builder) vector(r program.Ref) value {
	v := b.source(r)
	if v != none && b.ins[v].op.isMask() {
		return b.maskZero(v, b.num(1))
	}
	return v
}

// truth is an operand as a mask: what is not 0 is true, a NaN too.
func (b *builder) truth(r program.Ref) value {
	v := b.source(r)
	if v == none || b.ins[v].op.isMask() {
		return v
	}
	return b.compare(cmpNEQ, v, b.bits(0))
}

func (b *builder) load(e int32) value {
	if v, ok := b.exts[e]; ok {
		return v
	}
	x := &b.s.Exts[e]
	if x.Access == Absent {
		return b.fail("%v", b.s.Mech.Exts[e])
	}
	i := blank(iColumn)
	i.slot = b.pointer(Pointer{Kind: ExtPointer, Index: e})
	switch x.Access {
	case Rows:
		i.op, i.index = iRow, b.indices(e)
	case Indexed:
		i.op, i.index = iGather, b.indices(e)
	case Jagged:
		i.op, i.index, b.jagged = iNode, b.indices(e), true
	}
	v := b.add(i)
	b.exts[e] = v
	return v
}

// indices is the pointer to an Ext's indices or rows; Exts with the same list have one.
func (b *builder) indices(e int32) int32 {
	kind := IndexPointer
	if b.s.Exts[e].Access == Rows {
		kind = RowsPointer
	}
	for k := range b.s.Exts[:e] {
		if b.s.Exts[k].Index == b.s.Exts[e].Index && b.s.Exts[k].Access == b.s.Exts[e].Access {
			return b.pointer(Pointer{Kind: kind, Index: int32(k)})
		}
	}
	return b.pointer(Pointer{Kind: kind, Index: e})
}

func (b *builder) instr(in *program.Instr, at int, last map[int32]int) {
	if in.Op == program.OpNop {
		return
	}
	if in.Dst.Kind == program.ExtRef {
		b.store(in)
		return
	}
	v := b.compute(in)
	if b.err != nil {
		return
	}
	switch in.Dst.Kind {
	case program.Reg:
		b.regs[in.Dst.Idx] = v
	case program.Col:
		if b.s.Uniform[in.Dst.Idx] {
			b.fail("column %d is uniform and written", in.Dst.Idx)
			return
		}
		if b.ins[v].op.isMask() {
			v = b.maskZero(v, b.num(1))
		}
		// A load of the old value that comes later in program order would see the store: load it now.
		b.cols[in.Dst.Idx] = v
		if last[in.Dst.Idx] == at && (b.s.Unseen == nil || !b.s.Unseen[in.Dst.Idx]) {
			i := blank(iStoreColumn)
			i.slot, i.a = b.pointer(Pointer{Kind: ColumnPointer, Index: in.Dst.Idx}), v
			b.add(i)
		}
	default:
		b.fail("destination kind %d", in.Dst.Kind)
	}
}

func (b *builder) store(in *program.Instr) {
	e := in.Dst.Idx
	x := &b.s.Exts[e]
	if x.Access == Column || x.Access == Absent {
		b.fail("%v is written", b.s.Mech.Exts[e])
		return
	}
	i := blank(iStoreColumn)
	i.a = b.vector(in.Src[0])
	i.slot = b.pointer(Pointer{Kind: ExtPointer, Index: e})
	add := in.Op != program.OpStore
	if in.Op == program.OpAccSub {
		i.imm = 1
	}
	switch x.Access {
	case Contiguous:
		if add {
			i.op = iAddColumn
		}
	case Rows:
		i.op, i.index = iStoreRow, b.indices(e)
		if add {
			i.op = iAddRow
		}
	case Indexed:
		i.op, i.index = iScatter, b.indices(e)
		if add && x.Distinct {
			i.op = iAddScatter
		} else if add {
			i.op = iAddLater
			b.accs = append(b.accs, accumulator{pointer: i.slot, index: i.index, subtract: i.imm == 1})
			i.slot = int32(len(b.accs) - 1)
		}
	case Jagged:
		b.jagged = true
		if !add {
			b.fail("%v is stored in jagged order", b.s.Mech.Exts[e])
			return
		}
		i.op = iAddNode
		b.accs = append(b.accs, accumulator{pointer: i.slot, index: b.indices(e), subtract: i.imm == 1})
		i.slot = int32(len(b.accs) - 1)
	}
	b.add(i)
	if add {
		// A later load reads the sum from memory.
		delete(b.exts, e)
		for k, v := range b.seen {
			if (k.op == iColumn || k.op == iRow || k.op == iGather) && b.pointers[k.slot] == (Pointer{Kind: ExtPointer, Index: e}) {
				_ = v
				delete(b.seen, k)
			}
		}
		return
	}
	b.exts[e] = i.a
}

var compareOps = map[program.Op]uint8{program.OpLt: cmpLT, program.OpLe: cmpLE, program.OpGt: cmpGT, program.OpGe: cmpGE,
	program.OpEq: cmpEQ, program.OpNe: cmpNEQ}

func (b *builder) compute(in *program.Instr) value {
	switch in.Op {
	case program.OpMov:
		return b.source(in.Src[0])
	case program.OpNot:
		v := b.source(in.Src[0])
		if v == none || b.ins[v].op.isMask() {
			return b.one(iMaskNot, v)
		}
		return b.compare(cmpEQ, v, b.bits(0))
	case program.OpAnd:
		return b.two(iMaskAnd, b.truth(in.Src[0]), b.truth(in.Src[1]))
	case program.OpOr:
		return b.two(iMaskOr, b.truth(in.Src[0]), b.truth(in.Src[1]))
	case program.OpSelect:
		k := b.truth(in.Src[0])
		yes, no := b.vector(in.Src[1]), b.vector(in.Src[2])
		if yes == no {
			return yes
		}
		return b.blend(k, yes, no)
	case program.OpTable:
		return b.lookup(in.Src[1].Idx, in.Src[2].Idx, b.vector(in.Src[0]))
	case program.OpCurve:
		return b.curve(in.Src[1].Idx, b.vector(in.Src[0]))
	}
	x := b.vector(in.Src[0])
	if b.err != nil {
		return none
	}
	switch in.Op {
	case program.OpNeg:
		return b.binary(&opPXOR, x, b.bits(signBit))
	case program.OpAbs:
		return b.binary(&opPAND, x, b.bits(signBit-1))
	case program.OpSqrt:
		return b.unary(&opSQRT, x, 0)
	case program.OpFloor:
		return b.unary(&opRNDSCALE, x, 9)
	case program.OpCeil:
		return b.unary(&opRNDSCALE, x, 10)
	case program.OpTrunc:
		return b.one(iTrunc, x)
	case program.OpExp:
		return b.exp(x)
	case program.OpLog:
		return b.log(x)
	}
	if in.Src[1].Kind == program.None {
		return b.fail("%v", in.Op)
	}
	y := b.vector(in.Src[1])
	if b.err != nil {
		return none
	}
	switch in.Op {
	case program.OpAdd:
		return b.binary(&opADD, x, y)
	case program.OpSub:
		return b.binary(&opSUB, x, y)
	case program.OpMul:
		return b.binary(&opMUL, x, y)
	case program.OpDiv:
		return b.divide(x, y)
	case program.OpMin:
		return b.binary(&opMIN, x, y)
	case program.OpMax:
		return b.binary(&opMAX, x, y)
	}
	if pred, ok := compareOps[in.Op]; ok {
		return b.compare(pred, x, y)
	}
	return b.fail("%v", in.Op)
}
