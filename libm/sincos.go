package libm

import (
	"math"
	"math/bits"
)

// The trigonometric functions and their inverses follow the IBM Accurate Mathematical Library as glibc 2.28 and later have it
// (S. Gal and B. Bachelis, ACM Transactions on Mathematical Software 17 (1991) 26): a short polynomial around the nearest of
// many tabulated points, without a second step of higher precision.

// π/2 and its parts: halfPi + halfPiRest to 107 bits, and a sum of four whose first three have few bits, so that small whole
// multiples of them are exact.
const (
	halfPi     = 0x1.921fb54442d18p0
	halfPiRest = 0x1.1a62633145c07p-54

	halfPi1 = 0x1.921fb58p0
	halfPi2 = -0x1.dde973cp-27
	halfPi3 = -0x1.cb3b398p-55
	halfPi4 = -0x1.d747f23e32ed7p-83

	inverseHalfPi = 0x1.45f306dc9c883p-1
	toWhole       = 0x1.8p52 // x + toWhole - toWhole is x rounded
)

// Coefficients of sine and cosine: of the polynomial next to 0, and of those between tabulated points.
const (
	taylorS1 = -0x1.5555555555555p-3
	taylorS2 = 0x1.1111111110ecep-7
	taylorS3 = -0x1.a01a019db08b8p-13
	taylorS4 = 0x1.71de27b9a7ed9p-19
	taylorS5 = -0x1.addffc2fcdf59p-26

	sinS3 = -0x1.5555555555515p-3
	sinS5 = 0x1.11110e829872fp-7
	cosC2 = 0.5
	cosC4 = -0x1.5555555555535p-5
	cosC6 = 0x1.6c16bedd9e239p-10
)

// Where the ways of Sin, Cos and Tan part, by the upper words of |x|.
const (
	tinySin      = 0x3e500000 // 2^-26
	tinyCos      = 0x3e400000 // 2^-27
	firstOctant  = 0x3feb6000 // 0.855
	secondOctant = 0x400368fd // 2.426
	smallAngle   = 0x419921fb // 105,414,350
	infinite     = 0x7ff00000
)

func upperWord(x float64) uint32 { return uint32(math.Float64bits(x)>>32) & 0x7fffffff }

// Sin returns the sine, bit for bit what glibc returns on a machine with FMA (error below 0.55 ulp).
func Sin(x float64) float64 {
	switch high := upperWord(x); {
	case high < tinySin:
		return x
	case high < firstOctant:
		return sinNear(x, 0)
	case high < secondOctant:
		return math.Copysign(cosNear(halfPi-math.Abs(x), halfPiRest), x)
	case high < smallAngle:
		return sinOf(reduce(x))
	case high < infinite:
		return sinOf(reduceLarge(x))
	}
	return math.NaN()
}

// Cos returns the cosine, bit for bit what glibc returns on a machine with FMA (error below 0.55 ulp).
func Cos(x float64) float64 {
	switch high := upperWord(x); {
	case high < tinyCos:
		return 1
	case high < firstOctant:
		return cosNear(x, 0)
	case high < secondOctant:
		y := halfPi - math.Abs(x)
		a := y + halfPiRest
		return sinNear(a, y-a+halfPiRest)
	case high < smallAngle:
		a, rest, n := reduce(x)
		return sinOf(a, rest, n+1)
	case high < infinite:
		a, rest, n := reduceLarge(x)
		return sinOf(a, rest, n+1)
	}
	return math.NaN()
}

// sinOf returns the sine of a + rest + n π/2.
func sinOf(a, rest float64, n uint64) float64 {
	var y float64
	if n&1 != 0 {
		y = cosNear(a, rest)
	} else {
		y = sinNear(a, rest)
	}
	if n&2 != 0 {
		return -y
	}
	return y
}

// sinNear returns sin(x + rest), |x| < 0.856.
func sinNear(x, rest float64) float64 {
	if math.Abs(x) < 0.126 {
		xx := float64(x * x)
		p := math.FMA(math.FMA(math.FMA(math.FMA(taylorS5, xx, taylorS4), xx, taylorS3), xx, taylorS2), xx, taylorS1)
		return x + math.FMA(xx, math.FMA(p, x, -float64(0.5*rest)), rest)
	}
	if x <= 0 {
		rest = -rest
	}
	at, z := tabulated(math.Abs(x))
	zz := float64(z * z)
	s := z + math.FMA(float64(z*zz), math.FMA(sinS5, zz, sinS3), rest)
	c := math.FMA(z, rest, float64(zz*math.FMA(math.FMA(cosC6, zz, cosC4), zz, cosC2)))
	sin, sinRest, cos, cosRest := at[0], at[1], at[2], at[3]
	correction := math.FMA(s, cos, math.FMA(-c, sin, math.FMA(s, cosRest, sinRest)))
	return math.Copysign(sin+correction, x)
}

