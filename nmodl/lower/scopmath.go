package lower

import (
	"math"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// libraryFns are functions that compute a number from numbers and have no operation of their own.
var libraryFns = map[string]struct {
	fn   program.Fn
	args int
}{
	"erf": {program.FnErf, 1}, "erfc": {program.FnErfc, 1}, "factorial": {program.FnFactorial, 1},
	"gauss": {program.FnGauss, 3}, "poisson": {program.FnPoisson, 2},
	"asinh": {program.FnAsinh, 1}, "acosh": {program.FnAcosh, 1}, "atanh": {program.FnAtanh, 1},
	"cbrt": {program.FnCbrt, 1}, "expm1": {program.FnExpm1, 1}, "log1p": {program.FnLog1p, 1}, "log2": {program.FnLog2, 1},
	"exp2": {program.FnExp2, 1}, "tgamma": {program.FnGamma, 1}, "lgamma": {program.FnLgamma, 1}, "hypot": {program.FnHypot, 2},
	"copysign": {program.FnCopysign, 2}, "fdim": {program.FnDim, 2}, "round": {program.FnRound, 1}, "rint": {program.FnRint, 1},
}

// refusedFuncs says why a function that nocmodl knows cannot be used.
var refusedFuncs = map[string]string{
	"force":     ", which reads a file (make it a FUNCTION_TABLE),",
	"stepforce": ", which reads a file (make it a FUNCTION_TABLE),",
	"romberg":   notInNeuron, "legendre": notInNeuron, "deflate": notInNeuron, "first_time": notInNeuron, "setseed": notInNeuron,
	"schedule": notInNeuron, "error": notInNeuron, "spline": notInNeuron, "derivs": notInNeuron, "invert": notInNeuron,
	"boundary": notInNeuron, "expfit": notInNeuron, "nrn_random_play": notInNeuron,
}

const notInNeuron = ", which NEURON 9 does not compile either,"

// library lowers the functions of scopmath and of C's mathematical library that have no operation of their own.
func (w *walker) library(c *ast.Call) (value, bool) {
	if f, ok := libraryFns[c.Name]; ok && len(c.Args) == f.args {
		return w.b.call(c.Pos, f.fn, w.impureArgs(c.Args)...), true
	}
	if f, ok := scopFns[c.Name]; ok && len(c.Args) == f.args {
		return f.lower(w, w.impureArgs(c.Args)), true
	}
	switch {
	case c.Name == "threshold" && len(c.Args) == 3:
		return w.threshold(c), true
	case c.Name == "isnan" && len(c.Args) == 1:
		x := w.b.snapshot(w.expr(c.Args[0]))
		return w.b.op(program.OpNe, x, x), true
	case c.Name == "isinf" && len(c.Args) == 1:
		return w.b.op(program.OpGt, w.b.op(program.OpAbs, w.expr(c.Args[0])), w.b.constant(math.MaxFloat64)), true
	case c.Name == "trunc" && len(c.Args) == 1:
		return w.b.op(program.OpTrunc, w.expr(c.Args[0])), true
	}
	return 0, false
}

// scopFns are the functions of scopmath that are formulas. Those of a forcing function tell the integrator of a jump in
// SCoP; NEURON's methods have no use for that.
var scopFns = map[string]struct {
	args  int
	lower func(w *walker, a []value) value
}{
	"hyperbol":    {3, func(w *walker, a []value) value { return w.saturate(a[0], a[0], a[1], a[2]) }},
	"revhyperbol": {3, func(w *walker, a []value) value { return w.saturate(a[2], a[0], a[1], a[2]) }},
	"sigmoid": {4, func(w *walker, a []value) value {
		x, k := w.power(a[0], a[3]), w.power(a[2], a[3])
		return w.saturate(x, x, a[1], k)
	}},
	"revsigmoid": {4, func(w *walker, a []value) value {
		k, x := w.power(a[2], a[3]), w.power(a[0], a[3])
		return w.saturate(k, k, a[1], x)
	}},
	"harmonic": {4, func(w *walker, a []value) value {
		op := w.b.op
		phase := op(program.OpMul, op(program.OpDiv, w.b.constant(6.2831853), a[1]), op(program.OpAdd, a[0], a[3]))
		return op(program.OpMul, a[2], op(program.OpSin, phase))
	}},
	"squarewave": {3, func(w *walker, a []value) value {
		first := w.b.op(program.OpLt, w.cycle(a[0], a[1]), w.b.constant(0.5))
		return w.b.op(program.OpSelect, first, a[2], w.b.op(program.OpNeg, a[2]))
	}},
	"sawtooth": {3, func(w *walker, a []value) value { return w.b.op(program.OpMul, a[2], w.cycle(a[0], a[1])) }},
	"revsawtooth": {3, func(w *walker, a []value) value {
		return w.b.op(program.OpMul, a[2], w.b.op(program.OpSub, w.b.constant(1), w.cycle(a[0], a[1])))
	}},
	"ramp": {4, func(w *walker, a []value) value {
		op, t, lag, height, duration := w.b.op, a[0], a[1], a[2], a[3]
		slope := op(program.OpDiv, op(program.OpMul, op(program.OpSub, t, lag), height), duration)
		on := op(program.OpSelect, op(program.OpGt, t, op(program.OpAdd, lag, duration)), height, slope)
		return w.since(t, lag, on)
	}},
	"pulse": {4, func(w *walker, a []value) value {
		op, t, lag, height, duration := w.b.op, a[0], a[1], a[2], a[3]
		return w.since(t, lag, op(program.OpSelect, op(program.OpLt, t, op(program.OpAdd, lag, duration)), height, w.b.constant(0)))
	}},
	"perpulse": {5, func(w *walker, a []value) value {
		op, t, lag, height, duration, delay := w.b.op, a[0], a[1], a[2], a[3], a[4]
		period := w.b.snapshot(op(program.OpAdd, duration, delay))
		at := op(program.OpMul, w.cycle(op(program.OpSub, t, lag), period), period)
		return w.since(t, lag, op(program.OpSelect, op(program.OpLt, at, duration), height, w.b.constant(0)))
	}},
	"step": {3, func(w *walker, a []value) value {
		return w.b.op(program.OpSelect, w.b.op(program.OpGe, a[0], a[1]), a[2], w.b.constant(0))
	}},
	"perstep": {4, func(w *walker, a []value) value {
		op, t, lag, period, jump := w.b.op, a[0], a[1], a[2], a[3]
		steps := op(program.OpAdd, op(program.OpTrunc, op(program.OpDiv, op(program.OpSub, t, lag), period)), w.b.constant(1))
		return w.since(t, lag, op(program.OpMul, steps, jump))
	}},
}

// saturate is most·part/(x + k).
func (w *walker) saturate(part, x, most, k value) value {
	return w.b.op(program.OpDiv, w.b.op(program.OpMul, most, part), w.b.op(program.OpAdd, x, k))
}

func (w *walker) power(x, n value) value { return w.b.snapshot(w.b.op(program.OpPow, x, n)) }

// cycle is the part of the present period that is over.
func (w *walker) cycle(t, period value) value {
	n := w.b.snapshot(w.b.op(program.OpDiv, t, period))
	return w.b.snapshot(w.b.op(program.OpSub, n, w.b.op(program.OpTrunc, n)))
}

// since is 0 before a time and x from then on.
func (w *walker) since(t, start, x value) value {
	return w.b.op(program.OpSelect, w.b.op(program.OpLt, t, start), w.b.constant(0), x)
}

// threshold is 1 where x is at or beyond a limit: above it in mode "min", below it in mode "max".
func (w *walker) threshold(c *ast.Call) value {
	mode, ok := c.Args[2].(*ast.Str)
	args := w.impureArgs(c.Args[:2])
	switch {
	case !ok || mode.Value != strings.ToLower(mode.Value): // NEURON writes to the text, which crashes
		w.c.unsupported(c.Args[2].ExprPos(), `threshold with a mode that is not "min" or "max" in small letters`)
		return w.b.constant(0)
	case mode.Value == "min":
		return w.b.op(program.OpGe, args[0], args[1])
	case mode.Value == "max":
		return w.b.op(program.OpLe, args[0], args[1])
	}
	return w.b.constant(-1)
}

// now is t.
func (w *walker) now() value {
	if w.t != nil {
		return w.b.read(*w.t)
	}
	return w.b.leaf(program.Ref{Kind: program.Glob, Idx: program.GlobT})
}

// atTime is at_time(te) of a fixed step: whether te, less 1e-11 ms, is in the step that ends at t (netcvode.cpp).
func (w *walker) atTime(te value) value {
	op := w.b.op
	x := w.b.snapshot(op(program.OpSub, te, w.b.constant(1e-11)))
	begun := op(program.OpGt, x, op(program.OpSub, w.now(), w.b.read(w.dt)))
	return op(program.OpAnd, op(program.OpLe, x, w.now()), begun)
}

// endRun ends the run with a text.
func (w *walker) endRun(pos ast.Pos, text string) {
	if text == "" {
		text = "the mechanism ended the run"
	}
	w.jumper(pos, "a call that ends the run").fail(pos, program.ErrorMessages+w.c.message(text))
}

// prterr ends the run with the text of its argument, as NEURON's does.
func (w *walker) prterr(c *ast.Call) {
	text := ""
	if len(c.Args) > 0 {
		if s, ok := c.Args[0].(*ast.Str); ok {
			text = s.Value
		}
	}
	w.endRun(c.Pos, text)
}
