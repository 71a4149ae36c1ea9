package engine

import (
	"bufio"
	"cmp"
	le "encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"netsim/nmodl/program"
)

// A saved state is a file: magic, header, one record per cell, index, tail. Records name what they hold by gid, node,
// mechanism and source, so that any rank with any number of threads can take its cells from the files of all ranks. All
// numbers are little endian.
//
//	8 bytes   stateMagic
//	uint32    bytes of the header; stateHeader as JSON; uint32 CRC-32C of it
//	records   one per cell
//	index     per record: gid uint64, offset uint64, size uint32, CRC-32C uint32
//	tail      offset of the index uint64, records uint64, CRC-32C of the index uint32, tailMagic uint32
const (
	stateMagic   = "NSSTATE1"
	tailMagic    = 0x54534e45
	stateVersion = 1
	indexEntry   = 24
	tailSize     = 24
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// stateHeader says what the records of a file are made of.
type stateHeader struct {
	Version    int              `json:"version"`
	T          float64          `json:"t"`  // ms
	Dt         float64          `json:"dt"` // ms
	Step       int              `json:"step"`
	Mechanisms []stateMechanism `json:"mechanisms"`
	Ions       []string         `json:"ions"`
	Legacy     bool             `json:"legacy,omitempty"` // some mechanism draws from the generator of the process
	Scop       uint32           `json:"scop,omitempty"`   // its state
}

type stateMechanism struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Weights int      `json:"weights,omitempty"` // per connection, where events change them
	Vectors bool     `json:"vectors,omitempty"`
}

func columnName(m *program.Mechanism, c int) string {
	if col := &m.Columns[c]; col.Size > 0 {
		return fmt.Sprintf("%s[%d]", col.Name, col.Element)
	}
	return m.Columns[c].Name
}

func (e *Engine) header(kept []keeps) stateHeader {
	h := stateHeader{Version: stateVersion, T: e.t, Dt: e.net.Dt, Step: e.step}
	for k, m := range e.net.Mechanisms {
		sm := stateMechanism{Name: m.Name, Columns: kept[k].names, Vectors: kept[k].vectors}
		if kept[k].weights {
			sm.Weights = len(m.Weights)
		}
		h.Mechanisms = append(h.Mechanisms, sm)
	}
	for k := range e.net.Ions {
		h.Ions = append(h.Ions, e.net.Ions[k].Name)
	}
	if slices.ContainsFunc(e.net.Mechanisms, drawsLegacy) {
		h.Legacy = true
		if p := e.process(); p != nil {
			h.Scop = p.Scop()
		}
	}
	return h
}

// process is what the libraries of all mechanisms share, nil where there are none.
func (e *Engine) process() *program.Process {
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			return mi.library.Process
		}
	}
	return nil
}

// CanSave tells whether the state of all mechanisms can be saved. Errors: an UnsavableError.
func (e *Engine) CanSave() error {
	_, err := e.kept()
	return err
}

// Save writes the running state of this rank's cells, between two calls of Advance and after the spikes of the last one
// were delivered. digests (Network.Digests) are kept with the cells, to be compared by Restore. Errors: an
// UnsavableError; those of w.
func (e *Engine) Save(w io.Writer, digests *Digests) error {
	kept, err := e.kept()
	if err != nil {
		return err
	}
	out := &stateWriter{w: bufio.NewWriterSize(w, 1<<18)}
	text, err := json.Marshal(e.header(kept))
	if err != nil {
		return fmt.Errorf("could not encode the header of the state: %w", err)
	}
	var c encoder
	c.buf = append(c.buf, stateMagic...)
	c.u32(uint32(len(text)))
	c.buf = append(c.buf, text...)
	c.u32(crc32.Checksum(text, castagnoli))
	out.write(c.buf)
	of, gids := e.conSources()
	uses := extUses{}
	for _, unit := range e.units() {
		s := saver{roster: e.roster(unit), kept: kept, conSource: of, gids: gids, uses: uses}
		s.sortEvents()
		for k := range s.cells {
			c.buf = c.buf[:0]
			s.cell(&c, k, digests)
			out.record(s.cells[k].gid, c.buf)
		}
	}
	out.finish()
	if out.err != nil {
		return fmt.Errorf("could not write the state: %w", out.err)
	}
	return nil
}

