package measure

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

type spike struct {
	gid int
	t   float64 // ms
}

func readSpikes(path string) ([]spike, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var out []spike
	for line := range strings.Lines(string(text)) {
		gid, t, ok := strings.Cut(strings.TrimSpace(line), " ")
		g, err := strconv.Atoi(gid)
		at, err2 := strconv.ParseFloat(t, 64)
		if !ok || err != nil || err2 != nil {
			return nil, fmt.Errorf("%s: %q is no spike", path, line)
		}
		out = append(out, spike{g, at})
	}
	// By cell and time, so that the k-th spike of a cell meets its k-th of the other simulator.
	slices.SortFunc(out, func(a, b spike) int { return cmp.Or(cmp.Compare(a.gid, b.gid), cmp.Compare(a.t, b.t)) })
	return out, nil
}

// same is the difference (ms) that counts as none: NEURON adds 1e-10 ms to a detector's times, and sums of dt round.
const same = 1e-9

// Compare says how the spikes of two files agree.
func Compare(reference, other string) (string, error) {
	a, err := readSpikes(reference)
	if err != nil {
		return "", err
	}
	b, err := readSpikes(other)
	if err != nil {
		return "", err
	}
	if len(a) != len(b) {
		return fmt.Sprintf("not equal: %d expected", len(a)), nil
	}
	worst := 0.0 // ms
	for k := range a {
		if a[k].gid != b[k].gid {
			return "as many, but from other cells", nil
		}
		worst = max(worst, math.Abs(a[k].t-b[k].t))
	}
	if worst <= same {
		return "equal", nil
	}
	return fmt.Sprintf("the same cells, times within %.3g ms", worst), nil
}
