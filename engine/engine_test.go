package engine

import (
	"math"
	"slices"
	"testing"

	"netsim/nmodl/program"
)

func reg(i int32) program.Ref { return program.Ref{Kind: program.Reg, Idx: i} }
func col(i int32) program.Ref { return program.Ref{Kind: program.Col, Idx: i} }
func num(i int32) program.Ref { return program.Ref{Kind: program.Const, Idx: i} }
func ext(i int32) program.Ref { return program.Ref{Kind: program.ExtRef, Idx: i} }
func std(i int32) program.Ref { return program.Ref{Kind: program.Glob, Idx: i} }
func wgt(i int32) program.Ref { return program.Ref{Kind: program.Weight, Idx: i} }
func op(o program.Op, dst program.Ref, src ...program.Ref) program.Instr {
	in := program.Instr{Op: o, Dst: dst}
	copy(in.Src[:], src)
	return in
}

var standardGlobals = []program.Global{{Name: "t"}, {Name: "dt"}, {Name: "celsius"}}

// leak is i = g*(v - e), by hand.
func leak() *program.Mechanism {
	return &program.Mechanism{
		Name: "leak", Kind: program.Density,
		Columns: []program.Column{{Name: "g", Default: 0.001}, {Name: "e", Default: -70}, {Name: "i", Role: program.Assigned}},
		Globals: standardGlobals,
		Consts:  []float64{0.001},
		Exts:    []program.Ext{{Kind: program.NodeV}, {Kind: program.NodeRHS}, {Kind: program.NodeD}},
		Cur: program.Entry{Vector: &program.Code{Vector: true, Regs: 4, Instrs: []program.Instr{
			op(program.OpMov, reg(0), ext(0)),
			op(program.OpAdd, reg(1), reg(0), num(0)),
			op(program.OpSub, reg(1), reg(1), col(1)),
			op(program.OpMul, reg(1), col(0), reg(1)),
			op(program.OpSub, reg(2), reg(0), col(1)),
			op(program.OpMul, reg(2), col(0), reg(2)),
			op(program.OpMov, col(2), reg(2)),
			op(program.OpSub, reg(1), reg(1), reg(2)),
			op(program.OpDiv, reg(1), reg(1), num(0)),
			op(program.OpAccSub, ext(1), reg(2)),
			op(program.OpAccAdd, ext(2), reg(1)),
		}}},
	}
}

// decay is a point process with i = g*(v - e), g' = -g/tau by an exact step of exp(-dt/tau), event adds its weight.
func decay() *program.Mechanism {
	return &program.Mechanism{
		Name: "decay", Kind: program.Point,
		Columns: []program.Column{{Name: "g", Role: program.State}, {Name: "e"}, {Name: "tau", Default: 2}, {Name: "factor", Role: program.Hidden}, {Name: "scale", Role: program.Hidden}},
		Globals: standardGlobals,
		Consts:  []float64{0.001, 100},
		Exts:    []program.Ext{{Kind: program.NodeV}, {Kind: program.NodeRHS}, {Kind: program.NodeD}, {Kind: program.NodeArea}},
		Prepare: program.Entry{Vector: &program.Code{Vector: true, Regs: 1, Instrs: []program.Instr{
			op(program.OpDiv, reg(0), std(program.GlobDt), col(2)),
			op(program.OpNeg, reg(0), reg(0)),
			op(program.OpExp, col(3), reg(0)),
			op(program.OpMov, reg(0), ext(3)),
			op(program.OpDiv, col(4), num(1), reg(0)),
		}}},
		Cur: program.Entry{Vector: &program.Code{Vector: true, Regs: 3, Instrs: []program.Instr{
			op(program.OpMov, reg(0), ext(0)),
			op(program.OpSub, reg(1), reg(0), col(1)),
			op(program.OpMul, reg(1), reg(1), col(0)),
			op(program.OpMul, reg(1), reg(1), col(4)),
			op(program.OpMul, reg(2), col(0), col(4)),
			op(program.OpAccSub, ext(1), reg(1)),
			op(program.OpAccAdd, ext(2), reg(2)),
		}}},
		State:      program.Entry{Vector: &program.Code{Vector: true, Instrs: []program.Instr{op(program.OpMul, col(0), col(0), col(3))}}},
		NetReceive: program.Entry{Scalar: &program.Code{Instrs: []program.Instr{op(program.OpAdd, col(0), col(0), wgt(0))}}},
		Weights:    []string{"w"},
	}
}

// tree is a soma of one segment with two branches, the second of which forks.
func tree(name string) *Template {
	return &Template{
		Name:   name,
		Parent: []int32{-1, 0, 1, 2, 3, 2, 5, 6, 6},
		Area:   []float64{100, 500, 100, 300, 100, 200, 100, 150, 170},
		Diam:   []float64{10, 10, 10, 2, 2, 1.5, 1.5, 1, 1},
		A:      []float64{0, -0.3, -0.2, -0.15, -0.1, -0.12, -0.21, -0.07, -0.05},
		B:      []float64{0, -0.06, -0.25, -0.05, -0.3, -0.06, -0.19, -0.06, -0.05},
		Cm:     []float64{0, 1, 0, 1, 0, 1.5, 0, 1.2, 1.1},
		Density: []Density{{Mech: 0, Nodes: []int32{1, 3, 5, 7, 8},
			Params: []NodeParam{{Column: 0, Values: []float64{0.0003, 0.001, 0.0002, 0.0004, 0.0001}}, {Column: 1, Values: []float64{-65}}}}},
	}
}

