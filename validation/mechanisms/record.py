#!/usr/bin/env python3
"""Records what NEURON computes for single mechanisms, for comparison bit by bit (nmodl/lower: TestNeuron*).

usage: record.py OUT.json.gz [--mods DIR] [--only NAME,NAME] [--steps N] [--calls CALLS.json]

--calls tells by mechanism which range variables to set and which PROCEDUREs to call once an instance is made:
{"syn": {"parameters": {"p": 0.5}, "calls": [["setRNG", [1, 2, 3]]]}}. An argument may be {"vector": [...]} or
{"random": [id1, id2, id3], "dist": "negexp", "a": 1}; the name of a RANDOM variable as procedure sets its ids.

Each mechanism sits alone (a mechanism that only accumulates an ion gets a current of that ion beside it) in one
compartment, L = diam = 20, celsius 34, dt 0.025, cm = 1e9, so that v is a pure input: it is set before each step, and
the current kernel sees exactly that. Recorded after finitialize and after each step, as doubles: v, every range
variable of the mechanism, the ions' variables. Point processes get a NetStim; artificial cells get one each and their
spike times are recorded. Needs NEURON 9 (pip install neuron) and, for --mods, a C++ compiler.
"""
import argparse
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

DT = 0.025
BUILTIN = ["pas", "hh", "ExpSyn", "Exp2Syn", "AlphaSynapse", "IntFire1", "IntFire2", "IntFire4"]


def waveform(n):
    r = random.Random(20)
    out, level = [], -65.0
    for k in range(n):
        if k % 20 == 0:
            level = r.uniform(-120.0, 60.0)
        out.append(level + r.uniform(-3.0, 3.0))
    return out


