package engine

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// stateful are mechanisms that keep state in every place where it can be: columns, ions, weights, events of their own,
// WATCH, LAG, streams, diffusion, tables, Vectors.
var stateful = []string{"hh", "constructs/clag", "constructs/cphases", "constructs/ctables", "stochastic/trandom", "constructs/net/dcable",
	"expsyn", "exp2syn", "constructs/cfornet", "constructs/cpulse", "constructs/cwatch", "neuron/tpoint", "intfire2", "intfire4", "netstim", "stochastic/tplay"}

func compileStateful(t testing.TB) []*program.Mechanism {
	t.Helper()
	builtin := map[string][]byte{}
	for _, s := range mechanisms.Sources() {
		builtin[strings.TrimSuffix(s.File, ".mod")] = s.Text
	}
	var out []*program.Mechanism
	for _, name := range stateful {
		text, ok := builtin[name]
		if !ok {
			b, err := os.ReadFile(filepath.Join("..", "nmodl", "lower", "testdata", name+".mod"))
			if err != nil {
				t.Fatal(err)
			}
			text = b
		}
		f, s, _ := nmodl.ParseSource(name+".mod", text)
		m, ds := lower.Compile(f, s, lower.Options{})
		if m == nil || len(m.Unsupported) > 0 {
			t.Fatal(name, ds)
		}
		out = append(out, m)
	}
	return out
}

// statefulNet is the cells of one rank of several of a network of n cells and as many artificial ones.
func statefulNet(t testing.TB, mechs []*program.Mechanism, n, rank, ranks int) *Network {
	net := &Network{
		Dt: 0.1, Celsius: 22, VInit: -65, Mechanisms: mechs,
		Ions:   []Ion{{"na", 1, 10, 140, 50}, {"k", 1, 54, 2.5, -77}, {"ca", 2, 5e-5, 2, 132}},
		Trains: map[uint64][]float64{},
	}
	mech := func(name string) int32 {
		k := slices.IndexFunc(mechs, func(m *program.Mechanism) bool { return strings.EqualFold(m.Name, name) })
		if k < 0 {
			t.Fatalf("no mechanism %s", name)
		}
		return int32(k)
	}
	for gid := 2000; gid < 2004; gid++ {
		r := rand.New(rand.NewPCG(uint64(gid), 1))
		at := 0.0
		for range 60 {
			at += 1.5 * r.ExpFloat64()
			net.Trains[uint64(gid)] = append(net.Trains[uint64(gid)], at)
		}
	}
	nodes := []int32{1, 3, 5, 7, 8}
	for k, name := range []string{"a", "b"} {
		tmp := tree(name)
		tmp.SegmentL, tmp.ParentFirst = make([]float64, 9), make([]int32, 9)
		for i := range tmp.SegmentL {
			tmp.SegmentL[i], tmp.ParentFirst[i] = 20+float64(i), -1
		}
		tmp.Density = nil
		for _, d := range []string{"hh", "clag", "cphases", "ctables", "trandom", "dcable"} {
			if d != "dcable" || k == 1 {
				where := nodes
				if d == "cphases" && k == 1 { // which writes what dcable diffuses
					where = nodes[:0:0]
				}
				tmp.Density = append(tmp.Density, Density{Mech: mech(d), Nodes: where})
			}
		}
		slices.SortFunc(tmp.Density, func(a, b Density) int { return int(a.Mech - b.Mech) })
		net.Templates = append(net.Templates, tmp)
	}
	for c := range n {
		if c%ranks != rank {
			continue
		}
		r := rand.New(rand.NewPCG(uint64(c), 2))
		cell := int32(len(net.Cells))
		net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: int32(c % 3 / 2), DetectorNode: 1, Threshold: -20})
		for _, node := range nodes {
			for i, v := range []string{"r", "other"} {
				net.Setters = append(net.Setters, Setter{Of: OfDensity, Index: cell, Mech: mech("trandom"), Node: node, Procedure: v, Args: Numbers(float64(c), float64(node), float64(i))})
			}
		}
		for k, name := range []string{"cfornet", "cpulse", "cwatch", "tpoint", "ExpSyn", "Exp2Syn", "ExpSyn", "cpulse", "cfornet"} {
			target := int32(len(net.Points))
			net.Points = append(net.Points, Point{Cell: cell, Mech: mech(name), Node: nodes[(k*k+c)%5], Params: -1})
			for i := range 1 + k%3 {
				src := uint64((c + 1 + r.IntN(n)) % n)
				switch {
				case i == 1:
					src = 2000 + uint64(r.IntN(4))
				case i == 2:
					src = 1000 + uint64(r.IntN(n))
				}
				net.NetCons = append(net.NetCons, NetCon{Source: src, Target: target, Weight: 0.01 * float64(1+r.IntN(4)), Delay: 1 + 3*r.Float64()})
			}
		}
		a := int32(len(net.Artificials))
		kind := []string{"IntFire2", "IntFire4", "NetStim", "tplay"}[c%4]
		net.Artificials = append(net.Artificials, Artificial{GID: 1000 + uint64(c), Mech: mech(kind), Params: -1})
		if kind == "tplay" {
			net.Setters = append(net.Setters, Setter{Of: OfArtificial, Index: a, Procedure: "play", Args: []program.Argument{{Vector: []float64{1, 2.25, 7.5, 11, 30 + float64(c)}}}})
		}
		for _, column := range mechs[mech(kind)].Randoms {
			net.Setters = append(net.Setters, Setter{Of: OfArtificial, Index: a, Procedure: mechs[mech(kind)].Columns[column].Name, Args: Numbers(float64(c), 5, float64(column))})
		}
		net.NetCons = append(net.NetCons, NetCon{Source: 2000 + uint64(c%4), Target: a, Artificial: true, Weight: 0.7, Delay: 1.5},
			NetCon{Source: uint64(c), Target: a, Artificial: true, Weight: 0.3, Delay: 2})
	}
	return net
}

