// Command picture draws what the example circuit column did: spikes of all cells over time, firing rates, and the somatic
// potentials that were reported.
//
//	go run ./examples/picture examples/column/output raster.svg
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"netsim/sonata"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: picture OUTPUT_FOLDER FILE.svg")
		os.Exit(2)
	}
	svg, err := draw(os.Args[1])
	if err == nil {
		err = os.WriteFile(os.Args[2], svg, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// kinds of cells with their node ids, and the colour they are drawn in.
var kinds = []struct {
	name, colour string
	first, n     int
}{
	{"layer 2/3 pyramids", "#1f5fa8", 0, 140},
	{"layer 5 pyramids", "#2a9d8f", 140, 80},
	{"basket cells", "#c8382e", 220, 50},
	{"Martinotti cells", "#e08a1e", 270, 30},
}

const (
	left, right = 140, 860
	duration    = 1000.0 // ms
	cells       = 300
)

func x(t float64) float64 { return left + (right-left)*t/duration }

func kindOf(id uint64) int {
	for k, c := range kinds {
		if int(id) < c.first+c.n {
			return k
		}
	}
	return len(kinds) - 1
}

func draw(folder string) ([]byte, error) {
	pops, err := sonata.ReadSpikes(filepath.Join(folder, "spikes.h5"))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 620" font-family="sans-serif" font-size="12" fill="#222">` + "\n")
	out.WriteString(`<rect width="900" height="620" fill="#fff"/>` + "\n")
	for _, p := range pops {
		raster(&out, p)
		histogram(&out, p)
	}
	reports, err := sonata.ReadReport(filepath.Join(folder, "v_soma.h5"))
	if err != nil {
		return nil, err
	}
	for _, r := range reports {
		if err := traces(&out, r); err != nil {
			return nil, err
		}
	}
	axis(&out, 600)
	out.WriteString("</svg>\n")
	return out.Bytes(), nil
}

func raster(out *bytes.Buffer, p sonata.SpikePopulation) {
	const top, height = 20.0, 300.0
	for k, c := range kinds {
		fmt.Fprintf(out, `<path stroke="%s" stroke-width="1.3" stroke-linecap="round" d="`, c.colour)
		for i, t := range p.Timestamps {
			if kindOf(p.NodeIDs[i]) == k {
				fmt.Fprintf(out, "M%.1f %.1fv.9", x(t), top+height*(1-float64(p.NodeIDs[i])/cells))
			}
		}
		out.WriteString(`"/>` + "\n")
		middle := top + height*(1-(float64(c.first)+float64(c.n)/2)/cells)
		fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end" fill="%s">%s</text>`+"\n", left-8, middle+4, c.colour, c.name)
	}
}

// histogram draws the rate of all cells in bins of 5 ms.
func histogram(out *bytes.Buffer, p sonata.SpikePopulation) {
	const base, height, bin = 400.0, 60.0, 5.0
	count := make([]float64, int(duration/bin))
	for _, t := range p.Timestamps {
		count[min(int(t/bin), len(count)-1)]++
	}
	top := slices.Max(count)
	fmt.Fprintf(out, `<path fill="#888" d="M%d %.1f`, left, base)
	for k, n := range count {
		fmt.Fprintf(out, "V%.1fH%.1f", base-height*n/max(top, 1), x(float64(k+1)*bin))
	}
	fmt.Fprintf(out, `V%.1fZ"/>`+"\n", base)
	hz := top / cells / bin * 1000
	fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end">rate (peak %.0f Hz)</text>`+"\n", left-8, base-height/2, hz)
}

// traces draws one reported cell of each kind.
func traces(out *bytes.Buffer, r *sonata.Report) error {
	data, err := r.Data(0, r.Rows)
	if err != nil {
		return err
	}
	const top, height = 420.0, 38.0 // of one trace
	drawn := map[int]bool{}
	for column, id := range r.Mapping.NodeIDs {
		k := kindOf(id)
		if drawn[k] {
			continue
		}
		y := top + height*float64(len(drawn)) + height
		drawn[k] = true
		fmt.Fprintf(out, `<polyline fill="none" stroke="%s" stroke-width="0.8" points="`, kinds[k].colour)
		// The extremes of each pixel keep every spike.
		const perPixel = 1
		steps := max(1, r.Rows/(right-left)/perPixel)
		for from := 0; from < r.Rows; from += steps {
			low, high := from, from
			for row := from; row < min(from+steps, r.Rows); row++ {
				if v := data[row*r.Elements+column]; v < data[low*r.Elements+column] {
					low = row
				} else if v > data[high*r.Elements+column] {
					high = row
				}
			}
			for _, row := range []int{min(low, high), max(low, high)} {
				v := data[row*r.Elements+column]
				fmt.Fprintf(out, "%.1f,%.1f ", x(duration*float64(row)/float64(r.Rows)), y-height*0.9*(v+80)/120)
				if low == high {
					break
				}
			}
		}
		out.WriteString(`"/>` + "\n")
	}
	fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end">v of one soma each</text>`+"\n", left-8, top+2.5*height)
	return nil
}

func axis(out *bytes.Buffer, y float64) {
	fmt.Fprintf(out, `<path stroke="#222" d="M%d %.0fH%d"/>`+"\n", left, y-15, right)
	for t := 0.0; t <= duration; t += 200 {
		fmt.Fprintf(out, `<text x="%.0f" y="%.0f" text-anchor="middle">%.0f</text>`+"\n", x(t), y, t)
	}
	fmt.Fprintf(out, `<text x="%d" y="%.0f" text-anchor="end">ms</text>`+"\n", right+35, y)
}
