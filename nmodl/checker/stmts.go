package checker

import "netsim/nmodl/ast"

// enter walks over the body of a block with its arguments in scope.
func (c *checker) enter(block, in string, args []ast.Arg, body *ast.Block, more ...string) {
	if body == nil {
		return
	}
	c.block, c.in = block, in
	scope := map[string]local{}
	for _, name := range more {
		scope[name] = local{kind: "argument"}
	}
	for _, a := range args {
		scope[a.Name] = local{kind: "argument"}
		c.mention(a.Name, a.Pos)
	}
	c.scopes = []map[string]local{scope}
	c.body(body)
	c.scopes = nil
}

// blocks walks over everything that has statements.
func (c *checker) blocks() {
	f := c.f
	c.assigned = map[string]bool{}
	c.enter("INITIAL", "INITIAL", nil, f.Initial)
	c.enter("BREAKPOINT", "BREAKPOINT", nil, f.Breakpoint)
	c.enter("CONSTRUCTOR", "CONSTRUCTOR", nil, f.Constructor)
	c.enter("DESTRUCTOR", "DESTRUCTOR", nil, f.Destructor)
	for _, fn := range f.Functions {
		c.tables(fn)
		if fn.IsProcedure {
			c.enter("PROCEDURE", fn.Name, fn.Args, fn.Body)
		} else {
			c.enter("FUNCTION", fn.Name, fn.Args, fn.Body, fn.Name)
		}
	}
	for _, e := range f.Equations {
		c.equations(e)
	}
	if n := f.NetReceive; n != nil {
		c.netReceive(n)
	}
	for _, b := range f.BeforeAfter {
		c.enter("BEFORE/AFTER", "BEFORE/AFTER", nil, b.Body)
	}
}

func (c *checker) netReceive(n *ast.NetReceive) {
	if c.neuron.Kind != "POINT_PROCESS" && c.neuron.Kind != "ARTIFICIAL_CELL" {
		c.errorf(n.Pos, "write POINT_PROCESS instead of SUFFIX in NEURON", "NET_RECEIVE can only exist in a POINT_PROCESS or ARTIFICIAL_CELL")
	}
	if len(n.Args) == 0 {
		c.errorf(n.Pos, "NET_RECEIVE(weight)", "NET_RECEIVE must have at least one argument")
	}
	c.enter("NET_RECEIVE", "NET_RECEIVE", n.Args, n.Body, "flag")
	c.enter("NET_RECEIVE", "INITIAL of NET_RECEIVE", n.Args, n.Initial, "flag")
}

func (c *checker) body(b *ast.Block) {
	scope := map[string]local{}
	for _, v := range b.Locals {
		if v.Name == "celcius" {
			c.errorf(v.Pos, "celsius", "celcius should be spelled celsius")
		}
		if _, twice := scope[v.Name]; twice {
			c.warnf(v.Pos, "", "LOCAL %s is declared twice", v.Name)
		}
		if len(c.scopes) == 1 && c.scopes[0][v.Name].kind == "argument" && v.Name != c.in {
			c.warnf(v.Pos, "rename it", "LOCAL %s hides the argument of that name", v.Name)
		}
		if s := c.syms.ByName[v.Name]; s != nil && s.Kind == RandomVar {
			c.errorf(v.Pos, "rename it", "LOCAL %s has the name of a RANDOM variable", v.Name)
		}
		c.mention(v.Name, v.Pos)
		scope[v.Name] = local{size: v.Size, kind: "LOCAL"}
		if c.block == "BREAKPOINT" {
			c.localCurrent(v)
		}
	}
	c.scopes = append(c.scopes, scope)
	for _, s := range b.Stmts {
		c.stmt(s)
	}
	c.scopes = c.scopes[:len(c.scopes)-1]
}

// localCurrent: a current may be LOCAL in BREAKPOINT only beside CONDUCTANCE.
func (c *checker) localCurrent(v ast.Var) {
	for _, cur := range c.syms.Currents {
		if cur.Name != v.Name {
			continue
		}
		found := false
		walkStmts(c.f.Breakpoint.Stmts, func(s ast.Stmt) {
			if _, ok := s.(*ast.Conductance); ok {
				found = true
			}
		})
		if !found {
			c.errorf(v.Pos, "declare it in ASSIGNED", "the current %s can be LOCAL in BREAKPOINT only if CONDUCTANCE is used", v.Name)
		}
	}
}

// find looks a name up in the scopes of the block at hand.
func (c *checker) find(name string) (local, bool) {
	for i := len(c.scopes) - 1; i >= 0; i-- {
		if l, ok := c.scopes[i][name]; ok {
			return l, true
		}
	}
	return local{}, false
}

