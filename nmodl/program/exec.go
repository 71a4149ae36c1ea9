package program

import (
	"errors"
	"fmt"
	"math"

	"netsim/libm"
)

// Instance is the data of one instance as the reference executor sees it.
type Instance struct {
	Columns []float64   // one per Mechanism.Columns
	Globals []float64   // one per Mechanism.Globals
	Exts    []*float64  // one per Mechanism.Exts
	Weights []float64   // the NetCon's, in NetReceive and NetInit
	Args    []float64   // Arg operands
	Tables  []TableData // one per Mechanism.Tables
	Curves  []CurveData // one per output of Mechanism.Curves
	Host    Host        // receives events; may be nil for programs that send none
	Library *Library    // streams and Vectors; may be nil for programs that use none

	// ConWeights are the weights of all connections to the instance (FOR_NETCONS).
	ConWeights [][]float64
	// FunctionTables are what the user gave for Mechanism.FunctionTables; nil entries are not set.
	FunctionTables []*FunctionTableData
	Lags           []LagHistory // one per Mechanism.Lags
	TurnLimit      int          // of all loops and calls of a run; 0: MaxTurns

	regs    []float64
	con     int
	depth   int
	turns   int
	watched bool
	cache   TableCache // of tables that depend on columns
}

// Host is what a scalar program may ask of the simulator.
type Host interface {
	NetSend(delay, flag float64)
	NetEvent(t float64)
	NetMove(t float64)
}

// TimedHost is a Host that takes the time of a self event as it is.
type TimedHost interface {
	NetSendAt(t, flag float64)
}

// Watcher is a Host that knows WATCH: condition number i becomes active; first tells that those active before end.
type Watcher interface {
	Watch(i int, flag float64, first bool)
}

// TableData is a TABLE once it is filled: Values[output][row], N+1 rows.
type TableData struct {
	From, To float64
	Factor   float64 // 1/dx
	N        int
	Values   [][]float64
}

// ErrSingular is a system of equations without a usable pivot (scopmath's SINGULAR).
var ErrSingular = errors.New("matrix is singular")

// ErrNotConverged is an iteration that did not end (scopmath's EXCEED_ITERS).
var ErrNotConverged = errors.New("iteration did not converge")

// ErrEndless is a program whose loops and calls take more than MaxTurns turns.
var ErrEndless = errors.New("a loop does not end")

// ErrTooDeep is a FUNCTION that calls itself more than MaxDepth times.
var ErrTooDeep = errors.New("a function calls itself without end")

// MaxTurns bounds the turns of all loops, and the calls of functions that call themselves, in one run of a program: a
// second of work.
const MaxTurns = 1 << 24

// CallTurns is what a call, or an event that a mechanism sends itself, counts for beside turns of a loop.
const CallTurns = 16

// MaxDepth bounds the calls of FUNCTIONs inside each other.
const MaxDepth = 2000

// Codes of OpError.
const (
	ErrorNotConverged = iota
	ErrorSingular
	ErrorMessages // and above: Mechanism.Messages
)

// Failure is the error that an OpError with this code ends the run with.
func (m *Mechanism) Failure(code int32) error {
	switch k := code - ErrorMessages; {
	case code == ErrorSingular:
		return ErrSingular
	case k >= 0 && int(k) < len(m.Messages):
		return errors.New(m.Messages[k])
	}
	return ErrNotConverged
}

// roundoff is scopmath's ROUNDOFF: pivots below it count as zero.
const roundoff = 1e-20

// Run executes one program for one instance, one operation after the other. It is the oracle of every other
// executor: they must leave the same bits.
func Run(code *Code, m *Mechanism, in *Instance) error {
	in.watched, in.turns = false, 0
	return in.run(code, m)
}

