package main

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netsim/modlab"
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

const (
	dt    = 0.025 // ms
	tstop = 10    // ms
)

// vectorArgument is how a PROCEDURE reads a Vector from a script's call.
var vectorArgument = regexp.MustCompile(`\bvector_arg\s*\(\s*(\d+)\s*\)`)

// calls gives the PROCEDUREs that read Vectors rising numbers, which may be times (ms).
func calls(src *modlab.Source, m *program.Mechanism) [][]any {
	var out [][]any
	for _, fn := range src.File.Functions {
		known := slices.ContainsFunc(m.Procedures, func(p program.Procedure) bool { return p.Name == fn.Name && len(p.Unsupported) == 0 })
		n := 0
		for _, s := range fn.Body.Stmts {
			if v, ok := s.(*ast.VerbatimStmt); ok && known {
				for _, match := range vectorArgument.FindAllStringSubmatch(v.Text, -1) {
					k, _ := strconv.Atoi(match[1])
					n = max(n, k)
				}
			}
		}
		if n > 0 {
			call := []any{fn.Name}
			for k := range n {
				call = append(call, []float64{1 + 0.01*float64(k), 2.5, 4.125, 7.25})
			}
			out = append(out, call)
		}
	}
	return out
}

// protocolFor makes a protocol under which the mechanism has something to do: v jumps between random plateaus of 20
// steps from -120 to 60 mV with a jitter of 3 mV, concentrations that are read move, events arrive, conductances that
// default to 0 get a value, POINTERs refer to moving potentials or to numbers, random streams have names. cm is so large
// that v is a pure input.
func protocolFor(src *modlab.Source, m *program.Mechanism) map[string]any {
	seed := fnv.New64a()
	seed.Write([]byte(m.Name))
	r := rand.New(rand.NewPCG(seed.Sum64(), 1))
	p := map[string]any{"dt": dt, "tstop": tstop, "celsius": 34, "insert": []string{}, "seed": 1}
	if params := parameters(src, m); len(params) > 0 {
		p["parameters"] = params
	}
	if c := calls(src, m); len(c) > 0 {
		p["calls"] = c
	}
	if m.NetReceive.Scalar != nil {
		p["events"] = events(m, r)
	}
	if m.Kind == program.Artificial {
		return p
	}
	if to := pointers(m, r); len(to) > 0 {
		p["pointers"] = to
	}
	p["cm"] = 1e9
	p["clamp"] = waveform(r)
	ions := map[string]any{}
	for _, ion := range m.Ions {
		set := map[string]any{}
		if ion.ReadXi && !ion.WriteXi {
			set[ion.Name+"i"] = concentration(ion.Name, r)
		}
		if len(set) > 0 {
			ions[ion.Name] = set
		}
	}
	if len(ions) > 0 {
		p["ions"] = ions
	}
	return p
}

var potential = regexp.MustCompile(`(?i)^v|v$`)

// pointers gives each POINTER that statements use something to refer to, by its name a potential or a weight.
func pointers(m *program.Mechanism, r *rand.Rand) map[string]any {
	out := map[string]any{}
	for _, e := range m.Exts {
		switch {
		case e.Kind != program.PointerVar || out[e.Ion] != nil:
		case potential.MatchString(e.Ion):
			out[e.Ion] = waveform(r)
		default:
			out[e.Ion] = 0.5
		}
	}
	return out
}

func waveform(r *rand.Rand) [][2]float64 {
	var out [][2]float64
	level := 0.0
	for k := range int(math.Round(tstop / dt)) {
		if k%20 == 0 {
			level = -120 + 180*r.Float64() // mV
		}
		out = append(out, [2]float64{float64(k) * dt, level + 6*r.Float64() - 3})
	}
	return out
}

// concentration moves every ms, calcium over two decades.
func concentration(ion string, r *rand.Rand) [][2]float64 {
	var out [][2]float64
	for t := 0.0; t < tstop; t++ {
		c := 5 + 10*r.Float64() // mM
		if ion == "ca" {
			c = 5e-5 * math.Pow(100, r.Float64())
		}
		out = append(out, [2]float64{t, c})
	}
	return out
}

func events(m *program.Mechanism, r *rand.Rand) [][2]float64 {
	weights := []float64{0.01}
	if m.Kind == program.Artificial {
		weights = []float64{0.4, -0.15}
	}
	var out [][2]float64
	for t := 1.03; t < tstop; t += 1 + 1.4*r.Float64() {
		out = append(out, [2]float64{math.Round(t*1e3) / 1e3, weights[len(out)%len(weights)]})
	}
	return out
}

var (
	conductance = regexp.MustCompile(`(?i)^(g|p|i)[a-z0-9_]*(bar|max|peak)[a-z0-9_]*$|^(g|gh|gna|gk|gca|gl|perm|p)$`)
	amplitude   = regexp.MustCompile(`(?i)^(amp|amp1|amp2|i0|imax|stim)$`)
	start       = regexp.MustCompile(`(?i)^(del|delay|onset|start|tbegin|ton)$`)
	duration    = regexp.MustCompile(`(?i)^(dur|dur1|toff|duration)$`)
)

