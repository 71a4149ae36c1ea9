package lower

import (
	"fmt"

	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// place is somewhere a variable lives while an entry runs.
type place struct {
	kind placeKind
	idx  int32
}

type placeKind uint8

const (
	placeCol    placeKind = iota // instance column
	placeLocal                   // LOCAL, argument, result of a FUNCTION, and v and dt as the entry sees them
	placeWeight                  // argument of NET_RECEIVE
	placeCon                     // argument of FOR_NETCONS
	placeArg                     // flag; never written
)

// needScalar is what the vector backend panics with when a construct has no straight-line form; the entry is then
// lowered again as a scalar program.
type needScalar struct {
	pos ast.Pos
	why string
}

// backend makes programs from a walk over the syntax tree. The vector backend builds the graph and keeps the current
// value of each place; the scalar backend appends operations that read and write places directly.
type backend interface {
	scalar() bool
	constant(x float64) value
	constOf(v value) (float64, bool)
	leaf(r program.Ref) value // global, ext, arg
	op(op program.Op, args ...value) value
	table(t, out int, x value) value
	newLocal() place
	read(p place) value
	write(p place, v value)
	snapshot(v value) value // v as it is now, whatever is written to its place later
	branch(pos ast.Pos, cond value, then, els func())
	loop(pos ast.Pos, cond func() value, body func())
	readIndexed(pos ast.Pos, first place, size int, index value) value
	writeIndexed(pos ast.Pos, first place, size int, index, v value)
	effect(e effect)                                       // what leaves the instance
	event(pos ast.Pos, op program.Op, args ...value)       // net_send and its like
	call(pos ast.Pos, fn program.Fn, args ...value) value  // of NEURON's library
	linSolve(pos ast.Pos, n int, coef []value) []value     // simeq
	crout(pos ast.Pos, n int, a []value) (factors []place) // n*n factors and n permutation entries
	croutSolve(n int, factors []place, b []value) []value
	fail(pos ast.Pos, code int)
	mark() int
	release(mark int)
}

// effect is a store or accumulation to a datum of the node (dst ExtRef).
type effect struct {
	op  program.Op
	dst program.Ref
	v   value
}

// vector is the backend for straight-line programs.
type vector struct {
	g       *graph
	env     map[place]value
	order   []place // columns in order of their first assignment
	known   map[place]bool
	effects []effect
	locals  int32
}

func newVector(g *graph) *vector {
	return &vector{g: g, env: map[place]value{}, known: map[place]bool{}}
}

func (b *vector) scalar() bool                    { return false }
func (b *vector) constant(x float64) value        { return b.g.constant(x) }
func (b *vector) constOf(v value) (float64, bool) { return b.g.constOf(v) }
func (b *vector) leaf(r program.Ref) value        { return b.g.leaf(r) }
func (b *vector) op(op program.Op, args ...value) value {
	return b.g.op(op, args...)
}
func (b *vector) table(t, out int, x value) value {
	return b.g.op(program.OpTable, x, value(t), value(out))
}

func (b *vector) newLocal() place {
	b.locals++
	p := place{placeLocal, b.locals - 1}
	// Known before a branch, so that what the branches assign is merged behind it.
	b.env[p] = b.g.constant(0)
	return p
}

func (b *vector) initial(p place) value {
	switch p.kind {
	case placeCol:
		return b.g.leaf(program.Ref{Kind: program.Col, Idx: p.idx})
	case placeLocal:
		return b.g.constant(0)
	}
	panic(needScalar{why: "weights of a NetCon"})
}

func (b *vector) read(p place) value {
	if v, ok := b.env[p]; ok {
		return v
	}
	return b.initial(p)
}

func (b *vector) write(p place, v value) {
	if p.kind == placeCol && !b.known[p] {
		b.known[p] = true
		b.order = append(b.order, p)
	}
	b.env[p] = v
}

func (b *vector) snapshot(v value) value { return v }

func (b *vector) branch(_ ast.Pos, cond value, then, els func()) {
	if c, ok := b.constOf(cond); ok {
		if c != 0 {
			then()
		} else {
			els()
		}
		return
	}
	before := b.env
	run := func(f func()) map[place]value {
		b.env = make(map[place]value, len(before))
		for p, v := range before {
			b.env[p] = v
		}
		f()
		return b.env
	}
	t := run(then)
	e := run(els)
	b.env = before
	merge := func(p place) {
		old, had := before[p]
		if p.kind == placeLocal && !had {
			return // a LOCAL of one branch
		}
		tv, inT := t[p]
		ev, inE := e[p]
		if !had {
			old = b.initial(p)
		}
		if !inT {
			tv = old
		}
		if !inE {
			ev = old
		}
		if tv != ev {
			before[p] = b.op(program.OpSelect, cond, tv, ev)
		} else if inT || inE {
			before[p] = tv
		}
	}
	// Both branches may have assigned; each place is merged once, and the outcome does not depend on the order.
	for p := range t {
		merge(p)
	}
	for p := range e {
		if _, done := t[p]; !done {
			merge(p)
		}
	}
}

func (b *vector) loop(pos ast.Pos, _ func() value, _ func()) {
	panic(needScalar{pos, "a loop whose length is known at run time only"})
}

func (b *vector) readIndexed(pos ast.Pos, first place, size int, index value) value {
	panic(needScalar{pos, "an index that is known at run time only"})
}

func (b *vector) writeIndexed(pos ast.Pos, first place, size int, index, v value) {
	panic(needScalar{pos, "an index that is known at run time only"})
}

func (b *vector) effect(e effect) { b.effects = append(b.effects, e) }

func (b *vector) event(pos ast.Pos, op program.Op, args ...value) {
	panic(needScalar{pos, op.String()})
}

func (b *vector) call(pos ast.Pos, fn program.Fn, args ...value) value {
	panic(needScalar{pos, fn.String()})
}

func (b *vector) linSolve(pos ast.Pos, n int, coef []value) []value {
	panic(needScalar{pos, "SOLVE of a LINEAR block"})
}

func (b *vector) crout(pos ast.Pos, n int, a []value) []place {
	panic(needScalar{pos, "SOLVE METHOD derivimplicit"})
}

func (b *vector) croutSolve(n int, factors []place, rhs []value) []value {
	panic(needScalar{why: "SOLVE METHOD derivimplicit"})
}

// fail is a test that ends the run; vector programs leave it out, since a zero pivot shows as NaN.
func (b *vector) fail(pos ast.Pos, code int) {}
func (b *vector) mark() int                  { return 0 }
func (b *vector) release(int)                {}

func (p place) String() string { return fmt.Sprintf("%d:%d", p.kind, p.idx) }
