package native

import (
	"math"

	"netsim/nmodl/program"
)

// Curves (program.CurveData). The coefficients of the sixteen intervals around the potentials that occur stand in two
// vectors, so that finding those of eight instances is one shuffle each. Elsewhere they are gathered. For AVX2 see
// curve_vex.go.

// curveWhole rounds to whole numbers when it is added; the low bits of the sum are the number.
const curveWhole = 0x1.8p52

// curve is program.CurveData.Value.
func (b *builder) curve(output int32, v value) value {
	if int(output) >= len(b.s.Curves) {
		return b.fail("curve %d is not there", output)
	}
	u := b.binary(&opMUL, b.binary(&opSUB, v, b.num(program.CurveFrom)), b.num(program.CurveFactor))
	// The second operand of min and max is kept if the first is NaN.
	u = b.binary(&opMAX, u, b.bits(0))
	u = b.binary(&opMIN, u, b.num(program.CurveIntervals-1))
	number := b.binary(&opADD, u, b.num(curveWhole))
	s := b.binary(&opSUB, u, b.binary(&opSUB, number, b.num(curveWhole)))
	if !b.isa.masks {
		return b.curve4(output, s, number)
	}
	first := math.Float64bits(curveWhole) + program.CurveWindow
	near := b.compareU(pcmpLT, b.binary(&opPSUB, number, b.bits(first)), b.bits(program.WindowLength))
	i := blank(iCurve)
	i.slot = b.pointer(Pointer{Kind: WindowPointer, Index: output})
	i.index = b.pointer(Pointer{Kind: CurvePointer, Index: output})
	i.a, i.b, i.k, i.imm = s, number, near, uint8(b.s.Curves[output].Degree)
	return b.add(i)
}

// Size of one coefficient in all intervals, and in those of the window, in bytes.
const (
	row    = program.CurveIntervals * 8
	window = program.WindowLength * 8
)

// second finds the second result of an iCurvePair.
func (g *generator) second(v value) value {
	for _, u := range g.users[v] {
		if g.f.ins[u].op == iSecond {
			return value(u)
		}
	}
	g.fail("value %d has no second one", v)
	return v
}

// emitCurve is Horner's rule, for one vector or for two side by side.
func (g *generator) emitCurve(i *ins, results ...value) {
	type lane struct{ s, number, y, c zreg }
	k := g.mask(i.k)
	lanes := make([]lane, len(results))
	for n, operands := range [][2]value{{i.a, i.b}, {i.c, i.d}}[:len(results)] {
		lanes[n].s, lanes[n].number = g.use(operands[0]), g.use(operands[1])
	}
	for n, v := range results {
		lanes[n].y = g.define(v)
		lanes[n].c = g.take()
	}
	high := g.take() // half of the coefficients; the numbers of intervals where these are gathered
	near, all := g.address(i.slot, rax), i.index
	g.vexK(kTEST, k, 0, k) // carry: all lanes
	jump := g.jump(jumpAE)
	degree := int32(i.imm)
	// into is where coefficient c goes.
	into := func(l *lane, c int32) zreg {
		if c == 0 {
			return l.y
		}
		return l.c
	}
	for c := range degree + 1 {
		first := into(&lanes[0], c)
		g.rrm(opLOAD, wide, first, 0, at(near, c*window))
		if len(lanes) == 1 {
			g.rrm(opPERMT2, wide, first, lanes[0].number, at(near, c*window+64))
		} else {
			second := into(&lanes[1], c)
			g.rrr(opMOVE, wide, second, 0, first)
			g.rrm(opLOAD, wide, high, 0, at(near, c*window+64))
			g.rrr(opPERMT2, wide, first, lanes[0].number, high)
			g.rrr(opPERMT2, wide, second, lanes[1].number, high)
		}
		if c > 0 {
			for _, l := range lanes {
				g.rrr(opFMADD213, wide, l.y, l.s, l.c)
			}
		}
	}
	g.pending = append(g.pending, slowPath{jump: jump, back: len(g.buf), write: func() {
		base := g.address(all, rax)
		t := wide
		t.bcast = true
		for _, l := range lanes {
			g.rrm(opPSUB, t, high, l.number, at(regPool, g.literal(math.Float64bits(curveWhole))*8))
			for c := range degree + 1 {
				g.gather(opGATHERQ, into(&l, c), atVector(base, high, c*row))
				if c > 0 {
					g.rrr(opFMADD213, wide, l.y, l.s, l.c)
				}
			}
		}
	}})
	g.locked[high] = false
	for _, l := range lanes {
		g.locked[l.c] = false
	}
	g.release(i.a, i.b, i.c, i.d, i.k)
}
