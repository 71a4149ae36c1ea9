package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

// TestFaults: each document has one fault, and the message names place, fault and remedy.
func TestFaults(t *testing.T) {
	clamp := func(more string) string {
		return `"inputs": {"i": {"input_type": "current_clamp", "module": "IClamp", ` + more + `}}`
	}
	report := func(more string) string {
		return `"reports": {"r": {"module": "membrane_report", "variable_name": "v", ` + more + `}}`
	}
	for name, test := range map[string]struct {
		more  string
		parts []string
	}{
		"section typo":    {`"ouput": {}`, []string{"warning: ouput: unknown key", `did you mean "output"`}},
		"key typo":        {`"output": {"spike_file": "x"}`, []string{"warning: output.spike_file: unknown key", `did you mean "spikes_file"`}},
		"input typo":      {clamp(`"amp": 1, "delay": 1, "duration": 1, "sec_name": "soma"`), []string{"inputs.i.sec_name", "unknown key"}},
		"unknown key":     {`"components": {"colour": "red"}`, []string{"components.colour", "known here:"}},
		"quoted number":   {`"run": {"tstop": "10"}`, []string{"error: run.tstop", `expected a number, found the string "10"`, "write 10 without quotes"}},
		"quoted boolean":  {`"networks": {"nodes": [{"nodes_file": "n.h5"}], "edges": [{"edges_file": "e.h5", "enabled": "false"}]}`, []string{"edges[0].enabled", "write false without quotes"}},
		"dt zero":         {`"run": {"tstop": 10, "dt": 0}`, []string{"run.dt", "must be positive"}},
		"dt and tstop":    {`"run": {"tstop": 10, "dt": 0.03}`, []string{"run.tstop", "not a whole number of steps", "nearest time that fits is 9.99 ms"}},
		"no tstop":        {`"run": {"dt": 0.1}`, []string{"run: tstop", "is missing"}},
		"tstop negative":  {`"run": {"tstop": -3}`, []string{"run.tstop", "must be positive"}},
		"dL":              {`"run": {"tstop": 10, "dL": 0}`, []string{"run.dL", "must be positive"}},
		"numerics":        {`"run": {"tstop": 10, "numerics": "quick"}`, []string{"run.numerics", `there is no numerics "quick"`, "neuron and fast"}},
		"nsteps_block":    {`"run": {"tstop": 10, "nsteps_block": 2.5}`, []string{"run.nsteps_block", "whole number"}},
		"no celsius":      {`"conditions": {"v_init": -80}`, []string{"conditions: celsius is missing", "34"}},
		"no v_init":       {`"conditions": {"celsius": 34}`, []string{"conditions: v_init is missing", "-80"}},
		"run type":        {`"run": 5`, []string{"error: run: expected an object"}},
		"missing types":   {`"networks": {"nodes": [{"nodes_file": "n.h5", "node_types_file": "nn.csv"}]}`, []string{"node_types_file", `"nn.csv" does not exist`}},
		"missing nodes":   {`"networks": {"nodes": [{"node_types_file": "n.csv"}]}`, []string{"networks.nodes[0]", `"nodes_file"`}},
		"nodes no list":   {`"networks": {"nodes": {"nodes_file": "n.h5"}}`, []string{"networks.nodes: expected a list", "put it in brackets"}},
		"gap junctions":   {`"networks": {"nodes": [{"nodes_file": "n.h5"}], "gap_juncs": [{"gap_juncs_file": "e.h5"}]}`, []string{"gap_juncs[0]", "not supported yet"}},
		"missing folder":  {`"components": {"morphologies_dir": "m"}`, []string{"warning: components.morphologies_dir", "does not exist"}},
		"simulator":       {`"target_simulator": "NEST"`, []string{"warning: target_simulator", "NEST"}},
		"module xstim":    {`"inputs": {"x": {"input_type": "lfp", "module": "xstim"}}`, []string{"error: inputs.x.module: module xstim is not supported yet", `"enabled": false`}},
		"module typo":     {`"inputs": {"x": {"input_type": "spikes", "module": "sonatta"}}`, []string{"inputs.x.module", `did you mean "sonata"`}},
		"no module":       {`"inputs": {"x": {"input_type": "spikes"}}`, []string{"inputs.x", `"module" is missing`}},
		"spikes type":     {`"inputs": {"x": {"input_type": "voltage", "module": "h5", "input_file": "s.h5"}}`, []string{"inputs.x.input_type", "reads spikes"}},
		"no spikes":       {`"inputs": {"x": {"input_type": "spikes", "module": "h5", "input_file": "t.h5"}}`, []string{"inputs.x.input_file", `"t.h5" does not exist`, "tried t.h5; did you mean"}},
		"no input_file":   {`"inputs": {"x": {"input_type": "spikes", "module": "h5"}}`, []string{"inputs.x", `"input_file"`}},
		"node set type":   {`"inputs": {"x": {"input_type": "spikes", "module": "h5", "input_file": "s.h5", "node_set": true}}`, []string{"inputs.x.node_set", "found true"}},
		"clamp lengths":   {clamp(`"amp": [1, 2], "delay": [1], "duration": [1, 2]`), []string{"inputs.i", "amp 2, delay 1, duration 2"}},
		"clamp negative":  {clamp(`"amp": [1, -2], "delay": [1, 2], "duration": [1, -2]`), []string{"inputs.i.duration[1]", "negative: -2 ms"}},
		"clamp missing":   {clamp(`"amp": 1, "delay": 1`), []string{"inputs.i", `"duration" is missing`}},
		"clamp text":      {clamp(`"amp": ["1"], "delay": 1, "duration": 1`), []string{"inputs.i.amp[0]", "without quotes"}},
		"clamp place":     {clamp(`"amp": 1, "delay": 1, "duration": 1, "section_dist": 2`), []string{"section_dist", "from 0 to 1"}},
		"clamp nwb":       {`"inputs": {"x": {"input_type": "nwb", "module": "IClamp"}}`, []string{"inputs.x.input_type", "not supported yet"}},
		"clamp type":      {`"inputs": {"x": {"input_type": "curent_clamp", "module": "IClamp"}}`, []string{"inputs.x.input_type", `did you mean "current_clamp"`}},
		"report section":  {report(`"sections": "sooma"`), []string{"reports.r.sections", `did you mean "soma"`}},
		"report dt":       {report(`"dt": 0.25`), []string{"reports.r.dt", "whole number of steps of dt 0.1 ms", "0.3 ms"}},
		"report start":    {report(`"start_time": 0.55`), []string{"reports.r.start_time", "whole number of steps"}},
		"report end":      {report(`"end_time": 20`), []string{"warning: reports.r.end_time", "after tstop"}},
		"report backward": {report(`"start_time": 5, "end_time": 2`), []string{"reports.r", "ends (2 ms) before it starts (5 ms)"}},
		"report typo":     {`"reports": {"r": {"module": "membrane_reprot", "variable_name": "v"}}`, []string{"warning: reports.r.module", `did you mean "membrane_report"`, "skipped"}},
		"report variable": {`"reports": {"r": {"module": "membrane_report"}}`, []string{"reports.r", `"variable_name" is missing`}},
		"report shape":    {`"reports": {"r": []}`, []string{"reports.r: expected an object, found a list"}},
		"report file":     {`"reports": {"r": {"module": "membrane_report", "variable_name": "v", "file_name": "x"}, "q": {"module": "membrane_report", "variable_name": "v", "file_name": "x.h5"}}`, []string{"reports.q", "r and q write the same file x.h5"}},
		"transform":       {report(`"transform": "mean"`), []string{"reports.r.transform", "first_element"}},
		"sort order":      {`"output": {"spikes_sort_order": "size"}`, []string{"output.spikes_sort_order", `"size"`}},
		"compression":     {`"output": {"compression": "zip"}`, []string{"output.compression", `"zip"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := loadWith(t, test.more, Options{})
			// A second section of one name replaces the first, which is how these documents get their fault.
			var rest []Problem
			for _, p := range problems {
				if !strings.Contains(p.Msg, "occurs a second time") {
					rest = append(rest, p)
				}
			}
			expect(t, rest, test.parts...)
			if len(rest) != 1 {
				t.Errorf("%d problems, want 1: %v", len(rest), rest)
			}
		})
	}
}

func TestStrict(t *testing.T) {
	_, problems := loadWith(t, `"ouput": {}, "_note": 1, "//": "comment"`, Options{Strict: true})
	expect(t, problems, "error: ouput: unknown key")
	if len(problems) != 1 {
		t.Errorf("problems %v", problems)
	}
}

// TestAllAtOnce: one run of the program tells everything.
func TestAllAtOnce(t *testing.T) {
	dir := write(t, map[string]string{"config.json": `{
  "run": { "dt": -0.1 },
  "networks": { "nodes": [ { "nodes_file": "gone.h5" } ] },
  "inputs": { "a": { "module": "IClamp" }, "b": { "input_type": "spikes", "module": "sonata", "input_file": "gone_too.h5" } },
  "reports": { "r": { "module": "membrane_report", "cells": true } }
}`})
	_, problems := Load("config.json", Options{WorkingDir: dir})
	for _, parts := range [][]string{{"config.json:2:18", "run.dt"}, {"tstop"}, {`section "conditions"`}, {"gone.h5"}, {"inputs.a", "input_type"}, {"gone_too.h5"},
		{"reports.r.cells"}, {"variable_name"}} {
		expect(t, problems, parts...)
	}
}

func TestSyntax(t *testing.T) {
	for text, want := range map[string]string{
		``:                        "1:1: error: the file is empty",
		"{\n \"a\": 1,\n}":        "3:1: error: a comma stands before this closing brace",
		`{"a": [1,]}`:             "1:10: error: a comma stands before this closing bracket",
		"{\"a\": 1\n \"b\": 2}":   "2:2: error: expected a comma before this key",
		`{'a': 1}`:                "double quotes",
		"{\n// note\n}":           "JSON has no comments",
		`{"a": True}`:             "write true",
		`{"a": .5}`:               "1:7: error: expected a value",
		`{"a": 05}`:               "is not a JSON number",
		`{"a": 1e999}`:            "too large",
		`{"a": NaN}`:              "NaN is not a JSON number",
		"{\"a\": \"x\n\"}":        "no closing quote",
		`{"a": "x`:                "never closed",
		`{"a": 1`:                 "what was opened on line 1 is not closed",
		`{"a": 1} {`:              "after the end of the document",
		`{"a" 1}`:                 `expected a colon after the key "a"`,
		`{"a": }`:                 "a value is missing",
		`{"a": "\q"}`:             "not one of JSON's",
		"{\"a\": \"\xff\"}":       "not valid UTF-8",
		"{\"ä\": \"ö\", \"b\": }": "1:17: error: a value is missing",
		`[1]`:                     "a config is a JSON object",
		strings.Repeat("[", 1000): "nested too deeply",
	} {
		dir := write(t, map[string]string{"c.json": text})
		cfg, problems := Load("c.json", Options{WorkingDir: dir})
		if cfg != nil {
			t.Errorf("%q gave a config", text)
		}
		expect(t, problems, "c.json", want)
	}
}

func TestJSONValues(t *testing.T) {
	root, problems := parseJSON(&source{data: []byte("\xef\xbb\xbf" + `{"b": [1, -2.5e3, "\u00e4\ud83d\ude00\n\/<", null, true], "a": {}}`)})
	if root == nil || len(problems) > 0 {
		t.Fatal(problems)
	}
	list := root.get("b").plain().([]any)
	if list[0] != 1.0 || list[1] != -2500.0 || list[2] != "ä😀\n/<" || list[3] != nil || list[4] != true {
		t.Errorf("%q", list)
	}
	if root.members[0].key != "b" || root.get("b").items[1].place.Path != "b[1]" {
		t.Error("order or place lost")
	}
}

func TestNearest(t *testing.T) {
	words := []string{"spikes_file", "spikes_file_csv", "tstop", "dt", "dL", "v_init"}
	for name, want := range map[string]string{"spike_file": "spikes_file", "tsotp": "tstop", "Tstop": "tstop", "dT": "dt", "dl": "dL", "xy": "", "vinit": "v_init", "colour": ""} {
		got := Nearest(name, words)
		if want == "dt" || want == "dL" { // both differ in letter case only
			if !strings.EqualFold(got, want) {
				t.Errorf("%s: %q", name, got)
			}
		} else if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestExamples: Allen's example configs load; what netsim cannot do in them is named.
func TestExamples(t *testing.T) {
	shared := os.Getenv("NETSIM_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	files, _ := filepath.Glob(filepath.Join(shared, "data", "allen", "*", "*simulation*.json"))
	if len(files) == 0 {
		t.Skip("skipped: the example circuits are not here; set NETSIM_SHARED to the folder that holds data/allen")
	}
	unsupported := map[string]string{"config.simulation_xstim.json": "xstim", "config.simulation_spont_activity.json": "syn_activity"}
	for _, file := range files {
		cfg, problems := Load(file, Options{})
		word := unsupported[filepath.Base(file)]
		for _, p := range problems {
			switch {
			case p.Severity == Error && (word == "" || !strings.Contains(p.Msg, word)):
				t.Errorf("%s", p)
			case strings.Contains(p.Msg, "unknown key"):
				t.Errorf("%s", p)
			}
		}
		if HasErrors(problems) != (word != "") {
			t.Errorf("%s: errors %v", file, problems)
		}
		if cfg.Run.Steps < 30000 || len(cfg.Networks.Nodes) == 0 || len(cfg.Reports) == 0 {
			t.Errorf("%s: %+v", file, cfg)
		}
		if again, more := parseJSON(&source{data: cfg.Resolved}); again == nil || len(more) > 0 {
			t.Errorf("%s: the resolved config is no JSON: %v", file, more)
		}
	}
}

// FuzzLoad: no document makes the reader panic, and a resolved document reads back.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"{" + goodRun + "," + goodNetworks + "}",
		`{"manifest": {"$A": "$B", "$B": "${A}x"}, "network": "$A", "output": {"output_dir": "$A", "spikes_file": ["a", "b"], "compression": 3}}`,
		`{"inputs": {"a": {"module": "IClamp", "input_type": "current_clamp", "amp": [1], "delay": 2, "duration": [3, 4]}}}`,
		`{"run": {"tstop": 1e300, "dt": 1e-300, "tstart": -1, "dL": null}, "reports": {"r": {"module": "multimeter", "dt": -1, "start_time": 1e300}}}`,
		`{"node_sets": {"a": [1, "b", {}]}, "network": {"nodes": [{}], "edges": [null, 3]}}`,
	} {
		f.Add(seed)
	}
	dir := f.TempDir()
	path := filepath.Join(dir, "config.json")
	f.Fuzz(func(t *testing.T, text string) {
		defer fuzzing.Guard(t)()
		if strings.Contains(text, "/") { // stay in the folder
			return
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		cfg, problems := Load(path, Options{WorkingDir: dir})
		for _, p := range problems {
			if p.Msg == "" || p.String() == "" {
				t.Error("a problem without words")
			}
		}
		if cfg == nil {
			if !HasErrors(problems) {
				t.Error("no config and no error")
			}
			return
		}
		if again, _ := parseJSON(&source{data: cfg.Resolved}); again == nil {
			t.Errorf("the resolved config is no JSON: %s", cfg.Resolved)
		}
	})
}
