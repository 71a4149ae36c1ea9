package modlab

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/nmodl"
)

func open(t *testing.T, path string) *Source {
	t.Helper()
	src, f, ds := Open(path)
	if src == nil {
		t.Fatal(nmodl.Render(f, ds))
	}
	return src
}

func ownMechanism(t *testing.T, file string) *Source {
	t.Helper()
	return open(t, filepath.Join("..", "mechanisms", file))
}

func writeMod(t *testing.T, name, text string) *Source {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return open(t, path)
}

// likeNEURON are the traces that are held against NEURON's, each with its protocol: clamps, current steps, events,
// parameters, ions and insertions; random streams named by the seed and a spike at t = 0; Vectors; POINTERs.
var likeNEURON = []struct{ mod, name string }{
	{"../mechanisms/hh.mod", "hh"}, {"../mechanisms/hh.mod", "hh_free"}, {"../mechanisms/expsyn.mod", "expsyn"},
	{"../mechanisms/exp2syn.mod", "exp2syn"}, {"../mechanisms/intfire1.mod", "intfire1"}, {"testdata/streams.mod", "streams"},
	{"testdata/object.mod", "object"}, {"testdata/player.mod", "player"}, {"testdata/pointed.mod", "pointed"}, {"testdata/pointed_density.mod", "pointed_density"},
}

// traceOf runs one of likeNEURON.
func traceOf(t *testing.T, mod, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadProtocol(name, text)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Run(open(t, filepath.FromSlash(mod)), p)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := tr.WriteCSV(&got); err != nil {
		t.Fatal(err)
	}
	return got.String()
}

// TestTraceLikeNEURON compares with traces that validation/traces/neuron_trace.py made: every bit.
func TestTraceLikeNEURON(t *testing.T) {
	for _, c := range likeNEURON {
		t.Run(c.name, func(t *testing.T) {
			want, err := os.ReadFile(filepath.Join("testdata", c.name+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			sameNumbers(t, traceOf(t, c.mod, c.name), string(want))
		})
	}
}

// TestTraceLive makes the same traces in the NEURON of NETSIM_PYTHON.
func TestTraceLive(t *testing.T) {
	python := os.Getenv("NETSIM_PYTHON")
	if python == "" {
		t.Skip("NETSIM_PYTHON (a Python with NEURON 9) is not set")
	}
	script := filepath.Join("..", "validation", "traces", "neuron_trace.py")
	for _, c := range likeNEURON {
		if !strings.HasPrefix(c.mod, "testdata") {
			continue // mechanisms that come with NEURON; validation/traces/compare runs those
		}
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out.csv")
			if text, err := exec.Command(python, script, c.mod, filepath.Join("testdata", c.name+".json"), out).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			sameNumbers(t, traceOf(t, c.mod, c.name), string(want))
		})
	}
}

// TestStreamArguments holds which PROCEDUREs the seed reaches, and with what.
func TestStreamArguments(t *testing.T) {
	for body, want := range map[string]string{
		"()\n{ VERBATIM\n*p = nrnran123_newstream3(*getarg(1), *getarg( 2 ), *getarg(3));\nENDVERBATIM\n}": "[7 5 0]",
		"()\n{ VERBATIM\nnrnran123_setids(p, *getarg(1), *getarg(2), *getarg(6));\nENDVERBATIM\n}":         "[7 5 0 7 5 1]",
		"(a, b, c) { random_setids(r, a, b, c) }":                                                          "[7 5 0]",
		"(x) { if (x > 0) { set_seed(x) } }":                                                               "[7]",
		"() { VERBATIM\n*p = nrn_random_arg(1); *q = nrn_random_arg(2);\nENDVERBATIM\n}":                   "[(7 5 0) (7 5 1)]",
		"(x) { VERBATIM\nvector_arg(1);\nENDVERBATIM\n}":                                                   "[]",
		"() { VERBATIM\n_lf = nrnran123_dblpick(p) + *getarg(1);\nENDVERBATIM\n}":                          "[]",
		"() { VERBATIM\n*p = nrnran123_newstream3(1, 2, 3);\nENDVERBATIM\n}":                               "[]",
		"() { VERBATIM\n*p = nrn_random_arg(99999999999999999999);\nENDVERBATIM\n}":                        "",
	} {
		f, _, _ := nmodl.ParseSource("a.mod", []byte("NEURON { SUFFIX a  RANDOM r }\nPROCEDURE f"+body+"\n"))
		args := streamArguments(f.Functions[0], 7, 5)
		if want == "" {
			if len(args) > maxStreamArguments {
				t.Errorf("%s: %d arguments", body, len(args))
			}
			continue
		}
		text := []string{}
		for _, a := range args {
			if a.Random != nil {
				text = append(text, fmt.Sprintf("(%d %d %d)", a.Random.ID[0], a.Random.ID[1], a.Random.ID[2]))
			} else {
				text = append(text, fmt.Sprint(a.Number))
			}
		}
		if got := fmt.Sprint(text); got != want {
			t.Errorf("%s: called with %s, want %s", body, got, want)
		}
	}
}