func (in *Instance) run(code *Code, m *Mechanism) error {
	if len(in.regs) < code.Regs {
		in.regs = make([]float64, code.Regs)
	}
	regs := in.regs
	get := func(r Ref) float64 {
		switch r.Kind {
		case Reg:
			return regs[r.Idx]
		case Col:
			return in.Columns[r.Idx]
		case Glob:
			return in.Globals[r.Idx]
		case Const:
			return m.Consts[r.Idx]
		case ExtRef:
			return *in.Exts[r.Idx]
		case Weight:
			return in.Weights[r.Idx]
		case Arg:
			return in.Args[r.Idx]
		case ConWeight:
			return in.ConWeights[in.con][r.Idx]
		}
		return 0
	}
	set := func(r Ref, x float64) {
		switch r.Kind {
		case Reg:
			regs[r.Idx] = x
		case Col:
			in.Columns[r.Idx] = x
		case ExtRef:
			*in.Exts[r.Idx] = x
		case Weight:
			in.Weights[r.Idx] = x
		case ConWeight:
			in.ConWeights[in.con][r.Idx] = x
		default:
			panic(fmt.Sprintf("program: store to operand space %d", r.Kind))
		}
	}
	for pc := 0; pc < len(code.Instrs); pc++ {
		i := &code.Instrs[pc]
		switch i.Op {
		case OpNop:
		case OpMov, OpStore:
			set(i.Dst, get(i.Src[0]))
		case OpAccAdd:
			set(i.Dst, get(i.Dst)+get(i.Src[0]))
		case OpAccSub:
			set(i.Dst, get(i.Dst)-get(i.Src[0]))
		case OpTable:
			t := int(i.Src[1].Idx)
			if len(m.Tables[t].DependCols) == 0 {
				set(i.Dst, in.Tables[t].Lookup(int(i.Src[2].Idx), get(i.Src[0])))
				break
			}
			d, err := in.cache.For(m, t, in.Globals, func(col int32) float64 { return in.Columns[col] })
			if err != nil {
				return err
			}
			set(i.Dst, d.Lookup(int(i.Src[2].Idx), get(i.Src[0])))
		case OpCurve:
			set(i.Dst, in.Curves[i.Src[1].Idx].Value(get(i.Src[0])))
		case OpJump:
			if to := int(i.Src[0].Idx); to <= pc {
				if !in.turn(1) {
					return ErrEndless
				}
			}
			pc = int(i.Src[0].Idx) - 1
		case OpJumpZero:
			if get(i.Src[0]) == 0 {
				pc = int(i.Src[1].Idx) - 1
			}
		case OpLoadIdx, OpStoreIdx:
			idx := int(get(i.Src[1]))
			if idx < 0 || idx >= int(i.Src[2].Idx) {
				return fmt.Errorf("index %d is outside an array of %d elements", idx, i.Src[2].Idx)
			}
			if i.Op == OpLoadIdx {
				r := i.Src[0]
				r.Idx += int32(idx)
				set(i.Dst, get(r))
			} else {
				r := i.Dst
				r.Idx += int32(idx)
				set(r, get(i.Src[0]))
			}
		case OpNetSend:
			in.Host.NetSend(get(i.Src[0]), get(i.Src[1]))
		case OpNetSendAt:
			at, flag := get(i.Src[0]), get(i.Src[1])
			if h, ok := in.Host.(TimedHost); ok {
				h.NetSendAt(at, flag)
			} else {
				in.Host.NetSend(at-in.Globals[GlobT], flag)
			}
		case OpNetEvent:
			in.Host.NetEvent(get(i.Src[0]))
		case OpNetMove:
			in.Host.NetMove(get(i.Src[0]))
		case OpLinSolve:
			n := int(i.Src[1].Idx)
			a := int(i.Src[0].Idx)
			d := int(i.Dst.Idx)
			if !LinSolve(n, regs[a:a+n*(n+1)], regs[d:d+n]) {
				return ErrSingular
			}
		case OpCrout:
			n, a, p := int(i.Src[1].Idx), int(i.Src[0].Idx), int(i.Dst.Idx)
			if !Crout(n, regs[a:a+n*n], regs[p:p+n]) {
				return ErrSingular
			}
		case OpCroutSolve:
			n, a, b, d := int(i.Src[1].Idx), int(i.Src[0].Idx), int(i.Src[2].Idx), int(i.Dst.Idx)
			CroutSolve(n, regs[a:a+n*n], regs[a+n*n:a+n*n+n], regs[b:b+n], regs[d:d+n])
		case OpWatch:
			in.Host.(Watcher).Watch(int(i.Src[1].Idx), get(i.Src[0]), !in.watched)
			in.watched = true
		case OpPointing:
			set(i.Dst, truth(in.Exts[i.Src[0].Idx] != nil))
		case OpFuncTable:
			k, a := int(i.Src[2].Idx), int(i.Src[0].Idx)
			if k >= len(in.FunctionTables) || in.FunctionTables[k] == nil {
				return fmt.Errorf("FUNCTION_TABLE %s is not set", m.FunctionTables[k].Name)
			}
			set(i.Dst, in.FunctionTables[k].At(regs[a:a+int(i.Src[1].Idx)]))
		case OpFunc:
			x, err := in.call(m, int(i.Src[1].Idx), regs[i.Src[0].Idx:int(i.Src[0].Idx)+int(i.Src[2].Idx)])
			if err != nil {
				return err
			}
			set(i.Dst, x)
		case OpConCount:
			set(i.Dst, float64(len(in.ConWeights)))
		case OpConSelect:
			in.con = int(get(i.Src[0]))
		case OpLag:
			set(i.Dst, in.Lags[i.Src[2].Idx].At(in.Globals[GlobT], get(i.Src[0]), get(i.Src[1])))
		case OpError:
			return m.Failure(i.Src[0].Idx)
		case OpCall:
			if in.Library == nil {
				in.Library = &Library{}
			}
			a := int(i.Src[0].Idx)
			x, err := in.Library.Call(Fn(i.Src[1].Idx), regs[a:a+int(i.Src[2].Idx)])
			if err != nil {
				return err
			}
			if i.Dst.Kind != None {
				set(i.Dst, x)
			}
		default:
			set(i.Dst, Apply(i.Op, get(i.Src[0]), get(i.Src[1]), get(i.Src[2])))
		}
	}
	return nil
}

