package config

import (
	"strings"
	"testing"
)

const clampInput = `"inputs": {"c": {"input_type": "current_clamp", "module": "IClamp", "node_set": "all", "amp": [0.1, 0.2], "delay": [1, 2], "duration": [3, 4]}}`

func TestSet(t *testing.T) {
	cfg, problems := loadWith(t, clampInput, Options{Set: []string{
		"run.dt=0.05", "inputs.c.amp=[0.3, 0.4]", "inputs.c.delay.1=2.5", "inputs.c.section_name=dend",
		"output.output_dir=elsewhere", "run.dL = 10", "conditions.v_init=-70", "conditions.v_init=-71",
	}})
	noProblems(t, problems)
	c := cfg.Inputs[0].Clamp
	if cfg.Run.Dt != 0.05 || cfg.Run.DL != 10 || cfg.Run.Steps != 200 || cfg.Conditions.VInit != -71 {
		t.Errorf("run %+v, conditions %+v", cfg.Run, cfg.Conditions)
	}
	if c.Amp[0] != 0.3 || c.Amp[1] != 0.4 || c.Delay[0] != 1 || c.Delay[1] != 2.5 || c.SectionName != "dend" {
		t.Errorf("clamp %+v", c)
	}
	if !strings.HasSuffix(cfg.Output.Dir, "elsewhere") || !strings.Contains(string(cfg.Resolved), `"dt": 0.05`) {
		t.Errorf("output %s, resolved %s", cfg.Output.Dir, cfg.Resolved)
	}
}

func TestSetIsRefused(t *testing.T) {
	for _, c := range []struct {
		setting string
		want    []string
	}{
		{"run.dt", []string{"--set run.dt", "expected KEY=VALUE"}},
		{"=1", []string{"expected KEY=VALUE"}},
		{"manifest.$X=1", []string{"manifest", "used up"}},
		{"inputs.d.amp=1", []string{`no "d" in "inputs"`, "c"}},
		{"inputs.c.amp.2=1", []string{`no "2" in a list of 2`}},
		{"inputs.c.amp.first=1", []string{`no "first" in a list of 2`}},
		{"run.dt.x=1", []string{`no "dt" in "run"`}},
		{"run.d=0.1", []string{"error", "--set run.d=0.1", "unknown key", "dt"}},
		{"inputs.c.ampp=0.1", []string{"error", "inputs.c.ampp", "unknown key", "amp"}},
		{"rum.dt=0.1", []string{"error", "unknown key", "run"}},
		{"run.dt=fast", []string{"error", "--set run.dt=fast", "expected a number"}},
		{"run.dt=0.3", []string{"error", "10 ms is not a whole number of steps"}},
	} {
		_, problems := loadWith(t, clampInput, Options{Set: []string{c.setting}})
		if !HasErrors(problems) {
			t.Errorf("--set %s was accepted", c.setting)
		}
		expect(t, problems, c.want...)
	}
}
