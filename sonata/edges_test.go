package sonata

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"netsim/internal/h5"
)

// goodEdges has targets 0, 1, 2 with edges of two groups; the ranges of
// target 2 are not in ascending order.
var goodEdges = tree{
	"/edges/e/source_node_id":                             []uint64{10, 11, 12, 13, 14, 15},
	"/edges/e/source_node_id%node_population":             "s",
	"/edges/e/target_node_id":                             []uint64{2, 0, 2, 2, 0, 1},
	"/edges/e/target_node_id%node_population":             "t",
	"/edges/e/edge_type_id":                               []uint32{1, 2, 1, 1, 2, 1},
	"/edges/e/edge_group_id":                              []uint32{0, 1, 0, 1, 0, 0},
	"/edges/e/edge_group_index":                           []uint64{3, 0, 1, 1, 2, 0},
	"/edges/e/0/w":                                        []float64{0.0, 0.1, 0.2, 0.3},
	"/edges/e/0/nsyns":                                    []uint32{20, 21, 22, 23},
	"/edges/e/1/name":                                     []string{"first", "second"},
	"/edges/e/indicies/target_to_source/node_id_to_range": [][2]int64{{0, 2}, {2, 3}, {3, 5}, {-1, -1}},
	"/edges/e/indicies/target_to_source/range_to_edge_id": [][2]int64{{1, 2}, {4, 5}, {5, 6}, {2, 4}, {0, 1}},
}

const edgeTypes = "edge_type_id w delay nsyns\n1 5.5 1 NULL\n2 6.5 2 NULL\n"

const indexPath = "/edges/e/indicies/target_to_source/"

func openEdges(t *testing.T, c tree) *EdgePopulation {
	t.Helper()
	pops, err := OpenEdges(c.write(t), writeText(t, "edge_types.csv", edgeTypes))
	check(t, err)
	return pops[0]
}

func TestEdges(t *testing.T) {
	p := openEdges(t, goodEdges)
	if p.Name != "e" || p.Source != "s" || p.Target != "t" || p.Count != 6 || !p.HasIndex {
		t.Fatalf("%+v", p)
	}
	e, err := p.ReadForTargets([]uint64{2, 9, 3, 0})
	check(t, err)
	same(t, "ids", e.ID, []uint64{2, 3, 0, 1, 4})
	same(t, "sources", e.SourceID, []uint64{12, 13, 10, 11, 14})
	same(t, "targets", e.TargetID, []uint64{2, 2, 2, 0, 0})
	same(t, "first", e.First, []int{0, 3, 3, 3, 5})
	same(t, "groups", e.GroupID, []int64{0, 1, 0, 1, 0})
	same(t, "group indices", e.GroupIndex, []uint64{1, 1, 3, 0, 2})
	for i, want := range []float64{0.1, 5.5, 0.3, 6.5, 0.2} { // datasets of group 0, types table for group 1
		if v, ok := e.Float(i, "w"); !ok || v != want {
			t.Errorf("w of %d: %v %v, want %v", i, v, ok, want)
		}
	}
	for i, want := range []int64{21, -1, 23, -1, 22} {
		v, ok := e.Int(i, "nsyns")
		a, has := e.Attr(i, "nsyns")
		if want < 0 && (ok || !has || !a.Missing()) || want >= 0 && (!ok || v != want || a != IntValue(want)) {
			t.Errorf("nsyns of %d: %v %v, %+v %v", i, v, ok, a, has)
		}
	}
	for i, want := range []int64{1, 1, 1, 2, 2} {
		if v, ok := e.Int(i, "delay"); !ok || v != want {
			t.Errorf("delay of %d: %v %v", i, v, ok)
		}
	}
	if v, ok := e.Attr(1, "name"); !ok || v != StringValue("second") {
		t.Errorf("name of 1: %+v %v", v, ok)
	}
	if _, ok := e.Attr(0, "name"); ok {
		t.Error("group 0 has a name")
	}
	if _, ok := e.Float(0, "nope"); ok || e.Err() != nil {
		t.Errorf("column nope; %v", e.Err())
	}
	if !e.GroupHasColumn(0, "nsyns") || !e.GroupHasColumn(1, "w") || e.GroupHasColumn(0, "name") {
		t.Error("GroupHasColumn")
	}
	same(t, "columns", p.Columns(0), []string{"nsyns", "w"})

	none, err := p.ReadForTargets(nil)
	check(t, err)
	if none.Len() != 0 {
		t.Error("edges of no targets")
	}
	check(t, none.Load("w"))

	scan, err := p.read([]uint64{2, 9, 3, 0}, false)
	check(t, err)
	same(t, "ids of one pass", scan.ID, []uint64{0, 2, 3, 1, 4})
	same(t, "first of one pass", scan.First, e.First)
}

