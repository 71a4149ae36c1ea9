package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// scalarOnly returns the scalar backend; a vector entry is lowered again as a scalar program.
func (w *walker) scalarOnly(pos ast.Pos, why string) *scalar {
	b, ok := w.b.(*scalar)
	if !ok {
		panic(needScalar{pos, why})
	}
	return b
}

// result appends an operation that the pure ones know nothing of and returns its value.
func (b *scalar) result(op program.Op, src ...program.Ref) value {
	t := b.temp()
	b.emit(op, t, src...)
	return b.ref(t)
}

// pointsInCode reports whether statements use a POINTER as a variable. One that VERBATIM alone uses holds the handle of
// a generator or Vector there, not a number.
func (c *compiler) pointsInCode(s *checker.Symbol) bool {
	used := false
	inspect(c.f, func(st ast.Stmt, hidden func(string) bool) {
		if hidden(s.Name) {
			return
		}
		for _, e := range stmtExprs(st) {
			exprs(e, func(e ast.Expr) {
				if v, ok := e.(*ast.VarRef); ok && v.Name == s.Name {
					used = true
				}
			})
		}
	})
	return used
}

// pointing is nrn_pointing(p): whether somebody has set the POINTER.
func (w *walker) pointing(c *ast.Call) value {
	if len(c.Args) == 1 {
		if r, ok := c.Args[0].(*ast.VarRef); ok {
			if v := w.c.vars[r.Name]; v != nil && v.kind == varPointer {
				b := w.scalarOnly(c.Pos, "nrn_pointing")
				return b.result(program.OpPointing, program.Ref{Kind: program.ExtRef, Idx: v.index})
			}
		}
	}
	w.c.unsupported(c.Pos, "nrn_pointing of what is no POINTER")
	return w.b.constant(0)
}