// ensemble is the ranks of a run, in one process.
type ensemble struct {
	nets    []*Network
	engines []*Engine
	digests []*Digests
	spikes  []Spike
}

const statefulInterval = 1.0 // ms

func newEnsemble(t testing.TB, mechs []*program.Mechanism, n, ranks int, opt Options) *ensemble {
	t.Helper()
	x := &ensemble{}
	for rank := range ranks {
		net := statefulNet(t, mechs, n, rank, ranks)
		e, err := New(net, opt)
		if err != nil {
			t.Fatal(err)
		}
		x.digests = append(x.digests, net.Digests())
		if _, err := e.Init(statefulInterval, 1000); err != nil {
			t.Fatal(err)
		}
		x.nets, x.engines = append(x.nets, net), append(x.engines, e)
	}
	return x
}

func (x *ensemble) advance(t testing.TB, intervals int) {
	t.Helper()
	for range intervals {
		var all []Spike
		for _, e := range x.engines {
			s, err := e.Advance(e.interval)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, s...)
		}
		slices.SortFunc(all, compareSpikes)
		for _, e := range x.engines {
			for _, s := range all {
				e.Deliver(s.GID, s.T)
			}
		}
		x.spikes = append(x.spikes, all...)
	}
}

func (x *ensemble) save(t testing.TB) [][]byte {
	t.Helper()
	var out [][]byte
	for k, e := range x.engines {
		var b bytes.Buffer
		if err := e.Save(&b, x.digests[k]); err != nil {
			t.Fatal(err)
		}
		out = append(out, b.Bytes())
	}
	return out
}

func (x *ensemble) restore(t testing.TB, files [][]byte) error {
	t.Helper()
	for k, e := range x.engines {
		mine := map[uint64]bool{}
		for _, c := range x.nets[k].Cells {
			mine[c.GID] = true
		}
		for _, a := range x.nets[k].Artificials {
			mine[a.GID] = true
		}
		var open []*StateFile
		for _, b := range files {
			f, err := OpenState(bytes.NewReader(b), int64(len(b)), func(gid uint64) bool { return mine[gid] })
			if err != nil {
				return err
			}
			open = append(open, f)
		}
		if err := e.Restore(open, Restoring{Exact: true, Digests: x.digests[k]}); err != nil {
			return err
		}
	}
	return nil
}