// stateWriter counts bytes and keeps the index.
type stateWriter struct {
	w     *bufio.Writer
	at    uint64
	index encoder
	n     uint64
	err   error
}

func (o *stateWriter) write(b []byte) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
	o.at += uint64(len(b))
}

func (o *stateWriter) record(gid uint64, b []byte) {
	o.index.u64(gid)
	o.index.u64(o.at)
	o.index.u32(uint32(len(b)))
	o.index.u32(crc32.Checksum(b, castagnoli))
	o.n++
	o.write(b)
}

func (o *stateWriter) finish() {
	at := o.at
	sum := crc32.Checksum(o.index.buf, castagnoli)
	o.write(o.index.buf)
	tail := le.LittleEndian.AppendUint64(nil, at)
	tail = le.LittleEndian.AppendUint64(tail, o.n)
	tail = le.LittleEndian.AppendUint32(tail, sum)
	tail = le.LittleEndian.AppendUint32(tail, tailMagic)
	o.write(tail)
	if o.err == nil {
		o.err = o.w.Flush()
	}
}

// saver writes the cells of one unit.
type saver struct {
	*roster
	kept      []keeps
	conSource [][]int32 // per group of the engine and connection: index into gids
	gids      []uint64
	events    [][]savedEvent // per cell of the unit
	uses      extUses
}

// savedEvent is an event on its way. mech is an index into Network.Mechanisms, inst the number of the instance among
// those of the mechanism in the cell, con that of the connection among those to the instance, -1 for none.
type savedEvent struct {
	t, sent         float64 // ms
	self            bool
	src             uint64 // gid; serial of a self event
	flag            float64
	mech, inst, con int32
}

func compareSaved(a, b savedEvent) int {
	if a.self != b.self && a.t == b.t && a.sent == b.sent {
		if a.self {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.t, b.t), cmp.Compare(a.sent, b.sent), cmp.Compare(a.src, b.src), cmp.Compare(a.mech, b.mech),
		cmp.Compare(a.inst, b.inst), cmp.Compare(a.con, b.con))
}

// all lists the events of a queue, in no order.
func (q *queue) all() []event {
	out := slices.Clone(q.near[q.head:])
	out = append(out, q.heap...)
	for _, bin := range q.ring {
		out = append(out, bin...)
	}
	return out
}

// sortEvents gives the cells of the unit their events, those left out that were taken back.
func (s *saver) sortEvents() {
	type seat struct{ cell, ordinal int32 }
	seats := make([][]seat, len(s.groups))
	for u := range s.groups {
		seats[u] = make([]seat, s.base[u][len(s.base[u])-1])
	}
	for k := range s.cells {
		for _, list := range s.byMech(s.cells[k].members) {
			for j, m := range list {
				seats[m.unit][s.base[m.unit][m.mech]+m.inst] = seat{int32(k), int32(j)}
			}
		}
	}
	s.events = make([][]savedEvent, len(s.cells))
	for u, gi := range s.groups {
		g := s.e.groups[gi]
		for _, ev := range g.queue.all() {
			saved := savedEvent{t: ev.t, con: -1}
			con, mech, inst := ev.con, int32(-1), int32(-1)
			if ev.con == fromSelf {
				self := &g.queue.selves[ev.ref]
				if g.cancelled[self.serial] {
					continue
				}
				saved.self, saved.sent, saved.src, saved.flag = true, self.sent, self.serial, self.flag
				con, mech, inst = self.con, ^self.con, self.inst
			} else {
				spike := g.queue.spikes.at(ev.ref)
				saved.sent, saved.src = spike.T, spike.GID
			}
			if con >= 0 {
				mech, inst = g.target(con)
			}
			at := seats[u][s.base[u][mech]+inst]
			saved.mech, saved.inst = g.mechs[mech].mech, at.ordinal
			if con >= 0 {
				saved.con = int32(slices.Index(s.consOf(member{unit: int32(u), mech: mech, inst: inst}), con))
			}
			s.events[at.cell] = append(s.events[at.cell], saved)
		}
	}
	for k := range s.events {
		slices.SortFunc(s.events[k], compareSaved)
	}
}

