package lower

import (
	"maps"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// declareRandoms gives each RANDOM variable a column for its stream.
func (c *compiler) declareRandoms() {
	for _, s := range c.s.Order {
		if s.Kind != checker.RandomVar || c.vars[s.Name] != nil {
			continue
		}
		c.vars[s.Name] = &variable{kind: varCol, index: int32(len(c.m.Columns)), sym: s, random: true}
		c.m.Columns = append(c.m.Columns, program.Column{Name: s.Name, Role: program.Assigned})
		c.randoms = append(c.randoms, s.Name)
	}
}

// findRandoms lists the columns of the RANDOM variables, once all columns have their final numbers.
func (c *compiler) findRandoms() {
	for _, name := range c.randoms {
		for i := range c.m.Columns {
			if c.m.Columns[i].Name == name {
				c.m.Randoms = append(c.m.Randoms, int32(i))
			}
		}
	}
}

// draw is one value from a stream: NEURON's uniform, negexp and normal with none, one or two parameters.
func (w *walker) draw(pos ast.Pos, dist string, h value, p []value) value {
	op := w.b.op
	for k := range p {
		p[k] = w.b.snapshot(p[k])
	}
	switch dist {
	case "uniform", "dpick":
		x := w.b.call(pos, program.FnUniform, h)
		if len(p) == 2 {
			x = op(program.OpAdd, p[0], op(program.OpMul, x, op(program.OpSub, p[1], p[0])))
		}
		return x
	case "negexp":
		x := w.b.call(pos, program.FnNegExp, h)
		if len(p) == 1 {
			x = op(program.OpMul, p[0], x)
		}
		return x
	case "normal":
		x := w.b.call(pos, program.FnNormal, h)
		if len(p) == 2 {
			x = op(program.OpAdd, p[0], op(program.OpMul, x, p[1]))
		}
		return x
	}
	return w.b.call(pos, program.FnIPick, h)
}

// randomCall lowers the functions of a RANDOM variable and the generators of the process.
func (w *walker) randomCall(c *ast.Call) (value, bool) {
	if what, ok := strings.CutPrefix(c.Name, "random_"); ok && len(c.Args) > 0 {
		r, isRef := c.Args[0].(*ast.VarRef)
		if !isRef {
			return 0, false
		}
		v := w.c.vars[r.Name]
		if v == nil || !v.random {
			return 0, false
		}
		h := w.b.read(place{placeCol, v.index})
		args := w.impureArgs(c.Args[1:])
		switch what {
		case "setseq":
			return w.b.call(c.Pos, program.FnSetSeq4, h, args[0]), true
		case "setids":
			return w.b.call(c.Pos, program.FnSetIDs, h, args[0], args[1], args[2]), true
		}
		return w.draw(c.Pos, what, h, args), true
	}
	p, ok := plainCalls[c.Name]
	if !ok || !p.fn.Draws() && p.fn != program.FnSetSeed || p.fn < program.FnScopRandom || len(c.Args) < p.args {
		return 0, false
	}
	w.c.note("%s draws from one stream per process: results depend on the number of ranks and threads", c.Name)
	return w.b.call(c.Pos, p.fn, w.impureArgs(c.Args[:p.args])...), true
}

// impureArgs evaluates arguments of which one may draw: gcc evaluates the last one first.
func (w *walker) impureArgs(args []ast.Expr) []value {
	impure := 0
	for _, a := range args {
		if w.c.impure(a) {
			impure++
		}
	}
	out := make([]value, len(args))
	for k := range args {
		at := k
		if impure > 1 {
			at = len(args) - 1 - k
		}
		out[at] = w.b.snapshot(w.expr(args[at]))
	}
	return out
}

// impure reports whether evaluating an expression of NMODL may do more than compute: draw, or assign.
func (c *compiler) impure(e ast.Expr) bool {
	found := false
	exprs(e, func(e ast.Expr) {
		call, ok := e.(*ast.Call)
		if !ok || found {
			return
		}
		if fn := c.funcs[call.Name]; fn != nil {
			found = c.impureFunc(fn)
			return
		}
		_, legacy := plainCalls[call.Name]
		found = legacy || strings.HasPrefix(call.Name, "random_") || c.unit.Funcs[call.Name] != nil
	})
	return found
}

// impureFunc reports whether a FUNCTION does more than compute its result.
func (c *compiler) impureFunc(fn *ast.Function) bool {
	if is, ok := c.impures[fn]; ok {
		return is
	}
	c.impures[fn] = false // what calls itself is refused anyway
	names := map[string]bool{fn.Name: true}
	for _, a := range fn.Args {
		names[a.Name] = true
	}
	is := false
	inspectBlock(fn.Body, names, func(s ast.Stmt, hidden func(string) bool) {
		switch s := s.(type) {
		case *ast.VerbatimStmt, *ast.Table:
			is = true
		case *ast.Assign:
			if !hidden(s.Lhs.Name) {
				is = true
			}
		}
		for _, e := range stmtExprs(s) {
			is = is || c.impure(e)
		}
	})
	c.impures[fn] = is
	return is
}

// The words by which a PROCEDURE is known to be one that scripts call to set something up.
var setterWords = []string{
	"getarg", "ifarg", "vector_arg", "nrn_random_arg", "set_seed", "nrnran123_newstream", "nrnran123_setids", "chkarg",
}

// isSetter reports whether a PROCEDURE or FUNCTION is worth a program of its own: it reads the arguments of a call
// from outside, or sets streams.
func (c *compiler) isSetter(fn *ast.Function) bool {
	is := false
	inspectBlock(fn.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		if v, ok := s.(*ast.VerbatimStmt); ok {
			for _, word := range setterWords {
				is = is || strings.Contains(v.Text, word)
			}
		}
		for _, e := range stmtExprs(s) {
			exprs(e, func(e ast.Expr) {
				if call, ok := e.(*ast.Call); ok {
					is = is || call.Name == "random_setids" || call.Name == "random_setseq" || call.Name == "set_seed"
				}
			})
		}
	})
	return is
}

