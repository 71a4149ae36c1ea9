package unitcheck

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
)

const excuse = "put UNITSOFF … UNITSON around what is right as it is"

const generalHint = "declare the units of every variable, write those of a number behind it as in 10(mV), or " + excuse

// fix is what to do about e, which is in got where want is needed.
func (c *check) fix(e ast.Expr, got, want quantity) string {
	if n := c.mistaken(e, got, want); n != nil {
		return "a single number in parentheses is a conversion factor; if it is a quantity, write it without them: " + n.Text
	}
	if got.Dim == want.Dim {
		return "multiply it by the conversion factor, in parentheses: (" + number(got.Factor/want.Factor) + ")*…"
	}
	if call, ok := bare(e).(*ast.Call); ok && got.plain() {
		if s := c.syms.ByName[call.Name]; s != nil && s.Func != nil && s.Func.Unit == "" {
			return "the function " + call.Name + " has no units; should it be " + call.Name + "(…) " + c.text(c.usual(want)) + " where it is declared?"
		}
	}
	if name, q := c.culprit(e, got, want); name != "" {
		return name + " has no units; should it be declared as " + name + " " + c.text(q) + "?"
	}
	return generalHint
}

// fixTerm is what to do about two sides of an operator that do not agree.
func (c *check) fixTerm(e *ast.Binary, x, y quantity) string {
	// What has no units is more likely to be wrong than what has some.
	if conversion(e.X) != nil && conversion(e.Y) == nil || x.plain() && !y.plain() && x.Dim != y.Dim {
		return c.fix(e.X, x, y)
	}
	return c.fix(e.Y, y, x)
}

// fixAssigned is what to do about an assignment to name.
func (c *check) fixAssigned(name string, rhs ast.Expr, got, want quantity) string {
	if want.plain() && got.Dim != want.Dim {
		if s := c.syms.ByName[name]; s != nil && s.Func != nil && s.Func.Unit == "" {
			return "should the function " + name + " be " + name + "(…) " + c.text(c.usual(got)) + " where it is declared?"
		}
		if v := c.declared[name]; v != nil && v.Unit == "" {
			return "should " + name + " be declared as " + name + " " + c.text(c.usual(got)) + "?"
		}
	}
	return c.fix(rhs, got, want)
}

// fixArgument is what to do about an argument of the file's own function.
func (c *check) fixArgument(e ast.Expr, got, want quantity, arg ast.Arg) string {
	if arg.Unit == "" && got.Dim != want.Dim {
		return "should the argument be " + arg.Name + " " + c.text(c.usual(got)) + " where the function is declared?"
	}
	return c.fix(e, got, want)
}

// fixPlain is what to do about e, which is in got where a plain number is needed.
func (c *check) fixPlain(e ast.Expr, got quantity) string {
	if got.Dim == pure().Dim {
		return c.fix(e, got, pure())
	}
	example := "10(mV)"
	if len(got.words) == 1 && got.words[0].n == 1 {
		example = "10(" + got.words[0].name + ")"
	}
	return "write the units of the numbers in it, as in " + example + ", or " + excuse
}

// mistaken looks for a number in parentheses without which e would be in want, or a plain number.
func (c *check) mistaken(e ast.Expr, got, want quantity) *ast.Number {
	if n := conversion(e); n != nil {
		return n
	}
	if got.Dim != want.Dim {
		want = pure()
	}
	b, ok := bare(e).(*ast.Binary)
	if !ok || got.Dim != want.Dim || b.Op == "^" {
		return nil
	}
	for _, x := range []ast.Expr{b.X, b.Y} {
		n := conversion(x)
		if n == nil {
			n = c.mistaken(x, got, want)
		} else if k := got.Factor / want.Factor; !near(k*n.Value, 1) && !near(k/n.Value, 1) {
			n = nil
		}
		if n != nil {
			return n
		}
	}
	return nil
}

// bare is e without parentheses and signs.
func bare(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.Paren:
			e = x.X
		case *ast.Unary:
			e = x.X
		default:
			return e
		}
	}
}

// culprit looks among the factors and divisors of e for a variable that is declared without units and would explain
// the difference, and tells which units it should have. Of several the last divisor is the best guess.
func (c *check) culprit(e ast.Expr, got, want quantity) (string, quantity) {
	var factors, divisors []string
	var look func(e ast.Expr, list, other *[]string)
	look = func(e ast.Expr, list, other *[]string) {
		switch e := bare(e).(type) {
		case *ast.Binary:
			if e.Op == "*" || e.Op == "/" {
				look(e.X, list, other)
			}
			if e.Op == "*" {
				look(e.Y, list, other)
			} else if e.Op == "/" {
				look(e.Y, other, list)
			}
		case *ast.VarRef:
			if c.unitless(e) {
				*list = append(*list, e.Name)
			}
		}
	}
	look(e, &factors, &divisors)
	switch {
	case len(divisors) > 0:
		return divisors[len(divisors)-1], c.usual(got.times(want, -1))
	case len(factors) == 1:
		return factors[0], c.usual(want.times(got, -1))
	}
	return "", quantity{}
}

// unitless reports whether a variable is declared without units, though it could have some.
func (c *check) unitless(e *ast.VarRef) bool {
	v, s := c.declared[e.Name], c.syms.ByName[e.Name]
	return v != nil && v.Unit == "" && s != nil && s.Kind != checker.State && e.Prime == 0 && c.find(e.Name) == c.scopes[0][e.Name]
}

// usual gives units their usual name, if they have one.
func (c *check) usual(q quantity) quantity {
	for _, text := range []string{"mV", "ms", "mA/cm2", "nA", "S/cm2", "mho/cm2", "uS", "mM", "um", "um2", "degC"} {
		if u, err := c.table.Eval(text); err == nil && u.Dim == q.Dim && near(u.Factor, q.Factor) {
			q.words = parseWords(text)
			break
		}
	}
	return q
}
