package native

import "math"

// Emission for AVX2: what AVX-512 does with mask registers, with broadcasts of operands, with gathers and with
// instructions that AVX2 does not have. Masks are vectors of ones and zeros. Lanes are read and written one by one where
// their places are not successive: VGATHER is slower on many processors.

// vexCodes are the opcodes that have the same meaning in VEX.
var vexCodes = map[*opcode]bool{&opADD: true, &opSUB: true, &opMUL: true, &opDIV: true, &opMIN: true, &opMAX: true, &opSQRT: true,
	&opPAND: true, &opPXOR: true, &opPADD: true, &opPSUB: true, &opRNDSCALE: true, &opSHIFT73: true, &opUNPCKL: true,
	&opUNPCKH: true, &opHALVES: true}

// spareVectors is the number of vectors of scratch memory, behind the kept ones, for code out of line.
func (g *generator) spareVectors() int32 {
	if g.vex {
		return 1
	}
	return 0
}

// laneReg keeps the mask of the lanes in use where not all are.
func (g *generator) laneReg() zreg { return zreg(len(g.accRegs)) }

// indexReads is the number of reads of a list of indices for one vector.
func (g *generator) indexReads() int {
	if g.vex {
		return int(g.lanes)
	}
	return 1
}

// setLanesVEX sets the mask of n instances, 1 … 8; rax is overwritten.
func (g *generator) setLanesVEX(n gpr) {
	g.movImm(rax, maskNumbers/2)
	g.intReg(iSUB, rax, n)
	g.rrm(opLOAD, wide, g.laneReg(), 0, atIndex(regPool, rax, 3, 0))
}

// three makes value v = a op b by one instruction.
func (g *generator) three(v value, o opcode, a, b value) {
	x := g.use(a)
	g.prepare(b)
	y := g.sourceOf(b)
	g.release(a, b)
	g.write(o, wide, g.define(v), x, y)
}

// literalOp is dst = x op a literal.
func (g *generator) literalOp(o opcode, dst, x zreg, bits uint64) {
	g.rrm(o, wide, dst, x, g.number(g.literal(bits)))
}

// emitVEX writes an instruction whose code is not that of AVX-512, and tells whether it did.
func (g *generator) emitVEX(v value, i *ins) bool {
	switch i.op {
	case iColumn, iRow, iFMA, iTrunc, iStoreColumn, iStoreRow, iAddColumn, iAddRow, iAddLater:
		return false
	case iBinary, iUnary, iLanes:
		if !vexCodes[i.code] {
			g.fail("opcode %x is not in AVX2", i.code.code)
		}
		return false
	case iShift:
		switch i.code {
		case &opSHIFT73:
			return false
		case &opSHIFT72:
			// The sign moves too, and is spread from where it comes to stand.
			x := g.use(i.a)
			g.release(i.a)
			dst := g.define(v)
			g.shift(opSHIFT73, wide, 2, dst, x, i.imm)
			g.literalOp(opPXOR, dst, dst, signBit>>i.imm)
			g.literalOp(opPSUB, dst, dst, signBit>>i.imm)
			return true
		}
		g.fail("opcode %x is not in AVX2", i.code.code)
	case iGather:
		g.notJagged()
		g.gatherVEX(g.define(v), i)
	case iKeep:
		g.rrm(opSTORE, wide, g.use(i.a), 0, g.kept(i))
		g.release(i.a)
	case iTableRow:
		dst := g.define(v)
		from, by := g.kept(&g.f.ins[i.a]), g.kept(&g.f.ins[i.b])
		from.disp += int32(i.imm) * 8
		by.disp += int32(i.imm) * 8
		part := int32(i.sub) * g.size()
		g.intMem(iLOAD, rax, from)
		g.rrm(opSPREAD, wide, dst, 0, by)
		g.rrm(opMUL, wide, dst, dst, atIndex(g.address(i.index, r11), rax, 0, part))
		g.rrm(opADD, wide, dst, dst, atIndex(g.address(i.slot, r11), rax, 0, part))
	case iEntries:
		dst := g.define(v)
		from := g.kept(&g.f.ins[i.a])
		from.disp += int32(i.imm) * 8
		table := g.address(i.slot, r11)
		g.intMem(iLOAD, rax, from)
		g.rrm(opLOAD, lower, dst, 0, atIndex(table, rax, 0, 0))
		from.disp += 16
		g.intMem(iLOAD, rax, from)
		g.rrm(opINSERT128, wide, dst, dst, atIndex(table, rax, 0, 0))
		g.bytes(1)
	case iInteger:
		// Of numbers from 0 to 2^31; NaN gives the sign of 32 bits, which goes.
		x := g.use(i.a)
		g.release(i.a)
		dst := g.define(v)
		g.rrr(opCVTTPD2DQ, wide, dst, 0, x)
		g.rrr(opWIDEN, wide, dst, 0, dst)
		g.literalOp(opPAND, dst, dst, math.MaxInt32)
	case iFloat:
		// Of integers below 2^51: as the last bits of a number whose last bit is 1.
		x := g.use(i.a)
		g.release(i.a)
		dst := g.define(v)
		const shift = 0x1.8p52
		g.literalOp(opPADD, dst, x, math.Float64bits(shift))
		g.literalOp(opSUB, dst, dst, math.Float64bits(shift))
	case iCompare:
		g.three(v, opCMP, i.a, i.b)
		g.bytes(i.imm)
	case iCompareU:
		g.emitCompareU(v, i)
	case iMaskAnd:
		g.three(v, opAND, i.a, i.b)
	case iMaskOr:
		g.three(v, opOR, i.a, i.b)
	case iMaskZero:
		g.three(v, opAND, i.k, i.a)
	case iMaskNot:
		x := g.use(i.a)
		g.release(i.a)
		g.literalOp(opXOR, g.define(v), x, 1<<64-1)
	case iBlend:
		k, x := g.use(i.k), g.use(i.a)
		g.prepare(i.b)
		y := g.sourceOf(i.b)
		g.release(i.a, i.b, i.k)
		dst := g.define(v)
		if y.inMem {
			g.blendvMem(dst, x, y.memory, k)
		} else {
			g.blendv(dst, x, y.reg, k)
		}
	case iDivide:
		g.emitDivideVEX(v, i)
	case iExpEnd:
		g.emitExpEndVEX(v, i)
	case iNear:
		g.emitNear(v, i)
	case iCurve4:
		g.emitCurve4(v, i)
	case iScatter, iAddScatter:
		g.notJagged()
		g.emitScatterVEX(i)
	case iAddNode:
		// Lanes that are not in use subtract +0, which changes no number: x is negated where it is added.
		x, acc := g.use(i.a), g.accRegs[i.slot]
		temp := g.take()
		if i.imm == 0 {
			g.literalOp(opXOR, temp, x, signBit)
			x = temp
		}
		g.rrr(opAND, wide, temp, x, g.laneReg())
		g.rrr(opSUB, wide, acc, acc, temp)
		g.locked[temp] = false
		g.release(i.a)
	default:
		g.fail("operation %d has no code of AVX2", i.op)
	}
	return true
}

