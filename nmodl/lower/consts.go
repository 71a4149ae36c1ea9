package lower

import (
	"math"

	"netsim/nmodl/program"
)

func newConstPool() *constPool { return &constPool{index: map[uint64]int32{}} }

// ref returns the operand of a constant; equal bits are one constant.
func (c *constPool) ref(x float64) program.Ref {
	b := math.Float64bits(x)
	i, ok := c.index[b]
	if !ok {
		i = int32(len(c.list))
		c.list = append(c.list, x)
		c.index[b] = i
	}
	return program.Ref{Kind: program.Const, Idx: i}
}
