package native

import "math"

// Register allocation and emission. The code is one block without branches, so that the value whose next use is
// furthest away is the best one to give up (Belady); numbers of the pool are loaded again, others are kept in scratch
// memory.

// body writes the code for one vector of instances.
func (g *generator) body() {
	for k := range g.f.ins {
		g.pos = int32(k)
		i := &g.f.ins[k]
		if i.op == iScalar || i.op == iNode {
			continue // loaded where it is used; held since the group began
		}
		g.emit(value(k), i)
		for r := range g.locked {
			g.locked[r] = false
		}
		live := 0
		for r, v := range g.held {
			if g.pinned[r] || v != none && g.f.ins[v].op != iScalar {
				live++
			}
		}
		g.low = min(g.low, g.registers-live)
		if g.err != nil {
			return
		}
	}
}

// nextUse is the first instruction from the current one on that uses a value, or a large number.
func (g *generator) nextUse(v value) int32 {
	for _, at := range g.users[v] {
		if at >= g.pos {
			return at
		}
	}
	return never
}

// never is the next use of a value that is not used again.
const never = 1 << 30

// dies tells whether the current instruction is the last that uses a value.
func (g *generator) dies(v value) bool {
	u := g.users[v]
	return len(u) == 0 || u[len(u)-1] <= g.pos
}

func (g *generator) drop(r zreg) {
	if v := g.held[r]; v != none {
		g.loc[v] = -1
		g.held[r] = none
	}
}

// release frees the registers of operands that are not used again.
func (g *generator) release(list ...value) {
	for _, v := range list {
		if v == none || !g.dies(v) {
			continue
		}
		if g.f.masked(v) {
			if k := g.loc[v]; k >= 0 {
				g.inMask[k], g.loc[v] = none, -1
			}
			continue
		}
		if r := g.loc[v]; r >= 0 && !g.pinned[r] {
			g.locked[r] = false
			g.drop(zreg(r))
		}
	}
}

// take finds a register and locks it for the current instruction.
func (g *generator) take() zreg {
	best, far := -1, int32(-1)
	for r := range g.registers {
		if g.pinned[r] || g.locked[r] {
			continue
		}
		v := g.held[r]
		if v == none {
			best = r
			break
		}
		n := g.nextUse(v)
		if g.f.ins[v].op == iScalar {
			n += 1 << 20 // costs nothing to load again
		}
		if n > far {
			best, far = r, n
		}
	}
	if best < 0 {
		g.fail("registers run out")
		return 0
	}
	if v := g.held[best]; v != none {
		if g.f.ins[v].op != iScalar && g.slot[v] < 0 && far < never {
			g.slot[v] = g.slots
			g.slots++
			g.rrm(opSTORE, wide, zreg(best), 0, g.spilledAt(v))
		}
		g.drop(zreg(best))
	}
	g.locked[best] = true
	return zreg(best)
}

// define gives the result of an instruction a register.
func (g *generator) define(v value) zreg {
	r := g.take()
	g.held[r], g.loc[v] = v, int8(r)
	return r
}

// use brings a value into a register.
func (g *generator) use(v value) zreg {
	if r := g.loc[v]; r >= 0 {
		g.locked[r] = true
		return zreg(r)
	}
	r := g.define(v)
	g.reload(v, r)
	return r
}

func (g *generator) reload(v value, r zreg) {
	i := &g.f.ins[v]
	switch {
	case i.op == iScalar:
		if g.f.numbers[i.slot] == (Number{}) {
			g.rrr(opPXOR, wide, r, r, r) // 0
			return
		}
		g.loadNumber(r, i.slot)
	case g.slot[v] >= 0:
		g.rrm(opLOAD, wide, r, 0, g.spilledAt(v))
	default:
		g.fail("value %d was lost", v)
	}
}

func (g *generator) spilledAt(v value) mem { return at(regScratch, g.slot[v]*g.size()) }

// inMemory tells whether an operand is best read from where it stands in memory: a number of the pool, with AVX2 also
// a spilled value that is not used again.
func (g *generator) inMemory(v value) bool {
	return g.loc[v] < 0 && (g.f.ins[v].op == iScalar || g.vex && g.slot[v] >= 0 && g.dies(v))
}

// number is where a number of the pool stands, and loadNumber brings it into a register.
func (g *generator) number(slot int32) mem { return at(regPool, g.isa.number(slot)*8) }

