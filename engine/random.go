package engine

import (
	"fmt"
	"slices"

	"netsim/nmodl/program"
)

// Setter is a call of a PROCEDURE of one instance between its creation and the start of the run, as a script makes it:
// syn.setRNG(1, 2, 3). Procedure may be the name of a RANDOM variable instead: its stream then gets the three numbers
// as names and starts anew, as syn.r.set_ids(1, 2, 3) and syn.r.set_seq(0).
type Setter struct {
	Of        Owner
	Index     int32 // into Network.Points, Artificials or Cells
	Mech      int32 // OfDensity: index into Network.Mechanisms
	Node      int32 // OfDensity: node of the cell's template
	Procedure string
	Args      []program.Argument
}

// Owner is what a Setter is called for.
type Owner uint8

// The owners.
const (
	OfPoint Owner = iota
	OfArtificial
	OfDensity
)

// Numbers builds a Setter's arguments.
func Numbers(xs ...float64) []program.Argument {
	out := make([]program.Argument, len(xs))
	for k, x := range xs {
		out[k].Number = x
	}
	return out
}

// Streams is what the random numbers of a run start from.
type Streams struct {
	GlobalIndex uint32  // of all Random123 streams (NEURON: nrnran123_set_globalindex, Random123_globalindex)
	Rank        uint32  // part of the names of RANDOM variables that no Setter names
	ScopSeed    float64 // set_seed of scop_random and its like before the run; 0: NEURON's start
}

// drawsLegacy reports whether a mechanism uses the generator of the process.
func drawsLegacy(m *program.Mechanism) bool {
	uses := func(code *program.Code) bool {
		return code != nil && slices.ContainsFunc(code.Instrs, func(in program.Instr) bool {
			fn := program.Fn(in.Src[1].Idx)
			return in.Op == program.OpCall && fn >= program.FnScopRandom && fn <= program.FnPoisRand
		})
	}
	for _, en := range m.Entries() {
		if uses(en.Entry.Vector) || uses(en.Entry.Scalar) {
			return true
		}
	}
	return false
}

// oneStream lays everything out for one worker when some mechanism draws from the generator of the process: the order
// of the draws is then that of the instances, whatever the options.
func (e *Engine) oneStream() {
	if slices.ContainsFunc(e.net.Mechanisms, drawsLegacy) {
		e.opt.Threads = 1
		e.opt.GroupBytes = 1 << 40
	}
}

// markIdle tells the instances of padding from the others: they compute along in vector programs, but in programs that
// draw or fail they would do what no cell does.
func (g *group) markIdle(scratch *[]bool) {
	if !slices.ContainsFunc(g.mechs, func(mi *mechInst) bool { return oneByOne(mi.m) }) {
		return
	}
	used := cleared(scratch, len(g.v))
	for k := range g.blocks {
		b := &g.blocks[k]
		for lane := range b.cells {
			for node := range b.template.Parent {
				used[g.index(b, int32(node), lane)] = true
			}
		}
	}
	for _, mi := range g.mechs {
		if !oneByOne(mi.m) {
			continue
		}
		for i, at := range mi.nodes {
			if used[at] {
				continue
			}
			if mi.idle == nil {
				mi.idle = make([]bool, mi.n)
			}
			mi.idle[i] = true
		}
	}
}

// oneByOne reports whether some program of a mechanism that may fill rows runs for all instances one by one.
func oneByOne(m *program.Mechanism) bool {
	return m.Kind == program.Density && (len(m.Procedures) > 0 || len(m.Diffusion) > 0 || byColumns(m) ||
		slices.ContainsFunc(m.Entries(), func(en program.NamedEntry) bool { return en.Entry.Scalar != nil }))
}

// libraries gives every mechanism that needs one its streams and Vectors.
func (e *Engine) libraries() {
	s := e.net.Streams
	process := &program.Process{GlobalIndex: s.GlobalIndex, Rank: s.Rank}
	if s.ScopSeed != 0 {
		seed := program.Library{Process: process}
		_, _ = seed.Call(program.FnSetSeed, []float64{s.ScopSeed})
	}
	var scratch []bool
	for _, g := range e.groups {
		g.markIdle(&scratch)
		for _, mi := range g.mechs {
			mi.library, mi.owners = &program.Library{Process: process}, nil
		}
	}
}

// construct runs CONSTRUCTOR.
func (e *Engine) construct(g *group) {
	for _, mi := range g.mechs {
		for k := range mi.m.Procedures {
			if p := &mi.m.Procedures[k]; p.Name == "CONSTRUCTOR" {
				for i := range mi.n {
					e.runScalar(g, mi, p.Code, i, nil, 0)
				}
			}
		}
	}
}

// setUp names the streams of the RANDOM variables and calls the Setters.
func (e *Engine) setUp() error {
	at := e.densityIndex()
	e.defaultStreams(at)
	for k := range e.net.Setters {
		s := &e.net.Setters[k]
		in, err := e.owner(s, at)
		if err != nil {
			return err
		}
		g := e.groups[in.group]
		if err := e.callSetter(g, g.mechs[in.mech], int(in.inst), s); err != nil {
			return err
		}
	}
	return e.err
}

