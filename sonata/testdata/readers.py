"""Opens files that netsim wrote with the readers its users have.

python -W error readers.py DIR: DIR holds nodes.h5 (population p, 10 nodes),
spikes.h5, spikes.csv, empty.h5, report64.h5 and report32.h5 as
python_test.go writes them. Prints what it could not read and returns 1.
"""
import json
import os
import sys
import warnings

import h5py
import numpy as np

DIR = sys.argv[1]
TIMES = [0.1, 1.5, 1.5, 2.0, 3.0]
IDS = [7, 0, 1, 2, 2]


def path(name):
    return os.path.join(DIR, name)


def expect(what, got, want):
    ok = np.array_equal(np.asarray(got), np.asarray(want))
    if not ok:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def check_h5py():
    with h5py.File(path("spikes.h5")) as f:
        expect("magic", f.attrs["magic"], np.uint32(0x0A7A))
        expect("version", f.attrs["version"], [0, 1])
        expect("sorting", f["spikes/p"].attrs["sorting"], 2)
        expect("names", h5py.check_enum_dtype(f["spikes/p"].attrs.get_id("sorting").dtype), {"none": 0, "by_id": 1, "by_time": 2})
        expect("sorting of node_ids", f["spikes/p/node_ids"].attrs["sorting"], "by_time")
        expect("units", f["spikes/p/timestamps"].attrs["units"], "ms")
        expect("times", f["spikes/p/timestamps"][()], TIMES)


def check_libsonata_spikes():
    import libsonata

    p = libsonata.SpikeReader(path("spikes.h5"))["p"]
    expect("sorting", p.sorting, "by_time")
    expect("units", p.time_units, "ms")
    expect("spikes", p.get(), list(zip(IDS, TIMES)))
    expect("of node 2", p.get(node_ids=[2]), [(2, 2.0), (2, 3.0)])
    expect("populations", libsonata.SpikeReader(path("empty.h5")).get_population_names(), [])


def check_bmtk_spikes():
    from bmtk.utils.reports.spike_trains import SpikeTrains
    from bmtk.utils.reports.spike_trains.core import SortOrder

    for name in ["spikes.h5", "spikes.csv"]:
        s = SpikeTrains.load(path(name))
        expect("populations", list(s.populations), ["p"])
        df = s.to_dataframe()
        expect("times", df["timestamps"], TIMES)
        expect("ids", df["node_ids"], IDS)
        expect("of node 2", s.get_times(2, population="p"), [2.0, 3.0])
        if name.endswith("h5"):
            expect("units", s.units(population="p"), "ms")
            assert s.sort_order("p") == SortOrder.by_time, s.sort_order("p")
    expect("empty", list(SpikeTrains.load(path("empty.h5")).populations), [])


def check_bmtk_analyzer():
    import matplotlib

    matplotlib.use("Agg")
    from bmtk.analyzer.spike_trains import spike_statistics, to_dataframe

    expect("times", to_dataframe(None, spikes_file=path("spikes.h5"))["timestamps"], TIMES)
    stats = spike_statistics(path("spikes.h5"), simulation_time=10.0)
    expect("counts", sorted(np.asarray(stats["count"]).ravel()), [1, 1, 1, 2])


def check_bmtk_report():
    from bmtk.utils.reports.compartment import CompartmentReport

    for name in ["report64.h5", "report32.h5"]:
        r = CompartmentReport.load(path(name))
        expect("populations", list(r.populations), ["p"])
        expect("variable", r.variable(), "v")
        expect("units", r.units(), "mV")
        expect("nodes", r.node_ids(), [3, 8])
        expect("element ids", r.element_ids(8), [0, 0, 1])
        expect("element pos", r.element_pos(8), [0.25, 0.75, 0.5])
        expect("times", [r.tstart(), r.tstop(), r.dt()], [0.0, 10.0, 0.1])
        expect("column", r.get_column("swc_ids_beg"), [1, 2, 3, -1, 5])
        want = np.arange(500.0).reshape(100, 5)
        expect("data", r.data(node_id=8), want[:, 2:])
        expect("all data", r.data(), want)


def check_libsonata_report():
    import libsonata

    p = libsonata.ElementReportReader(path("report32.h5"))["p"]
    expect("times", p.times, (0.0, 10.0, 0.1))
    expect("units", [p.time_units, p.data_units], ["ms", "mV"])
    assert p.sorted
    expect("nodes", p.get_node_ids(), [3, 8])
    frame = p.get(node_ids=[8])
    expect("ids", frame.ids, [[8, 0], [8, 0], [8, 1]])
    expect("data", frame.data, np.arange(500.0).reshape(100, 5)[:, 2:])


def check_bluepysnap():
    import bluepysnap

    circuit = {
        "version": 2.3,
        "networks": {
            "nodes": [{"nodes_file": path("nodes.h5"), "populations": {"p": {"type": "virtual"}}}],
            "edges": [],
        },
    }
    simulation = {
        "version": 2.4,
        "network": path("circuit_config.json"),
        "run": {"tstop": 10.0, "dt": 0.1, "random_seed": 1},
        "output": {"output_dir": DIR, "spikes_file": "spikes.h5"},
        "reports": {
            "report32": {
                "type": "compartment", "cells": "all", "sections": "all", "variable_name": "v", "unit": "mV",
                "dt": 0.1, "start_time": 0.0, "end_time": 10.0, "file_name": "report32", "enabled": True,
            }
        },
        "node_sets_file": path("node_sets.json"),
    }
    for name, content in {"circuit_config.json": circuit, "simulation_config.json": simulation, "node_sets.json": {"all": {"population": "p"}}}.items():
        with open(path(name), "w") as f:
            json.dump(content, f)
    s = bluepysnap.Simulation(path("simulation_config.json"))
    spikes = s.spikes["p"].get()
    expect("times", spikes.index, TIMES)
    expect("ids", spikes, IDS)
    report = s.reports["report32"]["p"].get()
    expect("data", report, np.arange(500.0).reshape(100, 5))


failed = 0
for name, check in [(n, c) for n, c in globals().items() if n.startswith("check_")]:
    try:
        # Warnings of the readers' own imports are not ours.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
            check()
        print(f"{name[6:]}: ok")
    except Exception as e:
        failed = 1
        import traceback

        traceback.print_exc()
        print(f"{name[6:]}: {e}")
sys.exit(failed)
