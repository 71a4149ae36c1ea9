package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"netsim/nmodl/program"
)

// branches is a random tree of sections of some nodes, with hh almost everywhere, calcium in a part and reversal
// potentials of its own for potassium in another.
func branches(rng *rand.Rand, mechs map[string]int32, ownE bool) *Template {
	t := &Template{Name: "branches"}
	add := func(parent int32) int32 {
		n := int32(len(t.Parent))
		t.Parent = append(t.Parent, parent)
		t.Area, t.Diam, t.Cm = append(t.Area, 50+100*rng.Float64()), append(t.Diam, 1+rng.Float64()), append(t.Cm, 1)
		t.A, t.B = append(t.A, -0.1-0.1*rng.Float64()), append(t.B, -0.1-0.1*rng.Float64())
		return n
	}
	ends := []int32{add(-1)}
	for range 12 {
		at := ends[rng.IntN(len(ends))]
		for range 3 + rng.IntN(9) {
			at = add(at)
		}
		ends = append(ends, at)
	}
	var hh, calcium, own []int32
	var gl []float64
	for n := range int32(len(t.Parent)) {
		if n%17 != 5 {
			hh = append(hh, n)
			gl = append(gl, 0.0003*(1+0.1*rng.Float64()))
		}
		if n%3 == 0 {
			calcium = append(calcium, n)
		}
		if n%5 == 0 {
			own = append(own, n)
		}
	}
	t.Density = []Density{{Mech: mechs["hh"], Nodes: hh, Params: []NodeParam{{Column: 2, Values: gl}}}, {Mech: mechs["pas"], Nodes: own},
		{Mech: mechs["tsolve"], Nodes: calcium}, {Mech: mechs["tkinetic"], Nodes: calcium[:len(calcium)/2]}}
	if ownE {
		t.IonE = []IonE{{Ion: 1, Nodes: own, E: []float64{-80}}}
	}
	return t
}

var compiled []*program.Mechanism

// forestMechanisms are compiled once.
func forestMechanisms(t *testing.T) []*program.Mechanism {
	t.Helper()
	if compiled == nil {
		for _, m := range someMechanisms(t) {
			switch m.Name {
			case "tkinetic", "hh", "pas", "tsolve", "ExpSyn", "Exp2Syn", "tpoint":
				compiled = append(compiled, m)
			}
		}
	}
	return compiled
}

// forestOf is a network of unlike cells.
func forestOf(t *testing.T, cells int, ownE bool) *Network {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 5))
	net := &Network{
		Dt: 0.025, Celsius: 6.3, VInit: -65,
		Ions: []Ion{{Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50}, {Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77},
			{Name: "ca", Valence: 2, Xi0: 5e-5, Xo0: 2, E0: 132.5}},
		Trains: map[uint64][]float64{1000: {0.3, 2, 2.01, 5}},
	}
	index := map[string]int32{}
	for _, m := range forestMechanisms(t) {
		index[m.Name] = int32(len(net.Mechanisms))
		net.Mechanisms = append(net.Mechanisms, m)
	}
	for c := range cells {
		net.Templates = append(net.Templates, branches(rng, index, ownE))
		net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: int32(c), DetectorNode: 0, Threshold: -20})
		for k, name := range []string{"ExpSyn", "Exp2Syn", "tpoint", "ExpSyn", "ExpSyn", "tpoint"} {
			p := Point{Cell: int32(c), Mech: index[name], Node: int32(rng.IntN(len(net.Templates[c].Parent))), Params: -1}
			source := uint64((c + cells - k) % cells)
			if k == 0 {
				source, p.Node = 1000, 0
			}
			net.NetCons = append(net.NetCons, NetCon{Source: source, Target: int32(len(net.Points)), Weight: 0.02 + 0.001*float64(k), Delay: 1 + 0.5*float64(k)})
			net.Points = append(net.Points, p)
		}
	}
	return net
}

