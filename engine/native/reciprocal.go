package native

import (
	"math"
	"math/big"
	"math/bits"
)

// Division by a known number c: with hi = RN(1/c) and lo = RN(1/c - hi), the quotient is
//
//	q = RN(x·hi + RN(x·lo))
//
// one multiplication and one FMA (N. Brisebarre, J.-M. Muller, S. K. Raina: Accelerating correctly rounded floating-point
// division when the divisor is known in advance, IEEE Trans. Comput. 53, 2004). It is the correctly rounded quotient for
// every x but perhaps a few, which Multiplies looks for: x·hi + RN(x·lo) misses x/c by a relative 2^-104 at most, so q is
// wrong only where x/c is that close to the middle of two doubles. With mantissas X and C of 53 bits and the quotient's
// middle M (54 bits, odd), that is |2^s·X - M·C| <= 2^3 with s = 53 or 54: for each such difference one X modulo C.

// reciprocalRange bounds |x| where the scheme is used: no intermediate result leaves the normal numbers when the divisor
// is within divisorRange.
const (
	reciprocalRange = 900 // 2^±900
	divisorRange    = 64  // 2^±64
)

// reciprocal returns the two parts of 1/c.
func reciprocal(c float64) (hi, lo float64) {
	hi = 1 / c
	// 1 - c·hi is exact as an FMA.
	return hi, math.FMA(-c, hi, 1) / c
}

// powerOfTwo tells whether x/d and x·(1/d) are the same number for every x, subnormal results included.
func powerOfTwo(d float64) bool {
	frac, exp := math.Frexp(math.Abs(d))
	return frac == 0.5 && exp > -1000 && exp < 1000
}

// Multiplies tells whether division by c can be done by the scheme.
func Multiplies(c float64) bool {
	frac, exp := math.Frexp(math.Abs(c))
	if math.IsNaN(c) || math.IsInf(c, 0) || c == 0 || exp < -divisorRange || exp > divisorRange {
		return false
	}
	hi, lo := reciprocal(math.Abs(c))
	mantissa := uint64(frac * (1 << 53)) // 53 bits
	twos := bits.TrailingZeros64(mantissa)
	odd := mantissa >> twos
	c = math.Ldexp(frac, 53)
	hi, lo = math.Ldexp(hi, exp-53), math.Ldexp(lo, exp-53)
	if twos > 4 {
		return true // every difference is a multiple of 2^twos, and 0 is none
	}
	m := new(big.Int).SetUint64(odd)
	for _, s := range []uint{53, 54} {
		inverse := new(big.Int).ModInverse(new(big.Int).Lsh(big.NewInt(1), s-uint(twos)), m)
		for diff := int64(-16); diff <= 16; diff++ {
			// (2^s·X - M·C) = diff·2^twos: X = diff/2^(s-twos) modulo odd.
			x := new(big.Int).Mul(inverse, big.NewInt(diff))
			first := x.Mod(x, m).Uint64()
			if first < 1<<52 {
				first += (1<<52 - first + odd - 1) / odd * odd
			}
			for ; first < 1<<53; first += odd {
				if v := float64(first); math.FMA(v, hi, float64(v*lo)) != v/c {
					return false
				}
			}
		}
	}
	return true
}
