package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// write makes files in a new folder and returns it. Every name in empty becomes an empty file.
func write(t testing.TB, files map[string]string, empty ...string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		put(name, text)
	}
	for _, name := range empty {
		put(name, "")
	}
	return dir
}

const (
	goodRun      = `"run": {"tstop": 10, "dt": 0.1}, "conditions": {"celsius": 34, "v_init": -80}`
	goodNetworks = `"networks": {"nodes": [{"nodes_file": "n.h5", "node_types_file": "n.csv"}]}`
)

// load reads {goodRun, goodNetworks, more} in a folder that has the files it names.
func loadWith(t testing.TB, more string, opts Options) (*Config, []Problem) {
	t.Helper()
	text := "{" + goodRun + ", " + goodNetworks
	if more != "" {
		text += ", " + more
	}
	dir := write(t, map[string]string{"config.json": text + "}"}, "n.h5", "n.csv", "s.h5", "w.csv", "e.h5", "e.csv")
	opts.WorkingDir = dir
	return Load("config.json", opts)
}

// expect checks that exactly one problem has all the parts.
func expect(t *testing.T, problems []Problem, parts ...string) {
	t.Helper()
	n := 0
	for _, p := range problems {
		text := p.String()
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) }) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d problems say %q, want 1; there are:", n, parts)
		for _, p := range problems {
			t.Log(p)
		}
	}
}

func noProblems(t *testing.T, problems []Problem) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

func TestManifest(t *testing.T) {
	now := time.Date(2024, 3, 21, 9, 8, 7, 0, time.UTC)
	for _, test := range []struct{ manifest, text, want string }{
		{``, `${configdir}/x`, `DIR/x`},
		{``, `$configdir/x`, `DIR/x`},
		{``, `${workingdir}/${time}_$date`, `DIR/09-08-07_2024-03-21`},
		{``, `${datetime}`, `2024-03-21_09-08-07`},
		{``, `${configfname}`, `DIR/config.json`},
		{`"$A": "a"`, `$A/${A}b`, `a/ab`},
		{`"A": "a"`, `$A`, `a`},
		{`"${A}": "a"`, `$A`, `a`},
		{`"$A": "${B}/x", "$B": "$C", "$C": "c"`, `$A`, `c/x`},
		{`"$configdir": "mine"`, `${configdir}`, `mine`},
		{`"$A": "x", "$AB": "y"`, `$AB$A`, `yx`},
		{`"$A": "a"`, `100$`, `100$`},
	} {
		dir := write(t, map[string]string{"config.json": fmt.Sprintf(`{"manifest": {%s}, "description": %q}`, test.manifest, test.text)})
		cfg, _ := Load("config.json", Options{WorkingDir: dir, Now: now})
		want := strings.ReplaceAll(test.want, "DIR", dir)
		if !strings.Contains(string(cfg.Resolved), fmt.Sprintf(`"description": %q`, want)) {
			t.Errorf("%s with %s: want %s, got %s", test.text, test.manifest, want, cfg.Resolved)
		}
	}
}

func TestManifestFaults(t *testing.T) {
	// Each entry is the next one ten times.
	growth := "{"
	for c := 'A'; c < 'F'; c++ {
		growth += fmt.Sprintf("%q: %q, ", string(c), strings.Repeat("$"+string(c+1), 10))
	}
	growth += `"F": "x"}`
	for name, test := range map[string]struct {
		manifest string
		parts    []string
	}{
		"circle":      {`{"$A": "$B/x", "$B": "${C}", "$C": "$A"}`, []string{"error", "manifest.$A", "circle: $A → $B → $C → $A"}},
		"self":        {`{"$A": "$A/x"}`, []string{"error", "circle: $A → $A"}},
		"undefined":   {`{"$BASE_DIR": ".", "$IN": "$BSAE_DIR/in"}`, []string{"error", "manifest.$IN", "$BSAE_DIR is not defined", `did you mean "BASE_DIR"`}},
		"growth":      {growth, []string{"error", "manifest.A", "grows to"}},
		"not a text":  {`{"$A": 3}`, []string{"error", "manifest.$A", "a string, not a number"}},
		"not an objt": {`["$A"]`, []string{"error", "manifest", "expected an object, found a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := loadWith(t, `"manifest": `+test.manifest, Options{})
			expect(t, problems, test.parts...)
		})
	}
}

func TestUnknownVariable(t *testing.T) {
	_, problems := loadWith(t, `"manifest": {"$OUTPUT": "out"}, "description": "$OUTPTU", "output": {"output_dir": "${OUTPTU}/x"}`, Options{})
	expect(t, problems, "warning", "description", "$OUTPTU", `did you mean "OUTPUT"`)
	expect(t, problems, "error", "output.output_dir", "${OUTPTU}, which is not defined")
}

