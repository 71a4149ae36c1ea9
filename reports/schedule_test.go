package reports

import (
	"testing"

	"pgregory.net/rapid"
)

func TestScheduleTable(t *testing.T) {
	for _, c := range []struct {
		start, end, dt, sim float64
		steps               int
		want                Schedule
	}{
		{0, 10, 0.1, 0.1, 100, Schedule{0, 1, 100}},
		{0, 10, 0.3, 0.1, 100, Schedule{0, 3, 33}}, // BMTK refuses this one: 0.3/0.1 is not whole in doubles
		{0, 1000, 0.1, 0.1, 100, Schedule{0, 1, 100}},
		{10, 40, 0.5, 0.1, 1000, Schedule{100, 5, 60}},
		{0.5, 1.5, 1, 0.1, 100, Schedule{10, 10, 1}}, // steps count from 0, not from start
		{0.5, 2, 1, 0.1, 100, Schedule{10, 10, 1}},
		{0, 1.5, 1, 0.1, 100, Schedule{0, 10, 1}}, // step 10 would be a second row
		{5, 5, 0.1, 0.1, 100, Schedule{50, 1, 0}},
		{20, 30, 0.1, 0.1, 100, Schedule{200, 1, 0}},
		{0, 3000, 0.1, 0.1, 30000, Schedule{0, 1, 30000}},
		{0, 0.75, 0.025, 0.025, 30, Schedule{0, 1, 30}},
	} {
		got, err := NewSchedule(c.start, c.end, c.dt, c.sim, c.steps)
		if err != nil || got != c.want {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	for _, c := range [][4]float64{{0, 10, 0.15, 0.1}, {0, 10, 0.05, 0.1}, {0.05, 10, 0.1, 0.1}, {0, 9.95, 0.1, 0.1}, {5, 4, 0.1, 0.1},
		{-1, 4, 0.1, 0.1}, {0, 10, 0, 0.1}, {0, 10, 0.1, 0}} {
		if s, err := NewSchedule(c[0], c[1], c[2], c[3], 100); err == nil {
			t.Errorf("%v: no complaint, %+v", c, s)
		}
	}
}

// BMTK's rule in whole steps: first ≤ k < last, k a multiple of the stride, at
// most (last-first)/stride rows.
func TestScheduleIsBMTKs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sim := rapid.SampledFrom([]float64{0.1, 0.025, 0.05, 1, 0.0125}).Draw(t, "dt of the simulation")
		steps := rapid.IntRange(0, 300).Draw(t, "steps")
		first := rapid.IntRange(0, 100).Draw(t, "first")
		last := rapid.IntRange(first, 300).Draw(t, "last")
		stride := rapid.IntRange(1, 20).Draw(t, "stride")
		s, err := NewSchedule(float64(first)*sim, float64(last)*sim, float64(stride)*sim, sim, steps)
		if err != nil {
			t.Fatal(err)
		}
		last = min(last, steps)
		rows := max(last-first, 0) / stride
		if s.Rows != rows {
			t.Fatalf("%d rows, want %d", s.Rows, rows)
		}
		got := 0
		for k := range steps {
			if n := s.RowsBefore(k); n != got {
				t.Fatalf("%d rows before step %d, want %d", n, k, got)
			}
			want := first <= k && k < last && k%stride == 0 && got < rows
			if s.Due(k) != want {
				t.Fatalf("step %d due: %v, want %v (%+v)", k, s.Due(k), want, s)
			}
			if want {
				got++
			}
		}
		if got != rows {
			t.Fatalf("%d rows were due, want %d", got, rows)
		}
	})
}
