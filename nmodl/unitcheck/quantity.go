package unitcheck

import (
	"math"
	"strconv"
	"strings"

	"netsim/nmodl/units"
)

// quantity is what is known of the units of an expression.
type quantity struct {
	units.Unit
	open    bool  // made of plain numbers: it takes the units of the place where it stands
	unknown bool  // nobody can tell its units: it agrees with everything
	words   words // the units as the modeller wrote them
}

// words are names of units with their powers, in the order in which they came up.
type words []power

type power struct {
	name string
	n    int
}

// tolerance is how much two units may differ, relatively. modlunit has the same; constants of nature in .mod files
// have that many digits.
const tolerance = 1e-5

func pure() quantity { return quantity{Unit: units.Unit{Factor: 1}} }

// plain reports whether q is a number without units, and not a multiple of one.
func (q quantity) plain() bool { return q.Dim == units.Unit{}.Dim && near(q.Factor, 1) }

func near(a, b float64) bool { return math.Abs(a-b) <= tolerance*math.Abs(b) }

// agrees reports whether two quantities can be added.
func (q quantity) agrees(p quantity) bool {
	return q.open || p.open || q.unknown || p.unknown || q.Dim == p.Dim && near(p.Factor, q.Factor)
}

// times is q·p^n.
func (q quantity) times(p quantity, n int) quantity {
	f := math.Pow(p.Factor, float64(n))
	switch n {
	case 1:
		f = p.Factor
	case -1:
		f = 1 / p.Factor
	}
	q.Factor *= f
	for i, d := range p.Dim {
		q.Dim[i] += n * d
	}
	q.open = q.open && p.open
	// A factor beyond all numbers ((1e300)*(1e300)) cannot be compared.
	q.unknown = q.unknown || p.unknown || !(q.Factor > 0 && q.Factor <= math.MaxFloat64)
	q.words = q.words.times(p.words, n)
	return q
}

func (w words) times(v words, n int) words {
	if len(v) == 0 {
		return w
	}
	if len(w) == 0 && n == 1 {
		return v
	}
	out := make(words, len(w), len(w)+len(v))
	copy(out, w)
next:
	for _, p := range v {
		for i := range out {
			if out[i].name == p.name {
				out[i].n += n * p.n
				continue next
			}
		}
		out = append(out, power{p.name, n * p.n})
	}
	kept := out[:0]
	for _, p := range out {
		if p.n != 0 {
			kept = append(kept, p)
		}
	}
	return kept
}

// parseWords reads the names of a unit's text as units.Table.Eval does.
func parseWords(text string) words {
	var w words
	den := 1
	text = strings.TrimLeft(text, " \t0123456789.|+")
	for i := 0; i < len(text); {
		c := text[i]
		if c == '/' {
			den = -1
		}
		if strings.IndexByte("123456789-/ \t", c) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(text) && strings.IndexByte("123456789-/ \t", text[end]) < 0 {
			end++
		}
		n := 1
		if end < len(text) && '2' <= text[end] && text[end] <= '9' {
			n = int(text[end] - '0')
		}
		w = w.times(words{{text[i:end], n}}, den)
		i = end
	}
	return w
}

func (w words) String() string {
	var num, den []string
	for _, p := range w {
		n, list := p.n, &num
		if n < 0 {
			n, list = -n, &den
		}
		s := p.name
		if n > 1 {
			s += strconv.Itoa(n)
		}
		*list = append(*list, s)
	}
	s := strings.Join(num, "-")
	if len(den) > 0 {
		s += "/" + strings.Join(den, "-")
	}
	return s
}

// text is a quantity in a list: "(mV)", "(1000 mV)", "none".
func (c *check) text(q quantity) string {
	if q.plain() {
		return "none"
	}
	return "(" + c.unitText(q) + ")"
}

// in is a quantity in a sentence: "in (mV)", "without units".
func (c *check) in(q quantity) string {
	if q.plain() {
		return "without units"
	}
	return "in " + c.text(q)
}

// factor is the clause about two units that measure the same thing.
func (c *check) factor(got, want quantity) string {
	if got.Dim != want.Dim {
		return ""
	}
	k := got.Factor / want.Factor
	if k < 1 {
		k = 1 / k
	}
	return "; they differ by a factor of " + number(k)
}

// unitText writes units in the modeller's words, with the number that they lack.
func (c *check) unitText(q quantity) string {
	w := q.words
	u, err := c.table.Eval("1 " + w.String())
	if err != nil || u.Dim != q.Dim {
		w = nil
		for i, n := range q.Dim {
			if n != 0 {
				w = append(w, power{units.BaseName(i), n})
			}
		}
		u.Factor = 1
	}
	s := w.String()
	if k := q.Factor / u.Factor; !near(k, 1) {
		s = strings.TrimSpace(number(k) + " " + s)
		s = strings.Replace(s, " /", "/", 1)
	}
	return s
}

// number writes a factor with the digits that matter.
func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
