package h5

// #include "bridge.h"
import "C"

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// heap reads the strings of variable length of a file. They stand in collections of objects, the global heap of HDF5's
// File Format Specification (III.E): "GCOL", version 1, size; then for each object its index, a count, its size and its
// bytes, padded to eight; index 0 is free space. A reference is the length of the string, the address of a collection
// and an index. libhdf5 (1.8 to 1.14, H5HG_read) believes references: those of a damaged file make it crash, so they are
// looked up here.
type heap struct {
	file     *os.File
	size     int64 // of the file
	base     uint64
	address  int // bytes of an address
	length   int // bytes of a size
	where    *Error
	objects  map[uint64]map[uint32]string // by address of the collection
	buffered int                          // bytes in objects
}

// maxBuffered bounds the collections that are kept; references of neighbours lead to few.
const maxBuffered = 64 << 20

// heaps begins to read strings; path is what they belong to. The caller holds the lock.
func (f *File) heaps(path string) (*heap, error) {
	h := &heap{where: f.fault("read", path, nil, ""), objects: map[uint64]map[uint32]string{}}
	if f.writable && C.h5b_flush(f.id) < 0 {
		return nil, failed("flush", f.path, path)
	}
	var base, address, length C.uint64_t
	if C.h5b_sizes(f.id, &base, &address, &length) < 0 {
		return nil, failed("read", f.path, path)
	}
	h.base, h.address, h.length = uint64(base), int(address), int(length)
	if h.address < 1 || h.address > 8 || h.length < 1 || h.length > 8 {
		return nil, h.fault("addresses of %d bytes and sizes of %d", address, length)
	}
	var err error
	if h.file, err = os.Open(f.path); err != nil {
		return nil, h.fault("%v", err)
	}
	info, err := h.file.Stat()
	if err != nil {
		h.close()
		return nil, h.fault("%v", err)
	}
	h.size = info.Size()
	return h, nil
}

func (h *heap) close() { h.file.Close() }

func (h *heap) fault(format string, a ...any) error {
	e := *h.where
	e.Reason = "a string: " + fmt.Sprintf(format, a...)
	return &e
}

// refSize is the number of bytes of a reference.
func (h *heap) refSize() int { return 4 + h.address + 4 }

// number is a little-endian number of up to eight bytes.
func number(b []byte) uint64 {
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}

// strings follows references.
func (h *heap) strings(refs []byte) ([]string, error) {
	n := h.refSize()
	out := make([]string, len(refs)/n)
	for i := range out {
		ref := refs[i*n : (i+1)*n]
		length, address, index := number(ref[:4]), number(ref[4:4+h.address]), uint32(number(ref[4+h.address:]))
		if address == 0 || length == 0 {
			continue // nobody has written it
		}
		objects, err := h.collection(address)
		if err != nil {
			return nil, err
		}
		s, ok := objects[index]
		if !ok || length > uint64(len(s)) {
			return nil, h.fault("%d bytes of object %d of the heap at %d: there are %d", length, index, address, len(s))
		}
		s = s[:length]
		if k := strings.IndexByte(s, 0); k >= 0 {
			s = s[:k] // C's end of a string
		}
		out[i] = s
	}
	return out, nil
}

// collection gives the objects at an address by their index.
func (h *heap) collection(address uint64) (map[uint32]string, error) {
	if objects, ok := h.objects[address]; ok {
		return objects, nil
	}
	at := int64(address + h.base)
	if address > math.MaxInt64-h.base || at >= h.size {
		return nil, h.fault("a heap at %d, but the file ends at %d", address, h.size)
	}
	head := make([]byte, 8+h.length)
	if _, err := h.file.ReadAt(head, at); err != nil {
		return nil, h.fault("the heap at %d: %v", address, err)
	}
	size := number(head[8:])
	if string(head[:4]) != "GCOL" || head[4] != 1 || size > uint64(h.size-at) {
		return nil, h.fault("there is no heap at %d", address)
	}
	text := make([]byte, size)
	if _, err := h.file.ReadAt(text, at); err != nil && err != io.EOF {
		return nil, h.fault("the heap at %d: %v", address, err)
	}
	if h.buffered += len(text); h.buffered > maxBuffered {
		clear(h.objects)
		h.buffered = len(text)
	}
	objects := map[uint32]string{}
	h.objects[address] = objects
	headOf := pad(8 + h.length)
	for pos := headOf; pos+headOf <= len(text); {
		index, size := number(text[pos:pos+2]), number(text[pos+8:pos+8+h.length])
		if index == 0 {
			break // free space, the last object
		}
		if pos += headOf; size > uint64(len(text)-pos) {
			return nil, h.fault("an object of %d bytes in the heap at %d", size, address)
		}
		objects[uint32(index)] = string(text[pos : pos+int(size)])
		pos += pad(int(size))
	}
	return objects, nil
}

// pad is the next multiple of eight.
func pad(n int) int { return (n + 7) &^ 7 }