// records are the saved states of all cells, with the serials of self events counted for each instance by itself. It ends the
// use of the engines.
func (x *ensemble) records(t testing.TB) map[uint64][]byte {
	for _, e := range x.engines {
		for _, g := range e.groups {
			countSerials(g)
		}
	}
	out := map[uint64][]byte{}
	for _, b := range x.save(t) {
		f, err := OpenState(bytes.NewReader(b), int64(len(b)), nil)
		if err != nil {
			t.Fatal(err)
		}
		for gid, at := range f.index {
			out[gid] = b[at.at : at.at+int64(at.size)]
		}
	}
	return out
}

func countSerials(g *group) {
	lists := map[[2]int32][]uint64{} // by instance
	of := func(ev *selfEvent) [2]int32 {
		if ev.con >= 0 {
			mech, inst := g.target(ev.con)
			return [2]int32{mech, inst}
		}
		return [2]int32{^ev.con, ev.inst}
	}
	each := func(f func(ev *selfEvent)) {
		for _, ev := range g.queue.all() {
			if ev.con != fromSelf {
				continue
			}
			if self := &g.queue.selves[ev.ref]; !g.cancelled[self.serial] {
				f(self)
			}
		}
	}
	each(func(ev *selfEvent) { lists[of(ev)] = append(lists[of(ev)], ev.serial) })
	for _, l := range lists {
		slices.Sort(l)
	}
	number := func(of [2]int32, serial uint64) uint64 { return uint64(slices.Index(lists[of], serial) + 1) }
	each(func(ev *selfEvent) { ev.serial = number(of(ev), ev.serial) })
	clear(g.cancelled)
	for mk, mi := range g.mechs {
		for i := range mi.n {
			at := [2]int32{int32(mk), int32(i)}
			if mi.movable != nil {
				mi.movable[i] = number(at, mi.movable[i])
			}
			if mi.active != nil {
				for k := range mi.active[i] {
					w := &mi.active[i][k]
					w.queued = number(at, w.queued)
				}
			}
		}
	}
}

// TestSavedStateGoesOn holds that a run that was saved and restored, on other ranks and threads and with other code for
// the mechanisms, also twice, ends in the state of one that never stopped, to the bit: columns, ions, weights, events on
// their way, conditions, histories, streams.
func TestSavedStateGoesOn(t *testing.T) {
	for _, fast := range []bool{false, true} {
		testSavedState(t, fast)
	}
}

