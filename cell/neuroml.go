package cell

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// neuroml is the membrane part of a NeuroML 2 file, as BMTK reads it: per section label the elements by id.
type neuroml struct {
	file   string
	groups map[string][]nmlElement // by label: soma, axon, dend, apic
}

// nmlElement is one element. Units are dropped as BMTK does: mV, S/cm2, uF/cm2, ohm cm and ms are assumed.
type nmlElement struct {
	line          int
	tag, id       string
	ion, channel  string
	typ           string
	value         float64 // of resistivity and specificCapacitance
	density, erev float64
	hasErev       bool
	decay, gamma  float64
}

const nmlNamespace = "http://www.neuroml.org/schema/neuroml2"

// nmlGroups are the words for a segment group.
var nmlGroups = map[string][]string{
	"soma": {"soma"}, "somatic": {"soma"}, "axon": {"axon"}, "axonal": {"axon"},
	"dend": {"dend"}, "basal": {"dend"}, "dendritic": {"dend"}, "apic": {"apic"}, "apical": {"apic"},
	"all": {"soma", "axon", "apic", "dend"},
}

func readNeuroML(path string) (*neuroml, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failure(path, "", "check model_template (nml:<file>) and components.biophysical_neuron_models_dir", "could not read the NeuroML file: %v", err)
	}
	defer f.Close()
	n := &neuroml{file: path, groups: map[string][]nmlElement{}}
	d := xml.NewDecoder(f)
	for {
		line, _ := d.InputPos()
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return nil, failure(path, "", "correct the file", "could not read the NeuroML file: %v", err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok || start.Name.Space != nmlNamespace {
			continue
		}
		switch start.Name.Local {
		case "channelDensity", "channelDensityNernst", "resistivity", "specificCapacitance", "concentrationModel":
			if err := n.add(start, line); err != nil {
				return nil, err
			}
		}
	}
}

// add files an element under its groups. A later element of the same id takes the place of the earlier.
func (n *neuroml) add(start xml.StartElement, line int) error {
	attr := map[string]string{}
	for _, a := range start.Attr {
		attr[a.Name.Local] = a.Value
	}
	e := nmlElement{line: line, tag: start.Name.Local, id: attr["id"], ion: attr["ion"], channel: attr["ionChannel"], typ: attr["type"]}
	if e.id == "" {
		e.id = e.tag
	}
	place := fmt.Sprintf("line %d: %s %q", line, e.tag, e.id)
	quantity := func(name string, to *float64) error {
		v, err := strconv.ParseFloat(strings.SplitN(attr[name]+" ", " ", 2)[0], 64)
		if err != nil {
			return failure(n.file, place, "write a number and a unit, as in \"1.0 uF_per_cm2\"", "attribute %s is %q", name, attr[name])
		}
		*to = v
		return nil
	}
	var err error
	switch e.tag {
	case "resistivity", "specificCapacitance":
		err = quantity("value", &e.value)
	case "concentrationModel":
		err = errors.Join(quantity("decay", &e.decay), quantity("gamma", &e.gamma))
	default:
		err = quantity("condDensity", &e.density)
		if _, e.hasErev = attr["erev"]; e.hasErev && err == nil {
			err = quantity("erev", &e.erev)
		}
	}
	if err != nil {
		return err
	}
	group, ok := attr["segmentGroup"]
	labels := nmlGroups[strings.ToLower(group)]
	if !ok || labels == nil {
		return failure(n.file, place, "use soma, axon, dend, apic or all", "segmentGroup is %q", group)
	}
	for _, l := range labels {
		list := n.groups[l]
		if i := slices.IndexFunc(list, func(o nmlElement) bool { return o.id == e.id }); i >= 0 {
			list[i] = e
			continue
		}
		n.groups[l] = append(list, e)
	}
	return nil
}

// apply sets the parameters section by section.
func (n *neuroml) apply(m *membrane) error {
	for i, s := range m.morph.Sections {
		for _, e := range n.groups[s.Label()] {
			if err := e.apply(m, i); err != nil {
				return failure(n.file, fmt.Sprintf("line %d: %s %q", e.line, e.tag, e.id), "", "%v", err)
			}
		}
	}
	return nil
}

func (e nmlElement) apply(m *membrane, section int) error {
	type setting struct {
		name  string
		value float64
	}
	var mech string
	var set []setting
	switch {
	case e.tag == "resistivity":
		return m.set(section, "Ra", e.value)
	case e.tag == "specificCapacitance":
		return m.set(section, "cm", e.value)
	case e.tag == "concentrationModel":
		mech, set = e.id, []setting{{"gamma_" + e.typ, e.gamma}, {"decay_" + e.typ, e.decay}}
	case e.channel == "pas" && e.tag == "channelDensity":
		if !e.hasErev {
			return errors.New("erev is missing")
		}
		mech, set = "pas", []setting{{"g_pas", e.density}, {"e_pas", e.erev}}
	default:
		mech, set = e.channel, []setting{{e.id, e.density}}
		if e.ion == "na" || e.ion == "k" {
			if !e.hasErev {
				return errors.New("erev is missing")
			}
			set = append(set, setting{"e" + e.ion, e.erev})
		}
	}
	if err := m.insert(section, mech); err != nil {
		return err
	}
	for _, s := range set {
		if err := m.set(section, s.name, s.value); err != nil {
			return err
		}
	}
	return nil
}
