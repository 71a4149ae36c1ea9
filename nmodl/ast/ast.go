// Package ast is the syntax tree of a .mod file: what stands in the file, nothing inferred.
// Names and block words are NMODL's.
package ast

// Pos is a place in a source file. File indexes File.Sources, since INCLUDE brings several files together.
type Pos struct {
	File, Line, Col int // Line and Col count from 1; Col is in bytes
}

// Source is one file that was read: the .mod file itself is Sources[0], then its INCLUDEs.
type Source struct {
	Path string
	Text string
}

// File is one parsed .mod file.
type File struct {
	Sources []Source
	Title   string

	Neuron *Neuron
	Units  []UnitDef

	Parameters  []Var // PARAMETER
	Constants   []Var // CONSTANT
	Assigned    []Var // ASSIGNED (DEPENDENT)
	States      []Var // STATE
	Independent *Var  // INDEPENDENT {t FROM 0 TO 1 WITH 1 (ms)}
	Locals      []Var // LOCAL at file scope
	Defines     []Var // DEFINE name integer

	Functions      []*Function // FUNCTION and PROCEDURE, in file order
	FunctionTables []*Function // FUNCTION_TABLE (no body)

	Initial     *Block
	Breakpoint  *Block
	Equations   []*EquationBlock // DERIVATIVE, KINETIC, LINEAR, NONLINEAR, DISCRETE, PARTIAL
	NetReceive  *NetReceive
	Constructor *Block
	Destructor  *Block
	BeforeAfter []BeforeAfter
	Verbatim    []*Verbatim // at top level
	Other       []Unused    // MATCH, SENS, PLOT, TERMINAL, STEPPED, …: read, without effect
}

// Neuron is the NEURON block.
type Neuron struct {
	Pos             Pos
	Kind            string // "SUFFIX", "POINT_PROCESS", "ARTIFICIAL_CELL", or "" when none is stated
	Name            string // "nothing" for a library; "" when none is stated
	NamePos         Pos
	UseIons         []UseIon
	Nonspecific     []Name
	ElectrodeCur    []Name
	Section         []Name
	Range           []Name
	Global          []Name
	Pointer         []Name
	BBCorePointer   []Name
	External        []Name
	Random          []Name
	Representing    string
	ThreadSafe      bool
	ThreadSafeNames []Name
}

// Name is an identifier with its place.
type Name struct {
	Pos  Pos
	Name string
}

// UseIon is USEION ion READ … WRITE … VALENCE n.
type UseIon struct {
	Pos        Pos
	Ion        string
	Read       []Name
	Write      []Name
	Valence    float64
	HasValence bool
}

// UnitDef is one line of UNITS. Kind: "unit" (mV) = (millivolt); "factor" name = (u1) (u2); "number" name = 96485 (coulomb).
type UnitDef struct {
	Pos    Pos
	Kind   string
	Name   string // the unit or the constant that is defined, without parentheses
	Unit1  string // text inside the first parentheses after =
	Unit2  string // text inside the second, for "factor"
	Number string // literal, for "number"
}

// Var declares one variable of PARAMETER, CONSTANT, ASSIGNED, STATE, LOCAL or DEFINE.
type Var struct {
	Pos      Pos
	Name     string
	Size     int // 0 for a scalar
	HasValue bool
	Value    float64 // full precision; NEURON's %g rounding is the checker's business
	Literal  string  // as written, with its sign
	Unit     string
	HasLimit bool
	Lo, Hi   float64 // <lo,hi>
	From, To *float64
	Start    *float64 // STATE … START
	AbsTol   float64
}

// Function is FUNCTION, PROCEDURE or FUNCTION_TABLE.
type Function struct {
	Pos         Pos
	Name        string
	IsProcedure bool
	Args        []Arg
	Unit        string
	Body        *Block
}

// Arg is a formal argument.
type Arg struct {
	Pos  Pos
	Name string
	Unit string
}

// EquationBlock is DERIVATIVE, KINETIC, LINEAR, NONLINEAR, DISCRETE or PARTIAL.
type EquationBlock struct {
	Pos      Pos
	Kind     string // the block word
	Name     string
	SolveFor []Name // SOLVEFOR list, may be empty
	Body     *Block
}

