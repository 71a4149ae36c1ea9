package merge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"netsim/internal/fuzzing"
	"netsim/reports/part"
	"netsim/sonata"
)

// FuzzMerge merges the logs of two ranks with any nodes and values; what comes out can be read, or there is an error.
func FuzzMerge(f *testing.F) {
	f.Add(`[{"population":"p","id":1,"element_ids":[1,2],"element_pos":[0,1],"extra":{"a":[1,2]}}]`, `[{"population":"p","id":0,"element_ids":[7],"element_pos":[0],"extra":{"a":[3]}}]`, uint8(3), uint8(3))
	f.Add(`[{"population":"p","id":1,"element_ids":[1],"element_pos":[0]}]`, `[{"population":"q","id":1,"element_ids":[],"element_pos":[]}]`, uint8(200), uint8(2))
	f.Add(`[]`, `[]`, uint8(1), uint8(255))
	f.Fuzz(func(t *testing.T, first, second string, rows, options uint8) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, part.FolderName), 0o777); err != nil {
			t.Fatal(err)
		}
		m := part.Manifest{Format: part.Format, Run: "r", Ranks: 2, Populations: []string{"p", "q"},
			Spikes:  part.Spikes{H5: "s.h5", CSV: "s.csv", Order: sonata.SpikeOrder(options % 4), Compression: int(options>>2) % 10},
			Reports: []part.Report{{Name: "r", File: "r.h5", Variable: "v", Units: "mV", End: 1, Dt: 0.1, Rows: 100, Compression: int(options>>3) % 10, Float32: options > 127}}}
		if err := part.WriteManifest(dir, m); err != nil {
			t.Fatal(err)
		}
		for rank, text := range []string{first, second} {
			h := part.Header{Run: "r", Rank: rank}
			if json.Unmarshal([]byte(text), &h.Nodes) != nil {
				return
			}
			log, err := part.Create(part.ReportPath(dir, rank, 0), h)
			if err != nil {
				t.Fatal(err)
			}
			n, columns := int(rows)>>rank, part.Columns(h.Nodes)
			if err := log.Rows(make([]float64, n*columns), n, columns); err != nil {
				t.Fatal(err)
			}
			h.Report = -1
			spikes, err := part.Create(part.SpikesPath(dir, rank), h)
			if err != nil {
				t.Fatal(err)
			}
			for k := range n {
				if err := spikes.Interval(float64(k), []part.Spike{{Population: uint32(options) % 3 * uint32(rank), Node: uint64(k), T: float64(k)}}); err != nil {
					t.Fatal(err)
				}
			}
			if err := log.Close(rank == 0); err != nil {
				t.Fatal(err)
			}
			if err := spikes.Close(true); err != nil {
				t.Fatal(err)
			}
		}
		defer fuzzing.Guard(t)()
		sum, err := Merge(dir)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without text")
			}
			return
		}
		spikes, err := sonata.ReadSpikes(filepath.Join(dir, "s.h5"))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range spikes {
			n += len(p.NodeIDs)
		}
		if n != sum.Spikes {
			t.Errorf("%d spikes, merged %d", n, sum.Spikes)
		}
		reports, err := sonata.ReadReport(filepath.Join(dir, "r.h5"))
		if err != nil {
			t.Fatal(err)
		}
		elements := 0
		for _, r := range reports {
			elements += r.Elements
			if r.Rows != sum.Reports[0].Rows {
				t.Errorf("%d rows, merged %d", r.Rows, sum.Reports[0].Rows)
			}
			if _, err := r.Data(0, r.Rows); err != nil {
				t.Error(err)
			}
		}
		if elements != sum.Reports[0].Elements {
			t.Error(fmt.Sprint(elements, " elements, merged ", sum.Reports[0].Elements))
		}
	})
}
