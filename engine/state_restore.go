package engine

import (
	"bytes"
	"cmp"
	le "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"netsim/nmodl/program"
)

// StateFile is a saved state of one rank's cells, open for reading.
type StateFile struct {
	r      io.ReaderAt
	header stateHeader
	index  map[uint64]stateEntry // by gid
	cells  int                   // of the whole file
}

type stateEntry struct {
	at   int64
	size uint32
	sum  uint32
}

// OpenState reads the header of a saved state of size bytes, and the index of the cells that want accepts; nil: of all.
// Errors: those of r; a file that is damaged or of another version.
func OpenState(r io.ReaderAt, size int64, want func(gid uint64) bool) (*StateFile, error) {
	const head = len(stateMagic) + 4
	damaged := fmt.Errorf("%w: its beginning or its end is lost", errDamaged)
	if size < int64(head)+4+tailSize {
		return nil, damaged
	}
	b := make([]byte, head)
	if _, err := r.ReadAt(b, 0); err != nil {
		return nil, fmt.Errorf("could not read the state: %w", err)
	}
	n := int64(le.LittleEndian.Uint32(b[len(stateMagic):]))
	if string(b[:len(stateMagic)]) != stateMagic || n > size-int64(head)-4-tailSize {
		return nil, damaged
	}
	text := make([]byte, n+4)
	tail := make([]byte, tailSize)
	if _, err := r.ReadAt(text, int64(head)); err != nil {
		return nil, fmt.Errorf("could not read the state: %w", err)
	}
	if _, err := r.ReadAt(tail, size-tailSize); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("could not read the state: %w", err)
	}
	f := &StateFile{r: r, index: map[uint64]stateEntry{}}
	at, count := le.LittleEndian.Uint64(tail), le.LittleEndian.Uint64(tail[8:])
	if crc32.Checksum(text[:n], castagnoli) != le.LittleEndian.Uint32(text[n:]) || le.LittleEndian.Uint32(tail[20:]) != tailMagic ||
		json.Unmarshal(text[:n], &f.header) != nil || count > uint64(size)/indexEntry || at+count*indexEntry+tailSize != uint64(size) {
		return nil, damaged
	}
	if f.header.Version != stateVersion {
		return nil, fmt.Errorf("the saved state has version %d; this netsim knows %d", f.header.Version, stateVersion)
	}
	f.cells = int(count)
	return f, f.readIndex(io.NewSectionReader(r, int64(at), int64(count)*indexEntry), le.LittleEndian.Uint32(tail[16:]), want)
}

func (f *StateFile) readIndex(in *io.SectionReader, want32 uint32, want func(gid uint64) bool) error {
	sum := crc32.New(castagnoli)
	limit := uint64(in.Size()) // of what follows the records
	buf := make([]byte, 4096*indexEntry)
	for {
		n, err := io.ReadFull(in, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("could not read the state: %w", err)
		}
		sum.Write(buf[:n])
		for b := buf[:n]; len(b) >= indexEntry; b = b[indexEntry:] {
			gid := le.LittleEndian.Uint64(b)
			if want == nil || want(gid) {
				f.index[gid] = stateEntry{int64(le.LittleEndian.Uint64(b[8:])), le.LittleEndian.Uint32(b[16:]), le.LittleEndian.Uint32(b[20:])}
			}
		}
		if n < len(buf) {
			break
		}
	}
	if sum.Sum32() != want32 {
		return fmt.Errorf("%w: the checksum of its index is wrong (%d bytes)", errDamaged, limit)
	}
	return nil
}

// T is the time of the state (ms).
func (f *StateFile) T() float64 { return f.header.T }

// Restoring says how a saved state is taken over.
type Restoring struct {
	// Exact goes on with the run that was saved: the same circuit, dt and inputs; everything must be there. Without it
	// the state is taken over as far as cells, mechanisms and connections are the same; the rest keeps what INITIAL gave it.
	Exact   bool
	Digests *Digests // with Exact: of this network, compared cell by cell; nil: not compared
}

