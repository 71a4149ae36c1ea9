package cell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/nmodl/program"
)

// fake describes a mechanism without programs: what package cell looks at.
type fake struct {
	name, file string
	kind       program.Kind
	params     string // "gbar=1e-05 e=0"
	ions       string // "na:RE ca:RI" (read e, read i, write i(C)oncentration)
}

func (f fake) make() *program.Mechanism {
	m := &program.Mechanism{Name: f.name, Kind: f.kind, File: f.file}
	if m.File == "" {
		m.File = f.name + ".mod"
	}
	for _, p := range strings.Fields(f.params) {
		name, text, _ := strings.Cut(p, "=")
		v, ok := toFloat(jsonNumber(text))
		if !ok {
			panic(p)
		}
		m.Columns = append(m.Columns, program.Column{Name: name, Role: program.Parameter, Default: v, Range: true})
	}
	m.Columns = append(m.Columns, program.Column{Name: "g", Role: program.Assigned, Range: f.name != "pas"})
	if f.name == "pas" { // g is its parameter
		m.Columns = m.Columns[:len(m.Columns)-1]
	}
	for _, use := range strings.Fields(f.ions) {
		name, what, _ := strings.Cut(use, ":")
		ion := program.Ion{Name: name, ReadE: strings.Contains(what, "E"), WriteXi: strings.Contains(what, "C")}
		m.WritesConc = m.WritesConc || ion.WriteXi
		m.Ions = append(m.Ions, ion)
	}
	return m
}

// builtins and allen are the mechanisms of the Allen circuits with the defaults of their RANGE parameters.
func builtins() []*program.Mechanism {
	return fakes(
		fake{name: "IntFire1", kind: program.Artificial, params: "tau=10 refrac=5"},
		fake{name: "IntFire2", kind: program.Artificial, params: "taum=10 taus=20 ib=0"},
		fake{name: "hh", params: "gnabar=.12 gkbar=.036 gl=.0003 el=-54.3", ions: "na:E k:E"},
		fake{name: "Exp2Syn", kind: program.Point, params: "tau1=.1 tau2=10 e=0"},
		fake{name: "ExpSyn", kind: program.Point, params: "tau=.1 e=0"},
		fake{name: "IClamp", kind: program.Point, params: "del=0 dur=0 amp=0"},
		fake{name: "pas", params: "g=.001 e=-70"},
	)
}

func allen() []*program.Mechanism {
	var list []fake
	list = append(list, fake{name: "NaV", params: "gbar=.015", ions: "na:E"})
	for _, name := range strings.Fields("NaTs NaTa Nap") {
		list = append(list, fake{name: name, params: "gbar=1e-5", ions: "na:E"})
	}
	for _, name := range strings.Fields("K_P Im Im_v2 K_T Kd Kv2like Kv3_1") {
		list = append(list, fake{name: name, params: "gbar=1e-5", ions: "k:E"})
	}
	list = append(list,
		fake{name: "Ca_HVA", params: "gbar=1e-5", ions: "ca:E"}, fake{name: "Ca_LVA", params: "gbar=1e-5", ions: "ca:E"},
		fake{name: "SK", params: "gbar=1e-6", ions: "k:E ca:"}, fake{name: "Ih", params: "gbar=1e-5"},
		fake{name: "CaDynamics", params: "gamma=.05 decay=80 depth=.1 minCai=1e-4", ions: "ca:C"},
	)
	return fakes(list...)
}

func fakes(list ...fake) []*program.Mechanism {
	out := make([]*program.Mechanism, len(list))
	for i, f := range list {
		out[i] = f.make()
	}
	return out
}

func allenLibrary(t testing.TB) *Library {
	t.Helper()
	lib, err := NewLibrary(builtins(), allen(), []string{"modfiles"})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// sharedRoot is absolute, for tests change the working directory.
var sharedRoot = func() string {
	root := os.Getenv("NETSIM_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	if abs, err := filepath.Abs(root); err == nil {
		root = abs
	}
	return root
}()

// shared returns the path of a file of the reference data, and skips the test without them.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{sharedRoot, "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("reference data are not here (%v); NETSIM_SHARED names the folder above data/", err)
	}
	return path
}
