package libm

import "math"

// The functions of this file follow fdlibm, as glibc's do: bit for bit glibc's where that uses FMA. (Log10 has no FMA
// variant apart from its call of Log.)

// Log10 returns the decimal logarithm, bit for bit glibc's.
//
// x = 2^k z, log10 x = k log10 2 + log z/log 10.
func Log10(x float64) float64 {
	const (
		inverseLn10 = 4.34294481903251816668e-01
		log2Hi      = 3.01029995663611771306e-01
		log2Lo      = 3.69423907715893078616e-13
	)
	if !(x > 0) || x > math.MaxFloat64 {
		return Log(x)
	}
	k := 0
	if x < 0x1p-1022 {
		k, x = -54, x*0x1p54
	}
	bits := math.Float64bits(x)
	k += int(bits>>52) - 1023
	negative := 0
	if k < 0 {
		negative = 1 // z in [0.5, 1)
	}
	y := float64(k + negative)
	z := math.Float64frombits(bits&(1<<52-1) | uint64(1023-negative)<<52)
	return float64(y*log2Lo) + float64(inverseLn10*Log(z)) + float64(y*log2Hi)
}

// Expm1 returns e^x - 1.
//
// x = k ln 2 + r; e^r - 1 by a rational function of r, then scaled by 2^k, with the correction term of the reduction.
func Expm1(x float64) float64 {
	const (
		ln2High = 6.93147180369123816490e-01
		ln2Low  = 1.90821492927058770002e-10
		inverse = 1.44269504088896338700e+00
		q1      = -3.33333333333331316428e-02
		q2      = 1.58730158725481460165e-03
		q3      = -7.93650757867487942473e-05
		q4      = 4.00821782732936239552e-06
		q5      = -2.01099218183624371326e-07
	)
	high := uint32(math.Float64bits(x)>>32) & 0x7fffffff
	switch {
	case x != x || x > 7.09782712893383973096e+02:
		return x + math.Inf(1)
	case x < 0 && high >= 0x4043687a: // below -56 ln 2
		return -1
	case high < 0x3c900000: // |x| < 2^-54
		return x
	}
	k, c := 0, 0.0
	if high > 0x3fd62e42 { // |x| > 0.5 ln 2
		var hi, lo float64
		switch {
		case high < 0x3ff0a2b2 && x > 0: // |x| < 1.5 ln 2
			hi, lo, k = x-ln2High, ln2Low, 1
		case high < 0x3ff0a2b2:
			hi, lo, k = x+ln2High, -ln2Low, -1
		default:
			k = int(math.FMA(inverse, x, math.Copysign(0.5, x)))
			t := float64(k)
			hi, lo = x-float64(t*ln2High), float64(t*ln2Low)
		}
		x = hi - lo
		c = hi - x - lo
	}
	half := 0.5 * x
	square := float64(x * half)
	h2 := float64(square * square)
	r1 := math.FMA(square, q1, 1)
	r2 := math.FMA(square, q3, q2)
	r3 := math.FMA(square, q5, q4)
	r1 = math.FMA(float64(h2*h2), r3, math.FMA(h2, r2, r1))
	t := math.FMA(-r1, half, 3)
	e := float64(square * ((r1 - t) / math.FMA(-x, t, 6)))
	if k == 0 {
		return x - math.FMA(x, e, -square)
	}
	e = math.FMA(x, e-c, -c) - square
	scale := func(y float64) float64 {
		return math.Float64frombits(math.Float64bits(y) + uint64(k)<<52)
	}
	switch {
	case k == -1:
		return float64(0.5*(x-e)) - 0.5
	case k == 1 && x < -0.25:
		return -2 * (e - (x + 0.5))
	case k == 1:
		return 1 + float64(2*(x-e))
	case k <= -2 || k > 56:
		if k == 1024 {
			return (1 - (e - x)) * 2 * 0x1p1023
		}
		return scale(1-(e-x)) - 1
	case k < 20:
		return scale(1 - math.Ldexp(1, -k) - (e - x))
	}
	return scale(x - (e + math.Ldexp(1, -k)) + 1)
}

// Tanh returns the hyperbolic tangent.
func Tanh(x float64) float64 {
	size := math.Abs(x)
	z := 1.0
	switch {
	case x != x:
		return x
	case size < 0x1p-55:
		return x * (1 + x)
	case size < 1:
		t := Expm1(-2 * size)
		z = -t / (t + 2)
	case size < 22:
		t := Expm1(2 * size)
		z = 1 - 2/(t+2)
	}
	return math.Copysign(z, x)
}

// Sinh returns the hyperbolic sine.
func Sinh(x float64) float64 {
	half, size := math.Copysign(0.5, x), math.Abs(x)
	switch {
	case size < 0x1p-28 || x != x || math.IsInf(x, 0):
		return x
	case size < 1:
		t := Expm1(size)
		return half * (float64(2*t) - float64(t*t)/(t+1))
	case size < 22:
		t := Expm1(size)
		return half * (t + t/(t+1))
	}
	return expHalf(half, size)
}

