package checker

import "netsim/nmodl/ast"

// allBlocks lists the bodies of a file.
func allBlocks(f *ast.File) []*ast.Block {
	var list []*ast.Block
	add := func(b *ast.Block) {
		if b != nil {
			list = append(list, b)
		}
	}
	for _, b := range []*ast.Block{f.Initial, f.Breakpoint, f.Constructor, f.Destructor} {
		add(b)
	}
	for _, fn := range f.Functions {
		add(fn.Body)
	}
	for _, e := range f.Equations {
		add(e.Body)
	}
	if f.NetReceive != nil {
		add(f.NetReceive.Body)
		add(f.NetReceive.Initial)
	}
	for _, ba := range f.BeforeAfter {
		add(ba.Body)
	}
	return list
}

// walkStmts visits statements and those nested in them.
func walkStmts(list []ast.Stmt, visit func(ast.Stmt)) {
	block := func(b *ast.Block) {
		if b != nil {
			walkStmts(b.Stmts, visit)
		}
	}
	for _, s := range list {
		visit(s)
		switch s := s.(type) {
		case *ast.If:
			block(s.Then)
			block(s.Else)
		case *ast.While:
			block(s.Body)
		case *ast.From:
			block(s.Body)
		case *ast.ForAll:
			block(s.Body)
		case *ast.ForNetCons:
			block(s.Body)
		case *ast.BlockStmt:
			block(s.Block)
		case *ast.Protect:
			walkStmts([]ast.Stmt{s.Stmt}, visit)
		case *ast.Solve:
			block(s.IfError)
		}
	}
}
