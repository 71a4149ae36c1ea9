package lower

import (
	"slices"

	"netsim/nmodl/program"
)

// dropDead drops stores that nobody can see: to columns that no entry reads before writing them, that are no STATE and
// that nobody observes. Scalar entries keep such values in registers.
func (c *compiler) dropDead(es *entries) {
	live := make([]bool, len(c.m.Columns))
	for i := range c.m.Columns {
		col := &c.m.Columns[i]
		live[i] = col.Role == program.State || c.observed(col)
	}
	for _, e := range es.all() {
		if e.sc != nil {
			for col, in := range e.sc.liveIn(len(live)) {
				live[col] = live[col] || in
			}
		}
	}
	for i := range c.m.Tables {
		for _, col := range c.m.Tables[i].DependCols {
			live[col] = true
		}
	}
	for _, e := range es.extra { // what a called function and its callers share stays in columns
		for _, i := range e.sc.ins {
			if i.Dst.Kind == program.Col {
				live[i.Dst.Idx] = true
			}
		}
	}
	for _, d := range c.m.Diffusion {
		if d.State.Kind == program.Col {
			live[d.State.Idx] = true
		}
	}
	// What a kept store or an effect is made of is read; that may keep more stores.
	for grown := true; grown; {
		grown = false
		for _, e := range es.all() {
			if e.vec == nil {
				continue
			}
			var roots []value
			for _, f := range e.vec.effects {
				roots = append(roots, f.v)
			}
			for _, s := range e.stores {
				if live[s.col] {
					roots = append(roots, s.v)
				}
			}
			for _, r := range c.g.leaves(roots) {
				if r.Kind == program.Col && !live[r.Idx] {
					live[r.Idx] = true
					grown = true
				}
			}
		}
	}
	for i := range c.m.Columns { // an array lives as a whole, since indices may be known at run time only
		if col := &c.m.Columns[i]; col.Size > 0 && col.Element == 0 && slices.Contains(live[i:i+col.Size], true) {
			for e := range col.Size {
				live[i+e] = true
			}
		}
	}
	for _, e := range es.all() {
		if e.sc != nil {
			e.sc.demote(live)
			continue
		}
		kept := e.stores[:0]
		for _, s := range e.stores {
			if live[s.col] {
				kept = append(kept, s)
			}
		}
		e.stores = kept
	}
	c.live = map[int32]bool{}
	for col, is := range live {
		if is {
			c.live[int32(col)] = true
		}
	}
	c.noteLeaks(es)
}

// noteLeaks says which shared variables of NEURON could carry a value from one instance to another: those that a
// program reads before it writes them, with values that depend on the instance; and those that INITIAL reads before it
// writes them, for it then sees what the INITIAL of the instance before has left.
func (c *compiler) noteLeaks(es *entries) {
	readBy := map[int32]string{}
	perInstance := map[int32]bool{}
	initial := map[int32][2]bool{} // read, written
	for _, e := range es.all() {
		isInit := e.name == "init"
		read := func(col int32) {
			if isInit {
				initial[col] = [2]bool{true, initial[col][1]}
			} else if readBy[col] == "" {
				readBy[col] = e.name
			}
		}
		write := func(col int32, depends bool) {
			perInstance[col] = perInstance[col] || depends
			if isInit {
				initial[col] = [2]bool{initial[col][0], true}
			}
		}
		if e.sc != nil {
			for col, in := range e.sc.liveIn(len(c.m.Columns)) {
				if in {
					read(int32(col))
				}
			}
			for _, i := range e.sc.ins {
				if i.Dst.Kind == program.Col {
					write(i.Dst.Idx, true) // not worth a closer look
				}
			}
			continue
		}
		var roots []value
		for _, f := range e.vec.effects {
			roots = append(roots, f.v)
		}
		for _, s := range e.stores {
			roots = append(roots, s.v)
			depends := false
			for _, r := range c.g.leaves([]value{s.v}) {
				depends = depends || r.Kind == program.Col || r.Kind == program.ExtRef
			}
			write(s.col, depends)
		}
		for _, r := range c.g.leaves(roots) {
			if r.Kind == program.Col {
				read(r.Idx)
			}
		}
	}
	for i := range c.m.Columns {
		col, n := &c.m.Columns[i], int32(i)
		if c.fillsOwn[n] && readBy[n] != "" {
			c.note("%s is set where a TABLE is filled and read in %s: NEURON leaves a value in the first instance only, here all have it",
				col.Name, readBy[n])
		}
		if x := c.zeroed[n]; x != 0 && (readBy[n] != "" || initial[n][0]) {
			c.note("%s starts at 0 and not at %g: in a thread-safe file NEURON does not set a GLOBAL that statements assign to", col.Name, x)
		}
	}
	for _, col := range c.shared {
		switch name := c.m.Columns[col].Name; {
		case readBy[col] != "" && perInstance[col]:
			c.note("%s is one variable of all instances in NEURON and read in %s before it is written: here each instance has its own",
				name, readBy[col])
		case initial[col] == [2]bool{true, true}:
			c.note("%s is one variable of all instances in NEURON, and INITIAL reads it before it writes it: here each instance has its own", name)
		}
	}
}

// liveIn tells which of n columns a scalar program may read before it has written them. What is written before the first
// jump or label is written on every path.
func (b *scalar) liveIn(n int) []bool {
	in, defined := make([]bool, n), make([]bool, n)
	first := len(b.ins)
	for _, at := range b.labels {
		first = min(first, int(at))
	}
	straight := true
	for k, i := range b.ins {
		if k >= first || i.Op == program.OpJump || i.Op == program.OpJumpZero {
			straight = false
		}
		for n, s := range i.Src {
			if s.Kind != program.Col {
				continue
			}
			size := int32(1)
			if i.Op == program.OpLoadIdx && n == 0 {
				size = i.Src[2].Idx
			}
			for e := range size {
				if !defined[s.Idx+e] {
					in[s.Idx+e] = true
				}
			}
		}
		if i.Dst.Kind == program.Col {
			switch {
			case i.Op == program.OpStoreIdx: // the elements that are not stored to stay
				for e := range i.Src[2].Idx {
					if !defined[i.Dst.Idx+e] {
						in[i.Dst.Idx+e] = true
					}
				}
			case straight:
				defined[i.Dst.Idx] = true
			}
		}
	}
	return in
}

// demote puts columns that nobody needs outside this program into registers.
func (b *scalar) demote(live []bool) {
	regs := map[int32]int32{}
	for _, i := range b.ins { // an indexed array stays in one piece
		base := i.Src[0]
		if i.Op == program.OpStoreIdx {
			base = i.Dst
		}
		if i.Op != program.OpLoadIdx && i.Op != program.OpStoreIdx || base.Kind != program.Col || live[base.Idx] {
			continue
		}
		if _, done := regs[base.Idx]; !done {
			for e := range i.Src[2].Idx {
				regs[base.Idx+e] = b.locals
				b.locals++
			}
		}
	}
	fix := func(r *program.Ref) {
		if r.Kind != program.Col || live[r.Idx] {
			return
		}
		reg, ok := regs[r.Idx]
		if !ok {
			reg = b.locals
			b.locals++
			regs[r.Idx] = reg
		}
		*r = program.Ref{Kind: program.Reg, Idx: reg}
	}
	for k := range b.ins {
		fix(&b.ins[k].Dst)
		for s := range b.ins[k].Src {
			fix(&b.ins[k].Src[s])
		}
	}
	b.dropUnread()
}
