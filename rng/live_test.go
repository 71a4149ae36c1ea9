package rng

import (
	"bufio"
	"bytes"
	"math"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// live runs testdata/live.py under $NETSIM_PYTHON and hands out its numbers.
func live(t *testing.T, what string) (next func() float64, left func() int) {
	python := os.Getenv("NETSIM_PYTHON")
	if python == "" {
		t.Skip("NETSIM_PYTHON names no python")
	}
	cmd := exec.Command(python, "testdata/live.py", what)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []float64
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		v, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	next = func() float64 {
		if len(all) == 0 {
			t.Fatal("the reference has fewer numbers")
		}
		v := all[0]
		all = all[1:]
		return v
	}
	return next, func() int { return len(all) }
}

func same(t *testing.T, got, want float64, what string, at ...any) {
	t.Helper()
	if math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%s %v: %v, the reference has %v", what, at, got, want)
	}
}

func TestAgainstNumpy(t *testing.T) {
	next, left := live(t, "numpy")
	for _, seed := range []uint32{0, 1, 42, 123456789, 4294967295} {
		m := NewMT19937(seed)
		for i := range 1500 {
			same(t, m.Float64(), next(), "random_sample", seed, i)
		}
	}
	m := NewMT19937(7)
	lengths := []int{1000, 1023, 1024, 1025, 5000, 100003}
	for n := 299; n >= 0; n-- {
		lengths = append([]int{n}, lengths...)
	}
	for _, n := range lengths {
		a := make([]float64, n)
		for i := range a {
			a[i] = m.Float64()
		}
		for i := range a {
			a[i] = (a[i] - 0.5) * pow10(int(math.Floor(m.Float64()*16-8)))
		}
		same(t, PairwiseSum(a), next(), "sum", n)
	}
	if left() != 0 {
		t.Errorf("%d numbers were not compared", left())
	}
}

// pow10 is correctly rounded, as numpy's 10.0**k is for these k.
func pow10(k int) float64 {
	v, _ := strconv.ParseFloat("1e"+strconv.Itoa(k), 64)
	return v
}

func TestAgainstNEURON(t *testing.T) {
	next, left := live(t, "neuron")
	for _, global := range []uint32{0, 9} {
		for _, ids := range [][3]uint32{{1, 2, 3}, {0, 0, 0}, {4294967295, 7, 4294967294}} {
			for kind, draw := range []func(*Random123) float64{(*Random123).Float64, (*Random123).NegExp, (*Random123).Normal} {
				r := NewRandom123(ids[0], ids[1], ids[2], global)
				for i := range 500 {
					got, want := draw(&r), next()
					same(t, got, want, "draw", kind, global, ids, i)
				}
			}
		}
	}
	r := NewRandom123(7, 8, 9, 0)
	r.SetSequence(5/4, 5%4) // HOC's seq is 4·block + number
	r.Float64()             // HOC's uniform(0, 1) draws one itself
	for i := range 10 {
		same(t, r.Float64(), next(), "Random.Random123", i)
	}
	if left() != 0 {
		t.Errorf("%d numbers were not compared", left())
	}
}