func sameNumbers(t *testing.T, got, want string) {
	t.Helper()
	g, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	w, err := csv.NewReader(strings.NewReader(want)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(g) != len(w) {
		t.Fatalf("%d lines, NEURON has %d", len(g), len(w))
	}
	if strings.Join(g[0], ",") != strings.Join(w[0], ",") {
		t.Fatalf("columns %v, NEURON has %v", g[0], w[0])
	}
	for i := 1; i < len(g); i++ {
		for k := range g[i] {
			x, err1 := strconv.ParseFloat(g[i][k], 64)
			y, err2 := strconv.ParseFloat(w[i][k], 64)
			if err1 != nil || err2 != nil || math.Float64bits(x) != math.Float64bits(y) {
				t.Fatalf("row %d, %s: %s, NEURON has %s", i-1, g[0][k], g[i][k], w[i][k])
			}
		}
	}
}

func TestTraceDefaults(t *testing.T) {
	p := DefaultProtocol()
	p.TStop = 0.1
	tr, err := Run(ownMechanism(t, "hh.mod"), p)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Join(tr.Names, " ")
	for _, n := range []string{"t", "v", "m", "h", "n", "gna", "gk", "il", "gnabar", "ina", "ena", "ik", "ek", "nai", "ko"} {
		if !strings.Contains(" "+names+" ", " "+n+" ") {
			t.Errorf("no column %s in %s", n, names)
		}
	}
	if !strings.HasPrefix(names, "t v m h n ") {
		t.Errorf("columns %s; t, v and the states come first", names)
	}
	if len(tr.Rows) != 5 || tr.Rows[0][0] != 0 || tr.Rows[0][1] != -65 {
		t.Errorf("%d rows, the first begins with %v; want the initialised state and 4 steps", len(tr.Rows), tr.Rows[0][:2])
	}
}

func TestClampHoldsV(t *testing.T) {
	p := DefaultProtocol()
	p.TStop, p.Cm, p.Clamp, p.Record = 1, 1e9, []Plateau{{0.5, -20}}, []string{"v"}
	tr, err := Run(ownMechanism(t, "pas.mod"), p)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range map[int]float64{0: -65, 20: -65, 21: -20, 40: -20} {
		if got := tr.Rows[k][1]; math.Abs(got-want) > 1e-6 {
			t.Errorf("v after step %d is %v mV, want %v", k, got, want)
		}
	}
}

const buffer = `NEURON { SUFFIX buffer  USEION ca READ cai, ica  RANGE seen, got, w  GLOBAL k }
PARAMETER { k = 2  w[2] }
ASSIGNED { cai ica seen got }
BREAKPOINT { seen = k*cai + w[1]  got = ica }
`

const source = `NEURON { SUFFIX source  USEION ca WRITE ica  RANGE g }
PARAMETER { g = 0.5 v }
ASSIGNED { ica }
BREAKPOINT { ica = g*v }
`

// TestIonsMove sets a concentration step by step and takes a current from a second file.
func TestIonsMove(t *testing.T) {
	src := writeMod(t, "buffer.mod", buffer)
	src.With = []*Source{writeMod(t, "source.mod", source)}
	p, err := ReadProtocol("", []byte(`{"tstop": 0.1, "cm": 1e9, "v_init": -50, "insert": ["source"], "parameters": {"k": 3, "w[1]": 0.25, "g_source": 2},
		"ions": {"ca": {"cai": [[0, 1e-4], [0.05, 2e-4]], "cao": 3}}, "record": ["seen", "got", "cao"]}`))
	if err != nil {
		t.Fatal(err)
	}
	tr, err := Run(src, p)
	if err != nil {
		t.Fatal(err)
	}
	last := tr.Rows[len(tr.Rows)-1]
	for i, want := range []float64{3*2e-4 + 0.25, -100, 3} {
		if math.Abs(last[i+1]-want) > 1e-4 {
			t.Errorf("%s is %v, want %v", tr.Names[i+1], last[i+1], want)
		}
	}
}

func TestReadProtocolFaults(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{`{"tstp": 5, "clmp": []}`, []string{`"tstp"`, "did you mean tstop?", `"clmp"`, "did you mean clamp?"}},
		{`{"dt": "fast", "clamp": [[1]], "events": 3}`, []string{"dt: ", "must be a number", "[t, v]", "[t, weight]"}},
		{`{"dt": 0, "L": -1}`, []string{"dt: 0", "L: -1"}},
		{`{"clamp": [[5, 0], [2, 1]]}`, []string{"must rise"}},
		{`{"clamp": [[0, 0]], "iclamp": [[0, 1, 1]]}`, []string{"no effect"}},
		{"{\"dt\": 0.1,\n \"tstop\" 5}", []string{"line 2"}},
		{`{"dt": 0.1, "dt": 0.2}`, []string{"twice"}},
		{`[1]`, []string{"object"}},
		{`{} {}`, []string{"more text"}},
		{`{"dt": 0.1`, []string{"ends too early"}},
		{`{"tstop": 1e300}`, []string{"tstop"}},
		{`{"seed": -1}`, []string{"seed"}},
		{`{"ions": {"ca": {"cai": "much"}}}`, []string{"ca.cai"}},
		{`{"tstop": null}`, []string{"tstop"}},
		{`{"calls": [["play", "x"]]}`, []string{"calls: play", "a number or a list of numbers"}},
		{`{"calls": [[]]}`, []string{"calls: "}},
		{`{"calls": [[3]]}`, []string{"name of a PROCEDURE"}},
		{`{"pointers": {"vgap": true}}`, []string{"pointers: vgap", "name of a variable"}},
		{`{"pointers": {"vgap": []}}`, []string{"pointers: vgap"}},
		{`{"pointers": {"vgap": [[1, 2], [0, 1]]}}`, []string{"vgap", "must rise"}},
	} {
		_, err := ReadProtocol("p.json", []byte(c.text))
		var named *ProtocolError
		if !errors.As(err, &named) {
			t.Errorf("%s: %v, want a ProtocolError", c.text, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v does not say %q", c.text, err, w)
			}
		}
	}
}

