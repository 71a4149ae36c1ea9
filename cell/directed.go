package cell

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"netsim/morphology"
)

// directedAxon replaces the axon as BMTK's _directed processing functions do: two stubs of 30 um along the principal
// axis of the last axon section. The direction only gives coordinates; length, area and resistance do not depend on it.
func directedAxon(m *morphology.Morphology, allactive bool) error {
	soma, first := m.Find("soma", 0), m.Find("axon", 0)
	if soma == nil {
		return errors.New("the morphology has no soma section to connect the axon stub to; it needs points of type 1")
	}
	if first == nil {
		return errors.New("the morphology has no axon, whose direction is to be kept; use the variant without _directed")
	}
	last := first
	for _, s := range m.Sections {
		if s.Label() == "axon" {
			last = s
		}
	}
	u, somaEnd := axonDirection(m, last)
	d0, d1, x := 1., 1., .5
	if allactive {
		d0, d1, x = first.Diam(), last.Diam(), 1.
	}
	m.Remove(func(s *morphology.Section) bool { return s.Name == "axon" })
	stubs := [2]*morphology.Section{morphology.AxonStub(0, d0), morphology.AxonStub(1, d1)}
	for k, s := range stubs {
		s.StyleL = stubLength(somaEnd, u, k)
	}
	m.Append(stubs[0], soma, x)
	m.Append(stubs[1], stubs[0], 1)
	if err := m.DefineShape(); err != nil {
		return err
	}
	// DefineShape has put the stubs where they begin; turn their three points into the axon's direction. The arc lengths
	// stay.
	from := stubs[0].Points[0]
	at := [3]float64{float64(from.X), float64(from.Y), float64(from.Z)}
	for k, s := range stubs {
		for i := range s.Points {
			l := 30 * (float64(k) + float64(i)/float64(len(s.Points)-1))
			p := &s.Points[i]
			p.X, p.Y, p.Z = float32(at[0]+float64(l*u[0])), float32(at[1]+float64(l*u[1])), float32(at[2]+float64(l*u[2]))
		}
	}
	return nil
}

// stubLength is 30 um as NEURON has it after h.axon[k].L = 30: the arc length between the stub's two float32 points,
// times the factor that makes it 30, so the last digit depends on the direction.
func stubLength(somaEnd, u [3]float64, k int) float64 {
	sum := 0.
	for j := range u {
		from, to := float32(somaEnd[j]+float64(u[j]*(30*float64(k)))), float32(somaEnd[j]+float64(u[j]*(30*float64(k+1))))
		d := float64(to - from)
		sum += float64(d * d)
	}
	l := math.Sqrt(sum)
	return float64(l * (30 / l))
}

// axonDirection is the unit vector of the first principal component of the soma's middle point and the section's
// points, pointing from the soma to the section's end; and the soma's last point.
func axonDirection(m *morphology.Morphology, axon *morphology.Section) (u, somaEnd [3]float64) {
	var mid [3]float64
	for _, s := range m.Sections {
		if s.Label() == "soma" && len(s.Points) > 0 {
			p, q := s.Points[len(s.Points)/2], s.Points[len(s.Points)-1]
			mid = [3]float64{float64(p.X), float64(p.Y), float64(p.Z)} // BMTK keeps the last soma section's
			somaEnd = [3]float64{float64(q.X), float64(q.Y), float64(q.Z)}
		}
	}
	points := mat.NewDense(1+len(axon.Points), 3, nil)
	points.SetRow(0, mid[:])
	var end [3]float64
	for i, p := range axon.Points {
		end = [3]float64{float64(p.X), float64(p.Y), float64(p.Z)}
		points.SetRow(i+1, end[:])
	}
	var pc stat.PC
	var vectors mat.Dense
	u = [3]float64{1, 0, 0}
	if pc.PrincipalComponents(points, nil) {
		pc.VectorsTo(&vectors)
		for j := range u {
			u[j] = vectors.At(j, 0)
		}
	}
	dot := 0.
	for j := range u {
		dot += float64(u[j] * (end[j] - mid[j]))
	}
	if dot < 0 {
		for j := range u {
			u[j] = -u[j]
		}
	}
	return u, somaEnd
}
