package native

import (
	"fmt"
	"slices"
	"sort"
)

// Registers of the machine code. invoke sets table, scratch, the index of the first instance and the one behind the last
// (groups, if jagged), and for jagged code the first row and instance.
const (
	regTable   = rdi
	regPool    = rsi
	regScratch = r8
	regIndex   = rcx // instance; jagged: group
	regLast    = rdx
	regRow     = r10 // 4 × row of lanes; jagged: row
	regFirst   = r9  // jagged: instance; else place of instance 0 in the first accumulator
	regStart   = r15 // first instance, if there are accumulators
)

// pointerRegs hold the pointers that are used most; the others are loaded when they are needed.
var pointerRegs = []gpr{rbx, r12, r13}

const (
	maxRegs = 32 // vector registers of the largest set
	// Mask registers: k7 the lanes in use, k1 free for single instructions, 2 … 5 for values.
	laneMask  kreg = 7
	tempMask  kreg = 1
	nodeMask  kreg = 6 // jagged: the nodes of a group
	firstMask      = 2
	lastMask       = 5
)

// generator writes the machine code of a function. The function is generated in several passes over the same
// instructions: one that counts registers, then the loop for whole vectors, then the one for a partial vector.
type generator struct {
	asm
	*isa
	f    *function
	tail bool // lanes are masked

	users [][]int32 // per value: instructions that use it, ascending
	pos   int32

	loc    []int8 // per value: register or -1
	slot   []int32
	held   [maxRegs]value
	inMask [8]value // per mask register
	pinned [maxRegs]bool
	locked [maxRegs]bool
	low    int // fewest registers that were free of live values
	slots  int32

	pins    []int32 // numbers of the pool that keep a register during the loop, from the last register down
	nodes   []value // jagged: data of the nodes, before the pins
	accRegs []zreg  // jagged: of each accumulator
	pointer map[int32]gpr
	pending []slowPath
	spilled int32 // vectors of scratch memory before the accumulators
	err     error
}

// slowPath is code for what is rare, out of line. The registers that it uses have their values where the jump stands.
type slowPath struct {
	jump, back int
	write      func()
}

func (g *generator) fail(format string, args ...any) {
	if g.err == nil {
		g.err = fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
	}
}

// doubleBelow is the number of instructions of a program from which one vector at a time keeps the processor busy.
const doubleBelow = 160

// Compile makes the machine code of a program; Arena.Add makes it callable.
func Compile(s *Shape) (*Routine, error) {
	f, err := build(s)
	if err != nil {
		return nil, err
	}
	f.schedule()
	main, width := f, f.isa.lanes
	if !f.jagged && len(f.ins) < doubleBelow {
		main, width = f.doubled(), 2*width
		main.schedule()
	}
	g := &generator{isa: f.isa, pointer: map[int32]gpr{}}
	g.vex = !g.masks
	g.choose(main)
	g.choosePointers()
	g.survey()
	if g.err != nil {
		return nil, g.err
	}
	if f.jagged {
		g.writeJagged()
	} else {
		g.writeLoop(main, f, width)
	}
	if g.err != nil {
		return nil, g.err
	}
	return &Routine{Pointers: f.pointers, Numbers: f.numbers, Scratch: g.scratch(), isa: f.isa, jagged: f.jagged, fixed: f.fixed, code: g.buf}, nil
}

// scratch is the number of float64 of memory: spilled values, then the accumulators.
func (g *generator) scratch() int {
	n := int(max(g.spilled, g.slots) * g.lanes)
	if !g.f.jagged {
		n += len(g.f.accs) * MaxInstances
	}
	return n
}

func operands(i *ins) [5]value { return [5]value{i.a, i.b, i.c, i.d, i.k} }

// renumber replaces operands.
func (i *ins) renumber(to []value) {
	for _, v := range []*value{&i.a, &i.b, &i.c, &i.d, &i.k} {
		if *v != none {
			*v = to[*v]
		}
	}
}

func (g *generator) countUses() {
	n := len(g.f.ins)
	g.users = make([][]int32, n)
	for k := range g.f.ins {
		for _, v := range operands(&g.f.ins[k]) {
			if v != none {
				if u := g.users[v]; len(u) == 0 || u[len(u)-1] != int32(k) {
					g.users[v] = append(u, int32(k))
				}
			}
		}
	}
}

