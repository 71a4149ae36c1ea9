package vec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"netsim/nmodl/program"
)

// block is the length of the benchmarks: a block of the vector machine.
const block = 512

// perItem runs f and reports ns per item.
func perItem(b *testing.B, items int, f func()) {
	f()
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(items), "ns/item")
	b.ReportMetric(0, "ns/op")
}

func benchLevels(b *testing.B, f func(b *testing.B)) {
	defer SetLevel(SetLevel(Best()))
	for level := Go; level <= Best(); level++ {
		SetLevel(level)
		b.Run(level.String(), f)
	}
}

func benchData(seed uint64) []float64 {
	rng := rand.New(rand.NewPCG(seed, seed))
	x := make([]float64, block+8)
	for i := range x {
		x[i] = rng.Float64()*4 + 0.1
	}
	return x
}

var unaryNames = map[program.Op]string{
	program.OpMov: "Mov", program.OpNeg: "Neg", program.OpNot: "Not", program.OpAbs: "Abs", program.OpSqrt: "Sqrt",
	program.OpExp: "Exp", program.OpLog: "Log", program.OpTanh: "Tanh", program.OpSin: "Sin", program.OpFloor: "Floor",
	program.OpTrunc: "Trunc",
}

var binaryNames = map[program.Op]string{
	program.OpAdd: "Add", program.OpMul: "Mul", program.OpDiv: "Div", program.OpPow: "Pow", program.OpMin: "Min",
	program.OpLt: "Lt", program.OpAnd: "And",
}

func BenchmarkUnary(b *testing.B) {
	x, y := benchData(1), benchData(2)
	for op := range program.NumOps {
		if name, ok := unaryNames[op]; ok {
			b.Run(name, func(b *testing.B) {
				benchLevels(b, func(b *testing.B) { perItem(b, block, func() { Unary[op](&y[0], &x[0], block) }) })
			})
		}
	}
}

func BenchmarkBinary(b *testing.B) {
	x, y, z := benchData(1), benchData(2), benchData(3)
	for op := range program.NumOps {
		if name, ok := binaryNames[op]; ok {
			b.Run(name, func(b *testing.B) {
				benchLevels(b, func(b *testing.B) { perItem(b, block, func() { Binary[op][0](&z[0], &x[0], &y[0], block) }) })
			})
		}
	}
	b.Run("AddVS", func(b *testing.B) {
		benchLevels(b, func(b *testing.B) {
			perItem(b, block, func() { Binary[program.OpAdd][VectorScalar](&z[0], &x[0], &y[0], block) })
		})
	})
}

func BenchmarkFused(b *testing.B) {
	x, y, z, to := benchData(1), benchData(2), benchData(3), benchData(4)
	for op, name := range []string{"SubMul", "MulAdd", "MulSub", "AddMulSub"} {
		b.Run(name, func(b *testing.B) {
			benchLevels(b, func(b *testing.B) {
				perItem(b, block, func() { Fused[op][0](&to[0], &x[0], &y[0], &z[0], block) })
			})
		})
	}
}

func BenchmarkMemory(b *testing.B) {
	x, y, z, to := benchData(1), benchData(2), benchData(3), benchData(4)
	idx := make([]int32, block)
	for i, j := range rand.New(rand.NewPCG(1, 1)).Perm(block) {
		idx[i] = int32(j)
	}
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"Fill", func() { Fill(&to[0], 1, block) }},
		{"Select", func() { Select(&to[0], &x[0], &y[0], &z[0], block) }},
		{"Gather", func() { Gather(&to[0], &x[0], &idx[0], block) }},
		{"Scatter", func() { Scatter(&to[0], &idx[0], &x[0], block) }},
		{"ScatterAdd", func() { ScatterAdd(&to[0], &idx[0], &x[0], block) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			benchLevels(b, func(b *testing.B) { perItem(b, block, c.f) })
		})
	}
}

// BenchmarkHines: ns per (node, lane) and step; L2-resident.
func BenchmarkHines(b *testing.B) {
	for _, nodes := range []int{264} {
		for _, length := range []int{1, 6, 20, 264} {
			tree := newTree(rand.New(rand.NewPCG(1, 1)), nodes, 1, length, Lanes)
			work := tree.copy()
			reset := func() {
				copy(work.rhs, tree.rhs)
				copy(work.d, tree.d)
			}
			name := fmt.Sprintf("nodes=%d/section<=%d", nodes, length)
			b.Run(name+"/lanes=8", func(b *testing.B) {
				benchLevels(b, func(b *testing.B) {
					perItem(b, nodes*Lanes, func() { reset(); work.step(HinesStep8) })
				})
			})
			b.Run(name+"/reset", func(b *testing.B) { perItem(b, nodes*Lanes, reset) })
			one := newTree(rand.New(rand.NewPCG(1, 1)), nodes, 1, length, 1)
			single := one.copy()
			b.Run(name+"/lanes=1", func(b *testing.B) {
				perItem(b, nodes, func() {
					copy(single.rhs, one.rhs)
					copy(single.d, one.d)
					single.step(HinesStep1)
				})
			})
		}
	}
}
