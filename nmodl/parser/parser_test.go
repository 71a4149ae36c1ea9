package parser

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl/ast"
)

// show writes an expression with all its structure.
func show(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Number:
		if e.Unit != "" {
			return e.Text + "(" + e.Unit + ")"
		}
		return e.Text
	case *ast.VarRef:
		s := e.Name + strings.Repeat("'", e.Prime)
		if e.At != nil {
			s += "@" + show(e.At)
		}
		if e.Index != nil {
			s += "[" + show(e.Index) + "]"
		}
		return s
	case *ast.Binary:
		return "{" + show(e.X) + " " + e.Op + " " + show(e.Y) + "}"
	case *ast.Unary:
		return "{" + e.Op + show(e.X) + "}"
	case *ast.Paren:
		return "(" + show(e.X) + ")"
	case *ast.Call:
		var args []string
		for _, a := range e.Args {
			args = append(args, show(a))
		}
		return e.Name + "(" + strings.Join(args, ", ") + ")"
	case *ast.Str:
		return fmt.Sprintf("%q", e.Value)
	}
	return fmt.Sprintf("%T", e)
}

func parse(t *testing.T, src string) *ast.File {
	t.Helper()
	f, ds := Parse("test.mod", []byte(src), nil)
	for _, d := range ds {
		t.Errorf("%s\n%s", src, d.Render(src))
	}
	return f
}

func body(t *testing.T, src string) []ast.Stmt {
	t.Helper()
	f := parse(t, "PROCEDURE p() { "+src+" }")
	if len(f.Functions) != 1 {
		t.Fatalf("%s: no PROCEDURE", src)
	}
	return f.Functions[0].Body.Stmts
}

func TestExpressions(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a+b*c", "{a + {b * c}}"},
		{"a-b-c", "{{a - b} - c}"},
		{"a/b*c", "{{a / b} * c}"},
		{"-x^2", "{-{x ^ 2}}"},
		{"2^3^2", "{2 ^ {3 ^ 2}}"},
		{"2^-x*3", "{{2 ^ {-x}} * 3}"},
		{"b*-v", "{b * {-v}}"},
		{"!a == b", "{{!a} == b}"},
		{"a==b<c", "{a == {b < c}}"},
		{"a || b && c > d + 1", "{a || {b && {c > {d + 1}}}}"},
		{"(a)+1(mV)", "{(a) + 1(mV)}"},
		{"f(a, -b, \"s\") * g()", "{f(a, {-b}, \"s\") * g()}"},
		{"x[i+1*2] + m' + m''", "{{x[{i + {1 * 2}}] + m'} + m''}"},
		{"x@1 + x@2[3]", "{x@1 + x@2[3]}"},
		{"x[(i-1)/2] + x[INT(a*b)]", "{x[{({i - 1}) / 2}] + x[INT({a * b})]}"},
		{"exp(-v/5)", "exp({{-v} / 5})"},
	} {
		stmts := body(t, "y = "+c.src)
		if len(stmts) != 1 {
			t.Errorf("%s: %d statements", c.src, len(stmts))
			continue
		}
		if got := show(stmts[0].(*ast.Assign).Rhs); got != c.want {
			t.Errorf("%s: got %s, want %s", c.src, got, c.want)
		}
	}
}