func (g *generator) loadNumber(r zreg, slot int32) {
	o := opBROADCAST
	if g.vex {
		o = opLOAD
	}
	g.rrm(o, wide, r, 0, g.number(slot))
}

// source is an operand of an instruction: a register, or memory.
type source struct {
	reg    zreg
	memory mem
	inMem  bool
}

// sourceOf is where an operand is that was prepared. It stays valid when the value is released.
func (g *generator) sourceOf(v value) source {
	switch {
	case g.loc[v] >= 0:
		return source{reg: zreg(g.loc[v])}
	case g.f.ins[v].op == iScalar:
		return source{memory: g.number(g.f.ins[v].slot), inMem: true}
	}
	return source{memory: g.spilledAt(v), inMem: true}
}

// write writes dst = x op y.
func (g *generator) write(o opcode, t attr, dst, x zreg, y source) {
	if y.inMem {
		t.bcast = !g.vex
		g.rrm(o, t, dst, x, y.memory)
		return
	}
	g.rrr(o, t, dst, x, y.reg)
}

// op writes dst = x op y, where y may stay in memory.
func (g *generator) op(o opcode, t attr, dst, x zreg, y value) { g.write(o, t, dst, x, g.sourceOf(y)) }

// prepare brings an operand into a register unless it can be read from memory.
func (g *generator) prepare(v value) {
	if !g.inMemory(v) {
		g.use(v)
	}
}

// load and store move a vector, in the tail its lanes in use.
func (g *generator) load(r zreg, m mem) {
	t := wide
	if g.tail {
		if g.vex {
			g.rrm(opLOADMASKED, wide, r, g.laneReg(), m)
			return
		}
		t.mask, t.zero = laneMask, true
	}
	g.rrm(opLOAD, t, r, 0, m)
}

func (g *generator) store(r zreg, m mem) {
	t := wide
	if g.tail {
		if g.vex {
			g.rrm(opSTOREMASKED, wide, r, g.laneReg(), m)
			return
		}
		t.mask = laneMask
	}
	g.rrm(opSTORE, t, r, 0, m)
}

// mask brings a mask into a mask register.
func (g *generator) mask(v value) kreg {
	if g.loc[v] >= 0 {
		return kreg(g.loc[v])
	}
	k := g.defineMask(v)
	if g.slot[v] < 0 {
		g.fail("mask %d was lost", v)
		return k
	}
	g.kmovMem(kLOAD, k, at(regScratch, g.slot[v]*64))
	return k
}

// defineMask gives a mask a register; those of the current instruction's operands stay.
func (g *generator) defineMask(v value) kreg {
	best, far := -1, int32(-1)
	for k := firstMask; k <= lastMask; k++ {
		held := g.inMask[k]
		if held == none {
			best = k
			break
		}
		if n := g.nextUse(held); n > far && n != g.pos {
			best, far = k, n
		}
	}
	if best < 0 {
		g.fail("mask registers run out")
		return tempMask
	}
	if held := g.inMask[best]; held != none {
		if g.slot[held] < 0 {
			g.slot[held] = g.slots
			g.slots++
			g.kmovMem(kSTORE, kreg(best), at(regScratch, g.slot[held]*64))
		}
		g.loc[held] = -1
	}
	g.inMask[best], g.loc[v] = v, int8(best)
	return kreg(best)
}

