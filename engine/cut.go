package engine

import (
	"cmp"
	"math"
	"slices"
)

// cut divides the nodes of a cell among the members of a team.
type cut struct {
	share []int16   // per node: the member in whose subtrees it is, noShare in the trunk
	node  []float64 // ns a step, the node's own work without the tree's
	work  []float64 // ns a step of each member's subtrees
	ns    float64   // of a step, by estimate
}

// What the tree costs, roughly (ns a step): a node among others; a node of the trunk or the head of a subtree, which are
// done one by one while all workers but one wait; a meeting of the team.
const (
	treeNode  = 3.
	trunkNode = 10.
	meeting   = 500.
	meetMore  = 100. // for each member
)

// run is nodes without a branch between them.
type run struct {
	first, last int32
	children    []int32 // runs
	ns          float64 // of the run and all below it
}

// runsOf lists the runs of a tree in node order; node is what each node costs besides the tree.
func runsOf(t *Template, node []float64) []run {
	forks := make([]int32, len(t.Parent)) // children of each node
	for _, p := range t.Parent[1:] {
		forks[p]++
	}
	var runs []run
	of := make([]int32, len(t.Parent))
	for i, p := range t.Parent {
		if i > 0 && int(p) == i-1 && forks[p] == 1 {
			runs[len(runs)-1].last = int32(i)
		} else {
			if p >= 0 {
				runs[of[p]].children = append(runs[of[p]].children, int32(len(runs)))
			}
			runs = append(runs, run{first: int32(i), last: int32(i)})
		}
		of[i] = int32(len(runs) - 1)
	}
	for k := len(runs) - 1; k >= 0; k-- {
		r := &runs[k]
		for i := r.first; i <= r.last; i++ {
			r.ns += node[i] + treeNode
		}
		if int(t.Parent[r.first]) != int(r.first)-1 {
			r.ns += forestHead
		}
		for _, c := range r.children {
			r.ns += runs[c].ns
		}
	}
	return runs
}

// growingTrunk is a trunk to which runs are added one by one, and the subtrees that are left, the largest first.
type growingTrunk struct {
	runs     []run
	trunk    []int32
	subtrees []int32
}

// grow adds the root run of the largest subtree to the trunk.
func (b *growingTrunk) grow() *run {
	k := b.subtrees[0]
	b.trunk, b.subtrees = append(b.trunk, k), b.subtrees[1:]
	larger := func(a, c int32) int { return cmp.Or(cmp.Compare(b.runs[c].ns, b.runs[a].ns), cmp.Compare(a, c)) }
	for _, c := range b.runs[k].children {
		at, _ := slices.BinarySearchFunc(b.subtrees, c, larger)
		b.subtrees = slices.Insert(b.subtrees, at, c)
	}
	return &b.runs[k]
}

// cutTree cuts a tree for n members; node is what each node costs besides the tree (ns a step).
//
// At first the trunk is the root's run. The root run of the largest subtree is added to it, again and again; of all
// these cuts the one that promises the shortest step is taken.
func cutTree(t *Template, node []float64, n int) *cut {
	runs := runsOf(t, node)
	b := growingTrunk{runs: runs, subtrees: []int32{0}}
	best, ns := 0, math.Inf(1)
	anybody, serial := 0.0, 0.0 // ns of the trunk: its nodes' own work, and its tree
	for len(b.subtrees) > 0 && serial < ns && runs[b.subtrees[0]].ns >= runs[0].ns/float64(16*n) {
		r := b.grow()
		for i := r.first; i <= r.last; i++ {
			anybody += node[i]
			serial += trunkNode
		}
		work, _ := deal(b.subtrees, runs, n)
		sum := anybody
		for _, w := range work {
			sum += w
		}
		longest := max(slices.Max(work), sum/float64(n))
		if x := longest + serial + trunkNode*float64(len(b.subtrees)); x < ns {
			best, ns = len(b.trunk), x
		}
		if longest < 1.01*sum/float64(n) {
			break // nothing to win by more
		}
	}
	return cutAt(t, runs, node, n, best, ns+meeting+meetMore*float64(n))
}

// cutAt cuts a tree with so many runs in the trunk.
func cutAt(t *Template, runs []run, node []float64, n, trunk int, ns float64) *cut {
	b := growingTrunk{runs: runs, subtrees: []int32{0}}
	for range trunk {
		b.grow()
	}
	c := &cut{share: make([]int16, len(t.Parent)), node: node, ns: ns}
	for i := range c.share {
		c.share[i] = noShare
	}
	var of []int16
	c.work, of = deal(b.subtrees, runs, n)
	for k, s := range b.subtrees {
		c.mark(runs, s, of[k])
	}
	return c
}

// mark gives a subtree to a member.
func (c *cut) mark(runs []run, k int32, member int16) {
	for i := runs[k].first; i <= runs[k].last; i++ {
		c.share[i] = member
	}
	for _, child := range runs[k].children {
		c.mark(runs, child, member)
	}
}

// deal gives each subtree, the largest first, to the member that has least so far. It returns the work (ns) of each
// member and the member of each subtree.
func deal(subtrees []int32, runs []run, n int) (work []float64, of []int16) {
	work, of = make([]float64, n), make([]int16, len(subtrees))
	for k, s := range subtrees {
		least := 0
		for m := range work {
			if work[m] < work[least] {
				least = m
			}
		}
		of[k] = int16(least)
		work[least] += runs[s].ns
	}
	return work, of
}
