package native

// Encoding of x86-64 instructions: the sixty that the generator needs, as EVEX (AVX-512), VEX (mask registers; AVX2: see vex.go) and plain
// integer instructions. Intel SDM volume 2, chapter 2.

// gpr is a general register by its number.
type gpr uint8

const (
	rax gpr = iota
	rcx
	rdx
	rbx
	rsp
	rbp
	rsi
	rdi
	r8
	r9
	r10
	r11
	r12
	r13
	r14
	r15
)

// noReg is the absent index of an address.
const noReg gpr = 0xff

// zreg is a vector register, 0 … 31; kreg a mask register, 0 … 7.
type (
	zreg uint8
	kreg uint8
)

// mem is an address: base + index<<scale + disp. With vsib the index is a vector register.
type mem struct {
	base  gpr
	index gpr
	scale uint8 // log2
	disp  int32
	vsib  bool
	vidx  zreg
}

func at(base gpr, disp int32) mem { return mem{base: base, index: noReg, disp: disp} }

func atIndex(base, index gpr, scale uint8, disp int32) mem {
	return mem{base: base, index: index, scale: scale, disp: disp}
}

func atVector(base gpr, index zreg, disp int32) mem {
	return mem{base: base, index: noReg, scale: 3, disp: disp, vsib: true, vidx: index}
}

// Opcode maps and mandatory prefixes.
const (
	map0F   = 1
	map0F38 = 2
	map0F3A = 3

	ppNone = 0
	pp66   = 1
	ppF3   = 2
	ppF2   = 3
)

// Vector lengths.
const (
	len128 = 0
	len256 = 1
	len512 = 2
)

// opcode is one EVEX instruction without its operands.
type opcode struct {
	mmm, pp, code uint8
	w             bool
	tuple         uint8 // what disp8 is multiplied with: 0 the vector's length, else that many bytes
}

var (
	opADD        = opcode{map0F, pp66, 0x58, true, 0}
	opMUL        = opcode{map0F, pp66, 0x59, true, 0}
	opSUB        = opcode{map0F, pp66, 0x5c, true, 0}
	opMIN        = opcode{map0F, pp66, 0x5d, true, 0}
	opDIV        = opcode{map0F, pp66, 0x5e, true, 0}
	opMAX        = opcode{map0F, pp66, 0x5f, true, 0}
	opSQRT       = opcode{map0F, pp66, 0x51, true, 0}
	opPAND       = opcode{map0F, pp66, 0xdb, true, 0}
	opPXOR       = opcode{map0F, pp66, 0xef, true, 0}
	opPADD       = opcode{map0F, pp66, 0xd4, true, 0}
	opPSUB       = opcode{map0F, pp66, 0xfb, true, 0}
	opSHIFT72    = opcode{map0F, pp66, 0x72, true, 0} // /4 vpsraq
	opSHIFT73    = opcode{map0F, pp66, 0x73, true, 0} // /2 vpsrlq, /6 vpsllq
	opLOAD       = opcode{map0F, pp66, 0x10, true, 0}
	opSTORE      = opcode{map0F, pp66, 0x11, true, 0}
	opMOVE       = opcode{map0F, pp66, 0x28, true, 0}
	opBROADCAST  = opcode{map0F38, pp66, 0x19, true, 8}
	opFMADD213   = opcode{map0F38, pp66, 0xa8, true, 0}
	opFMADD231   = opcode{map0F38, pp66, 0xb8, true, 0}
	opFMADD132   = opcode{map0F38, pp66, 0x98, true, 0}
	opFNMADD213  = opcode{map0F38, pp66, 0xac, true, 0}
	opFNMADD132  = opcode{map0F38, pp66, 0x9c, true, 0}
	opFNMADD231  = opcode{map0F38, pp66, 0xbc, true, 0}
	opCMP        = opcode{map0F, pp66, 0xc2, true, 0}    // imm: predicate
	opPCMPU      = opcode{map0F3A, pp66, 0x1e, true, 0}  // imm: predicate
	opPTESTM     = opcode{map0F38, pp66, 0x27, true, 0}  // k = (a & b) != 0
	opEXTRACT256 = opcode{map0F3A, pp66, 0x1b, true, 32} // vextractf64x4 rm, reg, imm
	opUNPCKL     = opcode{map0F, pp66, 0x14, true, 0}
	opUNPCKH     = opcode{map0F, pp66, 0x15, true, 0}
	opSHUF128    = opcode{map0F3A, pp66, 0x23, true, 0} // vshuff64x2, imm: lanes
	opPERMT2     = opcode{map0F38, pp66, 0x7f, true, 0} // from 16 numbers, those of the old result first, by the low four bits of v
	opRCP14      = opcode{map0F38, pp66, 0x4c, true, 0} // 1/a to 14 bits
	opPTESTNM    = opcode{map0F38, ppF3, 0x27, true, 0} // k = (a & b) == 0
	opBLENDM     = opcode{map0F38, pp66, 0x65, true, 0} // k ? b : a
	opRNDSCALE   = opcode{map0F3A, pp66, 0x09, true, 0} // imm: 9 floor, 10 ceil, 11 trunc
	opTERNLOG    = opcode{map0F3A, pp66, 0x25, true, 0} // imm: truth table
	opCVTTPD2DQ  = opcode{map0F, pp66, 0xe6, true, 0}   // to a register of half the length
	opCVTDQ2PD   = opcode{map0F, ppF3, 0xe6, false, 32} // from a register of half the length
	opCVTTPD2QQ  = opcode{map0F, pp66, 0x7a, true, 0}   // to signed 64-bit integers
	opCVTQQ2PD   = opcode{map0F, ppF3, 0xe6, true, 0}   // signed 64-bit integers
	opGATHERQ    = opcode{map0F38, pp66, 0x93, true, 8} // 64-bit indices
	opGATHERD    = opcode{map0F38, pp66, 0x92, true, 8} // 32-bit indices
	opSCATTERD   = opcode{map0F38, pp66, 0xa2, true, 8} // 32-bit indices
	opLOADD      = opcode{map0F, ppF3, 0x6f, false, 0}  // vmovdqu32
	opLOADSD     = opcode{map0F, ppF2, 0x10, true, 8}   // one double
	opSTORESD    = opcode{map0F, ppF2, 0x11, true, 8}   // one double
	opADDSD      = opcode{map0F, ppF2, 0x58, true, 8}   // one double
	opSUBSD      = opcode{map0F, ppF2, 0x5c, true, 8}   // one double
)

