package sonata

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"netsim/internal/h5"
)

var someMapping = ReportMapping{
	NodeIDs:      []uint64{3, 8},
	IndexPointer: []uint64{0, 2, 5},
	ElementIDs:   []uint64{0, 1, 0, 0, 1},
	ElementPos:   []float64{0.5, 0.5, 0.25, 0.75, 0.5},
	Time:         [3]float64{0, 1000, 0.1},
	Extra:        map[string][]int64{"swc_ids_beg": {1, 2, 3, -1, 5}, "seg_types": {1, 3, 1, 1, 3}},
}

func rowsOf(begin, end, elements int) []float64 {
	out := make([]float64, 0, (end-begin)*elements)
	for i := begin * elements; i < end*elements; i++ {
		out = append(out, math.Sin(float64(i)))
	}
	return out
}

func TestReport(t *testing.T) {
	const rows = 30000
	for _, o := range []ReportOptions{
		{Rows: rows},
		{Rows: rows, Float32: true},
		{Rows: rows, Compression: 2},
		{},
		{Compression: 2},
	} {
		o.Population, o.Variable, o.Units = "p", "v", "mV"
		t.Run(fmt.Sprintf("rows=%d,gzip=%d,float32=%v", o.Rows, o.Compression, o.Float32), func(t *testing.T) {
			var first []byte
			// The number of rows in a call does not matter, nor do flushes.
			for _, step := range []int{rows, 1000, 777, 10, 9999} {
				path := filepath.Join(t.TempDir(), "r.h5")
				w, err := CreateReport(path, someMapping, o)
				check(t, err)
				for k := 0; k < rows; k += step {
					check(t, w.Append(rowsOf(k, min(k+step, rows), 5)))
					if step == 777 || step == 9999 {
						check(t, w.Flush())
					}
				}
				if w.Rows() != rows {
					t.Errorf("%d rows", w.Rows())
				}
				check(t, w.Close())
				data, err := os.ReadFile(path)
				check(t, err)
				if first == nil {
					first = data
					readBack(t, path, o, rows)
				} else if !bytes.Equal(first, data) {
					t.Errorf("%d rows at a time give other bytes", step)
				}
			}
		})
	}
}

func readBack(t *testing.T, path string, o ReportOptions, rows int) {
	t.Helper()
	all, err := ReadReport(path)
	check(t, err)
	r := all[0]
	if len(all) != 1 || r.Population != "p" || r.Variable != "v" || r.Units != "mV" || r.TimeUnits != "ms" ||
		r.Rows != rows || r.Elements != 5 || r.Mapping.Time != someMapping.Time {
		t.Fatalf("%+v", r)
	}
	same(t, "node ids", r.Mapping.NodeIDs, someMapping.NodeIDs)
	same(t, "pointers", r.Mapping.IndexPointer, someMapping.IndexPointer)
	same(t, "element ids", r.Mapping.ElementIDs, someMapping.ElementIDs)
	same(t, "element pos", r.Mapping.ElementPos, someMapping.ElementPos)
	if len(r.Mapping.Extra) != 2 {
		t.Errorf("extra columns: %v", r.Mapping.Extra)
	}
	same(t, "swc_ids_beg", r.Mapping.Extra["swc_ids_beg"], someMapping.Extra["swc_ids_beg"])
	want := rowsOf(0, rows, 5)
	if o.Float32 {
		for i := range want {
			want[i] = float64(float32(want[i]))
		}
	}
	data, err := r.Data(0, rows)
	check(t, err)
	for i := range want {
		if data[i] != want[i] {
			t.Fatalf("value %d: %v, want %v", i, data[i], want[i])
		}
	}
	block, err := r.Block(10, 12, 1, 3)
	check(t, err)
	same(t, "block", block, []float64{want[51], want[52], want[56], want[57]})
	column, err := r.Column(4)
	check(t, err)
	if len(column) != rows || column[1] != want[9] {
		t.Errorf("column: %d values", len(column))
	}
}

// TestReportOfAKilledRun: what was flushed can be read although nobody closed the file.
func TestReportOfAKilledRun(t *testing.T) {
	for _, total := range []int{1000, 0} {
		path := filepath.Join(t.TempDir(), "r.h5")
		w, err := CreateReport(path, someMapping, ReportOptions{Population: "p", Rows: total})
		check(t, err)
		check(t, w.Append(rowsOf(0, 10, 5)))
		check(t, w.Flush())
		copied := filepath.Join(t.TempDir(), "copy.h5")
		data, err := os.ReadFile(path)
		check(t, err)
		check(t, os.WriteFile(copied, data, 0o666))
		check(t, w.Append(rowsOf(10, 20, 5)))
		all, err := ReadReport(copied)
		check(t, err)
		got, err := all[0].Data(0, 10)
		check(t, err)
		same(t, "rows", got, rowsOf(0, 10, 5))
		if total > 0 {
			wantError(t, w.Close(), path, "after 20 of 1000 rows")
		} else {
			check(t, w.Close())
		}
	}
}

