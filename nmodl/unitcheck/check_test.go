package unitcheck_test

import (
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/unitcheck"
)

// head declares what the cases use: w and v in mV, u in volt, tau in ms, sec in s, d, n without units, ….
const head = `NEURON { SUFFIX x }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) (mM) = (milli/liter) (um) = (micron) (pmol) = (6.02214076+11) }
PARAMETER { g = 1 (S/cm2) e = 1 (mV) tau = 1 (ms) sec = 1 (s) n = 2 notau = 3 celsius (degC) c (mM) kf (/mM-ms) kb (/ms)
	persec (/s) vol (um2) D (um2/ms) big (cm2) }
ASSIGNED { v (mV) u (volt) i (mA/cm2) d w (mV) wide[3] (mV) }
STATE { m o q (mV) ca (mM) b (mM) cb (mM) p (pmol/cm2) }
`

// cases have the verdict of modlunit 9.0.2 and, where there is a mistake, the message that netsim gives. Text is put
// behind head.
var cases = []struct{ name, text, want string }{
	// Assignment.
	{"same", `BREAKPOINT { w = v }`, ""},
	{"factor", `BREAKPOINT { w = u }`, "w is in (mV), and what it is set to is in (volt); they differ by a factor of 1000"},
	{"none to some", `BREAKPOINT { w = n }`, "w is in (mV), and what it is set to is without units"},
	{"some to none", `BREAKPOINT { d = v }`, "d is without units, and what it is set to is in (mV)"},
	{"array", `BREAKPOINT { wide[0] = v wide[1] = n }`, "wide is in (mV), and what it is set to is without units"},
	{"index", `BREAKPOINT { w = wide[n] }`, ""},
	{"sign", `BREAKPOINT { w = -v }`, ""},

	// Numbers take the units of their place.
	{"number", `BREAKPOINT { w = 10 }`, ""},
	{"numbers", `BREAKPOINT { w = (1 + 2)*3/4 - 2^3 }`, ""},
	{"number in a sum", `BREAKPOINT { w = 2*(v + 3) + 4 }`, ""},
	{"number times none", `BREAKPOINT { w = 2*n }`, "w is in (mV), and what it is set to is without units"},
	{"DEFINE", "DEFINE N 3\nBREAKPOINT { w = N }", ""},
	{"number with units", `BREAKPOINT { w = 10(mV) }`, ""},
	{"number with other units", `BREAKPOINT { w = 10(volt) }`, "is in (volt); they differ by a factor of 1000"},
	{"number with a factor in its units", `BREAKPOINT { w = 10(.001 volt) }`, ""},
	{"number with units 1", `BREAKPOINT { w = 10(1) }`, "w is in (mV), and what it is set to is without units"},
	{"exp of a number", `BREAKPOINT { w = exp(1) }`, "w is in (mV), and what it is set to is without units"},

	// Conversion factors.
	{"conversion", `BREAKPOINT { w = (1e3)*u }`, ""},
	{"conversion behind", `BREAKPOINT { w = u/(.001) }`, ""},
	{"conversion in more parentheses", `BREAKPOINT { w = ((1000))*u }`, ""},
	{"wrong conversion", `BREAKPOINT { w = (.001)*u }`, "is in (1000 volt); they differ by a factor of 1e+06"},
	{"needless conversion", `BREAKPOINT { w = (1000)*v }`, "is in (0.001 mV); they differ by a factor of 1000"},
	{"without parentheses", `BREAKPOINT { w = 1000*u }`, "is in (volt); they differ by a factor of 1000"},
	{"alone", `BREAKPOINT { w = (12) }`, "w is in (mV), and what it is set to is in (0.0833333)"},
	{"negative is none", `BREAKPOINT { w = v - (-65) }`, ""},
	{"zero", `BREAKPOINT { w = v + (0) }`, "a conversion factor, which cannot be 0"},
	{"nearly one", `BREAKPOINT { w = (1.000009)*v }`, ""},
	{"not one", `BREAKPOINT { w = (1.00002)*v }`, "they differ by a factor of 1.00002"},
	{"mA from S mV", `BREAKPOINT { i = g*m*o*(v - e) }`, ""},
	{"current without conductance", `BREAKPOINT { i = m*(v - e) }`, "i is in (mA/cm2), and what it is set to is in (mV)"},

	// Sums and comparisons.
	{"sum", `BREAKPOINT { w = v + n }`, "the two sides of + differ in units: (mV) and none"},
	{"difference", `BREAKPOINT { w = v - u }`, "the two sides of - differ in units: (mV) and (volt); they differ by a factor of 1000"},
	{"comparison", `BREAKPOINT { IF (v > n) { d = 1 } }`, "the two sides of > differ in units: (mV) and none"},
	{"comparison with a number", `BREAKPOINT { IF (v > -65 && n) { d = 1 } }`, ""},
	{"condition", `BREAKPOINT { IF (v) { d = 1 } }`, ""},
	{"a comparison has no units", `BREAKPOINT { w = (v > e)*v d = (v > e) + n }`, ""},
	{"a comparison is no number", `BREAKPOINT { w = (v > e)*2 }`, "w is in (mV), and what it is set to is without units"},
	{"in the branches", `BREAKPOINT { IF (n > 1) { d = 1 } ELSE { d = v } }`, "d is without units"},
	{"WHILE", `BREAKPOINT { WHILE (v > u) { d = 1 } }`, "the two sides of > differ in units"},

	// Functions.
	{"exp", `BREAKPOINT { d = exp(v) }`, "the argument of exp must be a plain number, and is in (mV)"},
	{"exp of a quotient", `BREAKPOINT { d = exp((v + 40)/10(mV)) }`, ""},
	{"exp by a bare number", `BREAKPOINT { d = exp(-v/18) }`, "the argument of exp must be a plain number, and is in (mV)"},
	{"exp with a factor", `BREAKPOINT { d = exp(v/u) }`, "must be a plain number, and is in (mV/volt); they differ by a factor of 1000"},
	{"fabs", `BREAKPOINT { d = fabs(v) }`, "the argument of fabs must be a plain number"},
	{"printf", `BREAKPOINT { printf("%g", v) }`, "the argument of printf must be a plain number"},
	{"power", `BREAKPOINT { w = v^2/v }`, ""},
	{"power of a conversion", `BREAKPOINT { w = ((.001)*v)^2/v*(1e6) }`, ""},
	{"power that is no integer", `BREAKPOINT { d = (v*v)^.5 }`, "the base of ^ must be a plain number, and is in (mV2)"},
	{"power by a variable", `BREAKPOINT { d = (v/e)^n }`, ""},
	{"exponent", `BREAKPOINT { d = 3^((celsius - 37)/10) }`, "the exponent must be a plain number, and is in (degC)"},
	{"exponent with units", `BREAKPOINT { d = 3^((celsius - 37)/10(degC)) }`, ""},
	{"own function", "FUNCTION f(x (mV)) (ms) { f = tau*x/e }\nBREAKPOINT { d = f(v)/tau }", ""},
	{"own function before it is declared", "BREAKPOINT { d = f(v) }\nFUNCTION f(x (mV)) { f = x/e }", ""},
	{"argument", "FUNCTION f(x (mV)) { f = x/e }\nBREAKPOINT { d = f(u) }", "the argument x of f is in (mV), and what it is given is in (volt)"},
	{"argument without units", "PROCEDURE rates(x) { d = x }\nBREAKPOINT { rates(v) }", "the argument x of rates is without units, and what it is given is in (mV)"},
	{"number as argument", "FUNCTION f(x (mV)) { f = x/e }\nBREAKPOINT { d = f(-65) }", ""},
	{"result", "FUNCTION f(x (mV)) (mV) { f = x }\nBREAKPOINT { d = f(v) }", "d is without units, and what it is set to is in (mV)"},
	{"body", `FUNCTION f(x (mV)) (mV) { f = x/e }`, "f is in (mV), and what it is set to is without units"},
	{"table", "FUNCTION_TABLE f(x (mV)) (ms)\nBREAKPOINT { d = f(n)/tau }", "the argument x of f is in (mV), and what it is given is without units"},
	{"TABLE", `FUNCTION f(x (mV)) { TABLE FROM -100 TO 100 WITH 200 f = x/e }`, ""},
	{"GHK", `BREAKPOINT { d = nrn_ghk(v, c, c, 2)/1(millicoul/cm3) }`, ""},
	{"argument of GHK", `BREAKPOINT { d = nrn_ghk(v, c, n, 2)/1(millicoul/cm3) }`, "the argument of nrn_ghk must be in (mM), and is without units"},
	{"at_time", `BREAKPOINT { IF (at_time(v)) { d = 1 } }`, "the argument of at_time must be in (ms), and is in (mV)"},

	// LOCALs.
	{"LOCAL", `BREAKPOINT { LOCAL a a = v w = a a = n d = a }`, ""},
	{"LOCAL number", `BREAKPOINT { LOCAL a a = 10 w = a }`, "w is in (mV), and what it is set to is without units"},
	{"LOCAL unset", `BREAKPOINT { LOCAL a w = a }`, "w is in (mV)"},
	{"LOCAL of a sum", `BREAKPOINT { LOCAL a a = v w = a + u }`, "the two sides of + differ in units"},
	{"LOCAL of the last branch", `BREAKPOINT { LOCAL a IF (n > 1) { a = n } ELSE { a = v } w = a }`, ""},
	{"LOCAL of the file", "LOCAL a\nBREAKPOINT { a = v }\nINITIAL { d = a }", "d is without units, and what it is set to is in (mV)"},
	{"argument assigned", `FUNCTION f(x (mV)) { x = n f = x }`, ""},
	{"loop", `BREAKPOINT { FROM k = 0 TO 2 { w = k*v wide[k] = k } }`, "wide is in (mV), and what it is set to is without units"},

	// UNITS.
	{"constants", "UNITS { F = (faraday) (coulomb) R = (k-mole) (joule/degC) }\nBREAKPOINT { w = (1e3)*R*(celsius + 273.15)/F }", ""},
	{"constant without factor", "UNITS { F = (faraday) (coulomb) R = (k-mole) (joule/degC) }\nBREAKPOINT { w = R*celsius/F }", "is in (joule/coulomb); they differ by a factor of 1000"},
	{"kelvin", "UNITS { F = (faraday) (coulomb) R = (k-mole) (joule/degC) }\nBREAKPOINT { w = (1e3)*R*(celsius + n)/F }", "the two sides of + differ in units: (degC) and none"},
	{"conversion by an arrow", "UNITS { k = (volt) -> (mV) }\nBREAKPOINT { w = k*u }", ""},
	{"constant with units", "UNITS { k = (volt) (mV) }\nBREAKPOINT { w = k }", ""},
	{"constant number", "UNITS { k = 12 (mV/volt) }\nBREAKPOINT { w = k*u }", ""},
	{"pi", "UNITS { PI = (pi) (1) }\nBREAKPOINT { w = PI }", "w is in (mV), and what it is set to is without units"},
	{"CONSTANT", "CONSTANT { k = 2 (mV) }\nBREAKPOINT { d = k }", "d is without units, and what it is set to is in (mV)"},
	{"unknown unit", `PARAMETER { k = 1 (nA) }`, "the unit nA in (nA) is not known"},
	{"unknown unit of a number", `BREAKPOINT { w = 10(mv) }`, "the unit mv in (mv) is not known"},

	// UNITSOFF.
	{"UNITSOFF", `BREAKPOINT { UNITSOFF d = exp(v) UNITSON d = exp(v/e) }`, ""},
	{"UNITSON", `BREAKPOINT { UNITSOFF d = exp(v) UNITSON d = v }`, "d is without units"},
	{"UNITSOFF of a block", "UNITSOFF\nBREAKPOINT { d = v }\nUNITSON", ""},
	{"UNITSOFF and a LOCAL", `BREAKPOINT { LOCAL a UNITSOFF a = v + n UNITSON w = a }`, ""},
	{"UNITSOFF and a declaration", "UNITSOFF\nPARAMETER { diam }\nUNITSON", "diam must be in (um), and is declared without units"},

	// Equations.
	{"derivative", "BREAKPOINT { SOLVE s METHOD cnexp }\nDERIVATIVE s { m' = (n - m)/tau q' = (e - q)/tau }", ""},
	{"derivative without time", "BREAKPOINT { SOLVE s METHOD cnexp }\nDERIVATIVE s { m' = (n - m)/notau }", "m' is in (/ms), and what it is set to is without units"},
	{"derivative in seconds", "BREAKPOINT { SOLVE s METHOD cnexp }\nDERIVATIVE s { m' = (n - m)/sec }", "m' is in (/ms), and what it is set to is in (/s); they differ by a factor of 1000"},
	{"derivative of a potential", "BREAKPOINT { SOLVE s METHOD cnexp }\nDERIVATIVE s { q' = e - q }", "q' is in (mV/ms), and what it is set to is in (mV)"},
	{"start", `INITIAL { m = 0 q = q0 q = m }`, "q is in (mV), and what it is set to is without units"},
	{"LINEAR", "BREAKPOINT { SOLVE l }\nLINEAR l { ~ m*v + q = 3 ~ m*v = n }", "the two sides of the equation differ in units: (mV) and none"},

	// Reactions.
	{"reaction", `KINETIC k { ~ m <-> o (kb, kb) ~ ca + b <-> cb (kf, kb) }`, ""},
	{"numbers as rates", `KINETIC k { ~ m <-> o (1, 2) }`, ""},
	{"forward rate", `KINETIC k { ~ m <-> o (n, kb) }`, "the forward rate of the reaction must be in (/ms), and is without units"},
	{"backward rate", `KINETIC k { ~ ca + b <-> cb (kf, persec) }`, "the backward rate of the reaction must be in (/ms), and is in (/s); they differ by a factor of 1000"},
	{"order of a rate", `KINETIC k { ~ ca + b <-> cb (kb, kb) }`, "the forward rate of the reaction must be in (/ms-mM), and is in (/ms)"},
	{"coefficient", `KINETIC k { ~ 2 ca <-> b (kf, kb) ~ 2 ca + b <-> cb (kf, kb) }`, "the forward rate of the reaction must be in (/mM2-ms), and is in (/mM-ms)"},
	{"decay", `KINETIC k { ~ m -> (n) }`, "the forward rate of the reaction must be in (/ms), and is without units"},
	{"amounts", `KINETIC k { ~ m <-> ca (kb, kb) }`, "the amount of ca is in (mM), and that of m without units"},
	{"COMPARTMENT", `KINETIC k { COMPARTMENT vol { ca b } ~ ca <-> b (kb*vol, kb*vol) }`, ""},
	{"COMPARTMENT of one", `KINETIC k { COMPARTMENT vol { ca b } ~ ca <-> cb (kb*vol, kb*vol) }`, "the amount of cb is in (mM), and that of ca in (mM-um2)"},
	{"COMPARTMENT behind", "KINETIC k { ~ ca <-> b (kb*vol, kb*vol)\nCOMPARTMENT vol { ca b } }", ""},
	{"COMPARTMENT twice", `KINETIC k { COMPARTMENT vol { ca b } COMPARTMENT vol { b } ~ ca <-> b (kb*vol, kb*vol) }`, "b stands in COMPARTMENT twice"},
	{"membrane", `KINETIC k { COMPARTMENT vol { ca } COMPARTMENT (1e10)*vol { p } ~ ca <-> p (kb*vol, kb*vol) }`, "the amount of p is in (1e-10 pmol-um2/cm2), and that of ca in (mM-um2)"},
	{"flux", `KINETIC k { ~ ca << (ca*kb) }`, ""},
	{"flux that is a rate", `KINETIC k { ~ ca << (kb) }`, "the flux of the reaction must be in (mM/ms), and is in (/ms)"},
	{"f_flux", `KINETIC k { ~ ca <-> b (kb, kb) d = (f_flux - b_flux)/ca/kb }`, ""},
	{"CONSERVE", `KINETIC k { CONSERVE m + o = n CONSERVE ca + b = 1 }`, ""},
	{"CONSERVE of two kinds", `KINETIC k { CONSERVE m + ca = 1 }`, "the amount of ca is in (mM), and that of m without units"},
	{"CONSERVE and its sum", `KINETIC k { COMPARTMENT vol { ca b } CONSERVE ca + b = c }`, "the two sides of CONSERVE differ in units: (mM-um2) and (mM)"},
	{"diffusion", `KINETIC k { COMPARTMENT vol { ca } LONGITUDINAL_DIFFUSION D*vol { ca } ~ ca << (0) }`, ""},
	{"diffusion constant alone", `KINETIC k { COMPARTMENT vol { ca } LONGITUDINAL_DIFFUSION D { ca } ~ ca << (0) }`, "LONGITUDINAL_DIFFUSION must be in (um4/ms), and is in (um2/ms)"},
	{"diffusion without volume", `KINETIC k { COMPARTMENT vol*vol { ca } LONGITUDINAL_DIFFUSION D*vol { ca } ~ ca << (0) }`, "the COMPARTMENT of ca must be in (um2) for LONGITUDINAL_DIFFUSION"},

	// NEURON's variables.
	{"celsius", `INITIAL { w = v d = celsius/1(degC) }`, ""},
	{"diam", `ASSIGNED { diam (cm) }`, "diam must be in (um), and is declared in (cm); they differ by a factor of 10000"},
	{"area", `ASSIGNED { area }`, "area must be in (um2), and is declared without units"},
	{"used without being declared", `INITIAL { d = dt/tau }`, "dt must be in (ms), and is not declared"},
	{"t", `INITIAL { d = t/tau w = t }`, "w is in (mV), and what it is set to is in (ms)"},
	{"current", "NEURON { USEION k READ ek WRITE ik }\nASSIGNED { ek (mV) ik (mA) }", "ik must be in (mA/cm2), and is declared in (mA)"},
	{"reversal potential", "NEURON { USEION k READ ek WRITE ik }\nASSIGNED { ek ik (mA/cm2) }", "ek must be in (mV), and is declared without units"},
	{"concentration", "NEURON { USEION k READ ki }\nASSIGNED { ki (mM/cm2) }", "ki must be in (mM), and is declared in (mM/cm2)"},
	{"nonspecific", "NEURON { NONSPECIFIC_CURRENT il }\nASSIGNED { il (mA/cm2) }", ""},
	{"not declared", "NEURON { NONSPECIFIC_CURRENT il }", "il must be in (mA/cm2), and is not declared"},
	{"point process", "NEURON { POINT_PROCESS y NONSPECIFIC_CURRENT il }\nASSIGNED { il (nanoamp) }", ""},
	{"density current of a point process", "NEURON { POINT_PROCESS y ELECTRODE_CURRENT il }\nASSIGNED { il (mA/cm2) }", "il must be in (nanoamp), and is declared in (mA/cm2)"},

	// Events.
	{"weight", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a (mV)) { w = w + a }", ""},
	{"weight without units", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a) { w = w + a }", "the two sides of + differ in units: (mV) and none"},
	{"weight that was set", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a, z) { INITIAL { z = v } w = z }", ""},
	{"delay", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a) { net_send(tau, 1) net_event(t) net_send(v, 1) }", "the argument of net_send must be in (ms), and is in (mV)"},
	{"WATCH", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a) { WATCH (v > -20) 2 WATCH (v > tau) 3 }", "the two sides of > differ in units: (mV) and (ms)"},
	{"flag", "NEURON { POINT_PROCESS y }\nNET_RECEIVE(a) { IF (flag == 1) { d = flag w = flag } }", "w is in (mV), and what it is set to is without units"},
}

