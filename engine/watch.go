package engine

import (
	"errors"
	"fmt"
	"math"

	"netsim/nmodl/program"
)

// watch is an active condition of WATCH.
type watch struct {
	code   int32 // index into Mechanism.Watches
	flag   float64
	above  bool
	queued uint64 // serial of its event that is on the way, 0 for none
}

// A condition that is this little below its threshold counts as met when it becomes active (hoc_epsilon).
const watchEpsilon = 1e-11

// checkWatches evaluates the active conditions at v(t), after the spike detectors. One that is met after not having
// been sends its event at t (netcvode.cpp: ConditionEvent::check).
func (g *group) checkWatches(e *Engine) {
	for _, mi := range g.watching {
		mi.globals[program.GlobT] = g.t // ms
		for i := range mi.active {
			list := mi.active[i]
			for k := range list {
				w := &list[k]
				if !(e.condition(g, mi, i, w.code) > 0) {
					w.above = false
					continue
				}
				if !w.above {
					w.above = true
					g.serial++
					w.queued = g.serial
					g.queue.pushSelf(g.t, selfEvent{sent: g.t, serial: g.serial, flag: w.flag, con: ^g.mechIndex(mi), inst: int32(i)})
				}
			}
		}
	}
}

// condition is the value of a WATCH condition now.
func (e *Engine) condition(g *group, mi *mechInst, i int, code int32) float64 {
	c := mi.m.Watches[code]
	if len(g.watchRegs) < c.Regs+1 {
		g.watchRegs = make([]float64, c.Regs+1)
	}
	x := scalarRun{g: g, mi: mi, i: i, regs: g.watchRegs}
	if !e.exec(&x, c) {
		return 0
	}
	return x.regs[0]
}

// activate is a WATCH statement. The first that runs in one call of NET_RECEIVE ends the conditions that were active
// before, and takes back their events.
func (e *Engine) activate(x *scalarRun, code int32, flag float64) {
	mi, g := x.mi, x.g
	if mi.active == nil {
		mi.active = make([][]watch, mi.n)
		g.watching = append(g.watching, mi)
	}
	list := mi.active[x.i]
	if !x.watched {
		x.watched = true
		for _, w := range list {
			if w.queued != 0 {
				if g.cancelled == nil {
					g.cancelled = map[uint64]bool{}
				}
				g.cancelled[w.queued] = true
			}
		}
		list = list[:0]
	}
	above := e.condition(g, mi, x.i, code) >= -watchEpsilon
	for k := range list { // the same statement again: there is one of each
		if list[k].code == code {
			list[k] = watch{code: code, flag: flag, above: above}
			mi.active[x.i] = list
			return
		}
	}
	mi.active[x.i] = append(list, watch{code: code, flag: flag, above: above})
}

// delivered notes that a self event has arrived: it can be moved or taken back no more.
func (mi *mechInst) delivered(inst int, ev *selfEvent) {
	if mi.movable != nil && ev.flag == 1 {
		mi.movable[inst] = 0
	}
	if mi.active != nil {
		for k := range mi.active[inst] {
			if w := &mi.active[inst][k]; w.queued == ev.serial {
				w.queued = 0
			}
		}
	}
}

// selfEvent is net_send. The event brings the weights along that the program sees now.
func (x *scalarRun) selfEvent(t, now, flag float64) {
	g, mi := x.g, x.mi
	g.serial++
	ev := selfEvent{sent: now, serial: g.serial, flag: flag, con: ^g.mechIndex(mi), inst: int32(x.i)}
	if x.weights != nil && g.nowCon >= 0 {
		ev.con = g.nowCon
	}
	if flag == 1 {
		if mi.movable == nil {
			mi.movable = make([]uint64, mi.n)
		}
		mi.movable[x.i] = g.serial
		mi.setDue(x.i, t)
	}
	g.queue.pushSelf(t, ev)
}

// moveEvent is net_move.
func (x *scalarRun) moveEvent(t float64) error {
	if now := x.mi.globals[program.GlobT]; !(t >= now) {
		return fmt.Errorf("net_move to %g ms, which is past", t)
	}
	if x.mi.movable == nil || x.mi.movable[x.i] == 0 {
		return errors.New("net_move, but no event with flag 1 is on its way")
	}
	x.g.queue.move(x.mi.movable[x.i], x.mi.dueAt(x.i), t)
	x.mi.setDue(x.i, t)
	return nil
}

// setDue notes when the self event that net_move moves is due.
func (mi *mechInst) setDue(inst int, t float64) {
	if mi.due == nil {
		mi.due = make([]float64, mi.n)
		for k := range mi.due {
			mi.due[k] = math.NaN()
		}
	}
	mi.due[inst] = t
}

// dueAt is when that event is due (ms), NaN where it was not noted (after a restore).
func (mi *mechInst) dueAt(inst int) float64 {
	if mi.due == nil {
		return math.NaN()
	}
	return mi.due[inst]
}

// connections lists the connections to each instance where FOR_NETCONS asks for them.
func (g *group) connections() {
	for _, con := range g.cons.created {
		mi, i := g.cons.at(con)
		if !mi.uses(program.OpConCount) {
			continue
		}
		if mi.consOf == nil {
			mi.consOf = make([][]int32, mi.n)
		}
		mi.consOf[i] = append(mi.consOf[i], con)
	}
}

// uses reports whether NET_RECEIVE has an operation.
func (mi *mechInst) uses(op program.Op) bool {
	for _, en := range []program.Entry{mi.m.NetReceive, mi.m.NetInit} {
		if en.Scalar == nil {
			continue
		}
		for k := range en.Scalar.Instrs {
			if en.Scalar.Instrs[k].Op == op {
				return true
			}
		}
	}
	return false
}