def build(mods):
    folder = tempfile.mkdtemp(prefix="netsim-mods-")
    names = []
    for f in sorted(os.listdir(mods)):
        if f.endswith(".mod"):
            shutil.copy(os.path.join(mods, f), folder)
            names.append(f)
    tool = os.path.join(os.path.dirname(sys.executable), "nrnivmodl")
    p = subprocess.run([tool], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        sys.exit("nrnivmodl failed:\n" + p.stdout[-3000:])
    return folder, names


def range_vars(h, name):
    """(name, elements) of each PARAMETER, ASSIGNED and STATE range variable."""
    out = []
    for kind in (1, 2, 3):
        ms = h.MechanismStandard(name, kind)
        ref = h.ref("")
        for i in range(int(ms.count())):
            n = int(ms.name(ref, i))
            out.append((ref[0], n))
    return out


def strip(var, name):
    return var[: -len(name) - 1] if var.endswith("_" + name) else var


class Recorder:
    def __init__(self):
        self.values = {}

    def add(self, key, x):
        self.values.setdefault(key, []).append(float(x))


CALLS = {}


def argument(h, a, keep):
    if isinstance(a, dict) and "vector" in a:
        keep.append(h.Vector(a["vector"]))
        return keep[-1]
    if isinstance(a, dict):
        r = h.Random()
        keep.append(r)
        r.Random123(*a["random"])
        getattr(r, a["dist"])(*[a[k] for k in ("a", "b") if k in a])
        return r
    return a


def prepare(h, name, owner, seg=None):
    """Sets and calls what CALLS says; returns it for the recording, and what has to stay alive."""
    todo, keep = CALLS.get(name, {}), []
    for k, x in todo.get("parameters", {}).items():
        setattr(owner, k if seg is None else k + "_" + name, x)
    for procedure, args in todo.get("calls", []):
        args = [argument(h, a, keep) for a in args]
        if seg is None:
            f = getattr(owner, procedure)
        else:
            getattr(h, "setdata_" + name)(seg)
            f = getattr(h, procedure + "_" + name, None) or getattr(getattr(seg, name), procedure)
        if callable(getattr(f, "set_ids", None)):
            f.set_ids(*args).set_seq(0)
        else:
            f(*args)
    return {k: todo[k] for k in ("parameters", "calls") if k in todo}, keep


def record(h, name, steps):
    mt = h.MechanismType(0)
    density = any_named(h, mt, name)
    point_types = h.MechanismType(1)
    index = index_of(h, point_types, name)
    artificial = index >= 0 and bool(point_types.is_artificial(index))
    if artificial:
        return record_artificial(h, name, steps)
    point = not density
    wave = waveform(steps + 1)
    s = h.Section(name="soma")
    s.L = s.diam = 20
    s.nseg = 1
    seg = s(0.5)
    pp = None
    if point:
        pp = getattr(h, name)(seg)
    else:
        s.insert(name)
    todo, keep = prepare(h, name, pp if point else seg, None if point else seg)
    s.cm = 1e9
    ions = sorted(m.name()[:-4] for m in seg if m.name().endswith("_ion"))
    source = None
    if density and "ca" in ions and not any("ica" == strip(v, name) for v, _ in range_vars(h, name)):
        # Something that carries calcium, and something that lets it accumulate.
        for other in ("Ca_HVA", "CaDynamics"):
            if other != name and any_named(h, h.MechanismType(0), other):
                s.insert(other)
                source = other
        if source:
            seg.gbar_Ca_HVA = 1e-3
        ions = sorted(m.name()[:-4] for m in seg if m.name().endswith("_ion"))
    events = h.Vector()
    weight = []
    if point and has_net_receive(h, pp):
        stim = h.NetStim()
        stim.start, stim.interval, stim.number, stim.noise = 1.03, 1.7, 1e9, 0
        nc = h.NetCon(stim, pp)
        nc.delay = 0.5
        nc.weight[0] = 0.01
        weight = [nc.weight[i] for i in range(int(nc.wcnt()))]
        listener = h.NetCon(stim, None)
        listener.record(events)
    variables = range_vars(h, name)
    r = Recorder()

    def sample():
        r.add("v", seg.v)
        r.add("t", h.t)
        owner = pp if point else seg
        for var, n in variables:
            if n > 1:
                a = getattr(owner, var)
                for i in range(n):
                    r.add(f"{strip(var, name)}[{i}]", a[i])
            else:
                r.add(strip(var, name), getattr(owner, var))
        for ion in ions:
            for key in (f"e{ion}", f"i{ion}", f"{ion}i", f"{ion}o"):
                r.add("ion:" + key, getattr(seg, key))

    h.celsius = 34
    h.dt = DT
    h.finitialize(wave[0])
    sample()
    for k in range(steps):
        seg.v = wave[k + 1]
        h.fadvance()
        sample()
    events = list(events)
    free = []
    if source is None:
        # Now v runs: this shows rhs and d. With this Ra the ends of the section are as good as cut off.
        s.cm, s.Ra = 1, 1e30
        h.finitialize(-70)
        for k in range(steps // 2):
            h.fadvance()
            free.append(seg.v)
    return {
        "free": free,
        "name": name, "kind": "point" if point else "density", "celsius": 34, "dt": DT,
        "area": seg.area(), "diam": seg.diam, "wave": wave, "delay": 0.5, "events": events, "weight": weight,
        "ions": ions, "beside": source, "values": r.values, **todo,
    }


def record_artificial(h, name, steps):
    cell = getattr(h, name)()
    todo, keep = prepare(h, name, cell)
    stim = h.NetStim()
    stim.start, stim.interval, stim.number, stim.noise = 1.03, 1.7, 1e9, 0
    nc = h.NetCon(stim, cell)
    nc.delay = 0.5
    nc.weight[0] = 0.4
    stim2 = h.NetStim()
    stim2.start, stim2.interval, stim2.number, stim2.noise = 2.2, 3.1, 1e9, 0
    nc2 = h.NetCon(stim2, cell)
    nc2.delay = 0.5
    nc2.weight[0] = -0.15
    e1, e2, out = h.Vector(), h.Vector(), h.Vector()
    l1, l2, lo = h.NetCon(stim, None), h.NetCon(stim2, None), h.NetCon(cell, None)
    l1.record(e1)
    l2.record(e2)
    lo.record(out)
    variables = range_vars(h, name)
    r = Recorder()

    def sample():
        r.add("t", h.t)
        for var, n in variables:
            r.add(var, getattr(cell, var))

    s = h.Section(name="dummy")
    h.celsius = 34
    h.dt = DT
    h.finitialize(-65)
    sample()
    for _ in range(steps):
        h.fadvance()
        sample()
    return {
        "name": name, "kind": "artificial", "celsius": 34, "dt": DT, "delay": 0.5,
        "sources": [{"events": list(e1), "weight": 0.4}, {"events": list(e2), "weight": -0.15}],
        "spikes": list(out), "values": r.values, **todo,
    }


def index_of(h, mt, name):
    ref = h.ref("")
    for i in range(int(mt.count())):
        mt.select(i)
        mt.selected(ref)
        if ref[0] == name:
            return i
    return -1


def any_named(h, mt, name):
    return index_of(h, mt, name) >= 0


def has_net_receive(h, pp):
    mt = h.MechanismType(1)
    i = index_of(h, mt, pp.hname().split("[")[0])
    return bool(mt.is_netcon_target(i))


def suffix(path):
    import re

    text = open(path, encoding="latin-1").read()
    m = re.search(r"^\s*(?:NEURON\s*\{\s*)?(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)", text, re.M)
    return m.group(2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--mods")
    p.add_argument("--only")
    p.add_argument("--steps", type=int, default=400)
    p.add_argument("--calls")
    a = p.parse_args()
    names = list(BUILTIN)
    a.out = os.path.abspath(a.out)
    if a.calls:
        with open(a.calls) as f:
            CALLS.update(json.load(f))
    if a.mods:
        folder, files = build(a.mods)
        names = [suffix(os.path.join(folder, f)) for f in files]
        names += [n for n in CALLS if n not in names]
        os.chdir(folder)
    from neuron import h

    if a.only:
        names = a.only.split(",")
    out = []
    for n in names:
        if n == "VecStim" and n not in CALLS:
            continue
        if "usetable_" + n in dir(h):
            for table in (1, 0):
                setattr(h, "usetable_" + n, table)
                rec = record(h, n, a.steps)
                rec["usetable"] = bool(table)
                out.append(rec)
            continue
        out.append(record(h, n, a.steps))
    text = json.dumps({"neuron": h.nrnversion(), "mechanisms": out}, separators=(",", ":"))
    if a.out.endswith(".gz"):
        # mtime 0: the same data are the same bytes.
        with open(a.out, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
            z.write(text.encode())
    else:
        with open(a.out, "w") as f:
            f.write(text)


if __name__ == "__main__":
    main()