func (g *generator) emit(v value, i *ins) {
	if g.vex && g.emitVEX(v, i) {
		return
	}
	switch i.op {
	case iColumn:
		p := g.address(i.slot, rax)
		g.load(g.define(v), atIndex(p, regIndex, 3, g.step(i, 8)))
	case iRow:
		g.load(g.define(v), g.row(i))
	case iGather:
		dst := g.define(v)
		index := g.take()
		t := attr{length: len256}
		if g.tail {
			t.mask, t.zero = laneMask, true
		}
		g.rrm(opLOADD, t, index, 0, atIndex(g.address(i.index, rax), regIndex, 2, g.step(i, 4)))
		g.gather(opGATHERD, dst, atVector(g.address(i.slot, rax), index, 0))
	case iTable:
		index := g.use(i.a)
		dst := g.define(v)
		g.gather(opGATHERQ, dst, atVector(g.address(i.slot, rax), index, 0))
		g.release(i.a)
	case iKeep:
		// Two halves: loads of parts of a 64-byte store wait until it is in the cache.
		x, half, place := g.use(i.a), attr{length: len256}, g.kept(i)
		temp := g.take()
		g.rrm(opSTORE, half, x, 0, place)
		g.rrr(opEXTRACT256, wide, x, 0, temp)
		g.bytes(1)
		place.disp += 32
		g.rrm(opSTORE, half, temp, 0, place)
		g.locked[temp] = false
		g.release(i.a)
	case iTableRow:
		dst := g.define(v)
		from, by := g.kept(&g.f.ins[i.a]), g.kept(&g.f.ins[i.b])
		from.disp += int32(i.imm) * 8
		by.disp += int32(i.imm) * 8
		g.intMem(iLOAD, rax, from)
		g.rrm(opBROADCAST, wide, dst, 0, by)
		g.rrm(opMUL, wide, dst, dst, atIndex(g.address(i.index, r11), rax, 0, 0))
		g.rrm(opADD, wide, dst, dst, atIndex(g.address(i.slot, r11), rax, 0, 0))
	case iLanes:
		x, y := g.use(i.a), g.use(i.b)
		g.release(i.a, i.b)
		g.rrr(*i.code, wide, g.define(v), x, y)
		if i.code == &opSHUF128 || i.code == &opHALVES {
			g.bytes(i.imm)
		}
	case iBinary:
		x := g.use(i.a)
		g.prepare(i.b)
		y := g.sourceOf(i.b)
		g.release(i.a, i.b)
		g.write(*i.code, wide, g.define(v), x, y)
	case iUnary:
		x := g.use(i.a)
		g.release(i.a)
		dst := g.define(v)
		g.rrr(*i.code, wide, dst, 0, x)
		if i.code == &opRNDSCALE {
			g.bytes(i.imm)
		}
	case iShift:
		x := g.use(i.a)
		g.release(i.a)
		g.shift(*i.code, wide, i.sub, g.define(v), x, i.imm)
	case iFMA:
		g.emitFMA(v, i)
	case iExpEnd:
		g.emitExpEnd(v, i)
	case iTrunc:
		x := g.use(i.a)
		g.release(i.a)
		dst := g.define(v)
		g.rrr(opCVTTPD2DQ, wide, dst, 0, x)
		g.rrr(opCVTDQ2PD, wide, dst, 0, dst)
	case iInteger, iFloat:
		x := g.use(i.a)
		g.release(i.a)
		o := opCVTTPD2QQ
		if i.op == iFloat {
			o = opCVTQQ2PD
		}
		g.rrr(o, wide, g.define(v), 0, x)
	case iCompare, iCompareU:
		o := opCMP
		if i.op == iCompareU {
			o = opPCMPU
		}
		x := g.use(i.a)
		g.prepare(i.b)
		k := g.defineMask(v)
		g.op(o, wide, zreg(k), x, i.b)
		g.bytes(i.imm)
		g.release(i.a, i.b)
	case iMaskAnd, iMaskOr, iMaskNot:
		x := g.mask(i.a)
		y := x
		code := map[iop]uint8{iMaskAnd: kAND, iMaskOr: kOR, iMaskNot: kNOT}[i.op]
		if i.b != none {
			y = g.mask(i.b)
		}
		g.vexK(code, g.defineMask(v), x, y)
		g.release(i.a, i.b)
	case iBlend:
		k := g.mask(i.k)
		x := g.use(i.a)
		g.prepare(i.b)
		dst := g.define(v)
		t := wide
		t.mask = k
		g.op(opBLENDM, t, dst, x, i.b)
		g.release(i.a, i.b, i.k)
	case iMaskZero:
		k := g.mask(i.k)
		t := wide
		t.mask, t.zero = k, true
		if g.inMemory(i.a) {
			g.rrm(opBROADCAST, t, g.define(v), 0, at(regPool, g.f.ins[i.a].slot*8))
		} else {
			x := g.use(i.a)
			g.rrr(opMOVE, t, g.define(v), 0, x)
		}
		g.release(i.a, i.k)
	case iDivide:
		g.emitDivide(v, i)
	case iBadDivisor:
		g.emitBadDivisor(v, i)
	case iQuotient:
		g.emitQuotient(v, i)
	case iCurve:
		g.emitCurve(i, v)
	case iCurvePair:
		g.emitCurve(i, v, g.second(v))
	case iSecond:
		g.release(i.a) // emitCurve has computed it
	default:
		g.emitStore(i)
	}
}