// TestIndirection: sections of a named file replace those of the naming one as a whole, and each file has its own manifest.
func TestIndirection(t *testing.T) {
	dir := write(t, map[string]string{
		"sim/config.json": `{"manifest": {"$D": "sim"}, "network": "../net/circuit.json", ` + goodRun + `,
			"components": {"morphologies_dir": "m"}, "description": "$D", "output": {"output_dir": "out"}}`,
		"net/circuit.json": `{"manifest": {"$D": "net"}, "components": {"synaptic_models_dir": "$D-syn"}, ` + goodNetworks + `, "name": "$D"}`,
	}, "net/n.h5", "net/n.csv", "net/net-syn/x")
	cfg, problems := Load("sim/config.json", Options{WorkingDir: dir})
	expect(t, problems, "warning", "sim/config.json:2:18", "components", "net/circuit.json has one of the same name")
	if len(problems) != 1 {
		t.Errorf("problems %v", problems)
	}
	if c := cfg.Components; c.MorphologiesDir != "" || c.SynapticModelsDir != filepath.Join(dir, "net", "net-syn") {
		t.Errorf("components %+v", c)
	}
	if f := cfg.Networks.Nodes[0].File; f != filepath.Join(dir, "net", "n.h5") {
		t.Errorf("nodes file %s", f)
	}
	if o := cfg.Output.Dir; o != filepath.Join(dir, "sim", "out") {
		t.Errorf("output %s", o)
	}
	for _, part := range []string{`"description": "sim"`, `"name": "net"`} {
		if !strings.Contains(string(cfg.Resolved), part) {
			t.Errorf("%s is not in %s", part, cfg.Resolved)
		}
	}
	if strings.Contains(string(cfg.Resolved), "manifest") || strings.Contains(string(cfg.Resolved), `"network"`) {
		t.Errorf("the resolved config still has its joints: %s", cfg.Resolved)
	}
}

func TestIndirectionFaults(t *testing.T) {
	dir := write(t, map[string]string{
		"a.json":    `{"network": "b.json"}`,
		"b.json":    `{"simulation": "${configdir}/a.json"}`,
		"gone.json": `{"network": "crcuit.json"}`,
		"bad.json":  `{"network": "broken.json", ` + goodRun + `}`, "broken.json": "{\n  \"networks\": [,]\n}",
		"circuit.json": `{` + goodNetworks + `}`,
	}, "n.h5", "n.csv")
	_, problems := Load("a.json", Options{WorkingDir: dir})
	expect(t, problems, "error", "in a circle: a.json → b.json → a.json")
	_, problems = Load("gone.json", Options{WorkingDir: dir})
	expect(t, problems, "error", `"crcuit.json" does not exist`, "tried crcuit.json", `did you mean "circuit.json"`)
	_, problems = Load("bad.json", Options{WorkingDir: dir})
	expect(t, problems, "broken.json:2:16: error: a value is missing here", "\n      \"networks\": [,]\n                   ^")
	cfg, problems := Load("absent.json", Options{WorkingDir: dir})
	if cfg != nil {
		t.Error("a config out of nothing")
	}
	expect(t, problems, "absent.json", "no such file")
	cfg, problems = Load("circuit.json", Options{WorkingDir: dir, CircuitOnly: true})
	noProblems(t, problems)
	if len(cfg.Networks.Nodes) != 1 {
		t.Error("no nodes")
	}
}

// TestPlaces: beside the file first, then the working directory, and both are named when it is nowhere.
func TestPlaces(t *testing.T) {
	dir := write(t, map[string]string{"c/config.json": `{` + goodRun + `, "networks": {"nodes": [
		{"nodes_file": "both.h5"}, {"nodes_file": "cwd.h5"}, {"nodes_file": "none.h5"}, {"nodes_file": "${configdir}/own.h5", "node_types_file": null}]}}`},
		"c/both.h5", "both.h5", "cwd.h5", "c/own.h5")
	cfg, problems := Load("c/config.json", Options{WorkingDir: dir})
	expect(t, problems, "warning", "networks.nodes[0].nodes_file", "c/both.h5 is used, BMTK would use both.h5")
	expect(t, problems, "error", "networks.nodes[2].nodes_file", `"none.h5" does not exist`, "tried c/none.h5, none.h5")
	if len(problems) != 2 {
		t.Errorf("problems %v", problems)
	}
	var got []string
	for _, p := range cfg.Paths {
		got = append(got, p.Text+" "+p.Base.String())
	}
	want := []string{"both.h5 beside the config file", "cwd.h5 in the working directory", "none.h5 not found", filepath.Join(dir, "c/own.h5") + " absolute"}
	if !slices.Equal(got[:4], want) {
		t.Errorf("paths %q, want %q", got, want)
	}
}

