package stimulus

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"netsim/internal/bounded"
	"netsim/sonata/config"
)

// waveform is a current given at equal intervals: amps[i] holds from i*dt on, until stop.
type waveform struct {
	amps []float64 // nA
	dt   float64   // ms
	stop float64   // ms
}

// readWaveform reads a csv file and turns it into what BMTK plays into IClamp.amp (allen.md §5): the first interval
// is taken for all, and a late beginning is filled with zeros on a grid that both the interval and the beginning fit.
func readWaveform(c *config.ClampWaveform, place config.Place) (waveform, []config.Problem) {
	fault := func(format string, args ...any) (waveform, []config.Problem) {
		p := asProblem(fmt.Errorf(format, args...), config.Place{File: c.File})
		p.Hint = "a waveform has a column of times in ms and one of amplitudes in nA; see timestamps_column, amplitudes_column, separator of " + place.Path
		return waveform{}, []config.Problem{p}
	}
	times, amps, err := readColumns(c)
	if err != nil {
		return fault("%v", err)
	}
	if len(times) < 2 {
		return fault("there are %d rows, but at least 2 are needed", len(times))
	}
	var steps []float64
	for i := 1; i < len(times); i++ {
		steps = append(steps, times[i]-times[i-1])
	}
	slices.Sort(steps)
	steps = slices.Compact(steps)
	w := waveform{amps: amps, dt: steps[0]}
	start, last := times[0], times[len(times)-1]
	if !(w.dt > 0) || math.IsInf(last, 0) {
		return fault("times must rise")
	}
	if start < 0 {
		return fault("the first time, %g ms, is negative", start)
	}
	var problems []config.Problem
	if len(steps) > 1 {
		problems = append(problems, config.Problem{Severity: config.Warning, Place: config.Place{File: c.File},
			Msg: fmt.Sprintf("intervals between times differ (%g to %g ms): all amplitudes are played at intervals of %g ms, as BMTK does", steps[0], steps[len(steps)-1], w.dt)})
	}
	switch {
	case start == 0:
	case start == w.dt:
		w.amps = append([]float64{0}, amps...)
	default:
		if max(start, w.dt) > maxSamples {
			return fault("the first time, %g ms, or the interval, %g ms, is more than %d ms", start, w.dt, maxSamples)
		}
		g := gcd(int64(w.dt), int64(start))
		if g == 0 {
			return fault("the interval (%g ms) and the first time (%g ms) must be at least 1 ms, or the first time 0", w.dt, start)
		}
		if n := float64(int64(start)/g) + float64(len(amps))*float64(w.dt/float64(g)); n > maxSamples {
			return fault("a grid that both the interval (%g ms) and the first time (%g ms) fit has %g points, more than %d", w.dt, start, n, maxSamples)
		}
		w.amps = make([]float64, int64(start)/g)
		for _, a := range amps {
			w.amps = append(w.amps, slices.Repeat([]float64{a}, int(w.dt/float64(g)))...)
		}
		w.dt = float64(g)
	}
	w.stop = last
	if amps[len(amps)-1] != 0 {
		w.stop = last + w.dt
	}
	return w, problems
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// steps gives the waveform as pulses that follow each other. NEURON plays a vector by events at 0, dt, dt+dt, …; a
// pulse that begins and ends at exactly these times acts in the same steps.
func (w waveform) steps() []step {
	var out []step
	from := 0.
	for i := 0; i < len(w.amps) && from < w.stop; {
		to, j := from, i
		for j < len(w.amps) && w.amps[j] == w.amps[i] {
			to += w.dt
			j++
		}
		end := to
		if j == len(w.amps) || to > w.stop {
			end = w.stop
		}
		if w.amps[i] != 0 {
			out = append(out, step{from, durationTo(from, end), w.amps[i]})
		}
		from, i = to, j
	}
	return out
}

// durationTo returns dur so that from+dur is exactly end in floating point: IClamp is on while t < del+dur.
func durationTo(from, end float64) float64 {
	dur := end - from
	for range 4 {
		switch sum := from + dur; {
		case sum < end:
			dur = math.Nextafter(dur, math.Inf(1))
		case sum > end:
			dur = math.Nextafter(dur, 0)
		default:
			return dur
		}
	}
	return dur
}

// maxWaveform bounds the bytes of a waveform: ten million rows.
const maxWaveform = 256 << 20

// maxSamples bounds what a waveform becomes on an even grid.
const maxSamples = 1 << 24

// readColumns reads the columns of times and amplitudes.
func readColumns(c *config.ClampWaveform) (times, amps []float64, err error) {
	text, err := bounded.ReadFile(c.File, maxWaveform)
	if err != nil {
		return nil, nil, fmt.Errorf("could not read the waveform: %w", err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	if sep := c.Separator; sep != "" {
		r.Comma, _ = utf8.DecodeRuneInString(sep)
	} else {
		r.Comma = ' '
	}
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	header, err := r.Read()
	if err == io.EOF {
		return nil, nil, errors.New("the waveform is empty")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("could not read the waveform: %w", err)
	}
	var cols [2]int
	for k, name := range []string{c.TimestampsColumn, c.AmplitudesColumn} {
		if name == "" {
			name = []string{"timestamps", "amps"}[k]
		}
		if cols[k] = slices.Index(header, name); cols[k] < 0 {
			return nil, nil, fmt.Errorf("no column %q among %s", name, strings.Join(header, ", "))
		}
	}
	for i := 2; ; i++ {
		row, err := r.Read()
		if err == io.EOF {
			return times, amps, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("could not read the waveform: %w", err)
		}
		var v [2]float64
		for k, col := range cols {
			if col >= len(row) {
				return nil, nil, fmt.Errorf("row %d has only %d fields", i, len(row))
			}
			if v[k], err = strconv.ParseFloat(strings.TrimSpace(row[col]), 64); err != nil || math.IsNaN(v[k]) || math.IsInf(v[k], 0) {
				return nil, nil, fmt.Errorf("row %d: %q is not a number", i, row[col])
			}
		}
		times, amps = append(times, v[0]), append(amps, v[1])
	}
}
