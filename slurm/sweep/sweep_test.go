package sweep

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGrid(t *testing.T) {
	for _, c := range []struct {
		text, keys string
		points     []string
	}{
		{`{"run.dt": [0.1, 0.05], "inputs.x.amp": [1, 2]}`, "run.dt inputs.x.amp", []string{"[0.1 1]", "[0.1 2]", "[0.05 1]", "[0.05 2]"}},
		{`{"b": 1, "a": ["x", true]}`, "b a", []string{`[1 "x"]`, "[1 true]"}},
		{`{"amp": [[0.1, 0.2], [0.3]], "set": {"p": 1}}`, "amp set", []string{`[[0.1,0.2] {"p":1}]`, `[[0.3] {"p":1}]`}},
		{`[{"a": 1, "b": 2.50}, {"c": 3, "a": 4}]`, "a b c", []string{"[1 2.50 null]", "[4 null 3]"}},
	} {
		keys, values, err := ParseGrid([]byte(c.text))
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var points []string
		for _, v := range values {
			points = append(points, fmt.Sprintf("%s", v))
		}
		if got := strings.Join(keys, " "); got != c.keys || !cmp.Equal(points, c.points) {
			t.Errorf("%s: keys %s, points %q; want %s, %q", c.text, got, points, c.keys, c.points)
		}
	}
}

