// Package program is what a .mod file becomes: flat lists of operations over float64, one list per entry point
// (INITIAL, BREAKPOINT currents, states, NET_RECEIVE, …), and the description of the data they work on.
//
// A vector program is straight-line code: every operation is applied to a block of instances before the next
// operation starts; conditions are selects. A scalar program runs for one instance at a time and may jump,
// loop, send events and solve small systems. Both use the same operations and give the same bits.
package program

// Kind of mechanism.
type Kind uint8

// The kinds of mechanism that a NEURON block can state.
const (
	Density    Kind = iota // SUFFIX
	Point                  // POINT_PROCESS
	Artificial             // ARTIFICIAL_CELL
)

// Mechanism is one compiled .mod file. It is immutable; the engine holds the instances' data.
type Mechanism struct {
	Name string // SUFFIX or POINT_PROCESS name, as NEURON knows it
	Kind Kind
	File string // path of the .mod file, or "builtin:hh.mod"

	Columns []Column  // per-instance variables; Col operands index this
	Globals []Global  // Glob operands index this; the first NumStandardGlobals are those of the run
	Consts  []float64 // Const operands index this
	Exts    []Ext     // Ext operands index this: data of the node and of its ions
	Tables  []Table   // TableRef operands index this
	Curves  *Curves   // what OpCurve looks up, nil: nothing
	Ions    []Ion

	Weights []string // NET_RECEIVE's argument names; a NetCon has this many weights

	Init       Entry // INITIAL, after state0 defaults; stores ion WRITE variables at its end
	Prepare    Entry // hidden columns that hold invariants; run once after INITIAL (and after a change of dt or parameters)
	Cur        Entry // BREAKPOINT at v+0.001 and at v; accumulates rhs, d and the ion currents
	State      Entry // SOLVE, then BREAKPOINT if no current is written; then ion WRITE of concentrations
	StateExact Entry // State without Curves, for globals with which those cannot be made
	NetInit    Entry // INITIAL of NET_RECEIVE, once per NetCon at finitialize; always scalar
	NetReceive Entry // always scalar

	// BEFORE and AFTER blocks; several of one phase are one entry.
	BeforeInitial    Entry // after v is set, before any INITIAL
	AfterInitial     Entry // after the INITIALs of all mechanisms and NetCons
	BeforeBreakpoint Entry // in every step at t+dt/2, before Cur
	AfterSolve       Entry // in every step at t+dt, after State and diffusion
	BeforeStep       Entry // in every step at t+dt, after AfterSolve

	Watches        []*Code         // conditions of WATCH, scalar: a-b (or b-a) in register 0 at the end
	Functions      []Function      // FUNCTIONs and PROCEDUREs that call themselves
	FunctionTables []FunctionTable // FUNCTION_TABLEs, which the user must fill
	Diffusion      []Diffusion     // LONGITUDINAL_DIFFUSION, one per species and element
	Lags           int             // histories that OpLag keeps per instance

	ElectrodeCurrent bool // the sign of rhs and d is an electrode's
	HasCurrent       bool
	WritesConc       bool // writes an ion concentration: earlier in NEURON's mechanism order
	Unsupported      []Unsupported

	Procedures []Procedure // what scripts call before a run to set streams, Vectors, …
	Randoms    []int32     // columns that hold the stream of a RANDOM variable; the engine fills them
	Messages   []string    // of OpError: code ErrorMessages+k ends the run with Messages[k]

	Notes []string // what a careful modeller should know: ignored constructs, tables computed exactly, leaks between instances
}

// Entry is one entry point; at most one of the two is set, none when there is nothing to do.
type Entry struct {
	Vector *Code
	Scalar *Code
}

// Empty reports whether the entry has nothing to run.
func (e Entry) Empty() bool { return e.Vector == nil && e.Scalar == nil }

// NamedEntry is an entry point with its name in texts and errors.
type NamedEntry struct {
	Name  string
	Entry Entry
}

// Entries lists all entry points, empty ones too.
func (m *Mechanism) Entries() []NamedEntry {
	return []NamedEntry{
		{"init", m.Init}, {"prepare", m.Prepare}, {"cur", m.Cur}, {"state", m.State}, {"stateexact", m.StateExact},
		{"netinit", m.NetInit}, {"netreceive", m.NetReceive},
		{"beforeinitial", m.BeforeInitial}, {"afterinitial", m.AfterInitial}, {"beforebreakpoint", m.BeforeBreakpoint},
		{"aftersolve", m.AfterSolve}, {"beforestep", m.BeforeStep},
	}
}

// Function is a FUNCTION or PROCEDURE that is called, not expanded, since it calls itself. Its arguments are Arg
// operands; the result is in register 0 at the end.
type Function struct {
	Name string
	Code *Code
}

