package config

import (
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// decode fills the Config from the joined document.
func (l *loader) decode(root *node) {
	top := section{l: l, n: root}
	top.only([]string{"manifest", "run", "conditions", "components", "networks", "network", "simulation", "inputs", "reports", "output",
		"node_sets", "node_sets_file", "target_simulator", "gid_mapping_file", "config_path", "config_dir", "version", "name", "description"})
	l.targetSimulator(top)
	l.run(root)
	l.conditions(root)
	l.components(root)
	l.networks(root)
	l.output(root)
	l.nodeSets(top)
	l.inputs(root)
	l.reports(root)
}

// required complains about a missing section.
func (l *loader) required(root *node, key, example string) section {
	n := root.get(key)
	if n == nil || n.kind == kindNull {
		if !l.opts.CircuitOnly {
			l.fail(Place{File: root.place.File}, example, "the section %s is missing", quote(key))
		}
		return section{l: l}
	}
	return l.section(n, example)
}

func (l *loader) targetSimulator(top section) {
	l.cfg.TargetSimulator = top.str("", "target_simulator")
	switch strings.ToUpper(l.cfg.TargetSimulator) {
	case "", "NEURON", "CORENEURON", "BIONET", "NETSIM":
	default:
		l.warn(top.get("target_simulator").place, "netsim simulates it as a network of detailed neurons, as BMTK's BioNet does",
			"the circuit is meant for the simulator %s", quote(l.cfg.TargetSimulator))
	}
}

// numerics reads run.numerics.
func (l *loader) numerics(s section) {
	r := &l.cfg.Run
	r.Numerics = s.str(NumericsNeuron, "numerics")
	var place Place
	if n := s.get("numerics"); n != nil {
		place = n.place
	}
	if l.opts.Numerics != "" {
		r.Numerics, place = l.opts.Numerics, Place{Path: "--numerics"}
	}
	known := []string{NumericsNeuron, NumericsFast}
	if !slices.Contains(known, r.Numerics) {
		l.fail(place, "docs/numerics.md says what they are", "there is no numerics %s; there are %s", quote(r.Numerics), strings.Join(known, " and "))
		r.Numerics = NumericsNeuron
	}
}

func (l *loader) run(root *node) {
	const example = `"run": { "tstop": 1000.0, "dt": 0.1 }`
	s := l.required(root, "run", example)
	s.only([]string{"tstop", "tstart", "dt", "dL", "spike_threshold", "nsteps_block", "overwrite_output_dir", "use_old_import3d", "numerics"})
	r := &l.cfg.Run
	r.Place = s.place()
	var stopAt, dtAt *node
	r.TStop, stopAt = s.number(math.NaN(), "tstop")
	r.Dt, dtAt = s.number(0.1, "dt")
	var startAt *node
	r.TStart, startAt = s.number(0, "tstart")
	r.SpikeThreshold, _ = s.number(-15, "spike_threshold")
	r.NStepsBlock = s.integer(0, "nsteps_block")
	r.OverwriteOutputDir = s.boolean(true, "overwrite_output_dir")
	r.UseOldImport3d = s.boolean(false, "use_old_import3d")
	l.numerics(s)
	if r.NStepsBlock < 0 {
		l.fail(s.get("nsteps_block").place, "", "the number of steps between flushes is negative: %d", r.NStepsBlock)
	}
	r.DL = l.segmentLength(s)

	stopPlace, dtPlace := placeOr(stopAt, r.Place), placeOr(dtAt, r.Place)
	if l.opts.TStop != nil {
		r.TStop, stopPlace = *l.opts.TStop, Place{Path: "--tstop"}
	}
	if l.opts.Dt != nil {
		r.Dt, dtPlace = *l.opts.Dt, Place{Path: "--dt"}
	}
	dtFits := r.Dt > 0 && !math.IsInf(r.Dt, 0)
	if !dtFits {
		l.fail(dtPlace, "0.1 and 0.025 are usual", "the time step must be positive, not %v ms", r.Dt)
	}
	switch {
	case math.IsNaN(r.TStop):
		r.TStop = 0
		if s.n != nil && s.get("tstop") == nil || l.opts.TStop != nil {
			l.fail(stopPlace, example, "tstop, how long to simulate in ms, is missing")
		}
	case !(r.TStop > 0) || math.IsInf(r.TStop, 0):
		l.fail(stopPlace, "", "tstop must be positive, not %v ms", r.TStop)
	case dtFits:
		steps, ok := ratio(r.TStop, r.Dt)
		if !ok {
			l.fail(stopPlace, nearMultiple(r.TStop, r.Dt), "tstop %v ms is not a whole number of steps of dt %v ms", r.TStop, r.Dt)
		}
		r.Steps = steps
	}
	if startAt != nil && (r.TStart < 0 || r.TStart > r.TStop) {
		l.fail(startAt.place, "", "tstart %v ms does not lie between 0 and tstop", r.TStart)
	}
}

// segmentLength reads dL, for which null has a meaning of its own.
func (l *loader) segmentLength(s section) float64 {
	if n := s.n.get("dL"); n != nil && n.kind == kindNull {
		return 0
	}
	dl, n := s.number(20, "dL")
	if n != nil && !(dl > 0) {
		l.fail(n.place, "20.0 is usual; null leaves every section in one piece", "dL must be positive, not %s µm", n.text)
		return 20
	}
	return dl
}

func placeOr(n *node, def Place) Place {
	if n == nil {
		return def
	}
	return n.place
}

func (l *loader) conditions(root *node) {
	const example = `"conditions": { "celsius": 34.0, "v_init": -80.0 }`
	s := l.required(root, "conditions", example+", the values of Allen's models")
	s.only([]string{"celsius", "v_init"})
	c := &l.cfg.Conditions
	c.Place = s.place()
	for _, f := range []struct {
		key, what string
		to        *float64
	}{{"celsius", "the temperature (°C)", &c.Celsius}, {"v_init", "the voltage at the start (mV)", &c.VInit}} {
		*f.to, _ = s.number(0, f.key)
		if s.n != nil && s.get(f.key) == nil {
			l.fail(s.place(), example+" are the values of Allen's models", "%s is missing: %s", f.key, f.what)
		}
	}
}

func (l *loader) components(root *node) {
	s := l.section(root.get("components"), `"components": { "morphologies_dir": "${configdir}/morphologies", ... }`)
	c := &l.cfg.Components
	c.Place = s.place()
	dirs := []struct {
		to   *string
		keys []string
	}{
		{&c.MorphologiesDir, []string{"morphologies_dir"}},
		{&c.SynapticModelsDir, []string{"synaptic_models_dir"}},
		{&c.BiophysicalNeuronModelsDir, []string{"biophysical_neuron_models_dir"}},
		{&c.PointNeuronModelsDir, []string{"point_neuron_models_dir"}},
		{&c.CustomNeuronModelsDir, []string{"custom_neuron_models", "custom_neuron_models_dir"}},
		{&c.FilterModelsDir, []string{"filter_models_dir"}},
		{&c.PopulationModelsDir, []string{"population_models_dir"}},
	}
	known := []string{"mechanisms_dir", "templates_dir", "recXelectrodes_dir", "stimulations_dir"}
	for _, d := range dirs {
		known = append(known, d.keys...)
		n := s.get(d.keys...)
		switch {
		case n == nil:
		case n.kind != kindString:
			s.wrongType(n, "the name of a folder")
		default:
			*d.to = l.dir(n)
		}
	}
	for _, n := range s.textNodes("mechanisms_dir") {
		c.MechanismsDirs = append(c.MechanismsDirs, l.dir(n))
	}
	for _, n := range s.textNodes("templates_dir") {
		path, _ := l.existing(n, "the template", Warning)
		c.TemplatesDirs = append(c.TemplatesDirs, path)
	}
	s.only(known)
}

// dir resolves a components folder. Many configs name folders that their circuit never looks into, so a missing one is only a warning;
// a file that is wanted from it will be an error.
func (l *loader) dir(n *node) string {
	path, _ := l.existing(n, "the folder", Warning)
	return path
}

func (l *loader) networks(root *node) {
	const example = `"networks": { "nodes": [ { "nodes_file": "nodes.h5", "node_types_file": "node_types.csv" } ], "edges": [ ... ] }`
	n := root.get("networks")
	if inline := root.get("network"); n == nil && inline != nil && inline.kind == kindObject {
		l.warn(inline.place, `the SONATA standard calls it "networks"`, `an object under "network" is read as "networks"`)
		n = inline
	}
	if n == nil {
		n = &node{kind: kindNull}
	}
	if n.kind == kindNull {
		l.fail(Place{File: root.place.File}, example+`, or "network": "circuit_config.json"`, `there is no circuit: neither "networks" nor a file under "network" that has it`)
		return
	}
	s := l.section(n, example)
	s.only([]string{"nodes", "edges", "gap_juncs", "gap_junctions"})
	net := &l.cfg.Networks
	net.Place = s.place()
	for _, e := range l.entries(s, "nodes") {
		e.only([]string{"nodes_file", "node_file", "node_types_file", "enabled", "name", "populations"})
		if !e.enabled() {
			continue
		}
		net.Nodes = append(net.Nodes, NodesFile{
			File:      e.file(true, "the nodes file", "nodes_file", "node_file"),
			TypesFile: l.typesFile(e, "the node types file", "node_types_file"),
			Place:     e.place(),
		})
	}
	for _, e := range l.entries(s, "edges") {
		e.only([]string{"edges_file", "edge_file", "edge_types_file", "enabled", "name", "source", "target", "populations"})
		if !e.enabled() {
			continue
		}
		net.Edges = append(net.Edges, EdgesFile{
			File:      e.file(true, "the edges file", "edges_file", "edge_file"),
			TypesFile: l.typesFile(e, "the edge types file", "edge_types_file"),
			Place:     e.place(),
		})
	}
	for _, key := range []string{"gap_juncs", "gap_junctions"} {
		for _, e := range l.entries(s, key) {
			e.only([]string{"gap_juncs_file", "enabled", "name"})
			if !e.enabled() {
				continue
			}
			l.fail(e.place(), `"enabled": false runs the circuit without them`, "gap junctions are not supported yet")
			net.GapJuncs = append(net.GapJuncs, GapJuncsFile{File: e.file(true, "the gap junctions file", "gap_juncs_file"), Place: e.place()})
		}
	}
	if n := s.get("nodes"); s.n != nil && len(net.Nodes) == 0 && (n == nil || n.kind == kindArray) {
		l.fail(s.place(), example, "no nodes file is enabled: there is nothing to simulate")
	}
}

// typesFile is optional: a population may store everything in its HDF5 file. "NULL" is how the standard writes "none".
func (l *loader) typesFile(s section, what, key string) string {
	if n := s.get(key); n == nil || n.kind == kindString && (n.text == "" || strings.EqualFold(n.text, "null") || strings.EqualFold(n.text, "none")) {
		return ""
	}
	return s.file(false, what, key)
}

// entries returns the objects of a list.
func (l *loader) entries(s section, key string) []section {
	n := s.get(key)
	if n == nil {
		return nil
	}
	if n.kind != kindArray {
		hint := ""
		if n.kind == kindObject {
			hint = "put it in brackets: [ { ... } ]"
		}
		l.fail(n.place, hint, "expected a list, found %s", n.kind)
		return nil
	}
	var list []section
	for _, it := range n.items {
		if e := l.section(it, "each entry is an object"); e.n != nil {
			list = append(list, e)
		}
	}
	return list
}

func (l *loader) nodeSets(top section) {
	l.cfg.NodeSets = map[string]any{}
	if file := top.get("node_sets_file"); file != nil {
		switch {
		case file.kind != kindString:
			top.wrongType(file, "the name of a file")
		case top.get("node_sets") != nil:
			l.warn(file.place, "keep one of the two", "node_sets_file is not read because the config has node_sets")
		default:
			if path, ok := l.existing(file, "the node sets file", Error); ok {
				if root := l.readJSON(path, l.show(path), &file.place); root != nil {
					l.readNodeSets(root)
				}
			}
		}
	}
	if n := top.get("node_sets"); n != nil {
		l.readNodeSets(n)
	}
}

func (l *loader) readNodeSets(n *node) {
	s := l.section(n, `"node_sets": { "excitatory": { "population": "v1", "ei": "e" } }`)
	if s.n == nil {
		return
	}
	l.cfg.NodeSetsPlace = s.place()
	for _, m := range s.n.members {
		switch m.value.kind {
		case kindString, kindArray, kindObject:
			l.cfg.NodeSets[m.key] = m.value.plain()
		default:
			s.wrongType(m.value, "a filter, a list or a name")
		}
	}
}

func (l *loader) output(root *node) {
	s := l.section(root.get("output"), `"output": { "output_dir": "${configdir}/output", "spikes_file": "spikes.h5" }`)
	s.only([]string{"output_dir", "spikes_file", "spikes_file_csv", "spikes_file_nwb", "spikes_sort_order", "compression", "log_file", "log_level",
		"log_format", "log_to_console", "quiet_simulator", "cache_to_disk", "overwrite_output_dir"})
	o := &l.cfg.Output
	o.Place = s.place()
	o.Dir = l.outputDir(s)
	o.Overwrite = s.boolean(l.cfg.Run.OverwriteOutputDir, "overwrite_output_dir")
	o.SpikesFile = l.spikesFile(s)
	o.SpikesFileCSV = l.outputFile(s.get("spikes_file_csv"), s)
	if n := s.get("spikes_file_nwb"); n != nil {
		l.warn(n.place, "", "NWB spike files are not supported yet, skipped")
	}
	o.LogFile = l.outputFile(s.get("log_file"), s)
	o.SortOrder = l.sortOrder(s)
	o.Compression = l.compression(s)
	o.LogLevel = strings.ToLower(s.str("info", "log_level"))
	switch o.LogLevel {
	case "debug", "info", "error":
	case "warn", "warning":
		o.LogLevel = "warn"
	case "critical":
		o.LogLevel = "error"
	default:
		l.warn(s.get("log_level").place, "one of debug, info, warning, error", "unknown log level %s, info is used", quote(o.LogLevel))
		o.LogLevel = "info"
	}
}

// outputDir resolves the folder for results. It need not exist, and nothing is done to it.
func (l *loader) outputDir(s section) string {
	if d := l.opts.OutputDir; d != "" {
		abs := d
		if !filepath.IsAbs(d) {
			abs = filepath.Join(l.wd, d)
		}
		l.recordPath(Place{Path: "--output-dir"}, d, abs, CommandLineDir)
		return abs
	}
	n := s.get("output_dir")
	if n != nil && n.kind != kindString {
		s.wrongType(n, "the name of a folder")
		n = nil
	}
	if n == nil {
		return l.mainDir
	}
	if left := l.unresolved[n]; left != nil {
		l.fail(n.place, "", "the output folder's name holds %s, which is not defined", strings.Join(left, ", "))
	}
	abs, base := filepath.Clean(n.text), Absolute
	if !filepath.IsAbs(n.text) {
		abs, base = filepath.Join(n.src.dir, n.text), FileDir
	}
	l.recordPath(n.place, n.text, abs, base)
	return abs
}

// outputFile puts a file into the output folder; "" when there is none.
func (l *loader) outputFile(n *node, s section) string {
	if n == nil {
		return ""
	}
	if n.kind != kindString || n.text == "" {
		s.wrongType(n, "the name of a file")
		return ""
	}
	return l.inOutput(n.place, n.text)
}

// inOutput resolves a name against the output folder. Like BMTK it leaves a name alone that already begins with the folder as written.
func (l *loader) inOutput(at Place, name string) string {
	path, base := filepath.Clean(name), Absolute
	if !filepath.IsAbs(name) {
		base = OutputDir
		written := ""
		for _, p := range l.cfg.Paths {
			if strings.HasSuffix(p.Place.Path, "output.output_dir") {
				written = filepath.Clean(p.Text)
			}
		}
		if rest, ok := strings.CutPrefix(path, written+string(filepath.Separator)); ok && written != "" && written != "." {
			path = rest
		}
		path = filepath.Join(l.cfg.Output.Dir, path)
	}
	l.recordPath(at, name, path, base)
	return path
}

// spikesFile: without any key spikes.h5, with null none, and of a list the first HDF5 file.
func (l *loader) spikesFile(s section) string {
	raw := s.n.get("spikes_file")
	switch {
	case raw == nil && s.get("spikes_file_csv") == nil:
		return filepath.Join(l.cfg.Output.Dir, "spikes.h5")
	case raw == nil || raw.kind == kindNull:
		return ""
	case raw.kind == kindArray:
		nodes := s.textNodes("spikes_file")
		if len(nodes) == 0 {
			return ""
		}
		for _, more := range nodes[1:] {
			l.warn(more.place, "netsim can copy it afterwards: cp", "only the first spikes file is written, not %s", quote(more.text))
		}
		return l.outputFile(nodes[0], s)
	}
	return l.outputFile(raw, s)
}

func (l *loader) sortOrder(s section) SortOrder {
	text := s.str("time", "spikes_sort_order")
	switch strings.ToLower(text) {
	case "time", "by_time":
		return SortByTime
	case "id", "by_id", "node_id", "gid":
		return SortByID
	case "none", "na":
		return SortNone
	}
	l.fail(s.get("spikes_sort_order").place, `one of "time", "id", "none"`, "unknown order of spikes %s", quote(text))
	return SortByTime
}

// compression: BMTK's "gzip" is HDF5's level 4.
func (l *loader) compression(s section) int {
	n := s.get("compression")
	if n == nil {
		return 0
	}
	switch {
	case n.kind == kindNumber && n.number == math.Trunc(n.number) && n.number >= 0 && n.number <= 9:
		return int(n.number)
	case n.kind == kindString && strings.EqualFold(n.text, "gzip"):
		return 4
	case n.kind == kindString && strings.EqualFold(n.text, "none"):
		return 0
	case n.kind == kindString:
		if level, err := strconv.Atoi(n.text); err == nil && level >= 0 && level <= 9 {
			return level
		}
	}
	l.fail(n.place, `"gzip", "none" or a level from 0 to 9`, "unknown compression %s", describe(n))
	return 0
}
