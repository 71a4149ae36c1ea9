package checkpoint

import (
	"io"
	"os"
)

// Files is what checkpoints need of a file system. Disk is the real one.
type Files interface {
	MkdirAll(path string) error
	// Create makes a new file or empties an old one.
	Create(path string) (Writer, error)
	Rename(from, to string) error
	RemoveAll(path string) error
	// List returns the names in a folder; fs.ErrNotExist where there is none.
	List(path string) ([]string, error)
	Open(path string) (Reader, error)
	// SyncFolder makes what was created, renamed and removed in a folder last.
	SyncFolder(path string) error
}

// Writer is a file that is being written. What was not synced may be lost when the machine goes down.
type Writer interface {
	io.Writer
	Sync() error
	Close() error
}

// Reader is a file that is being read.
type Reader interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// Disk is the file system of this machine.
type Disk struct{}

// MkdirAll implements [Files].
func (Disk) MkdirAll(path string) error { return os.MkdirAll(path, 0o777) }

// Create implements [Files].
func (Disk) Create(path string) (Writer, error) { return os.Create(path) }

// Rename implements [Files].
func (Disk) Rename(from, to string) error { return os.Rename(from, to) }

// RemoveAll implements [Files].
func (Disk) RemoveAll(path string) error { return os.RemoveAll(path) }

// List implements [Files].
func (Disk) List(path string) ([]string, error) {
	entries, err := os.ReadDir(path)
	names := make([]string, len(entries))
	for k, e := range entries {
		names[k] = e.Name()
	}
	return names, err
}

// SyncFolder implements [Files].
func (Disk) SyncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// Some network file systems cannot sync a folder; its names stand anyway.
	_ = f.Sync()
	return nil
}

// Open implements [Files].
func (Disk) Open(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &diskFile{f, info.Size()}, nil
}

type diskFile struct {
	*os.File
	size int64
}

func (f *diskFile) Size() int64 { return f.size }
