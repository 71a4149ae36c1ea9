package native

import "sort"

// Order of instructions. A mechanism's program is written depth first: each chain of dependent operations to its end
// before the next begins, and the processor sees about a hundred operations ahead at most. Chains are interleaved here,
// and short programs are done for two vectors at a time, so that there is always something that need not wait.

// latency is the rough number of cycles until a result can be used.
func (i *ins) latency() int32 {
	switch i.op {
	case iScalar:
		return 0
	case iColumn, iRow:
		return 7
	case iNode:
		return 0
	case iGather, iTable:
		return 26
	case iKeep:
		return 6
	case iEntries:
		return 12
	case iTableRow:
		return 20
	case iShift, iBlend, iMaskZero, iMaskAnd, iMaskOr, iMaskNot:
		return 2
	case iTrunc, iBadDivisor:
		return 9
	case iDivide:
		return 14
	case iCurve, iCurvePair:
		return 10 + 4*int32(i.imm)
	case iNear:
		return 14
	case iCurve4:
		return 14 + 4*int32(i.imm)
	case iSecond:
		return 0
	case iQuotient:
		return 22
	case iBinary:
		switch i.code {
		case &opDIV:
			return 24
		case &opPAND, &opPXOR, &opPADD, &opPSUB:
			return 1
		}
	case iUnary:
		if i.code == &opSQRT {
			return 32
		}
		return 8
	}
	return 4
}

// schedule orders the instructions: those first that a long chain waits for, unless many values are alive.
func (f *function) schedule() {
	n := len(f.ins)
	after := make([][]int32, n) // instructions that wait for one
	waits := make([]int32, n)   // number of instructions that one waits for
	edge := func(from, to int32) {
		after[from] = append(after[from], to)
		waits[to]++
	}
	uses := make([]int32, n)
	lastStore := map[place]int32{}
	loads := map[place][]int32{}
	for k := range f.ins {
		i := &f.ins[k]
		for j, v := range operands(i) {
			if v == none {
				continue
			}
			edge(int32(v), int32(k))
			if !repeated(i, j) {
				uses[v]++
			}
		}
		// Loads and stores of one array keep their order.
		at, store, ok := f.place(i)
		if !ok {
			continue
		}
		if s, ok := lastStore[at]; ok {
			edge(s, int32(k))
		}
		if store {
			for _, l := range loads[at] {
				edge(l, int32(k))
			}
			lastStore[at], loads[at] = int32(k), nil
		} else {
			loads[at] = append(loads[at], int32(k))
		}
	}
	height := make([]int32, n)
	for k := n - 1; k >= 0; k-- {
		for _, to := range after[k] {
			height[k] = max(height[k], height[to])
		}
		height[k] += f.ins[k].latency()
	}
	order := f.list(after, waits, uses, height)
	to := make([]value, n)
	out := make([]ins, 0, n)
	for _, k := range order {
		i := f.ins[k]
		i.renumber(to)
		to[k] = value(len(out))
		out = append(out, i)
	}
	f.ins = out
}

// repeated tells whether operand j is one of those before it.
func repeated(i *ins, j int) bool {
	list := operands(i)
	for _, v := range list[:j] {
		if v == list[j] {
			return true
		}
	}
	return false
}

// place is one copy's part of an array.
type place struct {
	Pointer
	copy uint8
}

// place is the array (and the copy of the loop's body) that a load or store uses.
func (f *function) place(i *ins) (p place, store, ok bool) {
	switch i.op {
	case iColumn, iRow, iGather:
		return place{f.pointers[i.slot], i.copy}, false, true
	case iStoreColumn, iStoreRow, iScatter, iAddColumn, iAddRow, iAddScatter:
		return place{f.pointers[i.slot], i.copy}, true, true
	}
	return p, false, false
}

