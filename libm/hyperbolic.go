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
