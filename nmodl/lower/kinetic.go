package lower

import (
	"math"
	"sort"

	"netsim/nmodl/ast"
	"netsim/nmodl/checker"
	"netsim/nmodl/program"
)

// kinetic builds the system of a KINETIC block while its statements are lowered (nocmodl's kinetic.cpp). Rows are
// numbered as there: one per CONSERVE first, then the states.
type kinetic struct {
	w *walker
	e *ast.EquationBlock

	first   map[string]int // row of a state, or of its element 0
	places  []place        // by row: the state
	old     []place        // by row: the state at t
	volume  []value        // by row: COMPARTMENT size, -1 for none
	hasVol  []bool
	nCons   int
	rhs     []place
	mat     map[[2]int]place
	fflux   place
	bflux   place
	consRow map[*ast.Conserve]int

	quiet   bool // the run after the last iteration: side results only
	probing bool // only the pattern of the matrix is wanted
	pattern [][]bool
	linear  bool
	fresh   bool // first iteration: no state has moved yet
	rates   bool // METHOD euler or runge: rhs are the derivatives, there is no matrix
}

// solveKinetic lowers SOLVE … METHOD sparse: backward Euler by Newton steps, each solved without numerical pivoting
// in the order of minorder (sparse_thread.hpp).
func (w *walker) solveKinetic(e *ast.EquationBlock, steady bool) {
	k := &kinetic{w: w, e: e, first: map[string]int{}, consRow: map[*ast.Conserve]int{}, linear: true}
	if !k.number() {
		return
	}
	n := len(k.places)
	if n == 0 {
		return
	}
	if n > maxStates {
		panic(tooLarge{e.Pos, "too many states for METHOD sparse"})
	}
	if !w.b.scalar() && (!k.linear || steady) {
		panic(needScalar{e.Pos, "iterations of METHOD sparse"})
	}
	k.probe()
	order := minorder(k.pattern)
	k.rhs = make([]place, n)
	for i := range k.rhs {
		k.rhs[i] = w.b.newLocal()
	}
	k.mat = map[[2]int]place{}
	for r := range n {
		for c := range n {
			if k.pattern[r][c] {
				k.mat[[2]int{r, c}] = w.b.newLocal()
			}
		}
	}
	k.fflux, k.bflux = w.b.newLocal(), w.b.newLocal()
	k.old = make([]place, n)
	for i := range k.old {
		k.old[i] = w.b.newLocal()
	}
	if !steady {
		k.step(order, k.linear, k.linear)
		k.derivatives()
		return
	}
	dt := w.b.newLocal()
	w.b.write(dt, w.b.read(w.dt))
	w.b.write(w.dt, w.b.constant(1e9))
	if k.linear {
		k.step(order, false, false) // _ss_sparse_thread: a linear scheme is iterated all the same
	} else {
		k.steady(order)
	}
	w.b.write(w.dt, w.b.read(dt))
}

// step is sparse_thread: once when only one iteration is wanted, else until the sum of |ds| is small. Negative states
// are set to 0 unless keepNegative.
func (k *kinetic) step(order []int, once, keepNegative bool) {
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	for i, p := range k.places {
		write(k.old[i], read(p))
	}
	iteration := func(err *place) {
		k.assemble()
		k.eliminate(order)
		if err != nil {
			write(*err, c(0))
		}
		for i, p := range k.places {
			m := w.b.mark()
			write(p, op(program.OpAdd, read(p), read(k.rhs[i])))
			if !keepNegative {
				w.b.branch(k.e.Pos, op(program.OpLt, read(p), c(0)), func() { write(p, c(0)) }, func() {})
			}
			if err != nil {
				write(*err, op(program.OpAdd, read(*err), op(program.OpAbs, read(k.rhs[i]))))
			}
			w.b.release(m)
		}
	}
	if once {
		k.fresh = true
		iteration(nil)
		k.fresh = false
	} else {
		err, count, stuck := w.b.newLocal(), w.b.newLocal(), w.b.newLocal()
		write(err, c(1))
		write(count, c(0))
		write(stuck, c(0))
		going := func() value {
			return op(program.OpAnd, op(program.OpGt, read(err), c(converge)), op(program.OpNot, read(stuck)))
		}
		w.b.loop(k.e.Pos, going, func() {
			iteration(&err)
			m := w.b.mark()
			w.b.branch(k.e.Pos, op(program.OpGt, read(count), c(maxSteps)), func() {
				if !w.c.s.ThreadSafe {
					w.b.fail(k.e.Pos, program.ErrorNotConverged)
				}
				// The code for thread-safe files does not look at the error: it goes on with what it has.
				write(stuck, c(1))
			}, func() {})
			write(count, op(program.OpAdd, read(count), c(1)))
			w.b.release(m)
		})
		w.b.branch(k.e.Pos, op(program.OpNot, read(stuck)), k.sideResults, func() {})
		return
	}
	k.sideResults()
}