// TestRunFaults holds that all unknown names are listed, each with a near one.
func TestRunFaults(t *testing.T) {
	p, err := ReadProtocol("", []byte(`{"parameters": {"gnabr": 1}, "ions": {"ma": {}, "na": {"nae": 3}}, "events": [[1, 2]], "record": ["mm", "inaa"]}`))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(ownMechanism(t, "hh.mod"), p)
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range []string{"did you mean gnabar?", `ion "ma"`, `"nae"`, "no NET_RECEIVE", `"mm"`, "did you mean ina?"} {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%v does not say %q", err, w)
		}
	}
	p, _ = ReadProtocol("", []byte(`{"insert": ["pass"]}`))
	if _, err = Run(ownMechanism(t, "hh.mod"), p); err == nil || !strings.Contains(err.Error(), "did you mean pas?") {
		t.Errorf("insert of pass: %v", err)
	}
	p, _ = ReadProtocol("", []byte(`{"pointers": {"vgapp": 3, "w": "gna", "vhere": "V"}}`))
	_, err = Run(open(t, filepath.Join("testdata", "pointed.mod")), p)
	for _, w := range []string{"did you mean vgap?", `w: unknown variable "gna"`, `vhere: unknown variable "V"`} {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("%v does not say %q", err, w)
		}
	}
	p, _ = ReadProtocol("", []byte(`{"calls": [["plai", [1, 2]]]}`))
	if _, err = Run(open(t, filepath.Join("testdata", "player.mod")), p); err == nil || !strings.Contains(err.Error(), "did you mean play?") {
		t.Errorf("call of plai: %v", err)
	}
	p, _ = ReadProtocol("", []byte(`{"pointers": {"slow": 3}}`))
	if _, err = Run(open(t, filepath.Join("testdata", "streams.mod")), p); err == nil || !strings.Contains(err.Error(), "no membrane") {
		t.Errorf("POINTER of an artificial cell: %v", err)
	}
	p, _ = ReadProtocol("", []byte(`{"clamp": [[0, -60]]}`))
	if _, err = Run(ownMechanism(t, "intfire1.mod"), p); err == nil || !strings.Contains(err.Error(), "no membrane") {
		t.Errorf("clamp of an artificial cell: %v", err)
	}
}

