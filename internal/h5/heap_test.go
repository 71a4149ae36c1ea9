package h5

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

// collectionOf is a heap of objects 1, 2, …
func collectionOf(objects ...string) []byte {
	var b []byte
	for i, s := range objects {
		b = binary.LittleEndian.AppendUint64(b, uint64(i+1)|1<<16)
		b = binary.LittleEndian.AppendUint64(b, uint64(len(s)))
		b = append(append(b, s...), make([]byte, pad(len(s))-len(s))...)
	}
	b = append(b, make([]byte, 16)...) // free space
	head := binary.LittleEndian.AppendUint64([]byte("GCOL\x01\x00\x00\x00"), uint64(16+len(b)))
	return append(head, b...)
}

func reference(length uint32, address uint64, index uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, length)
	b = binary.LittleEndian.AppendUint64(b, address)
	return binary.LittleEndian.AppendUint32(b, index)
}

func openHeap(t testing.TB, text []byte) *heap {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, text, 0o666); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return &heap{file: f, size: int64(len(text)), address: 8, length: 8, where: &Error{Op: "read", File: path}, objects: map[uint64]map[uint32]string{}}
}

func TestHeap(t *testing.T) {
	text := slices.Concat(make([]byte, 64), collectionOf("one", "", "three\x00x", strings.Repeat("y", 100)))
	end := uint64(len(text))
	bad := slices.Clone(text)
	binary.LittleEndian.PutUint64(bad[64+8:], 1<<40)
	for _, c := range []struct {
		name string
		text []byte
		refs []byte
		want []string
		err  string
	}{
		{"objects", text, slices.Concat(reference(3, 64, 1), reference(0, 64, 2), reference(5, 64, 3), reference(7, 64, 3), reference(100, 64, 4), reference(3, 64, 1)),
			[]string{"one", "", "three", "three", strings.Repeat("y", 100), "one"}, ""},
		{"never written", text, slices.Concat(reference(0, 0, 0), reference(9, 0, 9)), []string{"", ""}, ""},
		{"no object", text, reference(1, 64, 9), nil, "object 9"},
		{"free space", text, reference(1, 64, 0), nil, "object 0"},
		{"too long", text, reference(4, 64, 1), nil, "4 bytes of object 1"},
		{"no heap", text, reference(1, 8, 1), nil, "no heap at 8"},
		{"beyond the end", text, reference(1, end, 1), nil, "the file ends"},
		{"far beyond the end", text, reference(1, 1<<63+64, 1), nil, "the file ends"},
		{"at the end", text, reference(1, end-4, 1), nil, "the heap at"},
		{"a heap without end", bad, reference(1, 64, 1), nil, "no heap at 64"},
	} {
		h := openHeap(t, c.text)
		got, err := h.strings(c.refs)
		if c.err == "" && (err != nil || !slices.Equal(got, c.want)) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		h.close()
	}
}

// TestManyHeaps: what is kept of the heaps is bounded, and what was dropped is read again.
func TestManyHeaps(t *testing.T) {
	long := strings.Repeat("z", maxBuffered/3)
	var text, refs []byte
	var want []string
	for range 5 {
		text = append(text, make([]byte, 8)...)
		refs = append(refs, reference(2, uint64(len(text)), 1)...)
		want = append(want, "ab")
		text = append(text, collectionOf("ab", long)...)
	}
	h := openHeap(t, text)
	defer h.close()
	got, err := h.strings(append(refs, refs[:h.refSize()]...))
	if err != nil || !slices.Equal(got, append(want, "ab")) {
		t.Errorf("%q, %v", got, err)
	}
	if h.buffered > maxBuffered || len(h.objects) > 3 {
		t.Errorf("%d bytes of %d heaps are kept", h.buffered, len(h.objects))
	}
}

// FuzzHeap: no file and no references make the reader of strings panic, hang or take memory.
func FuzzHeap(f *testing.F) {
	f.Add(collectionOf("one", "two"), slices.Concat(reference(3, 8, 1), reference(2, 8, 2)))
	f.Fuzz(func(t *testing.T, text, refs []byte) {
		defer fuzzing.Guard(t)()
		h := openHeap(t, append(make([]byte, 8), text...)) // 0 is no address
		defer h.close()
		all, err := h.strings(refs)
		if err == nil && len(all) != len(refs)/h.refSize() {
			t.Errorf("%d strings of %d bytes", len(all), len(refs))
		}
	})
}
