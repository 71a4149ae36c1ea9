package modlab

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"netsim/engine"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// Trace is what a protocol gave: row k holds the values after k steps, row 0 those of the initialised state.
type Trace struct {
	Names []string // t (ms) first
	Rows  [][]float64
}

// maxValues bounds a trace: a GB.
const maxValues = 1 << 27

// column is one recorded variable and where it stands.
type column struct {
	name string
	find func(b *bench, i int) (*float64, error) // of copy i
}

// Run traces one instance of a mechanism.
func Run(src *Source, p Protocol) (*Trace, error) { return RunOn(src, p, engine.Options{}) }

// RunOn is Run with a choice of the engine's executor; no choice changes a bit.
func RunOn(src *Source, p Protocol, o engine.Options) (*Trace, error) {
	b, err := newBench(src, p, 1, o)
	if err != nil {
		return nil, err
	}
	if err := b.init(); err != nil {
		return nil, err
	}
	cols, fail := b.columns()
	if fail != nil {
		return nil, fail
	}
	tr := &Trace{Names: []string{"t"}}
	var at []*float64
	for _, c := range cols {
		tr.Names = append(tr.Names, c.name)
		x, err := c.find(b, 0)
		if err != nil {
			return nil, err
		}
		at = append(at, x)
	}
	spikes := 0.0
	artificial := b.m.Kind == program.Artificial
	if artificial {
		tr.Names = append(tr.Names, "spike")
		at = append(at, &spikes)
	}
	steps := p.Steps()
	width := len(tr.Names)
	if (steps+1)*width > maxValues {
		return nil, fmt.Errorf("%d steps of %d columns are too many for a trace of %d values; shorten tstop, or name in record what you look at", steps, width, maxValues)
	}
	values := make([]float64, 0, (steps+1)*width)
	sample := func() {
		from := len(values)
		values = append(values, b.eng.T())
		for _, x := range at {
			values = append(values, *x)
		}
		tr.Rows = append(tr.Rows, values[from:len(values):len(values)])
	}
	drive, err := b.drives()
	if err != nil {
		return nil, err
	}
	started, err := b.eng.Advance(0) // what was fired at t = 0
	if err != nil {
		return nil, err
	}
	spikes = float64(len(started))
	sample()
	for k := range steps {
		drive.set(float64(k) * p.Dt)
		out, err := b.eng.Advance(1)
		if err != nil {
			return nil, err
		}
		spikes = float64(len(out))
		sample()
	}
	return tr, nil
}

// drive is what is set before every step.
type drive struct {
	at    []*float64
	waves [][]Plateau
}

// drives finds the clamped potential and what else changes in time: values of POINTERs, variables of ions.
func (b *bench) drives() (*drive, error) {
	d := &drive{}
	add := func(name string, wave []Plateau) error {
		x, err := b.eng.Variable(engine.Probe{Node: membraneNode, Variable: name})
		if err != nil {
			return err
		}
		d.at, d.waves = append(d.at, x), append(d.waves, wave)
		return nil
	}
	if len(b.p.Clamp) > 0 {
		if err := add("v", b.p.Clamp); err != nil {
			return nil, err
		}
	}
	for _, name := range b.p.held() {
		if wave := b.p.Pointers[name].Values; len(wave) > 1 {
			if err := add(b.p.heldName(name), wave); err != nil {
				return nil, err
			}
		}
	}
	for _, ion := range sorted(b.p.Ions) {
		for _, name := range sorted(b.p.Ions[ion]) {
			if wave := b.p.Ions[ion][name]; len(wave) > 1 {
				if err := add(name, wave); err != nil {
					return nil, err
				}
			}
		}
	}
	return d, nil
}

// set gives each variable its value of time t (ms).
func (d *drive) set(t float64) {
	for i, wave := range d.waves {
		if v, ok := valueAt(wave, t); ok {
			*d.at[i] = v
		}
	}
}

// valueAt is the last plateau that has begun at t (ms).
func valueAt(wave []Plateau, t float64) (float64, bool) {
	k := sort.Search(len(wave), func(i int) bool { return wave[i].T > t+1e-9 })
	if k == 0 {
		return 0, false
	}
	return wave[k-1].Value, true
}

// columns resolves the names to record.
func (b *bench) columns() ([]column, *ProtocolError) {
	known := b.variables()
	if b.p.Record == nil {
		return known, nil
	}
	fail := &ProtocolError{}
	var out []column
	for _, name := range b.p.Record {
		k := slices.IndexFunc(known, func(c column) bool { return c.name == name })
		if k >= 0 {
			out = append(out, known[k])
			continue
		}
		if c, ok := b.byName(name); ok {
			out = append(out, c)
			continue
		}
		fail.add("record: " + unknown("variable", name, b.names()))
	}
	if fail.Problems != nil {
		return nil, fail
	}
	return out, nil
}

