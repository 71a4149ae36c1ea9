"""A model file in NEURON or CoreNEURON."""
import argparse
import json
import time

import harness

args = argparse.ArgumentParser()
args.add_argument("model")
args.add_argument("--log", required=True)
args.add_argument("--core", action="store_true", help="solve in CoreNEURON")
args.add_argument("--threads", type=int, default=1)
args.add_argument("--hh", default="hh", help="name of the mechanism that stands for hh")
args.add_argument("--split", action="store_true", help="cut cells into pieces for the threads")
args = args.parse_args()
harness.open_log(args.log)

from neuron import coreneuron, h  # noqa: E402

with open(args.model) as f:
    model = json.load(f)
KICKER = -1
pc = h.ParallelContext()
rss_model = harness.resident()
began = time.perf_counter()
h.celsius = model["celsius"]
h.dt = model["dt"]
alive = []  # what NEURON destroys when Python forgets it
targets = []  # synapses, point processes and artificial cells with their inputs
streams = []
cells = []  # per gid, its sections
compartments = 0


def make_sections(gid, description):
    sections = []
    for number, d in enumerate(description):
        section = h.Section(name=f"cell{gid}_{number}")
        section.L, section.diam, section.nseg = d["l"], d["diam"], d["nseg"]
        section.Ra, section.cm = model["ra"], model["cm"]
        if number:
            section.connect(sections[d["parent"]](1))
        if d["mech"] == "hh":
            section.insert(args.hh)
        elif d["mech"] == "pas":
            section.insert("pas")
            section.g_pas, section.e_pas = model["g_pas"], model["e_pas"]
        for mechanism in d.get("insert", ()):
            section.insert(mechanism)
        sections.append(section)
    return sections


for gid, cell in enumerate(model["cells"]):
    sections = make_sections(gid, cell["sections"])
    compartments += sum(d["nseg"] for d in cell["sections"])
    middle = sections[0](0.5)
    detector = h.NetCon(middle._ref_v, None, sec=sections[0])
    detector.threshold = model["threshold"]
    pc.set_gid2node(gid, pc.id())
    pc.cell(gid, detector)
    for s in cell["synapses"] or ():
        section = sections[s["section"]]
        synapse = h.ExpSyn(section((s["segment"] + 0.5) / section.nseg))
        synapse.tau, synapse.e = model["syn_tau"], model["syn_e"]
        targets.append((synapse, s["inputs"]))
    for number, p in enumerate(cell.get("points", ())):
        section = sections[p["section"]]
        point = getattr(h, p["mech"])(section((p["segment"] + 0.5) / section.nseg))
        for name, value in (p["params"] or {}).items():
            setattr(point, name, value)
        for k, name in enumerate(p.get("streams", ())):
            streams.append(getattr(point, name))
            streams[-1].set_ids(1, number, k)
        targets.append((point, p["inputs"]))
    if "clamp" in cell:
        clamp = h.IClamp(middle)
        clamp.delay, clamp.amp, clamp.dur = cell["clamp"]["delay"], cell["clamp"]["amp"], 1e9
        alive.append(clamp)
    cells.append(sections)
for gid, a in enumerate(model.get("artificials", ()), len(cells)):
    artificial = getattr(h, a["mech"])()
    pc.set_gid2node(gid, pc.id())
    pc.cell(gid, h.NetCon(artificial, None))
    targets.append((artificial, a["inputs"]))
trains = []
for t in model.get("trains", ()):
    train = h.NetStim()
    train.start, train.interval, train.number = t["start"], t["interval"], t["number"]
    trains.append(train)
for target, inputs in targets:
    for connection in inputs or ():
        if connection["source"] == KICKER:
            source = h.NetStim()
            source.number, source.start = 1, model["kick"]
            netcon = h.NetCon(source, target)
            alive.append(source)
        elif connection["source"] < KICKER:
            netcon = h.NetCon(trains[KICKER - 1 - connection["source"]], target)
        else:
            netcon = pc.gid_connect(connection["source"], target)
        netcon.weight[0], netcon.delay = connection["weight"], connection["delay"]
        alive.append(netcon)
if args.hh == "hh":
    h.usetable_hh = 0
if args.split:
    h.load_file("stdrun.hoc")
    h.load_file("parcom.hoc")
    tool = h.ParallelComputeTool()
    tool.change_nthread(args.threads, 1)
    tool.multisplit(1)
else:
    pc.nthread(args.threads)
times, gids = h.Vector(), h.Vector()
pc.spike_record(-1, times, gids)
pc.set_maxstep(10)
build = time.perf_counter() - began
if args.core:
    coreneuron.enable = True
    coreneuron.verbose = 2
harness.tell(simulator="CoreNEURON" if args.core else "NEURON", version=h.nrnversion(0), compartments=compartments,
             build_s=build, rss_model=rss_model, rss_built=harness.resident())


def run():
    times.resize(0)
    gids.resize(0)
    for stream in streams:
        stream.set_seq(0)
    h.finitialize(model["v0"])
    mark = harness.log_size()
    start = time.perf_counter()
    pc.psolve(model["tstop"])
    seconds = time.perf_counter() - start
    if args.core:
        seconds = harness.solver_seconds(mark)
    v = [segment.v for sections in cells for section in sections for segment in section] if model.get("final_v") else []
    return seconds, list(zip(map(int, gids), times)), v


harness.serve(run)
h.quit()
