package native

import (
	"math"
	"slices"
	"sync"
	"unsafe"

	"netsim/libm"
	"netsim/nmodl/program"
)

// Numbers of constTable.
const (
	expTails = iota
	expPowers
	logInverse
	logValues
	numConstTables
)

var constTables = sync.OnceValue(func() *[numConstTables][]float64 {
	t := &[numConstTables][]float64{}
	for k := range len(libm.ExpTable) / 2 {
		t[expTails] = append(t[expTails], math.Float64frombits(libm.ExpTable[2*k]))
		t[expPowers] = append(t[expPowers], math.Float64frombits(libm.ExpTable[2*k+1]))
	}
	for _, e := range libm.LogTable() {
		t[logInverse] = append(t[logInverse], e[0])
		t[logValues] = append(t[logValues], e[1])
	}
	return t
})

func constTable(k int32) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(constTables()[k]))
}

// exp is libm.HocExp, the operations of the vector kernel (engine/vec/gen/exp.go).
func (b *builder) exp(x value) value {
	kept := b.compare(cmpNLT, x, b.num(-700))
	x = b.binary(&opMIN, b.num(700), x) // the second operand is kept if it is NaN
	shift := b.num(0x1.8p52)
	kd := b.fma(x, b.num(0x1.71547652b82fep0*128), shift)
	index := b.binary(&opPAND, kd, b.bits(127))
	power := b.table(Pointer{Kind: ConstPointer, Sub: expPowers}, index, 0)
	tail := b.table(Pointer{Kind: ConstPointer, Sub: expTails}, index, 0)
	high := b.shift(&opSHIFT73, 6, kd, 45)
	kd = b.binary(&opSUB, kd, shift)
	r := b.fma(kd, b.num(-0x1.62e42fefa0000p-8), x)
	r = b.fma(kd, b.num(-0x1.cf79abc9e3b39p-47), r)
	scale := b.binary(&opPADD, power, high)
	square := b.binary(&opMUL, r, r)
	p := b.fma(r, b.num(0x1.555555555543cp-3), b.num(0x1.ffffffffffdbdp-2))
	q := b.fma(r, b.num(0x1.1111167a4d017p-7), b.num(0x1.55555cf172b91p-5))
	p = b.fma(square, p, b.binary(&opADD, tail, r))
	p = b.fma(b.binary(&opMUL, square, square), q, p)
	i := blank(iFMAZero)
	i.k, i.a, i.b, i.c = kept, p, scale, scale
	return b.add(i)
}

// log is libm.Log: both its branches, and a choice.
func (b *builder) log(x value) value {
	one := b.num(1)
	// Normal numbers, subnormal ones scaled.
	tiny := b.compareU(pcmpLT, x, b.bits(1<<52))
	ix := b.blend(tiny, b.binary(&opPSUB, b.binary(&opMUL, x, b.num(0x1p52)), b.bits(52<<52)), x)
	offset := b.binary(&opPSUB, ix, b.bits(0x3fe6000000000000))
	entry := b.binary(&opPAND, b.shift(&opSHIFT73, 2, offset, 45), b.bits(127))
	kd := b.one(iFloat, b.shift(&opSHIFT72, 4, offset, 52))
	z := b.binary(&opPSUB, ix, b.binary(&opPAND, offset, b.bits(0xfff<<52)))
	inverse := b.table(Pointer{Kind: ConstPointer, Sub: logInverse}, entry, 0)
	logc := b.table(Pointer{Kind: ConstPointer, Sub: logValues}, entry, 0)
	r := b.fma(z, inverse, b.num(-1))
	w := b.fma(kd, b.num(libm.Ln2Hi), logc)
	hi := b.binary(&opADD, w, r)
	lo := b.fma(kd, b.num(libm.Ln2Lo), b.binary(&opADD, b.binary(&opSUB, w, hi), r))
	r2 := b.binary(&opMUL, r, r)
	p := b.fma(r2, b.fma(r, b.num(libm.LogA[4]), b.num(libm.LogA[3])), b.fma(r, b.num(libm.LogA[2]), b.num(libm.LogA[1])))
	far := b.binary(&opADD, b.fma(b.binary(&opMUL, r, r2), p, b.fma(r2, b.num(libm.LogA[0]), lo)), hi)

	near := b.logNearOne(b.binary(&opSUB, x, one))
	k := b.compareU(pcmpLT, b.binary(&opPSUB, x, b.bits(0x3fee000000000000)), b.bits(0x3ff1090000000000-0x3fee000000000000))
	y := b.blend(k, near, far)
	// 1 gives +0, 0 gives -Inf, +Inf itself, NaN and negative numbers NaN.
	y = b.blend(b.compare(cmpEQ, x, one), b.bits(0), y)
	y = b.blend(b.compare(cmpEQ, x, b.num(math.Inf(1))), x, y)
	y = b.blend(b.one(iMaskNot, b.compare(cmpGE, x, b.bits(0))), b.num(math.NaN()), y)
	return b.blend(b.compare(cmpEQ, x, b.bits(0)), b.num(math.Inf(-1)), y)
}

