package engine

import (
	"cmp"
	"slices"

	"netsim/nmodl/program"
)

// roster lists what belongs to each cell of a unit: of one group, or of the shares of a cell that was cut. A saved
// state names everything by the circuit, never by groups, lanes and places, which depend on ranks and threads.
type roster struct {
	e      *Engine
	groups []int32 // of the unit
	cells  []rosterCell

	conFrom [][]int32 // per group of the unit: where the connections of each instance begin in cons
	cons    [][]int32
	base    [][]int32 // per group and mechanism: number of its first instance
}

// rosterCell is one cell.
type rosterCell struct {
	index   int // into Network.Cells; -1-i: into Network.Artificials
	gid     uint64
	members []member // by mechanism, node, and on a node as the group has them: the newest first
}

// member is one instance of a mechanism.
type member struct {
	unit       int32 // index into roster.groups
	mech       int32 // index into the group's mechs
	inst, node int32
}

// units divides the groups: those that hold shares of one cell are together.
func (e *Engine) units() [][]int32 {
	index := map[*group]int32{}
	for k, g := range e.groups {
		index[g] = int32(k)
	}
	var out [][]int32
	for k, g := range e.groups {
		list := e.sharesOf(g)
		if index[list[0]] != int32(k) {
			continue // with the first of them
		}
		unit := make([]int32, len(list))
		for j, other := range list {
			unit[j] = index[other]
		}
		out = append(out, unit)
	}
	return out
}

// roster makes the roster of a unit.
func (e *Engine) roster(unit []int32) *roster {
	r := &roster{e: e, groups: unit}
	first := e.groups[unit[0]]
	cellOf := make([]int32, len(first.v)) // shares of a cell have the same arrays
	nodeOf := make([]int32, len(first.v))
	for k := range cellOf {
		cellOf[k] = -1
	}
	for k := range first.blocks {
		b := &first.blocks[k]
		for lane, c := range b.cells {
			for node := range int32(b.nodes()) {
				at := first.index(b, node, lane)
				cellOf[at], nodeOf[at] = int32(len(r.cells)), node
			}
			r.cells = append(r.cells, rosterCell{index: c, gid: e.net.Cells[c].GID})
		}
	}
	artificial := map[uint64]int{}
	for a := first.artificials[0]; a < first.artificials[1]; a++ {
		gid := e.net.Artificials[a].GID
		artificial[gid] = len(r.cells)
		r.cells = append(r.cells, rosterCell{index: -1 - a, gid: gid})
	}
	for u, gi := range unit {
		g := e.groups[gi]
		var base []int32
		n := int32(0)
		for mk, mi := range g.mechs {
			base = append(base, n)
			n += int32(mi.n)
			for i := range mi.n {
				m := member{unit: int32(u), mech: int32(mk), inst: int32(i), node: -1}
				c := -1
				if mi.gids != nil {
					c = artificial[mi.gids[i]]
				} else if at := mi.nodes[i]; cellOf[at] >= 0 && g.has(at) {
					c, m.node = int(cellOf[at]), nodeOf[at]
				}
				if c >= 0 { // else padding
					r.cells[c].members = append(r.cells[c].members, m)
				}
			}
		}
		r.base = append(r.base, append(base, n))
		r.connections(g, base, n)
	}
	for k := range r.cells {
		slices.SortStableFunc(r.cells[k].members, func(a, b member) int {
			return cmp.Or(cmp.Compare(r.mech(a).mech, r.mech(b).mech), cmp.Compare(a.node, b.node))
		})
	}
	return r
}

// connections lists the connections of a group by target, in their order.
func (r *roster) connections(g *group, base []int32, instances int32) {
	from := make([]int32, instances+1)
	at := func(con int) int32 {
		mech, inst := g.target(int32(con))
		return base[mech] + inst
	}
	for k := range g.cons.target {
		from[at(k)+1]++
	}
	for k := range instances {
		from[k+1] += from[k]
	}
	next := slices.Clone(from)
	list := make([]int32, len(g.cons.target))
	for k := range g.cons.target {
		list[next[at(k)]] = int32(k)
		next[at(k)]++
	}
	r.conFrom, r.cons = append(r.conFrom, from), append(r.cons, list)
}

