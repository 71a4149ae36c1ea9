package engine

import (
	"fmt"

	"netsim/nmodl/program"
)

// runScalar runs a program for instance i of mi: NET_RECEIVE, and whatever entry cannot be straight-line code.
// weights is the NetCon's weight vector, flag that of the event.
func (e *Engine) runScalar(g *group, mi *mechInst, code *program.Code, i int, weights []float64, flag float64) {
	if cap(g.regs) < code.Regs {
		g.regs = make([]float64, code.Regs)
	}
	x := scalarRun{mi: mi, i: i, regs: g.regs[:code.Regs], weights: weights, flag: flag}
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
			pc = int(in.Src[0].Idx) - 1
		case program.OpJumpZero:
			if x.get(in.Src[0]) == 0 {
				pc = int(in.Src[1].Idx) - 1
			}
		case program.OpLoadIdx:
			x.set(in.Dst, x.get(program.Ref{Kind: program.Col, Idx: in.Src[0].Idx + e.index(mi, in, x.get(in.Src[1]))}))
		case program.OpStoreIdx:
			x.set(program.Ref{Kind: program.Col, Idx: in.Dst.Idx + e.index(mi, in, x.get(in.Src[1]))}, x.get(in.Src[0]))
		case program.OpStore:
			x.set(in.Dst, x.get(in.Src[0]))
		case program.OpAccAdd:
			x.set(in.Dst, x.get(in.Dst)+x.get(in.Src[0]))
		case program.OpAccSub:
			x.set(in.Dst, x.get(in.Dst)-x.get(in.Src[0]))
		case program.OpTable:
			x.set(in.Dst, mi.tables[in.Src[1].Idx].Lookup(int(in.Src[2].Idx), x.get(in.Src[0])))
		case program.OpNetSend:
			now := mi.globals[program.GlobT] // ms
			delay := x.get(in.Src[0])        // ms
			if delay < 0 {
				e.fail(fmt.Errorf("%s: net_send with a negative delay of %g ms at t = %g ms", mi.m.Name, delay, now))
				return
			}
			g.queue.push(event{t: now + delay, sent: now, flag: x.get(in.Src[1]), con: ^g.mechIndex(mi), inst: int32(i)})
		case program.OpNetEvent:
			if mi.gids != nil {
				g.spikes = append(g.spikes, Spike{GID: mi.gids[i], T: x.get(in.Src[0])})
			}
		case program.OpNetMove:
			g.queue.move(^g.mechIndex(mi), int32(i), x.get(in.Src[0]))
		case program.OpLinSolve:
			n, first := int(in.Src[1].Idx), int(in.Src[0].Idx)
			if !program.LinSolve(n, x.regs[first:first+n*(n+1)], x.regs[in.Dst.Idx:int(in.Dst.Idx)+n]) {
				e.failAt(mi, program.ErrSingular)
				return
			}
		case program.OpCrout:
			n, a, p := int(in.Src[1].Idx), int(in.Src[0].Idx), int(in.Dst.Idx)
			if !program.Crout(n, x.regs[a:a+n*n], x.regs[p:p+n]) {
				e.failAt(mi, program.ErrSingular)
				return
			}
		case program.OpCroutSolve:
			n, a, b, d := int(in.Src[1].Idx), int(in.Src[0].Idx), int(in.Src[2].Idx), int(in.Dst.Idx)
			program.CroutSolve(n, x.regs[a:a+n*n], x.regs[a+n*n:a+n*n+n], x.regs[b:b+n], x.regs[d:d+n])
		case program.OpError:
			if in.Src[0].Idx == program.ErrorSingular {
				e.failAt(mi, program.ErrSingular)
			} else {
				e.failAt(mi, program.ErrNotConverged)
			}
			return
		default:
			x.set(in.Dst, program.Apply(in.Op, x.get(in.Src[0]), x.get(in.Src[1]), x.get(in.Src[2])))
		}
	}
}

func (e *Engine) failAt(mi *mechInst, err error) {
	e.fail(fmt.Errorf("%s at t = %g ms: %w", mi.m.Name, mi.globals[program.GlobT], err))
}

// index checks an array subscript.
func (e *Engine) index(mi *mechInst, in *program.Instr, v float64) int32 {
	k := int32(v)
	if k < 0 || k >= in.Src[2].Idx {
		e.fail(fmt.Errorf("%s: index %d is outside an array of %d elements", mi.m.Name, k, in.Src[2].Idx))
		return 0
	}
	return k
}

type scalarRun struct {
	mi      *mechInst
	i       int
	regs    []float64
	weights []float64
	flag    float64
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
		return x.flag
	case program.ExtRef:
		ext := &x.mi.exts[r.Idx]
		if ext.constant != nil {
			return ext.constant[x.i]
		}
		return ext.base[ext.idx[x.i]]
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
		ext := &x.mi.exts[r.Idx]
		ext.base[ext.idx[x.i]] = v
	}
}