func TestBadGrids(t *testing.T) {
	big := `{"a": [` + strings.Repeat("1,", 999) + `1], "b": [` + strings.Repeat("1,", 999) + `1]}`
	for text, want := range map[string]string{
		"":                             "line 1: unexpected EOF",
		"{\n\"a\": [1,\n":              "line 2: unexpected",
		`{}`:                           "no key",
		`[]`:                           "no point",
		`7`:                            "expected {",
		`[7]`:                          "point 0 is no object",
		"{\"a\": 1,\n \"a\": 2}":       `line 2: the key "a" occurs twice`,
		`{"a": []}`:                    "a: the list is empty",
		`{"a": null}`:                  "null sets nothing",
		`{"a": [1, null]}`:             "null sets nothing",
		`{"a=b": 1}`:                   "is no key",
		`{"": 1}`:                      "is no key",
		`{"a": 1} x`:                   "line 1: there is text after the end",
		`{"a": [1, 2`:                  "unexpected",
		"{\"a\": 1,\n\n\"b\": [1 2]}":  "line 3: invalid character",
		big:                            "more than 100000 points",
		`[{"a": 1}, {"b": 1, "b": 2}]`: `the key "b" occurs twice`,
	} {
		if _, _, err := ParseGrid([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

// stub is a netsim that leaves what it was asked, and a summary.
const stub = `#!/bin/sh
echo "$@" >> "$CALLS"
case "$1" in
run) while [ $# -gt 1 ]; do [ "$1" = --output-dir ] && dir=$2; [ "$1" = --set ] && last="$last $2"; shift; done ;;
resume) dir=$2 last=resumed ;;
esac
case "$last" in
*fail*) exit 3 ;;
*again*) exit 85 ;;
*crash*) kill -9 $$ ;;
*wait*) trap 'exit 143' USR1; echo waiting >> "$CALLS"; while :; do sleep 0.05; done ;;
esac
echo '{"cells": 10, "spikes": 40, "tstop_ms": 500, "phases_s": {"total": 1.5}}' > "$dir/summary.json"
`

// prepared is a sweep of one key and a runner whose runs are the stub; calls reads what it was asked.
func prepared(t *testing.T, grid string) (s *Sweep, r *Runner, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	program, file := filepath.Join(dir, "netsim"), filepath.Join(dir, "calls")
	if err := os.WriteFile(program, []byte(stub), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CALLS", file)
	keys, points, err := ParseGrid([]byte(grid))
	if err != nil {
		t.Fatal(err)
	}
	s = &Sweep{Config: "/c.json", Arguments: []string{"--tstop", "500"}, Keys: keys, Points: points}
	if err := s.Prepare(filepath.Join(dir, "out"), false); err != nil {
		t.Fatal(err)
	}
	return s, &Runner{Launch: []string{"env", "X=1"}, Netsim: program, Stdout: os.Stdout, Stderr: os.Stderr}, func() string {
		text, _ := os.ReadFile(file)
		return string(text)
	}
}

func TestRunsAndTable(t *testing.T) {
	s, r, calls := prepared(t, `{"k": ["ok", "fail", "again", "crash", "never"], "v": [[1, 2]]}`)
	for point, want := range []int{0, 3, 85, 137} {
		if code, err := r.Run(s, point); code != want || err != nil {
			t.Errorf("point %d: exit code %d, %v; want %d", point, code, err, want)
		}
	}
	// What asked to go on does so from its checkpoint, and is then done.
	if code, err := r.Run(s, 2); code != 0 || err != nil {
		t.Errorf("going on: exit code %d, %v", code, err)
	}
	if got := calls(); !strings.HasPrefix(got, `run /c.json --tstop 500 --set k="ok" --set v=[1,2] --output-dir `+s.PointDir(0)+"\n") ||
		!strings.HasSuffix(got, "\nresume "+s.PointDir(2)+"\n") {
		t.Errorf("calls:\n%s", got)
	}
	if err := s.WriteTable(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(s.Dir(), TableFile))
	if err != nil {
		t.Fatal(err)
	}
	want := `point,k,v,spikes,rate_hz,time_s,exit,folder
0,ok,"[1,2]",40,8,1.500,0,0000
1,fail,"[1,2]",,,,3,0001
2,again,"[1,2]",40,8,1.500,0,0002
3,crash,"[1,2]",,,,137,0003
4,never,"[1,2]",,,,,0004
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if _, err := r.Run(s, 5); err == nil {
		t.Error("a point that is not there was run")
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir(), ".*.*")); len(left) > 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}

func TestSignalsArePassedOn(t *testing.T) {
	s, r, calls := prepared(t, `{"k": ["wait"]}`)
	signals := make(chan os.Signal)
	r.Signals = signals
	go func() {
		for end := time.Now().Add(20 * time.Second); !strings.Contains(calls(), "waiting") && time.Now().Before(end); {
			time.Sleep(10 * time.Millisecond)
		}
		signals <- syscall.SIGUSR1
	}()
	if code, err := r.Run(s, 0); code != 143 || err != nil {
		t.Errorf("exit code %d, %v; want 143", code, err)
	}
}

// TestTableOfPointsThatEndTogether holds that whoever writes last, the table has all.
func TestTableOfPointsThatEndTogether(t *testing.T) {
	s, r, _ := prepared(t, `{"k": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]}`)
	var all sync.WaitGroup
	for p := range s.Points {
		all.Go(func() {
			if _, err := r.Run(s, p); err != nil {
				t.Error(err)
			}
			if err := s.WriteTable(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := os.ReadFile(filepath.Join(s.Dir(), TableFile))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(s.Table()), string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestPrepareAgain(t *testing.T) {
	s, r, _ := prepared(t, `{"k": ["ok", "fail"]}`)
	if _, err := r.Run(s, 0); err != nil {
		t.Fatal(err)
	}
	again := *s
	again.Points = append([][]json.RawMessage{}, s.Points...)
	if err := again.Prepare(s.Dir(), false); err != nil {
		t.Errorf("the same sweep: %v", err)
	}
	if r, ok := again.Record(0); !ok || r.Exit == nil || *r.Exit != 0 {
		t.Errorf("what was done is forgotten: %+v, %v", r, ok)
	}
	again.Points = again.Points[:1]
	if err := again.Prepare(s.Dir(), false); !errors.Is(err, ErrOther) {
		t.Errorf("another sweep in the same folder: %v", err)
	}
	if err := again.Prepare(s.Dir(), true); err != nil {
		t.Errorf("with force: %v", err)
	}
	if _, ok := again.Record(0); ok {
		t.Error("a point of the replaced sweep counts as done")
	}
	if got, err := Open(s.Dir()); err != nil || len(got.Points) != 1 || got.Config != "/c.json" {
		t.Errorf("read back %+v, %v", got, err)
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder without a sweep was opened")
	}
}
