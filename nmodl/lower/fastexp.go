package lower

import (
	"fmt"
	"math"
	"slices"

	"netsim/nmodl/program"
)

// maxV (mV) is the potential up to which nothing may overflow that is finite in NEURON's form.
const maxV = 1000

// maxExponent keeps exp away from overflow and from hoc_Exp's limits of ±700.
const maxExponent = 600

// affine splits v into k·of + c with a known number k and a value c that does not change in time; of is -1 where v itself
// does not change.
func (f *fast) affine(v value) (k float64, of, c value, ok bool) {
	zero := f.g.constant(0)
	if f.invariant(v) {
		return 0, -1, v, true
	}
	n := f.g.nodes[v]
	switch n.op {
	case program.OpNeg:
		k, of, c, ok = f.affine(n.args[0])
		return -k, of, f.scaled(-1, c), ok
	case program.OpAdd, program.OpSub:
		k1, of1, c1, ok1 := f.affine(n.args[0])
		k2, of2, c2, ok2 := f.affine(n.args[1])
		if !ok1 || !ok2 {
			return 0, -1, zero, false
		}
		if of1 >= 0 && of2 >= 0 && of1 != of2 {
			return 1, v, zero, true
		}
		if n.op == program.OpSub {
			k2, c2 = -k2, f.scaled(-1, c2)
		}
		return k1 + k2, max(of1, of2), f.sum(program.OpAdd, c1, c2), true
	case program.OpMul:
		for i := range 2 {
			if x, known := f.g.constOf(n.args[i]); known {
				k, of, c, ok = f.affine(n.args[1-i])
				return k * x, of, f.scaled(x, c), ok
			}
		}
	case program.OpDiv:
		if x, known := f.g.constOf(n.args[1]); known && x != 0 {
			k, of, c, ok = f.affine(n.args[0])
			return k / x, of, f.scaled(1/x, c), ok
		}
	}
	return 1, v, zero, true
}

func (f *fast) scaled(k float64, c value) value {
	if f.isConst(c, 0) {
		return c
	}
	return f.op(program.OpMul, f.g.constant(k), c)
}

// bound is a limit of |v| while the potential is within ±maxV, if there is one.
func (f *fast) bound(v value) (float64, bool) {
	if c, ok := f.g.constOf(v); ok {
		return math.Abs(c), true
	}
	n := f.g.nodes[v]
	switch n.op {
	case program.OpNop:
		return maxV, n.leaf.Kind == program.ExtRef && f.c.m.Exts[n.leaf.Idx].Kind == program.NodeV
	case program.OpNeg:
		return f.bound(n.args[0])
	case program.OpAdd, program.OpSub, program.OpMul, program.OpSelect:
		values := n.values()
		a, ok1 := f.bound(values[len(values)-2])
		b, ok2 := f.bound(values[len(values)-1])
		switch n.op {
		case program.OpMul:
			a *= b
		case program.OpSelect:
			a = max(a, b)
		default:
			a += b
		}
		return a, ok1 && ok2
	}
	return 0, false
}

// exponential is exp(k·of + c).
type exponential struct {
	v     value
	k     float64
	of, c value
}

// exponentials replaces exp(n·b·x + c), n a whole number, by exp(b·x)^n · exp(c), where one exp(b·x) serves several. The
// potential stands for x, or what some file makes of it to stay off a singular point. A power n costs at most n units in
// the last place; b·x stays so small that nothing overflows or meets hoc_Exp's limits.
func (f *fast) exponentials(roots []value) []value {
	f.count(roots)
	groups := map[value][]exponential{}
	var order []value
	for v := range value(len(f.g.nodes)) {
		n := f.g.nodes[v]
		if f.uses[v] == 0 || n.op != program.OpExp || f.invariant(v) {
			continue
		}
		k, of, c, ok := f.affine(n.args[0])
		if !ok || of < 0 || k == 0 {
			continue
		}
		limit := float64(maxExponent)
		if x, known := f.g.constOf(c); known {
			limit -= math.Abs(x)
		}
		if bound, ok := f.bound(of); !ok || math.Abs(k)*bound > limit {
			continue
		}
		if groups[of] == nil {
			order = append(order, of)
		}
		groups[of] = append(groups[of], exponential{v, k, of, c})
	}
	slices.Sort(order)
	replaced := map[value]value{}
	for _, of := range order {
		f.share(groups[of], replaced)
	}
	f.mirrored(roots, replaced)
	if len(replaced) == 0 {
		return roots
	}
	// The arguments hold no varying exp, since they are bounded: old values can be looked up.
	f.memo = nil
	return f.substitute(roots, replaced)
}

