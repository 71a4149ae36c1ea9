package vec

import "unsafe"

// The routines of the level in force.
var (
	fill   func(dst *float64, v float64, n int)
	choose func(dst, c, a, b *float64, n int)
	gather func(dst, base *float64, idx *int32, n int)
)

// Fill: for i: dst[i] = v.
func Fill(dst *float64, v float64, n int) { fill(dst, v, n) }

// Select: for i: dst[i] = c[i] != 0 ? a[i] : b[i]. A NaN is true.
func Select(dst, c, a, b *float64, n int) { choose(dst, c, a, b, n) }

// Gather: for i: dst[i] = base[idx[i]].
func Gather(dst, base *float64, idx *int32, n int) { gather(dst, base, idx, n) }

// Scatter: for i in order: base[idx[i]] = src[i].
func Scatter(base *float64, idx *int32, src *float64, n int) {
	indices := unsafe.Slice(idx, n)
	for i, x := range floats(src, n) {
		*element(base, indices[i]) = x
	}
}

// ScatterAdd: for i in order: base[idx[i]] += src[i].
func ScatterAdd(base *float64, idx *int32, src *float64, n int) {
	indices := unsafe.Slice(idx, n)
	for i, x := range floats(src, n) {
		*element(base, indices[i]) += x
	}
}

// ScatterSub: for i in order: base[idx[i]] -= src[i].
func ScatterSub(base *float64, idx *int32, src *float64, n int) {
	indices := unsafe.Slice(idx, n)
	for i, x := range floats(src, n) {
		*element(base, indices[i]) -= x
	}
}

func element(base *float64, i int32) *float64 {
	return (*float64)(unsafe.Add(unsafe.Pointer(base), int(i)*8))
}

func fillGo(dst *float64, v float64, n int) {
	d := floats(dst, n)
	for i := range d {
		d[i] = v
	}
}

func selectGo(dst, c, a, b *float64, n int) {
	d, cs, as, bs := floats(dst, n), floats(c, n), floats(a, n), floats(b, n)
	for i := range d {
		if cs[i] != 0 {
			d[i] = as[i]
		} else {
			d[i] = bs[i]
		}
	}
}

func gatherGo(dst, base *float64, idx *int32, n int) {
	indices := unsafe.Slice(idx, n)
	for i := range floats(dst, n) {
		*element(dst, int32(i)) = *element(base, indices[i])
	}
}
