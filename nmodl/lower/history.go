package lower

import (
	"slices"

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

// discreteStates are the values that states of a DISCRETE block had in earlier steps: for each state with a lag n,
// columns with element k the value k+1 steps ago (discrete.cpp).
type discreteStates struct {
	names []string
	first map[string]int32 // first column of the history
	depth map[string]int
}

// solveDiscrete lowers SOLVE of a DISCRETE block: the histories move on by one, then the block runs, at t+dt.
func (w *walker) solveDiscrete(e *ast.EquationBlock) {
	d := w.c.discreteOf(e)
	for _, name := range d.names {
		first := d.first[name]
		for k := d.depth[name] - 1; k > 0; k-- {
			w.b.write(place{placeCol, first + int32(k)}, w.b.read(place{placeCol, first + int32(k) - 1}))
		}
		w.b.write(place{placeCol, first}, w.b.read(place{placeCol, w.c.vars[name].index}))
	}
	saved := w.disc
	w.disc = d
	w.block(e.Body)
	w.disc = saved
}

// discreteOf finds the lags of a block and gives them columns.
func (c *compiler) discreteOf(e *ast.EquationBlock) *discreteStates {
	if d := c.discrete[e.Name]; d != nil {
		return d
	}
	d := &discreteStates{first: map[string]int32{}, depth: map[string]int{}}
	c.discrete[e.Name] = d
	inspectBlock(e.Body, nil, func(s ast.Stmt, _ func(string) bool) {
		for _, x := range stmtExprs(s) {
			exprs(x, func(x ast.Expr) {
				r, ok := x.(*ast.VarRef)
				if !ok || r.At == nil {
					return
				}
				n, ok := r.At.(*ast.Number)
				v := c.vars[r.Name]
				if !ok || n.Value < 1 || n.Value > 1000 || v == nil || v.kind != varCol || v.size > 0 {
					return
				}
				if !slices.Contains(d.names, r.Name) {
					d.names = append(d.names, r.Name)
				}
				d.depth[r.Name] = max(d.depth[r.Name], int(n.Value))
			})
		}
	})
	for _, name := range d.names {
		d.first[name] = int32(len(c.m.Columns))
		for k := range d.depth[name] {
			c.m.Columns = append(c.m.Columns, program.Column{
				Name: "_" + name, Role: program.Assigned, Size: d.depth[name], Element: k,
			})
		}
	}
	return d
}

// startDiscrete sets the histories to the states' initial values.
func (w *walker) startDiscrete() {
	for _, e := range w.c.f.Equations {
		if e.Kind != "DISCRETE" {
			continue
		}
		d := w.c.discreteOf(e)
		for _, name := range d.names {
			x := w.b.snapshot(w.b.read(place{placeCol, w.c.vars[name].index}))
			for k := range d.depth[name] {
				w.b.write(place{placeCol, d.first[name] + int32(k)}, x)
			}
		}
	}
}

// lagged is name@n in a DISCRETE block.
func (w *walker) lagged(r *ast.VarRef) value {
	if n, ok := r.At.(*ast.Number); ok && w.disc != nil {
		if k := int(n.Value); k >= 1 && k <= w.disc.depth[r.Name] {
			return w.b.read(place{placeCol, w.disc.first[r.Name] + int32(k) - 1})
		}
	}
	w.c.unsupported(r.Pos, "%s@", r.Name)
	return w.b.constant(0)
}
