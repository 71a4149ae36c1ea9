package part

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"testing"

	"netsim/internal/fuzzing"
)

// framed gives frames their checksums, as a log on disk has them: kind, a, b, length of the payload, payload.
func framed(text []byte) []byte {
	out := []byte(magic)
	for len(text) >= 19 {
		head := make([]byte, frameHead)
		head[0] = text[0]
		copy(head[8:], text[1:17])
		n := min(int(binary.LittleEndian.Uint16(text[17:])), len(text)-19)
		payload := text[19 : 19+n]
		binary.LittleEndian.PutUint32(head[4:], uint32(n))
		binary.LittleEndian.PutUint32(head[24:], crc32.Checksum(payload, castagnoli))
		binary.LittleEndian.PutUint32(head[28:], crc32.Checksum(head[:28], castagnoli))
		out = append(append(out, head...), payload...)
		text = text[19+n:]
	}
	return out
}

// frame is the text that framed makes a frame of.
func frame(kind byte, a, b uint64, payload string) []byte {
	out := binary.LittleEndian.AppendUint64([]byte{kind}, a)
	out = binary.LittleEndian.AppendUint64(out, b)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(payload)))
	return append(out, payload...)
}

func join(frames ...[]byte) (text []byte) {
	for _, f := range frames {
		text = append(text, f...)
	}
	return text
}

const (
	rowsHeader  = `{"run":"r","rank":0,"report":0,"nodes":[{"population":"p","id":1,"element_ids":[1,2],"element_pos":[0,1],"extra":{"a":[1,2]}}]}`
	emptyHeader = `{"run":"r","rank":0,"report":0,"nodes":[]}`
	spikeHeader = `{"run":"r","rank":0,"report":-1}`
)

// TestDamagedLogs: frames with good checksums that say what cannot be.
func TestDamagedLogs(t *testing.T) {
	sixteen := "0123456789abcdef"
	for _, c := range []struct {
		name  string
		text  []byte
		count uint64
		ok    bool
	}{
		{"rows", join(frame('H', 0, 0, rowsHeader), frame('R', 0, 2, sixteen+sixteen), frame('E', 2, 0, "")), 2, true},
		{"no columns", join(frame('H', 0, 0, emptyHeader), frame('R', 0, 1<<40, "")), 1 << 40, true},
		{"rows whose bytes wrap to none", join(frame('H', 0, 0, rowsHeader), frame('R', 0, 1<<60, "")), 0, false},
		{"rows whose bytes wrap to a row", join(frame('H', 0, 0, rowsHeader), frame('R', 0, 1<<60+1, sixteen)), 0, false},
		{"more rows than can be counted", join(frame('H', 0, 0, emptyHeader), frame('R', 0, math.MaxUint64, "")), 0, false},
		{"rows of a log of spikes", join(frame('H', 0, 0, spikeHeader), frame('R', 0, 1, sixteen)), 0, false},
		{"half a spike", join(frame('H', 0, 0, spikeHeader), frame('S', 0, 0, sixteen)), 0, false},
		{"elements without positions", join(frame('H', 0, 0, `{"nodes":[{"element_ids":[1,2],"element_pos":[0]}]}`)), 0, false},
		{"elements without values", join(frame('H', 0, 0, `{"nodes":[{"element_ids":[1],"element_pos":[0],"extra":{"a":[]}}]}`)), 0, false},
		{"no header", join(frame('R', 0, 1, sixteen)), 0, false},
		{"a frame of another log", join(frame('H', 0, 0, rowsHeader), frame('R', 5, 1, sixteen)), 0, false},
	} {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, framed(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Scan(path)
		if (err == nil) != c.ok || s.Count != c.count {
			t.Errorf("%s: %d, %v", c.name, s.Count, err)
		}
	}
}

// FuzzLog: whatever a log says, with good checksums or without, reading it ends without a panic and takes no more memory
// than the file has.
func FuzzLog(f *testing.F) {
	f.Add(true, join(frame('H', 0, 0, rowsHeader), frame('R', 0, 2, "0123456789abcdef0123456789abcdef"), frame('E', 2, 0, "")))
	f.Add(true, join(frame('H', 0, 0, emptyHeader), frame('R', 0, 1<<40, ""), frame('R', 1<<40, 1, "")))
	f.Add(true, join(frame('H', 0, 0, spikeHeader), frame('S', 0, 1, "0123456789abcdefghij"), frame('S', 1, 2, ""), frame('E', 2, 0, "")))
	f.Add(false, framed(join(frame('H', 0, 0, spikeHeader), frame('S', 0, 1, "0123456789abcdefghij"))))
	path := filepath.Join(f.TempDir(), "log")
	f.Fuzz(func(t *testing.T, checked bool, text []byte) {
		defer fuzzing.Guard(t)()
		if checked {
			text = framed(text)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := Scan(path)
		if err != nil {
			return
		}
		r, err := Open(path)
		if err != nil {
			t.Fatalf("scanned, not opened: %v", err)
		}
		defer r.Close()
		columns := Columns(s.Header.Nodes)
		if s.Header.Report < 0 {
			for range s.Count {
				frame, ok, err := r.Next()
				if !ok || err != nil {
					t.Fatalf("a frame is gone: %v", err)
				}
				DecodeSpikes(nil, frame.Payload)
			}
			return
		}
		n := int(min(s.Count, 1000))
		if err := NewRowReader(r, columns).Read(make([]float64, n*columns), n); err != nil {
			t.Fatalf("rows are gone: %v", err)
		}
	})
}

// FuzzManifest: no manifest makes its reader panic, and one that is read can be written again.
func FuzzManifest(f *testing.F) {
	f.Add(`{"format":1,"run":"r","ranks":2,"populations":["p"],"spikes":{"h5":"spikes.h5","order":2},"reports":[{"name":"r","file":"r.h5","rows":3}]}`)
	f.Add(`{"format":1,"run":"r","ranks":1e9,"reports":[{"rows":-1}]}`)
	dir := f.TempDir()
	if err := os.Mkdir(filepath.Join(dir, FolderName), 0o777); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		if err := os.WriteFile(filepath.Join(dir, FolderName, manifestName), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		m, err := ReadManifest(dir)
		if err != nil {
			return
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, FolderName, manifestName), again, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadManifest(dir); err != nil {
			t.Fatal(err)
		}
	})
}
