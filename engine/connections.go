package engine

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"netsim/nmodl/program"
)

// conTable holds the connections whose targets are in one group, by gid of the source; those of one source in the order
// of their creation.
type conTable struct {
	// target has the bit lastOfSource, then the place among receivers, then the instance in its lower instBits bits.
	target    []uint32
	instBits  uint8
	receivers []*mechInst
	adding    [][]float64 // per receiver: the column to which NET_RECEIVE adds its weight, nil if it does something else
	delay     dictionary
	weight    dictionary // several successive values where a mechanism has several weights

	// created lists the connections in the order of their creation, until Init is done.
	created []int32
}

// lastOfSource marks the last connection of a source in a group.
const lastOfSource = 1 << 31

// at is the target of a connection: mechanism and instance.
func (t *conTable) at(con int32) (*mechInst, int) {
	x := t.target[con] &^ lastOfSource
	return t.receivers[x>>(t.instBits&31)], int(x & (1<<(t.instBits&31) - 1))
}

// of is the weight vector of a connection onto mi.
func (t *conTable) of(con int32, mi *mechInst) []float64 {
	from := t.weight.place(con)
	return t.weight.values[from : from+len(mi.m.Weights)]
}

// fan is the connections of one source to one group; conTable.target says where they end.
type fan struct {
	group, first int32
}

// connections makes the tables of connections.
type connections struct {
	source   []int32 // per NetCon
	count    []int32 // per source
	fixed    map[*program.Mechanism]bool
	perGroup []int32
}

// connect gives the connections to the groups of their targets and indexes them by source.
func (e *Engine) connect(points, artificials []instance) error {
	net := e.net
	c := &connections{source: make([]int32, len(net.NetCons)), fixed: map[*program.Mechanism]bool{}, perGroup: make([]int32, len(e.groups))}
	at := func(con *NetCon) instance {
		if con.Artificial {
			return artificials[con.Target]
		}
		return points[con.Target]
	}
	if err := c.number(e, at); err != nil {
		return err
	}
	for gi, g := range e.groups {
		if err := c.prepare(g, int(c.perGroup[gi])); err != nil {
			return err
		}
	}
	// The connections by source.
	count := c.count
	from := make([]int32, len(count)+1)
	for s, n := range count {
		from[s+1] = from[s] + n
	}
	list := make([]int32, len(net.NetCons))
	next := slices.Clone(from)
	for k, s := range c.source {
		list[next[s]] = int32(k)
		next[s]++
	}
	c.source = nil
	e.fanFrom = make([]int32, len(count)+1)
	fans := 0
	byGroup := func(a, b int32) int { return int(at(&net.NetCons[a]).group - at(&net.NetCons[b]).group) }
	for s := range count {
		own := list[from[s]:from[s+1]]
		if !slices.IsSortedFunc(own, byGroup) {
			slices.SortStableFunc(own, byGroup)
		}
		for i, k := range own {
			if i == 0 || byGroup(own[i-1], k) != 0 {
				fans++
			}
		}
		e.fanFrom[s+1] = int32(fans)
	}
	e.fan = make([]fan, 0, fans)
	for s := range count {
		own := list[from[s]:from[s+1]]
		for i, k := range own {
			to := at(&net.NetCons[k])
			g := e.groups[to.group]
			if i == 0 || byGroup(own[i-1], k) != 0 {
				e.fan = append(e.fan, fan{group: to.group, first: int32(len(g.cons.target))})
			}
			last := i+1 == len(own) || byGroup(k, own[i+1]) != 0
			c.add(g, to, &net.NetCons[k], k, last)
		}
	}
	for _, g := range e.groups {
		t := &g.cons
		t.delay.finish()
		t.weight.finish()
		if t.created != nil {
			t.created = inOrder(t.created)
		}
	}
	most := 0
	for _, m := range net.Mechanisms {
		most = max(most, len(m.Weights))
	}
	for _, g := range e.groups {
		g.noWeights = make([]float64, most)
	}
	return nil
}

