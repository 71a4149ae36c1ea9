// Command compare runs .mod files in netsim and in live NEURON under protocols that exercise them, and prints a table of
// the differences as Markdown.
//
//	go run ./validation/traces/compare -python PATH/TO/python FOLDER…
//
// PATH/TO/python is a Python with NEURON 9; FOLDERs are searched for .mod files, equal ones taken once.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"netsim/engine"
	"netsim/modlab"
	"netsim/nmodl/diag"
)

// subject is one .mod file and what became of it.
type subject struct {
	path, shown string
	key         string // from the text; files of the work folder have this name
	base        string
	constructs  string
	problem     string // the first error of netsim's front end
	accepted    bool   // by netsim's front end
	library     bool   // SUFFIX nothing
	refused     []string
	failed      string // netsim could not run it
	executors   string // how the plain executor differs from the vector one
	trace       *modlab.Trace
	neuron      neuron
	diff        difference
}

// neuron is what neuron_trace.py --batch says of one job.
type neuron struct {
	Accepted, Compiled, Ran bool
	Message, Error          string
}

type job struct {
	ID       string   `json:"id"`
	File     string   `json:"file"`
	Protocol string   `json:"protocol,omitempty"`
	Out      string   `json:"out,omitempty"`
	With     []string `json:"with,omitempty"`
}

func main() {
	log.SetFlags(0)
	python := flag.String("python", "python3", "a Python with NEURON 9")
	work := flag.String("work", "", "folder for protocols and traces, kept (default: a temporary one)")
	script := flag.String("script", filepath.Join("validation", "traces", "neuron_trace.py"), "neuron_trace.py")
	perLibrary := flag.Int("per-library", 50, "files that are compiled into one library")
	only := flag.String("only", "", "run only files whose path contains this")
	flag.Parse()
	if flag.NArg() == 0 {
		log.Fatal("compare: name the folders with .mod files")
	}
	if *work == "" {
		dir, err := os.MkdirTemp("", "netsim-traces-")
		if err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(dir)
		*work = dir
	}
	if err := os.MkdirAll(*work, 0o777); err != nil {
		log.Fatal(err)
	}
	if err := forget(*work, *script); err != nil {
		log.Fatal(err)
	}
	subjects := collect(flag.Args(), *only)
	jobs := struct {
		Jobs       []job  `json:"jobs"`
		PerLibrary int    `json:"per_library"`
		Folder     string `json:"folder"`
	}{PerLibrary: *perLibrary}
	jobs.Folder, _ = filepath.Abs(*work)
	for _, s := range subjects {
		s.base = filepath.Join(jobs.Folder, s.key)
		j := job{ID: s.key, File: s.path}
		protocol, with, ok := s.inTime(jobs.Folder)
		if s.known(protocol) {
			continue
		}
		if ok {
			j.Protocol, j.Out, j.With = s.base+".json", s.base+".csv", with
			if err := os.WriteFile(j.Protocol, protocol, 0o666); err != nil {
				log.Fatal(err)
			}
		}
		jobs.Jobs = append(jobs.Jobs, j)
	}
	log.Printf("%d files; netsim is done, NEURON follows for %d", len(subjects), len(jobs.Jobs))
	if len(jobs.Jobs) > 0 {
		text, _ := json.Marshal(jobs)
		jobFile, resultFile := filepath.Join(jobs.Folder, "jobs.json"), filepath.Join(jobs.Folder, "results.json")
		if err := os.WriteFile(jobFile, text, 0o666); err != nil {
			log.Fatal(err)
		}
		cmd := exec.Command(*python, *script, "--batch", jobFile, resultFile)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			log.Fatalf("compare: neuron_trace.py: %v", err)
		}
	}
	for _, s := range subjects {
		if err := s.compare(); err != nil {
			log.Fatal(err)
		}
	}
	report(os.Stdout, subjects)
}

