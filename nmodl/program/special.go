package program

import (
	"errors"
	"math"

	"netsim/libm"
)

// ErrNegativeFactorial is the factorial of a negative number (scopmath's NEG_ARG).
var ErrNegativeFactorial = errors.New("cannot compute factorial of negative argument")

// twoPi is scopmath's: nine digits.
const twoPi = 6.28318530

// special are the functions of libm and scopmath that depend on nothing but their arguments.
func special(f Fn, a []float64) (float64, error) {
	switch f {
	case FnFactorial:
		return factorial(a[0])
	case FnGauss:
		x := (a[0] - a[1]) / a[2]
		return libm.Exp(float64(-0.5*libm.Pow(x, 2))) / float64(math.Sqrt(twoPi)*a[2]), nil
	case FnPoisson:
		n, err := factorial(a[0])
		return float64(libm.Pow(a[1], a[0])*libm.Exp(-a[1])) / n, err
	case FnHypot:
		return libm.Hypot(a[0], a[1]), nil
	case FnCopysign:
		return math.Copysign(a[0], a[1]), nil
	case FnDim:
		return math.Dim(a[0], a[1]), nil
	}
	return specialOf(f, a[0]), nil
}

// specialOf are those of one argument.
func specialOf(f Fn, x float64) float64 {
	switch f {
	case FnErf:
		return libm.Erf(x)
	case FnErfc:
		return libm.Erfc(x)
	case FnAsinh:
		return libm.Asinh(x)
	case FnAcosh:
		return libm.Acosh(x)
	case FnAtanh:
		return libm.Atanh(x)
	case FnCbrt:
		return libm.Cbrt(x)
	case FnExpm1:
		return libm.Expm1(x)
	case FnLog1p:
		return libm.Log1p(x)
	case FnLog2:
		return libm.Log2(x)
	case FnExp2:
		return libm.Exp2(x)
	case FnGamma:
		return math.Gamma(x)
	case FnLgamma:
		y, _ := math.Lgamma(x)
		return y
	case FnRound:
		return math.Round(x)
	case FnRint:
		return math.RoundToEven(x)
	}
	return math.NaN()
}

// factorial is scopmath's: a product below 20, Stirling's formula from there on. x is n rounded as its authors meant
// it; the product begins at n cut off.
func factorial(n float64) (float64, error) {
	x := math.Trunc(n + 0.1)
	switch {
	case math.IsNaN(x):
		return x, nil
	case x < 0:
		return 0, ErrNegativeFactorial
	case x < 20:
		p := 1.0
		for i := math.Trunc(n); i > 1 && x >= 2; i-- {
			p = float64(p * i)
		}
		return p, nil
	}
	return float64(float64(libm.Exp(-x)*libm.Pow(x, x)) * math.Sqrt(float64(twoPi*x))), nil
}
