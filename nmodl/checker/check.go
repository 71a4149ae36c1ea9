// Package checker tells what the names of a .mod file stand for and which of its statements NEURON would refuse.
package checker

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/diag"
	"netsim/nmodl/units"
)

// Check builds the table of names of a parsed file and reports what is wrong with it. The table is complete
// enough to be used whenever no diagnostic is an error.
//
// Refused is what NEURON's translator refuses, and what it lets through but no C++ compiler accepts: undeclared names
// that no VERBATIM mentions, and calls with the wrong number of arguments. What NEURON accepts although it hardly does
// what was meant is a warning.
func Check(f *ast.File) (*Symbols, []diag.Diagnostic) {
	c := &checker{
		f:        f,
		syms:     &Symbols{ByName: map[string]*Symbol{}},
		reported: map[string]bool{},
		verbatim: verbatimWords(f),
		calls:    map[string]bool{}, plain: map[string]bool{}, protected: map[string]bool{},
	}
	if f.Neuron == nil {
		c.neuron = &ast.Neuron{}
	} else {
		c.neuron = f.Neuron
	}
	c.header()
	c.declarations()
	c.neuronNames()
	c.ions()
	c.functions()
	c.implicitStates()
	c.blocks()
	c.solves()
	c.threads()
	c.afterwards()
	slices.SortStableFunc(c.diags, func(a, b diag.Diagnostic) int {
		if a.Path != b.Path {
			return 0
		}
		return (a.Line-b.Line)*10000 + a.Col - b.Col
	})
	return c.syms, c.diags
}

type checker struct {
	f        *ast.File
	neuron   *ast.Neuron
	syms     *Symbols
	diags    []diag.Diagnostic
	reported map[string]bool // undeclared names: one message for each
	verbatim map[string]bool // words in VERBATIM blocks

	// While walking over a block:
	block    string // the block's word
	in       string // the name of the function or block
	scopes   []map[string]local
	nstates  int // states seen in the expression at hand, for LINEAR and NONLINEAR
	solveFor map[string]bool
	locked   bool // between MUTEXLOCK and MUTEXUNLOCK
	netSend  ast.Pos
	solved   []*ast.Solve
	solvedIn []string

	calls            map[string]bool // functions
	plain, protected map[string]bool // names that statements assign to, without and with PROTECT
	protecting       bool
	vAt              ast.Pos // where v stands first, as whatever

	netStates, jumps []*ast.VarRef   // STATEs that NET_RECEIVE assigns; those of state_discontinuity elsewhere
	assigned         map[string]bool // names assigned in anything but INITIAL and BREAKPOINT
}

// local is a LOCAL, an argument or a loop counter.
type local struct {
	size int
	kind string
}

func (c *checker) report(pos ast.Pos, sev diag.Severity, hint, format string, args ...any) {
	d := diag.Diagnostic{Line: pos.Line, Col: pos.Col, Severity: sev, Hint: hint, Msg: fmt.Sprintf(format, args...)}
	if pos.File < len(c.f.Sources) {
		d.Path = c.f.Sources[pos.File].Path
	}
	c.diags = diag.Add(c.diags, d)
}

func (c *checker) errorf(pos ast.Pos, hint, format string, args ...any) {
	c.report(pos, diag.Error, hint, format, args...)
}

func (c *checker) warnf(pos ast.Pos, hint, format string, args ...any) {
	c.report(pos, diag.Warning, hint, format, args...)
}

var wordRE = regexp.MustCompile(`[A-Za-z]\w*`)

// verbatimWords collects the identifiers of all VERBATIM blocks: a name that stands there may be declared there.
func verbatimWords(f *ast.File) map[string]bool {
	words := map[string]bool{}
	add := func(text string) {
		for _, w := range wordRE.FindAllString(text, -1) {
			words[w] = true
		}
	}
	for _, v := range f.Verbatim {
		add(v.Text)
	}
	for _, b := range allBlocks(f) {
		walkStmts(b.Stmts, func(s ast.Stmt) {
			if v, ok := s.(*ast.VerbatimStmt); ok {
				add(v.Text)
			}
		})
	}
	return words
}

// add enters a name. A name that exists already is left as it is.
func (c *checker) add(s *Symbol) *Symbol {
	if old := c.syms.ByName[s.Name]; old != nil {
		return old
	}
	c.syms.ByName[s.Name] = s
	c.syms.Order = append(c.syms.Order, s)
	return s
}

// header finds kind and name of the mechanism.
func (c *checker) header() {
	c.syms.Kind, c.syms.Name = c.neuron.Kind, c.neuron.Name
	if c.syms.Kind == "" {
		c.syms.Kind = "SUFFIX"
	}
	if c.syms.Name == "" && len(c.f.Sources) > 0 {
		base := filepath.Base(c.f.Sources[0].Path)
		c.syms.Name = strings.TrimSuffix(base, filepath.Ext(base))
	}
}

