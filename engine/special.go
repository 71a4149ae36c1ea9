package engine

import (
	"fmt"

	"netsim/nmodl/program"
)

// FunctionTable gives a FUNCTION_TABLE of a mechanism its values (table_f of hoc).
type FunctionTable struct {
	Mech int32 // index into Network.Mechanisms
	Name string
	Data program.FunctionTableData
}

// special runs the operations of scalar programs that are rare.
func (e *Engine) special(x *scalarRun, in *program.Instr) error {
	mi, first := x.mi, in.Src[0].Idx
	switch in.Op {
	case program.OpWatch:
		e.activate(x, in.Src[1].Idx, x.get(in.Src[0]))
	case program.OpPointing:
		set := 0.0
		if mi.exts[first].pointers[x.i].column != nil {
			set = 1
		}
		x.set(in.Dst, set)
	case program.OpFuncTable:
		t := &mi.m.FunctionTables[in.Src[2].Idx]
		data := e.functionTable(mi.mech, t)
		if data == nil {
			return fmt.Errorf("FUNCTION_TABLE %s is not set", t.Name)
		}
		x.set(in.Dst, data.At(x.regs[first:first+in.Src[1].Idx]))
	case program.OpFunc:
		f := &mi.m.Functions[in.Src[1].Idx]
		if x.depth >= program.MaxDepth {
			return fmt.Errorf("%s: %w", f.Name, program.ErrTooDeep)
		}
		if x.turns += program.CallTurns; x.turns > e.opt.MaxTurns { // two calls at each of MaxDepth levels never end
			return fmt.Errorf("%s: %w", f.Name, program.ErrEndless)
		}
		inner := scalarRun{g: x.g, mi: mi, i: x.i, regs: make([]float64, max(f.Code.Regs, 1)), weights: x.weights,
			args: append([]float64(nil), x.regs[first:first+in.Src[2].Idx]...), depth: x.depth + 1, turns: x.turns}
		if !e.exec(&inner, f.Code) {
			return errStopped
		}
		x.turns = inner.turns
		x.set(in.Dst, inner.regs[0])
	case program.OpConCount:
		n := 0
		if mi.consOf != nil {
			n = len(mi.consOf[x.i])
		}
		x.set(in.Dst, float64(n))
	case program.OpConSelect:
		x.con = mi.consOf[x.i][int(x.get(in.Src[0]))]
	case program.OpLag:
		if mi.lags == nil {
			mi.lags = make([][]program.LagHistory, mi.n)
		}
		if mi.lags[x.i] == nil {
			mi.lags[x.i] = make([]program.LagHistory, mi.m.Lags)
		}
		h := &mi.lags[x.i][in.Src[2].Idx]
		x.set(in.Dst, h.At(mi.globals[program.GlobT], x.get(in.Src[0]), x.get(in.Src[1])))
	}
	return nil
}

// errStopped stands for an error that is reported already.
var errStopped = fmt.Errorf("a called function failed")

func (e *Engine) functionTable(mech int32, t *program.FunctionTable) *program.FunctionTableData {
	for k := range e.net.FunctionTables {
		if f := &e.net.FunctionTables[k]; f.Mech == mech && f.Name == t.Name {
			return &f.Data
		}
	}
	return nil
}

// checkFunctionTables looks at what the user gave.
func (e *Engine) checkFunctionTables() error {
	for k := range e.net.FunctionTables {
		f := &e.net.FunctionTables[k]
		m := e.net.Mechanisms[f.Mech]
		found := false
		for _, t := range m.FunctionTables {
			if t.Name != f.Name {
				continue
			}
			found = true
			if !f.Data.Valid(t.Args) {
				return fmt.Errorf("%s: the values for FUNCTION_TABLE %s do not span its %d arguments", m.Name, f.Name, t.Args)
			}
		}
		if !found {
			return fmt.Errorf("%s has no FUNCTION_TABLE %s", m.Name, f.Name)
		}
	}
	return nil
}

// linkExternals gives EXTERNAL names their values: globals of other mechanisms, as name_mechanism.
func (e *Engine) linkExternals(mi *mechInst) error {
	for k := range mi.m.Globals {
		if !mi.m.Globals[k].External {
			continue
		}
		name, found := mi.m.Globals[k].Name, false
		for _, m := range e.net.Mechanisms {
			for j := range m.Globals {
				g := &m.Globals[j]
				if j >= program.NumStandardGlobals && !g.External && (g.Name+"_"+m.Name == name || m.Kind != program.Density && g.Name == name) {
					mi.globals[k], found = g.Default, true
				}
			}
			if len(m.Tables) > 0 && "usetable_"+m.Name == name {
				mi.globals[k], found = 1, true
			}
		}
		if !found {
			return fmt.Errorf("%s: EXTERNAL %s is no GLOBAL of a mechanism of this network that nothing assigns to", mi.m.Name, name)
		}
	}
	return nil
}

// table is the table that a program looks up for this instance.
func (x *scalarRun) table(t int) *program.TableData {
	if len(x.mi.m.Tables[t].DependCols) == 0 {
		return x.mi.tables[t]
	}
	var d *program.TableData
	d, x.err = x.mi.cache.For(x.mi.m, t, x.mi.globals, func(col int32) float64 {
		return x.get(program.Ref{Kind: program.Col, Idx: col})
	})
	return d
}

// settleTables decides, once INITIAL has run, how a mechanism whose tables depend on columns runs: on the vector machine
// if all instances share each table for good, else one instance at a time.
func (e *Engine) settleTables(g *group, mi *mechInst) error {
	mi.alone = false
	for t := range mi.m.Tables {
		cols := mi.m.Tables[t].DependCols
		if len(cols) == 0 {
			continue
		}
		for _, col := range cols {
			c := &mi.m.Columns[col]
			if c.Written || c.Driven {
				mi.alone = true
				continue
			}
			for _, v := range mi.cols[col] {
				if v != mi.cols[col][0] {
					mi.alone = true
					break
				}
			}
		}
		x := scalarRun{g: g, mi: mi}
		if mi.tables[t] = x.table(t); x.err != nil {
			return fmt.Errorf("could not fill a TABLE of %s: %w", mi.m.Name, x.err)
		}
	}
	return nil
}

// byColumns reports whether some table of the mechanism depends on columns.
func byColumns(m *program.Mechanism) bool {
	for t := range m.Tables {
		if len(m.Tables[t].DependCols) > 0 {
			return true
		}
	}
	return false
}