// parameters gives conductances, amplitudes and times that default to 0 (or later than the trace ends) a value.
func parameters(src *modlab.Source, m *program.Mechanism) map[string]float64 {
	out := map[string]float64{}
	for _, v := range src.File.Parameters {
		s := src.Symbols.Lookup(v.Name)
		if s == nil || v.Size > 0 || s.Kind != checker.Parameter || s.Ion != nil {
			continue
		}
		switch {
		case s.Default == 0 && conductance.MatchString(v.Name):
			out[v.Name] = 0.001
		case s.Default == 0 && amplitude.MatchString(v.Name):
			out[v.Name] = 0.1
		case (s.Default == 0 || s.Default > tstop) && start.MatchString(v.Name):
			out[v.Name] = 1.7
		case s.Default == 0 && duration.MatchString(v.Name):
			out[v.Name] = 4.1
		}
	}
	for name := range out {
		known := slices.ContainsFunc(m.Columns, func(c program.Column) bool { return c.Name == name }) ||
			slices.ContainsFunc(m.Globals, func(g program.Global) bool { return g.Name == name })
		if !known {
			delete(out, name)
		}
	}
	return out
}

// driven lists the ions whose current the mechanism reads and nobody makes.
func driven(m *program.Mechanism) []program.Ion {
	var out []program.Ion
	for _, ion := range m.Ions {
		if ion.ReadI && !ion.WriteI && m.Kind != program.Artificial {
			out = append(out, ion)
		}
	}
	return out
}

// driver writes a mechanism that makes a current of an ion.
func driver(folder string, ion program.Ion) (string, error) {
	dir := filepath.Join(folder, "drivers")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	valence := ""
	if !ion.HasValence && !slices.Contains([]string{"na", "k", "ca"}, ion.Name) {
		valence = " VALENCE 1"
	}
	file := filepath.Join(dir, "zzdrive_"+ion.Name+".mod")
	text := fmt.Sprintf("NEURON {\n SUFFIX zzdrive_%[1]s\n USEION %[1]s WRITE i%[1]s%[2]s\n}\nPARAMETER { v g = 1e-4 rest = 20 }\nASSIGNED { i%[1]s }\nBREAKPOINT { i%[1]s = g*(v - rest) }\n", ion.Name, valence)
	return file, os.WriteFile(file, []byte(text), 0o666)
}

// constructs names what a file uses of the language.
func constructs(src *modlab.Source) []string {
	f := src.File
	has := map[string]bool{}
	n := f.Neuron
	if n != nil {
		for word, list := range map[string][]ast.Name{"POINTER": n.Pointer, "BBCOREPOINTER": n.BBCorePointer, "EXTERNAL": n.External,
			"RANDOM": n.Random, "ELECTRODE_CURRENT": n.ElectrodeCur, "NONSPECIFIC_CURRENT": n.Nonspecific} {
			has[word] = len(list) > 0
		}
		for _, u := range n.UseIons {
			for _, w := range u.Write {
				switch w.Name {
				case u.Ion + "i", u.Ion + "o":
					has["WRITE concentration"] = true
				case "e" + u.Ion:
					has["WRITE reversal"] = true
				}
			}
			for _, w := range u.Read {
				switch w.Name {
				case u.Ion + "i", u.Ion + "o":
					has["READ concentration"] = true
				case "i" + u.Ion:
					has["READ current"] = true
				}
			}
		}
		has[n.Kind] = n.Kind != "" && n.Kind != "SUFFIX"
	}
	for _, e := range f.Equations {
		method := ""
		if s := src.Symbols.Lookup(e.Name); s != nil {
			method = s.Method
		}
		has[strings.TrimSpace(e.Kind+" "+method)] = true
	}
	has["FUNCTION_TABLE"] = len(f.FunctionTables) > 0
	has["top-level LOCAL"] = len(f.Locals) > 0
	has["VERBATIM"] = len(f.Verbatim) > 0
	has["BEFORE/AFTER"] = len(f.BeforeAfter) > 0
	has["NET_RECEIVE"] = f.NetReceive != nil
	has["INCLUDE"] = len(f.Sources) > 1
	walk(f, has)
	for _, s := range src.Symbols.Order {
		if s.Global && s.Assigned && s.Kind != checker.State {
			has["GLOBAL written"] = true
		}
		if s.Size > 0 {
			has["arrays"] = true
		}
	}
	var out []string
	for word, on := range has {
		if on {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	for i := range out {
		if i < len(out)-1 {
			out[i] += ","
		}
	}
	return out
}

// walk notes the statements of a file.
func walk(f *ast.File, has map[string]bool) {
	var block func(b *ast.Block)
	block = func(b *ast.Block) {
		if b == nil {
			return
		}
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *ast.If:
				block(s.Then)
				block(s.Else)
			case *ast.While:
				has["WHILE"] = true
				block(s.Body)
			case *ast.From:
				has["FROM"] = true
				block(s.Body)
			case *ast.BlockStmt:
				block(s.Block)
			case *ast.Table:
				has["TABLE"] = true
			case *ast.VerbatimStmt:
				has["VERBATIM"] = true
			case *ast.Watch:
				has["WATCH"] = true
			case *ast.ForNetCons:
				has["FOR_NETCONS"] = true
			case *ast.Conserve:
				has["CONSERVE"] = true
			case *ast.Compartment:
				has["COMPARTMENT"] = true
				has["LONGITUDINAL_DIFFUSION"] = has["LONGITUDINAL_DIFFUSION"] || s.Longitudinal
			case *ast.Protect:
				has["PROTECT"] = true
			case *ast.Conductance:
				has["CONDUCTANCE"] = true
			case *ast.Solve:
				if s.SteadyState {
					has["STEADYSTATE"] = true
				}
			case *ast.CallStmt:
				switch s.Call.Name {
				case "net_send", "net_event", "net_move", "state_discontinuity":
					has[s.Call.Name] = true
				}
			}
		}
	}
	for _, fn := range f.Functions {
		block(fn.Body)
	}
	for _, e := range f.Equations {
		block(e.Body)
	}
	block(f.Initial)
	block(f.Breakpoint)
	if f.NetReceive != nil {
		block(f.NetReceive.Body)
		block(f.NetReceive.Initial)
	}
}
