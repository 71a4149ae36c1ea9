package program

import (
	"netsim/rng"
)

// What running programs leave behind outside of columns, for those who save a run and go on with it later.

// State returns what the history holds. The slices are its own.
func (h *LagHistory) State() (times, values []float64, between float64) {
	return h.times, h.values, h.between
}

// SetState replaces what the history holds; times and values are of one length.
func (h *LagHistory) SetState(times, values []float64, between float64) {
	h.times, h.values, h.between = times, values, between
}

// ObjectState is the state of a stream or Vector of a Library.
type ObjectState struct {
	Stream bool
	Random rng.Random123State // of a stream
	Cached bool               // of a Random object: the second of two normal values is at hand
	Next   float64            // that value
	Vector []float64          // of a Vector
}

// Objects is the number of streams and Vectors so far; their handles are 1 … Objects().
func (l *Library) Objects() int { return len(l.objects) }

// State returns the state of the object with a handle in 1 … Objects().
func (l *Library) State(handle int) ObjectState {
	o := &l.objects[handle-1]
	return ObjectState{Stream: o.isStream, Random: o.stream.State(), Cached: o.cached, Next: o.next, Vector: o.vector}
}

// SetState makes an object go on from a state; false if that is one of another kind, or of another size.
func (l *Library) SetState(handle int, s ObjectState) bool {
	o := &l.objects[handle-1]
	if o.isStream != s.Stream || len(o.vector) != len(s.Vector) {
		return false
	}
	if o.isStream {
		o.stream.SetState(s.Random)
		o.cached, o.next = s.Cached, s.Next
	}
	copy(o.vector, s.Vector)
	return true
}

// Scop returns the state of the process's generator.
func (p *Process) Scop() uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	return p.scop.State()
}

// SetScop makes the process's generator go on from a state.
func (p *Process) SetScop(state uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start()
	p.scop.SetState(state)
}

func (p *Process) start() {
	if !p.started {
		p.scop, p.started = rng.NewScop(), true
	}
}
