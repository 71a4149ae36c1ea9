package native

import "math"

// Division of vectors. VDIVPD has a unit of its own, which takes 16 cycles for eight quotients and does nothing else;
// the same quotients cost some twenty operations of the two units for everything else. So a loop that divides much is
// fastest when both do a share. The multiplications below give the bits of a division:
//
// From 14 bits of 1/b three Newton steps lead to y. The first two leave it less than one unit in the last place from
// 1/b, so that the third, y + y·(1-b·y) with the parenthesis exact to rounding, is 1/b correctly rounded, but for b with
// a mantissa of ones only. With q = RN(a·y), q' = RN(q + y·(a-b·q)) is within one unit of a/b, a-b·q' is exact, and
// RN(q' + y·(a-b·q')) is a/b correctly rounded (P. Markstein: Computation of elementary functions on the IBM RISC
// System/6000 processor, IBM J. Res. Dev. 34, 1990, theorems 3 and 4). Where operands are so large or small that an
// intermediate result might not be a normal number, and for that mantissa, the vector is divided by VDIVPD. A dividend
// of 0 leaves q as the first product has it, with its sign.
//
// Where b is itself ±1/t rounded, ±t is less than one unit away from 1/b: one step is enough.

// quotientRange bounds the operands: 2^±450 keeps residuals and quotients normal.
const quotientRange = 450

// divideCycles is the time of VDIVPD for eight quotients; a variable so that a test can have all done without it.
var divideCycles = 16

// Costs for choosing, in operations.
const (
	reciprocalCost  = 15
	derivedCost     = 8
	quotientCost    = 10
	costPerGather   = 6
	costPerDivide   = 9
	overlapFraction = 0.25 // of the shorter of the two that is not hidden behind the longer
)

// divisions are all divisions by one value.
type divisions struct {
	by      value
	n       int
	derived bool
	fast    bool
}

func (f *function) isDivision(v value) bool {
	return f.ins[v].op == iBinary && f.ins[v].code == &opDIV
}

// unit tells whether v is a division of 1 or -1.
func (f *function) unit(v value) (sign float64, ok bool) {
	if !f.isDivision(v) || !f.isScalar(f.ins[v].a) {
		return 0, false
	}
	n := f.numbers[f.ins[f.ins[v].a].slot]
	x := math.Float64frombits(n.Bits)
	return x, n.Kind == Literal && math.Abs(x) == 1
}

// chooseDivisions decides which divisors get a reciprocal.
func (f *function) chooseDivisions(divideCycles int) map[value]*divisions {
	all := map[value]*divisions{}
	var order []*divisions
	cycles, ops := 0, 0
	for k := range f.ins {
		i := &f.ins[k]
		switch i.op {
		case iScalar, iColumn, iRow, iNode, iStoreColumn, iStoreRow, iAddLater:
		case iTable, iGather:
			ops += costPerGather
		case iTableRow:
			ops += 2
		case iDivide:
			ops += costPerDivide
		default:
			ops++
		}
		if i.op == iUnary && i.code == &opSQRT {
			cycles += divideCycles
		}
		if !f.isDivision(value(k)) {
			continue
		}
		cycles += divideCycles
		d := all[i.b]
		if d == nil {
			_, derived := f.unit(i.b)
			d = &divisions{by: i.b, derived: derived}
			all[i.b] = d
			order = append(order, d)
		}
		d.n++
	}
	cost := func(cycles, ops int) float64 {
		a, b := float64(cycles), float64(ops)/2
		return max(a, b) + overlapFraction*min(a, b)
	}
	for {
		var best *divisions
		now := cost(cycles, ops)
		var bestCycles, bestOps int
		for _, d := range order {
			if d.fast {
				continue
			}
			c, o := cycles-divideCycles*d.n, ops+quotientCost*d.n+reciprocalCost
			if d.derived {
				o += derivedCost - reciprocalCost
			}
			if x := cost(c, o); x < now {
				now, best, bestCycles, bestOps = x, d, c, o
			}
		}
		if best == nil {
			return all
		}
		best.fast = true
		cycles, ops = bestCycles, bestOps
	}
}

