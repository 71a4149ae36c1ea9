package program

// LagHistory is what a variable was at earlier calls (scopmath's lag). INITIAL starts it anew.
type LagHistory struct {
	times, values []float64 // from the call at or before t-lag on
	between       float64   // the last interpolated value
}

// Reset forgets everything.
func (h *LagHistory) Reset() { h.times, h.values = h.times[:0], h.values[:0] }

// At notes that the variable is x at t and returns what it was lag earlier: the first known value before that time,
// a linear interpolation after it.
func (h *LagHistory) At(t, x, lag float64) float64 {
	n := len(h.times)
	switch {
	case n == 0:
		h.times, h.values = append(h.times, t), append(h.values, x)
		return x
	case t == h.times[n-1]:
		h.values[n-1] = x
		if t-h.times[0] >= lag {
			return h.between
		}
		return h.values[0]
	case t-h.times[0] >= lag:
		h.times, h.values = append(h.times, t), append(h.values, x)
		k := 0
		for k+1 < len(h.times) && t-h.times[k+1] >= lag {
			k++
		}
		if k == len(h.times)-1 { // a lag of 0 or less
			k--
		}
		h.times, h.values = append(h.times[:0], h.times[k:]...), append(h.values[:0], h.values[k:]...)
		if at := t - lag; at > h.times[0] {
			ratio := (at - h.times[0]) / (h.times[1] - h.times[0])
			h.between = h.values[0] + float64(ratio*(h.values[1]-h.values[0]))
			return h.between
		}
		return h.values[0]
	case t > h.times[n-1]:
		h.times, h.values = append(h.times, t), append(h.values, x)
	}
	return h.values[0]
}
