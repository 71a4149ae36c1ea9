package engine

import (
	"fmt"
	"slices"
	"sort"

	"netsim/nmodl/program"
)

// defaultGroupBytes is half of a common second-level cache.
const defaultGroupBytes = 1 << 20

// minLanes is the number of cells of one template from which a row of lanes pays, even partly filled.
const minLanes = 3

// lay divides the cells into groups and gives every mechanism its instances.
func (e *Engine) lay() error {
	net := e.net
	e.cellAt = make([]place, len(net.Cells))
	byTemplate := make([][]int, len(net.Templates))
	for c := range net.Cells {
		t := net.Cells[c].Template
		byTemplate[t] = append(byTemplate[t], c)
	}
	pointsOf := make([]int32, len(net.Cells)) // point processes per cell
	for k := range net.Points {
		pointsOf[net.Points[k].Cell]++
	}

	together := e.linked()
	if together {
		e.opt.Threads, e.opt.GroupBytes = 1, 1<<40
	}
	alike, single := e.blocks(byTemplate, together)
	target := e.opt.GroupBytes
	if target == 0 {
		target = defaultGroupBytes
	}
	bytes := func(b block) int {
		// v, rhs, d and some eight columns a node; some eight columns a point process.
		width := 1
		if len(b.cells) > 1 {
			width = lanes
		}
		n := len(b.template.Parent) * width * 8 * 11
		for _, c := range b.cells {
			n += int(pointsOf[c]) * 8 * 8
		}
		return n
	}
	e.chunk(alike, lanes, false, target, bytes)
	if e.opt.Plain {
		e.chunk(single, 1, false, target, bytes)
	} else {
		e.chunk(single, lanes, true, target, bytes)
	}
	e.artificialGroups()

	for gi, g := range e.groups {
		if err := e.fill(gi, g); err != nil {
			return err
		}
	}
	if err := e.points(); err != nil {
		return err
	}
	for _, g := range e.groups {
		if err := g.bindNodes(e); err != nil {
			return err
		}
	}
	return nil
}

// blocks puts cells of one template side by side, and the rest each by itself; all by themselves if they must stay
// together in one group.
func (e *Engine) blocks(byTemplate [][]int, together bool) (alike, single []block) {
	for t, cells := range byTemplate {
		for len(cells) > 0 {
			n := min(lanes, len(cells))
			if e.opt.Plain || n < minLanes || together {
				single = append(single, block{template: e.net.Templates[t], cells: cells[:1]})
				cells = cells[1:]
				continue
			}
			alike = append(alike, block{template: e.net.Templates[t], cells: cells[:n]})
			cells = cells[n:]
		}
	}
	return alike, single
}

// chunk makes groups of successive blocks, each about target bytes and at least one per worker as far as the blocks go.
func (e *Engine) chunk(blocks []block, width int, asForest bool, target int, bytes func(block) int) {
	if len(blocks) == 0 {
		return
	}
	total := 0
	for _, b := range blocks {
		total += bytes(b)
	}
	count := max((total+target-1)/target, min(e.opt.Threads, len(blocks)))
	// Even shares, and a number of groups that the workers divide evenly.
	if r := count % e.opt.Threads; r != 0 {
		count += e.opt.Threads - r
	}
	count = min(count, len(blocks))
	share := float64(total) / float64(count)
	var g *group
	sum := 0
	for _, b := range blocks {
		if g == nil || float64(sum) >= share {
			g = &group{width: width, asForest: asForest}
			e.groups = append(e.groups, g)
			sum = 0
		}
		g.blocks = append(g.blocks, b)
		sum += bytes(b)
	}
}

// artificialPerGroup bounds a group of artificial cells.
const artificialPerGroup = 4096

func (e *Engine) artificialGroups() {
	list := e.net.Artificials
	for first := 0; first < len(list); first += artificialPerGroup {
		e.groups = append(e.groups, &group{artificials: [2]int{first, min(first+artificialPerGroup, len(list))}})
	}
}

