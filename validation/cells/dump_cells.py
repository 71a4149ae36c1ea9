#!/usr/bin/env python3
"""Build cells with BMTK on NEURON and write what they are made of as JSON, for comparison with package cell.

usage: dump_cells.py CASES.json MECHANISMS_DIR > cells.json

CASES.json: {"old_import": bool, "cases": [{"name", "swc", "template": "ctdb" | path of a NeuroML file,
             "processing": [...], "params": path or null, "dL": number}]}
MECHANISMS_DIR holds the libraries made by nrnivmodl (x86_64/).
Needs BMTK 1.2.0 and NEURON 9.0.2. One import of morphologies per process: NEURON keeps the templates.
"""
import json
import os
import sys

spec = json.load(open(sys.argv[1]))
stdout = os.dup(1)          # NEURON and BMTK print to stdout
os.dup2(2, 1)

from bmtk.simulator.bionet import nrn                             # noqa: E402
from bmtk.simulator.bionet.default_setters import cell_models     # noqa: E402
from neuron import h                                              # noqa: E402
import numpy as np                                                # noqa: E402


class PCA:                  # the part of scikit-learn's that BMTK calls
    def __init__(self, n_components):
        pass

    def fit(self, points):
        self.components_ = np.linalg.svd(points - points.mean(axis=0))[2]


if not hasattr(cell_models, "PCA"):
    cell_models.PCA = PCA

nrn.load_neuron_modules(sys.argv[2], None, use_old_import3d=spec["old_import"])


class Node:                 # stands for BMTK's node object
    def __init__(self, case):
        self.morphology_file = case["swc"]
        self.network = self

    def get_component(self, _):
        return ""


def fullaxon(hobj, cell, params):
    cell_models.set_params_allactive(hobj, params)
    return hobj


def build(case):
    node = Node(case)
    params = json.load(open(case["params"])) if case["params"] else None
    if case["template"] == "ctdb":
        hobj = cell_models.Biophys1(node, "Biophys1.hoc", params)
    else:
        hobj = cell_models.NMLLoad(node, case["template"], params)
    for p in case["processing"]:
        f = fullaxon if p == "aibs_allactive_fullaxon" else getattr(cell_models, p)
        hobj = f(hobj, node, params)
    for sec in hobj.all:
        sec.nseg = 1 + 2 * int(sec.L / (2 * case["dL"]))
    return hobj


def dump(hobj):
    secs = []
    for sec in hobj.all:
        parent = sec.parentseg()
        segs = []
        for seg in sec:
            mechs, ions = {}, {}
            for m in seg:
                name = m.name()
                if m.is_ion():
                    ions[name[:-4]] = getattr(seg, "e" + name[:-4])
                    continue
                ms = h.MechanismStandard(name, 1)          # PARAMETERs only
                for i in range(int(ms.count())):
                    ref = h.ref("")
                    ms.name(ref, i)
                    var = ref[0]
                    value = getattr(seg, var, None)
                    if isinstance(value, float):           # arrays (extracellular) have another type
                        mechs.setdefault(name, {})[var.removesuffix("_" + name)] = value
                mechs.setdefault(name, {})
            segs.append({"x": seg.x, "area": seg.area(), "diam": seg.diam, "ri": seg.ri(), "cm": seg.cm,
                         "dist": h.distance(hobj.soma[0](0), seg), "mechs": mechs, "e": ions})
        n = sec.n3d() - 1
        secs.append({"name": sec.name().split(".")[1], "L": sec.L, "nseg": sec.nseg, "Ra": sec.Ra,
                     "parent": parent.sec.name().split(".")[1] if parent else None, "parent_x": parent.x if parent else None,
                     "end": [sec.x3d(n), sec.y3d(n), sec.z3d(n)], "segs": segs})
    return secs


result = {case["name"]: dump(build(case)) for case in spec["cases"]}
os.write(stdout, b"")
with os.fdopen(stdout, "w") as out:
    json.dump(result, out)