// sideResults runs the block once more with the final states.
func (k *kinetic) sideResults() {
	k.quiet = true
	k.body()
	k.quiet = false
}

// steady is _ss_sparse_thread for a nonlinear scheme: single steps, resetting negative states, until one leaves none
// below -1e-6; then one converged solve.
func (k *kinetic) steady(order []int) {
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	const tries = 7
	good, count := w.b.newLocal(), w.b.newLocal()
	write(good, c(0))
	write(count, c(0))
	w.b.loop(k.e.Pos, func() value { return op(program.OpNot, read(good)) }, func() {
		k.step(order, true, true)
		write(good, c(1))
		for _, p := range k.places {
			m := w.b.mark()
			w.b.branch(k.e.Pos, op(program.OpLt, read(p), c(-1e-6)), func() {
				write(p, c(0))
				write(good, c(0))
			}, func() {})
			w.b.release(m)
		}
		write(count, op(program.OpAdd, read(count), c(1)))
		stuck := op(program.OpAnd, op(program.OpNot, read(good)), op(program.OpGe, read(count), c(tries)))
		w.b.branch(k.e.Pos, stuck, func() { w.b.fail(k.e.Pos, program.ErrorNotConverged) }, func() {})
	})
	k.step(order, false, false)
}

// number finds the states that the block solves for and gives them rows.
func (k *kinetic) number() bool {
	c := k.w.c
	solved := map[string]bool{}
	ok := true
	only := map[string]bool{}
	for _, s := range k.e.SolveFor {
		only[s.Name] = true
	}
	isState := func(name string) bool {
		v := c.vars[name]
		return v != nil && v.kind == varCol && v.sym.Kind == checker.State && (len(only) == 0 || only[name])
	}
	var conserves []*ast.Conserve
	inspectBlock(k.e.Body, nil, func(s ast.Stmt, hidden func(string) bool) {
		add := func(list []ast.Species) {
			for _, sp := range list {
				if isState(sp.Var.Name) && !hidden(sp.Var.Name) {
					solved[sp.Var.Name] = true
				}
			}
		}
		switch s := s.(type) {
		case *ast.Reaction:
			add(s.Left)
			add(s.Right)
		case *ast.Conserve:
			add(s.Left)
			conserves = append(conserves, s)
		}
	})
	// A scheme is linear when no side of a reaction multiplies solved states.
	product := func(list []ast.Species) bool {
		n := 0
		for _, sp := range list {
			if solved[sp.Var.Name] {
				n += max(sp.Coef, 1)
			}
		}
		return n > 1
	}
	inspectBlock(k.e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		if r, isR := s.(*ast.Reaction); isR && r.Arrow != "<<" && (product(r.Left) || r.Arrow == "<->" && product(r.Right)) {
			k.linear = false
		}
	})
	add := func(name string) {
		v := c.vars[name]
		k.first[name] = len(k.places)
		for e := range max(v.size, 1) {
			k.places = append(k.places, place{placeCol, v.index + int32(e)})
		}
	}
	if k.rates {
		conserves = nil // "euler method ignores conservation"
	}
	for _, cons := range conserves {
		row := -1
		for i := len(cons.Left) - 1; i >= 0 && row < 0; i-- {
			name := cons.Left[i].Var.Name
			_, taken := k.first[name]
			if solved[name] && !taken && c.vars[name].size == 0 {
				row = len(k.places)
				add(name)
			}
		}
		if row < 0 {
			c.unsupported(cons.Pos, "this form of CONSERVE")
			ok = false
			continue
		}
		k.consRow[cons] = row
	}
	k.nCons = len(k.places)
	var rest []string
	for _, s := range c.s.Order {
		if _, taken := k.first[s.Name]; solved[s.Name] && !taken {
			rest = append(rest, s.Name)
		}
	}
	// By first letter; among equal ones the last declared comes first.
	for i, j := 0, len(rest)-1; i < j; i, j = i+1, j-1 {
		rest[i], rest[j] = rest[j], rest[i]
	}
	sort.SliceStable(rest, func(i, j int) bool { return rest[i][0] < rest[j][0] })
	for _, name := range rest {
		add(name)
	}
	return ok
}

