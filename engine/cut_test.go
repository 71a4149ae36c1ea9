package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// randomTree is a tree of n nodes: long runs, forks, many branches at one node.
func randomTree(rng *rand.Rand, name string, n int) *Template {
	t := &Template{Name: name}
	straight := []float64{0.98, 0.8, 0.4}[rng.IntN(3)]
	for i := range n {
		p := i - 1
		if i > 0 && rng.Float64() > straight {
			p = rng.IntN(i)
			if rng.IntN(3) == 0 {
				p = rng.IntN(min(i, 4))
			}
		}
		t.Parent = append(t.Parent, int32(p))
		t.Area = append(t.Area, 50+200*rng.Float64())
		t.Diam = append(t.Diam, 0.5+3*rng.Float64())
		t.A = append(t.A, -rng.Float64())
		t.B = append(t.B, -rng.Float64())
		t.Cm = append(t.Cm, float64(rng.IntN(5)/4)+rng.Float64()*float64(rng.IntN(2)))
	}
	t.A[0], t.B[0], t.Cm[0] = 0, 0, 1
	return t
}

// TestCutTreeIsHines holds that a cell that is cut, with every trunk that the cuts go through, has the bits of the plain
// solvers, and that each node is in the one share that is said to have it.
func TestCutTreeIsHines(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	e := &Engine{net: &Network{Dt: 0.025}}
	for range 30 {
		size := 1 + rng.IntN(250)
		temp := randomTree(rng, "t", size)
		node := make([]float64, size)
		start := [3][]float64{make([]float64, size), make([]float64, size), make([]float64, size)} // v, rhs, d
		for i := range size {
			node[i] = float64(rng.IntN(30))
			start[0][i], start[1][i], start[2][i] = rng.NormFloat64()*20-60, rng.NormFloat64(), rng.Float64()
		}
		runs := runsOf(temp, node)
		for _, direct := range []bool{false, true} {
			var want [3][]float64
			for k := range want {
				want[k] = slices.Clone(start[k])
			}
			v, rhs, d := want[0], want[1], want[2]
			if c := e.direct(temp); direct {
				vec.DirectSolve1(size, 1, &temp.Parent[0], &temp.A[0], &temp.B[0], &c.ab[0], &c.capacity[0], &c.diag[0], &v[0], &rhs[0], &d[0])
			} else {
				vec.HinesStep1(size, 1, &temp.Parent[0], &temp.A[0], &temp.B[0], &temp.Cm[0], e.capacitance(), &v[0], &rhs[0], &d[0])
			}
			for n := 2; n <= 4; n++ {
				for trunk := 1; trunk <= len(runs); trunk += 1 + len(runs)/16 {
					b := block{template: temp, cells: []int{0}}
					laid := layCut(&b, cutAt(temp, runs, node, n, trunk, 0))
					got := solveCut(e, laid, &b, direct, start)
					for k, what := range []string{"v", "rhs", "d"} {
						for i := range size {
							if x, y := got[k][i], want[k][i]; math.Float64bits(x) != math.Float64bits(y) {
								t.Fatalf("%d nodes, %d members, %d of %d runs in the trunk, direct %v: %s of node %d is %v, want %v",
									size, n, trunk, len(runs), direct, what, i, x, y)
							}
						}
					}
					checkOwners(t, laid, &b)
				}
			}
		}
	}
}

// solveCut solves one step from v, rhs and d per node and returns them as they are then.
func solveCut(e *Engine, laid *cutCell, b *block, direct bool, start [3][]float64) (out [3][]float64) {
	tr := laid.trunk
	tr.cfac = e.capacitance()
	for i, at := range b.places {
		tr.v[at], tr.rhs[at], tr.d[at] = start[0][i], start[1][i], start[2][i]
	}
	var directs []*directForest
	if direct {
		directs = laid.goDirect(e, b)
	}
	var wg sync.WaitGroup
	for k, f := range laid.shares {
		wg.Go(func() {
			if direct {
				directs[k].solve(tr.v, tr.rhs, tr.d)
				return
			}
			f.solve(tr.cfac, tr.v, tr.rhs, tr.d)
		})
	}
	wg.Wait()
	for k, array := range [3][]float64{tr.v, tr.rhs, tr.d} {
		for _, at := range b.places {
			out[k] = append(out[k], array[at])
		}
	}
	return out
}

