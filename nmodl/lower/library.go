package lower

import (
	"fmt"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/verbatim"
)

// Library is a file without mechanism (SUFFIX nothing). Its FUNCTIONs are C functions of the same name, and other files
// may call them once their C text declares them: extern double f(double). Its PARAMETERs are variables of the
// interpreter, which EXTERNAL reads; there is no interpreter here that could set them.
type Library struct {
	File    *ast.File
	Symbols *checker.Symbols
}

// libraryFile is what a file's names stand for while the body of one of its functions is lowered.
type libraryFile struct {
	f     *ast.File
	vars  map[string]*variable
	funcs map[string]*ast.Function
}

// library finds the file that has a function of this name.
func (c *compiler) library(function string) (*libraryFile, *ast.Function) {
	for k := range c.o.Libraries {
		lib := &c.o.Libraries[k]
		for _, fn := range lib.File.Functions {
			if fn.Name == function {
				return c.openLibrary(lib), fn
			}
		}
	}
	return nil, nil
}

func (c *compiler) openLibrary(lib *Library) *libraryFile {
	if l := c.libraries[lib.File]; l != nil {
		return l
	}
	l := &libraryFile{f: lib.File, vars: map[string]*variable{}, funcs: map[string]*ast.Function{}}
	for _, fn := range lib.File.Functions {
		l.funcs[fn.Name] = fn
	}
	for _, s := range lib.Symbols.Order {
		if x, ok := libraryConstant(s); ok {
			l.vars[s.Name] = &variable{kind: varConst, num: x, sym: s}
		}
	}
	c.libraries[lib.File] = l
	return l
}

// libraryConstant is the value of a name of a library that no statement changes.
func libraryConstant(s *checker.Symbol) (float64, bool) {
	switch s.Kind {
	case checker.Parameter, checker.Constant, checker.UnitsFactor, checker.Define:
		return s.Default, !s.Assigned && !s.Range && s.Size == 0
	}
	return 0, false
}

// libraryVariable is the value of a PARAMETER of some library, for EXTERNAL.
func (c *compiler) libraryVariable(name string) (float64, bool) {
	for k := range c.o.Libraries {
		if s := c.o.Libraries[k].Symbols.Lookup(name); s != nil && s.Kind == checker.Parameter {
			if x, ok := libraryConstant(s); ok {
				return x, true
			}
		}
	}
	return 0, false
}

// libraryCall calls a function of a library that the C text declares.
func (w *walker) libraryCall(pos ast.Pos, name string, args func() []value) (value, bool) {
	c := w.c
	lib, fn := c.library(name)
	if fn == nil || !c.inVerbatim(name) {
		return 0, false
	}
	if why := lib.refusal(fn); why != "" {
		c.unsupported(pos, "%s of %s, a function with %s,", name, lib.f.Sources[0].Path, why)
		return w.b.constant(0), true
	}
	values := args()
	if len(values) != len(fn.Args) {
		c.unsupported(pos, "call of %s with %d arguments instead of %d", name, len(values), len(fn.Args))
		return w.b.constant(0), true
	}
	f, vars, funcs, unit, unitVars, macros := c.f, c.vars, c.funcs, c.unit, c.unitVars, c.macros
	c.f, c.vars, c.funcs = lib.f, lib.vars, lib.funcs
	c.unit, c.unitVars, c.macros = &verbatim.Unit{}, nil, verbatim.NewMacros()
	x := w.inlineWith(pos, fn, values)
	c.f, c.vars, c.funcs, c.unit, c.unitVars, c.macros = f, vars, funcs, unit, unitVars, macros
	return x, true
}

// refusal says what a function of a library, or one that it calls, has that only a mechanism can have.
func (l *libraryFile) refusal(fn *ast.Function) string {
	why := ""
	seen := map[*ast.Function]bool{}
	var visit func(fn *ast.Function, inside map[*ast.Function]bool)
	visit = func(fn *ast.Function, inside map[*ast.Function]bool) {
		if inside[fn] {
			why = "recursion"
		}
		if seen[fn] || why != "" {
			return
		}
		seen[fn], inside[fn] = true, true
		names := map[string]bool{fn.Name: true}
		for _, a := range fn.Args {
			names[a.Name] = true
		}
		inspectBlock(fn.Body, names, func(s ast.Stmt, hidden func(string) bool) {
			switch s.(type) {
			case *ast.Table:
				why = "TABLE"
			case *ast.VerbatimStmt:
				why = "C text"
			case *ast.Solve:
				why = "SOLVE"
			}
			for _, e := range stmtExprs(s) {
				exprs(e, func(e ast.Expr) {
					if v, ok := e.(*ast.VarRef); ok && !hidden(v.Name) && l.vars[v.Name] == nil {
						why = fmt.Sprintf("the variable %s of an instance", v.Name)
					}
				})
			}
		})
		for name := range calledNames(fn.Body) {
			if to := l.funcs[name]; to != nil {
				visit(to, inside)
			}
		}
		delete(inside, fn)
	}
	visit(fn, map[*ast.Function]bool{})
	return why
}