// expandDivisions replaces divisions by multiplications where that is faster.
func (f *function) expandDivisions() *function {
	chosen := f.chooseDivisions(divideCycles)
	g := &function{shared: f.shared, seen: map[ins]value{}}
	to := make([]value, len(f.ins))
	type inverse struct{ y, bad value }
	inverses := map[value]inverse{}
	for k := range f.ins {
		i := f.ins[k]
		a, b := i.a, i.b
		i.renumber(to)
		if !f.isDivision(value(k)) || !chosen[b].fast {
			to[k] = g.keep(i)
			continue
		}
		r, ok := inverses[b]
		if !ok {
			if sign, unit := f.unit(b); unit {
				y := to[f.ins[b].b]
				if sign < 0 {
					y = g.binary(&opPXOR, y, g.bits(signBit))
				}
				r.y = g.newton(i.b, y)
			} else {
				r.y = g.newton(i.b, g.newton(i.b, g.newton(i.b, g.unary(&opRCP14, i.b, 0))))
			}
			r.bad = g.one(iBadDivisor, i.b)
			inverses[b] = r
		}
		q := blank(iQuotient)
		q.a, q.b, q.c, q.k = i.a, i.b, r.y, r.bad
		if f.isScalar(a) {
			if n := f.numbers[f.ins[a].slot]; n.Kind == Literal && plain(math.Float64frombits(n.Bits)) {
				q.imm = 1 // no need to look at the dividend
			}
		}
		to[k] = g.add(q)
	}
	g.seen = nil
	return g
}

// plain tells whether a dividend is within the range, and not 0.
func plain(x float64) bool {
	x = math.Abs(x)
	return x > math.Ldexp(1, -quotientRange) && x < math.Ldexp(1, quotientRange)
}

// newton is y + y·(1-b·y).
func (f *function) newton(b, y value) value {
	i := blank(iFMA)
	i.a, i.b, i.c, i.sub = b, y, f.num(1), 1
	return f.fma(y, f.add(i), y)
}

// keep adds an instruction as it is, without looking for an equal one: loads and stores stay in order.
func (f *function) keep(i ins) value {
	f.ins = append(f.ins, i)
	v := value(len(f.ins) - 1)
	if i.op == iScalar {
		f.seen[i] = v
	}
	return v
}

// emitBadDivisor sets a mask where a divisor is not for multiplication.
func (g *generator) emitBadDivisor(v value, i *ins) {
	x := g.use(i.a)
	temp := g.take()
	k := g.defineMask(v)
	t := wide
	t.bcast = true
	low := uint64(1023-quotientRange) << 53
	number := func(o opcode, d zreg, bits uint64) { g.rrm(o, t, d, temp, at(regPool, g.literal(bits)*8)) }
	g.rrr(opPADD, wide, temp, x, x)
	number(opPSUB, temp, low)
	number(opPCMPU, zreg(k), uint64(1023+quotientRange)<<53-low)
	g.bytes(pcmpNLT)
	g.rrm(opPADD, t, temp, x, at(regPool, g.literal(1)*8))
	number(opPTESTNM, zreg(tempMask), 1<<52-1) // a mantissa of ones
	g.vexK(kOR, k, k, tempMask)
	g.locked[temp] = false
	g.release(i.a)
}

// emitQuotient is a/b by the reciprocal c; mask k tells where b is not for it.
func (g *generator) emitQuotient(v value, i *ins) {
	bad := g.mask(i.k)
	a, b, y := g.use(i.a), g.use(i.b), g.use(i.c)
	q := g.define(v)
	temp := g.take()
	t := wide
	if i.imm == 1 {
		g.vexK(kTEST, bad, 0, bad)
	} else {
		n := wide
		n.bcast = true
		low := uint64(1023-quotientRange) << 53
		g.rrr(opPADD, wide, temp, a, a)
		g.rrr(opPTESTM, wide, zreg(tempMask), temp, temp)
		g.rrm(opPSUB, n, temp, temp, at(regPool, g.literal(low)*8))
		n.mask = tempMask
		g.rrm(opPCMPU, n, 0, temp, at(regPool, g.literal(uint64(1023+quotientRange)<<53-low)*8)) // to k0
		g.bytes(pcmpNLT)
		g.vexK(kTEST, 0, 0, bad)
		t.mask = tempMask
	}
	g.rrr(opMUL, wide, q, a, y)
	for range 2 {
		g.rrr(opMOVE, wide, temp, 0, a)
		g.rrr(opFNMADD231, wide, temp, b, q)
		g.rrr(opFMADD231, t, q, temp, y)
	}
	jump := g.jump(jumpNE)
	g.pending = append(g.pending, slowPath{jump: jump, back: jump, write: func() { g.rrr(opDIV, wide, q, a, b) }})
	g.locked[temp] = false
	g.release(i.a, i.b, i.c, i.k)
}
