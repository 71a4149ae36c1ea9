package lower

import (
	"fmt"
	"math"
	"math/rand/v2"

	"netsim/nmodl/program"
)

// samples of the test of an entry: half of them within ±150 mV, where numbers are compared, half of them within ±maxV,
// where they must be finite.
const samples = 48

// tolerance of one evaluation, relative to the value or, far from it, to the largest one among the samples.
const tolerance, floorTolerance = 1e-10, 1e-13

// verify evaluates two forms of an entry at places that do not depend on anything but the mechanism, and says where the
// new one is wrong: a rule that does not hold for the numbers at hand (a product that overflows, a difference that
// cancels) costs speed, not results.
func (f *fast) verify(old, now []value) string {
	rng := rand.New(rand.NewPCG(uint64(len(old)), 1))
	order := f.g.below(append(append([]value(nil), old...), now...))
	x := make([]float64, len(f.g.nodes))
	got, want := make([][samples]float64, len(old)), make([][samples]float64, len(old))
	for s := range samples {
		near := s%2 == 0
		for _, v := range order {
			n := &f.g.nodes[v]
			switch {
			case n.op == program.OpTable:
				return "" // never with Options.Fast
			case n.op != program.OpNop:
				var a [3]float64
				for k, arg := range n.values() {
					a[k] = x[arg]
				}
				x[v] = program.Apply(n.op, a[0], a[1], a[2])
			case n.leaf.Kind == program.None:
				x[v] = n.num
			default:
				x[v] = f.sample(n.leaf, near, rng)
			}
		}
		for k := range old {
			want[k][s], got[k][s] = x[old[k]], x[now[k]]
		}
	}
	for k := range old {
		largest := 0.0
		for s := range samples {
			if a := math.Abs(want[k][s]); s%2 == 0 && !math.IsInf(a, 0) && a > largest {
				largest = a
			}
		}
		for s := range samples {
			a, b := want[k][s], got[k][s]
			if math.IsNaN(a) || math.IsInf(a, 0) {
				continue
			}
			if math.IsNaN(b) || math.IsInf(b, 0) {
				return fmt.Sprintf("%v for %v in result %d", b, a, k)
			}
			if s%2 == 0 && math.Abs(a-b) > tolerance*math.Abs(a)+floorTolerance*largest {
				return fmt.Sprintf("%v for %v in result %d", b, a, k)
			}
		}
	}
	return ""
}

// sample is a number as a model may have it.
func (f *fast) sample(r program.Ref, near bool, rng *rand.Rand) float64 {
	u := rng.Float64()
	switch r.Kind {
	case program.Glob:
		switch {
		case r.Idx == program.GlobT:
			return 100 * u
		case r.Idx == program.GlobDt:
			return .025
		case r.Idx == program.GlobCelsius:
			return 34
		}
		return f.c.m.Globals[r.Idx].Default
	case program.Col:
		if c := &f.c.m.Columns[r.Idx]; c.Role == program.Parameter && c.Default != 0 {
			return c.Default
		}
	case program.ExtRef:
		switch f.c.m.Exts[r.Idx].Kind {
		case program.NodeV:
			if near {
				return 300*u - 150
			}
			return 2*maxV*u - maxV
		case program.IonE:
			return 200*u - 100
		case program.NodeArea, program.NodeDiam:
			return 1 + 100*u
		}
	}
	return .01 + .98*u
}

// below lists values and what they are made of, operands first.
func (g *graph) below(roots []value) []value {
	var out []value
	seen := map[value]bool{}
	var visit func(v value)
	visit = func(v value) {
		if seen[v] {
			return
		}
		seen[v] = true
		for _, a := range g.nodes[v].values() {
			visit(a)
		}
		out = append(out, v)
	}
	for _, v := range roots {
		visit(v)
	}
	return out
}
