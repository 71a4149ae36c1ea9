package parser

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/scanner"
)

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// equations reads DERIVATIVE, KINETIC, LINEAR, NONLINEAR or DISCRETE.
func (p *parser) equations() {
	kind := p.tok.Text
	form := kind + " name { … }"
	e := &ast.EquationBlock{Kind: kind}
	p.next()
	e.Pos = p.pos()
	e.Name = p.name(kind, form).Name
	if p.is("SOLVEFOR") {
		if kind == "DERIVATIVE" || kind == "DISCRETE" {
			p.fail("SOLVEFOR cannot stand in "+kind, form)
		}
		p.next()
		e.SolveFor = p.nameList("SOLVEFOR")
	}
	e.Body = p.stmtBlock()
	p.out.Equations = append(p.out.Equations, e)
}

// args reads ( name (units), … ).
func (p *parser) args(what, form string) []ast.Arg {
	p.expect("(", what, form)
	var args []ast.Arg
	for !p.is(")") {
		if len(args) > 0 {
			p.expect(",", "the arguments of "+what, form)
		}
		a := ast.Arg{Pos: p.pos()}
		if p.tok.Kind == scanner.Prime {
			a.Name = primed(p.tok)
			p.next()
		} else {
			a.Name = p.name("the arguments of "+what, form).Name
		}
		a.Unit = p.unit()
		args = append(args, a)
	}
	p.next()
	return args
}

func (p *parser) function() {
	kind := p.tok.Text
	form := kind + " name(arg (units), …) (units) { … }"
	f := &ast.Function{IsProcedure: kind == "PROCEDURE"}
	p.next()
	f.Pos = p.pos()
	f.Name = p.name(kind, form).Name
	f.Args = p.args(kind+" "+f.Name, form)
	f.Unit = p.unit()
	if kind == "FUNCTION_TABLE" {
		p.out.FunctionTables = append(p.out.FunctionTables, f)
		return
	}
	f.Body = p.stmtBlock()
	p.out.Functions = append(p.out.Functions, f)
}

func (p *parser) netReceive() {
	const form = "NET_RECEIVE(weight, …) { … }"
	n := &ast.NetReceive{Pos: p.pos()}
	p.next()
	n.Args = p.args("NET_RECEIVE", form)
	p.net = n
	n.Body = p.stmtBlock()
	p.net = nil
	if p.out.NetReceive != nil {
		p.errorAt(n.Pos, "only one NET_RECEIVE block is allowed", "")
		return
	}
	p.out.NetReceive = n
}

func (p *parser) beforeAfter() {
	const form = "BEFORE or AFTER, then BREAKPOINT, SOLVE, INITIAL or STEP, then { … }"
	b := ast.BeforeAfter{Pos: p.pos(), After: p.tok.Text == "AFTER"}
	what := p.tok.Text
	p.next()
	for _, phase := range []string{"BREAKPOINT", "SOLVE", "INITIAL", "STEP"} {
		if p.is(phase) {
			b.Phase = phase
		}
	}
	if b.Phase == "" {
		p.fail("expected a phase after "+what+", found "+p.found(), form)
	}
	p.next()
	b.Body = p.stmtBlock()
	p.out.BeforeAfter = append(p.out.BeforeAfter, b)
}

// locals reads LOCAL name, name[n], …
func (p *parser) locals() []ast.Var {
	const form = "LOCAL name, name[integer], …"
	p.next()
	var list []ast.Var
	for {
		v := ast.Var{Pos: p.pos()}
		v.Name = p.name("LOCAL", form).Name
		if p.accept("[") {
			v.Size = p.size("LOCAL")
		}
		if p.is("=") {
			p.fail("LOCAL gives no value to "+v.Name, form+", then "+v.Name+" = … as a statement of its own")
		}
		list = append(list, v)
		if !p.accept(",") {
			return list
		}
	}
}

// stmtBlock reads { LOCAL … statements }.
func (p *parser) stmtBlock() *ast.Block {
	p.enter()
	defer p.leave()
	b := &ast.Block{Pos: p.pos()}
	what := p.block
	p.expect("{", what, what+" … { statements }")
	if p.is("LOCAL") {
		b.Locals = p.locals()
	}
	for !p.is("}") {
		if p.tok.Kind == scanner.EOF {
			p.fail(what+" is not closed", "a } is missing; the block's { is on line "+itoa(b.Pos.Line))
		}
		if p.errorCount >= maxErrors {
			panic(giveUp{})
		}
		before := p.tok
		if !p.protect(func() { p.stmtInto(b) }) {
			p.skipStmt(before)
		}
	}
	b.End = p.pos()
	p.next()
	return b
}

