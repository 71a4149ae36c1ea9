package lower

import (
	"math"

	"netsim/nmodl/program"
)

// The passes of Options.Fast. Each maps values to values of the same graph, so that what becomes equal becomes one
// value and is computed once:
//
//	algebra      products and quotients in one normal form (fastproduct.go), signs out of sums, powers by squaring
//	exponentials one exp for those of commensurable arguments (fastexp.go)
//	reciprocals  one division for all quotients with one divisor
//
// The conductance (fastderiv.go) and the step of cnexp differ when they are lowered. Scalar programs and INITIAL keep
// NEURON's association. An entry is left as it was where its new form fails the test of fastcheck.go.

// fast is the passes' view of one entry.
type fast struct {
	c         *compiler
	g         *graph
	invariant func(value) bool
	uses      map[value]int
	memo      map[value]value
}

// maxRounds bounds how often algebra is applied; two are enough for what modellers write.
const maxRounds = 6

// accelerate replaces what the current and state programs compute by cheaper forms.
func (c *compiler) accelerate(es *entries) {
	if !c.o.Fast {
		return
	}
	invariant := c.invariants(es)
	for _, e := range []*entry{es.cur, es.state} {
		if e == nil || e.vec == nil {
			continue
		}
		f := &fast{c: c, g: c.g, invariant: invariant}
		old := e.roots()
		roots := f.settle(old)
		roots = f.settle(f.exponentials(roots))
		roots = f.reciprocals(roots)
		if why := f.verify(old, roots); why != "" {
			c.note("fast: %s keeps NEURON's formulas: %s", e.name, why)
			continue
		}
		e.setRoots(roots)
		if e == es.state && !c.o.NoCurves {
			f.curves(es)
		}
	}
}

// roots lists what an entry computes, setRoots replaces it.
func (e *entry) roots() []value {
	var out []value
	for _, f := range e.vec.effects {
		out = append(out, f.v)
	}
	for _, s := range e.stores {
		out = append(out, s.v)
	}
	return out
}

func (e *entry) setRoots(roots []value) {
	n := len(e.vec.effects)
	for k := range e.vec.effects {
		e.vec.effects[k].v = roots[k]
	}
	for k := range e.stores {
		e.stores[k].v = roots[n+k]
	}
}

// settle applies algebra until nothing changes.
func (f *fast) settle(roots []value) []value {
	for range maxRounds {
		next := f.pass(roots, f.algebra)
		same := true
		for k := range roots {
			same = same && roots[k] == next[k]
		}
		if same {
			break
		}
		roots = next
	}
	return roots
}

// pass rebuilds values from their leaves on. The rule sees each varying operation with its new arguments; invariants
// stay as they are, since they cost nothing in a step.
func (f *fast) pass(roots []value, rule func(op program.Op, args []value) value) []value {
	f.count(roots)
	f.memo = map[value]value{}
	var visit func(v value) value
	visit = func(v value) value {
		if f.g.isLeaf(v) || f.invariant(v) {
			return v
		}
		if w, ok := f.memo[v]; ok {
			return w
		}
		n := f.g.nodes[v]
		if n.op == program.OpTable {
			w := f.g.op(n.op, visit(n.args[0]), n.args[1], n.args[2])
			f.memo[v] = w
			return w
		}
		old := n.values()
		args := make([]value, len(old))
		for k, a := range old {
			args[k] = visit(a)
		}
		w := rule(n.op, args)
		f.memo[v] = w
		if w != v {
			f.uses[w] += f.uses[v]
		}
		return w
	}
	out := make([]value, len(roots))
	for k, v := range roots {
		out[k] = visit(v)
	}
	return out
}

// count counts the readers of each value.
func (f *fast) count(roots []value) {
	f.uses = map[value]int{}
	var visit func(v value)
	visit = func(v value) {
		f.uses[v]++
		if f.uses[v] > 1 {
			return
		}
		n := f.g.nodes[v]
		for _, a := range n.values() {
			visit(a)
		}
	}
	for _, v := range roots {
		visit(v)
	}
}

