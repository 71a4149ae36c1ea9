package lower_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"netsim/mechanisms"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
)

// modText is a .mod file in memory.
type modText struct {
	path string
	text []byte
}

// benchmarkFiles are the .mod files below the folders of NETSIM_MODS (colon list), those that can be compiled; the built-in
// ones if it is not set.
func benchmarkFiles(b *testing.B) []modText {
	var out []modText
	add := func(path string, text []byte) {
		if _, _, ds := nmodl.ParseSource(path, text); !diag.HasErrors(ds) {
			out = append(out, modText{path, text})
		}
	}
	folders := os.Getenv("NETSIM_MODS")
	if folders == "" {
		for _, s := range mechanisms.Sources() {
			add("builtin:"+s.File, s.Text)
		}
		return out
	}
	for _, folder := range strings.Split(folders, ":") {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".mod" {
				return err
			}
			text, err := os.ReadFile(path)
			add(path, text)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	if len(out) == 0 {
		b.Fatalf("NETSIM_MODS: %s has no .mod files that can be compiled", folders)
	}
	return out
}

// processorTime is what this process has used of all cores.
func processorTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkCompile reads and compiles 25 files spread over the collection, with `numerics: fast`, too, and 1,000: all of them,
// again and again. cpu-ms/op is the processor time of that, whatever else the machine does; with GOMAXPROCS=1 it is the time
// of one core.
func BenchmarkCompile(b *testing.B) {
	files := benchmarkFiles(b)
	for _, c := range []struct {
		name string
		n    int
		fast bool
	}{{"25", 25, false}, {"25-fast", 25, true}, {"1000", 1000, false}} {
		b.Run(c.name, func(b *testing.B) {
			before := processorTime()
			for b.Loop() {
				for k := range c.n {
					at := k % len(files)
					if c.n < len(files) {
						at = k * len(files) / c.n
					}
					f, s, _ := nmodl.ParseSource(files[at].path, files[at].text)
					if s.Name != "nothing" {
						lower.Compile(f, s, lower.Options{Fast: c.fast})
					}
				}
			}
			b.ReportMetric(float64((processorTime()-before).Microseconds())/1e3/float64(b.N), "cpu-ms/op")
		})
	}
}
