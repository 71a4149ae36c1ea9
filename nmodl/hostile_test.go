package nmodl

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl/diag"
)

// TestHostile: files that are built to take time or memory end soon, whether they are refused or not.
func TestHostile(t *testing.T) {
	const n = 50_000
	list := func(f func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(f(i))
		}
		return b.String()
	}
	same := func(s string) string { return strings.Repeat(s, n) }
	head := "NEURON { SUFFIX x }\n"
	body := func(text string) string { return head + "PROCEDURE p() { LOCAL a\n" + text + "}\n" }
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"many parameters", head + "PARAMETER {\n" + list(func(i int) string { return fmt.Sprintf("a%d = 1 (mV)\n", i) }) + "}", true},
		{"one parameter", head + "PARAMETER {\n" + same("a = 1\n") + "}", false},
		{"many units", head + "UNITS {\n" + list(func(i int) string { return fmt.Sprintf("(u%d) = (mV)\n", i) }) + "}", true},
		{"units of units", head + "UNITS {\n(u0) = (mV)\n" + list(func(i int) string { return fmt.Sprintf("(u%d) = (u%d)\n", i+1, i) }) + "}", true},
		{"many ions", "NEURON { SUFFIX x\n" + list(func(i int) string { return fmt.Sprintf("USEION i%d READ ei%d\n", i, i) }) + "}\n", true},
		{"many functions", head + list(func(i int) string { return fmt.Sprintf("FUNCTION f%d(x) { f%d = x }\n", i, i) }), true},
		{"many procedures of one name", head + same("PROCEDURE p() { }\n"), false},
		{"many DEFINEs", head + list(func(i int) string { return fmt.Sprintf("DEFINE D%d %d\n", i, i) }), true},
		{"many states", head + "STATE {\n" + list(func(i int) string { return fmt.Sprintf("s%d ", i) }) + "}", true},
		{"a large array", head + "STATE { s[2000000000] }", true},
		{"many statements", body(same("a = a + 1\n")), true},
		{"a long sum", body("a = 1" + same(" + a") + "\n"), false},
		{"a deep expression", body("a = " + same("(") + "1" + same(")")), false},
		{"deep blocks", body(same("if (1) {") + same("}")), false},
		{"unknown names", body(list(func(i int) string { return fmt.Sprintf("u%d = v%d\n", i, i) })), false},
		{"unknown near many", head + "PARAMETER {\n" + list(func(i int) string { return fmt.Sprintf("parameter%d = 1\n", i) }) + "}\nPROCEDURE p() { LOCAL a\n" +
			strings.Repeat("a = parametr1\n", 100) + "}", false},
		{"a long name", body(strings.Repeat("x", 1<<20) + " = 1\n"), false},
		{"long names that are near", head + "PARAMETER { " + strings.Repeat("x", 1<<20) + " = 1 }\nPROCEDURE p() { LOCAL a a = " + strings.Repeat("x", 1<<20-1) + "y }", false},
		{"a long number", body("a = " + strings.Repeat("9", 1<<20) + "\n"), false},
		{"an exponent", body("a = 1e" + strings.Repeat("9", 1<<16) + "\n"), false},
		{"a long comment", head + "COMMENT\n" + strings.Repeat("x", 1<<22) + "\nENDCOMMENT\n", true},
		{"an open comment", head + "COMMENT\n" + same("x\n"), false},
		{"many comments", head + same(": x\n"), true},
		{"one line", head + "PARAMETER {" + list(func(i int) string { return fmt.Sprintf(" a%d = 1", i) }) + "}", true},
		{"errors on one line", head + "PARAMETER {" + same(" a = )") + "}", false},
		{"many VERBATIMs", head + same("VERBATIM\nENDVERBATIM\n"), true},
		{"a long VERBATIM", head + "VERBATIM\n" + same("static int x;\n") + "ENDVERBATIM\n", true},
		{"a reaction of many", head + "KINETIC k {\n~ a" + same(" + a") + " <-> b (1, 1)\n}\nSTATE { a b }\n", true},
		{"many equations", head + "STATE { s }\nDERIVATIVE d {\n" + same("s' = -s\n") + "}\n", false},
		{"many arguments", head + "PROCEDURE p(a0" + list(func(i int) string { return fmt.Sprintf(", a%d", i+1) }) + ") { }\n", true},
		{"NUL", same("\x00"), false},
		{"bytes", same("\xff\xfe"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer fuzzing.Guard(t)()
			f, _, ds := ParseSource("x.mod", []byte(c.text))
			if text := Render(f, ds); len(text) > 4<<20 {
				t.Errorf("%d findings in %d bytes", len(ds), len(text))
			}
			if diag.HasErrors(ds) == c.ok {
				t.Logf("accepted: %v", !c.ok) // NEURON's verdict is not at stake here
			}
		})
	}
}

// TestIncludeWithoutEnd: files that include each other, or are too long, end in an error.
func TestIncludeWithoutEnd(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"circle.inc": "INCLUDE \"circle.inc\"\n",
		"twice.inc":  "INCLUDE \"more.inc\"\nINCLUDE \"more.inc\"\n",
		"more.inc":   "INCLUDE \"twice.inc\"\nINCLUDE \"twice.inc\"\n",
		"long.inc":   strings.Repeat(": x\n", maxBytes/4+1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"circle", "twice", "long"} {
		path := filepath.Join(dir, "x.mod")
		if err := os.WriteFile(path, []byte("NEURON { SUFFIX x }\nINCLUDE \""+name+".inc\"\n"), 0o666); err != nil {
			t.Fatal(err)
		}
		done := fuzzing.Guard(t)
		f, _, ds := ParseFile(path)
		if !diag.HasErrors(ds) {
			t.Errorf("%s was accepted", name)
		}
		t.Log(Render(f, ds))
		done()
	}
	if _, _, ds := ParseFile(filepath.Join(dir, "long.inc")); !diag.HasErrors(ds) {
		t.Error("a file that is too long was read")
	}
}
