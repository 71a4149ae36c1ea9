package libm

import "math"

// Constants of Log: polynomials of log(1+r), near 1 (B) and elsewhere (A).
const (
	logOffset = 0x3fe6000000000000

	logA0 = -0x1.0000000000001p-1
	logA1 = 0x1.555555551305bp-2
	logA2 = -0x1.fffffffeb459p-3
	logA3 = 0x1.999b324f10111p-3
	logA4 = -0x1.55575e506c89fp-3

	logB0  = -0x1p-1
	logB1  = 0x1.5555555555577p-2
	logB2  = -0x1.ffffffffffdcbp-3
	logB3  = 0x1.999999995dd0cp-3
	logB4  = -0x1.55555556745a7p-3
	logB5  = 0x1.24924a344de30p-3
	logB6  = -0x1.fffffa4423d65p-4
	logB7  = 0x1.c7184282ad6cap-4
	logB8  = -0x1.999eb43b068ffp-4
	logB9  = 0x1.78182f7afd085p-4
	logB10 = -0x1.5521375d145cdp-4

	nearOneLow  = 0x3fee000000000000 // bits of 1 - 2^-4
	nearOneHigh = 0x3ff1090000000000 // bits of 1 + 0x1.09p-4
)

// Log returns the natural logarithm, bit for bit what glibc returns on a machine with FMA (error below 0.52 ulp).
//
// x = 2^k z, log x = k ln 2 + log c + log(z/c), with 128 values of c; next to 1 a polynomial alone.
func Log(x float64) float64 {
	ix := math.Float64bits(x)
	if ix-nearOneLow < nearOneHigh-nearOneLow {
		return logNearOne(x)
	}
	if top := ix >> 48; top-0x10 >= 0x7ff0-0x10 {
		switch {
		case 2*ix == 0:
			return math.Inf(-1)
		case ix == infBits:
			return x
		case x != x:
			return x + x
		case ix&signBit != 0:
			return math.NaN()
		}
		ix = math.Float64bits(x*0x1p52) - 52<<52 // subnormal
	}
	offset := ix - logOffset
	entry := &logTable[offset>>45&127]
	kd := float64(int64(offset) >> 52)
	z := math.Float64frombits(ix - offset&(0xfff<<52))
	r := math.FMA(z, entry[0], -1)
	w := math.FMA(kd, ln2Hi, entry[1])
	hi := w + r
	lo := math.FMA(kd, ln2Lo, w-hi+r)
	r2 := float64(r * r)
	p := math.FMA(r2, math.FMA(r, logA4, logA3), math.FMA(r, logA2, logA1))
	return math.FMA(float64(r*r2), p, math.FMA(r2, logA0, lo)) + hi
}

func logNearOne(x float64) float64 {
	r := x - 1
	if r == 0 {
		return 0
	}
	r2 := float64(r * r)
	r3 := float64(r * r2)
	p := math.FMA(r3, logB10, math.FMA(r2, logB9, math.FMA(r, logB8, logB7)))
	p = math.FMA(r3, p, math.FMA(r2, logB6, math.FMA(r, logB5, logB4)))
	p = math.FMA(r3, p, math.FMA(r2, logB3, math.FMA(r, logB2, logB1)))
	// r - r*r/2 to about 65 bits.
	shifted := float64(r * 0x1p27)
	high := r + shifted - shifted
	low := r - high
	half := float64(high * high * logB0)
	hi := r + half
	lo := r - hi + half
	lo = math.FMA(float64(logB0*low), high+r, lo)
	return math.FMA(r3, p, lo) + hi
}
