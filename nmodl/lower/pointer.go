package lower

import (
	"regexp"

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
	used, handle := 0, c.inVerbatim("_p_"+s.Name)
	inspect(c.f, func(st ast.Stmt, hidden func(string) bool) {
		if hidden(s.Name) {
			return
		}
		for _, e := range stmtExprs(st) {
			exprs(e, func(e ast.Expr) {
				if v, ok := e.(*ast.VarRef); ok && v.Name == s.Name {
					used++
				}
				// Whether it is set can be asked of a handle, too.
				if call, ok := e.(*ast.Call); ok && call.Name == "nrn_pointing" && handle {
					if v, ok := firstRef(call); ok && v.Name == s.Name {
						used--
					}
				}
			})
		}
	})
	return used > 0
}

// inVerbatim reports whether a name stands in the file's C text.
func (c *compiler) inVerbatim(name string) bool {
	re := regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`)
	found := false
	for _, v := range c.f.Verbatim {
		found = found || re.MatchString(v.Text)
	}
	inspect(c.f, func(st ast.Stmt, _ func(string) bool) {
		if v, ok := st.(*ast.VerbatimStmt); ok {
			found = found || re.MatchString(v.Text)
		}
	})
	return found
}

// firstRef is the first argument of a call, if it is a variable.
func firstRef(c *ast.Call) (*ast.VarRef, bool) {
	if len(c.Args) == 0 {
		return nil, false
	}
	v, ok := c.Args[0].(*ast.VarRef)
	return v, ok
}

// pointing is nrn_pointing(p): whether somebody has set the POINTER. What is none of the kind is always there.
func (w *walker) pointing(c *ast.Call) value {
	r, ok := firstRef(c)
	if ok && len(c.Args) == 1 {
		switch v := w.c.vars[r.Name]; {
		case v == nil:
		case v.kind == varPointer:
			b := w.scalarOnly(c.Pos, "nrn_pointing")
			return b.result(program.OpPointing, program.Ref{Kind: program.ExtRef, Idx: v.index})
		case v.kind == varCol && v.sym != nil && v.sym.Pointer:
			return w.b.op(program.OpNe, w.b.read(place{placeCol, v.index}), w.b.constant(0))
		default:
			return w.b.constant(1)
		}
	}
	w.c.unsupported(c.Pos, "nrn_pointing of what is no variable")
	return w.b.constant(0)
}