// declare enters an explicit declaration and reports conflicts.
func (c *checker) declare(s *Symbol) *Symbol {
	if s.Name == "celcius" {
		c.errorf(s.Pos, "celsius", "celcius should be spelled celsius")
	}
	if _, ok := reserved[s.Name]; ok {
		c.errorf(s.Pos, "choose another name", "%s is reserved for NEURON's own function and cannot be declared as %s", s.Name, s.Kind)
	}
	if _, ok := randomFuncs[s.Name]; ok {
		c.errorf(s.Pos, "choose another name", "%s is reserved for NEURON's own function and cannot be declared as %s", s.Name, s.Kind)
	}
	old := c.syms.ByName[s.Name]
	if old == nil {
		return c.add(s)
	}
	where := fmt.Sprintf("it is declared as %s on line %d", old.Kind, old.Pos.Line)
	harmless := (old.Kind == Constant || old.Kind == UnitsFactor) && (s.Kind == Constant || s.Kind == UnitsFactor) ||
		old.Kind == Local || s.Kind == Local
	if harmless {
		c.warnf(s.Pos, where, "%s is declared twice; the first declaration counts", s.Name)
	} else {
		c.errorf(s.Pos, where, "multiple declaration of %s", s.Name)
	}
	return old
}

func (c *checker) variable(v *ast.Var, kind Kind) *Symbol {
	s := &Symbol{Name: v.Name, Kind: kind, Pos: v.Pos, Size: v.Size, Unit: v.Unit, Value: v.Value, Default: v.Value}
	if kind == Parameter {
		s.Default = sixDigits(v.Value)
	}
	if v.Name == "t" && kind != Local && kind != Define {
		c.errorf(v.Pos, "remove it; t is there without a declaration", "t is the time and cannot be declared as %s", kind)
	}
	if special[v.Name] && kind != Local && kind != Define {
		s.Kind = BuiltinVar
		if old := c.syms.ByName[v.Name]; old != nil && old.Kind == BuiltinVar {
			c.errorf(v.Pos, "", "multiple declaration of %s", v.Name)
		}
	}
	return c.declare(s)
}

// sixDigits is what printf("%g") leaves of a number.
func sixDigits(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	return y
}

// SixDigits is what NEURON leaves of the default of a PARAMETER: it is printed with "%g" into the C++ code.
func SixDigits(x float64) float64 { return sixDigits(x) }

func (c *checker) declarations() {
	f := c.f
	// A LOCAL at file scope hides whatever has the same name, so it goes first.
	for i := range f.Locals {
		c.variable(&f.Locals[i], Local)
	}
	for i := range f.Defines {
		c.variable(&f.Defines[i], Define)
	}
	c.unitDefs()
	for i := range f.Parameters {
		c.variable(&f.Parameters[i], Parameter)
	}
	for i := range f.Constants {
		c.variable(&f.Constants[i], Constant)
	}
	for i := range f.Assigned {
		c.variable(&f.Assigned[i], Assigned)
	}
	for i := range f.States {
		s := c.variable(&f.States[i], State)
		if s.Kind == State {
			s.Range = true
		}
	}
}

func (c *checker) unitDefs() {
	table := units.New()
	for i := range c.f.Units {
		u := &c.f.Units[i]
		switch u.Kind {
		case "unit":
			c.unitError(u, table, table.Define(u.Name, u.Unit1))
		case "number":
			x, _ := strconv.ParseFloat(u.Number, 64)
			c.declare(&Symbol{Name: u.Name, Kind: UnitsFactor, Pos: u.Pos, Value: x, Default: x, Unit: u.Unit1})
		case "factor":
			x, err := table.Factor(u.Unit1, u.Unit2)
			c.unitError(u, table, err)
			if err == nil {
				a, _ := table.Eval(u.Unit1)
				b, _ := table.Eval(u.Unit2)
				if !a.Conforms(b) {
					c.warnf(u.Pos, "NEURON computes the factor all the same", "(%s) and (%s) do not measure the same thing", u.Unit1, u.Unit2)
				}
			}
			c.declare(&Symbol{Name: u.Name, Kind: UnitsFactor, Pos: u.Pos, Value: x, Default: x, Unit: u.Unit2})
		}
	}
}

func (c *checker) unitError(u *ast.UnitDef, table *units.Table, err error) {
	if err == nil || diag.Full(c.diags, diag.Error) {
		return
	}
	hint := ""
	switch e := err.(type) {
	case *units.UnknownError:
		hint = "define it before: (" + e.Name + ") = (…)"
		if h := diag.DidYouMean(e.Name, table.Names()); h != "" {
			hint = h
		}
	case *units.RedefinedError:
		hint = "NEURON knows (" + e.Name + "); remove this line"
	}
	c.errorf(u.Pos, hint, "%v", err)
}

