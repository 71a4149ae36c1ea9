package h5

// #include "bridge.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// An EnumMember is one name of an enumeration.
type EnumMember struct {
	Name  string
	Value uint8
}

// Attribute describes an attribute.
type Attribute struct {
	Class Class
	Shape []int // nil for a scalar
	Size  int   // bytes of an element
}

// Attributes returns the names of an object's attributes in alphabetical order.
func (f *File) Attributes(path string) ([]string, error) { return f.names(path, true) }

// HasAttribute reports whether the object has the attribute.
func (f *File) HasAttribute(path, name string) bool {
	_, ok, err := f.attribute(path, name)
	return ok && err == nil
}

// AttributeInfo describes an attribute.
func (f *File) AttributeInfo(path, name string) (Attribute, error) {
	info, err := f.mustAttribute(path, name)
	if err != nil {
		return Attribute{}, err
	}
	return Attribute{Class: Class(info.cls), Shape: shapeOf(&info), Size: int(info.size)}, nil
}

func attrPath(path, name string) string { return path + "@" + name }

func (f *File) attribute(path, name string) (info C.h5b_info, ok bool, err error) {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return info, false, f.fault("read", attrPath(path, name), ErrClosed, "")
	}
	p, n := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(n))
	r := C.h5b_attr(f.id, p, n, &info)
	if r < 0 {
		return info, false, failed("read", f.path, attrPath(path, name))
	}
	return info, r > 0, nil
}

// maxAttribute bounds the bytes of an attribute; HDF5's own limit is 64 KiB, but for one that is stored apart.
const maxAttribute = 16 << 20

func (f *File) mustAttribute(path, name string) (C.h5b_info, error) {
	info, ok, err := f.attribute(path, name)
	if err == nil && !ok {
		err = f.fault("read", attrPath(path, name), ErrMissing, "")
	}
	if bytes, fits := product(uint64(info.size), info.dims[:max(0, info.rank)]); err == nil && (!fits || bytes > maxAttribute) {
		err = f.fault("read", attrPath(path, name), ErrShape, fmt.Sprintf("%v elements of %d bytes", info.dims[:max(0, info.rank)], info.size))
	}
	return info, err
}

func elements(info *C.h5b_info) int {
	if info.rank < 0 {
		return 0
	}
	n := 1
	for k := 0; k < int(info.rank); k++ {
		n *= int(info.dims[k])
	}
	return n
}

// ReadAttribute reads a numeric (or enum) attribute, scalar or array.
func ReadAttribute[T Number](f *File, path, name string) ([]T, error) {
	info, err := f.mustAttribute(path, name)
	if err != nil {
		return nil, err
	}
	t, check, err := readAs[T](f, attrPath(path, name), &info)
	if err != nil {
		return nil, err
	}
	out := make([]T, elements(&info))
	if len(out) == 0 {
		return out, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return nil, f.fault("read", attrPath(path, name), ErrClosed, "")
	}
	p, n := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(n))
	if C.h5b_attr_read(f.id, p, n, C.int(t), unsafe.Pointer(&out[0])) < 0 {
		return nil, failed("read", f.path, attrPath(path, name))
	}
	if check != nil {
		if i := check(out); i >= 0 {
			return nil, f.fault("read", attrPath(path, name), ErrType, fmt.Sprintf("element %d is not in the range of %T", i, out[i]))
		}
	}
	return out, nil
}

// AttributeStrings reads an attribute of strings (fixed or variable length) or
// of enums, of which it gives the member names.
func (f *File) AttributeStrings(path, name string) ([]string, error) {
	info, err := f.mustAttribute(path, name)
	if err != nil {
		return nil, err
	}
	if c := Class(info.cls); c != String && c != Enum {
		return nil, f.fault("read", attrPath(path, name), ErrType, fmt.Sprintf("%v, wanted strings", c))
	}
	n := elements(&info)
	if n == 0 {
		return []string{}, nil
	}
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return nil, f.fault("read", attrPath(path, name), ErrClosed, "")
	}
	p, a := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(a))
	if info.is_vlen != 0 {
		h, err := f.heaps(attrPath(path, name))
		if err != nil {
			return nil, err
		}
		defer h.close()
		refs := make([]byte, n*h.refSize())
		if C.h5b_attr_read_refs(f.id, p, a, C.size_t(h.refSize()), unsafe.Pointer(&refs[0])) < 0 {
			return nil, failed("read", f.path, attrPath(path, name))
		}
		return h.strings(refs)
	}
	lens := make([]C.uint64_t, n)
	var bytes *C.char
	if C.h5b_attr_read_strings(f.id, p, a, C.size_t(n), &bytes, &lens[0]) < 0 {
		return nil, failed("read", f.path, attrPath(path, name))
	}
	return cut(bytes, lens), nil
}

// AttributeString reads an attribute of one string or enum.
func (f *File) AttributeString(path, name string) (string, error) {
	all, err := f.AttributeStrings(path, name)
	if err != nil {
		return "", err
	}
	if len(all) != 1 {
		return "", f.fault("read", attrPath(path, name), ErrShape, fmt.Sprintf("%d strings, wanted one", len(all)))
	}
	return all[0], nil
}

// WriteAttribute sets a numeric scalar attribute.
func WriteAttribute[T Number](f *File, path, name string, value T) error {
	return f.setAttribute(path, name, func(p, n *C.char) C.int {
		return C.h5b_attr_write(f.id, p, n, C.int(typeOf[T]()), 0, 1, unsafe.Pointer(&value))
	})
}

// WriteAttributeArray sets a numeric attribute of one dimension.
func WriteAttributeArray[T Number](f *File, path, name string, values []T) error {
	if len(values) == 0 {
		return f.fault("write", attrPath(path, name), ErrShape, "no values")
	}
	return f.setAttribute(path, name, func(p, n *C.char) C.int {
		return C.h5b_attr_write(f.id, p, n, C.int(typeOf[T]()), 1, C.hsize_t(len(values)), unsafe.Pointer(&values[0]))
	})
}

// WriteAttributeString sets an attribute of one variable-length UTF-8 string, as h5py does.
func (f *File) WriteAttributeString(path, name, value string) error {
	return f.setAttribute(path, name, func(p, n *C.char) C.int {
		v := C.CString(value)
		defer C.free(unsafe.Pointer(v))
		return C.h5b_attr_write_string(f.id, p, n, v)
	})
}

// WriteAttributeEnum sets an attribute of an enumeration stored in a byte.
func (f *File) WriteAttributeEnum(path, name string, members []EnumMember, value uint8) error {
	if len(members) == 0 {
		return f.fault("write", attrPath(path, name), ErrShape, "an enumeration without members")
	}
	var names []byte
	values := make([]C.uint8_t, len(members))
	for i, m := range members {
		names = append(append(names, m.Name...), 0)
		values[i] = C.uint8_t(m.Value)
	}
	return f.setAttribute(path, name, func(p, n *C.char) C.int {
		return C.h5b_attr_write_enum(f.id, p, n, C.int(len(members)), (*C.char)(unsafe.Pointer(&names[0])), &values[0], C.uint8_t(value))
	})
}

func (f *File) setAttribute(path, name string, set func(path, name *C.char) C.int) error {
	lock.Lock()
	defer lock.Unlock()
	if f.id < 0 {
		return f.fault("write", attrPath(path, name), ErrClosed, "")
	}
	p, n := C.CString(path), C.CString(name)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(n))
	if set(p, n) < 0 {
		return failed("write", f.path, attrPath(path, name))
	}
	return nil
}
