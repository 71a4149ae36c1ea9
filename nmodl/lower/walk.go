package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// binding is what a name of a scope stands for: a place (the first of size), or a constant.
type binding struct {
	isConst bool
	num     float64
	p       place
	size    int
	c       *cvar // a variable of the C text; its name starts with #
}

// scope is the names of a block. Bodies of functions start a new chain: they see the file, not their caller.
type scope struct {
	parent *scope
	names  map[string]binding
}

func (s *scope) find(name string) (binding, bool) {
	for ; s != nil; s = s.parent {
		if b, ok := s.names[name]; ok {
			return b, true
		}
	}
	return binding{}, false
}

// walker lowers statements for one entry.
type walker struct {
	c     *compiler
	b     backend
	sc    *scope
	v, dt place  // v and dt as this entry sees them
	t     *place // t where a solver moves it; nil: that of the step
	hasV  bool

	calls        []*ast.Function // being inlined
	cCalls       []*verbatim.Func
	cptrs        []*cvar      // pointers of the C text so far
	ret          *returnPoint // nil where return has nowhere to go
	jumps        []jumpPoint
	tail         bool // nothing follows the statement at hand in its function
	inBreakpoint bool // the block whose value is the current
	weights      bool // the weights of a NetCon are there
	copies       int  // of the present statement, by unrolled loops around it; 0 means 1

	onDiffEq func(*ast.DiffEq)
	kin      *kinetic
	lin      *linear
	nonlin   *nonlinear
	primes   map[string]odeVar // Ds of the block that is being solved

	skipSolve bool // BREAKPOINT's body for currents leaves SOLVE out
	events    bool // net_send and its like are allowed
	inNet     bool // in NET_RECEIVE
	inInitial bool
	stepping  bool // at a SOLVE of BREAKPOINT
}

func (c *compiler) newWalker(b backend) *walker {
	w := &walker{c: c, b: b, sc: nil}
	w.dt = b.newLocal()
	b.write(w.dt, b.leaf(program.Ref{Kind: program.Glob, Idx: program.GlobDt}))
	return w
}

// loadV sets v to the node's voltage. An artificial cell has none.
func (w *walker) loadV() {
	w.v = w.b.newLocal()
	w.hasV = true
	if w.c.m.Kind != program.Artificial {
		w.b.write(w.v, w.b.leaf(w.c.ext(program.NodeV, "")))
	}
}

func (w *walker) push(names map[string]binding) func() {
	old := w.sc
	w.sc = &scope{parent: old, names: names}
	return func() { w.sc = old }
}

// block lowers { LOCAL …; statements }.
func (w *walker) block(b *ast.Block) {
	if b == nil {
		return
	}
	names := map[string]binding{}
	for _, l := range b.Locals {
		names[l.Name] = w.local(max(l.Size, 1), l.Size)
	}
	defer w.push(names)()
	if w.kin == nil && hasVerbatim(b.Stmts) {
		w.cBody(b.Stmts)
		return
	}
	tail := w.tail
	for k, s := range b.Stmts {
		w.tail = tail && k == len(b.Stmts)-1
		m := w.b.mark()
		w.stmt(s)
		w.b.release(m)
	}
	w.tail = tail
}

func (w *walker) local(n, size int) binding {
	first := w.b.newLocal()
	w.b.write(first, w.b.constant(0))
	for range n - 1 {
		w.b.write(w.b.newLocal(), w.b.constant(0))
	}
	return binding{p: first, size: size}
}

