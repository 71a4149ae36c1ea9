package native

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// vexSamples writes VEX instructions of every kind that the generator uses, with random operands.
func vexSamples(rng *rand.Rand, a *asm) []string {
	var out []string
	reg := func() zreg { return zreg(rng.IntN(16)) }
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	three := []struct {
		o    opcode
		name string
		imm  string // of all bytes 0x31
	}{{opADD, "vaddpd", ""}, {opMUL, "vmulpd", ""}, {opSUB, "vsubpd", ""}, {opMIN, "vminpd", ""}, {opDIV, "vdivpd", ""}, {opMAX, "vmaxpd", ""},
		{opPAND, "vpand", ""}, {opPXOR, "vpxor", ""}, {opPADD, "vpaddq", ""}, {opPSUB, "vpsubq", ""}, {opUNPCKL, "vunpcklpd", ""},
		{opUNPCKH, "vunpckhpd", ""}, {opFMADD213, "vfmadd213pd", ""}, {opFMADD231, "vfmadd231pd", ""}, {opFMADD132, "vfmadd132pd", ""},
		{opFNMADD213, "vfnmadd213pd", ""}, {opFNMADD231, "vfnmadd231pd", ""}, {opFNMADD132, "vfnmadd132pd", ""}, {opAND, "vandpd", ""},
		{opANDN, "vandnpd", ""}, {opOR, "vorpd", ""}, {opXOR, "vxorpd", ""}, {opPCMPGT, "vpcmpgtq", ""}, {opPICK, "vpermps", ""},
		{opHALVES, "vperm2f128", ",0x31"}}
	for _, x := range three {
		for range 6 {
			d, s1, s2, m := reg(), reg(), reg(), randomMem(rng)
			a.rrr(x.o, wide, d, s1, s2)
			if x.imm != "" {
				a.bytes(0x31)
			}
			add("%s ymm%d,ymm%d,ymm%d%s", x.name, d, s1, s2, x.imm)
			a.rrm(x.o, wide, d, s1, m)
			if x.imm != "" {
				a.bytes(0x31)
			}
			add("%s ymm%d,ymm%d,YMMWORD PTR %s%s", x.name, d, s1, m.text(), x.imm)
		}
	}
	for range 6 {
		d, s, s2, m := reg(), reg(), reg(), randomMem(rng)
		r, r2 := gpr(rng.IntN(16)), gpr(rng.IntN(16))
		names32 := []string{"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "r8d", "r9d", "r10d", "r11d", "r12d", "r13d", "r14d", "r15d"}
		a.rrr(opSQRT, wide, d, 0, s)
		add("vsqrtpd ymm%d,ymm%d", d, s)
		for imm, name := range map[byte]string{9: "0x9", 10: "0xa", 11: "0xb"} {
			a.rrr(opRNDSCALE, wide, d, 0, s)
			a.bytes(imm)
			add("vroundpd ymm%d,ymm%d,%s", d, s, name)
		}
		for imm, name := range map[byte]string{cmpEQ: "eq", cmpLT: "lt", cmpLE: "le", cmpNEQ: "neq", cmpNLT: "nlt", cmpNLE: "nle", cmpGE: "ge", cmpGT: "gt"} {
			a.rrr(opCMP, wide, d, s, s2)
			a.bytes(imm)
			add("vcmp%spd ymm%d,ymm%d,ymm%d", name, d, s, s2)
		}
		a.rrr(opCVTTPD2DQ, wide, d, 0, s)
		add("vcvttpd2dq xmm%d,ymm%d", d, s)
		a.rrr(opCVTDQ2PD, wide, d, 0, s)
		add("vcvtdq2pd ymm%d,xmm%d", d, s)
		a.rrr(opWIDEN, wide, d, 0, s)
		add("vpmovzxdq ymm%d,xmm%d", d, s)
		a.rrr(opTWICE32, wide, d, 0, s)
		add("vmovsldup ymm%d,ymm%d", d, s)
		a.rrr(opPSPREAD, wide, d, 0, s)
		add("vpbroadcastq ymm%d,xmm%d", d, s)
		a.rrr(opPMIN32, lower, d, s, s2)
		add("vpminud xmm%d,xmm%d,xmm%d", d, s, s2)
		a.rrm(opPMIN32, lower, d, s, m)
		add("vpminud xmm%d,xmm%d,XMMWORD PTR %s", d, s, m.text())
		a.rrr(opUNPCKH, lower, d, s, s2)
		add("vunpckhpd xmm%d,xmm%d,xmm%d", d, s, s2)
		a.rrr(opMOVE32, lower, d, 0, zreg(r))
		add("vmovd %s,xmm%d", names32[r], d)
		a.rrr(opTESTSIGN, wide, d, 0, s)
		add("vtestpd ymm%d,ymm%d", d, s)
		a.rrm(opPTEST, wide, d, 0, m)
		add("vptest ymm%d,YMMWORD PTR %s", d, m.text())
		a.signs(r, s)
		add("vmovmskpd %s,ymm%d", names32[r], s)
		a.shift(opSHIFT73, wide, 6, d, s, 45)
		add("vpsllq ymm%d,ymm%d,0x2d", d, s)
		a.shift(opSHIFT73, wide, 2, d, s, 45)
		add("vpsrlq ymm%d,ymm%d,0x2d", d, s)
		a.rrr(opMOVE, wide, d, 0, s)
		add("vmovapd ymm%d,ymm%d", d, s)
		a.rrm(opLOAD, wide, d, 0, m)
		add("vmovupd ymm%d,YMMWORD PTR %s", d, m.text())
		a.rrm(opSTORE, wide, d, 0, m)
		add("vmovupd YMMWORD PTR %s,ymm%d", m.text(), d)
		a.rrm(opLOAD, lower, d, 0, m)
		add("vmovupd xmm%d,XMMWORD PTR %s", d, m.text())
		a.rrm(opLOADMASKED, wide, d, s, m)
		add("vmaskmovpd ymm%d,ymm%d,YMMWORD PTR %s", d, s, m.text())
		a.rrm(opSTOREMASKED, wide, d, s, m)
		add("vmaskmovpd YMMWORD PTR %s,ymm%d,ymm%d", m.text(), s, d)
		a.rrm(opSPREAD, wide, d, 0, m)
		add("vbroadcastsd ymm%d,QWORD PTR %s", d, m.text())
		a.blendv(d, s, s2, 13)
		add("vblendvpd ymm%d,ymm%d,ymm%d,ymm13", d, s, s2)
		a.blendvMem(d, s, m, 4)
		add("vblendvpd ymm%d,ymm%d,YMMWORD PTR %s,ymm4", d, s, m.text())
		a.rrr(opINSERT128, wide, d, s, s2)
		a.bytes(1)
		add("vinsertf128 ymm%d,ymm%d,xmm%d,0x1", d, s, s2)
		a.rrm(opINSERT128, wide, d, s, m)
		a.bytes(1)
		add("vinsertf128 ymm%d,ymm%d,XMMWORD PTR %s,0x1", d, s, m.text())
		a.rrr(opEXTRACT128, wide, s, 0, d)
		a.bytes(1)
		add("vextractf128 xmm%d,ymm%d,0x1", d, s)
		a.rrm(opLOADSD, lower, d, 0, m)
		add("vmovsd xmm%d,QWORD PTR %s", d, m.text())
		a.rrm(opSTORESD, lower, d, 0, m)
		add("vmovsd QWORD PTR %s,xmm%d", m.text(), d)
		a.rrm(opLOADHIGH, lower, d, s, m)
		add("vmovhpd xmm%d,xmm%d,QWORD PTR %s", d, s, m.text())
		a.rrm(opSTOREHIGH, lower, d, 0, m)
		add("vmovhpd QWORD PTR %s,xmm%d", m.text(), d)
		a.rrm(opADDSD, lower, d, s, m)
		add("vaddsd xmm%d,xmm%d,QWORD PTR %s", d, s, m.text())
		a.rrm(opSUBSD, lower, d, s, m)
		add("vsubsd xmm%d,xmm%d,QWORD PTR %s", d, s, m.text())
		a.testReg(r)
		add("test %s,%s", names32[r], names32[r])
		a.moveIf(ifGE, r, r2)
		add("cmovge %s,%s", gprNames[r], gprNames[r2])
		a.moveIf(ifNE, r, r2)
		add("cmovne %s,%s", gprNames[r], gprNames[r2])
		a.intStore(r, m)
		add("mov QWORD PTR %s,%s", m.text(), gprNames[r])
	}
	return out
}

// TestVEXEncoding compares the encoder with objdump's reading of its bytes.
func TestVEXEncoding(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("no objdump; TestStoredVEXEncoding has to do")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		a := asm{vex: true}
		want := vexSamples(rng, &a)
		file := filepath.Join(t.TempDir(), "code")
		if err := os.WriteFile(file, a.buf, 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := exec.Command(objdump, "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "-w", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := disassembly(string(text)); !slices.Equal(got, want) {
			for k := range want {
				if k >= len(got) || got[k] != want[k] {
					t.Fatalf("instruction %d: %q, want %q", k, got[min(k, len(got)-1)], want[k])
				}
			}
			t.Fatalf("%d instructions, want %d", len(got), len(want))
		}
	}
}

// TestStoredVEXEncoding holds some bytes that gcc's assembler wrote.
func TestStoredVEXEncoding(t *testing.T) {
	for _, c := range []struct {
		write func(a *asm)
		want  string
	}{
		{func(a *asm) { a.rrr(opADD, wide, 1, 2, 3) }, "c5ed58cb"},
		{func(a *asm) { a.rrr(opADD, wide, 15, 14, 13) }, "c4410d58fd"},
		{func(a *asm) { a.rrm(opMUL, wide, 5, 9, at(rsi, 64)) }, "c5b5596e40"},
		{func(a *asm) { a.rrm(opLOADMASKED, wide, 7, 0, atIndex(r12, rcx, 3, 0)) }, "c4c27d2d3ccc"},
		{func(a *asm) { a.blendv(8, 1, 2, 9) }, "c463754bc290"},
		{func(a *asm) { a.rrm(opFMADD231, wide, 3, 4, at(r13, 256)) }, "c4c2ddb89d00010000"},
		{func(a *asm) { a.rrm(opLOADHIGH, lower, 1, 1, atIndex(r11, rax, 3, 0)) }, "c4c171160cc3"},
	} {
		a := asm{vex: true}
		c.write(&a)
		if got := fmt.Sprintf("%x", a.buf); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// TestNoVEX holds that operands that VEX cannot express are refused, not encoded as something else.
func TestNoVEX(t *testing.T) {
	for name, write := range map[string]func(a *asm){
		"register": func(a *asm) { a.rrr(opADD, wide, 16, 0, 0) },
		"source":   func(a *asm) { a.rrr(opADD, wide, 0, 16, 0) },
		"third":    func(a *asm) { a.rrr(opADD, wide, 0, 0, 31) },
		"mask":     func(a *asm) { a.rrr(opADD, attr{length: len512, mask: 1}, 0, 0, 0) },
		"spread":   func(a *asm) { a.rrm(opADD, attr{length: len512, bcast: true}, 0, 0, at(rsi, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was encoded")
				}
			}()
			write(&asm{vex: true})
		})
	}
}
