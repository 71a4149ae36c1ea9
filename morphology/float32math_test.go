package morphology

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// TestFloat32Functions compares with a sample of glibc's answers.
func TestFloat32Functions(t *testing.T) {
	text, err := os.ReadFile("testdata/libm.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		if line[0] == '#' {
			continue
		}
		var name string
		var bits [3]uint32
		if _, err := fmt.Sscanf(line, "%s %x %x %x", &name, &bits[0], &bits[1], &bits[2]); err != nil {
			t.Fatal(line, err)
		}
		var v [3]float32
		for i, b := range bits {
			v[i] = math.Float32frombits(b)
		}
		n++
		if name == "atan2" {
			if got := atan2f32(v[0], v[1]); got != v[2] {
				t.Errorf("atan2(%v, %v) = %v instead of %v", v[0], v[1], got, v[2])
			}
		} else if sin, cos := sincosf32(v[0]); sin != v[1] || cos != v[2] {
			t.Errorf("sin, cos of %v = %v, %v instead of %v, %v", v[0], sin, cos, v[1], v[2])
		}
	}
	if n != 300 {
		t.Errorf("%d lines", n)
	}
	for _, c := range []struct{ y, x, want float64 }{{0, 1, 0}, {0, -1, math.Pi}, {1, 0, math.Pi / 2}, {-1, 0, -math.Pi / 2}, {1e-30, -1, math.Pi}, {1, 1e-30, math.Pi / 2}, {1, -1, math.Pi * .75}, {-1, -1, -math.Pi * .75}} {
		if got := atan2f32(float32(c.y), float32(c.x)); math.Abs(float64(got)-c.want) > 3e-7 {
			t.Errorf("atan2(%g, %g) = %v", c.y, c.x, got)
		}
	}
}
