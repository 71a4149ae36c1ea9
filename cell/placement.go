package cell

import (
	"fmt"
	"strings"

	"netsim/rng"
)

// choiceKey names a set of candidate segments of a template.
type choiceKey struct {
	labels string
	lo, hi float64 // um
}

// candidates are the segments that an edge type may hit on a template, with the distribution numpy's choice makes
// of their lengths (allen.md §4.2).
type candidates struct {
	segment []int32   // index into Template.Segments, ascending
	cdf     []float64 // ends in 1
}

// candidates returns the segments of the labels between lo and hi (um from soma(0)), weighted by the length inside.
func (t *Template) candidates(labels []string, lo, hi float64) (*candidates, error) {
	key := choiceKey{strings.Join(labels, "\x00"), lo, hi}
	if c := t.choice[key]; c != nil {
		return c, nil
	}
	var want [5]bool
	for _, l := range labels {
		k, ok := labelTypes[l]
		if !ok {
			return nil, fmt.Errorf("target_sections: %q is none of soma, axon, dend, apic (or somatic, axonal, basal, apical)", l)
		}
		want[k] = true
	}
	c := &candidates{}
	var weight []float64
	for k, s := range t.Segments {
		d0, d1 := s.Dist-s.L/2, s.Dist+s.L/2
		frac := max(0, min(d1, hi)-max(d0, lo)) / s.L
		if frac > 0 && s.Type > 0 && want[s.Type] {
			c.segment = append(c.segment, int32(k))
			weight = append(weight, float64(s.L*frac))
		}
	}
	if len(weight) > 0 {
		total := rng.PairwiseSum(weight)
		acc := 0.
		for _, w := range weight {
			acc += w / total
			c.cdf = append(c.cdf, acc)
		}
		for i := range c.cdf {
			c.cdf[i] /= acc
		}
	}
	t.choice[key] = c
	return c, nil
}

// draw is one draw of numpy's choice: the first candidate whose cdf is above a uniform number.
func (c *candidates) draw(stream *rng.MT19937) int32 {
	u := stream.Float64()
	lo, n := 0, len(c.cdf)
	for n > 0 {
		half := n >> 1
		if c.cdf[lo+half] <= u {
			lo += half + 1
			n -= half + 1
		} else {
			n = half
		}
	}
	return c.segment[lo]
}
