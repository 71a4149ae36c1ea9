package engine

import (
	"math/rand/v2"
	"strings"
	"testing"

	"netsim/engine/native"
	"netsim/internal/fuzzing"
	"netsim/nmodl"
	"netsim/nmodl/diag"
	"netsim/nmodl/lower"
)

// FuzzNative: whatever mechanism a text describes, in either numerics, machine code leaves the bits of the vector
// machine, for instances of random data.
func FuzzNative(f *testing.F) {
	var levels []native.Level
	for _, level := range []native.Level{native.AVX2, native.AVX512} {
		if level.Available() {
			levels = append(levels, level)
		}
	}
	for k, text := range fuzzing.Mods(f, "../mechanisms", "../nmodl/lower/testdata/neuron", "../nmodl/lower/testdata/text", "../nmodl/lower/testdata/fast") {
		f.Add(text, uint64(k), uint16(9*k))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64, n uint16) {
		if strings.Contains(string(text), "INCLUDE") {
			t.Skip("would read files")
		}
		defer fuzzing.Guard(t)()
		file, syms, ds := nmodl.ParseSource("fuzz.mod", text)
		if diag.HasErrors(ds) {
			return
		}
		rng := rand.New(rand.NewPCG(seed, 1))
		var s scratch
		for _, fast := range []bool{false, true} {
			m, _ := lower.Compile(file, syms, lower.Options{Fast: fast})
			if len(m.Unsupported) > 0 || len(m.Columns) > 500 || byColumns(m) {
				continue
			}
			for entry, code := range vectorCode(m) {
				for _, level := range levels {
					n, layout := 1+int(n)%600, rng.IntN(numLayouts)
					if layout == layRows {
						n = lanes * (1 + n/lanes)
					}
					compareRandom(t, rng, &s, level, m, entry, code, n, layout)
				}
			}
		}
	})
}