// skipStmt goes on behind a faulty statement: at the next line that can begin one. A word that begins a block at
// column 1 ends the whole block.
func (p *parser) skipStmt(before scanner.Token) {
	if p.tok == before {
		p.next()
	}
	for {
		switch {
		case p.tok.Kind == scanner.EOF, p.is("}"):
			return
		case p.tok.FirstOn && p.tok.Col == 1 && p.tok.Kind == scanner.Keyword && topWords[p.tok.Text]:
			panic(giveUp{})
		case p.tok.FirstOn && (p.tok.Kind == scanner.Name || p.tok.Kind == scanner.Prime || p.tok.Kind == scanner.Keyword || p.is("~")):
			return
		case p.is("{"):
			p.skipBraces()
			continue
		}
		p.next()
	}
}

// skipBraces steps over { … }.
func (p *parser) skipBraces() {
	for depth := 0; p.tok.Kind != scanner.EOF; p.next() {
		if p.is("{") {
			depth++
		} else if p.is("}") {
			if depth--; depth == 0 {
				p.next()
				return
			}
		}
	}
}

// stmtInto reads one statement and appends it; statements without effect (COMMENT, UNITSON) append nothing.
func (p *parser) stmtInto(b *ast.Block) {
	if s := p.stmt(); s != nil {
		b.Stmts = append(b.Stmts, s)
	}
}

func (p *parser) stmt() ast.Stmt {
	pos := p.pos()
	switch p.tok.Kind {
	case scanner.Name, scanner.Prime:
		if s, ok := p.oldStmt(); ok {
			return s
		}
		return p.assignOrCall()
	case scanner.Op:
		switch p.tok.Text {
		case "{":
			return &ast.BlockStmt{Block: p.stmtBlock()}
		case "~", "~+":
			return p.equation()
		}
		p.fail("expected a statement, found "+p.found(), "")
	case scanner.Keyword:
		return p.keywordStmt(pos)
	}
	hint := ""
	if p.tok.Text == ";" {
		hint = "statements follow one another without ;"
	}
	p.fail("expected a statement, found "+p.found(), hint)
	return nil
}

func (p *parser) keywordStmt(pos ast.Pos) ast.Stmt {
	switch word := p.tok.Text; word {
	case "IF":
		return p.ifStmt()
	case "WHILE":
		p.next()
		p.expect("(", "WHILE", "WHILE (condition) { … }")
		cond := p.expr()
		p.condEnd("WHILE", "WHILE (condition) { … }")
		return &ast.While{Pos: pos, Cond: cond, Body: p.stmtBlock()}
	case "FROM":
		return p.from()
	case "SOLVE":
		return p.solve()
	case "CONDUCTANCE":
		p.next()
		c := &ast.Conductance{Pos: pos, Name: p.name(word, "CONDUCTANCE name USEION ion").Name}
		if p.accept("USEION") {
			c.Ion = p.name(word, "CONDUCTANCE name USEION ion").Name
		}
		return c
	case "VERBATIM":
		return &ast.VerbatimStmt{Verbatim: ast.Verbatim{Pos: pos, Text: p.lines("ENDVERBATIM")}}
	case "COMMENT":
		p.lines("ENDCOMMENT")
		return nil
	case "UNITSON", "UNITSOFF":
		p.next()
		return nil
	case "COMPARTMENT", "LONGITUDINAL_DIFFUSION":
		return p.compartment()
	case "CONSERVE":
		return p.conserve()
	case "LAG":
		p.next()
		s := &ast.Lag{Pos: pos, Name: p.name(word, "LAG name BY name")}
		p.expect("BY", "LAG", "LAG name BY name")
		s.By = p.name(word, "LAG name BY name")
		return s
	case "TABLE":
		return p.table()
	case "INITIAL":
		return p.netInitial(pos)
	case "WATCH":
		return p.watch()
	case "FOR_NETCONS":
		const form = "FOR_NETCONS(weight, …) { … }"
		p.next()
		args := p.args(word, form)
		return &ast.ForNetCons{Pos: pos, Args: args, Body: p.stmtBlock()}
	case "MUTEXLOCK", "MUTEXUNLOCK":
		p.next()
		return &ast.Mutex{Pos: pos, Lock: word == "MUTEXLOCK"}
	case "PROTECT":
		p.next()
		if p.tok.Kind != scanner.Name && p.tok.Kind != scanner.Prime {
			p.fail("expected an assignment after PROTECT, found "+p.found(), "PROTECT name = expression")
		}
		return &ast.Protect{Pos: pos, Stmt: p.assign()}
	case "LOCAL":
		p.fail("LOCAL must be the first statement of a block, and there can be one only", "LOCAL a, b, c right behind the {")
	case "ELSE":
		p.fail("ELSE without IF", "IF (condition) { … } ELSE { … }")
	default:
		p.fail(word+" cannot begin a statement", "")
	}
	return nil
}

