package engine

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// event is one delivery, as small as it can be: the queue moves many of them.
type event struct {
	t   float64 // ms, when it is due
	con int32   // connection of the group; fromSelf: a self event
	ref uint32  // number of the spike in the queue's spikeLog; of a self event: index into the queue's selves
}

// fromSelf stands for the connection of a self event.
const fromSelf = -1

// selfEvent is what net_send or WATCH has sent.
type selfEvent struct {
	sent   float64 // ms
	flag   float64
	serial uint64
	con    int32 // connection whose weights it brings along; < 0: none, and ^con is the index of the mechanism in g.mechs
	inst   int32 // if con < 0
}

// queue holds a group's events. Those beyond the current interval wait unsorted in bins of one interval each; those of
// the current interval stand sorted in near; what is added while the interval runs (self events, stimuli without
// delay), or is due very far ahead, goes to a heap.
type queue struct {
	perMs  float64   // bins
	offset float64   // ms, by which bins begin later than intervals
	opened int       // bins up to this one are in near
	ring   [][]event // bin k is ring[k mod len]; len is a power of two and covers opened+1 … opened+len
	near   []event
	head   int
	heap   []event

	spare []event // near of the interval before
	count []int32 // of events per slot, while sorting

	spikes *spikeLog // of the engine
	selves []selfEvent
	free   []uint32 // of selves
}

// maxBins bounds the ring: what is due later than that many intervals goes to the heap.
const maxBins = 1 << 14

// init empties the queue. interval is in steps, dt in ms.
func (q *queue) init(interval int, dt float64, spikes *spikeLog) {
	*q = queue{perMs: 1 / (float64(interval) * dt), offset: dt / 4, opened: -1, ring: make([][]event, 4), spikes: spikes}
}

// bin is -1 for what is due at once. Were the end of an interval that of a bin, too, rounding would open the next bin at
// times, and what is sent after the interval would have to go to the heap.
func (q *queue) bin(t float64) int {
	if k := float64((t-q.offset)*q.perMs) + 1; k < math.MaxInt32 {
		return int(k) - 1
	}
	return math.MaxInt32
}

// compare orders deliveries: by time, and at one time by when they were sent (NEURON's queue keeps the order of
// insertion), then by what the circuit says: source gid, place of the connection. Never by arrival, which depends on
// the number of ranks. Self events come before others and among themselves as they were sent.
func (q *queue) compare(a, b *event) int {
	if a.t != b.t {
		return cmp.Compare(a.t, b.t)
	}
	return q.compareSenders(a, b)
}

func (q *queue) compareSenders(a, b *event) int {
	if a.con == fromSelf || b.con == fromSelf {
		return q.compareSelves(a, b)
	}
	if a.ref != b.ref {
		x, y := q.spikes.at(a.ref), q.spikes.at(b.ref)
		switch {
		case x.T != y.T:
			return cmp.Compare(x.T, y.T)
		case x.GID != y.GID:
			return cmp.Compare(x.GID, y.GID)
		}
	}
	return cmp.Compare(a.con, b.con)
}

func (q *queue) compareSelves(a, b *event) int {
	sent := func(ev *event) float64 { // ms
		if ev.con == fromSelf {
			return q.selves[ev.ref].sent
		}
		return q.spikes.at(ev.ref).T
	}
	if x, y := sent(a), sent(b); x != y {
		return cmp.Compare(x, y)
	}
	switch {
	case a.con != fromSelf:
		return 1
	case b.con != fromSelf:
		return -1
	}
	return cmp.Compare(q.selves[a.ref].serial, q.selves[b.ref].serial)
}

// pushSelf adds a self event for the time t (ms).
func (q *queue) pushSelf(t float64, s selfEvent) {
	ref := uint32(len(q.selves))
	if n := len(q.free); n > 0 {
		ref, q.free = q.free[n-1], q.free[:n-1]
		q.selves[ref] = s
	} else {
		q.selves = append(q.selves, s)
	}
	q.push(event{t: t, con: fromSelf, ref: ref})
}

// take returns a self event that was popped, and forgets it.
func (q *queue) take(ev event) selfEvent {
	q.free = append(q.free, ev.ref)
	return q.selves[ev.ref]
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
	from := float64(q.opened+1)/q.perMs + q.offset // ms
	q.spare, q.near = q.near, all
	q.head = 0
	q.sort(from, float64(last-q.opened)/q.perMs)
	q.opened = last
}

