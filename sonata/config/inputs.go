package config

import (
	"slices"
	"strings"
)

// Modules and input types that other simulators know. Naming them in the message tells a user that the name is right.
var (
	foreignModules = []string{"SEClamp", "xstim", "extracellular", "comsol", "replay", "ecephys_probe", "syn_activity", "synaptic_activity", "function",
		"nwb", "allen", "poisson", "linear", "relative_linear", "pulse", "sinusoidal", "subthreshold", "hyperpolarizing", "noise", "shot_noise",
		"absolute_shot_noise", "relative_shot_noise", "ornstein_uhlenbeck", "relative_ornstein_uhlenbeck", "synapse_replay", "seclamp"}
	ownModules   = []string{"sonata", "h5", "csv", "IClamp"}
	commonInputs = []string{"input_type", "module", "node_set", "enabled"}
)

func (l *loader) inputs(root *node) {
	s := l.section(root.get("inputs"), `"inputs": { "name": { "input_type": "spikes", "module": "sonata", "input_file": "spikes.h5", "node_set": "lgn" } }`)
	if s.n == nil {
		return
	}
	for _, m := range s.n.members {
		e := l.section(m.value, "each input is an object")
		if e.n == nil || !e.enabled() {
			continue
		}
		in := Input{Name: m.key, Place: e.place(), Type: e.str("", "input_type"), Module: e.str("", "module"), NodeSet: e.nodeSet("all", "node_set")}
		if l.input(e, &in) {
			l.cfg.Inputs = append(l.cfg.Inputs, in)
		}
	}
}

// input fills in what its module wants; false when netsim cannot use it.
func (l *loader) input(e section, in *Input) bool {
	missing := false
	for _, key := range []string{"input_type", "module"} {
		if e.get(key) == nil {
			l.fail(e.place(), `spikes: "input_type": "spikes", "module": "sonata"; current: "input_type": "current_clamp", "module": "IClamp"`,
				"the key %s is missing", quote(key))
			missing = true
		}
	}
	if missing {
		return false
	}
	module := e.get("module")
	switch strings.ToLower(in.Module) {
	case "sonata", "h5", "csv":
		if !strings.EqualFold(in.Type, "spikes") {
			l.fail(e.get("input_type").place, `"input_type": "spikes"`, "module %s reads spikes, not %s", quote(in.Module), quote(in.Type))
			return false
		}
		e.only(commonInputs, []string{"input_file", "population", "spikes_file", "file_type"})
		in.Spikes = &SpikesInput{File: e.file(true, "the spikes file", "input_file"), Population: e.str("", "population")}
		return true
	case "iclamp":
		return l.clamp(e, in)
	}
	if slices.ContainsFunc(foreignModules, func(name string) bool { return strings.EqualFold(name, in.Module) }) {
		l.fail(module.place, `"enabled": false runs the circuit without this input`, "module %s is not supported yet", in.Module)
		return false
	}
	l.fail(module.place, didYouMean(in.Module, ownModules), "unknown module %s", quote(in.Module))
	return false
}

func (l *loader) clamp(e section, in *Input) bool {
	c := &CurrentClamp{
		SectionName:  e.str("soma", "section_name"),
		SectionIndex: e.integer(0, "section_index"),
	}
	var distAt *node
	c.SectionDist, distAt = e.number(0.5, "section_dist")
	if c.SectionDist < 0 || c.SectionDist > 1 {
		l.fail(distAt.place, "0.5 is the middle of the section", "section_dist is a position from 0 to 1, not %s", distAt.text)
	}
	if c.SectionIndex < 0 {
		l.fail(e.get("section_index").place, "sections are counted from 0", "section_index is negative")
	}
	site := []string{"section_name", "section_index", "section_dist"}
	typeNode := e.get("input_type")
	switch strings.ToLower(in.Type) {
	case "current_clamp":
		e.only(commonInputs, site, []string{"amp", "delay", "duration"})
		in.Clamp = c
		return l.clampSteps(e, c)
	case "csv", "file":
		e.only(commonInputs, site, []string{"file", "separator", "timestamps_column", "amplitudes_column"})
		c.Waveform = &ClampWaveform{
			File:             e.file(true, "the waveform file", "file"),
			Separator:        e.str(" ", "separator"),
			TimestampsColumn: e.str("timestamps", "timestamps_column"),
			AmplitudesColumn: e.str("amps", "amplitudes_column"),
		}
		if c.Waveform.Separator == "" {
			l.fail(e.get("separator").place, `" ", "," or "\t"`, "the separator is empty")
		}
		in.Clamp = c
		return true
	case "nwb", "allen":
		l.fail(typeNode.place, `"enabled": false runs the circuit without this input`, "IClamp with input_type %s is not supported yet", quote(in.Type))
		return false
	}
	l.fail(typeNode.place, didYouMean(in.Type, []string{"current_clamp", "csv", "file"}), "IClamp has no input_type %s", quote(in.Type))
	return false
}

// clampSteps reads amp, delay and duration, which are numbers or lists of one length.
func (l *loader) clampSteps(e section, c *CurrentClamp) bool {
	ok := true
	lengths := ""
	for _, f := range []struct {
		key  string
		to   *[]float64
		time bool
	}{{"amp", &c.Amp, false}, {"delay", &c.Delay, true}, {"duration", &c.Duration, true}} {
		list, n := e.numbers(f.key)
		*f.to = list
		if n == nil {
			l.fail(e.place(), `"amp": 0.1, "delay": 500.0, "duration": 1000.0 (nA, ms, ms)`, "the key %s is missing", quote(f.key))
		}
		if list == nil {
			ok = false
			continue
		}
		if len(lengths) > 0 {
			lengths += ", "
		}
		lengths += f.key + " " + decimal(float64(len(list)))
		for i, v := range list {
			if f.time && v < 0 {
				at := n
				if n.kind == kindArray {
					at = n.items[i]
				}
				l.fail(at.place, "", "the %s is negative: %s ms", f.key, at.text)
			}
		}
	}
	if ok && (len(c.Amp) != len(c.Delay) || len(c.Amp) != len(c.Duration)) {
		l.fail(e.place(), "give the three lists the same length", "the lists differ in length: %s", lengths)
		return false
	}
	return ok
}