// ring makes n cells, each with synapses from the cell before it and from one stimulus.
func ring(n int) *Network {
	net := &Network{
		Dt: 0.1, Celsius: 34, VInit: -65,
		Mechanisms: []*program.Mechanism{leak(), decay()},
		Templates:  []*Template{tree("a"), tree("b")},
		Params:     []ParamSet{{Columns: []int32{1, 2}, Values: []float64{0, 3}}, {Columns: []int32{1}, Values: []float64{-70}}},
		Trains:     map[uint64][]float64{1000: {1, 2.5, 2.55, 7, 30}},
	}
	for c := range n {
		net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: int32(c % 2), DetectorNode: 1, Threshold: -55})
		for k := range 5 {
			net.Points = append(net.Points, Point{Cell: int32(c), Mech: 1, Node: []int32{1, 3, 5, 5, 8}[k], Params: int32(k % 3 % 2)})
			src := uint64((c + n - 1 - k) % n)
			if k == 0 && c%4 == 0 {
				src = 1000
			}
			net.NetCons = append(net.NetCons, NetCon{Source: src, Target: int32(len(net.Points) - 1), Weight: 0.02 * float64(k+1), Delay: 1.3 + 0.4*float64(k)})
		}
	}
	return net
}

// play runs a network to tstop (ms) and returns all spikes and samples.
func play(t *testing.T, net *Network, opt Options, tstop float64) ([]Spike, []float64) {
	t.Helper()
	e, err := New(net, opt)
	if err != nil {
		t.Fatal(err)
	}
	rec := &Recording{End: 1 << 30, Stride: 3}
	for c := range net.Cells {
		rec.Probes = append(rec.Probes, Probe{Cell: c, Node: 1, Variable: "v"}, Probe{Cell: c, Node: 8, Variable: "v"}, Probe{Cell: c, Node: 5, Variable: "i_leak"})
	}
	e.Record(rec)
	interval, err := e.Init(e.MinDelay(), tstop)
	if err != nil {
		t.Fatal(err)
	}
	var spikes []Spike
	var samples []float64
	for steps := int(math.Round(tstop / net.Dt)); steps > 0; {
		n := min(interval, steps)
		got, err := e.Advance(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got {
			e.Deliver(s.GID, s.T)
		}
		spikes = append(spikes, got...)
		_, v := rec.Rows()
		samples = append(samples, v...)
		steps -= n
	}
	return spikes, samples
}

// TestPlainAndFast holds that lanes, groups, threads and vector loops change no bit, in either solver.
func TestPlainAndFast(t *testing.T) {
	for _, n := range []int{1, 2, 5, 16, 37} {
		for _, fast := range []bool{false, true} {
			testPlainAndFast(t, n, fast)
		}
	}
}

func testPlainAndFast(t *testing.T, n int, fast bool) {
	plainSpikes, plain := play(t, ring(n), Options{Plain: true, Fast: fast}, 40)
	if n > 4 && len(plainSpikes) == 0 {
		t.Fatalf("%d cells: no spikes, the test shows nothing", n)
	}
	for _, opt := range []Options{{}, {NoNative: true}, {Threads: 2}, {Threads: 3, GroupBytes: 1}, {GroupBytes: 1}, {GroupBytes: 1, NoNative: true},
		{Threads: 2, Cut: true}, {Threads: 3, Cut: true, NoNative: true}} {
		opt.Fast = fast
		spikes, samples := play(t, ring(n), opt, 40)
		if len(spikes) != len(plainSpikes) {
			t.Fatalf("%d cells, %+v: %d spikes, plain %d", n, opt, len(spikes), len(plainSpikes))
		}
		for k := range spikes {
			if spikes[k] != plainSpikes[k] {
				t.Fatalf("%d cells, %+v: spike %d is %+v, plain %+v", n, opt, k, spikes[k], plainSpikes[k])
			}
		}
		if len(samples) != len(plain) {
			t.Fatalf("%d cells, %+v: %d samples, plain %d", n, opt, len(samples), len(plain))
		}
		for k := range samples {
			if math.Float64bits(samples[k]) != math.Float64bits(plain[k]) {
				t.Fatalf("%d cells, %+v: sample %d is %v, plain %v", n, opt, k, samples[k], plain[k])
			}
		}
	}
}

// TestDirectSolver: the two solvers have the same spikes, and potentials within 1e-9 mV: rounding, amplified by the axial
// conductance over the membrane's and by the upstroke of spikes.
func TestDirectSolver(t *testing.T) {
	spikes, v := play(t, ring(16), Options{}, 40)
	direct, u := play(t, ring(16), Options{Fast: true}, 40)
	if len(spikes) == 0 || !slices.Equal(spikes, direct) {
		t.Errorf("%d spikes, direct %d", len(spikes), len(direct))
	}
	most := 0.0
	for k := range v {
		most = max(most, math.Abs(v[k]-u[k]))
	}
	t.Logf("%d samples differ by %.2g mV at most", len(v), most)
	if most == 0 || most > 1e-9 {
		t.Errorf("%d samples differ by %g mV at most", len(v), most)
	}
}

// TestNoAllocation holds that the main loop allocates nothing once its buffers have grown.
func TestNoAllocation(t *testing.T) {
	net := ring(24)
	e, err := New(net, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := e.Init(e.MinDelay(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	turn := func() {
		spikes, err := e.Advance(n)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range spikes {
			e.Deliver(s.GID, s.T)
		}
	}
	for range 200 {
		turn()
	}
	if got := testing.AllocsPerRun(200, turn); got > 0 {
		t.Errorf("%g allocations per interval", got)
	}
}
