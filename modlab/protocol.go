package modlab

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"netsim/nmodl/diag"
	"netsim/nmodl/program"
)

// Protocol says what is done to the compartment. What a file leaves out keeps the value of DefaultProtocol.
type Protocol struct {
	Dt      float64 // ms
	TStop   float64 // ms
	Celsius float64 // degC
	VInit   float64 // mV
	L, Diam float64 // um
	Cm      float64 // uF/cm2
	Ra      float64 // ohm cm

	Parameters map[string]float64 // of the mechanism, "g_pas" of an inserted one; RANGE and GLOBAL, "x[2]" of an array

	Clamp  []Plateau // v, set before each step; none: v runs free
	IClamp []Pulse
	Events []Event // to the point process or artificial cell

	Ions     map[string]map[string][]Plateau // by ion, then by variable: cai, cao (mM), eca (mV)
	Pointers map[string]Pointee              // what the mechanism's POINTERs refer to
	Insert   []string                        // further density mechanisms
	Record   []string                        // nil: every STATE, RANGE, current, ion variable and POINTER that is set
	Seed     *uint32                         // names the mechanism's random streams (see setters); nil: nobody does
	Calls    []Call                          // of the mechanism's PROCEDUREs, before the start
}

// Pointee is what a POINTER refers to: a variable of the segment or of the mechanism itself by the name that record
// takes, or a value of its own.
type Pointee struct {
	Variable string
	Values   []Plateau // the value at the start, and what it is set to before the steps; unless Variable is given
}

// Call is a call of a PROCEDURE that reads the arguments of a script's call, with numbers and Vectors: syn.play(vec).
type Call struct {
	Procedure string
	Args      []program.Argument
}

// Plateau is a value from a time (ms) on.
type Plateau struct{ T, Value float64 }

// Pulse is a current step: delay and duration in ms, amplitude in nA.
type Pulse struct{ Delay, Dur, Amp float64 }

// Event is a delivery at T (ms); Weight is the first argument of NET_RECEIVE. Events of one weight come from one
// NetCon, so they share what NET_RECEIVE writes to its other arguments.
type Event struct{ T, Weight float64 }

// DefaultProtocol is 50 ms of a free compartment.
func DefaultProtocol() Protocol {
	return Protocol{Dt: 0.025, TStop: 50, Celsius: 34, VInit: -65, L: 20, Diam: 20, Cm: 1, Ra: 100}
}

// ProtocolError lists everything that is wrong with a protocol.
type ProtocolError struct {
	Path     string
	Problems []string
}

// Error has one line per problem.
func (e *ProtocolError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p
		if e.Path != "" {
			lines[i] = e.Path + ": " + p
		}
	}
	return strings.Join(lines, "\n")
}

// maxSteps bounds a trace.
const maxSteps = 1 << 26

