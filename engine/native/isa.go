package native

import (
	"math"
	"unsafe"
)

// Level is an instruction set that machine code can be made for.
type Level uint8

// Levels. AVX2 stands for AVX2, FMA and BMI2; AVX512 for those and AVX-512 F, DQ, BW and VL.
const (
	AVX2 Level = 1 + iota
	AVX512
)

// String returns the name that NETSIM_SIMD takes.
func (l Level) String() string {
	if l == AVX512 {
		return "avx512"
	}
	return "avx2"
}

// Lanes is the number of instances that a register holds.
func (l Level) Lanes() int { return int(l.isa().lanes) }

func (l Level) isa() *isa {
	if l == AVX512 {
		return &isa512
	}
	return &isa256
}

// isa is what the generator needs to know of an instruction set.
type isa struct {
	lanes     int32 // float64 in a register
	registers int
	masks     bool // truth values have registers of their own; else they are vectors of ones and zeros
	maxLive   int  // number of live values from which the order of instructions spares registers instead of time
	spare     int  // registers that a single instruction may need besides those of live values

	// The pool: head float64, then each number that many times, as operands in memory are whole vectors where an
	// instruction cannot spread one number.
	head, copies int32
}

var (
	isa512 = isa{lanes: 8, registers: 32, masks: true, maxLive: 20, spare: 3, copies: 1}
	isa256 = isa{lanes: 4, registers: 16, maxLive: 9, spare: 5, head: maskNumbers, copies: 4}
)

// size is that of a register in bytes.
func (s *isa) size() int32 { return 8 * s.lanes }

// maskNumbers is the length of the head of an AVX2 pool: eight float64 with all bits set and then eight 0, so that the
// vector from number 8-n on is the mask of n instances, for n up to 8 (beyond 4 it is all lanes).
const maskNumbers = 16

// newPool returns a pool for n numbers at the start of a cache line.
func (s *isa) newPool(n int) []float64 {
	pool := LineAligned(make([]float64, int(s.head)+int(s.copies)*n+1))
	if s.head > 0 {
		for k := range maskNumbers / 2 {
			pool[k] = math.Float64frombits(1<<64 - 1)
		}
	}
	return pool
}

// number is where number k of a pool stands.
func (s *isa) number(k int32) int32 { return s.head + k*s.copies }

// setNumber writes number k of a pool.
func (s *isa) setNumber(pool []float64, k int32, x float64) {
	at := s.number(k)
	for j := range s.copies {
		pool[at+j] = x
	}
}

// rows turns the list of the rows of n instances, eight in each, into one of rows as long as a register.
func (s *isa) rows(list unsafe.Pointer, n int) unsafe.Pointer {
	parts := 8 / int(s.lanes)
	if parts == 1 || list == nil {
		return list
	}
	out := make([]int32, 0, n/8*parts)
	for _, first := range unsafe.Slice((*int32)(list), n/8) {
		for k := range parts {
			out = append(out, first+int32(k)*s.lanes)
		}
	}
	return unsafe.Pointer(unsafe.SliceData(out))
}
