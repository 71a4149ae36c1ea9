package lower

import (
	"math"
	"slices"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// tableValues are the graph's values of a TABLE's programs until they are emitted.
type tableValues struct {
	from, to value
	outs     []value
	sides    []int32 // columns whose values are the last of outs
}

// tableOf returns the number of a function's TABLE, -1 when it has none or is computed exactly.
func (c *compiler) tableOf(fn *ast.Function) int {
	if t, ok := c.tables[fn]; ok {
		return t
	}
	c.tables[fn] = -1 // while its own body is lowered
	st := tableStmt(fn)
	if st == nil || c.o.NoTable {
		return -1
	}
	if len(fn.Args) != 1 || st.With <= 0 || st.With > maxRows {
		c.unsupported(st.Pos, "this form of TABLE")
		return -1
	}
	v, ok := c.tableValues(fn, st)
	if !ok {
		c.note("TABLE of %s depends on v, t or an ion besides its argument: computed exactly", fn.Name)
		return -1
	}
	t := program.Table{N: st.With}
	if fn.IsProcedure {
		for _, out := range c.tableOutputs(st) {
			t.Outputs = append(t.Outputs, out.name)
		}
	} else {
		t.Outputs = []string{fn.Name}
	}
	seen := map[program.Ref]bool{}
	depend := func(r program.Ref) {
		if seen[r] {
			return
		}
		seen[r] = true
		switch r.Kind {
		case program.Glob:
			t.Depend = append(t.Depend, int(r.Idx))
		case program.Col:
			t.DependCols = append(t.DependCols, r.Idx)
		}
	}
	for _, r := range c.g.leaves(append([]value{v.from, v.to}, v.outs...)) {
		depend(r)
		if r.Kind == program.TableRef { // what the inner table is made of
			inner := &c.m.Tables[r.Idx]
			for _, g := range inner.Depend {
				depend(program.Ref{Kind: program.Glob, Idx: int32(g)})
			}
			for _, col := range inner.DependCols {
				depend(program.Ref{Kind: program.Col, Idx: col})
			}
		}
	}
	for _, col := range v.sides {
		t.Outputs = append(t.Outputs, c.m.Columns[col].Name)
	}
	if c.cells += (t.N + 1) * len(t.Outputs); c.cells > maxRows {
		c.unsupported(st.Pos, "TABLEs of more than %d values together", maxRows)
		return -1
	}
	c.sides = append(c.sides, v.sides)
	c.m.Tables = append(c.m.Tables, t)
	c.tabled = append(c.tabled, v)
	c.tables[fn] = len(c.m.Tables) - 1
	return c.tables[fn]
}

// usesNoTable reports whether the file itself says that tables are not used: by its PARAMETER usetable, or by what
// INITIAL sets that to.
func (c *compiler) usesNoTable(u *checker.Symbol) bool {
	x, known := u.Default, !u.Assigned
	inspectBlock(c.f.Initial, nil, func(s ast.Stmt, _ func(string) bool) {
		if a, ok := s.(*ast.Assign); ok && a.Lhs.Name == "usetable" {
			if n, ok := a.Rhs.(*ast.Number); ok {
				x, known = n.Value, true
			}
		}
	})
	if !known {
		c.note("statements assign to usetable: tables are used all the same")
	}
	return known && x == 0
}

// tableStmt finds the TABLE of a function, nil if it has none.
func tableStmt(fn *ast.Function) *ast.Table {
	var st *ast.Table
	if fn.Body != nil {
		for _, s := range fn.Body.Stmts {
			if t, ok := s.(*ast.Table); ok {
				st = t
			}
		}
	}
	return st
}

// tableOutput is one looked-up number: a variable, or an element of an array.
type tableOutput struct {
	name string
	at   place
}

// tableOutputs lists what a TABLE in a PROCEDURE looks up, arrays element by element; nil where a name is no variable
// of the instance.
func (c *compiler) tableOutputs(st *ast.Table) []tableOutput {
	var out []tableOutput
	for _, n := range st.Names {
		v := c.vars[n.Name]
		if v == nil || v.kind != varCol {
			return nil
		}
		for e := range max(v.size, 1) {
			out = append(out, tableOutput{n.Name, place{placeCol, v.index + int32(e)}})
		}
	}
	return out
}

// tableValues lowers the analytic body for one row. It fails when a row depends on the node or on time.
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
		outs := c.tableOutputs(st)
		if outs == nil {
			c.unsupported(st.Pos, "TABLE of what is no variable of the instance")
			return tv, false
		}
		for _, out := range outs {
			tv.outs = append(tv.outs, b.read(out.at))
		}
	} else {
		tv.outs = []value{result}
	}
	own := map[int32]bool{}
	for _, out := range c.tableOutputs(st) {
		own[out.at.idx] = true
	}
	for _, r := range c.g.leaves(append([]value{tv.from, tv.to}, tv.outs...)) {
		switch {
		case r.Kind == program.ExtRef, r.Kind == program.Glob && r.Idx == program.GlobT:
			return tv, false
		case r.Kind == program.Col && (own[r.Idx] || b.known[place{placeCol, r.Idx}]):
			return tv, false // an output that is not always set: its last value is part of the row
		}
	}
	c.sideEffects(b, own, &tv)
	return tv, true
}