// emitCompareU is a < b of unsigned integers: b > a of signed ones, the first bits of both turned over.
func (g *generator) emitCompareU(v value, i *ins) {
	if i.imm != pcmpLT {
		g.fail("comparison %d of unsigned integers", i.imm)
		return
	}
	x := g.use(i.a)
	var y zreg
	n := Number{Kind: UniformColumn}
	if g.f.isScalar(i.b) {
		n = g.f.numbers[g.f.ins[i.b].slot]
	}
	if n.Kind != Literal {
		y = g.use(i.b)
	}
	dst, temp := g.define(v), g.take()
	if n.Kind == Literal {
		g.loadNumber(dst, g.literal(n.Bits^signBit))
	} else {
		g.literalOp(opPXOR, dst, y, signBit)
	}
	g.literalOp(opPXOR, temp, x, signBit)
	g.rrr(opPCMPGT, wide, dst, dst, temp)
	g.locked[temp] = false
	g.release(i.a, i.b)
}

// divideRangeVEX bounds the dividends of emitDivideVEX: the exponents from -512 to 511 are half of all, so that one
// subtraction leaves their numbers, and no others, without a sign.
const divideRangeVEX = 512

// emitDivideVEX is division by a known number, see reciprocal.go and emitDivide.
func (g *generator) emitDivideVEX(v value, i *ins) {
	x := g.use(i.a)
	g.prepare(i.b)
	g.prepare(i.c)
	dst := g.define(v)
	temp := g.take()
	// Twice the bits of x are its magnitude; 0 is as good as one in range.
	g.rrr(opPADD, wide, temp, x, x)
	g.literalOp(opPSUB, temp, temp, (1023-divideRangeVEX)<<53)
	g.literalOp(opCMP, dst, x, 0)
	g.bytes(cmpEQ)
	g.rrr(opTESTSIGN, wide, dst, 0, temp)
	jump := g.jump(jumpAE) // some lane has a sign and is not 0
	g.op(opMUL, wide, dst, x, i.c)
	g.op(opFMADD231, wide, dst, x, i.b)
	// The sign, for quotients that are 0.
	if i.imm == 1 {
		g.literalOp(opANDN, temp, x, signBit)
	} else {
		g.literalOp(opAND, temp, x, signBit)
	}
	g.literalOp(opAND, dst, dst, signBit-1)
	g.rrr(opOR, wide, dst, dst, temp)
	divisor := g.number(i.slot)
	g.pending = append(g.pending, slowPath{jump: jump, back: len(g.buf), write: func() { g.rrm(opDIV, wide, dst, x, divisor) }})
	g.locked[temp] = false
	g.release(i.a, i.b, i.c)
}

