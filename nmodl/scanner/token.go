// Package scanner cuts a .mod file into the tokens of NEURON's translator nocmodl.
//
// The language is line oriented and its tokens depend a little on where they stand: what follows "(" may be a unit,
// which is raw text up to ")"; VERBATIM and COMMENT swallow whole lines; TITLE swallows its own line. The parser
// knows where it is, so it asks for these with InParens, LinesUntil and RestOfLine right after the token in question.
package scanner

// Kind of token.
type Kind uint8

// Kinds of tokens. Keywords come as Keyword with their text; operators and punctuation as Op with their text.
const (
	EOF     Kind = iota
	Name         // [a-zA-Z][a-zA-Z0-9_]*
	Prime        // name with one or more ' ; Primes counts them
	Int          // digits
	Real         // digits with a point or an exponent
	String       // "…"; Text is what stands between the quotes
	Keyword      // a reserved word
	Op           // ( ) { } [ ] , = + - * / ^ @ ~ ~+ < <= > >= == != ! && || <->
	Illegal      // any other character
)

// Token is one token. Line and Col count from 1, Col in bytes; Start and End are byte offsets into the text.
type Token struct {
	Kind       Kind
	Text       string // for Prime: the name without its primes; for if, else, while: the upper case form
	Primes     int
	Line, Col  int
	Start, End int
	FirstOn    bool // no other token stands before it on its line
}

// Is reports whether the token is this keyword or operator.
func (t Token) Is(text string) bool {
	return (t.Kind == Keyword || t.Kind == Op) && t.Text == text
}

// String is how messages show the token.
func (t Token) String() string {
	switch t.Kind {
	case EOF:
		return "end of file"
	case Prime:
		s := t.Text
		for range t.Primes {
			s += "'"
		}
		return s
	case String:
		return `"` + t.Text + `"`
	}
	return t.Text
}

// keywords are the reserved words of nocmodl 9 ("METHOD and STEADYSTATE are one token" there; the parser treats
// them alike). CHARGE is VALENCE. Words that only NEURON 8 reserved (PLOT, SENS, FORALL, RESET, …) are names here;
// the parser recognises them by their place, so that files written for NEURON 9 may use them as names.
var keywords = map[string]bool{}

func init() {
	for _, w := range Keywords {
		keywords[w] = true
	}
}

// Keywords lists the reserved words, for hints.
var Keywords = []string{
	"AFTER", "ARTIFICIAL_CELL", "ASSIGNED", "BBCOREPOINTER", "BEFORE", "BREAKPOINT", "BY", "CHARGE", "COMMENT",
	"COMPARTMENT", "CONDUCTANCE", "CONSERVE", "CONSTANT", "CONSTRUCTOR", "DEFINE", "DEL", "DEL2", "DEPEND", "DERIVATIVE",
	"DESTRUCTOR", "DISCRETE", "ELECTRODE_CURRENT", "ELSE", "EQUATION", "EXTERNAL", "FOR_NETCONS", "FROM", "FUNCTION",
	"FUNCTION_TABLE", "GLOBAL", "IF", "INCLUDE", "INDEPENDENT", "INITIAL", "INT", "KINETIC", "LAG", "LINEAR", "LOCAL",
	"LONGITUDINAL_DIFFUSION", "METHOD", "MUTEXLOCK", "MUTEXUNLOCK", "NET_RECEIVE", "NEURON", "NONLINEAR",
	"NONSPECIFIC_CURRENT", "PARAMETER", "POINTER", "POINT_PROCESS", "PROCEDURE", "PROTECT", "RANDOM", "RANGE", "READ",
	"REPRESENTS", "SOLVE", "SOLVEFOR", "START", "STATE", "STEADYSTATE", "STEP", "SUFFIX", "SWEEP", "TABLE", "THREADSAFE",
	"TITLE", "TO", "UNITS", "UNITSOFF", "UNITSON", "USEION", "VALENCE", "VERBATIM", "VS", "WATCH", "WHILE", "WITH",
	"WRITE",
}
