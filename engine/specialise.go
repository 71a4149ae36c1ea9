package engine

import (
	"slices"

	"netsim/nmodl/program"
)

// specialKey is a program and what is particular about the Exts of a mechanism in a group.
type specialKey struct {
	code *program.Code
	exts string
}

// extGlobal is the index of the global that stands for an Ext with one value for all instances.
func extGlobal(m *program.Mechanism, ext int32) int32 { return int32(len(m.Globals)) + ext }

// specialise leaves out of a vector program what nobody reads (currents of ions), and reads data of the node that are
// equal for all instances (reversal potentials, as a rule) as globals. No bit of the rest changes.
func (e *Engine) specialise(mi *mechInst, code *program.Code) *program.Code {
	if code == nil {
		return nil
	}
	what := make([]byte, len(mi.exts))
	special := false
	for k := range mi.exts {
		switch x := &mi.exts[k]; {
		case x.one != nil:
			what[k], special = 'o', true
		case x.unread:
			what[k], special = 'u', true
		}
	}
	if !special {
		return code
	}
	key := specialKey{code, string(what)}
	out, known := e.specials[key]
	if !known {
		out = specialised(mi, code)
		if e.specials == nil {
			e.specials = map[specialKey]*program.Code{}
		}
		e.specials[key] = out
	}
	return out
}

func specialised(mi *mechInst, code *program.Code) *program.Code {
	out := &program.Code{Regs: code.Regs, Vector: code.Vector}
	stands := map[int32]program.Ref{} // what a register stands for
	for _, in := range code.Instrs {
		for k, r := range in.Src {
			switch {
			case r.Kind == program.Reg:
				if g, ok := stands[r.Idx]; ok {
					in.Src[k] = g
				}
			case r.Kind == program.ExtRef && mi.exts[r.Idx].one != nil:
				in.Src[k] = program.Ref{Kind: program.Glob, Idx: extGlobal(mi.m, r.Idx)}
			}
		}
		switch in.Dst.Kind {
		case program.ExtRef:
			if mi.exts[in.Dst.Idx].unread {
				continue
			}
		case program.Reg:
			delete(stands, in.Dst.Idx)
			if g := in.Src[0]; in.Op == program.OpMov && g.Kind == program.Glob && int(g.Idx) >= len(mi.m.Globals) {
				stands[in.Dst.Idx] = g
				continue
			}
		}
		out.Instrs = append(out.Instrs, in)
	}
	// Operations whose results are read no more.
	live := map[int32]bool{}
	kept := make([]program.Instr, 0, len(out.Instrs))
	for k := len(out.Instrs) - 1; k >= 0; k-- {
		in := out.Instrs[k]
		if in.Dst.Kind == program.Reg {
			if !live[in.Dst.Idx] {
				continue
			}
			delete(live, in.Dst.Idx)
		}
		for _, r := range in.Src {
			if r.Kind == program.Reg {
				live[r.Idx] = true
			}
		}
		kept = append(kept, in)
	}
	slices.Reverse(kept)
	out.Instrs = kept
	return out
}