// source puts a case behind head; a NEURON block of its own takes the place of that of head.
func source(text string) string {
	if strings.HasPrefix(text, "NEURON") {
		_, rest, _ := strings.Cut(head, "\n")
		first, more, _ := strings.Cut(text, "\n")
		return first + "\n" + rest + more + "\n"
	}
	return head + text + "\n"
}

func findings(t *testing.T, text string) []diag.Diagnostic {
	t.Helper()
	f, s, ds := nmodl.ParseSource("x.mod", []byte(text))
	if diag.HasErrors(ds) {
		t.Fatalf("%s\n%s", text, nmodl.Render(f, ds))
	}
	return unitcheck.Check(f, s)
}

func TestCases(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ds := findings(t, source(c.text))
			switch {
			case c.want == "" && len(ds) > 0:
				t.Errorf("%s\n%v", c.text, ds)
			case c.want != "" && (len(ds) != 1 || !strings.Contains(ds[0].Msg, c.want)):
				t.Errorf("%s\ngot  %v\nwant %s", c.text, ds, c.want)
			}
			for _, d := range ds {
				if d.Severity != diag.Warning || d.Hint == "" || d.Line == 0 || d.Col == 0 {
					t.Errorf("no warning with place and remedy: %+v", d)
				}
			}
		})
	}
}

