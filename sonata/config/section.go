package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// section reads the keys of one JSON object and complains about what it cannot use.
type section struct {
	l *loader
	n *node // nil when the section is absent or not an object
}

// section takes an object; a value of another type is a problem, absence is not.
func (l *loader) section(n *node, example string) section {
	if n == nil || n.kind == kindNull {
		return section{l: l}
	}
	if n.kind != kindObject {
		l.fail(n.place, example, "expected an object, found %s", n.kind)
		return section{l: l}
	}
	return section{l: l, n: n}
}

func (s section) place() Place {
	if s.n == nil {
		return Place{}
	}
	return s.n.place
}

// only complains about keys that are not in the lists.
func (s section) only(known ...[]string) {
	if s.n == nil {
		return
	}
	all := slices.Concat(known...)
	for _, m := range s.n.members {
		// People comment JSON out in these ways.
		if strings.HasPrefix(m.key, "_") || strings.HasPrefix(m.key, "#") || strings.HasPrefix(m.key, "//") || strings.EqualFold(m.key, "comment") {
			continue
		}
		if slices.Contains(all, m.key) {
			continue
		}
		sev, msg := Warning, "unknown key, ignored"
		if s.l.opts.Strict || m.isSetting() {
			sev, msg = Error, "unknown key"
		}
		hint := ""
		if !s.l.problems.full(sev) {
			hint = didYouMean(m.key, all)
		}
		s.l.report(sev, m.keyPlace, hint, "%s", msg)
	}
}

// get returns the first of the keys that is there and not null.
func (s section) get(keys ...string) *node {
	for _, k := range keys {
		if n := s.n.get(k); n != nil && n.kind != kindNull {
			return n
		}
	}
	return nil
}

func (s section) wrongType(n *node, want string) {
	hint := ""
	if n.kind == kindString {
		if _, err := strconv.ParseFloat(strings.TrimSpace(n.text), 64); err == nil {
			hint = "write " + clip(strings.TrimSpace(n.text)) + " without quotes"
		}
		if t := strings.ToLower(n.text); t == "true" || t == "false" {
			hint = "write " + t + " without quotes"
		}
	}
	s.l.fail(n.place, hint, "expected %s, found %s", want, describe(n))
}

// describe names a value for a message.
func describe(n *node) string {
	switch n.kind {
	case kindString:
		return "the string " + strconv.Quote(clip(n.text))
	case kindNumber:
		return "the number " + clip(n.text)
	case kindBool:
		return strconv.FormatBool(n.boolean)
	}
	return n.kind.String()
}

// number returns a number, or the default when it is absent or not a number. ok says that it stands there.
func (s section) number(def float64, keys ...string) (value float64, n *node) {
	n = s.get(keys...)
	if n == nil {
		return def, nil
	}
	if n.kind != kindNumber {
		s.wrongType(n, "a number")
		return def, nil
	}
	return n.number, n
}

// numbers returns a number or a list of numbers as a list; nil when absent or wrong.
func (s section) numbers(key string) ([]float64, *node) {
	n := s.get(key)
	switch {
	case n == nil:
		return nil, nil
	case n.kind == kindNumber:
		return []float64{n.number}, n
	case n.kind == kindArray:
		list := make([]float64, 0, len(n.items))
		for _, it := range n.items {
			if it.kind != kindNumber {
				s.wrongType(it, "a number")
				return nil, n
			}
			list = append(list, it.number)
		}
		return list, n
	}
	s.wrongType(n, "a number or a list of numbers")
	return nil, n
}

func (s section) integer(def int, key string) int {
	f, n := s.number(float64(def), key)
	if n != nil && (f != math.Trunc(f) || math.Abs(f) > 1<<31) {
		s.l.fail(n.place, "", "expected a whole number, found %s", clip(n.text))
		return def
	}
	return int(f)
}

func (s section) boolean(def bool, key string) bool {
	n := s.get(key)
	if n == nil {
		return def
	}
	if n.kind != kindBool {
		s.wrongType(n, "true or false")
		return def
	}
	return n.boolean
}

func (s section) str(def string, keys ...string) string {
	n := s.get(keys...)
	if n == nil {
		return def
	}
	if n.kind != kindString {
		s.wrongType(n, "a string")
		return def
	}
	return n.text
}

// texts returns a string or a list of strings as a list; nil when absent or wrong.
func (s section) texts(keys ...string) []string {
	nodes := s.textNodes(keys...)
	var list []string
	for _, n := range nodes {
		list = append(list, n.text)
	}
	return list
}

func (s section) textNodes(keys ...string) []*node {
	n := s.get(keys...)
	switch {
	case n == nil:
		return nil
	case n.kind == kindString:
		return []*node{n}
	case n.kind == kindArray:
		for _, it := range n.items {
			if it.kind != kindString {
				s.wrongType(it, "a string")
				return nil
			}
		}
		return n.items
	}
	s.wrongType(n, "a string or a list of strings")
	return nil
}

// file returns the path of a file that must exist; "" when the key is absent and not required.
func (s section) file(required bool, what string, keys ...string) string {
	n := s.get(keys...)
	if n == nil {
		if required && s.n != nil {
			s.l.fail(s.n.place, "", "%s is missing: the key %s", what, quote(keys[0]))
		}
		return ""
	}
	if n.kind != kindString {
		s.wrongType(n, "the name of a file")
		return ""
	}
	path, _ := s.l.existing(n, what, Error)
	return path
}

// enabled reads the switch that entries of several sections have, and notes what it switches off.
func (s section) enabled() bool {
	on := s.boolean(true, "enabled")
	if !on {
		s.l.cfg.Disabled = append(s.l.cfg.Disabled, s.n.place.Path)
	}
	return on
}

// nodeSet returns a node set: a name, a list of node ids or names, or a filter.
func (s section) nodeSet(def any, keys ...string) any {
	n := s.get(keys...)
	if n == nil {
		return def
	}
	switch n.kind {
	case kindString, kindObject:
		return n.plain()
	case kindArray:
		for _, it := range n.items {
			if it.kind != kindNumber && it.kind != kindString {
				s.wrongType(it, "a node id")
				return def
			}
		}
		return n.plain()
	case kindNumber:
		return []any{n.number} // one id without brackets
	}
	s.wrongType(n, "the name of a node set, a list of node ids or a filter")
	return def
}

// ratio returns value/dt as a whole number, or false when dt does not divide value within 1e-6 (relative).
func ratio(value, dt float64) (int, bool) {
	q := value / dt
	r := math.Round(q)
	if math.Abs(r) > 1<<53 || math.IsNaN(q) {
		return 0, false
	}
	return int(r), math.Abs(q-r) <= 1e-6*math.Max(1, math.Abs(r))
}

// nearMultiple is the hint that goes with a time dt does not divide.
func nearMultiple(value, dt float64) string {
	steps := math.Max(1, math.Round(value/dt))
	return fmt.Sprintf("the nearest time that fits is %s ms", decimal(steps*dt))
}

// decimal prints a number without the noise of binary fractions.
func decimal(f float64) string {
	short, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 12, 64), 64)
	if err != nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return strconv.FormatFloat(short, 'f', -1, 64)
}
