package main

import (
	"fmt"
	"log"
	"os"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// emitter writes the kernels of one level.
type emitter struct {
	*build.Context
	wide    bool // AVX-512, else AVX2
	globals map[string]operand.Mem
	failed  bool

	tail operand.Op // while the last, partial vector is done: its mask (K register or YMM), else nil
}

func newEmitter(wide bool) *emitter {
	return &emitter{Context: build.NewContext(), wide: wide, globals: map[string]operand.Mem{}}
}

// suffix ends the names of the level's functions.
func (e *emitter) suffix() string {
	if e.wide {
		return "AVX512"
	}
	return "AVX2"
}

// lanes is the number of float64 in a vector register.
func (e *emitter) lanes() int {
	if e.wide {
		return 8
	}
	return 4
}

func (e *emitter) vector() reg.VecVirtual {
	if e.wide {
		return e.ZMM()
	}
	return e.YMM()
}

// begin starts a function.
func (e *emitter) begin(name, signature string) {
	e.Function(name + e.suffix())
	e.Attributes(attr.NOSPLIT)
	e.Pragma("noescape")
	e.SignatureExpr(signature)
}

func (e *emitter) end() {
	e.VZEROUPPER()
	e.RET()
}

func (e *emitter) pointer(name string) reg.Register { return e.Load(e.Param(name), e.GP64()) }

// broadcast loads one value into all lanes.
func (e *emitter) broadcast(m operand.Mem) reg.VecVirtual {
	v := e.vector()
	e.VBROADCASTSD(m, v)
	return v
}

// global declares read-only data once per file.
func (e *emitter) global(name string, values []operand.Constant) operand.Mem {
	if m, ok := e.globals[name]; ok {
		return m
	}
	m := e.StaticGlobal(name)
	e.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, v := range values {
		e.AppendDatum(v)
	}
	e.globals[name] = m
	return m
}

// constant returns a vector of equal values in a register.
func (e *emitter) constant(name string, v operand.Constant) reg.VecVirtual {
	return e.broadcast(e.global(name, []operand.Constant{v}))
}

// source returns a vector of equal values as a first (Go syntax) operand: a register where there are many, else memory.
func (e *emitter) source(name string, v operand.Constant) operand.Op {
	if e.wide {
		return e.constant(name, v)
	}
	return e.global(name+"x4", []operand.Constant{v, v, v, v})
}

func (e *emitter) zero() reg.VecVirtual {
	z := e.vector()
	e.VXORPD(z, z, z)
	return z
}

func (e *emitter) load(m operand.Mem) reg.VecVirtual {
	v := e.vector()
	switch {
	case e.tail == nil:
		e.VMOVUPD(m, v)
	case e.wide:
		e.VMOVUPD_Z(m, e.tail, v)
	default:
		e.VMASKMOVPD(m, e.tail, v)
	}
	return v
}

func (e *emitter) store(v operand.Op, m operand.Mem) {
	switch {
	case e.tail == nil:
		e.VMOVUPD(v, m)
	case e.wide:
		e.VMOVUPD(v, e.tail, m)
	default:
		e.VMASKMOVPD(v, e.tail, m)
	}
}

// tailMask returns the mask of the first count lanes, 0 < count < lanes.
func (e *emitter) tailMask(count reg.Register) operand.Op {
	if e.wide {
		ones := e.GP64()
		e.MOVQ(operand.U64(255), ones)
		e.BZHIQ(count, ones, ones)
		k := e.K()
		e.KMOVB(ones.As32(), k)
		return k
	}
	masks := e.global("tailMasks", []operand.Constant{
		operand.U64(^uint64(0)), operand.U64(^uint64(0)), operand.U64(^uint64(0)), operand.U64(^uint64(0)),
		operand.U64(0), operand.U64(0), operand.U64(0), operand.U64(0),
	})
	at := e.GP64()
	e.LEAQ(masks.Offset(32), at)
	back := e.GP64()
	e.MOVQ(count, back)
	e.SHLQ(operand.Imm(3), back)
	e.SUBQ(back, at)
	v := e.YMM()
	e.VMOVUPD(operand.Mem{Base: at}, v)
	return v
}

// loop does step for every vector of n elements, the last one masked; unroll vectors per turn.
func (e *emitter) loop(n reg.Register, unroll int, step func(index reg.Register, lane int)) {
	i, next := e.GP64(), e.GP64()
	e.XORQ(i, i)
	for turn := unroll; ; turn = 1 {
		label := fmt.Sprintf("by%d", turn*e.lanes())
		e.Label(label)
		e.LEAQ(operand.Mem{Base: i, Disp: turn * e.lanes()}, next)
		e.CMPQ(next, n)
		e.JGT(operand.LabelRef(label + "end"))
		for u := range turn {
			step(i, u*e.lanes())
		}
		e.MOVQ(next, i)
		e.JMP(operand.LabelRef(label))
		e.Label(label + "end")
		if turn == 1 {
			break
		}
	}
	left := e.GP64()
	e.MOVQ(n, left)
	e.SUBQ(i, left)
	e.JLE(operand.LabelRef("done"))
	e.tail = e.tailMask(left)
	step(i, 0)
	e.tail = nil
	e.Label("done")
}

// element is the address of base[index+lane].
func element(base, index reg.Register, lane int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 8, Disp: 8 * lane}
}

// write compiles the file and writes assembly and stubs.
func (e *emitter) write(name string) {
	file, err := e.Result()
	if err != nil {
		log.Fatal(err)
	}
	if err := pass.Compile.Execute(file); err != nil {
		log.Fatal(err)
	}
	config := printer.Config{Argv: []string{"go", "generate"}, Name: "avo", Pkg: "vec"}
	for suffix, p := range map[string]printer.Printer{".s": printer.NewGoAsm(config), ".go": printer.NewStubs(config)} {
		text, err := p.Print(file)
		if err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(name+suffix, text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
