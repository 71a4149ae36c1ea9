package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// callsItself reports whether a function's body leads back to it.
func (c *compiler) callsItself(fn *ast.Function) bool {
	if r, ok := c.recursive[fn]; ok {
		return r
	}
	seen := map[*ast.Function]bool{}
	var reaches func(from *ast.Function) bool
	reaches = func(from *ast.Function) bool {
		found := false
		for name := range calledNames(from.Body) {
			to := c.funcs[name]
			if to == nil || found {
				continue
			}
			if to == fn {
				return true
			}
			if !seen[to] {
				seen[to] = true
				found = reaches(to)
			}
		}
		return found
	}
	c.recursive[fn] = reaches(fn)
	return c.recursive[fn]
}

// calledNames lists what a block calls or solves.
func calledNames(b *ast.Block) map[string]bool {
	names := map[string]bool{}
	inspectBlock(b, nil, func(s ast.Stmt, _ func(string) bool) {
		if s, ok := s.(*ast.Solve); ok {
			names[s.Name] = true
		}
		for _, e := range stmtExprs(s) {
			exprs(e, func(e ast.Expr) {
				if call, ok := e.(*ast.Call); ok {
					names[call.Name] = true
				}
			})
		}
	})
	return names
}

// callFunction lowers the call of a function that calls itself: a program of its own. Behind the arguments it is handed
// v and dt as the caller sees them.
func (w *walker) callFunction(pos ast.Pos, fn *ast.Function, args []value) value {
	b := w.scalarOnly(pos, "recursion of "+fn.Name)
	v := w.b.constant(0)
	if w.hasV {
		v = w.b.read(w.v)
	}
	args = append(args, v, w.b.read(w.dt))
	first := b.run(args)
	return b.result(program.OpFunc, first, imm(w.c.function(fn)), imm(len(args)))
}

// function returns the number of a function's program.
func (c *compiler) function(fn *ast.Function) int {
	if i, ok := c.functions[fn]; ok {
		return i
	}
	i := len(c.m.Functions)
	c.functions[fn] = i
	code := &program.Code{}
	c.m.Functions = append(c.m.Functions, program.Function{Name: fn.Name, Code: code})
	c.program(fn.Name, code, 1, func(w *walker) {
		arg := func(k int) value { return w.b.leaf(program.Ref{Kind: program.Arg, Idx: int32(k)}) }
		n := len(fn.Args)
		w.v, w.hasV = w.b.newLocal(), true
		w.b.write(w.v, arg(n))
		w.b.write(w.dt, arg(n+1))
		args := make([]value, n)
		for k := range args {
			args[k] = arg(k)
		}
		w.b.write(place{placeLocal, 0}, w.body(fn, args))
	})
	return i
}

// functionTable lowers a call of a FUNCTION_TABLE.
func (w *walker) functionTable(c *ast.Call, fn *ast.Function) value {
	b := w.scalarOnly(c.Pos, "FUNCTION_TABLE "+fn.Name)
	if len(c.Args) != len(fn.Args) || len(c.Args) == 0 {
		w.c.unsupported(c.Pos, "call of %s with %d arguments instead of %d", fn.Name, len(c.Args), len(fn.Args))
		return w.b.constant(0)
	}
	number := -1
	for i, t := range w.c.m.FunctionTables {
		if t.Name == fn.Name {
			number = i
		}
	}
	if number < 0 {
		number = len(w.c.m.FunctionTables)
		w.c.m.FunctionTables = append(w.c.m.FunctionTables, program.FunctionTable{Name: fn.Name, Args: len(fn.Args)})
	}
	args := make([]value, len(c.Args))
	for i, a := range c.Args {
		args[i] = w.b.snapshot(w.expr(a))
	}
	return b.result(program.OpFuncTable, b.run(args), imm(len(args)), imm(number))
}

func (c *compiler) functionTableNamed(name string) *ast.Function {
	for _, t := range c.f.FunctionTables {
		if t.Name == name {
			return t
		}
	}
	return nil
}
