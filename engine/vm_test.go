package engine

import (
	"testing"

	"netsim/nmodl/program"
)

// TestDivisorSet holds that the vector machine takes over, though its operations were let go for machine code, when a
// divisor changes on which the machine code relies.
func TestDivisorSet(t *testing.T) {
	m := leak()
	m.Columns[0] = program.Column{Name: "r", Default: 1000} // i = (v-e)/r
	for k := range m.Cur.Vector.Instrs {
		if in := &m.Cur.Vector.Instrs[k]; in.Op == program.OpMul {
			in.Op = program.OpDiv
			in.Src[0], in.Src[1] = in.Src[1], in.Src[0]
		}
	}
	run := func(opt Options) (float64, *Engine) {
		net := ring(16)
		net.Mechanisms[0] = m
		for _, tmpl := range net.Templates {
			tmpl.Density[0].Params = nil
		}
		e, err := New(net, opt)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Init(e.MinDelay(), 10); err != nil {
			t.Fatal(err)
		}
		for c := range net.Cells {
			*e.DensityColumn(c, 3, 0, 0) = 700
		}
		for range 5 {
			if _, err := e.Advance(3); err != nil {
				t.Fatal(err)
			}
		}
		v, err := e.Variable(Probe{Cell: 3, Node: 5, Variable: "v"})
		if err != nil {
			t.Fatal(err)
		}
		return *v, e
	}
	want, _ := run(Options{NoNative: true})
	got, e := run(Options{})
	if got != want {
		t.Errorf("v is %v mV, the vector machine has %v", got, want)
	}
	if n, why := e.NativeCode(); n == 0 {
		t.Skip("no machine code:", why)
	}
	relied := false
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			relied = relied || mi.m == m && mi.cur.native != nil && mi.cur.ops != nil
		}
	}
	if !relied {
		t.Error("no operations were bound again: the test shows nothing")
	}
}
