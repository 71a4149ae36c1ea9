package cell

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"netsim/circuit"
	"netsim/morphology"
	"netsim/nmodl/diag"
)

// Templates makes the template of each node type once: node types that agree in morphology, biophysics, template
// and processing share one.
type Templates struct {
	lib      *Library
	reader   morphology.Reader
	dL       float64
	log      problemLog
	byKey    map[string]int32
	morphs   map[string]*morphology.Morphology
	list     []*Template
	nmlFiles map[string]*neuroml
	fitFiles map[string]*biophysics
}

// NewTemplates prepares an empty cache. dL is BMTK's run.dL in um: nseg = 1 + 2*int(L/(2*dL)), so
// segments are at most 2*dL long; 0 leaves one segment per section; oldImport selects BMTK 1.0.8's reading of SWC files.
func NewTemplates(lib *Library, dL float64, oldImport bool) *Templates {
	t := &Templates{lib: lib, dL: dL, byKey: map[string]int32{}, morphs: map[string]*morphology.Morphology{},
		nmlFiles: map[string]*neuroml{}, fitFiles: map[string]*biophysics{}}
	if oldImport {
		t.reader = morphology.OldImport3d
	}
	return t
}

// typePlace says where a node type stands.
func typePlace(nt *circuit.NodeType) (file, place string) {
	p := nt.Place()
	return p.File, p.Path
}

// Get returns the template of a node type and its index.
func (t *Templates) Get(nt *circuit.NodeType) (*Template, int32, error) {
	key := strings.Join([]string{fmt.Sprint(nt.ModelType), nt.Template, nt.TemplateFile, strings.Join(nt.ModelProcessing, ","),
		nt.Morphology, nt.DynamicsParams}, "\x00")
	if i, ok := t.byKey[key]; ok {
		return t.list[i], i, nil
	}
	m, err := t.membrane(nt)
	if err != nil {
		return nil, -1, err
	}
	tmpl, err := m.lower(templateName(nt), t.dL)
	if err != nil {
		return nil, -1, err
	}
	if tmpl.Extracellular {
		file, place := typePlace(nt)
		t.log.add(warning(file, place, "", "extracellular is accepted and not simulated: with its default parameters it does not change v"))
	}
	i := int32(len(t.list))
	t.list = append(t.list, tmpl)
	t.byKey[key] = i
	return tmpl, i, nil
}

func templateName(nt *circuit.NodeType) string {
	parts := []string{nt.Template}
	for _, p := range []string{nt.Morphology, nt.DynamicsParams} {
		if p != "" {
			parts = append(parts, filepath.Base(p))
		}
	}
	return strings.Join(parts, " ")
}

// membrane builds the cell of a node type as BMTK does while sections have one segment each.
func (t *Templates) membrane(nt *circuit.NodeType) (*membrane, error) {
	file, place := typePlace(nt)
	if nt.ModelType == circuit.SingleCompartment {
		return t.singleCompartment(nt)
	}
	switch directive, name := splitTemplate(nt); {
	case directive == "hoc":
		return nil, failure(file, place, "export the cell to SWC and biophysics (ctdb:Biophys1.hoc with aibs_perisomatic or aibs_allactive, or nml:), or run it in NEURON",
			"model_template %q is a HOC template, a program in NEURON's own language, which netsim does not execute", nt.Template)
	case directive == "nml":
		return t.nmlCell(nt)
	case (directive == "ctdb" || directive == "nrn") && (name == "Biophys1" || name == "Biophys1.hoc"):
		m, err := t.morphology(nt)
		if err != nil {
			return nil, err
		}
		return t.processAll(&cellInProgress{morph: m, nt: nt})
	case nt.Template == "":
		return nil, failure(file, place, "write ctdb:Biophys1.hoc, or nml:<file>", "a biophysical cell needs model_template")
	default:
		return nil, failure(file, place, "write ctdb:Biophys1.hoc (SWC and JSON) or nml:<file> (SWC and NeuroML)", "model_template %q is not known for biophysical cells", nt.Template)
	}
}

// splitTemplate returns the parts of model_template before and after the first colon.
func splitTemplate(nt *circuit.NodeType) (directive, name string) {
	directive, name, _ = strings.Cut(nt.Template, ":")
	name, _, _ = strings.Cut(name, ":")
	return directive, name
}

// cellInProgress is a cell between its processing functions. The membrane exists once one of them has touched it;
// until then the morphology may change.
type cellInProgress struct {
	morph         *morphology.Morphology
	memb          *membrane
	nt            *circuit.NodeType
	extracellular bool
}

func (b *cellInProgress) membrane(lib *Library) *membrane {
	if b.memb == nil {
		b.memb = newMembrane(lib, b.morph)
	}
	return b.memb
}

