package ring

import "testing"

// Values of Python 3.11: random.Random(1000003 + 5), random() twice; random.Random(2000006 + 5), randrange(1, 12) and
// randrange(12).
func TestStream(t *testing.T) {
	r := newStream(seed(treeStream, 5))
	if a, b := r.float(), r.float(); a != 0.927002424704887 || b != 0.4816943124617066 {
		t.Errorf("float: %v, %v", a, b)
	}
	r = newStream(seed(edgeStream, 5))
	if a, b := 1+r.below(11), r.below(12); a != 3 || b != 8 {
		t.Errorf("below: %d, %d", a, b)
	}
}

func TestSize(t *testing.T) {
	m := New(64, 100, B, 50)
	if n := m.Compartments(); n != 9280 {
		t.Errorf("64 cells have %d compartments", n)
	}
	if n := m.Synapses(); n != 64*101 {
		t.Errorf("64 cells have %d synapses", n)
	}
	s := m.Cells[63].Synapses[100]
	if s.Section != 8 || s.Segment != 1 || s.Inputs[0].Source != 50 || s.Inputs[0].Delay != 4.775 {
		t.Errorf("the last synapse is %+v", s)
	}
}
