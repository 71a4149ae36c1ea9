package checker

import "netsim/nmodl/ast"

func (c *checker) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.VarRef:
		c.ref(e, false)
	case *ast.Binary:
		// Chains of operators lean to the left, and may be long.
		for {
			c.expr(e.Y)
			x, ok := e.X.(*ast.Binary)
			if !ok {
				c.expr(e.X)
				return
			}
			e = x
		}
	case *ast.Unary:
		c.expr(e.X)
	case *ast.Paren:
		c.expr(e.X)
	case *ast.Call:
		c.call(e)
	}
}

// ref checks a variable that is read or assigned.
func (c *checker) ref(v *ast.VarRef, assigned bool) {
	c.mention(v.Name, v.Pos)
	if v.Index != nil {
		c.expr(v.Index)
	}
	if v.Prime > 0 {
		c.mustBeState(v)
		return
	}
	if v.At != nil {
		c.lagged(v)
		return
	}
	if l, ok := c.find(v.Name); ok {
		c.index(v, l.size)
		return
	}
	s := c.name(v.Name, v.Pos)
	if assigned {
		c.markAssigned(v)
	} else if s != nil {
		s.Used = true
	}
	if s == nil {
		return
	}
	if s.Kind == State && (c.solveFor == nil || c.solveFor[v.Name]) {
		c.nstates++
	}
	c.concentrationOnly(v, s)
	switch {
	case s.Kind == RandomVar:
		c.errorf(v.Pos, "random_uniform("+v.Name+")", "the RANDOM variable %s can only be the first argument of a random_ function", v.Name)
	case !s.IsVariable():
		hint := ""
		if s.Kind == Function || s.Kind == FunctionTable {
			hint = "a call has parentheses: " + v.Name + "(…)"
		}
		c.errorf(v.Pos, hint, "%s is a %s and is used as a variable", v.Name, s.Kind)
	case s.Kind != BuiltinVar || v.Index != nil:
		c.index(v, s.Size)
	}
}

func (c *checker) index(v *ast.VarRef, size int) {
	switch {
	case size > 0 && v.Index == nil:
		c.errorf(v.Pos, v.Name+"[0]", "%s is an array and needs an index", v.Name)
	case size == 0 && v.Index != nil:
		c.errorf(v.Pos, "", "%s is not an array", v.Name)
	case size > 0:
		if n, ok := v.Index.(*ast.Number); ok && (n.Value < 0 || int(n.Value) >= size) {
			c.warnf(v.Pos, "", "the index %s is outside of %s[%d]", n.Text, v.Name, size)
		}
	}
}

// concentrationOnly: "only concentrations can be mentioned in a NET_RECEIVE block".
func (c *checker) concentrationOnly(v *ast.VarRef, s *Symbol) {
	if c.block == "NET_RECEIVE" && s.Ion != nil && s.Ion.Which == IonReversal && c.neuron.Kind != "ARTIFICIAL_CELL" {
		c.errorf(v.Pos, "copy it to another ASSIGNED variable in BREAKPOINT", "%s: of an ion, only concentrations can be mentioned in NET_RECEIVE", v.Name)
	}
}

// name finds a name that is no local; one that is declared nowhere is reported once.
func (c *checker) name(name string, pos ast.Pos) *Symbol {
	if _, ok := c.find(name); ok {
		return nil
	}
	if s := c.syms.ByName[name]; s != nil {
		return s
	}
	if special[name] || builtinVars[name] {
		return c.add(&Symbol{Name: name, Kind: BuiltinVar})
	}
	if name == "f_flux" || name == "b_flux" {
		return c.add(&Symbol{Name: name, Kind: BuiltinVar})
	}
	if _, ok := reserved[name]; ok {
		c.errorf(pos, "a call has parentheses: "+name+"(…)", "%s is NEURON's own function and is used as a variable", name)
		return c.add(&Symbol{Name: name, Kind: BuiltinVar})
	}
	if name == "celcius" {
		c.errorf(pos, "celsius", "celcius should be spelled celsius")
	} else {
		c.undeclared(name, pos, "declare it in PARAMETER, ASSIGNED, STATE or LOCAL")
	}
	s := c.add(&Symbol{Name: name, Kind: Undeclared, Pos: pos})
	return s
}

