package lower

import (
	"regexp"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/verbatim"
)

// inspect visits every statement of the file; hidden tells whether a name is a LOCAL or an argument at that place.
func inspect(f *ast.File, visit func(s ast.Stmt, hidden func(string) bool)) {
	for _, fn := range f.Functions {
		names := map[string]bool{}
		for _, a := range fn.Args {
			names[a.Name] = true
		}
		if !fn.IsProcedure {
			names[fn.Name] = true
		}
		inspectBlock(fn.Body, names, visit)
	}
	blocks := []*ast.Block{f.Initial, f.Breakpoint, f.Constructor, f.Destructor}
	for _, e := range f.Equations {
		blocks = append(blocks, e.Body)
	}
	for _, b := range f.BeforeAfter {
		blocks = append(blocks, b.Body)
	}
	for _, b := range blocks {
		inspectBlock(b, nil, visit)
	}
	if nr := f.NetReceive; nr != nil {
		names := map[string]bool{"flag": true}
		for _, a := range nr.Args {
			names[a.Name] = true
		}
		inspectBlock(nr.Body, names, visit)
		inspectBlock(nr.Initial, names, visit)
	}
}

func inspectBlock(b *ast.Block, outer map[string]bool, visit func(ast.Stmt, func(string) bool)) {
	if b == nil {
		return
	}
	names := outer
	extend := func(name string) {
		m := map[string]bool{name: true}
		for k := range names {
			m[k] = true
		}
		names = m
	}
	for _, l := range b.Locals {
		extend(l.Name)
	}
	for _, s := range b.Stmts {
		here := names
		visit(s, func(n string) bool { return here[n] })
		switch s := s.(type) {
		case *ast.If:
			inspectBlock(s.Then, names, visit)
			inspectBlock(s.Else, names, visit)
		case *ast.While:
			inspectBlock(s.Body, names, visit)
		case *ast.From:
			saved := names
			extend(s.Var)
			inspectBlock(s.Body, names, visit)
			names = saved
		case *ast.ForAll:
			inspectBlock(s.Body, names, visit)
		case *ast.ForNetCons:
			inspectBlock(s.Body, names, visit)
		case *ast.BlockStmt:
			inspectBlock(s.Block, names, visit)
		case *ast.Protect:
			visit(s.Stmt, func(n string) bool { return here[n] })
		case *ast.Solve:
			inspectBlock(s.IfError, names, visit)
		}
	}
}

// anyStmt reports whether some statement of the block, nested ones included, satisfies ok.
func anyStmt(b *ast.Block, ok func(ast.Stmt) bool) bool {
	found := false
	inspectBlock(b, nil, func(s ast.Stmt, _ func(string) bool) { found = found || ok(s) })
	return found
}

// exprs calls visit for each expression inside e, e itself first.
func exprs(e ast.Expr, visit func(ast.Expr)) {
	if e == nil {
		return
	}
	visit(e)
	switch e := e.(type) {
	case *ast.VarRef:
		exprs(e.Index, visit)
	case *ast.Binary:
		exprs(e.X, visit)
		exprs(e.Y, visit)
	case *ast.Unary:
		exprs(e.X, visit)
	case *ast.Paren:
		exprs(e.X, visit)
	case *ast.Call:
		for _, a := range e.Args {
			exprs(a, visit)
		}
	}
}

// stmtExprs lists the expressions that stand directly in a statement.
func stmtExprs(s ast.Stmt) []ast.Expr {
	switch s := s.(type) {
	case *ast.Assign:
		return []ast.Expr{s.Lhs, s.Rhs}
	case *ast.DiffEq:
		return []ast.Expr{s.Lhs, s.Rhs}
	case *ast.If:
		return []ast.Expr{s.Cond}
	case *ast.While:
		return []ast.Expr{s.Cond}
	case *ast.From:
		es := []ast.Expr{s.From, s.To}
		if s.By != nil {
			es = append(es, s.By)
		}
		return es
	case *ast.CallStmt:
		return []ast.Expr{s.Call}
	case *ast.Watch:
		var es []ast.Expr
		for _, i := range s.Items {
			es = append(es, i.A, i.B)
		}
		return es
	}
	return nil
}

// mentions reports whether a block names a variable.
func mentions(b *ast.Block, name string) bool {
	found := false
	inspectBlock(b, nil, func(s ast.Stmt, _ func(string) bool) {
		if v, ok := s.(*ast.VerbatimStmt); ok && verbatim.Mentions(v.Text, name) {
			found = true
		}
		for _, e := range stmtExprs(s) {
			exprs(e, func(e ast.Expr) {
				if v, ok := e.(*ast.VarRef); ok && v.Name == name {
					found = true
				}
			})
		}
	})
	return found
}

var (
	cComment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	trivialC = regexp.MustCompile(`^(\s*(return(\s+[0-9.]+)?\s*;|;|#\s*include[^\n]*|static\s+(const\s+)?char\s*\*?\s*\w+(\[\])?\s*=\s*"[^"]*"\s*;))*\s*$`)
)

// trivialVerbatim reports whether C text does nothing that matters: return, #include, a version string.
func trivialVerbatim(text string) bool {
	return trivialC.MatchString(cComment.ReplaceAllString(text, " "))
}

// emptyOrTrivial reports whether a block does nothing but trivial VERBATIM.
func emptyOrTrivial(b *ast.Block) bool {
	return !anyStmt(b, func(s ast.Stmt) bool {
		v, ok := s.(*ast.VerbatimStmt)
		return !ok || !trivialVerbatim(strings.TrimSpace(v.Text))
	})
}
