package cell

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"netsim/internal/bounded"
)

// number is a JSON number, or a string that holds one (all-active files write numbers as text).
type number float64

// UnmarshalJSON reads 1.5 and "1.5".
func (n *number) UnmarshalJSON(text []byte) error {
	s := string(text)
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return fmt.Errorf("%s is not a number", s)
	}
	*n = number(v)
	return nil
}

// biophysics is a file of the Allen Cell Types Database (…_fit.json), as far as BMTK uses it. Its celsius, v_init,
// junction_potential and fitting are ignored, as BMTK does.
type biophysics struct {
	file string

	Passive []struct {
		Ra   *number `json:"ra"` // ohm cm
		EPas *number `json:"e_pas"`
		Cm   []struct {
			Section string  `json:"section"`
			Cm      *number `json:"cm"` // uF/cm2
		} `json:"cm"`
	} `json:"passive"`
	Genome []struct {
		Section   string  `json:"section"`
		Name      string  `json:"name"`
		Value     *number `json:"value"`
		Mechanism string  `json:"mechanism"`
	} `json:"genome"`
	Conditions []struct {
		Erev []struct {
			Section string  `json:"section"`
			Ena     *number `json:"ena"` // mV
			Ek      *number `json:"ek"`  // mV
		} `json:"erev"`
	} `json:"conditions"`
}

// maxBytes bounds a file of dynamics_params; real ones have some thousand.
const maxBytes = 16 << 20