// densityKey is a place where a density mechanism may be.
type densityKey struct{ group, mech, at int32 }

// densityIndex finds the instances of the density mechanisms that have RANDOM variables or procedures.
func (e *Engine) densityIndex() map[densityKey]instance {
	out := map[densityKey]instance{}
	for gi, g := range e.groups {
		for mk, mi := range g.mechs {
			if mi.m.Kind != program.Density || len(mi.m.Randoms)+len(mi.m.Procedures) == 0 {
				continue
			}
			for i, at := range mi.nodes {
				out[densityKey{int32(gi), mi.mech, at}] = instance{int32(gi), int32(mk), int32(i)}
			}
		}
	}
	return out
}

func (e *Engine) owner(s *Setter, at map[densityKey]instance) (instance, error) {
	switch {
	case s.Of == OfPoint && int(s.Index) < len(e.points.number):
		return e.points.at(s.Index), nil
	case s.Of == OfArtificial && int(s.Index) < len(e.artificialAt):
		return e.artificialAt[s.Index], nil
	case s.Of == OfDensity && int(s.Index) < len(e.net.Cells):
		key := densityKey{e.groupOf(int(s.Index), s.Node), s.Mech, e.at(int(s.Index), s.Node)}
		if in, ok := at[key]; ok {
			return in, nil
		}
	}
	return instance{}, fmt.Errorf("call of %s: there is no such instance", s.Procedure)
}

// defaultStreams gives the RANDOM variables their streams, in the order in which a script that builds cells first, then
// point processes, then artificial cells makes the instances (nrnran123_newstream).
func (e *Engine) defaultStreams(at map[densityKey]instance) {
	give := func(in instance) {
		mi := e.groups[in.group].mechs[in.mech]
		for _, col := range mi.m.Randoms {
			mi.set(col, int(in.inst), mi.library.DefaultStream())
			mi.own(int(in.inst))
		}
	}
	net := e.net
	has := func(mech int32) bool { return len(net.Mechanisms[mech].Randoms) > 0 }
	for c := range net.Cells {
		for _, d := range net.Templates[net.Cells[c].Template].Density {
			if !has(d.Mech) {
				continue
			}
			for _, node := range d.Nodes {
				give(at[densityKey{e.groupOf(c, node), d.Mech, e.at(c, node)}])
			}
		}
	}
	for k := range net.Points {
		if has(net.Points[k].Mech) {
			give(e.points.at(int32(k)))
		}
	}
	for k := range net.Artificials {
		if has(net.Artificials[k].Mech) {
			give(e.artificialAt[k])
		}
	}
}

func (e *Engine) callSetter(g *group, mi *mechInst, i int, s *Setter) error {
	where := func(err error) error { return fmt.Errorf("%s.%s: %w", mi.m.Name, s.Procedure, err) }
	for k := range mi.m.Procedures {
		p := &mi.m.Procedures[k]
		if p.Name != s.Procedure {
			continue
		}
		if len(p.Unsupported) > 0 {
			u := p.Unsupported[0]
			return where(fmt.Errorf("%s:%d:%d: %s cannot be executed", u.File, u.Line, u.Col, u.What))
		}
		mi.library.Args = s.Args
		e.runScalar(g, mi, p.Code, i, nil, 0)
		mi.library.Args = nil
		if e.err != nil {
			return where(e.err)
		}
		return nil
	}
	for _, col := range mi.m.Randoms {
		if mi.m.Columns[col].Name != s.Procedure {
			continue
		}
		if len(s.Args) != 3 {
			return where(fmt.Errorf("a RANDOM variable is named by three numbers, not %d", len(s.Args)))
		}
		h := *mi.value(i, col)
		_, err := mi.library.Call(program.FnSetIDs, []float64{h, s.Args[0].Number, s.Args[1].Number, s.Args[2].Number})
		if err == nil {
			_, err = mi.library.Call(program.FnSetSeq, []float64{h, 0, 0})
		}
		if err != nil {
			return where(err)
		}
		return nil
	}
	return where(fmt.Errorf("there is no such PROCEDURE that sets something up, and no such RANDOM variable"))
}

// procedureWrites adds the columns that procedures store to, and those of RANDOM variables.
func procedureWrites(m *program.Mechanism, written []bool) {
	for k := range m.Procedures {
		for c, is := range writtenBy(m, program.Entry{Scalar: m.Procedures[k].Code}) {
			written[c] = written[c] || is
		}
	}
	for _, c := range m.Randoms {
		written[c] = true
	}
}

// call is OpCall.
func (e *Engine) call(x *scalarRun, in *program.Instr) bool {
	first := in.Src[0].Idx
	v, err := x.mi.library.Call(program.Fn(in.Src[1].Idx), x.regs[first:first+in.Src[2].Idx])
	x.mi.own(x.i)
	if err != nil {
		return e.failAt(x, err)
	}
	if in.Dst.Kind != program.None {
		x.set(in.Dst, v)
	}
	return true
}
