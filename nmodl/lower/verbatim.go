package lower

import (
	"fmt"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// cvar is a variable of the C text: a number, an array of numbers, or a pointer. A pointer is the number of a stream or
// Vector (see program.Fn) with an offset, or it is known here what it points to.
type cvar struct {
	typ     verbatim.Type
	p       place // the number, the first of an array, or the handle
	size    int   // of an array
	off     place // of a pointer: elements from the start of the Vector
	hasOff  bool
	to      *target
	unset   bool // a pointer that has not been assigned
	unknown bool // a pointer that differs between two branches
}

// cName is the name of a C variable among those of a scope: NMODL's LOCAL x is _lx in C, so the two do not meet.
func cName(name string) string { return "#" + name }

// returnPoint is where return goes, in the function that is being inlined.
type returnPoint struct {
	result place
	has    bool // it returns a value
	label  program.Ref
	used   bool
}

// jumpPoint is where break and continue go.
type jumpPoint struct {
	brk, cont program.Ref
	isLoop    bool
}

// routine lowers a block that ends where its return statements go.
func (w *walker) routine(b *ast.Block, result place, has bool) {
	w.returning(result, has, func() { w.block(b) })
}

func (w *walker) returning(result place, has bool, body func()) {
	ret, tail, jumps := w.ret, w.tail, w.jumps
	here := &returnPoint{result: result, has: has}
	w.ret, w.tail, w.jumps = here, true, nil
	body()
	if here.used {
		w.b.(*scalar).place(here.label)
	}
	w.ret, w.tail, w.jumps = ret, tail, jumps
}

// jumper returns the backend if it can jump, and sends everything else there.
func (w *walker) jumper(pos ast.Pos, why string) *scalar {
	b, ok := w.b.(*scalar)
	if !ok {
		panic(needScalar{pos, why})
	}
	return b
}

func hasVerbatim(stmts []ast.Stmt) bool {
	for _, s := range stmts {
		if _, ok := s.(*ast.VerbatimStmt); ok {
			return true
		}
	}
	return false
}

// cBody lowers statements among which VERBATIM stands. The C text of all of them is read together, since braces may
// open in one and close in another.
func (w *walker) cBody(stmts []ast.Stmt) {
	key := stmts[0]
	body, ok := w.c.bodies[key]
	if !ok {
		var pieces []verbatim.Piece
		for _, s := range stmts {
			if v, is := s.(*ast.VerbatimStmt); is {
				pieces = append(pieces, verbatim.Piece{Pos: v.Pos, Text: v.Text})
			} else {
				pieces = append(pieces, verbatim.Piece{Stmt: s})
			}
		}
		var err *verbatim.Error
		body, err = verbatim.Parse(pieces, w.c.macros)
		if err != nil {
			w.c.unsupported(err.Pos, "C text with %s", err.Msg)
			body = nil
			for _, s := range stmts {
				if _, is := s.(*ast.VerbatimStmt); !is {
					body = append(body, &verbatim.NMODL{Stmt: s})
				}
			}
		}
		w.c.bodies[key] = body
	}
	defer w.push(map[string]binding{})()
	w.cStmts(body)
}

func (w *walker) cStmts(stmts []verbatim.Stmt) {
	tail := w.tail
	last := len(stmts) - 1
	for last >= 0 && w.noEffect(stmts[last]) {
		last--
	}
	for k, s := range stmts {
		w.tail = tail && k >= last
		m := w.b.mark()
		w.cStmt(s)
		w.b.release(m)
	}
	w.tail = tail
}

// noEffect reports whether nothing happens in a statement, so that a return before it is the last thing that does.
func (w *walker) noEffect(s verbatim.Stmt) bool {
	switch s := s.(type) {
	case *verbatim.Block:
		return len(s.Stmts) == 0
	case *verbatim.Decl:
		for _, v := range s.Vars {
			if v.Init != nil {
				return false
			}
		}
		return true
	}
	return false
}

func (w *walker) cStmt(s verbatim.Stmt) {
	switch s := s.(type) {
	case *verbatim.NMODL:
		w.stmt(s.Stmt)
	case *verbatim.Block:
		pop := w.push(map[string]binding{})
		w.cStmts(s.Stmts)
		pop()
	case *verbatim.Decl:
		w.cDecl(s)
	case *verbatim.ExprStmt:
		w.cExpr(s.X)
	case *verbatim.If:
		w.cIf(s)
	case *verbatim.Loop:
		w.cLoop(s)
	case *verbatim.Switch:
		w.cSwitch(s)
	case *verbatim.Jump:
		w.cJump(s)
	case *verbatim.Return:
		w.cReturn(s)
	case *verbatim.Case:
		w.c.unsupported(s.Pos, "case outside switch")
	}
}

// sub lowers a statement that is the whole body of something.
func (w *walker) sub(s verbatim.Stmt) {
	pop := w.push(map[string]binding{})
	m := w.b.mark()
	w.cStmt(s)
	w.b.release(m)
	pop()
}

func (w *walker) cIf(s *verbatim.If) {
	c := w.truth(w.cExpr(s.Cond))
	before := w.pointers()
	var then []pointerState
	w.b.branch(s.Pos, c, func() {
		w.sub(s.Then)
		then = w.pointers()
		w.restore(before)
	}, func() {
		if s.Else != nil {
			w.sub(s.Else)
		}
	})
	if then == nil { // the condition is a constant
		return
	}
	w.merge(then)
}

// pointerState is what is known of one pointer.
type pointerState struct {
	v              *cvar
	to             *target
	unset, unknown bool
}

func (w *walker) pointers() []pointerState {
	out := make([]pointerState, 0, len(w.cptrs))
	for _, v := range w.cptrs {
		out = append(out, pointerState{v, v.to, v.unset, v.unknown})
	}
	return out
}

func (w *walker) restore(ps []pointerState) {
	for _, p := range ps {
		p.v.to, p.v.unset, p.v.unknown = p.to, p.unset, p.unknown
	}
}

// merge combines what is known behind one branch with what is known behind the other, which is the present.
func (w *walker) merge(other []pointerState) {
	for _, p := range other {
		v := p.v
		switch {
		case p.unset:
		case v.unset:
			v.to, v.unset, v.unknown = p.to, false, p.unknown
		case v.to == p.to || v.to != nil && p.to != nil && *v.to == *p.to:
		default:
			v.to, v.unknown = nil, true
		}
	}
}

func (w *walker) cLoop(s *verbatim.Loop) {
	pop := w.push(map[string]binding{})
	defer pop()
	if s.Init != nil {
		m := w.b.mark()
		w.cStmt(s.Init)
		w.b.release(m)
	}
	if s.Last && s.Cond != nil { // do { … } while (0) is a block
		if c, ok := verbatim.Constant(s.Cond); ok && c == 0 && !breaks(s.Body) {
			w.sub(s.Body)
			return
		}
	}
	b := w.jumper(s.Pos, "a loop in C")
	tail, jumps := w.tail, w.jumps
	w.tail = false
	top := b.newLabel()
	at := jumpPoint{brk: b.newLabel(), cont: b.newLabel(), isLoop: true}
	w.jumps = append(w.jumps[:len(w.jumps):len(w.jumps)], at)
	before := w.pointers()
	test := func() {
		if s.Cond == nil {
			return
		}
		m := b.mark()
		b.emit(program.OpJumpZero, program.Ref{}, b.refs[w.truth(w.cExpr(s.Cond))], at.brk)
		b.release(m)
	}
	b.place(top)
	if !s.Last {
		test()
	}
	w.sub(s.Body)
	b.place(at.cont)
	if s.Post != nil {
		m := b.mark()
		w.cExpr(s.Post)
		b.release(m)
	}
	if s.Last {
		test()
	}
	b.emit(program.OpJump, program.Ref{}, top)
	b.place(at.brk)
	if !s.Last {
		w.merge(before)
	}
	w.tail, w.jumps = tail, jumps
}

// breaks reports whether a statement may leave the loop around it.
func breaks(s verbatim.Stmt) bool {
	switch s := s.(type) {
	case *verbatim.Jump:
		return true
	case *verbatim.Block:
		for _, t := range s.Stmts {
			if breaks(t) {
				return true
			}
		}
	case *verbatim.If:
		return breaks(s.Then) || s.Else != nil && breaks(s.Else)
	case *verbatim.Switch:
		for _, t := range s.Body {
			if breaks(t) {
				return true
			}
		}
	}
	return false
}

func (w *walker) cSwitch(s *verbatim.Switch) {
	b := w.jumper(s.Pos, "switch in C")
	tail, jumps := w.tail, w.jumps
	w.tail = false
	p := w.b.newLocal()
	w.b.write(p, w.num(s.X))
	at := jumpPoint{brk: b.newLabel()}
	w.jumps = append(w.jumps[:len(w.jumps):len(w.jumps)], at)
	labels := map[*verbatim.Case]program.Ref{}
	rest := at.brk
	for _, st := range s.Body {
		c, ok := st.(*verbatim.Case)
		if !ok {
			continue
		}
		labels[c] = b.newLabel()
		if c.X == nil {
			rest = labels[c]
			continue
		}
		m := b.mark()
		differs := w.b.op(program.OpNe, w.b.read(p), w.num(c.X))
		b.emit(program.OpJumpZero, program.Ref{}, b.refs[differs], labels[c])
		b.release(m)
	}
	b.emit(program.OpJump, program.Ref{}, rest)
	pop := w.push(map[string]binding{})
	for _, st := range s.Body {
		if c, ok := st.(*verbatim.Case); ok {
			b.place(labels[c])
			continue
		}
		m := b.mark()
		w.cStmt(st)
		b.release(m)
	}
	pop()
	b.place(at.brk)
	w.tail, w.jumps = tail, jumps
}

func (w *walker) cJump(s *verbatim.Jump) {
	for k := len(w.jumps) - 1; k >= 0; k-- {
		to := w.jumps[k].brk
		if s.Continue {
			if !w.jumps[k].isLoop {
				continue
			}
			to = w.jumps[k].cont
		}
		w.jumper(s.Pos, "break").emit(program.OpJump, program.Ref{}, to)
		return
	}
	w.c.unsupported(s.Pos, "break or continue outside a loop of the same VERBATIM")
}

func (w *walker) cReturn(s *verbatim.Return) {
	if s.X != nil {
		x := w.cExpr(s.X)
		if w.ret != nil && w.ret.has {
			w.b.write(w.ret.result, w.scalarValue(x, s.Pos))
		}
	}
	switch {
	case w.inBreakpoint && w.ret == nil:
		// NEURON's function of the current returns what is behind return, mostly nothing.
		w.c.unsupported(s.Pos, "return in BREAKPOINT, which makes NEURON lose the current (remove it)")
	case w.tail:
	case w.ret == nil:
		w.c.unsupported(s.Pos, "return before the end of this block")
	default:
		b := w.jumper(s.Pos, "a return before the end")
		if !w.ret.used {
			w.ret.label, w.ret.used = b.newLabel(), true
		}
		b.emit(program.OpJump, program.Ref{}, w.ret.label)
	}
}

// maxArray bounds the arrays of C text.
const maxArray = 4096

func (w *walker) cDecl(d *verbatim.Decl) {
	for k := range d.Vars {
		v := &d.Vars[k]
		size, ok := arraySize(v)
		if !ok {
			w.c.unsupported(v.Pos, "the size of %s", v.Name)
			size = 1
		}
		name := cName(v.Name)
		if d.Static || d.Const && len(v.List) > 0 {
			if cv := w.c.static(v, size); cv != nil {
				w.sc.names[name] = binding{c: cv}
				continue
			}
		}
		cv := w.c.newCVar(w, v.Type, size)
		if cv.typ.Ptr > 0 {
			w.cptrs = append(w.cptrs, cv)
		}
		if v.Init != nil {
			w.store(&target{kind: onVar, v: cv}, w.cExpr(v.Init), v.Pos)
		}
		w.sc.names[name] = binding{c: cv}
		for e, x := range v.List {
			if e < size {
				p := cv.p
				p.idx += int32(e)
				w.b.write(p, w.convert(w.cExpr(x), cv.typ))
			}
		}
	}
}

// arraySize is the number of elements of an array, 0 for a scalar.
func arraySize(v *verbatim.Var) (int, bool) {
	switch {
	case v.Open:
		return max(len(v.List), 1), len(v.List) <= maxArray
	case v.Array == nil:
		return 0, true
	}
	n, ok := verbatim.Constant(v.Array)
	return int(n), ok && n >= 1 && n <= maxArray
}

func (c *compiler) newCVar(w *walker, t verbatim.Type, size int) *cvar {
	cv := &cvar{typ: t, size: size, unset: t.Ptr > 0}
	cv.p = w.b.newLocal()
	for range size - 1 {
		w.b.newLocal()
	}
	if t.Ptr > 0 && size == 0 {
		cv.off, cv.hasOff = w.b.newLocal(), true
	}
	return cv
}

// static is a variable that outlives the call: NEURON has one for all instances, here each instance has its own.
func (c *compiler) static(v *verbatim.Var, size int) *cvar {
	key := fmt.Sprintf("%d:%d:%s", v.Pos.Line, v.Pos.Col, v.Name)
	if cv := c.statics[key]; cv != nil {
		return cv
	}
	var start []float64
	list := v.List
	if v.Init != nil {
		list = []verbatim.Expr{v.Init}
	}
	for _, x := range list {
		n, ok := verbatim.Constant(x)
		if !ok {
			return nil
		}
		start = append(start, n)
	}
	cv := &cvar{typ: v.Type, size: size, p: place{placeCol, int32(len(c.m.Columns))}, unset: v.Type.Ptr > 0}
	for e := range max(size, 1) {
		c.shared = append(c.shared, int32(len(c.m.Columns)))
		col := program.Column{Name: v.Name, Role: program.Assigned, Size: size, Element: e}
		if e < len(start) {
			col.Default = start[e]
		}
		c.m.Columns = append(c.m.Columns, col)
	}
	c.statics[key] = cv
	return cv
}

// readUnit reads the VERBATIM blocks at file level: constants, variables and functions of the C text.
func (c *compiler) readUnit() {
	var pieces []verbatim.Piece
	for _, v := range c.f.Verbatim {
		pieces = append(pieces, verbatim.Piece{Pos: v.Pos, Text: v.Text})
	}
	c.macros = verbatim.NewMacros()
	c.unit = verbatim.ParseUnit(pieces, c.macros)
	c.bodies = map[ast.Stmt][]verbatim.Stmt{}
	c.statics, c.impures = map[string]*cvar{}, map[*ast.Function]bool{}
	c.unitVars = map[string]*verbatim.Var{}
	for k := range c.unit.Vars {
		d := &c.unit.Vars[k]
		for i := range d.Vars {
			c.unitVars[d.Vars[i].Name] = &d.Vars[i]
		}
	}
}

// unitVar is a variable of the VERBATIM blocks at file level.
func (c *compiler) unitVar(name string) *cvar {
	v := c.unitVars[name]
	if v == nil {
		return nil
	}
	size, ok := arraySize(v)
	if !ok {
		return nil
	}
	return c.static(v, size)
}

// cVariable is what a name of NMODL code stands for that only C text declares.
func (w *walker) cVariable(name string) (*cvar, bool) {
	if b, ok := w.sc.find(cName(name)); ok && b.c != nil {
		return b.c, true
	}
	if cv := w.c.unitVar(name); cv != nil {
		return cv, true
	}
	return nil, false
}

// cRef reads a variable of the C text in NMODL code.
func (w *walker) cRef(r *ast.VarRef, cv *cvar) value {
	t := &target{kind: onVar, v: cv}
	if r.Index != nil {
		i := cvalue{v: w.b.snapshot(w.expr(r.Index)), integer: true}
		t = w.behind(w.loadVar(cv, r.Pos), &i, r.Pos)
	}
	return w.scalarValue(w.load(t, r.Pos), r.Pos)
}

// cAssignRef assigns to one.
func (w *walker) cAssignRef(r *ast.VarRef, cv *cvar, x value) {
	t := &target{kind: onVar, v: cv}
	if r.Index != nil {
		i := cvalue{v: w.b.snapshot(w.expr(r.Index)), integer: true}
		t = w.behind(w.loadVar(cv, r.Pos), &i, r.Pos)
	}
	w.store(t, cvalue{v: x}, r.Pos)
}

// cExtern calls a function of the C text from NMODL code.
func (w *walker) cExtern(c *ast.Call, f *verbatim.Func) value {
	args := w.impureArgs(c.Args)
	values := make([]cvalue, len(args))
	for k := range args {
		values[k] = cvalue{v: args[k]}
	}
	return w.cFunction(c.Pos, f, values).v
}