// readJSON reads a file of dynamics_params; the error names the file and the place.
func readJSON(path, what string, into any) error {
	text, err := bounded.ReadFile(path, maxBytes)
	if err != nil {
		return failure(path, "", "check dynamics_params and the folder in the config's components", "could not read the %s: %v", what, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		place := ""
		if e, ok := err.(*json.SyntaxError); ok {
			place = "line " + strconv.Itoa(1+strings.Count(string(text[:min(int(e.Offset), len(text))]), "\n"))
		}
		return failure(path, place, "correct the file", "the %s is not what is expected: %v", what, err)
	}
	return nil
}

func readBiophysics(path string) (*biophysics, error) {
	b := &biophysics{file: path}
	if err := readJSON(path, "parameters of the cell", b); err != nil {
		return nil, err
	}
	for _, s := range []struct {
		name string
		n    int
	}{{"passive", len(b.Passive)}, {"conditions", len(b.Conditions)}} {
		if s.n == 0 {
			return nil, failure(path, "", "is it a file of the Allen Cell Types Database?", "there is no entry in %q", s.name)
		}
	}
	for i, g := range b.Genome {
		if g.Value == nil {
			return nil, failure(path, b.place(i), "add the number", "there is no value")
		}
	}
	for i, e := range b.Conditions[0].Erev {
		if e.Ena == nil || e.Ek == nil {
			return nil, failure(path, fmt.Sprintf("conditions[0].erev[%d] (%s)", i, e.Section), "add both", "ena or ek is missing")
		}
	}
	return b, nil
}

// place names a genome entry in messages.
func (b *biophysics) place(i int) string {
	g := b.Genome[i]
	return fmt.Sprintf("genome[%d] (section %q, name %q, mechanism %q)", i, g.Section, g.Name, g.Mechanism)
}

// perisomatic is BMTK's set_params_peri.
func (b *biophysics) perisomatic(m *membrane, log *problemLog) error {
	p := b.Passive[0]
	if p.Ra == nil || p.EPas == nil {
		return failure(b.file, "passive[0]", "add it, or use aibs_allactive", "ra or e_pas is missing")
	}
	cm := map[string]float64{}
	for i, c := range p.Cm {
		if c.Cm == nil {
			return failure(b.file, fmt.Sprintf("passive[0].cm[%d]", i), "add the number", "cm is missing")
		}
		cm[c.Section] = float64(*c.Cm)
	}
	for i, s := range m.morph.Sections {
		v, ok := cm[s.Label()]
		if !ok {
			return failure(b.file, "passive[0].cm", fmt.Sprintf("add {\"section\": %q, \"cm\": …}", s.Label()),
				"there is no cm for %s", s.FullName())
		}
		m.cm[i] = v
		if err := b.at("passive[0].ra", m.set(i, "Ra", float64(*p.Ra))); err != nil {
			return err
		}
		if err := b.passive(m, i, float64(*p.EPas)); err != nil {
			return err
		}
	}
	if err := b.genome(m, log, false); err != nil {
		return err
	}
	for i, e := range b.Conditions[0].Erev {
		for _, s := range m.labelled(e.Section) {
			b.reversal(m, log, i, s, "ena", float64(*e.Ena))
			b.reversal(m, log, i, s, "ek", float64(*e.Ek))
		}
	}
	return nil
}

// allactive is BMTK's set_params_allactive.
func (b *biophysics) allactive(m *membrane, log *problemLog) error {
	p := b.Passive[0]
	for i := range m.morph.Sections {
		if err := b.at("passive[0]", m.insert(i, "pas")); err != nil {
			return err
		}
		if p.EPas != nil {
			if err := b.passive(m, i, float64(*p.EPas)); err != nil {
				return err
			}
		}
		if p.Ra != nil {
			if err := b.at("passive[0].ra", m.set(i, "Ra", float64(*p.Ra))); err != nil {
				return err
			}
		}
	}
	for i, c := range p.Cm {
		if c.Cm == nil {
			return failure(b.file, fmt.Sprintf("passive[0].cm[%d]", i), "add the number", "cm is missing")
		}
		for _, s := range m.labelled(c.Section) {
			m.cm[s] = float64(*c.Cm)
		}
	}
	if err := b.genome(m, log, true); err != nil {
		return err
	}
	for i, e := range b.Conditions[0].Erev {
		sections := m.labelled(e.Section)
		if len(sections) == 0 {
			log.add(warning(b.file, fmt.Sprintf("conditions[0].erev[%d]", i), "", "the cell has no section %q: ena and ek are not set", e.Section))
		}
		for _, s := range sections {
			for name, v := range map[string]float64{"na": float64(*e.Ena), "k": float64(*e.Ek)} {
				if ion, ok := m.lib.Ion(name); ok && m.usesIon(s, ion) {
					if err := m.setReversal(s, ion, v); err != nil {
						return b.at("conditions[0].erev", err)
					}
				}
			}
		}
	}
	return nil
}

// passive inserts pas and sets its e (mV); g keeps the default until a genome entry sets it.
func (b *biophysics) passive(m *membrane, section int, e float64) error {
	if err := m.insert(section, "pas"); err != nil {
		return b.at("passive[0]", err)
	}
	return b.at("passive[0].e_pas", m.set(section, "e_pas", e))
}

// reversal sets ena or ek. BMTK stops where no mechanism uses the ion; here it is a warning, for it changes nothing.
func (b *biophysics) reversal(m *membrane, log *problemLog, entry, section int, name string, v float64) {
	if err := m.set(section, name, v); err != nil {
		log.add(warning(b.file, fmt.Sprintf("conditions[0].erev[%d]", entry), "remove it or insert a mechanism that uses the ion", "%v", err))
	}
}

// genome inserts the mechanisms and sets the parameters, in the order of the file.
func (b *biophysics) genome(m *membrane, log *problemLog, skipGlob bool) error {
	for i, g := range b.Genome {
		if skipGlob && g.Section == "glob" {
			log.add(warning(b.file, b.place(i), "", "section \"glob\" is skipped, as BMTK does"))
			continue
		}
		sections := m.labelled(g.Section)
		if len(sections) == 0 && !isLabel(g.Section) {
			log.add(warning(b.file, b.place(i), "", "the cell has no section %q; sections are soma, axon, dend, apic", g.Section))
		}
		for _, s := range sections {
			if g.Mechanism != "" {
				if err := m.insert(s, g.Mechanism); err != nil {
					return b.at(b.place(i), err)
				}
			}
			if err := m.set(s, g.Name, float64(*g.Value)); err != nil {
				return b.at(b.place(i), err)
			}
		}
	}
	return nil
}

func isLabel(s string) bool {
	return s == "soma" || s == "axon" || s == "dend" || s == "apic"
}

// at adds file and place to an error.
func (b *biophysics) at(place string, err error) error {
	if err == nil {
		return nil
	}
	return failure(b.file, place, "", "%v", err)
}
