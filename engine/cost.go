package engine

import (
	"slices"

	"netsim/nmodl/program"
)

// costs estimates what a step takes, to share work out evenly. Nothing but the layout depends on it.
type costs struct {
	net   *Network
	mech  []float64   // ns per instance of each mechanism
	nodes [][]float64 // ns per node of each template's density mechanisms, once it was asked for
	point []float64   // ns of each cell's point processes
}

// Rough ns of an operation: of a simple one of machine code, relative ones of others, and of any where a program runs
// instance by instance.
const (
	simpleOp = 0.06
	scalarOp = 4.
	perCall  = 0.5 // of an instance, whatever it does
)

// What a cell in a forest costs against cells side by side: padding, and ns for each chain, whose head is done by itself.
const (
	forestTax  = 1.1
	forestHead = 15.
)

func opCost(op program.Op) float64 {
	switch op {
	case program.OpExp, program.OpLog, program.OpPow:
		return 8
	case program.OpDiv, program.OpSqrt, program.OpTable:
		return 4
	}
	return 1
}

func newCosts(net *Network) *costs {
	c := &costs{net: net, mech: make([]float64, len(net.Mechanisms)), nodes: make([][]float64, len(net.Templates)),
		point: make([]float64, len(net.Cells))}
	for k, m := range net.Mechanisms {
		c.mech[k] = perCall
		for _, en := range []program.Entry{m.Cur, m.State} {
			switch {
			case en.Scalar != nil:
				c.mech[k] += scalarOp * float64(len(en.Scalar.Instrs))
			case en.Vector != nil:
				for i := range en.Vector.Instrs {
					c.mech[k] += simpleOp * opCost(en.Vector.Instrs[i].Op)
				}
			}
		}
	}
	for k := range net.Points {
		p := &net.Points[k]
		c.point[p.Cell] += c.mech[p.Mech]
	}
	return c
}

// template is the cost of each node of a template without the tree's.
func (c *costs) template(t int32) []float64 {
	if c.nodes[t] == nil {
		temp := c.net.Templates[t]
		node := make([]float64, len(temp.Parent))
		for k := range temp.Density {
			for _, n := range temp.Density[k].Nodes {
				node[n] += c.mech[temp.Density[k].Mech]
			}
		}
		c.nodes[t] = node
	}
	return c.nodes[t]
}

// sum is the cost of a template with the tree's.
func (c *costs) sum(t *Template) float64 {
	ns := treeNode * float64(len(t.Parent))
	for k := range t.Density {
		ns += c.mech[t.Density[k].Mech] * float64(len(t.Density[k].Nodes))
	}
	return ns
}

// block is the cost of some cells of one template that are advanced together.
func (c *costs) block(b *block) float64 {
	ns := c.sum(b.template)
	if len(b.cells) == 1 {
		ns *= forestTax
		for i, p := range b.template.Parent {
			if int(p) != i-1 {
				ns += forestHead
			}
		}
	} else {
		ns *= lanes // used or not
	}
	for _, cell := range b.cells {
		ns += c.point[cell]
	}
	return ns
}

// cell is the cost of each node of a cell without the tree's.
func (c *costs) cell(cell int) []float64 {
	node := slices.Clone(c.template(c.net.Cells[cell].Template))
	for k := range c.net.Points {
		if p := &c.net.Points[k]; int(p.Cell) == cell {
			node[p.Node] += c.mech[p.Mech]
		}
	}
	return node
}