// multiple returns n where k is ±n·b for a whole number up to maxPower.
func multiple(k, b float64) (int, bool) {
	r := math.Abs(k) / b
	n := math.Round(r)
	return int(n), n >= 1 && n <= maxPower && math.Abs(r-n) <= 1e-15*n
}

// share finds bases for exponentials of one value, the one that serves most first.
func (f *fast) share(left []exponential, replaced map[value]value) {
	for len(left) > 1 {
		best, most := 0.0, 1
		for q := 1; q <= maxPower; q++ { // a larger base needs fewer multiplications
			for _, e := range left {
				b, n := math.Abs(e.k)/float64(q), 0
				for _, o := range left {
					if _, ok := multiple(o.k, b); ok {
						n++
					}
				}
				if n > most {
					best, most = b, n
				}
			}
		}
		if most == 1 {
			return
		}
		positive := 0
		for _, e := range left {
			if _, ok := multiple(e.k, best); ok && e.k > 0 {
				positive++
			}
		}
		b := best
		if 2*positive < most {
			b = -b
		}
		of := left[0].of
		y := f.op(program.OpExp, f.op(program.OpMul, f.g.constant(b), of))
		var rest []exponential
		for _, e := range left {
			n, ok := multiple(e.k, best)
			if !ok {
				rest = append(rest, e)
				continue
			}
			base := y
			if e.k > 0 != (b > 0) {
				base = f.op(program.OpDiv, f.g.constant(1), y)
			}
			replaced[e.v] = f.op(program.OpMul, f.op(program.OpExp, e.c), f.power(base, n))
		}
		left = rest
	}
}

// mirrored replaces exp(-x) by 1/exp(x) where both are there and exp(-x) is only added to numbers: then the quotient
// disappears in the algebra, c + 1/y being (c·y + 1)/y. What x is made of does not matter.
func (f *fast) mirrored(roots []value, replaced map[value]value) {
	readers, sums := map[value]int{}, map[value]int{}
	for _, v := range roots {
		readers[v]++
	}
	var exps []value
	for v := range value(len(f.g.nodes)) {
		n := f.g.nodes[v]
		if f.uses[v] == 0 {
			continue
		}
		args := n.values()
		for k, a := range args {
			readers[a]++
			if n.op == program.OpAdd || n.op == program.OpSub {
				if c, ok := f.g.constOf(args[1-k]); ok && c != 0 {
					sums[a]++
				}
			}
		}
		if _, done := replaced[v]; n.op == program.OpExp && !done && !f.invariant(v) {
			exps = append(exps, v)
		}
	}
	opposite := map[string]value{} // by coefficient and factors of the argument
	for _, v := range exps {
		p := product{coef: 1}
		f.addFactor(&p, f.g.nodes[v].args[0], 1, true, 1)
		slices.SortFunc(p.factors, func(a, b factor) int { return int(a.v) - int(b.v) })
		if y, ok := opposite[fmt.Sprint(p)]; ok {
			for _, pair := range [2][2]value{{v, y}, {y, v}} {
				if e, by := pair[0], pair[1]; readers[e] == sums[e] {
					replaced[e] = f.op(program.OpDiv, f.g.constant(1), by)
					break
				}
			}
			continue
		}
		p.coef = -p.coef
		opposite[fmt.Sprint(p)] = v
	}
}

// substitute rebuilds values with some of them replaced.
func (f *fast) substitute(roots []value, replaced map[value]value) []value {
	memo := map[value]value{}
	var visit func(v value) value
	visit = func(v value) value {
		if w, ok := replaced[v]; ok {
			return w
		}
		if f.g.isLeaf(v) || f.invariant(v) {
			return v
		}
		if w, ok := memo[v]; ok {
			return w
		}
		n := f.g.nodes[v]
		args := slices.Clone(n.args[:])
		for k := range n.values() {
			args[k] = visit(args[k])
		}
		count := len(n.values())
		if n.op == program.OpTable {
			count = 3
		}
		w := f.op(n.op, args[:count]...)
		memo[v] = w
		return w
	}
	out := make([]value, len(roots))
	for k, v := range roots {
		out[k] = visit(v)
	}
	return out
}