// list is list scheduling: time goes on, and of the instructions that can start the one with the longest chain behind it
// is taken; if too many values are alive, one that ends lives.
func (f *function) list(after [][]int32, waits, uses, height []int32) []int32 {
	n := len(f.ins)
	start := make([]int32, n) // when the operands are there
	left := append([]int32(nil), uses...)
	var ready []int32
	order := make([]int32, 0, n)
	for k := range n {
		if waits[k] == 0 {
			ready = append(ready, int32(k))
		}
	}
	live, now := 0, int32(0)
	gain := func(k int32) int { // values that end less values that begin
		i := &f.ins[k]
		g := 0
		for j, v := range operands(i) {
			if v != none && f.ins[v].op != iScalar && f.ins[v].op != iKeep && !f.masked(v) && left[v] == 1 && !repeated(i, j) {
				g++
			}
		}
		if !i.op.isStore() && !f.masked(value(k)) && i.op != iScalar && i.op != iKeep {
			g--
		}
		return g
	}
	for len(ready) > 0 {
		best := -1
		for r, k := range ready {
			if f.ins[k].op == iScalar {
				best = r // takes no time and no register
				break
			}
			if best < 0 {
				best = r
				continue
			}
			b := ready[best]
			if live >= f.isa.maxLive {
				if x, y := gain(k), gain(b); x != y {
					if x > y {
						best = r
					}
					continue
				}
			}
			x, y := start[k] <= now, start[b] <= now
			switch {
			case x != y:
				if x {
					best = r
				}
			case !x && start[k] != start[b]:
				if start[k] < start[b] {
					best = r
				}
			case height[k] != height[b]:
				if height[k] > height[b] {
					best = r
				}
			case k < b:
				best = r
			}
		}
		k := ready[best]
		ready = append(ready[:best], ready[best+1:]...)
		order = append(order, k)
		i := &f.ins[k]
		live -= gain(k)
		for j, v := range operands(i) {
			if v != none && !repeated(i, j) {
				left[v]--
			}
		}
		now = max(now, start[k])
		if i.op != iScalar {
			now++ // about two operations a cycle, each of which stands for one or two
		}
		end := now + i.latency()
		for _, next := range after[k] {
			start[next] = max(start[next], end)
			if waits[next]--; waits[next] == 0 {
				ready = append(ready, next)
			}
		}
	}
	return order
}

// doubled is the function for two vectors of instances: each instruction twice, but for numbers of the pool. Curves are
// looked up for both vectors at a time, which saves loads of coefficients.
func (f *function) doubled() *function {
	g := *f
	g.ins = nil
	to := [2][]value{make([]value, len(f.ins)), make([]value, len(f.ins))}
	add := func(i ins) value {
		g.ins = append(g.ins, i)
		return value(len(g.ins) - 1)
	}
	both := map[value]value{} // of a mask of the first vector: where that of the second is set too
	for k := range f.ins {
		switch f.ins[k].op {
		case iScalar:
			to[0][k] = add(f.ins[k])
			to[1][k] = to[0][k]
			continue
		case iCurve:
			x, y := f.ins[k], f.ins[k]
			x.renumber(to[0])
			y.renumber(to[1])
			near, known := both[x.k]
			if !known {
				i := blank(iMaskAnd)
				i.a, i.b = x.k, y.k
				near = add(i)
				both[x.k] = near
			}
			x.op, x.c, x.d, x.k = iCurvePair, y.a, y.b, near
			to[0][k] = add(x)
			second := blank(iSecond)
			second.a = to[0][k]
			to[1][k] = add(second)
			continue
		}
		for copied := range to {
			i := f.ins[k]
			i.renumber(to[copied])
			i.copy = uint8(copied)
			to[copied][k] = add(i)
		}
	}
	return &g
}

// masked tells whether a value stands in a mask register.
func (f *function) masked(v value) bool { return f.isa.masks && f.ins[v].op.isMask() }

// mostUsed are the numbers of the pool by falling number of uses.
func (f *function) mostUsed() []int32 {
	count := map[int32]int{}
	for k := range f.ins {
		for _, v := range operands(&f.ins[k]) {
			if v != none && f.ins[v].op == iScalar {
				count[f.ins[v].slot]++
			}
		}
	}
	slots := make([]int32, 0, len(count))
	for s := range count {
		slots = append(slots, s)
	}
	sort.Slice(slots, func(a, b int) bool {
		if count[slots[a]] != count[slots[b]] {
			return count[slots[a]] > count[slots[b]]
		}
		return slots[a] < slots[b]
	})
	return slots
}
