package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// body computes one vector from the operands' vectors; it must not change them.
type body func(operands []reg.VecVirtual) reg.VecVirtual

// kernel is an operation in assembly: prepare loads its constants and returns its body.
type kernel struct {
	name    string
	unroll  int
	prepare func(e *emitter) body
}

// VCMPPD predicates: as C compares.
const (
	equal          = 0
	less           = 1
	lessOrEqual    = 2
	notEqual       = 4 // true for NaN
	notLess        = 5 // true for NaN
	notLessEqual   = 6 // true for NaN
	greaterOrEqual = 13
	greater        = 14
)

// VROUNDPD and VRNDSCALEPD modes.
const (
	roundDown = 1
	roundUp   = 2
)

var binaryKernels = []kernel{
	{"Add", 4, simple((*emitter).VADDPD)},
	{"Sub", 4, simple((*emitter).VSUBPD)},
	{"Mul", 4, simple((*emitter).VMULPD)},
	{"Div", 2, simple((*emitter).VDIVPD)},
	{"Min", 4, simple((*emitter).VMINPD)},
	{"Max", 4, simple((*emitter).VMAXPD)},
	{"Lt", 4, comparison(less)},
	{"Le", 4, comparison(lessOrEqual)},
	{"Gt", 4, comparison(greater)},
	{"Ge", 4, comparison(greaterOrEqual)},
	{"Eq", 4, comparison(equal)},
	{"Ne", 4, comparison(notEqual)},
	{"And", 2, logical(true)},
	{"Or", 2, logical(false)},
}

var unaryKernels = []kernel{
	{"Mov", 4, func(e *emitter) body { return func(in []reg.VecVirtual) reg.VecVirtual { return in[0] } }},
	{"Neg", 4, bits(func(e *emitter, x, sign, to reg.VecVirtual) { e.VXORPD(sign, x, to) })},
	{"Abs", 4, bits(func(e *emitter, x, sign, to reg.VecVirtual) { e.VANDNPD(x, sign, to) })},
	{"Not", 4, isZero},
	{"Sqrt", 2, func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			e.VSQRTPD(in[0], to)
			return to
		}
	}},
	{"Exp", 1, exponential},
	{"Floor", 4, rounding(roundDown)},
	{"Ceil", 4, rounding(roundUp)},
	{"Trunc", 2, truncation},
}

var fusedKernels = []kernel{
	{"SubMul", 2, func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			e.VSUBPD(in[1], in[0], to)
			e.VMULPD(in[2], to, to)
			return to
		}
	}},
	{"MulAdd", 2, func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			e.VMULPD(in[1], in[0], to)
			e.VADDPD(in[2], to, to)
			return to
		}
	}},
	{"MulSub", 2, func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			e.VMULPD(in[1], in[0], to)
			e.VSUBPD(in[2], to, to)
			return to
		}
	}},
	{"AddMulSub", 2, func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			e.VSUBPD(in[0], in[2], to)
			e.VMULPD(to, in[1], to)
			e.VADDPD(to, in[0], to)
			return to
		}
	}},
}

// simple is a kernel of one instruction.
func simple(instruction func(e *emitter, ops ...operand.Op)) func(e *emitter) body {
	return func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			instruction(e, in[1], in[0], to)
			return to
		}
	}
}

func comparison(predicate uint8) func(e *emitter) body {
	return func(e *emitter) body {
		one := e.constant("one", operand.F64(1))
		return func(in []reg.VecVirtual) reg.VecVirtual { return e.compare(predicate, in[0], in[1], one) }
	}
}

// compare returns one where x predicate y, else 0.
func (e *emitter) compare(predicate uint8, x, y, one reg.VecVirtual) reg.VecVirtual {
	to := e.vector()
	if e.wide {
		k := e.K()
		e.VCMPPD(operand.Imm(uint64(predicate)), y, x, k)
		e.VMOVUPD_Z(one, k, to)
		return to
	}
	e.VCMPPD(operand.Imm(uint64(predicate)), y, x, to)
	e.VANDPD(one, to, to)
	return to
}

func isZero(e *emitter) body {
	one, zero := e.constant("one", operand.F64(1)), e.zero()
	return func(in []reg.VecVirtual) reg.VecVirtual { return e.compare(equal, in[0], zero, one) }
}

// logical is x && y or x || y.
func logical(and bool) func(e *emitter) body {
	return func(e *emitter) body {
		one, zero := e.constant("one", operand.F64(1)), e.zero()
		return func(in []reg.VecVirtual) reg.VecVirtual {
			if e.wide {
				k, k2, to := e.K(), e.K(), e.vector()
				e.VCMPPD(operand.Imm(notEqual), zero, in[0], k)
				e.VCMPPD(operand.Imm(notEqual), zero, in[1], k2)
				if and {
					e.KANDB(k, k2, k)
				} else {
					e.KORB(k, k2, k)
				}
				e.VMOVUPD_Z(one, k, to)
				return to
			}
			x := e.compare(notEqual, in[0], zero, one)
			y := e.compare(notEqual, in[1], zero, one)
			if and {
				e.VANDPD(x, y, x)
			} else {
				e.VORPD(x, y, x)
			}
			return x
		}
	}
}

// bits is an operation with the sign bit.
func bits(operation func(e *emitter, x, sign, to reg.VecVirtual)) func(e *emitter) body {
	return func(e *emitter) body {
		sign := e.constant("sign", operand.F64(math.Copysign(0, -1)))
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			operation(e, in[0], sign, to)
			return to
		}
	}
}

func rounding(mode uint8) func(e *emitter) body {
	return func(e *emitter) body {
		return func(in []reg.VecVirtual) reg.VecVirtual {
			to := e.vector()
			if e.wide {
				e.VRNDSCALEPD(operand.Imm(uint64(mode)), in[0], to)
			} else {
				e.VROUNDPD(operand.Imm(uint64(mode)), in[0], to)
			}
			return to
		}
	}
}

// truncation is (double)(int)x: the conversion gives the most negative int for what does not fit.
func truncation(e *emitter) body {
	return func(in []reg.VecVirtual) reg.VecVirtual {
		to := e.vector()
		if e.wide {
			whole := e.YMM()
			e.VCVTTPD2DQ(in[0], whole)
			e.VCVTDQ2PD(whole, to)
		} else {
			whole := e.XMM()
			e.VCVTTPD2DQY(in[0], whole)
			e.VCVTDQ2PD(whole, to)
		}
		return to
	}
}

// mapped writes a loop over vectors for one variant: kinds tells which operands are vectors (V) or one value (S).
func (e *emitter) mapped(k kernel, kinds string) {
	signature := "func(dst"
	for i := range kinds {
		signature += ", " + operandNames[i]
	}
	e.begin(loopName(operation{name: k.name}, kinds), signature+" *float64, n int)")
	dst := e.pointer("dst")
	pointers, operands := make([]reg.Register, len(kinds)), make([]reg.VecVirtual, len(kinds))
	for i, kind := range kinds {
		pointers[i] = e.pointer(operandNames[i])
		if kind == 'S' {
			operands[i] = e.broadcast(operand.Mem{Base: pointers[i]})
		}
	}
	n := e.pointer("n")
	compute := k.prepare(e)
	e.loop(n, k.unroll, func(index reg.Register, lane int) {
		in := make([]reg.VecVirtual, len(kinds))
		copy(in, operands)
		for i, kind := range kinds {
			if kind == 'V' {
				in[i] = e.load(element(pointers[i], index, lane))
			}
		}
		e.store(compute(in), element(dst, index, lane))
	})
	e.end()
}
