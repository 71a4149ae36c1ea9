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
	Host    Host        // receives events; may be nil for programs that send none

	regs []float64
}

// Host is what a scalar program may ask of the simulator.
type Host interface {
	NetSend(delay, flag float64)
	NetEvent(t float64)
	NetMove(t float64)
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

// Codes of OpError.
const (
	ErrorNotConverged = iota
	ErrorSingular
)

// roundoff is scopmath's ROUNDOFF: pivots below it count as zero.
const roundoff = 1e-20

// Run executes one program for one instance, one operation after the other. It is the oracle of every other
// executor: they must leave the same bits.
func Run(code *Code, m *Mechanism, in *Instance) error {
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
			set(i.Dst, in.Tables[i.Src[1].Idx].Lookup(int(i.Src[2].Idx), get(i.Src[0])))
		case OpJump:
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
		case OpError:
			if i.Src[0].Idx == ErrorSingular {
				return ErrSingular
			}
			return ErrNotConverged
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

// BuildTable fills table number i from the mechanism's globals.
func BuildTable(m *Mechanism, i int, globals []float64) (TableData, error) {
	t := &m.Tables[i]
	in := &Instance{Globals: globals, Args: []float64{0}}
	size := max(t.Build.Regs, t.Bounds.Regs, len(t.Outputs), 2)
	in.regs = make([]float64, size)
	if err := Run(t.Bounds, m, in); err != nil {
		return TableData{}, err
	}
	d := TableData{From: in.regs[0], To: in.regs[1], N: t.N, Values: make([][]float64, len(t.Outputs))}
	dx := (d.To - d.From) / float64(t.N)
	d.Factor = 1 / dx
	for o := range d.Values {
		d.Values[o] = make([]float64, t.N+1)
	}
	x := d.From
	for row := 0; row <= t.N; row++ {
		in.Args[0] = x
		if err := Run(t.Build, m, in); err != nil {
			return TableData{}, err
		}
		for o := range d.Values {
			d.Values[o][row] = in.regs[o]
		}
		x += dx
	}
	return d, nil
}
