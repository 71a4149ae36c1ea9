package sonata

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"netsim/internal/h5"
)

// TestPythonReaders opens netsim's files with h5py, libsonata, bluepysnap and
// BMTK: set NETSIM_PYTHON to a Python that has them. A warning is a failure.
func TestPythonReaders(t *testing.T) {
	python := os.Getenv("NETSIM_PYTHON")
	if python == "" {
		t.Skip("NETSIM_PYTHON names no Python with h5py, libsonata, bluepysnap and bmtk")
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }

	f, err := h5.Create(at("nodes.h5"))
	check(t, err)
	check(t, f.CreateGroup("/nodes/p/0"))
	check(t, h5.WriteArray(f, "/nodes/p/node_type_id", make([]int64, 10), nil, h5.Layout{}))
	check(t, h5.WriteArray(f, "/nodes/p/0/x", make([]float64, 10), nil, h5.Layout{}))
	check(t, f.Close())

	spikes := []SpikePopulation{{Name: "p", Timestamps: someSpikes[0].Timestamps, NodeIDs: someSpikes[0].NodeIDs}}
	check(t, WriteSpikesH5(at("spikes.h5"), spikes, SortByTime, 0))
	check(t, WriteSpikesH5(at("empty.h5"), nil, SortByTime, 0))
	check(t, WriteSpikesCSV(at("spikes.csv"), spikes, SortByTime))

	m := someMapping
	m.Time = [3]float64{0, 10, 0.1}
	rows := make([]float64, 500)
	for i := range rows {
		rows[i] = float64(i)
	}
	for name, float32s := range map[string]bool{"report64.h5": false, "report32.h5": true} {
		w, err := CreateReport(at(name), m, ReportOptions{Population: "p", Variable: "v", Units: "mV", Rows: 100, Float32: float32s})
		check(t, err)
		check(t, w.Append(rows))
		check(t, w.Close())
	}

	out, err := exec.Command(python, filepath.Join("testdata", "readers.py"), dir).CombinedOutput()
	t.Logf("%s", out)
	check(t, err)
}
