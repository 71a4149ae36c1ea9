package h5

// #cgo linux,!arm64 CFLAGS: -I/usr/lib/x86_64-linux-gnu/hdf5/serial/include
// #cgo linux,!arm64 LDFLAGS: -L/usr/lib/x86_64-linux-gnu/hdf5/serial/
// #cgo linux,arm64 CFLAGS: -I/usr/lib/aarch64-linux-gnu/hdf5/serial/include
// #cgo linux,arm64 LDFLAGS: -L/usr/lib/aarch64-linux-gnu/hdf5/serial/
// #cgo LDFLAGS: -lhdf5
// #include "bridge.h"
import "C"

import (
	"os"
	"strings"
	"sync"
	"unsafe"

	"gonum.org/v1/hdf5"
)

// lock serialises every call into libhdf5 and guards bridge.c's message.
var lock sync.Mutex

// A File is an open HDF5 file.
type File struct {
	path     string
	id       C.hid_t
	writable bool
	open     map[*Dataset]struct{}
}

// Version returns the version of the HDF5 library in use.
func Version() string {
	lock.Lock()
	defer lock.Unlock()
	v, err := hdf5.LibVersion()
	if err != nil {
		return "unknown"
	}
	return v.String()
}

// Open opens a file for reading.
func Open(path string) (*File, error) { return open(path, false) }

// OpenReadWrite opens an existing file for reading and writing.
func OpenReadWrite(path string) (*File, error) { return open(path, true) }

func open(path string, writable bool) (*File, error) {
	// The operating system's own errors are clearer than HDF5's.
	st, err := os.Stat(path)
	if err == nil && st.IsDir() {
		return nil, &Error{Op: "open", File: path, Kind: ErrNotHDF5, Reason: "is a directory"}
	}
	if err == nil {
		var r *os.File
		if r, err = os.Open(path); err == nil {
			r.Close()
		}
	}
	if err != nil {
		reason := err
		if pe, ok := err.(*os.PathError); ok {
			reason = pe.Err
		}
		return nil, &Error{Op: "open", File: path, Kind: reason}
	}
	lock.Lock()
	defer lock.Unlock()
	if !hdf5.IsHDF5(path) {
		return nil, &Error{Op: "open", File: path, Kind: ErrNotHDF5}
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	w := C.int(0)
	if writable {
		w = 1
	}
	id := C.h5b_open(name, w)
	if id < 0 {
		return nil, failed("open", path, "")
	}
	return &File{path: path, id: id, writable: writable, open: map[*Dataset]struct{}{}}, nil
}

// Create creates a file; an existing one is emptied first.
func Create(path string) (*File, error) {
	lock.Lock()
	defer lock.Unlock()
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	id := C.h5b_create(name)
	if id < 0 {
		return nil, failed("create", path, "")
	}
	return &File{path: path, id: id, writable: true, open: map[*Dataset]struct{}{}}, nil
}

// failed makes an error from the bridge's message; the caller holds the lock.
func failed(op, file, path string) *Error {
	e := &Error{Op: op, File: file, Path: path, Reason: C.GoString(C.h5b_message())}
	if strings.Contains(e.Reason, "truncated file") {
		e.Kind = ErrTruncated
		e.Reason = strings.TrimPrefix(strings.TrimPrefix(e.Reason, "truncated file"), ": ")
	}
	return e
}

// Path returns the name under which the file was opened.
func (f *File) Path() string { return f.path }

// Close closes the file and all its datasets. Closing twice does nothing.
func (f *File) Close() error {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return nil
	}
	for d := range f.open {
		d.close()
	}
	id := f.id
	f.id = -1
	if C.h5b_close(id) < 0 {
		return failed("close", f.path, "")
	}
	return nil
}

// Flush brings everything written so far to the operating system, so that a
// reader finds a complete file.
func (f *File) Flush() error {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return &Error{Op: "flush", File: f.path, Kind: ErrClosed}
	}
	if C.h5b_flush(f.id) < 0 {
		return failed("flush", f.path, "")
	}
	return nil
}

func (f *File) kind(path string) C.int {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return C.H5B_NOTHING
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	return C.h5b_kind(f.id, name)
}

// Exists reports whether a group or dataset of that path exists.
func (f *File) Exists(path string) bool { k := f.kind(path); return k > C.H5B_NOTHING }

// IsGroup reports whether a group of that path exists.
func (f *File) IsGroup(path string) bool { return f.kind(path) == C.H5B_GROUP }

// IsDataset reports whether a dataset of that path exists.
func (f *File) IsDataset(path string) bool { return f.kind(path) == C.H5B_DATASET }

// Children returns the names of all links of a group in alphabetical (byte) order.
func (f *File) Children(group string) ([]string, error) {
	if k := f.kind(group); k == C.H5B_NOTHING {
		return nil, f.fault("list", group, ErrMissing, "")
	} else if k != C.H5B_GROUP {
		return nil, f.fault("list", group, ErrType, "not a group")
	}
	return f.names(group, false)
}

// Groups returns the names of the groups in a group, in alphabetical order.
func (f *File) Groups(group string) ([]string, error) { return f.childrenOf(group, f.IsGroup) }

// Datasets returns the names of the datasets in a group, in alphabetical order.
func (f *File) Datasets(group string) ([]string, error) { return f.childrenOf(group, f.IsDataset) }

func (f *File) childrenOf(group string, is func(string) bool) ([]string, error) {
	all, err := f.Children(group)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, n := range all {
		if is(strings.TrimSuffix(group, "/") + "/" + n) {
			out = append(out, n)
		}
	}
	return out, nil
}

func (f *File) names(path string, attributes bool) ([]string, error) {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return nil, &Error{Op: "list", File: f.path, Path: path, Kind: ErrClosed}
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var block *C.char
	var n C.size_t
	var r C.int
	if attributes {
		r = C.h5b_attr_list(f.id, name, &block, &n)
	} else {
		r = C.h5b_list(f.id, name, &block, &n)
	}
	if r < 0 {
		return nil, failed("list", f.path, path)
	}
	defer C.free(unsafe.Pointer(block))
	if n == 0 {
		return nil, nil
	}
	all := C.GoStringN(block, C.int(n))
	return strings.Split(strings.TrimSuffix(all, "\x00"), "\x00"), nil
}

// CreateGroup creates a group and the groups above it.
func (f *File) CreateGroup(path string) error {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return &Error{Op: "create group in", File: f.path, Path: path, Kind: ErrClosed}
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if C.h5b_group(f.id, name) < 0 {
		return failed("create group in", f.path, path)
	}
	return nil
}

// Link gives a group or dataset a second name.
func (f *File) Link(path, name string) error {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return &Error{Op: "link in", File: f.path, Path: name, Kind: ErrClosed}
	}
	p, n := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(n))
	if C.h5b_link(f.id, p, n) < 0 {
		return failed("link in", f.path, name)
	}
	return nil
}

func (f *File) fault(op, path string, kind error, reason string) *Error {
	return &Error{Op: op, File: f.path, Path: path, Kind: kind, Reason: reason}
}
