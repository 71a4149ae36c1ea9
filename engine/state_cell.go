package engine

import (
	"fmt"
	"slices"

	"netsim/nmodl/program"
)

// cellState restores one cell from its record.
type cellState struct {
	*restorer
	*unitState
	f     *openFile
	cell  *rosterCell
	order int
	in    decoder
	lists []mechState // per mechanism of the record
}

// mechState is the instances of one mechanism in a record: which instance here each is, and which connection each of its
// connections.
type mechState struct {
	mech    int32 // index in the file
	members []member
	here    []int32   // per instance of the record: index into members, -1 for none
	cons    [][]int32 // and per connection: its index in the group, -1 for none
}

func (c *cellState) restore() error {
	in := &c.in
	var saved [numDigests]uint64
	for k := range saved {
		saved[k] = in.u64()
	}
	if c.opt.Exact && c.opt.Digests != nil {
		for k, now := range c.opt.Digests.of(c.cell.index) {
			if now != saved[k] {
				return fmt.Errorf("%s changed since the state was saved", digestNames[k])
			}
		}
	}
	e := c.restorer.e
	if c.cell.index >= 0 {
		if err := c.nodes(e); err != nil {
			return err
		}
	}
	n := int(in.u32())
	for range n {
		if in.bad {
			return errDamaged
		}
		if err := c.mechanism(); err != nil {
			return err
		}
	}
	if err := c.complete(); err != nil {
		return err
	}
	for range int(in.u32()) {
		if in.bad {
			return errDamaged
		}
		if err := c.event(); err != nil {
			return err
		}
	}
	return nil
}