// Restore replaces the state that Init has made by the one saved in files, of which each cell of this rank is in one. The
// time goes on from the saved one. Errors: a cell that is missing, damaged or different.
func (e *Engine) Restore(files []*StateFile, opt Restoring) error {
	if len(files) == 0 {
		return errors.New("there is no saved state to restore")
	}
	kept, err := e.kept()
	if err != nil {
		return err
	}
	r := &restorer{e: e, opt: opt, kept: kept, spikes: map[Spike]uint32{}}
	for _, f := range files {
		if err := r.open(f); err != nil {
			return err
		}
	}
	if err := r.legacy(files); err != nil {
		return err
	}
	h := &files[0].header
	e.t = h.T
	e.step = h.Step
	if !opt.Exact {
		e.step = int(math.Round(h.T / e.net.Dt))
		if math.Abs(float64(e.step)*e.net.Dt-h.T) > 1e-6*e.net.Dt+1e-9*h.T {
			return fmt.Errorf("the saved state is that of t = %.10g ms, which is no multiple of dt = %g ms", h.T, e.net.Dt)
		}
	}
	r.conSource, r.gids = e.conSources()
	for _, unit := range e.units() {
		if err := r.unit(unit); err != nil {
			return err
		}
	}
	e.nextTrain, _ = slices.BinarySearchFunc(e.trains, e.t, func(s Spike, t float64) int {
		if s.T <= t {
			return -1
		}
		return 1
	})
	return nil
}

// restorer puts the cells of one rank into their state.
type restorer struct {
	e     *Engine
	opt   Restoring
	kept  []keeps
	files []openFile

	conSource [][]int32 // Engine.conSources
	gids      []uint64
	spikes    map[Spike]uint32 // numbers in the engine's spikeLog
}

// openFile is a file and how its mechanisms are called here.
type openFile struct {
	*StateFile
	mechs   []int32   // per mechanism of the file: index into Network.Mechanisms, -1 for none
	columns [][]int32 // per mechanism and column of the file: column here, -1 for none
}

func (r *restorer) open(f *StateFile) error {
	h, net := &f.header, r.e.net
	first := h
	if len(r.files) > 0 {
		first = &r.files[0].header
	}
	if h.T != first.T || h.Step != first.Step || h.Dt != first.Dt {
		return fmt.Errorf("%w: its files are of different times (%v and %v ms)", errDamaged, first.T, h.T)
	}
	if !(h.T >= 0) || h.Step < 0 {
		return errDamaged
	}
	if r.opt.Exact && h.Dt != net.Dt {
		return fmt.Errorf("the saved state was computed with dt = %g ms, not %g ms", h.Dt, net.Dt)
	}
	o := openFile{StateFile: f}
	for _, sm := range h.Mechanisms {
		k := int32(slices.IndexFunc(net.Mechanisms, func(m *program.Mechanism) bool { return m.Name == sm.Name }))
		columns := make([]int32, len(sm.Columns))
		for i, name := range sm.Columns {
			columns[i] = -1
			if k < 0 {
				continue
			}
			if at := slices.Index(r.kept[k].names, name); at >= 0 {
				columns[i] = r.kept[k].columns[at]
			}
		}
		o.mechs, o.columns = append(o.mechs, k), append(o.columns, columns)
	}
	r.files = append(r.files, o)
	return nil
}

// legacy goes on with the generator of the process. Its one stream cannot be divided over other ranks.
func (r *restorer) legacy(files []*StateFile) error {
	if !slices.ContainsFunc(r.e.net.Mechanisms, drawsLegacy) || !r.opt.Exact {
		return nil
	}
	cells := len(r.e.net.Cells) + len(r.e.net.Artificials)
	for _, f := range files {
		if len(f.index) == 0 {
			continue
		}
		if f.cells != cells || len(f.index) != cells {
			return errors.New("a mechanism draws from the generator of the process (scop_random and its like), whose order depends on the number of ranks: resume on as many ranks as before")
		}
		if p := r.e.process(); p != nil {
			p.SetScop(f.header.Scop)
		}
	}
	return nil
}

// record finds and reads a cell's record.
func (r *restorer) record(gid uint64) (*openFile, []byte, error) {
	for k := range r.files {
		f := &r.files[k]
		at, ok := f.index[gid]
		if !ok {
			continue
		}
		// As bytes come, not as many as the index promises.
		var b bytes.Buffer
		if _, err := io.Copy(&b, io.NewSectionReader(f.r, at.at, int64(at.size))); err != nil {
			return nil, nil, fmt.Errorf("could not read the state of cell %d: %w", gid, err)
		}
		if b.Len() != int(at.size) || crc32.Checksum(b.Bytes(), castagnoli) != at.sum {
			return nil, nil, fmt.Errorf("cell %d: %w: its checksum is wrong", gid, errDamaged)
		}
		return f, b.Bytes(), nil
	}
	return nil, nil, fmt.Errorf("cell %d is not in the saved state", gid)
}

