package main

import (
	"bytes"
	"fmt"
	"math"
)

// atanTable writes, for each node x, x and the coefficients of the minimax polynomial of degree 5 of atan(x+z) on the interval
// that x stands for, with a margin of 1e-5. The library's differ in the last bits of the third coefficient, and beyond the
// tenth digit in the fourth to sixth: the authors had function values of 64 bits.
func atanTable(out *bytes.Buffer) {
	out.WriteString("// atanTable holds x and the coefficients of atan(x+z), constant first.\nvar atanTable = [241][7]float64{\n")
	for i, x := range atanNodes {
		h := 1. / 512
		if i == 0 || i == len(atanNodes)-1 {
			h = 1. / 1024
		}
		fmt.Fprintf(out, "\t{%x", x)
		for _, c := range minimax(atanSeries(newFloat(x), 18), 5, add(newFloat(h), newFloat(1e-5))) {
			fmt.Fprintf(out, ", %x", toFloat(c))
		}
		out.WriteString("},\n")
	}
	out.WriteString("}\n\n")
}

// asinTable writes, for each interval of 1/256 from 1/8 to 31/32, its middle, the value there as a multiple of 2^-51 and the
// rest, and the other coefficients of the minimax polynomial.
func asinTable(out *bytes.Buffer) {
	out.WriteString("// asinTable holds x, asin x as a multiple of 2^-51, the rest, the coefficients of z, z², … of asin(x+z).\n")
	out.WriteString("var asinTable = [216][13]float64{\n")
	for i := range 216 {
		x := 1./8 + (float64(i)+0.5)/256
		degree := 6
		for _, from := range []float64{0.5, 0.75, 0.921875, 0.953125} {
			if x > from {
				degree++
			}
		}
		c := minimax(asinSeries(newFloat(x), degree+16), degree, newFloat(1./512))
		steps, _ := add(mul(c[0], newFloat(0x1p51)), newFloat(0.5)).Int64()
		high := float64(steps) * 0x1p-51
		fmt.Fprintf(out, "\t{%x, %x, %x", x, high, toFloat(sub(c[0], newFloat(high))))
		for _, d := range c[1:] {
			fmt.Fprintf(out, ", %x", toFloat(d))
		}
		out.WriteString("},\n")
	}
	out.WriteString("}\n\n")
}

// inverseRoots writes 1/sqrt at the middles of 64 intervals of [1/2, 1) and 64 of [1, 2).
func inverseRoots(out *bytes.Buffer) {
	out.WriteString("// inverseRoots holds 1/sqrt at the middles of 64 intervals of [1/2, 1), then of 64 of [1, 2).\n")
	out.WriteString("var inverseRoots = [128]float64{\n")
	for k := range 128 {
		z := (1 + (float64(k%64)+0.5)/64) / 2 * float64(1+k/64)
		fmt.Fprintf(out, "\t%x,\n", 1/math.Sqrt(z))
	}
	out.WriteString("}\n")
}
