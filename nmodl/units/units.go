// Package units computes the conversion factors of UNITS blocks: name = (u1) (u2) is the size of u1 counted in u2.
//
// A unit is a number of base units: a factor and a power for each of metre, kilogram, second, coulomb, candela, bit
// and kelvin. Factors are computed in the order in which NEURON computes them, so that the results have equal bits.
package units

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// NumBase is the number of base units.
const NumBase = 7

// Unit is a factor and the power of each base unit.
type Unit struct {
	Factor float64
	Dim    [NumBase]int
}

// Conforms reports whether two units measure the same kind of thing.
func (u Unit) Conforms(v Unit) bool { return u.Dim == v.Dim }

// Table knows units by name. Each .mod file has its own, since a UNITS block may define more.
type Table struct {
	own map[string]Unit
}

// New is a table of the units that NEURON knows before a UNITS block adds its own.
func New() *Table { return &Table{own: map[string]Unit{}} }

// builtin is made once, when it is first needed, and never changed.
var builtin func() map[string]Unit

func init() { builtin = sync.OnceValue(makeBuiltin) }

func makeBuiltin() map[string]Unit {
	m := map[string]Unit{"": {Factor: 1}}
	for i, name := range base {
		u := Unit{Factor: 1}
		u.Dim[i] = 1
		m[name] = u
	}
	t := &Table{own: m}
	for _, group := range definitions {
		for _, d := range group {
			u, err := t.Eval(d[1])
			if err != nil {
				panic(err)
			}
			if _, twice := m[d[0]]; twice {
				panic("units: " + d[0] + " is defined twice")
			}
			m[d[0]] = u
		}
	}
	return m
}

func (t *Table) get(name string) (Unit, bool) {
	if u, ok := t.own[name]; ok {
		return u, true
	}
	if _, filling := t.own[""]; filling {
		return Unit{}, false // builtin itself, under construction
	}
	u, ok := builtin()[name]
	return u, ok
}

// Known reports whether a name is defined as such, without prefix and plural.
func (t *Table) Known(name string) bool {
	_, ok := t.get(name)
	return ok
}

// Define adds (name) = (def).
func (t *Table) Define(name, def string) error {
	u, err := t.Eval(def)
	if err != nil {
		return err
	}
	if t.Known(name) {
		return &RedefinedError{name}
	}
	t.own[name] = u
	return nil
}

// Factor is the size of unit from counted in unit to. Like NEURON it does not ask whether they conform.
func (t *Table) Factor(from, to string) (float64, error) {
	u, err := t.Eval(from)
	if err != nil {
		return 0, err
	}
	v, err := t.Eval(to)
	if err != nil {
		return 0, err
	}
	return u.Factor / v.Factor, nil
}

// UnknownError tells which part of a unit is not known.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("could not recognize the unit %q", e.Name)
}

// RedefinedError tells that a unit exists already.
type RedefinedError struct{ Name string }

func (e *RedefinedError) Error() string { return fmt.Sprintf("the unit %q is defined already", e.Name) }

// reader walks over the text of a unit; its end reads as a newline.
type reader struct {
	text string
	off  int
}

func (r *reader) peek() byte {
	if r.off < len(r.text) {
		return r.text[r.off]
	}
	return '\n'
}

func (r *reader) next() byte {
	c := r.peek()
	r.off++
	return c
}

// Eval computes a unit from text such as "kg-m2/sec3": an optional number, then names. "-" and blanks multiply; all
// that follows the first "/" divides; a digit behind a name is its power.
func (t *Table) Eval(text string) (Unit, error) {
	r := &reader{text: text}
	u := Unit{Factor: r.number()}
	if u.Factor == 0 {
		u.Factor = 1
	}
	den := false
	start := r.off
	for {
		at := r.off
		c := r.next()
		if !strings.ContainsRune("123456789-/ \t\n", rune(c)) {
			continue
		}
		if at > start {
			v, err := t.lookup(text[start:at])
			if err != nil {
				return u, err
			}
			power := 1
			if '2' <= c && c <= '9' {
				power = int(c - '0')
			}
			for range power {
				u.apply(v, den)
			}
		}
		start = r.off
		if c == '/' {
			den = true
		}
		if c == '\n' {
			return u, nil
		}
	}
}

func (u *Unit) apply(v Unit, den bool) {
	if den {
		u.Factor /= v.Factor
	} else {
		u.Factor *= v.Factor
	}
	for i, n := range v.Dim {
		if den {
			n = -n
		}
		u.Dim[i] += n
	}
}

// number reads 12.5, 1.6-19 (the exponent has no "e") or 1|60; 0 when there is none.
func (r *reader) number() float64 {
	for r.peek() == ' ' || r.peek() == '\t' {
		r.off++
	}
	start := r.off
	r.digits()
	if r.peek() == '.' {
		r.off++
		r.digits()
	}
	digits := r.text[min(start, len(r.text)):min(r.off, len(r.text))]
	exponent := ""
	if c := r.peek(); c == '+' || c == '-' {
		r.off++
		start = r.off
		r.digits()
		if r.off > start {
			exponent = "e" + string(c) + r.text[start:r.off]
		}
	}
	// Without digits the result is 0, as wanted.
	d, _ := strconv.ParseFloat(digits+exponent, 64)
	if r.peek() == '|' {
		r.off++
		return d / r.number()
	}
	return d
}

func (r *reader) digits() {
	for '0' <= r.peek() && r.peek() <= '9' {
		r.off++
	}
}

// lookup finds a name, if need be without prefixes and a plural s.
func (t *Table) lookup(name string) (Unit, error) {
	e, rest := 1., name
next:
	for {
		if u, ok := t.get(rest); ok {
			u.Factor *= e
			return u, nil
		}
		for _, p := range prefixes {
			if after, ok := strings.CutPrefix(rest, p.name); ok {
				e *= p.factor
				rest = after
				continue next
			}
		}
		if len(rest) > 1 && rest[len(rest)-1] == 's' {
			rest = rest[:len(rest)-1]
			continue
		}
		return Unit{}, &UnknownError{rest}
	}
}

var prefixes = []struct {
	name   string
	factor float64
}{
	{"atto", 1e-18}, {"femto", 1e-15}, {"pico", 1e-12}, {"nano", 1e-9}, {"micro", 1e-6}, {"milli", 1e-3}, {"centi", 1e-2},
	{"deci", 1e-1}, {"deka", 1e1}, {"hecta", 1e2}, {"hecto", 1e2}, {"kilo", 1e3}, {"mega", 1e6}, {"meg", 1e6}, {"giga", 1e9},
	{"tera", 1e12},
}

// Names lists the units that are known by name, for hints.
func (t *Table) Names() []string {
	var list []string
	for n := range t.own {
		list = append(list, n)
	}
	for n := range builtin() {
		if n != "" {
			list = append(list, n)
		}
	}
	return list
}

// BaseName is the name of base unit i, in the order of Unit.Dim.
func BaseName(i int) string { return base[i] }
