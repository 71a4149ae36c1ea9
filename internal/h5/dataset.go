package h5

// #include "bridge.h"
import "C"

import (
	"fmt"
	"math"
	"math/bits"
	"os"
	"unsafe"
)

// Class is the kind of the elements of a dataset or attribute.
type Class int

// Classes. HDF5's other classes (compounds, references, …) are Other.
const (
	Integer Class = C.H5B_INTEGER
	Float   Class = C.H5B_FLOAT
	String  Class = C.H5B_STRING
	Enum    Class = C.H5B_ENUM
	Other   Class = C.H5B_OTHER
)

func (c Class) String() string {
	return [...]string{"integers", "floats", "strings", "enums", "elements of another class"}[c]
}

// Number is the set of element types that can be read and written.
type Number interface {
	float64 | float32 | int64 | uint64 | int32 | uint32 | int16 | uint16 | int8 | uint8
}

// Type is the type of the elements of a dataset to be created.
type Type int

// Types, stored little-endian.
const (
	Float64 Type = C.H5B_F64
	Float32 Type = C.H5B_F32
	Int64   Type = C.H5B_I64
	Uint64  Type = C.H5B_U64
	Int32   Type = C.H5B_I32
	Uint32  Type = C.H5B_U32
	Int16   Type = C.H5B_I16
	Uint16  Type = C.H5B_U16
	Int8    Type = C.H5B_I8
	Uint8   Type = C.H5B_U8
)

// typeOf returns the Type of T.
func typeOf[T Number]() Type {
	var z T
	switch any(z).(type) {
	case float64:
		return Float64
	case float32:
		return Float32
	case int64:
		return Int64
	case uint64:
		return Uint64
	case int32:
		return Int32
	case uint32:
		return Uint32
	case int16:
		return Int16
	case uint16:
		return Uint16
	case int8:
		return Int8
	}
	return Uint8
}

// A Range is the rows [Begin, End).
type Range struct{ Begin, End uint64 }

// A Dataset is an open dataset of an open file.
type Dataset struct {
	file *File
	path string
	id   C.hid_t
	info C.h5b_info
}

