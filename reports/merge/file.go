package merge

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"netsim/internal/h5"
	"netsim/reports/part"
	"netsim/sonata"
)

// reportFile is a report file that is being written, of one population or
// several.
type reportFile interface {
	// append writes whole rows of one group.
	append(group int, rows []float64) error
	close() error
}

// createReport makes the file with the mappings of all groups.
func createReport(path string, spec part.Report, rows int, time [3]float64, groups []*group) (reportFile, error) {
	if len(groups) != 1 {
		return createMany(path, spec, rows, time, groups)
	}
	w, err := sonata.CreateReport(path, groups[0].mapping(time), sonata.ReportOptions{
		Population:  groups[0].name,
		Variable:    spec.Variable,
		Units:       spec.Units,
		Rows:        rows,
		Compression: spec.Compression,
		Float32:     spec.Float32,
	})
	if err != nil {
		return nil, err
	}
	return single{w}, nil
}

// single is a file of one population.
type single struct{ w *sonata.ReportWriter }

func (s single) append(_ int, rows []float64) error { return s.w.Append(rows) }
func (s single) close() error                       { return s.w.Close() }

// many is a file of several populations, or of none. It has the layout that
// sonata.CreateReport gives to one.
type many struct {
	file *h5.File
	data []*h5.Dataset
	at   []int // rows written
}

func createMany(path string, spec part.Report, rows int, time [3]float64, groups []*group) (reportFile, error) {
	f, err := h5.Create(path)
	if err != nil {
		return nil, err
	}
	m := &many{file: f, at: make([]int, len(groups))}
	if err := m.layOut(spec, rows, time, groups); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return m, nil
}

func (m *many) layOut(spec part.Report, rows int, time [3]float64, groups []*group) error {
	f := m.file
	if err := errors.Join(
		h5.WriteAttribute(f, "/", "magic", uint32(0x0A7A)),
		h5.WriteAttributeArray(f, "/", "version", []uint32{0, 1}),
		f.CreateGroup("/report")); err != nil {
		return err
	}
	kind := h5.Float64
	if spec.Float32 {
		kind = h5.Float32
	}
	for _, g := range groups {
		root := "/report/" + g.name
		if err := errors.Join(f.CreateGroup(root), f.CreateGroup(root+"/mapping")); err != nil {
			return err
		}
		if err := writeMapping(f, root+"/mapping", g.mapping(time)); err != nil {
			return err
		}
		layout := h5.Layout{Early: true}
		if spec.Compression > 0 && rows > 0 && g.columns > 0 {
			layout = h5.Layout{Chunk: []int{min(rows, chunkRows), min(g.columns, 1<<11)}, Gzip: spec.Compression}
		}
		d, err := f.CreateDataset(root+"/data", kind, []int{rows, g.columns}, layout)
		if err != nil {
			return err
		}
		m.data = append(m.data, d)
		if spec.Variable != "" {
			if err := f.WriteAttributeString(root+"/data", "variable", spec.Variable); err != nil {
				return err
			}
		}
		if spec.Units != "" {
			if err := f.WriteAttributeString(root+"/data", "units", spec.Units); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeMapping(f *h5.File, path string, m sonata.ReportMapping) error {
	var plain h5.Layout
	err := errors.Join(
		h5.WriteArray(f, path+"/node_ids", m.NodeIDs, nil, plain),
		h5.WriteAttribute(f, path+"/node_ids", "sorted", uint8(1)),
		h5.WriteArray(f, path+"/index_pointer", m.IndexPointer, nil, plain),
		f.Link(path+"/index_pointer", path+"/index_pointers"),
		h5.WriteArray(f, path+"/element_ids", m.ElementIDs, nil, plain),
		h5.WriteArray(f, path+"/element_pos", m.ElementPos, nil, plain),
		h5.WriteArray(f, path+"/time", m.Time[:], nil, plain),
		f.WriteAttributeString(path+"/time", "units", "ms"))
	for _, name := range slices.Sorted(maps.Keys(m.Extra)) {
		err = errors.Join(err, h5.WriteArray(f, path+"/"+name, m.Extra[name], nil, plain))
	}
	return err
}

func (m *many) append(group int, rows []float64) error {
	d := m.data[group]
	if d.RowLen() == 0 {
		return nil
	}
	if len(rows)%d.RowLen() != 0 {
		return fmt.Errorf("%d values are not whole rows of %d", len(rows), d.RowLen())
	}
	if err := h5.WriteRows(d, m.at[group], rows); err != nil {
		return err
	}
	m.at[group] += len(rows) / d.RowLen()
	return nil
}

// close closes the datasets in their order: chunks still in the cache take
// their places in the file then.
func (m *many) close() error {
	var errs []error
	for _, d := range m.data {
		errs = append(errs, d.Close())
	}
	return errors.Join(append(errs, m.file.Close())...)
}
