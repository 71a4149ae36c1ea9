package config

import (
	"math"
	"slices"
	"strings"
)

var (
	membraneModules = []string{"membrane_report", "multimeter", "multimeter_report"}
	// Reports of BMTK that netsim does not make.
	foreignReports = []string{"netcon_report", "extracellular", "ecp", "clamp_report", "save_synapses", "weight_recorder", "syn_report", "SEClamp"}
	sectionLabels  = []string{"all", "soma", "somatic", "axon", "axonal", "dend", "basal", "apic", "apical"}
)

func (l *loader) reports(root *node) {
	s := l.section(root.get("reports"), `"reports": { "membrane_potential": { "module": "membrane_report", "cells": "all", "variable_name": "v", "sections": "soma" } }`)
	if s.n == nil {
		return
	}
	writer := map[string]string{} // report of each file
	for _, m := range s.n.members {
		e := l.section(m.value, "each report is an object")
		if e.n == nil || !e.enabled() {
			continue
		}
		r := Report{Name: m.key, Place: e.place(), Module: e.str("", "module")}
		if l.reportModule(e, r.Module) {
			l.membraneReport(e, &r)
			if other, twice := writer[r.File]; twice {
				l.fail(r.Place, `give one of them another "file_name"; one report can hold several variables: "variable_name": ["v", "cai"]`,
					"the reports %s and %s write the same file %s", clip(other), clip(r.Name), l.show(r.File))
			} else {
				writer[r.File] = r.Name
			}
			l.cfg.Reports = append(l.cfg.Reports, r)
		}
	}
}

// reportModule tells whether the report is one netsim makes; one that it does not make is skipped, as BMTK skips unknown ones.
func (l *loader) reportModule(e section, module string) bool {
	n := e.get("module")
	switch {
	case n == nil:
		l.fail(e.place(), `"module": "membrane_report"`, `the key "module" is missing`)
		return false
	case n.kind != kindString:
		return false
	case slices.Contains(membraneModules, module):
		return true
	case slices.Contains(foreignReports, module):
		l.warn(n.place, "", "the report module %s is not supported yet; this report is skipped", quote(module))
	default:
		l.warn(n.place, didYouMean(module, membraneModules), "unknown report module %s; this report is skipped", quote(module))
	}
	return false
}

func (l *loader) membraneReport(e section, r *Report) {
	e.only([]string{"module", "enabled", "cells", "variable_name", "sections", "file_name", "start_time", "end_time", "dt", "transform", "buffer",
		"buffer_size", "dtype", "input_type", "report_name", "unit", "units"})
	r.Cells = e.nodeSet("biophysical", "cells")
	r.Variables = e.texts("variable_name")
	if e.get("variable_name") == nil {
		l.fail(e.place(), `"variable_name": "v"`, `the key "variable_name" is missing`)
	}
	if n := e.get("variable_name"); n != nil && n.kind == kindArray && len(n.items) == 0 {
		l.fail(n.place, "", "the list of variables is empty")
	}
	l.reportSections(e, r)
	if n := e.get("file_name"); n != nil {
		name := e.str("", "file_name")
		if name != "" {
			if !strings.Contains(name, ".") {
				name += ".h5"
			}
			r.File = l.inOutput(n.place, name)
		}
	}
	if r.File == "" {
		r.File = l.inOutput(e.place(), r.Name+".h5")
	}
	r.Transform = e.str("", "transform")
	if r.Transform != "" && r.Transform != "first_element" {
		l.fail(e.get("transform").place, `only "first_element" is known`, "unknown transform %s", quote(r.Transform))
	}
	switch dtype := e.str("float64", "dtype"); dtype {
	case "float64":
	case "float32":
		r.Float32 = true
	default:
		l.fail(e.get("dtype").place, `"dtype": "float64" (BMTK's) or "float32" (the SONATA standard's, which libsonata reads)`, "unknown dtype %s", quote(dtype))
	}
	l.sampling(e, r)
}

func (l *loader) reportSections(e section, r *Report) {
	nodes := e.textNodes("sections")
	if nodes == nil {
		if n := e.get("sections"); n != nil && n.kind == kindArray && len(n.items) == 0 {
			l.fail(n.place, "", "the list of sections is empty")
		}
		r.Sections = []string{"all"}
		return
	}
	for _, n := range nodes {
		label := strings.ToLower(n.text)
		if !slices.Contains(sectionLabels, label) {
			l.fail(n.place, didYouMean(label, sectionLabels), "unknown kind of sections %s", quote(n.text))
		}
		r.Sections = append(r.Sections, label)
	}
	n := e.get("sections")
	r.SomaOnly = n.kind == kindString && r.Sections[0] == "soma"
}

// sampling works out which steps are recorded.
func (l *loader) sampling(e section, r *Report) {
	run := &l.cfg.Run
	var dtAt, startAt, endAt *node
	r.Dt, dtAt = e.number(run.Dt, "dt")
	r.Start, startAt = e.number(run.TStart, "start_time")
	r.End, endAt = e.number(run.TStop, "end_time")
	if !(run.Dt > 0) || !(run.TStop > 0) || math.IsInf(run.Dt, 0) || math.IsInf(run.TStop, 0) {
		return // said before
	}
	steps := func(what string, value float64, at *node) int {
		n, ok := ratio(value, run.Dt)
		if !ok && at != nil {
			l.fail(at.place, nearMultiple(value, run.Dt), "the %s of a report, here %v ms, must be a whole number of steps of dt %v ms", what, value, run.Dt)
		}
		return n
	}
	switch {
	case dtAt != nil && !(r.Dt > 0):
		l.fail(dtAt.place, "leave it out to record every step", "the dt of a report must be positive, not %s ms", dtAt.text)
		r.Dt = run.Dt
	case startAt != nil && r.Start < 0:
		l.fail(startAt.place, "", "the start time is negative: %s ms", startAt.text)
	}
	if endAt != nil && r.End > run.TStop {
		l.warn(endAt.place, "", "the end time %s ms lies after tstop; the report ends at %v ms", endAt.text, run.TStop)
		r.End, endAt = run.TStop, nil
	}
	r.Every = max(1, steps("dt", r.Dt, dtAt))
	r.StartStep = steps("start time", r.Start, startAt)
	r.EndStep = steps("end time", r.End, endAt)
	if r.Start >= r.End {
		l.fail(placeOr(startAt, placeOr(endAt, r.Place)), "", "the report ends (%v ms) before it starts (%v ms)", r.End, r.Start)
	}
}
