package sonata

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/internal/h5"
)

// stored is a dataset of any type and shape. Values are written when there are as many as the shape wants; else it
// stays as HDF5 makes it, and declares rows that nobody wrote.
type stored struct {
	kind   h5.Type
	shape  []int
	values []int64
}

func (s stored) write(f *h5.File, path string) error {
	n, chunk := 1, []int(nil)
	for _, d := range s.shape {
		if d > 1<<20 { // HDF5 only takes chunks for what is too large
			chunk = slices.Repeat([]int{1 << 20 >> (10 * min(2, len(s.shape)-1))}, len(s.shape))
		}
		n = min(n*d, 1<<20)
	}
	d, err := f.CreateDataset(path, s.kind, s.shape, h5.Layout{Chunk: chunk})
	if err != nil || n != len(s.values) || len(s.shape) == 0 {
		return nil // what HDF5 does not make is not there
	}
	return writeAs(d, s)
}

// writeAs writes the values in the dataset's own type; floats take the bits, so that NaN and infinity come too.
func writeAs(d *h5.Dataset, s stored) error {
	start := make([]int, len(s.shape))
	switch s.kind {
	case h5.Float64, h5.Float32:
		floats := make([]float64, len(s.values))
		for i, v := range s.values {
			if floats[i] = float64(v); v < -1<<40 {
				floats[i] = math.Float64frombits(uint64(v))
			}
		}
		return h5.WriteBlock(d, start, s.shape, floats)
	case h5.Uint64, h5.Uint32, h5.Uint8:
		words := make([]uint64, len(s.values))
		for i, v := range s.values {
			words[i] = uint64(v)
		}
		return h5.WriteBlock(d, start, s.shape, words)
	}
	return h5.WriteBlock(d, start, s.shape, s.values)
}

// containers are a good file of each kind.
var containers = []tree{
	goodNodes,
	goodEdges,
	{"/spikes/p/node_ids": []int64{5, 6}, "/spikes/p/timestamps": []float64{1, 2}, "/spikes/p/timestamps%units": "ms", "/spikes/p%sorting": "by_time",
		"/spikes/q/gids": []int64{5, 6}, "/spikes/q/timestamps": []float64{1, 2}},
	{"/spikes/gids": []int64{5, 6}, "/spikes/timestamps": []float64{1, 2}},
	{"/report/p/data": [][3]float64{{1, 2, 3}, {4, 5, 6}}, "/report/p/data%units": "mV", "/report/p/mapping/node_ids": []uint64{1, 9},
		"/report/p/mapping/index_pointer": []uint64{0, 1, 3}, "/report/p/mapping/element_ids": []uint64{0, 1, 2},
		"/report/p/mapping/element_pos": []float64{0, 0, 0}, "/report/p/mapping/time": []float64{0, 2, 1}, "/report/p/mapping/swc_ids_beg": []int64{1, 2, 3}},
	{"/data": [][3]float64{{1, 2, 3}}, "/mapping/gids": []uint64{1}, "/mapping/index_pointer": []uint64{0, 3},
		"/mapping/element_id": []uint64{0, 1, 2}, "/mapping/time": []float64{0, 1, 1}},
}

func isDataset(path string) bool {
	return !strings.Contains(path, "%") && !strings.HasSuffix(path, "/")
}

// readEverything reads a file as each kind and asks for all that the readers give.
func readEverything(t *testing.T, path, nodeTypes, edgeTypes string) {
	t.Helper()
	for _, types := range []string{"", nodeTypes} {
		nodes, _ := OpenNodes(path, types)
		for _, p := range nodes {
			p.MaxID()
			for _, id := range append([]uint64{0, 1, math.MaxUint64}, p.NodeID[:min(len(p.NodeID), 10)]...) {
				if row, ok := p.RowOf(id); ok && p.NodeID[row] != id {
					t.Errorf("row %d of id %d", row, id)
				}
			}
			for row := range min(p.Len(), 10) {
				p.Position(row)
				for _, g := range p.Groups() {
					for _, name := range p.Columns(g) {
						p.Attr(row, name)
					}
				}
			}
			p.Floats("angle")
			_ = p.Err()
		}
	}
	for _, types := range []string{"", edgeTypes} {
		pops, _ := OpenEdges(path, types)
		for _, p := range pops {
			for _, indexed := range []bool{true, false} {
				if indexed && !p.HasIndex {
					continue
				}
				targets := []uint64{2, 0, 1, 9, math.MaxUint64, 1 << 63}
				e, err := p.read(targets, indexed)
				if err != nil {
					continue
				}
				if e.First[len(targets)] != e.Len() || len(e.SourceID) != e.Len() || len(e.TypeID) != e.Len() {
					t.Errorf("%d edges, %d by target", e.Len(), e.First[len(targets)])
				}
				for _, g := range p.Groups() {
					for _, name := range append(p.Columns(g), "w", "delay") {
						for i := range min(e.Len(), 10) {
							e.Attr(i, name)
							e.Float(i, name)
							e.Int(i, name)
						}
					}
				}
				_ = e.Err()
			}
		}
	}
	spikes, _ := ReadSpikes(path)
	for _, p := range spikes {
		if len(p.NodeIDs) != len(p.Timestamps) {
			t.Errorf("%d nodes of %d spikes", len(p.NodeIDs), len(p.Timestamps))
		}
	}
	reports, _ := ReadReport(path)
	for _, r := range reports {
		for k, x := range r.Mapping.Extra {
			if len(x) != r.Elements {
				t.Errorf("%d values of %s for %d elements", len(x), k, r.Elements)
			}
		}
		n := min(r.Rows, 10)
		if data, err := r.Data(0, n); err == nil && len(data) != n*r.Elements {
			t.Errorf("%d values of %d rows", len(data), n)
		}
		_, _ = r.Column(0)
		_, _ = r.Block(-1, r.Rows+1, 1, math.MaxInt)
	}
}