// keys are the names of a protocol, each with what takes its value.
func (p *Protocol) keys() map[string]func(json.RawMessage) error {
	number := func(x *float64) func(json.RawMessage) error {
		return func(raw json.RawMessage) error { return into(raw, x, "a number") }
	}
	names := func(x *[]string) func(json.RawMessage) error {
		return func(raw json.RawMessage) error { return into(raw, x, "a list of names") }
	}
	return map[string]func(json.RawMessage) error{
		"dt": number(&p.Dt), "tstop": number(&p.TStop), "celsius": number(&p.Celsius), "v_init": number(&p.VInit),
		"L": number(&p.L), "diam": number(&p.Diam), "cm": number(&p.Cm), "Ra": number(&p.Ra),
		"insert": names(&p.Insert), "record": names(&p.Record),
		"parameters": func(raw json.RawMessage) error {
			return into(raw, &p.Parameters, "an object of numbers")
		},
		"seed": func(raw json.RawMessage) error {
			p.Seed = new(uint32)
			return into(raw, p.Seed, "a whole number from 0 to 4294967295")
		},
		"clamp": func(raw json.RawMessage) error {
			rows, err := tuples(raw, "[t, v]", 2)
			for _, r := range rows {
				p.Clamp = append(p.Clamp, Plateau{r[0], r[1]})
			}
			return err
		},
		"iclamp": func(raw json.RawMessage) error {
			rows, err := tuples(raw, "[delay, dur, amp]", 3)
			for _, r := range rows {
				p.IClamp = append(p.IClamp, Pulse{r[0], r[1], r[2]})
			}
			return err
		},
		"events": func(raw json.RawMessage) error {
			rows, err := tuples(raw, "[t, weight]", 2)
			for _, r := range rows {
				p.Events = append(p.Events, Event{r[0], r[1]})
			}
			return err
		},
		"pointers": func(raw json.RawMessage) error {
			var all map[string]json.RawMessage
			if err := into(raw, &all, `an object such as {"vgap":-20}`); err != nil {
				return err
			}
			p.Pointers = map[string]Pointee{}
			for name, raw := range all {
				to := Pointee{}
				if err := into(raw, &to.Variable, ""); err != nil || to.Variable == "" {
					if to.Values, err = plateaus(raw); err != nil || len(to.Values) == 0 {
						return fmt.Errorf("%s: %s must be a number, a list of [t, value], or the name of a variable", name, short(raw))
					}
				}
				p.Pointers[name] = to
			}
			return nil
		},
		"calls": func(raw json.RawMessage) error {
			var all [][]json.RawMessage
			if err := into(raw, &all, `a list such as [["play", [1, 2.5]]]`); err != nil {
				return err
			}
			for _, fields := range all {
				c, err := call(fields)
				if err != nil {
					return err
				}
				p.Calls = append(p.Calls, c)
			}
			return nil
		},
		"ions": func(raw json.RawMessage) error {
			var all map[string]map[string]json.RawMessage
			if err := into(raw, &all, `an object such as {"ca":{"cai":5e-5}}`); err != nil {
				return err
			}
			p.Ions = map[string]map[string][]Plateau{}
			for ion, set := range all {
				p.Ions[ion] = map[string][]Plateau{}
				for name, raw := range set {
					v, err := plateaus(raw)
					if err != nil {
						return fmt.Errorf("%s.%s %w", ion, name, err)
					}
					p.Ions[ion][name] = v
				}
			}
			return nil
		},
	}
}

// ReadProtocol reads a protocol; path names it in messages. The error is a *ProtocolError.
func ReadProtocol(path string, text []byte) (Protocol, error) {
	p := DefaultProtocol()
	fail := &ProtocolError{Path: path}
	fields, order, err := object(text)
	if err != nil {
		fail.Problems = []string{err.Error()}
		return p, fail
	}
	keys := p.keys()
	for _, key := range order {
		set, known := keys[key]
		if !known {
			fail.add(unknown("key", key, sorted(keys)))
			continue
		}
		if err := set(fields[key]); err != nil {
			fail.add(key + ": " + err.Error())
		}
	}
	p.check(fail)
	if fail.Problems != nil {
		return p, fail
	}
	return p, nil
}

func (e *ProtocolError) add(problem string) { e.Problems = append(e.Problems, problem) }

// check says what no compartment can have and no clock can do.
func (p *Protocol) check(fail *ProtocolError) {
	for _, x := range []struct {
		name  string
		value float64
	}{{"dt", p.Dt}, {"L", p.L}, {"diam", p.Diam}, {"cm", p.Cm}, {"Ra", p.Ra}} {
		if !(x.value > 0) || math.IsInf(x.value, 0) {
			fail.add(fmt.Sprintf("%s: %g; it must be positive", x.name, x.value))
		}
	}
	if !(p.TStop >= 0) || p.TStop/p.Dt > maxSteps {
		fail.add(fmt.Sprintf("tstop: %g ms with dt = %g ms; 0 to %d steps can be traced", p.TStop, p.Dt, maxSteps))
	}
	inOrder := func(key string, list []Plateau) {
		for i := 1; i < len(list); i++ {
			if list[i].T <= list[i-1].T {
				fail.add(fmt.Sprintf("%s: the times must rise, but %g ms follows %g ms", key, list[i].T, list[i-1].T))
				return
			}
		}
	}
	inOrder("clamp", p.Clamp)
	for _, ion := range sorted(p.Ions) {
		for _, name := range sorted(p.Ions[ion]) {
			inOrder("ions: "+name, p.Ions[ion][name])
		}
	}
	for _, name := range sorted(p.Pointers) {
		inOrder("pointers: "+name, p.Pointers[name].Values)
	}
	if len(p.Clamp) > 0 && len(p.IClamp) > 0 {
		fail.add("iclamp: v is clamped, so a current has no effect; leave one of clamp and iclamp out")
	}
	for _, e := range p.Events {
		if !(e.T >= 0) {
			fail.add(fmt.Sprintf("events: t = %g ms; events come at 0 ms or later", e.T))
			break
		}
	}
}

