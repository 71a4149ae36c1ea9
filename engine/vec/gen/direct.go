package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// direct writes the solver of ../direct.go.
func (e *emitter) direct() {
	e.chainReduce()
	e.chainUpdate()
	e.directSolve8()
}

func (e *emitter) one() reg.VecVirtual { return e.constant("one", operand.F64(1)) }

// pivot holds what a node leaves to its parent next to it.
type pivot struct {
	q, ab, inv, r row
}

func (h *hinesEmitter) pivot() pivot { return pivot{h.row(), h.row(), h.row(), h.row()} }

// reduce does one node: from v, rhs, d, cap and diag to p; carried tells whether p comes with a child's numbers.
func (h *hinesEmitter) reduce(part int, p pivot, one reg.VecVirtual, v, rhs, d, cap, diag, a, ab operand.Op, carried bool) {
	g, sum, r := h.vector(), h.vector(), h.vector()
	h.VMOVUPD(d, g)
	h.VADDPD(cap, g, sum)
	h.VADDPD(diag, g, g)
	h.VMOVUPD(rhs, r)
	h.VFMADD231PD(v, sum, r)
	if carried {
		h.VFNMADD231PD(p.ab[part], p.inv[part], g)
		h.VFNMADD231PD(p.q[part], p.r[part], r)
	}
	h.VDIVPD(g, one, p.inv[part])
	h.VMULPD(a, p.inv[part], p.q[part])
	h.VMOVUPD(ab, p.ab[part])
	h.VMOVAPD(r, p.r[part])
}

// chainReduce, ascending.
func (e *emitter) chainReduce() {
	e.begin("chainReduce", "func(rows int, a, ab, cap, diag, v, rhs, d *float64)")
	r := e.overRows()
	last := r.lastRow()
	a, ab, capacity, diag := r.pointer("a"), r.pointer("ab"), r.pointer("cap"), r.pointer("diag")
	v, rhs, d := r.pointer("v"), r.pointer("rhs"), r.pointer("d")
	one := e.one()
	r.XORQ(r.at, r.at)
	p := r.pivot()
	row := func(carried bool) {
		r.each(func(part int) {
			at := func(base reg.Register) operand.Mem { return r.address(base, r.at, 0, part) }
			r.reduce(part, p, one, at(v), at(rhs), at(d), at(capacity), at(diag), at(a), at(ab), carried)
			e.VMOVUPD(p.r[part], at(rhs))
			e.VMOVUPD(p.inv[part], at(d))
		})
		e.ADDQ(operand.I32(rowBytes), r.at)
		e.CMPQ(r.at, last)
	}
	row(false)
	e.JG(operand.LabelRef("return"))
	e.Label("row")
	row(true)
	e.JLE(operand.LabelRef("row"))
	e.Label("return")
	e.end()
}

// chainUpdate, descending.
func (e *emitter) chainUpdate() {
	e.begin("chainUpdate", "func(rows int, b, v, rhs, d *float64)")
	r := e.overRows()
	e.MOVQ(r.lastRow(), r.at)
	b, v, rhs, d := r.pointer("b"), r.pointer("v"), r.pointer("rhs"), r.pointer("d")
	zero := e.zero()
	x := r.row()
	finish := func(part int) {
		e.VMULPD(r.address(d, r.at, 0, part), x[part], x[part])
		e.VMOVUPD(x[part], r.address(v, r.at, 0, part))
		e.VMOVUPD(zero, r.address(rhs, r.at, 0, part))
		e.VMOVUPD(zero, r.address(d, r.at, 0, part))
	}
	r.fetch(x, rhs, r.at, 0)
	r.each(finish)
	e.Label("row")
	e.SUBQ(operand.I32(rowBytes), r.at)
	e.JL(operand.LabelRef("return"))
	r.each(func(part int) {
		// x = rhs - b*x
		e.VFNMADD213PD(r.address(rhs, r.at, 0, part), r.load1(b, part), x[part])
		finish(part)
	})
	e.JMP(operand.LabelRef("row"))
	e.Label("return")
	e.end()
}

// load1 brings one part of the row in hand into a register.
func (r rowsEmitter) load1(base reg.Register, part int) reg.VecVirtual {
	x := r.vector()
	r.VMOVUPD(r.address(base, r.at, 0, part), x)
	return x
}