// oldStmt recognises the statements that only NEURON 8 and earlier had; their words are names for NEURON 9.
func (p *parser) oldStmt() (ast.Stmt, bool) {
	pos := p.pos()
	switch {
	case p.word("FORALL") && p.peek().Kind == scanner.Name:
		p.next()
		n := p.name("FORALL", "FORALL state { … }")
		return &ast.ForAll{Pos: pos, Name: n.Name, Body: p.stmtBlock()}, true
	case p.word("RESET"):
		if t := p.peek(); !t.Is("=") && !t.Is("(") && !t.Is("[") {
			p.next()
			return &ast.Reset{Pos: pos}, true
		}
	}
	return nil, false
}

// netInitial reads INITIAL inside NET_RECEIVE.
func (p *parser) netInitial(pos ast.Pos) ast.Stmt {
	if p.net == nil {
		p.fail("INITIAL inside a block is allowed in NET_RECEIVE only", "is a } missing above?")
	}
	p.next()
	b := p.stmtBlock()
	if p.net.Initial != nil {
		p.errorAt(pos, "NET_RECEIVE can contain only one INITIAL block", "")
		return nil
	}
	p.net.Initial = b
	return nil
}

// condEnd consumes the ) of a condition.
func (p *parser) condEnd(what, form string) {
	if p.is("=") {
		form = `"==" compares, "=" assigns`
	}
	p.expect(")", what, form)
}

func (p *parser) ifStmt() ast.Stmt {
	const form = "IF (condition) { … } ELSE IF (condition) { … } ELSE { … }"
	p.enter()
	defer p.leave()
	s := &ast.If{Pos: p.pos()}
	p.next()
	p.expect("(", "IF", form)
	s.Cond = p.expr()
	p.condEnd("IF", form)
	s.Then = p.stmtBlock()
	if !p.accept("ELSE") {
		return s
	}
	if p.is("IF") {
		pos := p.pos()
		nested := p.ifStmt()
		s.Else = &ast.Block{Pos: pos, End: pos, Stmts: []ast.Stmt{nested}}
		return s
	}
	s.Else = p.stmtBlock()
	return s
}

func (p *parser) from() ast.Stmt {
	const form = "FROM name = integer TO integer BY integer { … }"
	s := &ast.From{Pos: p.pos()}
	p.next()
	s.Var = p.name("FROM", form).Name
	p.expect("=", "FROM", form)
	s.From = p.intExpr(0)
	p.expect("TO", "FROM", form)
	s.To = p.intExpr(0)
	if p.accept("BY") {
		s.By = p.intExpr(0)
	}
	s.Body = p.stmtBlock()
	return s
}

func (p *parser) solve() ast.Stmt {
	const form = "SOLVE block METHOD method, or SOLVE block STEADYSTATE method"
	s := &ast.Solve{Pos: p.pos()}
	p.next()
	n := p.name("SOLVE", form)
	s.Name, s.NamePos = n.Name, n.Pos
	if p.is("METHOD") || p.is("STEADYSTATE") || p.word("USING") {
		s.SteadyState = p.is("STEADYSTATE")
		p.next()
		s.Method = p.name("SOLVE", form).Name
	}
	if p.word("IFERROR") && p.peek().Is("{") {
		p.next()
		s.IfError = p.stmtBlock()
	}
	return s
}

func (p *parser) table() ast.Stmt {
	const form = "TABLE names DEPEND names FROM expression TO expression WITH integer"
	s := &ast.Table{Pos: p.pos()}
	p.next()
	if p.tok.Kind == scanner.Name {
		s.Names = p.nameList("TABLE")
	}
	if p.accept("DEPEND") {
		s.Depend = p.nameList("DEPEND")
	}
	p.expect("FROM", "TABLE", form)
	s.From = p.expr()
	p.expect("TO", "TABLE", form)
	s.To = p.expr()
	p.expect("WITH", "TABLE", form)
	s.With, _ = p.integer("TABLE", form)
	return s
}

