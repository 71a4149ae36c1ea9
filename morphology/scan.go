package morphology

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Error says why a file was refused.
type Error struct {
	Path string // file
	Line int    // line in the file, from 1; 0 if it concerns the file as a whole
	Text string // what was found, what was expected, what to do
}

// Error formats the refusal as path:line: text.
func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Text)
}

// swcPoint is one accepted line. The numbers are float32 values held as doubles.
type swcPoint struct {
	line    int
	id, typ float64
	xyz     [3]float64 // um
	d       float64    // um; twice the radius of the file
	pid     float64
}

// columns names the seven numbers of a line for messages.
var columns = [7]string{"id", "type", "x", "y", "z", "radius", "parent id"}

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r'
}

func skipSpace(s []byte) []byte {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	return s
}

// cutLine splits at the first line end: LF, CR LF or CR. more is false after the last line.
func cutLine(text []byte) (line, rest []byte, more bool) {
	i := bytes.IndexAny(text, "\r\n")
	if i < 0 {
		return text, nil, false
	}
	if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' {
		return text[:i], text[i+2:], true
	}
	return text[:i], text[i+1:], true
}

// scanSWC returns the lines that begin with seven numbers, as C's "%f" reads numbers (morphology.md §2).
// Other lines are skipped; those that are neither blank nor comments give a warning, as NEURON prints one.
func scanSWC(path string, text []byte) (points []swcPoint, warnings []Warning, err error) {
	for no, more := 1, true; more; no++ {
		var line []byte
		line, text, more = cutLine(text)
		if i := bytes.IndexByte(line, 0); i >= 0 {
			line = line[:i] // a C string ends here
		}
		s, n := line, 0
		var v [7]float64
		for n < len(v) {
			s = skipSpace(s)
			x, length := scanFloat32(s)
			if length == 0 {
				break
			}
			v[n] = float64(x)
			s = s[length:]
			n++
		}
		if n < len(v) {
			if first := skipSpace(line); len(first) > 0 && first[0] != '#' {
				text := fmt.Sprintf("line skipped: %d numbers instead of 7 (id type x y z radius parent)", n)
				if no == 1 && bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) {
					text = "line skipped: it begins with a byte order mark; save the file without one"
				}
				warnings = warn(warnings, Warning{path, no, text})
			}
			continue
		}
		for i, x := range v {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, nil, &Error{path, no, fmt.Sprintf("%s is not a finite float32 number; correct the file", columns[i])}
			}
		}
		for _, i := range []int{0, 1, 6} {
			if v[i] != math.Trunc(v[i]) {
				return nil, nil, &Error{path, no, fmt.Sprintf("%s %g is not a whole number; correct the file", columns[i], v[i])}
			}
		}
		points = append(points, swcPoint{line: no, id: v[0], typ: v[1], xyz: [3]float64{v[2], v[3], v[4]}, d: 2 * v[5], pid: v[6]})
	}
	return points, warnings, nil
}

// maxWarnings is how many are kept; nobody reads more.
const maxWarnings = 1000

func warn(list []Warning, w Warning) []Warning {
	if len(list) == maxWarnings {
		return append(list, Warning{w.Path, w.Line, "there are more warnings from here on"})
	}
	if len(list) > maxWarnings {
		return list
	}
	return append(list, w)
}

// scanFloat32 reads the longest number at the start of s as C's strtof reads it (decimal, hexadecimal, inf, nan),
// rounded once to float32. An exponent without digits is taken and counts for nothing. length 0: no number.
func scanFloat32(s []byte) (value float32, length int) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	negative := i > 0 && s[0] == '-'
	signed := func(v float64) float32 {
		if negative {
			v = -v
		}
		return float32(v)
	}
	rest := s[i:]
	switch {
	case hasWord(rest, "nan"):
		return float32(math.NaN()), i + 3
	case hasWord(rest, "infinity"):
		return signed(math.Inf(1)), i + 8
	case hasWord(rest, "inf"):
		if len(rest) > 3 && (rest[3] == 'i' || rest[3] == 'I') {
			return 0, 0 // a started "infinity" is no number for sscanf
		}
		return signed(math.Inf(1)), i + 3
	case hasWord(rest, "0x"):
		return scanHex(s, i)
	}
	start := i
	i = digits(s, i)
	mantissa := i - start
	if i < len(s) && s[i] == '.' {
		end := digits(s, i+1)
		mantissa += end - i - 1
		if mantissa == 0 {
			return 0, 0
		}
		i = end
	}
	if mantissa == 0 {
		return 0, 0
	}
	number := i
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if end := digits(s, i); end > i {
			i, number = end, end
		}
	}
	return parseFloat32(string(s[:number])), i
}

// scanHex reads a hexadecimal float whose "0x" begins at i.
func scanHex(s []byte, i int) (value float32, length int) {
	isHex := func(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
	start := i + 2
	j, n := start, 0
	for ; j < len(s) && isHex(s[j]); j++ {
		n++
	}
	if j < len(s) && s[j] == '.' {
		for j++; j < len(s) && isHex(s[j]); j++ {
			n++
		}
	}
	mantissa := j
	exponent := "p0"
	if j < len(s) && s[j]|0x20 == 'p' {
		k := j + 1
		if k < len(s) && (s[k] == '+' || s[k] == '-') {
			k++
		}
		if end := digits(s, k); end > k {
			exponent = string(s[j:end])
			k = end
		}
		j = k
	}
	if j == start {
		return 0, 0
	}
	if n == 0 {
		return 0, j
	}
	return parseFloat32(string(s[:mantissa]) + exponent), j
}

// parseFloat32 rounds a well-formed number to float32; too large ones become infinite.
func parseFloat32(s string) float32 {
	v, err := strconv.ParseFloat(s, 32)
	if err != nil && !math.IsInf(v, 0) {
		return float32(math.NaN())
	}
	return float32(v)
}

func digits(s []byte, i int) int {
	for i < len(s) && '0' <= s[i] && s[i] <= '9' {
		i++
	}
	return i
}

func hasWord(s []byte, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(string(s[:len(word)]), word)
}
