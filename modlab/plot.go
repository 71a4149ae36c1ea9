package modlab

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"netsim/engine"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// PlotOptions say under what conditions a mechanism is measured.
type PlotOptions struct {
	Celsius    float64 // degC
	Parameters map[string]float64
}

// Plot is what a mechanism does with voltage.
type Plot struct {
	Title string
	V     []float64 // mV, the clamped potentials
	// States: per STATE the steady state and the time (ms) in which a step covers 1-1/e of its way, at each V; NaN where
	// it does not settle or does not move.
	States  []string
	Steady  [][]float64
	Tau     [][]float64
	Current string      // which current, with its unit; "" if there is none
	Steps   []float64   // mV, of the voltage steps
	T       []float64   // ms
	I       [][]float64 // per step
}

const (
	lowest, highest, between = -120., 60., 5. // mV
	holding                  = -80.           // mV
	stepFrom, stepTo         = 5., 45.        // ms
	traceEnd                 = 60.            // ms
)

// clock is one resolution of a measurement.
type clock struct{ dt, tstop float64 } // ms

// Measure clamps a density mechanism or a point process to potentials from -120 to 60 mV, each in a compartment of its
// own, until its states rest.
func Measure(src *Source, o PlotOptions) (*Plot, error) {
	if src.Symbols.Kind == "ARTIFICIAL_CELL" {
		return nil, fmt.Errorf("%s: an ARTIFICIAL_CELL has no membrane potential to plot against", src.Path)
	}
	p := DefaultProtocol()
	p.Celsius, p.Cm = o.Celsius, 1e9
	p.Parameters = o.Parameters
	plot := &Plot{Title: src.Symbols.Name}
	for v := lowest; v <= highest; v += between {
		plot.V = append(plot.V, v)
	}
	var open []int // states whose times are not known yet
	for _, s := range src.Symbols.Order {
		if s.Kind == checker.State && s.Size == 0 && s.Ion == nil {
			open = append(open, len(plot.States))
			plot.States = append(plot.States, s.Name)
			plot.Steady = append(plot.Steady, filled(len(plot.V)))
			plot.Tau = append(plot.Tau, filled(len(plot.V)))
		}
	}
	// Fast states need small steps and slow ones long runs: each clock settles what it can.
	for _, c := range []clock{{0.005, 20}, {0.025, 500}, {0.5, 20000}} {
		if len(open) == 0 {
			break
		}
		p.Dt, p.TStop = c.dt, c.tstop
		if err := plot.settle(src, p); err != nil {
			return nil, err
		}
	}
	p.Dt, p.TStop = 0.025, traceEnd
	return plot, plot.currents(src, p)
}

func filled(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = math.NaN()
	}
	return x
}

// settle steps from a distant potential to each V and measures what comes to rest.
func (plot *Plot) settle(src *Source, p Protocol) error {
	for _, from := range []float64{highest, lowest} {
		p.VInit = from
		var at []int // indices of V measured from there: the other half of the range
		for i, v := range plot.V {
			if (v <= (lowest+highest)/2) == (from == highest) {
				at = append(at, i)
			}
		}
		b, err := newBench(src, p, len(at), engine.Options{})
		if err != nil {
			return err
		}
		if err := b.init(); err != nil {
			return err
		}
		x := make([][]*float64, len(plot.States)) // per state and copy
		for k, name := range plot.States {
			c := slices.IndexFunc(b.m.Columns, func(c program.Column) bool { return c.Name == name })
			for i := range at {
				if c < 0 {
					return fmt.Errorf("%s has no column", name)
				}
				value, err := b.ownColumn(int32(c))(b, i)
				if err != nil {
					return err
				}
				x[k] = append(x[k], value)
			}
		}
		n := p.Steps()
		history := make([][]float64, len(plot.States)*len(at))
		for step := 0; step <= n; step++ {
			for k := range plot.States {
				for i := range at {
					h := k*len(at) + i
					history[h] = append(history[h], *x[k][i])
				}
			}
			if step == n {
				break
			}
			for i, v := range at {
				b.eng.SetV(i, membraneNode, plot.V[v])
			}
			if _, err := b.eng.Advance(1); err != nil {
				return err
			}
		}
		for k := range plot.States {
			for i, v := range at {
				if math.IsNaN(plot.Tau[k][v]) {
					plot.Steady[k][v], plot.Tau[k][v] = response(history[k*len(at)+i], p.Dt)
				}
			}
		}
	}
	return nil
}

// response measures a step response: where it ends, and the time constant (ms); NaN for what is not at rest at the end
// or is too fast for dt (ms).
func response(x []float64, dt float64) (steady, tau float64) {
	n := len(x)
	last := x[n-1]
	way := last - x[0]
	rest := math.Abs(last - x[n-1-n/10])
	if math.IsNaN(last) || rest > 1e-6*max(math.Abs(way), math.Abs(last)) {
		return math.NaN(), math.NaN()
	}
	if math.Abs(way) < 1e-9 {
		return last, math.NaN()
	}
	target := 1 - 1/math.E
	for i := 1; i < n; i++ {
		now := (x[i] - x[0]) / way
		if now < target {
			continue
		}
		before := (x[i-1] - x[0]) / way
		// Between two samples an exponential is a straight line in log(1-x).
		a, b := math.Log(1-before), math.Log(max(1-now, 1e-300))
		return last, dt * (float64(i-1) + (a+1)/(a-b))
	}
	return last, math.NaN()
}

// currents records the current under steps from -80 mV.
func (plot *Plot) currents(src *Source, p Protocol) error {
	if len(src.Symbols.Currents) == 0 {
		return nil
	}
	s := src.Symbols.Currents[0]
	unit := "mA/cm²"
	if src.Symbols.Kind == "POINT_PROCESS" {
		unit = "nA"
	}
	p.VInit = holding
	for v := -100.; v <= 40; v += 20 {
		plot.Steps = append(plot.Steps, v)
	}
	p.Record = []string{s.Name}
	b, err := newBench(src, p, len(plot.Steps), engine.Options{})
	if err != nil {
		var named *ProtocolError
		if errors.As(err, &named) {
			return nil // a current without a name to record
		}
		return err
	}
	cols, fail := b.columns()
	if fail != nil {
		return fail
	}
	if err := b.init(); err != nil {
		return err
	}
	plot.Current = fmt.Sprintf("%s (%s)", s.Name, unit)
	plot.I = make([][]float64, len(plot.Steps))
	n := p.Steps()
	for step := range n {
		t := float64(step) * p.Dt
		for i, v := range plot.Steps {
			if t < stepFrom || t >= stepTo {
				v = holding
			}
			b.eng.SetV(i, membraneNode, v)
		}
		if _, err := b.eng.Advance(1); err != nil {
			return err
		}
		plot.T = append(plot.T, b.eng.T())
		for i := range plot.Steps {
			x, err := cols[0].find(b, i)
			if err != nil {
				return err
			}
			plot.I[i] = append(plot.I[i], *x)
		}
	}
	return nil
}
