package main

import (
	"bytes"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"testing"
)

// TestCurrent holds that the tables of the package are those that this program writes.
func TestCurrent(t *testing.T) {
	for path, tables := range files {
		want, err := render(tables)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate writes", path)
		}
	}
}

// TestNodes holds what is said of the nodes of tan and atan.
func TestNodes(t *testing.T) {
	// off is the distance of x from the next double, in its last places.
	off := func(x *big.Float) float64 {
		d := toFloat(x)
		return math.Abs(toFloat(sub(x, newFloat(d)))) / (math.Nextafter(d, 2*d) - d)
	}
	for i, x := range tanNodes {
		sin, cos := sinCos(newFloat(x))
		if a, b := off(div(sin, cos)), off(div(cos, sin)); math.Abs(x-float64(i+16)/256) > 0x1p-26 || a > 0x1p-10 || b > 0x1p-10 {
			t.Errorf("%x: tangent %g and cotangent %g ulp from a double", x, a, b)
		}
	}
	for i, x := range atanNodes {
		if d := math.Abs(x - float64(i+16)/256); d > 0x1p-19 && i > 0 && i < 240 {
			t.Errorf("node %d is %x", i, x)
		}
	}
}
