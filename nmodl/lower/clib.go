package lower

import (
	"slices"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// ignoredCalls do nothing that a simulation depends on: output, memory, reference counts.
var ignoredCalls = map[string]bool{
	"printf": true, "fprintf": true, "fflush": true, "puts": true, "fputs": true, "putchar": true, "assert": true,
	"nrn_assert": true, "hoc_malchk": true, "hoc_obj_ref": true, "hoc_obj_unref": true, "nrnran123_deletestream": true,
	"free": true, "hoc_warning": true, "Fprintf": true, "Printf": true, "vector_delete": true, "nrnran123_mutconstruct": true,
	"hoc_retpushx": true, "hoc_pushx": true, "sprintf": true, "snprintf": true, "perror": true, "debug_printf": true,
}

// fatalCalls end the run.
var fatalCalls = map[string]bool{
	"hoc_execerror": true, "hoc_execerr_ext": true, "exit": true, "abort": true, "nrn_exit": true, "abort_run": true,
	"nrn_fatal_error": true, "prterr": true,
}

// plainCalls pass their arguments, numbers or handles, to a library function.
var plainCalls = map[string]struct {
	fn   program.Fn
	args int
}{
	"nrnran123_dblpick": {program.FnUniform, 1}, "nrnran123_ipick": {program.FnIPick, 1},
	"nrn_random_pick": {program.FnPick, 1}, "scop_random": {program.FnScopRandom, 0},
	"exprand": {program.FnExpRand, 1}, "normrand": {program.FnNormRand, 2}, "poisrand": {program.FnPoisRand, 1},
	"set_seed": {program.FnSetSeed, 1}, "vector_capacity": {program.FnSize, 1}, "vector_new1": {program.FnNewVector, 1},
	"ifarg": {program.FnHasArg, 1}, "hoc_is_double_arg": {program.FnIsNumber, 1},
}

// integerFns are the functions whose result is an int in C.
var integerFns = map[program.Fn]bool{
	program.FnIPick: true, program.FnPoisRand: true, program.FnSize: true, program.FnHasArg: true, program.FnIsNumber: true,
}

// handleFns are the functions that return a pointer.
var handleFns = map[program.Fn]bool{program.FnNewVector: true, program.FnNewStream: true, program.FnObject: true}

func (w *walker) cCall(e *verbatim.Call) cvalue {
	n, ok := e.Fun.(*verbatim.Name)
	if !ok {
		w.c.unsupported(e.Pos, "a call through a pointer")
		return w.number(0, true)
	}
	name := n.Name
	if short, ok := strings.CutSuffix(name, "_"+w.c.m.Name); ok && w.c.funcs[short] != nil {
		name = short
	}
	if fn := w.c.funcs[name]; fn != nil {
		return w.cModCall(e, fn)
	}
	if f := w.c.unit.Funcs[name]; f != nil {
		args := make([]cvalue, len(e.Args))
		for k, a := range e.Args {
			args[k] = w.cExpr(a)
			if args[k].to == nil && !args[k].isText {
				args[k].v = w.b.snapshot(args[k].v)
			}
		}
		return w.cFunction(e.Pos, f, args)
	}
	if ignoredCalls[name] {
		if strings.Contains(name, "printf") || name == "puts" || name == "fputs" {
			w.c.note("%s is not executed", name)
		}
		return w.number(0, true)
	}
	if fatalCalls[name] {
		w.cFail(e)
		return w.number(0, true)
	}
	if m, ok := mathOps[name]; ok && len(e.Args) == m.args {
		return cvalue{v: w.b.op(m.op, w.cNumbers(e.Args)...), integer: name == "abs"}
	}
	if f, ok := libraryFns[name]; ok && len(e.Args) == f.args {
		return cvalue{v: w.b.call(e.Pos, f.fn, w.cNumbers(e.Args)...)}
	}
	if p, ok := plainCalls[name]; ok && len(e.Args) >= p.args {
		return w.result(p.fn, w.b.call(e.Pos, p.fn, w.cNumbers(e.Args[:p.args])...))
	}
	if x, ok := w.cLibrary(e, name); ok {
		return x
	}
	if x, ok := w.libraryCall(e.Pos, name, func() []value { return w.snapshots(w.cNumbers(e.Args)) }); ok {
		return cvalue{v: x}
	}
	w.c.unsupported(e.Pos, "a call of %s%s", name, instead(name))
	return w.number(0, true)
}

// instead says what to write instead of a function that is not there.
func instead(name string) string {
	switch {
	case name == "rand" || name == "random" || name == "drand48" || name == "srand" || strings.HasPrefix(name, "mcell_"):
		return " (declare RANDOM r in NEURON and draw with random_uniform(r))"
	case strings.HasPrefix(name, "time") || name == "clock" || name == "gettimeofday":
		return " (no result of a simulation may depend on it; remove it)"
	case strings.HasPrefix(name, "hoc_") || strings.HasPrefix(name, "nrn_") || strings.HasPrefix(name, "vector_"):
		return " (there is no interpreter here; set parameters in the circuit's files)"
	case strings.HasPrefix(name, "f") && (name == "fopen" || name == "fscanf" || name == "fread" || name == "fgets"):
		return " (mechanisms read no files; make it a PARAMETER or a TABLE)"
	}
	return " (write it as a FUNCTION)"
}

func (w *walker) result(fn program.Fn, v value) cvalue {
	return cvalue{v: v, integer: integerFns[fn], pointer: handleFns[fn]}
}

// cNumbers evaluates arguments as gcc does on x86-64: the last one first where that matters.
func (w *walker) cNumbers(args []verbatim.Expr) []value {
	out := make([]value, len(args))
	impure := 0
	for _, a := range args {
		if cImpure(a) {
			impure++
		}
	}
	for k := range args {
		at := k
		if impure > 1 {
			at = len(args) - 1 - k
		}
		x := w.cExpr(args[at])
		if x.to != nil || x.isText {
			w.c.unsupported(args[at].ExprPos(), "a pointer as an argument here")
		}
		out[at] = x.v
		if impure > 0 {
			out[at] = w.b.snapshot(x.v)
		}
	}
	return out
}

// cFail ends the run with the texts among the arguments.
func (w *walker) cFail(e *verbatim.Call) {
	text := ""
	for _, a := range e.Args {
		if s, ok := a.(*verbatim.Str); ok {
			text = strings.TrimSpace(text + " " + strings.TrimSuffix(s.Value, `\n`))
		}
	}
	w.endRun(e.Pos, text)
}

// message is the number of a text in the mechanism's list.
func (c *compiler) message(text string) int {
	k := slices.Index(c.m.Messages, text)
	if k < 0 {
		k = len(c.m.Messages)
		c.m.Messages = append(c.m.Messages, text)
	}
	return k
}

// cModCall calls a FUNCTION or PROCEDURE of the file.
func (w *walker) cModCall(e *verbatim.Call, fn *ast.Function) cvalue {
	return cvalue{v: w.inlineWith(e.Pos, fn, w.snapshots(w.cNumbers(e.Args)))}
}

func (w *walker) snapshots(args []value) []value {
	for k := range args {
		args[k] = w.b.snapshot(args[k])
	}
	return args
}

// maxExpanded bounds the calls that are expanded for one mechanism: functions that call others twice grow fast.
const maxExpanded = 50000

func (c *compiler) tooMany(pos ast.Pos) bool {
	if c.expanded++; c.expanded > maxExpanded {
		c.unsupported(pos, "more than %d calls of functions, expanded where they stand,", maxExpanded)
		return true
	}
	return false
}

// cFunction inlines a function of the C text.
func (w *walker) cFunction(pos ast.Pos, f *verbatim.Func, args []cvalue) cvalue {
	if len(args) != len(f.Params) {
		w.c.unsupported(pos, "a call of %s with %d arguments instead of %d", f.Name, len(args), len(f.Params))
		return w.number(0, true)
	}
	if w.c.tooMany(pos) {
		return w.number(0, true)
	}
	if slices.Contains(w.cCalls, f) {
		w.c.unsupported(pos, "recursion of %s", f.Name)
		return w.number(0, true)
	}
	names := map[string]binding{}
	for k, p := range f.Params {
		cv := w.c.newCVar(w, p.Type, 0)
		if p.Type.Ptr > 0 {
			w.cptrs = append(w.cptrs, cv)
		}
		w.storeVar(cv, args[k], pos)
		names[cName(p.Name)] = binding{c: cv}
	}
	result := w.b.newLocal()
	has := f.Result.Name != "void" || f.Result.Ptr > 0
	saved := w.sc
	w.sc = &scope{names: names}
	w.cCalls = append(w.cCalls, f)
	w.returning(result, has, func() { w.cStmts(f.Body.Stmts) })
	w.cCalls = w.cCalls[:len(w.cCalls)-1]
	w.sc = saved
	return cvalue{v: w.b.read(result), integer: f.Result.Integer(), pointer: f.Result.Ptr > 0}
}

// cLibrary lowers the calls with forms of their own.
func (w *walker) cLibrary(e *verbatim.Call, name string) (cvalue, bool) {
	a := e.Args
	call := func(fn program.Fn, args ...value) cvalue { return w.result(fn, w.b.call(e.Pos, fn, args...)) }
	num := func(k int) value { return w.num(a[k]) }
	zero := w.b.constant(0)
	switch n := len(a); {
	case (name == "nrnran123_newstream" || name == "nrnran123_newstream3") && n <= 3:
		if n == 0 {
			return cvalue{v: w.b.call(e.Pos, program.FnDefaultStream), pointer: true}, true
		}
		ids := []value{zero, zero, zero}
		copy(ids, w.cNumbers(a))
		return call(program.FnNewStream, ids...), true
	case name == "nrnran123_setseq" && n == 2:
		return call(program.FnSetSeq4, num(0), num(1)), true
	case (name == "nrnran123_setseq" || name == "nrn_random123_setseq") && n == 3:
		return call(program.FnSetSeq, num(0), num(1), num(2)), true
	case name == "nrnran123_setids" && n == 4:
		return call(program.FnSetIDs, num(0), num(1), num(2), num(3)), true
	case (name == "nrnran123_getseq" || name == "nrn_random123_getseq") && n == 3:
		h := w.b.snapshot(num(0))
		w.out(a[1], call(program.FnGetSeq, h))
		w.out(a[2], call(program.FnGetWhich, h))
		return w.number(0, true), true
	case (name == "nrnran123_getids" || name == "nrnran123_getids3" || name == "nrn_random_isran123") && n >= 3 && n <= 4:
		h := w.b.snapshot(num(0))
		for k := 1; k < n; k++ {
			w.out(a[k], call(program.FnGetID, h, w.b.constant(float64(k))))
		}
		if name == "nrn_random_isran123" {
			return cvalue{v: w.b.call(e.Pos, program.FnIsRandom123, h), integer: true}, true
		}
		return w.number(0, true), true
	case name == "nrnran123_negexp" || name == "nrnran123_normal" || name == "nrnran123_uniform":
		if n < 1 || n > 3 {
			return cvalue{}, false
		}
		return cvalue{v: w.draw(e.Pos, strings.TrimPrefix(name, "nrnran123_"), num(0), w.cNumbers(a[1:]))}, true
	case name == "vector_vec" && n == 1:
		x := w.cExpr(a[0])
		return cvalue{v: w.scalarValue(x, e.Pos), pointer: true}, true
	case name == "vector_pobj" && n == 1:
		return cvalue{v: w.b.constant(1), pointer: true}, true
	case name == "vector_instance_px" && n == 2:
		h := w.b.snapshot(num(0))
		w.out(a[1], cvalue{v: h, pointer: true})
		return call(program.FnSize, h), true
	case name == "vector_arg_px" && n == 2:
		h := w.b.snapshot(call(program.FnObject, num(0)).v)
		w.out(a[1], cvalue{v: h, pointer: true})
		return call(program.FnSize, h), true
	case (name == "vector_arg" || name == "nrn_random_arg") && n == 1:
		return call(program.FnObject, num(0)), true
	case (name == "getarg" || name == "hoc_pgetarg") && n == 1:
		return cvalue{pointer: true, v: w.b.constant(1), to: &target{kind: onArgument, x: w.b.snapshot(num(0))}}, true
	case name == "chkarg" && n == 3:
		return call(program.FnArg, num(0)), true
	case name == "hoc_is_object_arg" && n == 1:
		k := w.b.snapshot(num(0))
		return cvalue{v: w.b.op(program.OpAnd, w.b.call(e.Pos, program.FnHasArg, k),
			w.b.op(program.OpNot, w.b.call(e.Pos, program.FnIsNumber, k))), integer: true}, true
	case name == "isnan" && n == 1:
		x := num(0)
		return cvalue{v: w.b.op(program.OpNe, x, x), integer: true}, true
	case name == "nrn_pointing" && n == 1:
		x := w.cExpr(a[0])
		return cvalue{v: w.b.op(program.OpNe, w.truth(x), zero), integer: true}, true
	case name == "at_time" && n > 0:
		return cvalue{v: w.atTime(num(n - 1)), integer: true}, true
	}
	return w.cEvent(e, name)
}

// out stores what a function returns through a pointer argument.
func (w *walker) out(p verbatim.Expr, x cvalue) {
	w.store(w.behind(w.cExpr(p), nil, p.ExprPos()), x, p.ExprPos())
}

// cEvent lowers net_send and its like in the form of the C++ code, where times are absolute.
func (w *walker) cEvent(e *verbatim.Call, name string) (cvalue, bool) {
	a := e.Args
	none := w.number(0, true)
	var args []value
	op := program.OpNetSend
	switch {
	case (name == "net_send" || name == "artcell_net_send") && len(a) == 5:
		op, args = program.OpNetSendAt, []value{w.num(a[3]), w.num(a[4])}
	case name == "net_event" && len(a) == 2:
		op, args = program.OpNetEvent, []value{w.num(a[1])}
	case (name == "net_move" || name == "artcell_net_move") && len(a) == 3:
		op, args = program.OpNetMove, []value{w.num(a[2])}
	default:
		return none, false
	}
	if !w.events {
		w.c.unsupported(e.Pos, "%s outside INITIAL and NET_RECEIVE", name)
		return none, true
	}
	w.b.event(e.Pos, op, args...)
	return none, true
}
