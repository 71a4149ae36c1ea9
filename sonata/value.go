package sonata

import (
	"math"
	"strconv"
)

// Value is one attribute of one node, edge or type: a string, a float, an
// integer, or missing. The zero Value is missing.
type Value struct {
	kind kind
	s    string
	f    float64
	i    int64
}

type kind uint8

const (
	kindMissing kind = iota
	kindString
	kindFloat
	kindInt
)

// StringValue returns a Value that holds s.
func StringValue(s string) Value { return Value{kind: kindString, s: s} }

// FloatValue returns a Value that holds f. NaN is a value, not a missing one.
func FloatValue(f float64) Value { return Value{kind: kindFloat, f: f} }

// IntValue returns a Value that holds i.
func IntValue(i int64) Value { return Value{kind: kindInt, i: i} }

// Missing reports whether there is no value (an empty or NULL table cell).
func (v Value) Missing() bool { return v.kind == kindMissing }

// String returns the text of a string value.
func (v Value) String() (string, bool) { return v.s, v.kind == kindString }

// Float returns the value of a float or an integer.
func (v Value) Float() (float64, bool) {
	switch v.kind {
	case kindFloat:
		return v.f, true
	case kindInt:
		return float64(v.i), true
	}
	return 0, false
}

// Int returns the value of an integer, or of a float that is a whole number.
func (v Value) Int() (int64, bool) {
	switch v.kind {
	case kindInt:
		return v.i, true
	case kindFloat:
		if v.f == math.Trunc(v.f) && math.Abs(v.f) < 1<<63 {
			return int64(v.f), true
		}
	}
	return 0, false
}

// Text returns the value as it would be printed: the string itself, the
// shortest decimal of a number, "" for a missing value.
func (v Value) Text() string {
	switch v.kind {
	case kindString:
		return v.s
	case kindFloat:
		return strconv.FormatFloat(v.f, 'g', -1, 64)
	case kindInt:
		return strconv.FormatInt(v.i, 10)
	}
	return ""
}
