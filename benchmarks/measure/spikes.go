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

// read returns a run's spikes and potentials (mV) at the end.
func read(path string) (spikes []spike, v []float64, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(string(text)) {
		gid, number, ok := strings.Cut(strings.TrimSpace(line), " ")
		x, err := strconv.ParseFloat(number, 64)
		if ok && err == nil && gid == "v" {
			v = append(v, x)
			continue
		}
		g, err2 := strconv.Atoi(gid)
		if !ok || err != nil || err2 != nil {
			return nil, nil, fmt.Errorf("%s: %q is neither a spike nor a potential", path, line)
		}
		spikes = append(spikes, spike{g, x})
	}
	// By cell and time, so that the k-th spike of a cell meets its k-th of the other simulator.
	slices.SortFunc(spikes, func(a, b spike) int { return cmp.Or(cmp.Compare(a.gid, b.gid), cmp.Compare(a.t, b.t)) })
	return spikes, v, nil
}

// same is the difference (ms) that counts as none: NEURON adds 1e-10 ms to a detector's times, and sums of dt round.
const same = 1e-9

// Compare says how the spikes of two files agree, and the potentials at the end where there are some.
func Compare(reference, other string) (string, error) {
	a, va, err := read(reference)
	if err != nil {
		return "", err
	}
	b, vb, err := read(other)
	if err != nil {
		return "", err
	}
	agree := compareSpikes(a, b)
	switch {
	case len(va) != len(vb):
		return fmt.Sprintf("%s; %d potentials, not %d", agree, len(vb), len(va)), nil
	case len(va) > 0:
		return agree + "; v " + comparePotentials(va, vb), nil
	}
	return agree, nil
}

// comparePotentials takes as many of both.
func comparePotentials(a, b []float64) string {
	worst := 0.0 // mV
	for k := range a {
		d := math.Abs(a[k] - b[k])
		if math.IsNaN(d) {
			return "is not a number"
		}
		worst = max(worst, d)
	}
	if worst == 0 {
		return "to the bit"
	}
	return fmt.Sprintf("within %.1g mV", worst)
}

func compareSpikes(a, b []spike) string {
	if len(a) != len(b) {
		return fmt.Sprintf("not equal: %d expected", len(a))
	}
	worst := 0.0 // ms
	for k := range a {
		if a[k].gid != b[k].gid {
			return "as many, but from other cells"
		}
		worst = max(worst, math.Abs(a[k].t-b[k].t))
	}
	if worst <= same {
		return "equal"
	}
	return fmt.Sprintf("the same cells, times within %.3g ms", worst)
}
