package native

// VEX encoding: AVX2 and FMA on registers of 256 bits. Most instructions have the opcode that they have in EVEX, with 16
// registers, without masks and broadcasts. Intel SDM volume 2, section 2.3.

// Instructions that EVEX does not have, or has otherwise.
var (
	opSPREAD      = opcode{map0F38, pp66, 0x19, false, 0} // vbroadcastsd
	opBLENDV      = opcode{map0F3A, pp66, 0x4b, false, 0} // imm: 16 × register of the mask; mask ? rm : v
	opLOADMASKED  = opcode{map0F38, pp66, 0x2d, false, 0} // vmaskmovpd, mask v; 0 elsewhere
	opSTOREMASKED = opcode{map0F38, pp66, 0x2f, false, 0}
	opAND         = opcode{map0F, pp66, 0x54, false, 0}
	opANDN        = opcode{map0F, pp66, 0x55, false, 0} // ^v & rm
	opOR          = opcode{map0F, pp66, 0x56, false, 0}
	opXOR         = opcode{map0F, pp66, 0x57, false, 0}
	opPCMPGT      = opcode{map0F38, pp66, 0x37, false, 0} // vpcmpgtq: signed
	opTESTSIGN    = opcode{map0F38, pp66, 0x0f, false, 0} // vtestpd: zero: no sign in reg & rm; carry: none in ^reg & rm
	opSIGNS       = opcode{map0F, pp66, 0x50, false, 0}   // vmovmskpd
	opINSERT128   = opcode{map0F3A, pp66, 0x18, false, 0} // imm 1: rm becomes the upper half
	opEXTRACT128  = opcode{map0F3A, pp66, 0x19, false, 0} // vextractf128 rm, reg, imm
	opHALVES      = opcode{map0F3A, pp66, 0x06, false, 0} // vperm2f128, imm: which halves
	opPICK        = opcode{map0F38, pp66, 0x16, false, 0} // vpermps: the numbers of 32 bits of rm that v tells
	opPMIN32      = opcode{map0F38, pp66, 0x3b, false, 0} // vpminud
	opTWICE32     = opcode{map0F, ppF3, 0x12, false, 0}   // vmovsldup: the lower 32 bits of 64 in both halves
	opPSPREAD     = opcode{map0F38, pp66, 0x59, false, 0} // vpbroadcastq
	opPTEST       = opcode{map0F38, pp66, 0x17, false, 0} // vptest: zero: no bit in reg & rm
	opMOVE32      = opcode{map0F, pp66, 0x7e, false, 0}   // vmovd r32, xmm
	opWIDEN       = opcode{map0F38, pp66, 0x35, false, 0} // vpmovzxdq
	opLOADHIGH    = opcode{map0F, pp66, 0x16, false, 0}   // vmovhpd: rm behind the first of v
	opSTOREHIGH   = opcode{map0F, pp66, 0x17, false, 0}
)

// lower is the lower half of a register of 256 bits.
var lower = attr{length: len128}

// vexPrefix writes prefix and opcode. The instructions of map 0F ignore W, but for a few that are not used.
func (a *asm) vexPrefix(o opcode, t attr, r, x, b bool, v uint8) {
	if t.mask != 0 || t.zero || t.bcast || v > 15 {
		panic("native: operands that VEX does not have")
	}
	last := (^v&15)<<3 | o.pp
	if t.length != len128 {
		last |= 4
	}
	if o.mmm == map0F && !x && !b {
		a.bytes(0xc5, inverted(r, 7)|last, o.code)
		return
	}
	if o.w && o.mmm != map0F {
		last |= 0x80
	}
	a.bytes(0xc4, inverted(r, 7)|inverted(x, 6)|inverted(b, 5)|o.mmm, last, o.code)
}

// vexReg is op reg, v, rm with three registers (numbers 0 … 15).
func (a *asm) vexReg(o opcode, t attr, reg, v, rm uint8) {
	if reg > 15 || rm > 15 {
		panic("native: registers that VEX does not have")
	}
	a.vexPrefix(o, t, reg&8 != 0, false, rm&8 != 0, v)
	a.bytes(0xc0 | reg&7<<3 | rm&7)
}

// vexMem is op reg, v, [m].
func (a *asm) vexMem(o opcode, t attr, reg, v uint8, m mem) {
	if reg > 15 || m.vsib {
		panic("native: operands that the generator does not use")
	}
	a.vexPrefix(o, t, reg&8 != 0, m.index != noReg && m.index&8 != 0, m.base&8 != 0, v)
	a.modrm(reg&7, m, 1)
}

// blendv is dst = mask ? yes : no, by the signs of mask.
func (a *asm) blendv(dst, no, yes, mask zreg) {
	a.vexReg(opBLENDV, wide, uint8(dst), uint8(no), uint8(yes))
	a.bytes(byte(mask) << 4)
}

func (a *asm) blendvMem(dst, no zreg, yes mem, mask zreg) {
	a.vexMem(opBLENDV, wide, uint8(dst), uint8(no), yes)
	a.bytes(byte(mask) << 4)
}

// signs puts the signs of a vector into a general register.
func (a *asm) signs(r gpr, x zreg) { a.vexReg(opSIGNS, wide, uint8(r), 0, uint8(x)) }

// testReg is test r32, r32.
func (a *asm) testReg(r gpr) {
	if r&8 != 0 {
		a.bytes(0x45)
	}
	a.bytes(0x85, 0xc0|byte(r)&7<<3|byte(r)&7)
}

// Conditions of cmov: cmovge, cmovne.
const (
	ifGE = 0x4d
	ifNE = 0x45
)

// moveIf moves rm to r under a condition.
func (a *asm) moveIf(cond uint8, r, rm gpr) {
	a.bytes(rex(true, r, mem{base: rm, index: noReg}), 0x0f, cond, 0xc0|byte(r)&7<<3|byte(rm)&7)
}

// intStore is mov [m], r.
func (a *asm) intStore(r gpr, m mem) {
	a.bytes(rex(true, r, m), 0x89)
	a.modrm(byte(r)&7, m, 1)
}
