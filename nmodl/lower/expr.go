package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

var binaryOps = map[string]program.Op{
	"+": program.OpAdd, "-": program.OpSub, "*": program.OpMul, "/": program.OpDiv, "^": program.OpPow,
	"<": program.OpLt, "<=": program.OpLe, ">": program.OpGt, ">=": program.OpGe, "==": program.OpEq, "!=": program.OpNe,
	"&&": program.OpAnd, "||": program.OpOr,
}

// expr lowers an expression: operands left to right, one operation per operator, in the association of the tree,
// which is that of the C text nocmodl writes.
func (w *walker) expr(e ast.Expr) value {
	w.c.spend(e.ExprPos())
	switch e := e.(type) {
	case *ast.Number:
		return w.b.constant(e.Value) // an integer literal is a double: nocmodl writes 1 as 1.0
	case *ast.Paren:
		return w.expr(e.X)
	case *ast.Unary:
		x := w.expr(e.X)
		if e.Op == "!" {
			return w.b.op(program.OpNot, x)
		}
		return w.b.op(program.OpNeg, x)
	case *ast.Binary:
		op, ok := binaryOps[e.Op]
		if !ok {
			w.c.unsupported(e.Pos, "operator %s", e.Op)
			return w.b.constant(0)
		}
		if w.c.impure(e.Y) {
			x := w.b.snapshot(w.expr(e.X))
			if e.Op == "&&" || e.Op == "||" {
				return w.shortCircuit(e.Pos, op, x, func() value { return w.expr(e.Y) })
			}
			return w.b.op(op, x, w.expr(e.Y))
		}
		x := w.expr(e.X)
		y := w.expr(e.Y)
		return w.b.op(op, x, y)
	case *ast.VarRef:
		return w.variable(e)
	case *ast.Call:
		return w.call(e)
	case *ast.Str:
		return w.b.constant(0)
	}
	w.c.unsupported(e.ExprPos(), "expression")
	return w.b.constant(0)
}

func (w *walker) variable(r *ast.VarRef) value {
	if r.At != nil {
		first, size, ok := w.laggedRef(r)
		switch {
		case !ok:
			return w.b.constant(0)
		case size > 0:
			return w.element(r, first, size)
		}
		return w.b.read(first)
	}
	if r.Prime > 0 {
		if first, size, ok := w.prime(r); ok {
			if size > 0 {
				return w.element(r, first, size)
			}
			return w.b.read(first)
		}
		w.c.unsupported(r.Pos, "the derivative %s' as a value", r.Name)
		return w.b.constant(0)
	}
	if b, ok := w.sc.find(r.Name); ok {
		switch {
		case b.isConst:
			return w.b.constant(b.num)
		case b.size > 0:
			return w.element(r, b.p, b.size)
		}
		return w.b.read(b.p)
	}
	if cv, ok := w.cVariable(r.Name); ok {
		return w.cRef(r, cv)
	}
	if v := w.c.vars[r.Name]; v != nil {
		switch v.kind {
		case varConst:
			return w.b.constant(v.num)
		case varGlob:
			return w.b.leaf(program.Ref{Kind: program.Glob, Idx: v.index})
		case varPointer:
			w.scalarOnly(r.Pos, "POINTER "+r.Name)
			return w.b.leaf(program.Ref{Kind: program.ExtRef, Idx: v.index})
		}
		p := place{placeCol, v.index}
		if v.size > 0 {
			return w.element(r, p, v.size)
		}
		return w.b.read(p)
	}
	switch r.Name {
	case "v":
		if w.hasV {
			return w.b.read(w.v)
		}
		w.c.unsupported(r.Pos, "v in this block")
		return w.b.constant(0)
	case "dt":
		return w.b.read(w.dt)
	case "area":
		return w.b.leaf(w.c.ext(program.NodeArea, ""))
	case "diam":
		return w.b.leaf(w.c.ext(program.NodeDiam, ""))
	}
	switch r.Name {
	case "t":
		return w.now()
	case "secondorder":
		return w.b.constant(0)
	case "usetable":
		if w.c.o.NoTable {
			return w.b.constant(0)
		}
		return w.b.constant(1)
	}
	if g, ok := standardGlobal(r.Name); ok {
		return w.b.leaf(program.Ref{Kind: program.Glob, Idx: g})
	}
	if x, ok := w.c.macros.Constant(r.Name); ok {
		return w.b.constant(x)
	}
	w.c.unsupported(r.Pos, "the undeclared name %s", r.Name)
	return w.b.constant(0)
}

func (w *walker) element(r *ast.VarRef, first place, size int) value {
	if r.Index == nil {
		return w.b.read(first)
	}
	index := w.index(r.Index)
	if i, ok := w.b.constOf(index); ok {
		if !(i >= 0 && i < float64(size)) {
			w.c.unsupported(r.Pos, "index %v of %s, which has %d elements,", i, r.Name, size)
			return w.b.constant(0)
		}
		first.idx += int32(i)
		return w.b.read(first)
	}
	return w.b.readIndexed(r.Pos, first, size, index)
}

// index is intValue where the fraction of the whole is cut off later.
func (w *walker) index(e ast.Expr) value {
	if _, ok := e.(*ast.VarRef); ok {
		if _, known := w.intConst(e); !known {
			return w.expr(e)
		}
	}
	return w.intValue(e)
}

// intValue is an index, or a bound of FROM, that is known at run time only. C computes with whole numbers: variables are
// cut off, and so are quotients.
func (w *walker) intValue(e ast.Expr) value {
	if n, ok := w.intConst(e); ok {
		return w.b.constant(float64(n))
	}
	switch e := e.(type) {
	case *ast.Paren:
		return w.intValue(e.X)
	case *ast.Binary:
		x := w.b.snapshot(w.intValue(e.X))
		x = w.b.op(binaryOps[e.Op], x, w.intValue(e.Y))
		if e.Op == "/" {
			x = w.b.op(program.OpTrunc, x)
		}
		return x
	case *ast.Call:
		if e.Name == "INT" && len(e.Args) == 1 {
			return w.b.op(program.OpTrunc, w.expr(e.Args[0]))
		}
	}
	return w.b.op(program.OpTrunc, w.expr(e))
}

// intConst evaluates an index or a bound of FROM as C does: integers, "/" truncating. It fails on anything but
// literals, DEFINEd names, constant loop variables and INT of a literal.
func (w *walker) intConst(e ast.Expr) (int, bool) {
	switch e := e.(type) {
	case *ast.Number:
		return int(e.Value), true
	case *ast.Paren:
		return w.intConst(e.X)
	case *ast.VarRef:
		if b, ok := w.sc.find(e.Name); ok {
			return int(b.num), b.isConst
		}
		if v := w.c.vars[e.Name]; v != nil && v.kind == varConst {
			return int(v.num), true
		}
	case *ast.Call:
		if e.Name == "INT" && len(e.Args) == 1 {
			if n, ok := e.Args[0].(*ast.Number); ok {
				return int(n.Value), true
			}
			return w.intConst(e.Args[0])
		}
	case *ast.Unary:
		x, ok := w.intConst(e.X)
		return -x, ok && e.Op == "-"
	case *ast.Binary:
		x, ok1 := w.intConst(e.X)
		y, ok2 := w.intConst(e.Y)
		if !ok1 || !ok2 {
			return 0, false
		}
		switch e.Op {
		case "+":
			return x + y, true
		case "-":
			return x - y, true
		case "*":
			return x * y, true
		case "/":
			if y != 0 {
				return x / y, true
			}
		}
	}
	return 0, false
}
