package engine

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// TestDictionary holds that every connection finds its value, however many there are and whether they are shared.
func TestDictionary(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 3, 1000, 200000} {
		for _, distinct := range []int{1, 7, 3000, 70000, 1 << 40} {
			for _, single := range []bool{true, false} {
				var d dictionary
				d.start(n, single)
				want := make([]float64, n)
				for k := range want {
					want[k] = float64(rng.IntN(distinct))
					if single || k%3 > 0 {
						d.add(want[k])
					} else {
						d.addOwn(want[k], 2)
					}
				}
				d.finish()
				places := map[int]bool{}
				for k, x := range want {
					p := d.place(int32(k))
					if d.values[p] != x {
						t.Fatalf("%d connections, %d values: value %d is %v, want %v", n, distinct, k, d.values[p], x)
					}
					if !single && k%3 == 0 && (places[p] || d.values[p+1] != 0) {
						t.Fatalf("connection %d shares its weights", k)
					}
					places[p] = true
				}
				bytes := 8*cap(d.values) + 2*cap(d.index) + 4*cap(d.wide)
				if single && n >= 200000 && bytes > 8*n+8*1200 {
					t.Errorf("%d connections with %d values take %d bytes", n, distinct, bytes)
				}
				if single && n >= 200000 && distinct <= 7 && bytes > 2*n+1000 {
					t.Errorf("%d connections with %d values take %d bytes", n, distinct, bytes)
				}
			}
		}
	}
}

// TestReceiver holds that NET_RECEIVE with its operands resolved leaves the bits of the interpreter.
func TestReceiver(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	resolved := 0
	for _, m := range someMechanisms(t) {
		if m.NetReceive.Scalar == nil || m.Kind == program.Artificial {
			continue
		}
		const n = 5
		g, mi := randomInstances(rng, m, n, layShared, false, lanes)
		for c := range mi.cols {
			if writtenBy(m, m.NetReceive)[c] {
				mi.cols[c] = filled(n, rng.Float64())
			}
		}
		mi.bindReceiver()
		if mi.receiver == nil {
			continue
		}
		resolved++
		e := &Engine{net: &Network{}, opt: Options{MaxTurns: 1000}}
		weights := make([]float64, len(m.Weights))
		for k := range weights {
			weights[k] = rng.Float64()
		}
		before := mi.snapshot()
		for inst := range n {
			mi.receiver.run(inst, weights, 2)
		}
		got := mi.snapshot()
		mi.restore(before)
		for inst := range n {
			e.runScalar(g, mi, m.NetReceive.Scalar, inst, weights, 2)
		}
		if e.err != nil {
			t.Fatal(e.err)
		}
		for k, col := range mi.cols {
			for i := range col {
				if math.Float64bits(col[i]) != math.Float64bits(got[k][i]) {
					t.Errorf("%s: %s[%d] is %v, the interpreter has %v", m.Name, m.Columns[k].Name, i, got[k][i], col[i])
				}
			}
		}
	}
	if resolved < 4 {
		t.Errorf("only %d mechanisms have such a NET_RECEIVE", resolved)
	}
}

// TestBytes holds how much memory a network takes: a compartment with hh less than 150 bytes (v, rhs, d, three states,
// four coefficients of the tree, two indices are 88), a synapse with its connection less than 60, of which 24 are its
// state and its place and the rest the connection's.
func TestBytes(t *testing.T) {
	heap := func(cells, synapses int) (bytes float64, nodes int, keep *Engine) {
		rng := rand.New(rand.NewPCG(7, 8))
		net := &Network{Dt: 0.025, Celsius: 6.3, VInit: -65,
			Ions: []Ion{{Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50}, {Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77}}}
		index := map[string]int32{}
		for _, src := range mechanisms.Sources() {
			if src.File != "hh.mod" && src.File != "expsyn.mod" {
				continue
			}
			file, symbols, _ := nmodl.ParseSource(src.File, src.Text)
			nobody := func(string) bool { return false }
			m, _ := lower.Compile(file, symbols, lower.Options{NoTable: true, Observe: nobody})
			index[m.Name] = int32(len(net.Mechanisms))
			net.Mechanisms = append(net.Mechanisms, m)
		}
		for c := range cells {
			tmpl := branches(rng, index, false)
			tmpl.Density = []Density{{Mech: index["hh"], Nodes: tmpl.Density[0].Nodes}}
			nodes += len(tmpl.Parent)
			net.Templates = append(net.Templates, tmpl)
			net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: int32(c), DetectorNode: 0, Threshold: -20})
			for range synapses {
				net.NetCons = append(net.NetCons, NetCon{Source: uint64(rng.IntN(cells)), Target: int32(len(net.Points)), Weight: 1e-5, Delay: 0.025 * float64(40+rng.IntN(160))})
				net.Points = append(net.Points, Point{Cell: int32(c), Mech: index["ExpSyn"], Node: int32(rng.IntN(len(tmpl.Parent))), Params: -1})
			}
		}
		var before, after runtime.MemStats
		e, err := New(net, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Init(1, 10); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Advance(3); err != nil {
			t.Fatal(err)
		}
		net = nil
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept := e
		e = nil
		_ = kept.T()
		runtime.KeepAlive(kept)
		kept = nil
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&before)
		return float64(after.HeapAlloc) - float64(before.HeapAlloc), nodes, kept
	}
	few, fewNodes, _ := heap(64, 0)
	many, manyNodes, _ := heap(192, 0)
	if b := (many - few) / float64(manyNodes-fewNodes); b > 150 {
		t.Errorf("%.0f bytes per compartment", b)
	} else {
		t.Logf("%.0f bytes per compartment", b)
	}
	with, _, _ := heap(64, 100)
	withMore, _, _ := heap(64, 600)
	if b := (withMore - with) / (64 * 500); b > 60 {
		t.Errorf("%.0f bytes per synapse", b)
	} else {
		t.Logf("%.0f bytes per synapse", b)
	}
}
