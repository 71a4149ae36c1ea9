package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The files of examples/column are those that the program makes, byte for byte.
func TestFilesAreGenerated(t *testing.T) {
	made := t.TempDir()
	if err := generate(made); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := filepath.WalkDir(made, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		name, err := filepath.Rel(made, path)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join("../column", name))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			t.Errorf("examples/column/%s is not what the program makes; run go run ./examples/generate examples/column", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != 13 {
		t.Errorf("%d files were made, want 13", n)
	}
}

// Every cell type has the edges that its pathways promise, and no delay is below 1 ms.
func TestConnections(t *testing.T) {
	cells := place()
	recurrent, background := connect(cells)
	for _, e := range []edges{recurrent, background} {
		got := map[[2]int]int{}
		for k, x := range e.list {
			if k > 0 && x.target < e.list[k-1].target {
				t.Fatalf("edge %d is not sorted by target", k)
			}
			if x.delay < 1 {
				t.Errorf("edge %d has a delay of %g ms", k, x.delay)
			}
			got[[2]int{int(x.target), x.pathway}]++
		}
		for target, c := range cells {
			for i, p := range e.pathways {
				want := 0
				if p.target == kinds[c.kind].name {
					want = p.inDegree
				}
				if n := got[[2]int{target, i}]; n != want {
					t.Errorf("cell %d has %d edges of pathway %d, want %d", target, n, p.id, want)
				}
			}
		}
	}
}