// Apply is the arithmetic of the pure operations; constant folding uses it too, so that a folded constant has the
// bits that the run would have computed.
func Apply(op Op, a, b, c float64) float64 {
	switch op {
	case OpMov:
		return a
	case OpNeg:
		return -a
	case OpNot:
		return truth(a == 0)
	case OpAbs:
		return math.Abs(a)
	case OpSqrt:
		return libm.Sqrt(a)
	case OpExp:
		return libm.HocExp(a)
	case OpLog:
		return libm.Log(a)
	case OpLog10:
		return libm.Log10(a)
	case OpSin:
		return libm.Sin(a)
	case OpCos:
		return libm.Cos(a)
	case OpTan:
		return libm.Tan(a)
	case OpAsin:
		return libm.Asin(a)
	case OpAcos:
		return libm.Acos(a)
	case OpAtan:
		return libm.Atan(a)
	case OpSinh:
		return libm.Sinh(a)
	case OpCosh:
		return libm.Cosh(a)
	case OpTanh:
		return libm.Tanh(a)
	case OpFloor:
		return math.Floor(a)
	case OpCeil:
		return math.Ceil(a)
	case OpTrunc:
		return math.Trunc(a)
	case OpAdd:
		return a + b
	case OpSub:
		return a - b
	case OpMul:
		return float64(a * b)
	case OpDiv:
		return a / b
	case OpPow:
		return libm.Pow(a, b)
	case OpFmod:
		return libm.Fmod(a, b)
	case OpAtan2:
		return libm.Atan2(a, b)
	case OpMin:
		// C's fmin: a NaN loses against a number.
		if math.IsNaN(a) || b < a {
			return b
		}
		return a
	case OpMax:
		if math.IsNaN(a) || b > a {
			return b
		}
		return a
	case OpLt:
		return truth(a < b)
	case OpLe:
		return truth(a <= b)
	case OpGt:
		return truth(a > b)
	case OpGe:
		return truth(a >= b)
	case OpEq:
		return truth(a == b)
	case OpNe:
		return truth(a != b)
	case OpAnd:
		return truth(a != 0 && b != 0)
	case OpOr:
		return truth(a != 0 || b != 0)
	case OpSelect:
		if a != 0 {
			return b
		}
		return c
	}
	panic(fmt.Sprintf("program: %v is no pure operation", op))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Lookup interpolates output out at x as nocmodl's generated code does (parsact.cpp: table_massage).
func (t *TableData) Lookup(out int, x float64) float64 {
	v := t.Values[out]
	xi := float64(t.Factor * (x - t.From))
	switch {
	case math.IsNaN(xi):
		return xi
	case xi <= 0:
		return v[0]
	case xi >= float64(t.N):
		return v[t.N]
	}
	i := int(xi)
	theta := xi - float64(i)
	return v[i] + float64(theta*(v[i+1]-v[i]))
}

// turn counts turns of a loop; it reports whether there may be more.
func (in *Instance) turn(n int) bool {
	limit := in.TurnLimit
	if limit == 0 {
		limit = MaxTurns
	}
	in.turns += n
	return in.turns <= limit
}

// call runs a function with registers of its own.
func (in *Instance) call(m *Mechanism, f int, args []float64) (float64, error) {
	if in.depth >= MaxDepth {
		return 0, fmt.Errorf("%s: %w", m.Functions[f].Name, ErrTooDeep)
	}
	if !in.turn(CallTurns) { // two calls at each of MaxDepth levels never end
		return 0, fmt.Errorf("%s: %w", m.Functions[f].Name, ErrEndless)
	}
	code := m.Functions[f].Code
	regs, saved := in.regs, in.Args
	in.regs, in.Args = make([]float64, max(code.Regs, 1)), append([]float64(nil), args...)
	in.depth++
	err := in.run(code, m)
	x := in.regs[0]
	in.regs, in.Args = regs, saved
	in.depth--
	return x, err
}