// choosePointers keeps the pointers that are used most in registers.
func (g *generator) choosePointers() {
	count := make([]int, len(g.f.pointers))
	for k := range g.f.ins {
		i := &g.f.ins[k]
		switch i.op {
		case iColumn, iTable, iEntries, iCurve4, iStoreColumn:
			count[i.slot]++
		case iTableRow:
			count[i.slot]++
			count[i.index]++
		case iAddColumn:
			count[i.slot] += 2
		case iRow, iStoreRow, iAddRow:
			count[i.slot]++
			count[i.index]++
		case iGather, iScatter, iAddScatter:
			count[i.slot]++
			count[i.index] += g.indexReads()
		}
	}
	for _, acc := range g.f.accs {
		count[acc.pointer] += 8 // an access per instance, not one per eight
		count[acc.index] += 4
	}
	order := make([]int, 0, len(count))
	for k, n := range count {
		if k > 0 && n > 0 {
			order = append(order, k)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return count[order[a]] > count[order[b]] })
	regs := pointerRegs[:len(pointerRegs):len(pointerRegs)]
	if len(g.f.accs) == 0 && !g.f.jagged {
		regs = append(regs, regStart, regFirst)
	}
	for k, p := range order {
		if k < len(regs) {
			g.pointer[int32(p)] = regs[k]
		}
	}
}

// address returns a register with a pointer; temp is used where it has none of its own.
func (g *generator) address(p int32, temp gpr) gpr {
	if r, ok := g.pointer[p]; ok {
		return r
	}
	g.intMem(iLOAD, temp, at(regTable, p*8))
	return temp
}

// begin starts a pass.
func (g *generator) begin(tail bool) {
	n := len(g.f.ins)
	g.tail = tail
	g.loc, g.slot = make([]int8, n), make([]int32, n)
	for k := range n {
		g.loc[k], g.slot[k] = -1, -1
	}
	for k := range g.held {
		g.held[k], g.pinned[k], g.locked[k] = none, false, false
	}
	for k := range g.inMask {
		g.inMask[k] = none
	}
	for k, v := range g.nodes {
		g.pin(v, g.nodeReg(k))
	}
	bySlot := map[int32]value{}
	for k := range n {
		if i := &g.f.ins[k]; i.op == iScalar {
			bySlot[i.slot] = value(k)
		}
	}
	for k, slot := range g.pins {
		r := g.pinReg(k)
		g.pinned[r] = true
		if v, ok := bySlot[slot]; ok {
			g.pin(v, r)
		}
	}
	for _, r := range g.accRegs {
		g.pinned[r] = true
	}
	if g.vex && g.tail {
		g.pinned[g.laneReg()] = true
	}
	g.slots = 2*g.f.keeps + g.spareVectors()
	g.low = g.registers
}

func (g *generator) pin(v value, r zreg) {
	g.held[r], g.pinned[r], g.loc[v] = v, true, int8(r)
}

func (g *generator) nodeReg(k int) zreg { return zreg(g.registers - 1 - k) }

func (g *generator) pinReg(k int) zreg { return zreg(g.registers - 1 - len(g.nodes) - k) }

// choose takes a function as the one to generate.
func (g *generator) choose(f *function) {
	g.f = f
	g.countUses()
}

// survey finds how many registers the values need, and gives those left over to the numbers that are used most.
func (g *generator) survey() {
	if g.f.jagged {
		for k := range g.f.accs {
			g.accRegs = append(g.accRegs, zreg(k))
		}
		for k := range g.f.ins {
			if g.f.ins[k].op == iNode {
				g.nodes = append(g.nodes, value(k))
			}
		}
		if len(g.nodes)+len(g.accRegs) > g.registers/2 {
			g.fail("too many data of nodes")
			return
		}
	}
	g.dry(false)
	spare := max(0, g.low-g.spare)
	if slices.ContainsFunc(g.f.ins, func(i ins) bool { return i.op == iCurvePair }) {
		spare = max(0, spare-4) // it has four operands besides
	}
	numbers := g.f.mostUsed()
	g.pins = numbers[:min(len(numbers), spare)]
}

// dry generates the code for nothing but its counts.
func (g *generator) dry(tail bool) {
	g.begin(tail)
	g.body()
	g.buf, g.pending = nil, nil
}

// loadPins fills the registers that keep numbers.
func (g *generator) loadPins() {
	for k, slot := range g.pins {
		g.loadNumber(g.pinReg(k), slot)
	}
}