func (w *walker) stmt(s ast.Stmt) {
	w.c.spend(s.StmtPos())
	if w.kin != nil && w.kin.probing && !holdsReaction(s) {
		return
	}
	switch s.(type) {
	case *ast.While, *ast.From, *ast.ForAll, *ast.ForNetCons:
		defer func(tail bool) { w.tail = tail }(w.tail)
		w.tail = false // a return in a loop ends more than one turn
	}
	switch s := s.(type) {
	case *ast.Assign:
		w.assign(s.Lhs, w.expr(s.Rhs))
	case *ast.DiffEq:
		if w.onDiffEq == nil { // an assignment to s', nothing else
			w.assign(&ast.VarRef{Pos: s.Lhs.Pos, Name: s.Lhs.Name, Index: s.Lhs.Index, Prime: s.Order}, w.expr(s.Rhs))
			return
		}
		w.onDiffEq(s)
	case *ast.If:
		w.ifElse(s)
	case *ast.While:
		w.b.loop(s.Pos, func() value { return w.expr(s.Cond) }, func() { w.block(s.Body) })
	case *ast.From:
		w.from(s)
	case *ast.CallStmt:
		w.callStmt(s.Call)
	case *ast.Solve:
		if !w.skipSolve {
			w.solve(s)
		}
	case *ast.VerbatimStmt:
		w.verbatim(s)
	case *ast.Table: // handled where the function is called
	case *ast.BlockStmt:
		w.block(s.Block)
	case *ast.Protect:
		w.stmt(s.Stmt)
	case *ast.Mutex:
	case *ast.Conductance:
		w.c.hint(s)
	case *ast.Reaction:
		if w.kin == nil {
			w.c.unsupported(s.Pos, "reaction outside a KINETIC block")
			return
		}
		w.kin.reaction(s)
	case *ast.Conserve:
		if w.kin != nil {
			w.kin.conserve(s)
		}
	case *ast.Compartment: // found where they are needed
	case *ast.LinEq:
		if w.nonlin != nil {
			w.nonlin.equation(w, s)
			return
		}
		if w.lin == nil {
			w.c.unsupported(s.Pos, "equation outside a LINEAR block")
			return
		}
		w.lin.equation(s)
	case *ast.Watch:
		w.watch(s)
	case *ast.ForNetCons:
		w.forNetCons(s)
	case *ast.ForAll:
		w.c.unsupported(s.Pos, "FORALL (NEURON 9 does not accept it either)")
	case *ast.Lag:
		w.lag(s)
	case *ast.Reset:
		w.c.note("RESET has no effect (line %d); NEURON 9 does not accept it", s.Pos.Line)
	default:
		w.c.unsupported(s.StmtPos(), "statement")
	}
}

func (w *walker) ifElse(s *ast.If) {
	var els func()
	if s.Else != nil {
		els = func() { w.block(s.Else) }
	} else {
		els = func() {}
	}
	if w.kin != nil && anyStmt(&ast.Block{Stmts: []ast.Stmt{s}}, isReaction) {
		w.c.note("reactions under IF are evaluated as they stand; NEURON mixes up matrix elements when the condition changes")
	}
	w.b.branch(s.Pos, w.expr(s.Cond), func() { w.block(s.Then) }, els)
}

func isReaction(s ast.Stmt) bool {
	_, ok := s.(*ast.Reaction)
	return ok
}

// holdsReaction reports whether a statement is, or contains, what shapes the matrix of a KINETIC block.
func holdsReaction(s ast.Stmt) bool {
	return anyStmt(&ast.Block{Stmts: []ast.Stmt{s}}, func(s ast.Stmt) bool {
		switch s.(type) {
		case *ast.Reaction, *ast.Conserve:
			return true
		}
		return false
	})
}

// maxUnroll bounds the copies of a loop's body, nested loops together.
const maxUnroll = 4096

