package rng

// PairwiseSum adds as numpy.sum does for a contiguous array of float64, bit
// for bit: a plain loop below 8 numbers, eight partial sums up to 128, halves
// (split at a multiple of 8) beyond.
func PairwiseSum(a []float64) float64 {
	n := len(a)
	switch {
	case n < 8:
		// numpy starts from the identity of addition, so that the sum of nothing
		// and of -0 is 0.
		s := 0.0
		for _, v := range a {
			s += v
		}
		return s
	case n <= 128:
		var r [8]float64
		copy(r[:], a)
		i := 8
		for ; i < n-n%8; i += 8 {
			for k := range r {
				r[k] += a[i+k]
			}
		}
		s := ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
		for ; i < n; i++ {
			s += a[i]
		}
		return s
	}
	h := n / 2
	h -= h % 8
	return PairwiseSum(a[:h]) + PairwiseSum(a[h:])
}
