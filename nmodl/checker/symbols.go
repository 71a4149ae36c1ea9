package checker

import "netsim/nmodl/ast"

// Kind tells what a name is declared as.
type Kind uint8

// Kinds of names.
const (
	Undeclared    Kind = iota // used, never declared (NEURON: "undefined. (declared within VERBATIM?)")
	Parameter                 // PARAMETER, and the implicit s0 of each STATE s
	Constant                  // CONSTANT
	UnitsFactor               // name = … in UNITS
	Assigned                  // ASSIGNED, and ion variables that are only named in USEION
	State                     // STATE
	Local                     // LOCAL at file scope; those of blocks are not in the table
	Define                    // DEFINE
	Independent               // INDEPENDENT, in practice t
	Function                  // FUNCTION
	Procedure                 // PROCEDURE
	FunctionTable             // FUNCTION_TABLE
	Equations                 // name of a DERIVATIVE, KINETIC, LINEAR, NONLINEAR, DISCRETE or PARTIAL block
	BuiltinFunc               // exp, fabs, net_send, …; only those that the file uses are in the table
	BuiltinVar                // v, t, dt, celsius, diam, area, usetable, nrn internals
	RandomVar                 // RANDOM in the NEURON block
	Lag                       // lag_x_y, made by LAG x BY y
)

var kindNames = [...]string{
	"undeclared name", "PARAMETER", "CONSTANT", "UNITS factor", "ASSIGNED", "STATE", "LOCAL", "DEFINE", "INDEPENDENT",
	"FUNCTION", "PROCEDURE", "FUNCTION_TABLE", "equation block", "built-in function", "built-in variable", "RANDOM", "LAG",
}

func (k Kind) String() string { return kindNames[k] }

// IonWhich tells which of an ion's variables a name is.
type IonWhich uint8

// The variables of an ion X.
const (
	IonNone     IonWhich = iota
	IonCurrent           // iX
	IonReversal          // eX
	IonInside            // Xi
	IonOutside           // Xo
)

// IonVar connects a variable with an ion.
type IonVar struct {
	Ion         string
	Which       IonWhich
	Read, Write bool
	Implicit    bool // read without being named: "if only one of Xi, Xo is mentioned, the other is an implicit READ"
}

// Symbol is one name of a .mod file.
type Symbol struct {
	Name string
	Kind Kind
	Pos  ast.Pos // of the declaration; zero for implicit and built-in names

	Range         bool // per instance and visible: RANGE, or a STATE
	Global        bool // GLOBAL is stated, or a PARAMETER that is not RANGE
	Pointer       bool // POINTER or BBCOREPOINTER
	BBCorePointer bool
	External      bool
	Nonspecific   bool // NONSPECIFIC_CURRENT
	Electrode     bool // ELECTRODE_CURRENT
	Ion           *IonVar

	Size  int     // 0 for a scalar
	Value float64 // as written in the file, in full precision; 0 when no value is given
	// Default is the value NEURON starts with: Value through "%g" (six digits) for a PARAMETER,
	// Value itself for CONSTANT, UNITS factors and DEFINE.
	Default float64
	Unit    string

	InitialOf string // for s0: the STATE s
	StartName string // for a STATE s: "s0"

	Args   []ast.Arg          // formal arguments of a Function, Procedure or FunctionTable
	Func   *ast.Function      // the declaration of a Function, Procedure or FunctionTable
	Block  *ast.EquationBlock // the declaration of Equations
	Method string             // for Equations and Procedure: the METHOD of its first SOLVE, "" when none is stated

	PerThread bool // a GLOBAL that each thread has its own of in NEURON, which starts at 0 whatever the file says

	Assigned bool // some statement of the file assigns to it
	Used     bool // some expression of the file reads it
}

// IsVariable reports whether the name stands for a number, not for something to call or solve.
func (s *Symbol) IsVariable() bool {
	switch s.Kind {
	case Function, Procedure, FunctionTable, Equations, BuiltinFunc, RandomVar:
		return false
	}
	return true
}

// PerInstance reports whether each instance has its own value: RANGE, STATE, POINTER, ion variables,
// and an ASSIGNED that is not GLOBAL ("a private per-instance column" when it is not RANGE either).
func (s *Symbol) PerInstance() bool {
	switch {
	case s.Kind == State, s.Range, s.Pointer, s.Ion != nil, s.Nonspecific, s.Electrode:
		return true
	case s.Kind == Assigned:
		return !s.Global && !s.External
	}
	return false
}

// Ion is one USEION.
type Ion struct {
	Pos        ast.Pos
	Name       string
	Read       []ast.Name
	Write      []ast.Name
	Implicit   []string // concentrations that are read without being named
	Valence    float64
	HasValence bool
}

// Symbols is everything the names of one file stand for.
type Symbols struct {
	Kind string // "SUFFIX", "POINT_PROCESS", "ARTIFICIAL_CELL"
	Name string // the mechanism's name; from the file's name when the file states none; "nothing" for a library

	ByName map[string]*Symbol
	Order  []*Symbol // in order of declaration; implicit names stand after those that the file declares
	Ions   []Ion     // one per ion, in order of declaration

	// Currents are the names whose sum BREAKPOINT's current is, in NEURON's order: that of the statements of the
	// NEURON block (written ion currents, NONSPECIFIC_CURRENT, ELECTRODE_CURRENT).
	Currents []*Symbol

	ThreadSafe bool // nocmodl makes thread-safe code of it
	WritesConc bool // some USEION writes a concentration
	UsesTable  bool // some FUNCTION or PROCEDURE has a TABLE
}

// Lookup returns the symbol of a name, nil when the file does not mention it.
func (s *Symbols) Lookup(name string) *Symbol { return s.ByName[name] }
