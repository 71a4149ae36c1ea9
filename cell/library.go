package cell

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"netsim/engine"
	"netsim/nmodl/diag"
	"netsim/nmodl/program"
	"netsim/sonata/config"
)

// registration is the order in which NEURON registers its own mechanisms (nmodl.md §3.1). It decides the order of
// sums, so the last bits. Built-ins that NEURON does not have come after these, by name.
var registration = []string{
	"pas", "IClamp", "AlphaSynapse", "ExpSyn", "Exp2Syn", "SEClamp", "VClamp", "OClamp", "APCount", "hh",
	"NetStim", "IntFire1", "IntFire2", "IntFire4", "PointProcessMark", "PatternStim",
}

// Library is the mechanisms that a simulation can use, in NEURON's order of evaluation. It is immutable.
type Library struct {
	Mechanisms []*program.Mechanism // NEURON's order: pas, writers of concentrations (newest first), others as registered
	Ions       []engine.Ion         // in order of registration
	Folders    []string             // folders searched for .mod files, for messages
	Warnings   []config.Problem

	index map[string]int32
	fold  map[string][]int32 // by lower-case name
	ions  map[string]int32
}

// NewLibrary orders mechanisms as NEURON does: built-ins by NEURON's registration, then the user's files in the
// order of their file names, as nrnivmodl takes them. A user's mechanism with the name of a built-in replaces it.
func NewLibrary(builtin, user []*program.Mechanism, folders []string) (*Library, error) {
	l := &Library{Folders: folders, index: map[string]int32{}, fold: map[string][]int32{}, ions: map[string]int32{}}
	rank := func(m *program.Mechanism) int {
		if i := slices.Index(registration, m.Name); i >= 0 {
			return i
		}
		return len(registration)
	}
	builtin, user = slices.Clone(builtin), slices.Clone(user)
	slices.SortStableFunc(builtin, func(a, b *program.Mechanism) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Name, b.Name))
	})
	slices.SortStableFunc(user, func(a, b *program.Mechanism) int {
		return cmp.Or(strings.Compare(filepath.Base(a.File), filepath.Base(b.File)), strings.Compare(a.File, b.File))
	})
	byName := map[string]*program.Mechanism{}
	for _, m := range user {
		if old := byName[m.Name]; old != nil {
			return nil, failure(m.File, "", "remove one of them or rename its SUFFIX or POINT_PROCESS",
				"mechanism %s is also defined by %s", m.Name, old.File)
		}
		byName[m.Name] = m
	}
	builtin = slices.DeleteFunc(builtin, func(m *program.Mechanism) bool {
		own := byName[m.Name]
		if own != nil {
			l.Warnings = append(l.Warnings, warning(own.File, "", "rename it if that is not meant",
				"mechanism %s replaces the built-in one of that name (NEURON would refuse it)", m.Name))
		}
		return own != nil
	})
	registered := append(builtin, user...)
	if err := l.registerIons(registered); err != nil {
		return nil, err
	}
	l.order(registered)
	for i, m := range l.Mechanisms {
		l.index[m.Name] = int32(i)
		low := strings.ToLower(m.Name)
		l.fold[low] = append(l.fold[low], int32(i))
	}
	return l, nil
}

// order is NEURON's nrn_writes_conc: pas keeps its place at the head, writers of concentrations follow the ions,
// each new one before the older, then the others.
func (l *Library) order(registered []*program.Mechanism) {
	var head, writers, others []*program.Mechanism
	for _, m := range registered {
		switch {
		case m.Name == "pas" && m.Kind == program.Density && !m.WritesConc:
			head = append(head, m)
		case m.WritesConc:
			writers = append(writers, m)
		default:
			others = append(others, m)
		}
	}
	slices.Reverse(writers)
	l.Mechanisms = slices.Concat(head, writers, others)
}

// ionDefaults are NEURON's (nrnoc/membdef.h). eca is 12.5*log(cao/cai).
var ionDefaults = map[string]engine.Ion{
	"na": {Name: "na", Valence: 1, Xi0: 10, Xo0: 140, E0: 50},
	"k":  {Name: "k", Valence: 1, Xi0: 54.4, Xo0: 2.5, E0: -77},
	"ca": {Name: "ca", Valence: 2, Xi0: 5e-5, Xo0: 2, E0: 132.4579341637009},
}