func TestDefaults(t *testing.T) {
	cfg, problems := loadWith(t, "", Options{})
	noProblems(t, problems)
	r := cfg.Run
	r.Place = Place{}
	if want := (Run{TStop: 10, Dt: 0.1, Steps: 100, DL: 20, SpikeThreshold: -15, OverwriteOutputDir: true, Numerics: "neuron"}); r != want {
		t.Errorf("run %+v, want %+v", r, want)
	}
	o := cfg.Output
	o.Place = Place{}
	if want := (Output{Dir: cfg.Dir, SpikesFile: filepath.Join(cfg.Dir, "spikes.h5"), SortOrder: SortByTime, LogLevel: "info", Overwrite: true}); o != want {
		t.Errorf("output %+v, want %+v", o, want)
	}
	if cfg.Conditions.VInit != -80 || cfg.Conditions.Celsius != 34 {
		t.Errorf("conditions %+v", cfg.Conditions)
	}
}

func TestOverrides(t *testing.T) {
	tstop, dt := 5.0, 0.5
	cfg, problems := loadWith(t, `"output": {"output_dir": "no"}, "reports": {"v": {"module": "membrane_report", "variable_name": "v"}}`,
		Options{TStop: &tstop, Dt: &dt, OutputDir: "over"})
	noProblems(t, problems)
	if r := cfg.Run; r.TStop != 5 || r.Dt != 0.5 || r.Steps != 10 {
		t.Errorf("run %+v", r)
	}
	if cfg.Output.Dir != filepath.Join(cfg.Dir, "over") || cfg.Reports[0].EndStep != 10 || cfg.Reports[0].File != filepath.Join(cfg.Dir, "over", "v.h5") {
		t.Errorf("output %+v, report %+v", cfg.Output, cfg.Reports[0])
	}
	bad := 0.3
	_, problems = loadWith(t, "", Options{Dt: &bad})
	expect(t, problems, "error", "10 ms is not a whole number of steps", "9.9 ms")
}

func TestOutput(t *testing.T) {
	for _, test := range []struct {
		output string
		want   Output // files relative to the folder of the config
	}{
		{`"output_dir": "out", "spikes_file": null`, Output{Dir: "out"}},
		{`"output_dir": "out", "spikes_file": "out/a.h5"`, Output{Dir: "out", SpikesFile: "out/a.h5"}},
		{`"output_dir": "./out", "spikes_file": "a.h5", "log_file": "log.txt"`, Output{Dir: "out", SpikesFile: "out/a.h5", LogFile: "out/log.txt"}},
		{`"spikes_file_csv": "a.csv"`, Output{SpikesFileCSV: "a.csv"}},
		{`"spikes_file": ["a.h5"], "compression": "gzip"`, Output{SpikesFile: "a.h5", Compression: 4}},
		{`"spikes_file": "a.h5", "compression": 7, "spikes_sort_order": "gid"`, Output{SpikesFile: "a.h5", Compression: 7, SortOrder: SortByID}},
		{`"spikes_file": "a.h5", "compression": "none", "spikes_sort_order": "none"`, Output{SpikesFile: "a.h5", SortOrder: SortNone}},
		{`"spikes_file": "a.h5", "log_level": "WARNING"`, Output{SpikesFile: "a.h5", LogLevel: "warn"}},
	} {
		cfg, problems := loadWith(t, `"output": {`+test.output+`}`, Options{})
		noProblems(t, problems)
		w, o := test.want, cfg.Output
		if w.LogLevel == "" {
			w.LogLevel = "info"
		}
		if w.SortOrder == "" {
			w.SortOrder = SortByTime
		}
		w.Overwrite, o.Place = true, Place{}
		for _, f := range []*string{&w.Dir, &w.SpikesFile, &w.SpikesFileCSV, &w.LogFile} {
			if *f != "" || f == &w.Dir {
				*f = filepath.Join(cfg.Dir, *f)
			}
		}
		if o != w {
			t.Errorf("%s: %+v, want %+v", test.output, o, w)
		}
	}
}

