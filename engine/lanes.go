package engine

import "unsafe"

// lanes is the number of cells that stand side by side: one AVX-512 register, two of AVX2.
const lanes = 8

// Rows of lanes: index r of rows is the position of lane 0; the eight values follow it.

// gatherLanes: dst[8k+j] = base[rows[k]+j].
func gatherLanes(dst, base *float64, rows []int32) {
	for k, r := range rows {
		*row(dst, k*lanes) = *row(base, int(r))
	}
}

// scatterLanes: base[rows[k]+j] = src[8k+j].
func scatterLanes(base *float64, rows []int32, src *float64) {
	for k, r := range rows {
		*row(base, int(r)) = *row(src, k*lanes)
	}
}

// accAddLanes: base[rows[k]+j] += src[8k+j].
func accAddLanes(base *float64, rows []int32, src *float64) {
	for k, r := range rows {
		b, s := row(base, int(r)), row(src, k*lanes)
		for j := range lanes {
			b[j] += s[j]
		}
	}
}

// accSubLanes: base[rows[k]+j] -= src[8k+j].
func accSubLanes(base *float64, rows []int32, src *float64) {
	for k, r := range rows {
		b, s := row(base, int(r)), row(src, k*lanes)
		for j := range lanes {
			b[j] -= s[j]
		}
	}
}

func row(base *float64, i int) *[lanes]float64 {
	return (*[lanes]float64)(unsafe.Add(unsafe.Pointer(base), i*8))
}