// cell writes one record.
func (s *saver) cell(c *encoder, k int, digests *Digests) {
	e, cell := s.e, &s.cells[k]
	for _, d := range digests.of(cell.index) {
		c.u64(d)
	}
	if cell.index >= 0 {
		c.flag(e.above(s.groups, cell.gid))
		nodes := int32(e.nodesOf(cell.index))
		c.u32(uint32(nodes))
		c.floats(int(nodes), func(n int) float64 {
			return e.groups[e.groupOf(cell.index, int32(n))].v[e.at(cell.index, int32(n))]
		})
		for i := range e.net.Ions {
			s.ion(c, cell, e.net.Ions[i].Name)
		}
	}
	lists := s.byMech(cell.members)
	c.u32(uint32(len(lists)))
	for _, list := range lists {
		s.mechanism(c, list)
	}
	c.u32(uint32(len(s.events[k])))
	for i := range s.events[k] {
		ev := &s.events[k][i]
		c.flag(ev.self)
		c.u32(uint32(ev.mech))
		c.u32(uint32(ev.inst))
		c.u32(uint32(ev.con))
		c.f64(ev.t)
		c.f64(ev.sent)
		c.u64(ev.src)
		c.f64(ev.flag)
	}
}

// above is the state of a cell's spike detector.
func (e *Engine) above(unit []int32, gid uint64) bool {
	d := e.detector(unit, gid)
	return d != nil && d.above
}

func (e *Engine) detector(unit []int32, gid uint64) *detector {
	for _, gi := range unit {
		list := e.groups[gi].detectors // ascending by gid
		if k, ok := slices.BinarySearchFunc(list, gid, func(d detector, gid uint64) int {
			switch {
			case d.gid < gid:
				return -1
			case d.gid > gid:
				return 1
			}
			return 0
		}); ok {
			return &list[k]
		}
	}
	return nil
}

// ionAt is an ion at a node.
type ionAt struct {
	ion  *ionInst
	k    int32 // index into its arrays
	node int32
}

// ionOf lists where a cell has an ion, by node: where it has a mechanism that uses the ion.
func (r *roster) ionOf(cell *rosterCell, name string) []ionAt {
	here := make([]bool, r.e.nodesOf(cell.index))
	for _, list := range r.byMech(cell.members) {
		if slices.ContainsFunc(r.mech(list[0]).m.Ions, func(i program.Ion) bool { return i.Name == name }) {
			for _, m := range list {
				here[m.node] = true
			}
		}
	}
	var out []ionAt
	for node := range here {
		if !here[node] {
			continue
		}
		g, at := r.e.groups[r.e.groupOf(cell.index, int32(node))], r.e.at(cell.index, int32(node))
		for _, ion := range g.ions {
			if ion.ion.Name != name {
				continue
			}
			k, ok := 0, true
			if ion.nodes != nil { // else all instances have one value
				k, ok = slices.BinarySearch(ion.nodes, at)
			}
			if ok {
				out = append(out, ionAt{ion, int32(k), int32(node)})
			}
		}
	}
	return out
}

func (s *saver) ion(c *encoder, cell *rosterCell, name string) {
	list := s.ionOf(cell, name)
	c.u32(uint32(len(list)))
	c.counts(len(list), func(k int) int32 { return list[k].node })
	// Whether a current is known that no mechanism of the cell reads depends on the other cells of its group.
	current := slices.ContainsFunc(s.byMech(cell.members), func(same []member) bool { return s.uses.of(s.mech(same[0]).m).reading(program.IonI, name) })
	for _, kind := range ionKinds {
		c.floats(len(list), func(k int) float64 {
			if kind == program.IonI && !current {
				return 0
			}
			return *value(*list[k].ion.array(kind), list[k].k)
		})
	}
}

// ionKinds is what is saved of an ion at a node.
var ionKinds = [...]program.ExtKind{program.IonE, program.IonXi, program.IonXo, program.IonI}