func (f *fast) op(op program.Op, args ...value) value { return f.g.op(op, args...) }

// negated returns x where v is -x.
func (f *fast) negated(v value) (value, bool) {
	if n := &f.g.nodes[v]; n.op == program.OpNeg {
		return n.args[0], true
	}
	return v, false
}

func (f *fast) isConst(v value, x float64) bool {
	c, ok := f.g.constOf(v)
	return ok && c == x
}

// algebra rebuilds one operation.
func (f *fast) algebra(op program.Op, args []value) value {
	switch op {
	case program.OpMul, program.OpDiv, program.OpNeg:
		return f.normalProduct(op, args)
	case program.OpAdd, program.OpSub:
		return f.sum(op, args[0], args[1])
	case program.OpPow:
		if n, ok := f.g.constOf(args[1]); ok {
			switch {
			case n == .5:
				return f.op(program.OpSqrt, args[0])
			case n == math.Trunc(n) && n >= 1 && n <= maxPower:
				return f.power(args[0], int(n))
			case n == math.Trunc(n) && n <= -1 && n >= -maxPower:
				return f.normalProduct(program.OpDiv, []value{f.g.constant(1), f.power(args[0], int(-n))})
			}
		}
		// b^x is an exponential like the others.
		if b, ok := f.g.constOf(args[0]); ok && b > 0 && !math.IsInf(b, 0) && b != 1 {
			if k, of, _, ok := f.affine(args[1]); ok && of >= 0 {
				if bound, ok := f.bound(of); ok && math.Abs(k*math.Log(b))*bound < maxExponent {
					return f.op(program.OpExp, f.normalProduct(program.OpMul, []value{f.g.constant(math.Log(b)), args[1]}))
				}
			}
		}
	}
	return f.op(op, args...)
}

// sum adds or subtracts; a sign moves out, where a product can take it.
func (f *fast) sum(op program.Op, x, y value) value {
	xn, negX := f.negated(x)
	yn, negY := f.negated(y)
	if op == program.OpSub {
		negY = !negY
	}
	switch {
	case f.isConst(x, 0):
		if negY {
			return f.normalProduct(program.OpNeg, []value{yn})
		}
		return yn
	case f.isConst(y, 0):
		return x
	case negX && negY:
		return f.op(program.OpNeg, f.op(program.OpAdd, xn, yn))
	case negX:
		return f.difference(yn, xn)
	case negY:
		return f.difference(x, yn)
	}
	return f.op(program.OpAdd, x, yn)
}

func (f *fast) difference(x, y value) value {
	if x == y {
		return f.g.constant(0)
	}
	return f.op(program.OpSub, x, y)
}

// maxPower is the largest integer power that is multiplied out: each multiplication adds half a unit in the last place.
const maxPower = 16

// power is x^n by squaring.
func (f *fast) power(x value, n int) value {
	out := value(-1)
	for sq := x; ; sq = f.op(program.OpMul, sq, sq) {
		if n&1 == 1 {
			if out < 0 {
				out = sq
			} else {
				out = f.op(program.OpMul, out, sq)
			}
		}
		if n >>= 1; n == 0 {
			return out
		}
	}
}

// reciprocals makes quotients by one divisor products with its reciprocal.
func (f *fast) reciprocals(roots []value) []value {
	f.count(roots)
	by := map[value]int{}
	for v, n := range f.uses {
		if node := &f.g.nodes[v]; n > 0 && node.op == program.OpDiv && !f.invariant(v) && !f.invariant(node.args[1]) {
			by[node.args[1]]++
		}
	}
	shared := map[value]bool{} // by the new name
	return f.pass(roots, func(op program.Op, args []value) value {
		if op != program.OpDiv {
			return f.op(op, args...)
		}
		if by[args[1]] > 1 || shared[args[1]] {
			shared[args[1]] = true
			return f.op(program.OpMul, args[0], f.op(program.OpDiv, f.g.constant(1), args[1]))
		}
		return f.op(op, args...)
	})
}
