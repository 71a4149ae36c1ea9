package sweep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// MaxPoints bounds a sweep: a product of lists grows quickly.
const MaxPoints = 100_000

// ParseGrid reads the points of a sweep from JSON. An object {"run.dt": [0.1, 0.05], "inputs.clamp.amp": [0.1, 0.2]}
// stands for the product of its lists, of which the last changes fastest; a value that is no list stands for a list of
// one. A list of objects [{"run.dt": 0.1}, …] names each point itself. Keys are places in the simulation config, with dots.
//
// values[p][k] is point p's value of keys[k] as JSON, null where the point leaves the key as the config has it.
func ParseGrid(data []byte) (keys []string, values [][]json.RawMessage, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	first, err := dec.Token()
	if err != nil {
		return nil, nil, at(data, dec, err)
	}
	switch first {
	case json.Delim('{'):
		var axes []json.RawMessage
		if keys, axes, err = members(dec); err == nil {
			values, err = product(keys, axes)
		}
	case json.Delim('['):
		keys, values, err = list(dec)
	default:
		err = errors.New(`expected {"run.dt": [0.1, 0.05], …} or [{"run.dt": 0.1}, …]`)
	}
	if err != nil {
		return nil, nil, at(data, dec, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, at(data, dec, errors.New("there is text after the end of the sweep"))
	}
	return keys, values, nil
}

// at adds the line that was read last, or where the JSON is wrong.
func at(data []byte, dec *json.Decoder, err error) error {
	offset := dec.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = syntax.Offset
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:min(int(offset), len(data))], []byte("\n")), err)
}

// members reads the rest of an object whose brace was read; order is kept.
func members(dec *json.Decoder) (keys []string, values []json.RawMessage, err error) {
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		key, _ := token.(string)
		if strings.Trim(key, ".") == "" || strings.ContainsAny(key, "= \t\n") {
			return nil, nil, fmt.Errorf("%q is no key of a config, as run.dt is", key)
		}
		if slices.Contains(keys, key) {
			return nil, nil, fmt.Errorf("the key %q occurs twice", key)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, nil, err
		}
		if string(value) == "null" {
			return nil, nil, fmt.Errorf("%s: null sets nothing", key)
		}
		var compact bytes.Buffer // without line breaks: it goes to a command line and a table
		if err := json.Compact(&compact, value); err != nil {
			return nil, nil, err
		}
		keys, values = append(keys, key), append(values, compact.Bytes())
	}
	_, err = dec.Token() // the brace
	return keys, values, err
}

func product(keys []string, axes []json.RawMessage) ([][]json.RawMessage, error) {
	if len(keys) == 0 {
		return nil, errors.New("the sweep has no key")
	}
	points := [][]json.RawMessage{nil}
	for k, axis := range axes {
		steps := []json.RawMessage{axis}
		if axis[0] == '[' {
			if err := json.Unmarshal(axis, &steps); err != nil {
				return nil, err
			}
		}
		if len(steps) == 0 {
			return nil, fmt.Errorf("%s: the list is empty", keys[k])
		}
		if len(points) > MaxPoints/len(steps) {
			return nil, fmt.Errorf("the sweep has more than %d points", MaxPoints)
		}
		next := make([][]json.RawMessage, 0, len(points)*len(steps))
		for _, p := range points {
			for _, s := range steps {
				if string(s) == "null" {
					return nil, fmt.Errorf("%s: null sets nothing", keys[k])
				}
				next = append(next, append(slices.Clone(p), s))
			}
		}
		points = next
	}
	return points, nil
}

// list reads the rest of a list of points; keys stand in the order in which they first occur.
func list(dec *json.Decoder) (keys []string, points [][]json.RawMessage, err error) {
	null := json.RawMessage("null")
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		if token != json.Delim('{') {
			return nil, nil, fmt.Errorf(`point %d is no object as {"run.dt": 0.1}`, len(points))
		}
		names, values, err := members(dec)
		if err != nil {
			return nil, nil, err
		}
		if len(points) == MaxPoints {
			return nil, nil, fmt.Errorf("the sweep has more than %d points", MaxPoints)
		}
		point := make([]json.RawMessage, len(keys))
		for i, name := range names {
			k := slices.Index(keys, name)
			if k < 0 {
				keys, point = append(keys, name), append(point, nil)
				k = len(keys) - 1
			}
			point[k] = values[i]
		}
		points = append(points, point)
	}
	if len(points) == 0 {
		return nil, nil, errors.New("the list has no point")
	}
	for p := range points {
		for len(points[p]) < len(keys) {
			points[p] = append(points[p], nil)
		}
		for k, v := range points[p] {
			if v == nil {
				points[p][k] = null
			}
		}
	}
	_, err = dec.Token() // the bracket
	return keys, points, err
}
