package scanner

import (
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

// tokens shows a text's tokens, each as its kind's letter and its text.
func tokens(text string) string {
	s := New(text)
	var list []string
	for {
		t := s.Next()
		if t.Kind == EOF {
			return strings.Join(list, " ")
		}
		list = append(list, "-nPirSkoX"[t.Kind:t.Kind+1]+":"+t.String())
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"abc a_1 A9", "n:abc n:a_1 n:A9"},
		{"m' m'' m'0 m''0 m '", "P:m' P:m'' n:Dm0 n:D2m0 n:m X:'"},
		{"if IF While while else Else", "k:IF k:IF n:While k:WHILE k:ELSE n:Else"},
		{"PARAMETER parameter", "k:PARAMETER n:parameter"},
		{"1 1. .5 1.5 1e3 1E+3 1.e-3 1e 1.5.2 1e+", "i:1 r:1. r:.5 r:1.5 r:1e3 r:1E+3 r:1.e-3 i:1 n:e r:1.5 r:.2 i:1 n:e o:+"},
		{"a<->b < -> <= >= == != ! && || ~ ~+", "n:a o:<-> n:b o:< o:- o:> o:<= o:>= o:== o:!= o:! o:&& o:|| o:~ o:~+"},
		{"<< <-", "o:< o:< o:< o:-"},
		{"& | ; # $", "X:& X:| X:; X:# X:$"},
		{"a : b ? c\nd ? e : f\ng", "n:a n:d n:g"},
		{"a : caf\xe9 \u00b5m\nb", "n:a n:b"},
		{"a \u00b5 b", "n:a X:\u00b5 n:b"},
		{`"a : b" "x` + "\n" + `y" "open`, `S:"a : b" S:"x` + "\n" + `y" X:" n:open`},
		{"a\x1ab", "n:a"},
		{"a\x04b", "n:a"},
		{"\xef\xbb\xbfa", "n:a"},
		{"a.b", "n:a X:. n:b"},
	} {
		if got := tokens(c.text); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		s := New("a b" + end + end + "\tc : x" + end + "d")
		for i, want := range []Token{
			{Line: 1, Col: 1, FirstOn: true}, {Line: 1, Col: 3}, {Line: 3, Col: 2, FirstOn: true}, {Line: 4, Col: 1, FirstOn: true},
		} {
			got := s.Next()
			if got.Line != want.Line || got.Col != want.Col || got.FirstOn != want.FirstOn {
				t.Errorf("%q token %d: got %d:%d %v, want %d:%d %v", end, i, got.Line, got.Col, got.FirstOn, want.Line, want.Col, want.FirstOn)
			}
		}
	}
}

func TestLinesUntil(t *testing.T) {
	for _, c := range []struct {
		text, want, after string
		ok                bool
	}{
		{"VERBATIM\n a\nENDVERBATIM b\nc", "\n a\n", "n:c", true},
		{"VERBATIM x\n\t ENDVERBATIM;\nc", " x\n", "n:c", true},
		{"VERBATIM\nENDVERBATIMX\nx ENDVERBATIM\nENDVERBATIM1", "\nENDVERBATIMX\nx ENDVERBATIM\n", "", true},
		{"VERBATIM ENDVERBATIM\nc", "", "n:c", true},
		{"VERBATIM\r\n\xe9\r\nENDVERBATIM\r\nc", "\r\n\xe9\r\n", "n:c", true},
		{"VERBATIM\nabc", "\nabc", "", false},
		{"VERBATIM", "", "", false},
	} {
		s := New(c.text)
		s.Next()
		got, ok := s.LinesUntil("ENDVERBATIM")
		if got != c.want || ok != c.ok {
			t.Errorf("%q: got %q %v, want %q %v", c.text, got, ok, c.want, c.ok)
		}
		rest := ""
		if tok := s.Next(); tok.Kind != EOF {
			rest = "n:" + tok.Text
		}
		if rest != c.after {
			t.Errorf("%q: then %q, want %q", c.text, rest, c.after)
		}
	}
}

func TestInParens(t *testing.T) {
	s := New("(mV : ? /2) x (open\n)")
	s.Next()
	if got, ok := s.InParens(); got != "mV : ? /2" || !ok {
		t.Errorf("got %q %v", got, ok)
	}
	s.Next()
	s.Next()
	if got, ok := s.InParens(); got != "open" || ok {
		t.Errorf("got %q %v", got, ok)
	}
}

func TestOntology(t *testing.T) {
	for _, c := range []struct {
		text, want string
		ok         bool
	}{
		{" NCIT:C17 x", "NCIT:C17", true}, {" [CHEBI:29] x", "CHEBI:29", true}, {" foo", "", false},
		{"\nNCIT:C17", "", false}, {" [CHEBI:29", "", false}, {" 1:2", "", false},
	} {
		s := New(c.text)
		if got, ok := s.Ontology(); got != c.want || ok != c.ok {
			t.Errorf("%q: got %q %v", c.text, got, ok)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add("NEURON { SUFFIX a } : c\nm'0 = 1.e-3 \"x\" ~+ \x1a")
	for _, text := range fuzzing.Mods(f) {
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		s := New(text)
		end := 0
		for n := 0; ; n++ {
			tok := s.Next()
			if tok.Kind == EOF {
				return
			}
			if tok.End <= tok.Start || tok.Start < end || tok.Col < 1 || tok.Line < 1 {
				t.Fatalf("token %+v after offset %d", tok, end)
			}
			end = tok.End
		}
	})
}