func (c *checker) undeclared(name string, pos ast.Pos, hint string) {
	if c.reported[name] {
		return
	}
	c.reported[name] = true
	if h := c.didYouMean(name); h != "" {
		hint = h
	}
	if c.verbatim[name] {
		c.warnf(pos, "", "%s is not declared, except perhaps within VERBATIM", name)
		return
	}
	c.errorf(pos, hint, "%s is not declared", name)
}

func (c *checker) call(e *ast.Call) {
	name := e.Name
	c.calls[name] = c.calls[name] || name != "state_discontinuity" || c.block != "NET_RECEIVE"
	s := c.syms.ByName[name]
	ar, builtin := reserved[name]
	random, isRandom := randomFuncs[name]
	for i, a := range e.Args {
		if isRandom && i == 0 {
			continue
		}
		if v, ok := a.(*ast.VarRef); ok && wholeArrays[name] && v.Index == nil {
			c.name(v.Name, v.Pos)
			continue
		}
		c.expr(a)
	}
	switch {
	case name == "INT":
	case s != nil && s.Func != nil:
		n := len(s.Args)
		c.count(e, arity{n, n})
		s.Used = true
	case s != nil && s.Kind == Equations:
		c.errorf(e.Pos, "SOLVE "+name, "%s is an equation block and cannot be called", name)
	case builtin:
		c.add(&Symbol{Name: name, Kind: BuiltinFunc})
		c.count(e, ar)
		c.eventCall(e)
	case isRandom:
		c.add(&Symbol{Name: name, Kind: BuiltinFunc})
		c.randomCall(e)
		c.count(e, random)
	case s != nil && s.IsVariable() && s.Kind != Undeclared && s.Kind != BuiltinVar:
		c.errorf(e.Pos, "", "%s is a %s and cannot be called", name, s.Kind)
	default:
		if ar, ok := libraryFuncs[name]; ok {
			c.add(&Symbol{Name: name, Kind: BuiltinFunc})
			c.count(e, ar)
			return
		}
		c.undeclared(name, e.Pos, "declare it as FUNCTION or PROCEDURE")
		c.add(&Symbol{Name: name, Kind: Undeclared, Pos: e.Pos})
	}
}

func (c *checker) count(e *ast.Call, ar arity) {
	n := len(e.Args)
	if n >= ar.min && (ar.max < 0 || n <= ar.max) {
		return
	}
	want := plural(ar.min)
	if ar.max != ar.min {
		want = "at least " + want
		if n > ar.max && ar.max >= 0 {
			want = "at most " + plural(ar.max)
		}
	}
	c.errorf(e.Pos, "", "%s takes %s, not %d", e.Name, want, n)
}

func plural(n int) string {
	switch n {
	case 0:
		return "no argument"
	case 1:
		return "one argument"
	case 2:
		return "two arguments"
	case 3:
		return "three arguments"
	case 4:
		return "four arguments"
	}
	return itoa(n) + " arguments"
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// eventCall checks where net_send, net_move and net_event stand.
func (c *checker) eventCall(e *ast.Call) {
	switch e.Name {
	case "net_send":
		if c.block != "NET_RECEIVE" && c.block != "INITIAL" {
			c.errorf(e.Pos, "", "net_send is allowed only in INITIAL and NET_RECEIVE")
		}
		if c.netSend.Line == 0 {
			c.netSend = e.Pos
		}
	case "net_move", "net_event":
		if c.block != "NET_RECEIVE" {
			c.errorf(e.Pos, "", "%s is allowed only in NET_RECEIVE", e.Name)
		}
	case "state_discontinuity":
		if v, ok := firstArg(e); ok {
			if _, isLocal := c.find(v.Name); !isLocal {
				if s := c.syms.ByName[v.Name]; s != nil {
					s.Assigned = true
					if s.Kind == State {
						c.discontinuity(v)
					}
				}
			}
		} else {
			c.errorf(e.Pos, "state_discontinuity(state, value)", "the first argument of state_discontinuity must be a variable")
		}
	}
}

func firstArg(e *ast.Call) (*ast.VarRef, bool) {
	if len(e.Args) == 0 {
		return nil, false
	}
	v, ok := e.Args[0].(*ast.VarRef)
	return v, ok
}

func (c *checker) randomCall(e *ast.Call) {
	v, ok := firstArg(e)
	if ok {
		s := c.syms.ByName[v.Name]
		ok = s != nil && s.Kind == RandomVar
	}
	if !ok {
		c.errorf(e.Pos, e.Name+"(r), with RANDOM r in NEURON", "%s must have a RANDOM variable as its first argument", e.Name)
	}
}
