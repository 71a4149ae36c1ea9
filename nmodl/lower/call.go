package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// mathOps are the functions of C's libm that are operations, with their number of arguments.
var mathOps = map[string]struct {
	op   program.Op
	args int
}{
	"exp": {program.OpExp, 1}, "log": {program.OpLog, 1}, "log10": {program.OpLog10, 1}, "sqrt": {program.OpSqrt, 1},
	"fabs": {program.OpAbs, 1}, "abs": {program.OpAbs, 1},
	"sin": {program.OpSin, 1}, "cos": {program.OpCos, 1}, "tan": {program.OpTan, 1},
	"asin": {program.OpAsin, 1}, "acos": {program.OpAcos, 1}, "atan": {program.OpAtan, 1},
	"sinh": {program.OpSinh, 1}, "cosh": {program.OpCosh, 1}, "tanh": {program.OpTanh, 1},
	"floor": {program.OpFloor, 1}, "ceil": {program.OpCeil, 1},
	"pow": {program.OpPow, 2}, "fmod": {program.OpFmod, 2}, "atan2": {program.OpAtan2, 2},
	"fmin": {program.OpMin, 2}, "fmax": {program.OpMax, 2},
}

// callStmt lowers a call that stands alone.
func (w *walker) callStmt(c *ast.Call) {
	switch c.Name {
	case "printf":
		w.c.note("printf is not executed")
		return
	case "prterr":
		w.prterr(c)
		return
	case "at_time": // tells NEURON's variable step of a time; what it returns is not looked at
		if !w.c.impure(c) {
			return
		}
	case "state_discontinuity":
		if len(c.Args) == 2 {
			if r, ok := c.Args[0].(*ast.VarRef); ok {
				w.assign(r, w.expr(c.Args[1]))
				return
			}
		}
		w.c.unsupported(c.Pos, "this form of state_discontinuity")
		return
	case "net_send", "net_event", "net_move":
		w.event(c)
		return
	}
	w.call(c)
}

func (w *walker) event(c *ast.Call) {
	n := map[string]int{"net_send": 2, "net_event": 1, "net_move": 1}[c.Name]
	op := map[string]program.Op{"net_send": program.OpNetSend, "net_event": program.OpNetEvent, "net_move": program.OpNetMove}[c.Name]
	if !w.events || len(c.Args) != n {
		w.c.unsupported(c.Pos, "%s outside INITIAL and NET_RECEIVE", c.Name)
		return
	}
	args := make([]value, n)
	for i, a := range c.Args {
		if b, ok := a.(*ast.Binary); ok && i == 0 && op == program.OpNetSend && (b.Op == "+" || b.Op == "-") {
			op, args[i] = program.OpNetSendAt, w.fromNow(a)
			continue
		}
		args[i] = w.expr(a)
	}
	w.b.event(c.Pos, op, args...)
}

// fromNow is the time of an event whose delay is a sum: nocmodl writes "t + " before the delay's text, so that
// net_send(next - t, 1) goes off at (t + next) - t.
func (w *walker) fromNow(e ast.Expr) value {
	if b, ok := e.(*ast.Binary); ok && (b.Op == "+" || b.Op == "-") {
		x := w.fromNow(b.X)
		if w.c.impure(b.Y) {
			x = w.b.snapshot(x)
		}
		return w.b.op(binaryOps[b.Op], x, w.expr(b.Y))
	}
	x := w.expr(e)
	return w.b.op(program.OpAdd, w.now(), x)
}

// call lowers a call as a value.
func (w *walker) call(c *ast.Call) value {
	if fn := w.c.funcs[c.Name]; fn != nil {
		return w.inline(c, fn)
	}
	if m, ok := mathOps[c.Name]; ok && len(c.Args) == m.args {
		args := make([]value, len(c.Args))
		for i, a := range c.Args {
			args[i] = w.expr(a)
		}
		return w.b.op(m.op, args...)
	}
	if v, ok := w.randomCall(c); ok {
		return v
	}
	if f := w.c.unit.Funcs[c.Name]; f != nil {
		return w.cExtern(c, f)
	}
	if t := w.c.functionTableNamed(c.Name); t != nil {
		return w.functionTable(c, t)
	}
	switch {
	case c.Name == "nrn_pointing":
		return w.pointing(c)
	case c.Name == "prterr":
		w.prterr(c)
		return w.b.constant(0)
	case c.Name == "at_time" && len(c.Args) == 1:
		return w.atTime(w.expr(c.Args[0]))
	case c.Name == "nrn_ghk" && len(c.Args) == 4:
		return w.ghk(c)
	}
	if x, ok := w.library(c); ok {
		return x
	}
	if x, ok := w.libraryCall(c.Pos, c.Name, func() []value { return w.impureArgs(c.Args) }); ok {
		return x
	}
	w.c.unsupported(c.Pos, "the function %s%s", c.Name, refusedFuncs[c.Name])
	return w.b.constant(0)
}

