package rng

// Random123State is all of a stream: counter, global index, the words of the present block, place in it.
type Random123State struct {
	Counter [4]uint32
	Global  uint32
	Block   [4]uint32
	Which   uint8 // 0 to 3
}

// State returns the stream's state.
func (r *Random123) State() Random123State {
	return Random123State{r.counter, r.global, r.block, r.which}
}

// SetState makes the stream go on from a state.
func (r *Random123) SetState(s Random123State) {
	*r = Random123{counter: s.Counter, global: s.Global, block: s.Block, which: s.Which & 3}
}

// State is the generator's state.
func (s *Scop) State() uint32 { return s.value }

// SetState makes the generator go on from a state.
func (s *Scop) SetState(value uint32) { s.value = value }
