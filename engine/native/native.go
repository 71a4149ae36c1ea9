// Package native turns the vector programs of mechanisms into x86-64 machine code: straight-line code for eight instances
// (AVX-512) or four (AVX2) in a loop. The bits are those of the vector machine (engine/vm.go): the same operations, each rounded
// on its own, the same exp and log.
//
//	program.Code --build--> function (SSA values, common ones once) --generate--> bytes --Arena--> Routine
//
// The machine code knows the shape of the data, not its addresses and values: these stand in a table of pointers and a
// pool of numbers, so that groups of cells share it.
package native

import (
	"errors"
	"fmt"
	"math"
	"unsafe"

	"netsim/nmodl/program"
)

// ErrUnsupported is wrapped by the errors of programs that this package leaves to the vector machine.
var ErrUnsupported = errors.New("no machine code")

// Access tells how instances find a datum of their nodes.
type Access uint8

// The ways to a node's datum.
const (
	Column     Access = iota // one value per instance, never written
	Contiguous               // successive instances, successive places
	Rows                     // whole rows of eight successive places; an index per row
	Indexed                  // an index per instance
	Jagged                   // see Jag
	Absent                   // not there: a program that uses it has no machine code
)

// ExtShape is the shape of one of the mechanism's Exts.
type ExtShape struct {
	Access   Access
	Index    int  // number of the list of indices (or rows): lists with the same number are the same
	Distinct bool // no two instances have the same index
}

// Shape is what the machine code depends on, besides the program itself.
type Shape struct {
	Level   Level
	Mech    *program.Mechanism
	Code    *program.Code
	Uniform []bool // per column: one value for all instances
	Unseen  []bool // per column: nobody reads what this program stores there; nil: all are read
	Exts    []ExtShape
	Tables  []*program.TableData
	Curves  []program.CurveData
	// Value returns the value of a uniform column or a global where it will not change, to see whether a division by it
	// can be done by multiplication.
	Value func(r program.Ref) (float64, bool)
}

// PointerKind tells what an entry of a routine's table of pointers is.
type PointerKind uint8

// Entries of the table of pointers.
const (
	PoolPointer    PointerKind = iota // the routine's pool
	ColumnPointer                     // Index: column
	ExtPointer                        // Index: Ext; base of its array (Contiguous: of its first value)
	IndexPointer                      // Index: Ext; its list of indices, or Jag.Nodes
	RowsPointer                       // Index: Ext; its list of rows
	TablePointer                      // Index: table, Sub: block of outputs; rows of their values
	StepPointer                       // Index: table, Sub: block of outputs; rows of differences
	CurvePointer                      // Index: curve; its coefficients
	WindowPointer                     // Index: curve; its coefficients in the window
	ConstPointer                      // Sub: number of constTable
	LengthsPointer                    // Jag.Lengths
	CountsPointer                     // Jag.Counts
)

// Pointer is one entry of the table of pointers.
type Pointer struct {
	Kind  PointerKind
	Index int32
	Sub   int32
}

// NumberKind tells what an entry of the pool is.
type NumberKind uint8

// Entries of the pool.
const (
	Literal       NumberKind = iota // Bits
	UniformColumn                   // Index
	GlobalValue                     // Index
	ReciprocalHi                    // of entry Index
	ReciprocalLo                    // of entry Index
	TableFrom                       // of table Index
	TableFactor                     // of table Index
)

// Number is one entry of the pool.
type Number struct {
	Kind  NumberKind
	Index int32
	Bits  uint64
}

// Routine is machine code for one shape.
type Routine struct {
	Pointers []Pointer
	Numbers  []Number
	Scratch  int // float64 of scratch memory that a call needs

	isa    *isa
	jagged bool
	fixed  []fixedNumber
	code   []byte
	entry  unsafe.Pointer
}

// fixedNumber is a value that the machine code was made for: a divisor.
type fixedNumber struct {
	from Number
	bits uint64
}

// MaxInstances bounds the instances of one call: no preemption happens inside.
const MaxInstances = 2048

// Size returns the number of bytes of machine code.
func (r *Routine) Size() int { return len(r.code) }

// Bytes returns the machine code, for tests and for reading.
func (r *Routine) Bytes() []byte { return r.code }

// Bound is a routine with the data of one mechanism in one group.
type Bound struct {
	r     *Routine
	table []unsafe.Pointer
	pool  []float64
	n     int
	jag   *Jag
	live  []liveNumber
	fixed []fixedAt
}

// liveNumber is a pool entry that may change between calls.
type liveNumber struct {
	slot int32
	from *float64
}

