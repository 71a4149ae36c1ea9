// Package lower turns a checked .mod file into the programs that the engine runs.
//
// NEURON's translator nocmodl writes C++, gcc compiles it, and the spikes are what that machine code computes; so
// lowering is a second translator with the same output in mind. Every operation has NEURON's operands in NEURON's
// association; nothing is reassociated, and what is simplified is simplified only where all inputs give the same bits.
//
//	AST --walk--> graph (vector entries) or operations with jumps (scalar entries)
//	    --dead--> stores nobody can see are dropped
//	    --fast--> cheaper formulas, on demand (Options.Fast)
//	    --hoist-> what does not change in time becomes hidden columns, computed once by Prepare
//	    --emit--> register allocation, program.Mechanism
package lower

import (
	"fmt"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// Options of one compilation.
type Options struct {
	// Observe tells which variables somebody will look at (record, set, share through a POINTER). Stores to the
	// others are dropped where no program reads them. Nil: every RANGE variable is observed.
	Observe func(name string) bool
	NoTable bool // compute TABLE procedures exactly (usetable = 0)
	DiDv    bool // accumulate dI/dv of ions (secondorder = 2)
	// Driven tells which variables others set while time advances (a POINTER of another mechanism that writes, a gap
	// junction's transfer): nothing is computed from them in advance. Nil: none.
	Driven  func(name string) bool
	NoHoist bool // leave invariants where they are (tests)
	// Fast asks for the formulas of `numerics: fast`: neither NEURON's association nor its difference quotient, but
	// what is the same number in exact arithmetic at less cost. TABLEs are computed exactly.
	Fast bool
	// NoCurves computes functions of v that Fast would look up.
	NoCurves bool
	// Libraries are the files of functions beside the mechanism's.
	Libraries []Library
}

// compiler is the state of one compilation.
type compiler struct {
	f *ast.File
	s *checker.Symbols
	o Options
	m *program.Mechanism

	g      *graph
	consts *constPool

	vars   map[string]*variable
	funcs  map[string]*ast.Function
	eqs    map[string]*ast.EquationBlock
	exts   map[program.Ext]int32
	tables map[*ast.Function]int // number of the TABLE; -1: computed exactly

	libraries map[*ast.File]*libraryFile

	functions map[*ast.Function]int  // number of a FUNCTION that calls itself
	recursive map[*ast.Function]bool // known so far
	watched   map[*ast.WatchItem]int // number of a condition
	lags      map[*ast.Lag]int       // number of a history
	work      int                    // spent on the program at hand
	extra     []*entry               // programs of Mechanism.Watches, Functions and Diffusion
	primeCols map[string]int32       // first column of s' where the file reads it as a value
	lagged    *lagged                // what a@n is read from

	conductance []hint
	sides       [][]int32              // per table: columns that filling it leaves a value in; its last outputs
	filled      map[*ast.Function]bool // by INITIAL
	fillsOwn    map[int32]bool         // columns that filling tables sets and that are no shared variable
	zeroed      map[int32]float64      // defaults that NEURON loses
	tabled      []tableValues          // one per Mechanism.Tables
	cells       int                    // values of Mechanism.Tables

	live   map[int32]bool // columns that exist
	shared []int32        // columns that are one variable of all instances in NEURON

	diags []diag.Diagnostic
	seen  map[string]bool // notes and unsupported constructs that are listed already

	macros   *verbatim.Macros
	unit     *verbatim.Unit               // of the VERBATIM blocks at file level
	unitVars map[string]*verbatim.Var     // its variables
	bodies   map[ast.Stmt][]verbatim.Stmt // C text that is parsed, by the first statement of its body
	statics  map[string]*cvar
	impures  map[*ast.Function]bool
	randoms  []string // RANDOM variables
	expanded int      // calls so far
}

// hint is a CONDUCTANCE statement.
type hint struct {
	pos       ast.Pos
	name, ion string
}

// Compile makes a mechanism of a parsed and checked file. It always succeeds: what has no translation stands in
// Mechanism.Unsupported, with its place, and in the diagnostics.
func Compile(f *ast.File, s *checker.Symbols, o Options) (*program.Mechanism, []diag.Diagnostic) {
	o.NoTable = o.NoTable || o.Fast
	c := &compiler{
		f: f, s: s, o: o, m: &program.Mechanism{Name: s.Name},
		g: newGraph(), consts: newConstPool(),
		vars: map[string]*variable{}, funcs: map[string]*ast.Function{}, eqs: map[string]*ast.EquationBlock{},
		exts: map[program.Ext]int32{}, tables: map[*ast.Function]int{}, seen: map[string]bool{},
		functions: map[*ast.Function]int{}, recursive: map[*ast.Function]bool{}, watched: map[*ast.WatchItem]int{},
		lags: map[*ast.Lag]int{}, primeCols: map[string]int32{},
		filled: map[*ast.Function]bool{}, libraries: map[*ast.File]*libraryFile{}, fillsOwn: map[int32]bool{}, zeroed: map[int32]float64{},
	}
	if len(f.Sources) > 0 {
		c.m.File = f.Sources[0].Path
	}
	switch s.Kind {
	case "POINT_PROCESS":
		c.m.Kind = program.Point
	case "ARTIFICIAL_CELL":
		c.m.Kind = program.Artificial
	}
	for _, fn := range f.Functions {
		c.funcs[fn.Name] = fn
	}
	for _, e := range f.Equations {
		c.eqs[e.Name] = e
	}
	if u := s.Lookup("usetable"); u != nil && u.Kind == checker.Parameter {
		c.o.NoTable = c.o.NoTable || c.usesNoTable(u)
	}
	c.readUnit()
	c.declare()
	c.declareRandoms()
	c.refuseDeclarations()

	es := c.entries()
	c.dropDead(es)
	c.accelerate(es)
	c.finish(es)
	return c.m, c.diags
}

// path names the file of a position.
func (c *compiler) path(p ast.Pos) string {
	if p.File < len(c.f.Sources) {
		return c.f.Sources[p.File].Path
	}
	return c.m.File
}

// unsupported records a construct that has no translation; the first of its kind at its place.
func (c *compiler) unsupported(p ast.Pos, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	key := fmt.Sprintf("%d:%d:%d:%s", p.File, p.Line, p.Col, what)
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	u := program.Unsupported{File: c.path(p), Line: p.Line, Col: p.Col, What: what}
	c.m.Unsupported = append(c.m.Unsupported, u)
	c.diags = append(c.diags, diag.Diagnostic{
		Path: u.File, Line: u.Line, Col: u.Col, Severity: diag.Warning, Msg: what + " cannot be executed yet",
	})
}

func (c *compiler) note(format string, args ...any) {
	n := fmt.Sprintf(format, args...)
	if !c.seen[n] {
		c.seen[n] = true
		c.m.Notes = append(c.m.Notes, n)
	}
}

// ext returns the operand of a datum of the node.
func (c *compiler) ext(kind program.ExtKind, ion string) program.Ref {
	e := program.Ext{Kind: kind, Ion: ion}
	i, ok := c.exts[e]
	if !ok {
		i = int32(len(c.m.Exts))
		c.m.Exts = append(c.m.Exts, e)
		c.exts[e] = i
	}
	return program.Ref{Kind: program.ExtRef, Idx: i}
}

// refuseDeclarations records what stands in the file and makes it unusable wherever it is used.
func (c *compiler) refuseDeclarations() {
	f := c.f
	if n := f.Neuron; n != nil {
	}
	for _, e := range f.Equations {
		if e.Kind == "PARTIAL" {
			c.unsupported(e.Pos, "%s block %s", e.Kind, e.Name)
		}
	}
	if f.Destructor != nil && !emptyOrTrivial(f.Destructor) {
		c.note("DESTRUCTOR is not run")
	}
}