// row returns the row of a species, -1 when it is no solved state.
func (k *kinetic) row(r *ast.VarRef) int {
	first, ok := k.first[r.Name]
	if !ok {
		return -1
	}
	if _, hidden := k.w.sc.find(r.Name); hidden {
		return -1
	}
	if r.Index == nil {
		return first
	}
	i, ok := k.w.intConst(r.Index)
	if !ok {
		panic(needScalar{r.Pos, "an index in a reaction"})
	}
	if size := k.w.c.vars[r.Name].size; i < 0 || i >= size {
		k.w.c.unsupported(r.Pos, "index %d of %s, which has %d elements,", i, r.Name, size)
		return first
	}
	return first + i
}

// probe finds the matrix's elements: those that the reactions touch, whichever branch they stand in.
func (k *kinetic) probe() {
	n := len(k.places)
	k.pattern = make([][]bool, n)
	for i := range k.pattern {
		k.pattern[i] = make([]bool, n)
		k.pattern[i][i] = true
	}
	b := newVector(newGraph())
	w := *k.w
	w.b, w.calls = b, nil
	w.dt = b.newLocal()
	w.v = b.newLocal()
	real := k.w
	k.w = &w
	k.fflux, k.bflux = b.newLocal(), b.newLocal()
	k.probing = true
	defer func() {
		k.w, k.probing = real, false
		if r := recover(); r != nil {
			ns, is := r.(needScalar)
			if !is {
				panic(r)
			}
			k.w.c.unsupported(k.e.Pos, "KINETIC %s: %s;", k.e.Name, ns.why)
		}
	}()
	k.body()
}

// body lowers the block's statements; reactions add to the matrix unless quiet.
func (k *kinetic) body() {
	w := k.w
	saved, sc := w.kin, w.sc
	w.kin = k
	w.sc = &scope{names: map[string]binding{"f_flux": {p: k.fflux}, "b_flux": {p: k.bflux}}}
	w.block(k.e.Body)
	w.kin, w.sc = saved, sc
}

// assemble sets up matrix and right side at the present states.
func (k *kinetic) assemble() {
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	for _, key := range k.elements() {
		write(k.mat[key], c(0))
	}
	inv := w.b.newLocal()
	write(inv, op(program.OpDiv, c(1), read(w.dt)))
	k.loadVolumes()
	for i := k.nCons; i < len(k.places); i++ {
		m := w.b.mark()
		if k.fresh {
			// s - s(t) is 0 and -(1/dt)*0 is -0.0: adding to it is exact, and leaves nothing to compute.
			write(k.rhs[i], c(negZero()))
		} else {
			d := op(program.OpSub, read(k.places[i]), read(k.old[i]))
			write(k.rhs[i], op(program.OpMul, op(program.OpNeg, read(inv)), d))
		}
		diag := k.mat[[2]int{i, i}]
		write(diag, read(inv))
		if k.hasVol[i] {
			write(k.rhs[i], op(program.OpMul, read(k.rhs[i]), k.volume[i]))
			write(diag, op(program.OpMul, read(diag), k.volume[i]))
		}
		w.b.release(m)
	}
	k.body()
}

func negZero() float64 { return math.Copysign(0, -1) }

// loadVolumes evaluates the COMPARTMENT sizes, in which only names of the file occur.
func (k *kinetic) loadVolumes() {
	w := k.w
	k.volume = make([]value, len(k.places))
	k.hasVol = make([]bool, len(k.places))
	inspectBlock(k.e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		cp, ok := s.(*ast.Compartment)
		if !ok || cp.Longitudinal {
			return
		}
		for _, name := range cp.Species {
			first, ok := k.first[name.Name]
			if !ok {
				continue
			}
			for e := range max(w.c.vars[name.Name].size, 1) {
				pop := func() {}
				if cp.Index != "" {
					pop = w.push(map[string]binding{cp.Index: {isConst: true, num: float64(e)}})
				}
				p := w.b.newLocal()
				w.b.write(p, w.expr(cp.Size))
				k.volume[first+e], k.hasVol[first+e] = w.b.read(p), true
				pop()
			}
		}
	})
}

