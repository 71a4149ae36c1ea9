package lower

import (
	"math"

	"netsim/nmodl/program"
)

// derivative is d/dx of values of the graph, by the chain rule. Comparisons and rounding have slope 0.
type derivative struct {
	f    *fast
	x    value
	memo map[value]value
	ok   bool // every operation so far has a rule
}

func (d *derivative) of(v value) value {
	if v == d.x {
		return d.f.g.constant(1)
	}
	if d.f.g.isLeaf(v) {
		return d.f.g.constant(0)
	}
	if w, ok := d.memo[v]; ok {
		return w
	}
	w := d.rule(v)
	d.memo[v] = w
	return w
}

func (d *derivative) rule(v value) value {
	g := d.f.g
	n := g.nodes[v]
	k := g.constant
	args := n.values()
	var slope [3]value
	flat := true
	for i, a := range args {
		slope[i] = d.of(a)
		flat = flat && d.f.isConst(slope[i], 0)
	}
	if flat && n.op != program.OpTable {
		return k(0)
	}
	mul := func(x, y value) value {
		if d.f.isConst(x, 0) || d.f.isConst(y, 0) {
			return k(0)
		}
		return g.op(program.OpMul, x, y)
	}
	div := func(x, y value) value {
		if d.f.isConst(x, 0) {
			return x
		}
		return g.op(program.OpDiv, x, y)
	}
	add := func(x, y value) value { return d.f.sum(program.OpAdd, x, y) }
	sub := func(x, y value) value { return d.f.sum(program.OpSub, x, y) }
	neg := func(x value) value { return sub(k(0), x) }
	a, da := args[0], slope[0]
	switch n.op {
	case program.OpMov:
		return da
	case program.OpNeg:
		return neg(da)
	case program.OpAdd:
		return add(da, slope[1])
	case program.OpSub:
		return sub(da, slope[1])
	case program.OpMul:
		return add(mul(da, args[1]), mul(a, slope[1]))
	case program.OpDiv:
		return div(sub(da, mul(v, slope[1])), args[1])
	case program.OpExp:
		return mul(v, da)
	case program.OpLog:
		return div(da, a)
	case program.OpLog10:
		return div(mul(k(1/math.Ln10), da), a)
	case program.OpSqrt:
		return div(mul(k(.5), da), v)
	case program.OpPow:
		switch b := args[1]; {
		case d.f.isConst(slope[1], 0):
			return mul(mul(b, g.op(program.OpPow, a, sub(b, k(1)))), da)
		case d.f.isConst(da, 0):
			return mul(mul(v, g.op(program.OpLog, a)), slope[1])
		}
	case program.OpSelect:
		return g.op(program.OpSelect, a, slope[1], slope[2])
	case program.OpAbs:
		return g.op(program.OpSelect, g.op(program.OpLt, a, k(0)), neg(da), da)
	case program.OpMin:
		return g.op(program.OpSelect, g.op(program.OpLt, args[1], a), slope[1], da)
	case program.OpMax:
		return g.op(program.OpSelect, g.op(program.OpGt, args[1], a), slope[1], da)
	case program.OpTanh:
		return mul(sub(k(1), mul(v, v)), da)
	case program.OpSinh:
		return mul(g.op(program.OpCosh, a), da)
	case program.OpCosh:
		return mul(g.op(program.OpSinh, a), da)
	case program.OpSin:
		return mul(g.op(program.OpCos, a), da)
	case program.OpCos:
		return neg(mul(g.op(program.OpSin, a), da))
	case program.OpTan:
		return mul(add(k(1), mul(v, v)), da)
	case program.OpAtan:
		return div(da, add(k(1), mul(a, a)))
	case program.OpNot, program.OpFloor, program.OpCeil, program.OpTrunc, program.OpAnd, program.OpOr,
		program.OpLt, program.OpLe, program.OpGt, program.OpGe, program.OpEq, program.OpNe:
		return k(0)
	}
	d.ok = false
	return k(0)
}

// slopes evaluates BREAKPOINT once, at v, and returns the sum of the currents, and derivatives by v of it and of the
// ions' currents. It fails, leaving nothing behind, where an operation has no derivative or BREAKPOINT reads what the
// evaluation before has left, which makes two of them differ from one.
//
// What NEURON adds to the diagonal is not the derivative but the quotient over 0.001 mV. Where the current is no straight
// line the two differ by more than rounding; the derivative and half of 0.001 times the second one do not.
func (w *walker) slopes(sum func() value, ions []*variable) (rhs, g value, didv []value, ok bool) {
	b, isVector := w.b.(*vector)
	if !w.c.o.Fast || !isVector {
		return 0, 0, nil, false
	}
	env, known := map[place]value{}, map[place]bool{}
	for p, v := range b.env {
		env[p] = v
	}
	for p := range b.known {
		known[p] = true
	}
	order, effects := len(b.order), len(b.effects)
	undo := func() (value, value, []value, bool) {
		b.env, b.known, b.order, b.effects = env, known, b.order[:order], b.effects[:effects]
		return 0, 0, nil, false
	}
	node := w.b.read(w.v)
	w.block(w.c.f.Breakpoint)
	rhs = sum()
	roots := []value{rhs}
	for _, p := range b.order {
		roots = append(roots, b.env[p])
	}
	for _, r := range w.c.g.leaves(roots) {
		if p := (place{placeCol, r.Idx}); r.Kind == program.Col && b.known[p] {
			if v := b.env[p]; v != w.c.g.leaf(r) {
				return undo()
			}
		}
	}
	f := &fast{c: w.c, g: w.c.g, invariant: func(value) bool { return false }, uses: map[value]int{}}
	d := &derivative{f: f, x: node, memo: map[value]value{}, ok: true}
	quotient := func(v value) value {
		first := d.of(v)
		second := d.of(first)
		if f.isConst(second, 0) {
			return first
		}
		return f.sum(program.OpAdd, first, w.b.op(program.OpMul, w.b.constant(.0005), second))
	}
	g = quotient(rhs)
	for _, v := range ions {
		didv = append(didv, quotient(w.b.read(place{placeCol, v.index})))
	}
	if !d.ok {
		return undo()
	}
	return rhs, g, didv, true
}
