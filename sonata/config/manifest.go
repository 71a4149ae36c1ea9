package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of a manifest; real ones have ten entries.
const (
	maxValue   = 1 << 16 // characters that a few entries which repeat each other can grow to
	maxChain   = 100     // entries of which each names the next
	maxEntries = 1000    // names among which a hint looks for the one that was meant
)

var variablePattern = regexp.MustCompile(`\$\{?\w+\}?`)

// variableName takes the name out of "$NAME" or "${NAME}".
func variableName(match string) string { return strings.Trim(match, "${}") }

// replaceVariables replaces every variable of a text. It reports whether the text stays short enough.
func replaceVariables(text string, value func(name, match string) string) (string, bool) {
	var b strings.Builder
	last := 0
	for _, at := range variablePattern.FindAllStringIndex(text, -1) {
		match := text[at[0]:at[1]]
		b.WriteString(text[last:at[0]])
		b.WriteString(value(variableName(match), match))
		if last = at[1]; b.Len() > maxValue {
			return "", false
		}
	}
	b.WriteString(text[last:])
	return b.String(), last == 0 || b.Len() <= maxValue
}

// predefined are the variables every file has.
func predefined(workingDir, configDir, configFile string, now time.Time) map[string]string {
	return map[string]string{
		"workingdir":  workingDir,
		"configdir":   configDir,
		"configfname": configFile,
		"time":        now.Format("15-04-05"),
		"date":        now.Format("2006-01-02"),
		"datetime":    now.Format("2006-01-02_15-04-05"),
	}
}

// manifest resolves the entries of one file's manifest.
type manifest struct {
	problems *problemList
	fixed    map[string]string // predefined, and entries already resolved
	entries  map[string]*node  // not resolved yet
	names    []string          // of all entries, in document order
}

// resolveManifest returns the variables of a file: the predefined ones and those of its manifest (nil for none).
func resolveManifest(n *node, predefined map[string]string, problems *problemList) map[string]string {
	m := &manifest{problems: problems, fixed: predefined, entries: map[string]*node{}}
	if n == nil || n.kind == kindNull {
		return m.fixed
	}
	if n.kind != kindObject {
		m.fail(n.place, `"manifest": { "$BASE_DIR": "${configdir}" }`, "expected an object, found %s", n.kind)
		return m.fixed
	}
	for _, mb := range n.members {
		name := strings.TrimPrefix(mb.key, "$")
		// "${NAME}" as a key is not BMTK's, but there is only one thing it can mean.
		name = strings.TrimSuffix(strings.TrimPrefix(name, "{"), "}")
		if mb.value.kind != kindString {
			m.fail(mb.value.place, "", "a manifest entry is a string, not %s", mb.value.kind)
			continue
		}
		delete(m.fixed, name) // the user's entry wins
		m.entries[name] = mb.value
		m.names = append(m.names, name)
	}
	for _, name := range m.names {
		m.resolve(name, nil)
	}
	return m.fixed
}

func (m *manifest) fail(at Place, hint, format string, args ...any) {
	m.problems.add(Problem{Severity: Error, Place: at, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// resolve returns the value of a variable; chain are the entries whose values led here.
func (m *manifest) resolve(name string, chain []string) (string, bool) {
	if v, ok := m.fixed[name]; ok {
		return v, true
	}
	n, ok := m.entries[name]
	if !ok {
		return "", false
	}
	if i := slices.Index(chain, name); i >= 0 {
		var circle []string
		for _, c := range append(slices.Clone(chain[i:]), name) {
			circle = append(circle, clip(c))
		}
		m.fail(n.place, "give one of them a value that names none of the others", "the manifest goes in a circle: $%s", strings.Join(circle, " → $"))
		m.fixed[name] = n.text
		return n.text, true
	}
	if len(chain) == maxChain {
		m.fail(n.place, "", "more than %d entries of the manifest name each the next, from $%s on", maxChain, clip(chain[0]))
		m.fixed[name] = n.text
		return n.text, true
	}
	chain = append(chain, name)
	text, ok := replaceVariables(n.text, func(inner, match string) string {
		v, ok := m.resolve(inner, chain)
		if !ok {
			hint := ""
			if len(m.names) <= maxEntries && !m.problems.full(Error) {
				hint = didYouMean(inner, m.known())
			}
			m.fail(n.place, hint, "%s is not defined", clip(match))
			return match
		}
		return v
	})
	if !ok {
		m.fail(n.place, "", "the value of $%s grows to more than %d characters", clip(name), maxValue)
		text = n.text
	}
	if _, done := m.fixed[name]; !done { // a circle has settled it
		m.fixed[name] = text
	}
	return m.fixed[name], true
}

func (m *manifest) known() []string {
	names := slices.Clone(m.names)
	for name := range m.fixed {
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
