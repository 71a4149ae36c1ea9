package sonata

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"netsim/internal/h5"
)

var someSpikes = []SpikePopulation{
	{Name: "w", Timestamps: []float64{3, 1.5, 2, 1.5, 0.1}, NodeIDs: []uint64{2, 1, 2, 0, 7}},
	{Name: "quiet"},
	{Name: "b", Timestamps: []float64{1e-5}, NodeIDs: []uint64{math.MaxUint64}},
}

func TestSpikesRoundTrip(t *testing.T) {
	for order, want := range map[SpikeOrder]SpikePopulation{
		SortByTime: {Timestamps: []float64{0.1, 1.5, 1.5, 2, 3}, NodeIDs: []uint64{7, 0, 1, 2, 2}},
		SortByID:   {Timestamps: []float64{1.5, 1.5, 2, 3, 0.1}, NodeIDs: []uint64{0, 1, 2, 2, 7}},
		SortNone:   {Timestamps: []float64{3, 1.5, 2, 1.5, 0.1}, NodeIDs: []uint64{2, 1, 2, 0, 7}},
	} {
		for _, gzip := range []int{0, 4} {
			path := filepath.Join(t.TempDir(), "spikes.h5")
			check(t, WriteSpikesH5(path, someSpikes, order, gzip))
			got, err := ReadSpikes(path)
			check(t, err)
			if len(got) != 2 || got[0].Name != "b" || got[1].Name != "w" {
				t.Fatalf("populations: %+v", got)
			}
			same(t, "times", got[1].Timestamps, want.Timestamps)
			same(t, "ids", got[1].NodeIDs, want.NodeIDs)
			if got[1].Sorting != order || got[1].Units != "ms" {
				t.Errorf("%v: %v %q", order, got[1].Sorting, got[1].Units)
			}
		}
		path := filepath.Join(t.TempDir(), "spikes.csv")
		check(t, WriteSpikesCSV(path, someSpikes, order))
		got, err := ReadSpikes(path)
		check(t, err)
		same(t, "csv times", got[1].Timestamps, want.Timestamps)
		same(t, "csv ids", got[1].NodeIDs, want.NodeIDs)
	}
	same(t, "the caller's spikes", someSpikes[0].NodeIDs, []uint64{2, 1, 2, 0, 7})
}

// TestSpikesCanonical: the order in which spikes were found does not matter.
func TestSpikesCanonical(t *testing.T) {
	var first []byte
	for k := 0; k < 4; k++ {
		pops := slices.Clone(someSpikes)
		if k%2 == 1 {
			slices.Reverse(pops)
		}
		for i := range pops {
			pops[i].Timestamps, pops[i].NodeIDs = slices.Clone(pops[i].Timestamps), slices.Clone(pops[i].NodeIDs)
			if k >= 2 {
				slices.Reverse(pops[i].Timestamps)
				slices.Reverse(pops[i].NodeIDs)
			}
		}
		path := filepath.Join(t.TempDir(), "spikes.h5")
		check(t, WriteSpikesH5(path, pops, SortByTime, 0))
		data, err := os.ReadFile(path)
		check(t, err)
		if k == 0 {
			first = data
		} else if !bytes.Equal(first, data) {
			t.Error("the bytes differ")
		}
	}
}

func TestNoSpikes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spikes.h5")
	check(t, WriteSpikesH5(path, nil, SortByTime, 0))
	got, err := ReadSpikes(path)
	check(t, err)
	if len(got) != 0 {
		t.Errorf("%v", got)
	}
	got, err = ReadSpikes(writeText(t, "s.csv", "timestamps population node_ids\n"))
	check(t, err)
	if len(got) != 0 {
		t.Errorf("%v", got)
	}
}

