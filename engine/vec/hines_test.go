package vec

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// tree is a random tree with its coefficients and the state of its cells.
type tree struct {
	nroot     int
	parent    []int32
	a, b, cm  []float64
	v, rhs, d []float64 // [node][lanes]
}

// newTree makes sections of up to length nodes, breadth first like NEURON.
func newTree(rng *rand.Rand, n, nroot, length, lanes int) *tree {
	t := &tree{nroot: nroot, parent: make([]int32, n)}
	for i := range nroot {
		t.parent[i] = -1
	}
	for i := nroot; i < n; {
		parent := rng.IntN(i)
		for range 1 + rng.IntN(length) {
			if i < n {
				t.parent[i] = int32(parent)
				parent, i = i, i+1
			}
		}
	}
	random := func(n int, low, high float64) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = low + (high-low)*rng.Float64()
		}
		return x
	}
	t.a, t.b, t.cm = random(n, -0.5, -0.01), random(n, -0.5, -0.01), random(n, 0.5, 2)
	t.v, t.rhs, t.d = random(n*lanes, -90, 40), random(n*lanes, -0.1, 0.1), random(n*lanes, 0.001, 0.1)
	return t
}

func (t *tree) copy() *tree {
	c := *t
	c.v, c.rhs, c.d = clone(t.v), clone(t.rhs), clone(t.d)
	return &c
}

func (t *tree) step(f func(n, nroot int, parent *int32, a, b, cm *float64, cfac float64, v, rhs, d *float64)) {
	f(len(t.parent), t.nroot, &t.parent[0], &t.a[0], &t.b[0], &t.cm[0], 0.001/0.025, &t.v[0], &t.rhs[0], &t.d[0])
}

// reference is HinesStep8's doc comment, word for word.
func (t *tree) reference(lanes int) {
	n, cfac := len(t.parent), 0.001/0.025
	for l := range lanes {
		at := func(i int) int { return i*lanes + l }
		up := func(i int) int { return int(t.parent[i])*lanes + l }
		for i := t.nroot; i < n; i++ {
			dv := t.v[up(i)] - t.v[at(i)]
			t.rhs[at(i)] -= float64(t.b[i] * dv)
			t.rhs[up(i)] += float64(t.a[i] * dv)
		}
		for i := range n {
			t.d[at(i)] += float64(cfac * t.cm[i])
		}
		for i := t.nroot; i < n; i++ {
			t.d[at(i)] -= t.b[i]
			t.d[up(i)] -= t.a[i]
		}
		for i := n - 1; i >= t.nroot; i-- {
			q := t.a[i] / t.d[at(i)]
			t.d[up(i)] -= float64(q * t.b[i])
			t.rhs[up(i)] -= float64(q * t.rhs[at(i)])
		}
		for i := range t.nroot {
			t.rhs[at(i)] /= t.d[at(i)]
		}
		for i := t.nroot; i < n; i++ {
			t.rhs[at(i)] -= float64(t.b[i] * t.rhs[up(i)])
			t.rhs[at(i)] /= t.d[at(i)]
		}
		for i := range n {
			t.v[at(i)] += t.rhs[at(i)]
		}
	}
}

func checkTree(t *testing.T, what string, got, want *tree) {
	t.Helper()
	same(t, what+" v", got.v, want.v)
	same(t, what+" rhs", got.rhs, want.rhs)
	same(t, what+" d", got.d, want.d)
}

func TestHines(t *testing.T) {
	defer SetLevel(SetLevel(Best()))
	for level := Go; level <= Best(); level++ {
		SetLevel(level)
		rng := rand.New(rand.NewPCG(9, 10))
		for n := 1; n < 150; n++ {
			for nroot := 1; nroot <= min(n, 3); nroot++ {
				for _, length := range []int{1, 3, 10, 200} {
					what := fmt.Sprint(level, " n ", n, " roots ", nroot, " length ", length)
					got := newTree(rng, n, nroot, length, Lanes)
					want := got.copy()
					want.reference(Lanes)
					got.step(HinesStep8)
					checkTree(t, what, got, want)

					got = newTree(rng, n, nroot, length, 1)
					want = got.copy()
					want.reference(1)
					got.step(HinesStep1)
					checkTree(t, what+" one", got, want)
				}
			}
		}
	}
}
