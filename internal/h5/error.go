package h5

import (
	"errors"
	"strings"
)

// Kinds of errors, for errors.Is.
var (
	ErrMissing   = errors.New("does not exist")
	ErrNotHDF5   = errors.New("not an HDF5 file")
	ErrTruncated = errors.New("truncated file")
	ErrType      = errors.New("wrong type")
	ErrShape     = errors.New("wrong shape")
	ErrClosed    = errors.New("file is closed")
)

// Error says which operation failed, on which file and path, and why.
type Error struct {
	Op     string // "read", "open", …
	File   string
	Path   string // inside the file; "" for the file itself
	Reason string // HDF5's most specific message, or this package's
	Kind   error  // ErrMissing, …; nil when none fits
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("could not ")
	b.WriteString(e.Op)
	b.WriteString(" ")
	b.WriteString(e.File)
	if e.Path != "" {
		b.WriteString(": ")
		b.WriteString(e.Path)
	}
	if e.Kind != nil {
		b.WriteString(": ")
		b.WriteString(e.Kind.Error())
	}
	if e.Reason != "" {
		b.WriteString(": ")
		b.WriteString(e.Reason)
	}
	return b.String()
}

// Unwrap gives the kind.
func (e *Error) Unwrap() error { return e.Kind }
