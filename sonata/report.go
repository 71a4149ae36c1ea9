package sonata

import (
	"fmt"
	"slices"

	"netsim/internal/h5"
)

// ReportMapping says what the columns of a compartment report are. The
// elements of NodeIDs[k] are columns IndexPointer[k] to IndexPointer[k+1].
type ReportMapping struct {
	NodeIDs      []uint64
	IndexPointer []uint64 // len(NodeIDs)+1
	ElementIDs   []uint64
	ElementPos   []float64
	Time         [3]float64 // start, stop, dt in ms

	// Extra integer columns of one value per element (swc_ids_beg, swc_ids_end,
	// seg_types; src_ids, trg_ids; …).
	Extra map[string][]int64
}

// ReportOptions are the properties of a report file.
type ReportOptions struct {
	Population  string
	Variable    string // "v", "cai", …
	Units       string // of the data: "mV", "mM", …; no attribute when ""
	Rows        int    // rows of the whole report; 0 when not known: the file then grows
	Compression int    // gzip level, 0 for none
	Float32     bool   // store float32, which libsonata insists on, not BMTK's float64
}

func (m *ReportMapping) check() error {
	n := len(m.ElementIDs)
	if len(m.ElementPos) != n {
		return fmt.Errorf("%d element positions for %d element ids", len(m.ElementPos), n)
	}
	if len(m.IndexPointer) != len(m.NodeIDs)+1 {
		return fmt.Errorf("%d index pointers for %d node ids", len(m.IndexPointer), len(m.NodeIDs))
	}
	if m.IndexPointer[0] != 0 || m.IndexPointer[len(m.NodeIDs)] != uint64(n) || !slices.IsSorted(m.IndexPointer) {
		return fmt.Errorf("index pointers do not rise from 0 to %d", n)
	}
	for name, values := range m.Extra {
		if len(values) != n {
			return fmt.Errorf("%d values of %s for %d elements", len(values), name, n)
		}
		if standardMapping[name] {
			return fmt.Errorf("extra column %s is a column of the standard", name)
		}
	}
	return nil
}

var standardMapping = map[string]bool{
	"node_ids": true, "gids": true, "index_pointer": true, "index_pointers": true,
	"element_ids": true, "element_id": true, "element_pos": true, "time": true,
}

// ReportWriter writes one compartment report file row by row. Its bytes depend
// only on the rows, not on how many of them a call brings.
//
// A report whose number of rows is known is one contiguous block, reserved at
// once: a run that is killed leaves a readable file with zeros for the rows
// not written. Compressed and growing reports are stored in chunks that are
// written when they are full; rows of a chunk that is not yet full wait in
// memory until Close (and, if not compressed, Flush).
type ReportWriter struct {
	file     *h5.File
	data     *h5.Dataset
	path     string
	elements int
	total    int // rows of the report; 0 when it grows
	rows     int // rows received

	chunkRows int       // rows of a chunk; 0 when contiguous
	grows     bool      // extend the dataset while writing
	packed    bool      // compressed: a chunk is written once
	pending   []float64 // rows of the chunk that is not full
	onDisk    int       // rows written, not counting pending ones
}

// chunkElements is the target size of a chunk, 1 MiB of float64: the size of
// HDF5's default chunk cache.
const chunkElements = 1 << 17

func chunkShape(rows, elements int) []int {
	cols := min(max(elements, 1), 1<<14)
	n := min(max(chunkElements/cols, 1), 1<<12)
	if rows > 0 {
		n = min(n, rows)
	}
	return []int{n, cols}
}

