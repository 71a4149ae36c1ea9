package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// Unit mistakes are warnings of netsim mod check: with place, source line and remedy, and without effect on its verdict.
func TestModCheckUnits(t *testing.T) {
	path := file(t, "slow.mod", `NEURON { SUFFIX slow }
PARAMETER { tau = 5 (second) }
STATE { m }
BREAKPOINT { SOLVE s METHOD cnexp }
DERIVATIVE s { m' = (1 - m)/tau }
`)
	code, out, errs := command("mod", "check", path)
	want := path + ":5:21: warning: units: m' is in (/ms), and what it is set to is in (/second); they differ by a factor of 1000\n" +
		"    DERIVATIVE s { m' = (1 - m)/tau }\n" +
		"                        ^\n" +
		"    multiply it by the conversion factor, in parentheses: (0.001)*…\n"
	if code != Done || !strings.HasPrefix(out, want) || !strings.Contains(out, "density mechanism slow") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	code, out, _ = command("mod", "check", "--json", path)
	var list []checked
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if code != Done || len(list) != 1 || !list[0].OK || !list[0].Runs || len(list[0].Diagnostics) != 1 {
		t.Fatalf("exit code %d, %+v", code, list)
	}
	d := list[0].Diagnostics[0]
	if d.Path != path || d.Line != 5 || d.Col != 21 || d.Severity != "warning" || !strings.HasPrefix(d.Message, "units: m' is in (/ms)") || d.Hint == "" {
		t.Errorf("%+v", d)
	}
}
