package program

import "math"

// Curves are functions of v alone that a State program looks up instead of computing them (`numerics: fast`): steady
// states and 1-exp(-dt/tau) of channels, whose other arguments (dt, celsius, constants) are the same for the whole run.
type Curves struct {
	Names []string // of the outputs, for texts
	Build *Code    // scalar: Arg 0 is v (mV); results are in registers 0..len(Names)-1 at the end
}

// Curves are polynomials of v on intervals of equal width. The grid is fixed, so that results do not depend on what else
// is in a run. Those from -104 to 56 mV are the window: an executor may hold one coefficient of all its sixteen intervals
// in two vector registers.
const (
	CurveIntervals = 64
	CurveWindow    = 16                           // first interval of the window
	WindowLength   = 16                           // intervals
	CurveWidth     = 10.0                         // mV
	CurveFrom      = -99 - CurveWindow*CurveWidth // mV: middle of interval 0
	CurveFactor    = 1 / CurveWidth               // 1/mV
	roundToWhole   = 0x1.8p52                     // x + c - c is x rounded to a whole number
	curveNodes     = 20                           // places in an interval where a curve is computed
	maxCurveDegree = curveNodes - 3               // the last coefficients show whether the first ones suffice
	curveTolerance = 3e-11                        // of the largest value in an interval
	curveFloor     = 1e-280                       // below it values are taken for 0
)

// CurveData are the coefficients of one output: Rows[k*CurveIntervals+i] belongs to interval i and is multiplied by
// s^(Degree-k), where s is the distance from the interval's middle in widths, -0.5 to 0.5.
type CurveData struct {
	Degree int
	Rows   []float64
	Window []float64 // what Rows has for the intervals of the window, coefficient by coefficient
}

// window copies out of Rows.
func (d *CurveData) window() {
	for k := 0; k < len(d.Rows); k += CurveIntervals {
		d.Window = append(d.Window, d.Rows[k+CurveWindow:k+CurveWindow+WindowLength]...)
	}
}

// Value is the curve at v (mV), beyond the grid that at its end; NaN counts as below. It is Horner's rule with FMA: every
// executor must leave these bits.
func (d *CurveData) Value(v float64) float64 {
	u := float64((v - CurveFrom) * CurveFactor)
	if !(u > 0) {
		u = 0
	}
	if !(u < CurveIntervals-1) {
		u = CurveIntervals - 1
	}
	whole := u + roundToWhole - roundToWhole
	s := u - whole
	at := int(whole)
	y := d.Rows[at]
	for at += CurveIntervals; at < len(d.Rows); at += CurveIntervals {
		y = math.FMA(y, s, d.Rows[at])
	}
	return y
}

// FitCurves computes the coefficients of all curves of a mechanism for given globals. An output has none (Rows is nil)
// where its function cannot be followed to 3e-11 of its size: it has a kink or a jump, or is not finite.
func FitCurves(m *Mechanism, globals []float64) ([]CurveData, error) {
	c := m.Curves
	in := &Instance{Globals: globals, Args: []float64{0}, regs: make([]float64, max(c.Build.Regs, len(c.Names)))}
	out := make([]CurveData, len(c.Names))
	series := make([][CurveIntervals][curveNodes]float64, len(c.Names)) // Chebyshev coefficients
	nodes, basis := chebyshev()
	for i := range CurveIntervals {
		values := make([][curveNodes]float64, len(out))
		for k, x := range nodes {
			in.Args[0] = CurveFrom + CurveWidth*(float64(i)+x/2)
			if err := Run(c.Build, m, in); err != nil {
				return nil, err
			}
			for o := range out {
				values[o][k] = in.regs[o]
			}
		}
		for o := range out {
			for j := range curveNodes {
				sum := 0.0
				for k, y := range values[o] {
					sum += y * basis[j][k]
				}
				series[o][i][j] = sum
			}
		}
	}
	for o := range out {
		degree := 1
		for i := range CurveIntervals {
			degree = max(degree, neededDegree(&series[o][i]))
		}
		if degree <= maxCurveDegree {
			out[o] = newCurve(degree, &series[o])
		}
	}
	return out, nil
}

// chebyshev returns the nodes in [-1, 1] and, for each coefficient, the weights of the values at the nodes.
func chebyshev() (nodes [curveNodes]float64, basis [curveNodes][curveNodes]float64) {
	for k := range curveNodes {
		angle := math.Pi * (float64(k) + .5) / curveNodes
		nodes[k] = math.Cos(angle)
		for j := range curveNodes {
			basis[j][k] = 2. / curveNodes * math.Cos(float64(j)*angle)
		}
		basis[0][k] /= 2
	}
	return nodes, basis
}

// neededDegree is the smallest degree whose remainder is within the tolerance; one that is too large if none is.
func neededDegree(series *[curveNodes]float64) int {
	size, rest := 0.0, 0.0
	for _, c := range series {
		size += math.Abs(c)
	}
	if !(size <= math.MaxFloat64) {
		return curveNodes
	}
	if size < curveFloor {
		return 1
	}
	for d := curveNodes - 1; d > 0; d-- {
		if rest += math.Abs(series[d]); rest > curveTolerance*size {
			return d
		}
	}
	return 1
}

// newCurve turns series in Chebyshev polynomials of 2s into powers of s.
func newCurve(degree int, series *[CurveIntervals][curveNodes]float64) CurveData {
	d := CurveData{Degree: degree, Rows: make([]float64, (degree+1)*CurveIntervals)}
	// polynomials[j][p] is the factor of x^p in T_j(x).
	var polynomials [curveNodes][curveNodes]float64
	polynomials[0][0], polynomials[1][1] = 1, 1
	for j := 2; j <= degree; j++ {
		for p := range degree + 1 {
			x := -polynomials[j-2][p]
			if p > 0 {
				x += 2 * polynomials[j-1][p-1]
			}
			polynomials[j][p] = x
		}
	}
	for i := range CurveIntervals {
		for p := range degree + 1 {
			sum := 0.0
			for j := degree; j >= p; j-- {
				sum += series[i][j] * polynomials[j][p]
			}
			d.Rows[(degree-p)*CurveIntervals+i] = math.Ldexp(sum, p)
		}
	}
	d.window()
	return d
}