// neuronNames applies RANGE, GLOBAL, POINTER, … to the declared names.
func (c *checker) neuronNames() {
	n := c.neuron
	for _, name := range n.Random {
		if old := c.syms.ByName[name.Name]; old != nil {
			c.errorf(name.Pos, fmt.Sprintf("it is declared as %s on line %d", old.Kind, old.Pos.Line), "%s cannot be redeclared as RANDOM", name.Name)
			continue
		}
		c.declare(&Symbol{Name: name.Name, Kind: RandomVar, Pos: name.Pos})
	}
	for _, list := range [][]ast.Name{n.Range, n.Global, n.Pointer, n.BBCorePointer, n.External} {
		for _, name := range list {
			if s := c.syms.ByName[name.Name]; s != nil && s.Kind == RandomVar {
				c.errorf(name.Pos, "remove it from this list", "the RANDOM variable %s cannot be anything else", name.Name)
			}
		}
	}
	for _, name := range n.Range {
		if name.Name == "diam" || name.Name == "area" {
			c.errorf(name.Pos, "remove it from RANGE", "%s cannot be a RANGE variable of a mechanism", name.Name)
		} else if s := c.listed(name, "RANGE"); s != nil {
			s.Range = true
		}
	}
	for _, name := range n.Global {
		c.global(name)
	}
	for _, name := range n.Pointer {
		if s := c.mustBeDeclared(name, "POINTER"); s != nil {
			s.Pointer = true
		}
	}
	for _, name := range n.BBCorePointer {
		if s := c.mustBeDeclared(name, "BBCOREPOINTER"); s != nil {
			s.Pointer, s.BBCorePointer = true, true
		}
	}
	for _, name := range n.External {
		s := c.add(&Symbol{Name: name.Name, Kind: Assigned, Pos: name.Pos})
		s.External = true
	}
	for _, list := range [][]ast.Name{n.Nonspecific, n.ElectrodeCur} {
		for _, name := range list {
			c.current(name)
		}
	}
	for _, name := range n.Nonspecific {
		c.syms.ByName[name.Name].Nonspecific = true
	}
	for _, name := range n.ElectrodeCur {
		c.syms.ByName[name.Name].Electrode = true
	}
}

func (c *checker) global(name ast.Name) {
	s := c.mustBeDeclared(name, "GLOBAL")
	switch {
	case name.Name == "diam" || name.Name == "area":
		c.errorf(name.Pos, "remove it from GLOBAL", "%s cannot be a GLOBAL variable of a mechanism", name.Name)
	case s == nil:
	case s.Kind == State:
		c.errorf(name.Pos, "remove it from GLOBAL", "%s is a STATE variable and hence cannot be declared as GLOBAL", name.Name)
	case s.Kind == Constant || s.Kind == UnitsFactor:
		c.errorf(name.Pos, "declare it in PARAMETER", "%s is declared as %s and cannot be GLOBAL", name.Name, s.Kind)
	default:
		if s.Range {
			c.warnf(name.Pos, "", "%s is both RANGE and GLOBAL", name.Name)
		}
		s.Global = true
	}
}

// listed finds a name of a list of the NEURON block; one that is declared nowhere is useless, but NEURON lets it pass.
func (c *checker) listed(name ast.Name, list string) *Symbol {
	s := c.syms.ByName[name.Name]
	if s == nil {
		if st, ok := strings.CutSuffix(name.Name, "0"); ok && c.syms.ByName[st] != nil && c.syms.ByName[st].Kind == State {
			return c.add(&Symbol{Name: name.Name, Kind: Parameter, Pos: name.Pos, InitialOf: st})
		}
		if c.functionNamed(name.Name) == nil && !c.isIonVar(name.Name) {
			c.warnf(name.Pos, c.didYouMean(name.Name), "%s stands in %s but is declared nowhere", name.Name, list)
		}
	}
	return s
}

func (c *checker) mustBeDeclared(name ast.Name, list string) *Symbol {
	s := c.syms.ByName[name.Name]
	if s == nil {
		if st, ok := strings.CutSuffix(name.Name, "0"); ok && c.syms.ByName[st] != nil && c.syms.ByName[st].Kind == State {
			return c.add(&Symbol{Name: name.Name, Kind: Parameter, Pos: name.Pos, InitialOf: st})
		}
		if builtinVars[name.Name] || special[name.Name] {
			return c.add(&Symbol{Name: name.Name, Kind: BuiltinVar})
		}
		hint := c.didYouMean(name.Name)
		if hint == "" {
			hint = "declare it in PARAMETER or ASSIGNED"
		}
		c.errorf(name.Pos, hint, "%s stands in %s but is declared nowhere", name.Name, list)
	}
	return s
}

