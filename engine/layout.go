package engine

import (
	"cmp"
	"slices"
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
	e.costs = newCosts(net)
	e.group(e.plan(alike, single), target, bytes)
	e.artificialGroups()

	l := &layout{e: e, uses: extUses{}}
	var artificials []instance
	for gi, g := range e.groups {
		artificials = l.fill(gi, g, artificials)
	}
	points := l.points()
	for _, g := range e.groups {
		if err := l.bindNodes(g); err != nil {
			return err
		}
	}
	for k := range artificials { // the mechanisms have their places in the group now
		in := &artificials[k]
		in.mech = int32(slices.IndexFunc(e.groups[in.group].mechs, func(mi *mechInst) bool { return mi.mech == in.mech }))
	}
	e.artificialAt = artificials
	return e.connect(points, artificials)
}

// layout is what the layout of the groups needs besides: memory that serves one group after the other.
type layout struct {
	e    *Engine
	uses extUses

	real  []bool // places where a node of a cell stands
	marks []bool
	where []int32
	count []int32
	conc  []uint8
	rev   []uint8
	area  []float64
	diam  []float64
}

// cleared gives n zeros in memory that served before.
func cleared[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n)
		return *s
	}
	*s = (*s)[:n]
	clear(*s)
	return *s
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

// groupsEach is how many groups a worker has at least, if there are other workers: one who is late can be helped.
const groupsEach = 2

// group makes the groups of a plan.
func (e *Engine) group(p *plan, target int, bytes func(block) int) {
	e.work.lists = make([]list, len(p.lists))
	for _, c := range p.cuts {
		e.work.cuts = append(e.work.cuts, cutWork{first: c.first, groups: e.cutGroups(c)})
	}
	fewest := min(len(p.lists), groupsEach)
	for w, pieces := range p.lists {
		var alike, single []block
		for _, x := range pieces {
			if len(x.block.cells) > 1 {
				alike = append(alike, x.block)
			} else {
				single = append(single, x.block)
			}
		}
		from := len(e.groups)
		e.chunk(alike, lanes, false, target, fewest, bytes)
		if e.opt.Plain {
			e.chunk(single, 1, false, target, fewest, bytes)
		} else { // a forest of less than so many cells has lanes that are empty
			e.chunk(single, lanes, true, target, min(fewest, len(single)/lanes), bytes)
		}
		e.work.lists[w].groups = e.groups[from:len(e.groups):len(e.groups)]
	}
}

// chunk makes groups of successive blocks, each about target bytes, and not fewer than so many.
func (e *Engine) chunk(blocks []block, width int, asForest bool, target, fewest int, bytes func(block) int) {
	if len(blocks) == 0 {
		return
	}
	total := 0
	for _, b := range blocks {
		total += bytes(b)
	}
	count := min(max((total+target-1)/target, fewest), len(blocks))
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
		g := &group{artificials: [2]int{first, min(first+artificialPerGroup, len(list))}}
		e.groups = append(e.groups, g)
		l := &e.work.lists[first/artificialPerGroup%len(e.work.lists)]
		l.groups = append(l.groups, g)
	}
}

// fill gives a group its arrays, its density mechanisms, its artificial cells and its spike detectors. The mechanisms in
// artificials are still the network's.
func (l *layout) fill(gi int, g *group, artificials []instance) []instance {
	e, net := l.e, l.e.net
	if g.cut == nil {
		e.place(int32(gi), g)
	}
	for k := range g.blocks {
		b := &g.blocks[k]
		for lane, c := range b.cells {
			cell := &net.Cells[c]
			if cell.DetectorNode < 0 {
				continue
			}
			if at := g.index(b, cell.DetectorNode, lane); g.has(at) {
				g.detectors = append(g.detectors, detector{node: at, threshold: cell.Threshold, gid: cell.GID})
			}
		}
	}
	slices.SortFunc(g.detectors, func(a, b detector) int { return cmp.Compare(a.gid, b.gid) })
	l.density(g)
	for a := g.artificials[0]; a < g.artificials[1]; a++ {
		cell := &net.Artificials[a]
		k := slices.IndexFunc(g.mechs, func(mi *mechInst) bool { return mi.mech == cell.Mech })
		if k < 0 {
			k = len(g.mechs)
			g.mechs = append(g.mechs, &mechInst{m: net.Mechanisms[cell.Mech], mech: cell.Mech})
		}
		mi := g.mechs[k]
		artificials = append(artificials, instance{group: int32(gi), mech: cell.Mech, inst: int32(mi.n)})
		mi.gids = append(mi.gids, cell.GID)
		mi.sets = append(mi.sets, cell.Params)
		mi.n++
	}
	return artificials
}

// place gives the cells of a group their places and the group its arrays over nodes.
func (e *Engine) place(gi int32, g *group) {
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
		for lane, c := range g.blocks[k].cells {
			e.cellAt[c] = place{group: gi, block: int32(k), lane: int32(lane)}
		}
	}
	g.own[0] = span{0, size}
	g.v, g.rhs, g.d = make([]float64, size), make([]float64, size), make([]float64, size)
}

// bindNodes finds the ions of every node and ties the mechanisms' Exts to the group's arrays.
func (l *layout) bindNodes(g *group) error {
	for k := range l.e.net.Ions {
		if ion := l.placeIon(g, int32(k)); ion != nil {
			g.ions = append(g.ions, ion)
		}
	}
	l.area, l.diam = l.area[:0], l.diam[:0]
	for _, mi := range g.mechs {
		if err := l.bindExts(g, mi); err != nil {
			return err
		}
	}
	return nil
}
