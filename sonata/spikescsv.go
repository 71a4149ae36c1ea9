package sonata

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// maxSpikeLine bounds a line, in bytes; real ones have fifty.
const maxSpikeLine = 1 << 20

// readSpikesCSV reads lines of "timestamps population node_ids". A header, if
// any, names the columns in any order (population may be absent; gids is
// understood for node_ids); without one the columns are these three, or
// timestamps and node_ids. Cells are separated by spaces or tabs, or by commas
// when the first line has commas.
func readSpikesCSV(path string) ([]SpikePopulation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("could not read spikes: %w", err)
	}
	defer file.Close()
	fault := func(line int, format string, a ...any) error {
		return fmt.Errorf("could not read spikes of %s: line %d: "+format, append([]any{path, line}, a...)...)
	}
	var out []SpikePopulation
	index := map[string]int{}
	timeAt, popAt, idAt := -1, -1, -1
	comma := false
	in := bufio.NewScanner(file)
	in.Buffer(nil, maxSpikeLine)
	cells, line := 0, 1
	for ; in.Scan(); line++ {
		text := in.Text()
		if line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		if cells == 0 {
			comma = strings.Contains(text, ",")
		}
		rec := splitSpikeLine(text, comma)
		if cells == 0 {
			cells = len(rec)
			if _, ok := parseDecimal(rec[0]); !ok { // a header
				for k, name := range rec {
					switch name {
					case "timestamps":
						timeAt = k
					case "population":
						popAt = k
					case "node_ids", "gids":
						idAt = k
					}
				}
				if timeAt < 0 || idAt < 0 {
					return nil, fault(line, "the header %q lacks timestamps or node_ids; this is neither a SONATA HDF5 file nor a spikes csv", abbreviate(text))
				}
				continue
			}
			switch len(rec) {
			case 2:
				timeAt, idAt = 0, 1
			case 3:
				timeAt, popAt, idAt = 0, 1, 2
			default:
				return nil, fault(line, "%d cells and no header; wanted timestamps, population, node_ids", len(rec))
			}
		}
		if len(rec) != cells {
			return nil, fault(line, "%d cells, the first line has %d", len(rec), cells)
		}
		t, ok := parseDecimal(rec[timeAt])
		if !ok {
			return nil, fault(line, "timestamp %q is not a number", rec[timeAt])
		}
		id, err := strconv.ParseUint(rec[idAt], 10, 64)
		if err != nil {
			// pandas writes whole columns of floats when a value was missing
			v, ok := parseDecimal(rec[idAt])
			if !ok || v < 0 || v != float64(uint64(v)) {
				return nil, fault(line, "node id %q is not a natural number", rec[idAt])
			}
			id = uint64(v)
		}
		name := ""
		if popAt >= 0 {
			name = rec[popAt]
		}
		k, known := index[name]
		if !known {
			k = len(out)
			index[name] = k
			out = append(out, SpikePopulation{Name: name})
		}
		out[k].Timestamps = append(out[k].Timestamps, t)
		out[k].NodeIDs = append(out[k].NodeIDs, id)
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return nil, fault(line, "it is longer than %d bytes", maxSpikeLine)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("could not read spikes of %s: %w", path, err)
	}
	if cells == 0 {
		return nil, fmt.Errorf("could not read spikes of %s: the file is empty", path)
	}
	return out, nil
}

func abbreviate(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

func splitSpikeLine(text string, comma bool) []string {
	var rec []string
	if comma {
		rec = strings.Split(strings.TrimSpace(text), ",")
		for k := range rec {
			rec[k] = strings.TrimSpace(rec[k])
		}
	} else {
		rec = strings.Fields(text)
	}
	for k, c := range rec {
		if len(c) >= 2 && c[0] == '"' && c[len(c)-1] == '"' {
			rec[k] = c[1 : len(c)-1]
		}
	}
	return rec
}

// WriteSpikesCSV writes "timestamps population node_ids", space separated,
// population by population, each in the order asked for. Times are the
// shortest decimals that read back as the same number, as Python prints them.
func WriteSpikesCSV(path string, pops []SpikePopulation, order SpikeOrder) error {
	sorted, err := sortedPopulations(pops, order)
	if err != nil {
		return fmt.Errorf("could not write spikes to %s: %w", path, err)
	}
	for _, p := range sorted {
		if strings.ContainsAny(p.Name, " \t\r\n\"") {
			return fmt.Errorf("could not write spikes to %s: the name of population %q cannot stand in a space-separated file", path, p.Name)
		}
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("could not write spikes: %w", err)
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	out.WriteString("timestamps population node_ids\n")
	var buf []byte
	for _, p := range sorted {
		for i, t := range p.Timestamps {
			buf = appendPythonFloat(buf[:0], t)
			buf = append(append(append(buf, ' '), p.Name...), ' ')
			buf = append(strconv.AppendUint(buf, p.NodeIDs[i], 10), '\n')
			out.Write(buf)
		}
	}
	err = out.Flush()
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		return fmt.Errorf("could not write spikes: %w", err)
	}
	return nil
}

// appendPythonFloat appends Python's repr of a float: shortest digits, an
// exponent below 1e-4 and from 1e16 on, ".0" after whole numbers.
func appendPythonFloat(buf []byte, f float64) []byte {
	if a := max(f, -f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(buf, f, 'e', -1, 64)
	}
	n := len(buf)
	buf = strconv.AppendFloat(buf, f, 'f', -1, 64)
	for _, c := range buf[n:] {
		if c == '.' || c == 'N' || c == 'I' {
			return buf
		}
	}
	return append(buf, ".0"...)
}
