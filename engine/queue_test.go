package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestQueueOrder holds that events come out in the order of compareEvents, whatever the order they went in, and none
// before its time or after it.
func TestQueueOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		const dt = 0.1 // ms
		interval := 1 + rng.IntN(30)
		var q queue
		q.init(interval, dt)
		var all, got []event
		now := 0.0
		add := func() {
			ev := event{t: now + float64(rng.IntN(400))*0.025, sent: now, src: uint64(rng.IntN(3)), con: int32(rng.IntN(1000))}
			if rng.IntN(50) == 0 {
				ev.t += 1e7 // further than any bin
			}
			if rng.IntN(50) == 0 {
				ev.con, ev.flag = -1, 1
			}
			all = append(all, ev)
			q.push(ev)
		}
		for step := range 40 {
			for range rng.IntN(200) {
				add()
			}
			end := now + dt*float64(interval)
			q.open(end)
			for now < end-dt/2 {
				now += dt
				for {
					ev, ok := q.pop(now)
					if !ok {
						break
					}
					if ev.t > now {
						t.Fatalf("round %d step %d: event of %g ms delivered at %g ms", round, step, ev.t, now)
					}
					got = append(got, ev)
				}
				if rng.IntN(3) == 0 {
					add()
				}
			}
		}
		for {
			ev, ok := q.pop(1e9)
			if !ok {
				break
			}
			got = append(got, ev)
		}
		q.open(1e9)
		for {
			ev, ok := q.pop(1e9)
			if !ok {
				break
			}
			got = append(got, ev)
		}
		if len(got) != len(all) {
			t.Fatalf("round %d: %d of %d events came out", round, len(got), len(all))
		}
		for k := 1; k < len(got); k++ {
			if got[k-1].t > now {
				break // the rest was taken out in two goes
			}
			// An event that was added later may rank before one that is out already.
			if compareEvents(&got[k-1], &got[k]) > 0 && got[k].sent <= got[k-1].sent {
				t.Fatalf("round %d: %+v before %+v", round, got[k-1], got[k])
			}
		}
		less := func(a, b event) int { return compareEvents(&a, &b) }
		slices.SortFunc(all, less)
		slices.SortFunc(got, less)
		if !slices.Equal(all, got) {
			t.Fatalf("round %d: events were changed", round)
		}
	}
}
