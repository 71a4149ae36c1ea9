package vec

import "unsafe"

// Lanes is how many cells stand side by side in HinesStep8.
const Lanes = 8

var hinesStep8 func(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64)

// HinesStep8 ends a step for eight cells of one tree: axial currents and conductances, capacitance, elimination,
// update of v. On entry rhs and d hold the membrane's currents and conductances; on return rhs holds dv.
//
// v, rhs and d are [n][8]; a, b, cm and parent are [n], shared by the lanes; parent[i] < i; nodes 0..nroot-1 are
// roots. cfac is 0.001/dt (mV, ms, uF/cm2, mA/cm2). For every lane:
//
//	for i = nroot..n-1:  dv = v[p]-v[i];  rhs[i] -= b[i]*dv;  rhs[p] += a[i]*dv
//	for i = 0..n-1:      d[i] += cfac*cm[i]
//	for i = nroot..n-1:  d[i] -= b[i];  d[p] -= a[i]
//	for i = n-1..nroot:  q = a[i]/d[i];  d[p] -= q*b[i];  rhs[p] -= q*rhs[i]
//	for i = 0..nroot-1:  rhs[i] /= d[i]
//	for i = nroot..n-1:  rhs[i] -= b[i]*rhs[p];  rhs[i] /= d[i]
//	for i = 0..n-1:      v[i] += rhs[i]
//
// All operations on one element happen in this order, each rounded on its own.
func HinesStep8(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64) {
	hinesStep8(n, nroot, parent, a, b, cm, cfac, v, rhs, d)
}

// HinesStep1 is HinesStep8 for one cell: v, rhs and d are [n].
func HinesStep1(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64) {
	parents := unsafe.Slice(parent, n)
	as, bs, cms := floats(a, n), floats(b, n), floats(cm, n)
	vs, rs, ds := floats(v, n), floats(rhs, n), floats(d, n)
	for i := range min(nroot, n) {
		ds[i] += float64(cfac * cms[i])
	}
	for i := nroot; i < n; i++ {
		p := parents[i]
		dv := vs[p] - vs[i]
		rs[i] -= float64(bs[i] * dv)
		rs[p] += float64(as[i] * dv)
		ds[i] = ds[i] + float64(cfac*cms[i]) - bs[i]
		ds[p] -= as[i]
	}
	for i := n - 1; i >= nroot; i-- {
		p := parents[i]
		q := as[i] / ds[i]
		ds[p] -= float64(q * bs[i])
		rs[p] -= float64(q * rs[i])
	}
	for i := range min(nroot, n) {
		rs[i] /= ds[i]
		vs[i] += rs[i]
	}
	for i := nroot; i < n; i++ {
		x := (rs[i] - float64(bs[i]*rs[parents[i]])) / ds[i]
		rs[i] = x
		vs[i] += x
	}
}

// hinesStep8Go is HinesStep8's reference loop.
func hinesStep8Go(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64) {
	parents := unsafe.Slice(parent, n)
	as, bs, cms := floats(a, n), floats(b, n), floats(cm, n)
	rows := func(p *float64) [][Lanes]float64 { return unsafe.Slice((*[Lanes]float64)(unsafe.Pointer(p)), n) }
	vs, rs, ds := rows(v), rows(rhs), rows(d)
	for i := range n {
		vi, ri, di := &vs[i], &rs[i], &ds[i]
		c := float64(cfac * cms[i])
		for l := range Lanes {
			di[l] += c
		}
		if i < nroot {
			continue
		}
		ai, bi := as[i], bs[i]
		vp, rp, dp := &vs[parents[i]], &rs[parents[i]], &ds[parents[i]]
		for l := range Lanes {
			dv := vp[l] - vi[l]
			ri[l] -= float64(bi * dv)
			rp[l] += float64(ai * dv)
			di[l] -= bi
			dp[l] -= ai
		}
	}
	for i := n - 1; i >= nroot; i-- {
		ai, bi := as[i], bs[i]
		ri, di, rp, dp := &rs[i], &ds[i], &rs[parents[i]], &ds[parents[i]]
		for l := range Lanes {
			q := ai / di[l]
			dp[l] -= float64(q * bi)
			rp[l] -= float64(q * ri[l])
		}
	}
	for i := range n {
		vi, ri, di := &vs[i], &rs[i], &ds[i]
		if i < nroot {
			for l := range Lanes {
				ri[l] /= di[l]
				vi[l] += ri[l]
			}
			continue
		}
		bi, rp := bs[i], &rs[parents[i]]
		for l := range Lanes {
			x := (ri[l] - float64(bi*rp[l])) / di[l]
			ri[l] = x
			vi[l] += x
		}
	}
}
