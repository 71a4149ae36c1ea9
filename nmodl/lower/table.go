package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// tableValues are the graph's values of a TABLE's programs until they are emitted.
type tableValues struct {
	from, to value
	outs     []value
}

// tableOf returns the number of a function's TABLE, -1 when it has none or is computed exactly.
func (c *compiler) tableOf(fn *ast.Function) int {
	if t, ok := c.tables[fn]; ok {
		return t
	}
	c.tables[fn] = -1 // while its own body is lowered
	var st *ast.Table
	if fn.Body != nil {
		for _, s := range fn.Body.Stmts {
			if t, ok := s.(*ast.Table); ok {
				st = t
			}
		}
	}
	if st == nil || c.o.NoTable {
		return -1
	}
	if len(fn.Args) != 1 || st.With <= 0 {
		c.unsupported(st.Pos, "this form of TABLE")
		return -1
	}
	v, ok := c.tableValues(fn, st)
	if !ok {
		c.note("TABLE of %s depends on values of the instance: computed exactly", fn.Name)
		return -1
	}
	t := program.Table{N: st.With}
	if fn.IsProcedure {
		for _, n := range st.Names {
			t.Outputs = append(t.Outputs, n.Name)
		}
	} else {
		t.Outputs = []string{fn.Name}
	}
	seen := map[int32]bool{}
	for _, r := range c.g.leaves(append([]value{v.from, v.to}, v.outs...)) {
		if r.Kind == program.Glob && !seen[r.Idx] {
			seen[r.Idx] = true
			t.Depend = append(t.Depend, int(r.Idx))
		}
	}
	c.m.Tables = append(c.m.Tables, t)
	c.tabled = append(c.tabled, v)
	c.tables[fn] = len(c.m.Tables) - 1
	return c.tables[fn]
}

// tableValues lowers the analytic body for one row. It fails when a row depends on anything but globals and x.
func (c *compiler) tableValues(fn *ast.Function, st *ast.Table) (tv tableValues, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, scalar := r.(needScalar); !scalar {
				panic(r)
			}
			ok = false
		}
	}()
	b := newVector(c.g)
	w := c.newWalker(b)
	w.loadV()
	tv.from, tv.to = w.expr(st.From), w.expr(st.To)
	result := w.body(fn, []value{b.leaf(program.Ref{Kind: program.Arg, Idx: 0})})
	if fn.IsProcedure {
		for _, n := range st.Names {
			v := c.vars[n.Name]
			if v == nil || v.kind != varCol || v.size > 0 {
				c.unsupported(n.Pos, "%s as output of a TABLE", n.Name)
				return tv, false
			}
			tv.outs = append(tv.outs, b.read(place{placeCol, v.index}))
		}
	} else {
		tv.outs = []value{result}
	}
	for _, r := range c.g.leaves(append([]value{tv.from, tv.to}, tv.outs...)) {
		if r.Kind == program.Col || r.Kind == program.ExtRef || r.Kind == program.TableRef ||
			r.Kind == program.Glob && r.Idx == program.GlobT {
			return tv, false
		}
	}
	return tv, true
}

// leaves lists the operands that values are made of; a look-up in a table counts as one.
func (g *graph) leaves(vs []value) []program.Ref {
	var out []program.Ref
	seen := map[value]bool{}
	var visit func(v value)
	visit = func(v value) {
		if seen[v] {
			return
		}
		seen[v] = true
		n := &g.nodes[v]
		if n.leaf.Kind != program.None {
			out = append(out, n.leaf)
		}
		if n.op == program.OpTable {
			out = append(out, program.Ref{Kind: program.TableRef, Idx: int32(n.args[1])})
		}
		for _, a := range n.values() {
			visit(a)
		}
	}
	for _, v := range vs {
		visit(v)
	}
	return out
}
