package team

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A member that waits watches the barrier for a while before it sleeps. To wake a sleeper takes tens of us, and makes
// it late for the next meeting, so that the others fall asleep there: members in step must watch for longer than that.
// But where processes share their cores, all watching is in vain. So a member that watched for long in vain watches only
// shortly the next time, then the next 3, 7, … 255 times, before it tries again.
const (
	longWatch  = 100 * time.Microsecond
	shortWatch = time.Microsecond
	mostShort  = 255
)

// Barrier holds its members until all have come.
type Barrier struct {
	members int32
	last    func()
	crowded bool // not all members can run at once

	_       [64]byte
	arrived atomic.Int32
	_       [64]byte
	round   atomic.Uint32
	_       [64]byte
	asleep  atomic.Int32

	mu    sync.Mutex
	woken sync.Cond
	watch []watch
}

// watch is how a member watches, on a cache line of its own.
type watch struct {
	short int // how often it will watch shortly
	after int // what short becomes if it watches for long in vain
	_     [48]byte
}

// NewBarrier makes a barrier for n members. The last member to come runs last, unless that is nil, before any goes on.
func NewBarrier(n int, last func()) *Barrier {
	b := &Barrier{members: int32(n), last: last, crowded: runtime.GOMAXPROCS(0) < n, watch: make([]watch, n)}
	b.woken.L = &b.mu
	return b
}

// Wait returns when all members have called it, each with its number. What a member did before it is seen by all after.
func (b *Barrier) Wait(member int) {
	round := b.round.Load()
	if b.arrived.Add(1) == b.members {
		if b.last != nil {
			b.last()
		}
		b.arrived.Store(0)
		b.round.Add(1)
		if b.asleep.Load() > 0 {
			b.mu.Lock()
			b.woken.Broadcast()
			b.mu.Unlock()
		}
		return
	}
	if b.spin(round, &b.watch[member]) {
		return
	}
	b.mu.Lock()
	b.asleep.Add(1) // before round is looked at: whoever ends it after this look will see the sleeper
	for b.round.Load() == round {
		b.woken.Wait()
	}
	b.asleep.Add(-1)
	b.mu.Unlock()
}

// spin watches for the end of a round and reports whether it came.
func (b *Barrier) spin(round uint32, w *watch) bool {
	if b.crowded {
		return false // somebody needs this core to arrive
	}
	limit := longWatch
	if w.short > 0 {
		limit = shortWatch
	}
	for began := time.Now(); time.Since(began) < limit; { // a look at the clock is the pause between two looks
		if b.round.Load() != round {
			w.short, w.after = 0, 0
			return true
		}
	}
	if w.short > 0 {
		w.short--
	} else {
		w.after = min(2*w.after+1, mostShort)
		w.short = w.after
	}
	return b.round.Load() != round
}