func (k *kinetic) elements() [][2]int {
	var keys [][2]int
	for r := range k.places {
		for c := range k.places {
			if _, ok := k.mat[[2]int{r, c}]; ok {
				keys = append(keys, [2]int{r, c})
			}
		}
	}
	return keys
}

// addTo adds coef*x to (or takes it from) an element or a right side. A coefficient of 1 is not written.
func (k *kinetic) addTo(p place, minus bool, coef int, x value) {
	op := k.w.b.op
	if coef > 1 {
		x = op(program.OpMul, k.w.b.constant(float64(coef)), x)
	}
	o := program.OpAdd
	if minus {
		o = program.OpSub
	}
	k.w.b.write(p, op(o, k.w.b.read(p), x))
}

func (k *kinetic) addElement(row, col int, minus bool, coef int, x value) {
	if row < k.nCons {
		return // the row of a CONSERVE
	}
	k.addTo(k.mat[[2]int{row, col}], minus, coef, x)
}

// splice is the C text "rate * factor": the rate stands there without parentheses, so that in a sum the factor
// multiplies the last term only. That is NEURON's arithmetic (kinetic.cpp), whatever the modeller meant.
func splice(rate, factor ast.Expr) ast.Expr {
	if b, ok := rate.(*ast.Binary); ok && b.Op != "*" && b.Op != "/" && b.Op != "^" {
		return &ast.Binary{Pos: b.Pos, Op: b.Op, X: b.X, Y: splice(b.Y, factor)}
	}
	return bin("*", rate, factor)
}

// product is rate times the species, the last written first, each as often as its coefficient says; one occurrence
// of species number without is left out (-1: none).
func (k *kinetic) product(rate ast.Expr, list []ast.Species, without int) ast.Expr {
	e := rate
	if without >= 0 && list[without].Coef > 1 {
		e = splice(e, &ast.Number{Pos: rate.ExprPos(), Value: float64(list[without].Coef)})
	}
	for i := len(list) - 1; i >= 0; i-- {
		n := max(list[i].Coef, 1)
		if i == without {
			n--
		}
		for range n {
			e = splice(e, list[i].Var)
		}
	}
	return e
}

// rows returns the rows of a reaction's species, -1 for what is no solved state.
func (k *kinetic) rows(r *ast.Reaction) (left, right []int) {
	for i := range r.Left {
		left = append(left, k.row(r.Left[i].Var))
	}
	if r.Arrow == "<->" {
		for i := range r.Right {
			right = append(right, k.row(r.Right[i].Var))
		}
	}
	return left, right
}

// touch marks the elements that a reaction adds to.
func (k *kinetic) touch(r *ast.Reaction) {
	if r.Arrow == "<<" {
		return
	}
	left, right := k.rows(r)
	all := append(append([]int(nil), left...), right...)
	for _, col := range all {
		for _, row := range all {
			if col >= 0 && row >= k.nCons {
				k.pattern[row][col] = true
			}
		}
	}
}

func (k *kinetic) reaction(r *ast.Reaction) {
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	if k.probing {
		k.touch(r)
		return
	}
	if r.Arrow == "<<" {
		write(k.fflux, c(0))
		write(k.bflux, w.expr(r.Kf))
		if !k.quiet && len(r.Left) > 0 {
			if row := k.row(r.Left[0].Var); row >= k.nCons {
				k.addTo(k.rhs[row], false, 1, read(k.bflux))
			}
		}
		return
	}
	kf := r.Kf
	if r.Arrow == "->" {
		kf = paren(kf)
	}
	for _, rate := range []ast.Expr{kf, r.Kb} {
		if b, ok := rate.(*ast.Binary); ok && (b.Op == "+" || b.Op == "-") {
			w.c.note("line %d: a rate of this reaction is a sum without parentheses; NEURON multiplies its last term only", r.Pos.Line)
		}
	}
	write(k.fflux, w.expr(k.product(kf, r.Left, -1)))
	if r.Arrow == "->" {
		write(k.bflux, c(0))
	} else {
		write(k.bflux, w.expr(k.product(r.Kb, r.Right, -1)))
	}
	if k.quiet {
		return
	}
	left, right := k.rows(r)
	if k.rates {
		k.addRates(r, left, right)
		return
	}
	net := func() value { return op(program.OpSub, read(k.fflux), read(k.bflux)) }
	for i, row := range left {
		if row >= k.nCons {
			k.addTo(k.rhs[row], true, r.Left[i].Coef, net())
		}
	}
	for i, row := range right {
		if row >= k.nCons {
			k.addTo(k.rhs[row], false, r.Right[i].Coef, net())
		}
	}
	terms := func(rate ast.Expr, list []ast.Species, cols []int, forward bool) {
		for j := len(list) - 1; j >= 0; j-- {
			if cols[j] < 0 {
				continue
			}
			m := w.b.mark()
			term := w.b.snapshot(w.expr(k.product(rate, list, j)))
			for i := range left {
				if left[i] >= 0 {
					k.addElement(left[i], cols[j], !forward, r.Left[i].Coef, term)
				}
			}
			for i := range right {
				if right[i] >= 0 {
					k.addElement(right[i], cols[j], forward, r.Right[i].Coef, term)
				}
			}
			w.b.release(m)
		}
	}
	terms(kf, r.Left, left, true)
	if r.Arrow == "<->" {
		terms(r.Kb, r.Right, right, false)
	}
}