// unit restores the cells of one unit.
func (r *restorer) unit(unit []int32) error {
	e := r.e
	u := &unitState{roster: e.roster(unit), selfs: make([][]waitingSelf, len(unit)), refs: make([][]serialRef, len(unit)),
		arrived: make([][]arrival, len(unit)), touched: make([][]bool, len(unit))}
	for k := range unit {
		u.touched[k] = make([]bool, u.base[k][len(u.base[k])-1])
	}
	for k := range u.cells {
		f, b, err := r.record(u.cells[k].gid)
		if err != nil {
			return err
		}
		c := cellState{restorer: r, unitState: u, f: f, cell: &u.cells[k], order: k, in: decoder{buf: b}}
		if err = c.restore(); err == nil && (c.in.bad || len(c.in.buf) > 0) {
			err = errDamaged
		}
		if err != nil {
			return fmt.Errorf("cell %d: %w", u.cells[k].gid, err)
		}
	}
	for k, gi := range unit {
		u.queue(k, e.groups[gi], r.spikes)
	}
	return nil
}

// unitState is a unit while its cells are restored.
type unitState struct {
	*roster
	arrived [][]arrival // per group: spikes on their way
	selfs   [][]waitingSelf
	refs    [][]serialRef // what names self events
	touched [][]bool      // per group and instance: it was restored
}

// arrival is an event of a spike.
type arrival struct {
	t     float64 // ms
	con   int32
	spike Spike
}

// waitingSelf is an event that an instance sent itself. Serials count within a group: they are given anew, in the order
// of the old ones.
type waitingSelf struct {
	selfEvent
	t        float64 // ms
	mech, at int32   // the instance
	old      uint64
	order    int // of the cell in the unit
}

type serialRef struct {
	p          *uint64
	mech, inst int32
	old        uint64
}

// queue gives a group its events and its time.
func (u *unitState) queue(k int, g *group, spikes map[Spike]uint32) {
	e := u.e
	// What INITIAL has sent to instances that the saved state does not know stays, if it is not past.
	for _, ev := range g.queue.all() {
		con, mech, inst := ev.con, int32(-1), int32(-1)
		var self selfEvent
		if ev.con == fromSelf {
			self = g.queue.selves[ev.ref]
			con, mech, inst = self.con, ^self.con, self.inst
		}
		if con >= 0 {
			mech, inst = g.target(con)
		}
		if u.touched[k][u.base[k][mech]+inst] || ev.t < e.t || g.cancelled[self.serial] {
			continue
		}
		if ev.con != fromSelf {
			u.arrived[k] = append(u.arrived[k], arrival{ev.t, ev.con, *g.queue.spikes.at(ev.ref)})
			continue
		}
		u.selfs[k] = append(u.selfs[k], waitingSelf{selfEvent: self, t: ev.t, mech: mech, at: inst, old: self.serial, order: len(u.cells)})
		if mi := g.mechs[mech]; mi.movable != nil && mi.movable[inst] == self.serial {
			u.refs[k] = append(u.refs[k], serialRef{&mi.movable[inst], mech, inst, self.serial})
		}
	}
	type key struct {
		mech, inst int32
		old        uint64
	}
	serials := map[key]uint64{}
	list := u.selfs[k]
	slices.SortFunc(list, func(a, b waitingSelf) int {
		return cmp.Or(cmp.Compare(a.old, b.old), cmp.Compare(a.order, b.order), cmp.Compare(a.mech, b.mech), cmp.Compare(a.at, b.at))
	})
	g.t, g.step, g.serial, g.cancelled, g.spikes = e.t, e.step, 0, nil, g.spikes[:0]
	g.queue.init(e.interval, e.net.Dt, &e.spikeLog)
	g.queue.opened = g.queue.bin(e.t)
	for i := range list {
		g.serial++
		serials[key{list[i].mech, list[i].at, list[i].old}] = g.serial
		list[i].serial = g.serial
		g.queue.pushSelf(list[i].t, list[i].selfEvent)
	}
	for _, ref := range u.refs[k] {
		*ref.p = serials[key{ref.mech, ref.inst, ref.old}]
	}
	for _, a := range u.arrived[k] {
		ref, known := spikes[a.spike]
		if !known {
			ref = e.spikeLog.add(a.spike, e.t)
			spikes[a.spike] = ref
		}
		g.queue.push(event{t: a.t, con: a.con, ref: ref})
	}
	g.watching = g.watching[:0]
	for _, mi := range g.mechs {
		if mi.active != nil {
			g.watching = append(g.watching, mi)
		}
	}
}
