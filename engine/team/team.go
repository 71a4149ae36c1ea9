// Package team is a fixed number of goroutines that do one job together, again and again, and may wait for each other
// inside it. Nothing is allocated after New.
package team

// Team is goroutines that wait for jobs. The one that calls Do is member 0.
type Team struct {
	members    int
	job        func(member int)
	start, end *Barrier
}

// New starts a team of n. Close ends it.
func New(n int) *Team {
	t := &Team{members: n, start: NewBarrier(n, nil), end: NewBarrier(n, nil)}
	for k := 1; k < n; k++ {
		go t.serve(k)
	}
	return t
}

func (t *Team) serve(member int) {
	for {
		t.start.Wait(member)
		if t.job == nil {
			return
		}
		t.job(member)
		t.end.Wait(member)
	}
}

// Do runs job in all members at once and returns when all are done.
func (t *Team) Do(job func(member int)) {
	t.job = job
	t.start.Wait(0)
	job(0)
	t.end.Wait(0)
	t.job = nil
}

// Close ends the goroutines. The team must be idle, and not be used any more.
func (t *Team) Close() {
	t.job = nil
	t.start.Wait(0)
}
