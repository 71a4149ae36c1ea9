package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/spikeexchange"
)

// operation is one thing that happened to a simulated disk.
type operation struct {
	what       string // mkdir, create, write, sync, rename, remove, syncfolder
	path, to   string
	data       []byte
	checkpoint int // how many checkpoints were complete before it
}

// disk is a simulated file system that remembers what was done to it in order.
type disk struct {
	files    map[string][]byte // nil: a folder
	log      []operation
	complete int
	failAt   int // operation that fails, 0 for none
}

var errFull = errors.New("no space left on device")

func newDisk() *disk { return &disk{files: map[string][]byte{"/": nil, "/out": nil}} }

func (d *disk) do(op operation) error {
	op.checkpoint = d.complete
	d.log = append(d.log, op)
	if len(d.log) == d.failAt {
		return errFull
	}
	d.apply(op)
	return nil
}

func (d *disk) has(path string) bool { _, ok := d.files[path]; return ok }

// apply does what is possible: after a crash what an operation needs may not be there.
func (d *disk) apply(op operation) {
	switch op.what {
	case "mkdir":
		if d.has(filepath.Dir(op.path)) {
			d.files[op.path] = nil
		}
	case "create":
		if d.has(filepath.Dir(op.path)) {
			d.files[op.path] = []byte{}
		}
	case "write":
		if d.has(op.path) {
			d.files[op.path] = append(slices.Clip(d.files[op.path]), op.data...)
		}
	case "rename":
		for path, data := range maps.Clone(d.files) {
			if rest, ok := strings.CutPrefix(path, op.path); ok && (rest == "" || rest[0] == '/') {
				delete(d.files, path)
				d.files[op.to+rest] = data
			}
		}
	case "remove":
		delete(d.files, op.path)
	}
}

func (d *disk) MkdirAll(path string) error {
	if d.has(path) {
		return nil
	}
	if err := d.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	return d.do(operation{what: "mkdir", path: path})
}

func (d *disk) Create(path string) (Writer, error) {
	return &simulated{d, path}, d.do(operation{what: "create", path: path})
}

func (d *disk) Rename(from, to string) error {
	return d.do(operation{what: "rename", path: from, to: to})
}