// TestResumeReport: stopping and resuming gives the bytes of not stopping.
func TestResumeReport(t *testing.T) {
	const rows = 9000
	for _, total := range []int{rows, 0} {
		o := ReportOptions{Population: "p", Variable: "v", Rows: total}
		whole, parts := filepath.Join(t.TempDir(), "whole.h5"), filepath.Join(t.TempDir(), "parts.h5")
		w, err := CreateReport(whole, someMapping, o)
		check(t, err)
		check(t, w.Append(rowsOf(0, rows, 5)))
		check(t, w.Close())
		w, err = CreateReport(parts, someMapping, o)
		check(t, err)
		check(t, w.Append(rowsOf(0, 5000, 5)))
		check(t, w.Flush())
		w.Close() // complains about the missing rows when their number is known
		w, err = ResumeReport(parts, "p", 4500)
		check(t, err)
		check(t, w.Append(rowsOf(4500, rows, 5)))
		check(t, w.Close())
		a, err := os.ReadFile(whole)
		check(t, err)
		b, err := os.ReadFile(parts)
		check(t, err)
		if !bytes.Equal(a, b) {
			t.Errorf("%d rows: the bytes differ", total)
		}
		_, err = ResumeReport(whole, "p", rows+1)
		wantError(t, err, whole, "9001 rows wanted, 9000 are there")
		_, err = ResumeReport(whole, "q", 1)
		wantError(t, err, "/report/q/data: does not exist")
	}
	packed := filepath.Join(t.TempDir(), "packed.h5")
	w, err := CreateReport(packed, someMapping, ReportOptions{Population: "p", Compression: 1})
	check(t, err)
	check(t, w.Append(rowsOf(0, 10, 5)))
	check(t, w.Close())
	_, err = ResumeReport(packed, "p", 5)
	wantError(t, err, packed, "compressed")
}

func TestReportWithoutElements(t *testing.T) {
	for _, o := range []ReportOptions{{Rows: 100}, {}, {Rows: 100, Compression: 1}} {
		o.Population = "p"
		path := filepath.Join(t.TempDir(), "r.h5")
		w, err := CreateReport(path, ReportMapping{IndexPointer: []uint64{0}, Time: [3]float64{0, 10, 0.1}}, o)
		check(t, err)
		check(t, w.Append(nil))
		check(t, w.Close())
		all, err := ReadReport(path)
		check(t, err)
		if all[0].Rows != o.Rows || all[0].Elements != 0 {
			t.Errorf("%+v", all[0])
		}
	}
}