func (b *builder) logNearOne(r value) value {
	c := func(k int) value { return b.num(libm.LogB[k]) }
	mul := func(x, y value) value { return b.binary(&opMUL, x, y) }
	add := func(x, y value) value { return b.binary(&opADD, x, y) }
	sub := func(x, y value) value { return b.binary(&opSUB, x, y) }
	r2 := mul(r, r)
	r3 := mul(r, r2)
	p := b.fma(r3, c(10), b.fma(r2, c(9), b.fma(r, c(8), c(7))))
	p = b.fma(r3, p, b.fma(r2, c(6), b.fma(r, c(5), c(4))))
	p = b.fma(r3, p, b.fma(r2, c(3), b.fma(r, c(2), c(1))))
	shifted := mul(r, b.num(0x1p27))
	high := sub(add(r, shifted), shifted)
	low := sub(r, high)
	half := mul(mul(high, high), c(0))
	hi := add(r, half)
	lo := add(sub(r, hi), half)
	lo = b.fma(mul(low, c(0)), add(high, r), lo)
	return add(b.fma(r3, p, lo), hi)
}

// lookup is program.TableData.Lookup.
func (b *builder) lookup(table, output int32, x value) value {
	tab := &b.s.Mech.Tables[table]
	from := b.scalar(Number{Kind: TableFrom, Index: table})
	factor := b.scalar(Number{Kind: TableFactor, Index: table})
	xi := b.binary(&opMUL, factor, b.binary(&opSUB, x, from))
	// The row, held inside the table; the second operand of min and max is kept if the first is NaN.
	row := b.binary(&opMAX, b.binary(&opMIN, xi, b.num(float64(tab.N-1))), b.bits(0))
	index := b.one(iInteger, row)
	theta := b.binary(&opSUB, xi, b.one(iFloat, index))
	pointer := Pointer{Kind: TablePointer, Index: table, Sub: output}
	low := b.table(pointer, index, 0)
	high := b.table(pointer, index, 8)
	y := b.binary(&opADD, low, b.binary(&opMUL, theta, b.binary(&opSUB, high, low)))
	y = b.blend(b.compare(cmpLE, xi, b.bits(0)), b.scalar(Number{Kind: TableFirst, Index: table, Sub: output}), y)
	y = b.blend(b.compare(cmpGE, xi, b.num(float64(tab.N))), b.scalar(Number{Kind: TableLast, Index: table, Sub: output}), y)
	// NaN stays what it is, whatever the table holds.
	return b.blend(b.one(iMaskNot, b.compare(cmpEQ, xi, xi)), xi, y)
}

// divide multiplies where the divisor is known and that gives the same bits (see reciprocal.go).
func (b *builder) divide(x, y value) value {
	if b.isScalar(y) && !b.isScalar(x) {
		num := b.numbers[b.ins[y].slot]
		d, known := math.Float64frombits(num.Bits), num.Kind == Literal
		if !known && b.s.Value != nil {
			switch num.Kind {
			case UniformColumn:
				d, known = b.s.Value(program.Ref{Kind: program.Col, Idx: num.Index})
			case GlobalValue:
				d, known = b.s.Value(program.Ref{Kind: program.Glob, Idx: num.Index})
			}
		}
		if known {
			if powerOfTwo(d) {
				b.fix(num, d)
				return b.binary(&opMUL, x, b.num(1/d))
			}
			if Multiplies(d) {
				b.fix(num, d)
				i := blank(iDivide)
				i.slot = b.ins[y].slot
				i.a = x
				i.b = b.scalar(Number{Kind: ReciprocalHi, Index: i.slot})
				i.c = b.scalar(Number{Kind: ReciprocalLo, Index: i.slot})
				if d < 0 {
					i.imm = 1
				}
				return b.add(i)
			}
		}
	}
	return b.binary(&opDIV, x, y)
}

// fix notes that the machine code relies on a value.
func (b *builder) fix(n Number, value float64) {
	f := fixedNumber{from: n, bits: math.Float64bits(value)}
	if n.Kind != Literal && !slices.Contains(b.fixed, f) {
		b.fixed = append(b.fixed, f)
	}
}
