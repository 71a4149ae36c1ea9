package bounded

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadFile(t *testing.T) {
	const limit = 1 << 20
	dir := t.TempDir()
	for _, c := range []struct {
		size int
		want string
	}{{0, ""}, {1, ""}, {511, ""}, {512, ""}, {limit - 1, ""}, {limit, ""}, {limit + 1, "longer than 1 MB"}} {
		path := filepath.Join(dir, "x")
		text := bytes.Repeat([]byte("x"), c.size)
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(path, limit)
		if c.want == "" && (err != nil || !bytes.Equal(got, text)) {
			t.Errorf("%d bytes: %d bytes, %v", c.size, len(got), err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%d bytes: %v", c.size, err)
		}
	}
}

// TestNoSize: a sparse file of a petabyte, what has no size, a folder and a circle of links are errors.
func TestNoSize(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	f, err := os.Create(big)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(1 << 43); err != nil {
		t.Logf("no sparse file here: %v", err)
	}
	f.Close()
	circle := filepath.Join(dir, "circle")
	if err := os.Symlink(circle, circle); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{big, dir, circle, filepath.Join(dir, "none"), "/dev/zero"} {
		_, err := ReadFile(path, 1<<20)
		if path == "/dev/zero" && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var pe *fs.PathError
		if !errors.As(err, &pe) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
