package program

import "math"

// LinSolve solves the n equations of the augmented matrix coef (n rows of n+1, destroyed) by Gaussian elimination
// with partial pivoting in the order of scopmath's simeq (simeq.hpp). It reports false when a pivot is too small.
func LinSolve(n int, coef, solution []float64) bool {
	w := n + 1
	perm := make([]int, n)
	for i := range perm {
		perm[i] = i
	}
	save := 0
	for j := range n {
		pivot := perm[j]
		for i := j + 1; i < n; i++ {
			if r := perm[i]; math.Abs(coef[pivot*w+j]) < math.Abs(coef[r*w+j]) {
				pivot, save = r, i
			}
		}
		if math.Abs(coef[pivot*w+j]) < roundoff {
			return false
		}
		if pivot != perm[j] {
			perm[save] = perm[j]
			perm[j] = pivot
		}
		for k := j + 1; k <= n; k++ {
			coef[pivot*w+k] /= coef[pivot*w+j]
		}
		for i := j + 1; i < n; i++ {
			r := perm[i]
			for k := j + 1; k <= n; k++ {
				coef[r*w+k] -= float64(coef[pivot*w+k] * coef[r*w+j])
			}
		}
	}
	for i := n - 1; i >= 0; i-- {
		r := perm[i]
		s := coef[r*w+n]
		for j := i + 1; j < n; j++ {
			s -= float64(coef[r*w+j] * solution[j])
		}
		solution[i] = s
	}
	return true
}

// Crout factorises the n×n matrix a in place as scopmath's nrn_crout_thread does (crout_thread.hpp): implicit
// equilibration, row pivoting. perm holds row numbers. It reports false when a pivot is too small.
func Crout(n int, a, perm []float64) bool {
	rowMax := make([]float64, n)
	p := make([]int, n)
	for i := range n {
		p[i] = i
		k := 0
		for j := 1; j < n; j++ {
			if math.Abs(a[i*n+j]) > math.Abs(a[i*n+k]) {
				k = j
			}
		}
		rowMax[i] = a[i*n+k]
	}
	save := 0
	for r := range n {
		for i := r; i < n; i++ {
			sum := 0.0
			row := p[i]
			for k := range r {
				sum += float64(a[row*n+k] * a[p[k]*n+r])
			}
			a[row*n+r] -= sum
		}
		pivot := p[r]
		best := math.Abs(a[pivot*n+r] / rowMax[pivot])
		for i := r + 1; i < n; i++ {
			row := p[i]
			if e := math.Abs(a[row*n+r] / rowMax[row]); e > best {
				pivot, save, best = row, i, e
			}
		}
		if pivot != p[r] {
			p[save] = p[r]
			p[r] = pivot
		}
		if math.Abs(a[pivot*n+r]) < roundoff {
			return false
		}
		for j := r + 1; j < n; j++ {
			sum := 0.0
			for k := range r {
				sum += float64(a[pivot*n+k] * a[p[k]*n+j])
			}
			a[pivot*n+j] = (a[pivot*n+j] - sum) / a[pivot*n+r]
		}
	}
	for i, r := range p {
		perm[i] = float64(r)
	}
	return true
}

// CroutSolve solves with the factors of Crout (scopmath's nrn_scopmath_solve_thread).
func CroutSolve(n int, a, perm, b, x []float64) {
	for i := range n {
		row := int(perm[i])
		sum := 0.0
		for j := range i {
			sum += float64(a[row*n+j] * x[j])
		}
		x[i] = (b[row] - sum) / a[row*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		row := int(perm[i])
		sum := 0.0
		for j := i + 1; j < n; j++ {
			sum += float64(a[row*n+j] * x[j])
		}
		x[i] -= sum
	}
}
