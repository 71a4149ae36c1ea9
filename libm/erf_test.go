package libm

import (
	"math"
	"testing"
)

// TestErf compares with results of glibc 2.36, one or more from each range.
func TestErf(t *testing.T) {
	for _, c := range [][2]float64{
		{5e-324, 0x0.0000000000001p-1022},
		{1e-310, 0x0.014c5898977c4p-1022},
		{1e-20, 0x1.aa4a230244ae0p-67},
		{1e-09, 0x1.362a9ffc610ddp-30},
		{0.1, 0x1.cca5ea24fb334p-4},
		{-0.5, -0x1.0a7ef5c18edd2p-1},
		{0.83, 0x1.84e04c412a633p-1},
		{0.85, 0x1.8a9500eeffdb1p-1},
		{-1.1, -0x1.c2aa3d27302c0p-1},
		{1.24, 0x1.d74c749cb9bf0p-1},
		{1.26, 0x1.d9b8867e51082p-1},
		{-1.9, -0x1.fc4f06f2b1c89p-1},
		{2.5, 0x1.ffcaa8f4c9beap-1},
		{2.8, 0x1.fff62af990752p-1},
		{2.9, 0x1.fffa9cfbea4e3p-1},
		{-3.3, -0x1.ffff9966790c8p-1},
		{4.7, 0x1.ffffffffbe223p-1},
		{5.9, 0x1.fffffffffffffp-1},
		{6.1, 0x1.0000000000000p+0},
		{math.Inf(1), 1}, {math.Inf(-1), -1}, {0, 0}, {math.Copysign(0, -1), math.Copysign(0, -1)},
	} {
		if got := Erf(c[0]); math.Float64bits(got) != math.Float64bits(c[1]) {
			t.Errorf("erf(%g) is %x, want %x", c[0], got, c[1])
		}
	}
	if !math.IsNaN(Erf(math.NaN())) {
		t.Error("erf(NaN) is no NaN")
	}
}