// sideEffects finds the variables that the analytic body leaves a value in besides the outputs: filling the table sets
// them, and nothing else may (the tadj of many channels). The values of the last row stay.
func (c *compiler) sideEffects(b *vector, own map[int32]bool, tv *tableValues) {
	for _, p := range b.order {
		if p.kind != placeCol || own[p.idx] {
			continue
		}
		v := b.read(p)
		usable := true
		for _, r := range c.g.leaves([]value{v}) {
			usable = usable && r.Kind != program.ExtRef && r.Kind != program.Col && !(r.Kind == program.Glob && r.Idx == program.GlobT)
		}
		if usable {
			tv.outs = append(tv.outs, v)
			tv.sides = append(tv.sides, p.idx)
		}
	}
}

// fill writes what filling a function's table leaves behind: the last row, which every argument beyond it has. once
// tells that it happens once in a run, at the start; then variables of an instance are set, too.
func (w *walker) fill(t int, once bool) {
	first := len(w.c.m.Tables[t].Outputs) - len(w.c.sides[t])
	for k, col := range w.c.sides[t] {
		shared := slices.Contains(w.c.shared, col)
		if once || shared {
			w.b.write(place{placeCol, col}, w.b.table(t, first+k, w.b.constant(math.Inf(1))))
		}
		if once && !shared {
			w.c.fillsOwn[col] = true
		}
	}
}

// fillOwn writes what filling the tables that INITIAL does not ask leaves in variables of an instance. NEURON fills them
// in the first step.
func (w *walker) fillOwn() {
	for _, fn := range w.c.f.Functions {
		t := w.c.tableOf(fn)
		if t < 0 || w.c.filled[fn] {
			continue
		}
		first := len(w.c.m.Tables[t].Outputs) - len(w.c.sides[t])
		for k, col := range w.c.sides[t] {
			if !slices.Contains(w.c.shared, col) {
				w.b.write(place{placeCol, col}, w.b.table(t, first+k, w.b.constant(math.Inf(1))))
				w.c.fillsOwn[col] = true
			}
		}
	}
}

// fillTables writes what filling all tables leaves behind, the outputs too.
func (w *walker) fillTables() {
	for _, fn := range w.c.f.Functions {
		t := w.c.tableOf(fn)
		if t < 0 {
			continue
		}
		w.c.filled[fn] = true
		if fn.IsProcedure {
			for i, out := range w.c.tableOutputs(tableStmt(fn)) {
				w.b.write(out.at, w.b.table(t, i, w.b.constant(math.Inf(1))))
			}
		}
		w.fill(t, true)
	}
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

// checkTables makes a program scalar that changes a column which a table it looks up is made of: straight-line code has
// no order between the two.
func (c *compiler) checkTables(e *entry) {
	written := map[int32]bool{}
	var roots []value
	for _, s := range e.stores {
		written[s.col] = true
		roots = append(roots, s.v)
	}
	for _, f := range e.vec.effects {
		roots = append(roots, f.v)
	}
	for _, r := range c.g.leaves(roots) {
		if r.Kind != program.TableRef {
			continue
		}
		for _, col := range c.m.Tables[r.Idx].DependCols {
			if written[col] {
				panic(needScalar{why: "a TABLE that depends on " + c.m.Columns[col].Name})
			}
		}
	}
}
