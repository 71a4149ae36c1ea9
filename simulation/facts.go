package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"

	"netsim/checkpoint"
	"netsim/nmodl/ast"
	"netsim/spikeexchange"
)

const circuitFact = "circuit"

// facts are what must be the same in a run that goes on from a checkpoint; all ranks call it.
func (r *run) facts() ([]checkpoint.Fact, error) {
	if r.fixed != nil {
		return r.fixed, nil
	}
	cfg := r.model.cfg
	circuit, err := r.ranks.AllreduceInt64(spikeexchange.Sum, int64(r.digests.Sum()))
	if err != nil {
		return nil, err
	}
	var facts []checkpoint.Fact
	add := func(name, format string, args ...any) {
		facts = append(facts, checkpoint.Fact{Name: name, Value: fmt.Sprintf(format, args...)})
	}
	add(circuitFact, "%016x", uint64(circuit))
	add("dt", "%v ms", cfg.Run.Dt)
	add("tstop", "%v ms", cfg.Run.TStop)
	add("celsius", "%v degC", cfg.Conditions.Celsius)
	add("v_init", "%v mV", cfg.Conditions.VInit)
	add("numerics", "%s", cfg.Run.Numerics)
	names := make([]string, 0, len(r.model.mechs.digests))
	for name := range r.model.mechs.digests {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		add("mechanism "+name, "%s", r.model.mechs.digests[name])
	}
	add("spikes", "%s %s %d", cfg.Output.SpikesFile, cfg.Output.SpikesFileCSV, cfg.Output.Compression)
	for k, rec := range r.reports {
		text, err := json.Marshal(rec.spec)
		if err != nil {
			return nil, fmt.Errorf("could not encode a report: %w", err)
		}
		columns := int64(0)
		for _, n := range rec.nodes {
			columns += int64(len(n.ElementIDs))
		}
		if columns, err = r.ranks.AllreduceInt64(spikeexchange.Sum, columns); err != nil {
			return nil, err
		}
		add(fmt.Sprintf("report %d", k+1), "%s with %d elements", text, columns)
	}
	r.fixed = facts
	return facts, nil
}

// digest is that of a mechanism's sources.
func digest(f *ast.File) string {
	h := sha256.New()
	for _, s := range f.Sources {
		fmt.Fprintf(h, "%d\n%s", len(s.Text), s.Text)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
