package engine

import (
	"math/rand/v2"
	"testing"

	"netsim/nmodl/program"
)

// busy is a network of cells with many synapses, all driven by stimuli of 10 Hz.
func busy(cells, synapses, sources int) (*Network, float64) {
	const rate, tstop = 0.01, 1000. // 1/ms, ms
	rng := rand.New(rand.NewPCG(1, 2))
	net := &Network{
		Dt: 0.025, Celsius: 34, VInit: -65,
		Mechanisms: []*program.Mechanism{leak(), decay()},
		Templates:  []*Template{tree("a")},
		Params:     []ParamSet{{Columns: []int32{1, 2}, Values: []float64{0, 3}}},
		Trains:     map[uint64][]float64{},
	}
	for c := range cells {
		net.Cells = append(net.Cells, Cell{GID: uint64(c), Template: 0, DetectorNode: 1, Threshold: 1e9})
		for range synapses {
			net.NetCons = append(net.NetCons, NetCon{Source: uint64(1000 + rng.IntN(sources)), Target: int32(len(net.Points)), Weight: 1e-6, Delay: 0.025 * float64(40+rng.IntN(160))})
			net.Points = append(net.Points, Point{Cell: int32(c), Mech: 1, Node: []int32{1, 3, 5, 7, 8}[rng.IntN(5)]})
		}
	}
	for s := range sources {
		times := []float64{}
		for t := rng.ExpFloat64() / rate; t < tstop; t += rng.ExpFloat64() / rate {
			times = append(times, t)
		}
		net.Trains[uint64(1000+s)] = times
	}
	return net, tstop
}

// BenchmarkDelivery is what a synaptic event costs from the spike to the synapse: 10,000 synapses a cell at 10 Hz. It
// leaves out the solver.
func BenchmarkDelivery(b *testing.B) {
	const cells, synapses = 8, 10000
	net, tstop := busy(cells, synapses, 2000)
	e, err := New(net, Options{})
	if err != nil {
		b.Fatal(err)
	}
	n, err := e.Init(1, tstop)
	if err != nil {
		b.Fatal(err)
	}
	half := net.Dt / 2
	interval := func(tEnd float64) int {
		events := 0
		for e.nextTrain < len(e.trains) && e.trains[e.nextTrain].T <= tEnd {
			e.Deliver(e.trains[e.nextTrain].GID, e.trains[e.nextTrain].T)
			e.nextTrain++
		}
		for _, g := range e.groups {
			g.queue.open(tEnd)
			before := g.queue.head
			t := e.t
			for range n {
				g.deliver(e, t+half)
				t += half
				t += half
				g.deliver(e, t)
			}
			events += g.queue.head - before
		}
		e.t = tEnd
		return events
	}
	events := 0
	b.ResetTimer()
	for b.Loop() {
		tEnd := e.t
		for range n {
			tEnd += half
			tEnd += half
		}
		if tEnd > tstop-10 { // again from the start
			b.StopTimer()
			for _, g := range e.groups {
				g.queue.init(n, net.Dt, &e.spikeLog)
			}
			e.t, e.nextTrain, tEnd = 0, 0, 0
			for range n {
				tEnd += half
				tEnd += half
			}
			b.StartTimer()
		}
		events += interval(tEnd)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
	b.ReportMetric(float64(events)/float64(b.N), "events/op")
}
