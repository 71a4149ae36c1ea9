package circuit

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"netsim/sonata/config"
)

// TestExampleCounts pins what the example circuits hold.
func TestExampleCounts(t *testing.T) {
	for _, test := range []struct {
		circuit, config string
		populations     string // name:offset:nodes
		cells           int
		blocks          string // edge population/input:edges:synapses
		trains          int
	}{
		{"bio_1cell", "config.simulation_iclamp.json", "biocell:0:1", 1, "", 0},
		{"bio_1cell", "config.simulation_syns.json", "biocell:0:1 virt:1:1", 1, "virt_to_biocell/virt_spikes:12:12", 1},
		{"bio_14cells", "config.simulation.json", "v1:0:14 lgn:14:90 tw:104:30", 14,
			"v1_to_v1/:196:980 lgn_to_v1/LGN_spikes:660:6600 tw_to_v1/TW_spikes:420:2100", 120},
		{"bio_intfire_ring", "config.simulation.json", "v1:0:7 virtual:7:6", 7, "v1_to_v1/:34:34 virtual_to_v1/virt_spikes:6:6", 6},
		{"bio_advanced_stimuli", "config.simulation_spikes.json", "bio:0:5 virt:5:10", 5, "virt_to_bio/exc_spikes:358:358", 5},
		{"ch03", "simulation_config.json", "mcortex:0:100 mthalamus:100:100", 100,
			"mcortex_to_mcortex/:521:2927 mthalamus_to_mcortex/tc:9184:55095", 100},
	} {
		t.Run(test.circuit+"/"+test.config, func(t *testing.T) {
			c, problems := open(t, filepath.Join(stage(t, test.circuit), test.config))
			for _, p := range problems {
				t.Log(p)
			}
			var populations []string
			for _, p := range c.Populations {
				populations = append(populations, fmt.Sprintf("%s:%d:%d", p.Name, p.Offset, p.Nodes.Len()))
			}
			cells := c.Local(everyone)
			blocks, problems := c.Connections(cells, c.Config.Inputs)
			for _, p := range problems {
				t.Error(p)
			}
			var visits []string
			for _, b := range blocks {
				n := 0
				for i := range b.Len() {
					n += b.Synapses(i)
				}
				visits = append(visits, fmt.Sprintf("%s/%s:%d:%d", b.Edges.Name, b.Input, b.Len(), n))
			}
			trains, problems := c.SpikeTrains(blocks, c.Config.Inputs)
			for _, p := range problems {
				t.Error(p)
			}
			if got := strings.Join(populations, " "); got != test.populations {
				t.Errorf("populations %s, want %s", got, test.populations)
			}
			if len(cells) != test.cells {
				t.Errorf("%d cells, want %d", len(cells), test.cells)
			}
			if got := strings.Join(visits, " "); got != test.blocks {
				t.Errorf("visits %s, want %s", got, test.blocks)
			}
			if len(trains) != test.trains {
				t.Errorf("%d spike trains, want %d", len(trains), test.trains)
			}
		})
	}
}

// TestSynapseOrder compares the edges of every target, in visiting order and expanded to synapses, with what BMTK built.
func TestSynapseOrder(t *testing.T) {
	dir := stage(t, "ch03")
	want := map[string][]string{}
	f, err := os.Open(filepath.Join(dir, "expected", "old_import3d", "synapses.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unzipped).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		want[row[0]] = append(want[row[0]], strings.Join([]string{row[1], row[2], row[6], row[7]}, " "))
	}

	c, _ := open(t, filepath.Join(dir, "simulation_config.json"))
	cells := c.Local(everyone)
	blocks, problems := c.Connections(cells, c.Config.Inputs)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	total := 0
	for k, cell := range cells {
		var got []string
		for _, b := range blocks {
			for i := b.First[k]; i < b.First[k+1]; i++ {
				if int(b.Target[i]) != k || b.Placement[i] != Random {
					t.Fatalf("%s edge %d: target %d, placement %d", b.Edges.Name, i, b.Target[i], b.Placement[i])
				}
				source, _ := c.Cell(b.Source[i])
				name := source.Population.Name
				if source.Type.ModelType == Virtual {
					name = "?" // the recording could not see it behind a VecStim
				}
				line := fmt.Sprintf("%s %d %s %s", name, source.NodeID, python(b.Weight[i]), python(b.Delay[i]))
				for range b.Synapses(i) {
					got = append(got, line)
				}
			}
		}
		if w := want[fmt.Sprint(cell.GID)]; !slices.Equal(got, w) {
			k := 0
			for k < min(len(got), len(w)) && got[k] == w[k] {
				k++
			}
			t.Fatalf("%s: %d synapses, want %d; synapse %d is %q, want %q", cell, len(got), len(w), k, got[k:min(k+1, len(got))], w[k:min(k+1, len(w))])
		}
		total += len(got)
	}
	if total != len(rows)-1 {
		t.Errorf("%d synapses, want %d", total, len(rows)-1)
	}
	t.Logf("%d synapses of %d cells in BMTK's order", total, len(cells))
}

// python prints a number as Python does.
func python(f float64) string {
	s := fmt.Sprint(f)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// TestSubset: what a rank reads is what one process reads of the same cells.
func TestSubset(t *testing.T) {
	c, _ := open(t, filepath.Join(stage(t, "ch03"), "simulation_config.json"))
	all := c.Local(everyone)
	whole, _ := c.Connections(all, c.Config.Inputs)
	for rank := range uint64(3) {
		cells := c.Local(func(gid uint64) bool { return gid%3 == rank })
		part, problems := c.Connections(cells, c.Config.Inputs)
		if len(part) != len(whole) || len(problems) > 0 {
			t.Fatalf("%d blocks, want %d; %v", len(part), len(whole), problems)
		}
		for k, cell := range cells {
			at := slices.IndexFunc(all, func(o Cell) bool { return o.GID == cell.GID })
			for n, b := range part {
				w := whole[n]
				if !slices.Equal(b.EdgeID[b.First[k]:b.First[k+1]], w.EdgeID[w.First[at]:w.First[at+1]]) {
					t.Fatalf("rank %d: %s: edges of %s differ", rank, cell, b.Edges.Name)
				}
			}
		}
	}
}

func TestTwoInputsOnePopulation(t *testing.T) {
	c, _ := open(t, filepath.Join(stage(t, "bio_1cell"), "config.simulation_syns.json"))
	first := c.Config.Inputs[0]
	second := first
	second.Name = "again"
	inputs := []config.Input{first, second}
	blocks, problems := c.Connections(c.Local(everyone), inputs)
	if len(blocks) != 2 || blocks[1].Input != "again" || blocks[1].Trains != first.Name || !slices.Equal(blocks[0].EdgeID, blocks[1].EdgeID) {
		t.Fatalf("blocks %+v", blocks)
	}
	if len(problems) != 1 || problems[0].Severity != config.Warning || !strings.Contains(problems[0].Msg, "both feed population virt") {
		t.Errorf("problems %v", problems)
	}
}
