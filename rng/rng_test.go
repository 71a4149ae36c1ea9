package rng

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// numpy.random.RandomState(seed).random_sample(3), numpy 1.26.
func TestMT19937Stored(t *testing.T) {
	for seed, want := range map[uint32][3]float64{
		0:          {0.5488135039273248, 0.7151893663724195, 0.6027633760716439},
		1:          {0.417022004702574, 0.7203244934421581, 0.00011437481734488664},
		42:         {0.3745401188473625, 0.9507143064099162, 0.7319939418114051},
		4294967295: {0.0976320289940138, 0.9123828453026218, 0.78903530185164},
	} {
		m := NewMT19937(seed)
		for i, w := range want {
			if got := m.Float64(); got != w {
				t.Errorf("seed %d, number %d: %v, want %v", seed, i, got, w)
			}
		}
	}
}

// The known answers that Random123 comes with.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ff = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ff, ff, ff, ff}, [2]uint32{ff, ff}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox4x32(c.counter, c.key); got != c.want {
			t.Errorf("counter %x, key %x: %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

// h.Random().Random123(1, 2, 3), seq(0), uniform(0, 1), which draws one, then
// repick(); NEURON 9.0.
func TestRandom123Stored(t *testing.T) {
	r := NewRandom123(1, 2, 3, 0)
	r.Float64()
	for i, want := range []float64{0.22910290974446038, 0.12487032890206429, 0.12655526885610183, 0.7785446087879724,
		0.6557348895222566, 0.8738239533561691} {
		if got := r.Float64(); got != want {
			t.Errorf("number %d: %v, want %v", i, got, want)
		}
	}
}

// A stream can be entered anywhere and goes on as if it had been drawn.
func TestRandom123Position(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := [4]uint32{}
		for i := range ids {
			ids[i] = rapid.Uint32().Draw(t, "id")
		}
		a := NewRandom123(ids[0], ids[1], ids[2], ids[3])
		for range rapid.IntRange(0, 50).Draw(t, "drawn") {
			a.Uint32()
		}
		b := NewRandom123(ids[0], ids[1], ids[2], ids[3])
		b.SetSequence(a.Sequence())
		for range 9 {
			x, y := a.Uint32(), b.Uint32()
			if x != y {
				t.Fatalf("%d by drawing, %d by position", x, y)
			}
		}
		if u := a.Float64(); u <= 0 || u >= 1 {
			t.Fatalf("%v is not inside (0, 1)", u)
		}
	})
}

func TestShift32Ends(t *testing.T) {
	if least := (0 + 1.0) * shift32; least <= 0 {
		t.Errorf("least number %v", least)
	}
	if most := (math.MaxUint32 + 1.0) * shift32; most >= 1 {
		t.Errorf("greatest number %v", most)
	}
}

// Where no rounding happens every order gives the same sum.
func TestPairwiseSumExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ints := rapid.SliceOfN(rapid.Int32(), 0, 2000).Draw(t, "v")
		var want int64
		a := make([]float64, len(ints))
		for i, v := range ints {
			want += int64(v)
			a[i] = float64(v)
		}
		if got := PairwiseSum(a); got != float64(want) {
			t.Fatalf("%v, want %d", got, want)
		}
	})
}

func BenchmarkMT19937(b *testing.B) {
	m := NewMT19937(1)
	for b.Loop() {
		m.Float64()
	}
}

func BenchmarkRandom123(b *testing.B) {
	r := NewRandom123(1, 2, 3, 0)
	for b.Loop() {
		r.Float64()
	}
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		NewMT19937(5).Float64()
	}
}