// Cosh returns the hyperbolic cosine.
func Cosh(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x != x || math.IsInf(x, 0):
		return size
	case size < 0x1p-55:
		return 1
	case uint32(math.Float64bits(size)>>32) < 0x3fd62e43: // 0.5 ln 2
		t := Expm1(size)
		w := 1 + t
		return 1 + float64(t*t)/(w+w)
	case size < 22:
		t := Exp(size)
		return float64(0.5*t) + 0.5/t
	}
	return expHalf(0.5, size)
}

// expHalf returns half e^size, size >= 22, without premature overflow.
func expHalf(half, size float64) float64 {
	if uint32(math.Float64bits(size)>>32) < 0x40862e42 {
		return half * Exp(size)
	}
	w := Exp(0.5 * size)
	return float64(half*w) * w
}

// Log1p returns log(1 + x).
//
// 1 + x = 2^k (1 + f); log(1 + f) by a polynomial of f/(2+f), with what 1 + x lost in c.
func Log1p(x float64) float64 {
	const (
		ln2High = 6.93147180369123816490e-01
		ln2Low  = 1.90821492927058770002e-10
		p1      = 0x1.5555555555593p-1
		p2      = 0x1.999999997fa04p-2
		p3      = 0x1.2492494229359p-2
		p4      = 0x1.c71c51d8e78afp-3
		p5      = 0x1.7466496cb03dep-3
		p6      = 0x1.39a09d078c69fp-3
		p7      = 0x1.2f112df3e5244p-3
	)
	high := int32(math.Float64bits(x) >> 32)
	switch {
	case x == -1:
		return math.Inf(-1)
	case x < -1:
		return math.NaN()
	case x != x || x > math.MaxFloat64:
		return x
	case math.Abs(x) < 0x1p-54:
		return x
	case math.Abs(x) < 0x1p-29:
		return math.FMA(-0.5, float64(x*x), x)
	}
	f, c, k := x, 0.0, 0
	bits := uint32(1)                                                // upper bits of f's fraction; 0 if f is small
	if high >= 0x3fda827a || high < 0 && uint32(high) > 0xbfd2bec3 { // not sqrt(1/2) <= 1 + x < sqrt(2)
		u := x
		if high < 0x43400000 { // 2^53
			u = 1 + x
			c = x - (u - 1)
			if u >= 2 {
				c = 1 - (u - x)
			}
			c /= u
		}
		word := math.Float64bits(u)
		k = int(word>>52) - 1023
		bits = uint32(word>>32) & 0xfffff
		exponent := uint64(0x3ff)
		if bits > 0x6a09d { // u from sqrt(2) on is halved
			exponent--
			k++
			bits = (0x100000 - bits) >> 2
		}
		f = math.Float64frombits(word&(1<<52-1)|exponent<<52) - 1
	}
	t := float64(k)
	half := float64(0.5*f) * f
	if bits == 0 {
		r := float64(math.FMA(-f, 0x1.5555555555555p-1, 1) * half)
		switch {
		case f == 0 && k == 0:
			return 0
		case f == 0:
			return math.FMA(t, ln2High, math.FMA(t, ln2Low, c))
		case k == 0:
			return f - r
		}
		return math.FMA(t, ln2High, -(r - math.FMA(t, ln2Low, c) - f))
	}
	s := f / (2 + f)
	z := float64(s * s)
	z2 := float64(z * z)
	z4 := float64(z2 * z2)
	r := math.FMA(z, p1, float64(z2*math.FMA(p3, z, p2)))
	r = math.FMA(z4, math.FMA(p5, z, p4), r)
	r = math.FMA(float64(z2*z4), math.FMA(p7, z, p6), r)
	r = float64((r + half) * s)
	if k == 0 {
		return f - (half - r)
	}
	return math.FMA(t, ln2High, -(half - (math.FMA(t, ln2Low, c) + r) - f))
}

// Asinh returns the inverse hyperbolic sine.
func Asinh(x float64) float64 {
	size := math.Abs(x)
	high := upperWord(x)
	switch {
	case high < 0x3e300000 || high >= infinite: // 2^-28
		return x
	case high > 0x41b00000: // 2^28
		return math.Copysign(Log(size)+math.Ln2, x)
	case high > 0x40000000: // 2
		return math.Copysign(Log(1/(math.Sqrt(float64(x*x)+1)+size)+(size+size)), x)
	}
	t := float64(x * x)
	return math.Copysign(Log1p(t/(math.Sqrt(t+1)+1)+size), x)
}

// Acosh returns the inverse hyperbolic cosine.
func Acosh(x float64) float64 {
	switch {
	case !(x >= 1):
		return math.NaN()
	case x == 1:
		return 0
	case x > math.MaxFloat64:
		return x
	case x >= 0x1p28:
		return Log(x) + math.Ln2
	case x > 2:
		return Log(x + x - 1/(math.Sqrt(float64(x*x)-1)+x))
	}
	t := x - 1
	return Log1p(t + math.Sqrt(t+t+float64(t*t)))
}

// Atanh returns the inverse hyperbolic tangent.
func Atanh(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size < 0x1p-28 || x != x:
		return x
	case size < 0.5:
		t := size + size
		return math.Copysign(0.5*Log1p(float64(size*t)/(1-size)+t), x)
	case size < 1:
		return math.Copysign(0.5*Log1p((size+size)/(1-size)), x)
	case size == 1:
		return math.Copysign(math.Inf(1), x)
	}
	return math.NaN()
}
