// Package verbatim reads the C text of VERBATIM blocks: the part of C that .mod files are made of, with the NMODL
// statements that stand between two VERBATIM blocks of one body as statements of their own, since C's braces may
// open in one and close in the next.
//
// It knows no meaning: what a name stands for is the business of package lower.
package verbatim

import "netsim/nmodl/ast"

// Type is a C type as far as it matters here.
type Type struct {
	Name string // "int", "double", "void", "auto" or the name of a struct
	Ptr  int    // number of *
}

// Integer reports whether values of the type are whole numbers.
func (t Type) Integer() bool { return t.Name == "int" && t.Ptr == 0 }

// Stmt is a statement.
type Stmt interface{ StmtPos() ast.Pos }

// Expr is an expression.
type Expr interface{ ExprPos() ast.Pos }

type (
	// Decl declares variables: type a = 1, *b, c[3];
	Decl struct {
		Pos           ast.Pos
		Static, Const bool
		Vars          []Var
	}
	// Var is one variable of a declaration.
	Var struct {
		Pos   ast.Pos
		Name  string
		Type  Type
		Array Expr // number of elements; nil for a scalar or for []
		Open  bool // []: as many elements as List has
		Init  Expr
		List  []Expr // = { … }
	}
	// ExprStmt is an expression followed by a semicolon.
	ExprStmt struct{ X Expr }
	// If is if (Cond) Then else Else; Else may be nil.
	If struct {
		Pos        ast.Pos
		Cond       Expr
		Then, Else Stmt
	}
	// Loop is for (Init; Cond; Post) Body, while and do-while (Last: the condition is tested after the body).
	Loop struct {
		Pos  ast.Pos
		Init Stmt // nil: none
		Cond Expr // nil: forever
		Post Expr
		Body Stmt
		Last bool
	}
	// Switch is switch (X) { … }: the labels are Case statements in Body.
	Switch struct {
		Pos  ast.Pos
		X    Expr
		Body []Stmt
	}
	// Case is a label; X is nil for default.
	Case struct {
		Pos ast.Pos
		X   Expr
	}
	// Jump is break or continue.
	Jump struct {
		Pos      ast.Pos
		Continue bool
	}
	// Return is return X; X may be nil.
	Return struct {
		Pos ast.Pos
		X   Expr
	}
	// Block is { … }.
	Block struct {
		Pos   ast.Pos
		Stmts []Stmt
	}
	// NMODL is a statement of the .mod file outside VERBATIM.
	NMODL struct{ Stmt ast.Stmt }
)

type (
	// Num is a number or a character.
	Num struct {
		Pos   ast.Pos
		Value float64
		Int   bool
	}
	// Str is a string.
	Str struct {
		Pos   ast.Pos
		Value string
	}
	// Name is an identifier.
	Name struct {
		Pos  ast.Pos
		Name string
	}
	// Call is Fun(Args).
	Call struct {
		Pos  ast.Pos
		Fun  Expr
		Args []Expr
	}
	// Index is X[I].
	Index struct {
		Pos  ast.Pos
		X, I Expr
	}
	// Member is X.Name and X->Name.
	Member struct {
		Pos  ast.Pos
		X    Expr
		Name string
	}
	// Unary is - + ! ~ * & before X.
	Unary struct {
		Pos ast.Pos
		Op  string
		X   Expr
	}
	// Step is ++ and --, before X or (Post) behind it.
	Step struct {
		Pos  ast.Pos
		Down bool
		Post bool
		X    Expr
	}
	// Binary is X Op Y; Op may be the comma.
	Binary struct {
		Pos  ast.Pos
		Op   string
		X, Y Expr
	}
	// Assign is X = Y, or X = X Op Y with Op.
	Assign struct {
		Pos  ast.Pos
		Op   string
		X, Y Expr
	}
	// Cond is C ? A : B.
	Cond struct {
		Pos     ast.Pos
		C, A, B Expr
	}
	// Cast is (T) X.
	Cast struct {
		Pos ast.Pos
		T   Type
		X   Expr
	}
)

// Func is a C function that a VERBATIM block at file level defines.
type Func struct {
	Pos    ast.Pos
	Name   string
	Result Type
	Params []Var
	Body   *Block
}

// Unit is what the VERBATIM blocks at file level define.
type Unit struct {
	Vars  []Decl
	Funcs map[string]*Func
}

func (s *Decl) StmtPos() ast.Pos     { return s.Pos }
func (s *ExprStmt) StmtPos() ast.Pos { return s.X.ExprPos() }
func (s *If) StmtPos() ast.Pos       { return s.Pos }
func (s *Loop) StmtPos() ast.Pos     { return s.Pos }
func (s *Switch) StmtPos() ast.Pos   { return s.Pos }
func (s *Case) StmtPos() ast.Pos     { return s.Pos }
func (s *Jump) StmtPos() ast.Pos     { return s.Pos }
func (s *Return) StmtPos() ast.Pos   { return s.Pos }
func (s *Block) StmtPos() ast.Pos    { return s.Pos }
func (s *NMODL) StmtPos() ast.Pos    { return s.Stmt.StmtPos() }

func (e *Num) ExprPos() ast.Pos    { return e.Pos }
func (e *Str) ExprPos() ast.Pos    { return e.Pos }
func (e *Name) ExprPos() ast.Pos   { return e.Pos }
func (e *Call) ExprPos() ast.Pos   { return e.Pos }
func (e *Index) ExprPos() ast.Pos  { return e.Pos }
func (e *Member) ExprPos() ast.Pos { return e.Pos }
func (e *Unary) ExprPos() ast.Pos  { return e.Pos }
func (e *Step) ExprPos() ast.Pos   { return e.Pos }
func (e *Binary) ExprPos() ast.Pos { return e.Pos }
func (e *Assign) ExprPos() ast.Pos { return e.Pos }
func (e *Cond) ExprPos() ast.Pos   { return e.Pos }
func (e *Cast) ExprPos() ast.Pos   { return e.Pos }