// current enters a NONSPECIFIC or ELECTRODE current.
func (c *checker) current(name ast.Name) {
	if name.Name == "diam" || name.Name == "area" {
		c.errorf(name.Pos, "choose another name", "%s cannot be a variable of a mechanism", name.Name)
	}
	s := c.syms.ByName[name.Name]
	if s == nil {
		c.warnf(name.Pos, "declare it in ASSIGNED: "+name.Name+" (mA/cm2)", "the current %s is not declared", name.Name)
		s = c.add(&Symbol{Name: name.Name, Kind: Assigned, Pos: name.Pos})
	}
	s.Range = true
}

func (c *checker) functionNamed(name string) *ast.Function {
	for _, list := range [][]*ast.Function{c.f.Functions, c.f.FunctionTables} {
		for _, f := range list {
			if f.Name == name {
				return f
			}
		}
	}
	return nil
}

// didYouMean looks for a declared name near this one.
func (c *checker) didYouMean(name string) string {
	if diag.Full(c.diags, diag.Error) {
		return ""
	}
	var names []string
	for n := range c.syms.ByName {
		names = append(names, n)
	}
	for _, s := range c.scopes {
		for n := range s {
			names = append(names, n)
		}
	}
	for n := range reserved {
		if len(name) > 3 {
			names = append(names, n)
		}
	}
	return diag.DidYouMean(name, names)
}

// functions enters FUNCTION, PROCEDURE, FUNCTION_TABLE and the equation blocks.
func (c *checker) functions() {
	c.syms.UsesTable = false
	for _, f := range c.f.Functions {
		kind := Function
		if f.IsProcedure {
			kind = Procedure
		}
		c.function(f, kind)
	}
	for _, f := range c.f.FunctionTables {
		if len(f.Args) == 0 {
			c.errorf(f.Pos, "FUNCTION_TABLE name(argument)", "FUNCTION_TABLE %s must have one or more arguments", f.Name)
		}
		c.function(f, FunctionTable)
	}
	for _, e := range c.f.Equations {
		c.declare(&Symbol{Name: e.Name, Kind: Equations, Pos: e.Pos, Block: e})
	}
	for _, list := range [][]ast.Name{c.neuron.Range, c.neuron.Global, c.neuron.Pointer, c.neuron.BBCorePointer, c.neuron.External} {
		for _, n := range list {
			if s := c.syms.ByName[n.Name]; s != nil && s.Func != nil {
				c.errorf(n.Pos, "", "%s is used as both variable and function", n.Name)
			}
		}
	}
}

func (c *checker) function(f *ast.Function, kind Kind) {
	c.declare(&Symbol{Name: f.Name, Kind: kind, Pos: f.Pos, Unit: f.Unit, Args: f.Args, Func: f})
	seen := map[string]bool{}
	for _, a := range f.Args {
		if seen[a.Name] {
			c.errorf(a.Pos, "", "two arguments of %s are named %s", f.Name, a.Name)
		}
		seen[a.Name] = true
	}
}

// implicitStates enters s0 for each STATE s and gives the parameters that are not RANGE their GLOBAL.
func (c *checker) implicitStates() {
	for i := range c.f.States {
		st := &c.f.States[i]
		s := c.syms.ByName[st.Name]
		if s == nil || s.Kind != State {
			continue
		}
		s.StartName = st.Name + "0"
		if old := c.syms.ByName[s.StartName]; old != nil && old.Kind != Parameter {
			c.errorf(old.Pos, "declare it in PARAMETER, or rename it", "%s is the initial value of the STATE %s and cannot be declared as %s", s.StartName, st.Name, old.Kind)
			continue
		}
		s0 := c.syms.ByName[s.StartName]
		declared := s0 != nil && s0.InitialOf == ""
		if s0 == nil {
			s0 = c.add(&Symbol{Name: s.StartName, Kind: Parameter, Unit: st.Unit})
		}
		s0.InitialOf = st.Name
		// Of START and PARAMETER the later one counts.
		if st.Start != nil && (!declared || before(s0.Pos, st.Pos)) {
			s0.Value, s0.Default = *st.Start, sixDigits(*st.Start)
		}
	}
	for _, s := range c.syms.Order {
		if s.Kind == Parameter && !s.Range && !s.Pointer && !s.External && s.Ion == nil && s.Pos.Line > 0 {
			s.Global = true
		}
		if s.Size > 0 && s.Kind == Parameter {
			s.Value, s.Default = 0, 0
		}
	}
}

// before compares places; those of different files cannot be compared.
func before(a, b ast.Pos) bool {
	return a.File == b.File && (a.Line < b.Line || a.Line == b.Line && a.Col < b.Col)
}