// number gives the sources their numbers, by ascending gid, and counts connections.
func (c *connections) number(e *Engine, at func(*NetCon) instance) error {
	net := e.net
	e.minDelay = math.Inf(1)
	first := map[uint64]int32{} // numbers by order of appearance
	var gids []uint64
	var stimulus []bool
	lastGID, last := uint64(0), int32(-1)
	for k := range net.NetCons {
		con := &net.NetCons[k]
		if last < 0 || con.Source != lastGID {
			var ok bool
			if last, ok = first[con.Source]; !ok {
				last = int32(len(gids))
				first[con.Source] = last
				gids = append(gids, con.Source)
				_, given := net.Trains[con.Source]
				stimulus = append(stimulus, given)
			}
			lastGID = con.Source
		}
		if !stimulus[last] {
			e.minDelay = min(e.minDelay, con.Delay)
		}
		c.source[k] = last
		target := at(con)
		c.perGroup[target.group]++
		if m := e.groups[target.group].mechs[target.mech].m; m.NetReceive.Scalar == nil {
			return fmt.Errorf("connection from gid %d to a %s: %w", con.Source, m.Name, ErrNoNetReceive)
		}
		e.spikeLog.maxDelay = max(e.spikeLog.maxDelay, con.Delay)
	}
	c.count = make([]int32, len(gids))
	e.sources = make(map[uint64]int32, len(gids))
	number := make([]int32, len(gids))
	ascending := slices.Clone(gids)
	slices.Sort(ascending)
	for n, gid := range ascending {
		e.sources[gid] = int32(n)
		number[first[gid]] = int32(n)
	}
	for k, s := range c.source {
		c.source[k] = number[s]
		c.count[number[s]]++
	}
	return nil
}

// prepare makes room for n connections.
func (c *connections) prepare(g *group, n int) error {
	t := &g.cons
	if n == 0 {
		return nil
	}
	most, keepOrder, single := 0, false, true
	for _, mi := range g.mechs {
		if mi.m.NetReceive.Scalar == nil {
			continue
		}
		t.receivers = append(t.receivers, mi)
		most = max(most, mi.n)
		keepOrder = keepOrder || mi.m.NetInit.Scalar != nil || mi.uses(program.OpConCount)
		fixed := fixedWeight(mi.m)
		c.fixed[mi.m] = fixed
		single = single && len(mi.m.Weights) == 1
	}
	t.instBits = uint8(bits.Len(uint(most)))
	if int(t.instBits)+bits.Len(uint(len(t.receivers))) > 31 {
		return fmt.Errorf("%d point processes of one mechanism are too many for one group of cells; run with more ranks", most)
	}
	t.target = make([]uint32, 0, n)
	t.delay.start(n, true)
	t.weight.start(n, single)
	if keepOrder {
		t.created = make([]int32, 0, n)
	}
	return nil
}

// add appends a connection.
func (c *connections) add(g *group, to instance, con *NetCon, number int32, last bool) {
	t := &g.cons
	x := uint32(slices.Index(t.receivers, g.mechs[to.mech]))<<t.instBits | uint32(to.inst)
	if last {
		x |= lastOfSource
	}
	t.target = append(t.target, x)
	t.delay.add(con.Delay)
	m := g.mechs[to.mech].m
	if c.fixed[m] {
		t.weight.add(con.Weight)
	} else {
		t.weight.addOwn(con.Weight, len(m.Weights))
	}
	if t.created != nil {
		t.created = append(t.created, number)
	}
}

// inOrder lists the indices of numbers in the order of their values.
func inOrder(numbers []int32) []int32 {
	out := make([]int32, len(numbers))
	for k := range out {
		out[k] = int32(k)
	}
	slices.SortFunc(out, func(a, b int32) int { return int(numbers[a] - numbers[b]) })
	return out
}

