package libm

import "math"

// Constants of Exp; the vector kernels (engine/vec) use the same.
const (
	expShift    = 0x1.8p52
	expInvLn2N  = 0x1.71547652b82fep0 * 128
	expNegLn2Hi = -0x1.62e42fefa0000p-8
	expNegLn2Lo = -0x1.cf79abc9e3b39p-47
	expC2       = 0x1.ffffffffffdbdp-2
	expC3       = 0x1.555555555543cp-3
	expC4       = 0x1.55555cf172b91p-5
	expC5       = 0x1.1111167a4d017p-7
)

// Exp returns e^x, bit for bit what glibc returns on a machine with FMA (error below 0.511 ulp).
//
// x = (k/128) ln 2 + r with |r| <= ln 2/256; e^x = 2^(k/128) e^r: a table of 128 powers and a polynomial of degree 5.
func Exp(x float64) float64 {
	top := uint32(math.Float64bits(x)>>52) & 0x7ff
	special := false
	if top-0x3c9 >= 0x3f { // |x| < 2^-54 or |x| >= 512
		switch {
		case top < 0x3c9:
			return 1 + x
		case top < 0x409:
			special = true
		case x < 0: // |x| >= 1024
			return 0
		case x > 0:
			return math.Inf(1)
		default:
			return 1 + x // NaN
		}
	}
	kd := math.FMA(expInvLn2N, x, expShift)
	ki := math.Float64bits(kd)
	kd -= expShift
	r := math.FMA(kd, expNegLn2Lo, math.FMA(kd, expNegLn2Hi, x))
	return expScaled(r, ki, 0, special)
}

// expScaled returns 2^(ki/128) e^r with the given sign (0 or 1<<18); special guards against overflow and underflow.
func expScaled(r float64, ki, sign uint64, special bool) float64 {
	entry := ki & 127
	tail := math.Float64frombits(ExpTable[2*entry])
	bits := ExpTable[2*entry+1] + (ki+sign)<<45
	r2 := float64(r * r)
	tmp := math.FMA(float64(r2*r2), math.FMA(r, expC5, expC4), math.FMA(r2, math.FMA(r, expC3, expC2), tail+r))
	if special {
		return expSpecial(tmp, bits, ki)
	}
	scale := math.Float64frombits(bits)
	return math.FMA(scale, tmp, scale)
}

// expSpecial returns scale(1+tmp) where scale itself may lie outside the range of doubles.
func expSpecial(tmp float64, bits, ki uint64) float64 {
	if ki&0x80000000 == 0 { // k > 0: the exponent of scale may have overflowed by up to 460
		scale := math.Float64frombits(bits - 1009<<52)
		return 0x1p1009 * math.FMA(scale, tmp, scale)
	}
	scale := math.Float64frombits(bits + 1022<<52)
	product := float64(scale * tmp)
	y := scale + product
	if math.Abs(y) < 1 { // subnormal: round once, at the final precision
		one := 1.0
		if y < 0 {
			one = -1
		}
		lo := scale - y + product
		hi := one + y
		lo = one - hi + y + lo
		y = hi + lo - one
		if y == 0 {
			y = math.Copysign(0, scale)
		}
	}
	return 0x1p-1022 * y
}

// HocExp is NEURON's hoc_Exp, the exp of mod files: 0 below -700, exp(700) above 700.
func HocExp(x float64) float64 {
	if x < -700 {
		return 0
	}
	if x > 700 {
		x = 700
	}
	return Exp(x)
}

const (
	exp2Shift = 0x1.8p45
	exp2C1    = 0x1.62e42fefa39efp-1
	exp2C2    = 0x1.ebfbdff82c424p-3
	exp2C3    = 0x1.c6b08d70cf4b5p-5
	exp2C4    = 0x1.3b2abd24650ccp-7
	exp2C5    = 0x1.5d7e09b4e3a84p-10
)

// Exp2 returns 2^x, bit for bit glibc's (error below 0.51 ulp), which has no variant with FMA: otherwise as Exp.
func Exp2(x float64) float64 {
	top := uint32(math.Float64bits(x)>>52) & 0x7ff
	special := false
	if top-0x3c9 >= 0x3f { // |x| < 2^-54 or |x| >= 512
		switch {
		case top < 0x3c9 || x != x:
			return 1 + x
		case x >= 1024:
			return math.Inf(1)
		case x <= -1075:
			return 0
		}
		special = math.Abs(x) > 928
	}
	kd := x + exp2Shift
	ki := math.Float64bits(kd)
	kd -= exp2Shift
	r := x - kd
	entry := ki & 127
	tail := math.Float64frombits(ExpTable[2*entry])
	bits := ExpTable[2*entry+1] + ki<<45
	r2 := float64(r * r)
	tmp := float64(r2*(float64(r*exp2C3)+exp2C2)) + (float64(r*exp2C1) + tail)
	tmp += float64(float64(r2*r2) * (float64(r*exp2C5) + exp2C4))
	switch {
	case !special:
		scale := math.Float64frombits(bits)
		return scale + float64(scale*tmp)
	case ki&0x80000000 == 0: // the exponent may be one too large
		scale := math.Float64frombits(bits - 1<<52)
		return 2 * (scale + float64(scale*tmp))
	}
	scale := math.Float64frombits(bits + 1022<<52)
	product := float64(scale * tmp)
	y := scale + product
	if y < 1 { // subnormal: round once, at the final precision
		lo := scale - y + product
		hi := 1 + y
		lo = 1 - hi + y + lo
		y = hi + lo - 1
	}
	return 0x1p-1022 * y
}
