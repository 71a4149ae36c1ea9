package engine

import (
	"fmt"
	"math"

	"netsim/nmodl/program"
)

// runScalar runs a program for instance i of mi: NET_RECEIVE, and whatever entry cannot be straight-line code.
// weights is the NetCon's weight vector, flag that of the event.
func (e *Engine) runScalar(g *group, mi *mechInst, code *program.Code, i int, weights []float64, flag float64) {
	if g.failed || mi.idle != nil && mi.idle[i] {
		return
	}
	if cap(g.regs) < code.Regs {
		g.regs = make([]float64, code.Regs)
	}
	x := scalarRun{g: g, mi: mi, i: i, regs: g.regs[:code.Regs], weights: weights, flag: flag}
	e.exec(&x, code)
}

// exec runs a program. What goes wrong ends the run of the program and of the engine; it reports whether all went well.
func (e *Engine) exec(x *scalarRun, code *program.Code) bool {
	g, mi, i := x.g, x.mi, x.i
	instrs := code.Instrs
	for pc := 0; pc < len(instrs); pc++ {
		in := &instrs[pc]
		switch in.Op {
		case program.OpNop:
		case program.OpMov:
			x.set(in.Dst, x.get(in.Src[0]))
		case program.OpAdd:
			x.set(in.Dst, x.get(in.Src[0])+x.get(in.Src[1]))
		case program.OpSub:
			x.set(in.Dst, x.get(in.Src[0])-x.get(in.Src[1]))
		case program.OpMul:
			x.set(in.Dst, float64(x.get(in.Src[0])*x.get(in.Src[1])))
		case program.OpDiv:
			x.set(in.Dst, x.get(in.Src[0])/x.get(in.Src[1]))
		case program.OpSelect:
			if x.get(in.Src[0]) != 0 {
				x.set(in.Dst, x.get(in.Src[1]))
			} else {
				x.set(in.Dst, x.get(in.Src[2]))
			}
		case program.OpJump:
			if to := int(in.Src[0].Idx); to <= pc {
				if x.turns++; x.turns > e.opt.MaxTurns {
					return e.failAt(x, program.ErrEndless)
				}
			}
			pc = int(in.Src[0].Idx) - 1
		case program.OpJumpZero:
			if x.get(in.Src[0]) == 0 {
				pc = int(in.Src[1].Idx) - 1
			}
		case program.OpLoadIdx:
			k, ok := e.index(x, in)
			if !ok {
				return false
			}
			x.set(in.Dst, x.get(program.Ref{Kind: in.Src[0].Kind, Idx: in.Src[0].Idx + k}))
		case program.OpStoreIdx:
			k, ok := e.index(x, in)
			if !ok {
				return false
			}
			x.set(program.Ref{Kind: in.Dst.Kind, Idx: in.Dst.Idx + k}, x.get(in.Src[0]))
		case program.OpStore:
			x.set(in.Dst, x.get(in.Src[0]))
		case program.OpAccAdd:
			x.set(in.Dst, x.get(in.Dst)+x.get(in.Src[0]))
		case program.OpAccSub:
			x.set(in.Dst, x.get(in.Dst)-x.get(in.Src[0]))
		case program.OpTable:
			t := x.table(int(in.Src[1].Idx))
			if t == nil {
				return e.failAt(x, x.err)
			}
			x.set(in.Dst, t.Lookup(int(in.Src[2].Idx), x.get(in.Src[0])))
		case program.OpCurve:
			x.set(in.Dst, mi.curves[in.Src[1].Idx].Value(x.get(in.Src[0])))
		case program.OpNetSend:
			now := mi.globals[program.GlobT] // ms
			delay := x.get(in.Src[0])        // ms
			if !(delay >= 0) {
				return e.failAt(x, fmt.Errorf("net_send with a delay of %g ms", delay))
			}
			x.selfEvent(now+delay, now, x.get(in.Src[1]))
		case program.OpNetSendAt:
			now, at := mi.globals[program.GlobT], x.get(in.Src[0]) // ms
			if !(at >= now) {
				return e.failAt(x, fmt.Errorf("net_send with a delay of %g ms", at-now))
			}
			x.selfEvent(at, now, x.get(in.Src[1]))
		case program.OpNetEvent:
			at := x.get(in.Src[0]) // ms
			if now := mi.globals[program.GlobT]; !(at >= now) {
				return e.failAt(x, fmt.Errorf("net_event at %g ms, which is past", at))
			}
			if mi.gids != nil {
				g.spikes = append(g.spikes, Spike{GID: mi.gids[i], T: at})
			}
		case program.OpNetMove:
			if err := x.moveEvent(x.get(in.Src[0])); err != nil {
				return e.failAt(x, err)
			}
		case program.OpLinSolve:
			n, first := int(in.Src[1].Idx), int(in.Src[0].Idx)
			if !program.LinSolve(n, x.regs[first:first+n*(n+1)], x.regs[in.Dst.Idx:int(in.Dst.Idx)+n]) {
				return e.failAt(x, program.ErrSingular)
			}
		case program.OpCrout:
			n, a, p := int(in.Src[1].Idx), int(in.Src[0].Idx), int(in.Dst.Idx)
			if !program.Crout(n, x.regs[a:a+n*n], x.regs[p:p+n]) {
				return e.failAt(x, program.ErrSingular)
			}
		case program.OpCroutSolve:
			n, a, b, d := int(in.Src[1].Idx), int(in.Src[0].Idx), int(in.Src[2].Idx), int(in.Dst.Idx)
			program.CroutSolve(n, x.regs[a:a+n*n], x.regs[a+n*n:a+n*n+n], x.regs[b:b+n], x.regs[d:d+n])
		case program.OpError:
			return e.failAt(x, mi.m.Failure(in.Src[0].Idx))
		case program.OpCall:
			if !e.call(x, in) {
				return false
			}
		case program.OpWatch, program.OpPointing, program.OpFuncTable, program.OpFunc, program.OpConCount, program.OpConSelect, program.OpLag:
			if err := e.special(x, in); err != nil {
				return e.failAt(x, err)
			}
		default:
			x.set(in.Dst, program.Apply(in.Op, x.get(in.Src[0]), x.get(in.Src[1]), x.get(in.Src[2])))
		}
		if x.err != nil {
			return e.failAt(x, x.err)
		}
	}
	return true
}

