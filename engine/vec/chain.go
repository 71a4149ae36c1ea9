package vec

import "unsafe"

// Chains are runs of nodes of which each is the parent of the next, eight side by side: [rows][8], row k+1 holds the
// parents of row k. a and b are 0 where a node's parent is not in the next row, and in the last row.

var (
	chainAssemble   = chainAssembleGo
	chainEliminate  = chainEliminateGo
	chainSubstitute = chainSubstituteGo
)

// ChainAssemble adds capacitance and the axial terms within the chains. bd is what the diagonal takes of the axial
// conductance, b or more. For k = 0..rows-1, every lane:
//
//	dv[k] = v[k+1]-v[k]                            (0 in the last row)
//	rhs[k] = (rhs[k] - b[k]*dv[k]) + a[k-1]*dv[k-1]
//	d[k] = ((d[k] + cfac*cm[k]) - bd[k]) - a[k-1]
//
// The terms with k-1 are absent in row 0.
func ChainAssemble(rows int, a, b, bd, cm *float64, cfac float64, v, rhs, d *float64) {
	chainAssemble(rows, a, b, bd, cm, cfac, v, rhs, d)
}

// ChainEliminate: for k = 0..rows-2: q = a[k]/d[k]; d[k+1] -= q*b[k]; rhs[k+1] -= q*rhs[k].
func ChainEliminate(rows int, a, b, rhs, d *float64) { chainEliminate(rows, a, b, rhs, d) }

// ChainSubstitute: for k = rows-1..0: rhs[k] = (rhs[k] - b[k]*rhs[k+1])/d[k]; v[k] += rhs[k]; without the term with k+1
// in the last row.
func ChainSubstitute(rows int, b, v, rhs, d *float64) { chainSubstitute(rows, b, v, rhs, d) }

func laneRows(p *float64, n int) [][Lanes]float64 {
	return unsafe.Slice((*[Lanes]float64)(unsafe.Pointer(p)), n)
}

func chainAssembleGo(rows int, a, b, bd, cm *float64, cfac float64, v, rhs, d *float64) {
	as, bs, bds, cms := laneRows(a, rows), laneRows(b, rows), laneRows(bd, rows), laneRows(cm, rows)
	vs, rs, ds := laneRows(v, rows), laneRows(rhs, rows), laneRows(d, rows)
	for l := range Lanes {
		last, lastA := 0.0, 0.0
		for k := range rows {
			diag := ds[k][l] + float64(cfac*cms[k][l]) - bds[k][l]
			r := rs[k][l]
			if k+1 < rows {
				dv := vs[k+1][l] - vs[k][l]
				r -= float64(bs[k][l] * dv)
				if k > 0 {
					r += last
					diag -= lastA
				}
				last, lastA = float64(as[k][l]*dv), as[k][l]
			} else if k > 0 {
				r += last
				diag -= lastA
			}
			rs[k][l], ds[k][l] = r, diag
		}
	}
}

func chainEliminateGo(rows int, a, b, rhs, d *float64) {
	as, bs := laneRows(a, rows), laneRows(b, rows)
	rs, ds := laneRows(rhs, rows), laneRows(d, rows)
	for k := 0; k+1 < rows; k++ {
		for l := range Lanes {
			q := as[k][l] / ds[k][l]
			ds[k+1][l] -= float64(q * bs[k][l])
			rs[k+1][l] -= float64(q * rs[k][l])
		}
	}
}

func chainSubstituteGo(rows int, b, v, rhs, d *float64) {
	bs, vs := laneRows(b, rows), laneRows(v, rows)
	rs, ds := laneRows(rhs, rows), laneRows(d, rows)
	for k := rows - 1; k >= 0; k-- {
		for l := range Lanes {
			r := rs[k][l]
			if k+1 < rows {
				r -= float64(bs[k][l] * rs[k+1][l])
			}
			r /= ds[k][l]
			rs[k][l] = r
			vs[k][l] += r
		}
	}
}
