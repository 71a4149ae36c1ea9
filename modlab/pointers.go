package modlab

import (
	"fmt"
	"slices"
	"strings"

	"netsim/engine"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
	"netsim/nmodl/program"
)

// holder is the mechanism that has the values of POINTERs that refer to no other variable: p0, p1, …, one for each.
const holder = "netsim_pointed"

// compileHolder makes a holder of n variables.
func compileHolder(n int) (*program.Mechanism, error) {
	names := make([]string, n)
	for k := range names {
		names[k] = fmt.Sprintf("p%d", k)
	}
	text := fmt.Sprintf("NEURON { SUFFIX %s  RANGE %s }\nPARAMETER { %s }\n", holder, strings.Join(names, ", "), strings.Join(names, " "))
	f, syms, ds := nmodl.ParseSource(holder+".mod", []byte(text))
	if diag.HasErrors(ds) {
		return nil, fmt.Errorf("could not hold the values of POINTERs: %s", nmodl.Render(f, ds))
	}
	all := func(string) bool { return true }
	m, _ := lower.Compile(f, syms, lower.Options{Observe: all, Driven: all})
	return m, nil
}

// held lists the POINTERs that refer to a value of their own; the k-th has the holder's variable pk.
func (p *Protocol) held() []string {
	return slices.DeleteFunc(sorted(p.Pointers), func(name string) bool { return p.Pointers[name].Variable != "" })
}

// heldName is the node's variable that has the value of a POINTER.
func (p *Protocol) heldName(pointer string) string {
	return fmt.Sprintf("p%d_%s", slices.Index(p.held(), pointer), holder)
}

// driven tells which variables of a mechanism POINTERs refer to, and so may write.
func (p *Protocol) driven(mechanism string) func(name string) bool {
	return func(name string) bool {
		for _, to := range p.Pointers {
			base, _, _ := strings.Cut(to.Variable, "[")
			if base == name || base == name+"_"+mechanism {
				return true
			}
		}
		return false
	}
}

// setPointers fills Network.Pointers for n copies.
func (b *bench) setPointers(n int, fail *ProtocolError) {
	var known []string
	for _, e := range b.m.Exts {
		if e.Kind == program.PointerVar {
			known = append(known, e.Ion)
		}
	}
	for _, name := range sorted(b.p.Pointers) {
		if !slices.Contains(known, name) {
			fail.add("pointers: " + unknown("POINTER that statements use", name, known))
			continue
		}
		to, ok := b.target(name)
		if !ok {
			fail.add(fmt.Sprintf("pointers: %s: ", name) + unknown("variable", b.p.Pointers[name].Variable, b.names()))
			continue
		}
		for i := range n {
			to.Index = int32(i)
			b.net.Pointers = append(b.net.Pointers, engine.PointerSet{
				Of: b.owner(), Index: int32(i), Mech: b.mech, Node: membraneNode, Pointer: name, To: to})
		}
	}
}

// target is what a POINTER refers to, but for the copy.
func (b *bench) target(pointer string) (engine.Target, bool) {
	of := b.p.Pointers[pointer]
	node := engine.Target{Of: engine.OfDensity, Node: membraneNode, Variable: of.Variable}
	if of.Variable == "" {
		node.Variable = b.p.heldName(pointer)
		return node, true
	}
	if of.Variable == "v" {
		return node, true
	}
	for i := range b.m.Columns {
		c := &b.m.Columns[i]
		base := strings.TrimSuffix(of.Variable, "_"+b.m.Name)
		s := b.src.Symbols.Lookup(c.Name)
		if columnName(c) != base || c.Role == program.Hidden || s != nil && s.Ion != nil && b.m.Kind == program.Density {
			continue
		}
		if b.m.Kind == program.Density {
			node.Variable = base + "_" + b.m.Name
			return node, true
		}
		return engine.Target{Of: engine.OfPoint, Variable: c.Name, Element: int32(c.Element)}, true
	}
	return node, b.nodeHas(of.Variable)
}

// pointed finds the value that a POINTER of the protocol refers to.
func (b *bench) pointed(pointer string) func(*bench, int) (*float64, error) {
	to, _ := b.target(pointer)
	if to.Of == engine.OfDensity {
		return nodeVariable(to.Variable)
	}
	c := slices.IndexFunc(b.m.Columns, func(c program.Column) bool { return c.Name == to.Variable && c.Element == int(to.Element) })
	return b.ownColumn(int32(c))
}