func TestNumbersInCSV(t *testing.T) {
	tr := &Trace{Names: []string{"t", "x"}, Rows: [][]float64{{0, 0.1}, {1e-5, math.NaN()}, {1e17, math.Inf(-1)}, {100000, math.Copysign(0, -1)}}}
	var b bytes.Buffer
	if err := tr.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "t,x\n0,0.10000000000000001\n1.0000000000000001e-05,nan\n1e+17,-inf\n100000,-0\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestDescribe(t *testing.T) {
	text := Describe(ownMechanism(t, "exp2syn.mod"))
	for _, w := range []string{"point process Exp2Syn", "tau1", "(ms)", "states      A", "METHOD cnexp", "NET_RECEIVE(weight)", "vector operations", "NONSPECIFIC_CURRENT"} {
		if !strings.Contains(text, w) {
			t.Errorf("%q is not in\n%s", w, text)
		}
	}
	lib := Describe(writeMod(t, "lib.mod", "NEURON { SUFFIX nothing }\nFUNCTION twice(x) { twice = 2*x }\n"))
	if !strings.Contains(lib, "library of functions") || !strings.Contains(lib, "twice") {
		t.Error(lib)
	}
}

const gate = `NEURON { SUFFIX gate  NONSPECIFIC_CURRENT i  RANGE g }
PARAMETER { g = 0.001 v }
ASSIGNED { i }
STATE { x }
INITIAL { x = 0 }
BREAKPOINT { SOLVE s METHOD cnexp  i = g*x*(v - 10) }
DERIVATIVE s { x' = (1/(1+exp(-(v+40)/10)) - x)/(3 + v/100) }
`

// TestMeasure measures a gate whose steady state and time constant are known.
func TestMeasure(t *testing.T) {
	plot, err := Measure(writeMod(t, "gate.mod", gate), PlotOptions{Celsius: 34})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range plot.V {
		if v == -120 || v == 60 {
			continue // steps from there do not move
		}
		inf, tau := 1/(1+math.Exp(-(v+40)/10)), 3+v/100
		if math.Abs(plot.Steady[0][i]-inf) > 1e-4 || math.Abs(plot.Tau[0][i]-tau) > 0.02 {
			t.Errorf("at %g mV: steady state %v and %v ms, want %v and %v ms", v, plot.Steady[0][i], plot.Tau[0][i], inf, tau)
		}
	}
	var b bytes.Buffer
	if err := plot.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"<svg", "steady state", "time constant", "i (mA/cm²)", "</svg>"} {
		if !strings.Contains(b.String(), w) {
			t.Errorf("no %q in the SVG", w)
		}
	}
	if strings.Contains(b.String(), "NaN") {
		t.Error("NaN in the SVG")
	}
	if _, err := Measure(ownMechanism(t, "intfire1.mod"), PlotOptions{}); err == nil {
		t.Error("an artificial cell has been plotted")
	}
}

// FuzzReadProtocol holds that no text panics.
func FuzzReadProtocol(f *testing.F) {
	f.Add(`{"dt":0.025,"tstop":50,"clamp":[[0,-80]],"ions":{"ca":{"cai":[[0,1]]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		_, err := ReadProtocol("p", []byte(text))
		if err != nil && err.Error() == "" {
			t.Error("an error without text")
		}
	})
}
