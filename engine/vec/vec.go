// Package vec is SIMD loops over float64: the operations of mechanism programs, gather and scatter, and the solver of
// the cable equation for eight cells side by side.
//
// Every routine exists as a plain Go loop and, on amd64, as AVX2 and AVX-512 assembly (generated: see gen). All give
// the same bits: every operation is rounded on its own, nothing is fused or reordered. (A NaN is a NaN: its payload
// and sign may differ.) Each routine's doc comment is its reference loop.
//
// Operands are pointers to n contiguous float64; n may be 0. dst may be the same pointer as an operand, but may not
// overlap one otherwise.
package vec

//go:generate go -C gen run .

import (
	"fmt"
	"os"
	"unsafe"

	"netsim/nmodl/program"
)

// BinaryFunc: for i in 0..n-1: dst[i] = a[i] op b[i].
type BinaryFunc func(dst, a, b *float64, n int)

// UnaryFunc: for i in 0..n-1: dst[i] = op a[i].
type UnaryFunc func(dst, a *float64, n int)

// TernaryFunc: for i in 0..n-1: dst[i] = f(a[i], b[i], c[i]).
type TernaryFunc func(dst, a, b, c *float64, n int)

// Second index of Binary: which operands are vectors.
const (
	VectorVector = 0
	VectorScalar = 1 // b points to one value
	ScalarVector = 2 // a points to one value
)

// Function tables of the level in force; entries of operations that are not of the kind are nil.
var (
	// Binary has an entry for Add Sub Mul Div Pow Fmod Atan2 Min Max Lt Le Gt Ge Eq Ne And Or.
	Binary [program.NumOps][3]BinaryFunc
	// Unary has an entry for Mov Neg Not Abs Sqrt Exp Log Log10 Sin … Tanh Floor Ceil Trunc.
	Unary [program.NumOps]UnaryFunc
	// Fused is indexed by FusedOp and by BScalar|CScalar.
	Fused [NumFused][4]TernaryFunc
)

// Level is an instruction set.
type Level uint8

// Levels, slowest first.
const (
	Go Level = iota
	AVX2
	AVX512
)

var levelNames = [...]string{"go", "avx2", "avx512"}

// String returns the name that NETSIM_SIMD takes.
func (l Level) String() string { return levelNames[l] }

var current Level

// Best returns the fastest level of this machine.
func Best() Level { return bestLevel() }

// Current returns the level in force.
func Current() Level { return current }

// SetLevel puts a level in force, at most Best, and returns it. Not while vector code runs.
func SetLevel(l Level) Level {
	current = min(l, bestLevel())
	useGo()
	useLevel(current)
	return current
}

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, error) {
	for l, s := range levelNames {
		if s == name {
			return Level(l), nil
		}
	}
	return Go, fmt.Errorf("NETSIM_SIMD=%s: want go, avx2 or avx512", name)
}

func init() {
	level := bestLevel()
	if name := os.Getenv("NETSIM_SIMD"); name != "" {
		wanted, err := ParseLevel(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, "warning:", err)
		} else {
			level = wanted
		}
	}
	SetLevel(level)
}

func floats(p *float64, n int) []float64 { return unsafe.Slice(p, n) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
