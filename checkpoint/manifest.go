// Package checkpoint writes the state of a run so that it is there as a whole or not at all, and finds it again.
//
//	<folder>/000012/manifest.json      what the checkpoint is of, and its files with their sizes and checksums
//	<folder>/000012/rank00003.state    the cells of rank 3 (engine.Save)
//	<folder>/tmp-000013/…              one that is being written, or whose writer died
//
// All ranks write their files into a temporary folder and sync them. Rank 0 writes the manifest last, syncs, gives the
// folder its name and syncs the folder above. So a checkpoint with a name is complete, whenever the machine went down. The
// last two are kept.
package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"time"
)

// FolderName is the folder of the checkpoints inside the output folder.
const FolderName = ".netsim-checkpoints"

const (
	format       = 1
	manifestName = "manifest.json"
	// maxManifest bounds what is read: some hundred bytes for each rank, and the config.
	maxManifest = 256 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Manifest says what a checkpoint is of.
type Manifest struct {
	Format  int       `json:"format"`
	Netsim  string    `json:"netsim"` // version and commit that wrote it
	Written time.Time `json:"written"`
	T       float64   `json:"t_ms"`
	Ranks   int       `json:"ranks"`
	Files   []File    `json:"files"` // by rank
	// Facts are what must be the same in a run that goes on from here.
	Facts []Fact `json:"facts"`
	// Config is the config's path, and Options how it was read, so that a run can be resumed by its output folder alone.
	Config  string          `json:"config"`
	Options json.RawMessage `json:"options,omitempty"`
	// Output is how much was recorded, as reports.Resume takes it.
	Output json.RawMessage `json:"output,omitempty"`
}

// File is the file of one rank.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	CRC  uint32 `json:"crc32c"`
}

// Fact is one thing that must not change, by its name: dt, a mechanism's digest, ….
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Differences says in words how the facts of a run differ from those of the checkpoint.
func (m *Manifest) Differences(now []Fact) []string {
	var out []string
	before := map[string]string{}
	for _, f := range m.Facts {
		before[f.Name] = f.Value
	}
	for _, f := range now {
		was, ok := before[f.Name]
		delete(before, f.Name)
		switch {
		case !ok:
			out = append(out, fmt.Sprintf("%s: not in the checkpoint, now %s", f.Name, f.Value))
		case was != f.Value:
			out = append(out, fmt.Sprintf("%s: %s in the checkpoint, now %s", f.Name, was, f.Value))
		}
	}
	for _, f := range m.Facts {
		if was, left := before[f.Name]; left {
			out = append(out, fmt.Sprintf("%s: %s in the checkpoint, not here now", f.Name, was))
		}
	}
	return out
}

// writeManifest writes a line with the checksum, then the manifest.
func writeManifest(files Files, folder string, m *Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the manifest of the checkpoint: %w", err)
	}
	f, err := files.Create(filepath.Join(folder, manifestName))
	if err != nil {
		return fmt.Errorf("could not write the manifest of the checkpoint: %w", err)
	}
	_, err = fmt.Fprintf(f, "netsim checkpoint %08x\n%s\n", crc32.Checksum(text, castagnoli), text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("could not write the manifest of the checkpoint: %w", err)
	}
	return nil
}

// readManifest reads and checks a manifest.
func readManifest(files Files, folder string) (*Manifest, error) {
	f, err := files.Open(filepath.Join(folder, manifestName))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size() > maxManifest {
		return nil, fmt.Errorf("its manifest has %d bytes", f.Size())
	}
	text, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return nil, err
	}
	head, body, _ := bytes.Cut(text, []byte("\n"))
	body = bytes.TrimSuffix(body, []byte("\n"))
	if string(head) != fmt.Sprintf("netsim checkpoint %08x", crc32.Checksum(body, castagnoli)) {
		return nil, errors.New("the checksum of its manifest is wrong")
	}
	var m Manifest
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("its manifest: %w", err)
	}
	if m.Format != format {
		return nil, fmt.Errorf("its format is %d; this netsim knows %d", m.Format, format)
	}
	if m.Ranks < 1 || len(m.Files) != m.Ranks {
		return nil, fmt.Errorf("its manifest names %d files of %d ranks", len(m.Files), m.Ranks)
	}
	for _, file := range m.Files {
		if file.Name != filepath.Base(file.Name) {
			return nil, fmt.Errorf("its manifest names the file %q", file.Name)
		}
	}
	return &m, nil
}
