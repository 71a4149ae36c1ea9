package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netsim/internal/bounded"
)

// loader carries what the reading of one config shares.
type loader struct {
	opts     Options
	wd       string
	mainDir  string
	now      time.Time
	cfg      *Config
	problems problemList

	reading    []string           // files being read, outermost first
	unresolved map[*node][]string // strings with variables that are not defined
}

func load(path string, opts Options) (*Config, []Problem) {
	l := &loader{opts: opts, wd: opts.WorkingDir, now: opts.Now, unresolved: map[*node][]string{}}
	if l.wd == "" {
		wd, err := os.Getwd()
		if err != nil {
			return nil, []Problem{{Msg: "could not find the working directory: " + err.Error()}}
		}
		l.wd = wd
	}
	if l.now.IsZero() {
		l.now = time.Now()
	}
	abs := path
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(l.wd, path)
	}
	l.mainDir = filepath.Dir(abs)
	root := l.readConfig(abs, path, nil)
	if root == nil {
		return nil, l.problems.all()
	}
	l.override(root)
	l.cfg = &Config{Path: abs, Dir: l.mainDir}
	l.decode(root)
	l.cfg.Resolved = resolvedDocument(root)
	return l.cfg, l.problems.all()
}

// resolvedDocument writes the joined document without what only served to join it.
func resolvedDocument(root *node) []byte {
	kept := &node{kind: kindObject}
	for _, m := range root.members {
		switch m.key {
		case "manifest", "config_path", "config_dir":
			continue
		case "network", "simulation":
			if m.value.kind == kindString {
				continue
			}
		}
		kept.members = append(kept.members, m)
	}
	var b bytes.Buffer
	kept.write(&b, "")
	b.WriteByte('\n')
	return b.Bytes()
}