// cosNear returns cos(x + rest), |x| < 0.856.
func cosNear(x, rest float64) float64 {
	if x < 0 {
		rest = -rest
	}
	at, z := tabulated(math.Abs(x))
	z += rest
	zz := float64(z * z)
	s := math.FMA(float64(z*zz), math.FMA(sinS5, zz, sinS3), z)
	c := float64(zz * math.FMA(math.FMA(cosC6, zz, cosC4), zz, cosC2))
	sin, sinRest, cos, cosRest := at[0], at[1], at[2], at[3]
	return cos + math.FMA(-s, sin, math.FMA(-c, cos, math.FMA(-s, sinRest, cosRest)))
}

// tabulated returns the entry of the multiple of 1/128 next to x, 0 <= x < 0.86, and x less that multiple.
func tabulated(x float64) (*[4]float64, float64) {
	const big = 0x1.8p45
	u := big + x
	return &sinCosTable[math.Float64bits(u)&127], x - (u - big)
}

// reduce returns a + rest = x - n π/2 with |a| <= π/4 (a little more where n was rounded the other way), for |x| < 2^27.
func reduce(x float64) (a, rest float64, n uint64) {
	t := math.FMA(x, inverseHalfPi, toWhole)
	k := t - toWhole
	y := math.FMA(-k, halfPi2, math.FMA(-k, halfPi1, x))
	y3 := math.FMA(-k, halfPi3, y)
	rest = math.FMA(-k, halfPi3, y-y3)
	a = math.FMA(-k, halfPi4, y3)
	return a, rest + math.FMA(-k, halfPi4, y3-a), math.Float64bits(t)
}

// reduceLarge is reduce for finite |x| >= 2^26, with as many bits of 2/π as it takes (M. H. Payne and R. N. Hanek, ACM SIGNUM
// Newsletter 18 (1983) 19). glibc has another method, with the same result but for the last bits of rest.
func reduceLarge(x float64) (a, rest float64, n uint64) {
	word := math.Float64bits(x)
	mantissa := word&(1<<52-1) | 1<<52
	// |x| = mantissa 2^e; bits of 2/π of a weight of 4/2^e or more give whole turns only.
	at := int(word>>52&0x7ff) - 1075 + 64 - 2
	var f [4]uint64 // 2/π 2^e modulo 4, the first word its upper bits
	for k := range f {
		i, shift := at/64+k, uint(at%64)
		f[k] = twoOverPi[i]<<shift | twoOverPi[i+1]>>(64-shift) // Go: x>>64 is 0
	}
	var p [4]uint64 // mantissa f modulo 4
	carry := uint64(0)
	for k := 3; k >= 0; k-- {
		hi, lo := bits.Mul64(f[k], mantissa)
		var c uint64
		p[k], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	n = p[0] >> 62
	negative := p[0]>>61&1 != 0 // the fraction is 1/2 or more: count down from the next quarter turn
	if negative {
		n++
		borrow := uint64(0)
		for k := 3; k >= 0; k-- {
			p[k], borrow = bits.Sub64(0, p[k], borrow)
		}
	}
	p[0] &= 1<<62 - 1
	// The fraction is p 2^-254, made high + low with 53 bits each.
	shifted := 0
	for p[0]>>63 == 0 && shifted < 128 {
		shift := uint(min(bits.LeadingZeros64(p[0]), 63))
		for k := range 3 {
			p[k] = p[k]<<shift | p[k+1]>>(64-shift)
		}
		p[3] <<= shift
		shifted += int(shift)
	}
	high := math.Ldexp(float64(p[0]>>11), -51-shifted)
	low := math.Ldexp(float64(p[0]&(1<<11-1)<<42|p[1]>>22), -104-shifted)
	a0 := float64(high * halfPi)
	r := math.FMA(high, halfPi, -a0) + (float64(high*halfPiRest) + float64(low*halfPi))
	a = a0 + r
	rest = a0 - a + r
	if negative != (word>>63 != 0) {
		a, rest = -a, -rest
	}
	if word>>63 != 0 {
		n = -n
	}
	return a, rest, n
}