// index is the array subscript of OpLoadIdx and OpStoreIdx.
func (e *Engine) index(x *scalarRun, in *program.Instr) (int32, bool) {
	v, n := x.get(in.Src[1]), in.Src[2].Idx
	if !(v > -1 && v < float64(n)) {
		return 0, e.failAt(x, fmt.Errorf("index %v is outside an array of %d elements", math.Trunc(v), n))
	}
	return int32(v), true
}

type scalarRun struct {
	g       *group
	mi      *mechInst
	i       int
	regs    []float64
	weights []float64
	flag    float64
	args    []float64 // of a called FUNCTION; nil: flag is the argument
	con     int32     // connection that ConWeight means
	depth   int       // of calls
	turns   int       // of loops
	watched bool      // a WATCH has run
	err     error     // of an operand
}

func (x *scalarRun) get(r program.Ref) float64 {
	switch r.Kind {
	case program.Reg:
		return x.regs[r.Idx]
	case program.Col:
		col := x.mi.cols[r.Idx]
		if len(col) == 1 {
			return col[0]
		}
		return col[x.i]
	case program.Const:
		return x.mi.m.Consts[r.Idx]
	case program.Glob:
		return x.mi.globals[r.Idx]
	case program.Weight:
		return x.weights[r.Idx]
	case program.Arg:
		if x.args != nil {
			return x.args[r.Idx]
		}
		return x.flag
	case program.ExtRef:
		switch ext := &x.mi.exts[r.Idx]; {
		case ext.constant != nil:
			return ext.constant[x.i]
		case ext.pointers != nil:
			return x.pointed(ext)
		case ext.one != nil:
			return ext.one[0]
		case ext.unread:
			return 0
		default:
			return *ext.at(x.i)
		}
	case program.ConWeight:
		return x.g.cons.of(x.con, x.mi)[r.Idx]
	case program.Imm:
		return float64(r.Idx)
	}
	return 0
}

func (x *scalarRun) set(r program.Ref, v float64) {
	switch r.Kind {
	case program.Reg:
		x.regs[r.Idx] = v
	case program.Col:
		x.mi.cols[r.Idx][x.i] = v
	case program.Weight:
		x.weights[r.Idx] = v
	case program.ExtRef:
		switch ext := &x.mi.exts[r.Idx]; {
		case ext.pointers != nil:
			x.setPointed(ext, v)
		case !ext.unread:
			*ext.at(x.i) = v
		}
	case program.ConWeight:
		x.g.cons.of(x.con, x.mi)[r.Idx] = v
	}
}