func (l *loader) report(sev Severity, at Place, hint, format string, args ...any) {
	l.problems.add(Problem{Severity: sev, Place: at, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (l *loader) fail(at Place, hint, format string, args ...any) {
	l.report(Error, at, hint, format, args...)
}

func (l *loader) warn(at Place, hint, format string, args ...any) {
	l.report(Warning, at, hint, format, args...)
}

// show shortens an absolute path for messages.
func (l *loader) show(abs string) string {
	if rel, err := filepath.Rel(l.wd, abs); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
		return rel
	}
	return abs
}

// readJSON reads a file and parses it; nil after a problem. from is the place that names the file, nil for the command line.
func (l *loader) readJSON(abs, shown string, from *Place) *node {
	data, err := bounded.ReadFile(abs, maxBytes)
	if err != nil {
		at := Place{File: shown}
		if from != nil {
			at = *from
		}
		reason := err.Error()
		var pe *fs.PathError
		if errors.As(err, &pe) {
			reason = pe.Err.Error()
		}
		hint := ""
		if info, statErr := os.Stat(abs); statErr == nil && info.IsDir() {
			hint = "this is a folder; name the config file in it"
		}
		l.fail(at, hint, "could not read %s: %s", shown, reason)
		return nil
	}
	root, problems := parseJSON(&source{file: shown, dir: filepath.Dir(abs), data: data})
	l.problems.add(problems...)
	return root
}

// readConfig reads one config file with its variables replaced and the files it names joined in.
func (l *loader) readConfig(abs, shown string, from *Place) *node {
	if i := slices.Index(l.reading, abs); i >= 0 {
		names := make([]string, 0, len(l.reading)-i+1)
		for _, f := range append(slices.Clone(l.reading[i:]), abs) {
			names = append(names, filepath.Base(f))
		}
		l.fail(*from, "one of them must not name the next", "the config files name each other in a circle: %s", strings.Join(names, " → "))
		return nil
	}
	root := l.readJSON(abs, shown, from)
	if root == nil {
		return nil
	}
	if root.kind != kindObject {
		l.fail(root.place, `a config is a JSON object: { "run": { ... }, ... }`, "expected an object, found %s", root.kind)
		return nil
	}
	l.reading = append(l.reading, abs)
	defer func() { l.reading = l.reading[:len(l.reading)-1] }()

	vars := resolveManifest(root.get("manifest"), predefined(l.wd, filepath.Dir(abs), abs, l.now), &l.problems)
	for _, m := range root.members {
		if m.key != "manifest" {
			l.expand(m.value, vars)
		}
	}
	for _, key := range []string{"network", "simulation"} {
		n := root.get(key)
		if n == nil || n.kind != kindString {
			continue
		}
		file, ok := l.existing(n, "the file", Error)
		if !ok {
			continue
		}
		if child := l.readConfig(file, l.show(file), &n.place); child != nil {
			l.join(root, child)
		}
	}
	return root
}

// join replaces the sections of a config by those of a file it names.
func (l *loader) join(root, child *node) {
	at := map[string]int{} // the last entry of a key counts
	for i, m := range root.members {
		at[m.key] = i
	}
	for _, m := range child.members {
		var old *node
		k, known := at[m.key]
		if known {
			old = root.members[k].value
		}
		switch m.key {
		case "manifest", "config_path", "config_dir", "network", "simulation":
			old = nil
		}
		if old != nil && !sameJSON(old, m.value) {
			l.warn(old.place, "keep the section in one of the two files",
				"this section is not used: %s has one of the same name, which replaces it as a whole", m.keyPlace.File)
		}
		if known {
			root.members[k] = m
		} else {
			at[m.key] = len(root.members)
			root.members = append(root.members, m)
		}
	}
}

func sameJSON(a, b *node) bool {
	var x, y bytes.Buffer
	a.write(&x, "")
	b.write(&y, "")
	return bytes.Equal(x.Bytes(), y.Bytes())
}

// expand replaces the variables in every string below n.
func (l *loader) expand(n *node, vars map[string]string) {
	switch n.kind {
	case kindString:
		if !strings.Contains(n.text, "$") {
			return
		}
		text, ok := replaceVariables(n.text, func(name, match string) string {
			if v, ok := vars[name]; ok {
				return v
			}
			l.unresolved[n] = append(l.unresolved[n], match)
			hint := ""
			if len(vars) <= maxEntries && !l.problems.full(Warning) {
				hint = didYouMean(name, slices.Collect(maps.Keys(vars)))
			}
			l.warn(n.place, hint, "the variable %s is not in the manifest of this file; it stays as it is", clip(match))
			return match
		})
		if !ok {
			l.fail(n.place, "", "the value grows to more than %d characters", maxValue)
			return
		}
		n.text = text
	case kindArray:
		for _, it := range n.items {
			l.expand(it, vars)
		}
	case kindObject:
		for _, m := range n.members {
			l.expand(m.value, vars)
		}
	}
}

// existing finds the file or folder that a string names and records where. When there is none it reports a problem of the given
// severity and returns where it would have been, and false.
func (l *loader) existing(n *node, what string, missing Severity) (string, bool) {
	text := n.text
	if text == "" {
		l.fail(n.place, "", "%s has an empty name", what)
		return "", false
	}
	if left := l.unresolved[n]; left != nil {
		l.fail(n.place, "", "%s cannot be found while %s is not defined", what, strings.Join(left, ", "))
		return text, false
	}
	type candidate struct {
		path string
		base Base
	}
	var candidates []candidate
	if filepath.IsAbs(text) {
		candidates = []candidate{{filepath.Clean(text), Absolute}}
	} else {
		for _, c := range []candidate{{n.src.dir, FileDir}, {l.mainDir, MainDir}, {l.wd, WorkingDir}} {
			c.path = filepath.Join(c.path, text)
			if !slices.ContainsFunc(candidates, func(d candidate) bool { return d.path == c.path }) {
				candidates = append(candidates, c)
			}
		}
	}
	var tried []string
	for i, c := range candidates {
		info, err := os.Stat(c.path)
		if err != nil {
			tried = append(tried, l.show(c.path))
			continue
		}
		l.recordPath(n.place, text, c.path, c.base)
		// BMTK would take the one in the working directory.
		if last := candidates[len(candidates)-1]; i < len(candidates)-1 && last.base == WorkingDir {
			if other, err := os.Stat(last.path); err == nil && !os.SameFile(info, other) {
				l.warn(n.place, "run in the config's folder, or write ${configdir} before the path",
					"%s exists twice: %s is used, BMTK would use %s", text, l.show(c.path), l.show(last.path))
			}
		}
		return c.path, true
	}
	l.recordPath(n.place, text, candidates[0].path, NotFound)
	hint := "tried " + strings.Join(tried, ", ")
	if near := nearestFile(candidates[0].path); near != "" {
		hint += "; did you mean " + quote(near) + "?"
	}
	l.report(missing, n.place, hint, "%s %s does not exist", what, quote(text))
	return candidates[0].path, false
}

// nearestFile looks for a name like the missing one's in its folder, or, where the folder is missing too, names nothing.
func nearestFile(missing string) string {
	entries, err := os.ReadDir(filepath.Dir(missing))
	if err != nil || len(entries) > 10000 {
		return ""
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return Nearest(filepath.Base(missing), names)
}

func (l *loader) recordPath(at Place, text, resolved string, base Base) {
	if l.cfg != nil { // config files themselves are read before there is one
		l.cfg.Paths = append(l.cfg.Paths, PathUse{Place: at, Text: text, Resolved: resolved, Base: base})
	}
}
