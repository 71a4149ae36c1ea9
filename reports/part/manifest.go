// Package part holds what the ranks of a run leave on disk until their output
// is merged: a manifest and one log per rank and output.
//
// # Folder
//
//	<output>/.netsim-parts/manifest.json       written by rank 0 before the first step
//	<output>/.netsim-parts/rank00003.spikes    spikes of the cells of rank 3
//	<output>/.netsim-parts/rank00003.report01  rank 3's columns of report 1
//
// A run that goes on from a checkpoint begins a new generation of logs, rank00003.gen002.spikes and so on, perhaps of
// another number of ranks. The manifest says how much of each earlier generation counts.
//
// # Log
//
//	8 bytes  "NSPART01"
//	frames:  kind (1 byte), 3 zero bytes, payload length (uint32),
//	         a (uint64), b (uint64), CRC-32C of the payload (uint32),
//	         CRC-32C of the 28 bytes before (uint32), payload
//
//	kind  a            b                    payload
//	H     0            0                    Header as JSON; the first frame
//	S     interval     end of it in ms      spikes: population uint32, node id uint64, time float64
//	R     first row    number of rows       float64, row after row
//	E     S or R total 0                    none; the last frame of a run that ended well
//
// All numbers are little endian. A log is only ever appended to and each frame
// carries its checksum, so a log is readable up to its last complete frame
// however its writer ended. HDF5 gives no such promise: a file that was open
// for writing when the process died often cannot be opened at all. That is why
// the parts are no HDF5 files.
package part

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"netsim/internal/bounded"
	"netsim/sonata"
)

// Format is the version of the manifest and of the logs.
const Format = 1

// FolderName is the folder of the parts inside the output folder.
const FolderName = ".netsim-parts"

const manifestName = "manifest.json"

// maxManifest bounds its bytes: a few hundred for each population and report.
const maxManifest = 64 << 20

// Manifest says what a run writes. Paths are relative to the output folder, or
// absolute.
type Manifest struct {
	Format     int    `json:"format"`
	Run        string `json:"run"` // random name of this run; every part repeats it
	Ranks      int    `json:"ranks"`
	Generation int    `json:"generation,omitempty"` // number of the logs that are being written
	// Earlier are the generations before, in the order of time: with them the output begins.
	Earlier     []Generation `json:"earlier,omitempty"`
	Populations []string     `json:"populations"` // spikes name them by index
	Spikes      Spikes       `json:"spikes"`
	Reports     []Report     `json:"reports"`
	Merged      bool         `json:"merged,omitempty"` // all files are in place, the parts may go
}

// Generation is what a run had recorded when it wrote a checkpoint, since it was started or resumed.
type Generation struct {
	Number    int      `json:"number"`
	Run       string   `json:"run"` // name in the headers of its logs
	Ranks     int      `json:"ranks"`
	Intervals uint64   `json:"intervals"` // in every log of spikes
	Rows      []uint64 `json:"rows"`      // per report, in every log of it
}

// Spikes is the spike output of a run.
type Spikes struct {
	H5          string            `json:"h5,omitempty"`  // path; empty: not written
	CSV         string            `json:"csv,omitempty"` // path; empty: not written
	Order       sonata.SpikeOrder `json:"order"`
	Compression int               `json:"compression,omitempty"` // gzip level of the HDF5 file, 0 for none
}

// Report is one compartment report of a run.
type Report struct {
	Name        string  `json:"name"`
	File        string  `json:"file"` // path
	Variable    string  `json:"variable"`
	Units       string  `json:"units"`
	Start       float64 `json:"start"` // ms
	End         float64 `json:"end"`   // ms
	Dt          float64 `json:"dt"`    // ms
	Rows        int     `json:"rows"`  // of the whole report
	Compression int     `json:"compression,omitempty"`
	Float32     bool    `json:"float32,omitempty"`
}

// Node is one cell of a report: its elements are neighbouring columns.
type Node struct {
	Population string             `json:"population"`
	ID         uint64             `json:"id"`
	ElementIDs []uint64           `json:"element_ids"`
	ElementPos []float64          `json:"element_pos"`
	Extra      map[string][]int64 `json:"extra,omitempty"` // swc_ids_beg, …: one value per element
}

// Header is the first frame of a log.
type Header struct {
	Run    string `json:"run"`
	Rank   int    `json:"rank"`
	Report int    `json:"report"` // -1 in a log of spikes
	Nodes  []Node `json:"nodes,omitempty"`
}

// SpikesPath is the log of one rank's spikes.
func SpikesPath(output string, rank int) string { return Path(output, 0, rank, -1) }

// ReportPath is the log of one rank's columns of one report.
func ReportPath(output string, rank, report int) string { return Path(output, 0, rank, report) }

