package config

import (
	"strconv"
	"strings"
)

// settingPrefix begins the "file" of values that were set from outside, as messages name it.
const settingPrefix = "--set "

// override puts the values of Options.Set into the joined document.
func (l *loader) override(root *node) {
	for _, setting := range l.opts.Set {
		key, text, ok := strings.Cut(setting, "=")
		key = strings.TrimSpace(key)
		if at := (Place{File: settingPrefix + clip(setting)}); !ok || key == "" {
			l.fail(at, "write --set run.dt=0.05 or --set inputs.NAME.amp=0.2", "expected KEY=VALUE")
		} else {
			l.overrideOne(root, at, strings.Split(key, "."), strings.TrimSpace(text))
		}
	}
}

func (l *loader) overrideOne(root *node, at Place, keys []string, text string) {
	at.Path = strings.Join(keys, ".")
	switch keys[0] {
	case "manifest", "network", "simulation", "config_path", "config_dir":
		l.fail(at, "set what stands in the sections that were read", "%s is used up before values are set", quote(keys[0]))
		return
	}
	value, problems := parseJSON(&source{file: at.File, dir: l.mainDir, data: []byte(text)})
	if value == nil || HasErrors(problems) {
		value = &node{kind: kindString, text: text, src: &source{file: at.File, dir: l.mainDir}} // a word without quotes
	}
	value.placeAt(at)
	last := len(keys) - 1
	n := root
	for i, key := range keys[:last] {
		next := n.child(key)
		if next == nil && i == 0 {
			// A section that is not there, since all in it has a default.
			next = &node{kind: kindObject, place: at, src: value.src}
			root.members = append(root.members, member{key: key, keyPlace: at, value: next})
		}
		if next == nil || next.kind < kindArray {
			l.fail(at, didYouMean(key, n.keys()), "there is no %s in %s", quote(key), quote(strings.Join(keys[:i], ".")))
			return
		}
		n = next
	}
	if n.kind == kindArray {
		i, err := strconv.Atoi(keys[last])
		if err != nil || i < 0 || i >= len(n.items) {
			l.fail(at, "", "there is no %s in a list of %d", quote(keys[last]), len(n.items))
			return
		}
		n.items[i] = value
		return
	}
	m := member{key: keys[last], keyPlace: at, value: value}
	for i := len(n.members) - 1; i >= 0; i-- { // from the end, as get looks
		if n.members[i].key == m.key {
			n.members[i] = m
			return
		}
	}
	n.members = append(n.members, m)
}

// child is the value of a key of an object, or of an index of a list; nil when it is not there.
func (n *node) child(key string) *node {
	if n.kind == kindArray {
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.items) {
			return n.items[i]
		}
		return nil
	}
	return n.get(key)
}

func (n *node) keys() []string {
	var keys []string
	for _, m := range n.members {
		keys = append(keys, m.key)
	}
	return keys
}

// placeAt gives a value and all below it one place.
func (n *node) placeAt(at Place) {
	n.place = at
	for _, it := range n.items {
		it.placeAt(at)
	}
	for i := range n.members {
		n.members[i].keyPlace = at
		n.members[i].value.placeAt(at)
	}
}

// isSetting says whether a key was set from outside. A wrong one is an error there: a sweep over a key that nobody reads
// would give the same run at every point.
func (m member) isSetting() bool { return strings.HasPrefix(m.keyPlace.File, settingPrefix) }
