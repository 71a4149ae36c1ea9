package lower

import (
	"netsim/nmodl/ast"
	"netsim/nmodl/program"
)

// lag lowers LAG x BY d: lag_x_d becomes x as it was d ago (scopmath: lag).
func (w *walker) lag(s *ast.Lag) {
	b := w.scalarOnly(s.Pos, "LAG")
	v := w.c.vars["lag_"+s.Name.Name+"_"+s.By.Name]
	if v == nil || v.kind != varCol || w.c.vars[s.Name.Name] != nil && w.c.vars[s.Name.Name].size > 0 {
		w.c.unsupported(s.Pos, "LAG of an array")
		return
	}
	n, ok := w.c.lags[s]
	if !ok {
		n = len(w.c.lags)
		w.c.lags[s] = n
		w.c.m.Lags = n + 1
	}
	x := w.variable(&ast.VarRef{Pos: s.Name.Pos, Name: s.Name.Name})
	by := w.variable(&ast.VarRef{Pos: s.By.Pos, Name: s.By.Name})
	w.b.write(place{placeCol, v.index}, b.result(program.OpLag, b.refs[x], b.refs[by], imm(n)))
}

// lagged are the values that the STATEs with a lag (a@n) had in earlier steps (discrete.cpp): for each of them the
// columns of the values one step ago, two steps ago, …, of all elements.
type lagged struct {
	names []string // in order of declaration
	first map[string]int32
	depth map[string]int
}

// place is that of one element, steps ago.
func (l *lagged) place(name string, steps, size, element int) place {
	return place{placeCol, l.first[name] + int32((steps-1)*max(size, 1)+element)}
}

// solveDiscrete lowers SOLVE of a DISCRETE block: the histories of the states that it assigns move on by one, then the
// block runs.
func (w *walker) solveDiscrete(e *ast.EquationBlock) {
	w.c.note("DISCRETE %s: NEURON moves its clock by dt for each instance, and has one history for all of them; here time goes on as it should", e.Name)
	l := w.c.laggedStates()
	for _, name := range l.names {
		v := w.c.vars[name]
		if !assignsTo(e.Body, name) {
			continue
		}
		for element := range max(v.size, 1) {
			for k := l.depth[name]; k > 1; k-- {
				w.b.write(l.place(name, k, v.size, element), w.b.read(l.place(name, k-1, v.size, element)))
			}
			w.b.write(l.place(name, 1, v.size, element), w.b.read(place{placeCol, v.index + int32(element)}))
		}
	}
	w.block(e.Body)
}

// laggedStates finds the lags of the file and gives them columns.
func (c *compiler) laggedStates() *lagged {
	if c.lagged != nil {
		return c.lagged
	}
	l := &lagged{first: map[string]int32{}, depth: map[string]int{}}
	c.lagged = l
	inspect(c.f, func(s ast.Stmt, _ func(string) bool) {
		for _, x := range stmtExprs(s) {
			exprs(x, func(x ast.Expr) {
				if r, ok := x.(*ast.VarRef); ok {
					if n, ok := c.lagOf(r); ok {
						l.depth[r.Name] = max(l.depth[r.Name], n)
					}
				}
			})
		}
	})
	for _, s := range c.s.Order {
		n := l.depth[s.Name]
		if n == 0 {
			continue
		}
		size := max(c.vars[s.Name].size, 1)
		l.names = append(l.names, s.Name)
		l.first[s.Name] = int32(len(c.m.Columns))
		for k := range n * size {
			c.m.Columns = append(c.m.Columns, program.Column{Name: "_" + s.Name, Role: program.Assigned, Size: n * size, Element: k})
		}
	}
	return l
}

// lagOf is n of name@n.
func (c *compiler) lagOf(r *ast.VarRef) (int, bool) {
	n, ok := r.At.(*ast.Number)
	v := c.vars[r.Name]
	if !ok || n.Value < 1 || v == nil || v.kind != varCol {
		return 0, false
	}
	return int(n.Value), n.Value*float64(max(v.size, 1)) <= maxLagged
}

// maxLagged bounds the values that a state remembers.
const maxLagged = 4096

// startLagged sets the histories to the states' first values, those before INITIAL.
func (w *walker) startLagged() {
	l := w.c.laggedStates()
	for _, name := range l.names {
		v := w.c.vars[name]
		for element := range max(v.size, 1) {
			x := w.b.snapshot(w.b.read(place{placeCol, v.index + int32(element)}))
			for k := range l.depth[name] {
				w.b.write(l.place(name, k+1, v.size, element), x)
			}
		}
	}
}

// laggedRef is the place, or the array, that name@n stands for.
func (w *walker) laggedRef(r *ast.VarRef) (first place, size int, ok bool) {
	n, ok := w.c.lagOf(r)
	if !ok {
		w.c.unsupported(r.Pos, "%s@ with this lag", r.Name)
		return place{}, 0, false
	}
	size = w.c.vars[r.Name].size
	return w.c.laggedStates().place(r.Name, n, size, 0), size, true
}