// TestSpikeAttributes holds the form that libsonata, bluepysnap and BMTK read
// without a warning (see WriteSpikesH5).
func TestSpikeAttributes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spikes.h5")
	check(t, WriteSpikesH5(path, someSpikes, SortByTime, 0))
	f, err := h5.Open(path)
	check(t, err)
	defer f.Close()
	for _, c := range []struct {
		object, name string
		want         h5.Attribute
	}{
		{"/", "magic", h5.Attribute{Class: h5.Integer, Size: 4}},
		{"/", "version", h5.Attribute{Class: h5.Integer, Size: 4, Shape: []int{2}}},
		{"/spikes/w", "sorting", h5.Attribute{Class: h5.Enum, Size: 1}},
		{"/spikes/w/node_ids", "sorting", h5.Attribute{Class: h5.String}},
		{"/spikes/w/timestamps", "units", h5.Attribute{Class: h5.String}},
	} {
		a, err := f.AttributeInfo(c.object, c.name)
		check(t, err)
		if a.Class != c.want.Class || a.Class != h5.String && a.Size != c.want.Size || !slices.Equal(a.Shape, c.want.Shape) {
			t.Errorf("%s@%s: %+v, want %+v", c.object, c.name, a, c.want)
		}
	}
	for _, object := range []string{"/spikes/w", "/spikes/w/node_ids"} {
		if s, err := f.AttributeString(object, "sorting"); err != nil || s != "by_time" {
			t.Errorf("%s: %q %v", object, s, err)
		}
	}
	for name, want := range map[string]h5.Class{"node_ids": h5.Integer, "timestamps": h5.Float} {
		d, err := f.Dataset("/spikes/w/" + name)
		check(t, err)
		if d.Class() != want || d.ElementSize() != 8 || d.Chunk() != nil || name == "node_ids" && d.Signed() {
			t.Errorf("%s: %v of %d bytes, chunks %v", name, d.Class(), d.ElementSize(), d.Chunk())
		}
	}
}

func TestForeignSpikes(t *testing.T) {
	for _, c := range []struct {
		name string
		tree tree
		want SpikePopulation
	}{
		{"flat", tree{"/spikes/gids": []int64{5, 6}, "/spikes/timestamps": []float64{1, 2}, "/spikes%sorting": "time"},
			SpikePopulation{Timestamps: []float64{1, 2}, NodeIDs: []uint64{5, 6}, Sorting: SortByTime}},
		{"BMTK", tree{"/spikes/p/node_ids": []int64{5}, "/spikes/p/timestamps": []float32{1}, "/spikes/p%sorting": "by_id", "/spikes/p/timestamps%units": "s"},
			SpikePopulation{Name: "p", Timestamps: []float64{1}, NodeIDs: []uint64{5}, Sorting: SortByID, Units: "s"}},
		{"empty group", tree{"/spikes/p/": struct{}{}}, SpikePopulation{Name: "p"}},
	} {
		got, err := ReadSpikes(c.tree.write(t))
		check(t, err)
		g := got[0]
		if len(got) != 1 || g.Name != c.want.Name || g.Sorting != c.want.Sorting || g.Units != c.want.Units {
			t.Errorf("%s: %+v", c.name, got)
		}
		same(t, c.name, g.Timestamps, c.want.Timestamps)
		same(t, c.name, g.NodeIDs, c.want.NodeIDs)
	}
	for name, text := range map[string]string{
		"header": "node_ids timestamps population\n3 0.5 p\n4 1e1 p\n",
		"tabs":   "timestamps\tpopulation\tnode_ids\n0.5\tp\t3\n10\tp\t4\n",
		"comma":  "timestamps,population,node_ids\n0.5,p,3\n10,\"p\",4.0\n",
		"none":   "0.5 p 3\r\n\r\n10.0 p 4\r\n",
	} {
		got, err := ReadSpikes(writeText(t, "s.csv", text))
		check(t, err)
		if len(got) != 1 || got[0].Name != "p" {
			t.Fatalf("%s: %+v", name, got)
		}
		same(t, name, got[0].Timestamps, []float64{0.5, 10})
		same(t, name, got[0].NodeIDs, []uint64{3, 4})
	}
}

