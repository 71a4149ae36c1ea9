package engine

import (
	"math"
	"math/bits"

	"netsim/nmodl/program"
)

// Digests are hashes of what each cell of a network is made of, the same for any number of ranks. A saved state holds
// them, so that it is not put into another circuit.
type Digests struct{ cells, artificials [][numDigests]uint64 }

// What is hashed apart, so that a message can name it.
const (
	ofBody     = iota // tree, mechanisms, their parameters
	ofSynapses        // point processes and connections
	ofInputs          // spike trains of the sources that are not simulated
	numDigests
)

var digestNames = [numDigests]string{"the cell itself (morphology, mechanisms, parameters)", "its synapses, clamps or connections", "its input spikes"}

func (d *Digests) of(cell int) [numDigests]uint64 {
	switch {
	case d == nil:
		return [numDigests]uint64{}
	case cell < 0:
		return d.artificials[-1-cell]
	}
	return d.cells[cell]
}

// Sum is one number for all cells: added up over the ranks it is that of the circuit.
func (d *Digests) Sum() uint64 {
	sum := uint64(0)
	for _, list := range [][][numDigests]uint64{d.cells, d.artificials} {
		for k := range list {
			for _, x := range list[k] {
				sum += x
			}
		}
	}
	return sum
}

// hash is a running hash of 64-bit words. It finds changes; it is no protection against malice.
type hash uint64

func (h *hash) word(x uint64) {
	hi, lo := bits.Mul64(uint64(*h)^x^0x9e3779b97f4a7c15, 0xd6e8feb86659fd93)
	*h = hash(hi ^ bits.RotateLeft64(lo, 29) ^ x<<1)
}
func (h *hash) int(x int32)     { h.word(uint64(uint32(x))) }
func (h *hash) float(x float64) { h.word(math.Float64bits(x)) }
func (h *hash) floats(xs []float64) {
	h.word(uint64(len(xs)))
	for _, x := range xs {
		h.float(x)
	}
}
func (h *hash) ints(xs []int32) {
	h.word(uint64(len(xs)))
	for _, x := range xs {
		h.int(x)
	}
}
func (h *hash) text(s string) {
	h.word(uint64(len(s)))
	for k := range len(s) {
		h.word(uint64(s[k]))
	}
}

// column hashes the setting of a parameter. Columns are named, since their numbers depend on what is recorded.
func (h *hash) column(m *program.Mechanism, c int32) {
	h.text(m.Columns[c].Name)
	h.int(int32(m.Columns[c].Element))
}

// Digests hashes every cell. Before Points and NetCons are let go.
func (net *Network) Digests() *Digests {
	out := &Digests{cells: make([][numDigests]uint64, len(net.Cells)), artificials: make([][numDigests]uint64, len(net.Artificials))}
	templates := make([]uint64, len(net.Templates))
	for k, t := range net.Templates {
		templates[k] = net.templateDigest(t)
	}
	for k := range net.Cells {
		c := &net.Cells[k]
		h := hash(templates[c.Template])
		h.int(c.DetectorNode)
		h.float(c.Threshold)
		out.cells[k][ofBody] = uint64(h)
	}
	sets := make([]uint64, len(net.Params))
	names := map[[2]int32]uint64{}
	set := func(mech, params int32) uint64 {
		if params < 0 {
			return 0
		}
		if sets[params] == 0 {
			h := hash(mech)
			p := &net.Params[params]
			for k, c := range p.Columns {
				name, known := names[[2]int32{mech, c}]
				if !known {
					var n hash
					n.column(net.Mechanisms[mech], c)
					name = uint64(n)
					names[[2]int32{mech, c}] = name
				}
				h.word(name)
				h.float(p.Values[k])
			}
			sets[params] = uint64(h)
		}
		return sets[params]
	}
	mechs := make([]uint64, len(net.Mechanisms))
	for k, m := range net.Mechanisms {
		var h hash
		h.text(m.Name)
		mechs[k] = uint64(h)
	}
	for k := range net.Artificials {
		a := &net.Artificials[k]
		h := hash(mechs[a.Mech])
		h.word(set(a.Mech, a.Params))
		out.artificials[k][ofBody] = uint64(h)
	}
	place := make([]uint64, len(net.Points)) // what identifies a point process in its cell
	count := make([]uint64, len(net.Cells))
	for k := range net.Points {
		p := &net.Points[k]
		h := hash(mechs[p.Mech])
		h.word(count[p.Cell])
		h.int(p.Node)
		h.word(set(p.Mech, p.Params))
		count[p.Cell]++
		place[k] = uint64(h)
		out.cells[p.Cell][ofSynapses] += uint64(h)
	}
	net.digestConnections(out, place)
	return out
}

// digestConnections adds connections and spike trains. The order of those onto one target counts; the order of targets,
// which depends on the other cells of the rank, does not.
func (net *Network) digestConnections(out *Digests, place []uint64) {
	trains := map[uint64]uint64{}
	for gid, times := range net.Trains {
		h := hash(gid)
		h.floats(times)
		trains[gid] = uint64(h)
	}
	onto := make([]hash, len(net.Points)+len(net.Artificials))
	for k := range net.NetCons {
		c := &net.NetCons[k]
		var d *[numDigests]uint64
		target := int(c.Target)
		if c.Artificial {
			d = &out.artificials[target]
			target += len(net.Points)
		} else {
			d = &out.cells[net.Points[target].Cell]
		}
		h := &onto[target]
		if *h == 0 && !c.Artificial {
			*h = hash(place[target])
		}
		h.word(c.Source)
		h.float(c.Weight)
		h.float(c.Delay)
		d[ofSynapses] += uint64(*h)
		if train, ok := trains[c.Source]; ok {
			in := hash(train)
			in.word(uint64(*h))
			d[ofInputs] += uint64(in)
		}
	}
}

func (net *Network) templateDigest(t *Template) uint64 {
	var h hash
	h.ints(t.Parent)
	for _, list := range [][]float64{t.Area, t.Diam, t.A, t.B, t.Cm} {
		h.floats(list)
	}
	for k := range t.Density {
		d := &t.Density[k]
		m := net.Mechanisms[d.Mech]
		h.text(m.Name)
		h.ints(d.Nodes)
		for i := range d.Params {
			h.column(m, d.Params[i].Column)
			h.floats(d.Params[i].Values)
		}
	}
	for k := range t.IonE {
		i := &t.IonE[k]
		h.text(net.Ions[i.Ion].Name)
		h.ints(i.Nodes)
		h.floats(i.E)
	}
	return uint64(h)
}