func TestInputs(t *testing.T) {
	cfg, problems := loadWith(t, `"inputs": {
		"z": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": "lgn", "population": "p"},
		"off": {"input_type": "lfp", "module": "xstim", "enabled": false},
		"a": {"input_type": "current_clamp", "module": "IClamp", "amp": 0.1, "delay": 0.05, "duration": 1e3, "node_set": {"ei": "e"}},
		"m": {"input_type": "current_clamp", "module": "IClamp", "amp": [1, 2], "delay": [3, 4], "duration": [5, 6], "section_name": "dend", "section_index": 2, "section_dist": 0.25},
		"c": {"input_type": "csv", "module": "IClamp", "file": "w.csv", "node_set": [1, 2]}}`, Options{})
	noProblems(t, problems)
	var names []string
	for _, in := range cfg.Inputs {
		names = append(names, in.Name)
	}
	if !slices.Equal(names, []string{"z", "a", "m", "c"}) || !slices.Equal(cfg.Disabled, []string{"inputs.off"}) {
		t.Fatalf("inputs %v, disabled %v", names, cfg.Disabled)
	}
	if s := cfg.Inputs[0].Spikes; s.File != filepath.Join(cfg.Dir, "s.h5") || s.Population != "p" || cfg.Inputs[0].NodeSet != "lgn" {
		t.Errorf("spikes %+v", s)
	}
	if c := cfg.Inputs[1].Clamp; !reflect.DeepEqual(*c, CurrentClamp{Amp: []float64{.1}, Delay: []float64{.05}, Duration: []float64{1000}, SectionName: "soma", SectionDist: .5}) {
		t.Errorf("clamp %+v", c)
	}
	if c := cfg.Inputs[2].Clamp; !reflect.DeepEqual(*c, CurrentClamp{Amp: []float64{1, 2}, Delay: []float64{3, 4}, Duration: []float64{5, 6}, SectionName: "dend", SectionIndex: 2, SectionDist: .25}) || cfg.Inputs[2].NodeSet != "all" {
		t.Errorf("clamp %+v", c)
	}
	if w := cfg.Inputs[3].Clamp.Waveform; *w != (ClampWaveform{filepath.Join(cfg.Dir, "w.csv"), " ", "timestamps", "amps"}) {
		t.Errorf("waveform %+v", w)
	}
}

func TestReports(t *testing.T) {
	cfg, problems := loadWith(t, `"output": {"output_dir": "out"}, "reports": {
		"z": {"module": "membrane_report", "variable_name": "v", "sections": "soma", "cells": [0, 1]},
		"n": {"module": "netcon_report", "variable_name": "tau1", "syn_type": "Exp2Syn"},
		"off": {"module": "membrane_report", "enabled": false},
		"a": {"module": "multimeter", "variable_name": ["v", "cai"], "sections": ["Soma", "basal"], "file_name": "r.h5", "dt": 0.3, "start_time": 0.3, "end_time": 9.3}}`, Options{})
	expect(t, problems, "warning", "reports.n.module", "netcon_report", "skipped")
	if len(problems) != 1 || len(cfg.Reports) != 2 {
		t.Fatalf("problems %v, reports %+v", problems, cfg.Reports)
	}
	z, a := cfg.Reports[0], cfg.Reports[1]
	if !z.SomaOnly || z.File != filepath.Join(cfg.Dir, "out", "z.h5") || z.Every != 1 || z.EndStep != 100 || z.Rows() != 100 || !reflect.DeepEqual(z.Cells, []any{0.0, 1.0}) {
		t.Errorf("z %+v", z)
	}
	if a.SomaOnly || !slices.Equal(a.Sections, []string{"soma", "basal"}) || !slices.Equal(a.Variables, []string{"v", "cai"}) || a.Cells != "biophysical" ||
		a.Every != 3 || a.StartStep != 3 || a.EndStep != 93 || a.Rows() != 30 {
		t.Errorf("a %+v", a)
	}
}

// TestSegmentLength: null has a meaning.
func TestSegmentLength(t *testing.T) {
	for text, want := range map[string]float64{`"dL": null`: 0, `"dL": 5`: 5, `"dt": 0.1`: 20} {
		dir := write(t, map[string]string{"c.json": `{"run": {"tstop": 1, ` + text + `}, "conditions": {"celsius": 1, "v_init": 2}, ` + goodNetworks + `}`}, "n.h5", "n.csv")
		cfg, problems := Load("c.json", Options{WorkingDir: dir})
		noProblems(t, problems)
		if cfg.Run.DL != want {
			t.Errorf("%s: dL %v, want %v", text, cfg.Run.DL, want)
		}
	}
}

func TestNodeSetsFile(t *testing.T) {
	dir := write(t, map[string]string{"c/config.json": `{` + goodRun + `, ` + goodNetworks + `, "node_sets_file": "sets.json"}`,
		"c/sets.json": `{"exc": {"ei": "e", "population": ["v1"]}, "ids": [1, 2], "sum": ["exc", "ids"], "bad": 3}`}, "c/n.h5", "c/n.csv")
	cfg, problems := Load("c/config.json", Options{WorkingDir: dir})
	expect(t, problems, "c/sets.json:1:89", "bad", "found the number 3")
	want := map[string]any{"exc": map[string]any{"ei": "e", "population": []any{"v1"}}, "ids": []any{1.0, 2.0}, "sum": []any{"exc", "ids"}}
	if len(problems) != 1 || !reflect.DeepEqual(cfg.NodeSets, want) {
		t.Errorf("node sets %v, problems %v", cfg.NodeSets, problems)
	}
}
