package h5

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func mustOpen(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func mustCreate(t *testing.T, name string) *File {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestConversions(t *testing.T) {
	f := mustOpen(t, "testdata/types.h5")
	for _, name := range []string{"i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i4", ">f8", ">u2"} {
		floats, err := f.ReadFloat64("/num/" + name)
		check(t, err)
		same(t, name, floats, []float64{1, 2, 100})
		ints, err := f.ReadInt64("/num/" + name)
		if strings.Contains(name, "f") {
			if !errors.Is(err, ErrType) {
				t.Errorf("floats read as integers: %v", err)
			}
			continue
		}
		check(t, err)
		same(t, name, ints, []int64{1, 2, 100})
		naturals, err := f.ReadUint64("/num/" + name)
		check(t, err)
		same(t, name, naturals, []uint64{1, 2, 100})
	}
	for path, want := range map[string]string{
		"/neg/i4": "row 1 is not in the range of uint64",
		"/neg/i8": "row 0 is not in the range of uint64",
	} {
		if _, err := f.ReadUint64(path); !errors.Is(err, ErrType) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := f.ReadInt64("/big/u8"); !errors.Is(err, ErrType) || !strings.Contains(err.Error(), "row 1 is") {
		t.Errorf("2^63 as int64: %v", err)
	}
	if v, err := f.ReadUint64("/big/u8"); err != nil || v[1] != 1<<63 {
		t.Errorf("2^63: %v %v", v, err)
	}
	d, err := f.Dataset("/num/u4")
	check(t, err)
	if _, err := Read[int16](d); !errors.Is(err, ErrType) {
		t.Errorf("u4 as int16: %v", err)
	}
	u, err := Read[uint32](d)
	check(t, err)
	same(t, "u4", u, []uint32{1, 2, 100})
	v, err := f.ReadFloat64("/scalar")
	check(t, err)
	same(t, "scalar", v, []float64{2.5})
	v, err = f.ReadFloat64("/empty")
	check(t, err)
	same(t, "empty", v, nil)
	b, err := f.ReadInt64("/bool")
	check(t, err)
	same(t, "bool", b, []int64{1, 0})
}

func TestStrings(t *testing.T) {
	f := mustOpen(t, "testdata/types.h5")
	for path, want := range map[string][]string{
		"/str/vlen":   {"a", "", "größer"},
		"/str/fixed":  {"abc", "", "de"},
		"/str/space":  {"abc", "x", "de"},
		"/str/padded": {"ab", ""},
		"/str/scalar": {"one"},
	} {
		got, err := f.ReadStrings(path)
		check(t, err)
		same(t, path, got, want)
	}
	if _, err := f.ReadStrings("/num/i4"); !errors.Is(err, ErrType) {
		t.Errorf("integers as strings: %v", err)
	}
	if _, err := f.ReadFloat64("/str/vlen"); !errors.Is(err, ErrType) {
		t.Errorf("strings as floats: %v", err)
	}
	if _, err := f.ReadFloat64("/compound"); !errors.Is(err, ErrType) {
		t.Errorf("compound as floats: %v", err)
	}
	for name, want := range map[string]string{"vlen": "by_time", "fixed": "by_id", "enum": "by_time", "enum4": "by_id"} {
		got, err := f.AttributeString("/attrs", name)
		check(t, err)
		if got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	list, err := f.AttributeStrings("/attrs", "list")
	check(t, err)
	same(t, "list", list, []string{"x", "yy"})
	e, err := ReadAttribute[int64](f, "/attrs", "enum")
	check(t, err)
	same(t, "enum", e, []int64{2})
	ints, err := ReadAttribute[float64](f, "/attrs", "ints")
	check(t, err)
	same(t, "ints", ints, []float64{3, 4})
	none, err := ReadAttribute[float64](f, "/attrs", "none")
	check(t, err)
	same(t, "none", none, nil)
	if _, err := f.AttributeString("/attrs", "float"); !errors.Is(err, ErrType) {
		t.Errorf("float attribute as string: %v", err)
	}
	if _, err := f.AttributeString("/attrs", "absent"); !errors.Is(err, ErrMissing) {
		t.Errorf("absent attribute: %v", err)
	}
	names, err := f.Attributes("/attrs")
	check(t, err)
	same(t, "names", names, []string{"enum", "enum4", "fixed", "float", "ints", "list", "none", "vlen"})
}

func TestBlocks(t *testing.T) {
	f := mustOpen(t, "testdata/types.h5")
	d, err := f.Dataset("/matrix")
	check(t, err)
	same(t, "shape", d.Shape(), []int{4, 3})
	v, err := ReadBlock[float64](d, []int{1, 1}, []int{2, 2})
	check(t, err)
	same(t, "block", v, []float64{4, 5, 7, 8})
	v, err = ReadRows[float64](d, 2, 4)
	check(t, err)
	same(t, "rows", v, []float64{6, 7, 8, 9, 10, 11})
	v, err = ReadRanges[float64](d, []Range{{3, 4}, {0, 0}, {0, 1}})
	check(t, err)
	same(t, "ranges", v, []float64{9, 10, 11, 0, 1, 2})
	for _, r := range []Range{{3, 5}, {2, 1}} {
		if _, err := ReadRanges[float64](d, []Range{r}); !errors.Is(err, ErrShape) {
			t.Errorf("range %v: %v", r, err)
		}
	}
	if _, err := ReadBlock[float64](d, []int{1}, []int{2}); !errors.Is(err, ErrShape) {
		t.Errorf("block of one dimension: %v", err)
	}
	if _, err := ReadBlock[float64](d, []int{0, 2}, []int{1, 2}); !errors.Is(err, ErrShape) {
		t.Errorf("block outside: %v", err)
	}
	p, err := f.Dataset("/packed")
	check(t, err)
	u, err := ReadRanges[uint64](p, []Range{{9999, 10000}, {99, 101}})
	check(t, err)
	same(t, "packed", u, []uint64{9999, 99, 100})
	s, err := f.Dataset("/str/vlen")
	check(t, err)
	got, err := s.StringRows(1, 3)
	check(t, err)
	same(t, "string rows", got, []string{"", "größer"})
}

func TestNames(t *testing.T) {
	f := mustOpen(t, "testdata/types.h5")
	all, err := f.Children("/")
	check(t, err)
	if !slices.IsSorted(all) || len(all) != 11 {
		t.Errorf("children of /: %v", all)
	}
	groups, err := f.Groups("/")
	check(t, err)
	same(t, "groups", groups, []string{"attrs", "big", "neg", "num", "str"})
	sets, err := f.Datasets("/big")
	check(t, err)
	same(t, "datasets", sets, []string{"u8"})
	for path, want := range map[string]bool{"/": true, "/num": true, "/num/i4": true, "/num/x": false, "/x/y/z": false, "num/i4": true} {
		if f.Exists(path) != want {
			t.Errorf("Exists(%q) is %v", path, !want)
		}
	}
	if _, err := f.Children("/nope"); !errors.Is(err, ErrMissing) {
		t.Errorf("children of a missing group: %v", err)
	}
	if _, err := f.Children("/matrix"); !errors.Is(err, ErrType) {
		t.Errorf("children of a dataset: %v", err)
	}
	if _, err := f.ReadFloat64("/num"); !errors.Is(err, ErrType) {
		t.Errorf("reading a group: %v", err)
	}
	if _, err := f.ReadFloat64("/num/x"); !errors.Is(err, ErrMissing) ||
		err.Error() != "could not read testdata/types.h5: /num/x: does not exist" {
		t.Errorf("missing dataset: %v", err)
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile("testdata/types.h5")
	check(t, err)
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		check(t, os.WriteFile(p, data, 0o666))
		return p
	}
	for _, c := range []struct {
		path string
		kind error
	}{
		{filepath.Join(dir, "absent.h5"), fs.ErrNotExist},
		{dir, ErrNotHDF5},
		{write("empty.h5", nil), ErrNotHDF5},
		{write("text.h5", []byte("timestamps node_ids\n")), ErrNotHDF5},
		{write("half.h5", good[:len(good)/2]), ErrTruncated},
		{write("signature.h5", good[:8]), nil},
	} {
		f, err := Open(c.path)
		if err == nil {
			f.Close()
			t.Errorf("%s: no error", c.path)
			continue
		}
		if c.kind != nil && !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v", c.path, err)
		}
		t.Log(err)
	}
}

func fill(t *testing.T, f *File) {
	t.Helper()
	check(t, f.CreateGroup("/a/b"))
	check(t, WriteArray(f, "/a/b/f64", []float64{1, math.NaN(), math.Inf(1)}, nil, Layout{}))
	check(t, WriteArray(f, "/a/b/f32", []float32{1, 2.5}, nil, Layout{}))
	check(t, WriteArray(f, "/a/b/i64", []int64{-1, 1 << 40}, nil, Layout{}))
	check(t, WriteArray(f, "/a/b/u64", []uint64{math.MaxUint64, 3, 4, 5}, []int{2, 2}, Layout{}))
	check(t, WriteArray(f, "/a/b/u32", []uint32{7}, nil, Layout{Chunk: []int{1}, Gzip: 6}))
	check(t, WriteArray(f, "/a/b/none", []uint64{}, nil, Layout{}))
	check(t, f.WriteStrings("/a/b/s", []string{"x", "", "größer"}))
	check(t, f.WriteStrings("/a/b/s0", nil))
	check(t, WriteAttribute(f, "/", "magic", uint32(0x0A7A)))
	check(t, WriteAttributeArray(f, "/", "version", []uint32{0, 1}))
	check(t, f.WriteAttributeString("/a/b/f64", "units", "ms"))
	check(t, f.WriteAttributeString("/a/b/f64", "units", "µs")) // replaces
	check(t, f.WriteAttributeEnum("/a", "sorting", []EnumMember{{"none", 0}, {"by_time", 2}}, 2))
	d, err := f.CreateDataset("/a/rows", Float64, []int{0, 3}, Layout{Chunk: []int{2, 3}, Extensible: true})
	check(t, err)
	check(t, AppendRows(d, []float64{1, 2, 3}))
	check(t, f.Flush())
	check(t, AppendRows(d, []float32{4, 5, 6, 7, 8, 9}))
	if err := AppendRows(d, []float64{1}); !errors.Is(err, ErrShape) {
		t.Errorf("a part of a row: %v", err)
	}
	check(t, f.Link("/a/rows", "/a/other"))
}

func TestRoundTrip(t *testing.T) {
	w := mustCreate(t, "x.h5")
	fill(t, w)
	check(t, w.Close())
	check(t, w.Close())
	if _, err := w.ReadFloat64("/a/rows"); err == nil {
		t.Error("read from a closed file")
	}
	check(t, os.Chmod(w.Path(), 0o444))
	f := mustOpen(t, w.Path())
	v, err := f.ReadFloat64("/a/b/f64")
	check(t, err)
	if v[0] != 1 || !math.IsNaN(v[1]) || !math.IsInf(v[2], 1) {
		t.Errorf("f64: %v", v)
	}
	v, err = f.ReadFloat64("/a/b/f32")
	check(t, err)
	same(t, "f32", v, []float64{1, 2.5})
	i, err := f.ReadInt64("/a/b/i64")
	check(t, err)
	same(t, "i64", i, []int64{-1, 1 << 40})
	u, err := f.ReadUint64("/a/b/u64")
	check(t, err)
	same(t, "u64", u, []uint64{math.MaxUint64, 3, 4, 5})
	u, err = f.ReadUint64("/a/b/u32")
	check(t, err)
	same(t, "u32", u, []uint64{7})
	u, err = f.ReadUint64("/a/b/none")
	check(t, err)
	same(t, "none", u, nil)
	s, err := f.ReadStrings("/a/b/s")
	check(t, err)
	same(t, "s", s, []string{"x", "", "größer"})
	s, err = f.ReadStrings("/a/b/s0")
	check(t, err)
	same(t, "s0", s, nil)
	for _, path := range []string{"/a/rows", "/a/other"} {
		v, err = f.ReadFloat64(path)
		check(t, err)
		same(t, path, v, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	}
	units, err := f.AttributeString("/a/b/f64", "units")
	check(t, err)
	sorting, err := f.AttributeString("/a", "sorting")
	check(t, err)
	if units != "µs" || sorting != "by_time" {
		t.Errorf("attributes: %q %q", units, sorting)
	}
	magic, err := ReadAttribute[uint64](f, "/", "magic")
	check(t, err)
	same(t, "magic", magic, []uint64{2682})
	info, err := f.AttributeInfo("/", "version")
	check(t, err)
	if info.Size != 4 || info.Class != Integer || !slices.Equal(info.Shape, []int{2}) {
		t.Errorf("version: %+v", info)
	}
	if err := f.CreateGroup("/b"); err == nil {
		t.Error("a group in a file opened for reading")
	}
}

func TestSameCallsSameBytes(t *testing.T) {
	var first []byte
	for k := 0; k < 3; k++ {
		f := mustCreate(t, "x.h5")
		fill(t, f)
		check(t, f.Close())
		data, err := os.ReadFile(f.Path())
		check(t, err)
		if k == 0 {
			first = data
		} else if !bytes.Equal(first, data) {
			t.Fatal("the bytes differ")
		}
	}
}

func TestFaultyWrites(t *testing.T) {
	f := mustCreate(t, "x.h5")
	check(t, WriteArray(f, "/x", []float64{1, 2}, nil, Layout{}))
	d, err := f.Dataset("/x")
	check(t, err)
	for name, err := range map[string]error{
		"twice":         WriteArray(f, "/x", []float64{1}, nil, Layout{}),
		"no group":      WriteArray(f, "/g/x", []float64{1}, nil, Layout{}),
		"wrong shape":   WriteArray(f, "/y", []float64{1}, []int{2}, Layout{}),
		"gzip":          WriteArray(f, "/z", []float64{1}, nil, Layout{Gzip: 3}),
		"level":         WriteArray(f, "/z", []float64{1}, nil, Layout{Gzip: 10, Chunk: []int{1}}),
		"chunk rank":    WriteArray(f, "/z", []float64{1}, nil, Layout{Chunk: []int{1, 1}}),
		"extend":        d.Extend(5),
		"beyond":        WriteRows(d, 1, []float64{1, 2}),
		"NUL":           f.WriteStrings("/s", []string{"a\x00b"}),
		"attr on what":  f.WriteAttributeString("/nope", "a", "b"),
		"empty version": WriteAttributeArray(f, "/", "version", []uint32{}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		} else if !strings.Contains(err.Error(), f.Path()) {
			t.Errorf("%s: error names no file: %v", name, err)
		}
	}
	if _, err := Create(filepath.Join(t.TempDir(), "no", "such", "dir.h5")); err == nil {
		t.Error("created a file in a missing directory")
	} else {
		t.Log(err)
	}
}

// TestManyGoroutines reads one file from several goroutines, errors included.
func TestManyGoroutines(t *testing.T) {
	f := mustOpen(t, "testdata/types.h5")
	var wg sync.WaitGroup
	for k := 0; k < 8; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := 0; i < 50; i++ {
				if v, err := f.ReadUint64("/packed"); err != nil || v[9999] != 9999 {
					t.Error(err)
				}
				if _, err := f.ReadUint64("/absent"); !errors.Is(err, ErrMissing) {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
}

func TestVersion(t *testing.T) {
	if v := Version(); !strings.HasPrefix(v, "1.") && !strings.HasPrefix(v, "2.") {
		t.Errorf("version %q", v)
	}
}
