package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"netsim/libm"
)

// exponential is libm.HocExp: the arguments are clamped to ±700, so no result is subnormal; the table is gathered.
func exponential(e *emitter) body {
	pairs := libm.ExpTable
	var tails, powers []operand.Constant
	for k := range len(pairs) / 2 {
		tails = append(tails, operand.U64(pairs[2*k]))
		powers = append(powers, operand.U64(pairs[2*k+1]))
	}
	table := e.GP64()
	e.LEAQ(e.global("expTable", append(tails, powers...)), table)

	high := e.constant("expHigh", operand.F64(700))
	low := e.constant("expLow", operand.F64(-700))
	special := e.constant("expSpecial", operand.F64(-512))
	shift := e.constant("expShift", operand.F64(0x1.8p52))
	inverse := e.source("expInvLn2N", operand.F64(0x1.71547652b82fep0*128))
	negHi := e.source("expNegLn2Hi", operand.F64(-0x1.62e42fefa0000p-8))
	negLo := e.source("expNegLn2Lo", operand.F64(-0x1.cf79abc9e3b39p-47))
	c2 := e.source("expC2", operand.F64(0x1.ffffffffffdbdp-2))
	c3 := e.constant("expC3", operand.F64(0x1.555555555543cp-3))
	c4 := e.source("expC4", operand.F64(0x1.55555cf172b91p-5))
	c5 := e.constant("expC5", operand.F64(0x1.1111167a4d017p-7))
	entries := e.source("expEntries", operand.U64(127))

	return func(in []reg.VecVirtual) reg.VecVirtual {
		x, kd, bits, index := e.vector(), e.vector(), e.vector(), e.vector()
		e.VMINPD(in[0], high, x) // the second source is kept if it is NaN
		e.VMAXPD(x, low, x)
		e.VMOVAPD(shift, kd)
		e.VFMADD231PD(inverse, x, kd)
		if e.wide {
			e.VPANDQ(entries, kd, index)
		} else {
			e.VPAND(entries, kd, index)
		}
		e.VPSLLQ(operand.Imm(45), kd, bits)
		e.VSUBPD(shift, kd, kd)
		tail := e.gatherTable(operand.Mem{Base: table, Index: index, Scale: 8})
		power := e.gatherTable(operand.Mem{Base: table, Index: index, Scale: 8, Disp: 1024})
		e.VFMADD231PD(negHi, kd, x)
		e.VFMADD231PD(negLo, kd, x) // r
		e.VPADDQ(bits, power, power)
		square, p, q := e.vector(), e.vector(), e.vector()
		e.VMULPD(x, x, square)
		e.VMOVAPD(c3, p)
		e.VFMADD213PD(c2, x, p)
		e.VMOVAPD(c5, q)
		e.VFMADD213PD(c4, x, q)
		e.VADDPD(x, tail, tail)
		e.VFMADD213PD(tail, square, p)
		e.VMULPD(square, square, square)
		e.VFMADD231PD(q, square, p)
		// Up to -512 glibc multiplies and adds without fusing.
		apart := e.vector()
		e.VMULPD(power, p, apart)
		e.VADDPD(power, apart, apart)
		e.VFMADD213PD(power, power, p)
		if e.wide {
			k := e.K()
			e.VCMPPD(operand.Imm(notLessEqual), special, in[0], k)
			e.VBLENDMPD(p, apart, k, p)
			e.VCMPPD(operand.Imm(notLess), low, in[0], k)
			e.VMOVUPD_Z(p, k, p)
		} else {
			kept := e.vector()
			e.VCMPPD(operand.Imm(notLessEqual), special, in[0], kept)
			e.VBLENDVPD(kept, p, apart, p)
			e.VCMPPD(operand.Imm(notLess), low, in[0], kept)
			e.VANDPD(kept, p, p)
		}
		return p
	}
}

// gatherTable gathers one value per lane at 64-bit indices.
func (e *emitter) gatherTable(m operand.Mem) reg.VecVirtual {
	to := e.vector()
	e.VXORPD(to, to, to) // breaks the dependence on the register's old value
	if e.wide {
		k := e.K()
		e.KXNORB(k, k, k)
		e.VGATHERQPD(m, k, to)
		return to
	}
	mask := e.vector()
	e.VPCMPEQQ(mask, mask, mask)
	e.VGATHERQPD(mask, m, to)
	return to
}