// processAll applies model_processing.
func (t *Templates) processAll(b *cellInProgress) (*membrane, error) {
	for _, p := range b.nt.ModelProcessing {
		if err := t.process(b, p); err != nil {
			return nil, err
		}
	}
	m := b.membrane(t.lib)
	m.extracellular = m.extracellular || b.extracellular
	return m, nil
}

// processings are the functions that model_processing may name.
var processings = []string{
	"aibs_perisomatic", "aibs_allactive", "aibs_perisomatic_directed", "aibs_allactive_directed", "aibs_allactive_fullaxon",
	"extracellular", "set_extracellular",
}

// process applies one function of model_processing.
func (t *Templates) process(b *cellInProgress, name string) error {
	file, place := typePlace(b.nt)
	if !slices.Contains(processings, name) {
		hint := diag.DidYouMean(name, processings)
		if hint == "" {
			hint = "there are " + strings.Join(processings, ", ") + "; functions in Python cannot be called"
		}
		return failure(file, place, hint, "model_processing %q is not known", name)
	}
	m := b.morph
	if name == "extracellular" || name == "set_extracellular" {
		b.extracellular = true
		return nil
	}
	if b.nt.DynamicsParams == "" {
		if name == "aibs_perisomatic" {
			return nil // BMTK does nothing at all then, not even the axon
		}
		return failure(file, place, "name the JSON file with the cell's parameters", "%s needs dynamics_params", name)
	}
	fit, err := t.biophysics(b.nt.DynamicsParams)
	if err != nil {
		return err
	}
	var axon func() error
	switch name {
	case "aibs_perisomatic":
		axon = m.ReplaceAxonPerisomatic
	case "aibs_allactive":
		axon = m.ReplaceAxonAllActive
	case "aibs_perisomatic_directed":
		axon = func() error { return directedAxon(m, false) }
	case "aibs_allactive_directed":
		axon = func() error { return directedAxon(m, true) }
	}
	if axon != nil {
		if b.memb != nil {
			return failure(file, place, "write it first, and only one of its kind",
				"model_processing %s replaces the axon after another function has set parameters", name)
		}
		if err := axon(); err != nil {
			return failure(file, place, "", "%s: %v", name, err)
		}
	}
	if strings.HasPrefix(name, "aibs_perisomatic") {
		return fit.perisomatic(b.membrane(t.lib), &t.log)
	}
	return fit.allactive(b.membrane(t.lib), &t.log)
}

// nmlCell is BMTK's NMLLoad: the axon is always replaced as in aibs_perisomatic, before the parameters.
func (t *Templates) nmlCell(nt *circuit.NodeType) (*membrane, error) {
	m, err := t.morphology(nt)
	if err != nil {
		return nil, err
	}
	file, place := typePlace(nt)
	if err := m.ReplaceAxonPerisomatic(); err != nil {
		return nil, failure(file, place, "", "%v", err)
	}
	n := t.nmlFiles[nt.TemplateFile]
	if n == nil {
		if nt.TemplateFile == "" {
			return nil, failure(file, place, "put it into components.biophysical_neuron_models_dir", "the NeuroML file of model_template %q was not found", nt.Template)
		}
		if n, err = readNeuroML(nt.TemplateFile); err != nil {
			return nil, err
		}
		t.nmlFiles[nt.TemplateFile] = n
	}
	memb := newMembrane(t.lib, m)
	if err := n.apply(memb); err != nil {
		return nil, err
	}
	return t.processAll(&cellInProgress{morph: m, memb: memb, nt: nt})
}

// morphology returns a fresh copy of the node type's morphology.
func (t *Templates) morphology(nt *circuit.NodeType) (*morphology.Morphology, error) {
	file, place := typePlace(nt)
	if nt.Morphology == "" {
		return nil, failure(file, place, "name an SWC file in components.morphologies_dir", "a biophysical cell needs a morphology")
	}
	m := t.morphs[nt.Morphology]
	if m == nil {
		var err error
		if m, err = morphology.ReadSWC(nt.Morphology, t.reader); err != nil {
			return nil, failure(file, place, "", "could not read the morphology: %v", err)
		}
		for _, w := range m.Warnings {
			p := warning(w.Path, "", "", "%s", w.Text)
			p.Line = w.Line
			t.log.add(p)
		}
		t.morphs[nt.Morphology] = m
	}
	return m.Clone(), nil
}

func (t *Templates) biophysics(path string) (*biophysics, error) {
	if b := t.fitFiles[path]; b != nil {
		return b, nil
	}
	b, err := readBiophysics(path)
	if err == nil {
		t.fitFiles[path] = b
	}
	return b, err
}
