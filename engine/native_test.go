package engine

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netsim/engine/native"
	"netsim/engine/vec"
	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// someMechanisms are the built-in mechanisms, those of the lowering tests and, where NETSIM_ALLEN_MODS names a
// directory, those there.
func someMechanisms(t testing.TB) []*program.Mechanism {
	t.Helper()
	var out []*program.Mechanism
	add := func(path string, text []byte) {
		f, s, _ := nmodl.ParseSource(path, text)
		if f == nil {
			return
		}
		for _, fast := range []bool{false, true} {
			m, _ := lower.Compile(f, s, lower.Options{Fast: fast})
			if m == nil || len(m.Unsupported) > 0 {
				continue
			}
			if fast {
				m.Name += "-fast"
			}
			out = append(out, m)
		}
	}
	for _, s := range mechanisms.Sources() {
		add(s.File, s.Text)
	}
	for _, dir := range []string{"../nmodl/lower/testdata/neuron", os.Getenv("NETSIM_ALLEN_MODS")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if dir == "" {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			add(path, text)
		}
	}
	return out
}

// layouts of a random mechanism's instances.
const (
	layContiguous = iota
	layRows
	layIndexed
	layShared
	layJagged
	numLayouts
)

// randomNumber is mostly of the size that mechanisms see.
func randomNumber(rng *rand.Rand, wild bool) float64 {
	if wild && rng.IntN(8) == 0 {
		special := []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 5e-324, -1e-310, math.MaxFloat64,
			700, -700, 1e300, 1e-300, -1e-20, 709, 2147483648, -2147483649}
		return special[rng.IntN(len(special))]
	}
	switch rng.IntN(6) {
	case 0:
		return rng.NormFloat64() * 100
	case 1:
		return rng.Float64()
	case 2:
		return rng.NormFloat64() * 1e-4
	case 3:
		return float64(rng.IntN(200) - 100)
	case 4:
		if wild {
			return math.Float64frombits(rng.Uint64())
		}
	}
	return rng.NormFloat64()
}

// randomInstances makes n instances of a mechanism with random data; width is that of rows in jagged order.
func randomInstances(rng *rand.Rand, m *program.Mechanism, n, layout int, wild bool, width int) (*group, *mechInst) {
	written := writtenBy(m, m.Cur, m.State)
	mi := &mechInst{m: m, n: n}
	for c := range m.Columns {
		count := n
		if !written[c] && rng.IntN(3) == 0 {
			count = 1
		}
		col := make([]float64, count)
		for k := range col {
			col[k] = randomNumber(rng, wild)
		}
		mi.cols = append(mi.cols, col)
	}
	for k := range m.Globals {
		x := m.Globals[k].Default
		if k < program.NumStandardGlobals {
			x = []float64{12.3, 0.025, 34}[k]
		}
		mi.globals = append(mi.globals, x)
	}
	if err := new(Engine).fitCurves(mi); err != nil {
		panic(err)
	}
	size := 3*n + 64
	idx := make([]int32, n)
	switch layout {
	case layContiguous:
		for k := range idx {
			idx[k] = int32(k + 5)
		}
	case layRows:
		rows := rng.Perm(size / lanes)
		for k := range idx {
			idx[k] = int32(rows[k/lanes]*lanes + k%lanes)
		}
	case layIndexed:
		for k, j := range rng.Perm(size)[:n] {
			idx[k] = int32(j)
		}
		slices.Sort(idx)
	case layShared, layJagged:
		for k := range idx {
			idx[k] = int32(rng.IntN(n/4 + 1))
		}
		if layout == layShared || rng.IntN(3) > 0 {
			slices.Sort(idx)
		}
		if layout == layJagged && slices.IsSorted(idx) {
			idx = jaggedOrder(idx, width) // else rows that are short and nodes that come again
		}
	}
	bind := bindRows(nil, idx, lanes)
	if layout == layJagged {
		bind.jag = native.NewJag(idx, width)
	}
	arrays := map[program.Ext][]float64{}
	for _, x := range m.Exts {
		b := bind
		if x.Kind == program.NodeArea || x.Kind == program.NodeDiam {
			b.constant = make([]float64, n)
			for k := range b.constant {
				b.constant[k] = rng.Float64() * 100
			}
		} else {
			if arrays[x] == nil {
				array := make([]float64, size)
				for k := range array {
					array[k] = randomNumber(rng, wild)
				}
				arrays[x] = array
			}
			b.base = arrays[x]
		}
		mi.exts = append(mi.exts, b)
	}
	return &group{}, mi
}

// jaggedOrder puts instances that are sorted by node in jagged order.
func jaggedOrder(nodes []int32, width int) []int32 {
	out := make([]int32, len(nodes))
	for k, i := range native.JaggedOrder(nodes, width) {
		out[k] = nodes[i]
	}
	return out
}

