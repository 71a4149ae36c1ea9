package main

import (
	"bytes"
	"fmt"
	"math"

	"netsim/rng"
)

// tree is the plan of a neuron: lengths and diameters in µm.
type tree struct {
	seed   uint32
	soma   float64 // diameter
	basal  []branch
	apical []branch
}

// branch is a neurite: a piece, and what grows from its end and along it.
type branch struct {
	length, diam float64
	elevation    float64 // degrees from the horizontal at which it sets out
	children     []branch
}

// fork is a neurite that divides in two.
func fork(length, diam, elevation float64, children ...branch) branch {
	return branch{length, diam, elevation, children}
}

// stems returns n similar neurites, each of one piece that divides in two.
func stems(n int, stem, twig, diam, elevation float64) []branch {
	var out []branch
	for range n {
		out = append(out, fork(stem, diam, elevation, fork(twig, 0.7*diam, elevation+20), fork(twig, 0.6*diam, elevation-25)))
	}
	return out
}

const (
	somaType = iota + 1
	axonType
	basalType
	apicalType
)

type point struct{ x, y, z float64 }

// writer draws a tree as SWC.
type writer struct {
	out    bytes.Buffer
	random *rng.MT19937
	id     int
}

// round keeps two decimals, so that the last bit of a sine cannot change the file.
func round(v float64) float64 { return math.Round(v*100) / 100 }

func (w *writer) point(kind int, p point, diam float64, parent int) int {
	w.id++
	fmt.Fprintf(&w.out, "%d %d %.2f %.2f %.2f %.3f %d\n", w.id, kind, p.x, p.y, p.z, diam/2, parent)
	return w.id
}

// grow draws a neurite from a point, with a little wandering, and its children from its end.
func (w *writer) grow(kind int, b branch, from point, parent int, azimuth float64) {
	const step = 15.0 // µm between points, about
	n := max(2, int(math.Round(b.length/step)))
	elevation, at := b.elevation, from
	for i := range n {
		azimuth += 14 * (w.random.Float64() - 0.5)
		elevation += 10 * (w.random.Float64() - 0.5)
		a, e := azimuth*math.Pi/180, elevation*math.Pi/180
		d := b.length / float64(n)
		at = point{round(at.x + d*math.Cos(e)*math.Cos(a)), round(at.y + d*math.Sin(e)), round(at.z + d*math.Cos(e)*math.Sin(a))}
		diam := b.diam * (1 - 0.25*float64(i+1)/float64(n))
		parent = w.point(kind, at, diam, parent)
	}
	for k, c := range b.children {
		w.grow(kind, c, at, parent, azimuth+float64(k)*360/float64(max(2, len(b.children)))-60)
	}
}

// swc returns the file. The soma is one point; all neurites begin on its surface.
func (t tree) swc(name string) []byte {
	w := &writer{random: rng.NewMT19937(t.seed)}
	fmt.Fprintf(&w.out, "# %s, made by examples/generate: no reconstruction of a real cell\n# id type x y z radius parent (um)\n", name)
	soma := w.point(somaType, point{}, t.soma, -1)
	axon := branch{length: 60, diam: 1.2, elevation: -88}
	w.grow(axonType, axon, point{0, -t.soma / 2, 0}, soma, 0)
	for _, g := range []struct {
		kind     int
		branches []branch
	}{{basalType, t.basal}, {apicalType, t.apical}} {
		for k, b := range g.branches {
			azimuth := 360 * (float64(k) + 0.5*w.random.Float64()) / float64(len(g.branches))
			a, e := azimuth*math.Pi/180, b.elevation*math.Pi/180
			r := t.soma / 2
			start := point{round(r * math.Cos(e) * math.Cos(a)), round(r * math.Sin(e)), round(r * math.Cos(e) * math.Sin(a))}
			w.grow(g.kind, b, start, soma, azimuth)
		}
	}
	return w.out.Bytes()
}
