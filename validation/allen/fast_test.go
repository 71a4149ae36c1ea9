package allen

import (
	"path/filepath"
	"testing"
)

// TestFastSpikes counts the spikes of the reference circuits that `numerics: fast` has at NEURON's times. A spike is
// where v crosses a threshold between two steps, so a difference in the last digits of v moves one only when v comes that
// close to the threshold; circuits amplify differences in time, though, and equality is measured here, not promised.
func TestFastSpikes(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for _, r := range references {
		for importer := range importers {
			t.Run(r.name()+"/"+importers[importer], func(t *testing.T) {
				dir, config := r.prepare(t, importer)
				got := readSpikes(t, filepath.Join(netsim(t, dir, config, 1, 2, "--numerics", "fast"), "spikes.h5"))
				want := readSpikes(t, r.expectedFile(dir, importer, "spikes.h5"))
				for _, until := range []float64{300, 3000} {
					early := func(all []spike) (out []spike) {
						for _, s := range all {
							if s.t <= until {
								out = append(out, s)
							}
						}
						return out
					}
					if err := sameSpikes(early(got), early(want)); err != nil {
						t.Errorf("up to %g ms: %v", until, err)
					} else {
						t.Logf("up to %g ms: %d spikes equal", until, len(early(want)))
					}
				}
			})
		}
	}
}

// TestFastSameBytes holds every output file of `numerics: fast` the same from any number of ranks and threads, and from
// the plain loops.
func TestFastSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: -short")
	}
	for _, r := range references {
		for importer := range importers {
			t.Run(r.name()+"/"+importers[importer], func(t *testing.T) {
				dir, config := r.prepare(t, importer)
				var first map[string]string
				for _, more := range [][]string{nil, {"--plain"}} {
					for _, size := range [][2]int{{1, 1}, {1, 2}, {2, 1}} {
						args := append([]string{"--tstop", "40", "--numerics", "fast"}, more...)
						files := contents(t, netsim(t, dir, config, size[0], size[1], args...))
						if first == nil {
							first = files
						}
						for name, text := range first {
							if files[name] != text {
								t.Errorf("%s of %d ranks with %d threads %v is not that of one rank with one thread", name, size[0], size[1], more)
							}
						}
					}
				}
			})
		}
	}
}
