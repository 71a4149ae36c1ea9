package ring

import "math/bits"

// stream is the Mersenne Twister as Python's module random seeds and reads it, so that the ring has the trees and
// synapses with which the other simulators were measured before.
type stream struct {
	state [624]uint32
	next  int
}

func newStream(seed uint64) *stream {
	key := []uint32{uint32(seed)}
	if high := uint32(seed >> 32); high != 0 {
		key = append(key, high)
	}
	s := &stream{next: 624}
	mt := &s.state
	mt[0] = 19650218
	for i := 1; i < len(mt); i++ {
		mt[i] = 1812433253*(mt[i-1]^mt[i-1]>>30) + uint32(i)
	}
	i, j := 1, 0
	advance := func() {
		if i++; i == len(mt) {
			mt[0], i = mt[len(mt)-1], 1
		}
	}
	for range max(len(mt), len(key)) {
		mt[i] = (mt[i] ^ (mt[i-1]^mt[i-1]>>30)*1664525) + key[j] + uint32(j)
		j = (j + 1) % len(key)
		advance()
	}
	for range len(mt) - 1 {
		mt[i] = (mt[i] ^ (mt[i-1]^mt[i-1]>>30)*1566083941) - uint32(i)
		advance()
	}
	mt[0] = 1 << 31
	return s
}

// bits32 returns the next 32 bits.
func (s *stream) bits32() uint32 {
	if s.next == len(s.state) {
		for i := range s.state {
			y := s.state[i]&(1<<31) | s.state[(i+1)%624]&(1<<31-1)
			s.state[i] = s.state[(i+397)%624] ^ y>>1 ^ (y&1)*0x9908b0df
		}
		s.next = 0
	}
	y := s.state[s.next]
	s.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// float returns a number in [0, 1) with 53 random bits.
func (s *stream) float() float64 {
	a, b := s.bits32()>>5, s.bits32()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// below returns a number in [0, n).
func (s *stream) below(n int) int {
	width := bits.Len(uint(n))
	for {
		if k := int(s.bits32() >> (32 - width)); k < n {
			return k
		}
	}
}
