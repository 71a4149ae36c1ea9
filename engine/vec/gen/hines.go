package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// rowBytes is the size of one node's row of 8 lanes.
const rowBytes = 64

// row is one node's 8 values in registers.
type row []reg.VecVirtual

// hines writes HinesStep8 in three passes. Each carries the row of the node just done in registers, so that along an
// unbranched chain (parent[i] == i-1) the parent is never fetched:
//
//	ascending:   axial currents and conductances, capacitance
//	descending:  elimination
//	ascending:   substitution, update of v
func (e *emitter) hines() {
	e.begin("hinesStep8", "func(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64)")
	h := &hinesEmitter{emitter: e,
		parent: e.pointer("parent"), a: e.pointer("a"), b: e.pointer("b"), v: e.pointer("v"), rhs: e.pointer("rhs"), d: e.pointer("d"),
		i: e.GP64(), at: e.GP64(), p: e.GP64(),
	}
	h.assemble()
	h.eliminate()
	h.substitute()
	e.Label("return")
	e.end()
}

type hinesEmitter struct {
	*emitter
	parent, a, b, v, rhs, d reg.Register
	i, at, p                reg.GPVirtual // node, byte offset of its row; parent, then byte offset of its row
}

// row returns registers for one node.
func (h *hinesEmitter) row() row {
	r := make(row, rowBytes/8/h.lanes())
	for part := range r {
		r[part] = h.vector()
	}
	return r
}

func (h *hinesEmitter) address(base reg.Register, offset reg.Register, rows, part int) operand.Mem {
	return operand.Mem{Base: base, Index: offset, Scale: 1, Disp: rows*rowBytes + part*8*h.lanes()}
}

// fetch loads the row at an offset, some rows further.
func (h *hinesEmitter) fetch(to row, base, offset reg.Register, rows int) {
	for part := range to {
		h.VMOVUPD(h.address(base, offset, rows, part), to[part])
	}
}

func (h *hinesEmitter) put(from row, base, offset reg.Register, rows int) {
	for part := range from {
		h.VMOVUPD(from[part], h.address(base, offset, rows, part))
	}
}

func (h *hinesEmitter) node(base reg.Register) operand.Mem {
	return operand.Mem{Base: base, Index: h.i, Scale: 8}
}

// start sets the node and its offset.
func (h *hinesEmitter) start(node operand.Op) {
	h.MOVQ(node, h.i)
	h.MOVQ(h.i, h.at)
	h.SHLQ(operand.Imm(6), h.at)
}

// branchIfFar jumps unless the parent of node i is i-1; afterwards p is the parent's offset.
func (h *hinesEmitter) branchIfFar(label string) {
	h.MOVLQSX(operand.Mem{Base: h.parent, Index: h.i, Scale: 4}, h.p)
	near := h.GP64()
	h.SHLQ(operand.Imm(6), h.p)
	h.LEAQ(operand.Mem{Base: h.at, Disp: -rowBytes}, near)
	h.CMPQ(h.p, near)
	h.JNE(operand.LabelRef(label))
}

func (h *hinesEmitter) each(f func(part int)) {
	for part := range rowBytes / 8 / h.lanes() {
		f(part)
	}
}

func move(h *hinesEmitter, from, to row) { h.each(func(part int) { h.VMOVAPD(from[part], to[part]) }) }

// assemble: roots: d += cfac*cm. Then ascending: d += cfac*cm; dv = v[p]-v; rhs -= b*dv; rhs[p] += a*dv; d -= b; d[p] -= a.
func (h *hinesEmitter) assemble() {
	cm := h.pointer("cm")
	cfac := h.vector()
	h.VBROADCASTSD(operand.NewParamAddr("cfac", 48), cfac)
	capacitance := func(d row) {
		c := h.broadcast(h.node(cm))
		h.VMULPD(c, cfac, c)
		h.each(func(part int) { h.VADDPD(c, d[part], d[part]) })
	}
	n, nroot := h.pointer("n"), h.pointer("nroot")

	h.start(operand.I32(0))
	h.Label("rootCapacitance")
	h.CMPQ(h.i, nroot)
	h.JGE(operand.LabelRef("assemble"))
	d := h.row()
	h.fetch(d, h.d, h.at, 0)
	capacitance(d)
	h.put(d, h.d, h.at, 0)
	h.next(1)
	h.JMP(operand.LabelRef("rootCapacitance"))

	h.Label("assemble")
	h.CMPQ(nroot, n)
	h.JGE(operand.LabelRef("substituteRoots"))
	lastV, lastRHS, lastD := h.row(), h.row(), h.row()
	h.fetch(lastV, h.v, h.at, -1)
	h.fetch(lastRHS, h.rhs, h.at, -1)
	h.fetch(lastD, h.d, h.at, -1)

	h.Label("assembleNode")
	v, rhs := h.row(), h.row()
	d = h.row()
	h.fetch(v, h.v, h.at, 0)
	h.fetch(rhs, h.rhs, h.at, 0)
	h.fetch(d, h.d, h.at, 0)
	capacitance(d)
	a, b := h.broadcast(h.node(h.a)), h.broadcast(h.node(h.b))
	dv := h.row()
	toParent := func(v1, rhs1, d1 row) {
		h.each(func(part int) {
			product := h.vector()
			h.VSUBPD(v[part], v1[part], dv[part])
			h.VMULPD(dv[part], a, product)
			h.VADDPD(product, rhs1[part], rhs1[part])
			h.VSUBPD(a, d1[part], d1[part])
		})
	}
	h.branchIfFar("assembleFar")
	toParent(lastV, lastRHS, lastD)
	h.put(lastRHS, h.rhs, h.at, -1)
	h.put(lastD, h.d, h.at, -1)
	h.Label("assembleOwn")
	h.each(func(part int) {
		h.VMULPD(dv[part], b, dv[part])
		h.VSUBPD(dv[part], rhs[part], lastRHS[part])
		h.VSUBPD(b, d[part], lastD[part])
	})
	move(h, v, lastV)
	h.next(1)
	h.CMPQ(h.i, n)
	h.JLT(operand.LabelRef("assembleNode"))
	h.put(lastRHS, h.rhs, h.at, -1)
	h.put(lastD, h.d, h.at, -1)
	h.JMP(operand.LabelRef("eliminate"))

	h.Label("assembleFar")
	h.put(lastRHS, h.rhs, h.at, -1)
	h.put(lastD, h.d, h.at, -1)
	// The node before is done with: its registers serve for the parent.
	h.fetch(lastV, h.v, h.p, 0)
	h.fetch(lastRHS, h.rhs, h.p, 0)
	h.fetch(lastD, h.d, h.p, 0)
	toParent(lastV, lastRHS, lastD)
	h.put(lastRHS, h.rhs, h.p, 0)
	h.put(lastD, h.d, h.p, 0)
	h.JMP(operand.LabelRef("assembleOwn"))
}