// from lowers FROM i = a TO b BY c: unrolled when the bounds are constants, since i is then a constant in the body.
func (w *walker) from(s *ast.From) {
	lo, ok1 := w.intConst(s.From)
	hi, ok2 := w.intConst(s.To)
	by, ok3 := 1, true
	if s.By != nil {
		by, ok3 = w.intConst(s.By)
	}
	if turns := max((hi-lo)/max(by, 1)+1, 1); ok1 && ok2 && ok3 && by > 0 && turns*max(w.copies, 1) <= maxUnroll {
		saved := w.copies
		w.copies = turns * max(w.copies, 1)
		defer func() { w.copies = saved }()
		for i := lo; i <= hi; i += by {
			pop := w.push(map[string]binding{s.Var: {isConst: true, num: float64(i)}})
			w.block(s.Body)
			pop()
		}
		return
	}
	if ok3 && by <= 0 {
		w.c.unsupported(s.Pos, "FROM loop with BY %d", by)
		return
	}
	i := w.b.newLocal()
	end, step := w.b.newLocal(), w.b.newLocal()
	w.b.write(i, w.intValue(s.From))
	defer w.push(map[string]binding{s.Var: {p: i}})()
	// C evaluates bound and step in every turn; they are constant in all but pathological files.
	w.b.write(end, w.intValue(s.To))
	w.b.write(step, w.b.constant(1))
	if s.By != nil {
		w.b.write(step, w.intValue(s.By))
	}
	w.b.loop(s.Pos, func() value { return w.b.op(program.OpLe, w.b.read(i), w.b.read(end)) }, func() {
		w.block(s.Body)
		w.b.write(i, w.b.op(program.OpAdd, w.b.read(i), w.b.read(step)))
	})
}

func (w *walker) verbatim(s *ast.VerbatimStmt) { w.cBody([]ast.Stmt{s}) }

func (c *compiler) hint(s *ast.Conductance) {
	for _, h := range c.conductance {
		if h.name == s.Name {
			return
		}
	}
	c.conductance = append(c.conductance, hint{s.Pos, s.Name, s.Ion})
}

// assign stores to a variable.
func (w *walker) assign(r *ast.VarRef, x value) {
	if b, ok := w.sc.find(r.Name); ok {
		switch {
		case b.isConst:
			w.c.unsupported(r.Pos, "assignment to %s", r.Name)
		case b.size > 0:
			w.assignElement(r, b.p, b.size, x)
		default:
			w.b.write(b.p, x)
		}
		return
	}
	if r.At != nil {
		if first, size, ok := w.laggedRef(r); ok {
			w.assignTo(r, first, size, x)
		}
		return
	}
	if r.Prime > 0 {
		if first, size, ok := w.prime(r); ok {
			w.assignTo(r, first, size, x)
			return
		}
	}
	if cv, ok := w.cVariable(r.Name); ok {
		w.cAssignRef(r, cv, x)
		return
	}
	v := w.c.vars[r.Name]
	if v == nil {
		switch r.Name {
		case "v":
			if w.hasV {
				w.b.write(w.v, x)
				return
			}
		case "dt":
			w.b.write(w.dt, x)
			return
		case "secondorder":
			w.c.unsupported(r.Pos, "an assignment to secondorder, the method of the whole network,")
			return
		}
		w.c.unsupported(r.Pos, "assignment to %s", r.Name)
		return
	}
	switch v.kind {
	case varCol:
		w.assignTo(r, place{placeCol, v.index}, v.size, x)
	case varPointer:
		w.scalarOnly(r.Pos, "POINTER "+r.Name)
		w.b.effect(effect{program.OpStore, program.Ref{Kind: program.ExtRef, Idx: v.index}, x})
	default:
		w.c.unsupported(r.Pos, "assignment to %s", r.Name)
	}
}

// assignTo stores to a scalar (size 0) or to an element of an array.
func (w *walker) assignTo(r *ast.VarRef, first place, size int, x value) {
	if size > 0 {
		w.assignElement(r, first, size, x)
		return
	}
	w.b.write(first, x)
}

func (w *walker) assignElement(r *ast.VarRef, first place, size int, x value) {
	if r.Index == nil {
		w.b.write(first, x) // C: an array's name without index is its first element
		return
	}
	index := w.index(r.Index)
	if i, ok := w.b.constOf(index); ok {
		if !(i >= 0 && i < float64(size)) {
			w.c.unsupported(r.Pos, "index %v of %s, which has %d elements,", i, r.Name, size)
			return
		}
		first.idx += int32(i)
		w.b.write(first, x)
		return
	}
	w.b.writeIndexed(r.Pos, first, size, index, x)
}