func TestEdgesWithoutGroupDatasets(t *testing.T) {
	c := goodEdges.with("/edges/e/edge_group_id", nil).with("/edges/e/edge_group_index", nil).
		with("/edges/e/1/name", nil).with("/edges/e/0/nsyns", nil).
		with("/edges/e/0/w", []float64{0, 1, 2, 3, 4, 5})
	e, err := openEdges(t, c).ReadForTargets([]uint64{0})
	check(t, err)
	if v, _ := e.Float(1, "w"); v != 4 {
		t.Errorf("w: %v", v)
	}
	path := c.with("/edges/e/0/w", []float64{0}).write(t)
	_, err = OpenEdges(path, "")
	wantError(t, err, path, "/edges/e/0 has 1 rows, target_node_id has 6")
}

func TestBadEdges(t *testing.T) {
	types := writeText(t, "edge_types.csv", edgeTypes)
	for _, c := range []struct {
		path string
		v    any
		want string
	}{
		{"/edges/e/target_node_id", nil, "/edges/e/target_node_id: does not exist"},
		{"/edges/e/source_node_id", nil, "/edges/e/source_node_id: does not exist"},
		{"/edges/e/edge_type_id", nil, "/edges/e/edge_type_id: does not exist"},
		{"/edges/e/edge_group_index", nil, "/edges/e/edge_group_index: does not exist"},
		{"/edges/e/source_node_id", []uint64{1}, "/edges/e/source_node_id has 1 rows, target_node_id has 6"},
		{"/edges/e/source_node_id", []float64{1, 1, 1, 1, 1, 1}, "/edges/e/source_node_id: wrong type: floats"},
		{"/edges/e/source_node_id", []int64{1, 1, 1, 1, -4, 1}, "/edges/e/source_node_id: wrong type: row 4"},
		{"/edges/e/edge_type_id", []int64{1, 2, 1, 1, 8, 1}, "/edges/e/edge_type_id: row 4: type 8 is not in "},
		{"/edges/e/edge_group_id", []int64{0, 1, 0, 3, 0, 0}, "/edges/e/edge_group_id: row 3: there is no group 3"},
		{"/edges/e/edge_group_index", []int64{3, 0, 4, 1, 2, 0}, "/edges/e/edge_group_index: row 2: index 4, but group 0 has 4 rows"},
		{"/edges/e/0/w", []float64{1, 2}, "/edges/e/0/w has 2 rows"},
		{indexPath + "node_id_to_range", nil, indexPath + "node_id_to_range: does not exist"},
		{indexPath + "node_id_to_range", []int64{1, 2}, "has shape [2], wanted two columns"},
		{indexPath + "node_id_to_range", [][2]int64{{0, 2}, {2, 3}, {3, 6}}, indexPath + "node_id_to_range: row 2: [3, 6) is not a range within 5 rows"},
		{indexPath + "node_id_to_range", [][2]int64{{0, 2}, {3, 2}, {3, 5}}, "row 1: [3, 2) is not a range"},
		{indexPath + "range_to_edge_id", [][2]int64{{1, 2}, {4, 5}, {5, 7}, {2, 4}, {0, 1}}, "range_to_edge_id: row 2: [5, 7) is not a range within 6 rows"},
		{indexPath + "range_to_edge_id", [][2]int64{{1, 3}, {4, 5}, {5, 6}, {2, 4}, {0, 1}}, "leads from target 0 to edge 2, whose target is 2"},
	} {
		path := goodEdges.with(c.path, c.v).write(t)
		pops, err := OpenEdges(path, types)
		if err == nil {
			_, err = pops[0].ReadForTargets([]uint64{0, 1, 2})
		}
		wantError(t, err, path, c.want)
	}
	_, err := openEdges(t, goodEdges).ReadForTargets([]uint64{1, 2, 1})
	wantError(t, err, "target 1 is asked for twice, at 0 and 2")
}