// kept is the place of a vector that iKeep stored.
func (g *generator) kept(i *ins) mem { return at(regScratch, (2*i.index+int32(i.copy))*g.size()) }

// gather reads eight values; dst is cleared first so that its old value is not waited for. All lanes are read: indices
// of lanes that are not in use are 0.
func (g *generator) gather(o opcode, dst zreg, m mem) {
	g.rrr(opPXOR, wide, dst, dst, dst)
	g.vexK(kXNOR, tempMask, tempMask, tempMask)
	t := wide
	t.mask = tempMask
	g.rrm(o, t, dst, 0, m)
}

// overwrite makes the register of operand x that of result v, with a copy of x if that is used again.
func (g *generator) overwrite(v, x value) zreg {
	from := zreg(g.loc[x])
	if g.dies(x) && !g.pinned[from] {
		g.loc[x] = -1
		g.held[from], g.loc[v] = v, int8(from)
		return from
	}
	dst := g.define(v)
	g.rrr(opMOVE, wide, dst, 0, from)
	return dst
}

// emitFMA chooses the form that saves a copy: one operand is overwritten, one may stay in memory.
func (g *generator) emitFMA(v value, i *ins) {
	a, b, c := i.a, i.b, i.c
	f132, f213, f231 := opFMADD132, opFMADD213, opFMADD231
	if i.sub == 1 {
		f132, f213, f231 = opFNMADD132, opFNMADD213, opFNMADD231
	}
	ends := func(x value) bool {
		return g.f.ins[x].op != iScalar && g.dies(x)
	}
	if g.inMemory(a) || ends(b) && !ends(a) {
		a, b = b, a
	}
	switch {
	case ends(c) && c != a && c != b:
		// c += a*b
		g.use(c)
		g.use(a)
		g.prepare(b)
		dst := g.overwrite(v, c)
		g.op(f231, wide, dst, zreg(g.loc[a]), b)
	case ends(a) && a != b && a != c && (!g.inMemory(b) || !g.inMemory(c)):
		g.use(a)
		if g.inMemory(b) {
			// a = a*b + c, b in memory
			g.use(c)
			dst := g.overwrite(v, a)
			g.op(f132, wide, dst, zreg(g.loc[c]), b)
		} else {
			// a = b*a + c
			g.use(b)
			g.prepare(c)
			dst := g.overwrite(v, a)
			g.op(f213, wide, dst, zreg(g.loc[b]), c)
		}
	default:
		// A copy of c, from memory where it can be.
		g.use(a)
		g.prepare(b)
		var dst zreg
		if g.inMemory(c) {
			dst = g.define(v)
			g.reload(c, dst)
		} else {
			from := g.use(c)
			dst = g.define(v)
			g.rrr(opMOVE, wide, dst, 0, from)
		}
		g.op(f231, wide, dst, zreg(g.loc[a]), b)
	}
	g.release(a, b, c)
}

// emitDivide is division by a known number, see reciprocal.go. The result has the sign of the dividend (the divisor's if
// that is negative) also where it is 0; other lanes outside the scheme's range send the vector to a real division.
func (g *generator) emitDivide(v value, i *ins) {
	x := g.use(i.a)
	g.prepare(i.b)
	g.prepare(i.c)
	dst := g.define(v)
	temp := g.take()
	g.op(opMUL, wide, dst, x, i.c)
	g.op(opFMADD231, wide, dst, x, i.b)
	t := wide
	t.bcast = true
	signs := func(o opcode, d, s zreg, bits uint64) {
		g.rrm(o, t, d, s, at(regPool, g.literal(bits)*8))
	}
	signs(opTERNLOG, dst, x, signBit)
	if i.imm == 1 {
		g.bytes(0x72) // mask ? !x : dst
	} else {
		g.bytes(0xd8) // mask ? x : dst
	}
	// Twice the bits of x as an integer are its magnitude.
	g.rrr(opPADD, wide, temp, x, x)
	g.rrr(opPTESTM, wide, zreg(tempMask), temp, temp)
	low := uint64(1023-reciprocalRange) << 53
	signs(opPSUB, temp, temp, low)
	t.mask = tempMask
	signs(opPCMPU, zreg(tempMask), temp, uint64(1023+reciprocalRange)<<53-low)
	g.bytes(pcmpNLT)
	g.vexK(kTEST, tempMask, 0, tempMask)
	jump := g.jump(jumpNE)
	place := at(regPool, i.slot*8)
	g.pending = append(g.pending, slowPath{jump: jump, back: jump, write: func() {
		n := wide
		n.bcast = true
		g.rrm(opDIV, n, dst, x, place)
	}})
	g.locked[temp] = false
	g.release(i.a, i.b, i.c)
}

