"""A model file in Arbor."""
import argparse
import json
import time

import harness

args = argparse.ArgumentParser()
args.add_argument("model")
args.add_argument("--log", required=True)
args.add_argument("--threads", type=int, default=1)
args.add_argument("--group", type=int, default=8, help="cells a cell group")
args = args.parse_args()
harness.open_log(args.log)

import arbor  # noqa: E402
from arbor import units as U  # noqa: E402

with open(args.model) as f:
    model = json.load(f)
KICKER = -1
# Arbor records the spikes of no cell if there is no connection at all: then each gets one of weight 0 with itself.
silent = not any(s["inputs"] for c in model["cells"] for s in c["synapses"] or ())


class Network(arbor.recipe):
    def __init__(self):
        super().__init__()
        p = arbor.neuron_cable_properties()
        p.set_property(Vm=model["v0"] * U.mV, cm=model["cm"] * U.uF / U.cm2, rL=model["ra"] * U.Ohm * U.cm,
                       tempK=(model["celsius"] + 273.15) * U.Kelvin)
        p.set_ion("na", rev_pot=50 * U.mV)
        p.set_ion("k", rev_pot=-77 * U.mV)
        self.properties = p

    def num_cells(self):
        return len(model["cells"])

    def cell_kind(self, gid):
        return arbor.cell_kind.cable

    def global_properties(self, kind):
        return self.properties

    def cell_description(self, gid):
        cell = model["cells"][gid]
        sections = cell["sections"]
        tree, ends = arbor.segment_tree(), []
        for number, d in enumerate(sections):
            start = ends[d["parent"]] if number else 0.0
            ends.append(start + d["l"])
            # The tag is the section's number, by which its branch is found again.
            tree.append(d["parent"] if number else arbor.mnpos, arbor.mpoint(start, 0, 0, d["diam"] / 2),
                        arbor.mpoint(ends[-1], 0, 0, d["diam"] / 2), tag=number + 1)
        morphology = arbor.morphology(tree)
        branch = {morphology.branch_segments(b)[0].tag - 1: b for b in range(morphology.num_branches)}
        assert len(branch) == len(sections), "every junction must be a fork"
        soma, rest = "(tag 1)", "(difference (all) (tag 1))"
        decor = arbor.decor()
        for region, kind in ((soma, sections[0]["mech"]), (rest, sections[1]["mech"])):
            if kind == "pas":
                decor.paint(region, arbor.density(f"pas/e={model['e_pas']}", {"g": model["g_pas"]}))
            elif kind:
                decor.paint(region, arbor.density(kind))
        middle = f"(location {branch[0]} 0.5)"
        decor.place(middle, arbor.threshold_detector(model["threshold"] * U.mV), "detector")
        for k, s in enumerate(cell["synapses"] or ()):
            x = (s["segment"] + 0.5) / sections[s["section"]]["nseg"]
            decor.place(f"(location {branch[s['section']]} {x})",
                        arbor.synapse("expsyn", {"tau": model["syn_tau"], "e": model["syn_e"]}), f"synapse{k}")
        if silent:
            decor.place(middle, arbor.synapse("expsyn"), "listener")
        if "clamp" in cell:
            decor.place(middle, arbor.i_clamp(cell["clamp"]["delay"] * U.ms, 1e6 * U.ms, cell["clamp"]["amp"] * U.nA))
        policy = f"(join (fixed-per-branch 1 {soma}) (fixed-per-branch {sections[1]['nseg']} {rest}))"
        return arbor.cable_cell(morphology, decor, arbor.label_dict(), arbor.cv_policy(policy))

    def inputs(self, gid):
        for k, s in enumerate(model["cells"][gid]["synapses"] or ()):
            for c in s["inputs"]:
                yield f"synapse{k}", c

    def connections_on(self, gid):
        if silent:
            return [arbor.connection((gid, "detector"), "listener", 0.0, 1 * U.ms)]
        return [arbor.connection((c["source"], "detector"), synapse, c["weight"], c["delay"] * U.ms)
                for synapse, c in self.inputs(gid) if c["source"] != KICKER]

    def event_generators(self, gid):
        return [arbor.event_generator(synapse, c["weight"], arbor.explicit_schedule([(model["kick"] + c["delay"]) * U.ms]))
                for synapse, c in self.inputs(gid) if c["source"] == KICKER]


rss_model = harness.resident()
began = time.perf_counter()
network = Network()
context = arbor.context(threads=args.threads)
hint = {arbor.cell_kind.cable: arbor.partition_hint(cpu_group_size=args.group)}
simulation = arbor.simulation(network, context, arbor.partition_load_balance(network, context, hint))
simulation.record(arbor.spike_recording.all)
build = time.perf_counter() - began
config = arbor.config()
harness.tell(simulator="Arbor", version=f"{config['version']}, {config['arch']}, vectorize {config['vectorize']}", build_s=build,
             compartments=sum(d["nseg"] for c in model["cells"] for d in c["sections"]),
             rss_model=rss_model, rss_built=harness.resident())
fresh = True


def run():
    global fresh
    if not fresh:
        simulation.reset()
    fresh = False
    start = time.perf_counter()
    simulation.run(model["tstop"] * U.ms, model["dt"] * U.ms)
    seconds = time.perf_counter() - start
    return seconds, [(s[0][0], s[1]) for s in simulation.spikes()]


harness.serve(run)
