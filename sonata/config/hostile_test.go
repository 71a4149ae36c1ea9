package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"netsim/internal/fuzzing"
)

// repeat joins n texts that f makes of their numbers.
func repeat(n int, sep string, f func(i int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(sep)
		}
		b.WriteString(f(i))
	}
	return b.String()
}

// TestHostile: documents that are built to take time or memory end soon, with words where they are refused.
func TestHostile(t *testing.T) {
	const n = 100_000
	same := func(s string) func(int) string { return func(int) string { return s } }
	name := strings.Repeat("n", 1<<20)
	for _, c := range []struct{ name, text, want string }{
		{"one long line", `{"node_sets": {"a": [` + repeat(5*n, ",", same("1")) + `]}}`, ""},
		{"nested", strings.Repeat(`{"a":[`, n), "nested too deeply"},
		{"deep and wide", `{"a":` + strings.Repeat("[", 90) + repeat(n, ",", same("[1]")) + strings.Repeat("]", 90) + "}", "unknown key"},
		{"many keys", `{"node_sets": {` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"k%d":[%d]`, i, i) }) + `}}`, ""},
		{"one key", `{"node_sets": {` + repeat(n, ",", same(`"k":[1]`)) + `}}`, "second time"},
		{"many sections", `{` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"k%d":[%d]`, i, i) }) + `}`, "unknown key"},
		{"a long key", `{"` + name + `": [` + repeat(n, ",", same("1")) + `]}`, "unknown key"},
		{"long keys", `{` + repeat(80, "", func(i int) string { return `"` + name[:4000] + `":{` }) + repeat(80, "", same("}")) + `}`, "unknown key"},
		{"a long string", `{"run": {"tstop": "` + name + `"}}`, "expected a number"},
		{"a long module", `{"inputs": {"a": {"module": "` + name + `", "input_type": "` + name + `"}}}`, "module"},
		{"references", `{"manifest": {"$A": "` + name[:60_000] + `", "$B": "` + repeat(n, "", same("$A")) + `"}}`, "grows"},
		{"references outside", `{"manifest": {"$A": "` + name[:60_000] + `"}, "output": {"output_dir": "` + repeat(n, "", same("$A")) + `"}}`, "grows"},
		{"a long chain", `{"manifest": {` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"$A%d":"$A%d"`, i, i+1) }) + `}}`, "manifest"},
		{"a long circle", `{"manifest": {` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"$A%d":"$A%d"`, i, (i+1)%n) }) + `}}`, "manifest"},
		{"undefined", `{"manifest": {` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"$A%d":"$B%d"`, i, i) }) + `}}`, "manifest"},
		{"undefined outside", `{"manifest": {"$A": "a", "$B": "b"}, "output": {"x": [` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"$C%d"`, i) }) + `]}}`, "not in the manifest"},
		{"a long name", `{"manifest": {"$` + name + `": "a", "$B": "$` + name[1:] + `m"}}`, "not defined"},
		{"wrong values", `{"networks": {"nodes": [` + repeat(n, ",", same("1")) + `]}}`, "expected an object"},
		{"wrong inputs", `{"inputs": {` + repeat(n, ",", func(i int) string { return fmt.Sprintf(`"i%d":{"module":"x"}`, i) }) + `}}`, "inputs"},
		{"reports of one file", `{"run": {"tstop": 1}, "reports": {` + repeat(n/10, ",", func(i int) string {
			return fmt.Sprintf(`"r%d":{"module":"membrane_report","variable_name":"v","file_name":"x"}`, i)
		}) + `}}`, "write the same file"},
		{"digits", `{"run": {"tstop": ` + strings.Repeat("9", 1<<20) + `}}`, "too large"},
		{"an exponent", `{"run": {"tstop": 1e308, "dt": 1e-308}}`, "tstop"},
		{"escapes", `{"` + repeat(n, "", same(`\ud83d\ude00`)) + `": 1}`, "unknown key"},
		{"blank lines", strings.Repeat("\n", 1<<20) + "{", "ends inside an object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "config.json")
			if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			defer fuzzing.Guard(t)()
			_, problems := Load(path, Options{WorkingDir: dir})
			size, found := 0, false
			for _, p := range problems {
				text := p.String()
				size += len(text)
				found = found || strings.Contains(text, c.want)
			}
			if !found && c.want != "" {
				t.Errorf("no problem says %q; there are %d", c.want, len(problems))
			}
			if size > 1<<20 {
				t.Errorf("%d problems in %d bytes", len(problems), size)
			}
		})
	}
}

// TestTooLong: a document of a GB is refused before it is read.
func TestTooLong(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.json")
	if err := os.WriteFile(path, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	defer fuzzing.Guard(t)()
	_, problems := Load(path, Options{WorkingDir: dir})
	if len(problems) != 1 || !strings.Contains(problems[0].String(), "longer than 64 MB") {
		t.Error(problems)
	}
}