// variables lists what is recorded when nothing is asked for: v, STATE, RANGE, currents, ion variables.
func (b *bench) variables() []column {
	var out []column
	have := map[string]bool{}
	add := func(name string, find func(*bench, int) (*float64, error)) {
		if !have[name] {
			have[name] = true
			out = append(out, column{name, find})
		}
	}
	artificial := b.m.Kind == program.Artificial
	if !artificial {
		add("v", nodeVariable("v"))
	}
	own := func(want func(s *checker.Symbol) bool) {
		for i := range b.m.Columns {
			c := &b.m.Columns[i]
			s := b.src.Symbols.Lookup(c.Name)
			if c.Role == program.Hidden || s == nil || !want(s) {
				continue
			}
			if s.Ion != nil && b.m.Kind == program.Density {
				continue // the ion's, below
			}
			add(columnName(c), b.ownColumn(int32(i)))
		}
	}
	own(func(s *checker.Symbol) bool { return s.Kind == checker.State })
	own(func(s *checker.Symbol) bool { return s.Range && s.Kind != checker.Parameter })
	own(func(s *checker.Symbol) bool { return s.Nonspecific || s.Electrode })
	own(func(s *checker.Symbol) bool { return s.Range })
	if !artificial {
		for _, ion := range b.m.Ions {
			for _, name := range []string{"i" + ion.Name, "e" + ion.Name, ion.Name + "i", ion.Name + "o"} {
				add(name, nodeVariable(name))
			}
		}
	}
	for _, name := range sorted(b.p.Pointers) {
		if _, ok := b.target(name); ok {
			add(name, b.pointed(name))
		}
	}
	return out
}

// names lists what variables gives.
func (b *bench) names() []string {
	var out []string
	for _, c := range b.variables() {
		out = append(out, c.name)
	}
	return out
}

// byName finds other variables: a column of the mechanism that is not RANGE, a variable of an inserted mechanism or of
// its ions.
func (b *bench) byName(name string) (column, bool) {
	for i := range b.m.Columns {
		if c := &b.m.Columns[i]; columnName(c) == name && c.Role != program.Hidden {
			return column{name, b.ownColumn(int32(i))}, true
		}
	}
	if b.m.Kind == program.Artificial || !b.nodeHas(name) {
		return column{}, false
	}
	return column{name, nodeVariable(name)}, true
}

// nodeHas tells whether a name is a variable of an ion or of a density mechanism of the compartment.
func (b *bench) nodeHas(name string) bool {
	for _, m := range b.lib.Mechanisms {
		for _, ion := range m.Ions {
			if slices.Contains([]string{"i" + ion.Name, "e" + ion.Name, ion.Name + "i", ion.Name + "o"}, name) {
				return true
			}
		}
		if base, ok := strings.CutSuffix(name, "_"+m.Name); ok && m.Kind == program.Density {
			if slices.ContainsFunc(m.Columns, func(c program.Column) bool { return columnName(&c) == base }) {
				return true
			}
		}
	}
	return false
}

func nodeVariable(name string) func(*bench, int) (*float64, error) {
	return func(b *bench, i int) (*float64, error) {
		return b.eng.Variable(engine.Probe{Cell: i, Node: membraneNode, Variable: name})
	}
}

func (b *bench) ownColumn(c int32) func(*bench, int) (*float64, error) {
	return func(b *bench, i int) (*float64, error) {
		var x *float64
		switch b.m.Kind {
		case program.Density:
			x = b.eng.DensityColumn(i, membraneNode, b.mech, c)
		case program.Point:
			x = b.eng.PointColumn(i, c)
		default:
			x = b.eng.ArtificialColumn(i, c)
		}
		if x == nil {
			return nil, fmt.Errorf("%s is nowhere", columnName(&b.m.Columns[c]))
		}
		return x, nil
	}
}

// WriteCSV writes the trace with 17 significant digits, which give every double back.
func (tr *Trace) WriteCSV(w io.Writer) error {
	out := bufio.NewWriter(w)
	out.WriteString(strings.Join(tr.Names, ","))
	out.WriteByte('\n')
	var line []byte
	for _, row := range tr.Rows {
		line = line[:0]
		for i, x := range row {
			if i > 0 {
				line = append(line, ',')
			}
			line = appendNumber(line, x)
		}
		out.Write(append(line, '\n'))
	}
	return out.Flush() // the first error of the writes
}

// appendNumber writes as C's %.17g does.
func appendNumber(line []byte, x float64) []byte {
	switch {
	case math.IsNaN(x):
		return append(line, "nan"...)
	case math.IsInf(x, 1):
		return append(line, "inf"...)
	case math.IsInf(x, -1):
		return append(line, "-inf"...)
	}
	return strconv.AppendFloat(line, x, 'g', 17, 64)
}
