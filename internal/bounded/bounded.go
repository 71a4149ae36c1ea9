// Package bounded reads files that are only believed up to a size: a text with a line of a gigabyte, or a device without
// end, is an error and not the memory of the machine.
package bounded

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadFile is os.ReadFile for a file of at most limit bytes. The error is an *fs.PathError, whatever it is about.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size := int64(0) // of a pipe: not known
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	tooLong := &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("the file is longer than %d MB, the most that is read of such a file", limit>>20)}
	if size > limit {
		return nil, tooLong
	}
	// One byte more than the limit tells a file that is too long, also one that grows or has no size.
	data, err := readAll(io.LimitReader(f, limit+1), size)
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, tooLong
	}
	return data, nil
}

// readAll is io.ReadAll with room for the expected size.
func readAll(r io.Reader, size int64) ([]byte, error) {
	data := make([]byte, 0, size+512)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}
