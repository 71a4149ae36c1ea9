package sonata

import (
	"cmp"
	"slices"

	"netsim/internal/h5"
)

// gap is the number of unwanted rows that are read to save a separate read.
const gap = 1024

// A readPlan reads ranges of rows that are wanted in any order, overlapping or
// not, by few reads in ascending order.
type readPlan struct {
	wanted []h5.Range
	blocks []h5.Range // disjoint, ascending, each of them read once
	before []uint64   // rows in the blocks before each
	rows   int        // rows wanted
	direct bool       // the blocks read are what is wanted
}

func newPlan(wanted []h5.Range) *readPlan {
	p := &readPlan{wanted: wanted}
	sorted := make([]h5.Range, 0, len(wanted))
	for _, r := range wanted {
		p.rows += int(r.End - r.Begin)
		if r.End > r.Begin {
			sorted = append(sorted, r)
		}
	}
	byBegin := func(a, b h5.Range) int { return cmp.Compare(a.Begin, b.Begin) }
	if !slices.IsSortedFunc(sorted, byBegin) {
		slices.SortFunc(sorted, byBegin)
	}
	for _, r := range sorted {
		if n := len(p.blocks); n > 0 && r.Begin <= p.blocks[n-1].End+gap {
			p.blocks[n-1].End = max(p.blocks[n-1].End, r.End)
		} else {
			p.blocks = append(p.blocks, r)
		}
	}
	read := uint64(0)
	for _, b := range p.blocks {
		p.before = append(p.before, read)
		read += b.End - b.Begin
	}
	p.direct = read == uint64(p.rows)
	next := uint64(0)
	for i, r := range wanted {
		if r.End == r.Begin {
			continue
		}
		if i > 0 && r.Begin < next {
			p.direct = false
		}
		next = r.End
	}
	return p
}

// planRows is the plan for single rows in the given order.
func planRows(rows []uint64) *readPlan {
	var wanted []h5.Range
	for _, r := range rows {
		if n := len(wanted); n > 0 && wanted[n-1].End == r {
			wanted[n-1].End++
		} else {
			wanted = append(wanted, h5.Range{Begin: r, End: r + 1})
		}
	}
	return newPlan(wanted)
}

// fetch reads the wanted rows in the wanted order.
func fetch[T h5.Number](d *h5.Dataset, p *readPlan) ([]T, error) {
	got, err := h5.ReadRanges[T](d, p.blocks)
	if err != nil || p.direct {
		return got, err
	}
	width := uint64(d.RowLen())
	out := make([]T, 0, uint64(p.rows)*width)
	k := 0
	for _, r := range p.wanted {
		if r.End == r.Begin {
			continue
		}
		if len(p.blocks) <= k || r.Begin < p.blocks[k].Begin || r.Begin >= p.blocks[k].End {
			k = p.blockOf(r.Begin)
		}
		at := p.before[k] + r.Begin - p.blocks[k].Begin
		out = append(out, got[at*width:(at+r.End-r.Begin)*width]...)
	}
	return out, nil
}

// blockOf returns the block that holds the row.
func (p *readPlan) blockOf(row uint64) int {
	k, exact := slices.BinarySearchFunc(p.blocks, row, func(b h5.Range, row uint64) int {
		return cmp.Compare(b.Begin, row)
	})
	if !exact {
		k--
	}
	return k
}

// fetchStrings reads the wanted rows of a dataset of strings.
func fetchStrings(d *h5.Dataset, p *readPlan) ([]string, error) {
	out := make([]string, 0, p.rows)
	blocks := make([][]string, len(p.blocks))
	for k, b := range p.blocks {
		var err error
		if blocks[k], err = d.StringRows(int(b.Begin), int(b.End)); err != nil {
			return nil, err
		}
	}
	for _, r := range p.wanted {
		if r.End > r.Begin {
			k := p.blockOf(r.Begin)
			out = append(out, blocks[k][r.Begin-p.blocks[k].Begin:r.End-p.blocks[k].Begin]...)
		}
	}
	return out, nil
}
