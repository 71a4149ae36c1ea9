package simulation

import (
	"fmt"
	"slices"
	"strings"

	"netsim/circuit"
	"netsim/sonata/config"
)

// Check reads everything that a config names, builds the network in memory without simulating it, and lists every
// problem found.
func Check(opt Options) []config.Problem {
	m, problems := load(opt, func(uint64) bool { return true })
	if m == nil || m.circuit == nil || config.HasErrors(problems) {
		return problems
	}
	return append(problems, m.build()...)
}

// Info describes a circuit: populations, cell types, edges and the mechanisms that it needs. The config may be that of
// a circuit alone.
func Info(path string) (string, []config.Problem) {
	cfg, problems := config.Load(path, config.Options{CircuitOnly: true})
	if cfg == nil {
		return "", problems
	}
	c, more := circuit.Open(cfg)
	problems = append(problems, more...)
	if c == nil {
		return "", problems
	}
	info := c.Info()
	var b strings.Builder
	fmt.Fprintf(&b, "%d cells, %d virtual nodes, %d edges\n", info.Cells, info.Virtual, info.EdgeCount)
	for _, p := range info.Populations {
		fmt.Fprintf(&b, "population %s: %d nodes, gids from %d\n", p.Name, p.Nodes, p.Offset)
		for _, t := range p.Types {
			fmt.Fprintf(&b, "    type %d: %d %s", t.ID, t.Count, t.ModelType)
			for _, s := range []string{t.Template, strings.Join(t.ModelProcessing, ",")} {
				if s != "" {
					fmt.Fprintf(&b, ", %s", s)
				}
			}
			for _, s := range []string{t.Morphology, t.DynamicsParams} {
				if s != "" {
					fmt.Fprintf(&b, ", %s", shorten(s))
				}
			}
			b.WriteByte('\n')
		}
	}
	for _, e := range info.Edges {
		fmt.Fprintf(&b, "edges %s: %d (%s) from %s to %s", e.Name, e.Edges, e.Kind, e.Source, e.Target)
		if len(e.SynapseModels) > 0 {
			fmt.Fprintf(&b, ", synapses %s", strings.Join(e.SynapseModels, ", "))
		}
		b.WriteByte('\n')
	}
	mechs := compile(cfg.Components.MechanismsDirs, nil, cfg.Run.Numerics)
	problems = append(problems, mechs.problems...)
	var names []string
	for _, m := range mechs.user {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	if len(names) > 0 {
		fmt.Fprintf(&b, "mechanisms in %s: %s\n", strings.Join(mechs.searched, ", "), strings.Join(names, ", "))
	}
	return b.String(), problems
}
