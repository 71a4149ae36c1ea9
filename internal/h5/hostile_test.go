package h5

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"netsim/internal/fuzzing"
)

// TestHostileSizes: a dataset that claims more rows than the file can hold is an error before any memory is taken.
func TestHostileSizes(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape []int
		chunk []int
		gzip  int
		want  error
	}{
		{"rows, chunked", []int{1 << 60}, []int{1024}, 0, ErrShape},
		{"rows, packed", []int{1 << 60}, []int{1024}, 9, ErrShape},
		{"rows, in one block", []int{1 << 59}, nil, 0, ErrShape},
		{"bytes beyond 64 bits", []int{1 << 40, 1 << 40}, []int{1024, 1}, 0, ErrShape},
		{"bytes that wrap to a few", []int{1 << 61, 8, 1 << 10}, []int{1024, 1, 1}, 0, ErrShape},
		{"columns", []int{1, 1 << 40}, []int{1, 1024}, 0, ErrShape},
		{"no rows of many columns", []int{0, 1 << 40}, []int{1024, 1024}, 0, nil},
		{"many rows of no columns", []int{1 << 40, 0}, []int{1024, 1024}, 0, nil},
		{"chunks of one element", []int{1 << 24}, []int{1}, 0, ErrShape},
		{"chunks in two dimensions", []int{1 << 12, 1 << 12}, []int{1, 1}, 0, ErrShape},
		{"some that nobody wrote", []int{1 << 20}, []int{1024}, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.h5")
			f, err := Create(path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := f.CreateDataset("/x", Int64, c.shape, Layout{Chunk: c.chunk, Gzip: c.gzip})
			if err != nil {
				t.Skipf("HDF5 makes no such dataset: %v", err)
			}
			_ = d
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if f, err = Open(path); err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			defer fuzzing.Guard(t)()
			_, err = f.ReadInt64("/x")
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if _, err := f.Shape("/x"); !errors.Is(err, c.want) {
				t.Errorf("Shape: got %v, want %v", err, c.want)
			}
			if _, err := f.ReadStrings("/x"); err == nil {
				t.Error("numbers have been read as strings")
			}
		})
	}
}

// TestPackedZeros: what deflate packs best is still believed.
func TestPackedZeros(t *testing.T) {
	const n = 1 << 26 // half a GB
	if testing.Short() {
		t.Skip("takes memory")
	}
	path := filepath.Join(t.TempDir(), "x.h5")
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteArray(f, "/x", make([]int64, n), nil, Layout{Chunk: []int{1 << 20}, Gzip: 9}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if f, err = Open(path); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.Dataset("/x")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Rows(); got != n {
		t.Error(got)
	}
}

func TestProduct(t *testing.T) {
	for _, c := range []struct {
		size uint64
		dims []uint64
		want uint64
		ok   bool
	}{
		{8, nil, 8, true}, {8, []uint64{3, 4}, 96, true}, {8, []uint64{0, 1 << 62}, 0, true}, {8, []uint64{1 << 62, 0}, 0, true},
		{8, []uint64{1 << 61}, 0, false}, {1 << 32, []uint64{1 << 32}, 0, false}, {8, []uint64{1 << 59}, 1 << 62, true}, {8, []uint64{1 << 60}, 0, false},
	} {
		got, ok := product(c.size, c.dims)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %d %v", fmt.Sprint(c.size, c.dims), got, ok)
		}
	}
}
