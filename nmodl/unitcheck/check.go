// Package unitcheck finds where the units of a .mod file do not agree, by the rules of NEURON's modlunit.
//
// Units have no effect on what a mechanism computes, so every finding is a warning. Terms of a sum, the two sides of
// an assignment, an equation or a comparison, and an argument and its declaration must have the same units; built-in
// functions take and give plain numbers; the derivative of x is in the units of x per millisecond; NEURON's own
// variables and those of ions must be declared in NEURON's units. A number takes the units of its place, unless it has
// its own, as in 10(mV). A single number in parentheses is a conversion factor: (1000)*x is in units a thousand times
// smaller than those of x. LOCALs and arguments have the units of what was last assigned to them.
package unitcheck

import (
	"fmt"
	"slices"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/diag"
	"netsim/nmodl/units"
)

// Check returns the findings in the order of the text. The file must have been checked without errors.
//
// Where modlunit would stop it goes on as if the mistake were not there: a sum has the units of its first term, an
// exponential none, a variable of NEURON those that it must have.
func Check(f *ast.File, syms *checker.Symbols) []diag.Diagnostic {
	c := &check{
		f: f, syms: syms, source: readSource(f), table: units.New(),
		known: map[string]quantity{}, declared: map[string]*ast.Var{}, settled: map[string]bool{},
	}
	c.scopes = []map[string]*variable{{}}
	c.unitDefs()
	c.declarations()
	c.neuron()
	c.blocks()
	slices.SortStableFunc(c.found, func(a, b finding) int { return c.source.compare(a.pos, b.pos) })
	ds := make([]diag.Diagnostic, len(c.found))
	for i, x := range c.found {
		ds[i] = x.Diagnostic
	}
	return ds
}

type finding struct {
	pos ast.Pos
	diag.Diagnostic
}

// variable is a name that stands for a quantity.
type variable struct {
	quantity
	inferred bool // LOCAL or argument: an assignment decides its units
}

type check struct {
	f        *ast.File
	syms     *checker.Symbols
	source   *source
	table    *units.Table
	known    map[string]quantity // units by their text
	declared map[string]*ast.Var // PARAMETER, CONSTANT, ASSIGNED and STATE
	settled  map[string]bool     // variables shared with NEURON that need no further look
	scopes   []map[string]*variable
	found    []finding

	compartments map[string]quantity // sizes of the KINETIC block at hand
	flux         quantity            // of the last reaction
}

// warn reports a mistake of units, unless UNITSOFF holds.
func (c *check) warn(pos ast.Pos, hint, format string, args ...any) {
	if !c.source.off(pos) {
		c.always(pos, hint, format, args...)
	}
}

// maxFound is how many mistakes are kept; nobody reads more.
const maxFound = 1000

func (c *check) full() bool { return len(c.found) >= maxFound }

// always reports a mistake of a declaration, which UNITSOFF does not excuse.
func (c *check) always(pos ast.Pos, hint, format string, args ...any) {
	if c.full() {
		return
	}
	d := diag.Diagnostic{Line: pos.Line, Col: pos.Col, Severity: diag.Warning, Hint: hint, Msg: "units: " + fmt.Sprintf(format, args...)}
	if pos.File < len(c.f.Sources) {
		d.Path = c.f.Sources[pos.File].Path
	}
	c.found = append(c.found, finding{pos, d})
}

func (c *check) unitDefs() {
	for i := range c.f.Units {
		if u := &c.f.Units[i]; u.Kind == "unit" {
			_ = c.table.Define(u.Name, u.Unit1) // what is wrong with it is the checker's finding
		}
	}
	for i := range c.f.Units {
		u := &c.f.Units[i]
		q := pure()
		switch u.Kind {
		case "unit":
			continue
		case "number":
			q = c.unit(u.Unit1, u.Pos)
		case "factor":
			q = c.unit(u.Unit2, u.Pos)
			if c.source.arrows[u.Pos] {
				q = q.times(c.unit(u.Unit1, u.Pos), -1)
			}
		}
		c.add(u.Name, q, false)
	}
}

// add enters a name at file level; the first declaration counts.
func (c *check) add(name string, q quantity, inferred bool) {
	if c.scopes[0][name] == nil {
		c.scopes[0][name] = &variable{q, inferred}
	}
}

// unit is the quantity that the text in parentheses stands for; none is a plain number.
func (c *check) unit(text string, pos ast.Pos) quantity {
	if q, ok := c.known[text]; ok {
		return q
	}
	q := pure()
	u, err := c.table.Eval(text)
	if err != nil {
		q.unknown = true
		c.unknown(text, err, pos)
	} else {
		q.Unit, q.words = u, parseWords(text)
	}
	c.known[text] = q
	return q
}

// customary are abbreviations that NEURON does not know until UNITS defines them.
var customary = map[string]string{
	"S": "siemens", "mS": "millisiemens", "uS": "microsiemens", "nS": "nanosiemens", "pS": "picosiemens",
	"mV": "millivolt", "uV": "microvolt", "mA": "milliamp", "uA": "microamp", "nA": "nanoamp", "pA": "picoamp",
	"A": "amp", "M": "1/liter", "molar": "1/liter", "mM": "milli/liter", "uM": "micro/liter", "nM": "nano/liter",
	"um": "micron", "uF": "microfarad", "nF": "nanofarad", "pF": "picofarad", "J": "joule",
	"kHz": "kilohertz", "MOhm": "megohm", "Mohm": "megohm",
}