func (l *Library) registerIons(registered []*program.Mechanism) error {
	stated := map[string]*program.Mechanism{} // who stated the charge
	for _, m := range registered {
		for _, use := range m.Ions {
			i, ok := l.ions[use.Name]
			if !ok {
				ion, known := ionDefaults[use.Name]
				if !known {
					ion = engine.Ion{Name: use.Name, Xi0: 1, Xo0: 1}
				}
				i = int32(len(l.Ions))
				l.ions[use.Name] = i
				l.Ions = append(l.Ions, ion)
			}
			if !use.HasValence {
				continue
			}
			ion := &l.Ions[i]
			_, known := ionDefaults[use.Name]
			other := stated[use.Name]
			if (known || other != nil) && ion.Valence != use.Valence {
				from := "NEURON's own"
				if other != nil {
					from = "that of " + other.File
				}
				return failure(m.File, "", "make the VALENCE the same everywhere",
					"USEION %s states VALENCE %g but %s is %g", use.Name, use.Valence, from, ion.Valence)
			}
			ion.Valence, stated[use.Name] = use.Valence, m
		}
	}
	for _, m := range registered {
		for _, use := range m.Ions {
			if _, known := ionDefaults[use.Name]; !known && stated[use.Name] == nil {
				return failure(m.File, "", fmt.Sprintf("write USEION %s … VALENCE n in one of the files", use.Name),
					"the charge of ion %s is not stated by any mechanism", use.Name)
			}
		}
	}
	return nil
}

// Find returns the index of a mechanism by its exact name.
func (l *Library) Find(name string) (int32, bool) {
	i, ok := l.index[name]
	return i, ok
}

// Ion returns the index of an ion by name ("na").
func (l *Library) Ion(name string) (int32, bool) {
	i, ok := l.ions[name]
	return i, ok
}

// Lookup returns the index of a mechanism of one of the kinds, by exact name, else by the only name that differs in
// the case of letters.
func (l *Library) Lookup(name string, kinds ...program.Kind) (int32, error) {
	i, ok := l.index[name]
	if !ok {
		if near := l.fold[strings.ToLower(name)]; len(near) == 1 {
			i, ok = near[0], true
		}
	}
	if !ok {
		return -1, l.unknown(name, kinds)
	}
	m := l.Mechanisms[i]
	if !slices.Contains(kinds, m.Kind) {
		return -1, fmt.Errorf("%s (%s) is %s, but %s is needed here", m.Name, m.File, kindName(m.Kind), kindName(kinds[0]))
	}
	if len(m.Unsupported) > 0 {
		u := m.Unsupported[0]
		return -1, fmt.Errorf("mechanism %s cannot be executed: %s:%d:%d: %s", m.Name, u.File, u.Line, u.Col, u.What)
	}
	return i, nil
}

func (l *Library) unknown(name string, kinds []program.Kind) error {
	var names []string
	for _, m := range l.Mechanisms {
		if slices.Contains(kinds, m.Kind) {
			names = append(names, m.Name)
		}
	}
	text := fmt.Sprintf("no mechanism %q", name)
	if hint := nearName(name, names); hint != "" {
		text += ": " + hint
	} else if len(names) > 0 {
		slices.Sort(names)
		text += "; there are " + strings.Join(names, ", ")
	}
	if len(l.Folders) > 0 {
		return fmt.Errorf("%s (.mod files were looked for in %s)", text, strings.Join(l.Folders, ", "))
	}
	return fmt.Errorf("%s (no folder with .mod files was given: set components.mechanisms_dir)", text)
}

// nearName is diag.DidYouMean that does not count the case of letters: exp2sin is near Exp2Syn.
func nearName(name string, names []string) string {
	if hint := diag.DidYouMean(name, names); hint != "" {
		return hint
	}
	low := make([]string, len(names))
	for i, n := range names {
		low[i] = strings.ToLower(n)
	}
	if i := slices.Index(low, diag.Nearest(strings.ToLower(name), low)); i >= 0 {
		return "did you mean " + names[i] + "?"
	}
	return ""
}

func kindName(k program.Kind) string {
	switch k {
	case program.Density:
		return "a density mechanism (SUFFIX)"
	case program.Point:
		return "a POINT_PROCESS"
	}
	return "an ARTIFICIAL_CELL"
}

// column finds a RANGE variable of a mechanism that is no array.
func column(m *program.Mechanism, name string) (int32, bool) {
	for i, c := range m.Columns {
		if c.Name == name && c.Size == 0 && c.Range && c.Role != program.Hidden {
			return int32(i), true
		}
	}
	return -1, false
}

// rangeNames lists the RANGE parameters of a mechanism.
func rangeNames(m *program.Mechanism) []string {
	var names []string
	for _, c := range m.Columns {
		if c.Range && c.Size == 0 && c.Role == program.Parameter {
			names = append(names, c.Name)
		}
	}
	return names
}