// nodes restores the spike detector, potentials and ions.
func (c *cellState) nodes(e *Engine) error {
	in := &c.in
	above := in.flag()
	if d := e.detector(c.groups, c.cell.gid); d != nil {
		d.above = above
	}
	n := in.size()
	if have := e.nodesOf(c.cell.index); n != have && !in.bad {
		return fmt.Errorf("it has %d nodes; %d were saved", have, n)
	}
	v := in.words(n)
	if in.bad {
		return errDamaged
	}
	for node := range int32(n) {
		e.groups[e.groupOf(c.cell.index, node)].v[e.at(c.cell.index, node)] = v.float(int(node))
	}
	for _, name := range c.f.header.Ions {
		m := in.size()
		nodes := in.counts(m)
		var arrays [len(ionKinds)]list64
		for a := range arrays {
			arrays[a] = in.words(m)
		}
		if in.bad {
			return errDamaged
		}
		k := 0
		for _, at := range c.ionOf(c.cell, name) {
			for k < m && nodes.at(k) < at.node {
				k++
			}
			if k == m || nodes.at(k) != at.node {
				if c.opt.Exact {
					return fmt.Errorf("the ion %s of node %d was not saved", name, at.node)
				}
				continue
			}
			for a := range arrays {
				g := e.groups[e.groupOf(c.cell.index, at.node)]
				if err := e.setIon(g, at.ion, ionKinds[a], e.at(c.cell.index, at.node), arrays[a].float(k)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// maxInstances bounds those of a mechanism in one cell: equal numbers take no bytes, so that a damaged record may promise
// any number of them.
const maxInstances = 1 << 20

// mechanism restores the instances of one mechanism.
func (c *cellState) mechanism() error {
	in := &c.in
	mech, n := int32(in.u32()), in.size()
	if in.bad || mech < 0 || int(mech) >= len(c.f.mechs) || n > maxInstances ||
		slices.ContainsFunc(c.lists, func(s mechState) bool { return s.mech == mech }) {
		return errDamaged
	}
	sm := &c.f.header.Mechanisms[mech]
	s := mechState{mech: mech}
	if local := c.f.mechs[mech]; local >= 0 {
		for _, list := range c.byMech(c.cell.members) {
			if c.mech(list[0]).mech == local {
				s.members = list
			}
		}
	}
	nodes := in.counts(n)
	var counts list32
	var sources, weights list64
	total := 0
	if connected := in.flag(); connected {
		counts = in.counts(n)
		for k := range n {
			m := int(counts.at(k))
			if m < 0 || m > 1<<24 || total > 1<<24 {
				return errDamaged
			}
			total += m
		}
		sources = in.words(total)
		if sm.Weights > 0 {
			weights = in.words(total * sm.Weights)
		}
	}
	if in.bad {
		return errDamaged
	}
	if err := c.match(&s, n, nodes, counts, sources); err != nil {
		return fmt.Errorf("%s: %w", sm.Name, err)
	}
	c.weights(&s, sm.Weights, weights)
	for _, column := range c.f.columns[mech] {
		values := in.words(n)
		if column < 0 || in.bad {
			continue
		}
		for k, h := range s.here {
			if h >= 0 {
				m := s.members[h]
				*c.mech(m).value(int(m.inst), column) = values.float(k)
			}
		}
	}
	c.events(&s, n)
	if err := c.lags(&s, n); err != nil {
		return err
	}
	if err := c.objects(&s, n, sm.Vectors); err != nil {
		return fmt.Errorf("%s: %w", sm.Name, err)
	}
	c.lists = append(c.lists, s)
	return nil
}

// match finds the instances and connections of the record here: by node, source of the first connection, and order.
func (c *cellState) match(s *mechState, n int, nodes list32, counts list32, sources list64) error {
	type key struct {
		node   int32
		source uint64
		none   bool
	}
	waiting := map[key][]int32{}
	keys := make([]key, len(s.members))
	for k, m := range s.members {
		keys[k] = key{node: m.node, none: true}
		if cons := c.consOf(m); len(cons) > 0 {
			keys[k] = key{node: m.node, source: c.source(m, cons[0])}
		}
	}
	s.here, s.cons = make([]int32, n), make([][]int32, n)
	direct := n == len(s.members)
	from := 0
	saved := func(k, from int) key {
		if counts.at(k) > 0 {
			return key{node: nodes.at(k), source: sources.word(from)}
		}
		return key{node: nodes.at(k), none: true}
	}
	for k := range n {
		direct = direct && saved(k, from) == keys[k]
		from += int(counts.at(k))
	}
	if !direct {
		for k := range keys {
			waiting[keys[k]] = append(waiting[keys[k]], int32(k))
		}
	}
	from = 0
	for k := range n {
		s.here[k] = int32(k)
		if !direct {
			s.here[k] = -1
			id := saved(k, from)
			if list := waiting[id]; len(list) > 0 {
				s.here[k], waiting[id] = list[0], list[1:]
			}
		}
		if c.opt.Exact && s.here[k] < 0 {
			return fmt.Errorf("an instance at node %d is not there any more", nodes.at(k))
		}
		m := int(counts.at(k))
		if s.here[k] >= 0 {
			if err := c.matchCons(s, k, m, sources, from); err != nil {
				return err
			}
			at := s.members[s.here[k]]
			c.touched[at.unit][c.base[at.unit][at.mech]+at.inst] = true
		}
		from += m
	}
	if c.opt.Exact && n < len(s.members) {
		return fmt.Errorf("%d instances were saved; there are %d", n, len(s.members))
	}
	return nil
}

func (c *cellState) source(m member, con int32) uint64 {
	return c.gids[c.conSource[c.groups[m.unit]][con]]
}

// matchCons finds m connections, whose sources stand in the record from one place on.
func (c *cellState) matchCons(s *mechState, k, m int, sources list64, from int) error {
	at := s.members[s.here[k]]
	have := slices.Clone(c.consOf(at))
	s.cons[k] = make([]int32, m)
	for j := range m {
		s.cons[k][j] = -1
		for i, con := range have {
			if con >= 0 && c.source(at, con) == sources.word(from+j) {
				s.cons[k][j], have[i] = con, -1
				break
			}
		}
		if c.opt.Exact && s.cons[k][j] < 0 {
			return fmt.Errorf("the connection from gid %d is not there any more", sources.word(from+j))
		}
	}
	if c.opt.Exact && m != len(have) {
		return fmt.Errorf("%d connections were saved; there are %d", m, len(have))
	}
	return nil
}

func (c *cellState) weights(s *mechState, width int, weights list64) {
	if local := c.f.mechs[s.mech]; width == 0 || local < 0 || !c.kept[local].weights { // weights that stay may be shared
		return
	}
	from := 0
	for k, cons := range s.cons {
		for _, con := range cons {
			if con >= 0 {
				m := s.members[s.here[k]]
				if w := c.group(m).cons.of(con, c.mech(m)); len(w) == width {
					for i := range w {
						w[i] = weights.float(from + i)
					}
				}
			}
			from += width
		}
	}
}

// events restores what net_move and WATCH remember.
func (c *cellState) events(s *mechState, n int) {
	in := &c.in
	movable := in.words(n)
	watches := in.counts(n)
	for k := range n {
		if in.bad {
			return
		}
		var mi *mechInst
		var at member
		if s.here[k] >= 0 {
			at = s.members[s.here[k]]
			mi = c.mech(at)
		}
		ref := func(p *uint64, old uint64) {
			if old != 0 {
				c.refs[at.unit] = append(c.refs[at.unit], serialRef{p, at.mech, at.inst, old})
			}
		}
		if old := movable.word(k); mi != nil && (old != 0 || mi.movable != nil) {
			if mi.movable == nil {
				mi.movable = make([]uint64, mi.n)
			}
			mi.movable[at.inst] = 0
			ref(&mi.movable[at.inst], old)
		}
		m := int(watches.at(k))
		if mi != nil && (m > 0 || mi.active != nil) {
			if mi.active == nil {
				mi.active = make([][]watch, mi.n)
			}
			mi.active[at.inst] = nil
		}
		for range m {
			w := watch{code: int32(in.u32()), flag: in.f64(), above: in.flag(), queued: in.u64()}
			if in.bad {
				return
			}
			if mi == nil {
				continue
			}
			if w.code < 0 || int(w.code) >= len(mi.m.Watches) {
				in.bad = true
				return
			}
			mi.active[at.inst] = append(mi.active[at.inst], w)
		}
		if mi != nil && m > 0 {
			for j := range mi.active[at.inst] {
				w := &mi.active[at.inst][j]
				old := w.queued
				w.queued = 0
				ref(&w.queued, old)
			}
		}
	}
}

func (c *cellState) lags(s *mechState, n int) error {
	in := &c.in
	lags := int(in.u32())
	for k := range n * lags {
		m := in.size()
		if in.bad {
			return errDamaged
		}
		if m == 0 {
			continue
		}
		raw := in.take(16 * m)
		between := in.f64()
		if in.bad {
			return errDamaged
		}
		if s.here[k/lags] < 0 {
			continue
		}
		at := s.members[s.here[k/lags]]
		mi := c.mech(at)
		if mi.m.Lags != lags {
			return errDamaged
		}
		if mi.lags == nil {
			mi.lags = make([][]program.LagHistory, mi.n)
		}
		if mi.lags[at.inst] == nil {
			mi.lags[at.inst] = make([]program.LagHistory, lags)
		}
		pairs := decoder{buf: raw}
		times, values := make([]float64, m), make([]float64, m)
		for i := range times {
			times[i], values[i] = pairs.f64(), pairs.f64()
		}
		mi.lags[at.inst][k%lags].SetState(times, values, between)
	}
	return nil
}

// objects restores streams, and Vectors that change.
func (c *cellState) objects(s *mechState, n int, vectors bool) error {
	in := &c.in
	counts := in.counts(n)
	of := objectsOf(c.roster, s.members)
	for k := range n {
		for j := range int(max(counts.at(k), 0)) {
			var o program.ObjectState
			if o.Stream = in.flag(); o.Stream {
				for i := range o.Random.Counter {
					o.Random.Counter[i] = in.u32()
				}
				for i := range o.Random.Block {
					o.Random.Block[i] = in.u32()
				}
				o.Random.Global, o.Random.Which = in.u32(), in.u8()
				o.Cached, o.Next = in.flag(), in.f64()
			} else if vectors {
				m := in.size()
				values := in.words(m)
				if in.bad {
					return errDamaged
				}
				o.Vector = make([]float64, 0, min(m, 1<<16))
				for i := range m {
					o.Vector = append(o.Vector, values.float(i))
				}
			}
			if in.bad {
				return errDamaged
			}
			if s.here[k] < 0 || !o.Stream && !vectors {
				continue
			}
			fits := j < len(of[s.here[k]]) && c.mech(s.members[s.here[k]]).library.SetState(of[s.here[k]][j], o)
			if !fits && c.opt.Exact {
				return fmt.Errorf("a stream or Vector of the instance at node %d is not there any more", s.members[s.here[k]].node)
			}
		}
	}
	return nil
}

// complete holds that with Exact nothing of the cell was left out.
func (c *cellState) complete() error {
	if !c.opt.Exact {
		return nil
	}
	for _, m := range c.cell.members {
		if !c.touched[m.unit][c.base[m.unit][m.mech]+m.inst] {
			return fmt.Errorf("%s at node %d was not saved", c.mech(m).m.Name, m.node)
		}
	}
	return nil
}

// event takes one event over.
func (c *cellState) event() error {
	in := &c.in
	self := in.flag()
	mech, inst, con := int32(in.u32()), int32(in.u32()), int32(in.u32())
	due, sent, src, flag := in.f64(), in.f64(), in.u64(), in.f64()
	if in.bad {
		return errDamaged
	}
	k := slices.IndexFunc(c.lists, func(s mechState) bool { return s.mech == mech })
	if k < 0 || inst < 0 || int(inst) >= len(c.lists[k].here) || due != due {
		return errDamaged
	}
	s := &c.lists[k]
	if s.here[inst] < 0 {
		return nil
	}
	at := s.members[s.here[inst]]
	to := ^at.mech
	if con >= 0 {
		if int(con) >= len(s.cons[inst]) {
			return errDamaged
		}
		if to = s.cons[inst][con]; to < 0 {
			return nil
		}
	} else if !self {
		return errDamaged
	}
	if self {
		ev := selfEvent{sent: sent, serial: src, flag: flag, con: to, inst: at.inst}
		c.selfs[at.unit] = append(c.selfs[at.unit], waitingSelf{selfEvent: ev, t: due, mech: at.mech, at: at.inst, old: src, order: c.order})
		return nil
	}
	c.arrived[at.unit] = append(c.arrived[at.unit], arrival{t: due, con: to, spike: Spike{GID: src, T: sent}})
	return nil
}