// directSolve8, descending, then ascending.
func (e *emitter) directSolve8() {
	e.begin("directSolve8", "func(n, nroot int, parent *int32, a, b, ab, cap, diag, v, rhs, d *float64)")
	h := &hinesEmitter{emitter: e,
		parent: e.pointer("parent"), a: e.pointer("a"), v: e.pointer("v"), rhs: e.pointer("rhs"), d: e.pointer("d"),
		i: e.GP64(), at: e.GP64(), p: e.GP64(),
	}
	ab, capacity, diag := h.pointer("ab"), h.pointer("cap"), h.pointer("diag")
	last := h.GP64()
	n := h.pointer("n")
	e.LEAQ(operand.Mem{Base: n, Disp: -1}, last)
	h.start(last)
	e.TESTQ(h.i, h.i)
	e.JL(operand.LabelRef("return"))
	one := e.one()
	p := h.pivot()
	node := func(carried bool) {
		c, g, a := h.broadcast(h.node(capacity)), h.broadcast(h.node(diag)), h.broadcast(h.node(h.a))
		product := h.broadcast(h.node(ab))
		h.each(func(part int) {
			at := func(base reg.Register) operand.Mem { return h.address(base, h.at, 0, part) }
			h.reduce(part, p, one, at(h.v), at(h.rhs), at(h.d), c, g, a, product, carried)
			e.VMOVUPD(p.r[part], at(h.rhs))
			e.VMOVUPD(p.inv[part], at(h.d))
		})
	}
	e.Label("reduceFirst") // a node without a child next to it
	node(false)
	e.JMP(operand.LabelRef("reduced"))
	e.Label("reduceNode")
	node(true)
	e.Label("reduced")
	e.CMPQ(h.i, h.pointer("nroot"))
	e.JL(operand.LabelRef("reducedRoot"))
	h.branchIfFar("reduceFar")
	h.next(-1)
	e.JMP(operand.LabelRef("reduceNode")) // i-1 is a parent, so there is one

	e.Label("reduceFar")
	h.each(func(part int) {
		at := func(base reg.Register) operand.Mem { return h.address(base, h.p, 0, part) }
		t, x := h.vector(), h.vector()
		h.VMULPD(p.ab[part], p.inv[part], t)
		h.VMOVUPD(at(h.rhs), x)
		h.VFNMADD231PD(p.q[part], p.r[part], x)
		h.VFMADD231PD(at(h.v), t, x)
		h.VMOVUPD(x, at(h.rhs))
		y := h.vector()
		h.VMOVUPD(at(h.d), y)
		h.VSUBPD(t, y, y)
		h.VMOVUPD(y, at(h.d))
	})
	h.next(-1)
	e.JMP(operand.LabelRef("reduceFirst"))

	e.Label("reducedRoot")
	h.next(-1)
	e.TESTQ(h.i, h.i)
	e.JGE(operand.LabelRef("reduceFirst"))

	h.start(operand.I32(0))
	zero := e.zero()
	x := h.row()
	finish := func() {
		h.each(func(part int) {
			e.VMULPD(h.address(h.d, h.at, 0, part), x[part], x[part])
			e.VMOVUPD(x[part], h.address(h.v, h.at, 0, part))
			e.VMOVUPD(zero, h.address(h.rhs, h.at, 0, part))
			e.VMOVUPD(zero, h.address(h.d, h.at, 0, part))
		})
		h.next(1)
	}
	e.Label("updateRoot")
	e.CMPQ(h.i, h.pointer("nroot"))
	e.JGE(operand.LabelRef("update"))
	h.fetch(x, h.rhs, h.at, 0)
	finish()
	e.JMP(operand.LabelRef("updateRoot"))
	e.Label("update")
	e.CMPQ(h.i, h.pointer("n"))
	e.JGE(operand.LabelRef("return"))
	bs := h.pointer("b")
	e.Label("updateNode")
	b := h.broadcast(h.node(bs))
	h.branchIfFar("updateFar")
	e.Label("updateOwn")
	h.each(func(part int) { e.VFNMADD213PD(h.address(h.rhs, h.at, 0, part), b, x[part]) })
	finish()
	e.CMPQ(h.i, h.pointer("n"))
	e.JLT(operand.LabelRef("updateNode"))
	e.JMP(operand.LabelRef("return"))
	e.Label("updateFar")
	h.fetch(x, h.v, h.p, 0)
	e.JMP(operand.LabelRef("updateOwn"))
	e.Label("return")
	e.end()
}