func testSavedState(t *testing.T, fast bool) {
	mechs := compileStateful(t)
	const n, intervals = 13, 36
	whole := newEnsemble(t, mechs, n, 1, Options{Fast: fast})
	whole.advance(t, intervals)
	want := whole.records(t)
	byCells, byOthers := 0, 0
	for _, s := range whole.spikes {
		if s.GID < 1000 {
			byCells++
		} else {
			byOthers++
		}
	}
	if byCells < n || byOthers < n {
		t.Fatalf("%d spikes of cells and %d of artificial cells: the test shows nothing", byCells, byOthers)
	}
	options := []struct {
		ranks int
		Options
	}{{1, Options{}}, {2, Options{}}, {4, Options{Threads: 2}}, {1, Options{Threads: 3, GroupBytes: 1}}, {1, Options{NoNative: true}},
		{1, Options{Plain: true}}, {1, Options{Threads: 2, Cut: true}}, {3, Options{NoNative: true}}}
	r := rand.New(rand.NewPCG(3, 4))
	for k := range options {
		options[k].Fast = fast
	}
	for k := range options {
		a, b, c := options[k], options[r.IntN(len(options))], options[r.IntN(len(options))]
		stops := [2]int{1 + r.IntN(intervals-2), 0}
		stops[1] = stops[0] + r.IntN(intervals-stops[0])
		name := fmt.Sprintf("%+v until %d, %+v until %d, %+v", a, stops[0], b, stops[1], c)
		x := newEnsemble(t, mechs, n, a.ranks, a.Options)
		x.advance(t, stops[0])
		y := newEnsemble(t, mechs, n, b.ranks, b.Options)
		if err := y.restore(t, x.save(t)); err != nil {
			t.Fatal(name, err)
		}
		y.advance(t, stops[1]-stops[0])
		z := newEnsemble(t, mechs, n, c.ranks, c.Options)
		if err := z.restore(t, y.save(t)); err != nil {
			t.Fatal(name, err)
		}
		z.advance(t, intervals-stops[1])
		if z.engines[0].t != whole.engines[0].t || z.engines[0].step != whole.engines[0].step {
			t.Fatalf("%s: t = %v after %d steps", name, z.engines[0].t, z.engines[0].step)
		}
		if got := slices.Concat(x.spikes, y.spikes, z.spikes); !slices.Equal(got, whole.spikes) {
			t.Errorf("%s: %d spikes, uninterrupted %d", name, len(got), len(whole.spikes))
		}
		got := z.records(t)
		for gid, b := range want {
			if !bytes.Equal(got[gid], b) {
				t.Errorf("%s: the state of cell %d differs (%d and %d bytes)", name, gid, len(got[gid]), len(b))
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestOtherCircuit: a state is refused for a circuit that differs, and the message says where.
func TestOtherCircuit(t *testing.T) {
	mechs := compileStateful(t)
	x := newEnsemble(t, mechs, 4, 1, Options{})
	x.advance(t, 3)
	saved := x.save(t)
	for _, test := range []struct {
		change func(net *Network)
		want   string
	}{
		{func(*Network) {}, ""},
		{func(net *Network) { net.NetCons[5].Delay += 0.25 }, "cell 0: its synapses, clamps or connections changed"},
		{func(net *Network) { net.NetCons[5].Weight *= 2 }, "its synapses, clamps or connections changed"},
		{func(net *Network) { net.Trains[2001][7] += 0.5 }, "its input spikes changed"},
		{func(net *Network) { net.Templates[1].Cm[1] = 2 }, "cell 2: the cell itself"},
		{func(net *Network) { net.Cells[3].GID = 77 }, "cell 77 is not in the saved state"},
		{func(net *Network) { net.Dt = 0.05 }, "dt = 0.1 ms, not 0.05 ms"},
	} {
		net := statefulNet(t, mechs, 4, 0, 1)
		test.change(net)
		e, err := New(net, Options{})
		if err != nil {
			t.Fatal(err)
		}
		digests := net.Digests()
		if _, err := e.Init(statefulInterval, 1000); err != nil {
			t.Fatal(err)
		}
		f, err := OpenState(bytes.NewReader(saved[0]), int64(len(saved[0])), nil)
		if err != nil {
			t.Fatal(err)
		}
		err = e.Restore([]*StateFile{f}, Restoring{Exact: true, Digests: digests})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// TestOtherProtocol: without Exact the state of what is the same is taken over, and new inputs act from then on.
func TestOtherProtocol(t *testing.T) {
	mechs := compileStateful(t)
	x := newEnsemble(t, mechs, 5, 1, Options{})
	x.advance(t, 9)
	saved := x.save(t)
	net := statefulNet(t, mechs, 5, 0, 1)
	net.Trains = map[uint64][]float64{3000: {2, 9.5, 12}}
	added := int32(len(net.Points))
	net.Points = append(net.Points, Point{Cell: 1, Mech: net.Points[4].Mech, Node: net.Points[4].Node, Params: -1})
	net.NetCons = append([]NetCon{{Source: 3000, Target: added, Weight: 1, Delay: 1}}, net.NetCons...)
	e, err := New(net, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Init(statefulInterval, 1000); err != nil {
		t.Fatal(err)
	}
	f, err := OpenState(bytes.NewReader(saved[0]), int64(len(saved[0])), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Restore([]*StateFile{f}, Restoring{}); err != nil {
		t.Fatal(err)
	}
	if e.T() != x.engines[0].T() {
		t.Errorf("t = %v ms, saved %v ms", e.T(), x.engines[0].T())
	}
	for c := range net.Cells {
		for node := range int32(9) {
			if a, b := *mustFind(t, e, c, node), *mustFind(t, x.engines[0], c, node); a != b {
				t.Errorf("v of cell %d, node %d is %v mV, saved %v mV", c, node, a, b)
			}
		}
	}
	g := e.PointColumn(int(added), slicesColumn(mechs[net.Points[added].Mech], "g"))
	if *g != 0 {
		t.Errorf("a synapse that was not there has g = %v", *g)
	}
	for range 2 {
		if _, err := e.Advance(e.interval); err != nil {
			t.Fatal(err)
		}
	}
	if *g == 0 {
		t.Error("the new input of t = 9.5 ms did not arrive")
	}
}

func slicesColumn(m *program.Mechanism, name string) int32 {
	return int32(slices.IndexFunc(m.Columns, func(c program.Column) bool { return c.Name == name }))
}

func mustFind(t *testing.T, e *Engine, cell int, node int32) *float64 {
	t.Helper()
	p, err := e.Variable(Probe{Cell: cell, Node: node, Variable: "v"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// FuzzRestore: no bytes make Restore panic, hang or take all memory, even with right checksums, nor what comes after it.
func FuzzRestore(f *testing.F) {
	mechs := compileStateful(f)
	x := newEnsemble(f, mechs, 3, 1, Options{})
	x.advance(f, 4)
	saved := x.save(f)[0]
	f.Add([]byte{})
	f.Add([]byte{208, 7, 0, 3, 255, 255, 255})
	f.Fuzz(func(t *testing.T, changes []byte) {
		defer fuzzing.Guard(t)()
		b := slices.Clone(saved)
		for len(changes) > 4 { // three bytes of the place, one of the length, and what is written there
			at, n := int(changes[0])|int(changes[1])<<8|int(changes[2])<<16, min(int(changes[3]%16), len(changes)-4)
			copy(b[at%len(b):], changes[4:4+n])
			changes = changes[4+n:]
		}
		file, err := OpenState(bytes.NewReader(b), int64(len(b)), nil)
		if err != nil {
			return
		}
		for gid, entry := range file.index { // as if the checksums had been made for these bytes
			if end := entry.at + int64(entry.size); entry.at >= 0 && end > entry.at && end <= int64(len(b)) {
				entry.sum = crc32.Checksum(b[entry.at:end], castagnoli)
				file.index[gid] = entry
			}
		}
		for _, exact := range []bool{true, false} {
			e, err := New(x.nets[0], Options{MaxTurns: 10000})
			if err != nil {
				t.Fatal(err)
			}
			n, err := e.Init(e.MinDelay(), 100)
			if err != nil {
				t.Fatal(err)
			}
			if e.Restore([]*StateFile{file}, Restoring{Exact: exact}) == nil {
				_, _ = e.Advance(n)
			}
		}
	})
}

// TestUnsavable: a mechanism that makes streams while time advances is named.
func TestUnsavable(t *testing.T) {
	m := decay()
	m.NetReceive.Scalar.Instrs = append(m.NetReceive.Scalar.Instrs, program.Instr{Op: program.OpCall, Dst: reg(0),
		Src: [3]program.Ref{reg(0), {Kind: program.Imm, Idx: int32(program.FnDefaultStream)}, {}}})
	m.NetReceive.Scalar.Regs = 1
	net := ring(3)
	net.Mechanisms[1] = m
	e, err := New(net, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Init(e.MinDelay(), 10); err != nil {
		t.Fatal(err)
	}
	var bad *UnsavableError
	if err := e.Save(&bytes.Buffer{}, nil); !errors.As(err, &bad) || bad.Mechanism != "decay" {
		t.Errorf("error: %v", err)
	}
}
