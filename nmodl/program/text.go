package program

import (
	"fmt"
	"strconv"
	"strings"
)

var opNames = [NumOps]string{
	OpNop: "nop", OpMov: "mov", OpNeg: "neg", OpNot: "not", OpAbs: "abs", OpSqrt: "sqrt", OpExp: "exp", OpLog: "log",
	OpLog10: "log10", OpSin: "sin", OpCos: "cos", OpTan: "tan", OpAsin: "asin", OpAcos: "acos", OpAtan: "atan",
	OpSinh: "sinh", OpCosh: "cosh", OpTanh: "tanh", OpFloor: "floor", OpCeil: "ceil", OpTrunc: "trunc",
	OpAdd: "add", OpSub: "sub", OpMul: "mul", OpDiv: "div", OpPow: "pow", OpFmod: "fmod", OpAtan2: "atan2",
	OpMin: "min", OpMax: "max", OpLt: "lt", OpLe: "le", OpGt: "gt", OpGe: "ge", OpEq: "eq", OpNe: "ne",
	OpAnd: "and", OpOr: "or", OpSelect: "select", OpTable: "table", OpCurve: "curve",
	OpStore: "store", OpAccAdd: "acc+", OpAccSub: "acc-",
	OpJump: "jump", OpJumpZero: "jumpzero", OpLoadIdx: "loadidx", OpStoreIdx: "storeidx",
	OpNetSend: "net_send", OpNetEvent: "net_event", OpNetMove: "net_move", OpLinSolve: "linsolve",
	OpError: "error", OpCrout: "crout", OpCroutSolve: "croutsolve", OpCall: "call", OpNetSendAt: "net_send_at",
	OpWatch: "watch", OpPointing: "pointing", OpFuncTable: "functable", OpFunc: "func",
	OpConCount: "concount", OpConSelect: "conselect", OpLag: "lag",
}

func (o Op) String() string {
	if int(o) < len(opNames) && opNames[o] != "" {
		return opNames[o]
	}
	return "op" + strconv.Itoa(int(o))
}

var extNames = map[ExtKind]string{
	NodeV: "v", NodeRHS: "rhs", NodeD: "d", NodeArea: "area", NodeDiam: "diam",
	IonE: "e", IonI: "i", IonDiDv: "didv", IonXi: "in", IonXo: "out",
	PointerVar: "pointer",
}

// String is "v" or "na.e".
func (e Ext) String() string {
	if e.Ion != "" {
		return e.Ion + "." + extNames[e.Kind]
	}
	return extNames[e.Kind]
}

// Text is the program as text, one operation a line: "r1 = sub col:m r0". Tests compare it; people read it.
func (c *Code) Text(m *Mechanism) string {
	targets := map[int32]bool{}
	for _, i := range c.Instrs {
		for _, s := range i.Src {
			if s.Kind == Label {
				targets[s.Idx] = true
			}
		}
	}
	var b strings.Builder
	for pc, i := range c.Instrs {
		if targets[int32(pc)] {
			fmt.Fprintf(&b, "L%d:\n", pc)
		}
		if i.Dst.Kind != None {
			b.WriteString(m.refText(i.Dst))
			b.WriteString(" = ")
		}
		b.WriteString(i.Op.String())
		if i.Op == OpCall {
			fmt.Fprintf(&b, " %v(", Fn(i.Src[1].Idx))
			for k := range i.Src[2].Idx {
				if k > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(m.refText(Ref{i.Src[0].Kind, i.Src[0].Idx + k}))
			}
			b.WriteString(")\n")
			continue
		}
		for _, s := range i.Src {
			if s.Kind != None {
				b.WriteByte(' ')
				b.WriteString(m.refText(s))
			}
		}
		b.WriteByte('\n')
	}
	if targets[int32(len(c.Instrs))] {
		fmt.Fprintf(&b, "L%d:\n", len(c.Instrs))
	}
	return b.String()
}

func (m *Mechanism) refText(r Ref) string {
	n := strconv.Itoa(int(r.Idx))
	switch r.Kind {
	case Reg:
		return "r" + n
	case Col:
		c := &m.Columns[r.Idx]
		if c.Size > 0 {
			return fmt.Sprintf("col:%s[%d]", c.Name, c.Element)
		}
		return "col:" + c.Name
	case Glob:
		return "glob:" + m.Globals[r.Idx].Name
	case Const:
		return strconv.FormatFloat(m.Consts[r.Idx], 'g', -1, 64)
	case ExtRef:
		return "ext:" + m.Exts[r.Idx].String()
	case TableRef:
		return "table:" + n
	case Weight:
		return "weight:" + m.Weights[r.Idx]
	case ConWeight:
		return "conweight:" + m.Weights[r.Idx]
	case Arg:
		return "arg:" + n
	case Label:
		return "L" + n
	case Imm:
		return "#" + n
	}
	return "_"
}

// Text is all entries of the mechanism, for golden tests and `netsim mod show`.
func (m *Mechanism) Text() string {
	var b strings.Builder
	kind := [...]string{"density", "point", "artificial"}[m.Kind]
	fmt.Fprintf(&b, "%s %s\n", kind, m.Name)
	for _, c := range m.Columns {
		name := c.Name
		if c.Size > 0 {
			name = fmt.Sprintf("%s[%d]", name, c.Element)
		}
		role := [...]string{"parameter", "state", "assigned", "hidden"}[c.Role]
		fmt.Fprintf(&b, "column %s %s", name, role)
		if c.Default != 0 {
			fmt.Fprintf(&b, " = %v", c.Default)
		}
		if c.Range {
			b.WriteString(" range")
		}
		if c.Written {
			b.WriteString(" written")
		}
		b.WriteByte('\n')
	}
	for i, t := range m.Tables {
		fmt.Fprintf(&b, "table %d: %s, %d rows\n%s%s", i, strings.Join(t.Outputs, " "), t.N+1, t.Bounds.Text(m), t.Build.Text(m))
	}
	for _, e := range m.Entries() {
		switch {
		case e.Entry.Vector != nil:
			fmt.Fprintf(&b, "%s vector %d registers\n%s", e.Name, e.Entry.Vector.Regs, e.Entry.Vector.Text(m))
		case e.Entry.Scalar != nil:
			fmt.Fprintf(&b, "%s scalar %d registers\n%s", e.Name, e.Entry.Scalar.Regs, e.Entry.Scalar.Text(m))
		}
	}
	for i, w := range m.Watches {
		fmt.Fprintf(&b, "watch %d scalar %d registers\n%s", i, w.Regs, w.Text(m))
	}
	for _, f := range m.Functions {
		fmt.Fprintf(&b, "function %s scalar %d registers\n%s", f.Name, f.Code.Regs, f.Code.Text(m))
	}
	for i, d := range m.Diffusion {
		fmt.Fprintf(&b, "diffusion %d of %s scalar %d registers\n%s", i, m.refText(d.State), d.Code.Regs, d.Code.Text(m))
	}
	for _, p := range m.Procedures {
		if len(p.Unsupported) > 0 {
			fmt.Fprintf(&b, "procedure %s: unsupported: %d:%d: %s\n", p.Name, p.Unsupported[0].Line, p.Unsupported[0].Col, p.Unsupported[0].What)
			continue
		}
		fmt.Fprintf(&b, "procedure %s %d registers\n%s", p.Name, p.Code.Regs, p.Code.Text(m))
	}
	for _, u := range m.Unsupported {
		fmt.Fprintf(&b, "unsupported: %d:%d: %s\n", u.Line, u.Col, u.What)
	}
	for _, n := range m.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}