// ghk is nrn_ghk of eion.cpp.
func (w *walker) ghk(c *ast.Call) value {
	op := w.b.op
	k := w.b.constant
	var a [4]value
	for i := range a {
		a[i] = w.b.snapshot(w.expr(c.Args[i]))
	}
	v, ci, co, z := a[0], a[1], a[2], a[3]
	celsius := w.b.leaf(program.Ref{Kind: program.Glob, Idx: program.GlobCelsius})
	const gas, faraday = 8.31446261815324, 96485.33212331001 // CODATA 2018, as nrnunits.lib derives them
	ktf := op(program.OpDiv, op(program.OpMul, k(1000*gas), op(program.OpAdd, celsius, k(273.15))), k(faraday))
	temp := w.b.snapshot(op(program.OpDiv, op(program.OpMul, z, v), ktf))
	efun := func(x value) value {
		x = w.b.snapshot(x)
		p := w.b.newLocal()
		small := op(program.OpLt, op(program.OpAbs, x), k(1e-4))
		w.b.branch(c.Pos, small, func() {
			w.b.write(p, op(program.OpSub, k(1), op(program.OpDiv, x, k(2))))
		}, func() {
			w.b.write(p, op(program.OpDiv, x, op(program.OpSub, op(program.OpExp, x), k(1))))
		})
		return w.b.read(p)
	}
	eco := w.b.snapshot(op(program.OpMul, co, efun(temp)))
	eci := w.b.snapshot(op(program.OpMul, ci, efun(op(program.OpNeg, temp))))
	return op(program.OpMul, op(program.OpMul, op(program.OpMul, k(.001), z), k(faraday)), op(program.OpSub, eci, eco))
}

// inline lowers a call of a FUNCTION or PROCEDURE: arguments by value, a scope of its own, the result in a local
// of the function's name that starts at 0.
func (w *walker) inline(c *ast.Call, fn *ast.Function) value {
	args := make([]value, 0, len(c.Args))
	for _, a := range c.Args {
		args = append(args, w.b.snapshot(w.expr(a)))
	}
	return w.inlineWith(c.Pos, fn, args)
}

// inlineWith is inline with the arguments' values.
func (w *walker) inlineWith(pos ast.Pos, fn *ast.Function, args []value) value {
	if w.c.tooMany(pos) {
		return w.b.constant(0)
	}
	if len(args) != len(fn.Args) {
		w.c.unsupported(pos, "call of %s with %d arguments instead of %d", fn.Name, len(args), len(fn.Args))
		return w.b.constant(0)
	}
	if len(w.calls) > maxCalls {
		panic(tooLarge{pos, "calls inside each other are too deep"})
	}
	if w.c.callsItself(fn) {
		return w.callFunction(pos, fn, args)
	}
	if t := w.c.tableOf(fn); t >= 0 && len(args) == 1 {
		return w.lookUp(fn, t, args[0])
	}
	return w.body(fn, args)
}

// body lowers a function's body for given arguments.
func (w *walker) body(fn *ast.Function, args []value) value {
	names := map[string]binding{}
	for i, a := range fn.Args {
		p := w.b.newLocal()
		w.b.write(p, args[i])
		names[a.Name] = binding{p: p}
	}
	var result place
	if !fn.IsProcedure {
		result = w.b.newLocal()
		w.b.write(result, w.b.constant(0))
		names[fn.Name] = binding{p: result}
	}
	saved, skip, ode, kin, lin, nonlin := w.sc, w.skipSolve, w.onDiffEq, w.kin, w.lin, w.nonlin
	w.sc = &scope{names: names}
	w.skipSolve, w.onDiffEq, w.kin, w.lin, w.nonlin = false, nil, nil, nil, nil
	w.calls = append(w.calls, fn)
	w.routine(fn.Body, result, !fn.IsProcedure)
	w.calls = w.calls[:len(w.calls)-1]
	w.sc, w.skipSolve, w.onDiffEq, w.kin, w.lin, w.nonlin = saved, skip, ode, kin, lin, nonlin
	if fn.IsProcedure {
		return w.b.constant(0)
	}
	return w.b.read(result)
}

// lookUp lowers the call of a function with TABLE: its outputs come from the table.
func (w *walker) lookUp(fn *ast.Function, t int, x value) value {
	switch {
	case w.inInitial && !w.c.filled[fn]:
		w.c.filled[fn] = true
		w.fill(t, true)
	case !w.inInitial && !w.c.filled[fn]:
		w.fill(t, false) // whenever it is asked: INITIAL never does
	}
	if !fn.IsProcedure {
		return w.b.table(t, 0, x)
	}
	for i, out := range w.c.tableOutputs(tableStmt(fn)) {
		w.b.write(out.at, w.b.table(t, i, x))
	}
	return w.b.constant(0)
}
