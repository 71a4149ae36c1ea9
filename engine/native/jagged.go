package native

// Registers of jagged code; regIndex is the instance, regRow the row.
const (
	regGroup   = r15
	regRowsEnd = r9
)

// writeJagged writes the code for point processes in jagged order (Jag): a loop over groups of eight nodes, inside it
// one over the group's rows. The nodes' data are read and their sums written once per group. With AVX2 a group is four
// nodes.
func (g *generator) writeJagged() {
	lengths := g.f.pointer(Pointer{Kind: LengthsPointer})
	counts := g.f.pointer(Pointer{Kind: CountsPointer})
	g.begin(true)
	g.prologue()
	g.intReg(iLOAD, regGroup, regIndex)
	g.intReg(iLOAD, regIndex, regFirst)
	group := len(g.buf)
	if g.vex {
		g.readNodesVEX()
	} else {
		g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
		g.kmovFrom(nodeMask, rax)
		g.readNodes()
	}
	g.intMem(iMOVSXD, regRowsEnd, atIndex(g.address(counts, rax), regGroup, 2, 0))
	g.intReg(iADD, regRowsEnd, regRow)
	row := len(g.buf)
	g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
	if g.vex {
		g.popcnt(r11, rax)
		g.setLanes(r11)
	} else {
		g.kmovFrom(laneMask, rax)
	}
	g.begin(true)
	g.body()
	g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
	g.popcnt(rax, rax)
	g.intReg(iADD, regIndex, rax)
	g.intImm(0, regRow, 1)
	g.intReg(iCMP, regRow, regRowsEnd)
	g.jumpTo(jumpL, row)
	if g.vex {
		g.writeNodesVEX()
	} else {
		g.writeNodes()
	}
	g.intImm(0, regGroup, 1)
	g.intReg(iCMP, regGroup, regLast)
	g.jumpTo(jumpL, group)
	g.vzeroupper()
	g.ret()
	g.writeSlow()
}

// nodePlaces loads the places of a group's nodes in each list, one after the other, into the first free register (free
// between the rows' loops).
func (g *generator) nodePlaces() (index zreg, load func(list int32)) {
	index = zreg(len(g.accRegs))
	last := int32(-1)
	return index, func(list int32) {
		if list == last {
			return
		}
		last = list
		g.intReg(iLOAD, r11, regGroup)
		g.shiftImm(4, r11, 5)
		g.rrm(opLOADD, attr{length: len256}, index, 0, atIndex(g.address(list, rax), r11, 0, 0))
	}
}

func (g *generator) readNodes() {
	index, nodes := g.nodePlaces()
	for k, v := range g.nodes {
		i := &g.f.ins[v]
		nodes(i.index)
		g.gather(opGATHERD, g.nodeReg(k), atVector(g.address(i.slot, rax), index, 0))
	}
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.gather(opGATHERD, g.accRegs[k], atVector(g.address(acc.pointer, rax), index, 0))
	}
}

func (g *generator) writeNodes() {
	index, nodes := g.nodePlaces()
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.vexK(kAND, tempMask, nodeMask, nodeMask)
		t := wide
		t.mask = tempMask
		g.rrm(opSCATTERD, t, g.accRegs[k], 0, atVector(g.address(acc.pointer, rax), index, 0))
	}
}

// groupNodes points regRowsEnd, which is free between the rows' loops, to a group's nodes in each list, one after the
// other.
func (g *generator) groupNodes() func(list int32) {
	last := int32(-1)
	return func(list int32) {
		if list == last {
			return
		}
		last = list
		g.intReg(iLOAD, regRowsEnd, regGroup)
		g.shiftImm(4, regRowsEnd, 4)
		g.intReg(iADD, regRowsEnd, g.address(list, rax))
	}
}

// nodePlace is where node k of the group has its datum; it overwrites rax and r11.
func (g *generator) nodePlace(pointer, k int32) mem {
	g.intMem(iMOVSXD, rax, at(regRowsEnd, 4*k))
	return atIndex(g.address(pointer, r11), rax, 3, 0)
}

func (g *generator) readNodesVEX() {
	nodes := g.groupNodes()
	high := g.laneReg() // free between the rows' loops
	for k, v := range g.nodes {
		i := &g.f.ins[v]
		nodes(i.index)
		g.collect(g.nodeReg(k), high, func(k int32) mem { return g.nodePlace(i.slot, k) })
	}
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.collect(g.accRegs[k], high, func(k int32) mem { return g.nodePlace(acc.pointer, k) })
	}
}

// writeNodesVEX stores the last node first: those beyond the last one repeat it with the sum it began with.
func (g *generator) writeNodesVEX() {
	nodes := g.groupNodes()
	high := g.laneReg()
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.rrr(opEXTRACT128, wide, g.accRegs[k], 0, high)
		g.bytes(1)
		for lane := g.isa.lanes - 1; lane >= 0; lane-- {
			g.storeLane(lane, g.accRegs[k], high, g.nodePlace(acc.pointer, lane))
		}
	}
}
