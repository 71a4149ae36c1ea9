package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"netsim/modlab"
)

func TestNormal(t *testing.T) {
	a := "TITLE one\nCOMMENT\nwords : more\nENDCOMMENT\nNEURON { SUFFIX x } : text\r\nPARAMETER { g = 1 }\n"
	b := "NEURON {\n  SUFFIX x\n}\nPARAMETER {g=1} ? text\n"
	if normal(a) != normal(b) {
		t.Errorf("%q and %q", normal(a), normal(b))
	}
	if normal(a) == normal(strings.Replace(a, "g = 1", "g = 2", 1)) {
		t.Error("different files look the same")
	}
}

func TestCompareTraces(t *testing.T) {
	tr := &modlab.Trace{Names: []string{"t", "v", "m", "gone"}, Rows: [][]float64{{0, -65, 0.5, 1}, {1, -65, 0.25, 1}}}
	nan := math.NaN()
	names := []string{"t", "v", "m", "gone"}
	d := compareTraces(tr, names, [][]float64{{0, -65, 0.5, nan}, {1, -65, 0.25, nan}})
	if d.equal != 6 || d.compared != 6 || d.largest != 0 || !d.moving || len(d.missing) != 1 {
		t.Errorf("%+v", d)
	}
	d = compareTraces(tr, names, [][]float64{{0, -65, 0.5, nan}, {1, -65, 0.2, nan}})
	if d.equal != 5 || math.Abs(d.largest-0.25) > 1e-9 || d.worst != "m" || !strings.HasPrefix(d.where, "m, step 1") {
		t.Errorf("%+v", d)
	}
	if d = compareTraces(tr, names, nil); !math.IsInf(d.largest, 1) {
		t.Errorf("%+v", d)
	}
}

// TestForget holds that results of another version of the script are not taken.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	script, result := filepath.Join(dir, "s.py"), filepath.Join(dir, "1.result")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		script string
		kept   bool
	}{{"one", false}, {"one", true}, {"two", false}} {
		write(script, c.script)
		write(result, "{}")
		if err := forget(dir, script); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(result); (err == nil) != c.kept {
			t.Errorf("after script %q: %v; want the result kept: %v", c.script, err, c.kept)
		}
	}
}

// TestProtocols holds that the protocols of own mechanisms run and move something, and that the table has its columns.
func TestProtocols(t *testing.T) {
	dir := t.TempDir()
	subjects := collect([]string{filepath.Join("..", "..", "..", "mechanisms")}, "")
	if len(subjects) < 8 {
		t.Fatalf("%d files", len(subjects))
	}
	for _, s := range subjects {
		protocol, _, ok := s.netsim(dir)
		if !ok || s.failed != "" || s.trace == nil {
			t.Errorf("%s: %s %s %v", s.shown, s.problem, s.failed, s.refused)
			continue
		}
		if _, err := modlab.ReadProtocol(s.shown, protocol); err != nil {
			t.Error(err)
		}
		s.neuron = neuron{Accepted: true, Compiled: true, Ran: true}
		s.diff = compareTraces(s.trace, s.trace.Names, s.trace.Rows)
		if !s.diff.moving && !strings.Contains(s.shown, "pas") {
			t.Errorf("%s: nothing moves", s.shown)
		}
	}
	var b strings.Builder
	report(&b, subjects)
	if !strings.Contains(b.String(), "| bit-equal |") || !strings.Contains(b.String(), "DERIVATIVE cnexp") {
		t.Error(b.String())
	}
}

// TestLive runs the whole way with NEURON for the mechanisms that come with netsim.
func TestLive(t *testing.T) {
	python := os.Getenv("NETSIM_PYTHON")
	if python == "" {
		t.Skip("NETSIM_PYTHON (a Python with NEURON 9) is not set")
	}
	script := filepath.Join("..", "neuron_trace.py")
	for _, c := range []struct{ file, name string }{{"hh.mod", "hh"}, {"expsyn.mod", "ExpSyn"}, {"netstim.mod", "NetStim"}} {
		src, _, ds := modlab.Open(filepath.Join("..", "..", "..", "mechanisms", c.file))
		if src == nil {
			t.Fatal(ds)
		}
		m, _ := src.Compile()
		protocol := protocolFor(src, m)
		text, err := json.Marshal(protocol)
		if err != nil {
			t.Fatal(err)
		}
		p, err := modlab.ReadProtocol(c.file, text)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := modlab.Run(src, p)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		in, out := filepath.Join(dir, "p.json"), filepath.Join(dir, "out.csv")
		if err := os.WriteFile(in, text, 0o666); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(python, script, c.name, in, out)
		cmd.Stdout = io.Discard
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		names, rows, err := readCSV(out)
		if err != nil {
			t.Fatal(err)
		}
		if d := compareTraces(tr, names, rows); d.equal != d.compared || d.compared == 0 {
			t.Errorf("%s: %s", c.name, d.where)
		}
	}
}