func TestBadReports(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.h5")
	with := func(change func(*ReportMapping, *ReportOptions)) error {
		m, o := someMapping, ReportOptions{Population: "p", Rows: 3}
		change(&m, &o)
		_, err := CreateReport(path, m, o)
		return err
	}
	for want, err := range map[string]error{
		"4 element positions for 5": with(func(m *ReportMapping, _ *ReportOptions) { m.ElementPos = m.ElementPos[1:] }),
		"2 index pointers for 2":    with(func(m *ReportMapping, _ *ReportOptions) { m.IndexPointer = m.IndexPointer[1:] }),
		"rise from 0 to 5":          with(func(m *ReportMapping, _ *ReportOptions) { m.IndexPointer = []uint64{0, 6, 5} }),
		"1 values of x":             with(func(m *ReportMapping, _ *ReportOptions) { m.Extra = map[string][]int64{"x": {1}} }),
		"column of the standard":    with(func(m *ReportMapping, _ *ReportOptions) { m.Extra = map[string][]int64{"time": {1, 2, 3, 4, 5}} }),
		"has no name":               with(func(_ *ReportMapping, o *ReportOptions) { o.Population = "" }),
		"-1 rows":                   with(func(_ *ReportMapping, o *ReportOptions) { o.Rows = -1 }),
		"gzip level 11":             with(func(_ *ReportMapping, o *ReportOptions) { o.Compression = 11 }),
	} {
		wantError(t, err, path, want)
	}
	w, err := CreateReport(path, someMapping, ReportOptions{Population: "p", Rows: 3})
	check(t, err)
	wantError(t, w.Append(make([]float64, 7)), path, "not whole rows of 5")
	wantError(t, w.Append(make([]float64, 20)), path, "4 rows after 0, but the report has 3")
	check(t, w.Append(make([]float64, 15)))
	check(t, w.Close())

	mapping := "/report/p/mapping/"
	good := tree{
		"/report/p/data": [][3]float64{{1, 2, 3}}, mapping + "node_ids": []uint64{1}, mapping + "index_pointer": []uint64{0, 3},
		mapping + "element_ids": []uint64{0, 1, 2}, mapping + "element_pos": []float64{0, 0, 0}, mapping + "time": []float64{0, 1, 1},
	}
	_, err = ReadReport(good.write(t))
	check(t, err)
	for _, c := range []struct {
		path string
		v    any
		want string
	}{
		{"/report/p/data", nil, "/report/p/data: does not exist"},
		{"/report/p/data", []float64{1}, "has shape [1], wanted rows"},
		{mapping + "node_ids", nil, mapping + "node_ids: does not exist"},
		{mapping + "index_pointer", nil, mapping + "index_pointer: does not exist"},
		{mapping + "index_pointer", []uint64{0, 2}, "index pointers do not rise from 0 to 3"},
		{mapping + "element_ids", []uint64{0, 1}, "3 element positions for 2"},
		{mapping + "time", []float64{0, 1}, "time has 2 values"},
		{mapping + "time", nil, mapping + "time: does not exist"},
	} {
		path := good.with(c.path, c.v).write(t)
		_, err := ReadReport(path)
		wantError(t, err, path, c.want)
	}
	path = good.with(mapping+"element_ids", []uint64{0, 1}).with(mapping+"element_pos", []float64{0, 0}).with(mapping+"index_pointer", []uint64{0, 2}).write(t)
	_, err = ReadReport(path)
	wantError(t, err, path, "has 3 columns, the mapping 2 elements")
}

// TestExampleReports reads BMTK's reports; what netsim writes of the same
// content has the same datasets, types and shapes, and more attributes.
func TestExampleReports(t *testing.T) {
	for _, name := range []string{
		"bio_1cell/expected/import3d/syns/membrane_potential.h5",
		"bio_advanced_stimuli/expected/old_import3d/xstim/v_report.h5",
		"bio_intfire_ring/expected/import3d/membrane_potential.h5",
	} {
		theirs := sharedCircuit(t, name)
		all, err := ReadReport(theirs)
		check(t, err)
		r := all[0]
		data, err := r.Data(0, r.Rows)
		check(t, err)
		ours := filepath.Join(t.TempDir(), "r.h5")
		w, err := CreateReport(ours, r.Mapping, ReportOptions{Population: r.Population, Variable: r.Variable, Units: "mV", Rows: r.Rows})
		check(t, err)
		check(t, w.Append(data))
		check(t, w.Close())
		a, err := h5.Open(theirs)
		check(t, err)
		defer a.Close()
		b, err := h5.Open(ours)
		check(t, err)
		defer b.Close()
		compareTrees(t, a, b, "/")
	}
}

// compareTrees checks that b has all that a has, with the same types and values.
func compareTrees(t *testing.T, a, b *h5.File, group string) {
	t.Helper()
	names, err := a.Children(group)
	check(t, err)
	attributes := func(object string) {
		names, err := a.Attributes(object)
		check(t, err)
		for _, n := range names {
			x, err := a.AttributeInfo(object, n)
			check(t, err)
			y, err := b.AttributeInfo(object, n)
			check(t, err)
			if fmt.Sprint(x) != fmt.Sprint(y) {
				t.Errorf("%s@%s: %+v and %+v", object, n, x, y)
			}
		}
	}
	attributes(group)
	for _, n := range names {
		path := group + "/" + n
		if group == "/" {
			path = "/" + n
		}
		if a.IsGroup(path) {
			compareTrees(t, a, b, path)
			continue
		}
		x, err := a.Dataset(path)
		check(t, err)
		y, err := b.Dataset(path)
		check(t, err)
		if x.Class() != y.Class() || x.ElementSize() != y.ElementSize() || x.Signed() != y.Signed() || fmt.Sprint(x.Shape()) != fmt.Sprint(y.Shape()) {
			t.Errorf("%s differs in type or shape", path)
		}
		attributes(path)
		v, err := h5.Read[float64](x)
		check(t, err)
		u, err := h5.Read[float64](y)
		check(t, err)
		same(t, path, u, v)
	}
}
