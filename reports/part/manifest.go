// Package part holds what the ranks of a run leave on disk until their output
// is merged: a manifest and one log per rank and output.
//
// # Folder
//
//	<output>/.netsim-parts/manifest.json       written by rank 0 before the first step
//	<output>/.netsim-parts/rank00003.spikes    spikes of the cells of rank 3
//	<output>/.netsim-parts/rank00003.report01  rank 3's columns of report 1
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
	Format      int      `json:"format"`
	Run         string   `json:"run"` // random name of this run; every part repeats it
	Ranks       int      `json:"ranks"`
	Populations []string `json:"populations"` // spikes name them by index
	Spikes      Spikes   `json:"spikes"`
	Reports     []Report `json:"reports"`
	Merged      bool     `json:"merged,omitempty"` // all files are in place, the parts may go
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
func SpikesPath(output string, rank int) string {
	return filepath.Join(output, FolderName, fmt.Sprintf("rank%05d.spikes", rank))
}

// ReportPath is the log of one rank's columns of one report.
func ReportPath(output string, rank, report int) string {
	return filepath.Join(output, FolderName, fmt.Sprintf("rank%05d.report%02d", rank, report))
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
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("could not sync the folder of %q: %w", path, err)
	}
	defer folder.Close()
	// Some network file systems cannot sync a folder; the rename stands anyway.
	_ = folder.Sync()
	return nil
}
