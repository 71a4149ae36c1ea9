package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"netsim/engine/native"
	"netsim/nmodl/program"
)

// BenchmarkMechanism: ns per instance of each entry, by the vector machine (at the level that NETSIM_SIMD chooses) and by
// machine code of each level; 2,000 instances, so that all data are in the second-level cache. Density mechanisms stand in
// rows of lanes, point processes three to a node.
func BenchmarkMechanism(b *testing.B) {
	for _, m := range someMechanisms(b) {
		for name, code := range map[string]*program.Code{"cur": m.Cur.Vector, "state": m.State.Vector, "stateexact": m.StateExact.Vector} {
			if code == nil {
				continue
			}
			b.Run(m.Name+"/"+name+"/vm", func(b *testing.B) { benchmarkCode(b, m, code, 0) })
			for _, level := range []native.Level{native.AVX2, native.AVX512} {
				if level.Available() {
					b.Run(m.Name+"/"+name+"/"+level.String(), func(b *testing.B) { benchmarkCode(b, m, code, level) })
				}
			}
		}
	}
}

// benchmarkCode measures an entry's program as machine code of a level (0: by the vector machine).
func benchmarkCode(b *testing.B, m *program.Mechanism, code *program.Code, level native.Level) {
	const n = 2000
	layout, width := layRows, lanes
	if m.Kind == program.Point {
		layout = layJagged
	}
	if level != 0 {
		width = level.Lanes()
	}
	g, mi := randomInstances(rand.New(rand.NewPCG(1, 2)), m, n, layout, false, width)
	mildData(mi)
	if len(m.Tables) > 0 {
		tables, err := buildTables(mi)
		if err != nil {
			b.Fatal(err)
		}
		mi.tables = tables
	}
	var s scratch
	if err := runPrepare(g, mi, &s); err != nil {
		b.Fatal(err)
	}
	bound, err := g.bind(mi, code)
	if err != nil {
		b.Fatal(err)
	}
	s.ensure(bound.regs)
	if level != 0 {
		r, err := native.Compile(mi.shape(code, level))
		if err != nil {
			b.Skip(err)
		}
		var arena native.Arena
		if err := arena.Add([]*native.Routine{r}); err != nil {
			b.Skip(err)
		}
		defer arena.Close()
		bound.native = r.Bind(mi.nativeData())
		s.ensureFloats(bound.native.Scratch())
	}
	bound.run(&s)
	for b.Loop() {
		bound.run(&s)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/instance")
	b.ReportMetric(0, "ns/op")
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
