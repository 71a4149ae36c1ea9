package native

import "netsim/nmodl/program"

// Curves with AVX2. Four instances mostly have potentials within four successive intervals. Then the coefficients of
// these intervals are one vector, from which each instance picks its own. Elsewhere instances are looked up one by one.

// curve4 is the polynomial for four instances.
func (b *builder) curve4(output int32, s, number value) value {
	i := blank(iCurve4)
	i.slot = b.pointer(Pointer{Kind: CurvePointer, Index: output})
	i.a, i.b, i.c, i.imm = s, b.near(number), b.inPlace(number), uint8(b.s.Curves[output].Degree)
	return b.add(i)
}

// near finds the first of four intervals.
func (f *function) near(number value) value {
	for v := range f.ins {
		if i := &f.ins[v]; i.op == iNear && i.a == number {
			return value(v)
		}
	}
	i := blank(iNear)
	i.a, i.index = number, f.keeps
	f.keeps++
	return f.add(i)
}

// emitNear keeps the smallest number of an interval, or -1 if another one is more than 3 larger. The result picks
// coefficients: pairs of 32 bits.
func (g *generator) emitNear(v value, i *ins) {
	x := g.use(i.a)
	dst := g.define(v)
	temp := g.take()
	// Numbers are the lower halves of 64 bits; the upper ones are the same. The last four intervals are the last choice.
	g.rrr(opEXTRACT128, wide, x, 0, temp)
	g.bytes(1)
	g.rrr(opPMIN32, lower, temp, temp, x)
	g.rrr(opUNPCKH, lower, dst, temp, temp)
	g.rrr(opPMIN32, lower, temp, temp, dst)
	g.rrm(opPMIN32, lower, temp, temp, g.number(g.literal(0xffffffff<<32|program.CurveIntervals-4)))
	g.rrr(opMOVE32, lower, temp, 0, zreg(rax))
	g.rrr(opPSPREAD, wide, temp, 0, temp)
	g.rrr(opPSUB, wide, temp, x, temp)
	g.movImm(r11, -1)
	g.rrm(opPTEST, wide, temp, 0, g.number(g.literal(1<<64-4)))
	g.moveIf(ifNE, rax, r11)
	g.intStore(rax, g.kept(i))
	g.rrr(opTWICE32, wide, dst, 0, temp)
	g.rrr(opPADD, wide, dst, dst, dst)
	g.literalOp(opPADD, dst, dst, 1<<32)
	g.locked[temp] = false
	g.release(i.a)
}

// emitCurve4 is Horner's rule.
func (g *generator) emitCurve4(v value, i *ins) {
	s, pick := g.use(i.a), g.use(i.b)
	y := g.define(v)
	c, high := g.take(), g.take()
	degree := int32(i.imm)
	into := func(k int32) zreg { // where coefficient k goes
		if k == 0 {
			return y
		}
		return c
	}
	first := g.kept(&g.f.ins[i.b])
	numbers := g.kept(&g.f.ins[i.c])
	base := g.address(i.slot, r11)
	g.intMem(iLOAD, rax, first)
	g.testReg(rax)
	jump := g.jump(jumpS)
	g.intMem(iLEA, rax, atIndex(base, rax, 3, 0))
	for k := range degree + 1 {
		g.rrm(opPICK, wide, into(k), pick, at(rax, k*row))
		if k > 0 {
			g.rrr(opFMADD213, wide, y, s, c)
		}
	}
	g.pending = append(g.pending, slowPath{jump: jump, back: len(g.buf), write: func() {
		for k := range degree + 1 {
			g.collect(into(k), high, func(lane int32) mem {
				from := numbers
				from.disp += 8 * lane
				g.intMem(iMOVSXD, rax, from)
				return atIndex(base, rax, 3, k*row)
			})
			if k > 0 {
				g.rrr(opFMADD213, wide, y, s, c)
			}
		}
	}})
	g.locked[c], g.locked[high] = false, false
	g.release(i.a, i.b)
}