func (d *disk) RemoveAll(path string) error {
	var all []string
	for p := range d.files {
		if p == path || strings.HasPrefix(p, path+"/") {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	for _, p := range all {
		if err := d.do(operation{what: "remove", path: p}); err != nil {
			return err
		}
	}
	return nil
}

func (d *disk) List(path string) ([]string, error) {
	if !d.has(path) {
		return nil, fs.ErrNotExist
	}
	var names []string
	for p := range d.files {
		if filepath.Dir(p) == path && p != path {
			names = append(names, filepath.Base(p))
		}
	}
	return names, nil
}

func (d *disk) SyncFolder(path string) error { return d.do(operation{what: "syncfolder", path: path}) }

func (d *disk) Open(path string) (Reader, error) {
	data, ok := d.files[path]
	if !ok || data == nil {
		return nil, fs.ErrNotExist
	}
	return opened{bytes.NewReader(data)}, nil
}

type opened struct{ *bytes.Reader }

func (opened) Close() error { return nil }

type simulated struct {
	d    *disk
	path string
}

func (f *simulated) Write(b []byte) (int, error) {
	if err := f.d.do(operation{what: "write", path: f.path, data: bytes.Clone(b)}); err != nil {
		return 0, err
	}
	return len(b), nil
}
func (f *simulated) Sync() error  { return f.d.do(operation{what: "sync", path: f.path}) }
func (f *simulated) Close() error { return nil }

// crash is what a disk holds when the power fails after n operations: whatever was synced, and of the rest what keep says.
func crash(log []operation, n int, keep func() bool) *disk {
	d := newDisk()
	for k, op := range log[:n] {
		safe := false
		for _, later := range log[k+1 : n] {
			switch {
			case op.what == "write":
				safe = safe || later.what == "sync" && later.path == op.path
			case later.what == "syncfolder":
				safe = safe || later.path == filepath.Dir(op.path) || op.what == "rename" && later.path == filepath.Dir(op.to)
			}
		}
		if safe || keep() {
			d.apply(op)
		} else if op.what == "write" && len(op.data) > 1 {
			op.data = op.data[:len(op.data)/2]
			if keep() {
				d.apply(op)
			}
		}
	}
	return d
}

// content is what a checkpoint holds: it tells one from the other.
func content(number int) []byte { return bytes.Repeat([]byte{byte(number)}, 5000) }

func writeOne(d *disk, number int) error {
	_, err := Write(d, spikeexchange.NewLocal(), "/out/ckpt", Manifest{T: float64(number)}, func(w io.Writer) error {
		for at := range 5 {
			if _, err := w.Write(content(number)[1000*at : 1000*at+1000]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.complete = number
	}
	return err
}

// TestPowerCut: wherever the power fails, the newest checkpoint is the last one that was complete or the one that was
// being written, whole.
func TestPowerCut(t *testing.T) {
	d := newDisk()
	const checkpoints = 4
	for n := 1; n <= checkpoints; n++ {
		if err := writeOne(d, n); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	news := 0
	for n := range len(d.log) + 1 {
		before := checkpoints
		if n < len(d.log) {
			before = d.log[n].checkpoint
		}
		for mode := range 8 {
			keep := func() bool { return mode == 0 || mode > 1 && r.IntN(2) == 0 }
			after := crash(d.log, n, keep)
			c, skipped, err := Newest(after, spikeexchange.NewLocal(), "/out/ckpt")
			if before == 0 && errors.Is(err, ErrNone) {
				continue
			}
			if err != nil {
				t.Fatalf("power cut after operation %d of %d (%+v), mode %d: %v %v", n, len(d.log), d.log[max(n-1, 0)], mode, err, skipped)
			}
			if got := int(c.T); got != before && got != before+1 {
				t.Fatalf("power cut after operation %d, mode %d: checkpoint %d after %d were complete", n, mode, got, before)
			} else if got > before {
				news++
			}
			files, err := c.Open(after)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(io.NewSectionReader(files[0], 0, files[0].Size()))
			if !bytes.Equal(b, content(int(c.T))) {
				t.Fatalf("power cut after operation %d, mode %d: half a checkpoint", n, mode)
			}
			// And the run goes on writing.
			if err := writeOne(after, 9); err != nil {
				t.Fatal(err)
			}
			if c, _, err := Newest(after, spikeexchange.NewLocal(), "/out/ckpt"); err != nil || c.T != 9 {
				t.Fatalf("after a power cut and another checkpoint: %v %v", c, err)
			}
		}
	}
	if news == 0 {
		t.Error("no power cut left a checkpoint that was being written: the test shows little")
	}
	if names, _ := d.List("/out/ckpt"); len(names) != kept {
		t.Errorf("%d checkpoints stay: %v", len(names), names)
	}
}

// TestDiskFull: whatever fails is reported, and the checkpoint before is still there.
func TestDiskFull(t *testing.T) {
	whole := newDisk()
	for n := 1; n <= 3; n++ {
		if err := writeOne(whole, n); err != nil {
			t.Fatal(err)
		}
	}
	first := slices.IndexFunc(whole.log, func(op operation) bool { return op.checkpoint == 2 })
	for at := first + 1; at <= len(whole.log); at++ {
		d := newDisk()
		d.failAt = at
		for n := 1; n <= 2; n++ {
			if err := writeOne(d, n); err != nil {
				t.Fatal(err)
			}
		}
		err := writeOne(d, 3)
		c, _, newest := Newest(d, spikeexchange.NewLocal(), "/out/ckpt")
		if newest != nil {
			t.Fatalf("operation %d failed: %v", at, newest)
		}
		if op := whole.log[at-1].what; err == nil && op != "remove" && op != "rename" {
			t.Errorf("operation %d (%s) failed unseen", at, op)
		}
		if err == nil && c.T != 3 || err != nil && c.T != 2 && c.T != 3 {
			t.Errorf("operation %d failed (%v): the newest checkpoint is %v", at, err, c.T)
		}
	}
}

// TestDamage: any changed byte is found, and the checkpoint before is taken.
func TestDamage(t *testing.T) {
	d := newDisk()
	for n := 1; n <= 2; n++ {
		if err := writeOne(d, n); err != nil {
			t.Fatal(err)
		}
	}
	for path, data := range d.files {
		if !strings.HasPrefix(path, "/out/ckpt/000002/") {
			continue
		}
		for k := 0; k < len(data); k += 1 + len(data)/50 {
			bad := slices.Clone(data)
			bad[k] ^= 4
			d.files[path] = bad
			c, skipped, err := Newest(d, spikeexchange.NewLocal(), "/out/ckpt")
			if err != nil || c.T != 1 || len(skipped) != 1 {
				t.Fatalf("byte %d of %s changed: %v, %v, %v", k, path, c, skipped, err)
			}
		}
		d.files[path] = data
	}
}

func TestDifferences(t *testing.T) {
	m := Manifest{Facts: []Fact{{"dt", "0.1 ms"}, {"celsius", "34 degC"}, {"hh", "1234"}}}
	got := m.Differences([]Fact{{"dt", "0.05 ms"}, {"celsius", "34 degC"}, {"kv", "99"}})
	want := []string{"dt: 0.1 ms in the checkpoint, now 0.05 ms", "kv: not in the checkpoint, now 99", "hh: 1234 in the checkpoint, not here now"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// FuzzManifest: whatever a manifest says, with the right checksum too, reading the checkpoint ends with it or with an
// error.
func FuzzManifest(f *testing.F) {
	const folder = "/out/ckpt/000001"
	d := newDisk()
	if err := writeOne(d, 1); err != nil {
		f.Fatal(err)
	}
	whole := d.files[folder+"/"+manifestName]
	_, body, _ := bytes.Cut(whole, []byte("\n"))
	f.Add(false, whole)
	f.Add(false, []byte("netsim checkpoint 00000000\n{}\n"))
	f.Add(true, body)
	f.Add(true, []byte(`{"format":1,"ranks":1,"files":[{"name":"../x","size":-1}]}`))
	f.Add(true, []byte(`{"format":1,"ranks":1000000000,"files":[{"name":"rank00000.state","size":9223372036854775807,"crc":1}],"t":1e999}`))
	f.Fuzz(func(t *testing.T, sum bool, text []byte) {
		defer fuzzing.Guard(t)()
		if sum {
			text = bytes.TrimSuffix(text, []byte("\n"))
			text = fmt.Appendf(nil, "netsim checkpoint %08x\n%s\n", crc32.Checksum(text, castagnoli), text)
		}
		d.files[folder+"/"+manifestName] = append([]byte{}, text...)
		c, _, err := Newest(d, spikeexchange.NewLocal(), "/out/ckpt")
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		_ = fmt.Sprint(c.Differences(nil))
		files, err := c.Open(d)
		if err != nil {
			t.Fatal(err)
		}
		for k, r := range files {
			if n, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, c.Files[k].Size)); err != nil || n != c.Files[k].Size {
				t.Errorf("%d bytes of %d: %v", n, c.Files[k].Size, err)
			}
		}
	})
}