// FunctionTable is a FUNCTION_TABLE.
type FunctionTable struct {
	Name string
	Args int
}

// Diffusion is one species (or element of an array) of LONGITUDINAL_DIFFUSION. Code leaves the diffusion constant times
// cross section in register 0 and the volume per length (COMPARTMENT) in register 1.
type Diffusion struct {
	State Ref // column, or Ext for the concentration of an ion
	Code  *Code
}

// Unsupported names a construct that was read but cannot be executed; using the mechanism is an error that shows it.
type Unsupported struct {
	File      string
	Line, Col int
	What      string
}

// Column is one per-instance variable. An array of n elements is n consecutive columns, each with Size n and its Element.
type Column struct {
	Name    string
	Role    Role
	Size    int // 0 for a scalar
	Element int
	Default float64 // PARAMETER default as NEURON has it (six digits)
	Range   bool    // may be set by name and recorded
	Units   string
	Written bool // some program other than Init and Prepare may store to it
	Driven  bool // others may set it while time advances (Options.Driven): nothing is computed from it in advance
}

// Role tells where a column comes from.
type Role uint8

// Roles of columns.
const (
	Parameter Role = iota
	State
	Assigned
	Hidden // an invariant that Prepare computes
)

// Global is a scalar shared by all instances.
type Global struct {
	Name    string
	Default float64
	Units   string
	// External is a global of another mechanism (EXTERNAL name_suffix), or of hoc; it is read when a run starts.
	External bool
}

// Standard globals, the same indices in every mechanism.
const (
	GlobT       = 0 // t (ms): t+dt/2 in Cur, t+dt in State, the event's time in NetReceive
	GlobDt      = 1 // dt (ms)
	GlobCelsius = 2 // celsius (degC)

	NumStandardGlobals = 3
)

// Ext is data outside the instance, reached through its node.
type Ext struct {
	Kind ExtKind
	Ion  string // for the Ion kinds
}

// ExtKind names what an Ext is.
type ExtKind uint8

// The data of a node and of its ions.
const (
	NodeV    ExtKind = iota // mV
	NodeRHS                 // mA/cm2
	NodeD                   // mS/cm2 · 1e-3 … as NEURON's matrix diagonal
	NodeArea                // um2
	NodeDiam                // um
	IonE                    // reversal potential (mV)
	IonI                    // current density (mA/cm2)
	IonDiDv                 // d(ion current)/dv
	IonXi                   // concentration inside (mM)
	IonXo                   // concentration outside (mM)

	PointerVar // what a POINTER refers to; Ext.Ion is the POINTER's name
)

// Ion is what a mechanism does with one ion.
type Ion struct {
	Name                         string
	Valence                      float64
	HasValence                   bool
	ReadE, ReadXi, ReadXo, ReadI bool
	WriteE, WriteXi, WriteXo     bool
	WriteI                       bool
}

// Table is a TABLE statement: N+1 rows of Outputs values, filled by Build at rows from From to To (NEURON's association:
// x accumulates dx = (To-From)/N).
type Table struct {
	From, To Ref // Const, Glob or Reg of the mechanism's invariant scalars: evaluated by Bounds
	N        int
	Outputs  []string
	Build    *Code // scalar: Arg 0 is x; results are in registers 0..len(Outputs)-1 at the end
	Bounds   *Code // scalar: leaves FROM in register 0 and TO in register 1
	Depend   []int // Glob indices; a change of one rebuilds the table
	// DependCols are the columns that rows are made of: there is one table for each combination of their values.
	DependCols []int32
}

// RefKind is the space that a Ref indexes.
type RefKind uint8

// Operand spaces.
const (
	None      RefKind = iota
	Reg               // scratch of the running program
	Col               // instance column
	Glob              // Globals
	Const             // Consts
	ExtRef            // Exts
	TableRef          // Tables
	Weight            // weights of the NetCon (NetReceive, NetInit)
	Arg               // argument: 0 is flag in NetReceive, x in a table's Build
	Label             // index into Code.Instrs (jumps)
	Imm               // the index itself is the value (sizes)
	ConWeight         // weights of the connection that OpConSelect chose
)

// Ref is one operand.
type Ref struct {
	Kind RefKind
	Idx  int32
}

// Instr is one operation.
type Instr struct {
	Op  Op
	Dst Ref
	Src [3]Ref
}

// Code is a flat program. A destination may be one of the operation's own sources, register or column: lanes are
// independent, so an executor works in place. Columns are written by any operation, data of the node only by OpStore,
// OpAccAdd and OpAccSub, and read only by OpMov.
type Code struct {
	Instrs []Instr
	Regs   int // number of registers used
	Vector bool
}
