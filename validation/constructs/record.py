#!/usr/bin/env python3
"""Records what NEURON computes for the constructs of nmodl/lower/testdata/constructs, for TestConstructs and TestNet.

usage: record.py OUT.json.gz

Each .mod file runs under the protocol below in validation/traces/neuron_trace.py; those of net/ run together in a small
tree of three sections. Needs NEURON 9 (pip install neuron) and a C++ compiler.
"""
import csv
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MODS = os.path.join(HERE, "..", "..", "nmodl", "lower", "testdata", "constructs")
PROTOCOL = {
    "dt": 0.025, "tstop": 12, "celsius": 34, "v_init": -65, "L": 20, "diam": 20, "cm": 1, "Ra": 100,
    "clamp": [[0, -80], [1, -30], [2, 10], [3.5, -75], [4.2, -10], [5.5, -90], [7, 20], [8, -55], [9, 30], [10, -85]],
    "seed": 1,
}
EVENTS = [[0.5, 0.001], [1.52, 0.002], [2.5, 0.001], [3.3, 0.002], [5.01, 0.003], [7.5, 0.001]]


def trace(path, folder):
    p = dict(PROTOCOL)
    if "POINT_PROCESS" in open(path).read():
        p["events"] = EVENTS
    protocol, out = os.path.join(folder, "p.json"), os.path.join(folder, "out.csv")
    json.dump(p, open(protocol, "w"))
    script = os.path.join(HERE, "..", "traces", "neuron_trace.py")
    subprocess.run([sys.executable, script, path, protocol, out], check=True, stdout=subprocess.DEVNULL)
    rows = list(csv.reader(open(out)))
    return {"file": os.path.basename(path), "protocol": p, "names": rows[0], "rows": [[float(x) for x in r] for r in rows[1:]]}


def net(folder):
    for f in sorted(os.listdir(os.path.join(MODS, "net"))):
        shutil.copy(os.path.join(MODS, "net", f), folder)
    tool = os.path.join(os.path.dirname(sys.executable), "nrnivmodl")
    subprocess.run([tool], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    os.chdir(folder)
    from neuron import h

    soma, twig, dend = h.Section(name="soma"), h.Section(name="twig"), h.Section(name="dend")
    soma.L, soma.diam, soma.nseg = 20, 10, 1
    twig.L, twig.diam, twig.nseg = 33, 2, 2
    dend.L, dend.diam, dend.nseg = 100, 1.5, 3
    dend.connect(soma(1))
    twig.connect(soma(0.5))
    for k, s in enumerate((soma, twig, dend)):
        for name in ("dcable", "ftab", "pas"):
            s.insert(name)
        for seg in s:
            seg.dcable.start = 0.001 * (k + 1) * (1 + seg.x)
    gap = h.pgap(soma(0.5))
    h.setpointer(dend(0.5)._ref_v, "vgap", gap)
    back = h.pgap(dend(0.9))
    h.setpointer(soma(0.5)._ref_v, "vgap", back)
    writer = h.pwrite(twig(0.25))
    h.setpointer(soma(0.5)._ref_v, "p", writer)
    h.setpointer(gap._ref_g, "q", writer)
    x, y = h.Vector([-100, -80, -60, -55, 0, 40]), h.Vector([1, 3, 2.5, 7, -1, 0.5])
    h.table_one_ftab(y._ref_x[0], x.size(), x._ref_x[0])
    grid = h.Vector([(i * 7 + j * j) % 5 + 0.25 * j for i in range(4) for j in range(3)])
    h.table_two_ftab(grid._ref_x[0], 4, -90.0, 30.0, 3, 0.0, 2.0)
    h.table_fixed_ftab(4.25)
    h.celsius, h.dt = 20, 0.05
    out = []

    def sample():
        row = {"v": [], "cai": [], "B": [], "sh[0]": [], "sh[1]": [], "a": [], "b": [], "c": [], "e": []}
        for s in (soma, twig, dend):
            for seg in s:
                row["v"].append(seg.v)
                row["cai"].append(seg.cai)
                row["B"].append(seg.dcable.B)
                row["sh[0]"].append(seg.dcable.sh[0])
                row["sh[1]"].append(seg.dcable.sh[1])
                for k in "abce":
                    row[k].append(getattr(seg.ftab, k))
        row["points"] = [gap.i, gap.g, gap.isset, back.i, writer.x]
        out.append(row)

    h.finitialize(-65)
    soma(0.5).v = 20
    for _ in range(80):
        h.fadvance()
        sample()
    return out


def main():
    tmp = tempfile.mkdtemp(prefix="netsim-constructs-")
    out = {"traces": [], "net": []}
    for f in sorted(os.listdir(MODS)):
        if f.endswith(".mod"):
            out["traces"].append(trace(os.path.join(MODS, f), tmp))
    folder = os.path.join(tmp, "net")
    os.mkdir(folder)
    target = os.path.abspath(sys.argv[1])
    out["net"] = net(folder)
    # mtime 0: the same data are the same bytes.
    with open(target, "wb") as f, gzip.GzipFile(fileobj=f, mode="wb", mtime=0) as z:
        z.write(json.dumps(out, separators=(",", ":")).encode())
    shutil.rmtree(tmp)


if __name__ == "__main__":
    main()
