package verbatim

import (
	"fmt"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl/ast"
)

func parse(text string) ([]Stmt, *Error) {
	return Parse([]Piece{{Pos: ast.Pos{Line: 1, Col: 1}, Text: text}}, NewMacros())
}

func TestConstant(t *testing.T) {
	for text, want := range map[string]float64{
		"7/2":                       3,
		"7/2.":                      3.5,
		"-7 % 3":                    -1,
		"1 + 2*3 - 4":               3,
		"(int) 2.9 + 1":             3,
		"0x10 | 3":                  19,
		"1 << 4 >> 1":               8,
		"010":                       8,
		"'A'":                       65,
		"1 ? 2 : 3":                 2,
		"!(2 > 1) || 3 == 3":        1,
		"static_cast<int>(5.5)/2":   2,
		"NRN_VERSION_GTEQ(8, 2, 0)": 1,
		"NRN_VERSION_LT(9, 0, 0)":   0,
		"1.5e+2f":                   150,
		"10UL":                      10,
	} {
		stmts, err := parse(text + ";")
		if err != nil || len(stmts) != 1 {
			t.Errorf("%s: %v", text, err)
			continue
		}
		x, ok := Constant(stmts[0].(*ExprStmt).X)
		if !ok || x != want {
			t.Errorf("%s is %v (%v), should be %v", text, x, ok, want)
		}
	}
}

// names lists the names in statements, to see which branch of #if was taken.
func names(stmts []Stmt) string {
	var out []string
	for _, s := range stmts {
		if e, ok := s.(*ExprStmt); ok {
			if n, ok := e.X.(*Name); ok {
				out = append(out, n.Name)
				continue
			}
		}
		out = append(out, fmt.Sprintf("%T", s))
	}
	return strings.Join(out, " ")
}

func TestPreprocessor(t *testing.T) {
	for text, want := range map[string]string{
		"#ifdef CORENEURON_BUILD\na;\n#else\nb;\n#endif":                             "b",
		"#if !NRNBBCORE\na;\n#endif\nc;":                                             "a c",
		"#if defined(NRN_VERSION_GTEQ) && NRN_VERSION_GTEQ(9,0,0)\na;\n#endif":       "a",
		"#if 0\n'broken\n#elif 1\na;\n#else\nb;\n#endif":                             "a",
		"#ifndef __cplusplus\na;\n#endif\n#ifdef NRN_VERSION_GTEQ_8_2_0\nb;\n#endif": "b",
		"#define X y\nX; x;":                       "y x",
		"#define F(p, q) q\nF(a, b);":              "b",
		"#define F(p) G(p)\n#define G(p) p\nF(a);": "a",
		"#define X X\nX;":                          "X",
		"#define LOG(...)\nLOG(\"%g\", a) b;":      "b",
		"/* a; */ b; // c;\nd;":                    "b d",
		"#if 1\n#if 0\na;\n#endif\nb;\n#endif":     "b",
		"#define A b\n#undef A\nA;":                "A",
		"#define LONG a \\\n\nLONG;":               "a",
	} {
		stmts, err := parse(text)
		if err != nil || names(stmts) != want {
			t.Errorf("%q: %s (%v), should be %s", text, names(stmts), err, want)
		}
	}
}

func TestBracesAcrossPieces(t *testing.T) {
	inner := &ast.CallStmt{Call: &ast.Call{Pos: ast.Pos{Line: 5, Col: 1}, Name: "net_event"}}
	stmts, err := Parse([]Piece{
		{Pos: ast.Pos{Line: 2}, Text: "\nif (u < p) {\n"}, {Stmt: inner}, {Pos: ast.Pos{Line: 6}, Text: "\n} else { x = 1; }"},
	}, NewMacros())
	if err != nil {
		t.Fatal(err)
	}
	s := stmts[0].(*If)
	if n, ok := s.Then.(*Block).Stmts[0].(*NMODL); !ok || n.Stmt != inner || s.Else == nil {
		t.Errorf("%T", s.Then)
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\nx = (1;":                              ") is missing before ;",
		"\nif (x) {":                             "never closed",
		"\n}":                                    "nothing opened",
		"\ngoto end;":                            "goto",
		"\nx = sizeof(y)":                        "sizeof",
		"\n#else\n":                              "#else without #if",
		"\n#define A B A\n#define B A B\nx = A;": "",
	} {
		_, err := parse(text)
		if want == "" {
			continue
		}
		if err == nil || !strings.Contains(err.Msg, want) {
			t.Errorf("%q: %v, should say %q", text, err, want)
		} else if err.Pos.Line != 2 {
			t.Errorf("%q: line %d", text, err.Pos.Line)
		}
	}
}

func TestUnit(t *testing.T) {
	u := ParseUnit([]Piece{{Text: `
#include <stdio.h>
typedef struct { int a; double* b; } Info;
extern double* hoc_pgetarg(int);
static double scale = 2.5, table[3] = {1, 2, 3};
const int FLAG = -99;
namespace strange { template <class T> T f(T x) { return x; } }
static double square(double x, _threadargsproto_) { return x*x; }
`}}, NewMacros())
	if u.Funcs["square"] == nil || len(u.Funcs["square"].Params) != 1 {
		t.Errorf("functions: %v", u.Funcs)
	}
	var got []string
	for _, d := range u.Vars {
		for _, v := range d.Vars {
			got = append(got, v.Name)
		}
	}
	if s := strings.Join(got, " "); s != "scale table FLAG" {
		t.Errorf("variables: %s", s)
	}
}

func TestAssigned(t *testing.T) {
	got := strings.Join(Assigned("a = b; c[i+1] += 2; ++d; e--; f(&g); if (h == 1) {} /* z = 1; */"), " ")
	if got != "a c d e g" {
		t.Errorf("assigned: %s", got)
	}
	if !Mentions("#if X\nfoo(v_half);\n#endif", "v_half") || Mentions("v_half", "v") {
		t.Error("names are whole words")
	}
}

// FuzzParse: no text may panic, hang or use up the stack.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"{ void* vv; int i, size; double* px; i = (int)index; if (i >= 0) { vv = *((void**)(&space)); } }",
		"for (i=0;i<n;i++) { x[i] += 1; if (x[i] > 3) break; else continue; }",
		"switch (a) { case 1: b = 2; break; default: return -1.; }",
		"#if defined(A) && B(1,2)\n#define C(x, ...) x __VA_ARGS__\nC(1, 2);\n#endif",
		"static double c[6] = {76.1, -86.5}; do { y = tan(3.14*urand(_threadargs_)); } while (y < 0);",
		"auto *v = *reinterpret_cast<IvocVect**>(&_p_x); info->np_ = a ? b : c, d;",
		"#define A A A\nA", "((((((((((", "{{{{{{{", "if if if", "\"abc", "/* open", "'", "1e", "0x", "#if 1/0\n#endif", "x = y\\\n;",
	} {
		f.Add(s)
	}
	for _, text := range fuzzing.Mods(f) {
		for _, part := range strings.Split(string(text), "ENDVERBATIM") {
			if _, c, found := strings.Cut(part, "VERBATIM"); found {
				f.Add(c)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		m := NewMacros()
		ParseUnit([]Piece{{Text: text}}, m)
		half := len(text) / 2
		stmt := &ast.Reset{}
		_, _ = Parse([]Piece{{Text: text[:half]}, {Stmt: stmt}, {Text: text[half:]}}, m)
		Assigned(text)
		Mentions(text, "v")
		m.Constant("A")
	})
}
