package fuzzing

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// failures counts what Guard says.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Helper()               {}
func (f *failures) Errorf(string, ...any) { f.n++ }

var sink []byte

func TestGuard(t *testing.T) {
	for _, c := range []struct {
		name string
		work func()
		want int
	}{
		{"nothing", func() {}, 0},
		{"memory in one piece", func() { sink = make([]byte, maxBytes+1<<20) }, 1},
		{"memory that is touched", func() {
			sink = make([]byte, maxGrown+maxBytes)
			for i := 0; i < len(sink); i += 4096 {
				sink[i] = 1
			}
		}, 2},
		{"memory in many pieces", func() {
			for range maxBytes>>16 + 16 {
				sink = make([]byte, 1<<16)
			}
		}, 1},
		{"time", func() {
			began, _ := process()
			for now := began; now < began+maxCPU+50*time.Millisecond; now, _ = process() {
				sink = sink[:0]
			}
		}, 1},
		{"sleep", func() { time.Sleep(10 * time.Millisecond) }, 0},
	} {
		if c.want == 2 && testing.Short() {
			continue // takes 768 MB
		}
		f := &failures{TB: t}
		done := Guard(f)
		c.work()
		done()
		if f.n != c.want {
			t.Errorf("%s: %d failures, want %d", c.name, f.n, c.want)
		}
	}
	sink = nil
}

func TestMods(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(dir, "x.mod"), filepath.Join(deep, "y.mod"), filepath.Join(deep, "go.mod"), filepath.Join(deep, "z.txt")} {
		if err := os.WriteFile(file, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("NETSIM_MODS", dir)
	if n := len(Mods(t, dir)); n != 3 {
		t.Errorf("%d files, want x twice and y", n)
	}
}
