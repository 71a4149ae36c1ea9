package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"netsim/engine/native"
	"netsim/engine/vec"
	"netsim/nmodl/program"
)

// BenchmarkMechanism: ns per instance of each entry, by the vector machine and by machine code; 2,000 instances, so that
// all data are in the second-level cache. Density mechanisms stand in rows of lanes, point processes three to a node.
func BenchmarkMechanism(b *testing.B) {
	const n = 2000
	for _, m := range someMechanisms(b) {
		layout := layRows
		if m.Kind == program.Point {
			layout = layJagged
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for _, entry := range []struct {
			name string
			code *program.Code
		}{{"cur", m.Cur.Vector}, {"state", m.State.Vector}} {
			if entry.code == nil {
				continue
			}
			g, mi := randomInstances(rng, m, n, layout, false)
			mildData(mi)
			if len(m.Tables) > 0 {
				tables, err := buildTables(mi)
				if err != nil {
					b.Fatal(err)
				}
				mi.tables = tables
			}
			bound, err := g.bind(mi, entry.code)
			if err != nil {
				b.Fatal(err)
			}
			var s scratch
			if err := runPrepare(g, mi, &s); err != nil {
				b.Fatal(err)
			}
			if bound, err = g.bind(mi, entry.code); err != nil {
				b.Fatal(err)
			}
			s.ensure(bound.regs)
			before := mi.snapshot()
			perInstance := func(b *testing.B) {
				mi.restore(before)
				bound.run(&s)
				for b.Loop() {
					bound.run(&s)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/instance")
				b.ReportMetric(0, "ns/op")
			}
			b.Run(m.Name+"/"+entry.name+"/vm", perInstance)
			if !native.Available() || vec.Current() != vec.AVX512 {
				continue
			}
			r, err := native.Compile(mi.shape(entry.code))
			if err != nil {
				continue
			}
			var arena native.Arena
			if err := arena.Add([]*native.Routine{r}); err != nil {
				b.Skip(err)
			}
			bound.native = r.Bind(mi.nativeData())
			s.ensureFloats(bound.native.Scratch())
			b.Run(m.Name+"/"+entry.name+"/native", perInstance)
			arena.Close()
		}
	}
}

// runPrepare fills the hidden columns; one that is equal in all instances is held once, as in a run.
func runPrepare(g *group, mi *mechInst, s *scratch) error {
	code := mi.m.Prepare.Vector
	if code == nil {
		return nil
	}
	for c := range mi.m.Columns {
		if mi.m.Columns[c].Role == program.Hidden {
			mi.cols[c] = make([]float64, mi.n)
		}
	}
	bound, err := g.bind(mi, code)
	if err != nil {
		return err
	}
	s.ensure(bound.regs)
	bound.run(s)
	for c := range mi.m.Columns {
		col := mi.cols[c]
		if mi.m.Columns[c].Role == program.Hidden && !slices.ContainsFunc(col, func(x float64) bool { return x != col[0] }) {
			mi.cols[c] = col[:1]
		}
	}
	return nil
}

// mildData gives a benchmark numbers as a running model has them.
func mildData(mi *mechInst) {
	rng := rand.New(rand.NewPCG(3, 4))
	for c := range mi.cols {
		col := mi.cols[c]
		written := writtenBy(mi.m, mi.m.Cur, mi.m.State)[c]
		if !written && mi.m.Columns[c].Role == program.Parameter {
			// Parameters are equal in all instances.
			mi.cols[c] = []float64{mi.m.Columns[c].Default}
			continue
		}
		for k := range col {
			col[k] = 0.2 + 0.5*rng.Float64()
		}
	}
	for k, x := range mi.exts {
		for i := range x.base {
			switch mi.m.Exts[k].Kind {
			case program.NodeV, program.IonE:
				x.base[i] = -80 + 40*rng.Float64() // mV
			default:
				x.base[i] = rng.Float64()
			}
		}
	}
}