// TestHostileContainers: each dataset of each kind of file in turn is of another type, shape or size, or something
// else altogether; the readers end soon and take little memory.
func TestHostileContainers(t *testing.T) {
	nodeTypes, edgeTypes := writeText(t, "node_types.csv", nodeTypes), writeText(t, "edge_types.csv", edgeTypes)
	var values []any
	some := []int64{-1, math.MinInt64, math.MaxInt64, 0, 1, 2}
	for _, kind := range []h5.Type{h5.Float64, h5.Int64} {
		for _, shape := range [][]int{{}, {0}, {2}, {6}, {3, 2}, {1 << 60}, {1 << 40, 1 << 40}, {2, 1 << 60}, {1 << 60, 0}, {0, 1 << 60}, {1, 1, 1, 1, 1, 1, 1, 1}} {
			values = append(values, stored{kind, shape, some})
		}
	}
	for _, kind := range []h5.Type{h5.Float32, h5.Uint64, h5.Int8} {
		values = append(values, stored{kind, []int{3}, some[:3]})
	}
	values = append(values, nil, struct{}{}, []string{"a", "b", "c"}, []string{}, []int64{math.MaxInt64, math.MinInt64, 0}, []uint64{math.MaxUint64, 1 << 63, 0},
		[][2]int64{{0, math.MaxInt64}, {math.MinInt64, 0}, {-1, -1}, {0, 1 << 60}}, []float64{math.NaN(), math.Inf(1), -1})
	for k, c := range containers {
		for path := range c {
			if !isDataset(path) {
				continue
			}
			t.Run(fmt.Sprint(k, path), func(t *testing.T) {
				for _, v := range values {
					target := path
					if v == any(struct{}{}) {
						target += "/" // a group
					}
					file := c.with(path, nil).with(target, v).write(t)
					func() {
						defer fuzzing.Guard(t)()
						readEverything(t, file, nodeTypes, edgeTypes)
					}()
					os.Remove(file)
				}
			})
		}
	}
}

// FuzzContainers changes some datasets of a good file to what the fuzzer says: type, shape and values.
func FuzzContainers(f *testing.F) {
	for k := range containers {
		f.Add(uint8(k), []byte{0, 2, 1, 3, 1, 0, 2, 3})
		f.Add(uint8(k), []byte{1, 3, 2, 60, 1, 9, 0, 0, 7, 200, 1, 2, 3, 4})
	}
	f.Fuzz(func(t *testing.T, kind uint8, text []byte) {
		c := containers[int(kind)%len(containers)]
		var paths []string
		for p := range c {
			if isDataset(p) {
				paths = append(paths, p)
			}
		}
		slices.Sort(paths)
		for len(text) > 4 {
			path := paths[int(text[0])%len(paths)]
			var s stored
			s, text = storedOf(text[1:])
			if s.kind < 0 {
				c = c.with(path, nil)
			} else {
				c = c.with(path, s)
			}
		}
		file := c.write(t)
		nodes, edges := writeText(t, "node_types.csv", nodeTypes), writeText(t, "edge_types.csv", edgeTypes)
		defer fuzzing.Guard(t)()
		readEverything(t, file, nodes, edges)
	})
}

