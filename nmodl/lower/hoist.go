package lower

import "netsim/nmodl/program"

// hoist finds what Cur and State compute anew in every step although it cannot change: values made of constants,
// globals but t, area, diam, and columns that only INITIAL and the user set. Each becomes a hidden column.
// The bits stay the same: the same operations on the same operands, earlier.
func (c *compiler) hoist(es *entries) map[value]int32 {
	hidden := map[value]int32{}
	if c.o.NoHoist {
		return hidden
	}
	invariant := c.invariants(es)
	seen := map[value]bool{}
	var visit func(v value)
	visit = func(v value) {
		if seen[v] {
			return
		}
		seen[v] = true
		if invariant(v) {
			if !c.g.isLeaf(v) {
				hidden[v] = -1
			}
			return
		}
		for _, a := range c.g.nodes[v].values() {
			visit(a)
		}
	}
	var found []value
	for _, e := range []*entry{es.cur, es.state, es.exact} {
		if e == nil || e.vec == nil {
			continue
		}
		for _, s := range e.stores {
			visit(s.v)
		}
		for _, f := range e.vec.effects {
			visit(f.v)
		}
	}
	for v := range c.g.nodes {
		if _, ok := hidden[value(v)]; ok {
			found = append(found, value(v))
		}
	}
	for i, v := range found {
		hidden[v] = int32(len(c.m.Columns))
		c.live[hidden[v]] = true
		c.m.Columns = append(c.m.Columns, program.Column{Name: hiddenName(i), Role: program.Hidden})
	}
	return hidden
}

// invariants tells which values cannot change while time advances.
func (c *compiler) invariants(es *entries) func(value) bool {
	written := map[int32]bool{}
	for i := range c.m.Columns {
		written[int32(i)] = c.m.Columns[i].Driven
	}
	for _, d := range c.m.Diffusion {
		if d.State.Kind == program.Col {
			written[d.State.Idx] = true
		}
	}
	for _, e := range es.stepping() {
		for _, s := range e.stores {
			written[s.col] = true
		}
		if e.sc != nil {
			for _, i := range e.sc.ins {
				if i.Dst.Kind == program.Col {
					written[i.Dst.Idx] = true
					if i.Op == program.OpStoreIdx {
						for n := range i.Src[2].Idx {
							written[i.Dst.Idx+n] = true
						}
					}
				}
			}
		}
	}
	memo := map[value]bool{}
	var invariant func(v value) bool
	invariant = func(v value) bool {
		if r, ok := memo[v]; ok {
			return r
		}
		n := &c.g.nodes[v]
		r := true
		if n.op == program.OpNop {
			switch n.leaf.Kind {
			case program.Glob:
				r = n.leaf.Idx != program.GlobT
			case program.Col:
				r = !written[n.leaf.Idx]
			case program.ExtRef:
				kind := c.m.Exts[n.leaf.Idx].Kind
				r = kind == program.NodeArea || kind == program.NodeDiam
			}
		}
		for _, a := range n.values() {
			r = invariant(a) && r
		}
		if n.op == program.OpTable {
			for _, col := range c.m.Tables[n.args[1]].DependCols {
				r = r && !written[col]
			}
		}
		memo[v] = r
		return r
	}
	return invariant
}
