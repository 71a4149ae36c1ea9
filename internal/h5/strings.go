package h5

// #include "bridge.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Strings reads all strings of a dataset, fixed or variable length, without padding.
func (d *Dataset) Strings() ([]string, error) {
	if d.info.rank == 0 {
		return d.strings(nil, nil, 1)
	}
	if d.info.rank < 0 {
		return nil, nil
	}
	return d.StringBlock(make([]int, d.info.rank), d.Shape())
}

// StringRows reads the strings of rows [begin, end).
func (d *Dataset) StringRows(begin, end int) ([]string, error) {
	if d.info.rank <= 0 || begin < 0 || end < begin {
		return nil, d.fault("read", ErrShape, "rows [%d, %d) of shape %v", begin, end, d.Shape())
	}
	start, count := make([]int, d.info.rank), d.Shape()
	start[0], count[0] = begin, end-begin
	return d.StringBlock(start, count)
}

// StringBlock reads a block of strings.
func (d *Dataset) StringBlock(start, count []int) ([]string, error) {
	s, c, n, err := d.block("read", start, count)
	if err != nil {
		return nil, err
	}
	return d.strings(&s[0], &c[0], n)
}

func (d *Dataset) strings(start, count *C.hsize_t, n int) ([]string, error) {
	if d.Class() != String {
		return nil, d.fault("read", ErrType, "%v, wanted strings", d.Class())
	}
	if n == 0 {
		return []string{}, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if d.id < 0 {
		return nil, d.fault("read", ErrClosed, "")
	}
	if d.info.is_vlen != 0 {
		if d.info.elsewhere != 0 {
			return nil, d.fault("read", ErrType, "strings of variable length in other files")
		}
		h, err := d.file.heaps(d.path)
		if err != nil {
			return nil, err
		}
		defer h.close()
		refs := make([]byte, n*h.refSize())
		if C.h5b_read_refs(d.id, C.int(d.info.rank), start, count, C.size_t(h.refSize()), unsafe.Pointer(&refs[0])) < 0 {
			return nil, failed("read", d.file.path, d.path)
		}
		return h.strings(refs)
	}
	lens := make([]C.uint64_t, n)
	var bytes *C.char
	if C.h5b_read_strings(d.id, C.int(d.info.rank), start, count, C.size_t(n), &bytes, &lens[0]) < 0 {
		return nil, failed("read", d.file.path, d.path)
	}
	return cut(bytes, lens), nil
}

// cut makes strings of a malloc'ed block and frees it.
func cut(bytes *C.char, lens []C.uint64_t) []string {
	total := 0
	for _, n := range lens {
		total += int(n)
	}
	all := string(unsafe.Slice((*byte)(unsafe.Pointer(bytes)), total))
	C.free(unsafe.Pointer(bytes))
	out := make([]string, len(lens))
	for i, n := range lens {
		out[i], all = all[:n], all[n:]
	}
	return out
}

// WriteStrings creates a dataset of variable-length UTF-8 strings, as h5py does.
func (f *File) WriteStrings(path string, data []string) error {
	const op = "write"
	lens := make([]C.uint64_t, len(data)+1)
	for i, s := range data {
		if k := strings.IndexByte(s, 0); k >= 0 {
			return f.fault(op, path, ErrType, fmt.Sprintf("string %d holds a NUL byte", i))
		}
		lens[i] = C.uint64_t(len(s))
	}
	all := strings.Join(data, "") + "\x00"
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return f.fault(op, path, ErrClosed, "")
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if C.h5b_write_strings(f.id, name, C.size_t(len(data)), (*C.char)(unsafe.Pointer(unsafe.StringData(all))), &lens[0]) < 0 {
		return failed(op, f.path, path)
	}
	return nil
}
