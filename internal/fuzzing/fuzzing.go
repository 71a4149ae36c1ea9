// Package fuzzing is what the fuzz targets of this module share: the limits that one input must keep, and .mod files of
// the world as seeds. Only tests import it.
package fuzzing

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"
)

// Limits of one input. Real files stay far below them, a fuzzed one has no reason to need more.
const (
	maxCPU   = slower * time.Second      // of the process: the wall clock also counts what others do on the machine
	maxBytes = 256 << 20                 // allocated in all, freed or not
	maxGrown = 512 << 20                 // of the process at its largest: C's memory too, and what waits for collection
	maxWall  = slower * 20 * time.Second // then it hangs
)

// Guard begins to watch one input; the function that it returns ends that and fails the test beyond a limit. A target
// begins with `defer fuzzing.Guard(t)()`. An input that does not end makes the process panic, for nothing else stops it.
func Guard(t testing.TB) func() {
	hang := time.AfterFunc(maxWall, func() { panic("this input does not end") })
	cpu, grown := process()
	bytes := allocated()
	return func() {
		t.Helper()
		hang.Stop()
		cpuNow, grownNow := process()
		if d := cpuNow - cpu; d > maxCPU {
			t.Errorf("this input takes %v of CPU time, more than %v", d, maxCPU)
		}
		if b := grownNow - grown; b > maxGrown {
			t.Errorf("the process grows by %d MB, more than %d", b>>20, maxGrown>>20)
		}
		if b := allocated() - bytes; b > maxBytes {
			t.Errorf("this input allocates %d MB, more than %d", b>>20, maxBytes>>20)
		}
	}
}

// process is the CPU time so far, and how many bytes the process had at its largest.
func process() (cpu time.Duration, peak int64) {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0, 0
	}
	unit := int64(1 << 10) // of Maxrss
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Maxrss) * unit
}

// allocated is the number of bytes that the process ever allocated on Go's heap.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// Mods gives the texts of the .mod files in the given folders and, below them too, in those of NETSIM_MODS (colon list).
func Mods(t testing.TB, folders ...string) [][]byte {
	t.Helper()
	var texts [][]byte
	add := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(folder, "*.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			add(file)
		}
	}
	for _, root := range filepath.SplitList(os.Getenv("NETSIM_MODS")) {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".mod" && d.Name() != "go.mod" {
				add(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return texts
}
