package engine

import "netsim/nmodl/program"

// receiver is a NET_RECEIVE that only computes, as most synapses have it (g = g + weight), with its operands resolved:
// the interpreter (scalar.go) takes several times as long over them.
type receiver struct {
	ops     []receiverOp
	regs    []float64 // of the program; then the weights, then the flag
	weights int       // where the weights begin
}

type receiverOp struct {
	op        program.Op
	dst, a, b receiverOperand
}

// receiverOperand is values[inst&mask]: mask is -1 where there is one value per instance, else 0.
type receiverOperand struct {
	values []float64
	mask   int
}

// bindReceivers resolves the NET_RECEIVEs of the group's mechanisms. Columns must not move afterwards.
func (g *group) bindReceivers() {
	g.cons.adding = make([][]float64, len(g.cons.receivers))
	for k, mi := range g.cons.receivers {
		g.cons.adding[k] = mi.bindReceiver()
	}
}

// bindReceiver resolves the mechanism's NET_RECEIVE, or leaves it to the interpreter. It returns the column to which it
// adds its weight, if it does nothing else.
func (mi *mechInst) bindReceiver() (adding []float64) {
	mi.receiver = nil
	code := mi.m.NetReceive.Scalar
	if code == nil {
		return nil
	}
	r := &receiver{regs: make([]float64, code.Regs+len(mi.m.Weights)+1), weights: code.Regs}
	one := func(x []float64) (receiverOperand, bool) { return receiverOperand{values: x[:1]}, true }
	operand := func(ref program.Ref) (receiverOperand, bool) {
		switch ref.Kind {
		case program.None:
			return one(r.regs) // not read
		case program.Reg:
			return one(r.regs[ref.Idx:])
		case program.Col:
			if col := mi.cols[ref.Idx]; len(col) == mi.n {
				return receiverOperand{values: col, mask: -1}, true
			}
			return one(mi.cols[ref.Idx])
		case program.Const:
			return one(mi.m.Consts[ref.Idx:])
		case program.Glob:
			return one(mi.globals[ref.Idx:])
		case program.Weight:
			return one(r.regs[r.weights+int(ref.Idx):])
		case program.Arg:
			return one(r.regs[len(r.regs)-1:])
		}
		return receiverOperand{}, false
	}
	if len(code.Instrs) == 0 {
		return nil
	}
	for k := range code.Instrs {
		in := &code.Instrs[k]
		switch in.Op {
		case program.OpMov, program.OpAdd, program.OpSub, program.OpMul, program.OpDiv, program.OpExp, program.OpNeg:
		default:
			return nil
		}
		if in.Dst.Kind != program.Reg && in.Dst.Kind != program.Col {
			return nil
		}
		op := receiverOp{op: in.Op}
		for i, ref := range []program.Ref{in.Dst, in.Src[0], in.Src[1]} {
			x, ok := operand(ref)
			if !ok {
				return nil
			}
			*[]*receiverOperand{&op.dst, &op.a, &op.b}[i] = x
		}
		r.ops = append(r.ops, op)
	}
	mi.receiver = r
	in := &code.Instrs[0]
	if weight := (program.Ref{Kind: program.Weight}); len(code.Instrs) == 1 && in.Op == program.OpAdd && in.Dst.Kind == program.Col &&
		in.Src[0] == in.Dst && in.Src[1] == weight {
		return mi.cols[in.Dst.Idx]
	}
	return nil
}

// run handles an event of instance inst.
func (r *receiver) run(inst int, weights []float64, flag float64) {
	for k, w := range weights {
		r.regs[r.weights+k] = w
	}
	r.regs[len(r.regs)-1] = flag
	for k := range r.ops {
		o := &r.ops[k]
		a, b := o.a.values[inst&o.a.mask], o.b.values[inst&o.b.mask]
		var x float64
		switch o.op {
		case program.OpAdd:
			x = a + b
		case program.OpSub:
			x = a - b
		case program.OpMul:
			x = float64(a * b)
		case program.OpDiv:
			x = a / b
		case program.OpMov:
			x = a
		default:
			x = program.Apply(o.op, a, b, 0)
		}
		o.dst.values[inst&o.dst.mask] = x
	}
}
