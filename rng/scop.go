package rng

import (
	"math"

	"netsim/libm"
)

// Scop is the generator behind scop_random and its like (scopmath): one linear congruence for a whole process. Its
// randomness is poor and its order depends on who draws; models that use it are reproduced, not recommended.
type Scop struct{ value uint32 }

// NewScop is the generator as NEURON starts with it.
func NewScop() Scop { return Scop{1} }

// Seed is set_seed.
func (s *Scop) Seed(x float64) {
	switch {
	case math.IsNaN(x), x >= 1<<63, x < -(1 << 63):
		s.value = 0 // what x86-64 makes of (long)x: its lowest bits are 0
	default:
		s.value = uint32(int64(x))
	}
}

// Float64 is scop_random: uniform in [0, 1].
func (s *Scop) Float64() float64 {
	s.value = 2147437301*s.value + 453816981
	return float64(s.value) / 4294967295
}

// Exp is exprand: exponential with the given mean.
func (s *Scop) Exp(mean float64) float64 { return -mean * libm.Log(s.Float64()) }

// Normal is normrand.
func (s *Scop) Normal(mean, std float64) float64 {
	for {
		x := float64(2*s.Float64()) - 1
		y := float64(2*s.Float64()) - 1
		if w := float64(x*x) + float64(y*y); w < 1 {
			n := float64(x * math.Sqrt(float64(-2*libm.Log(w))/w))
			return float64(n*std) + mean
		}
	}
}

// Poisson is poisrand.
func (s *Scop) Poisson(mean float64) float64 {
	n := 0.0
	least, q := libm.Exp(-mean), 1.0
	for q >= least {
		q = float64(q * s.Float64())
		n++
		if q == 0 && least == 0 { // a mean above 745, for which scopmath never returns
			return math.NaN()
		}
	}
	return n - 1
}
