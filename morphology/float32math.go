package morphology

import "math"

// The direction of a stub is computed with float32 functions of the C library, and its last bit moves the stub's
// points and, through the arc length of its middle point, the last bit of its resistance. The results are not always
// the nearest float32, so this file follows glibc (x86-64, up to 2.40): atan2 is fdlibm's float32 algorithm, sine and
// cosine are polynomials in double.
//
// The coefficients of the arc tangent are fdlibm's: Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at
// SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is freely
// granted, provided that this notice is preserved.

// atanTerms are the coefficients of atan(x) = x - x*(x²*t[0] + x⁴*t[1] + ...).
var atanTerms = [11]float32{
	3.3333334327e-01, -2.0000000298e-01, 1.4285714924e-01, -1.1111110449e-01, 9.0908870101e-02, -7.6918758452e-02,
	6.6610731184e-02, -5.8335702866e-02, 4.9768779427e-02, -3.6531571299e-02, 1.6285819933e-02,
}

// atanHigh and atanLow are atan(1/2), atan(1), atan(3/2) and atan(inf), each as a sum of two float32.
var (
	atanHigh = [4]float32{4.6364760399e-01, 7.8539812565e-01, 9.8279368877e-01, 1.5707962513e+00}
	atanLow  = [4]float32{5.0121582440e-09, 3.7748947079e-08, 3.4473217170e-08, 7.5497894159e-08}
)

const (
	pi32    float32 = 3.1415927410e+00
	pi32Low float32 = -8.7422776573e-08 // pi - pi32
)

// atanf32 is the arc tangent of x >= 0 in float32. Every product is rounded on its own (no fused operations).
func atanf32(x float32) float32 {
	region := -1
	switch {
	case x >= 1<<25:
		return atanHigh[3] + atanLow[3]
	case x < 1.0/(1<<29):
		return x
	case x < 7./16:
	case x < 11./16:
		region, x = 0, (float32(2*x)-1)/(2+x)
	case x < 19./16:
		region, x = 1, (x-1)/(x+1)
	case x < 39./16:
		region, x = 2, (x-1.5)/(1+float32(1.5*x))
	default:
		region, x = 3, -1/x
	}
	z := float32(x * x)
	w := float32(z * z)
	odd, even := float32(w*atanTerms[10]), float32(w*atanTerms[9])
	for i := 8; i > 0; i -= 2 {
		odd = float32(w * (atanTerms[i] + odd))
		even = float32(w * (atanTerms[i-1] + even))
	}
	odd = float32(z * (atanTerms[0] + odd))
	t := float32(x * (odd + even))
	if region < 0 {
		return x - t
	}
	return atanHigh[region] - ((t - atanLow[region]) - x)
}

// atan2f32 is the angle of (x, y) in rad, both finite and not both zero.
func atan2f32(y, x float32) float32 {
	ay, ax := float32(math.Abs(float64(y))), float32(math.Abs(float64(x)))
	_, ey := math.Frexp(float64(ay))
	_, ex := math.Frexp(float64(ax))
	var z float32
	switch {
	case x == 0 || y != 0 && ey-ex > 60:
		z = pi32 / 2
	case y == 0 || x < 0 && ey-ex < -60:
		z = 0
	default:
		z = atanf32(ay / ax)
	}
	if x < 0 {
		z = pi32 - (z - pi32Low)
	}
	if y < 0 {
		return -z
	}
	return z
}

// sinTerms and cosTerms are the coefficients of x + s0*x³ + ... and 1 + c0*x² + ... for |x| <= pi/4.
var (
	sinTerms = [3]float64{-0x1.555545995a603p-3, 0x1.1107605230bc4p-7, -0x1.994eb3774cf24p-13}
	cosTerms = [4]float64{-0x1.ffffffd0c621cp-2, 0x1.55553e1068f19p-5, -0x1.6c087e89a359dp-10, 0x1.99343027bf8c3p-16}
)

// sincosf32 returns sine and cosine of an angle in rad, |angle| < 120.
func sincosf32(angle float32) (sin, cos float32) {
	x, n := float64(angle), 0
	if math.Abs(x) >= .75 {
		n = int(math.Floor(x*(2/math.Pi) + .5))
		x -= float64(float64(n) * (math.Pi / 2))
	}
	x2 := float64(x * x)
	x3 := float64(x * x2)
	x4 := float64(x2 * x2)
	s := x + float64(x3*sinTerms[0])
	s += float64(float64(x3*x2) * (sinTerms[1] + float64(x2*sinTerms[2])))
	c := 1 + float64(x2*cosTerms[0]) + float64(x4*cosTerms[1])
	c += float64(float64(x4*x2) * (cosTerms[2] + float64(x2*cosTerms[3])))
	sin, cos = float32(s), float32(c)
	switch n & 3 {
	case 1:
		sin, cos = cos, -sin
	case 2:
		sin, cos = -sin, -cos
	case 3:
		sin, cos = -cos, sin
	}
	return sin, cos
}
