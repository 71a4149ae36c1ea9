package rng

import (
	"math"

	"netsim/libm"
)

// Philox4x32 is the counter-based generator Philox4x32-10 of Random123
// (Salmon et al., 2011): 128 bits that depend on a counter and a key only.
func Philox4x32(counter [4]uint32, key [2]uint32) [4]uint32 {
	const (
		mul0, mul1   = 0xD2511F53, 0xCD9E8D57
		weyl0, weyl1 = 0x9E3779B9, 0xBB67AE85
	)
	c, k := counter, key
	for range 10 {
		p0 := uint64(mul0) * uint64(c[0])
		p1 := uint64(mul1) * uint64(c[2])
		c = [4]uint32{
			uint32(p1>>32) ^ c[1] ^ k[0], uint32(p1),
			uint32(p0>>32) ^ c[3] ^ k[1], uint32(p0),
		}
		k[0] += weyl0
		k[1] += weyl1
	}
	return c
}

// Random123 is one stream of NEURON's nrnran123. It is a small value: copy it
// to remember a position.
type Random123 struct {
	counter [4]uint32 // sequence, id3, id1, id2
	global  uint32
	block   [4]uint32
	which   uint8
}

// NewRandom123 returns the stream that nrnran123_newstream3(id1, id2, id3)
// makes under the given global index (NEURON's run number, 0 by default).
func NewRandom123(id1, id2, id3, globalIndex uint32) Random123 {
	r := Random123{counter: [4]uint32{0, id3, id1, id2}, global: globalIndex}
	r.SetSequence(0, 0)
	return r
}

// SetSequence moves to a position: block seq, number which (0 to 3) in it.
func (r *Random123) SetSequence(seq uint32, which uint8) {
	if which > 3 {
		which = 0 // as NEURON does
	}
	r.counter[0], r.which = seq, which
	r.block = Philox4x32(r.counter, [2]uint32{r.global})
}

// Sequence returns the position.
func (r *Random123) Sequence() (seq uint32, which uint8) { return r.counter[0], r.which }

// SetIDs renames the stream. The words of the present block stay, as in nrnran123_setids: the new names count from the
// next block or SetSequence on.
func (r *Random123) SetIDs(id1, id2, id3 uint32) {
	r.counter[1], r.counter[2], r.counter[3] = id3, id1, id2
}

// IDs returns the three names of the stream.
func (r *Random123) IDs() (id1, id2, id3 uint32) { return r.counter[2], r.counter[3], r.counter[1] }

// Uint32 is nrnran123_ipick.
func (r *Random123) Uint32() uint32 {
	v := r.block[r.which]
	r.which++
	if r.which > 3 {
		r.SetSequence(r.counter[0]+1, 0)
	}
	return v
}

// shift32 is NEURON's 1/(2³²+1): with it, neither 0 nor 1 is ever drawn.
const shift32 = 1.0 / 4294967297.0

// Float64 is nrnran123_dblpick: uniform in (0, 1).
func (r *Random123) Float64() float64 { return (float64(r.Uint32()) + 1.0) * shift32 }

// NegExp is nrnran123_negexp: exponential with mean 1.
func (r *Random123) NegExp() float64 { return -libm.Log(r.Float64()) }

// Normal is nrnran123_normal: mean 0, standard deviation 1, by the polar
// method; it draws an even and not fixed number of times.
func (r *Random123) Normal() float64 {
	for {
		x := float64(r.Float64()*2) - 1
		y := float64(r.Float64()*2) - 1
		w := float64(x*x) + float64(y*y)
		if w <= 1 {
			return x * math.Sqrt(float64(-2*libm.Log(w))/w)
		}
	}
}