// emitExpEndVEX is the last step of exp, see emitExpEnd.
func (g *generator) emitExpEndVEX(v value, i *ins) {
	p, scale := g.use(i.a), g.use(i.b)
	x := g.use(i.c)
	unusual := g.take()
	const farBelow, zeroBelow = -512, -700
	g.literalOp(opCMP, unusual, x, math.Float64bits(farBelow))
	g.bytes(cmpLE)
	g.signs(rax, unusual)
	g.testReg(rax)
	dst := g.define(v)
	jump := g.jump(jumpNE)
	g.rrr(opMOVE, wide, dst, 0, scale)
	g.rrr(opFMADD231, wide, dst, p, scale)
	spare := at(regScratch, 2*g.f.keeps*g.size())
	g.pending = append(g.pending, slowPath{jump: jump, back: len(g.buf), write: func() {
		g.rrr(opMUL, wide, dst, p, scale)
		g.rrr(opADD, wide, dst, dst, scale)
		g.rrm(opSTORE, wide, dst, 0, spare)
		g.rrr(opMOVE, wide, dst, 0, scale)
		g.rrr(opFMADD231, wide, dst, p, scale)
		g.blendvMem(dst, dst, spare, unusual)
		g.literalOp(opCMP, unusual, x, math.Float64bits(zeroBelow))
		g.bytes(cmpNLT)
		g.rrr(opAND, wide, dst, dst, unusual)
	}})
	g.locked[unusual] = false
	g.release(i.a, i.b, i.c)
}

// lanePlace is where the instance of lane k has its datum; rax and r11 are overwritten.
func (g *generator) lanePlace(i *ins, k int32) mem {
	disp := g.step(i, 4) + 4*k
	if g.tail && k > 0 {
		// An instance that is not there is read where the first one is.
		g.intMem(iLEA, rax, at(regIndex, k))
		g.intReg(iCMP, rax, regLast)
		g.moveIf(ifGE, rax, regIndex)
		g.intMem(iMOVSXD, rax, atIndex(g.address(i.index, r11), rax, 2, 0))
	} else {
		g.intMem(iMOVSXD, rax, atIndex(g.address(i.index, rax), regIndex, 2, disp))
	}
	return atIndex(g.address(i.slot, r11), rax, 3, 0)
}

// collect reads four numbers; place k is asked for when it is needed, high is overwritten.
func (g *generator) collect(dst, high zreg, place func(k int32) mem) {
	g.rrm(opLOADSD, lower, dst, 0, place(0))
	g.rrm(opLOADHIGH, lower, dst, dst, place(1))
	g.rrm(opLOADSD, lower, high, 0, place(2))
	g.rrm(opLOADHIGH, lower, high, high, place(3))
	g.rrr(opINSERT128, wide, dst, dst, high)
	g.bytes(1)
}

// notJagged refuses indices per instance in jagged order, where the number of the last instance is not at hand.
func (g *generator) notJagged() {
	if g.f.jagged {
		g.fail("indices in jagged order")
	}
}

func (g *generator) gatherVEX(dst zreg, i *ins) {
	high := g.take()
	g.collect(dst, high, func(k int32) mem { return g.lanePlace(i, k) })
	g.locked[high] = false
}

// storeLane stores lane k of a vector whose upper half is in register high.
func (g *generator) storeLane(k int32, x, high zreg, m mem) {
	if k >= 2 {
		x = high
	}
	o := opSTORESD
	if k&1 == 1 {
		o = opSTOREHIGH
	}
	g.rrm(o, lower, x, 0, m)
}

// emitScatterVEX stores or adds lane by lane, first to last.
func (g *generator) emitScatterVEX(i *ins) {
	x := g.use(i.a)
	if i.op == iAddScatter {
		sum := g.take()
		g.gatherVEX(sum, i)
		o := opADD
		if i.imm == 1 {
			o = opSUB
		}
		g.rrr(o, wide, sum, sum, x)
		x = sum
	}
	high := g.take()
	g.rrr(opEXTRACT128, wide, x, 0, high)
	g.bytes(1)
	var ends []int
	for k := range g.lanes {
		if g.tail && k > 0 {
			g.intMem(iLEA, rax, at(regIndex, k))
			g.intReg(iCMP, rax, regLast)
			ends = append(ends, g.jump(jumpGE))
		}
		g.intMem(iMOVSXD, rax, atIndex(g.address(i.index, rax), regIndex, 2, g.step(i, 4)+4*k))
		g.storeLane(k, x, high, atIndex(g.address(i.slot, r11), rax, 3, 0))
	}
	for _, j := range ends {
		g.patch(j, len(g.buf))
	}
	g.release(i.a)
}