// NetReceive is NET_RECEIVE(args) { … }; its INITIAL block, if there is one, is Initial and not part of Body.
type NetReceive struct {
	Pos     Pos
	Args    []Arg
	Body    *Block
	Initial *Block
}

// BeforeAfter is BEFORE or AFTER a phase (BREAKPOINT, SOLVE, INITIAL, STEP).
type BeforeAfter struct {
	Pos   Pos
	After bool
	Phase string
	Body  *Block
}

// Verbatim is the C text between VERBATIM and ENDVERBATIM.
type Verbatim struct {
	Pos  Pos
	Text string
}

// Unused is a block that is read and has no effect.
type Unused struct {
	Pos  Pos
	Kind string
	Text string
}

// Block is { … }. Its LOCAL declarations come first.
type Block struct {
	Pos, End Pos
	Locals   []Var
	Stmts    []Stmt
}

// Stmt is a statement.
type Stmt interface{ StmtPos() Pos }

// Expr is an expression.
type Expr interface{ ExprPos() Pos }

type (
	// Assign is name = expr, name[index] = expr.
	Assign struct {
		Lhs *VarRef
		Rhs Expr
	}
	// DiffEq is name' = expr (Order 1), name'' = expr (Order 2), …
	DiffEq struct {
		Lhs   *VarRef
		Order int
		Rhs   Expr
	}
	// If is IF (cond) {…} ELSE {…}; ELSE IF is an Else block with the one If statement.
	If struct {
		Pos        Pos
		Cond       Expr
		Then, Else *Block // Else may be nil
	}
	// While is WHILE (cond) {…}.
	While struct {
		Pos  Pos
		Cond Expr
		Body *Block
	}
	// From is FROM i = a TO b [BY c] {…}; i is local to the loop.
	From struct {
		Pos      Pos
		Var      string
		From, To Expr
		By       Expr // nil: 1
		Body     *Block
	}
	// ForAll is FORALL state {…}.
	ForAll struct {
		Pos  Pos
		Name string
		Body *Block
	}
	// CallStmt is a call as a statement (with net_send, net_event, net_move, state_discontinuity, at_time among them).
	CallStmt struct{ Call *Call }
	// Solve is SOLVE name [STEADYSTATE] METHOD m [IFERROR {…}].
	Solve struct {
		Pos         Pos
		Name        string
		NamePos     Pos
		Method      string // "" when none is stated
		SteadyState bool
		IfError     *Block
	}
	// VerbatimStmt is VERBATIM inside a block.
	VerbatimStmt struct{ Verbatim }
	// Table is TABLE [names] [DEPEND names] FROM a TO b WITH n.
	Table struct {
		Pos      Pos
		Names    []Name
		Depend   []Name
		From, To Expr
		With     int
	}
	// Reaction is a line of a KINETIC block: ~ left <-> right (kf, kb), ~ left << (x), ~ left -> (k).
	Reaction struct {
		Pos         Pos
		Arrow       string // "<->", "<<", "->"
		Left, Right []Species
		Kf, Kb      Expr // Kb nil for "<<" and "->"
	}
	// LinEq is ~ left = right in LINEAR and NONLINEAR.
	LinEq struct {
		Pos         Pos
		Plus        bool // ~+: both sides are added to the equation before
		Left, Right Expr
	}
	// Conserve is CONSERVE Σ coef·state = expr.
	Conserve struct {
		Pos  Pos
		Left []Species
		Rhs  Expr
	}
	// Compartment is COMPARTMENT [i,] expr { states } ; LongitudinalDiffusion has the same form.
	Compartment struct {
		Pos          Pos
		Longitudinal bool
		Index        string // loop name, "" when none
		Size         Expr
		Species      []Name
	}
	// Watch is WATCH (a > b) flag, …
	Watch struct {
		Pos   Pos
		Items []WatchItem
	}
	// ForNetCons is FOR_NETCONS(args) {…}.
	ForNetCons struct {
		Pos  Pos
		Args []Arg
		Body *Block
	}
	// Protect is PROTECT statement.
	Protect struct {
		Pos  Pos
		Stmt Stmt
	}
	// Mutex is MUTEXLOCK or MUTEXUNLOCK.
	Mutex struct {
		Pos  Pos
		Lock bool
	}
	// Conductance is CONDUCTANCE g [USEION ion].
	Conductance struct {
		Pos  Pos
		Name string
		Ion  string
	}
	// Lag is LAG name BY expr.
	Lag struct {
		Pos  Pos
		Name Name
		By   Name
	}
	// BlockStmt is a nested { … }.
	BlockStmt struct{ Block *Block }
	// Reset is RESET.
	Reset struct{ Pos Pos }
)