// with opens a scope with one counter for the time of f.
func (c *checker) with(name string, f func()) {
	c.scopes = append(c.scopes, map[string]local{name: {kind: "counter"}})
	f()
	c.scopes = c.scopes[:len(c.scopes)-1]
}

func (c *checker) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.Assign:
		c.assign(s)
	case *ast.DiffEq:
		c.diffEq(s)
	case *ast.If:
		c.expr(s.Cond)
		c.body(s.Then)
		if s.Else != nil {
			c.body(s.Else)
		}
	case *ast.While:
		c.expr(s.Cond)
		c.body(s.Body)
	case *ast.From:
		c.expr(s.From)
		c.expr(s.To)
		if s.By != nil {
			c.expr(s.By)
		}
		c.with(s.Var, func() { c.body(s.Body) })
	case *ast.ForAll:
		c.body(s.Body)
	case *ast.CallStmt:
		c.call(s.Call)
	case *ast.Solve:
		c.solved = append(c.solved, s)
		c.solvedIn = append(c.solvedIn, c.block)
		if s.IfError != nil {
			c.body(s.IfError)
		}
	case *ast.Table:
		c.tableStmt(s)
	case *ast.Reaction:
		c.reaction(s)
	case *ast.LinEq:
		c.linEq(s)
	case *ast.Conserve:
		c.conserve(s)
	case *ast.Compartment:
		c.compartment(s)
	case *ast.Watch:
		if c.block != "NET_RECEIVE" {
			c.errorf(s.Pos, "move it into NET_RECEIVE", "WATCH is only allowed in NET_RECEIVE")
		}
		for _, item := range s.Items {
			c.expr(item.A)
			c.expr(item.B)
		}
	case *ast.ForNetCons:
		c.forNetCons(s)
	case *ast.Protect:
		c.protecting = true
		c.stmt(s.Stmt)
		c.protecting = false
	case *ast.Mutex:
		if s.Lock && c.locked {
			c.errorf(s.Pos, "MUTEXUNLOCK must stand between", "MUTEXLOCK after MUTEXLOCK")
		}
		if !s.Lock && !c.locked {
			c.errorf(s.Pos, "", "MUTEXUNLOCK without an earlier MUTEXLOCK")
		}
		c.locked = s.Lock
	case *ast.Conductance:
		c.conductance(s)
	case *ast.Lag:
		c.lag(s)
	case *ast.BlockStmt:
		c.body(s.Block)
	}
}

func (c *checker) assign(s *ast.Assign) {
	c.expr(s.Rhs)
	c.ref(s.Lhs, true)
	if _, isLocal := c.find(s.Lhs.Name); isLocal || s.Lhs.Prime > 0 {
		return
	}
	if c.protecting {
		c.protected[s.Lhs.Name] = true
	} else {
		c.plain[s.Lhs.Name] = true
	}
}

// mention notes where v stands first.
func (c *checker) mention(name string, pos ast.Pos) {
	if name == "v" && c.vAt.Line == 0 {
		c.vAt = pos
	}
}

// markAssigned notes an assignment to a name that is no local.
func (c *checker) markAssigned(v *ast.VarRef) {
	if mayNotBeAssigned[v.Name] {
		c.errorf(v.Pos, "copy it to a LOCAL and change that", "%s is a special NEURON variable that should not be assigned a value", v.Name)
		return
	}
	s := c.syms.ByName[v.Name]
	if s == nil {
		return
	}
	s.Assigned = true
	if c.block != "INITIAL" && c.block != "BREAKPOINT" {
		c.assigned[v.Name] = true
	}
	switch s.Kind {
	case Constant, UnitsFactor:
		c.warnf(v.Pos, "declare it in ASSIGNED", "%s is a %s and is assigned a value", v.Name, s.Kind)
	case State:
		switch c.block {
		case "DERIVATIVE":
			c.warnf(v.Pos, "", "the STATE %s is assigned a value in a DERIVATIVE block", v.Name)
		case "NET_RECEIVE":
			c.discontinuity(v)
		}
	}
}

func (c *checker) conductance(s *ast.Conductance) {
	if c.block != "BREAKPOINT" {
		c.errorf(s.Pos, "", "CONDUCTANCE can only appear in BREAKPOINT")
	}
	c.name(s.Name, s.Pos)
	if s.Ion == "" {
		return
	}
	for _, ion := range c.syms.Ions {
		if ion.Name == s.Ion {
			return
		}
	}
	c.errorf(s.Pos, "USEION "+s.Ion+" in NEURON", "the ion %s is not declared with USEION", s.Ion)
}

