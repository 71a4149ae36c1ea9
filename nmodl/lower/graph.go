package lower

import (
	"math"

	"netsim/nmodl/program"
)

// value names one number of the graph (vector programs) or one operand (scalar programs).
type value int32

// node is a pure operation on earlier values, a constant, or a leaf: what a column, global or datum of the node
// holds when the entry starts.
type node struct {
	op   program.Op // OpNop for constants and leaves
	leaf program.Ref
	num  float64
	args [3]value // unused ones are -1; for OpTable the second is the table's number and the third the output, for OpCurve the second is the output
}

type nodeKey struct {
	op   program.Op
	leaf program.Ref
	bits uint64
	args [3]value
}

// graph holds the values of all vector entries of one mechanism. Equal operations on equal values are one value,
// also across entries: what the two evaluations of BREAKPOINT share is computed once, and an invariant that two
// entries need becomes one hidden column.
type graph struct {
	nodes []node
	index map[nodeKey]value
}

func newGraph() *graph { return &graph{index: map[nodeKey]value{}} }

func (g *graph) add(n node) value {
	k := nodeKey{n.op, n.leaf, math.Float64bits(n.num), n.args}
	if v, ok := g.index[k]; ok {
		return v
	}
	v := value(len(g.nodes))
	if len(g.nodes) >= maxInstrs {
		panic(tooLarge{what: "too many operations"})
	}
	g.nodes = append(g.nodes, n)
	g.index[k] = v
	return v
}

var noArgs = [3]value{-1, -1, -1}

func (g *graph) constant(x float64) value { return g.add(node{num: x, args: noArgs}) }

func (g *graph) leaf(r program.Ref) value { return g.add(node{leaf: r, args: noArgs}) }

func (g *graph) constOf(v value) (float64, bool) {
	n := &g.nodes[v]
	return n.num, n.op == program.OpNop && n.leaf.Kind == program.None
}

// op adds an operation. Only what holds for all inputs to the last bit is simplified: folding of constants with the
// executor's own arithmetic, x*1, x/1, x-0, selection between equal values, and gcc's unconditional expansion of
// pow with the literal exponents -1, 0, 1 and 2 (tree-ssa-math-opts.c: gimple_expand_builtin_pow).
func (g *graph) op(op program.Op, args ...value) value {
	n := node{op: op, args: noArgs}
	copy(n.args[:], args)
	if op == program.OpTable || op == program.OpCurve {
		return g.add(n)
	}
	var c [3]float64
	all := true
	var known [3]bool
	for i, a := range args {
		c[i], known[i] = g.constOf(a)
		all = all && known[i]
	}
	if s, ok := simplify(op, args, c, known, g.op); ok {
		return s
	}
	if all {
		return g.constant(program.Apply(op, c[0], c[1], c[2]))
	}
	return g.add(n)
}

// simplify returns a value that equals the operation bit for bit at less cost.
func simplify(op program.Op, args []value, c [3]float64, known [3]bool, emit func(program.Op, ...value) value) (value, bool) {
	switch op {
	case program.OpMul:
		if known[0] && c[0] == 1 {
			return args[1], true
		}
		if known[1] && c[1] == 1 {
			return args[0], true
		}
	case program.OpDiv:
		if known[1] && c[1] == 1 {
			return args[0], true
		}
	case program.OpSub:
		if known[1] && c[1] == 0 && !math.Signbit(c[1]) {
			return args[0], true
		}
		if known[0] && c[0] == 0 && math.Signbit(c[0]) { // -0.0 - x is -x for all x
			return emit(program.OpNeg, args[1]), true
		}
	case program.OpAdd:
		for i := range 2 {
			if known[i] && c[i] == 0 && math.Signbit(c[i]) { // x + -0.0 is x for all x
				return args[1-i], true
			}
		}
	case program.OpSelect:
		if known[0] {
			if c[0] != 0 {
				return args[1], true
			}
			return args[2], true
		}
		if args[1] == args[2] {
			return args[1], true
		}
	case program.OpPow:
		if !known[1] {
			break
		}
		switch c[1] {
		case 1:
			return args[0], true
		case 2:
			return emit(program.OpMul, args[0], args[0]), true
		}
	}
	return 0, false
}

// isLeaf tells whether the value costs no operation: a constant, or an operand that programs read in place.
func (g *graph) isLeaf(v value) bool { return g.nodes[v].op == program.OpNop }

// numArgs counts the arguments of node n that are values.
func (n *node) values() []value {
	if n.op == program.OpTable || n.op == program.OpCurve {
		return n.args[:1]
	}
	for i, a := range n.args {
		if a < 0 {
			return n.args[:i]
		}
	}
	return n.args[:]
}
