"""A SONATA circuit in NEURON or CoreNEURON as BMTK builds it, or in BMTK itself.
The start folder holds the mechanisms that nrnivmodl made."""
import argparse
import os
import time

import harness

args = argparse.ArgumentParser()
args.add_argument("config")
args.add_argument("--log", required=True)
args.add_argument("--how", choices=("psolve", "core", "bmtk"), default="psolve")
args.add_argument("--threads", type=int, default=1)
args.add_argument("--tstop", type=float, required=True)
args = args.parse_args()
mechanisms = os.getcwd()
harness.open_log(args.log)

import h5py  # noqa: E402
import neuron  # noqa: E402
from neuron import coreneuron, h  # noqa: E402
from bmtk.simulator import bionet  # noqa: E402

rss_model = harness.resident()
began = time.perf_counter()
os.chdir(os.path.dirname(os.path.abspath(args.config)))
config = bionet.Config.from_json(os.path.basename(args.config), validate=False)
config["run"]["tstop"] = args.tstop
config.build_env()
network = bionet.BioNetwork.from_config(config)
simulator = bionet.BioSimulator.from_config(config, network=network)
build = time.perf_counter() - began
compartments = sum(s.nseg for s in h.allsec())
harness.tell(simulator={"psolve": "NEURON", "core": "CoreNEURON", "bmtk": "BMTK"}[args.how], version=neuron.__version__,
             build_s=build, compartments=compartments, synapses=len(h.List("Exp2Syn")),
             rss_model=rss_model, rss_built=harness.resident())
pc = h.ParallelContext()
if args.how == "bmtk":
    def run():
        start = time.perf_counter()
        simulator.run()
        seconds = time.perf_counter() - start
        with h5py.File(os.path.join(config.output_dir, os.path.basename(config.output["spikes_file"]))) as f:
            population = next(iter(f["spikes"].values()))
            return seconds, list(zip(map(int, population["node_ids"][:]), population["timestamps"][:]))
else:
    times, gids = h.Vector(), h.Vector()
    pc.spike_record(-1, times, gids)
    pc.nthread(args.threads)
    pc.set_maxstep(10)
    h("proc advance() { fadvance() }")  # without BMTK's calls in each step
    if args.how == "core":
        os.chdir(mechanisms)  # CoreNEURON looks for its library in the current folder
        coreneuron.enable = True
        coreneuron.verbose = 2

    def run():
        times.resize(0)
        gids.resize(0)
        h.finitialize(simulator.v_init)
        mark = harness.log_size()
        start = time.perf_counter()
        pc.psolve(args.tstop)
        seconds = time.perf_counter() - start
        if args.how == "core":
            seconds = harness.solver_seconds(mark)
        return seconds, list(zip(map(int, gids), times))


harness.serve(run)
h.quit()
