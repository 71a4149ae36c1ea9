package simulation

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"netsim/engine/vec"
	"netsim/slurm"
)

// Summary is what a run leaves in summary.json. Times are wall-clock seconds of the slowest rank.
type Summary struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	MPI     string `json:"mpi,omitempty"`
	HDF5    string `json:"hdf5,omitempty"`
	SIMD    string `json:"simd"`

	Config  string     `json:"config"`
	Output  string     `json:"output_dir"`
	Started time.Time  `json:"started"`
	Ranks   int        `json:"ranks"`
	Threads int        `json:"threads_per_rank"`
	Job     *slurm.Job `json:"slurm,omitempty"`

	TStop    float64 `json:"tstop_ms"`
	Dt       float64 `json:"dt_ms"`
	Steps    int     `json:"steps"`
	Interval float64 `json:"exchange_interval_ms"`
	Numerics string  `json:"numerics"`
	Resumed  float64 `json:"resumed_at_ms,omitempty"` // where this run went on, from a checkpoint or a saved state

	Cells    int64 `json:"cells"`
	Segments int64 `json:"compartments"`
	Synapses int64 `json:"synapses"`
	NetCons  int64 `json:"connections"`

	Phases     Phases             `json:"phases_s"`
	SolveParts map[string]float64 `json:"solve_parts_s"` // sampled, summed over threads, mean over ranks
	Imbalance  float64            `json:"imbalance"`     // slowest rank's solve time over the mean, 1 is even
	RealTime   float64            `json:"simulated_s_per_wall_s"`
	NsPerStep  float64            `json:"ns_per_compartment_and_step"` // of one rank, all its threads

	Spikes       int64            `json:"spikes"`
	ByPopulation map[string]int64 `json:"spikes_by_population"`
	PeakMemory   []int64          `json:"peak_memory_bytes_by_rank"`
	Files        []string         `json:"files"`
}

// Phases are the parts of a run, in s.
type Phases struct {
	Read       float64 `json:"read"`
	Build      float64 `json:"build"`
	Initialise float64 `json:"initialise"`
	Solve      float64 `json:"solve"`
	Exchange   float64 `json:"exchange"` // waiting for the other ranks included
	Write      float64 `json:"write"`
	Merge      float64 `json:"merge"`
	Checkpoint float64 `json:"checkpoint,omitempty"`
	Total      float64 `json:"total"`
}

// rankFigures is what every rank tells rank 0 at the end.
type rankFigures struct {
	Cells, Segments, Synapses, NetCons int64
	Phases                             Phases
	Parts                              [4]float64 // s
	Spikes                             map[string]int64
	PeakMemory                         int64
}

// partNames are the parts of the solve phase in the order of engine.Engine.Parts.
var partNames = [4]string{"events", "currents", "tree", "states"}

// combine makes the summary of the ranks' figures.
func (s *Summary) combine(raw []json.RawMessage) error {
	counted := s.ByPopulation != nil // by the merge: a run that was resumed has seen the last spikes only
	if !counted {
		s.ByPopulation = map[string]int64{}
	}
	s.SolveParts = map[string]float64{}
	slowest, sum := 0.0, 0.0
	for _, r := range raw {
		var f rankFigures
		if err := json.Unmarshal(r, &f); err != nil {
			return fmt.Errorf("could not read a rank's figures: %w", err)
		}
		s.Cells += f.Cells
		s.Segments += f.Segments
		s.Synapses += f.Synapses
		s.NetCons += f.NetCons
		p, q := &s.Phases, &f.Phases
		p.Read, p.Build, p.Initialise = max(p.Read, q.Read), max(p.Build, q.Build), max(p.Initialise, q.Initialise)
		p.Solve, p.Exchange, p.Write, p.Merge = max(p.Solve, q.Solve), max(p.Exchange, q.Exchange), max(p.Write, q.Write), max(p.Merge, q.Merge)
		p.Total, p.Checkpoint = max(p.Total, q.Total), max(p.Checkpoint, q.Checkpoint)
		slowest, sum = max(slowest, f.Phases.Solve), sum+f.Phases.Solve
		for k, name := range partNames {
			s.SolveParts[name] += f.Parts[k] / float64(len(raw))
		}
		for name, n := range f.Spikes {
			if !counted {
				s.ByPopulation[name] += n
				s.Spikes += n
			}
		}
		s.PeakMemory = append(s.PeakMemory, f.PeakMemory)
	}
	s.Imbalance = 1
	if sum > 0 {
		s.Imbalance = slowest * float64(len(raw)) / sum
	}
	if s.Phases.Solve > 0 {
		s.RealTime = (s.TStop - s.Resumed) / 1000 / (s.Phases.Solve + s.Phases.Exchange)
		if steps := s.Steps - int(math.Round(s.Resumed/s.Dt)); s.Segments > 0 && steps > 0 {
			s.NsPerStep = sum / float64(len(raw)) * 1e9 / (float64(s.Segments) / float64(len(raw)) * float64(steps))
		}
	}
	return nil
}

func newSummary(b Build) Summary {
	return Summary{Version: b.Version, Commit: b.Commit, Go: runtime.Version(), MPI: b.MPI, HDF5: b.HDF5, SIMD: vec.Current().String()}
}

// write leaves summary.json in the output folder.
func (s *Summary) write() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the summary: %w", err)
	}
	path := filepath.Join(s.Output, "summary.json")
	if err := os.WriteFile(path, append(text, '\n'), 0o666); err != nil {
		return fmt.Errorf("could not write the summary: %w", err)
	}
	return nil
}

// peakMemory is the largest resident size of this process so far, in bytes; 0 where the system does not tell.
func peakMemory() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kib int64
			fmt.Sscanf(strings.TrimSpace(rest), "%d", &kib)
			return kib * 1024
		}
	}
	return 0
}
