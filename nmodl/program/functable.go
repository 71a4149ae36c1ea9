package program

// FunctionTableData is what the user gives for a FUNCTION_TABLE: values over a grid, the last argument running fastest
// (oc/functabl.cpp). A constant is one value with no axes.
type FunctionTableData struct {
	Values []float64
	Axes   []Axis // one per argument; none for a constant
}

// Axis is the places of one argument: Points ascending, or N equal steps from Min to Max when Points is nil.
type Axis struct {
	Points   []float64
	N        int
	Min, Max float64
}

// size is the number of places.
func (a *Axis) size() int {
	if a.Points != nil {
		return len(a.Points)
	}
	return a.N
}

// Valid reports whether the axes are as many as arguments and span the values.
func (d *FunctionTableData) Valid(args int) bool {
	if len(d.Axes) == 0 {
		return len(d.Values) == 1
	}
	n := 1
	for k := range d.Axes {
		if d.Axes[k].size() < 1 || d.Axes[k].Max < d.Axes[k].Min {
			return false
		}
		n *= d.Axes[k].size()
	}
	return len(d.Axes) == args && n == len(d.Values)
}

// find is the place at or below x, and how far x is on the way to the next one.
func (a *Axis) find(x float64) (j int, frac float64) {
	if a.Points == nil {
		switch {
		case x <= a.Min:
			return 0, 0
		case x >= a.Max:
			return a.N - 1, 0
		}
		d := (a.Max - a.Min) / float64(a.N-1)
		at := (x - a.Min) / d
		j = min(max(int(at), 0), a.N-1) // NaN has no place
		return j, at - float64(j)
	}
	lo, hi := 0, len(a.Points)-1
	switch {
	case x <= a.Points[lo]:
		return 0, 0
	case x >= a.Points[hi]:
		return hi, 0
	}
	for lo < hi-1 {
		mid := (lo + hi) / 2
		if a.Points[mid] <= x {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, (x - a.Points[lo]) / (a.Points[lo+1] - a.Points[lo])
}

// At interpolates linearly in up to two arguments; with three or more it takes the nearest lower entry.
func (d *FunctionTableData) At(args []float64) float64 {
	if len(d.Axes) == 0 {
		return d.Values[0]
	}
	j, frac := 0, [2]float64{}
	for k, x := range args {
		i, f := d.Axes[k].find(x)
		j = j*d.Axes[k].size() + i
		if k < 2 {
			frac[k] = f
		}
	}
	between := func(f, x1, x2 float64) float64 { return float64((1-f)*x1) + float64(f*x2) }
	along := func(f float64, j int) float64 {
		if f > 0 && j+1 < len(d.Values) {
			return between(f, d.Values[j], d.Values[j+1])
		}
		return d.Values[j]
	}
	switch len(args) {
	case 1:
		return along(frac[0], j)
	case 2:
		y1 := along(frac[1], j)
		if next := j + d.Axes[1].size(); frac[0] > 0 && next < len(d.Values) {
			return between(frac[0], y1, along(frac[1], next))
		}
		return y1
	}
	return d.Values[j]
}
