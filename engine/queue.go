package engine

import (
	"cmp"
	"math"
	"slices"
)

// event is one delivery. con >= 0: of a NetCon of the group; with inst < 0 it is a self event (net_send) that the target
// sent itself while it handled an event of that NetCon. con < 0: a self event without weights, or of WATCH, of instance
// inst of g.mechs[^con].
type event struct {
	t    float64 // ms, when it is due
	sent float64 // ms, when it was sent
	src  uint64  // gid of the source; serial of a self event
	flag float64
	con  int32
	inst int32
}

func (ev *event) self() bool { return ev.con < 0 || ev.inst < 0 }

// compareEvents orders deliveries: by time, and at one time by when they were sent (NEURON's queue keeps the order of
// insertion), then by what the circuit says: source gid, place of the connection. Never by arrival, which depends on
// the number of ranks.
func compareEvents(a, b *event) int {
	switch {
	case a.t != b.t:
		return cmp.Compare(a.t, b.t)
	case a.sent != b.sent:
		return cmp.Compare(a.sent, b.sent)
	case a.self() != b.self():
		if a.self() {
			return -1
		}
		return 1
	case a.src != b.src:
		return cmp.Compare(a.src, b.src)
	case a.con != b.con:
		return cmp.Compare(a.con, b.con)
	}
	return cmp.Compare(a.inst, b.inst)
}

// queue holds a group's events. Those beyond the current interval wait unsorted in bins of one interval each; those of
// the current interval stand sorted in near; what is added while the interval runs (self events, stimuli without
// delay), or is due very far ahead, goes to a heap.
type queue struct {
	width  float64   // ms, of a bin
	half   float64   // ms, half a step: the grain of sorting
	opened int       // bins up to this one are in near
	ring   [][]event // bin k is ring[k mod len]; len is a power of two and covers opened+1 … opened+len
	near   []event
	head   int
	heap   []event

	spare []event // near of the interval before
	count []int32 // of events per half step, while sorting
}

// maxBins bounds the ring: what is due later than that many intervals goes to the heap.
const maxBins = 1 << 14

func (q *queue) init(interval int, dt float64) {
	q.width = float64(interval) * dt
	q.half = dt / 2
	q.opened = -1
	q.ring = make([][]event, 4)
	q.count = make([]int32, 2*interval+4)
}

func (q *queue) bin(t float64) int {
	if k := math.Floor(t / q.width); k < math.MaxInt32 {
		return int(k)
	}
	return math.MaxInt32
}

// push adds an event.
func (q *queue) push(ev event) {
	k := q.bin(ev.t)
	ahead := k - q.opened
	if ahead <= 0 || ahead > maxBins {
		q.heapPush(ev)
		return
	}
	if ahead > len(q.ring) {
		q.grow(ahead)
	}
	b := &q.ring[k&(len(q.ring)-1)]
	*b = append(*b, ev)
}

// grow makes the ring long enough for bin opened+ahead.
func (q *queue) grow(ahead int) {
	n := len(q.ring)
	for n < ahead {
		n *= 2
	}
	ring := make([][]event, n)
	for k := q.opened + 1; k <= q.opened+len(q.ring); k++ {
		ring[k&(n-1)] = q.ring[k&(len(q.ring)-1)]
	}
	q.ring = ring
}

// open makes all events up to tEnd (ms) ready for delivery.
func (q *queue) open(tEnd float64) {
	last := q.bin(tEnd)
	if last <= q.opened {
		return
	}
	all := append(q.spare[:0], q.near[q.head:]...)
	for k := q.opened + 1; k <= min(last, q.opened+len(q.ring)); k++ {
		b := &q.ring[k&(len(q.ring)-1)]
		all = append(all, *b...)
		*b = (*b)[:0]
	}
	q.opened = last
	q.spare, q.near = q.near, all
	q.head = 0
	q.sort()
}

// sort orders near: half step by half step with a counting sort, which is all that most events need, since those of
// one spike arrive together and in order; then inside each half step by insertion.
func (q *queue) sort() {
	n := len(q.near)
	if n < 2 {
		return
	}
	first := q.near[0].t
	for k := range q.near {
		first = min(first, q.near[k].t)
	}
	top := len(q.count) - 2
	grain := func(t float64) int {
		if g := (t - first) / q.half; g < float64(top) {
			return int(g)
		}
		return top
	}
	clear(q.count)
	for k := range q.near {
		q.count[grain(q.near[k].t)+1]++
	}
	for g := 1; g < len(q.count); g++ {
		q.count[g] += q.count[g-1]
	}
	sorted := slices.Grow(q.spare[:0], n)[:n]
	for k := range q.near {
		g := grain(q.near[k].t)
		sorted[q.count[g]] = q.near[k]
		q.count[g]++
	}
	q.spare, q.near = q.near, sorted
	// count[g] is now the end of the events of half step g.
	from := int32(0)
	for _, to := range q.count[:top+1] {
		sortFew(sorted[from:to])
		from = to
	}
}

// sortFew sorts what is mostly in order already.
func sortFew(list []event) {
	for k := 1; k < len(list); k++ {
		if compareEvents(&list[k-1], &list[k]) <= 0 {
			continue
		}
		if len(list) > 24 {
			slices.SortFunc(list, func(a, b event) int { return compareEvents(&a, &b) })
			return
		}
		ev := list[k]
		j := k
		for ; j > 0 && compareEvents(&ev, &list[j-1]) < 0; j-- {
			list[j] = list[j-1]
		}
		list[j] = ev
	}
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

// move gives a pending self event a new time (net_move); false if there is none of that serial.
func (q *queue) move(serial uint64, t float64) bool {
	found := func(ev *event) bool { return ev.src == serial && ev.self() }
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
	for b, list := range q.ring {
		for k := range list {
			if found(&list[k]) {
				ev := list[k]
				q.ring[b] = slices.Delete(list, k, k+1)
				ev.t = t
				q.push(ev)
				return true
			}
		}
	}
	return false
}