func TestStatements(t *testing.T) {
	stmts := body(t, `x = 1 y[2] = x f(x) m'' = 3
		IF (a) { b = 1 } ELSE IF (c) { d = 1 } else { e = 1 }
		WHILE (a) { a = 0 }
		FROM i = 0 TO n-1 BY 2 { z[i] = i }
		SOLVE s METHOD cnexp SOLVE s STEADYSTATE sparse SOLVE p
		{ LOCAL q q = 1 }
		PROTECT x = x + 1 MUTEXLOCK MUTEXUNLOCK
		LAG x BY tau CONDUCTANCE g USEION na CONDUCTANCE h`)
	want := []string{
		"*ast.Assign", "*ast.Assign", "*ast.CallStmt", "*ast.DiffEq", "*ast.If", "*ast.While", "*ast.From", "*ast.Solve", "*ast.Solve",
		"*ast.Solve", "*ast.BlockStmt", "*ast.Protect", "*ast.Mutex", "*ast.Mutex", "*ast.Lag", "*ast.Conductance", "*ast.Conductance",
	}
	var got []string
	for _, s := range stmts {
		got = append(got, fmt.Sprintf("%T", s))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("got %v\nwant %v", got, want)
	}
	if d := stmts[3].(*ast.DiffEq); d.Order != 2 || d.Lhs.Name != "m" || d.Lhs.Prime != 0 {
		t.Errorf("DiffEq %+v", d)
	}
	i := stmts[4].(*ast.If)
	if n, ok := i.Else.Stmts[0].(*ast.If); !ok || n.Else == nil {
		t.Errorf("ELSE IF is not nested: %+v", i.Else)
	}
	if s := stmts[8].(*ast.Solve); !s.SteadyState || s.Method != "sparse" {
		t.Errorf("SOLVE %+v", s)
	}
	if s := stmts[6].(*ast.From); show(s.To) != "{n - 1}" || show(s.By) != "2" {
		t.Errorf("FROM %+v", s)
	}
}

func TestKinetic(t *testing.T) {
	f := parse(t, `KINETIC k SOLVEFOR a, b {
		COMPARTMENT i, vol[i] { a b }
		LONGITUDINAL_DIFFUSION D { a }
		~ 2 a + b <-> c[i] (kf, kb)
		~ a << (flux) ~ b -> (k)
		CONSERVE a + 2 b = 1
	}`)
	e := f.Equations[0]
	if e.Kind != "KINETIC" || e.Name != "k" || len(e.SolveFor) != 2 || len(e.Body.Stmts) != 6 {
		t.Fatalf("got %+v", e)
	}
	c := e.Body.Stmts[0].(*ast.Compartment)
	if c.Index != "i" || show(c.Size) != "vol[i]" || len(c.Species) != 2 || c.Longitudinal {
		t.Errorf("COMPARTMENT %+v", c)
	}
	r := e.Body.Stmts[2].(*ast.Reaction)
	if r.Arrow != "<->" || r.Left[0].Coef != 2 || r.Left[1].Coef != 1 || show(r.Right[0].Var) != "c[i]" || show(r.Kb) != "kb" {
		t.Errorf("reaction %+v", r)
	}
	if s := e.Body.Stmts[3].(*ast.Reaction); s.Arrow != "<<" || s.Kb != nil {
		t.Errorf("flux %+v", s)
	}
	if s := e.Body.Stmts[4].(*ast.Reaction); s.Arrow != "->" {
		t.Errorf("decay %+v", s)
	}
	if s := e.Body.Stmts[5].(*ast.Conserve); len(s.Left) != 2 || s.Left[1].Coef != 2 {
		t.Errorf("CONSERVE %+v", s)
	}
}

func TestLinear(t *testing.T) {
	f := parse(t, "LINEAR l { ~ -a*2 + b/3 = (2^3) ~+ b = 3 } NONLINEAR n { ~ a^2 = b }")
	eq := f.Equations[0].Body.Stmts
	if a := eq[0].(*ast.LinEq); show(a.Left) != "{{-{a * 2}} + {b / 3}}" || a.Plus {
		t.Errorf("got %s", show(a.Left))
	}
	if b := eq[1].(*ast.LinEq); !b.Plus {
		t.Error("~+ is lost")
	}
}

