package reports

import (
	"fmt"
	"math"
)

// Schedule says after which steps a report takes a row. Step k takes the time
// from k·dt to (k+1)·dt; row values are those at its end.
//
// All is counted in whole steps, so that 0.1 and 0.3 ms work as everyone means
// them. As in BMTK, step k is recorded when first ≤ k < last and k is a
// multiple of the stride (counted from step 0, not from start), and the number
// of rows is (last − first)/stride, rounded down. Where that leaves a recorded
// step over at the end, it is dropped.
type Schedule struct {
	First  int // first recorded step
	Stride int // steps per row
	Rows   int // rows of the whole report
}

// NewSchedule turns start, end and dt of a report (ms) into steps of a
// simulation of the given number of steps of dtSim ms. An end beyond the
// simulation is taken back to it. dt must be a multiple of dtSim.
func NewSchedule(start, end, dt, dtSim float64, steps int) (Schedule, error) {
	for _, v := range []float64{start, end, dt, dtSim} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Schedule{}, fmt.Errorf("start_time %v, end_time %v and dt %v ms must be finite", start, end, dt)
		}
	}
	if dtSim <= 0 {
		return Schedule{}, fmt.Errorf("the step of the simulation is %v ms; it must be positive", dtSim)
	}
	if start < 0 || end < start {
		return Schedule{}, fmt.Errorf("start_time %v ms and end_time %v ms are no interval", start, end)
	}
	stride, err := wholeSteps("dt", dt, dtSim)
	if err != nil {
		return Schedule{}, err
	}
	if stride < 1 {
		return Schedule{}, fmt.Errorf("dt %v ms is shorter than the simulation's step of %v ms", dt, dtSim)
	}
	first, err := wholeSteps("start_time", start, dtSim)
	if err != nil {
		return Schedule{}, err
	}
	last := steps
	if end < dtSim*float64(steps) {
		if last, err = wholeSteps("end_time", end, dtSim); err != nil {
			return Schedule{}, err
		}
	}
	last = min(last, steps)
	return Schedule{
		First:  (first + stride - 1) / stride * stride,
		Stride: stride,
		Rows:   max(last-first, 0) / stride,
	}, nil
}

// wholeSteps is t/dt as a whole number. An error of 1e-4 of a step, or of 1e-9
// of the quotient, is taken for rounding.
func wholeSteps(what string, t, dt float64) (int, error) {
	q := t / dt
	n := math.Round(q)
	if math.Abs(q-n) > max(1e-4, 1e-9*q) || n > 1<<53 {
		return 0, fmt.Errorf("%s %v ms is not a multiple of the simulation's step of %v ms", what, t, dt)
	}
	return int(n), nil
}

// Due reports whether a row is taken after step k (counted from 0).
func (s Schedule) Due(k int) bool {
	d := k - s.First
	return d >= 0 && d%s.Stride == 0 && d/s.Stride < s.Rows
}

// RowsBefore returns how many rows are due after steps 0 to k-1.
func (s Schedule) RowsBefore(k int) int {
	if k <= s.First {
		return 0
	}
	return min((k-s.First+s.Stride-1)/s.Stride, s.Rows)
}
