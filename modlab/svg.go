package modlab

import (
	"fmt"
	"html"
	"io"
	"math"
	"strings"
)

// panel is one diagram: curves over a common abscissa.
type panel struct {
	title, xName, yName string
	x                   []float64
	names               []string
	curves              [][]float64 // NaN leaves a gap
}

// colours that can be told apart by colour-blind readers (Okabe and Ito).
var colours = []string{"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"}

const (
	panelWidth, panelHeight        = 360., 260.
	left, right, top, bottom, gapX = 62., 96., 34., 42., 8.
)

// WriteSVG draws the panels side by side.
func (plot *Plot) WriteSVG(w io.Writer) error {
	var panels []panel
	if len(plot.States) > 0 {
		panels = append(panels,
			panel{title: "steady state", xName: "v (mV)", x: plot.V, names: plot.States, curves: plot.Steady},
			panel{title: "time constant", xName: "v (mV)", yName: "ms", x: plot.V, names: plot.States, curves: plot.Tau})
	}
	if plot.Current != "" {
		var names []string
		for _, v := range plot.Steps {
			names = append(names, fmt.Sprintf("%g mV", v))
		}
		panels = append(panels, panel{title: fmt.Sprintf("steps from %g mV", holding), xName: "t (ms)", yName: plot.Current, x: plot.T, names: names, curves: plot.I})
	}
	width := max(1, float64(len(panels)))*(panelWidth+gapX) + gapX
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" font-family="sans-serif" font-size="11">`+"\n", width, panelHeight+26)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="white"/>`+"\n")
	fmt.Fprintf(&b, `<text x="%g" y="18" font-size="15" font-weight="bold">%s</text>`+"\n", gapX+4, html.EscapeString(plot.Title))
	if len(panels) == 0 {
		fmt.Fprintf(&b, `<text x="%g" y="60">no state and no current</text>`+"\n", gapX+4)
	}
	for i := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%g,22)">`+"\n", gapX+float64(i)*(panelWidth+gapX))
		panels[i].draw(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *panel) draw(b *strings.Builder) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range p.curves {
		for _, y := range c {
			if !math.IsNaN(y) && !math.IsInf(y, 0) {
				low, high = min(low, y), max(high, y)
			}
		}
	}
	if low > high {
		low, high = 0, 1
	}
	if high-low < 1e-12*max(math.Abs(low), 1e-300) || high == low {
		low, high = low-0.5*max(1, math.Abs(low)), high+0.5*max(1, math.Abs(high))
	}
	yTicks := ticks(low, high)
	low, high = min(low, yTicks[0]), max(high, yTicks[len(yTicks)-1])
	x0, x1 := p.x[0], p.x[len(p.x)-1]
	px := func(x float64) float64 { return left + (x-x0)/(x1-x0)*(panelWidth-left-right) }
	py := func(y float64) float64 {
		return panelHeight - bottom - (y-low)/(high-low)*(panelHeight-top-bottom)
	}
	fmt.Fprintf(b, `<text x="%g" y="%g" font-weight="bold">%s</text>`+"\n", left, top-10, html.EscapeString(p.title))
	for _, y := range yTicks {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="end">%.4g</text>`+"\n",
			left, panelWidth-right, py(y), py(y), left-5, py(y)+4, y)
	}
	for _, x := range ticks(x0, x1) {
		fmt.Fprintf(b, `<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" stroke="#ddd"/><text x="%.1f" y="%.1f" text-anchor="middle">%.4g</text>`+"\n",
			px(x), px(x), top, panelHeight-bottom, px(x), panelHeight-bottom+14, x)
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle">%s</text>`+"\n", (left+panelWidth-right)/2, panelHeight-8, html.EscapeString(p.xName))
	if p.yName != "" {
		fmt.Fprintf(b, `<text transform="translate(12,%.1f) rotate(-90)" text-anchor="middle">%s</text>`+"\n", (top+panelHeight-bottom)/2, html.EscapeString(p.yName))
	}
	for i, c := range p.curves {
		colour := colours[i%len(colours)]
		fmt.Fprintf(b, `<path fill="none" stroke="%s" stroke-width="1.5" d="`, colour)
		pen, lastX, lastY := "M", 0., 0.
		for k, y := range c {
			if math.IsNaN(y) || math.IsInf(y, 0) {
				pen = "M"
				continue
			}
			X, Y := px(p.x[k]), py(y)
			if pen == "L" && k < len(c)-1 && math.Abs(X-lastX) < 0.6 && math.Abs(Y-lastY) < 0.6 {
				continue // nearer than the eye can tell
			}
			fmt.Fprintf(b, "%s%.1f %.1f", pen, X, Y)
			pen, lastX, lastY = "L", X, Y
		}
		fmt.Fprintf(b, "\"/>\n")
		if i < 14 {
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s">%s</text>`+"\n", panelWidth-right+8, top+10+14*float64(i), colour, html.EscapeString(p.names[i]))
		}
	}
}

// ticks are round values from at most low to at least high, some five.
func ticks(low, high float64) []float64 {
	step := math.Pow(10, math.Floor(math.Log10((high-low)/4)))
	for _, f := range []float64{1, 2, 5, 10} {
		if (high-low)/(f*step) <= 6 {
			step *= f
			break
		}
	}
	var out []float64
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		out = append(out, k*step+0) // no -0
	}
	if len(out) == 0 {
		out = []float64{low, high}
	}
	return out
}
