package measure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCompare(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	reference := write("a", "1 2.5\n0 1.025\nv -65\nv 0.1\n")
	for _, x := range []struct{ text, want string }{
		{"0 1.0250000001\n1 2.5\nv -65\nv 0.1\n", "equal; v to the bit"},
		{"0 1.025\n1 2.5\nv -65.25\nv 0.1\n", "equal; v within 0.2 mV"},
		{"0 1.025\n1 2.5\nv NaN\nv 0.1\n", "equal; v is not a number"},
		{"0 1.025\n1 2.5\nv -65\n", "equal; 1 potentials, not 2"},
		{"0 1.025\nv -65\nv 0.1\n", "not equal: 2 expected; v to the bit"},
		{"0 1.025\n2 2.5\nv -65\nv 0.1\n", "as many, but from other cells; v to the bit"},
		{"0 1.025\n1 2.75\nv -65\nv 0.1\n", "the same cells, times within 0.25 ms; v to the bit"},
	} {
		if got, err := Compare(reference, write("b", x.text)); err != nil || got != x.want {
			t.Errorf("%q: %q, %v", x.text, got, err)
		}
	}
	if _, err := Compare(reference, write("b", "0 x\n")); err == nil || !strings.Contains(err.Error(), "0 x") {
		t.Errorf("%v", err)
	}
}