func (g *generator) prologue() {
	g.intMem(iLOAD, regPool, at(regTable, 0))
	for p := range g.f.pointers {
		if r, ok := g.pointer[int32(p)]; ok {
			g.intMem(iLOAD, r, at(regTable, int32(p)*8))
		}
	}
	g.loadPins()
}

// writeLoop writes the code for instances that are taken one or two vectors at a time: main does width of them, single the
// rest, a vector or less.
func (g *generator) writeLoop(main, single *function, width int32) {
	// The passes must spill alike, so that the accumulators' place is known.
	spilled := int32(0)
	for _, pass := range []struct {
		f    *function
		tail bool
	}{{main, false}, {single, true}} {
		g.choose(pass.f)
		g.dry(pass.tail)
		spilled = max(spilled, g.slots)
	}
	g.spilled = spilled

	g.prologue()
	g.intReg(iLOAD, regRow, regIndex)
	if g.lanes == 8 {
		g.shiftImm(5, regRow, 1)
	}
	if len(g.f.accs) > 0 {
		// regFirst + 8·instance is the instance's place in the first accumulator.
		g.intReg(iLOAD, rax, regIndex)
		g.shiftImm(4, rax, 3)
		g.intMem(iLEA, regFirst, at(regScratch, spilled*g.size()))
		g.intReg(iSUB, regFirst, rax)
		g.intReg(iLOAD, regStart, regIndex)
	}
	g.intMem(iLEA, rax, at(regIndex, width))
	g.intReg(iCMP, rax, regLast)
	toTail := g.jump(jumpG)
	g.align(32)
	loop := len(g.buf)
	g.choose(main)
	g.begin(false)
	g.body()
	g.intImm(0, regIndex, width)
	g.intImm(0, regRow, width/g.lanes*4)
	g.intMem(iLEA, rax, at(regIndex, width))
	g.intReg(iCMP, rax, regLast)
	g.jumpTo(jumpLE, loop)
	g.patch(toTail, len(g.buf))
	g.intReg(iCMP, regIndex, regLast)
	done := g.jump(jumpGE)
	tail := len(g.buf)
	g.intReg(iLOAD, r11, regLast)
	g.intReg(iSUB, r11, regIndex)
	g.setLanes(r11)
	g.choose(single)
	g.begin(true)
	g.body()
	g.intImm(0, regIndex, g.lanes)
	g.intImm(0, regRow, 4)
	g.intReg(iCMP, regIndex, regLast)
	g.jumpTo(jumpL, tail)
	g.patch(done, len(g.buf))
	g.accumulate()
	g.vzeroupper()
	g.ret()
	g.writeSlow()
}

// accumulate adds what was stored for Exts that instances share, one instance after the other.
func (g *generator) accumulate() {
	if len(g.f.accs) == 0 {
		return
	}
	g.intReg(iLOAD, regIndex, regStart)
	loop := len(g.buf)
	x := attr{}
	last := int32(-1)
	for k, acc := range g.f.accs {
		if acc.index != last {
			g.intMem(iMOVSXD, rax, atIndex(g.address(acc.index, r11), regIndex, 2, 0))
			last = acc.index
		}
		place := atIndex(g.address(acc.pointer, r11), rax, 3, 0)
		g.rrm(opLOADSD, x, zreg(k), 0, place)
		o := opADDSD
		if acc.subtract {
			o = opSUBSD
		}
		g.rrm(o, x, zreg(k), zreg(k), atIndex(regFirst, regIndex, 3, int32(k)*MaxInstances*8))
		g.rrm(opSTORESD, x, zreg(k), 0, place)
	}
	g.intImm(0, regIndex, 1)
	g.intReg(iCMP, regIndex, regLast)
	g.jumpTo(jumpL, loop)
}

// writeSlow writes what the code jumps to in rare cases.
func (g *generator) writeSlow() {
	for _, p := range g.pending {
		g.patch(p.jump, len(g.buf))
		p.write()
		g.jumpTo(jumpAlways, p.back)
	}
}

// setLanes makes the mask of the lanes in use, of the number of instances that is in register n (rax is overwritten).
func (g *generator) setLanes(n gpr) {
	if g.vex {
		g.setLanesVEX(n)
		return
	}
	g.movImm(rax, 255)
	g.bzhi(rax, rax, n)
	g.kmovFrom(laneMask, rax)
}