// CreateReport creates the file, writes its mapping and reserves its data.
func CreateReport(path string, m ReportMapping, o ReportOptions) (*ReportWriter, error) {
	fault := func(err error) error { return fmt.Errorf("could not create report %s: %w", path, err) }
	if err := m.check(); err != nil {
		return nil, fault(err)
	}
	if err := checkPopulationName(o.Population); err != nil {
		return nil, fault(err)
	}
	if o.Rows < 0 {
		return nil, fault(fmt.Errorf("%d rows", o.Rows))
	}
	f, err := h5.Create(path)
	if err != nil {
		return nil, err
	}
	w := &ReportWriter{file: f, path: path, elements: len(m.ElementIDs), total: o.Rows, grows: o.Rows == 0, packed: o.Compression > 0}
	if err := w.layOut(m, o); err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

func (w *ReportWriter) layOut(m ReportMapping, o ReportOptions) error {
	f := w.file
	if err := writeHeader(f); err != nil {
		return err
	}
	root := "/report/" + o.Population
	mapping := root + "/mapping"
	for _, g := range []string{"/report", root, mapping} {
		if err := f.CreateGroup(g); err != nil {
			return err
		}
	}
	if err := writeMapping(f, mapping, m); err != nil {
		return err
	}
	l := h5.Layout{Early: true}
	if w.grows || w.packed {
		l = h5.Layout{Chunk: chunkShape(o.Rows, w.elements), Gzip: o.Compression, Extensible: w.grows}
		w.chunkRows = l.Chunk[0]
	}
	kind := h5.Float64
	if o.Float32 {
		kind = h5.Float32
	}
	var err error
	if w.data, err = f.CreateDataset(root+"/data", kind, []int{o.Rows, w.elements}, l); err != nil {
		return err
	}
	if o.Variable != "" {
		if err := f.WriteAttributeString(root+"/data", "variable", o.Variable); err != nil {
			return err
		}
	}
	if o.Units != "" {
		if err := f.WriteAttributeString(root+"/data", "units", o.Units); err != nil {
			return err
		}
	}
	return f.Flush()
}

// writeMapping writes the mapping group. BMTK and the first SONATA files call
// the pointers index_pointer, the standard and libsonata index_pointers: one
// dataset bears both names.
func writeMapping(f *h5.File, group string, m ReportMapping) error {
	if err := h5.WriteArray(f, group+"/node_ids", m.NodeIDs, nil, h5.Layout{}); err != nil {
		return err
	}
	if len(m.NodeIDs) > 0 && slices.IsSorted(m.NodeIDs) {
		if err := h5.WriteAttribute(f, group+"/node_ids", "sorted", uint8(1)); err != nil {
			return err
		}
	}
	if err := h5.WriteArray(f, group+"/index_pointer", m.IndexPointer, nil, h5.Layout{}); err != nil {
		return err
	}
	if err := f.Link(group+"/index_pointer", group+"/index_pointers"); err != nil {
		return err
	}
	if err := h5.WriteArray(f, group+"/element_ids", m.ElementIDs, nil, h5.Layout{}); err != nil {
		return err
	}
	if err := h5.WriteArray(f, group+"/element_pos", m.ElementPos, nil, h5.Layout{}); err != nil {
		return err
	}
	if err := h5.WriteArray(f, group+"/time", m.Time[:], nil, h5.Layout{}); err != nil {
		return err
	}
	if err := f.WriteAttributeString(group+"/time", "units", "ms"); err != nil {
		return err
	}
	names := make([]string, 0, len(m.Extra))
	for name := range m.Extra {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := h5.WriteArray(f, group+"/"+name, m.Extra[name], nil, h5.Layout{}); err != nil {
			return err
		}
	}
	return nil
}

// Append writes whole rows after those already written; rows holds them one
// after the other.
func (w *ReportWriter) Append(rows []float64) error {
	if w.elements == 0 {
		if len(rows) != 0 {
			return fmt.Errorf("could not write report %s: %d values for a report without elements", w.path, len(rows))
		}
		return nil
	}
	if len(rows)%w.elements != 0 {
		return fmt.Errorf("could not write report %s: %d values are not whole rows of %d", w.path, len(rows), w.elements)
	}
	n := len(rows) / w.elements
	if !w.grows && w.rows+n > w.total {
		return fmt.Errorf("could not write report %s: %d rows after %d, but the report has %d", w.path, n, w.rows, w.total)
	}
	w.rows += n
	if w.chunkRows == 0 {
		if err := h5.WriteRows(w.data, w.onDisk, rows); err != nil {
			return err
		}
		w.onDisk += n
		return nil
	}
	full := w.chunkRows * w.elements
	for len(rows) > 0 {
		if len(w.pending) == 0 && len(rows) >= full {
			if err := w.put(rows[:full], true); err != nil {
				return err
			}
			rows = rows[full:]
			continue
		}
		take := min(full-len(w.pending), len(rows))
		w.pending = append(w.pending, rows[:take]...)
		rows = rows[take:]
		if len(w.pending) == full {
			if err := w.put(w.pending, true); err != nil {
				return err
			}
			w.pending = w.pending[:0]
		}
	}
	return nil
}

// put writes rows at the end of what is on disk; done says that they will not
// be written again.
func (w *ReportWriter) put(rows []float64, done bool) error {
	n := len(rows) / w.elements
	if need := w.onDisk + n; w.grows && need > w.data.Rows() {
		if err := w.data.Extend(need); err != nil {
			return err
		}
	}
	if err := h5.WriteRows(w.data, w.onDisk, rows); err != nil {
		return err
	}
	if done {
		w.onDisk += n
	}
	return nil
}

// Rows returns the number of rows received so far.
func (w *ReportWriter) Rows() int { return w.rows }

// Flush brings the rows received so far to the file, except those of a
// compressed chunk that is not full.
func (w *ReportWriter) Flush() error {
	if len(w.pending) > 0 && !w.packed {
		if err := w.put(w.pending, false); err != nil {
			return err
		}
	}
	return w.file.Flush()
}

// Close completes the file; an error when rows are missing, which are then
// zeros.
func (w *ReportWriter) Close() error {
	if len(w.pending) > 0 {
		if err := w.put(w.pending, true); err != nil {
			w.file.Close()
			return err
		}
		w.pending = nil
	}
	if err := w.file.Close(); err != nil {
		return err
	}
	if w.elements > 0 && w.rows < w.total {
		return fmt.Errorf("report %s was closed after %d of %d rows", w.path, w.rows, w.total)
	}
	return nil
}

// ResumeReport opens a report that a run left unfinished, to append after its
// first rows rows; later rows, if any, are overwritten. The finished file has
// the bytes of one written without a stop. Compressed reports cannot be
// resumed.
func ResumeReport(path, population string, rows int) (*ReportWriter, error) {
	f, err := h5.OpenReadWrite(path)
	if err != nil {
		return nil, err
	}
	w, err := resume(f, "/report/"+population+"/data", rows)
	if err != nil {
		f.Close()
		return nil, err
	}
	return w, nil
}

func resume(f *h5.File, data string, rows int) (*ReportWriter, error) {
	d, err := f.Dataset(data)
	if err != nil {
		return nil, err
	}
	shape := d.Shape()
	fault := func(format string, a ...any) error {
		return fmt.Errorf("could not resume report %s: %s: "+format, append([]any{f.Path(), data}, a...)...)
	}
	if len(shape) != 2 || d.Class() != h5.Float {
		return nil, fault("%v of shape %v", d.Class(), shape)
	}
	if d.Compressed() {
		return nil, fault("the data are compressed")
	}
	if rows < 0 || rows > shape[0] {
		return nil, fault("%d rows wanted, %d are there", rows, shape[0])
	}
	w := &ReportWriter{file: f, data: d, path: f.Path(), elements: shape[1], rows: rows, onDisk: rows}
	chunk := d.Chunk()
	if chunk == nil {
		w.total = shape[0]
		return w, nil
	}
	w.grows, w.chunkRows = true, chunk[0]
	w.onDisk -= rows % w.chunkRows
	w.pending, err = h5.ReadRows[float64](d, w.onDisk, rows)
	return w, err
}
