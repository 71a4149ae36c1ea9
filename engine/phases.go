package engine

import "netsim/nmodl/program"

// The phases of BEFORE and AFTER blocks that run in every step.
const (
	beforeBreakpoint = iota
	afterSolve
	beforeStep
	numPhases
)

// phaseCode is the block of one phase.
type phaseCode struct {
	code   *boundCode
	scalar *program.Code
}

// bindPhases prepares the blocks of every step.
func (e *Engine) bindPhases(g *group, mi *mechInst) error {
	for k, en := range []program.Entry{mi.m.BeforeBreakpoint, mi.m.AfterSolve, mi.m.BeforeStep} {
		var err error
		p := &mi.phases[k]
		if p.code, p.scalar, err = e.bindEntry(g, mi, en); err != nil {
			return err
		}
		g.phased[k] = g.phased[k] || p.code != nil || p.scalar != nil
	}
	return nil
}

// runPhase runs the blocks of one phase, mechanism by mechanism.
func (g *group) runPhase(e *Engine, s *scratch, phase int) {
	if !g.phased[phase] {
		return
	}
	for _, mi := range g.mechs {
		p := &mi.phases[phase]
		if p.scalar != nil {
			for i := range mi.n {
				e.runScalar(g, mi, p.scalar, i, nil, 0)
			}
			continue
		}
		p.code.run(s)
	}
}

// phaseRegs is how many registers the blocks need.
func (mi *mechInst) phaseRegs() int {
	n := 0
	for k := range mi.phases {
		if c := mi.phases[k].code; c != nil {
			n = max(n, c.regs)
		}
	}
	return n
}