// Path is the log of one rank and report, of the spikes for -1, in a generation.
func Path(output string, generation, rank, report int) string {
	name := fmt.Sprintf("rank%05d", rank)
	if generation > 0 {
		name += fmt.Sprintf(".gen%03d", generation)
	}
	if report < 0 {
		name += ".spikes"
	} else {
		name += fmt.Sprintf(".report%02d", report)
	}
	return filepath.Join(output, FolderName, name)
}

// Resolve makes a path of the manifest usable.
func Resolve(output, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(output, path)
}

// WriteManifest writes the manifest so that it is either whole or not there.
func WriteManifest(output string, m Manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the manifest: %w", err)
	}
	path := filepath.Join(output, FolderName, manifestName)
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o666); err != nil {
		return fmt.Errorf("could not write the manifest: %w", err)
	}
	if err := SyncFile(tmp); err != nil {
		return err
	}
	return Replace(tmp, path)
}

// ReadManifest reads the manifest of the parts in an output folder. The error
// is fs.ErrNotExist when there is none.
func ReadManifest(output string) (Manifest, error) {
	path := filepath.Join(output, FolderName, manifestName)
	b, err := bounded.ReadFile(path, maxManifest)
	if err != nil {
		return Manifest{}, fmt.Errorf("could not read the manifest: %w", err)
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return Manifest{}, fmt.Errorf("could not read the manifest %q: %w", path, err)
	}
	if m.Format != Format {
		return Manifest{}, fmt.Errorf("the manifest %q has format %d; this netsim knows %d", path, m.Format, Format)
	}
	for _, r := range m.Reports {
		if r.Rows < 0 {
			return Manifest{}, fmt.Errorf("the manifest %q gives the report %q %d rows", path, r.Name, r.Rows)
		}
	}
	for _, g := range m.Earlier {
		if g.Ranks < 1 || len(g.Rows) != len(m.Reports) {
			return Manifest{}, fmt.Errorf("the manifest %q names %d ranks and %d reports of generation %d", path, g.Ranks, len(g.Rows), g.Number)
		}
	}
	if m.Ranks < 1 || m.Run == "" {
		return Manifest{}, fmt.Errorf("the manifest %q names %d ranks of run %q", path, m.Ranks, m.Run)
	}
	return m, nil
}

// Remove deletes the parts of an output folder and nothing else. It is no
// error when there are none.
func Remove(output string) error {
	folder := filepath.Join(output, FolderName)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("could not list the parts: %w", err)
	}
	// The manifest goes last: as long as it is there, the rest can be told from
	// foreign files and removed by the next attempt.
	for _, last := range []bool{false, true} {
		for _, e := range entries {
			name := e.Name()
			if ours(name) && (name == manifestName) == last {
				if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return fmt.Errorf("could not remove a part: %w", err)
				}
			}
		}
	}
	if err := os.Remove(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("could not remove the folder of the parts: %w", err)
	}
	return nil
}

// Keep removes all logs but those of some generations. The manifest stays.
func Keep(output string, generations []int) error {
	folder := filepath.Join(output, FolderName)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("could not list the parts: %w", err)
	}
	for _, e := range entries {
		if n := generationOf(e.Name()); n >= 0 && !slices.Contains(generations, n) {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("could not remove a part: %w", err)
			}
		}
	}
	return nil
}

// LastGeneration is the highest number of a generation that has logs, -1 where there are none.
func LastGeneration(output string) int {
	last := -1
	entries, _ := os.ReadDir(filepath.Join(output, FolderName))
	for _, e := range entries {
		last = max(last, generationOf(e.Name()))
	}
	return last
}

// generationOf is the generation of a log, -1 for other files.
func generationOf(name string) int {
	if !ours(name) || !strings.HasPrefix(name, "rank") {
		return -1
	}
	_, rest, ok := strings.Cut(name, ".gen")
	if !ok {
		return 0
	}
	n := 0
	if _, err := fmt.Sscanf(rest, "%d.", &n); err != nil {
		return -1
	}
	return n
}

func ours(name string) bool {
	if name == manifestName || name == manifestName+".tmp" {
		return true
	}
	return strings.HasPrefix(name, "rank") && (strings.HasSuffix(name, ".spikes") || strings.Contains(name, ".report"))
}

// SyncFile brings a closed file to the disk.
func SyncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("could not sync: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("could not sync: %w", err)
	}
	return nil
}

// Replace renames a synced temporary file to its name and syncs the folder.
func Replace(tmp, path string) error {
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("could not put %q in its place: %w", path, err)
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder brings the names in a folder to the disk.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("could not sync the folder %q: %w", path, err)
	}
	defer folder.Close()
	// Some network file systems cannot sync a folder; the rename stands anyway.
	_ = folder.Sync()
	return nil
}
