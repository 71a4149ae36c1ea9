package engine

import (
	le "encoding/binary"
	"errors"
	"math"
)

// encoder appends little-endian numbers to a record of a saved state.
type encoder struct{ buf []byte }

func (c *encoder) u8(x uint8)    { c.buf = append(c.buf, x) }
func (c *encoder) u32(x uint32)  { c.buf = le.LittleEndian.AppendUint32(c.buf, x) }
func (c *encoder) u64(x uint64)  { c.buf = le.LittleEndian.AppendUint64(c.buf, x) }
func (c *encoder) f64(x float64) { c.u64(math.Float64bits(x)) }
func (c *encoder) flag(x bool) {
	if x {
		c.u8(1)
		return
	}
	c.u8(0)
}

// words writes n numbers of 64 bits, or one if all are the same.
func (c *encoder) words(n int, at func(k int) uint64) {
	same := n > 1
	for k := 1; k < n && same; k++ {
		same = at(k) == at(0)
	}
	c.flag(same)
	if same {
		n = 1
	}
	for k := range n {
		c.u64(at(k))
	}
}

// floats is words for float64.
func (c *encoder) floats(n int, at func(k int) float64) {
	c.words(n, func(k int) uint64 { return math.Float64bits(at(k)) })
}

// counts writes n numbers of 32 bits, or one if all are the same, or the first if each is one more than the one before.
func (c *encoder) counts(n int, at func(k int) int32) {
	step := int32(-1)
	if n > 1 {
		if d := at(1) - at(0); d == 0 || d == 1 {
			step = d
		}
	}
	for k := 2; k < n && step >= 0; k++ {
		if at(k)-at(k-1) != step {
			step = -1
		}
	}
	c.u8(uint8(step + 1))
	if step >= 0 {
		n = 1
	}
	for k := range n {
		c.u32(uint32(at(k)))
	}
}

// errDamaged is a saved state whose bytes make no sense though their checksum is right.
var errDamaged = errors.New("the saved state is damaged or was written by another netsim")

// decoder reads what encoder wrote. After a fault everything is 0.
type decoder struct {
	buf []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.buf) {
		d.bad, d.buf = true, nil
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) u8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u32() uint32 {
	if b := d.take(4); b != nil {
		return le.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.take(8); b != nil {
		return le.LittleEndian.Uint64(b)
	}
	return 0
}

func (d *decoder) f64() float64 { return math.Float64frombits(d.u64()) }
func (d *decoder) flag() bool   { return d.u8() != 0 }

// size is a count of things that may all have one value, so that it cannot be held against the bytes that are left. No
// cell has more of anything.
func (d *decoder) size() int {
	const most = 1 << 24
	n := d.u32()
	if n > most {
		d.bad = true
		return 0
	}
	return int(n)
}

// list is n numbers of a saved state.
type list64 struct {
	raw  []byte
	same bool
}

func (d *decoder) words(n int) list64 {
	l := list64{same: d.flag()}
	if l.same && n > 0 {
		n = 1
	}
	l.raw = d.take(8 * n)
	return l
}

func (l list64) word(k int) uint64 {
	if l.same {
		k = 0
	}
	if 8*k+8 > len(l.raw) {
		return 0
	}
	return le.LittleEndian.Uint64(l.raw[8*k:])
}

func (l list64) float(k int) float64 { return math.Float64frombits(l.word(k)) }

// list32 is what counts wrote.
type list32 struct {
	raw  []byte
	step int32
}

func (d *decoder) counts(n int) list32 {
	l := list32{step: int32(d.u8()) - 1}
	if l.step > 1 {
		d.bad = true
	}
	if l.step >= 0 && n > 0 {
		n = 1
	}
	l.raw = d.take(4 * n)
	return l
}

func (l list32) at(k int) int32 {
	first := k
	if l.step >= 0 {
		first = 0
	}
	if 4*first+4 > len(l.raw) {
		return 0
	}
	x := int32(le.LittleEndian.Uint32(l.raw[4*first:]))
	if l.step > 0 {
		x += int32(k)
	}
	return x
}
