package morphology

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

// TestHostile: files that are built to take time or memory end soon.
func TestHostile(t *testing.T) {
	const n = 60_000
	points := func(line func(i int) string) string {
		var b strings.Builder
		b.WriteString("1 1 0 0 0 5 -1\n2 1 0 5 0 5 1\n")
		for i := 3; i < n; i++ {
			b.WriteString(line(i))
			b.WriteByte('\n')
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, err string }{
		{"a star", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 2", i, i) }), ""},
		{"pairs on a soma", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 %d", i, i, []int{i - 1, 2}[i%2]) }), ""},
		{"a chain", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 %d", i, i, i-1) }), ""},
		{"a chain of sections", points(func(i int) string { return fmt.Sprintf("%d %d %d 9 0 1 %d", i, 3+i%2, i, i-1) }), ""},
		{"a comb", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 %d", i, i, i-1-i%2) }), ""},
		{"empty sections", points(func(i int) string { return fmt.Sprintf("%d %d 1 9 0 1 %d", i, 3+i%2, i-1) }), ""},
		{"empty sections first", points(func(i int) string {
			x := 0
			if i > n/2 {
				x = i
			}
			return fmt.Sprintf("%d 3 %d 5 0 1 2", i, x)
		}), ""},
		{"roots", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 -1", i, i) }), ""},
		{"somas", points(func(i int) string { return fmt.Sprintf("%d 1 %d 9 0 1 %d", i, i, i-1) }), ""},
		{"types", points(func(i int) string { return fmt.Sprintf("%d %d %d 9 0 1 2", i, i, i) }), ""},
		{"unknown parents", points(func(i int) string { return fmt.Sprintf("%d 3 %d 9 0 1 %d", 2*i, i, 2*i-3) }), ""},
		{"no points", strings.Repeat("x\n", 10*n), "no points"},
		{"one line", strings.Repeat("x ", 10*n), "no points"},
		{"many digits", "1 1 0 0 0 " + strings.Repeat("9", 1<<22) + " -1\n", "not a finite"},
		{"many zeros", "1 1 0 0 0 0." + strings.Repeat("0", 1<<22) + " -1\n", ""},
		{"hexadecimal", "1 1 0 0 0 0x" + strings.Repeat("f", 1<<22) + " -1\n", "not a finite"},
		{"an exponent", "1 1 0 0 0 1e" + strings.Repeat("9", 1<<22) + " -1\n", "not a finite"},
	} {
		for _, r := range []Reader{Import3d, OldImport3d} {
			t.Run(fmt.Sprintf("%s %d", c.name, r), func(t *testing.T) {
				defer fuzzing.Guard(t)()
				m, err := ParseSWC("x.swc", []byte(c.text), r)
				if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) || c.err == "" && err != nil && r == Import3d {
					t.Fatalf("%v, want %q", err, c.err)
				}
				if err != nil {
					return
				}
				if len(m.Warnings) > 2000 {
					t.Errorf("%d warnings", len(m.Warnings))
				}
				k := len(m.Sections)
				if _, err := m.Discretize(fill(k, 1), fill(k, 100.)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestTooLong: a file of a GB is refused before it is read.
func TestTooLong(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.swc")
	if err := os.WriteFile(path, []byte(stick), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	defer fuzzing.Guard(t)()
	if _, err := ReadSWC(path, Import3d); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}