// eliminate, descending: q = a/d; d[p] -= q*b; rhs[p] -= q*rhs.
func (h *hinesEmitter) eliminate() {
	h.Label("eliminate")
	n, nroot := h.pointer("n"), h.pointer("nroot")
	last := h.GP64()
	h.LEAQ(operand.Mem{Base: n, Disp: -1}, last)
	h.start(last)
	rhs, d := h.row(), h.row()
	h.fetch(rhs, h.rhs, h.at, 0)
	h.fetch(d, h.d, h.at, 0)

	h.Label("eliminateNode")
	h.put(rhs, h.rhs, h.at, 0)
	h.put(d, h.d, h.at, 0)
	a, b := h.broadcast(h.node(h.a)), h.broadcast(h.node(h.b))
	q := h.row()
	h.each(func(part int) {
		h.VDIVPD(d[part], a, q[part])
		h.VMULPD(q[part], rhs[part], rhs[part])
		h.VMULPD(q[part], b, q[part])
	})
	h.branchIfFar("eliminateFar")
	subtract := func(offset reg.Register, rows int) {
		d1, rhs1 := h.row(), h.row()
		h.fetch(d1, h.d, offset, rows)
		h.fetch(rhs1, h.rhs, offset, rows)
		h.each(func(part int) {
			h.VSUBPD(q[part], d1[part], d[part])
			h.VSUBPD(rhs[part], rhs1[part], rhs[part])
		})
	}
	subtract(h.at, -1)
	h.next(-1)
	h.CMPQ(h.i, nroot)
	h.JGE(operand.LabelRef("eliminateNode"))
	// Left are the values of root nroot-1.
	h.put(rhs, h.rhs, h.at, 0)
	h.put(d, h.d, h.at, 0)
	h.JMP(operand.LabelRef("substituteRoots"))

	h.Label("eliminateFar")
	subtract(h.p, 0)
	h.put(rhs, h.rhs, h.p, 0)
	h.put(d, h.d, h.p, 0)
	h.next(-1)
	h.fetch(rhs, h.rhs, h.at, 0)
	h.fetch(d, h.d, h.at, 0)
	h.CMPQ(h.i, nroot)
	h.JGE(operand.LabelRef("eliminateNode"))
}

// substitute: roots: rhs /= d. Then ascending: rhs -= b*rhs[p]; rhs /= d. v += rhs.
func (h *hinesEmitter) substitute() {
	h.Label("substituteRoots")
	n, nroot := h.pointer("n"), h.pointer("nroot")
	h.start(operand.I32(0))
	x := h.row()
	h.Label("substituteRoot")
	h.CMPQ(h.i, nroot)
	h.JGE(operand.LabelRef("substitute"))
	finish := func() {
		h.each(func(part int) {
			h.VDIVPD(h.address(h.d, h.at, 0, part), x[part], x[part])
			h.VMOVUPD(x[part], h.address(h.rhs, h.at, 0, part))
			sum := h.vector()
			h.VADDPD(h.address(h.v, h.at, 0, part), x[part], sum)
			h.VMOVUPD(sum, h.address(h.v, h.at, 0, part))
		})
		h.next(1)
	}
	h.fetch(x, h.rhs, h.at, 0)
	finish()
	h.JMP(operand.LabelRef("substituteRoot"))

	h.Label("substitute")
	h.CMPQ(h.i, n)
	h.JGE(operand.LabelRef("return"))
	h.Label("substituteNode")
	b := h.broadcast(h.node(h.b))
	h.branchIfFar("substituteFar")
	h.Label("substituteOwn")
	h.each(func(part int) {
		rhs := h.vector()
		h.VMULPD(b, x[part], x[part])
		h.VMOVUPD(h.address(h.rhs, h.at, 0, part), rhs)
		h.VSUBPD(x[part], rhs, x[part])
	})
	finish()
	h.CMPQ(h.i, n)
	h.JLT(operand.LabelRef("substituteNode"))
	h.JMP(operand.LabelRef("return"))
	h.Label("substituteFar")
	h.fetch(x, h.rhs, h.p, 0)
	h.JMP(operand.LabelRef("substituteOwn"))
}

// next goes on by a number of nodes.
func (h *hinesEmitter) next(nodes int) {
	h.ADDQ(operand.I32(nodes), h.i)
	h.ADDQ(operand.I32(nodes*rowBytes), h.at)
}
