package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// memoryKernels writes Fill, Select and Gather.
func (e *emitter) memoryKernels() {
	e.begin("fill", "func(dst *float64, v float64, n int)")
	dst, n := e.pointer("dst"), e.pointer("n")
	value := e.broadcast(operand.NewParamAddr("v", 8))
	e.loop(n, 4, func(index reg.Register, lane int) { e.store(value, element(dst, index, lane)) })
	e.end()

	e.begin("select", "func(dst, c, a, b *float64, n int)")
	dst, c, a, b, n := e.pointer("dst"), e.pointer("c"), e.pointer("a"), e.pointer("b"), e.pointer("n")
	zero := e.zero()
	e.loop(n, 2, func(index reg.Register, lane int) {
		condition := e.load(element(c, index, lane))
		yes, no := e.load(element(a, index, lane)), e.load(element(b, index, lane))
		if e.wide {
			k := e.K()
			e.VCMPPD(operand.Imm(notEqual), zero, condition, k)
			e.VMOVAPD(yes, k, no)
		} else {
			e.VCMPPD(operand.Imm(notEqual), zero, condition, condition)
			e.VBLENDVPD(condition, yes, no, no)
		}
		e.store(no, element(dst, index, lane))
	})
	e.end()

	e.begin("gather", "func(dst, base *float64, idx *int32, n int)")
	dst, base, idx, n := e.pointer("dst"), e.pointer("base"), e.pointer("idx"), e.pointer("n")
	e.loop(n, 2, func(index reg.Register, lane int) {
		indices := operand.Mem{Base: idx, Index: index, Scale: 4, Disp: 4 * lane}
		e.store(e.gatherIndexed(base, indices), element(dst, index, lane))
	})
	e.end()
}

// gatherIndexed gathers base[i] for a vector of 32-bit indices in memory.
func (e *emitter) gatherIndexed(base reg.Register, indices operand.Mem) reg.VecVirtual {
	to := e.vector()
	e.VXORPD(to, to, to)
	if e.wide {
		k, at := e.K(), e.YMM()
		if e.tail != nil {
			e.VMOVDQU32_Z(indices, e.tail, at)
			e.KMOVB(e.tail, k)
		} else {
			e.VMOVDQU(indices, at)
			e.KXNORB(k, k, k)
		}
		e.VGATHERDPD(operand.Mem{Base: base, Index: at, Scale: 8}, k, to)
		return to
	}
	mask, at := e.YMM(), e.XMM()
	if e.tail != nil {
		e.VMOVAPD(e.tail, mask)
		narrow := e.XMM() // the mask as 32-bit lanes
		e.VEXTRACTF128(operand.Imm(1), e.tail, narrow)
		e.VSHUFPS(operand.Imm(0x88), narrow, e.tail.(reg.VecVirtual).AsX(), narrow)
		e.VPMASKMOVD(indices, narrow, at)
	} else {
		e.VMOVDQU(indices, at)
		e.VPCMPEQQ(mask, mask, mask)
	}
	e.VGATHERDPD(mask, operand.Mem{Base: base, Index: at, Scale: 8}, to)
	return to
}