// sort orders near, whose events are due in the ms after from, mostly: a counting sort into as many slots of time as
// there are events leaves little to do for the insertion that follows, for events of one time have come in the order
// in which they were sent, as a rule.
func (q *queue) sort(from, ms float64) {
	n := len(q.near)
	if n < 2 {
		return
	}
	slots := 2 * n
	perMs := float64(slots) / ms
	slot := func(t float64) int { return max(0, min(int((t-from)*perMs), slots-1)) }
	count := slices.Grow(q.count[:0], slots)[:slots]
	clear(count)
	near := q.near
	for k := range near {
		count[slot(near[k].t)]++
	}
	sum := int32(0)
	for s, c := range count {
		count[s] = sum
		sum += c
	}
	sorted := slices.Grow(q.spare[:0], n)[:n]
	for k := range near {
		at := &count[slot(near[k].t)]
		sorted[*at] = near[k]
		*at++
	}
	q.spare, q.near, q.count = near, sorted, count
	q.settle(sorted)
}

// settle sorts what is in order but for neighbours, mostly.
func (q *queue) settle(list []event) {
	moves := 8 * len(list)
	last := list[0].t
	for k := 1; k < len(list); k++ {
		ev := list[k]
		if last < ev.t {
			last = ev.t
			continue
		}
		j := k
		for ; j > 0; j-- {
			if x := &list[j-1]; x.t < ev.t || x.t == ev.t && q.compareSenders(x, &ev) <= 0 {
				break
			}
			list[j] = list[j-1]
		}
		list[j] = ev
		last = list[k].t
		if moves -= k - j; moves < 0 {
			slices.SortFunc(list, func(a, b event) int { return q.compare(&a, &b) })
			return
		}
	}
}

// pop removes the earliest event that is due at tMax (ms) or before.
func (q *queue) pop(tMax float64) (event, bool) {
	if q.head < len(q.near) {
		ev := q.near[q.head]
		if len(q.heap) == 0 || q.compare(&ev, &q.heap[0]) < 0 {
			if ev.t > tMax {
				return event{}, false
			}
			q.head++
			return ev, true
		}
	}
	if len(q.heap) > 0 && q.heap[0].t <= tMax {
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
		if q.compare(&h[k], &h[p]) >= 0 {
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
		if c+1 < len(h) && q.compare(&h[c+1], &h[c]) < 0 {
			c++
		}
		if q.compare(&h[c], &h[k]) >= 0 {
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

// move gives a pending self event a new time t (net_move); false if there is none of that serial. at (ms) is when it is
// due now, NaN where that is not known: it saves looking through all events.
func (q *queue) move(serial uint64, at, t float64) bool {
	found := func(ev event) bool { return ev.con == fromSelf && q.selves[ev.ref].serial == serial }
	first, last := q.opened+1, q.opened+len(q.ring)
	if !math.IsNaN(at) {
		if k := q.bin(at); k > q.opened && k <= last {
			first, last = k, k
		} else {
			last = q.opened
		}
	}
	for k := first; k <= last; k++ {
		b := &q.ring[k&(len(q.ring)-1)]
		if i := slices.IndexFunc(*b, found); i >= 0 {
			ev := (*b)[i]
			*b = slices.Delete(*b, i, i+1)
			ev.t = t
			q.push(ev)
			return true
		}
	}
	if i := slices.IndexFunc(q.heap, found); i >= 0 {
		ev := q.heap[i]
		end := len(q.heap) - 1
		q.heap[i] = q.heap[end]
		q.heap = q.heap[:end]
		if i < end {
			q.down(i)
			q.up(i)
		}
		ev.t = t
		q.push(ev)
		return true
	}
	from := q.head
	if !math.IsNaN(at) {
		from += sort.Search(len(q.near)-q.head, func(k int) bool { return q.near[q.head+k].t >= at })
	}
	if i := slices.IndexFunc(q.near[from:], found); i >= 0 {
		ev := q.near[from+i]
		q.near = slices.Delete(q.near, from+i, from+i+1)
		ev.t = t
		q.push(ev)
		return true
	}
	return !math.IsNaN(at) && q.move(serial, math.NaN(), t) // it may be older than what was noted
}

// spikeLog numbers the spikes that are on their way, so that an event needs no more of its spike than the number. It
// keeps them until their last event is delivered.
type spikeLog struct {
	list        []Spike // spike k is list[k mod len]; len is a power of two
	first, next uint32
	maxDelay    float64 // ms
}

func (l *spikeLog) at(k uint32) *Spike { return &l.list[k&uint32(len(l.list)-1)] }

// add takes a spike up at time now (ms), up to which all events have been delivered, and returns its number.
func (l *spikeLog) add(s Spike, now float64) uint32 {
	for l.first != l.next && l.at(l.first).T+l.maxDelay < now {
		l.first++
	}
	if int(l.next-l.first) == len(l.list) {
		longer := make([]Spike, max(64, 2*len(l.list)))
		for k := l.first; k != l.next; k++ {
			longer[k&uint32(len(longer)-1)] = *l.at(k)
		}
		l.list = longer
	}
	k := l.next
	*l.at(k) = s
	l.next++
	return k
}
