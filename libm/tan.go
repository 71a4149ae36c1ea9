package libm

import "math"

// Coefficients of tan: next to 0, and between tabulated points.
const (
	tanT3  = 0x1.5555555555555p-2
	tanT5  = 0x1.11111111107c6p-3
	tanT7  = 0x1.ba1ba1cdb8745p-5
	tanT9  = 0x1.664ed49cfc666p-6
	tanT11 = 0x1.2385a3cf2e4eap-7

	tanE3 = 0x1.5555555554dbdp-2
	tanE5 = 0x1.11112e0a6b45fp-3

	halfPi3Long = -0x1.cb3b399d747f2p-55 // π/2 less halfPi1 and halfPi2
)

// Tan returns the tangent, bit for bit what glibc returns on a machine with FMA (error below 0.62 ulp).
func Tan(x float64) float64 {
	size := math.Abs(x)
	switch {
	case size <= 0x1.b096cp-27:
		return x
	case size <= tanSmall:
		xx := float64(x * x)
		return math.FMA(float64(x*xx), tanPolynomial(xx), x)
	case size <= 0x1.92f1ap-1:
		t, cot, z := tanNear(size, 0)
		return math.Copysign(t+float64((t+cot)*z)/(cot-z), x)
	case size <= 25:
		turned := math.FMA(x, inverseHalfPi, toWhole)
		k := turned - toWhole
		y := math.FMA(-k, halfPi2, math.FMA(-k, halfPi1, x))
		a := math.FMA(-k, halfPi3Long, y)
		return tanOf(a, math.FMA(-k, halfPi3Long, y-a), math.Float64bits(turned))
	case size <= 1e8:
		a, rest, n := reduce(x)
		a, rest = twoSum(a, rest)
		return tanOf(a, rest, n)
	case size <= math.MaxFloat64:
		a, rest, n := reduceLarge(x)
		a, rest = twoSum(a, rest)
		return tanOf(a, rest, n)
	}
	return math.NaN()
}

// tanSmall is up to where one polynomial does.
const tanSmall = 0x1.f212dp-5

// tanPolynomial returns (tan x - x)/x³ of xx = x².
func tanPolynomial(xx float64) float64 {
	return math.FMA(math.FMA(math.FMA(math.FMA(tanT11, xx, tanT9), xx, tanT7), xx, tanT5), xx, tanT3)
}

// tanNear returns tangent and cotangent of the tabulated point next to x, and the tangent of x + rest less the point.
func tanNear(x, rest float64) (tan, cot, tanZ float64) {
	at := &tanTable[int(math.FMA(256, x, -15.5))]
	z := x - at[0] + rest
	zz := float64(z * z)
	return at[1], at[2], math.FMA(float64(z*zz), math.FMA(zz, tanE5, tanE3), z)
}

// tanOf returns the tangent of a + rest + n π/2.
func tanOf(a, rest float64, n uint64) float64 {
	odd := n&1 != 0
	size, sign := a, 1.0
	if a < 0 {
		size, sign = -a, -1
	}
	if size <= tanSmall {
		aa := float64(a * a)
		t := math.FMA(float64(a*aa), tanPolynomial(aa), rest)
		if !odd {
			return a + t
		}
		b, bRest := twoSum(a, t)
		q := 1 / b // -1/tan as q + qRest
		product := float64(q * b)
		qRest := math.FMA(-bRest, q, 1-product-math.FMA(q, b, -product)) / b
		y := q + qRest
		return -(q - y + qRest + y)
	}
	t, cot, z := tanNear(size, sign*rest)
	if odd {
		return -sign * (cot - float64((t+cot)*z)/(t+z))
	}
	return sign * (t + float64((t+cot)*z)/(cot-z))
}

// twoSum returns a + b as a sum of a double and what it leaves out.
func twoSum(a, b float64) (sum, rest float64) {
	sum = a + b
	if math.Abs(a) > math.Abs(b) {
		return sum, a - sum + b
	}
	return sum, b - sum + a
}
