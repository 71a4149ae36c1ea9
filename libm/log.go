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

const (
	log2Near  = 0x3feea4af00000000 // bits of 1 - 0x1.5b51p-5
	log2Width = 0x210aa00000000    // to 1 + 0x1.6ab2p-5

	inverseLn2Hi = 0x1.7154765200000p0
	inverseLn2Lo = 0x1.705fc2eefa200p-33

	log2A0 = -0x1.71547652b8339p-1
	log2A1 = 0x1.ec709dc3a04bep-2
	log2A2 = -0x1.7154764702ffbp-2
	log2A3 = 0x1.2776c50034c48p-2
	log2A4 = -0x1.ec7b328ea92bcp-3
	log2A5 = 0x1.a6225e117f92ep-3

	log2B0 = -0x1.71547652b82fep-1
	log2B1 = 0x1.ec709dc3a03f7p-2
	log2B2 = -0x1.71547652b7c3fp-2
	log2B3 = 0x1.2776c50f05be4p-2
	log2B4 = -0x1.ec709dd768fe5p-3
	log2B5 = 0x1.a61761ec4e736p-3
	log2B6 = -0x1.7153fbc64a79bp-3
	log2B7 = 0x1.484d154f01b4ap-3
	log2B8 = -0x1.289e4a72c383cp-3
	log2B9 = 0x1.0b32f285aee66p-3
)

// Log2 returns the binary logarithm, bit for bit what glibc returns on a machine with FMA (error below 0.55 ulp); as Log, with
// 64 values of c.
func Log2(x float64) float64 {
	ix := math.Float64bits(x)
	if ix-log2Near < log2Width {
		return log2NearOne(x)
	}
	if top := ix >> 48; top-0x10 >= 0x7ff0-0x10 {
		if !(x > 0) || ix == infBits {
			return Log(x)
		}
		ix = math.Float64bits(x*0x1p52) - 52<<52 // subnormal
	}
	offset := ix - logOffset
	entry := &log2Table[offset>>46&63]
	z := math.Float64frombits(ix - offset&(0xfff<<52))
	r := math.FMA(z, entry[0], -1)
	t := float64(r * inverseLn2Hi)
	rest := math.FMA(inverseLn2Lo, r, math.FMA(inverseLn2Hi, r, -t))
	w := float64(int64(offset)>>52) + entry[1]
	hi := w + t
	lo := w - hi + t + rest
	r2 := float64(r * r)
	p := math.FMA(math.FMA(log2A3, r, log2A2), r2, math.FMA(log2A1, r, log2A0))
	p = math.FMA(math.FMA(log2A5, r, log2A4), float64(r2*r2), p)
	return math.FMA(r2, p, lo) + hi
}

func log2NearOne(x float64) float64 {
	r := x - 1
	hi := float64(r * inverseLn2Hi)
	lo := math.FMA(inverseLn2Lo, r, math.FMA(inverseLn2Hi, r, -hi))
	r2 := float64(r * r)
	r4 := float64(r2 * r2)
	first := math.FMA(log2B1, r, log2B0)
	y := math.FMA(first, r2, hi)
	lo = math.FMA(first, r2, hi-y) + lo
	p := math.FMA(math.FMA(log2B5, r, log2B4), r2, math.FMA(log2B3, r, log2B2))
	q := math.FMA(math.FMA(log2B9, r, log2B8), r2, math.FMA(log2B7, r, log2B6))
	return y + math.FMA(math.FMA(q, r4, p), r4, lo)
}