func TestBadSpikes(t *testing.T) {
	full := tree{"/spikes/p/node_ids": []int64{5, 6}, "/spikes/p/timestamps": []float64{1, 2}}
	for _, c := range []struct {
		path string
		v    any
		want string
	}{
		{"/spikes/p/node_ids", nil, "/spikes/p/node_ids: does not exist"},
		{"/spikes/p/timestamps", nil, "/spikes/p/timestamps: does not exist"},
		{"/spikes/p/timestamps", []float64{1}, "/spikes/p/timestamps has 1 rows, /spikes/p/node_ids has 2"},
		{"/spikes/p/node_ids", []float64{5, 6}, "/spikes/p/node_ids: wrong type: floats"},
		{"/spikes/p/node_ids", []int64{5, -6}, "/spikes/p/node_ids: wrong type: row 1"},
		{"/spikes/p/timestamps", []string{"a", "b"}, "/spikes/p/timestamps: wrong type: strings"},
	} {
		path := full.with(c.path, c.v).write(t)
		_, err := ReadSpikes(path)
		wantError(t, err, path, c.want)
	}
	path := goodEdges.write(t)
	_, err := ReadSpikes(path)
	wantError(t, err, path, "/spikes: does not exist")
	for text, want := range map[string]string{
		"":                                      "the file is empty",
		"timestamps population node_ids\n1 p\n": "line 2: 2 cells, the first line has 3",
		"timestamps population node_ids\nx p 3\n":   `line 2: timestamp "x"`,
		"timestamps population node_ids\n1 p -3\n":  `line 2: node id "-3"`,
		"timestamps population node_ids\n1 p 3.5\n": `line 2: node id "3.5"`,
		"time gid\n1 3\n":                           `line 1: the header "time gid" lacks`,
		"1 2 3 4\n":                                 "line 1: 4 cells and no header",
	} {
		path := writeText(t, "s.csv", text)
		_, err := ReadSpikes(path)
		wantError(t, err, path, want)
	}
	out := filepath.Join(t.TempDir(), "x")
	for want, pops := range map[string][]SpikePopulation{
		"given twice":                 {{Name: "a"}, {Name: "a"}},
		"no name":                     {{}},
		"1 timestamps and 0 node ids": {{Name: "a", Timestamps: []float64{1}}},
	} {
		wantError(t, WriteSpikesH5(out, pops, SortByTime, 0), out, want)
		wantError(t, WriteSpikesCSV(out, pops, SortByTime), out, want)
	}
	wantError(t, WriteSpikesCSV(out, []SpikePopulation{{Name: "a b"}}, SortByTime), `"a b"`)
	wantError(t, WriteSpikesH5(out, nil, 7, 0), "unknown order")
}

func TestSpikeOrderWords(t *testing.T) {
	for word, want := range map[string]SpikeOrder{"time": SortByTime, "by_time": SortByTime, "gid": SortByID, "node_id": SortByID, "none": SortNone, "na": SortNone} {
		if got, err := ParseSpikeOrder(word); err != nil || got != want {
			t.Errorf("%s: %v %v", word, got, err)
		}
	}
	_, err := ParseSpikeOrder("tiem")
	wantError(t, err, "tiem")
}

func TestPythonFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", 0.1: "0.1", 1e-4: "0.0001", 0.00001: "1e-05", 1e15: "1000000000000000.0", 1e16: "1e+16",
		-2.5: "-2.5", 123456.789: "123456.789", 0.30000000000000004: "0.30000000000000004", 1e-300: "1e-300",
	} {
		if got := string(appendPythonFloat(nil, f)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestExampleSpikes reads what BMTK wrote, as h5 and as csv.
func TestExampleSpikes(t *testing.T) {
	for _, name := range []string{"import3d/syns", "old_import3d/syns", "import3d/iclamp"} {
		a, err := ReadSpikes(sharedCircuit(t, "bio_1cell/expected/"+name+"/spikes.h5"))
		check(t, err)
		if len(a) != 1 || a[0].Name != "biocell" || a[0].Sorting != SortByTime || a[0].Units != "ms" || len(a[0].NodeIDs) == 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
	h, err := ReadSpikes(sharedCircuit(t, "bio_1cell/inputs/virt_spikes.h5"))
	check(t, err)
	c, err := ReadSpikes(sharedCircuit(t, "bio_1cell/inputs/virt_spikes.csv"))
	check(t, err)
	if len(h) != 1 || len(c) != 1 || len(h[0].NodeIDs) != 64 || h[0].Name != c[0].Name {
		t.Fatalf("%d and %d populations", len(h), len(c))
	}
	ht, hi := sortSpikes(h[0].Timestamps, h[0].NodeIDs, SortByTime)
	ct, ci := sortSpikes(c[0].Timestamps, c[0].NodeIDs, SortByTime)
	same(t, "times of h5 and csv", ht, ct)
	same(t, "ids of h5 and csv", hi, ci)
}
