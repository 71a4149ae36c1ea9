package libm

import "math"

// Coefficients of atan next to 0: x³, x⁵, ….
const (
	atanA3  = -0x1.5555555555555p-2
	atanA5  = 0x1.99999999997fdp-3
	atanA7  = -0x1.24924923f7603p-3
	atanA9  = 0x1.c71c6e5129a3bp-4
	atanA11 = -0x1.7458022b13c25p-4
	atanA13 = 0x1.375f08b31cbcep-4
)

// Atan returns the arc tangent (error below 0.55 ulp), in all but a few of 100,000 cases glibc's on a machine with FMA.
func Atan(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size < 0x1.bb67ap-27 || x != x:
		return x
	case size < 1./16:
		xx := float64(x * x)
		return math.FMA(float64(x*xx), atanPolynomial(xx), x)
	case size < 1:
		at := atanPoint(size)
		return math.Copysign(math.FMA(size-at[0], atanFrom(at, size-at[0]), at[1]), x)
	case size < 16:
		w, left := quotient(1, size)
		at := atanPoint(w)
		z := math.FMA(left, w, w-at[0])
		return math.Copysign(halfPi-at[1]+math.FMA(-z, atanFrom(at, z), halfPiRest), x)
	case size < 0x1.49ff2p52:
		w, left := quotient(1, size)
		ww := float64(w * w)
		p := float64(float64(w*ww) * atanPolynomial(ww))
		y := halfPi - w
		return math.Copysign(halfPi-y-w+halfPiRest-float64(left*w)-p+y, x)
	}
	return math.Copysign(halfPi, x)
}

// quotient returns a/b and the remainder a - b a/b.
func quotient(a, b float64) (q, remainder float64) {
	q = a / b
	product := float64(b * q)
	return q, a - product - math.FMA(b, q, -product)
}

// atanPolynomial returns (atan x - x)/x³ of xx = x².
func atanPolynomial(xx float64) float64 {
	p := math.FMA(math.FMA(math.FMA(atanA13, xx, atanA11), xx, atanA9), xx, atanA7)
	return math.FMA(math.FMA(p, xx, atanA5), xx, atanA3)
}

// atanPoint returns the entry of the tabulated point next to x, 1/16 <= x <= 1.
func atanPoint(x float64) *[7]float64 {
	return &atanTable[int(math.FMA(x, 256, 0x1p52)-0x1p52)-16]
}

// atanFrom returns (atan(point + z) - atan(point))/z.
func atanFrom(at *[7]float64, z float64) float64 {
	return math.FMA(math.FMA(math.FMA(math.FMA(at[6], z, at[5]), z, at[4]), z, at[3]), z, at[2])
}

// Atan2 returns the arc tangent of y/x in the quadrant of (x, y) (error below 0.55 ulp), as near to glibc's as Atan.
func Atan2(y, x float64) float64 {
	const far = 57 << 20 // in upper words: |y/x| of 2^57 or so
	ax, ay := math.Abs(x), math.Abs(y)
	switch {
	case x != x || y != y:
		return math.NaN()
	case y == 0:
		if math.Signbit(x) {
			return math.Copysign(2*halfPi, y)
		}
		return y
	case x == 0:
		return math.Copysign(halfPi, y)
	case math.IsInf(x, 0):
		switch {
		case !math.IsInf(y, 0) && x > 0:
			return math.Copysign(0, y)
		case !math.IsInf(y, 0):
			return math.Copysign(2*halfPi, y)
		case x > 0:
			return math.Copysign(halfPi/2, y)
		}
		return math.Copysign(0x1.2d97c7f3321d2p1, y) // 3π/4
	case math.IsInf(y, 0):
		return math.Copysign(halfPi, y)
	}
	switch apart := int(upperWord(y)&infinite) - int(upperWord(x)&infinite); {
	case apart >= far:
		return math.Copysign(halfPi, y)
	case apart <= -far && x > 0:
		return math.Copysign(ay/ax, y)
	case apart <= -far:
		return math.Copysign(2*halfPi, y)
	}
	if ax < 0x1p-500 || ay < 0x1p-500 {
		ax, ay = ax*0x1p500, ay*0x1p500
	}
	if ax > 0x1p500 || ay > 0x1p500 {
		ax, ay = ax*0x1p-500, ay*0x1p-500
	}
	small, large := ay, ax
	if ay >= ax {
		small, large = ax, ay
	}
	u, remainder := quotient(small, large)
	return math.Copysign(atanOfQuotient(u, remainder/large, ay >= ax, ay > ax, x > 0), y)
}

// atanOfQuotient returns the angle in the upper half plane, right or left, whose tangent or (steep) cotangent has the size
// u + rest, 0 <= u <= 1. steeper: the cotangent is less than 1.
func atanOfQuotient(u, rest float64, steep, steeper, right bool) float64 {
	if u < 1./16 {
		uu := float64(u * u)
		p := atanPolynomial(uu)
		if right && !steep {
			return u + math.FMA(float64(u*uu), p, rest)
		}
		p = float64(float64(u*uu) * p)
		switch {
		case right:
			y := halfPi - u
			return halfPi - y - u + halfPiRest - rest - p + y
		case steeper:
			y := u + halfPi
			return halfPi - y + u + halfPiRest + rest + p + y
		}
		y := 2*halfPi - u
		return 2*halfPi - y - u + 2*halfPiRest - rest - p + y
	}
	at := atanPoint(u)
	z := u - at[0]
	if right && !steep {
		z, zRest := twoSum(z, rest)
		p := math.FMA(math.FMA(math.FMA(at[6], z, at[5]), z, at[4]), z, at[3])
		return at[1] + math.FMA(z, at[2], math.FMA(zRest, at[2], float64(float64(z*z)*p)))
	}
	z += rest
	p := atanFrom(at, z)
	switch {
	case right:
		return halfPi - at[1] + math.FMA(-z, p, halfPiRest)
	case steeper:
		return halfPi + at[1] + math.FMA(z, p, halfPiRest)
	}
	return 2*halfPi - at[1] + math.FMA(-z, p, 2*halfPiRest)
}
