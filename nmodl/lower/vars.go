package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
	"netsim/nmodl/verbatim"
)

// variable is where a name of the file lives.
type variable struct {
	kind  varKind
	index int32 // first column, or global
	size  int   // 0 for a scalar
	num   float64
	sym   *checker.Symbol

	random bool // a RANDOM variable: the column holds its stream
}

type varKind uint8

const (
	varCol varKind = iota
	varGlob
	varConst
	varPointer // index is that of the Ext
)

// standard names are those of the run, not of the mechanism.
func standardGlobal(name string) (int32, bool) {
	switch name {
	case "t":
		return program.GlobT, true
	case "celsius":
		return program.GlobCelsius, true
	}
	return 0, false
}

// declare gives each name its storage. A GLOBAL, a file's LOCAL or a CONSTANT that some statement assigns becomes a
// column: one value per instance, which is the same wherever the value is written before it is read or is the same
// for all instances. (NEURON leaves the last instance's value there; entries note where that could be seen.)
func (c *compiler) declare() {
	c.m.Globals = []program.Global{{Name: "t"}, {Name: "dt", Default: 0.025}, {Name: "celsius", Default: 6.3}}
	written := c.writtenNames()
	for _, s := range c.s.Order {
		if _, dup := c.vars[s.Name]; dup || !s.IsVariable() {
			continue
		}
		switch s.Name {
		case "v", "t", "dt", "celsius", "diam", "area":
			if s.Kind != checker.State && s.Kind != checker.Local {
				continue
			}
		}
		c.declareOne(s, written[s.Name])
	}
	for _, ion := range c.s.Ions {
		i := program.Ion{Name: ion.Name, Valence: ion.Valence, HasValence: ion.HasValence}
		names := map[string]int{"e" + ion.Name: 0, ion.Name + "i": 1, ion.Name + "o": 2, "i" + ion.Name: 3}
		read := [4]*bool{&i.ReadE, &i.ReadXi, &i.ReadXo, &i.ReadI}
		write := [4]*bool{&i.WriteE, &i.WriteXi, &i.WriteXo, &i.WriteI}
		for _, n := range ion.Read {
			if k, ok := names[n.Name]; ok {
				*read[k] = true
			}
		}
		for _, n := range ion.Implicit {
			if k, ok := names[n]; ok {
				*read[k] = true
			}
		}
		for _, n := range ion.Write {
			if k, ok := names[n.Name]; ok {
				*write[k] = true
			}
		}
		c.m.Ions = append(c.m.Ions, i)
	}
	c.m.WritesConc = c.s.WritesConc
	c.m.HasCurrent = len(c.s.Currents) > 0
	for _, s := range c.s.Currents {
		if s.Electrode {
			c.m.ElectrodeCurrent = true
		}
	}
	if nr := c.f.NetReceive; nr != nil {
		for _, a := range nr.Args {
			c.m.Weights = append(c.m.Weights, a.Name)
		}
	}
}

func (c *compiler) declareOne(s *checker.Symbol, written bool) {
	if s.Pointer && c.pointsInCode(s) {
		c.vars[s.Name] = &variable{kind: varPointer, index: c.ext(program.PointerVar, s.Name).Idx, sym: s}
		return
	}
	if x, ok := c.libraryVariable(s.Name); ok && s.External && !written && s.Size == 0 {
		c.vars[s.Name] = &variable{kind: varConst, num: x, sym: s}
		return
	}
	if s.External {
		if written || s.Size > 0 {
			c.unsupported(s.Pos, "an EXTERNAL that is an array or is written (%s)", s.Name)
		}
		c.vars[s.Name] = &variable{kind: varGlob, index: int32(len(c.m.Globals)), sym: s}
		c.m.Globals = append(c.m.Globals, program.Global{Name: s.Name, External: true, Units: s.Unit})
		return
	}
	role, global := program.Assigned, false
	switch s.Kind {
	case checker.Constant, checker.UnitsFactor, checker.Define:
		if !written {
			c.vars[s.Name] = &variable{kind: varConst, num: s.Default, sym: s}
			return
		}
		c.note("%s is a constant, but a statement assigns to it", s.Name)
	case checker.Parameter:
		role = program.Parameter
		global = !s.Range && s.Ion == nil && !s.Nonspecific && !s.Electrode
	case checker.State:
		if s.Ion == nil {
			role = program.State
		}
	case checker.Assigned:
		global = s.Global && s.Ion == nil
	case checker.Local, checker.Lag:
	default:
		return
	}
	n := max(s.Size, 1)
	if len(c.m.Columns)+n > maxColumns {
		c.unsupported(s.Pos, "%s: more than %d variables, elements of arrays counted;", s.Name, maxColumns)
		return
	}
	if global && !written && s.Size == 0 {
		c.vars[s.Name] = &variable{kind: varGlob, index: int32(len(c.m.Globals)), sym: s}
		c.m.Globals = append(c.m.Globals, program.Global{Name: s.Name, Default: s.Default, Units: s.Unit})
		return
	}
	shared := written && (global || s.Kind == checker.Local)
	value := s.Default
	if shared && global && value != 0 && s.PerThread {
		// Thread-safe files have such a variable once per thread, made of zeros.
		c.zeroed[int32(len(c.m.Columns))] = value
		value = 0
	}
	c.vars[s.Name] = &variable{kind: varCol, index: int32(len(c.m.Columns)), size: s.Size, sym: s}
	for e := range n {
		if shared {
			c.shared = append(c.shared, int32(len(c.m.Columns)))
		}
		c.m.Columns = append(c.m.Columns, program.Column{
			Name: s.Name, Role: role, Size: s.Size, Element: e, Default: value, Units: s.Unit,
			Range: s.Range || role == program.State, Driven: c.driven(s.Name),
		})
	}
}

func (c *compiler) driven(name string) bool { return c.o.Driven != nil && c.o.Driven(name) }

// observed reports whether somebody may look at a column between two steps.
func (c *compiler) observed(col *program.Column) bool {
	if c.o.Observe != nil {
		return c.o.Observe(col.Name)
	}
	return col.Range
}

// writtenNames collects the names that statements assign, outputs of TABLEs included. A LOCAL that hides a name
// counts too; that costs nothing but a column where a global would do, so locals are looked at.
func (c *compiler) writtenNames() map[string]bool {
	w := map[string]bool{}
	inspect(c.f, func(s ast.Stmt, hidden func(string) bool) {
		switch s := s.(type) {
		case *ast.Assign:
			if !hidden(s.Lhs.Name) {
				w[s.Lhs.Name] = true
			}
		case *ast.VerbatimStmt:
			for _, n := range verbatim.Assigned(s.Text) {
				w[n] = true
			}
		case *ast.Table:
			for _, n := range s.Names {
				w[n.Name] = true
			}
		case *ast.CallStmt:
			if s.Call.Name == "state_discontinuity" && len(s.Call.Args) > 0 {
				if r, ok := s.Call.Args[0].(*ast.VarRef); ok {
					w[r.Name] = true
				}
			}
		}
	})
	return w
}