// Dataset opens a dataset.
func (f *File) Dataset(path string) (*Dataset, error) {
	switch f.kind(path) {
	case C.H5B_NOTHING:
		return nil, f.fault("read", path, ErrMissing, "")
	case C.H5B_DATASET:
	default:
		return nil, f.fault("read", path, ErrType, "not a dataset")
	}
	lock.Lock()
	defer lock.Unlock()
	d := &Dataset{file: f, path: path}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if d.id = C.h5b_dataset(f.id, name, &d.info); d.id < 0 {
		return nil, failed("read", f.path, path)
	}
	f.open[d] = struct{}{}
	if err := d.believable(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// Limits of what a dataset may claim to hold. A file says how many rows there are before any of them is read, and a
// damaged one says anything: memory is only given to what the file can hold.
const (
	maxUnwritten = 256 << 20 // bytes that need not stand in the file: rows that nobody wrote are zeros
	maxElsewhere = 1 << 30   // bytes of data in other files, of which nothing is known
	maxPacking   = 1100      // deflate packs zeros 1032 times at most
	maxChunks    = 1 << 18   // chunks that need not stand in the file: HDF5 keeps a record of each that a read touches
	minChunk     = 8         // bytes of one in the file, at least
)

// believable refuses a dataset whose data cannot be in the file.
func (d *Dataset) believable() error {
	bytes, ok := product(uint64(d.info.size), d.info.dims[:max(0, d.info.rank)])
	most, held := uint64(maxElsewhere), "in other files"
	if d.info.elsewhere == 0 {
		storage := uint64(d.info.storage)
		if st, err := os.Stat(d.file.path); err == nil {
			storage = min(storage, uint64(st.Size()))
		}
		most, held = max(maxUnwritten, maxPacking*storage), fmt.Sprintf("%d bytes in the file", storage)
		if d.info.compact != 0 {
			most = storage
		}
	}
	if chunks := d.chunks(); d.info.elsewhere == 0 && chunks > maxChunks && chunks > uint64(d.info.storage)/minChunk {
		return d.fault("read", ErrShape, "%d chunks, but %s; the file is damaged, or was never written", chunks, held)
	}
	if !ok || bytes > most {
		return d.fault("read", ErrShape, "%v elements of %d bytes, but %s; the file is damaged, or was never written", d.info.dims[:max(0, d.info.rank)], d.info.size, held)
	}
	return nil
}

// chunks is the number of chunks of the dataset's shape; 0 when it is not chunked.
func (d *Dataset) chunks() uint64 {
	var counts []uint64
	for k, c := range d.Chunk() {
		if c <= 0 {
			return math.MaxUint64
		}
		n := uint64(d.info.dims[k])
		counts = append(counts, n/uint64(c)+min(1, n%uint64(c)))
	}
	if counts == nil {
		return 0
	}
	if n, ok := product(1, counts); ok {
		return n
	}
	return math.MaxUint64
}

// product multiplies; it reports whether the result is a size of memory.
func product[T ~uint64](n uint64, dims []T) (uint64, bool) {
	fits := true
	for _, d := range dims {
		if d == 0 {
			return 0, true
		}
		hi, lo := bits.Mul64(n, uint64(d))
		n, fits = lo, fits && hi == 0 && lo < math.MaxInt64
	}
	return n, fits
}

// Layout says how a new dataset is stored.
type Layout struct {
	Chunk      []int // shape of a chunk; nil for one contiguous block
	Gzip       int   // level 1–9; 0 for none; needs Chunk
	Extensible bool  // rows can be added with Extend; needs Chunk
	Early      bool  // take the space of a contiguous dataset at once
}

// CreateDataset creates a dataset of zeros in an existing group. An empty
// shape makes a scalar.
func (f *File) CreateDataset(path string, t Type, shape []int, l Layout) (*Dataset, error) {
	const op = "create dataset in"
	if len(shape) > C.H5B_MAXRANK {
		return nil, f.fault(op, path, ErrShape, fmt.Sprintf("%d dimensions; at most %d", len(shape), C.H5B_MAXRANK))
	}
	if l.Chunk != nil && len(l.Chunk) != len(shape) {
		return nil, f.fault(op, path, ErrShape, fmt.Sprintf("shape %v with chunks %v", shape, l.Chunk))
	}
	if (l.Gzip != 0 || l.Extensible) && l.Chunk == nil {
		return nil, f.fault(op, path, ErrShape, "compressed or extensible without chunks")
	}
	if l.Gzip < 0 || l.Gzip > 9 {
		return nil, f.fault(op, path, nil, fmt.Sprintf("gzip level %d; must be 0 to 9", l.Gzip))
	}
	var dims, maxdims, chunk [C.H5B_MAXRANK]C.hsize_t
	for k, n := range shape {
		if n < 0 {
			return nil, f.fault(op, path, ErrShape, fmt.Sprintf("shape %v", shape))
		}
		dims[k], maxdims[k] = C.hsize_t(n), C.hsize_t(n)
		if l.Chunk != nil {
			if l.Chunk[k] <= 0 {
				return nil, f.fault(op, path, ErrShape, fmt.Sprintf("chunks %v", l.Chunk))
			}
			chunk[k] = C.hsize_t(l.Chunk[k])
		}
	}
	if l.Extensible {
		maxdims[0] = math.MaxUint64 // H5S_UNLIMITED
	}
	var pchunk *C.hsize_t
	if l.Chunk != nil {
		pchunk = &chunk[0]
	}
	early := C.int(0)
	if l.Early {
		early = 1
	}
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return nil, f.fault(op, path, ErrClosed, "")
	}
	d := &Dataset{file: f, path: path}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	d.id = C.h5b_dataset_create(f.id, name, C.int(t), C.int(len(shape)), &dims[0], &maxdims[0], pchunk, C.int(l.Gzip), early, &d.info)
	if d.id < 0 {
		return nil, failed(op, f.path, path)
	}
	f.open[d] = struct{}{}
	return d, nil
}

// Close closes the dataset; File.Close does it too.
func (d *Dataset) Close() error {
	lock.Lock()
	defer lock.Unlock()
	return d.close()
}

func (d *Dataset) close() error {
	if d.id < 0 {
		return nil
	}
	delete(d.file.open, d)
	id := d.id
	d.id = -1
	if C.h5b_dataset_close(id) < 0 {
		return failed("close", d.file.path, d.path)
	}
	return nil
}

// File returns the file.
func (d *Dataset) File() *File { return d.file }

// Path returns the dataset's path inside the file.
func (d *Dataset) Path() string { return d.path }

// Class returns the class of the stored elements.
func (d *Dataset) Class() Class { return Class(d.info.cls) }

// ElementSize returns the bytes of a stored element.
func (d *Dataset) ElementSize() int { return int(d.info.size) }

// Signed reports whether stored integers are signed.
func (d *Dataset) Signed() bool { return d.info.is_signed != 0 }

// Shape returns the dimensions; nil for a scalar.
func (d *Dataset) Shape() []int { return shapeOf(&d.info) }

// Chunk returns the shape of a chunk; nil when the dataset is not chunked.
func (d *Dataset) Chunk() []int {
	if d.info.chunk[0] == 0 {
		return nil
	}
	out := make([]int, d.info.rank)
	for k := range out {
		out[k] = int(d.info.chunk[k])
	}
	return out
}

// Compressed reports whether the stored chunks pass a filter.
func (d *Dataset) Compressed() bool { return d.info.filters > 0 }

// Rows returns the first dimension; 1 for a scalar, 0 for a null dataspace.
func (d *Dataset) Rows() int {
	switch {
	case d.info.rank < 0:
		return 0
	case d.info.rank == 0:
		return 1
	}
	return int(d.info.dims[0])
}

// RowLen returns the number of elements of a row: the product of all dimensions but the first.
func (d *Dataset) RowLen() int {
	n := 1
	for k := 1; k < int(d.info.rank); k++ {
		n *= int(d.info.dims[k])
	}
	return n
}

func shapeOf(info *C.h5b_info) []int {
	if info.rank <= 0 {
		return nil
	}
	out := make([]int, info.rank)
	for k := range out {
		out[k] = int(info.dims[k])
	}
	return out
}

func (d *Dataset) fault(op string, kind error, format string, a ...any) *Error {
	return d.file.fault(op, d.path, kind, fmt.Sprintf(format, a...))
}

// Read reads a whole dataset, row after row.
func Read[T Number](d *Dataset) ([]T, error) {
	return ReadRanges[T](d, []Range{{0, uint64(d.Rows())}})
}

// ReadRows reads the rows [begin, end).
func ReadRows[T Number](d *Dataset, begin, end int) ([]T, error) {
	if begin < 0 || end < begin {
		return nil, d.fault("read", ErrShape, "rows [%d, %d)", begin, end)
	}
	return ReadRanges[T](d, []Range{{uint64(begin), uint64(end)}})
}

// ReadRanges reads ranges of rows, one after the other. Ranges in ascending
// order read each compressed chunk once.
func ReadRanges[T Number](d *Dataset, ranges []Range) ([]T, error) {
	t, check, err := readAs[T](d.file, d.path, &d.info)
	if err != nil {
		return nil, err
	}
	rows := uint64(d.Rows())
	total := uint64(0)
	for _, r := range ranges {
		if r.Begin > r.End || r.End > rows {
			return nil, d.fault("read", ErrShape, "rows [%d, %d) of %d", r.Begin, r.End, rows)
		}
		total += r.End - r.Begin
	}
	out := make([]T, total*uint64(d.RowLen()))
	if len(out) == 0 {
		return out, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if d.id < 0 {
		return nil, d.fault("read", ErrClosed, "")
	}
	var z T
	if d.info.rank == 0 {
		if C.h5b_read(d.id, C.int(t), 0, nil, nil, unsafe.Pointer(&out[0])) < 0 {
			return nil, failed("read", d.file.path, d.path)
		}
	} else {
		first := make([]C.uint64_t, len(ranges))
		last := make([]C.uint64_t, len(ranges))
		for i, r := range ranges {
			first[i], last[i] = C.uint64_t(r.Begin), C.uint64_t(r.End)
		}
		if C.h5b_read_ranges(d.id, C.int(t), C.int(d.info.rank), &d.info.dims[0], C.size_t(unsafe.Sizeof(z)),
			C.size_t(len(ranges)), &first[0], &last[0], unsafe.Pointer(&out[0])) < 0 {
			return nil, failed("read", d.file.path, d.path)
		}
	}
	if check != nil {
		if i := check(out); i >= 0 {
			row := uint64(i / d.RowLen())
			for _, r := range ranges {
				if n := r.End - r.Begin; row >= n {
					row -= n
				} else {
					row += r.Begin
					break
				}
			}
			return nil, d.fault("read", ErrType, "row %d is not in the range of %T", row, z)
		}
	}
	return out, nil
}

// ReadBlock reads the block of count elements per dimension from start on.
func ReadBlock[T Number](d *Dataset, start, count []int) ([]T, error) {
	t, check, err := readAs[T](d.file, d.path, &d.info)
	if err != nil {
		return nil, err
	}
	s, c, n, err := d.block("read", start, count)
	if err != nil {
		return nil, err
	}
	out := make([]T, n)
	if n == 0 {
		return out, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if d.id < 0 {
		return nil, d.fault("read", ErrClosed, "")
	}
	if C.h5b_read(d.id, C.int(t), C.int(d.info.rank), &s[0], &c[0], unsafe.Pointer(&out[0])) < 0 {
		return nil, failed("read", d.file.path, d.path)
	}
	if check != nil {
		if i := check(out); i >= 0 {
			return nil, d.fault("read", ErrType, "element %d of the block is not in the range of %T", i, out[i])
		}
	}
	return out, nil
}

// readAs chooses the memory type to read T with, and a check of the result
// that returns the index of the first number T cannot hold, or -1.
func readAs[T Number](f *File, path string, info *C.h5b_info) (Type, func([]T) int, error) {
	t := typeOf[T]()
	cls := Class(info.cls)
	var z T
	if cls != Other && cls != String && info.size > 8 {
		return 0, nil, f.fault("read", path, ErrType, fmt.Sprintf("%v of %d bytes", cls, info.size))
	}
	if t == Float64 || t == Float32 {
		if cls != Float && cls != Integer && cls != Enum {
			return 0, nil, f.fault("read", path, ErrType, fmt.Sprintf("%v, wanted %T", cls, z))
		}
		return t, nil, nil
	}
	if cls != Integer && cls != Enum {
		return 0, nil, f.fault("read", path, ErrType, fmt.Sprintf("%v, wanted %T", cls, z))
	}
	signed := info.is_signed != 0
	size := uintptr(info.size)
	switch t {
	case Uint64:
		if signed { // read as int64: same bits, and a negative one is seen
			return Int64, func(v []T) int { return firstAbove(v) }, nil
		}
	case Int64:
		if !signed && size >= 8 {
			return Uint64, func(v []T) int { return firstNegative(v) }, nil
		}
	default:
		wantSigned := z-1 < z
		if size > unsafe.Sizeof(z) || (size == unsafe.Sizeof(z) && signed != wantSigned) || (signed && !wantSigned) {
			return 0, nil, f.fault("read", path, ErrType, fmt.Sprintf("%d-byte integers do not fit %T", size, z))
		}
	}
	return t, nil, nil
}

func firstAbove[T Number](v []T) int {
	u, ok := any(v).([]uint64)
	if !ok {
		return -1
	}
	for i, x := range u {
		if x > math.MaxInt64 {
			return i
		}
	}
	return -1
}

func firstNegative[T Number](v []T) int {
	for i, x := range v {
		if x < 0 {
			return i
		}
	}
	return -1
}

// block checks a hyperslab against the shape.
func (d *Dataset) block(op string, start, count []int) (s, c [C.H5B_MAXRANK]C.hsize_t, n int, err error) {
	rank := int(d.info.rank)
	if rank <= 0 || len(start) != rank || len(count) != rank {
		return s, c, 0, d.fault(op, ErrShape, "block of %d dimensions in shape %v", len(count), d.Shape())
	}
	n = 1
	for k := range count {
		if start[k] < 0 || count[k] < 0 || start[k]+count[k] > int(d.info.dims[k]) {
			return s, c, 0, d.fault(op, ErrShape, "block %v+%v in shape %v", start, count, d.Shape())
		}
		s[k], c[k] = C.hsize_t(start[k]), C.hsize_t(count[k])
		n *= count[k]
	}
	return s, c, n, nil
}

// Extend changes the number of rows of an extensible dataset.
func (d *Dataset) Extend(rows int) error {
	if d.info.rank <= 0 || rows < 0 {
		return d.fault("extend", ErrShape, "%d rows of shape %v", rows, d.Shape())
	}
	dims := d.info.dims
	dims[0] = C.hsize_t(rows)
	lock.Lock()
	defer lock.Unlock()
	if d.id < 0 {
		return d.fault("extend", ErrClosed, "")
	}
	if C.h5b_extend(d.id, &dims[0]) < 0 {
		return failed("extend", d.file.path, d.path)
	}
	d.info.dims = dims
	return nil
}

// WriteBlock writes a block of count elements per dimension from start on.
func WriteBlock[T Number](d *Dataset, start, count []int, data []T) error {
	s, c, n, err := d.block("write", start, count)
	if err != nil {
		return err
	}
	if n != len(data) {
		return d.fault("write", ErrShape, "%d values for a block of %v", len(data), count)
	}
	if n == 0 {
		return nil
	}
	lock.Lock()
	defer lock.Unlock()
	if d.id < 0 {
		return d.fault("write", ErrClosed, "")
	}
	if C.h5b_write(d.id, C.int(typeOf[T]()), C.int(d.info.rank), &s[0], &c[0], unsafe.Pointer(&data[0])) < 0 {
		return failed("write", d.file.path, d.path)
	}
	return nil
}

// WriteRows writes whole rows from row first on.
func WriteRows[T Number](d *Dataset, first int, data []T) error {
	n := d.RowLen()
	if n == 0 || len(data)%n != 0 {
		if len(data) == 0 {
			return nil
		}
		return d.fault("write", ErrShape, "%d values for rows of %d", len(data), n)
	}
	start, count := make([]int, d.info.rank), d.Shape()
	if len(count) == 0 {
		return d.fault("write", ErrShape, "rows in a scalar")
	}
	start[0], count[0] = first, len(data)/n
	return WriteBlock(d, start, count, data)
}

// AppendRows extends the dataset and writes whole rows at its end.
func AppendRows[T Number](d *Dataset, data []T) error {
	n := d.RowLen()
	if n == 0 || len(data)%n != 0 {
		return d.fault("write", ErrShape, "%d values for rows of %d", len(data), n)
	}
	first := d.Rows()
	if err := d.Extend(first + len(data)/n); err != nil {
		return err
	}
	return WriteRows(d, first, data)
}

// WriteArray creates a dataset of T's type holding data. A nil shape means one dimension.
func WriteArray[T Number](f *File, path string, data []T, shape []int, l Layout) error {
	if shape == nil {
		shape = []int{len(data)}
	}
	d, err := f.CreateDataset(path, typeOf[T](), shape, l)
	if err != nil {
		return err
	}
	if err := WriteBlock(d, make([]int, len(shape)), shape, data); err != nil {
		return err
	}
	return d.Close()
}
