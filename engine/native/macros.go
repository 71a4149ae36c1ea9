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
	expEntries // the former two side by side
	logEntries
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
	for k := range t[expTails] {
		t[expEntries] = append(t[expEntries], t[expPowers][k], t[expTails][k])
	}
	for k := range t[logInverse] {
		t[logEntries] = append(t[logEntries], t[logInverse][k], t[logValues][k])
	}
	for k := range t {
		t[k] = LineAligned(t[k])
	}
	return t
})

// LineAligned copies numbers to the start of a cache line.
func LineAligned(x []float64) []float64 {
	out := make([]float64, len(x)+7)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(out)))%64) / 8
	return append(out[skip:skip], x...)
}

func constTable(k int32) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(constTables()[k]))
}

// lookUp looks an index up in two tables of constants, or in one that has both side by side.
func (b *builder) lookUp(first, second, both int32, index value) (x, y value) {
	if b.isa.masks {
		return b.table(Pointer{Kind: ConstPointer, Sub: first}, index), b.table(Pointer{Kind: ConstPointer, Sub: second}, index)
	}
	return b.entries(Pointer{Kind: ConstPointer, Sub: both}, b.shift(&opSHIFT73, 6, index, 4))
}

// entries reads a pair of numbers for each of four instances, from an array at byte offsets.
func (f *function) entries(array Pointer, offset value) (first, second value) {
	at := f.inPlace(offset)
	half := func(k uint8) value {
		i := blank(iEntries)
		i.slot, i.a, i.imm = f.pointer(array), at, k
		return f.add(i)
	}
	return f.lanes(&opUNPCKL, half(0), half(1), 0), f.lanes(&opUNPCKH, half(0), half(1), 0)
}

// exp is libm.HocExp, the operations of the vector kernel (engine/vec/gen/exp.go).
func (b *builder) exp(x value) value {
	usual := none // AVX2 compares at the end: masks take registers
	if b.isa.masks {
		usual = b.compare(cmpNLE, x, b.num(-512))
	}
	given := x
	x = b.binary(&opMIN, b.num(700), x) // the second operand is kept if it is NaN
	shift := b.num(0x1.8p52)
	kd := b.fma(x, b.num(0x1.71547652b82fep0*128), shift)
	index := b.binary(&opPAND, kd, b.bits(127))
	power, tail := b.lookUp(expPowers, expTails, expEntries, index)
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
	i := blank(iExpEnd)
	i.k, i.a, i.b, i.c = usual, p, scale, given
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
	inverse, logc := b.lookUp(logInverse, logValues, logEntries, entry)
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

// lookup is program.TableData.Lookup. Held inside the table, an argument outside it finds the first or the last row and
// a theta of 0, so that no choice is needed; that fails for the sign of a first row of -0 and for numbers that are not
// finite, which plainTable excludes.
func (b *builder) lookup(table, output int32, x value) value {
	if int(table) >= len(b.s.Tables) || !plainTable(b.s.Tables[table], int(output)) {
		return b.fail("table %d has no plain numbers", table)
	}
	from := b.scalar(Number{Kind: TableFrom, Index: table})
	factor := b.scalar(Number{Kind: TableFactor, Index: table})
	xi := b.binary(&opMUL, factor, b.binary(&opSUB, x, from))
	// The second operand of min and max is kept if it is NaN; as an integer that is the sign bit alone.
	row := b.binary(&opMAX, b.bits(0), b.binary(&opMIN, b.num(float64(b.s.Mech.Tables[table].N)), xi))
	offset := b.shift(&opSHIFT73, 6, b.one(iInteger, row), 6)
	theta := b.binary(&opSUB, row, b.unary(&opRNDSCALE, row, 11))
	block := output / rowNumbers
	return b.rows(Pointer{Kind: TablePointer, Index: table, Sub: block}, Pointer{Kind: StepPointer, Index: table, Sub: block},
		offset, theta, int(output%rowNumbers))
}

// rowNumbers is the number of outputs of a table that stand together in a row of one cache line.
const rowNumbers = 8

// tableRows are rows of the outputs from block·rowNumbers on, or of the differences of successive rows (0 for the last).
func tableRows(t *program.TableData, block int, steps bool) []float64 {
	outputs := t.Values[block*rowNumbers:]
	outputs = outputs[:min(len(outputs), rowNumbers)]
	rows := make([]float64, len(outputs[0])*rowNumbers)
	for o, v := range outputs {
		for k := range v {
			x := v[k]
			if steps && k+1 < len(v) {
				x = v[k+1] - v[k]
			} else if steps {
				x = 0
			}
			rows[k*rowNumbers+o] = x
		}
	}
	return LineAligned(rows)
}

func plainTable(t *program.TableData, output int) bool {
	for k, v := range t.Values[output] {
		if v == 0 && math.Signbit(v) || math.IsInf(v, 0) || math.IsNaN(v) {
			return false
		}
		if k > 0 && math.IsInf(v-t.Values[output][k-1], 0) {
			return false
		}
	}
	return true
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