// constructor is the name of the Procedure that runs when an instance is made.
const constructor = "CONSTRUCTOR"

// procedures lowers what scripts call before a run. What such a call cannot do here is an error of the call, not of the
// mechanism; CONSTRUCTOR, which always runs, is an exception.
func (c *compiler) procedures() {
	one := func(name string, f func(*walker)) {
		before, diags, seen := c.m.Unsupported, c.diags, maps.Clone(c.seen)
		c.m.Unsupported = nil
		p := program.Procedure{Name: name, Code: &program.Code{}}
		e := c.lowerScalar("init", func(w *walker) {
			w.loadV()
			f(w)
		})
		p.Unsupported, c.m.Unsupported = c.m.Unsupported, before
		if len(p.Unsupported) > 0 {
			// What was reported only here is reported again where it matters.
			c.diags, c.seen = diags, seen
			e = nil
			if name == constructor {
				for _, u := range p.Unsupported {
					c.unsupported(c.f.Constructor.Pos, "CONSTRUCTOR with %s", u.What)
				}
				return
			}
		}
		if e != nil {
			e.into = p.Code
			c.extra = append(c.extra, e)
		}
		c.m.Procedures = append(c.m.Procedures, p)
	}
	if c.f.Constructor != nil {
		one(constructor, func(w *walker) { w.routine(c.f.Constructor, place{}, false) })
	}
	for _, fn := range c.f.Functions {
		if !c.isSetter(fn) {
			continue
		}
		one(fn.Name, func(w *walker) {
			args := make([]value, len(fn.Args))
			for k := range args {
				args[k] = w.b.call(fn.Pos, program.FnArg, w.b.constant(float64(k+1)))
			}
			w.inlineWith(fn.Pos, fn, args)
		})
	}
}
