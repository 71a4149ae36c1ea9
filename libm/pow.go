package libm

import "math"

// Constants of Pow. The polynomial of log(1+r) has its coefficients scaled so that it runs in ar2 = -r*r/2.
const (
	ln2Hi = 0x1.62e42fefa3800p-1
	ln2Lo = 0x1.ef35793c76730p-45

	powOffset = 0x3fe6955500000000

	powA0 = -0.5
	powA1 = 0x1.555555555556p-2 * -2
	powA2 = -0x1.0000000000006p-2 * -2
	powA3 = 0x1.999999959554ep-3 * 4
	powA4 = -0x1.555555529a47ap-3 * 4
	powA5 = 0x1.2495b9b4845e9p-3 * -8
	powA6 = -0x1.0002b8b263fc3p-3 * -8

	signBit = 1 << 63
	oneBits = 0x3ff0000000000000
	infBits = 0x7ff0000000000000
)

// Pow returns x^y, bit for bit what glibc returns on a machine with FMA (error below 0.52 ulp).
//
// log x is found to about 68 bits as hi+lo, y log x as a product of the same kind, then e to that as in Exp.
func Pow(x, y float64) float64 {
	ix, iy := math.Float64bits(x), math.Float64bits(y)
	topX, topY := uint32(ix>>52), uint32(iy>>52)
	sign := uint64(0)
	if topX-1 >= 0x7ff-1 || topY&0x7ff-0x3be >= 0x43e-0x3be {
		if isZeroInfNaN(iy) {
			return powSpecialY(x, y, ix, iy)
		}
		if isZeroInfNaN(ix) {
			square := x * x
			if ix&signBit != 0 && parity(iy) == odd {
				square = -square
			}
			if iy&signBit != 0 {
				return 1 / square
			}
			return square
		}
		if ix&signBit != 0 {
			switch parity(iy) {
			case fraction:
				return math.NaN()
			case odd:
				sign = 1 << 18
			}
			ix &^= signBit
			topX &= 0x7ff
		}
		if topY&0x7ff-0x3be >= 0x43e-0x3be { // |y| < 2^-65 or |y| >= 2^63
			switch {
			case ix == oneBits || topY&0x7ff < 0x3be:
				return 1
			case (ix > oneBits) == (topY < 0x800):
				return math.Inf(1)
			default:
				return 0
			}
		}
		if topX == 0 { // subnormal
			ix = math.Float64bits(x*0x1p52)&^signBit - 52<<52
		}
	}
	hi, lo := powLog(ix)
	ehi := float64(y * hi)
	elo := math.FMA(y, lo, math.FMA(y, hi, -ehi))
	return powExp(ehi, elo, sign)
}

// powLog returns log z, z > 0 given by its bits, as hi+lo.
func powLog(iz uint64) (hi, lo float64) {
	offset := iz - powOffset
	entry := &powTable[offset>>45&127]
	kd := float64(int64(offset) >> 52)
	z := math.Float64frombits(iz - offset&(0xfff<<52))
	inverse, logc, logcTail := entry[0], entry[1], entry[2]
	r := math.FMA(z, inverse, -1)
	t1 := math.FMA(kd, ln2Hi, logc)
	t2 := t1 + r
	lo1 := math.FMA(kd, ln2Lo, logcTail)
	lo2 := t1 - t2 + r
	ar := powA0 * r
	ar2 := float64(r * ar)
	ar3 := float64(r * ar2)
	sum := t2 + ar2
	lo3 := math.FMA(ar, r, -ar2)
	lo4 := t2 - sum + ar2
	p := math.FMA(ar2, math.FMA(ar2, math.FMA(r, powA6, powA5), math.FMA(r, powA4, powA3)), math.FMA(r, powA2, powA1))
	rest := math.FMA(ar3, p, lo1+lo2+lo3+lo4)
	hi = sum + rest
	return hi, sum - hi + rest
}

// powExp returns e^(x+tail) with the given sign (as in expScaled).
func powExp(x, tail float64, sign uint64) float64 {
	top := uint32(math.Float64bits(x)>>52) & 0x7ff
	special := false
	if top-0x3c9 >= 0x3f {
		one := 1.0
		if sign != 0 {
			one = -1
		}
		switch {
		case top < 0x3c9:
			return one
		case top < 0x409:
			special = true
		case x < 0:
			return one * 0
		default:
			return one * math.Inf(1)
		}
	}
	kd := math.FMA(expInvLn2N, x, expShift)
	ki := math.Float64bits(kd)
	kd -= expShift
	r := math.FMA(kd, expNegLn2Lo, math.FMA(kd, expNegLn2Hi, x)) + tail
	return expScaled(r, ki, sign, special)
}

// powSpecialY returns x^y for y zero, infinite or NaN.
func powSpecialY(x, y float64, ix, iy uint64) float64 {
	switch {
	case 2*iy == 0 || ix == oneBits:
		return 1
	case 2*ix > 2*infBits || 2*iy > 2*infBits:
		return x + y
	case 2*ix == 2*oneBits:
		return 1
	case (2*ix < 2*oneBits) == (iy&signBit == 0):
		return 0
	}
	return y * y
}

func isZeroInfNaN(bits uint64) bool { return 2*bits-1 >= 2*infBits-1 }

type parityKind int

const (
	fraction parityKind = iota
	odd
	even
)

// parity tells whether the double with these bits is an odd or an even whole number or has a fraction.
func parity(bits uint64) parityKind {
	exponent := bits >> 52 & 0x7ff
	switch {
	case exponent < 0x3ff:
		return fraction
	case exponent > 0x3ff+52:
		return even
	}
	unit := uint64(1) << (0x3ff + 52 - exponent)
	switch {
	case bits&(unit-1) != 0:
		return fraction
	case bits&unit != 0:
		return odd
	}
	return even
}