// Steps is the number of steps to tstop.
func (p *Protocol) Steps() int { return int(math.Round(p.TStop / p.Dt)) }

// object splits a JSON object into its fields, in order, each once.
func object(text []byte) (map[string]json.RawMessage, []string, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil {
		return nil, nil, jsonFault(text, err)
	}
	if open != json.Delim('{') {
		return nil, nil, errors.New(`a protocol is a JSON object, {"dt": 0.025, …}`)
	}
	fields, order := map[string]json.RawMessage{}, []string{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, jsonFault(text, err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return nil, nil, jsonFault(text, err)
		}
		name := key.(string)
		if _, twice := fields[name]; twice {
			return nil, nil, fmt.Errorf("key %q stands there twice", name)
		}
		fields[name] = raw
		order = append(order, name)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, jsonFault(text, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, nil, errors.New("there is more text behind the closing brace")
	}
	return fields, order, nil
}

// jsonFault gives the line of a syntax error.
func jsonFault(text []byte, err error) error {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		at := min(int(s.Offset), len(text))
		return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:at], []byte("\n")), err)
	}
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the JSON text ends too early")
	}
	return err
}

func into(raw json.RawMessage, x any, what string) error {
	if err := json.Unmarshal(raw, x); err != nil || bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return fmt.Errorf("%s must be %s", short(raw), what)
	}
	return nil
}

// plateaus reads a number, or a list of [t, value].
func plateaus(raw json.RawMessage) ([]Plateau, error) {
	var x float64
	if err := into(raw, &x, ""); err == nil {
		return []Plateau{{0, x}}, nil
	}
	rows, err := tuples(raw, "[t, value]", 2)
	if err != nil {
		return nil, fmt.Errorf("%s must be a number or a list of [t, value]", short(raw))
	}
	var out []Plateau
	for _, r := range rows {
		out = append(out, Plateau{r[0], r[1]})
	}
	return out, nil
}

// call reads a name and its arguments.
func call(fields []json.RawMessage) (Call, error) {
	var c Call
	if len(fields) == 0 {
		return c, errors.New(`an empty list must be ["procedure", argument, …]`)
	}
	if err := into(fields[0], &c.Procedure, "the name of a PROCEDURE"); err != nil {
		return c, err
	}
	for _, raw := range fields[1:] {
		var a program.Argument
		if err := into(raw, &a.Number, ""); err != nil {
			if err := into(raw, &a.Vector, ""); err != nil {
				return c, fmt.Errorf("%s: %s must be a number or a list of numbers", c.Procedure, short(raw))
			}
		}
		c.Args = append(c.Args, a)
	}
	return c, nil
}

func tuples(raw json.RawMessage, form string, n int) ([][]float64, error) {
	var rows [][]float64
	if err := into(raw, &rows, "a list of "+form); err != nil {
		return nil, err
	}
	for i, r := range rows {
		if len(r) != n {
			return nil, fmt.Errorf("entry %d has %d numbers; each must be %s", i+1, len(r), form)
		}
	}
	return rows, nil
}

func short(raw json.RawMessage) string {
	s := strings.Join(strings.Fields(string(raw)), " ")
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:37], "") + "..."
	}
	return s
}

// unknown is the message about a name that is none of the candidates.
func unknown(what, name string, candidates []string) string {
	text := fmt.Sprintf("unknown %s %q", what, name)
	if hint := diag.DidYouMean(name, candidates); hint != "" {
		return text + ": " + hint
	}
	if len(candidates) == 0 {
		return text + "; there is none"
	}
	return text + "; there are " + strings.Join(candidates, ", ")
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