// WatchItem is one (a > b) flag of WATCH. Less tells "<".
type WatchItem struct {
	Pos  Pos
	A, B Expr
	Less bool
	Flag Expr
}

// Species is coef·state in a reaction or CONSERVE.
type Species struct {
	Coef int
	Var  *VarRef
}

type (
	// Number is a literal. Int tells that it had neither point nor exponent.
	Number struct {
		Pos   Pos
		Text  string
		Value float64
		Int   bool
		Unit  string // 7(ms): read, without effect
	}
	// VarRef is name or name[index]; Prime counts the primes of a name' that is used as a value.
	VarRef struct {
		Pos   Pos
		Name  string
		Index Expr // nil for a scalar
		Prime int
		At    Expr // name@lag in DISCRETE, else nil
	}
	// Binary is x op y. Op: || && > >= < <= == != + - * / ^
	Binary struct {
		Pos  Pos // of the operator
		Op   string
		X, Y Expr
	}
	// Unary is -x or !x.
	Unary struct {
		Pos Pos
		Op  string
		X   Expr
	}
	// Paren is ( x ). It is kept since the text rewriting of cnexp is defined over it.
	Paren struct {
		Pos Pos
		X   Expr
	}
	// Call is name(args).
	Call struct {
		Pos  Pos
		Name string
		Args []Expr
	}
	// Str is a string literal (printf).
	Str struct {
		Pos   Pos
		Value string
	}
)

func (s *Assign) StmtPos() Pos       { return s.Lhs.Pos }
func (s *DiffEq) StmtPos() Pos       { return s.Lhs.Pos }
func (s *If) StmtPos() Pos           { return s.Pos }
func (s *While) StmtPos() Pos        { return s.Pos }
func (s *From) StmtPos() Pos         { return s.Pos }
func (s *ForAll) StmtPos() Pos       { return s.Pos }
func (s *CallStmt) StmtPos() Pos     { return s.Call.Pos }
func (s *Solve) StmtPos() Pos        { return s.Pos }
func (s *VerbatimStmt) StmtPos() Pos { return s.Pos }
func (s *Table) StmtPos() Pos        { return s.Pos }
func (s *Reaction) StmtPos() Pos     { return s.Pos }
func (s *LinEq) StmtPos() Pos        { return s.Pos }
func (s *Conserve) StmtPos() Pos     { return s.Pos }
func (s *Compartment) StmtPos() Pos  { return s.Pos }
func (s *Watch) StmtPos() Pos        { return s.Pos }
func (s *ForNetCons) StmtPos() Pos   { return s.Pos }
func (s *Protect) StmtPos() Pos      { return s.Pos }
func (s *Mutex) StmtPos() Pos        { return s.Pos }
func (s *Conductance) StmtPos() Pos  { return s.Pos }
func (s *Lag) StmtPos() Pos          { return s.Pos }
func (s *BlockStmt) StmtPos() Pos    { return s.Block.Pos }
func (s *Reset) StmtPos() Pos        { return s.Pos }

func (e *Number) ExprPos() Pos { return e.Pos }
func (e *VarRef) ExprPos() Pos { return e.Pos }
func (e *Binary) ExprPos() Pos { return e.Pos }
func (e *Unary) ExprPos() Pos  { return e.Pos }
func (e *Paren) ExprPos() Pos  { return e.Pos }
func (e *Call) ExprPos() Pos   { return e.Pos }
func (e *Str) ExprPos() Pos    { return e.Pos }
