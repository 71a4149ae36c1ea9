package simulation

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"netsim/engine"
	"netsim/nmodl/program"
	"netsim/reports"
	"netsim/sonata/config"
)

// recording is one report of one variable with this rank's columns.
type recording struct {
	spec  reports.ReportSpec
	nodes []reports.Node
}

// plan turns the config's reports into recordings of the engine.
func (r *run) plan() []config.Problem {
	var problems []config.Problem
	cfg := r.model.cfg
	for _, rep := range cfg.Reports {
		gids, err := r.model.circuit.ResolveCells(rep.Cells)
		if err != nil {
			place := rep.Place
			place.Path += ".cells"
			problems = append(problems, config.Problem{Place: place, Msg: err.Error()})
			continue
		}
		if r.began > rep.Start { // a restored state: there is nothing before it
			rep.Start = math.Round(r.began/cfg.Run.Dt) * cfg.Run.Dt
		}
		schedule, err := reports.NewSchedule(rep.Start, rep.End, rep.Dt, cfg.Run.Dt, cfg.Run.Steps)
		if err != nil {
			problems = append(problems, config.Problem{Place: rep.Place, Msg: err.Error()})
			continue
		}
		for _, variable := range rep.Variables {
			rec := &recording{spec: reports.ReportSpec{
				Name: rep.Name, File: reportFile(rep, variable), Variable: variable, Units: r.model.units(variable),
				Start: rep.Start, End: rep.End, Dt: rep.Dt, Rows: schedule.Rows, Compression: cfg.Output.Compression, Float32: rep.Float32,
			}}
			samples := &engine.Recording{Start: schedule.First, End: schedule.First + schedule.Rows*schedule.Stride, Stride: schedule.Stride}
			for _, gid := range gids {
				at, ok := r.model.cellOf[gid]
				if !ok {
					continue // another rank's
				}
				if at.index < 0 {
					problems = append(problems, config.Problem{Place: rep.Place,
						Msg:  fmt.Sprintf("cell %d is a point neuron; membrane reports record cells with sections", gid),
						Hint: "name a node set without point neurons in \"cells\""})
					break
				}
				node, probes, err := r.model.elements(at, rep, variable)
				if err == nil {
					err = r.engine.CanRecord(probes)
				}
				if err != nil {
					problems = append(problems, config.Problem{Place: rep.Place, Msg: err.Error(),
						Hint: "record only where the mechanism is: see \"cells\" and \"sections\""})
					break
				}
				rec.nodes = append(rec.nodes, node)
				samples.Probes = append(samples.Probes, probes...)
			}
			r.reports = append(r.reports, rec)
			r.records = append(r.records, samples)
			r.engine.Record(samples)
		}
	}
	return problems
}

// reportFile gives each variable of a report a file of its own.
func reportFile(rep config.Report, variable string) string {
	if len(rep.Variables) == 1 {
		return rep.File
	}
	ext := filepath.Ext(rep.File)
	return strings.TrimSuffix(rep.File, ext) + "_" + strings.NewReplacer("[", "_", "]", "").Replace(variable) + ext
}

// elements are the columns of one cell in a report.
func (m *model) elements(at cellAt, rep config.Report, variable string) (reports.Node, []engine.Probe, error) {
	list, err := m.built.Elements(int32(at.index), rep.Sections, rep.SomaOnly)
	if err != nil {
		return reports.Node{}, nil, err
	}
	node := reports.Node{Population: m.populations[at.population], ID: at.node}
	var beg, end, types []int64
	var probes []engine.Probe
	for _, e := range list {
		node.ElementIDs = append(node.ElementIDs, e.ID)
		node.ElementPos = append(node.ElementPos, e.Pos)
		beg, end, types = append(beg, e.SWCBeg), append(end, e.SWCEnd), append(types, e.Type)
		probes = append(probes, engine.Probe{Cell: at.index, Node: e.Node, Variable: variable})
	}
	if !rep.SomaOnly {
		node.Extra = map[string][]int64{"swc_ids_beg": beg, "swc_ids_end": end, "seg_types": types}
	}
	return node, probes, nil
}

// units of a variable by NEURON's name.
func (m *model) units(variable string) string {
	if variable == "v" {
		return "mV"
	}
	for _, ion := range m.net.Ions {
		switch variable {
		case "e" + ion.Name:
			return "mV"
		case "i" + ion.Name:
			return "mA/cm2"
		case ion.Name + "i", ion.Name + "o":
			return "mM"
		}
	}
	for _, mech := range m.net.Mechanisms {
		base, ok := strings.CutSuffix(variable, "_"+mech.Name)
		if !ok || mech.Kind != program.Density {
			continue
		}
		for _, c := range mech.Columns {
			if c.Name == base {
				return c.Units
			}
		}
	}
	return ""
}
