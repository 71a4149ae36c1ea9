// Package rng holds the random streams that other programs' results depend on:
// MT19937 as numpy's RandomState, Philox4x32-10 as NEURON's nrnran123; and
// numpy's way of adding numbers, which decides the last bit of what is drawn
// from a distribution.
//
// All streams are plain values without global state; the same seed gives the
// same numbers on every machine.
package rng

const (
	mtN = 624
	mtM = 397
)

// MT19937 is the Mersenne Twister as numpy.random.RandomState(seed) has it.
type MT19937 struct {
	state [mtN]uint32
	next  int
}

// NewMT19937 returns the stream of numpy.random.RandomState(seed).
func NewMT19937(seed uint32) *MT19937 {
	m := &MT19937{}
	m.Seed(seed)
	return m
}

// Seed starts the stream anew.
func (m *MT19937) Seed(seed uint32) {
	m.state[0] = seed
	for i := uint32(1); i < mtN; i++ {
		prev := m.state[i-1]
		m.state[i] = 1812433253*(prev^prev>>30) + i
	}
	m.next = mtN
}

// Uint32 returns the next 32 bits.
func (m *MT19937) Uint32() uint32 {
	if m.next == mtN {
		m.refill()
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (m *MT19937) refill() {
	for i := range m.state {
		y := m.state[i]&0x80000000 | m.state[(i+1)%mtN]&0x7fffffff
		v := m.state[(i+mtM)%mtN] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		m.state[i] = v
	}
	m.next = 0
}

// Float64 returns the next number in [0, 1) with 53 bits: random_sample().
func (m *MT19937) Float64() float64 {
	a, b := m.Uint32()>>5, m.Uint32()>>6
	// Exact up to the division: a·2²⁶+b < 2⁵³.
	return float64(uint64(a)<<26+uint64(b)) / (1 << 53)
}
