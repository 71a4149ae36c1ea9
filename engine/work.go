package engine

import (
	"runtime"
	"slices"
	"sync/atomic"

	"netsim/engine/team"
)

// work is how the workers share the groups out in an interval. A worker first advances its shares of cells that were
// cut, in step with the others that have shares of them; then its own groups, which are likely to be in its cache; then
// what others have not begun.
type work struct {
	team  *team.Team // nil: one worker
	cuts  []cutWork
	lists []list
	job   func(worker int)

	// The interval under way.
	steps int
	tEnd  float64 // ms
}

// cutWork is the groups of a cell that was cut, one for each worker from first on.
type cutWork struct {
	first  int
	groups []*group
}

// list is a worker's groups, on cache lines of its own.
type list struct {
	groups []*group
	next   atomic.Int64
	_      [64]byte
}

// hire starts the workers that have something to do.
func (e *Engine) hire() {
	w := &e.work
	n := 0
	for k := range w.lists {
		if len(w.lists[k].groups) > 0 {
			n = k + 1
		}
	}
	for _, c := range w.cuts {
		n = max(n, c.first+len(c.groups))
	}
	if n <= 1 {
		return
	}
	w.team = team.New(n)
	w.job = e.advanceShare
	runtime.AddCleanup(e, (*team.Team).Close, w.team)
}

// advanceGroups advances all groups by n steps, to tEnd (ms).
func (e *Engine) advanceGroups(n int, tEnd float64) {
	w := &e.work
	w.steps, w.tEnd = n, tEnd
	if w.team == nil {
		for _, g := range e.groups {
			e.advanceGroup(0, g)
		}
	} else {
		for k := range w.lists {
			w.lists[k].next.Store(0)
		}
		w.team.Do(w.job)
	}
	for k := range w.cuts {
		for _, g := range w.cuts[k].groups {
			g.checkFinite(e)
		}
	}
}

// sharesOf is the groups of the same cell, if it was cut, or the group alone.
func (e *Engine) sharesOf(g *group) []*group {
	for k := range e.work.cuts {
		if c := &e.work.cuts[k]; slices.Contains(c.groups, g) {
			return c.groups
		}
	}
	return []*group{g}
}

// advanceShare is what one worker does in an interval.
func (e *Engine) advanceShare(worker int) {
	w := &e.work
	for k := range w.cuts {
		c := &w.cuts[k]
		if m := worker - c.first; m >= 0 && m < len(c.groups) {
			e.advanceGroup(worker, c.groups[m])
		}
	}
	for k := range w.lists {
		l := &w.lists[(worker+k)%len(w.lists)]
		for {
			at := int(l.next.Add(1)) - 1
			if at >= len(l.groups) {
				break
			}
			e.advanceGroup(worker, l.groups[at])
		}
	}
}

func (e *Engine) advanceGroup(worker int, g *group) {
	g.queue.open(e.work.tEnd)
	g.advance(e, &e.scratch[worker], e.work.steps)
	if g.cut == nil { // what is wrong in a cell that was cut may be in a group that is not done yet
		g.checkFinite(e)
	}
}
