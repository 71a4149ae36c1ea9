package lower

import (
	"slices"

	"netsim/nmodl/program"
)

// Functions of v alone become curves (program.Curves): looking one up is a dozen multiplications and additions in a
// row, whatever it is made of. That is done for what State needs of them, in the step of a gate
//
//	target + (s - target)·decay  =  s + (1 - decay)·(target - s)
//
// for target and 1 - decay, since a small 1 - decay must keep its digits. The test with the globals' defaults decides
// which functions a curve can follow; if it fails with those of a run, that runs StateExact.

// Costs in operations, of about the same time each.
const (
	curveCost  = 16 // polynomial and look-up of its coefficients
	expCost    = 14
	powCost    = 40
	divideCost = 9
)

// maxCurves bounds the curves of a mechanism.
const maxCurves = 64

// curver finds the functions of v of one State entry.
type curver struct {
	*fast
	v     value           // the leaf of v
	memo  map[value]bool  // ofV's
	from  map[int32]value // columns that INITIAL sets to what globals say, and nobody changes
	pure  map[value]bool  // isPure's
	built map[value]value // build's
}

// curves replaces functions of v in the State entry, if that saves something.
func (f *fast) curves(es *entries) {
	e := es.state
	cv := &curver{fast: f, memo: map[value]bool{}, pure: map[value]bool{}, built: map[value]value{}, v: -1}
	for k, x := range f.c.m.Exts {
		if x.Kind == program.NodeV {
			cv.v = f.g.leaf(program.Ref{Kind: program.ExtRef, Idx: int32(k)})
		}
	}
	if cv.v < 0 || f.storesV(e) {
		return
	}
	cv.from = cv.initial(es)
	old := e.roots()
	roots := slices.Clone(old)
	for k, r := range old {
		roots[k] = cv.gate(r)
	}
	found := cv.follow(cv.candidates(roots))
	for k := range roots {
		// A gate that is not looked up keeps its cheaper form.
		if roots[k] != old[k] && !found[f.g.nodes[f.g.nodes[roots[k]].args[1]].args[0]] {
			roots[k] = old[k]
		}
	}
	list := slices.DeleteFunc(cv.candidates(roots), func(v value) bool { return !found[v] })
	if len(list) == 0 || len(list) > maxCurves || cv.cost(list) < curveCost*len(list) {
		return
	}
	es.exact = &entry{name: "stateexact", vec: newVector(f.g), stores: slices.Clone(e.stores)}
	es.exact.vec.effects = slices.Clone(e.vec.effects)
	replaced := map[value]value{}
	f.c.m.Curves = &program.Curves{}
	for k, v := range list {
		replaced[v] = f.op(program.OpCurve, cv.v, value(k))
		es.curves = append(es.curves, cv.build(v))
		f.c.m.Curves.Names = append(f.c.m.Curves.Names, hiddenName(k))
	}
	e.setRoots(f.substitute(roots, replaced))
}

// storesV tells whether an entry changes v.
func (f *fast) storesV(e *entry) bool {
	return slices.ContainsFunc(e.vec.effects, func(x effect) bool {
		return f.c.m.Exts[x.dst.Idx].Kind == program.NodeV
	})
}

// initial finds the columns whose value is known once globals are: tadj = q10^((celsius - 23)/10) in INITIAL.
func (cv *curver) initial(es *entries) map[int32]value {
	out := map[int32]value{}
	if es.init == nil || es.init.vec == nil || es.beforeInitial != nil || es.afterInitial != nil {
		return out
	}
	for _, s := range es.init.stores {
		leaf := cv.g.leaf(program.Ref{Kind: program.Col, Idx: s.col})
		if cv.invariant(leaf) && cv.c.m.Columns[s.col].Size == 0 && cv.ofGlobals(s.v) {
			out[s.col] = s.v
		}
	}
	return out
}

// ofGlobals tells whether a value is made of constants and globals, but t.
func (cv *curver) ofGlobals(v value) bool {
	if r, ok := cv.pure[v]; ok {
		return r
	}
	n := &cv.g.nodes[v]
	r := n.op != program.OpTable
	if n.op == program.OpNop {
		r = n.leaf.Kind == program.None || n.leaf.Kind == program.Glob && n.leaf.Idx != program.GlobT && !cv.c.m.Globals[n.leaf.Idx].External
	}
	for _, a := range n.values() {
		r = r && cv.ofGlobals(a)
	}
	cv.pure[v] = r
	return r
}

