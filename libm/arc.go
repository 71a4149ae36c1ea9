package libm

import "math"

// Coefficients of asin next to 0 (x³, x⁵, …) and of 1/sqrt(1-r).
const (
	asinA3  = 0x1.55555555554f9p-3
	asinA5  = 0x1.333333336127dp-4
	asinA7  = 0x1.6db6dae42c0e4p-5
	asinA9  = 0x1.f1c7e04f4ad99p-6
	asinA11 = 0x1.6e442c822d419p-6
	asinA13 = 0x1.292d80f453c72p-6

	rootR0 = 0x1.fffffffecc1ddp-1
	rootR1 = 0x1.fffffff757304p-2
	rootR2 = 0x1.800496769c91ap-2
	rootR3 = 0x1.4006318d1dab9p-2
)

// Where the ways of Asin and Acos part, by the upper words of |x|.
const (
	tinyAsin   = 0x3e500000 // 2^-26
	tinyAcos   = 0x3c880000 // 2^-55
	asinSmall  = 0x3fc00000 // 1/8
	asinNearly = 0x3fef0000 // 31/32
)

// Asin returns the arc sine, bit for bit what glibc returns on a machine with FMA (error below 0.52 ulp).
func Asin(x float64) float64 {
	high := upperWord(x)
	size := math.Abs(x)
	switch {
	case high < tinyAsin:
		return x
	case high < asinSmall:
		xx := float64(x * x)
		return math.FMA(float64(x*xx), asinPolynomial(xx), x)
	case high < asinNearly:
		value, rest := asinNear(size)
		return math.Copysign(value+rest, x)
	case size < 1:
		z := float64((1 - size) * 0.5)
		t, root := inverseRoot(z)
		cut := root + 0x1p24 - 0x1p24
		rest := rootRest(z, t, root, cut)
		p := float64(asinPolynomial(z) * z)
		twice := cut + rest
		twice += twice
		return math.Copysign(math.FMA(-twice, p, math.FMA(-2, rest, halfPiRest))+math.FMA(-2, cut, halfPi), x)
	case size == 1:
		return math.Copysign(halfPi, x)
	}
	return math.NaN()
}

// Acos returns the arc cosine, bit for bit what glibc returns on a machine with FMA (error below 0.53 ulp).
func Acos(x float64) float64 {
	high := upperWord(x)
	size := math.Abs(x)
	switch {
	case high < tinyAcos:
		return halfPi
	case high < asinSmall:
		xx := float64(x * x)
		y := halfPi - x
		return y + math.FMA(-asinPolynomial(xx), float64(x*xx), halfPi-y-x+halfPiRest)
	case high < asinNearly:
		value, rest := asinNear(size)
		if x > 0 {
			return halfPiRest - rest + (halfPi - value)
		}
		return rest + halfPiRest + (value + halfPi)
	case size < 1:
		z := float64((1 - size) * 0.5)
		t, root := inverseRoot(z)
		cut := math.FMA(0x1p27, root, root)
		cut = math.FMA(-0x1p27, root, cut)
		rest := rootRest(z, t, root, cut)
		p := float64(float64(asinPolynomial(z)*z) * (cut + rest))
		if x < 0 {
			return 2 * (halfPiRest - rest - p + (halfPi - cut))
		}
		return 2 * (rest + p + cut)
	case x == 1:
		return 0
	case x == -1:
		return 2 * halfPi
	}
	return math.NaN()
}

// asinPolynomial returns (asin x - x)/x³ of xx = x².
func asinPolynomial(xx float64) float64 {
	p := math.FMA(math.FMA(math.FMA(asinA13, xx, asinA11), xx, asinA9), xx, asinA7)
	return math.FMA(math.FMA(p, xx, asinA5), xx, asinA3)
}

// asinNear returns asin x, 1/8 <= x < 31/32, as the tabulated value next to it and the difference.
func asinNear(x float64) (value, rest float64) {
	at := &asinTable[int((x-0.125)*256)]
	degree := 6
	switch {
	case x < 0.5:
	case x < 0.75:
		degree = 7
	case x < 0.921875:
		degree = 8
	case x < 0.953125:
		degree = 9
	default:
		degree = 10
	}
	z := x - at[0]
	c := at[2:]
	p := c[degree]
	for k := degree - 1; k >= 2; k-- {
		p = math.FMA(p, z, c[k])
	}
	return at[1], math.FMA(z, c[1], math.FMA(float64(z*z), p, c[0]))
}

// inverseRoot returns about 1/sqrt z and sqrt z, 0 < z < 1/2.
func inverseRoot(z float64) (t, root float64) {
	word := math.Float64bits(z)
	// 2^n with z 4^n in [1/2, 2)
	t = inverseRoots[word>>46&127] * math.Float64frombits((1023+511-word>>53)<<52)
	r := math.FMA(-float64(t*t), z, 1)
	t *= math.FMA(math.FMA(math.FMA(rootR3, r, rootR2), r, rootR1), r, rootR0)
	return t, float64(z * t)
}

// rootRest returns sqrt z less cut, which is nearly that.
func rootRest(z, t, root, cut float64) float64 {
	return math.FMA(-cut, cut, z) / math.FMA(math.FMA(-float64(t*0.5), root, 1.5), root, cut)
}