// fill gives a group its arrays, its density mechanisms and its spike detectors.
func (e *Engine) fill(gi int, g *group) error {
	net := e.net
	size := 0
	if g.asForest {
		g.forest, size = newForest(g.blocks)
		if e.opt.Fast {
			g.direct = e.newDirectForest(g.forest, g.blocks)
		}
	} else {
		for k := range g.blocks {
			g.blocks[k].first = size
			size += len(g.blocks[k].template.Parent) * g.width
			if e.opt.Fast {
				g.blocks[k].direct = e.direct(g.blocks[k].template)
			}
		}
	}
	for k := range g.blocks {
		b := &g.blocks[k]
		for lane, c := range b.cells {
			cell := &net.Cells[c]
			e.cellAt[c] = place{group: int32(gi), block: int32(k), lane: int32(lane)}
			if cell.DetectorNode >= 0 {
				g.detectors = append(g.detectors, detector{node: g.index(b, cell.DetectorNode, lane), threshold: cell.Threshold, gid: cell.GID})
			}
		}
	}
	sort.Slice(g.detectors, func(i, j int) bool { return g.detectors[i].gid < g.detectors[j].gid })
	g.v = make([]float64, size)
	g.rhs = make([]float64, size)
	g.d = make([]float64, size)
	g.ions = make([]*ionInst, len(net.Ions))
	for k, ion := range net.Ions {
		g.ions[k] = &ionInst{ion: ion}
	}
	g.density(net)
	for a := g.artificials[0]; a < g.artificials[1]; a++ {
		cell := &net.Artificials[a]
		k := slices.IndexFunc(g.mechs, func(mi *mechInst) bool { return mi.mech == cell.Mech })
		if k < 0 {
			k = len(g.mechs)
			g.mechs = append(g.mechs, &mechInst{m: net.Mechanisms[cell.Mech], mech: cell.Mech})
		}
		mi := g.mechs[k]
		e.artificialAt = append(e.artificialAt, instance{group: int32(gi), mech: cell.Mech, inst: int32(mi.n)})
		mi.gids = append(mi.gids, cell.GID)
		mi.sets = append(mi.sets, cell.Params)
		mi.n++
	}
	return nil
}

// instance is a point process or an artificial cell after layout. mech is first the network's index, then the group's.
type instance struct {
	group, mech, inst int32
}

// points gives the groups their point processes: in node order, and on one node the newest first, as NEURON adds their
// currents.
func (e *Engine) points() error {
	net := e.net
	type entry struct{ at, point int32 }
	lists := make([]map[int32][]entry, len(e.groups))
	for k := range net.Points {
		p := &net.Points[k]
		pl := e.cellAt[p.Cell]
		if lists[pl.group] == nil {
			lists[pl.group] = map[int32][]entry{}
		}
		lists[pl.group][p.Mech] = append(lists[pl.group][p.Mech], entry{at: e.at(int(p.Cell), p.Node), point: int32(k)})
	}
	e.pointAt = make([]instance, len(net.Points))
	for gi, byMech := range lists {
		g := e.groups[gi]
		for mech, list := range byMech {
			slices.SortFunc(list, func(a, b entry) int {
				if a.at != b.at {
					return int(a.at - b.at)
				}
				return int(b.point - a.point)
			})
			if order := e.jaggedOrder(len(list), func(i int) int32 { return list[i].at }); order != nil {
				sorted := slices.Clone(list)
				for i, k := range order {
					list[i] = sorted[k]
				}
			}
			mi := &mechInst{m: net.Mechanisms[mech], mech: mech, n: len(list)}
			for i, en := range list {
				mi.nodes = append(mi.nodes, en.at)
				mi.sets = append(mi.sets, net.Points[en.point].Params)
				e.pointAt[en.point] = instance{group: int32(gi), mech: mech, inst: int32(i)}
			}
			g.mechs = append(g.mechs, mi)
		}
	}
	for _, g := range e.groups {
		slices.SortStableFunc(g.mechs, func(a, b *mechInst) int { return int(a.mech - b.mech) })
	}
	inGroup := func(list []instance) {
		for k := range list {
			in := &list[k]
			mechs := e.groups[in.group].mechs
			in.mech = int32(slices.IndexFunc(mechs, func(mi *mechInst) bool { return mi.mech == in.mech }))
		}
	}
	inGroup(e.pointAt)
	inGroup(e.artificialAt)
	return nil
}

// bindNodes finds the ions of every node and ties the mechanisms' Exts to the group's arrays.
func (g *group) bindNodes(e *Engine) error {
	for _, mi := range g.mechs {
		if mi.gids == nil {
			mi.n = len(mi.nodes)
		}
	}
	for k, ion := range g.ions {
		g.placeIon(e, int32(k), ion)
	}
	for _, mi := range g.mechs {
		if err := g.bindExts(e, mi); err != nil {
			return err
		}
	}
	// Ions that no mechanism of the group uses are left out.
	kept := g.ions[:0]
	for _, ion := range g.ions {
		if len(ion.nodes) > 0 {
			kept = append(kept, ion)
		}
	}
	g.ions = kept
	return nil
}