func (c *check) unknown(text string, err error, pos ast.Pos) {
	if c.full() {
		return
	}
	hint := "define it in UNITS, in units that NEURON knows"
	name := text
	if e, ok := err.(*units.UnknownError); ok {
		name = e.Name
		if d := customary[name]; d != "" {
			hint = "define it in UNITS: (" + name + ") = (" + d + ")"
		} else if near := diag.DidYouMean(name, c.table.Names()); near != "" {
			hint = near + " Or define (" + name + ") in UNITS"
		}
	}
	c.always(pos, hint, "the unit %s in (%s) is not known", name, text)
}

func (c *check) declarations() {
	f := c.f
	for i := range f.Locals {
		c.add(f.Locals[i].Name, pure(), true)
	}
	for _, list := range [][]ast.Var{f.Parameters, f.Constants, f.Assigned, f.States} {
		for i := range list {
			v := &list[i]
			c.add(v.Name, c.unit(v.Unit, v.Pos), false)
			if c.declared[v.Name] == nil {
				c.declared[v.Name] = v
			}
		}
	}
	for i := range f.States {
		s := &f.States[i]
		c.add(s.Name+"0", c.unit(s.Unit, s.Pos), false)
	}
	for _, list := range [][]*ast.Function{f.Functions, f.FunctionTables} {
		for _, fn := range list {
			for _, a := range fn.Args {
				c.unit(a.Unit, a.Pos)
			}
			c.unit(fn.Unit, fn.Pos)
		}
	}
	for _, s := range c.syms.Order {
		if s.Kind == checker.Lag {
			c.add(s.Name, quantity{unknown: true}, false)
		}
	}
}

// special are NEURON's own variables with their units.
var special = map[string]string{
	"v": "millivolt", "t": "ms", "dt": "ms", "celsius": "degC", "diam": "micron", "area": "micron2",
}

// short is how modellers write the units that NEURON demands, if their UNITS block allows it.
var short = map[string]string{
	"millivolt": "mV", "milliamp/cm2": "mA/cm2", "nanoamp": "nA", "milli/liter": "mM", "micron": "um", "micron2": "um2",
}

// demanded is what a unit of NEURON's is called in this file.
func (c *check) demanded(unit string) quantity {
	q := c.unit(unit, ast.Pos{})
	if u, err := c.table.Eval(short[unit]); err == nil && short[unit] != "" && u.Dim == q.Dim && near(u.Factor, q.Factor) {
		q.words = parseWords(short[unit])
	}
	return q
}

// neuron holds the variables that NEURON shares with the mechanism against NEURON's units. From here on they have
// those, whatever the file says, since that is what they are when it runs.
func (c *check) neuron() {
	if _, ok := c.scopes[0]["t"]; !ok {
		c.scopes[0]["t"] = &variable{quantity: c.demanded("ms")}
	}
	n := c.f.Neuron
	if n == nil {
		return
	}
	if i := c.f.Independent; i != nil && i.Name == "t" && !c.unit(i.Unit, i.Pos).agrees(c.demanded("ms")) {
		c.mustHave("t", i.Pos, c.unit(i.Unit, i.Pos), c.demanded("ms"))
	}
	for name, unit := range special {
		c.shared(name, ast.Pos{}, unit)
	}
	current := "milliamp/cm2"
	if n.Kind == "POINT_PROCESS" || n.Kind == "ARTIFICIAL_CELL" {
		current = "nanoamp"
	}
	ionUnits := map[checker.IonWhich]string{
		checker.IonCurrent: current, checker.IonReversal: "millivolt",
		checker.IonInside: "milli/liter", checker.IonOutside: "milli/liter",
	}
	for _, ion := range c.syms.Ions {
		for _, list := range [][]ast.Name{ion.Read, ion.Write} {
			for _, name := range list {
				if s := c.syms.ByName[name.Name]; s != nil && s.Ion != nil {
					c.shared(name.Name, name.Pos, ionUnits[s.Ion.Which])
				}
			}
		}
	}
	for _, list := range [][]ast.Name{n.Nonspecific, n.ElectrodeCur} {
		for _, name := range list {
			c.shared(name.Name, name.Pos, current)
		}
	}
}

// shared sets the units of a variable of NEURON's. Where it is declared is where a mistake is reported; else pos, or
// for the special ones where it is used.
func (c *check) shared(name string, pos ast.Pos, unit string) {
	if c.settled[name] {
		return
	}
	want := c.demanded(unit)
	if v := c.declared[name]; v != nil {
		c.settled[name] = true
		if got := c.unit(v.Unit, v.Pos); !got.agrees(want) {
			c.mustHave(name, v.Pos, got, want)
		}
	} else if pos.Line > 0 {
		c.settled[name] = true
		c.undeclared(name, pos, want)
	}
	c.scopes[0][name] = &variable{quantity: want}
}

func (c *check) mustHave(name string, pos ast.Pos, got, want quantity) {
	c.always(pos, "declare it as "+name+" "+c.text(want), "%s must be %s, and is declared %s%s", name, c.in(want), c.in(got), c.factor(got, want))
}

func (c *check) undeclared(name string, pos ast.Pos, want quantity) {
	c.always(pos, "declare it in ASSIGNED: "+name+" "+c.text(want), "%s must be %s, and is not declared", name, c.in(want))
}