// fixedWeight tells whether a mechanism has one weight, which no program changes.
func fixedWeight(m *program.Mechanism) bool {
	if len(m.Weights) != 1 {
		return false
	}
	changes := func(code *program.Code) bool {
		return code != nil && slices.ContainsFunc(code.Instrs, func(in program.Instr) bool {
			return in.Dst.Kind == program.Weight || in.Dst.Kind == program.ConWeight
		})
	}
	for _, f := range m.Functions {
		if changes(f.Code) {
			return false
		}
	}
	return !changes(m.NetReceive.Scalar) && !changes(m.NetInit.Scalar)
}

// send puts the events of a spike of time at (ms) on their way to the group, for the connections from one to the last
// of its source.
func (g *group) send(at float64, spike uint32, con int32) {
	t := &g.cons
	for {
		g.queue.push(event{t: at + t.delay.values[t.delay.place(con)], con: con, ref: spike})
		if t.target[con]&lastOfSource != 0 {
			return
		}
		con++
	}
}

// dictionary is one number, or several, for each connection: what is equal is held once where that saves memory.
type dictionary struct {
	values []float64
	index  []uint16 // per connection: place in values; or
	wide   []int32  // the same, where there are many values; neither: values has one per connection

	n      int              // connections that will be
	known  map[uint64]int32 // places of the values that may be shared, while the table is made; nil: no more
	single bool             // one value per connection
}

// start makes room for n connections; single: each has one value.
func (d *dictionary) start(n int, single bool) {
	*d = dictionary{n: n, single: single, known: map[uint64]int32{}, index: make([]uint16, 0, n)}
}

// place is where the first value of a connection is.
func (d *dictionary) place(con int32) int {
	switch {
	case d.index != nil:
		return int(d.index[con])
	case d.wide != nil:
		return int(d.wide[con])
	}
	return int(con)
}

// add appends a connection whose value never changes.
func (d *dictionary) add(x float64) {
	if d.known == nil {
		d.own(x, 1)
		return
	}
	key := math.Float64bits(x)
	at, ok := d.known[key]
	if !ok {
		// Values that are mostly different are cheaper without a dictionary, and faster to make.
		if done := len(d.index) + len(d.wide); len(d.known) > 1024+done/4 {
			d.giveUp()
			d.own(x, 1)
			return
		}
		at = int32(len(d.values))
		d.known[key] = at
		d.values = append(d.values, x)
	}
	d.point(at)
}

// addOwn appends a connection with n values of its own: x and zeros.
func (d *dictionary) addOwn(x float64, n int) { d.own(x, n) }

func (d *dictionary) own(x float64, n int) {
	if d.index != nil || d.wide != nil {
		d.point(int32(len(d.values)))
	}
	for k := range n {
		if k > 0 {
			x = 0
		}
		d.values = append(d.values, x)
	}
}

// point appends a place.
func (d *dictionary) point(at int32) {
	if d.wide == nil && at > math.MaxUint16 {
		d.wide = make([]int32, len(d.index), d.n)
		for k, x := range d.index {
			d.wide[k] = int32(x)
		}
		d.index = nil
	}
	if d.wide != nil {
		d.wide = append(d.wide, at)
		return
	}
	d.index = append(d.index, uint16(at))
}

// giveUp gives every connection values of its own.
func (d *dictionary) giveUp() {
	d.known = nil
	if !d.single {
		return // their places must be known anyway
	}
	done := len(d.index) + len(d.wide)
	values := make([]float64, done, d.n)
	for k := range values {
		values[k] = d.values[d.place(int32(k))]
	}
	d.values, d.index, d.wide = values, nil, nil
}

// finish drops what is needed for making the table only.
func (d *dictionary) finish() {
	d.known = nil
	if len(d.values) < cap(d.values) {
		d.values = append(make([]float64, 0, len(d.values)), d.values...)
	}
}