// emitExpEnd is the last step of exp. Where an argument is -512 or less, which is rare, the vector takes a longer way.
func (g *generator) emitExpEnd(v value, i *ins) {
	k := g.mask(i.k)
	p, scale, x := g.use(i.a), g.use(i.b), g.use(i.c)
	dst := g.define(v)
	g.vexK(kTEST, k, 0, k) // carry: all lanes
	g.rrr(opMOVE, wide, dst, 0, scale)
	g.rrr(opFMADD231, wide, dst, p, scale)
	jump := g.jump(jumpAE)
	back := jump
	g.pending = append(g.pending, slowPath{jump: jump, back: back, write: func() {
		t := wide
		t.mask = tempMask
		g.vexK(kNOT, tempMask, 0, k)
		g.rrr(opMUL, t, dst, p, scale)
		g.rrr(opADD, t, dst, dst, scale)
		low := wide
		low.bcast = true
		g.rrm(opCMP, low, zreg(tempMask), x, at(regPool, g.literal(math.Float64bits(-700))*8))
		g.bytes(cmpLT)
		g.rrr(opPXOR, t, dst, dst, dst)
	}})
	g.release(i.a, i.b, i.c, i.k)
}

// literal is the place of a number in the pool that the generator itself needs.
func (g *generator) literal(bits uint64) int32 {
	return g.f.number(Number{Kind: Literal, Bits: bits})
}

// step is the distance of the second vector's data, of so many bytes for each instance.
func (g *generator) step(i *ins, bytes int32) int32 { return int32(i.copy) * bytes * g.lanes }

// row is the place of a vector in rows; it overwrites rax and r11.
func (g *generator) row(i *ins) mem {
	g.intMem(iMOVSXD, rax, atIndex(g.address(i.index, rax), regRow, 0, int32(i.copy)*4))
	return atIndex(g.address(i.slot, r11), rax, 3, 0)
}

func (g *generator) emitStore(i *ins) {
	x := g.use(i.a)
	code := opADD
	if i.imm == 1 {
		code = opSUB
	}
	switch i.op {
	case iStoreColumn:
		g.store(x, atIndex(g.address(i.slot, rax), regIndex, 3, g.step(i, 8)))
	case iStoreRow:
		g.store(x, g.row(i))
	case iScatter, iAddScatter:
		index := g.take()
		half := attr{length: len256}
		if g.tail {
			half.mask, half.zero = laneMask, true
		}
		g.rrm(opLOADD, half, index, 0, atIndex(g.address(i.index, rax), regIndex, 2, g.step(i, 4)))
		place := atVector(g.address(i.slot, rax), index, 0)
		if i.op == iAddScatter {
			sum := g.take()
			g.gather(opGATHERD, sum, place)
			g.rrr(code, wide, sum, sum, x)
			x = sum
		}
		if g.tail {
			g.vexK(kAND, tempMask, laneMask, laneMask)
		} else {
			g.vexK(kXNOR, tempMask, tempMask, tempMask)
		}
		t := wide
		t.mask = tempMask
		g.rrm(opSCATTERD, t, x, 0, place)
	case iAddColumn, iAddRow:
		place := mem{}
		if i.op == iAddColumn {
			place = atIndex(g.address(i.slot, rax), regIndex, 3, g.step(i, 8))
		} else {
			place = g.row(i)
		}
		sum := g.take()
		g.load(sum, place)
		g.rrr(code, wide, sum, sum, x)
		g.store(sum, place)
	case iAddLater:
		g.store(x, atIndex(regFirst, regIndex, 3, i.slot*MaxInstances*8+g.step(i, 8)))
	case iAddNode:
		t := wide
		t.mask = laneMask
		acc := g.accRegs[i.slot]
		g.rrr(code, t, acc, acc, x)
	default:
		g.fail("operation %d", i.op)
	}
	g.release(i.a)
}
