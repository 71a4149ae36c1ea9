package h5

// readWhole opens, reads and closes a dataset.
func readWhole[T Number](f *File, path string) ([]T, error) {
	d, err := f.Dataset(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return Read[T](d)
}

// ReadFloat64 reads a whole dataset of integers or floats.
func (f *File) ReadFloat64(path string) ([]float64, error) { return readWhole[float64](f, path) }

// ReadInt64 reads a whole dataset of integers.
func (f *File) ReadInt64(path string) ([]int64, error) { return readWhole[int64](f, path) }

// ReadUint64 reads a whole dataset of integers, none of them negative.
func (f *File) ReadUint64(path string) ([]uint64, error) { return readWhole[uint64](f, path) }

// ReadStrings reads a whole dataset of fixed- or variable-length strings.
func (f *File) ReadStrings(path string) ([]string, error) {
	d, err := f.Dataset(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Strings()
}

// Shape returns a dataset's dimensions; nil for a scalar.
func (f *File) Shape(path string) ([]int, error) {
	d, err := f.Dataset(path)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Shape(), nil
}