// TestOverlappingIndex: an index that names the same rows for every target is refused before they are read.
func TestOverlappingIndex(t *testing.T) {
	const n = 1000
	all, one := make([][2]int64, n), make([][2]int64, n)
	targets := make([]uint64, n)
	for i := range all {
		all[i], one[i], targets[i] = [2]int64{0, n}, [2]int64{int64(i), int64(i) + 1}, uint64(i)
	}
	ids := make([]uint64, n)
	c := tree{"/edges/e/source_node_id": ids, "/edges/e/target_node_id": targets, "/edges/e/edge_type_id": ids, "/edges/e/0/": struct{}{},
		indexPath + "node_id_to_range": one, indexPath + "range_to_edge_id": one}
	for _, bad := range []struct {
		path, want string
	}{{"", ""}, {"node_id_to_range", "more rows than there are"}, {"range_to_edge_id", "more edges than there are"}} {
		file := c
		if bad.path != "" {
			file = c.with(indexPath+bad.path, all)
		}
		pops, err := OpenEdges(file.write(t), "")
		check(t, err)
		_, err = pops[0].ReadForTargets(targets)
		if bad.path == "" {
			check(t, err)
		} else {
			wantError(t, err, indexPath+bad.path, bad.want)
		}
	}
}

var exampleEdges = [][2]string{
	{"bio_14cells", "v1_v1"}, {"bio_14cells", "lgn_v1"}, {"bio_14cells", "tw_v1"},
	{"ch03", "mcortex_mcortex"}, {"ch03", "mthalamus_mcortex"}, {"bio_intfire_ring", "v1_v1"},
	{"bio_intfire_ring", "virtual_v1"}, {"bio_1cell", "virt_biocell"},
}

// TestIndexAgainstOnePass reads the example circuits both ways.
func TestIndexAgainstOnePass(t *testing.T) {
	for _, c := range exampleEdges {
		t.Run(c[0]+"/"+c[1], func(t *testing.T) {
			dir := sharedCircuit(t, c[0]+"/network")
			base := filepath.Join(dir, c[1])
			pops, err := OpenEdges(base+"_edges.h5", base+"_edge_types.csv")
			check(t, err)
			p := pops[0]
			f, err := h5.Open(base + "_edges.h5")
			check(t, err)
			defer f.Close()
			all, err := f.ReadUint64(p.root() + "/target_node_id")
			check(t, err)
			slices.Sort(all)
			targets := slices.Compact(slices.Clone(all))
			slices.Reverse(targets)
			a, err := p.read(targets, true)
			check(t, err)
			b, err := p.read(targets, false)
			check(t, err)
			if uint64(a.Len()) != p.Count {
				t.Errorf("%d edges of %d", a.Len(), p.Count)
			}
			same(t, "ids", a.ID, b.ID)
			same(t, "sources", a.SourceID, b.SourceID)
			same(t, "first", a.First, b.First)
			same(t, "types", a.TypeID, b.TypeID)
			for _, column := range []string{"nsyns", "syn_weight", "delay"} {
				for i := range a.ID {
					x, _ := a.Float(i, column)
					y, _ := b.Float(i, column)
					if x != y {
						t.Fatalf("%s of %d: %v and %v", column, i, x, y)
					}
				}
			}
			part, err := p.ReadForTargets(targets[len(targets)/2 : len(targets)/2+1])
			check(t, err)
			lo := a.First[len(targets)/2]
			same(t, "part", part.ID, a.ID[lo:lo+part.Len()])
			t.Logf("%d edges onto %d targets", a.Len(), len(targets))
		})
	}
}

// TestCh03Synapses counts what the circuit is known to have.
func TestCh03Synapses(t *testing.T) {
	total := int64(0)
	for _, name := range []string{"mcortex_mcortex", "mthalamus_mcortex"} {
		base := sharedCircuit(t, "ch03/network/"+name+"_edges.h5")
		pops, err := OpenEdges(base, base[:len(base)-len("s.h5")]+"_types.csv")
		check(t, err)
		targets := make([]uint64, 100)
		for i := range targets {
			targets[i] = uint64(i)
		}
		e, err := pops[0].ReadForTargets(targets)
		check(t, err)
		for i := range e.ID {
			n, ok := e.Int(i, "nsyns")
			if !ok {
				t.Fatal("an edge without nsyns")
			}
			total += n
		}
	}
	if total != 58022 {
		t.Errorf("%d synapses, want 58022", total)
	}
}

