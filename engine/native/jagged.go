package native

// Registers of jagged code; regIndex is the instance, regRow the row.
const (
	regGroup   = r15
	regRowsEnd = r9
)

// writeJagged writes the code for point processes in jagged order (Jag): a loop over groups of eight nodes, inside it
// one over the group's rows. The nodes' data are read and their sums written once per group.
func (g *generator) writeJagged() {
	lengths := g.f.pointer(Pointer{Kind: LengthsPointer})
	counts := g.f.pointer(Pointer{Kind: CountsPointer})
	g.begin(true)
	g.prologue()
	g.intReg(iLOAD, regGroup, regIndex)
	g.intReg(iLOAD, regIndex, regFirst)
	index := zreg(len(g.accRegs)) // free between the rows' loops

	group := len(g.buf)
	g.intMem(iMOVSXD, regRowsEnd, atIndex(g.address(counts, rax), regGroup, 2, 0))
	g.intReg(iADD, regRowsEnd, regRow)
	g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
	g.kmovFrom(nodeMask, rax)
	last := int32(-1)
	// nodes loads the places of a group's nodes in one list.
	nodes := func(list int32) {
		if list == last {
			return
		}
		last = list
		g.intReg(iLOAD, r11, regGroup)
		g.shiftImm(4, r11, 5)
		g.rrm(opLOADD, attr{length: len256}, index, 0, atIndex(g.address(list, rax), r11, 0, 0))
	}
	for k, v := range g.nodes {
		i := &g.f.ins[v]
		nodes(i.index)
		g.gather(opGATHERD, g.nodeReg(k), atVector(g.address(i.slot, rax), index, 0))
	}
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.gather(opGATHERD, g.accRegs[k], atVector(g.address(acc.pointer, rax), index, 0))
	}
	row := len(g.buf)
	g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
	g.kmovFrom(laneMask, rax)
	g.begin(true)
	g.body()
	g.loadByte(rax, atIndex(g.address(lengths, rax), regRow, 0, 0))
	g.popcnt(rax, rax)
	g.intReg(iADD, regIndex, rax)
	g.intImm(0, regRow, 1)
	g.intReg(iCMP, regRow, regRowsEnd)
	g.jumpTo(jumpL, row)
	last = -1
	for k, acc := range g.f.accs {
		nodes(acc.index)
		g.vexK(kAND, tempMask, nodeMask, nodeMask)
		t := wide
		t.mask = tempMask
		g.rrm(opSCATTERD, t, g.accRegs[k], 0, atVector(g.address(acc.pointer, rax), index, 0))
	}
	g.intImm(0, regGroup, 1)
	g.intReg(iCMP, regGroup, regLast)
	g.jumpTo(jumpL, group)
	g.vzeroupper()
	g.ret()
	g.writeSlow()
}
