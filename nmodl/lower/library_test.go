package lower_test

import (
	"strings"
	"testing"

	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/parser"
	"netsim/nmodl/program"
)

const libraryText = `NEURON { SUFFIX nothing }
PARAMETER { factor = 3 set = 1 }
ASSIGNED { count }
FUNCTION twice(x) { twice = 2*x }
FUNCTION scaled(x) { LOCAL y y = twice(x) scaled = factor*y }
FUNCTION counted(x) { count = count + 1 counted = x }
FUNCTION tabled(x) { TABLE FROM 0 TO 1 WITH 10 tabled = x }
FUNCTION endless(x) { endless = endless(x) }
FUNCTION stored(x) { stored = set }
PROCEDURE store(x) { set = x }
`

func library(t *testing.T) []lower.Library {
	t.Helper()
	f, ds := parser.Parse("library.mod", []byte(libraryText), nil)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	s, ds := checker.Check(f)
	if diag.HasErrors(ds) {
		t.Fatal(ds)
	}
	return []lower.Library{{File: f, Symbols: s}}
}

// TestLibrary: the numbers are those that NEURON 9.0.2 gave for these two files.
func TestLibrary(t *testing.T) {
	m := compileText(t, "user.mod", `NEURON { SUFFIX user RANGE y, z, factor EXTERNAL factor }
ASSIGNED { v y z factor }
VERBATIM
extern double twice(double);
extern double scaled(double);
ENDVERBATIM
INITIAL { LOCAL x
	x = 7
	y = twice(x) + factor
VERBATIM
	z = scaled(_lx) + twice(1);
ENDVERBATIM
}`, lower.Options{Libraries: library(t)})
	if len(m.Unsupported) > 0 {
		t.Fatal(m.Unsupported)
	}
	in := &program.Instance{Columns: make([]float64, len(m.Columns)), Globals: make([]float64, len(m.Globals))}
	for range m.Exts {
		in.Exts = append(in.Exts, new(float64))
	}
	for _, c := range []*program.Code{m.Init.Vector, m.Init.Scalar} {
		if c != nil {
			if err := program.Run(c, m, in); err != nil {
				t.Fatal(err)
			}
		}
	}
	if y, z := value(m, in, "y"), value(m, in, "z"); y != 17 || z != 44 {
		t.Errorf("y = %v, z = %v, want 17 and 44", y, z)
	}
}

// TestLibraryRefused: what needs an instance, or the whole of a file.
func TestLibraryRefused(t *testing.T) {
	for name, want := range map[string]string{
		"counted": "counted of library.mod, a function with the variable count of an instance,",
		"tabled":  "tabled of library.mod, a function with TABLE,",
		"endless": "endless of library.mod, a function with recursion,",
		"stored":  "stored of library.mod, a function with the variable set of an instance,",
		"other":   "the function other",
	} {
		m := compileText(t, "user.mod", "NEURON { SUFFIX user RANGE y }\nASSIGNED { v y }\nVERBATIM\nextern double "+name+"(double);\nENDVERBATIM\nINITIAL { y = "+name+"(1) }",
			lower.Options{Libraries: library(t)})
		if len(m.Unsupported) != 1 || m.Unsupported[0].What != want {
			t.Errorf("%s: %v, want %q", name, m.Unsupported, want)
		}
	}
	// What the C text does not declare, C++ does not know.
	f, _ := parser.Parse("user.mod", []byte("NEURON { SUFFIX user RANGE y } ASSIGNED { v y } INITIAL { y = twice(1) }"), nil)
	if _, ds := checker.Check(f); !diag.HasErrors(ds) || !strings.Contains(ds[0].Msg, "twice is not declared") {
		t.Errorf("a function of another file without a declaration: %v", ds)
	}
}
