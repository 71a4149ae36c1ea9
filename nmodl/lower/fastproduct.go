package lower

import (
	"math"
	"slices"

	"netsim/nmodl/program"
)

// product is a value as coefficient · Π factor^n. It makes 1/(1/x) x, a/(b/c) a·c/b and (b/tau)/(1/tau) b, leaves one
// division at most, and none where the divisor is a constant or does not change in time: its reciprocal does not either.
type product struct {
	coef    float64
	factors []factor
}

type factor struct {
	v value
	n int
}

func (p *product) times(v value, n int) {
	for k := range p.factors {
		if p.factors[k].v == v {
			p.factors[k].n += n
			return
		}
	}
	p.factors = append(p.factors, factor{v, n})
}

// add multiplies p by v^sign. A product inside v that others read too is taken apart only if all is set: otherwise it
// would be computed a second time.
func (f *fast) addFactor(p *product, v value, sign int, all bool, depth int) {
	if c, ok := f.g.constOf(v); ok {
		if sign > 0 {
			p.coef *= c
		} else {
			p.coef /= c
		}
		return
	}
	n := f.g.nodes[v]
	open := (all || depth == 0 || f.uses[v] <= 1) && depth < maxDepth
	switch {
	case n.op == program.OpNeg:
		p.coef = -p.coef
		f.addFactor(p, n.args[0], sign, all, depth+1)
	case n.op == program.OpMul && open:
		f.addFactor(p, n.args[0], sign, all, depth+1)
		f.addFactor(p, n.args[1], sign, all, depth+1)
	case n.op == program.OpDiv && open:
		f.addFactor(p, n.args[0], sign, all, depth+1)
		f.addFactor(p, n.args[1], -sign, all, depth+1)
	default:
		if d, k, over, ok := f.overSum(v); ok && sign < 0 && open {
			p.times(d, -sign)
			f.addFactor(p, over, sign, all, depth+1)
			p.coef /= k
			return
		}
		p.times(v, sign)
	}
}

// overSum writes v = c ± n/d, of numbers c and n, as k·(d ± n/c)/d.
func (f *fast) overSum(v value) (d value, k float64, over value, ok bool) {
	node := f.g.nodes[v]
	if node.op != program.OpAdd && node.op != program.OpSub {
		return 0, 0, 0, false
	}
	for i := range 2 {
		c, known := f.g.constOf(node.args[i])
		q := f.g.nodes[node.args[1-i]]
		if !known || c == 0 || q.op != program.OpDiv {
			continue
		}
		n, known := f.g.constOf(q.args[0])
		if !known {
			continue
		}
		if node.op == program.OpSub {
			if i == 0 {
				n = -n // c - n/d
			} else {
				c = -c // n/d - c
			}
		}
		if n /= c; n < 0 {
			return q.args[1], c, f.op(program.OpSub, q.args[1], f.g.constant(-n)), true
		}
		return q.args[1], c, f.op(program.OpAdd, q.args[1], f.g.constant(n)), true
	}
	return 0, 0, 0, false
}

// maxDepth bounds nesting, so that a product of products of … does not grow without end.
const maxDepth = 12

// divisors counts factors with negative powers that change in time, size all factors.
func (f *fast) divisors(p *product) (divisors, size int) {
	for _, x := range p.factors {
		if x.n < 0 && !f.invariant(x.v) {
			divisors -= x.n
		}
		size += max(x.n, -x.n)
	}
	return divisors, size
}

// normalProduct is a product, quotient or negation in its normal form.
func (f *fast) normalProduct(op program.Op, args []value) value {
	collect := func(all bool) product {
		p := product{coef: 1}
		switch op {
		case program.OpNeg:
			p.coef = -1
			f.addFactor(&p, args[0], 1, all, 1)
		case program.OpMul:
			f.addFactor(&p, args[0], 1, all, 1)
			f.addFactor(&p, args[1], 1, all, 1)
		default:
			f.addFactor(&p, args[0], 1, all, 1)
			f.addFactor(&p, args[1], -1, all, 1)
		}
		return p
	}
	p, opened := collect(false), collect(true)
	d, size := f.divisors(&p)
	dOpened, sizeOpened := f.divisors(&opened)
	if dOpened == 0 && d > 0 || dOpened <= d && sizeOpened < size {
		p = opened
	}
	if p.coef == 0 {
		return f.g.constant(0)
	}
	if math.IsInf(p.coef, 0) || math.IsNaN(p.coef) || len(p.factors) > 64 {
		return f.op(op, args...)
	}
	return f.build(&p)
}

// build computes a product: first what does not change in time, which is computed once, then the rest.
func (f *fast) build(p *product) value {
	slices.SortFunc(p.factors, func(a, b factor) int { return int(a.v) - int(b.v) })
	one := f.g.constant(1)
	mul := func(x, y value) value {
		switch {
		case x < 0:
			return y
		case y < 0:
			return x
		}
		return f.op(program.OpMul, x, y)
	}
	parts := [2][2]value{{-1, -1}, {-1, -1}} // [changes][divides]
	for _, x := range p.factors {
		if x.n == 0 {
			continue
		}
		changes, divides := 1, 0
		if f.invariant(x.v) {
			changes = 0
		}
		if x.n < 0 {
			divides = 1
		}
		parts[changes][divides] = mul(parts[changes][divides], f.power(x.v, max(x.n, -x.n)))
	}
	negative := false
	fixed := value(-1)
	switch {
	case parts[0] == [2]value{-1, -1} && p.coef == -1:
		negative = true
	case parts[0] == [2]value{-1, -1} && p.coef == 1:
	default:
		if p.coef != 1 {
			fixed = f.g.constant(p.coef)
		}
		fixed = mul(fixed, parts[0][0])
		if parts[0][1] >= 0 {
			if fixed < 0 {
				fixed = one
			}
			fixed = f.op(program.OpDiv, fixed, parts[0][1])
		}
	}
	out := mul(fixed, parts[1][0])
	if parts[1][1] >= 0 {
		if out < 0 {
			out = one
		}
		out = f.op(program.OpDiv, out, parts[1][1])
	}
	if out < 0 {
		out = one
	}
	if negative {
		out = f.op(program.OpNeg, out)
	}
	return out
}
