// Package sweep runs one simulation config at many points and makes one table of the results.
//
// A sweep is a folder:
//
//	sweep.json       the config, the keys that change, their values at every point
//	0000/, 0001/, …  the output folder of each point, with
//	0000/point.json  what was set, when it ran, its exit code
//	results.csv      a line for each point
package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
)

// Sweep is what stands in sweep.json.
type Sweep struct {
	Config    string              `json:"config"`              // absolute path of the simulation config
	Arguments []string            `json:"arguments,omitempty"` // further arguments of netsim run at every point
	Keys      []string            `json:"keys"`                // places in the config: "run.dt"
	Points    [][]json.RawMessage `json:"points"`              // a row for each point: values of Keys; null leaves the config's own

	dir string // absolute path of the folder
}

const fileName = "sweep.json"

// ErrOther is the error of Prepare for a folder that holds another sweep.
var ErrOther = errors.New("it holds another sweep")

// Prepare makes the sweep's folder. A folder that already holds the same sweep is left as it is, so that what was
// computed there is kept; another sweep is replaced with force only.
func (s *Sweep) Prepare(dir string, force bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("could not prepare the sweep: %w", err)
	}
	s.dir = dir
	old, err := Open(dir)
	switch {
	case err == nil && s.same(old):
		return nil
	case !force && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("could not prepare the sweep in %s: %w; name another folder, or use --force", dir, ErrOther)
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the sweep: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("could not make the sweep's folder: %w", err)
	}
	if err == nil && force {
		// Points of the replaced sweep must not count as done.
		for k := range s.Points {
			if err := os.Remove(s.recordFile(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("could not replace the sweep in %s: %w", dir, err)
			}
		}
	}
	return replace(filepath.Join(dir, fileName), append(text, '\n'))
}

// same says whether both sweeps give the same runs.
func (s *Sweep) same(o *Sweep) bool {
	if s.Config != o.Config || !reflect.DeepEqual(s.Keys, o.Keys) || len(s.Points) != len(o.Points) ||
		strings.Join(s.Arguments, "\x00") != strings.Join(o.Arguments, "\x00") {
		return false
	}
	for p := range s.Points {
		a, b := s.Settings(p), o.Settings(p)
		if !reflect.DeepEqual(a, b) {
			return false
		}
	}
	return true
}

// Open reads the sweep of a folder.
func Open(dir string) (*Sweep, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("could not open the sweep: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(abs, fileName))
	if err != nil {
		return nil, fmt.Errorf("could not open the sweep: %w", err)
	}
	s := &Sweep{dir: abs}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("could not read %s: %w", filepath.Join(abs, fileName), err)
	}
	for p, row := range s.Points {
		if len(row) != len(s.Keys) {
			return nil, fmt.Errorf("could not read %s: point %d has %d values for %d keys", filepath.Join(abs, fileName), p, len(row), len(s.Keys))
		}
	}
	return s, nil
}

// Dir is the sweep's folder.
func (s *Sweep) Dir() string { return s.dir }

// PointDir is the output folder of a point.
func (s *Sweep) PointDir(point int) string { return filepath.Join(s.dir, fmt.Sprintf("%04d", point)) }

// Settings are what a point changes, each as KEY=VALUE with VALUE in JSON.
func (s *Sweep) Settings(point int) []string {
	var out []string
	for k, v := range s.Points[point] {
		if string(v) != "null" {
			out = append(out, s.Keys[k]+"="+compact(v))
		}
	}
	return out
}

// Record is point.json.
type Record struct {
	Point   int       `json:"point"`
	Set     []string  `json:"set"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Exit    *int      `json:"exit,omitempty"` // missing while it runs, and for ever when it was killed
}

func (s *Sweep) recordFile(point int) string { return filepath.Join(s.PointDir(point), "point.json") }

// Record returns what is known about a point, false when it never ran.
func (s *Sweep) Record(point int) (Record, bool) {
	var r Record
	text, err := os.ReadFile(s.recordFile(point))
	if err != nil || json.Unmarshal(text, &r) != nil {
		return Record{}, false
	}
	return r, true
}

func (s *Sweep) record(r Record) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("could not encode the record of point %d: %w", r.Point, err)
	}
	if err := os.MkdirAll(s.PointDir(r.Point), 0o777); err != nil {
		return fmt.Errorf("could not make the folder of point %d: %w", r.Point, err)
	}
	return replace(s.recordFile(r.Point), append(text, '\n'))
}

// replace writes a file beside the old one and renames it, so that whoever reads at the same time sees one or the other.
func replace(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("could not write %s: %w", path, err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("could not write %s: %w", path, err)
	}
	return nil
}
