package engine

import (
	"fmt"
	"slices"
	"testing"
)

// binary is a binary tree of n nodes, ten to a branch, with a leak at every node.
func binary(n int) *Template {
	t := &Template{Name: fmt.Sprint("binary of ", n)}
	for i := range n {
		p := i - 1
		if i%10 == 0 {
			p = ((i/10+1)/2-1)*10 + 9 // the last node of the parent branch
		}
		t.Parent = append(t.Parent, int32(max(p, -1)))
		t.Area, t.Diam, t.Cm = append(t.Area, 100), append(t.Diam, 1), append(t.Cm, 1)
		t.A, t.B = append(t.A, -0.1), append(t.B, -0.1)
	}
	nodes := make([]int32, n)
	for i := range nodes {
		nodes[i] = int32(i)
	}
	t.Density = []Density{{Mech: 0, Nodes: nodes}}
	return t
}

// TestPlanIsEven holds that no worker is left without work: the one with the most has little more than an even share of
// what all the cells cost one worker.
func TestPlanIsEven(t *testing.T) {
	for _, c := range []struct {
		cells   []int // nodes of cells with trees of their own
		alike   int   // cells of 2,000 nodes of one template
		threads int
		most    float64 // of an even share: cuts cost a meeting and a trunk, forests some padding
		cuts    int     // -1: some
	}{
		{[]int{10000}, 0, 2, 1.1, 1},
		{[]int{10000}, 0, 4, 1.2, 1},
		{[]int{100}, 0, 2, 2, 0}, // a step is shorter than a meeting
		{[]int{9000, 9000, 9000}, 0, 2, 1.1, -1},
		{slices.Repeat([]int{9000}, 9), 0, 8, 1.2, -1},
		{slices.Repeat([]int{9000}, 10), 0, 64, 1.6, 10},
		{slices.Repeat([]int{200}, 64), 0, 2, 1.02, 0},
		{append(slices.Repeat([]int{200}, 20), 9000), 0, 2, 1.1, 1},
		{nil, 8, 2, 1.5, 0}, // as a forest
		{nil, 24, 2, 1.2, 0},
		{nil, 64, 2, 1.02, 0},
	} {
		net := &Network{Dt: 0.025, Mechanisms: ring(1).Mechanisms}
		for _, n := range c.cells {
			net.Cells = append(net.Cells, Cell{GID: uint64(len(net.Cells)), Template: int32(len(net.Templates))})
			net.Templates = append(net.Templates, binary(n))
		}
		for range c.alike {
			net.Cells = append(net.Cells, Cell{GID: uint64(len(net.Cells)), Template: int32(len(net.Templates))})
		}
		if c.alike > 0 {
			net.Templates = append(net.Templates, binary(2000))
		}
		e := &Engine{net: net, opt: Options{Threads: c.threads}, costs: newCosts(net)}
		byTemplate := make([][]int, len(net.Templates))
		for k := range net.Cells {
			byTemplate[net.Cells[k].Template] = append(byTemplate[net.Cells[k].Template], k)
		}
		alike, single := e.blocks(byTemplate, false)
		total := 0.0
		for _, b := range append(slices.Clone(alike), single...) {
			total += e.costs.block(&b)
		}
		p := e.plan(alike, single)
		load := make([]float64, c.threads)
		cells := 0
		for w, l := range p.lists {
			for _, x := range l {
				load[w] += x.ns
				cells += len(x.block.cells)
			}
		}
		for _, k := range p.cuts {
			cells++
			for w := range k.cut.work {
				load[k.first+w] += k.cut.ns
			}
		}
		if cells != len(net.Cells) {
			t.Errorf("%v, %d alike, %d threads: %d cells in the plan of %d", c.cells, c.alike, c.threads, cells, len(net.Cells))
		}
		if most := slices.Max(load) / (total / float64(c.threads)); most > c.most {
			t.Errorf("%v, %d alike, %d threads: a worker has %.2f of an even share (%d cuts)", c.cells, c.alike, c.threads, most, len(p.cuts))
		}
		if c.cuts >= 0 && len(p.cuts) != c.cuts {
			t.Errorf("%v, %d alike, %d threads: %d cells are cut, want %d", c.cells, c.alike, c.threads, len(p.cuts), c.cuts)
		}
	}
}