func (p *parser) watch() ast.Stmt {
	const form = "WATCH (expression > expression) flag, with > or < and a number as flag"
	s := &ast.Watch{Pos: p.pos()}
	p.next()
	for {
		item := ast.WatchItem{Pos: p.pos()}
		p.expect("(", "WATCH", form)
		item.A = p.exprAbove(precCompare)
		switch {
		case p.accept("<"):
			item.Less = true
		case p.accept(">"):
		default:
			p.fail(`expected ">" or "<" in WATCH, found `+p.found(), form)
		}
		item.B = p.exprAbove(precCompare)
		p.expect(")", "WATCH", form)
		if !p.isNumber() {
			p.fail("expected a number as the flag of WATCH, found "+p.found(), form)
		}
		item.Flag = p.literal(false)
		s.Items = append(s.Items, item)
		if !p.accept(",") {
			return s
		}
	}
}

// species reads coef state + coef state + …
func (p *parser) species(what, form string) []ast.Species {
	var list []ast.Species
	for {
		sp := ast.Species{Coef: 1}
		if p.isInteger() {
			sp.Coef, _ = p.integer(what, form)
		}
		sp.Var = p.variable(what, form)
		list = append(list, sp)
		if !p.accept("+") {
			return list
		}
	}
}

func (p *parser) equation() ast.Stmt {
	switch p.block {
	case "KINETIC":
		if p.is("~+") {
			p.fail(`"~+" can stand in LINEAR and NONLINEAR only`, "~ left <-> right (kf, kb)")
		}
		return p.reaction()
	case "LINEAR":
		s := &ast.LinEq{Pos: p.pos(), Plus: p.is("~+")}
		p.next()
		s.Left = p.linear()
		p.expect("=", "the equation", "~ expression = expression")
		s.Right = p.linear()
		return s
	case "NONLINEAR", "DERIVATIVE":
		// NEURON solves equations that stand among differential equations together with them.
		s := &ast.LinEq{Pos: p.pos(), Plus: p.is("~+")}
		p.next()
		s.Left = p.expr()
		p.expect("=", "the equation", "~ expression = expression")
		s.Right = p.expr()
		return s
	}
	p.fail("an equation cannot stand in "+p.block, `"~" begins a reaction in KINETIC and an equation in LINEAR, NONLINEAR or DERIVATIVE`)
	return nil
}

func (p *parser) reaction() ast.Stmt {
	const form = "~ A + B <-> C (kf, kb), or ~ A << (flux), or ~ A -> (k)"
	s := &ast.Reaction{Pos: p.pos()}
	p.next()
	s.Left = p.species("the reaction", form)
	switch {
	case p.accept("<->"):
		s.Arrow = "<->"
		s.Right = p.species("the reaction", form)
	case p.accept("<"):
		s.Arrow = "<<"
		p.expect("<", "the reaction", form)
	case p.accept("-"):
		s.Arrow = "->"
		p.expect(">", "the reaction", form)
	default:
		p.fail(`expected "<->", "<<" or "->" in the reaction, found `+p.found(), form)
	}
	p.expect("(", "the reaction", form)
	s.Kf = p.expr()
	if s.Arrow == "<->" {
		p.expect(",", "the rates of the reaction", form)
		s.Kb = p.expr()
	}
	p.expect(")", "the reaction", form)
	return s
}

func (p *parser) conserve() ast.Stmt {
	const form = "CONSERVE A + 2 B = expression"
	s := &ast.Conserve{Pos: p.pos()}
	p.next()
	s.Left = p.species("CONSERVE", form)
	p.expect("=", "CONSERVE", form)
	s.Rhs = p.expr()
	return s
}

func (p *parser) compartment() ast.Stmt {
	word := p.tok.Text
	form := word + " expression { state state … }, or " + word + " index, expression { … }"
	s := &ast.Compartment{Pos: p.pos(), Longitudinal: word != "COMPARTMENT"}
	p.next()
	if p.tok.Kind == scanner.Name && p.peek().Is(",") {
		s.Index = p.name(word, form).Name
		p.next()
	}
	s.Size = p.expr()
	p.expect("{", word, form)
	for !p.accept("}") {
		if p.is(",") {
			p.fail("the states of "+word+" are separated by blanks, not by commas", form)
		}
		s.Species = append(s.Species, p.name(word, form))
	}
	if len(s.Species) == 0 {
		p.errorAt(s.Pos, word+" names no state", form)
	}
	return s
}