// A file's mistakes are all reported, each at its place and with its remedy.
func TestPlacesAndRemedies(t *testing.T) {
	text := `NEURON { SUFFIX x USEION k READ ek WRITE ik RANGE gbar }
UNITS { (mV) = (millivolt) }
PARAMETER { gbar = 1 ek = -77 }
ASSIGNED { v (mV) ik (milliamp/cm2) minf mtau (ms) x (uS) }
STATE { m }
BREAKPOINT { SOLVE s METHOD cnexp
	ik = gbar*m*(v - ek)
}
DERIVATIVE s {
	rates(v)
	m' = (minf - m)/mtau }
PROCEDURE rates(x) {
	minf = 1/(1 + exp(-(v + 30)/9))
	mtau = (2.5)*3
}
`
	want := []string{
		"x.mod:3:22: ek must be in (mV), and is declared without units | declare it as ek (mV)",
		"x.mod:4:52: the unit uS in (uS) is not known | define it in UNITS: (uS) = (microsiemens)",
		"x.mod:7:7: ik is in (milliamp/cm2), and what it is set to is in (mV) | gbar has no units; should it be declared as gbar (mho/cm2)?",
		"x.mod:10:8: the argument x of rates is without units, and what it is given is in (mV) | should the argument be x (mV) where the function is declared?",
		"x.mod:13:20: the argument of exp must be a plain number, and is in (mV) | write the units of the numbers in it, as in 10(mV), or put UNITSOFF … UNITSON around what is right as it is",
		"x.mod:14:9: mtau is in (ms), and what it is set to is in (0.4) | a single number in parentheses is a conversion factor; if it is a quantity, write it without them: 2.5",
	}
	var got []string
	for _, d := range findings(t, text) {
		got = append(got, strings.Replace(d.Error(), "warning: units: ", "", 1)+" | "+d.Hint)
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestInclude(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.inc", "UNITSOFF\nPROCEDURE one() { d = v }\n")
	write(t, "b.inc", "PROCEDURE three() { d = v }\n")
	got := findings(t, head+"INCLUDE \"a.inc\"\nPROCEDURE two() { d = v }\nUNITSON\nINCLUDE \"b.inc\"\nINITIAL { w = n }\n")
	if len(got) != 2 || got[0].Path != "b.inc" || got[0].Line != 1 || got[1].Path != "x.mod" || got[1].Line != 11 {
		t.Errorf("%v", got)
	}
}

func FuzzCheck(f *testing.F) {
	for _, c := range cases {
		f.Add(source(c.text))
	}
	for _, text := range fuzzing.Mods(f, filepath.Join("..", "..", "mechanisms")) {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		if strings.Contains(text, "INCLUDE") {
			t.Skip("would read files")
		}
		// Also what the checker refuses must not make it fall over.
		tree, s, _ := nmodl.ParseSource("x.mod", []byte(text))
		for _, d := range unitcheck.Check(tree, s) {
			_ = d.Render(text)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	f, s, _ := nmodl.ParseFile(filepath.Join("..", "..", "mechanisms", "hh.mod"))
	for b.Loop() {
		unitcheck.Check(f, s)
	}
}
