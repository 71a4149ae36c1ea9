package lower_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// prepare does what the recording script did with the instance before finitialize.
func (b *bench) prepare(r recording) {
	b.t.Helper()
	b.in.Library = &program.Library{}
	for _, col := range b.m.Randoms {
		b.in.Columns[col] = b.in.Library.DefaultStream()
	}
	for name, x := range r.Parameters {
		for i, c := range b.m.Columns {
			if c.Name == name {
				b.in.Columns[i] = x
			}
		}
	}
	for _, call := range r.Calls {
		var name string
		var raw []json.RawMessage
		if json.Unmarshal(call[0], &name) != nil || json.Unmarshal(call[1], &raw) != nil {
			b.t.Fatalf("the recording has a call %s", call)
		}
		b.callOne(name, arguments(b.t, raw))
	}
}

func arguments(t *testing.T, raw []json.RawMessage) []program.Argument {
	t.Helper()
	out := make([]program.Argument, len(raw))
	for k, text := range raw {
		if json.Unmarshal(text, &out[k].Number) == nil {
			continue
		}
		var o struct {
			Vector []float64
			Random []uint32
			Dist   string
			A, B   float64
		}
		if err := json.Unmarshal(text, &o); err != nil {
			t.Fatal(err)
		}
		out[k].Vector = o.Vector
		if len(o.Random) == 3 {
			dist := map[string]program.Distribution{"uniform": program.Uniform, "negexp": program.NegExp, "normal": program.Normal}
			out[k].Random = &program.Random{ID: [3]uint32(o.Random), Dist: dist[o.Dist], A: o.A, B: o.B}
		}
	}
	return out
}

func (b *bench) callOne(name string, args []program.Argument) {
	b.t.Helper()
	for _, p := range b.m.Procedures {
		if p.Name != name {
			continue
		}
		if len(p.Unsupported) > 0 {
			b.t.Fatalf("%s: %v", name, p.Unsupported)
		}
		b.in.Library.Args = args
		if err := program.Run(p.Code, b.m, b.in); err != nil {
			b.t.Fatalf("%s: %v", name, err)
		}
		b.in.Library.Args = nil
		return
	}
	for _, col := range b.m.Randoms {
		if b.m.Columns[col].Name == name {
			b.in.Columns[col] = b.in.Library.NewStream(uint32(args[0].Number), uint32(args[1].Number), uint32(args[2].Number))
			return
		}
	}
	b.t.Fatalf("there is no procedure %s", name)
}

// TestNeuronStochastic compares the files of testdata/stochastic, VERBATIM and random numbers, with what NEURON
// computed from them with streams set alike.
func TestNeuronStochastic(t *testing.T) {
	path := filepath.Join("..", "..", "validation", "mechanisms", "reference", "stochastic.json.gz")
	for _, r := range readRecordings(t, path) {
		file := filepath.Join("testdata", "stochastic", r.Name+".mod")
		if r.Name == "NetStim" {
			file = filepath.Join("..", "..", "mechanisms", "netstim.mod")
		}
		t.Run(r.Name, func(t *testing.T) { compare(t, file, r) })
	}
}

// TestNeuronCalls compares a folder of .mod files with NEURON run now, streams set as a file says: NETSIM_PYTHON is a
// Python with NEURON 9, NETSIM_CALLS_MODS the folder, which holds calls.json for record.py.
func TestNeuronCalls(t *testing.T) {
	python, mods := os.Getenv("NETSIM_PYTHON"), os.Getenv("NETSIM_CALLS_MODS")
	if python == "" || mods == "" {
		t.Skip("NETSIM_PYTHON (a Python with NEURON 9) and NETSIM_CALLS_MODS (a folder of .mod files with calls.json) are not both set")
	}
	out := filepath.Join(t.TempDir(), "out.json.gz")
	script := filepath.Join("..", "..", "validation", "mechanisms", "record.py")
	calls := filepath.Join(mods, "calls.json")
	if b, err := exec.Command(python, script, out, "--mods", mods, "--calls", calls, "--steps", "2000").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	files, _ := filepath.Glob(filepath.Join(mods, "*.mod"))
	bySuffix := map[string]string{}
	for _, f := range files {
		bySuffix[compileFile(t, f, lower.Options{}).Name] = f
	}
	for _, r := range readRecordings(t, out) {
		t.Run(strings.ReplaceAll(r.Name+tableName(r), "/", "_"), func(t *testing.T) { compare(t, bySuffix[r.Name], r) })
	}
}

const wrapped = `NEURON { POINT_PROCESS wrapped
RANGE a
BBCOREPOINTER rng }
PARAMETER { b = 2 }
ASSIGNED { a x[4] rng }
INITIAL { LOCAL y
y = 1
VERBATIM
%s
ENDVERBATIM
f(y) }
BREAKPOINT { SOLVE p }
PROCEDURE p() {
VERBATIM
%s
ENDVERBATIM
}
FUNCTION f(z) { f = z
VERBATIM
%s
ENDVERBATIM
}
NET_RECEIVE(w) {
VERBATIM
%s
ENDVERBATIM
}
VERBATIM
%s
ENDVERBATIM
`

// FuzzVerbatim: no C text may panic in lowering, wherever it stands.
func FuzzVerbatim(f *testing.F) {
	for _, s := range []string{
		"a = x[1] + _ly; return 0;", "double* p = x; p++; a = *p;", "int i; for (i = 0; i < 4; i++) { x[i] += b; if (i == 2) break; }",
		"void** pv = (void**)(&_p_rng); *pv = nrnran123_newstream3(1, 2, 3);", "switch ((int)a) { case 1: a = 2; break; default: a = 3; }",
		"if (_p_rng) { a = nrnran123_dblpick((nrnran123_State*)_p_rng); } else { hoc_execerror(\"no\", 0); }",
		"static int n = 3; n++; a = n / 2;", "static double g(double u) { return u < 0 ? -u : g(u - 1); }", "double t[3] = {1, 2}; a = t[b];",
		"double* q; if (a) q = &a; else q = &x[1]; *q = 1;", "do { a--; } while (a > 0);", "while (1) { if (a) continue; break; }",
		"net_send(_tqitem, _args, _pnt, t + 1, 1.0);", "a = *getarg(1); if (ifarg(2)) x[0] = *getarg(2);", "return a;", "auto v = &a; *v = 2;",
		"x = a;", "&a;", "a = \"text\";", "int n = \"text\"; double d[2]; d = a; *d = 1; d[n] = d;", "_args[9] = 1; _nt->_dt = 2; t = 3;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, c string) {
		defer fuzzing.Guard(t)()
		if strings.Contains(c, "VERBATIM") {
			return
		}
		text := fmt.Sprintf(wrapped, c, c, c, c, c)
		file, s, ds := nmodl.ParseSource("fuzz.mod", []byte(text))
		if diag.HasErrors(ds) {
			return
		}
		m, _ := lower.Compile(file, s, lower.Options{})
		_ = m.Text()
	})
}
