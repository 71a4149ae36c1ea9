package sweep

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
)

// summary is what the table needs of a run's summary.json.
type summary struct {
	Cells  int64   `json:"cells"`
	Spikes int64   `json:"spikes"`
	TStop  float64 `json:"tstop_ms"`
	Phases struct {
		Total float64 `json:"total"` // s
	} `json:"phases_s"`
}

// TableFile is the name of the table in the sweep's folder.
const TableFile = "results.csv"

// Table returns the results as CSV: the point, its values, spikes, mean rate over cells (Hz), wall-clock time (s), exit
// code, folder. What a point does not have yet is empty: all of a point that has not ended but its values, and the
// figures of one that failed.
func (s *Sweep) Table() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := append([]string{"point"}, s.Keys...)
	// Writing to a buffer cannot fail.
	_ = w.Write(append(row, "spikes", "rate_hz", "time_s", "exit", "folder"))
	for p, values := range s.Points {
		row = append(row[:0], strconv.Itoa(p))
		for _, v := range values {
			row = append(row, cell(v))
		}
		var spikes, rate, time, exit string
		if r, ok := s.Record(p); ok && r.Exit != nil {
			exit = strconv.Itoa(*r.Exit)
			var sum summary
			text, err := os.ReadFile(filepath.Join(s.PointDir(p), "summary.json"))
			if *r.Exit == 0 && err == nil && json.Unmarshal(text, &sum) == nil {
				spikes = strconv.FormatInt(sum.Spikes, 10)
				time = strconv.FormatFloat(sum.Phases.Total, 'f', 3, 64)
				if sum.Cells > 0 && sum.TStop > 0 {
					rate = strconv.FormatFloat(float64(sum.Spikes)/float64(sum.Cells)/(sum.TStop/1000), 'g', 6, 64)
				}
			}
		}
		_ = w.Write(append(row, spikes, rate, time, exit, filepath.Base(s.PointDir(p))))
	}
	w.Flush()
	return b.Bytes()
}

// WriteTable brings results.csv up to date. Points that end at the same time may do so together: each reads again after
// it has written, so the last word has seen all that ended.
func (s *Sweep) WriteTable() error {
	path := filepath.Join(s.dir, TableFile)
	for text := s.Table(); ; {
		if err := replace(path, text); err != nil {
			return err
		}
		now := s.Table()
		if bytes.Equal(now, text) {
			return nil
		}
		text = now
	}
}

// cell is a value as a table shows it: strings without quotes, nothing for null.
func cell(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil { // null gives ""
		return s
	}
	return compact(v)
}

func compact(v json.RawMessage) string {
	var b bytes.Buffer
	if err := json.Compact(&b, v); err != nil {
		return string(v)
	}
	return b.String()
}
