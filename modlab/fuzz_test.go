package modlab

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"netsim/engine"
	"netsim/internal/fuzzing"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/program"
	"netsim/nmodl/scanner"
)

// copies of a mechanism: a full row of lanes and one more.
const fuzzCopies = 9

// fuzzRun integrates copies of a mechanism on compartments of different potentials and returns every variable of each
// after every step, and the error that ended the run.
func fuzzRun(src *Source, p Protocol, steps int, o engine.Options) (values []float64, err error) {
	b, err := newBench(src, p, fuzzCopies, o)
	if err != nil {
		return nil, err
	}
	if err := b.init(); err != nil {
		return nil, err
	}
	cols, fail := b.columns()
	if fail != nil {
		return nil, fail
	}
	var at []*float64
	for i := range fuzzCopies {
		if b.m.Kind != program.Artificial {
			v, err := b.eng.Variable(engine.Probe{Cell: i, Node: membraneNode, Variable: "v"})
			if err != nil {
				return nil, err
			}
			*v = p.VInit + 11*float64(i)
		}
		for _, c := range cols[:min(len(cols), 200)] {
			x, err := c.find(b, i)
			if err != nil {
				return nil, err
			}
			at = append(at, x)
		}
	}
	for range steps {
		spikes, err := b.eng.Advance(1)
		if err != nil {
			return values, err
		}
		values = append(values, float64(len(spikes)))
		for _, x := range at {
			values = append(values, *x)
		}
	}
	return values, nil
}

// sameBits compares; NaNs are the same whatever their bits.
func sameBits(a, b []float64) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d and %d values", len(a), len(b))
	}
	for i, x := range a {
		if y := b[i]; math.Float64bits(x) != math.Float64bits(y) && (x == x || y == y) {
			return fmt.Sprintf("value %d: %v and %v", i, x, y)
		}
	}
	return ""
}

// runText runs the mechanism that a text describes on each executor.
func runText(t *testing.T, text []byte) {
	if strings.Contains(string(text), "INCLUDE") {
		t.Skip("would read files")
	}
	defer fuzzing.Guard(t)()
	file, syms, ds := nmodl.ParseSource("fuzz.mod", text)
	if diag.HasErrors(ds) {
		return
	}
	src := &Source{Path: "fuzz.mod", File: file, Symbols: syms}
	if src.Library() {
		return
	}
	m, _ := src.Compile()
	if len(m.Unsupported) > 0 || len(m.Columns) > 2000 {
		return
	}
	p := DefaultProtocol()
	if m.NetReceive.Scalar != nil {
		p.Events = []Event{{0, 0.5}, {0.03, 1}, {0.04, 1}}
	}
	const turns = 2000
	plain, want := fuzzRun(src, p, 8, engine.Options{Plain: true, MaxTurns: turns})
	for _, o := range []engine.Options{{NoNative: true, MaxTurns: turns}, {MaxTurns: turns}} {
		values, err := fuzzRun(src, p, 8, o)
		if (err == nil) != (want == nil) {
			t.Fatalf("no native code: %v: error %v, the plain executor's is %v", o.NoNative, err, want)
		}
		if want != nil {
			continue // where an error ends a run, the others are within a step of it
		}
		if diff := sameBits(values, plain); diff != "" {
			t.Fatalf("no native code: %v: %s of the plain executor", o.NoNative, diff)
		}
	}
}

// seedMods are the .mod files that the fuzzers start from.
func seedMods(f *testing.F) [][]byte {
	return fuzzing.Mods(f, "../mechanisms", "testdata", "../nmodl/lower/testdata/neuron", "../nmodl/lower/testdata/constructs",
		"../nmodl/lower/testdata/constructs/net", "../nmodl/lower/testdata/stochastic", "../nmodl/lower/testdata/text")
}

// FuzzRun: whatever mechanism a text describes, a network of it is integrated or refused, without a panic, soon and in
// little memory; and the vector machine and machine code leave the bits of the plain executor.
func FuzzRun(f *testing.F) {
	for _, text := range seedMods(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) { runText(t, text) })
}

// FuzzMutants is FuzzRun for files that are changed token by token, so that many of them are still mechanisms.
func FuzzMutants(f *testing.F) {
	mods := seedMods(f)
	for k := range mods {
		f.Add(uint16(k), []byte{byte(k), 0, 77, byte(k), byte(3 * k), 1, 200, 9})
	}
	f.Fuzz(func(t *testing.T, seed uint16, edits []byte) {
		text := mutate(string(mods[int(seed)%len(mods)]), edits)
		defer func() {
			if t.Failed() {
				t.Logf("the text was\n%s", text)
			}
		}()
		runText(t, []byte(text))
	})
}

// words are what mutate puts in the place of tokens.
var words = strings.Fields("0 1 2 -1 0.5 1e300 1e-320 1e9 3.7 + - * / ^ ( ) < > == != && || ! v t dt celsius exp(v) log(v) sqrt(v) fabs(v) 1/0 (-1)^0.5 " +
	"IF(v>0){ } ELSE{ WHILE(v<0){ LOCAL FROM TO cnexp derivimplicit euler sparse runge TABLE RANGE GLOBAL net_send(0.01,2) net_event(t) rates(v) [ ] 0] 3] , = ' ~ <->")