func TestDeclarations(t *testing.T) {
	f := parse(t, `TITLE a title ! not this
		NEURON { POINT_PROCESS p USEION ca READ cai, eca WRITE ica VALENCE -2 REPRESENTS CHEBI:1
			NONSPECIFIC_CURRENT i ELECTRODE_CURRENT j RANGE a, b GLOBAL c POINTER d BBCOREPOINTER e EXTERNAL f RANDOM r THREADSAFE }
		DEFINE N 3
		UNITS { (mV) = (millivolt) F = (faraday) (coulomb) G = (foot) -> (inch) H = 2.5 (m) }
		PARAMETER { a = -1.5 (mV) <-10, 1e3> b[N] (1) c }
		CONSTANT { k = 2 (1) }
		ASSIGNED { x (mV) y[2] (mA) z FROM 0 TO 1 }
		STATE { m FROM 0 TO 1 START .5 (1) <1e-3> m' }
		INDEPENDENT { t FROM 0 TO 1 WITH 10 (ms) }
		LOCAL u, w[N]
		FUNCTION fn(v (mV), q) (1/ms) { fn = v }
		FUNCTION_TABLE tab(v (mV)) (1)
		BEFORE BREAKPOINT { x = 1 } AFTER SOLVE { x = 2 }
		NET_RECEIVE(w (uS), tl) { INITIAL { tl = t } WATCH (v > -20) 2, (v < x) 3 FOR_NETCONS(a, b) { a = 1 } }
		INITIAL { x = 1 } INITIAL { x = 2 }
		CONSTRUCTOR { } DESTRUCTOR { }
		PROCEDURE tb(v) { TABLE x, z DEPEND celsius FROM -100 TO 100 WITH 200 }
		`)
	n := f.Neuron
	if f.Title != "a title" || n.Kind != "POINT_PROCESS" || n.Name != "p" || !n.ThreadSafe || len(n.Range) != 2 || len(n.Random) != 1 {
		t.Errorf("NEURON %+v", n)
	}
	if u := n.UseIons[0]; u.Ion != "ca" || len(u.Read) != 2 || u.Write[0].Name != "ica" || u.Valence != -2 || !u.HasValence {
		t.Errorf("USEION %+v", u)
	}
	if v := f.Parameters[0]; v.Value != -1.5 || v.Literal != "-1.5" || v.Unit != "mV" || v.Lo != -10 || v.Hi != 1e3 || !v.HasLimit {
		t.Errorf("PARAMETER %+v", v)
	}
	if f.Parameters[1].Size != 3 || f.Locals[1].Size != 3 || f.Defines[0].Value != 3 {
		t.Error("DEFINE is not replaced")
	}
	if s := f.States[0]; *s.Start != .5 || *s.To != 1 || s.AbsTol != 1e-3 || f.States[1].Name != "Dm" {
		t.Errorf("STATE %+v", f.States)
	}
	var kinds []string
	for _, u := range f.Units {
		kinds = append(kinds, u.Kind+" "+u.Name)
	}
	if got := strings.Join(kinds, ", "); got != "unit mV, factor F, factor G, number H" {
		t.Errorf("UNITS %s", got)
	}
	if fn := f.Functions[0]; fn.Unit != "1/ms" || fn.Args[0].Unit != "mV" || len(fn.Args) != 2 {
		t.Errorf("FUNCTION %+v", fn)
	}
	if r := f.NetReceive; r.Initial == nil || len(r.Body.Stmts) != 2 || !r.Body.Stmts[0].(*ast.Watch).Items[1].Less {
		t.Errorf("NET_RECEIVE %+v", r)
	}
	if len(f.Initial.Stmts) != 2 {
		t.Errorf("two INITIAL blocks must be joined: %+v", f.Initial)
	}
	if tb := f.Functions[1].Body.Stmts[0].(*ast.Table); len(tb.Names) != 2 || len(tb.Depend) != 1 || tb.With != 200 || show(tb.From) != "{-100}" {
		t.Errorf("TABLE %+v", tb)
	}
	if !f.BeforeAfter[1].After || f.BeforeAfter[1].Phase != "SOLVE" {
		t.Errorf("AFTER %+v", f.BeforeAfter)
	}
}

