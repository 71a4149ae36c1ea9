package cell

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"netsim/circuit"
	"netsim/engine"
	"netsim/morphology"
	"netsim/nmodl/diag"
	"netsim/nmodl/program"
	"netsim/sonata/config"
)

// singleCompartment is SONATA's model type of that name: a cylinder as long as wide, of diameter D (um, 1 if not
// given), with pas and the mechanism that model_template names. The other entries of dynamics_params are variables:
// cm, Ra, g_pas, e_pas, or RANGE variables of the mechanism with or without its name.
func (t *Templates) singleCompartment(nt *circuit.NodeType) (*membrane, error) {
	file, place := typePlace(nt)
	params := map[string]float64{}
	if nt.DynamicsParams != "" {
		var err error
		if params, err = numbers(nt.DynamicsParams); err != nil {
			return nil, err
		}
	}
	d, ok := params["D"]
	if !ok {
		d = 1
	}
	if !(d > 0) {
		return nil, failure(nt.DynamicsParams, "D", "give it in um", "the diameter is %g um", d)
	}
	m := &morphology.Morphology{Path: nt.DynamicsParams}
	m.Append(&morphology.Section{Type: 1, Name: "soma", StyleL: d, StyleDiam: d}, nil, 0)
	memb := newMembrane(t.lib, m)
	if err := memb.insert(0, "pas"); err != nil {
		return nil, failure(file, place, "", "%v", err)
	}
	mech := nt.Template
	if directive, name := splitTemplate(nt); name != "" {
		mech = name
		if directive != "nrn" {
			return nil, failure(file, place, "write the name of a density mechanism, hh or nrn:hh", "model_template %q is not known for single_compartment", nt.Template)
		}
	}
	if mech != "" {
		if err := memb.insert(0, mech); err != nil {
			return nil, failure(file, place, "model_template of a single_compartment names a density mechanism", "%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if name == "D" {
			continue
		}
		v := name
		if i, ok := t.lib.Find(mech); ok {
			if _, own := column(t.lib.Mechanisms[i], name); own {
				v += "_" + mech
			}
		}
		if err := memb.set(0, v, params[name]); err != nil {
			return nil, failure(nt.DynamicsParams, name, "", "%v", err)
		}
	}
	return memb, nil
}

// numbers reads a flat JSON object and returns its numbers; texts (descriptions) are left out.
func numbers(path string) (map[string]float64, error) {
	var raw map[string]json.RawMessage
	if err := readJSON(path, "parameters", &raw); err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for k, text := range raw {
		if v, err := strconv.ParseFloat(string(text), 64); err == nil {
			out[k] = v
		}
	}
	return out, nil
}

// artificial is how the cells of a point-neuron type are made.
type artificial struct {
	mech   int32
	params engine.ParamSet
}

// artificialModel reads a node type of model_type point_neuron: nrn:IntFire1 with tau and refrac in seconds as BMTK
// takes them; any other ARTIFICIAL_CELL with RANGE variables by their own names and units.
func artificialModel(lib *Library, nt *circuit.NodeType, log *problemLog) (artificial, error) {
	file, place := typePlace(nt)
	directive, name := splitTemplate(nt)
	if directive != "nrn" || name == "" {
		return artificial{}, failure(file, place, "write nrn:IntFire1 or nrn:<name of an ARTIFICIAL_CELL>", "model_template %q is not known for point neurons", nt.Template)
	}
	i, err := lib.Lookup(name, program.Artificial)
	if err != nil {
		return artificial{}, failure(file, place, "", "model_template %q: %v", nt.Template, err)
	}
	a, mech := artificial{mech: i}, lib.Mechanisms[i]
	if nt.DynamicsParams == "" {
		if mech.Name == "IntFire1" {
			return a, failure(file, place, "name a JSON file with tau and refrac in seconds", "nrn:IntFire1 needs dynamics_params")
		}
		return a, nil
	}
	values, err := numbers(nt.DynamicsParams)
	if err != nil {
		return a, err
	}
	if mech.Name == "IntFire1" {
		for _, k := range []string{"tau", "refrac"} {
			v, ok := values[k]
			if !ok {
				return a, failure(nt.DynamicsParams, k, "give it in seconds", "nrn:IntFire1 needs %s", k)
			}
			values[k] = float64(v * 1000)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		col, ok := column(mech, k)
		if !ok {
			log.add(unknownKey(nt.DynamicsParams, k, mech))
			continue
		}
		a.params.Columns = append(a.params.Columns, col)
		a.params.Values = append(a.params.Values, values[k])
	}
	return a, nil
}

// unknownKey warns of a parameter that is not used.
func unknownKey(file, key string, mech *program.Mechanism) config.Problem {
	names := rangeNames(mech)
	hint := diag.DidYouMean(key, names)
	if hint == "" {
		hint = fmt.Sprintf("parameters of %s are %s", mech.Name, strings.Join(names, ", "))
	}
	return warning(file, key, hint, "%s has no parameter %s: it is ignored", mech.Name, key)
}

// synapse is an edge type lowered: its mechanism and shared parameters.
type synapse struct {
	mech   int32
	params int32         // index into Network.Params
	chosen []*candidates // by template, made when first needed
}

// silentKeys are entries of synapse files that no mechanism needs.
var silentKeys = []string{"level_of_detail", "sign"}

// synapseParams maps the JSON of an edge type to columns of the mechanism. BMTK's names are understood: erev for e,
// tau1 for ExpSyn's tau; a_FDR of stp2syn is dropped as BMTK does.
func synapseParams(mech *program.Mechanism, et *circuit.EdgeType, log *problemLog) (engine.ParamSet, error) {
	var set engine.ParamSet
	if et.Params == nil && bmtkModels[mech.Name] != nil {
		file, place := edgePlace(et)
		return set, failure(file, place, "name a JSON file in components.synaptic_models_dir", "synapse model %s needs dynamics_params", et.ModelTemplate)
	}
	for _, need := range bmtkModels[mech.Name] {
		if _, ok := et.Params[need]; !ok {
			return set, failure(et.DynamicsParams, need, "add it", "synapse model %s needs %s", et.ModelTemplate, need)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(et.Params)) {
		if slices.Contains(silentKeys, key) {
			continue
		}
		if mech.Name == "stp2syn" && key == "a_FDR" {
			log.add(warning(et.DynamicsParams, key, "", "a_FDR of stp2syn is ignored as BMTK does; the .mod file's value holds"))
			continue
		}
		value, number := toFloat(et.Params[key])
		col, ok := column(mech, key)
		if other, known := bmtkNames[key]; known && !ok {
			col, ok = column(mech, other)
		}
		switch {
		case ok && !number:
			return set, failure(et.DynamicsParams, key, "write a number", "%s is %v", key, et.Params[key])
		case ok:
			set.Columns = append(set.Columns, col)
			set.Values = append(set.Values, value)
		case number:
			log.add(unknownKey(et.DynamicsParams, key, mech))
		}
	}
	return set, nil
}

// bmtkModels are the synapse models that BMTK has, with the entries without which it stops.
var bmtkModels = map[string][]string{
	"Exp2Syn": {"erev", "tau1", "tau2"},
	"ExpSyn":  {"erev", "tau1"},
	"stp2syn": {"erev", "p0", "tau_r0", "tau_FDR", "tau_1"},
	"stp5syn": {"erev", "tau_1", "tau_r0", "tau_FDR", "a_FDR", "a_D", "a_i", "a_f", "pbtilde"},
}

// bmtkNames are entries that go to a variable of another name when the mechanism has none of theirs.
var bmtkNames = map[string]string{"erev": "e", "tau1": "tau"}

// edgePlace says where an edge type stands.
func edgePlace(et *circuit.EdgeType) (file, place string) {
	p := et.Place()
	return p.File, p.Path
}

func toFloat(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}
