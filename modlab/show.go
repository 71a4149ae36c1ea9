package modlab

import (
	"fmt"
	"slices"
	"strings"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// Cost counts the operations of one step of one instance. Loops and branches of scalar programs count once.
type Cost struct {
	Ops, Exps, Divs int // all operations; calls of exp, pow and other functions of the C library; divisions
	Tables          int // TABLE look-ups
	Scalar          bool
}

// CostOf counts an entry of a mechanism.
func CostOf(e program.Entry) Cost {
	var c Cost
	code := e.Vector
	if e.Scalar != nil {
		code, c.Scalar = e.Scalar, true
	}
	if code == nil {
		return c
	}
	for _, in := range code.Instrs {
		switch in.Op {
		case program.OpNop:
			continue
		case program.OpDiv:
			c.Divs++
		case program.OpTable:
			c.Tables++
		case program.OpExp, program.OpLog, program.OpLog10, program.OpSin, program.OpCos, program.OpTan, program.OpAsin, program.OpAcos,
			program.OpAtan, program.OpSinh, program.OpCosh, program.OpTanh, program.OpPow, program.OpFmod, program.OpAtan2:
			c.Exps++
		}
		c.Ops++
	}
	return c
}

func (c Cost) String() string {
	if c.Ops == 0 {
		return "nothing"
	}
	kind := "vector operations"
	if c.Scalar {
		kind = "scalar operations"
	}
	text := fmt.Sprintf("%d %s, among them %d exp or other functions, %d divisions", c.Ops, kind, c.Exps, c.Divs)
	if c.Tables > 0 {
		text += fmt.Sprintf(", %d table look-ups", c.Tables)
	}
	return text
}

// Describe says what a .mod file is.
func Describe(src *Source) string {
	var b strings.Builder
	if src.Library() {
		var names []string
		for _, fn := range src.File.Functions {
			names = append(names, fn.Name)
		}
		fmt.Fprintf(&b, "%s: a library of functions (SUFFIX nothing): %s\n", src.Path, strings.Join(names, ", "))
		return b.String()
	}
	m, _ := src.Compile()
	fmt.Fprintf(&b, "%s: %s %s", src.Path, kindName(m.Kind), m.Name)
	if t := strings.TrimSpace(src.File.Title); t != "" {
		fmt.Fprintf(&b, " – %s", t)
	}
	b.WriteByte('\n')
	for _, ion := range src.Symbols.Ions {
		fmt.Fprintf(&b, "  ion         %s\n", ionText(&ion))
	}
	for _, s := range src.Symbols.Currents {
		switch {
		case s.Electrode:
			fmt.Fprintf(&b, "  current     %s, ELECTRODE_CURRENT\n", s.Name)
		case s.Nonspecific:
			fmt.Fprintf(&b, "  current     %s, NONSPECIFIC_CURRENT\n", s.Name)
		}
	}
	parameters(&b, "parameters", src, func(s *checker.Symbol) bool { return s.Range })
	parameters(&b, "globals", src, func(s *checker.Symbol) bool { return !s.Range })
	names := func(label string, want func(s *checker.Symbol) bool) {
		var list []string
		for _, s := range src.Symbols.Order {
			if want(s) {
				list = append(list, sized(s))
			}
		}
		if list != nil {
			fmt.Fprintf(&b, "  %-11s %s\n", label, strings.Join(list, ", "))
		}
	}
	names("states", func(s *checker.Symbol) bool { return s.Kind == checker.State })
	names("variables", func(s *checker.Symbol) bool { return s.Range && s.Kind == checker.Assigned })
	for _, line := range methods(src.File) {
		fmt.Fprintf(&b, "  solves      %s\n", line)
	}
	if nr := src.File.NetReceive; nr != nil {
		var args []string
		for _, a := range nr.Args {
			args = append(args, a.Name)
		}
		fmt.Fprintf(&b, "  events      NET_RECEIVE(%s)\n", strings.Join(args, ", "))
	}
	fmt.Fprintf(&b, "  cost        per instance and step, currents: %s\n", CostOf(m.Cur))
	fmt.Fprintf(&b, "              states: %s\n", CostOf(m.State))
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "  note        %s\n", n)
	}
	for _, u := range m.Unsupported {
		fmt.Fprintf(&b, "  cannot run  %s:%d:%d: %s\n", u.File, u.Line, u.Col, u.What)
	}
	return b.String()
}

func sized(s *checker.Symbol) string {
	name := s.Name
	if s.Size > 0 {
		name = fmt.Sprintf("%s[%d]", s.Name, s.Size)
	}
	if s.Unit != "" {
		name += " (" + strings.Trim(s.Unit, "()") + ")"
	}
	return name
}

func ionText(ion *checker.Ion) string {
	var uses []string
	list := func(word string, names []ast.Name) {
		var all []string
		for _, n := range names {
			all = append(all, n.Name)
		}
		if all != nil {
			uses = append(uses, word+" "+strings.Join(all, ", "))
		}
	}
	list("reads", ion.Read)
	list("writes", ion.Write)
	text := ion.Name
	if len(uses) > 0 {
		text += " " + strings.Join(uses, "; ")
	}
	if ion.HasValence {
		text += fmt.Sprintf("; valence %g", ion.Valence)
	}
	return text
}

// parameters prints names, defaults and units in columns.
func parameters(b *strings.Builder, label string, src *Source, want func(*checker.Symbol) bool) {
	var list []*checker.Symbol
	width := 0
	for _, s := range src.Symbols.Order {
		if s.Kind != checker.Parameter || s.Ion != nil || s.InitialOf != "" && s.Pos.Line == 0 || !want(s) {
			continue
		}
		switch s.Name {
		case "v", "t", "dt", "celsius", "diam", "area":
			continue
		}
		list = append(list, s)
		width = max(width, len(s.Name))
	}
	for _, s := range list {
		unit := ""
		if s.Unit != "" {
			unit = " (" + strings.Trim(s.Unit, "()") + ")"
		}
		fmt.Fprintf(b, "  %-11s %-*s = %g%s\n", label, width, s.Name, s.Default, unit)
		label = ""
	}
}

// methods lists the SOLVE statements: "states METHOD cnexp (DERIVATIVE, 3 equations)".
func methods(f *ast.File) []string {
	kinds := map[string]*ast.EquationBlock{}
	for _, e := range f.Equations {
		kinds[e.Name] = e
	}
	var out []string
	var visit func(b *ast.Block)
	visit = func(b *ast.Block) {
		if b == nil {
			return
		}
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *ast.If:
				visit(s.Then)
				visit(s.Else)
			case *ast.Solve:
				line := s.Name
				if s.Method != "" {
					word := "METHOD"
					if s.SteadyState {
						word = "STEADYSTATE"
					}
					line += " " + word + " " + s.Method
				}
				if e := kinds[s.Name]; e != nil {
					line += fmt.Sprintf(" (%s)", e.Kind)
				} else {
					line += " (PROCEDURE)"
				}
				if !slices.Contains(out, line) {
					out = append(out, line)
				}
			}
		}
	}
	visit(f.Initial)
	visit(f.Breakpoint)
	return out
}
