package diag

import (
	"strings"
	"testing"
)

func TestRender(t *testing.T) {
	d := Diagnostic{Path: "a.mod", Line: 2, Col: 3, Msg: "bad", Hint: "did you mean c?"}
	for _, src := range []string{"a\n\tbx\nc", "a\r\n\tbx\r\nc", "a\r\tbx\rc"} {
		if got, want := d.Render(src), "a.mod:2:3: bad\n    \tbx\n    \t ^\n    did you mean c?\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for _, c := range []struct {
		d    Diagnostic
		want string
	}{
		{Diagnostic{Msg: "m"}, "m\n"},
		{Diagnostic{Path: "p", Msg: "m", Severity: Warning}, "p: warning: m\n"},
		{Diagnostic{Path: "p", Line: 9, Col: 1, Msg: "m"}, "p:9:1: m\n"},
		{Diagnostic{Path: "p", Line: 1, Col: 99, Msg: "m"}, "p:1:99: m\n    ab?\n       ^\n"},
	} {
		if got := c.d.Render("ab\xe9"); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"gnabar", "minf", "mtau", "V"}
	for _, c := range []struct{ name, want string }{
		{"gnbar", "gnabar"}, {"Minf", "minf"}, {"mtua", "mtau"}, {"v", "V"}, {"x", ""}, {"gkbar", "gnabar"}, {"hinf", "minf"}, {"other", ""},
	} {
		if got := Nearest(c.name, names); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestManyFindings: of each severity enough are kept, and what quotes the file is cut.
func TestManyFindings(t *testing.T) {
	var ds []Diagnostic
	for range 10000 {
		ds = Add(ds, Diagnostic{Msg: strings.Repeat("é", 10000), Severity: Warning})
	}
	for range 10000 {
		ds = Add(ds, Diagnostic{Line: 1, Col: 5000, Msg: "m"})
	}
	if len(ds) != 2*maxFindings || !HasErrors(ds) || len(ds[0].Msg) > maxText+10 {
		t.Errorf("%d findings, %d bytes", len(ds), len(ds[0].Msg))
	}
	got := ds[maxFindings].Render(strings.Repeat("x", 4999) + "y" + strings.Repeat("z", 10000))
	lines := strings.Split(got, "\n")
	if len(lines[1]) > maxLine+4 || lines[1][strings.Index(lines[2], "^")] != 'y' {
		t.Errorf("got\n%s", got)
	}
}
