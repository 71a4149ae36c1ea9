package engine

import (
	"cmp"
	"math"
	"slices"
)

// event is one delivery. con >= 0: a NetCon of the group; con < 0: a self event (net_send) of instance inst of g.mechs[^con].
type event struct {
	t    float64 // ms, when it is due
	sent float64 // ms, when it was sent
	src  uint64  // gid of the source; 0 for a self event
	flag float64
	con  int32
	inst int32
}

// compareEvents orders deliveries: by time, and at one time by when they were sent (NEURON's queue keeps the order of
// insertion), then by what the circuit says: source gid, place of the connection. Never by arrival, which depends on
// the number of ranks.
func compareEvents(a, b *event) int {
	switch {
	case a.t != b.t:
		return cmp.Compare(a.t, b.t)
	case a.sent != b.sent:
		return cmp.Compare(a.sent, b.sent)
	case a.src != b.src:
		return cmp.Compare(a.src, b.src)
	case a.con != b.con:
		return cmp.Compare(a.con, b.con)
	}
	return cmp.Compare(a.inst, b.inst)
}

// queue holds a group's events. Those beyond the current interval wait unsorted in bins of one interval each; those of
// the current interval stand sorted in near; what is added while the interval runs (self events, stimuli without
// delay) goes to a heap.
type queue struct {
	width  float64 // ms, of a bin
	opened int     // bins up to this one are in near
	bins   map[int][]event
	free   [][]event
	near   []event
	head   int
	heap   []event
}

func (q *queue) init(width float64) {
	q.width = width
	q.opened = -1
	q.bins = map[int][]event{}
}

func (q *queue) bin(t float64) int { return int(math.Floor(t / q.width)) }

// push adds an event.
func (q *queue) push(ev event) {
	k := q.bin(ev.t)
	if k <= q.opened {
		q.heapPush(ev)
		return
	}
	b, ok := q.bins[k]
	if !ok && len(q.free) > 0 {
		b = q.free[len(q.free)-1]
		q.free = q.free[:len(q.free)-1]
	}
	q.bins[k] = append(b, ev)
}

// open makes all events up to tEnd (ms) ready for delivery.
func (q *queue) open(tEnd float64) {
	last := q.bin(tEnd)
	if last <= q.opened {
		return
	}
	q.near = append(q.near[:0], q.near[q.head:]...)
	q.head = 0
	for k := q.opened + 1; k <= last; k++ {
		b, ok := q.bins[k]
		if !ok {
			continue
		}
		q.near = append(q.near, b...)
		q.free = append(q.free, b[:0])
		delete(q.bins, k)
	}
	q.opened = last
	slices.SortFunc(q.near, func(a, b event) int { return compareEvents(&a, &b) })
}

// pop removes the earliest event that is due at tMax (ms) or before.
func (q *queue) pop(tMax float64) (event, bool) {
	fromHeap := len(q.heap) > 0
	if q.head < len(q.near) {
		if !fromHeap || compareEvents(&q.near[q.head], &q.heap[0]) < 0 {
			if q.near[q.head].t > tMax {
				return event{}, false
			}
			q.head++
			return q.near[q.head-1], true
		}
	}
	if fromHeap && q.heap[0].t <= tMax {
		return q.heapPop(), true
	}
	return event{}, false
}

func (q *queue) heapPush(ev event) {
	q.heap = append(q.heap, ev)
	q.up(len(q.heap) - 1)
}

func (q *queue) up(k int) {
	h := q.heap
	for k > 0 {
		p := (k - 1) / 2
		if compareEvents(&h[k], &h[p]) >= 0 {
			return
		}
		h[k], h[p] = h[p], h[k]
		k = p
	}
}

func (q *queue) down(k int) {
	h := q.heap
	for {
		c := 2*k + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && compareEvents(&h[c+1], &h[c]) < 0 {
			c++
		}
		if compareEvents(&h[c], &h[k]) >= 0 {
			return
		}
		h[k], h[c] = h[c], h[k]
		k = c
	}
}

func (q *queue) heapPop() event {
	ev := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	q.down(0)
	return ev
}

// move gives the pending self event with flag 1 of an instance a new time (net_move); false if there is none.
func (q *queue) move(con, inst int32, t float64) bool {
	found := func(ev *event) bool { return ev.con == con && ev.inst == inst && ev.flag == 1 }
	for k := range q.heap {
		if found(&q.heap[k]) {
			ev := q.heap[k]
			last := len(q.heap) - 1
			q.heap[k] = q.heap[last]
			q.heap = q.heap[:last]
			if k < last {
				q.down(k)
				q.up(k)
			}
			ev.t = t
			q.push(ev)
			return true
		}
	}
	for k := q.head; k < len(q.near); k++ {
		if found(&q.near[k]) {
			ev := q.near[k]
			q.near = slices.Delete(q.near, k, k+1)
			ev.t = t
			q.push(ev)
			return true
		}
	}
	for b, list := range q.bins {
		for k := range list {
			if found(&list[k]) {
				ev := list[k]
				q.bins[b] = slices.Delete(list, k, k+1)
				ev.t = t
				q.push(ev)
				return true
			}
		}
	}
	return false
}
