package libm

import "math"

// erf and erfc as fdlibm has them (Sun Microsystems, 1993): a rational function in each of four ranges. The order of operations is
// that of glibc 2.36, which adds up pairs of terms.

const (
	erfOne   = 8.45062911510467529297e-01 // erf(1), cut to single precision
	erfSlope = 1.28379167095512586316e-01 // 2/sqrt(pi) - 1
)

var (
	erfSmallTop = [...]float64{
		1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02,
		-5.77027029648944159157e-03, -2.37630166566501626084e-05,
	}
	erfSmallBottom = [...]float64{
		1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03,
		1.32494738004321644526e-04, -3.96022827877536812320e-06,
	}
	erfMiddleTop = [...]float64{
		-2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01,
		3.18346619901161753674e-01, -1.10894694282396677476e-01, 3.54783043256182359371e-02,
		-2.16637559486879084300e-03,
	}
	erfMiddleBottom = [...]float64{
		1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02,
		1.26171219808761642112e-01, 1.36370839120290507362e-02, 1.19844998467991074170e-02,
	}
	erfLargeTop = [...]float64{
		-9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01,
		-6.23753324503260060396e+01, -1.62396669462573470355e+02, -1.84605092906711035994e+02,
		-8.12874355063065934246e+01, -9.81432934416914548592e+00,
	}
	erfLargeBottom = [...]float64{
		1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02,
		6.45387271733267880336e+02, 4.29008140027567833386e+02, 1.08635005541779435134e+02,
		6.57024977031928170135e+00, -6.04244152148580987438e-02,
	}
	erfTailTop = [...]float64{
		-9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01,
		-1.60636384855821916062e+02, -6.37566443368389627722e+02, -1.02509513161107724954e+03,
		-4.83519191608651397019e+02,
	}
	erfTailBottom = [...]float64{
		1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03,
		3.19985821950859553908e+03, 2.55305040643316442583e+03, 4.74528541206955367215e+02,
		-2.24409524465858183362e+01,
	}
)

// Erf returns the error function.
func Erf(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x != x:
		return x
	case size < 0x1p-28:
		if size < 0x1p-1015 {
			return float64(0.0625 * (float64(16*x) + float64(16*erfSlope*x)))
		}
		return x + float64(erfSlope*x)
	case size < 0.84375:
		z := float64(x * x)
		return x + float64(x*(pairs(erfSmallTop[:], z)/pairs(erfSmallBottom[:], z)))
	case size < 1.25:
		s := size - 1
		return math.Copysign(erfOne+pairs(erfMiddleTop[:], s)/pairs(erfMiddleBottom[:], s), x)
	case size >= 6:
		return math.Copysign(1, x)
	}
	return math.Copysign(1-erfTail(size), x)
}

// Erfc returns 1 - erf x.
func Erfc(x float64) float64 {
	size := math.Abs(x)
	switch {
	case x != x:
		return x
	case size < 0x1p-56:
		return 1 - x
	case size < 0.84375:
		z := float64(x * x)
		r := float64(x * (pairs(erfSmallTop[:], z) / pairs(erfSmallBottom[:], z)))
		if x < 0.25 {
			return 1 - (x + r)
		}
		return 0.5 - (x - 0.5 + r)
	case size < 1.25:
		s := size - 1
		r := pairs(erfMiddleTop[:], s) / pairs(erfMiddleBottom[:], s)
		if x >= 0 {
			return 1 - erfOne - r
		}
		return 1 + (erfOne + r)
	case x >= 28:
		return 0
	case x < -6:
		return 2
	case x < 0:
		return 2 - erfTail(size)
	}
	return erfTail(size)
}

// erfTail returns erfc x for 1.25 <= x < 28.
func erfTail(x float64) float64 {
	s := 1 / float64(x*x)
	var q float64
	if x < 0x1.6db6ep+1 { // 1/0.35, to 21 bits
		q = pairs(erfLargeTop[:], s) / pairs(erfLargeBottom[:], s)
	} else {
		q = pairs(erfTailTop[:], s) / pairs(erfTailBottom[:], s)
	}
	z := math.Float64frombits(math.Float64bits(x) &^ (1<<32 - 1))
	return float64(Exp(float64(-z*z)-0.5625)*Exp(float64((z-x)*(z+x))+q)) / x
}

// pairs is the polynomial c[0] + c[1] x + c[2] x² + …, as (c[0] + c[1] x) + x²(c[2] + c[3] x) + x⁴(…) + ….
func pairs(c []float64, x float64) float64 {
	square := float64(x * x)
	fourth := float64(square * square)
	powers := [...]float64{1, square, fourth, float64(fourth * square), float64(fourth * fourth)}
	sum := c[0] + float64(c[1]*x)
	for k := 2; k < len(c); k += 2 {
		term := c[k]
		if k+1 < len(c) {
			term += float64(c[k+1] * x)
		}
		sum += float64(powers[k/2] * term)
	}
	return sum
}