// forget removes the results in a work folder that another version of the script has made.
func forget(work, script string) error {
	text, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	sum := []byte(fmt.Sprintf("%x\n", sha256.Sum256(text)))
	file := filepath.Join(work, "script.sha256")
	if before, err := os.ReadFile(file); err == nil && bytes.Equal(before, sum) {
		return nil
	}
	old, err := filepath.Glob(filepath.Join(work, "*.result"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return os.WriteFile(file, sum, 0o666)
}

// known tells whether NEURON's part was done in an earlier run with the same work folder.
func (s *subject) known(protocol []byte) bool {
	text, err := os.ReadFile(s.base + ".result")
	if err != nil || json.Unmarshal(text, &s.neuron) != nil {
		return false
	}
	if protocol == nil || !s.neuron.Accepted || !s.neuron.Compiled && s.neuron.Error != "" {
		return true
	}
	before, err := os.ReadFile(s.base + ".json")
	return err == nil && bytes.Equal(before, protocol)
}

// compare reads NEURON's trace and sets it beside netsim's.
func (s *subject) compare() error {
	if text, err := os.ReadFile(s.base + ".result"); err == nil {
		if err := json.Unmarshal(text, &s.neuron); err != nil {
			return err
		}
	}
	if s.trace == nil || !s.neuron.Ran {
		return nil
	}
	names, rows, err := readCSV(s.base + ".csv")
	if err != nil {
		return err
	}
	s.diff = compareTraces(s.trace, names, rows)
	return nil
}

// collect finds the .mod files, each text once.
func collect(folders []string, only string) []*subject {
	seen := map[string]bool{}
	var out []*subject
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".mod" || !strings.Contains(path, only) {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			key := normal(string(text))
			if seen[key] {
				return nil
			}
			seen[key] = true
			rel, _ := filepath.Rel(folder, path)
			path, err = filepath.Abs(path)
			out = append(out, &subject{path: path, key: fmt.Sprintf("%x", sha256.Sum256([]byte(key)))[:16], shown: filepath.Join(filepath.Base(folder), rel)})
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
	}
	slices.SortFunc(out, func(a, b *subject) int { return strings.Compare(a.shown, b.shown) })
	return out
}

// normal is a text without comments and white space, by which equal mechanisms are found.
func normal(text string) string {
	var b strings.Builder
	comment := false
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		first, _, _ := strings.Cut(strings.TrimSpace(line)+" ", " ")
		switch {
		case first == "COMMENT":
			comment = true
		case first == "ENDCOMMENT":
			comment = false
			continue
		case first == "TITLE":
			continue
		}
		if comment {
			continue
		}
		if k := strings.IndexAny(line, ":?"); k >= 0 {
			line = line[:k]
		}
		b.WriteString(strings.Join(strings.Fields(line), ""))
	}
	return b.String()
}

// patience bounds the time of one file in netsim.
const patience = time.Minute

// inTime is netsim, given up when it does not end.
func (s *subject) inTime(folder string) (protocol []byte, with []string, ok bool) {
	type outcome struct {
		subject  subject
		protocol []byte
		with     []string
		ok       bool
	}
	done := make(chan outcome, 1)
	own := outcome{subject: *s}
	go func() {
		own.protocol, own.with, own.ok = own.subject.netsim(folder)
		done <- own
	}()
	select {
	case o := <-done:
		*s = o.subject
		return o.protocol, o.with, o.ok
	case <-time.After(patience):
		s.accepted, s.failed = true, fmt.Sprintf("no end after %v", patience)
		return nil, nil, false
	}
}

// netsim reads the file, makes its protocol and traces it.
func (s *subject) netsim(folder string) (protocol []byte, with []string, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			s.failed = fmt.Sprintf("panic: %v", r)
			ok = protocol != nil
		}
	}()
	src, _, ds := modlab.Open(s.path)
	if src == nil {
		for _, d := range ds {
			if d.Severity == diag.Error {
				s.problem = d.Msg
				break
			}
		}
		return nil, nil, false
	}
	s.accepted = true
	s.constructs = strings.Join(constructs(src), " ")
	if s.library = src.Library(); s.library {
		return nil, nil, false
	}
	m, _ := src.Compile()
	for _, u := range m.Unsupported {
		s.refused = append(s.refused, u.What)
	}
	if s.refused != nil {
		return nil, nil, false
	}
	p := protocolFor(src, m)
	for _, ion := range driven(m) {
		file, err := driver(folder, ion)
		if err != nil {
			log.Fatal(err)
		}
		other, _, ds := modlab.Open(file)
		if other == nil {
			log.Fatal(ds)
		}
		src.With = append(src.With, other)
		with = append(with, file)
		p["insert"] = append(p["insert"].([]string), other.Symbols.Name)
	}
	protocol, _ = json.Marshal(p)
	read, err := modlab.ReadProtocol("", protocol)
	if err != nil {
		log.Fatalf("%s: %v", s.path, err)
	}
	if s.trace, err = modlab.Run(src, read); err != nil {
		s.failed = err.Error()
		return protocol, with, true
	}
	plain, err := modlab.RunOn(src, read, engine.Options{Plain: true})
	if err != nil {
		s.executors = err.Error()
	} else if d := compareTraces(s.trace, plain.Names, plain.Rows); d.equal != d.compared {
		s.executors = "instance by instance: " + d.where
	}
	p["record"] = withoutOwn(s.trace.Names)
	protocol, _ = json.Marshal(p)
	return protocol, with, true
}

// withoutOwn leaves out the columns that every trace has by itself.
func withoutOwn(names []string) []string {
	out := []string{}
	for _, n := range names {
		if n != "t" && n != "spike" {
			out = append(out, n)
		}
	}
	return out
}
