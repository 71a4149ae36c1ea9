package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// chains writes the three loops over rows of lanes that solve chains of nodes (see ../chain.go).
func (e *emitter) chains() {
	e.chainAssemble()
	e.chainEliminate()
	e.chainSubstitute()
}

// rowsEmitter counts rows: at is the byte offset of the row in hand.
type rowsEmitter struct {
	*hinesEmitter
}

func (e *emitter) overRows() rowsEmitter {
	return rowsEmitter{&hinesEmitter{emitter: e, at: e.GP64()}}
}

// lastRow is the byte offset of the last of rows.
func (r rowsEmitter) lastRow() reg.GPVirtual {
	last := r.GP64()
	r.MOVQ(r.pointer("rows"), last)
	r.SUBQ(operand.I32(1), last)
	r.SHLQ(operand.Imm(6), last)
	return last
}

// chainAssemble, ascending: dv = v[k+1]-v[k]; rhs = (rhs - b*dv) + last; d = ((d + cfac*cm) - bd) - lastA; last = a*dv.
// In the first row nothing is added: it is done apart, since x + 0 and x - 0 may change the sign of a zero.
func (e *emitter) chainAssemble() {
	e.begin("chainAssemble", "func(rows int, a, b, bd, cm *float64, cfac float64, v, rhs, d *float64)")
	r := e.overRows()
	last := r.lastRow()
	a, b, bd, cm := r.pointer("a"), r.pointer("b"), r.pointer("bd"), r.pointer("cm")
	v, rhs, d := r.pointer("v"), r.pointer("rhs"), r.pointer("d")
	cfac := e.vector()
	e.VBROADCASTSD(operand.NewParamAddr("cfac", 40), cfac)
	r.XORQ(r.at, r.at)
	flow := r.row() // a*dv of the row before
	diagonal := func(part int) reg.VecVirtual {
		x, c := e.vector(), e.vector()
		e.VMULPD(r.address(cm, r.at, 0, part), cfac, c)
		e.VADDPD(r.address(d, r.at, 0, part), c, x)
		e.VSUBPD(r.address(bd, r.at, 0, part), x, x)
		return x
	}
	current := func(part int) (rhsNow, dv reg.VecVirtual) {
		dv, product, near := e.vector(), e.vector(), e.vector()
		e.VMOVUPD(r.address(v, r.at, 1, part), dv)
		e.VSUBPD(r.address(v, r.at, 0, part), dv, dv)
		e.VMULPD(r.address(b, r.at, 0, part), dv, product)
		e.VMOVUPD(r.address(rhs, r.at, 0, part), near)
		e.VSUBPD(product, near, near)
		return near, dv
	}
	r.each(func(part int) { e.VMOVUPD(diagonal(part), r.address(d, r.at, 0, part)) })
	e.CMPQ(r.at, last)
	e.JGE(operand.LabelRef("return"))
	r.each(func(part int) {
		now, dv := current(part)
		e.VMOVUPD(now, r.address(rhs, r.at, 0, part))
		e.VMULPD(r.address(a, r.at, 0, part), dv, flow[part])
	})
	e.ADDQ(operand.I32(rowBytes), r.at)

	e.Label("row")
	e.CMPQ(r.at, last)
	e.JGE(operand.LabelRef("lastRow"))
	r.each(func(part int) {
		x := diagonal(part)
		e.VSUBPD(r.address(a, r.at, -1, part), x, x)
		e.VMOVUPD(x, r.address(d, r.at, 0, part))
		now, dv := current(part)
		e.VADDPD(flow[part], now, now)
		e.VMOVUPD(now, r.address(rhs, r.at, 0, part))
		e.VMULPD(r.address(a, r.at, 0, part), dv, flow[part])
	})
	e.ADDQ(operand.I32(rowBytes), r.at)
	e.JMP(operand.LabelRef("row"))

	e.Label("lastRow")
	r.each(func(part int) {
		x := diagonal(part)
		e.VSUBPD(r.address(a, r.at, -1, part), x, x)
		e.VMOVUPD(x, r.address(d, r.at, 0, part))
		e.VADDPD(r.address(rhs, r.at, 0, part), flow[part], flow[part])
		e.VMOVUPD(flow[part], r.address(rhs, r.at, 0, part))
	})
	e.Label("return")
	e.end()
}

// chainEliminate, ascending: q = a/d; d[k+1] -= q*b; rhs[k+1] -= q*rhs.
func (e *emitter) chainEliminate() {
	e.begin("chainEliminate", "func(rows int, a, b, rhs, d *float64)")
	r := e.overRows()
	last := r.lastRow()
	a, b, rhs, d := r.pointer("a"), r.pointer("b"), r.pointer("rhs"), r.pointer("d")
	r.XORQ(r.at, r.at)
	e.CMPQ(r.at, last)
	e.JGE(operand.LabelRef("return"))
	nowRHS, nowD := r.row(), r.row()
	r.fetch(nowRHS, rhs, r.at, 0)
	r.fetch(nowD, d, r.at, 0)
	e.Label("row")
	r.each(func(part int) {
		q, next := e.vector(), e.vector()
		e.VMOVUPD(r.address(a, r.at, 0, part), q)
		e.VDIVPD(nowD[part], q, q)
		e.VMULPD(q, nowRHS[part], nowRHS[part])
		e.VMOVUPD(r.address(rhs, r.at, 1, part), next)
		e.VSUBPD(nowRHS[part], next, nowRHS[part])
		e.VMOVUPD(nowRHS[part], r.address(rhs, r.at, 1, part))
		e.VMULPD(r.address(b, r.at, 0, part), q, q)
		e.VMOVUPD(r.address(d, r.at, 1, part), next)
		e.VSUBPD(q, next, nowD[part])
		e.VMOVUPD(nowD[part], r.address(d, r.at, 1, part))
	})
	e.ADDQ(operand.I32(rowBytes), r.at)
	e.CMPQ(r.at, last)
	e.JLT(operand.LabelRef("row"))
	e.Label("return")
	e.end()
}

// chainSubstitute, descending: rhs = (rhs - b*rhs[k+1])/d; v += rhs.
func (e *emitter) chainSubstitute() {
	e.begin("chainSubstitute", "func(rows int, b, v, rhs, d *float64)")
	r := e.overRows()
	e.MOVQ(r.lastRow(), r.at)
	b, v, rhs, d := r.pointer("b"), r.pointer("v"), r.pointer("rhs"), r.pointer("d")
	x := r.row()
	finish := func(part int) {
		e.VDIVPD(r.address(d, r.at, 0, part), x[part], x[part])
		e.VMOVUPD(x[part], r.address(rhs, r.at, 0, part))
		sum := e.vector()
		e.VADDPD(r.address(v, r.at, 0, part), x[part], sum)
		e.VMOVUPD(sum, r.address(v, r.at, 0, part))
	}
	r.fetch(x, rhs, r.at, 0)
	r.each(finish)
	e.Label("row")
	e.SUBQ(operand.I32(rowBytes), r.at)
	e.JL(operand.LabelRef("return"))
	r.each(func(part int) {
		now := e.vector()
		e.VMULPD(r.address(b, r.at, 0, part), x[part], x[part])
		e.VMOVUPD(r.address(rhs, r.at, 0, part), now)
		e.VSUBPD(x[part], now, x[part])
		finish(part)
	})
	e.JMP(operand.LabelRef("row"))
	e.Label("return")
	e.end()
}