// ofV tells whether a value is made of v and what is known once globals are.
func (cv *curver) ofV(v value) bool {
	if r, ok := cv.memo[v]; ok {
		return r
	}
	n := &cv.g.nodes[v]
	r := n.op != program.OpTable
	if n.op == program.OpNop {
		_, known := cv.from[n.leaf.Idx]
		r = v == cv.v || n.leaf.Kind == program.Col && known || cv.ofGlobals(v)
	}
	for _, a := range n.values() {
		r = r && cv.ofV(a)
	}
	cv.memo[v] = r
	return r
}

// gate rewrites the step of a gate, and leaves anything else.
func (cv *curver) gate(v value) value {
	sum := &cv.g.nodes[v]
	if sum.op != program.OpAdd {
		return v
	}
	for i := range 2 {
		target, product := sum.args[i], &cv.g.nodes[sum.args[1-i]]
		if product.op != program.OpMul || !cv.ofV(target) {
			continue
		}
		for j := range 2 {
			decay, difference := product.args[j], &cv.g.nodes[product.args[1-j]]
			if difference.op == program.OpSub && difference.args[1] == target && cv.ofV(decay) && !cv.ofV(difference.args[0]) {
				s := difference.args[0]
				gain := cv.op(program.OpSub, cv.g.constant(1), decay)
				return cv.op(program.OpAdd, s, cv.op(program.OpMul, gain, cv.op(program.OpSub, target, s)))
			}
		}
	}
	return v
}

// candidates are the largest functions of v that values are made of, as far as they are more than a few operations.
func (cv *curver) candidates(roots []value) []value {
	var out []value
	seen := map[value]bool{}
	var visit func(v value)
	visit = func(v value) {
		if seen[v] || cv.g.isLeaf(v) || cv.invariant(v) {
			return
		}
		seen[v] = true
		if cv.ofV(v) {
			if cv.cost([]value{v}) > curveCost {
				out = append(out, v)
			}
			return
		}
		for _, a := range cv.g.nodes[v].values() {
			visit(a)
		}
	}
	for _, v := range roots {
		visit(v)
	}
	return out
}

// cost is the number of operations in every step that values take, what they share counted once.
func (cv *curver) cost(list []value) int {
	total := 0
	for _, v := range cv.g.below(list) {
		if cv.g.isLeaf(v) || cv.invariant(v) {
			continue
		}
		switch cv.g.nodes[v].op {
		case program.OpDiv:
			total += divideCost
		case program.OpPow:
			total += powCost
		case program.OpExp, program.OpLog, program.OpLog10, program.OpSqrt, program.OpSin, program.OpCos, program.OpTan,
			program.OpAsin, program.OpAcos, program.OpAtan, program.OpAtan2, program.OpSinh, program.OpCosh, program.OpTanh, program.OpFmod:
			total += expCost
		default:
			total++
		}
	}
	return total
}

// build is a function of v as the program that computes it sees it: v is its argument.
func (cv *curver) build(v value) value {
	if w, ok := cv.built[v]; ok {
		return w
	}
	n := cv.g.nodes[v]
	w := v
	switch {
	case v == cv.v:
		w = cv.g.leaf(program.Ref{Kind: program.Arg, Idx: 0})
	case n.op != program.OpNop:
		args := n.values()
		list := make([]value, len(args))
		for k, a := range args {
			list[k] = cv.build(a)
		}
		w = cv.op(n.op, list...)
	case n.leaf.Kind == program.Col:
		w = cv.build(cv.from[n.leaf.Idx])
	}
	cv.built[v] = w
	return w
}

// follow tells which functions curves can follow, with the defaults of globals, a dt of 0.025 ms and 34 degC.
func (cv *curver) follow(list []value) map[value]bool {
	out := map[value]bool{}
	if len(list) == 0 {
		return out
	}
	values := make([]value, len(list))
	for k, v := range list {
		values[k] = cv.build(v)
	}
	build := cv.c.emitOutputs(values)
	m := &program.Mechanism{Consts: cv.c.consts.list, Curves: &program.Curves{Names: make([]string, len(list)), Build: build}}
	globals := make([]float64, len(cv.c.m.Globals))
	for k, g := range cv.c.m.Globals {
		globals[k] = g.Default
	}
	globals[program.GlobDt], globals[program.GlobCelsius] = .025, 34
	data, err := program.FitCurves(m, globals)
	if err != nil {
		return out
	}
	for k, v := range list {
		out[v] = data[k].Rows != nil
	}
	return out
}