func TestInclude(t *testing.T) {
	files := map[string]string{
		"a.inc": "PARAMETER { a = 1 }\nINCLUDE \"b.inc\"\nPARAMETER { c = 3 }",
		"b.inc": "PARAMETER { b = 2 } PROCEDURE p() {", // a block may end in the including file
		"x.inc": "INCLUDE \"x.inc\"",
		"e.inc": "\n\n  PARAMETER { 5 }",
	}
	include := func(_, name string) (string, []byte, error) {
		if text, ok := files[name]; ok {
			return name, []byte(text), nil
		}
		return "", nil, errors.New("not there")
	}
	f, ds := Parse("m.mod", []byte("INCLUDE \"a.inc\"\nPARAMETER { d = 4 }"), include)
	if len(ds) == 0 || ds[0].Path != "a.inc" {
		t.Errorf("the open block of b.inc must be missed in a.inc: %v", ds)
	}
	_ = f
	files["b.inc"] = "PARAMETER { b = 2 }"
	f, ds = Parse("m.mod", []byte("INCLUDE \"a.inc\"\nPARAMETER { d = 4 }"), include)
	names := ""
	for _, v := range f.Parameters {
		names += v.Name
	}
	if len(ds) != 0 || names != "abcd" || len(f.Sources) != 3 || f.Parameters[1].Pos.File != 2 {
		t.Errorf("got %s %v %v", names, f.Parameters, ds)
	}
	for _, c := range []struct{ src, want string }{
		{`INCLUDE "x.inc"`, "x.inc:1:9: INCLUDE goes too deep"},
		{`INCLUDE "none"`, `m.mod:1:9: could not include "none": not there`},
		{`INCLUDE "e.inc"`, `e.inc:3:15: expected a name in PARAMETER, found "5"`},
		{`INCLUDE x`, `m.mod:1:9: expected a file name in quotes, found "x"`},
	} {
		if _, ds := Parse("m.mod", []byte(c.src), include); len(ds) == 0 || ds[0].Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.src, ds, c.want)
		}
	}
}

func TestRecovery(t *testing.T) {
	src := `NEURON { SUFIX a
	RANGE x }
PARAMETER {
	x = = 1
	y = 2
}
PROCEDURE p() {
	x = 
	y = 1 +
	IF (x { z = 1 }
	y = 2
}
ASSIGNED { z = 1 }
`
	f, ds := Parse("m.mod", []byte(src), nil)
	var lines []string
	for _, d := range ds {
		lines = append(lines, fmt.Sprint(d.Line))
	}
	if got := strings.Join(lines, " "); got != "1 4 9 10 13" && got != "1 4 8 9 10 13" {
		t.Errorf("errors on lines %s: %v", got, ds)
	}
	if len(f.Parameters) != 1 || f.Parameters[0].Name != "y" {
		t.Errorf("y is lost: %+v", f.Parameters)
	}
}

func TestManyErrors(t *testing.T) {
	_, ds := Parse("m.mod", []byte("PROCEDURE p() {\n"+strings.Repeat("x = )\n", 100)+"}"), nil)
	if len(ds) == 0 || len(ds) > maxErrors {
		t.Errorf("%d errors", len(ds))
	}
}

func TestDeepNesting(t *testing.T) {
	for _, s := range []string{"(", "-", "{", "IF (1) {", "f(", "x[(", "2^"} {
		_, ds := Parse("m.mod", []byte("PROCEDURE p() { x = "+strings.Repeat(s, 100000)), nil)
		if len(ds) == 0 {
			t.Errorf("%s: accepted", s)
		}
	}
	if _, ds := Parse("m.mod", []byte("PROCEDURE p() { x = 1"+strings.Repeat("+1", 5000)+"}"), nil); len(ds) > 0 {
		t.Errorf("a long sum is refused: %v", ds)
	}
}

func FuzzParser(f *testing.F) {
	f.Add("NEURON { SUFFIX a USEION na READ ena WRITE ina } BREAKPOINT { SOLVE s METHOD cnexp ina = g*(v-ena) }")
	f.Add("KINETIC k { ~ 2 a + b <-> c (k, 1) CONSERVE a = 1 COMPARTMENT i, 2 { a } }")
	f.Add("COMMENT\n")
	f.Add("VERBATIM\nENDVERBATIM INCLUDE \"x\" DEFINE N 3 PARAMETER { a[N] = - N")
	f.Add("PROCEDURE p() { TABLE x FROM 1 TO 2 WITH 3 FROM i=0 TO 2 BY 1 { x[INT(2)] = \"\" ")
	f.Add("NET_RECEIVE(w) { INITIAL { } WATCH (v > 1) 2 FOR_NETCONS(a) { } PROTECT x = 1 } LINEAR l { ~ a = 1")
	for _, text := range fuzzing.Mods(f, filepath.Join("..", "..", "mechanisms")) {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, src string) {
		defer fuzzing.Guard(t)()
		include := func(_, name string) (string, []byte, error) { return name, []byte(src), nil }
		file, ds := Parse("m.mod", []byte(src), include)
		for _, d := range ds {
			if d.Path == "" {
				t.Fatalf("%+v has no path", d)
			}
			_ = d.Render(file.Sources[0].Text)
		}
	})
}
