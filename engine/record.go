package engine

import (
	"fmt"
	"slices"
	"strings"

	"netsim/nmodl/program"
)

// Recording samples variables after steps Start, Start+… < End: step k (counted from 0) is taken when Start <= k < End
// and k is a multiple of Stride; its values are those at t = (k+1)·dt.
type Recording struct {
	Start, End, Stride int
	Probes             []Probe

	first  int // first step of the interval
	rows   int
	values []float64 // rows × len(Probes)
}

// Probe is one variable at one place, by NEURON's name: v, cai, ina, eca, gbar_NaTs, …
type Probe struct {
	Cell     int   // index into Network.Cells
	Node     int32 // of the cell's template
	Variable string
}

// probe is the probes of one recording in one group.
type probe struct {
	rec  *Recording
	cols []int32
	ptrs []*float64
}

// Record adds a recording; call it before Init.
func (e *Engine) Record(r *Recording) {
	r.Stride = max(1, r.Stride)
	e.recordings = append(e.recordings, r)
}

// Rows returns the samples of the last Advance, row by row, one value per probe. The slice is valid until the next one.
func (r *Recording) Rows() (rows int, values []float64) {
	return r.rows, r.values[:r.rows*len(r.Probes)]
}

func (r *Recording) takes(step int) bool {
	return step >= r.Start && step < r.End && step%r.Stride == 0
}

// begin makes room for the steps first … first+n-1.
func (r *Recording) begin(first, n int) {
	r.first, r.rows = first, 0
	for k := first; k < first+n; k++ {
		if r.takes(k) {
			r.rows++
		}
	}
	if need := r.rows * len(r.Probes); need > len(r.values) {
		r.values = make([]float64, need)
	}
}

// row is the row of a step that is taken.
func (r *Recording) row(step int) int {
	from := max(r.first, r.Start)
	from = (from + r.Stride - 1) / r.Stride
	return step/r.Stride - from
}

// record samples what is asked for after the current step.
func (g *group) record(e *Engine) {
	for k := range g.probes {
		p := &g.probes[k]
		if !p.rec.takes(g.step) {
			continue
		}
		row := p.rec.values[p.rec.row(g.step)*len(p.rec.Probes):]
		for i, ptr := range p.ptrs {
			row[p.cols[i]] = *ptr
		}
	}
}

// bindProbes finds the variables of all recordings that are in this group.
func (g *group) bindProbes(e *Engine) error {
	for _, r := range e.recordings {
		p := probe{rec: r}
		for col := range r.Probes {
			pr := &r.Probes[col]
			if e.groups[e.groupOf(pr.Cell, pr.Node)] != g {
				continue
			}
			ptr, err := e.variable(pr)
			if err != nil {
				return err
			}
			p.cols = append(p.cols, int32(col))
			p.ptrs = append(p.ptrs, ptr)
		}
		if p.ptrs != nil {
			g.probes = append(g.probes, p)
		}
	}
	return nil
}

// variable finds a RANGE variable by NEURON's name.
func (e *Engine) variable(p *Probe) (*float64, error) {
	g, at := e.find(p)
	if p.Variable == "v" {
		return &g.v[at], nil
	}
	for _, ion := range g.ions {
		if kind, ok := ion.kindOf(p.Variable); ok {
			if w := ion.at(at); w >= 0 {
				return value(*ion.array(kind), w), nil
			}
		}
	}
	if mi, c, i, ok := g.column(p.Variable, at); ok {
		e.observe(mi, c)
		return mi.value(i, int32(c)), nil
	}
	return nil, e.noVariable(p)
}

// keepCurrents has those currents of ions computed that are recorded.
func (e *Engine) keepCurrents() {
	for _, r := range e.recordings {
		for k := range r.Probes {
			p := &r.Probes[k]
			if !strings.HasPrefix(p.Variable, "i") {
				continue
			}
			g, at := e.find(p)
			for _, ion := range g.ions {
				if kind, ok := ion.kindOf(p.Variable); ok && kind == program.IonI && ion.i == nil && ion.at(at) >= 0 {
					e.ownValues(g, ion, kind)
				}
			}
		}
	}
}

// find tells the group and the index into its v of a probe's node.
func (e *Engine) find(p *Probe) (*group, int32) {
	return e.groups[e.groupOf(p.Cell, p.Node)], e.at(p.Cell, p.Node)
}

// column finds variable_mechanism among the density mechanisms at a node: the mechanism, the column, the instance.
func (g *group) column(variable string, at int32) (mi *mechInst, c, inst int, ok bool) {
	for _, mi := range g.mechs {
		base, ok := strings.CutSuffix(variable, "_"+mi.m.Name)
		if !ok || mi.nodes == nil || mi.m.Kind != program.Density {
			continue
		}
		i, here := slices.BinarySearch(mi.nodes, at)
		if !here {
			continue
		}
		for c := range mi.m.Columns {
			column := &mi.m.Columns[c]
			if column.Name == base || fmt.Sprintf("%s[%d]", column.Name, column.Element) == base {
				return mi, c, i, true
			}
		}
	}
	return nil, 0, 0, false
}

func (e *Engine) noVariable(p *Probe) error {
	return fmt.Errorf("cell %d has no variable %s at node %d: no mechanism or ion there has that name", e.net.Cells[p.Cell].GID, p.Variable, p.Node)
}

// CanRecord tells whether all probes exist, before anything is simulated.
func (e *Engine) CanRecord(probes []Probe) error {
	for k := range probes {
		p := &probes[k]
		g, at := e.find(p)
		known := p.Variable == "v"
		for _, ion := range g.ions {
			_, named := ion.kindOf(p.Variable)
			known = known || named && ion.at(at) >= 0
		}
		if !known {
			_, _, _, known = g.column(p.Variable, at)
		}
		if !known {
			return e.noVariable(p)
		}
	}
	return nil
}
