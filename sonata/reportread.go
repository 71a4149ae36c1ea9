package sonata

import (
	"fmt"

	"netsim/internal/h5"
)

// Report is one population of a compartment report file. Its data stay in the
// file until asked for.
type Report struct {
	File       string
	Population string
	Variable   string
	Units      string // of the data; "" when absent
	TimeUnits  string // of the mapping's time; "" when absent
	Mapping    ReportMapping
	Rows       int
	Elements   int

	path string // of the data inside the file
}

// ReadReport opens a compartment report and reads the mapping of its
// populations, in alphabetical order. Files of the first SONATA version, with
// /data and /mapping/gids at the root, give one population named "".
func ReadReport(path string) ([]*Report, error) {
	f, err := h5.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !f.IsGroup("/report") && f.IsDataset("/data") && f.IsGroup("/mapping") {
		r := &Report{File: path, path: "/data"}
		return []*Report{r}, r.read(f, "/mapping")
	}
	names, err := populations(f, "/report")
	if err != nil {
		return nil, err
	}
	var out []*Report
	for _, n := range names {
		r := &Report{File: path, Population: n, path: "/report/" + n + "/data"}
		if err := r.read(f, "/report/"+n+"/mapping"); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// firstOf returns the first of the paths that exists, or the first.
func firstOf(f *h5.File, paths ...string) string {
	for _, p := range paths {
		if f.Exists(p) {
			return p
		}
	}
	return paths[0]
}

func (r *Report) read(f *h5.File, mapping string) error {
	shape, err := f.Shape(r.path)
	if err != nil {
		return err
	}
	if len(shape) != 2 {
		return fmt.Errorf("could not read report %s: %s has shape %v, wanted rows × elements", r.File, r.path, shape)
	}
	r.Rows, r.Elements = shape[0], shape[1]
	for _, a := range []struct {
		object, name string
		to           *string
	}{{r.path, "variable", &r.Variable}, {r.path, "units", &r.Units}, {mapping + "/time", "units", &r.TimeUnits}} {
		if f.Exists(a.object) && f.HasAttribute(a.object, a.name) {
			if *a.to, err = f.AttributeString(a.object, a.name); err != nil {
				return err
			}
		}
	}
	m := &r.Mapping
	if m.NodeIDs, err = f.ReadUint64(firstOf(f, mapping+"/node_ids", mapping+"/gids")); err != nil {
		return err
	}
	if m.IndexPointer, err = f.ReadUint64(firstOf(f, mapping+"/index_pointer", mapping+"/index_pointers")); err != nil {
		return err
	}
	if m.ElementIDs, err = f.ReadUint64(firstOf(f, mapping+"/element_ids", mapping+"/element_id")); err != nil {
		return err
	}
	if f.Exists(mapping + "/element_pos") {
		if m.ElementPos, err = f.ReadFloat64(mapping + "/element_pos"); err != nil {
			return err
		}
	} else { // not in reports of libsonatareport
		m.ElementPos = make([]float64, len(m.ElementIDs))
	}
	time, err := f.ReadFloat64(mapping + "/time")
	if err != nil {
		return err
	}
	if len(time) != 3 {
		return fmt.Errorf("could not read report %s: %s/time has %d values, wanted start, stop, dt", r.File, mapping, len(time))
	}
	copy(m.Time[:], time)
	if err := r.readExtra(f, mapping); err != nil {
		return err
	}
	if err := m.check(); err != nil {
		return fmt.Errorf("could not read report %s: %s: %w", r.File, mapping, err)
	}
	if len(m.ElementIDs) != r.Elements {
		return fmt.Errorf("could not read report %s: %s has %d columns, the mapping %d elements", r.File, r.path, r.Elements, len(m.ElementIDs))
	}
	return nil
}

// readExtra reads the other integer columns of one value per element.
func (r *Report) readExtra(f *h5.File, mapping string) error {
	names, err := f.Datasets(mapping)
	if err != nil {
		return err
	}
	for _, name := range names {
		if standardMapping[name] {
			continue
		}
		d, err := f.Dataset(mapping + "/" + name)
		if err != nil {
			return err
		}
		if d.Class() == h5.Integer && len(d.Shape()) == 1 && d.Rows() == len(r.Mapping.ElementIDs) {
			values, err := h5.Read[int64](d)
			if err != nil {
				return err
			}
			if r.Mapping.Extra == nil {
				r.Mapping.Extra = map[string][]int64{}
			}
			r.Mapping.Extra[name] = values
		}
		d.Close()
	}
	return nil
}

// Data reads rows [begin, end), all elements, row after row.
func (r *Report) Data(begin, end int) ([]float64, error) {
	return r.Block(begin, end, 0, r.Elements)
}

// Block reads the elements [first, last) of rows [begin, end), row after row.
func (r *Report) Block(begin, end, first, last int) ([]float64, error) {
	f, err := h5.Open(r.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := f.Dataset(r.path)
	if err != nil {
		return nil, err
	}
	return h5.ReadBlock[float64](d, []int{begin, first}, []int{end - begin, last - first})
}

// Column reads all rows of one element.
func (r *Report) Column(element int) ([]float64, error) {
	return r.Block(0, r.Rows, element, element+1)
}
