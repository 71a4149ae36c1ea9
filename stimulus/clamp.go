// Package stimulus turns the inputs of a SONATA config into attachments of the engine: current clamps as point
// processes of NEURON's mechanism IClamp. (Spikes are not here: circuit reads their trains.)
package stimulus

import (
	"errors"
	"fmt"
	"math"

	"netsim/cell"
	"netsim/circuit"
	"netsim/engine"
	"netsim/nmodl/program"
	"netsim/sonata/config"
)

// step is one IClamp: amp from del on for dur.
type step struct {
	del, dur float64 // ms
	amp      float64 // nA
}

// AddClamps adds the current clamps among the inputs to the cells they name, in the order of the inputs. It must
// come after everything else that makes point processes: BMTK makes its clamps when the run begins, and NEURON adds
// up the currents on a node newest first. Cells of other ranks are skipped.
func AddClamps(net *cell.Network, ckt *circuit.Circuit, inputs []config.Input) []config.Problem {
	var problems []config.Problem
	for i := range inputs {
		if inputs[i].Clamp == nil {
			continue
		}
		gids, err := ckt.ResolveCells(inputs[i].NodeSet)
		if err != nil {
			problems = append(problems, asProblem(err, inputs[i].Place))
			continue
		}
		problems = append(problems, AddClamp(net, gids, inputs[i])...)
	}
	return problems
}

// AddClamp adds the clamp of one input to the cells with the gids.
func AddClamp(net *cell.Network, gids []uint64, input config.Input) []config.Problem {
	steps, problems := stepsOf(input)
	if config.HasErrors(problems) {
		return problems
	}
	sets, mech, err := paramSets(net.Library, steps)
	if err != nil {
		return append(problems, asProblem(err, input.Place))
	}
	shared := make([]int32, len(sets)) // all cells of the input share their settings
	for k, s := range sets {
		shared[k] = int32(len(net.Engine.Params))
		net.Engine.Params = append(net.Engine.Params, s)
	}
	points := pointCells(net)
	nodes := map[*cell.Template]int32{}
	skipped := 0
	for _, gid := range gids {
		c, ok := net.Index(gid)
		if !ok {
			if points[gid] {
				skipped++
			}
			continue
		}
		t := net.TemplateOf(c)
		node, seen := nodes[t]
		if !seen {
			if node, err = place(t, input.Clamp); err != nil {
				return append(problems, asProblem(err, input.Place))
			}
			nodes[t] = node
		}
		for k := range shared {
			net.Engine.Points = append(net.Engine.Points, engine.Point{Cell: c, Mech: mech, Node: node, Params: shared[k]})
		}
	}
	if skipped > 0 {
		problems = append(problems, config.Problem{Severity: config.Warning, Place: input.Place,
			Msg:  fmt.Sprintf("%d point neurons of the node set get no current: they have no membrane", skipped),
			Hint: "restrict node_set, {\"model_type\": \"biophysical\"} for instance"})
	}
	return problems
}

func pointCells(net *cell.Network) map[uint64]bool {
	m := make(map[uint64]bool, len(net.Points))
	for _, c := range net.Points {
		m[c.GID] = true
	}
	return m
}

// place returns the node of section_name[section_index](section_dist).
func place(t *cell.Template, c *config.CurrentClamp) (int32, error) {
	section, ok := t.FindSection(c.SectionName, c.SectionIndex)
	if !ok {
		names := map[string]int{}
		for _, s := range t.Sections {
			names[s.Label]++
		}
		return 0, fmt.Errorf("the cell %s has no section %s[%d]; numbers of its sections by name: %v", t.Name, c.SectionName, c.SectionIndex, names)
	}
	if !(c.SectionDist >= 0 && c.SectionDist <= 1) {
		return 0, fmt.Errorf("section_dist is %g; give a number from 0 to 1", c.SectionDist)
	}
	return t.Node(section, c.SectionDist), nil
}

// stepsOf returns the rectangular pulses of a clamp.
func stepsOf(input config.Input) ([]step, []config.Problem) {
	c := input.Clamp
	if c.Waveform != nil {
		w, problems := readWaveform(c.Waveform, input.Place)
		return w.steps(), problems
	}
	if len(c.Delay) != len(c.Amp) || len(c.Duration) != len(c.Amp) {
		return nil, []config.Problem{asProblem(fmt.Errorf("amp has %d values, delay %d, duration %d; give equally many", len(c.Amp), len(c.Delay), len(c.Duration)), input.Place)}
	}
	steps := make([]step, len(c.Amp))
	for i := range steps {
		steps[i] = step{c.Delay[i], c.Duration[i], c.Amp[i]}
		for _, v := range []float64{c.Amp[i], c.Delay[i], c.Duration[i]} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, []config.Problem{asProblem(errors.New("amp, delay and duration must be finite numbers"), input.Place)}
			}
		}
	}
	return steps, nil
}

// paramSets gives each pulse as columns of IClamp.
func paramSets(lib *cell.Library, steps []step) ([]engine.ParamSet, int32, error) {
	mech, err := lib.Lookup("IClamp", program.Point)
	if err != nil {
		return nil, 0, err
	}
	var cols []int32
	for _, name := range []string{"del", "dur", "amp"} {
		col := int32(-1)
		for i, c := range lib.Mechanisms[mech].Columns {
			if c.Name == name {
				col = int32(i)
			}
		}
		if col < 0 {
			return nil, 0, fmt.Errorf("mechanism IClamp (%s) has no parameter %s", lib.Mechanisms[mech].File, name)
		}
		cols = append(cols, col)
	}
	sets := make([]engine.ParamSet, len(steps))
	for i, s := range steps {
		sets[i] = engine.ParamSet{Columns: cols, Values: []float64{s.del, s.dur, s.amp}}
	}
	return sets, mech, nil
}

func asProblem(err error, place config.Place) config.Problem {
	var p config.Problem
	if errors.As(err, &p) {
		return p
	}
	return config.Problem{Severity: config.Error, Place: place, Msg: err.Error()}
}