// fixedAt is where a value stands that may not change.
type fixedAt struct {
	from *float64
	bits uint64
}

// Data finds the data of a mechanism for Bind.
type Data struct {
	N       int
	Columns [][]float64
	Globals []float64
	Tables  []*program.TableData
	Curves  []program.CurveData
	Jag     *Jag
	// Base returns the address of an Ext's array, of its first instance's value where that is Contiguous or a Column;
	// Index the address of its list of indices or rows.
	Base  func(ext int) unsafe.Pointer
	Index func(ext int) unsafe.Pointer
}

func (d *Data) find(n Number) *float64 {
	if n.Kind == GlobalValue {
		return &d.Globals[n.Index]
	}
	return &d.Columns[n.Index][0]
}

// Bind ties a routine to data, which must not move afterwards.
func (r *Routine) Bind(d *Data) *Bound {
	b := &Bound{r: r, n: d.N, jag: d.Jag}
	b.pool = r.isa.newPool(len(r.Numbers))
	set := func(k int, x float64) { r.isa.setNumber(b.pool, int32(k), x) }
	get := func(k int32) float64 { return b.pool[r.isa.number(k)] }
	for k, num := range r.Numbers {
		switch num.Kind {
		case Literal:
			set(k, math.Float64frombits(num.Bits))
		case UniformColumn, GlobalValue:
			from := d.find(num)
			b.live = append(b.live, liveNumber{slot: int32(k), from: from})
			set(k, *from)
		case ReciprocalHi:
			hi, _ := reciprocal(get(num.Index))
			set(k, hi)
		case ReciprocalLo:
			_, lo := reciprocal(get(num.Index))
			set(k, lo)
		case TableFrom:
			set(k, d.Tables[num.Index].From)
		case TableFactor:
			set(k, d.Tables[num.Index].Factor)
		}
	}
	for _, x := range r.fixed {
		b.fixed = append(b.fixed, fixedAt{from: d.find(x.from), bits: x.bits})
	}
	for _, p := range r.Pointers {
		var at unsafe.Pointer
		switch p.Kind {
		case PoolPointer:
			at = unsafe.Pointer(&b.pool[0])
		case ColumnPointer:
			at = unsafe.Pointer(unsafe.SliceData(d.Columns[p.Index]))
		case ExtPointer:
			at = d.Base(int(p.Index))
		case IndexPointer:
			at = d.Index(int(p.Index))
		case RowsPointer:
			at = r.isa.rows(d.Index(int(p.Index)), d.N)
		case TablePointer:
			at = unsafe.Pointer(unsafe.SliceData(tableRows(d.Tables[p.Index], int(p.Sub), false)))
		case StepPointer:
			at = unsafe.Pointer(unsafe.SliceData(tableRows(d.Tables[p.Index], int(p.Sub), true)))
		case CurvePointer:
			at = unsafe.Pointer(unsafe.SliceData(d.Curves[p.Index].Rows))
		case WindowPointer:
			at = unsafe.Pointer(unsafe.SliceData(d.Curves[p.Index].Window))
		case ConstPointer:
			at = constTable(p.Sub)
		case LengthsPointer:
			at = unsafe.Pointer(unsafe.SliceData(d.Jag.Lengths))
		case CountsPointer:
			at = unsafe.Pointer(unsafe.SliceData(d.Jag.Counts))
		}
		b.table = append(b.table, at)
	}
	return b
}

// Scratch is the number of float64 of scratch memory that Run needs.
func (b *Bound) Scratch() int { return b.r.Scratch }

// Run applies the program to all instances. It does nothing and reports false when a divisor has changed that the
// machine code relies on.
func (b *Bound) Run(scratch []float64) bool {
	for _, f := range b.fixed {
		if math.Float64bits(*f.from) != f.bits {
			return false
		}
	}
	for _, l := range b.live {
		b.r.isa.setNumber(b.pool, l.slot, *l.from)
	}
	if len(scratch) < b.r.Scratch {
		panic(fmt.Sprintf("native: %d numbers of scratch memory, want %d", len(scratch), b.r.Scratch))
	}
	s := unsafe.Pointer(unsafe.SliceData(scratch))
	t := unsafe.Pointer(unsafe.SliceData(b.table))
	if b.r.jagged {
		for k := 0; k+1 < len(b.jag.calls); k++ {
			from, to := b.jag.calls[k], b.jag.calls[k+1]
			invoke(b.r.entry, t, s, from.group, to.group, from.row, from.instance)
		}
		return true
	}
	for first := 0; first < b.n; first += MaxInstances {
		invoke(b.r.entry, t, s, first, min(first+MaxInstances, b.n), 0, 0)
	}
	return true
}