// TestShared holds that data which are kept once for all instances, and currents of ions that are not computed, change
// no bit of what is.
func TestShared(t *testing.T) {
	const cells, tstop = 8, 6.
	run := func(opt Options, ownE, currents bool) ([]Spike, []float64, *Engine) {
		net := forestOf(t, cells, ownE)
		e, err := New(net, opt)
		if err != nil {
			t.Fatal(err)
		}
		rec := &Recording{End: 1 << 30, Stride: 7}
		for c := range cells {
			for _, node := range []int32{0, 3, 15} {
				for _, name := range []string{"v", "ek", "cai", "nao", "m_hh"} {
					rec.Probes = append(rec.Probes, Probe{Cell: c, Node: node, Variable: name})
				}
				if currents {
					for _, name := range []string{"ina", "ik", "ica"} {
						rec.Probes = append(rec.Probes, Probe{Cell: c, Node: node, Variable: name})
					}
				}
			}
		}
		e.Record(rec)
		n, err := e.Init(e.MinDelay(), tstop)
		if err != nil {
			t.Fatal(err)
		}
		var spikes []Spike
		var samples []float64
		for left := int(math.Round(tstop / net.Dt)); left > 0; left -= n {
			got, err := e.Advance(min(n, left))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range got {
				e.Deliver(s.GID, s.T)
			}
			spikes = append(spikes, got...)
			_, x := rec.Rows()
			samples = append(samples, x...)
		}
		return spikes, samples, e
	}
	for _, ownE := range []bool{false, true} {
		for _, currents := range []bool{false, true} {
			plainSpikes, plain, _ := run(Options{Plain: true}, ownE, currents)
			if len(plainSpikes) < cells {
				t.Fatalf("%d spikes: the test shows little", len(plainSpikes))
			}
			for _, opt := range []Options{{}, {NoNative: true}, {GroupBytes: 1 << 17}} {
				spikes, samples, e := run(opt, ownE, currents)
				if len(spikes) != len(plainSpikes) || len(samples) != len(plain) {
					t.Fatalf("%+v: %d spikes, plain %d; %d samples, plain %d", opt, len(spikes), len(plainSpikes), len(samples), len(plain))
				}
				for k := range spikes {
					if spikes[k] != plainSpikes[k] {
						t.Fatalf("%+v: spike %d is %+v, plain %+v", opt, k, spikes[k], plainSpikes[k])
					}
				}
				for k := range samples {
					if math.Float64bits(samples[k]) != math.Float64bits(plain[k]) {
						t.Fatalf("%+v: sample %d is %v, plain %v", opt, k, samples[k], plain[k])
					}
				}
				ions := e.groups[0].ions
				if len(ions[0].e) != 1 || (len(ions[1].e) != 1) != ownE || len(ions[0].xi) != 1 || len(ions[2].xi) == 1 {
					t.Errorf("%+v: what is equal is not kept once", opt)
				}
				if (ions[0].i == nil) == currents || ions[2].i == nil {
					t.Errorf("%+v: na is computed: %v, ca: %v", opt, ions[0].i != nil, ions[2].i != nil)
				}
			}
		}
	}
}

// TestLateVariable holds that data of an ion which were kept once, or not at all, can still be asked for and set.
func TestLateVariable(t *testing.T) {
	for _, native := range []bool{false, true} {
		var v [3]float64
		for k := range v {
			net := forestOf(t, 8, false)
			e, err := New(net, Options{NoNative: !native, Plain: k == 2})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Init(1, 100); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Advance(3); err != nil {
				t.Fatal(err)
			}
			if k > 0 {
				ena, err := e.Variable(Probe{Cell: 2, Node: 3, Variable: "ena"})
				if err != nil || *ena != 50 {
					t.Fatal(ena, err)
				}
				*ena = 70
				ina, err := e.Variable(Probe{Cell: 2, Node: 3, Variable: "ina"})
				if err != nil {
					t.Fatal(err)
				}
				if other, err := e.Variable(Probe{Cell: 2, Node: 6, Variable: "ena"}); err != nil || *other != 50 {
					t.Fatal(*other, err)
				}
				if k == 1 && !math.IsNaN(*ina) {
					t.Error("ina is known too early:", *ina)
				}
				if _, err := e.Advance(1); err != nil {
					t.Fatal(err)
				}
				if !(*ina < 0) {
					t.Error("ina is", *ina)
				}
			} else if _, err := e.Advance(1); err != nil {
				t.Fatal(err)
			}
			if _, err := e.Advance(20); err != nil {
				t.Fatal(err)
			}
			x, err := e.Variable(Probe{Cell: 2, Node: 3, Variable: "v"})
			if err != nil {
				t.Fatal(err)
			}
			v[k] = *x
		}
		if v[0] == v[1] {
			t.Error("ena of 70 mV changes nothing")
		}
		if v[1] != v[2] {
			t.Errorf("v is %v mV, plain %v", v[1], v[2])
		}
	}
}

// TestSpecialised holds what becomes of a program.
func TestSpecialised(t *testing.T) {
	m := &program.Mechanism{Name: "m", Globals: standardGlobals, Exts: []program.Ext{{Kind: program.NodeV}, {Kind: program.IonE, Ion: "k"}, {Kind: program.IonI, Ion: "k"}, {Kind: program.NodeRHS}}}
	code := &program.Code{Vector: true, Regs: 3, Instrs: []program.Instr{
		op(program.OpMov, reg(0), ext(0)),
		op(program.OpMov, reg(1), ext(1)),
		op(program.OpSub, reg(2), reg(0), reg(1)),
		op(program.OpAccSub, ext(3), reg(2)),
		op(program.OpMul, reg(1), reg(1), reg(2)), // reg 1 is written anew
		op(program.OpAccAdd, ext(2), reg(1)),
	}}
	mi := &mechInst{m: m, exts: []extBind{{}, {one: []float64{-77}}, {unread: true}, {}}}
	got := specialised(mi, code).Instrs
	want := []program.Instr{op(program.OpMov, reg(0), ext(0)), op(program.OpSub, reg(2), reg(0), std(3+1)), op(program.OpAccSub, ext(3), reg(2))}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for k := range want {
		if got[k] != want[k] {
			t.Errorf("operation %d is %+v, want %+v", k, got[k], want[k])
		}
	}
}

// TestNoAllocationByIons is TestNoAllocation for unlike cells with concentrations and synapses of several kinds.
func TestNoAllocationByIons(t *testing.T) {
	e, err := New(forestOf(t, 8, true), Options{})
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
		e.Deliver(1000, e.T()) // work for the queue, whether cells spike or not
	}
	for range 30 {
		turn()
	}
	if got := testing.AllocsPerRun(20, turn); got > 0 {
		t.Errorf("%g allocations per interval", got)
	}
}
