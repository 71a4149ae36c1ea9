package libm

import "math"

// Cbrt returns the cube root, bit for bit glibc's (error below 1 ulp): a polynomial of degree 6 and one step of Halley's method.
func Cbrt(x float64) float64 {
	if x == 0 || x != x || math.IsInf(x, 0) {
		return x
	}
	z, e := math.Frexp(math.Abs(x))
	u := 0x1.91e2a6fe7e984p-1 - float64(0x1.29801e893366dp-3*z)
	u = float64(u*z) - 0x1.d5ae6cfa20f0cp0
	u = float64(u*z) + 0x1.39350adad51ecp1
	u = float64(u*z) - 0x1.0eb8277cd8d5dp1
	u = float64(u*z) + 0x1.8218dde9028b4p0
	u = float64(u*z) + 0x1.6b69cba168ff2p-2
	cube := float64(float64(u*u) * u)
	y := float64((z+z+cube)*u) / (cube + cube + z)
	y *= [...]float64{0x1.428a2f98d728ap-1, 0x1.965fea53d6e3cp-1, 1, 0x1.428a2f98d728bp0, 0x1.965fea53d6e3dp0}[2+e%3] // 2^(e%3/3)
	return math.Ldexp(math.Copysign(y, x), e/3)
}

// Hypot returns sqrt(x² + y²), bit for bit glibc's since 2.35 (error below 1 ulp): the square root of the rounded sum, corrected by
// what it lost (C. F. Borges, ACM Transactions on Mathematical Software 47 (2021) 9, without FMA).
func Hypot(x, y float64) float64 {
	large, small := math.Abs(x), math.Abs(y)
	switch {
	case math.IsInf(large, 0) || math.IsInf(small, 0):
		return math.Inf(1)
	case x != x || y != y:
		return math.NaN()
	}
	if large < small {
		large, small = small, large
	}
	switch {
	case small <= float64(large*0x1p-54):
		return large + small
	case large > 0x1p511:
		return hypotOf(large*0x1p-600, small*0x1p-600) * 0x1p600
	case small <= 0x1p-459:
		return hypotOf(large*0x1p600, small*0x1p600) * 0x1p-600
	}
	return hypotOf(large, small)
}

func hypotOf(large, small float64) float64 {
	h := math.Sqrt(float64(large*large) + float64(small*small))
	var t1, t2 float64
	if h <= small+small {
		d := h - small
		apart := large - small
		t1 = float64((d + d - large) * large)
		t2 = float64((d - (apart + apart)) * d)
	} else {
		d := h - large
		t1 = float64((d + d) * (large - (small + small)))
		t2 = float64((float64(4*d)-small)*small) + float64(d*d)
	}
	return h - (t1+t2)/(h+h)
}
