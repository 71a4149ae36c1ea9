package vec

import (
	"math"
	"unsafe"
)

// The solver of `numerics: fast` finds the new potentials at once instead of their changes. The matrix is the one of
// HinesStep8 and ChainEliminate; its right side is
//
//	r[i] = rhs[i] + (d[i] + cap[i])*v[i]
//
// since the axial terms of what it multiplies are those of the matrix: no axial current is computed. A node's reciprocal
// pivot serves for elimination and substitution. On entry rhs and d hold the membrane's currents (mA/cm2) and
// conductances, on return they are 0 and ready for the next step, and v is the new potential (mV). cap is cfac*cm, diag
// is cap less the axial terms of the diagonal (all as NEURON scales d); a and b are NEURON's, ab is a*b. The operations on
// a node are, in this order, for a loop over its children from the last to the first,
//
//	child i that is not next to p:  t = ab[i]*inv[i];  d[p] -= t;  rhs[p] = rhs[p] - q[i]*r[i] + t*v[p]
//	r[p] = rhs[p] + (d[p]+cap[p])*v[p];  g = d[p] + diag[p]
//	child i = p+1:                  g -= ab[i]*inv[i];  r[p] -= q[i]*r[i]
//	inv[p] = 1/g;  q[p] = a[p]*inv[p]
//
// and v[i] = (r[i] - b[i]*v[p])*inv[i] with the new v[p]. Products are fused with the sums they belong to.

var (
	chainReduce  = chainReduceGo
	chainUpdate  = chainUpdateGo
	directSolve8 = directSolve8Go
)

// ChainReduce is elimination along chains ([rows][8], row k+1 holds the parents of row k): on return rhs holds r and d
// holds 1/g. a and ab are 0 where a node's parent is not in the next row.
func ChainReduce(rows int, a, ab, cap, diag, v, rhs, d *float64) {
	chainReduce(rows, a, ab, cap, diag, v, rhs, d)
}

// ChainUpdate is substitution along chains; b is 0 where a node's parent is not in the next row.
func ChainUpdate(rows int, b, v, rhs, d *float64) { chainUpdate(rows, b, v, rhs, d) }

// DirectSolve8 is a whole step for eight cells of one tree: v, rhs and d are [n][8]; parent, a, b, ab, cap and diag are
// [n], shared by the lanes; nodes 0..nroot-1 are roots.
func DirectSolve8(n, nroot int, parent *int32, a, b, ab, cap, diag, v, rhs, d *float64) {
	directSolve8(n, nroot, parent, a, b, ab, cap, diag, v, rhs, d)
}

func chainReduceGo(rows int, a, ab, cap, diag, v, rhs, d *float64) {
	as, abs, caps, diags := laneRows(a, rows), laneRows(ab, rows), laneRows(cap, rows), laneRows(diag, rows)
	vs, rs, ds := laneRows(v, rows), laneRows(rhs, rows), laneRows(d, rows)
	for l := range Lanes {
		var q, product, inv, last float64
		for k := range rows {
			r := math.FMA(ds[k][l]+caps[k][l], vs[k][l], rs[k][l])
			g := ds[k][l] + diags[k][l]
			if k > 0 {
				g = math.FMA(-product, inv, g)
				r = math.FMA(-q, last, r)
			}
			inv = 1 / g
			q, product, last = as[k][l]*inv, abs[k][l], r
			rs[k][l], ds[k][l] = r, inv
		}
	}
}

func chainUpdateGo(rows int, b, v, rhs, d *float64) {
	bs, vs := laneRows(b, rows), laneRows(v, rows)
	rs, ds := laneRows(rhs, rows), laneRows(d, rows)
	for l := range Lanes {
		x := 0.0
		for k := rows - 1; k >= 0; k-- {
			r := rs[k][l]
			if k+1 < rows {
				r = math.FMA(-bs[k][l], x, r)
			}
			x = r * ds[k][l]
			vs[k][l], rs[k][l], ds[k][l] = x, 0, 0
		}
	}
}

// DirectSolve1 is DirectSolve8 for one cell: v, rhs and d are [n].
func DirectSolve1(n, nroot int, parent *int32, a, b, ab, cap, diag, v, rhs, d *float64) {
	parents := unsafe.Slice(parent, n)
	as, bs, abs, caps, diags := floats(a, n), floats(b, n), floats(ab, n), floats(cap, n), floats(diag, n)
	vs, rs, ds := floats(v, n), floats(rhs, n), floats(d, n)
	var q, product, inv, last float64 // of child i+1, if it is next to i
	for i := n - 1; i >= 0; i-- {
		r := math.FMA(ds[i]+caps[i], vs[i], rs[i])
		g := ds[i] + diags[i]
		if i+1 < n && i+1 >= nroot && int(parents[i+1]) == i {
			g = math.FMA(-product, inv, g)
			r = math.FMA(-q, last, r)
		}
		inv = 1 / g
		q, product, last = as[i]*inv, abs[i], r
		rs[i], ds[i] = r, inv
		if p := int(parents[i]); i >= nroot && p != i-1 {
			rs[p], ds[p] = DirectHead(q, product, inv, r, vs[p], rs[p], ds[p])
		}
	}
	for i := range n {
		r := rs[i]
		if i >= nroot {
			r = math.FMA(-bs[i], vs[parents[i]], r)
		}
		vs[i] = r * ds[i]
	}
	clear(rs)
	clear(ds)
}

// DirectHead is what a node that is not next to its parent does to it: with its q, ab, reciprocal pivot and r, and the
// parent's v (mV), rhs and d, it returns the parent's new rhs and d.
func DirectHead(q, ab, inv, r, v, rhs, d float64) (newRHS, newD float64) {
	t := ab * inv
	return math.FMA(t, v, math.FMA(-q, r, rhs)), d - t
}

// directSolve8Go is DirectSolve8's reference loop.
func directSolve8Go(n, nroot int, parent *int32, a, b, ab, cap, diag, v, rhs, d *float64) {
	one := make([]float64, 3*n)
	vs, rs, ds := laneRows(v, n), laneRows(rhs, n), laneRows(d, n)
	for l := range Lanes {
		for i := range n {
			one[i], one[n+i], one[2*n+i] = vs[i][l], rs[i][l], ds[i][l]
		}
		DirectSolve1(n, nroot, parent, a, b, ab, cap, diag, &one[0], &one[n], &one[2*n])
		for i := range n {
			vs[i][l], rs[i][l], ds[i][l] = one[i], 0, 0
		}
	}
}
