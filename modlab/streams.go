package modlab

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netsim/engine"
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// streamCalls are the calls by which a PROCEDURE is known to name random streams.
var streamCalls = []string{"nrnran123_newstream", "nrnran123_setids", "random_setids", "set_seed", "nrn_random_arg"}

var (
	numberArgument = regexp.MustCompile(`\bgetarg\s*\(\s*(\d+)\s*\)`)
	randomArgument = regexp.MustCompile(`\bnrn_random_arg\s*\(\s*(\d+)\s*\)`)
)

// maxStreamArguments bounds the length of a call.
const maxStreamArguments = 64

// setters are the calls of PROCEDUREs of n instances before the start: those that name random streams by the protocol's
// seed, then the protocol's own.
//
// Stream k of instance i is named (seed, i, k): the k-th RANDOM variable; in a PROCEDURE that names streams by numbers, its
// arguments 3k+1 to 3k+3 (so set_seed(x) gets the seed); in one that takes Random objects, argument k+1, a uniform(0, 1) of
// Random123(seed, i, k). validation/traces/neuron_trace.py does the same in NEURON.
func (b *bench) setters(n int, fail *ProtocolError) []engine.Setter {
	var known []string
	for _, p := range b.m.Procedures {
		known = append(known, p.Name)
	}
	for _, c := range b.p.Calls {
		if !slices.Contains(known, c.Procedure) {
			fail.add("calls: " + unknown("PROCEDURE that reads the arguments of a call", c.Procedure, known))
		}
	}
	var out []engine.Setter
	for i := range n {
		s := engine.Setter{Of: b.owner(), Index: int32(i), Mech: b.mech, Node: membraneNode}
		if b.p.Seed != nil {
			out = b.seeded(out, s, *b.p.Seed)
		}
		for _, c := range b.p.Calls {
			s.Procedure, s.Args = c.Procedure, c.Args
			out = append(out, s)
		}
	}
	return out
}

// seeded appends the calls that name the streams of one instance.
func (b *bench) seeded(out []engine.Setter, s engine.Setter, seed uint32) []engine.Setter {
	i := uint32(s.Index)
	for k, column := range b.m.Randoms {
		s.Procedure, s.Args = b.m.Columns[column].Name, engine.Numbers(float64(seed), float64(i), float64(k))
		out = append(out, s)
	}
	for _, fn := range b.src.File.Functions {
		known := slices.ContainsFunc(b.m.Procedures, func(p program.Procedure) bool { return p.Name == fn.Name })
		if args := streamArguments(fn, seed, i); known && args != nil {
			s.Procedure, s.Args = fn.Name, args
			out = append(out, s)
		}
	}
	return out
}

// owner is what the mechanism's instances are to the engine.
func (b *bench) owner() engine.Owner {
	return map[program.Kind]engine.Owner{program.Density: engine.OfDensity, program.Point: engine.OfPoint, program.Artificial: engine.OfArtificial}[b.m.Kind]
}

// streamArguments are what a PROCEDURE that names streams is called with; nil for another PROCEDURE.
func streamArguments(fn *ast.Function, seed, instance uint32) []program.Argument {
	var text strings.Builder
	callsAndC(fn.Body, &text)
	body := text.String()
	if !slices.ContainsFunc(streamCalls, func(word string) bool { return strings.Contains(body, word) }) {
		return nil
	}
	highest := func(argument *regexp.Regexp) int {
		n := 0
		for _, match := range argument.FindAllStringSubmatch(body, -1) {
			k, _ := strconv.Atoi(match[1]) // too long a number is bounded below
			n = max(n, k)
		}
		return min(n, maxStreamArguments)
	}
	n := len(fn.Args)
	if n == 0 {
		n = highest(numberArgument)
	}
	var out []program.Argument
	for k := range n {
		id := [3]uint32{seed, instance, uint32(k / 3)}
		out = append(out, program.Argument{Number: float64(id[k%3])})
	}
	if n > 0 {
		return out
	}
	for k := range highest(randomArgument) {
		out = append(out, program.Argument{Random: &program.Random{ID: [3]uint32{seed, instance, uint32(k)}, Dist: program.Uniform, B: 1}})
	}
	return out
}

// callsAndC gathers the C text of a block and the names of what it calls.
func callsAndC(b *ast.Block, text *strings.Builder) {
	if b == nil {
		return
	}
	for _, s := range b.Stmts {
		switch s := s.(type) {
		case *ast.VerbatimStmt:
			text.WriteString(s.Text + "\n")
		case *ast.CallStmt:
			text.WriteString(s.Call.Name + "\n")
		case *ast.If:
			callsAndC(s.Then, text)
			callsAndC(s.Else, text)
		case *ast.While:
			callsAndC(s.Body, text)
		case *ast.From:
			callsAndC(s.Body, text)
		case *ast.BlockStmt:
			callsAndC(s.Block, text)
		}
	}
}
