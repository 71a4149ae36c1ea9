package native

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var gprNames = []string{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// text is the address as objdump writes it.
func (m mem) text() string {
	s := gprNames[m.base]
	switch {
	case m.vsib:
		s += fmt.Sprintf("+VEC%d*%d", m.vidx, 1<<m.scale)
	case m.index != noReg:
		s += fmt.Sprintf("+%s*%d", gprNames[m.index], 1<<m.scale)
	}
	if m.disp > 0 || m.disp == 0 && m.base&7 == rbp {
		s += fmt.Sprintf("+0x%x", m.disp)
	} else if m.disp < 0 {
		s += fmt.Sprintf("-0x%x", -m.disp)
	}
	return "[" + s + "]"
}

func randomMem(rng *rand.Rand) mem {
	m := mem{base: gpr(rng.IntN(16)), index: noReg}
	if rng.IntN(2) == 0 {
		for m.index == noReg || m.index == rsp {
			m.index = gpr(rng.IntN(16))
		}
		m.scale = uint8(rng.IntN(4))
	}
	switch rng.IntN(5) {
	case 1:
		m.disp = int32(rng.IntN(256)-128) * 8
	case 2:
		m.disp = int32(rng.IntN(256)-128) * 64
	case 3:
		m.disp = rng.Int32N(1<<20) - 1<<19
	case 4:
		m.disp = int32(rng.IntN(20) - 10)
	}
	return m
}

// samples writes instructions of every kind that the generator uses, with random operands.
func samples(rng *rand.Rand, a *asm) []string {
	var out []string
	z := func() zreg { return zreg(rng.IntN(32)) }
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	masked := func(t *attr) string {
		s := ""
		if rng.IntN(3) == 0 {
			t.mask = kreg(1 + rng.IntN(7))
			s = fmt.Sprintf("{k%d}", t.mask)
			if rng.IntN(2) == 0 {
				t.zero = true
				s += "{z}"
			}
		}
		return s
	}
	three := []struct {
		o    opcode
		name string
		imm  string
	}{{opADD, "vaddpd", ""}, {opMUL, "vmulpd", ""}, {opSUB, "vsubpd", ""}, {opMIN, "vminpd", ""}, {opDIV, "vdivpd", ""}, {opMAX, "vmaxpd", ""},
		{opPAND, "vpandq", ""}, {opPXOR, "vpxorq", ""}, {opPADD, "vpaddq", ""}, {opPSUB, "vpsubq", ""},
		{opFMADD213, "vfmadd213pd", ""}, {opFMADD231, "vfmadd231pd", ""}, {opFMADD132, "vfmadd132pd", ""}, {opFNMADD231, "vfnmadd231pd", ""},
		{opBLENDM, "vblendmpd", ""}, {opTERNLOG, "vpternlogq", ",0xd8"}}
	for _, x := range three {
		for range 6 {
			t := wide
			d, s1, s2, m := z(), z(), z(), randomMem(rng)
			k := masked(&t)
			a.rrr(x.o, t, d, s1, s2)
			if x.imm != "" {
				a.bytes(0xd8)
			}
			add("%s zmm%d%s,zmm%d,zmm%d%s", x.name, d, k, s1, s2, x.imm)
			a.rrm(x.o, t, d, s1, m)
			if x.imm != "" {
				a.bytes(0xd8)
			}
			add("%s zmm%d%s,zmm%d,ZMMWORD PTR %s%s", x.name, d, k, s1, m.text(), x.imm)
			t.bcast = true
			a.rrm(x.o, t, d, s1, m)
			if x.imm != "" {
				a.bytes(0xd8)
			}
			add("%s zmm%d%s,zmm%d,QWORD BCST %s%s", x.name, d, k, s1, m.text(), x.imm)
		}
	}
	for range 6 {
		t := wide
		d, s, m, k := z(), z(), randomMem(rng), kreg(1+rng.IntN(7))
		a.rrr(opSQRT, t, d, 0, s)
		add("vsqrtpd zmm%d,zmm%d", d, s)
		a.rrr(opRNDSCALE, t, d, 0, s)
		a.bytes(9)
		add("vrndscalepd zmm%d,zmm%d,0x9", d, s)
		a.rrr(opRCP14, t, d, 0, s)
		add("vrcp14pd zmm%d,zmm%d", d, s)
		a.rrr(opCVTTPD2DQ, t, d, 0, s)
		add("vcvttpd2dq ymm%d,zmm%d", d, s)
		a.rrr(opCVTDQ2PD, t, d, 0, s)
		add("vcvtdq2pd zmm%d,ymm%d", d, s)
		a.rrr(opCVTTPD2QQ, t, d, 0, s)
		add("vcvttpd2qq zmm%d,zmm%d", d, s)
		a.rrr(opCVTQQ2PD, t, d, 0, s)
		add("vcvtqq2pd zmm%d,zmm%d", d, s)
		a.shift(opSHIFT73, t, 6, d, s, 45)
		add("vpsllq zmm%d,zmm%d,0x2d", d, s)
		a.shift(opSHIFT73, t, 2, d, s, 45)
		add("vpsrlq zmm%d,zmm%d,0x2d", d, s)
		a.shift(opSHIFT72, t, 4, d, s, 52)
		add("vpsraq zmm%d,zmm%d,0x34", d, s)
		a.rrr(opMOVE, t, d, 0, s)
		add("vmovapd zmm%d,zmm%d", d, s)
		a.rrm(opBROADCAST, t, d, 0, m)
		add("vbroadcastsd zmm%d,QWORD PTR %s", d, m.text())
		a.rrr(opCMP, t, zreg(k), d, s)
		a.bytes(cmpNLT)
		add("vcmpnltpd k%d,zmm%d,zmm%d", k, d, s)
		a.rrr(opPCMPU, t, zreg(k), d, s)
		a.bytes(pcmpNLT)
		add("vpcmpnltuq k%d,zmm%d,zmm%d", k, d, s)
		a.rrr(opPTESTM, t, zreg(k), d, s)
		add("vptestmq k%d,zmm%d,zmm%d", k, d, s)
		a.rrr(opPTESTNM, t, zreg(k), d, s)
		add("vptestnmq k%d,zmm%d,zmm%d", k, d, s)
		loads := masked(&t)
		a.rrm(opLOAD, t, d, 0, m)
		add("vmovupd zmm%d%s,ZMMWORD PTR %s", d, loads, m.text())
		t.zero = false
		a.rrm(opSTORE, t, d, 0, m)
		add("vmovupd ZMMWORD PTR %s%s,zmm%d", m.text(), strings.TrimSuffix(loads, "{z}"), d)
		a.rrm(opLOADD, attr{length: len256}, d, 0, m)
		add("vmovdqu32 ymm%d,YMMWORD PTR %s", d, m.text())
		x := attr{}
		a.rrm(opLOADSD, x, d|16, 0, m)
		add("vmovsd xmm%d,QWORD PTR %s", d|16, m.text())
		a.rrm(opSTORESD, x, d|16, 0, m)
		add("vmovsd QWORD PTR %s,xmm%d", m.text(), d|16)
		a.rrm(opADDSD, x, d|16, s, m)
		add("vaddsd xmm%d,xmm%d,QWORD PTR %s", d|16, s, m.text())
		a.rrm(opSUBSD, x, d|16, s, m)
		add("vsubsd xmm%d,xmm%d,QWORD PTR %s", d|16, s, m.text())
		v := atVector(m.base, s, m.disp)
		g := wide
		g.mask = k
		a.rrm(opGATHERQ, g, d, 0, v)
		add("vgatherqpd zmm%d{k%d},QWORD PTR %s", d, k, strings.Replace(v.text(), "VEC", "zmm", 1))
		a.rrm(opGATHERD, g, d, 0, v)
		add("vgatherdpd zmm%d{k%d},QWORD PTR %s", d, k, strings.Replace(v.text(), "VEC", "ymm", 1))
		a.rrm(opSCATTERD, g, d, 0, v)
		add("vscatterdpd QWORD PTR %s{k%d},zmm%d", strings.Replace(v.text(), "VEC", "ymm", 1), k, d)
		k2, k3 := kreg(rng.IntN(8)), kreg(rng.IntN(8))
		for code, name := range map[uint8]string{kAND: "kandb", kANDN: "kandnb", kOR: "korb", kXNOR: "kxnorb", kXOR: "kxorb"} {
			a.vexK(code, k, k2, k3)
			add("%s k%d,k%d,k%d", name, k, k2, k3)
		}
		a.vexK(kNOT, k, 0, k3)
		add("knotb k%d,k%d", k, k3)
		a.vexK(kTEST, k, 0, k3)
		add("kortestb k%d,k%d", k, k3)
		a.kmovMem(kLOAD, k, m)
		add("kmovb k%d,BYTE PTR %s", k, m.text())
		a.kmovMem(kSTORE, k, m)
		add("kmovb BYTE PTR %s,k%d", m.text(), k)
		r, r2, r3 := gpr(rng.IntN(16)), gpr(rng.IntN(16)), gpr(rng.IntN(16))
		a.kmovFrom(k, rax+r&7)
		add("kmovb k%d,%s", k, []string{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"}[r&7])
		a.intMem(iLOAD, r, m)
		add("mov %s,QWORD PTR %s", gprNames[r], m.text())
		a.intMem(iMOVSXD, r, m)
		add("movsxd %s,DWORD PTR %s", gprNames[r], m.text())
		a.intMem(iLEA, r, m)
		add("lea %s,%s", gprNames[r], m.text())
		a.intReg(iLOAD, r, r2)
		add("mov %s,%s", gprNames[r], gprNames[r2])
		a.intReg(iADD, r, r2)
		add("add %s,%s", gprNames[r], gprNames[r2])
		a.intReg(iSUB, r, r2)
		add("sub %s,%s", gprNames[r], gprNames[r2])
		a.intReg(iCMP, r, r2)
		add("cmp %s,%s", gprNames[r], gprNames[r2])
		a.intImm(0, r, 8)
		add("add %s,0x8", gprNames[r])
		a.intImm(0, r|8, 8000)
		add("add %s,0x1f40", gprNames[r|8])
		a.shiftImm(4, r, 3)
		add("shl %s,0x3", gprNames[r])
		a.bzhi(r, r2, r3)
		add("bzhi %s,%s,%s", gprNames[r], gprNames[r2], gprNames[r3])
		a.popcnt(r, r2)
		add("popcnt %s,%s", gprNames[r], gprNames[r2])
		a.loadByte(rax, m)
		add("movzx eax,BYTE PTR %s", m.text())
		a.movImm(rax, 255)
		add("mov eax,0xff")
		a.vzeroupper()
		add("vzeroupper")
		a.ret()
		add("ret")
	}
	return out
}

// TestEncoding compares the encoders with objdump's reading of their bytes.
func TestEncoding(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("no objdump; TestStoredEncoding has to do")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		var a asm
		want := samples(rng, &a)
		file := filepath.Join(t.TempDir(), "code")
		if err := os.WriteFile(file, a.buf, 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(objdump, "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "-w", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		got := disassembly(string(text))
		for k := range want {
			if k >= len(got) || got[k] != want[k] {
				t.Fatalf("instruction %d: %q, want %q", k, got[min(k, len(got)-1)], want[k])
			}
		}
	}
}

var (
	instruction = regexp.MustCompile(`(?m)^ +[0-9a-f]+:\t[0-9a-f ]+\t(.*)$`)
	spaces      = regexp.MustCompile(` +`)
	broadcast   = regexp.MustCompile(`QWORD (PTR|BCST) (\[[^]]*\])(\{1to8\})?`)
)

// disassembly is objdump's output, one instruction a string, in the form of samples. Versions differ in how they write
// broadcasts and addresses without an index.
func disassembly(text string) []string {
	var out []string
	for _, m := range instruction.FindAllStringSubmatch(text, -1) {
		s := strings.TrimSpace(m[1])
		if i := strings.IndexByte(s, '#'); i >= 0 {
			s = strings.TrimSpace(s[:i])
		}
		s = spaces.ReplaceAllString(s, " ")
		s = broadcast.ReplaceAllStringFunc(s, func(b string) string {
			if strings.HasSuffix(b, "{1to8}") {
				b = strings.Replace(strings.TrimSuffix(b, "{1to8}"), "QWORD PTR", "QWORD BCST", 1)
			}
			return b
		})
		s = strings.ReplaceAll(s, "+riz*1", "")
		out = append(out, s)
	}
	return out
}

// TestStoredEncoding holds some bytes that gcc's assembler wrote.
func TestStoredEncoding(t *testing.T) {
	for _, c := range []struct {
		write func(a *asm)
		want  string
	}{
		{func(a *asm) { a.rrr(opADD, wide, 1, 2, 3) }, "62f1ed4858cb"},
		{func(a *asm) { a.rrr(opADD, wide, 31, 30, 29) }, "62018d4058fd"},
		{func(a *asm) { a.rrm(opMUL, attr{length: len512, bcast: true}, 5, 9, at(rsi, 64)) }, "62f1b558596e08"},
		{func(a *asm) { a.rrm(opLOAD, attr{length: len512, mask: 7, zero: true}, 17, 0, atIndex(r12, rcx, 3, 0)) }, "62c1fdcf100ccc"},
		{func(a *asm) { a.vexK(kXNOR, 1, 1, 1) }, "c5f546c9"},
	} {
		var a asm
		c.write(&a)
		if got := fmt.Sprintf("%x", a.buf); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