// placeIon makes the ion's instances: one at each node where a mechanism names the ion.
func (g *group) placeIon(e *Engine, index int32, ion *ionInst) {
	uses := func(mi *mechInst) *program.Ion {
		for k := range mi.m.Ions {
			if mi.m.Ions[k].Name == ion.ion.Name {
				return &mi.m.Ions[k]
			}
		}
		return nil
	}
	for _, mi := range g.mechs {
		if mi.nodes == nil || uses(mi) == nil {
			continue
		}
		if ion.where == nil {
			ion.where = make([]int32, len(g.v))
		}
		for _, at := range mi.nodes {
			ion.where[at] = 1
		}
	}
	if ion.where == nil {
		return
	}
	for at, here := range ion.where {
		if here == 0 {
			ion.where[at] = -1
			continue
		}
		ion.where[at] = int32(len(ion.nodes))
		ion.nodes = append(ion.nodes, int32(at))
	}
	n := len(ion.nodes)
	ion.e, ion.xi, ion.xo = make([]float64, n), make([]float64, n), make([]float64, n)
	ion.i = make([]float64, n)
	for _, mi := range g.mechs {
		if slices.Contains(mi.m.Exts, program.Ext{Kind: program.IonDiDv, Ion: ion.ion.Name}) {
			ion.didv = make([]float64, n)
		}
	}
	ion.conc, ion.rev = make([]uint8, n), make([]uint8, n)
	for k := range n {
		ion.e[k], ion.xi[k], ion.xo[k] = ion.ion.E0, ion.ion.Xi0, ion.ion.Xo0
	}
	ion.ktfPerUnit = ktf(e.net.Celsius) / ion.ion.Valence // mV
	for _, mi := range g.mechs {
		u := uses(mi)
		if u == nil {
			continue
		}
		conc, rev := uint8(unused), uint8(unused)
		if u.ReadXi || u.ReadXo {
			conc = constant
		}
		if u.WriteXi || u.WriteXo {
			conc = state
		}
		if u.ReadE {
			rev = constant
		}
		if u.WriteE {
			rev = state
		}
		for _, at := range mi.nodes {
			ion.promote(ion.where[at], conc, rev)
		}
	}
	ion.settle()
	for k := range g.blocks {
		b := &g.blocks[k]
		for _, set := range b.template.IonE {
			if set.Ion != index {
				continue
			}
			for j, node := range set.Nodes {
				value := set.E[0]
				if len(set.E) > 1 {
					value = set.E[j]
				}
				for lane := range g.lanesOf(b) {
					if w := ion.where[g.index(b, node, lane)]; w >= 0 {
						ion.e[w] = value
					}
				}
			}
		}
	}
}

func (g *group) bindExts(e *Engine, mi *mechInst) error {
	mi.exts = make([]extBind, len(mi.m.Exts))
	var whole extBind
	if mi.nodes != nil {
		whole = bindRows(nil, mi.nodes, g.width)
		e.noteJagged(mi, &whole)
	}
	for k, ext := range mi.m.Exts {
		if ext.Kind == program.PointerVar {
			mi.exts[k] = extBind{pointers: make([]pointed, mi.n)}
			continue
		}
		if mi.nodes == nil {
			return fmt.Errorf("%s is an ARTIFICIAL_CELL and uses data of a node", mi.m.Name)
		}
		b := whole
		switch ext.Kind {
		case program.NodeV:
			b.base = g.v
		case program.NodeRHS:
			b.base = g.rhs
		case program.NodeD:
			b.base = g.d
		case program.NodeArea, program.NodeDiam:
			b.constant = g.geometry(mi, ext.Kind)
		default:
			i := slices.IndexFunc(g.ions, func(ion *ionInst) bool { return ion.ion.Name == ext.Ion })
			if i < 0 {
				return fmt.Errorf("%s uses the ion %s, which the network does not declare", mi.m.Name, ext.Ion)
			}
			ion := g.ions[i]
			idx := make([]int32, len(mi.nodes))
			for j, at := range mi.nodes {
				idx[j] = ion.where[at]
			}
			array := map[program.ExtKind][]float64{program.IonE: ion.e, program.IonI: ion.i, program.IonDiDv: ion.didv,
				program.IonXi: ion.xi, program.IonXo: ion.xo}[ext.Kind]
			b = bindRows(array, idx, g.width)
			e.noteJagged(mi, &b)
		}
		mi.exts[k] = b
	}
	return nil
}

// bindRows notes where successive instances stand at successive places.
func bindRows(base []float64, idx []int32, width int) extBind {
	b := extBind{base: base, idx: idx, contiguous: true}
	for i := range idx {
		if idx[i] != idx[0]+int32(i) {
			b.contiguous = false
			break
		}
	}
	if b.contiguous || width != lanes || len(idx)%lanes != 0 {
		return b
	}
	rows := make([]int32, 0, len(idx)/lanes)
	for i := 0; i < len(idx); i += lanes {
		for j := range lanes {
			if idx[i+j] != idx[i]+int32(j) {
				return b
			}
		}
		rows = append(rows, idx[i])
	}
	b.rows = rows
	return b
}

// geometry is the area (um2) or diameter (um) of each instance's node; padding has 1.
func (g *group) geometry(mi *mechInst, kind program.ExtKind) []float64 {
	at := make([]float64, len(g.v))
	for k := range at {
		at[k] = 1
	}
	for k := range g.blocks {
		b := &g.blocks[k]
		from := b.template.Area
		if kind == program.NodeDiam {
			from = b.template.Diam
		}
		for node, value := range from {
			for lane := range g.lanesOf(b) {
				at[g.index(b, int32(node), lane)] = value
			}
		}
	}
	out := make([]float64, len(mi.nodes))
	for i, n := range mi.nodes {
		out[i] = at[n]
	}
	return out
}
