package main

import (
	"math"
	"math/big"
)

// Arithmetic on big.Floats of precision bits; each function leaves its arguments alone.

func add(a, b *big.Float) *big.Float { return newFloat(0).Add(a, b) }
func sub(a, b *big.Float) *big.Float { return newFloat(0).Sub(a, b) }
func mul(a, b *big.Float) *big.Float { return newFloat(0).Mul(a, b) }
func div(a, b *big.Float) *big.Float { return newFloat(0).Quo(a, b) }

// pi is Machin's 16 arctan(1/5) - 4 arctan(1/239), with bits of precision.
func pi(bits uint) *big.Float {
	of := func(x float64) *big.Float { return new(big.Float).SetPrec(bits + 64).SetFloat64(x) }
	arctan := func(n float64) *big.Float {
		square, power, sum := of(n*n), of(0).Quo(of(1), of(n)), of(0)
		for k := 1.0; power.MantExp(nil) > -int(bits)-64; k += 4 {
			sum.Add(sum, of(0).Quo(power, of(k)))
			power.Quo(power, square)
			sum.Sub(sum, of(0).Quo(power, of(k+2)))
			power.Quo(power, square)
		}
		return sum
	}
	return of(0).Sub(of(0).Mul(of(16), arctan(5)), of(0).Mul(of(4), arctan(239)))
}

// sinCos is sine and cosine of 0 <= x <= 2.
func sinCos(x *big.Float) (sin, cos *big.Float) {
	sin, cos = newFloat(0), newFloat(0)
	term := newFloat(1)
	for n := range 100 {
		switch n % 4 {
		case 0:
			cos.Add(cos, term)
		case 1:
			sin.Add(sin, term)
		case 2:
			cos.Sub(cos, term)
		case 3:
			sin.Sub(sin, term)
		}
		term = div(mul(term, x), newFloat(float64(n+1)))
	}
	return sin, cos
}

// refine solves f(y) = 0 by Newton's method from a double; step is f/f'.
func refine(y float64, step func(y *big.Float) *big.Float) *big.Float {
	at := newFloat(y)
	for range 4 { // 53 bits to more than precision
		at = sub(at, step(at))
	}
	return at
}

// atanSeries are the Taylor coefficients of atan about x, 0 <= x <= 1, from the derivative's (1+(x+z)²) y' = 1.
func atanSeries(x *big.Float, n int) []*big.Float {
	c := make([]*big.Float, n)
	c[0] = refine(math.Atan(toFloat(x)), func(y *big.Float) *big.Float {
		sin, cos := sinCos(y)
		return div(sub(sin, mul(x, cos)), add(cos, mul(x, sin)))
	})
	a := add(newFloat(1), mul(x, x))
	d := []*big.Float{div(newFloat(1), a)}
	d = append(d, div(mul(mul(newFloat(-2), x), d[0]), a))
	for k := 2; k < n; k++ {
		s := add(mul(mul(newFloat(2), x), d[k-1]), d[k-2])
		d = append(d, div(s.Neg(s), a))
	}
	for k := 1; k < n; k++ {
		c[k] = div(d[k-1], newFloat(float64(k)))
	}
	return c
}

// asinSeries are the Taylor coefficients of asin about x, 0 <= x < 1; u = y' has (1-(x+z)²) u' = (x+z) u.
func asinSeries(x *big.Float, n int) []*big.Float {
	c := make([]*big.Float, n)
	c[0] = refine(math.Asin(toFloat(x)), func(y *big.Float) *big.Float {
		sin, cos := sinCos(y)
		return div(sub(sin, x), cos)
	})
	a := sub(newFloat(1), mul(x, x))
	u := []*big.Float{div(newFloat(1), newFloat(0).Sqrt(a))}
	for k := 0; k < n-1; k++ {
		s := mul(mul(newFloat(float64(2*k+1)), x), u[k])
		if k > 0 {
			s.Add(s, mul(newFloat(float64(k)), u[k-1]))
		}
		u = append(u, div(s, mul(a, newFloat(float64(k+1)))))
	}
	for k := 1; k < n; k++ {
		c[k] = div(u[k-1], newFloat(float64(k)))
	}
	return c
}

// value is the polynomial's at z.
func value(c []*big.Float, z *big.Float) *big.Float {
	s := newFloat(0)
	for k := len(c) - 1; k >= 0; k-- {
		s = add(mul(s, z), c[k])
	}
	return s
}

// derivative is the polynomial's.
func derivative(c []*big.Float) []*big.Float {
	var out []*big.Float
	for k := 1; k < len(c); k++ {
		out = append(out, mul(newFloat(float64(k)), c[k]))
	}
	return out
}

// minimax is the polynomial of the given degree whose largest distance on [-h, h] from the function with Taylor
// coefficients f is least (Remez's exchange; f must have enough terms that what it leaves out does not matter).
func minimax(f []*big.Float, degree int, h *big.Float) []*big.Float {
	scaled, power := make([]*big.Float, len(f)), newFloat(1) // of u = z/h
	powers := make([]*big.Float, len(f))
	for k := range f {
		scaled[k], powers[k] = mul(f[k], power), power
		power = mul(power, h)
	}
	n := degree + 2
	points := make([]*big.Float, n)
	for k := range points {
		points[k] = newFloat(-math.Cos(math.Pi * float64(k) / float64(n-1)))
	}
	var c []*big.Float
	for range 4 {
		rows := make([][]*big.Float, n)
		for i, u := range points {
			p := newFloat(1)
			for range degree + 1 {
				rows[i] = append(rows[i], p)
				p = mul(p, u)
			}
			rows[i] = append(rows[i], newFloat(float64(1-2*(i%2))), value(scaled, u))
		}
		c = solve(rows)[:degree+1]
		distance := make([]*big.Float, len(f))
		for k := range f {
			distance[k] = newFloat(0).Neg(scaled[k])
			if k <= degree {
				distance[k].Add(distance[k], c[k])
			}
		}
		first := derivative(distance)
		second := derivative(first)
		for i := 1; i < n-1; i++ { // the inner extrema; the outer ones are the ends
			for range 5 {
				points[i] = sub(points[i], div(value(first, points[i]), value(second, points[i])))
			}
		}
	}
	for k := range c {
		c[k] = div(c[k], powers[k])
	}
	return c
}

// solve is Gauss's elimination with the largest pivots; each row ends with its right side.
func solve(rows [][]*big.Float) []*big.Float {
	n := len(rows)
	for k := range n {
		for i := k + 1; i < n; i++ {
			if newFloat(0).Abs(rows[i][k]).Cmp(newFloat(0).Abs(rows[k][k])) > 0 {
				rows[i], rows[k] = rows[k], rows[i]
			}
		}
		for i := k + 1; i < n; i++ {
			factor := div(rows[i][k], rows[k][k])
			for j := k; j <= n; j++ {
				rows[i][j] = sub(rows[i][j], mul(factor, rows[k][j]))
			}
		}
	}
	x := make([]*big.Float, n)
	for k := n - 1; k >= 0; k-- {
		s := rows[k][n]
		for j := k + 1; j < n; j++ {
			s = sub(s, mul(rows[k][j], x[j]))
		}
		x[k] = div(s, rows[k][k])
	}
	return x
}
