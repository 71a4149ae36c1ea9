package results

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	_ "gonum.org/v1/plot/vg/vgsvg" // .svg files
)

// palette is Okabe and Ito's, which colour-blind readers can tell apart; netsim's is the darkest.
var palette = map[string]color.Color{
	"NEURON":                 color.RGBA{0xe6, 0x9f, 0x00, 0xff},
	"CoreNEURON":             color.RGBA{0x56, 0xb4, 0xe9, 0xff},
	"CoreNEURON, fast flags": color.RGBA{0x00, 0x9e, 0x73, 0xff},
	"Arbor":                  color.RGBA{0xcc, 0x79, 0xa7, 0xff},
	"BMTK":                   color.RGBA{0x99, 0x99, 0x99, 0xff},
	"netsim":                 color.RGBA{0x20, 0x20, 0x20, 0xff},
}

// Plot writes the minima of the cases that netsim shares with others as bars into a file (.svg).
func (r *Results) Plot(path string) error {
	shared := Results{}
	for k := range r.Cases {
		if c := r.Cases[k]; c.Of("netsim") != nil && c.fastestPeer() != nil {
			shared.Cases = append(shared.Cases, c)
		}
	}
	if r = &shared; len(r.Cases) == 0 {
		return nil
	}
	p := plot.New()
	p.Y.Label.Text = "ns per compartment and step"
	p.Y.Min = 0
	p.Legend.Top = true
	columns := columns(r.Cases)
	const width = 9.
	labels := make([]string, len(r.Cases))
	for k := range r.Cases {
		labels[k] = r.Cases[k].Short
	}
	for k, name := range columns {
		values := make(plotter.Values, len(r.Cases))
		for i := range r.Cases {
			if s := r.Cases[i].Of(name); s != nil {
				values[i] = max(0, slices.Min(s.Ns))
			}
		}
		bars, err := plotter.NewBarChart(values, vg.Points(width))
		if err != nil {
			return fmt.Errorf("could not plot %s: %w", name, err)
		}
		bars.Color = palette[name]
		bars.LineStyle.Width = 0
		bars.Offset = vg.Points(width * (float64(k) - float64(len(columns)-1)/2))
		p.Add(bars)
		p.Legend.Add(name, bars)
	}
	p.NominalX(labels...)
	return p.Save(vg.Points(float64(len(r.Cases))*(width*float64(len(columns))+24)+120), 10*vg.Centimeter, path)
}