// manyEdges writes n edges onto nodes targets, sorted by target as BMTK does
// or scattered, with an index.
func manyEdges(t testing.TB, n, nodes int, scattered bool) string {
	f, err := h5.Create(filepath.Join(t.TempDir(), "many.h5"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	targets, sources, index := make([]uint64, n), make([]uint64, n), make([]uint64, n)
	w := make([]float64, n)
	byTarget := make([][]uint64, nodes)
	for i := range targets {
		k := i * nodes / n
		if scattered {
			k = (i * 7919) % nodes
		}
		targets[i], sources[i], index[i], w[i] = uint64(k), uint64(i%1000), uint64(i), float64(i)
		byTarget[k] = append(byTarget[k], uint64(i))
	}
	var toRange, toEdge []uint64
	for _, ids := range byTarget {
		begin := uint64(len(toEdge) / 2)
		for _, id := range ids {
			if k := len(toEdge); k > 2*int(begin) && toEdge[k-1] == id {
				toEdge[k-1]++
			} else {
				toEdge = append(toEdge, id, id+1)
			}
		}
		toRange = append(toRange, begin, uint64(len(toEdge)/2))
	}
	l := h5.Layout{Chunk: []int{1 << 16}, Gzip: 1}
	must(f.CreateGroup("/edges/e/0"))
	must(f.CreateGroup("/edges/e/indices/target_to_source"))
	must(h5.WriteArray(f, "/edges/e/target_node_id", targets, nil, l))
	must(h5.WriteArray(f, "/edges/e/source_node_id", sources, nil, l))
	must(h5.WriteArray(f, "/edges/e/edge_type_id", make([]uint32, n), nil, l))
	must(h5.WriteArray(f, "/edges/e/edge_group_id", make([]uint32, n), nil, l))
	must(h5.WriteArray(f, "/edges/e/edge_group_index", index, nil, l))
	must(h5.WriteArray(f, "/edges/e/0/syn_weight", w, nil, l))
	must(h5.WriteArray(f, "/edges/e/indices/target_to_source/node_id_to_range", toRange, []int{nodes, 2}, h5.Layout{}))
	must(h5.WriteArray(f, "/edges/e/indices/target_to_source/range_to_edge_id", toEdge, []int{len(toEdge) / 2, 2}, h5.Layout{}))
	return f.Path()
}

func TestManyEdges(t *testing.T) {
	const nodes = 1000
	for _, scattered := range []bool{false, true} {
		pops, err := OpenEdges(manyEdges(t, 200_000, nodes, scattered), "")
		check(t, err)
		for rank := 0; rank < 7; rank += 3 {
			var targets []uint64
			for id := uint64(rank); id < nodes; id += 7 {
				targets = append(targets, id)
			}
			a, err := pops[0].read(targets, true)
			check(t, err)
			b, err := pops[0].read(targets, false)
			check(t, err)
			if !slices.Equal(a.ID, b.ID) || !slices.Equal(a.SourceID, b.SourceID) {
				t.Error("the index and one pass differ")
			}
			for i, id := range a.ID {
				if w, ok := a.Float(i, "syn_weight"); !ok || w != float64(id) {
					t.Fatalf("weight of edge %d: %v", id, w)
				}
			}
		}
	}
}

func TestEdgesFromManyGoroutines(t *testing.T) {
	e, err := openEdges(t, goodEdges).ReadForTargets([]uint64{0, 1, 2})
	check(t, err)
	var wg sync.WaitGroup
	for k := 0; k < 8; k++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range e.ID {
				for _, c := range []string{"w", "nsyns", "name", "delay", "nope"} {
					e.Attr(i, c)
				}
			}
		}()
	}
	wg.Wait()
	check(t, e.Err())
}

func BenchmarkReadForTargets(b *testing.B) {
	const n, nodes = 1_000_000, 10_000
	for _, scattered := range []bool{false, true} {
		pops, err := OpenEdges(manyEdges(b, n, nodes, scattered), "")
		if err != nil {
			b.Fatal(err)
		}
		targets := make([]uint64, nodes)
		for i := range targets {
			targets[i] = uint64(i)
		}
		for _, indexed := range []bool{true, false} {
			b.Run(fmt.Sprintf("scattered=%v/indexed=%v", scattered, indexed), func(b *testing.B) {
				for k := 0; k < b.N; k++ {
					e, err := pops[0].read(targets, indexed)
					if err != nil {
						b.Fatal(err)
					}
					c, err := e.Column("syn_weight")
					if err != nil {
						b.Fatal(err)
					}
					sum := 0.0
					for i := range e.ID {
						w, _ := c.Float(i)
						sum += w
					}
					if math.IsNaN(sum) {
						b.Fatal(sum)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/edge")
			})
		}
	}
}
