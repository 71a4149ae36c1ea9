package cell

import (
	"encoding/json"
	"strings"
	"testing"

	"netsim/engine"
	"netsim/nmodl/program"
)

func jsonNumber(s string) json.Number { return json.Number(s) }

func names(l *Library) string {
	var out []string
	for _, m := range l.Mechanisms {
		out = append(out, m.Name)
	}
	return strings.Join(out, " ")
}

func TestLibraryHasNEURONsOrder(t *testing.T) {
	user := allen()
	user = append(user, fakes(fake{name: "cadyn2", file: "b/aaa.mod", ions: "ca:C"})...)
	lib, err := NewLibrary(builtins(), user, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Files sort by byte: capitals first, aaa.mod last, so its writer of cai comes before CaDynamics.
	want := "pas cadyn2 CaDynamics IClamp ExpSyn Exp2Syn hh IntFire1 IntFire2 " +
		"Ca_HVA Ca_LVA Ih Im Im_v2 K_P K_T Kd Kv2like Kv3_1 NaTa NaTs NaV Nap SK"
	if got := names(lib); got != want {
		t.Errorf("order\n got %s\nwant %s", got, want)
	}
	ions := []engine.Ion{ionDefaults["na"], ionDefaults["k"], ionDefaults["ca"]}
	for i, ion := range ions {
		if lib.Ions[i] != ion {
			t.Errorf("ion %d is %+v, want %+v", i, lib.Ions[i], ion)
		}
	}
}

func TestUsersMechanismReplacesBuiltin(t *testing.T) {
	lib, err := NewLibrary(builtins(), fakes(fake{name: "ExpSyn", kind: program.Point, file: "mine/expsyn.mod", params: "tau=3 e=0"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	i, err := lib.Lookup("expsyn", program.Point)
	if err != nil || lib.Mechanisms[i].File != "mine/expsyn.mod" {
		t.Errorf("got %d %v", i, err)
	}
	if len(lib.Warnings) != 1 || !strings.Contains(lib.Warnings[0].String(), "mine/expsyn.mod") {
		t.Errorf("warnings %v", lib.Warnings)
	}
}

func TestLibraryErrors(t *testing.T) {
	charge := func(name, file string, z float64) *program.Mechanism {
		m := fake{name: name, file: file}.make()
		m.Ions = []program.Ion{{Name: "cl", Valence: z, HasValence: z != 0}}
		return m
	}
	for _, c := range []struct {
		user []*program.Mechanism
		want string
	}{
		{fakes(fake{name: "a", file: "x.mod"}, fake{name: "a", file: "y.mod"}), "y.mod: error: mechanism a is also defined by x.mod"},
		{[]*program.Mechanism{charge("a", "x.mod", 0)}, "charge of ion cl is not stated"},
		{[]*program.Mechanism{charge("a", "x.mod", -1), charge("b", "y.mod", 1)}, "that of x.mod is -1"},
	} {
		if _, err := NewLibrary(nil, c.user, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	lib := allenLibrary(t)
	lib.Mechanisms[0].Unsupported = nil
	for _, c := range []struct {
		name string
		kind program.Kind
		want string
	}{
		{"NaTss", program.Density, "did you mean NaTs?"},
		{"NaTss", program.Density, "modfiles"},
		{"Exp2Syn", program.Density, "is a POINT_PROCESS"},
		{"nothing_like_it", program.Artificial, "there are IntFire1, IntFire2"},
	} {
		if _, err := lib.Lookup(c.name, c.kind); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Lookup(%s): %v, want %q", c.name, err, c.want)
		}
	}
}