func (c *checker) forNetCons(s *ast.ForNetCons) {
	if c.block != "NET_RECEIVE" || c.f.NetReceive == nil {
		c.errorf(s.Pos, "", "FOR_NETCONS is only allowed in NET_RECEIVE")
	} else if n := len(c.f.NetReceive.Args); n != len(s.Args) {
		c.errorf(s.Pos, "", "FOR_NETCONS has %d arguments and NET_RECEIVE has %d; they must be the same", len(s.Args), n)
	}
	scope := map[string]local{}
	for _, a := range s.Args {
		scope[a.Name] = local{kind: "argument"}
	}
	c.scopes = append(c.scopes, scope)
	c.body(s.Body)
	c.scopes = c.scopes[:len(c.scopes)-1]
}

func (c *checker) lag(s *ast.Lag) {
	if v := c.syms.ByName[s.Name.Name]; v == nil || v.Kind != State && v.Kind != Assigned {
		c.errorf(s.Name.Pos, "LAG name BY name", "%s is not a STATE or ASSIGNED variable", s.Name.Name)
	}
	if v := c.syms.ByName[s.By.Name]; v == nil || v.Kind != Parameter && v.Kind != Constant && v.Kind != UnitsFactor {
		c.errorf(s.By.Pos, "LAG name BY name", "%s is not a CONSTANT or PARAMETER", s.By.Name)
	}
	c.add(&Symbol{Name: "lag_" + s.Name.Name + "_" + s.By.Name, Kind: Lag, Pos: s.Pos})
}

// tables checks the TABLE of a FUNCTION or PROCEDURE.
func (c *checker) tables(f *ast.Function) {
	n := 0
	walkStmts(f.Body.Stmts, func(s ast.Stmt) {
		t, ok := s.(*ast.Table)
		if !ok {
			return
		}
		c.syms.UsesTable = true
		if n++; n > 1 {
			c.errorf(t.Pos, "", "there can be only one TABLE in %s", f.Name)
			return
		}
		if f.IsProcedure && len(t.Names) == 0 {
			c.errorf(t.Pos, "TABLE names FROM … TO … WITH …", "TABLE in a PROCEDURE must name the variables to look up")
		}
		if !f.IsProcedure && len(t.Names) > 0 {
			c.errorf(t.Pos, "TABLE FROM … TO … WITH …: the function's value is looked up", "TABLE in a FUNCTION cannot name variables")
		}
		if len(f.Args) != 1 {
			c.errorf(f.Pos, "", "%s contains a TABLE and must have exactly one argument", f.Name)
		}
		if t.With < 1 {
			c.errorf(t.Pos, "", "TABLE needs at least one interval")
		}
	})
}

func (c *checker) tableStmt(s *ast.Table) {
	if c.block != "FUNCTION" && c.block != "PROCEDURE" {
		c.errorf(s.Pos, "move it into the PROCEDURE or FUNCTION to look up", "TABLE is valid only in FUNCTION and PROCEDURE")
	}
	for _, n := range s.Names {
		c.name(n.Name, n.Pos)
		if _, isLocal := c.find(n.Name); isLocal {
			c.errorf(n.Pos, "declare it in ASSIGNED", "TABLE cannot look up %s, which is local", n.Name)
		} else if sym := c.syms.ByName[n.Name]; sym != nil {
			sym.Assigned = true
			c.assigned[n.Name] = true
		}
	}
	for _, n := range s.Depend {
		c.name(n.Name, n.Pos)
	}
	c.expr(s.From)
	c.expr(s.To)
	if u := c.syms.ByName["usetable"]; u != nil && u.Kind != Parameter && u.Kind != BuiltinVar {
		c.errorf(u.Pos, "declare it in PARAMETER, or not at all", "usetable says whether TABLEs are used and cannot be declared as %s", u.Kind)
	}
	c.add(&Symbol{Name: "usetable", Kind: BuiltinVar, Global: true, Value: 1, Default: 1})
}

// afterwards checks what can be said only when all blocks are known.
func (c *checker) afterwards() {
	if c.netSend.Line > 0 && c.f.NetReceive == nil {
		c.errorf(c.netSend, "add NET_RECEIVE(weight) { … }", "net_send cannot be used without a NET_RECEIVE block")
	}
	derivatives := 0
	for _, e := range c.f.Equations {
		if e.Kind == "DERIVATIVE" {
			if derivatives++; derivatives == 2 {
				c.warnf(e.Pos, "put the equations into one DERIVATIVE block", "NEURON's translator does not end where a file has two DERIVATIVE blocks")
			}
		}
	}
	if d := c.f.Destructor; d != nil && len(d.Stmts) > 0 && c.neuron.Kind != "POINT_PROCESS" && c.neuron.Kind != "ARTIFICIAL_CELL" {
		c.errorf(d.Pos, "", "DESTRUCTOR is only permitted for a POINT_PROCESS")
	}
}