// mechanism writes the instances of one mechanism in a cell.
func (s *saver) mechanism(c *encoder, list []member) {
	n := len(list)
	mi := func(k int) *mechInst { return s.mech(list[k]) }
	inst := func(k int) int32 { return list[k].inst }
	first := mi(0)
	keep := &s.kept[first.mech]
	c.u32(uint32(first.mech))
	c.u32(uint32(n))
	c.counts(n, func(k int) int32 { return list[k].node })
	c.flag(first.m.Kind != program.Density)
	if first.m.Kind != program.Density {
		s.connected(c, list, keep)
	}
	for _, col := range keep.columns {
		c.floats(n, func(k int) float64 { return *mi(k).value(int(inst(k)), col) })
	}
	c.words(n, func(k int) uint64 {
		if m := mi(k); m.movable != nil {
			return m.movable[inst(k)]
		}
		return 0
	})
	c.counts(n, func(k int) int32 {
		if m := mi(k); m.active != nil {
			return int32(len(m.active[inst(k)]))
		}
		return 0
	})
	for k := range n {
		if mi(k).active == nil {
			continue
		}
		for _, w := range mi(k).active[inst(k)] {
			c.u32(uint32(w.code))
			c.f64(w.flag)
			c.flag(w.above)
			c.u64(w.queued)
		}
	}
	c.u32(uint32(first.m.Lags))
	for k := range n * first.m.Lags {
		saveLag(c, mi(k/first.m.Lags), int(inst(k/first.m.Lags)), k%first.m.Lags)
	}
	s.objects(c, list, keep)
}

func saveLag(c *encoder, mi *mechInst, inst, lag int) {
	if mi.lags == nil || mi.lags[inst] == nil {
		c.u32(0)
		return
	}
	times, values, between := mi.lags[inst][lag].State()
	c.u32(uint32(len(times)))
	for k := range times {
		c.f64(times[k])
		c.f64(values[k])
	}
	c.f64(between)
}

// connected writes which connections the instances have, and their weights where those change.
func (s *saver) connected(c *encoder, list []member, keep *keeps) {
	cons := make([][]int32, len(list))
	var sources []uint64
	for k, m := range list {
		cons[k] = s.consOf(m)
		for _, con := range cons[k] {
			sources = append(sources, s.gids[s.conSource[s.groups[m.unit]][con]])
		}
	}
	c.counts(len(list), func(k int) int32 { return int32(len(cons[k])) })
	c.words(len(sources), func(k int) uint64 { return sources[k] })
	if !keep.weights {
		return
	}
	var weights []float64
	for k, m := range list {
		for _, con := range cons[k] {
			weights = append(weights, s.group(m).cons.of(con, s.mech(m))...)
		}
	}
	c.floats(len(weights), func(k int) float64 { return weights[k] })
}

// objects writes the streams of the instances, and their Vectors where those change, each in the order in which the
// instance made them.
func (s *saver) objects(c *encoder, list []member, keep *keeps) {
	of := objectsOf(s.roster, list)
	c.counts(len(list), func(k int) int32 { return int32(len(of[k])) })
	for k, m := range list {
		for _, handle := range of[k] {
			o := s.mech(m).library.State(handle)
			c.flag(o.Stream)
			if !o.Stream {
				if keep.vectors {
					c.u32(uint32(len(o.Vector)))
					c.floats(len(o.Vector), func(k int) float64 { return o.Vector[k] })
				}
				continue
			}
			for _, x := range o.Random.Counter {
				c.u32(x)
			}
			for _, x := range o.Random.Block {
				c.u32(x)
			}
			c.u32(o.Random.Global)
			c.u8(o.Random.Which)
			c.flag(o.Cached)
			c.f64(o.Next)
		}
	}
}

// objectsOf lists the handles of each instance's streams and Vectors.
func objectsOf(r *roster, list []member) [][]int {
	out := make([][]int, len(list))
	type key struct {
		mi   *mechInst
		inst int32
	}
	place := map[key]int{}
	done := map[*mechInst]bool{}
	for k, m := range list {
		if mi := r.mech(m); len(mi.owners) > 0 {
			place[key{mi, m.inst}] = k
		}
	}
	if len(place) == 0 {
		return out
	}
	for _, m := range list {
		mi := r.mech(m)
		if done[mi] {
			continue
		}
		done[mi] = true
		for h, inst := range mi.owners {
			if k, ok := place[key{mi, inst}]; ok {
				out[k] = append(out[k], h+1)
			}
		}
	}
	return out
}
