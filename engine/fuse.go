package engine

import (
	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// fuse joins neighbouring operations into the loops of vec.Fused where the value between them is used nowhere else:
// one pass over memory instead of two or three. Every operation is still rounded on its own, so no bit changes.
func (c *boundCode) fuse() {
	for changed := true; changed; {
		changed = false
		for k := 0; k+1 < len(c.ops); k++ {
			if c.fuseAt(k) {
				changed = true
			}
		}
	}
}

// fuseAt tries to join operation k with the next one.
func (c *boundCode) fuseAt(k int) bool {
	p, q := &c.ops[k], &c.ops[k+1]
	if p.kind != doBinary && p.kind != doFused || p.dst.mode != inScratch || !c.usedOnceBy(k, k+1) {
		return false
	}
	if q.kind != doBinary {
		return false
	}
	left := q.a == p.dst // the value is q's left operand
	other := q.b
	if !left {
		other = q.a
	}
	if other == p.dst {
		return false // x op x
	}
	var f boundOp
	switch {
	case p.kind == doBinary && p.op == program.OpSub && q.op == program.OpMul:
		// (a-b)*c
		f = fused(vec.FusedSubMul, p.a, p.b, other)
		f.subMul = true
	case p.kind == doBinary && p.op == program.OpMul && q.op == program.OpAdd:
		f = fused(vec.FusedMulAdd, p.a, p.b, other)
	case p.kind == doBinary && p.op == program.OpMul && q.op == program.OpSub && left:
		f = fused(vec.FusedMulSub, p.a, p.b, other)
	case p.kind == doFused && p.subMul && q.op == program.OpAdd && p.b == other:
		// a + b*(c-a), from (c-a)*b joined before
		f = fused(vec.FusedAddMulSub, other, p.c, p.a)
	default:
		return false
	}
	if f.fn == nil {
		return false
	}
	f.dst = q.dst
	c.ops[k] = f
	c.ops = append(c.ops[:k+1], c.ops[k+2:]...)
	return true
}

// fused picks the loop for operands a, b, c; fn is nil when there is none for scalars in these places.
func fused(op vec.FusedOp, a, b, c operand) boundOp {
	if a.mode == inScalar && b.mode != inScalar && op != vec.FusedSubMul && op != vec.FusedAddMulSub {
		a, b = b, a // a*b
	}
	if a.mode == inScalar {
		return boundOp{}
	}
	mode := 0
	if b.mode == inScalar {
		mode |= vec.BScalar
	}
	if c.mode == inScalar {
		mode |= vec.CScalar
	}
	return boundOp{kind: doFused, fn: vec.Fused[op][mode], a: a, b: b, c: c}
}

// usedOnceBy tells whether the value that operation k leaves in its register is read by operation user only, once or
// more often there, and by none after it.
func (c *boundCode) usedOnceBy(k, user int) bool {
	r := c.ops[k].dst
	u := &c.ops[user]
	if !u.reads(r) {
		return false
	}
	for i := user; i < len(c.ops); i++ {
		o := &c.ops[i]
		if i > user && o.reads(r) {
			return false
		}
		if o.dst == r && o.writes() {
			return true
		}
	}
	return true
}

// reads tells whether the operation has the operand among its sources.
func (o *boundOp) reads(r operand) bool {
	switch o.kind {
	case doBinary:
		return o.a == r || o.b == r
	case doFused, doSelect:
		return o.a == r || o.b == r || o.c == r
	case doGather, doGatherLanes:
		return false
	}
	return o.a == r
}

// writes tells whether dst is a result.
func (o *boundOp) writes() bool {
	switch o.kind {
	case doScatter, doAccAdd, doAccSub, doScatterLanes, doAccAddLanes, doAccSubLanes:
		return false
	}
	return true
}