func checkOwners(t *testing.T, laid *cutCell, b *block) {
	t.Helper()
	for i, at := range b.places {
		owner := -1
		for k, s := range laid.spans {
			if !s[0].has(at) && !s[1].has(at) {
				continue
			}
			if owner >= 0 {
				t.Fatalf("node %d is in shares %d and %d", i, owner, k)
			}
			owner = k
		}
		if owner != int(laid.of[i]) {
			t.Fatalf("node %d stands in share %d and is said to be in %d", i, owner, laid.of[i])
		}
	}
}

// TestCutIsEven holds that a cut gives all members about the same to do where the tree allows it.
func TestCutIsEven(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	temp := randomTree(rng, "t", 4000)
	for i := range temp.Parent {
		if i > 0 {
			temp.Parent[i] = int32((i - 1) / 2) // a binary tree
		}
	}
	node := make([]float64, len(temp.Parent))
	for i := range node {
		node[i] = 20
	}
	for _, n := range []int{2, 3, 4, 8} {
		c := cutTree(temp, node, n)
		b := block{template: temp, cells: []int{0}}
		laid := layCut(&b, c)
		done := make([]float64, n)
		for _, s := range laid.of {
			done[s]++
		}
		// The halves of this tree differ by 5 %, and so do their halves.
		if most := slices.Max(done); most > 1.06*float64(len(node))/float64(n) {
			t.Errorf("%d members have %g of %d nodes", n, done, len(node))
		}
	}
}

// variety is a network of cells with random trees and with all the mechanisms at hand.
func variety(t *testing.T, rng *rand.Rand, cells int) (*Network, []Probe) {
	t.Helper()
	net := &Network{
		Dt: 0.025, Celsius: 20, VInit: -65,
		Ions: []Ion{{Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50}, {Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77},
			{Name: "ca", Valence: 2, Xi0: 5e-5, Xo0: 2, E0: 132}},
		Trains: map[uint64][]float64{1 << 30: {0.5, 1, 1.01, 3}},
		Params: []ParamSet{{}},
	}
	var density, points []int32
	for _, m := range someMechanisms(t) {
		switch {
		case strings.HasPrefix(m.Name, "tderiv") || strings.HasPrefix(m.Name, "telec"):
			continue // they do not converge, and drive cells to 4 V
		case m.Kind == program.Density:
			density = append(density, int32(len(net.Mechanisms)))
		case m.Kind == program.Point && m.Name != "SEClamp" && m.Name != "SEClamp-fast":
			points = append(points, int32(len(net.Mechanisms)))
		default:
			continue
		}
		if m.Name == "IClamp" {
			for c := range m.Columns {
				if x, ok := map[string]float64{"del": 1, "dur": 100, "amp": 0.5}[m.Columns[c].Name]; ok {
					p := &net.Params[0]
					p.Columns, p.Values = append(p.Columns, int32(c)), append(p.Values, x)
				}
			}
		}
		net.Mechanisms = append(net.Mechanisms, m)
	}
	var probes []Probe
	for c := range cells {
		temp := randomTree(rng, fmt.Sprint(c), 20+rng.IntN(150))
		for _, m := range density {
			var nodes []int32
			chance := rng.Float64()
			for i := range temp.Parent {
				if temp.Cm[i] > 0 && rng.Float64() < chance {
					nodes = append(nodes, int32(i))
				}
			}
			if nodes != nil && rng.IntN(3) > 0 {
				temp.Density = append(temp.Density, Density{Mech: m, Nodes: nodes})
			}
		}
		net.Templates = append(net.Templates, temp)
		net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: int32(c), DetectorNode: int32(rng.IntN(len(temp.Parent))), Threshold: -63})
		for i := range temp.Parent {
			probes = append(probes, Probe{Cell: c, Node: int32(i), Variable: "v"})
		}
		for _, d := range temp.Density {
			for _, node := range d.Nodes {
				if net.Mechanisms[d.Mech].Name == "hh" {
					probes = append(probes, Probe{Cell: c, Node: node, Variable: "ina"}, Probe{Cell: c, Node: node, Variable: "m_hh"})
				}
			}
		}
		for k := range 120 {
			p := Point{Cell: int32(c), Mech: points[rng.IntN(len(points))], Node: int32(rng.IntN(len(temp.Parent))), Params: -1}
			if k%3 > 0 { // many of one mechanism, several to a node: summed side by side by machine code
				p.Mech, p.Node = points[c%len(points)], int32(rng.IntN(min(12, len(temp.Parent))))
			}
			if net.Mechanisms[p.Mech].Name == "IClamp" {
				p.Params = 0
			}
			net.Points = append(net.Points, p)
			if net.Mechanisms[p.Mech].NetReceive.Scalar == nil {
				continue
			}
			for range 3 {
				source := uint64(1 << 30)
				if rng.IntN(3) > 0 {
					source = uint64(rng.IntN(cells))
				}
				net.NetCons = append(net.NetCons, NetCon{Source: source, Target: int32(len(net.Points) - 1), Weight: 0.005 * rng.Float64(),
					Delay: 0.5 + 0.025*float64(rng.IntN(100))})
			}
		}
	}
	return net, probes
}

