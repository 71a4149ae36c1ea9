package engine

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// sentEvent is an event with all that decides on its place.
type sentEvent struct {
	t, sent float64
	self    bool
	src     uint64 // gid or serial
	con     int32
}

func compareSent(a, b sentEvent) int {
	rank := map[bool]int{true: 0, false: 1}
	return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.sent, b.sent), rank[a.self]-rank[b.self], cmp.Compare(a.src, b.src), cmp.Compare(a.con, b.con))
}

// TestQueueOrder holds that events come out by time, then by when they were sent, self events first, then by source and
// connection, whatever the order they went in, and none before its time or after it.
func TestQueueOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		const dt = 0.1 // ms
		interval := 1 + rng.IntN(30)
		log := spikeLog{maxDelay: 2e7}
		var q queue
		q.init(interval, dt, &log)
		var all, got []sentEvent
		now, serial := 0.0, uint64(0)
		add := func() {
			ev := sentEvent{t: now + float64(rng.IntN(400))*0.025, sent: now, src: uint64(rng.IntN(3)), con: int32(rng.IntN(1000))}
			if rng.IntN(50) == 0 {
				ev.t += 1e7 // further than any bin
			}
			if rng.IntN(50) == 0 {
				serial++
				ev.self, ev.src, ev.con = true, serial, -1
				q.pushSelf(ev.t, selfEvent{sent: ev.sent, serial: serial, con: -1})
			} else {
				q.push(event{t: ev.t, con: ev.con, ref: log.add(Spike{GID: ev.src, T: ev.sent}, now)})
			}
			all = append(all, ev)
		}
		pop := func(end float64) bool {
			ev, ok := q.pop(end)
			if !ok {
				return false
			}
			x := sentEvent{t: ev.t, con: ev.con}
			if ev.con == fromSelf {
				s := q.take(ev)
				x.self, x.src, x.sent = true, s.serial, s.sent
			} else {
				spike := log.at(ev.ref)
				x.src, x.sent = spike.GID, spike.T
			}
			got = append(got, x)
			return true
		}
		for step := range 40 {
			for range rng.IntN(200) {
				add()
			}
			end := now + dt*float64(interval)
			q.open(end)
			for now < end-dt/2 {
				now += dt
				for pop(now) {
					if x := got[len(got)-1]; x.t > now {
						t.Fatalf("round %d step %d: event of %g ms delivered at %g ms", round, step, x.t, now)
					}
				}
				if rng.IntN(3) == 0 {
					add()
				}
			}
		}
		for pop(1e9) {
		}
		q.open(1e9)
		for pop(1e9) {
		}
		if len(got) != len(all) {
			t.Fatalf("round %d: %d of %d events came out", round, len(got), len(all))
		}
		for k := 1; k < len(got); k++ {
			if got[k-1].t > now {
				break // the rest was taken out in two goes
			}
			// An event that was added later may rank before one that is out already.
			if compareSent(got[k-1], got[k]) > 0 && got[k].sent <= got[k-1].sent {
				t.Fatalf("round %d: %+v before %+v", round, got[k-1], got[k])
			}
		}
		slices.SortFunc(all, compareSent)
		slices.SortFunc(got, compareSent)
		if !slices.Equal(all, got) {
			t.Fatalf("round %d: events were changed", round)
		}
	}
}

// TestSpikeLog holds that a spike keeps its number and its entry until its last event is due, and that the log grows no
// further than that.
func TestSpikeLog(t *testing.T) {
	log := spikeLog{maxDelay: 5}
	numbers := map[uint32]Spike{}
	log.next = ^uint32(0) - 100 // numbers wrap around
	log.first = log.next
	for k := range 1000 {
		now := 0.1 * float64(k) // ms
		for gid := range uint64(7) {
			s := Spike{GID: gid, T: now}
			numbers[log.add(s, now)] = s
		}
		for n, s := range numbers {
			if s.T+5 < now {
				delete(numbers, n)
			} else if *log.at(n) != s {
				t.Fatalf("at %g ms, spike %d is %+v, was %+v", now, n, *log.at(n), s)
			}
		}
	}
	if len(log.list) != 512 {
		t.Errorf("the log has %d entries for 7 spikes a step and 51 steps", len(log.list))
	}
}