// snapshot copies what programs may change.
func (mi *mechInst) snapshot() [][]float64 {
	var out [][]float64
	for _, c := range mi.cols {
		out = append(out, slices.Clone(c))
	}
	for _, x := range mi.exts {
		out = append(out, slices.Clone(x.base))
	}
	return out
}

func (mi *mechInst) restore(s [][]float64) {
	for k, c := range mi.cols {
		copy(c, s[k])
	}
	for k, x := range mi.exts {
		copy(x.base, s[len(mi.cols)+k])
	}
}

// TestNativeIsVectorMachine holds that machine code leaves the bits of the vector machine, for every mechanism at hand,
// every way of finding nodes and all kinds of numbers.
func TestNativeIsVectorMachine(t *testing.T) {
	for _, level := range []native.Level{native.AVX2, native.AVX512} {
		t.Run(level.String(), func(t *testing.T) {
			if !level.Available() {
				t.Skip("not this processor")
			}
			compareNative(t, level)
		})
	}
}

func compareNative(t *testing.T, level native.Level) {
	rng := rand.New(rand.NewPCG(1, 2))
	var s scratch
	programs, skipped := 0, map[string]string{}
	for _, m := range someMechanisms(t) {
		for entry, code := range vectorCode(m) {
			name := m.Name + " " + entry
			for _, n := range []int{1, 2, 7, 8, 9, 64, 100, 512, 2500} {
				for layout := range numLayouts {
					if layout == layRows && n%lanes != 0 {
						continue
					}
					if why := compareRandom(t, rng, &s, level, m, name, code, n, layout); why != "" {
						skipped[name] = why
						continue
					}
					programs++
				}
			}
		}
	}
	for name, why := range skipped {
		t.Log(name, why)
	}
	t.Log(programs, "programs compared")
}

// vectorCode are the vector programs of a step.
func vectorCode(m *program.Mechanism) map[string]*program.Code {
	out := map[string]*program.Code{"cur": m.Cur.Vector, "state": m.State.Vector, "stateexact": m.StateExact.Vector}
	maps.DeleteFunc(out, func(_ string, c *program.Code) bool { return c == nil })
	return out
}

// compareRandom runs a program for n instances with random data on the vector machine and as machine code. It returns
// why there is none.
func compareRandom(t *testing.T, rng *rand.Rand, s *scratch, level native.Level, m *program.Mechanism, name string, code *program.Code, n, layout int) string {
	t.Helper()
	g, mi := randomInstances(rng, m, n, layout, rng.IntN(2) == 0, level.Lanes())
	if len(m.Tables) > 0 {
		tables, err := buildTables(mi)
		if err != nil {
			t.Fatal(err)
		}
		mi.tables = tables
	}
	bound, err := g.bind(mi, code)
	if err != nil {
		t.Fatal(name, err)
	}
	r, err := native.Compile(mi.shape(code, level))
	if err != nil {
		if !errors.Is(err, native.ErrUnsupported) {
			t.Error(name, err)
		}
		return err.Error()
	}
	var arena native.Arena
	if err := arena.Add([]*native.Routine{r}); err != nil {
		t.Skip(err)
	}
	defer arena.Close()
	before := mi.snapshot()
	s.ensure(bound.regs)
	bound.run(s)
	want := mi.snapshot()
	mi.restore(before)
	bound.native = r.Bind(mi.nativeData())
	s.ensureFloats(bound.native.Scratch())
	bound.run(s)
	got := mi.snapshot()
	for k := range want {
		for i := range want[k] {
			if x, y := got[k][i], want[k][i]; math.Float64bits(x) != math.Float64bits(y) && (x == x || y == y) {
				what := fmt.Sprint("ext ", k-len(mi.cols))
				if k < len(mi.cols) {
					what = m.Columns[k].Name
				}
				t.Fatalf("%s: %d instances, layout %d: %s[%d] is %v (%x), the vector machine has %v (%x)", name, n, layout, what, i, x, x, y, y)
			}
		}
	}
	return ""
}

// TestLevels holds that a network has the same spikes and potentials with machine code of every level.
func TestLevels(t *testing.T) {
	defer vec.SetLevel(vec.Current())
	const tstop = 40 // ms
	plainSpikes, plain := play(t, ring(37), Options{Plain: true}, tstop)
	for level := vec.AVX2; level <= vec.Best(); level++ {
		vec.SetLevel(level)
		e, err := New(ring(37), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Init(e.MinDelay(), tstop); err != nil {
			t.Fatal(err)
		}
		if n, why := e.NativeCode(); n == 0 {
			t.Fatalf("%v: no machine code: %s", level, why)
		}
		for _, opt := range []Options{{}, {GroupBytes: 1}} {
			spikes, samples := play(t, ring(37), opt, tstop)
			if !slices.Equal(spikes, plainSpikes) {
				t.Errorf("%v, %+v: spikes differ", level, opt)
			}
			if !slices.EqualFunc(samples, plain, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
				t.Errorf("%v, %+v: potentials differ", level, opt)
			}
		}
	}
}
