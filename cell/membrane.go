package cell

import (
	"fmt"
	"slices"
	"strings"

	"netsim/morphology"
	"netsim/nmodl/diag"
	"netsim/nmodl/program"
)

// NEURON's values of a new section.
const (
	defaultRa = 35.4 // ohm cm
	defaultCm = 1.   // uF/cm2
)

// membrane is a cell while each section has one segment: what cell templates change with insert and assignments.
// All slices have one value per section of morph.
type membrane struct {
	lib   *Library
	morph *morphology.Morphology

	ra, cm        []float64 // ohm cm, uF/cm2
	mechs         map[int32]*insertion
	erev          map[int32]*reversal // by ion
	extracellular bool
}

// insertion is one density mechanism in a cell.
type insertion struct {
	in  []bool
	set map[int32][]float64 // by column; sections where it was not set hold the default
}

// reversal is the reversal potential of an ion where it was set.
type reversal struct {
	set []bool
	e   []float64 // mV
}

func newMembrane(lib *Library, morph *morphology.Morphology) *membrane {
	n := len(morph.Sections)
	m := &membrane{lib: lib, morph: morph, mechs: map[int32]*insertion{}, erev: map[int32]*reversal{}}
	m.ra, m.cm = make([]float64, n), make([]float64, n)
	for i := range n {
		m.ra[i], m.cm[i] = defaultRa, defaultCm
	}
	return m
}

// insert puts a density mechanism into a section; again is harmless and changes no parameter.
func (m *membrane) insert(section int, name string) error {
	if name == "extracellular" {
		m.extracellular = true
		return nil
	}
	i, err := m.lib.Lookup(name, program.Density)
	if err != nil {
		return err
	}
	if got := m.lib.Mechanisms[i].Name; got != name {
		return fmt.Errorf("no mechanism %q: did you mean %s?", name, got)
	}
	if m.mechs[i] == nil {
		m.mechs[i] = &insertion{in: make([]bool, len(m.morph.Sections)), set: map[int32][]float64{}}
	}
	m.mechs[i].in[section] = true
	return nil
}

// set is NEURON's section.name = value: Ra, cm, e<ion>, or <variable>_<mechanism> of an inserted mechanism.
func (m *membrane) set(section int, name string, value float64) error {
	switch name {
	case "Ra":
		if !(value > 0) {
			return fmt.Errorf("the axial resistance Ra is %g ohm cm; it must be positive", value)
		}
		m.ra[section] = value
		return nil
	case "cm":
		m.cm[section] = value
		return nil
	case "nseg", "L", "diam", "rallbranch", "v":
		return fmt.Errorf("%s cannot be set here: geometry comes from the morphology, nseg from run.dL, v from conditions.v_init", name)
	}
	if ion, ok := m.lib.Ion(strings.TrimPrefix(name, "e")); ok && name[0] == 'e' {
		return m.setReversal(section, ion, value)
	}
	var globals []string
	for i, c := range name {
		if c != '_' {
			continue
		}
		mech, ok := m.lib.Find(name[i+1:])
		if !ok || m.lib.Mechanisms[mech].Kind != program.Density {
			continue
		}
		p := m.lib.Mechanisms[mech]
		col, ok := column(p, name[:i])
		if !ok {
			if slices.ContainsFunc(p.Globals, func(g program.Global) bool { return g.Name == name[:i] }) {
				globals = append(globals, p.Name)
			}
			continue
		}
		ins := m.mechs[mech]
		if ins == nil || !ins.in[section] {
			return fmt.Errorf("%s is a variable of mechanism %s, which is not inserted in %s", name, p.Name, m.morph.Sections[section].FullName())
		}
		values := ins.set[col]
		if values == nil {
			values = slices.Repeat([]float64{p.Columns[col].Default}, len(m.morph.Sections))
			ins.set[col] = values
		}
		values[section] = value
		return nil
	}
	if globals != nil {
		return fmt.Errorf("%s is a GLOBAL variable of mechanism %s, so no section has one of its own; declare it RANGE in the .mod file", name, globals[0])
	}
	return m.unknownVariable(section, name)
}

func (m *membrane) setReversal(section int, ion int32, value float64) error {
	if !m.usesIon(section, ion) {
		n := m.lib.Ions[ion].Name
		return fmt.Errorf("e%s cannot be set in %s: no mechanism inserted there uses ion %s", n, m.morph.Sections[section].FullName(), n)
	}
	r := m.erev[ion]
	if r == nil {
		n := len(m.morph.Sections)
		r = &reversal{make([]bool, n), make([]float64, n)}
		m.erev[ion] = r
	}
	r.set[section], r.e[section] = true, value
	return nil
}

// usesIon reports whether a mechanism inserted in the section uses the ion.
func (m *membrane) usesIon(section int, ion int32) bool {
	for i, ins := range m.mechs {
		if !ins.in[section] {
			continue
		}
		for _, use := range m.lib.Mechanisms[i].Ions {
			if use.Name == m.lib.Ions[ion].Name {
				return true
			}
		}
	}
	return false
}

// unknownVariable lists what could have been meant: names of mechanisms inserted in the section, or in the library.
func (m *membrane) unknownVariable(section int, name string) error {
	names := []string{"Ra", "cm"}
	for _, i := range m.insertedOrder() {
		if !m.mechs[i].in[section] {
			continue
		}
		mech := m.lib.Mechanisms[i]
		for _, v := range rangeNames(mech) {
			names = append(names, v+"_"+mech.Name)
		}
	}
	if hint := diag.DidYouMean(name, names); hint != "" {
		return fmt.Errorf("no variable %q in %s: %s", name, m.morph.Sections[section].FullName(), hint)
	}
	return fmt.Errorf("no variable %q in %s; there are %s", name, m.morph.Sections[section].FullName(), strings.Join(names, ", "))
}

// insertedOrder returns the inserted mechanisms in NEURON's order.
func (m *membrane) insertedOrder() []int32 {
	order := make([]int32, 0, len(m.mechs))
	for i := range m.mechs {
		order = append(order, i)
	}
	slices.Sort(order)
	return order
}

// labelled returns the sections with the label, in the order of `all`.
func (m *membrane) labelled(label string) []int {
	var out []int
	for i, s := range m.morph.Sections {
		if s.Label() == label {
			out = append(out, i)
		}
	}
	return out
}