// Predicates of opCMP and opPCMPU.
const (
	cmpEQ  = 0    // ordered
	cmpLT  = 1    // ordered
	cmpLE  = 2    // ordered
	cmpNEQ = 4    // true if unordered
	cmpNLT = 5    // true if unordered
	cmpNLE = 6    // true if unordered
	cmpGE  = 0x0d // ordered
	cmpGT  = 0x0e // ordered

	pcmpLT  = 1
	pcmpNLT = 5
)

// attr is the rest of an EVEX instruction.
type attr struct {
	length uint8
	mask   kreg // 0: none
	zero   bool // zero what the mask leaves out
	bcast  bool // the memory operand is one double for all lanes
}

// wide is the whole register, with VEX too.
var wide = attr{length: len512}

// asm collects machine code.
type asm struct {
	buf []byte
	vex bool // vector instructions are written as VEX, for registers of 256 bits
}

func (a *asm) bytes(b ...byte) { a.buf = append(a.buf, b...) }

func (a *asm) imm32(v int32) { a.bytes(byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }

func inverted(bit bool, pos uint8) byte {
	if bit {
		return 0
	}
	return 1 << pos
}

func (a *asm) evexPrefix(o opcode, t attr, r, x, b, r2 bool, v uint8) {
	p0 := inverted(r, 7) | inverted(x, 6) | inverted(b, 5) | inverted(r2, 4) | o.mmm
	p1 := (^v&15)<<3 | 4 | o.pp
	if o.w {
		p1 |= 0x80
	}
	p2 := t.length<<5 | inverted(v&16 != 0, 3) | byte(t.mask)
	if t.zero {
		p2 |= 0x80
	}
	if t.bcast {
		p2 |= 0x10
	}
	a.bytes(0x62, p0, p1, p2, o.code)
}

// evexReg is op reg, v, rm with three registers (numbers 0 … 31; mask registers too).
func (a *asm) evexReg(o opcode, t attr, reg, v, rm uint8) {
	a.evexPrefix(o, t, reg&8 != 0, rm&16 != 0, rm&8 != 0, reg&16 != 0, v)
	a.bytes(0xc0 | reg&7<<3 | rm&7)
}

// evexMem is op reg, v, [m].
func (a *asm) evexMem(o opcode, t attr, reg, v uint8, m mem) {
	x := m.index != noReg && m.index&8 != 0
	if m.vsib {
		x = m.vidx&8 != 0
		v = uint8(m.vidx) & 16 // V' extends the index; there is no second source
	}
	a.evexPrefix(o, t, reg&8 != 0, x, m.base&8 != 0, reg&16 != 0, v)
	n := int32(o.tuple)
	switch {
	case t.bcast:
		n = 8
	case n == 0:
		n = 16 << t.length
	}
	a.modrm(reg&7, m, n)
}

// modrm writes ModRM, SIB and displacement; short displacements count in units of n bytes.
func (a *asm) modrm(reg uint8, m mem, n int32) {
	mod, short := byte(0x80), false
	if m.disp == 0 && m.base&7 != rbp {
		mod = 0
	} else if m.disp%n == 0 && m.disp/n >= -128 && m.disp/n <= 127 {
		mod, short = 0x40, true
	}
	switch {
	case m.vsib:
		a.bytes(mod|reg<<3|4, m.scale<<6|uint8(m.vidx)&7<<3|byte(m.base)&7)
	case m.index != noReg:
		a.bytes(mod|reg<<3|4, m.scale<<6|byte(m.index)&7<<3|byte(m.base)&7)
	case m.base&7 == rsp:
		a.bytes(mod|reg<<3|4, 4<<3|4)
	default:
		a.bytes(mod | reg<<3 | byte(m.base)&7)
	}
	switch {
	case short:
		a.bytes(byte(m.disp / n))
	case mod == 0x80:
		a.imm32(m.disp)
	}
}

func (a *asm) rrr(o opcode, t attr, dst, x, y zreg) {
	if a.vex {
		a.vexReg(o, t, uint8(dst), uint8(x), uint8(y))
		return
	}
	a.evexReg(o, t, uint8(dst), uint8(x), uint8(y))
}

func (a *asm) rrm(o opcode, t attr, dst, x zreg, m mem) {
	if a.vex {
		a.vexMem(o, t, uint8(dst), uint8(x), m)
		return
	}
	a.evexMem(o, t, uint8(dst), uint8(x), m)
}

// shift is a vector shift by a number of bits: the destination is the v operand.
func (a *asm) shift(o opcode, t attr, ext uint8, dst, x zreg, bits uint8) {
	a.rrr(o, t, zreg(ext), dst, x)
	a.bytes(bits)
}

// Mask instructions, VEX.
const (
	kAND   = 0x41
	kANDN  = 0x42 // ^a & b
	kNOT   = 0x44
	kOR    = 0x45
	kXNOR  = 0x46
	kXOR   = 0x47
	kTEST  = 0x98 // kortestb
	kLOAD  = 0x90 // kmovb k, k/m8
	kSTORE = 0x91 // kmovb m8, k
	kFROM  = 0x92 // kmovb k, r32
)

// vexK is an instruction on byte masks: dst, x, y (x is not used by kNOT, kTEST, kLOAD).
func (a *asm) vexK(code uint8, dst, x, y kreg) {
	second := byte(0x79) // no second operand, L0
	switch code {
	case kAND, kANDN, kOR, kXNOR, kXOR:
		second = ^byte(x)&15<<3 | 4 | pp66
	}
	a.bytes(0xc5, 0x80|second, code, 0xc0|byte(dst)<<3|byte(y))
}

// kmovMem moves a mask from or to memory.
func (a *asm) kmovMem(code uint8, k kreg, m mem) {
	p := byte(0xe1)
	if m.base&8 != 0 {
		p &^= 0x20
	}
	if m.index != noReg && m.index&8 != 0 {
		p &^= 0x40
	}
	a.bytes(0xc4, p, 0x79, code)
	a.modrm(byte(k), m, 1)
}

// kmovFrom is kmovb k, r32.
func (a *asm) kmovFrom(k kreg, r gpr) {
	p := byte(0xe1)
	if r&8 != 0 {
		p &^= 0x20
	}
	a.bytes(0xc4, p, 0x79, kFROM, 0xc0|byte(k)<<3|byte(r)&7)
}

func (a *asm) vzeroupper() { a.bytes(0xc5, 0xf8, 0x77) }

func rex(w bool, reg gpr, m mem) byte {
	p := byte(0x40)
	if w {
		p |= 8
	}
	if reg&8 != 0 {
		p |= 4
	}
	if m.index != noReg && m.index&8 != 0 {
		p |= 2
	}
	if m.base&8 != 0 {
		p |= 1
	}
	return p
}

// Integer instructions with a 64-bit register and an r/m operand.
const (
	iLOAD   = 0x8b // mov r, r/m
	iMOVSXD = 0x63 // sign-extended load of 32 bits
	iLEA    = 0x8d
	iADD    = 0x03
	iSUB    = 0x2b
	iCMP    = 0x3b
)

func (a *asm) intMem(code uint8, r gpr, m mem) {
	a.bytes(rex(true, r, m), code)
	a.modrm(byte(r)&7, m, 1)
}

func (a *asm) intReg(code uint8, r, rm gpr) {
	a.bytes(rex(true, r, mem{base: rm, index: noReg}), code, 0xc0|byte(r)&7<<3|byte(rm)&7)
}

// intImm is add (0), sub (5), cmp (7) with an immediate.
func (a *asm) intImm(ext uint8, r gpr, v int32) {
	prefix := rex(true, 0, mem{base: r, index: noReg})
	if v >= -128 && v <= 127 {
		a.bytes(prefix, 0x83, 0xc0|ext<<3|byte(r)&7, byte(v))
		return
	}
	a.bytes(prefix, 0x81, 0xc0|ext<<3|byte(r)&7)
	a.imm32(v)
}

// shiftImm is shl (4), shr (5), sar (7) by bits.
func (a *asm) shiftImm(ext uint8, r gpr, bits uint8) {
	a.bytes(rex(true, 0, mem{base: r, index: noReg}), 0xc1, 0xc0|ext<<3|byte(r)&7, bits)
}

// bzhi clears the bits of src from bit number n on (64 bits).
func (a *asm) bzhi(dst, src, n gpr) {
	p := byte(0xe2)
	if dst&8 != 0 {
		p &^= 0x80
	}
	if src&8 != 0 {
		p &^= 0x20
	}
	a.bytes(0xc4, p, 0x80|(^byte(n)&15)<<3, 0xf5, 0xc0|byte(dst)&7<<3|byte(src)&7)
}

// movImm is mov r32, imm32.
func (a *asm) movImm(r gpr, v int32) {
	if r&8 != 0 {
		a.bytes(0x41)
	}
	a.bytes(0xb8 | byte(r)&7)
	a.imm32(v)
}

// loadByte is movzx r32, byte [m].
func (a *asm) loadByte(r gpr, m mem) {
	if p := rex(false, r, m); p != 0x40 {
		a.bytes(p)
	}
	a.bytes(0x0f, 0xb6)
	a.modrm(byte(r)&7, m, 1)
}

// popcnt counts the bits of src.
func (a *asm) popcnt(dst, src gpr) {
	a.bytes(0xf3, rex(true, dst, mem{base: src, index: noReg}), 0x0f, 0xb8, 0xc0|byte(dst)&7<<3|byte(src)&7)
}

func (a *asm) ret() { a.bytes(0xc3) }

// Conditions of jumps.
const (
	jumpAlways = 0
	jumpNE     = 0x85
	jumpAE     = 0x83 // no carry
	jumpS      = 0x88 // negative
	jumpGE     = 0x8d
	jumpG      = 0x8f
	jumpL      = 0x8c
	jumpLE     = 0x8e
)

// jump writes a jump whose distance is not known yet and returns where it stands.
func (a *asm) jump(cond uint8) int {
	if cond == jumpAlways {
		a.bytes(0xe9)
	} else {
		a.bytes(0x0f, cond)
	}
	a.imm32(0)
	return len(a.buf)
}

// patch aims a jump at a place.
func (a *asm) patch(jump, target int) {
	d := int32(target - jump)
	a.buf[jump-4], a.buf[jump-3], a.buf[jump-2], a.buf[jump-1] = byte(d), byte(d>>8), byte(d>>16), byte(d>>24)
}

// jumpTo writes a jump to a place that is known.
func (a *asm) jumpTo(cond uint8, target int) { a.patch(a.jump(cond), target) }

// align fills with nops (multi-byte) up to a multiple of n.
func (a *asm) align(n int) {
	for len(a.buf)%n != 0 {
		switch left := n - len(a.buf)%n; {
		case left >= 7:
			a.bytes(0x0f, 0x1f, 0x80, 0, 0, 0, 0)
		case left >= 4:
			a.bytes(0x0f, 0x1f, 0x40, 0)
		case left >= 3:
			a.bytes(0x0f, 0x1f, 0)
		default:
			a.bytes(0x90)
		}
	}
}