// TestCutCells holds that cutting cells changes no bit of any spike, potential, current or state, with all kinds of mechanisms, many
// synapses to a node, ions and events, for any number of threads and in either solver.
func TestCutCells(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const cells = 2
	net, probes := variety(t, rng, cells)
	for _, fast := range []bool{false, true} {
		want, wantV := playProbes(t, net, Options{Plain: true, Fast: fast}, probes, 3)
		if len(want) == 0 {
			t.Fatal("no spikes, the test shows nothing")
		}
		for _, opt := range []Options{{}, {Threads: 2}, {Threads: 2, Cut: true}, {Threads: 3, Cut: true}, {Threads: 4, Cut: true},
			{Threads: 2, Cut: true, NoNative: true}} {
			opt.Fast = fast
			spikes, v := playProbes(t, net, opt, probes, 3)
			if !slices.Equal(spikes, want) {
				t.Fatalf("%d cells, %+v: spikes %v, plain %v", cells, opt, spikes, want)
			}
			for k := range v {
				if x, y := v[k], wantV[k]; math.Float64bits(x) != math.Float64bits(y) {
					p := probes[k%len(probes)]
					t.Fatalf("%d cells, %+v: sample %d of %+v is %v, plain %v", cells, opt, k/len(probes), p, x, y)
				}
			}
		}
	}
}

// playProbes runs a network to tstop (ms) and returns all spikes, and the probes after every step.
func playProbes(t *testing.T, net *Network, opt Options, probes []Probe, tstop float64) ([]Spike, []float64) {
	t.Helper()
	e, err := New(net, opt)
	if err != nil {
		t.Fatal(err)
	}
	rec := &Recording{End: 1 << 30, Stride: 1, Probes: probes}
	e.Record(rec)
	interval, err := e.Init(e.MinDelay(), tstop)
	if err != nil {
		t.Fatal(err)
	}
	var spikes []Spike
	var samples []float64
	for left := int(math.Round(tstop / net.Dt)); left > 0; left -= interval {
		got, err := e.Advance(min(interval, left))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got {
			e.Deliver(s.GID, s.T)
		}
		spikes = append(spikes, got...)
		_, v := rec.Rows()
		samples = append(samples, v...)
	}
	return spikes, samples
}

// TestCutFault holds that a cell that goes wrong is reported alike, cut or not.
func TestCutFault(t *testing.T) {
	net, _ := variety(t, rand.New(rand.NewPCG(11, 12)), 1)
	mech := slices.IndexFunc(net.Mechanisms, func(m *program.Mechanism) bool { return m.Name == "hh" })
	temp := net.Templates[0]
	nodes := make([]int32, len(temp.Parent))
	for i := range nodes {
		nodes[i] = int32(i)
	}
	temp.Density = []Density{{Mech: int32(mech), Nodes: nodes}}
	last := nodes[len(nodes)-1]
	var want string
	for _, opt := range []Options{{}, {Threads: 2, Cut: true}, {Threads: 3, Cut: true}} {
		e, err := New(net, opt)
		if err != nil {
			t.Fatal(err)
		}
		n, err := e.Init(1, 10)
		if err != nil {
			t.Fatal(err)
		}
		for c := range net.Mechanisms[mech].Columns {
			if net.Mechanisms[mech].Columns[c].Role == program.State {
				*e.DensityColumn(0, last, int32(mech), int32(c)) = math.NaN()
			}
		}
		_, err = e.Advance(n)
		if err == nil {
			t.Fatalf("%+v: no error", opt)
		}
		if want == "" {
			want = err.Error()
		}
		if err.Error() != want {
			t.Errorf("%+v: %v, uncut: %s", opt, err, want)
		}
	}
}

// TestCutNoAllocation holds that workers and cut cells allocate nothing in the main loop once buffers have grown.
func TestCutNoAllocation(t *testing.T) {
	for _, opt := range []Options{{Threads: 2, GroupBytes: 1}, {Threads: 2, Cut: true}} {
		net := ring(24)
		e, err := New(net, opt)
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
			t.Errorf("%+v: %g allocations per interval", opt, got)
		}
	}
}
