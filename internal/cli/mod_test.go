package cli

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs one command line.
func command(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, Process{Stdout: &out, Stderr: &errs})
	return code, out.String(), errs.String()
}

func modFile(name string) string { return filepath.Join("..", "..", "mechanisms", name) }

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestModCheck(t *testing.T) {
	bad := file(t, "bad.mod", "NEURON { SUFFIX bad }\nINITIAL { m = * 2 }\n")
	code, out, errs := command("mod", "check", modFile("hh.mod"), bad)
	if code != BadInput || !strings.Contains(out, "density mechanism hh") || !strings.Contains(out, "bad.mod:2") || !strings.Contains(errs, "1 file of 2") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	code, out, _ = command("mod", "check", "--json", modFile("hh.mod"), bad)
	var list []checked
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if code != BadInput || len(list) != 2 || !list[0].OK || !list[0].Runs || list[0].Mechanism != "hh" || list[1].OK ||
		len(list[1].Diagnostics) == 0 || list[1].Diagnostics[0].Line < 2 || list[1].Diagnostics[0].Severity != "error" {
		t.Errorf("exit code %d, %+v", code, list)
	}
	if code, _, _ = command("mod", "check", "--json", modFile("hh.mod")); code != Done {
		t.Errorf("exit code %d of a good file", code)
	}
}

func TestModShow(t *testing.T) {
	code, out, errs := command("mod", "show", modFile("expsyn.mod"))
	if code != Done || !strings.Contains(out, "tau") || strings.Contains(out, "netreceive scalar") {
		t.Errorf("exit code %d\n%s\n%s", code, out, errs)
	}
	code, out, _ = command("mod", "show", "--program", modFile("expsyn.mod"))
	if code != Done || !strings.Contains(out, "netreceive scalar") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if code, _, errs = command("mod", "show", "nowhere.mod"); code != BadInput || !strings.Contains(errs, "nowhere.mod") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func TestModTrace(t *testing.T) {
	protocol := file(t, "p.json", `{"tstop": 0.05, "record": ["v", "m"]}`)
	out := filepath.Join(t.TempDir(), "out.csv")
	code, _, errs := command("mod", "trace", modFile("hh.mod"), "--protocol", protocol, "-o", out)
	if code != Done {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) != 4 || lines[0] != "t,v,m" || !strings.HasPrefix(lines[1], "0,-65,0.0529") {
		t.Errorf("%q", lines)
	}
	code, shown, _ := command("mod", "trace", modFile("hh.mod"), "--protocol", protocol)
	if code != Done || shown != string(text) {
		t.Errorf("exit code %d; standard output differs from the file", code)
	}
}

func TestModTraceFaults(t *testing.T) {
	for _, c := range []struct{ mod, protocol, want string }{
		{modFile("hh.mod"), `{"tstp": 5}`, "did you mean tstop?"},
		{modFile("hh.mod"), `{"record": ["gnaa"]}`, "did you mean gna?"},
		{modFile("hh.mod"), `{"events": [[1, 1]]}`, "NET_RECEIVE"},
		{file(t, "lib.mod", "NEURON { SUFFIX nothing }\nFUNCTION f(x) { f = x }\n"), `{}`, "library"},
	} {
		out := filepath.Join(t.TempDir(), "out.csv")
		code, _, errs := command("mod", "trace", c.mod, "--protocol", file(t, "p.json", c.protocol), "-o", out)
		if code != BadInput || !strings.Contains(errs, c.want) {
			t.Errorf("%s: exit code %d, %s; want it to say %q", c.protocol, code, errs, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: a file was written all the same", c.protocol)
		}
	}
	if code, _, errs := command("mod", "trace", modFile("hh.mod"), "--protocol", "nowhere.json"); code != BadInput || !strings.Contains(errs, "nowhere.json") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

func TestModPlot(t *testing.T) {
	out := filepath.Join(t.TempDir(), "hh.svg")
	code, shown, errs := command("mod", "plot", modFile("hh.mod"), "-o", out, "--celsius", "6.3", "--set", "gnabar=0.1")
	if code != Done || !strings.Contains(shown, "hh.svg") {
		t.Fatalf("exit code %d\n%s\n%s", code, shown, errs)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(bytes.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if code, _, _ = command("mod", "plot", modFile("intfire1.mod"), "-o", out); code != BadInput {
		t.Errorf("exit code %d for an artificial cell", code)
	}
}
