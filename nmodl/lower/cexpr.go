package lower

import (
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// target is something that C text can point to or assign to.
type target struct {
	kind    targetKind
	p       place // onPlace; the first element of onArray
	size    int
	at      place // onArray: where the index stands, if it is no constant
	n       int   // onArray: a constant index, or what is added to at
	fixed   bool  // onArray: the index is n
	ext     program.Ref
	h, i    value // onVector
	x       value // onValue, onArgument
	v       *cvar // onVar
	integer bool
}

type targetKind uint8

const (
	onPlace    targetKind = iota
	onArray               // element of an array of the mechanism
	onExt                 // datum of the node
	onVector              // element of a Vector
	onVar                 // C variable
	onValue               // what can only be read
	onArgument            // argument of a call from outside
	onNothing             // not understood; reported already
)

// cvalue is the value of a C expression.
type cvalue struct {
	v       value // the number, or a pointer's handle
	integer bool
	pointer bool
	off     value // a pointer's offset
	hasOff  bool
	to      *target // a pointer to what is known here
	text    string  // a string
	isText  bool
}

func (w *walker) number(x float64, integer bool) cvalue {
	return cvalue{v: w.b.constant(x), integer: integer}
}

func (w *walker) num(e verbatim.Expr) value { return w.scalarValue(w.cExpr(e), e.ExprPos()) }

func (w *walker) scalarValue(x cvalue, pos ast.Pos) value {
	if x.isText || x.to != nil {
		w.c.unsupported(pos, "a pointer where a number is expected")
		return w.b.constant(0)
	}
	return x.v
}

// truth is a value as a condition.
func (w *walker) truth(x cvalue) value {
	if x.isText || x.to != nil {
		return w.b.constant(1)
	}
	return x.v
}

// convert is what an assignment to a type makes of a value.
func (w *walker) convert(x cvalue, t verbatim.Type) value {
	if t.Integer() && !x.integer && !x.pointer {
		return w.b.op(program.OpTrunc, x.v)
	}
	return x.v
}

func (w *walker) cExpr(e verbatim.Expr) cvalue {
	switch e := e.(type) {
	case *verbatim.Num:
		return w.number(e.Value, e.Int)
	case *verbatim.Str:
		return cvalue{isText: true, text: e.Value, v: w.b.constant(0)}
	case *verbatim.Name, *verbatim.Index, *verbatim.Member:
		return w.load(w.target(e), e.ExprPos())
	case *verbatim.Call:
		return w.cCall(e)
	case *verbatim.Unary:
		return w.cUnary(e)
	case *verbatim.Step:
		return w.cStep(e)
	case *verbatim.Binary:
		return w.cBinary(e)
	case *verbatim.Assign:
		return w.cAssign(e)
	case *verbatim.Cond:
		return w.cCond(e)
	case *verbatim.Cast:
		x := w.cExpr(e.X)
		switch {
		case e.T.Ptr > 0 || e.T.Name == "void" || x.to != nil || x.isText:
			return x
		case e.T.Integer():
			return cvalue{v: w.convert(x, e.T), integer: true}
		}
		x.integer = false
		return x
	}
	w.c.unsupported(e.ExprPos(), "this C expression")
	return w.number(0, true)
}

func (w *walker) cUnary(e *verbatim.Unary) cvalue {
	switch e.Op {
	case "&":
		t := w.target(e.X)
		if t.kind == onVector {
			return cvalue{v: t.h, pointer: true, off: t.i, hasOff: true}
		}
		return cvalue{to: t, pointer: true, v: w.b.constant(1)}
	case "*":
		return w.load(w.target(e), e.Pos)
	}
	x := w.cExpr(e.X)
	switch e.Op {
	case "-":
		return cvalue{v: w.b.op(program.OpNeg, w.scalarValue(x, e.Pos)), integer: x.integer}
	case "+":
		return x
	case "!":
		return cvalue{v: w.b.op(program.OpNot, w.truth(x)), integer: true}
	}
	w.c.unsupported(e.Pos, "the C operator %s", e.Op)
	return w.number(0, true)
}

func (w *walker) cStep(e *verbatim.Step) cvalue {
	t := w.target(e.X)
	x := w.load(t, e.Pos)
	old := x
	op := program.OpAdd
	if e.Down {
		op = program.OpSub
	}
	if x.pointer {
		return w.stepPointer(e, t, x, op)
	}
	if e.Post {
		old.v = w.b.snapshot(x.v)
	}
	x.v = w.b.op(op, x.v, w.b.constant(1))
	w.store(t, x, e.Pos)
	if e.Post {
		return old
	}
	return w.load(t, e.Pos)
}

func (w *walker) stepPointer(e *verbatim.Step, t *target, x cvalue, op program.Op) cvalue {
	if x.to != nil {
		w.c.unsupported(e.Pos, "a pointer that runs over an array of the mechanism")
		return x
	}
	old := x
	if !x.hasOff {
		x.off, x.hasOff = w.b.constant(0), true
		old = x
	} else if e.Post {
		old.off = w.b.snapshot(x.off)
	}
	x.off = w.b.op(op, x.off, w.b.constant(1))
	w.store(t, x, e.Pos)
	if e.Post {
		return old
	}
	return w.load(t, e.Pos)
}

var cOps = map[string]program.Op{
	"+": program.OpAdd, "-": program.OpSub, "*": program.OpMul, "/": program.OpDiv, "%": program.OpFmod,
	"<": program.OpLt, "<=": program.OpLe, ">": program.OpGt, ">=": program.OpGe, "==": program.OpEq, "!=": program.OpNe,
}

var cBits = map[string]program.Fn{
	"&": program.FnBitAnd, "|": program.FnBitOr, "^": program.FnBitXor, "<<": program.FnShiftLeft, ">>": program.FnShiftRight,
}

func (w *walker) cBinary(e *verbatim.Binary) cvalue {
	switch e.Op {
	case ",":
		w.cExpr(e.X)
		return w.cExpr(e.Y)
	case "&&", "||":
		return w.cLogic(e)
	}
	x := w.cExpr(e.X)
	if cImpure(e.Y) && !x.pointer && x.to == nil && !x.isText {
		x.v = w.b.snapshot(x.v)
	}
	y := w.cExpr(e.Y)
	return w.arithmetic(e.Op, x, y, e.Pos)
}

func (w *walker) arithmetic(op string, x, y cvalue, pos ast.Pos) cvalue {
	if x.pointer && !y.pointer && (op == "+" || op == "-") && x.to == nil {
		off := y.v
		if op == "-" {
			off = w.b.op(program.OpNeg, off)
		}
		if x.hasOff {
			off = w.b.op(program.OpAdd, x.off, off)
		}
		x.off, x.hasOff = off, true
		return x
	}
	o, ok := cOps[op]
	if !ok {
		a, ok1 := w.b.constOf(x.v)
		b, ok2 := w.b.constOf(y.v)
		if ok1 && ok2 && x.integer && y.integer {
			c := &verbatim.Binary{Op: op, X: &verbatim.Num{Value: a, Int: true}, Y: &verbatim.Num{Value: b, Int: true}}
			if v, ok := verbatim.Constant(c); ok {
				return w.number(v, true)
			}
		}
		if fn, ok := cBits[op]; ok && x.integer && y.integer {
			return cvalue{v: w.b.call(pos, fn, x.v, y.v), integer: true}
		}
		w.c.unsupported(pos, "the C operator %s", op)
		return w.number(0, true)
	}
	ints := x.integer && y.integer
	if (x.to != nil || y.to != nil) && o != program.OpEq && o != program.OpNe {
		w.c.unsupported(pos, "arithmetic with pointers")
		return w.number(0, true)
	}
	v := w.b.op(o, w.truth(x), w.truth(y))
	switch o {
	case program.OpLt, program.OpLe, program.OpGt, program.OpGe, program.OpEq, program.OpNe:
		ints = true
	case program.OpDiv:
		if ints {
			v = w.b.op(program.OpTrunc, v)
		}
	}
	return cvalue{v: v, integer: ints}
}

// cLogic is && and ||: the right side is evaluated only where C evaluates it, if that can be told.
func (w *walker) cLogic(e *verbatim.Binary) cvalue {
	x := w.truth(w.cExpr(e.X))
	op := program.OpAnd
	if e.Op == "||" {
		op = program.OpOr
	}
	if !cImpure(e.Y) {
		return cvalue{v: w.b.op(op, x, w.truth(w.cExpr(e.Y))), integer: true}
	}
	return cvalue{v: w.shortCircuit(e.Pos, op, x, func() value { return w.truth(w.cExpr(e.Y)) }), integer: true}
}

// shortCircuit is x && y or x || y where evaluating y does something.
func (w *walker) shortCircuit(pos ast.Pos, op program.Op, x value, y func() value) value {
	p := w.b.newLocal()
	set := func() { w.b.write(p, w.b.op(program.OpNe, y(), w.b.constant(0))) }
	if op == program.OpAnd {
		w.b.write(p, w.b.constant(0))
		w.b.branch(pos, x, set, func() {})
	} else {
		w.b.write(p, w.b.constant(1))
		w.b.branch(pos, x, func() {}, set)
	}
	return w.b.read(p)
}

// cImpure reports whether evaluating an expression does more than compute: a call may draw, an index may not exist.
func cImpure(e verbatim.Expr) bool {
	switch e := e.(type) {
	case *verbatim.Call:
		if n, ok := e.Fun.(*verbatim.Name); ok {
			if _, pure := mathOps[n.Name]; pure {
				for _, a := range e.Args {
					if cImpure(a) {
						return true
					}
				}
				return false
			}
		}
		return true
	case *verbatim.Step, *verbatim.Assign, *verbatim.Index:
		return true
	case *verbatim.Unary:
		return e.Op == "*" || cImpure(e.X)
	case *verbatim.Binary:
		return cImpure(e.X) || cImpure(e.Y)
	case *verbatim.Cond:
		return cImpure(e.C) || cImpure(e.A) || cImpure(e.B)
	case *verbatim.Cast:
		return cImpure(e.X)
	}
	return false
}

func (w *walker) cCond(e *verbatim.Cond) cvalue {
	p := w.b.newLocal()
	var a, b cvalue
	c := w.truth(w.cExpr(e.C))
	w.b.branch(e.Pos, c, func() {
		a = w.cExpr(e.A)
		w.b.write(p, w.scalarValue(a, e.Pos))
	}, func() {
		b = w.cExpr(e.B)
		w.b.write(p, w.scalarValue(b, e.Pos))
	})
	// C converts both sides to one type.
	return cvalue{v: w.b.read(p), integer: a.integer && b.integer, pointer: a.pointer || b.pointer}
}

func (w *walker) cAssign(e *verbatim.Assign) cvalue {
	t := w.target(e.X)
	var x cvalue
	if e.Op == "" {
		x = w.cExpr(e.Y)
	} else {
		old := w.load(t, e.Pos)
		if cImpure(e.Y) && !old.pointer {
			// Which side gcc evaluates first is its choice; for x += f() it reads x behind the call.
			y := w.cExpr(e.Y)
			x = w.arithmetic(e.Op, w.load(t, e.Pos), y, e.Pos)
		} else {
			x = w.arithmetic(e.Op, old, w.cExpr(e.Y), e.Pos)
		}
	}
	return w.store(t, x, e.Pos)
}

// target finds what an expression names.
func (w *walker) target(e verbatim.Expr) *target {
	switch e := e.(type) {
	case *verbatim.Name:
		return w.named(e)
	case *verbatim.Index:
		return w.indexed(e)
	case *verbatim.Unary:
		if e.Op == "*" {
			return w.behind(w.cExpr(e.X), nil, e.Pos)
		}
	case *verbatim.Member:
		if n, ok := e.X.(*verbatim.Name); ok && n.Name == "_nt" {
			switch e.Name {
			case "_t":
				return w.named(&verbatim.Name{Pos: e.Pos, Name: "t"})
			case "_dt":
				return w.named(&verbatim.Name{Pos: e.Pos, Name: "dt"})
			case "id", "_id":
				return w.readOnly(w.b.constant(0), true)
			}
		}
		w.c.unsupported(e.Pos, "the structure member %s", e.Name)
		return &target{kind: onNothing}
	case *verbatim.Cast:
		return w.target(e.X)
	}
	w.c.unsupported(e.ExprPos(), "this C expression as something to assign to or point to")
	return &target{kind: onNothing}
}

func (w *walker) readOnly(v value, integer bool) *target {
	return &target{kind: onValue, x: v, integer: integer}
}

// cConstants are names of NEURON's C++ code with one value in a fixed step.
var cConstants = map[string]float64{
	"cvode_active_": 0, "nrnmpi_myid": 0, "nrnmpi_numprocs": 1, "nrn_netrec_state_adjust": 0, "_nt": 1, "nrn_threads": 1,
	"secondorder": 0, "use_cachevec": 1, "_tqitem": 1, "_pnt": 1, "stderr": 1, "stdout": 1, "stdin": 1, "_threadid": 0,
}

func (w *walker) named(e *verbatim.Name) *target {
	name := e.Name
	if b, ok := w.sc.find(cName(name)); ok && b.c != nil {
		return &target{kind: onVar, v: b.c}
	}
	if local, ok := strings.CutPrefix(name, "_l"); ok {
		if b, ok := w.sc.find(local); ok {
			return w.bound(b)
		}
	}
	if p, ok := strings.CutPrefix(name, "_p_"); ok {
		if v := w.c.vars[p]; v != nil && v.kind == varCol && v.sym != nil && v.sym.Pointer {
			return &target{kind: onVar, v: &cvar{typ: verbatim.Type{Name: "void", Ptr: 1}, p: place{placeCol, v.index}}}
		}
	}
	if ion, ok := strings.CutPrefix(name, "_ion_"); ok {
		if v := w.c.vars[ion]; v != nil && v.sym != nil && v.sym.Ion != nil {
			return &target{kind: onExt, ext: w.c.ionExt(v.sym.Ion)}
		}
	}
	if cv := w.c.unitVar(name); cv != nil {
		return &target{kind: onVar, v: cv}
	}
	if v := w.c.vars[name]; v != nil {
		switch {
		case v.kind == varConst:
			return w.readOnly(w.b.constant(v.num), false)
		case v.kind == varGlob:
			return w.readOnly(w.b.leaf(program.Ref{Kind: program.Glob, Idx: v.index}), false)
		case v.random:
			return &target{kind: onVar, v: &cvar{typ: verbatim.Type{Name: "nrnran123_State", Ptr: 1}, p: place{placeCol, v.index}}}
		case v.kind == varCol && v.size > 0:
			return arrayOf(place{placeCol, v.index}, v.size)
		case v.kind == varCol:
			return &target{kind: onPlace, p: place{placeCol, v.index}}
		}
	}
	switch name {
	case "v", "_v":
		if w.hasV {
			return &target{kind: onPlace, p: w.v}
		}
	case "dt", "_dt":
		return &target{kind: onPlace, p: w.dt}
	case "_args":
		if n := len(w.c.m.Weights); n > 0 && w.weights {
			return arrayOf(place{placeWeight, 0}, n)
		}
	case "area":
		return w.readOnly(w.b.leaf(w.c.ext(program.NodeArea, "")), false)
	case "diam":
		return w.readOnly(w.b.leaf(w.c.ext(program.NodeDiam, "")), false)
	}
	if g, ok := standardGlobal(name); ok {
		return w.readOnly(w.b.leaf(program.Ref{Kind: program.Glob, Idx: g}), false)
	}
	if x, ok := cConstants[name]; ok {
		return w.readOnly(w.b.constant(x), true)
	}
	w.c.unsupported(e.Pos, "the C name %s", name)
	return &target{kind: onNothing}
}

// bound is the target of a name of NMODL: LOCAL, argument, result of a FUNCTION.
func (w *walker) bound(b binding) *target {
	switch {
	case b.c != nil:
		return &target{kind: onVar, v: b.c}
	case b.isConst:
		return w.readOnly(w.b.constant(b.num), false)
	case b.size > 0:
		return arrayOf(b.p, b.size)
	}
	return &target{kind: onPlace, p: b.p}
}

// arrayOf is an array of the mechanism, which is a pointer to its first element where it has no index.
func arrayOf(first place, size int) *target {
	return &target{kind: onVar, v: &cvar{typ: verbatim.Type{Name: "double"}, p: first, size: size}}
}

func (w *walker) indexed(e *verbatim.Index) *target {
	base := w.cExpr(e.X)
	i := w.cExpr(e.I)
	i.v = w.scalarValue(i, e.Pos)
	return w.behind(base, &i, e.Pos)
}

// behind is what a pointer points to, or the element i behind that.
func (w *walker) behind(p cvalue, i *cvalue, pos ast.Pos) *target {
	zero := i == nil
	if !zero {
		if c, ok := w.b.constOf(i.v); ok && c == 0 {
			zero = true
		}
	}
	if p.to == nil {
		if p.isText {
			w.c.unsupported(pos, "text")
			return &target{kind: onNothing}
		}
		t := &target{kind: onVector, h: p.v, i: w.b.constant(0)}
		switch {
		case p.hasOff && !zero:
			t.i = w.b.op(program.OpAdd, p.off, i.v)
		case p.hasOff:
			t.i = p.off
		case !zero:
			t.i = i.v
		}
		return t
	}
	if zero {
		return p.to
	}
	t := *p.to
	c, isConst := w.b.constOf(i.v)
	if t.kind != onArray || !t.fixed {
		w.c.unsupported(pos, "an index behind what is no array")
		return &target{kind: onNothing}
	}
	if isConst {
		t.n += int(c)
		return &t
	}
	t.fixed = false
	t.at = w.b.newLocal()
	w.b.write(t.at, i.v)
	return &t
}

func (w *walker) load(t *target, pos ast.Pos) cvalue {
	switch t.kind {
	case onPlace:
		return cvalue{v: w.b.read(t.p), integer: t.integer}
	case onArray:
		return w.loadElement(t, pos)
	case onExt:
		return cvalue{v: w.b.leaf(t.ext)}
	case onVector:
		return cvalue{v: w.b.call(pos, program.FnElement, t.h, t.i)}
	case onArgument:
		return cvalue{v: w.b.call(pos, program.FnArg, t.x)}
	case onValue:
		return cvalue{v: t.x, integer: t.integer}
	case onVar:
		return w.loadVar(t.v, pos)
	}
	return w.number(0, true)
}

func (w *walker) loadVar(v *cvar, pos ast.Pos) cvalue {
	switch {
	case v.size > 0:
		t := &target{kind: onArray, p: v.p, size: v.size, fixed: true, integer: v.typ.Integer()}
		return cvalue{to: t, pointer: true, v: w.b.constant(1)}
	case v.typ.Ptr == 0 && v.to == nil:
		return cvalue{v: w.b.read(v.p), integer: v.typ.Integer()}
	case v.unknown:
		w.c.unsupported(pos, "a pointer that depends on a condition")
		return cvalue{v: w.b.constant(0), pointer: true}
	case v.to != nil:
		return cvalue{to: v.to, pointer: true, v: w.b.constant(1)}
	}
	x := cvalue{v: w.b.read(v.p), pointer: true}
	if v.hasOff {
		x.off, x.hasOff = w.b.read(v.off), true
	}
	return x
}

// loadElement reads an element; an array without index is a pointer to its first.
func (w *walker) loadElement(t *target, pos ast.Pos) cvalue {
	if t.fixed {
		if t.n < 0 || t.n >= t.size {
			w.c.unsupported(pos, "index %d of an array of %d elements", t.n, t.size)
			return w.number(0, true)
		}
		p := t.p
		p.idx += int32(t.n)
		return cvalue{v: w.b.read(p), integer: t.integer}
	}
	return cvalue{v: w.b.readIndexed(pos, t.p, t.size, w.elementIndex(t)), integer: t.integer}
}

func (w *walker) elementIndex(t *target) value {
	i := w.b.read(t.at)
	if t.n != 0 {
		i = w.b.op(program.OpAdd, i, w.b.constant(float64(t.n)))
	}
	return i
}

func (w *walker) store(t *target, x cvalue, pos ast.Pos) cvalue {
	intType := verbatim.Type{Name: "int"}
	if t.kind != onVar && (x.to != nil || x.isText) {
		w.c.unsupported(pos, "a pointer in a variable of the mechanism")
		return x
	}
	switch t.kind {
	case onPlace:
		if t.integer {
			x = cvalue{v: w.convert(x, intType), integer: true}
		}
		w.b.write(t.p, x.v)
	case onArray:
		if t.integer {
			x = cvalue{v: w.convert(x, intType), integer: true}
		}
		if !t.fixed {
			w.b.writeIndexed(pos, t.p, t.size, w.elementIndex(t), x.v)
			break
		}
		if t.n < 0 || t.n >= t.size {
			w.c.unsupported(pos, "index %d of an array of %d elements", t.n, t.size)
			break
		}
		p := t.p
		p.idx += int32(t.n)
		w.b.write(p, x.v)
	case onExt:
		w.b.effect(effect{program.OpStore, t.ext, x.v})
	case onVector:
		w.b.call(pos, program.FnSetElement, t.h, t.i, x.v)
	case onVar:
		return w.storeVar(t.v, x, pos)
	case onValue, onArgument:
		w.c.unsupported(pos, "assignment to what can only be read")
	}
	return x
}

func (w *walker) storeVar(v *cvar, x cvalue, pos ast.Pos) cvalue {
	if v.typ.Ptr == 0 && v.typ.Name != "auto" {
		if x.to != nil || x.isText {
			w.c.unsupported(pos, "a pointer in a variable that is none")
			return x
		}
		x = cvalue{v: w.convert(x, v.typ), integer: v.typ.Integer()}
		w.b.write(v.p, x.v)
		return x
	}
	if v.typ.Name == "auto" && v.typ.Ptr == 0 && x.pointer {
		v.typ.Ptr = 1
		v.off, v.hasOff = w.b.newLocal(), true
	}
	if v.size > 0 || x.isText && v.p.kind == placeCol {
		w.c.unsupported(pos, "assignment to an array or of text")
		return x
	}
	v.unset, v.unknown = false, false
	if x.to != nil {
		if v.p.kind == placeCol {
			w.c.unsupported(pos, "a pointer in a variable of the mechanism")
			return x
		}
		v.to = x.to
		return x
	}
	v.to = nil
	w.b.write(v.p, x.v)
	if v.p.kind == placeCol {
		return x
	}
	if !x.hasOff {
		x.off = w.b.constant(0)
	}
	w.b.write(v.off, x.off)
	return x
}