// conserve replaces a row: RHS = expr - sum of coef*volume*state, M = coef*volume, the last written first.
func (k *kinetic) conserve(s *ast.Conserve) {
	row, ok := k.consRow[s]
	if !ok || k.quiet {
		return
	}
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	if !k.probing {
		write(k.rhs[row], w.expr(s.Rhs))
	}
	for i := len(s.Left) - 1; i >= 0; i-- {
		sp := s.Left[i]
		first := k.row(sp.Var)
		if first < 0 {
			w.c.unsupported(sp.Var.Pos, "CONSERVE of %s, which no reaction names,", sp.Var.Name)
			continue
		}
		n := 1
		if sp.Var.Index == nil {
			n = max(w.c.vars[sp.Var.Name].size, 1)
		}
		for col := first; col < first+n; col++ {
			k.pattern[row][col] = true
			if k.probing {
				continue
			}
			m, x := c(float64(max(sp.Coef, 1))), read(k.places[col])
			if k.hasVol[col] {
				m = op(program.OpMul, m, k.volume[col])
				x = op(program.OpMul, x, k.volume[col])
			}
			if sp.Coef > 1 {
				x = op(program.OpMul, x, c(float64(sp.Coef)))
			}
			write(k.mat[[2]int{row, col}], m)
			write(k.rhs[row], op(program.OpSub, read(k.rhs[row]), x))
		}
	}
}

// eliminate is matsol: Gaussian elimination in the given order without numerical pivoting, then back substitution.
// The result is left in the right side.
func (k *kinetic) eliminate(order []int) {
	w := k.w
	op, c, read, write := w.b.op, w.b.constant, w.b.read, w.b.write
	el := func(r, c int) place { return k.mat[[2]int{r, c}] }
	ratio := w.b.newLocal()
	for i, piv := range order {
		if w.b.scalar() {
			m := w.b.mark()
			small := op(program.OpLe, op(program.OpAbs, read(el(piv, piv))), c(roundoff))
			w.b.branch(k.e.Pos, small, func() { w.b.fail(k.e.Pos, program.ErrorSingular) }, func() {})
			w.b.release(m)
		}
		for _, row := range order[i+1:] {
			if !k.pattern[row][piv] {
				continue
			}
			m := w.b.mark()
			write(ratio, op(program.OpDiv, read(el(row, piv)), read(el(piv, piv))))
			write(k.rhs[row], op(program.OpSub, read(k.rhs[row]), op(program.OpMul, read(k.rhs[piv]), read(ratio))))
			for _, col := range order[i+1:] {
				if k.pattern[piv][col] {
					write(el(row, col), op(program.OpSub, read(el(row, col)), op(program.OpMul, read(el(piv, col)), read(ratio))))
				}
			}
			w.b.release(m)
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		piv := order[i]
		m := w.b.mark()
		for _, col := range order[i+1:] {
			if k.pattern[piv][col] {
				write(k.rhs[piv], op(program.OpSub, read(k.rhs[piv]), op(program.OpMul, read(el(piv, col)), read(k.rhs[col]))))
			}
		}
		write(k.rhs[piv], op(program.OpDiv, read(k.rhs[piv]), read(el(piv, piv))))
		w.b.release(m)
	}
}