func (r *roster) group(m member) *group   { return r.e.groups[r.groups[m.unit]] }
func (r *roster) mech(m member) *mechInst { return r.group(m).mechs[m.mech] }

// consOf lists the connections to an instance: indices into its group's table.
func (r *roster) consOf(m member) []int32 {
	k := r.base[m.unit][m.mech] + m.inst
	from := r.conFrom[m.unit]
	return r.cons[m.unit][from[k]:from[k+1]]
}

// byMech cuts a cell's members into those of each mechanism.
func (r *roster) byMech(members []member) [][]member {
	var out [][]member
	for len(members) > 0 {
		n := 1
		for n < len(members) && r.mech(members[n]).mech == r.mech(members[0]).mech {
			n++
		}
		out = append(out, members[:n])
		members = members[n:]
	}
	return out
}

// conSources tells the source of every connection: per group an index into gids per connection.
func (e *Engine) conSources() (of [][]int32, gids []uint64) {
	gids = make([]uint64, len(e.sources))
	for gid, s := range e.sources {
		gids[s] = gid
	}
	of = make([][]int32, len(e.groups))
	for k, g := range e.groups {
		of[k] = make([]int32, len(g.cons.target))
	}
	for s := range gids {
		for _, f := range e.fan[e.fanFrom[s]:e.fanFrom[s+1]] {
			for con := f.first; ; con++ {
				of[f.group][con] = int32(s)
				if e.groups[f.group].cons.target[con]&lastOfSource != 0 {
					break
				}
			}
		}
	}
	return of, gids
}

// own notes which instance made the objects of the library that are new.
func (mi *mechInst) own(inst int) {
	for len(mi.owners) < mi.library.Objects() {
		mi.owners = append(mi.owners, int32(inst))
	}
}

// keeps is what a saved state has of a mechanism's instances.
type keeps struct {
	columns []int32
	names   []string // of the columns
	weights bool     // NET_RECEIVE changes weights
	vectors bool     // it changes Vectors
}

// kept looks at the programs of all mechanisms, and at what is observed and referred to on this rank.
func (e *Engine) kept() ([]keeps, error) {
	out := make([]keeps, len(e.net.Mechanisms))
	watched := make([][]bool, len(out))
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			if watched[mi.mech] == nil {
				watched[mi.mech] = make([]bool, len(mi.m.Columns))
			}
			for c := range mi.m.Columns {
				if mi.isPinned(c) || mi.observed != nil && mi.observed[c] {
					watched[mi.mech][c] = true
				}
			}
		}
	}
	for k, m := range e.net.Mechanisms {
		entries := append(stepping(m), m.StateExact)
		written, seen := writtenBy(m, entries...), seenBy(m)
		for c := range m.Columns {
			used := watched[k] != nil && watched[k][c]
			pinned := used && e.anyPinned(int32(k), c)
			if (written[c] || pinned) && (seen[c] || used) {
				out[k].columns = append(out[k].columns, int32(c))
				out[k].names = append(out[k].names, columnName(m, c))
			}
		}
		for _, en := range entries {
			for _, code := range []*program.Code{en.Vector, en.Scalar} {
				if code == nil {
					continue
				}
				if err := out[k].look(m, code); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

// look notes what a program of the step changes besides columns.
func (k *keeps) look(m *program.Mechanism, code *program.Code) error {
	for _, in := range code.Instrs {
		if in.Dst.Kind == program.Weight || in.Dst.Kind == program.ConWeight {
			k.weights = true
		}
		if in.Op != program.OpCall {
			continue
		}
		switch fn := program.Fn(in.Src[1].Idx); fn {
		case program.FnSetElement:
			k.vectors = true
		case program.FnNewStream, program.FnDefaultStream, program.FnNewVector, program.FnObject:
			return &UnsavableError{Mechanism: m.Name, What: fn.String() + " is called while time advances"}
		}
	}
	return nil
}

func (e *Engine) anyPinned(mech int32, column int) bool {
	for _, g := range e.groups {
		for _, mi := range g.mechs {
			if mi.mech == mech && mi.isPinned(column) {
				return true
			}
		}
	}
	return false
}

// UnsavableError is a mechanism whose state cannot be saved.
type UnsavableError struct{ Mechanism, What string }

func (u *UnsavableError) Error() string {
	return "the state of " + u.Mechanism + " cannot be saved: " + u.What
}