// FuzzContainerBytes reads files of damaged bytes. libhdf5 is C, and what makes it crash ends the process.
func FuzzContainerBytes(f *testing.F) {
	for _, c := range containers {
		text, err := os.ReadFile(c.write(f))
		check(f, err)
		f.Add(text)
	}
	for _, gzip := range []int{0, 9} {
		path := filepath.Join(f.TempDir(), "r.h5")
		w, err := CreateReport(path, someMapping, ReportOptions{Population: "p", Variable: "v", Compression: gzip, Float32: true})
		check(f, err)
		check(f, w.Append(make([]float64, 5*len(someMapping.ElementIDs))))
		check(f, w.Close())
		text, err := os.ReadFile(path)
		check(f, err)
		f.Add(text)
		check(f, WriteSpikesH5(path, []SpikePopulation{{Name: "p", Timestamps: make([]float64, 99), NodeIDs: make([]uint64, 99)}}, SortByTime, gzip))
		text, err = os.ReadFile(path)
		check(f, err)
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "x.h5")
	nodes, edges := writeText(f, "node_types.csv", nodeTypes), writeText(f, "edge_types.csv", edgeTypes)
	f.Fuzz(func(t *testing.T, text []byte) {
		check(t, os.WriteFile(path, text, 0o666))
		defer fuzzing.Guard(t)()
		readEverything(t, path, nodes, edges)
	})
}

// storedOf makes a dataset of some bytes: type, number of dimensions, their sizes as powers of two or as numbers, values.
func storedOf(text []byte) (stored, []byte) {
	s := stored{kind: h5.Type(int(text[0])%11) - 1}
	rank := int(text[1]) % 4
	text = text[2:]
	n := 1
	for range rank {
		if len(text) == 0 {
			break
		}
		d := int(text[0] & 15)
		if text[0] >= 128 {
			d = 1 << (text[0] & 63)
		}
		s.shape, text = append(s.shape, d), text[1:]
		n = min(n*d, 64)
	}
	for range n {
		if len(text) == 0 {
			break
		}
		v := int64(int8(text[0]))
		if text = text[1:]; v == 100 && len(text) >= 8 {
			v, text = int64(binary.LittleEndian.Uint64(text)), text[8:]
		}
		s.values = append(s.values, v)
	}
	return s, text
}

// FuzzTables: no text makes a reader of tables panic, hang or take memory.
func FuzzTables(f *testing.F) {
	for _, s := range []string{nodeTypes, edgeTypes, "timestamps population node_ids\n1 p 3\n2 \"q\" 4\n", "1.5,3\n2,4\n", "\ufeffnode_type_id\ta\r\n1 \"b\"\"\n c\"\r\n", "timestamps gids\n1e300 1e19"} {
		f.Add(s)
	}
	path := filepath.Join(f.TempDir(), "x.csv")
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"node_type_id", "edge_type_id"} {
			if table, err := ReadTypes(path, id); err == nil {
				for _, k := range table.IDs() {
					for _, name := range table.Columns() {
						if _, ok := table.Lookup(k, name); !ok {
							t.Errorf("no %q of %d", name, k)
						}
					}
				}
			}
		}
		pops, err := ReadSpikes(path)
		if err != nil {
			return
		}
		for _, p := range pops {
			if len(p.NodeIDs) != len(p.Timestamps) {
				t.Errorf("%d nodes of %d spikes", len(p.NodeIDs), len(p.Timestamps))
			}
		}
	})
}

// TestHostileTables: tables that are built to take time or memory end soon, with words where they are refused.
func TestHostileTables(t *testing.T) {
	const n = 100_000
	long := strings.Repeat("x", 1<<22)
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("c", i)
	}
	for _, c := range []struct{ name, text, want string }{
		{"many columns, many rows", strings.Join(names, " ") + " node_type_id\n" + strings.Repeat("1\n", n), "cells"},
		{"many columns", "node_type_id " + strings.Join(names, " ") + "\n1\n", ""},
		{"one long line", "node_type_id " + long + "\n1 " + long + "\n", ""},
		{"quotes", "node_type_id a\n1 " + strings.Repeat(`""`, 1<<21) + "\n", ""},
		{"an open quote", "node_type_id a\n1 \"" + long, "not closed"},
		{"blanks", "node_type_id a\n1 " + strings.Repeat(" ", 1<<21) + "\n", ""},
		{"blank lines", "node_type_id a\n" + strings.Repeat("\n", 1<<22) + "1 2\n", ""},
		{"a file without end", "", "longer than"},
		{"digits", "node_type_id a\n1 " + strings.Repeat("9", 1<<22) + "\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := writeText(t, "x.csv", c.text)
			if c.text == "" {
				check(t, os.Truncate(path, 1<<30)) // NULs, in one line
			}
			defer fuzzing.Guard(t)()
			_, err := ReadTypes(path, "node_type_id")
			if c.want == "" {
				check(t, err)
			} else {
				wantError(t, err, path, c.want)
			}
			if _, err := ReadSpikes(path); err == nil {
				t.Error("read as spikes")
			} else if c.text == "" {
				wantError(t, err, path, "line 1: it is longer than")
			}
		})
	}
}