// mutate changes a text at some of its tokens: four bytes say where and how.
func mutate(text string, edits []byte) string {
	for len(edits) >= 4 {
		var at [][2]int
		for s := scanner.New(text); len(at) < 5000; {
			tok := s.Next()
			if tok.Kind == scanner.EOF {
				break
			}
			at = append(at, [2]int{tok.Start, tok.End})
		}
		if len(at) < 2 {
			return text
		}
		k := (int(edits[0]) | int(edits[1])<<8) % (len(at) - 1)
		how, what := edits[2], int(edits[3])
		here, next := at[k], at[k+1]
		edits = edits[4:]
		switch how % 5 {
		case 0: // leave out
			text = text[:here[0]] + text[here[1]:]
		case 1: // twice
			text = text[:here[1]] + " " + text[here[0]:]
		case 2: // exchange with the next
			text = text[:here[0]] + text[next[0]:next[1]] + text[here[1]:next[0]] + text[here[0]:here[1]] + text[next[1]:]
		case 3: // another word
			text = text[:here[0]] + " " + words[what%len(words)] + " " + text[here[1]:]
		case 4: // another token of the file
			other := at[(k+what)%len(at)]
			text = text[:here[0]] + text[other[0]:other[1]] + text[here[1]:]
		}
	}
	return text
}

// TestEndless: what never ends is an error, in each executor.
func TestEndless(t *testing.T) {
	point := "NEURON { POINT_PROCESS endless RANGE a }\nASSIGNED { a v }\n"
	for _, c := range []struct {
		name, text string
		want       error
	}{
		{"a loop", "NEURON { SUFFIX endless RANGE a }\nASSIGNED { a v }\nBREAKPOINT { SOLVE p }\nPROCEDURE p() { WHILE (a < 1) { a = a - 1 } }", program.ErrEndless},
		{"two calls at each level", "NEURON { SUFFIX endless RANGE a }\nASSIGNED { a v }\nBREAKPOINT { SOLVE p }\nPROCEDURE p() { a = f(1000) }\n" +
			"FUNCTION f(n) { if (n > 0) { f = f(n - 1) + f(n - 1) } }", program.ErrEndless},
		{"calls without end", "NEURON { SUFFIX endless RANGE a }\nASSIGNED { a v }\nBREAKPOINT { SOLVE p }\nPROCEDURE p() { a = f(1) }\n" +
			"FUNCTION f(n) { f = f(n + 1) }", program.ErrTooDeep},
		{"events without delay", point + "NET_RECEIVE(w) { a = a + 1 net_send(0, 2) }", engine.ErrEndlessEvents},
		{"events without delay from INITIAL", point + "INITIAL { net_send(0, 2) }\nNET_RECEIVE(w) { net_send(0, 2) }", engine.ErrEndlessEvents},
		{"rows of a table", "NEURON { SUFFIX endless RANGE a }\nASSIGNED { a v }\nBREAKPOINT { SOLVE p }\nPROCEDURE p() { a = f(v) }\n" +
			"FUNCTION f(x) { LOCAL i TABLE FROM 0 TO 1 WITH 1000 i = 0 WHILE (i < 1e9) { i = i + 1 } f = i }", program.ErrEndless},
	} {
		t.Run(c.name, func(t *testing.T) {
			const turns = 1 << 17 // beyond program.MaxDepth calls
			src := writeMod(t, "endless.mod", strings.ReplaceAll(c.text, "if (", "IF ("))
			p := DefaultProtocol()
			if strings.HasPrefix(c.text, point) {
				p.Events = []Event{{0, 1}}
			}
			for _, o := range []engine.Options{{Plain: true, MaxTurns: turns}, {MaxTurns: turns}} {
				if _, err := fuzzRun(src, p, 2, o); !errors.Is(err, c.want) {
					t.Errorf("plain %v: %v, want %v", o.Plain, err, c.want)
				}
			}
		})
	}
}

// TestHostileProtocols: protocols that are built to take time or memory end soon, with words where they are refused.
func TestHostileProtocols(t *testing.T) {
	const n = 200_000
	list := func(f func(i int) string) string {
		var b strings.Builder
		b.WriteByte('[')
		for i := range n {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f(i))
		}
		b.WriteByte(']')
		return b.String()
	}
	for _, c := range []struct{ name, text, want string }{
		{"many plateaus", `{"tstop":10,"clamp":` + list(func(i int) string { return fmt.Sprintf("[%d,-65]", i) }) + "}", ""},
		{"many plateaus and steps", `{"dt":0.01,"tstop":200,"clamp":` + list(func(i int) string { return fmt.Sprintf("[%g,-65]", float64(i)*1e-3) }) + "}", ""},
		{"plateaus that fall", `{"clamp":` + list(func(i int) string { return fmt.Sprintf("[%d,-65]", n-i) }) + "}", "must rise"},
		{"too many steps", `{"dt":1e-9,"tstop":1000}`, "steps can be traced"},
		{"too many values", `{"dt":1e-6,"tstop":60}`, "too many for a trace"},
		{"an unknown name", `{"record":["` + strings.Repeat("v", 1<<20) + `"]}`, "unknown variable"},
		{"an unknown key", `{"` + strings.Repeat("v", 1<<20) + `":1}`, "unknown key"},
		{"nested", `{"clamp":` + strings.Repeat("[", 1<<20) + "}", "line 1"},
		{"a long number", `{"tstop":` + strings.Repeat("9", 1<<20) + "}", "must be a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := open(t, "../mechanisms/hh.mod")
			defer fuzzing.Guard(t)()
			p, err := ReadProtocol("p.json", []byte(c.text))
			if err == nil {
				_, err = Run(src, p)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%.200v, want %q", err, c.want)
			}
		})
	}
	events := `{"tstop":1,"events":` + list(func(i int) string { return fmt.Sprintf("[1e9,%d]", i) }) + "}"
	src := open(t, "../mechanisms/expsyn.mod")
	defer fuzzing.Guard(t)()
	p, err := ReadProtocol("p.json", []byte(events))
	if err == nil {
		_, err = Run(src, p)
	}
	if err != nil {
		t.Error(err)
	}
}
