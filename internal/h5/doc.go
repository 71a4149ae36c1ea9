// Package h5 is typed, length-checked HDF5: the only package of netsim that
// talks to libhdf5.
//
// The binding gonum.org/v1/hdf5 brings the library up and says what a file is;
// its identifiers are plain hid_t numbers. What it cannot do stands in
// bridge.c, written on libhdf5 itself, because with the binding
//
//   - types are never converted: a u32 dataset read into []uint64 is garbage;
//   - writing []string crashes, fixed-length strings store pointer bytes;
//   - there are no enums, no H5Dset_extent, no file access lists;
//   - errors read "code -1" and the reason goes to standard error.
//
// # Rules
//
//   - The library converts between stored and asked-for types. A conversion
//     that would lose the number (a float read as an integer, -1 read as
//     unsigned, 2^63 and more read as signed) is an error that names the
//     element; nothing is clipped silently.
//   - Every error is an *Error with file, path inside the file and reason; its
//     kind is found with errors.Is and ErrMissing, ErrNotHDF5, ErrTruncated,
//     ErrType, ErrShape.
//   - One lock serves the whole library, which is not concurrent.
//   - Files are opened without file locks (read-only file systems have none).
//   - Files are written in the oldest format and without times, so the same
//     calls give the same bytes.
//
// Elsewhere than on Debian, CGO_CFLAGS and CGO_LDFLAGS say where HDF5 is.
package h5
