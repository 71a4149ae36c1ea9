"""Runs the example circuit in BMTK + NEURON and writes the spikes that netsim must give.

    python compare.py [--write] [--netsim OUTPUT/spikes.h5] [--work FOLDER] [--tstop MS] [--dt MS]

needs `pip install neuron bmtk "pandas<3"` and a C++ compiler (for nrnivmodl). The circuit is copied to a work folder and
run there unmodified. Without options it compares NEURON's spikes with reference.csv; --write replaces reference.csv;
--netsim compares NEURON's spikes with a file of netsim's.
"""
import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CIRCUIT = os.path.join(HERE, '..', '..', 'examples', 'column')
KINDS = [('pyr23', 140), ('pyr5', 80), ('basket', 50), ('martinotti', 30)]


def run_neuron(work, tstop, dt):
    """Returns [(time, node_id)] of the population cortex, sorted."""
    folder = os.path.join(work, 'column')
    if os.path.exists(folder):
        shutil.rmtree(folder)
    shutil.copytree(CIRCUIT, folder, ignore=shutil.ignore_patterns('output', 'x86_64', '*.go'))
    mechanisms = os.path.join(folder, 'components', 'mechanisms')
    # BMTK plays spike trains through VecStim, which NEURON lacks and BMTK carries as a .mod file; netsim has it built in.
    import bmtk
    vecevent = 'utils/scripts/bionet/mechanisms/modfiles/vecevent.mod'
    shutil.copy(os.path.join(os.path.dirname(bmtk.__file__), vecevent), os.path.join(mechanisms, 'modfiles'))
    nrnivmodl = os.path.join(os.path.dirname(sys.executable), 'nrnivmodl')
    subprocess.run([nrnivmodl, 'modfiles'], cwd=mechanisms, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    config = os.path.join(folder, 'config.json')
    if tstop or dt:
        with open(config) as f:
            c = json.load(f)
        c['run'].update({k: v for k, v in (('tstop', tstop), ('dt', dt)) if v})
        with open(config, 'w') as f:
            json.dump(c, f)

    from bmtk.simulator import bionet
    from neuron import h

    def point_process(name):
        """A synapse model whose JSON gives the mechanism's RANGE variables by name, as netsim reads it."""
        def make(params, x, sec):
            syn = getattr(h, name)(x, sec=sec)
            for key, value in params.items():
                setattr(syn, key, value)
            return syn
        make.__name__ = name
        return make

    os.chdir(folder)
    for name in ('DualExp', 'Nmda'):
        bionet.synapse_model(point_process(name))
    conf = bionet.Config.from_json(config)
    conf.build_env()
    net = bionet.BioNetwork.from_config(conf)
    sim = bionet.BioSimulator.from_config(conf, network=net)
    segments = sum(sec.nseg for sec in h.allsec())
    synapses = sum(1 for _ in h.List('DualExp')) + sum(1 for _ in h.List('Nmda'))
    start = time.time()
    sim.run()
    print(f'NEURON {h.nrnversion(0)}: {segments} segments, {synapses} synapses, {time.time() - start:.1f} s')
    return read_h5(os.path.join(folder, 'output', 'spikes.h5'))


def read_h5(path):
    import h5py
    with h5py.File(path) as f:
        p = f['/spikes/cortex']
        return sorted(zip(p['timestamps'][()].tolist(), p['node_ids'][()].tolist()))


def read_csv(path):
    with open(path) as f:
        next(f)
        return sorted((float(t), int(n)) for t, n in (line.split() for line in f))


def rates(spikes, seconds):
    first = 0
    for kind, n in KINDS:
        count = collections.Counter(i for _, i in spikes if first <= i < first + n)
        print(f'  {kind:11s} {sum(count.values()) / n / seconds:6.2f} Hz, {n - len(count)} of {n} silent')
        first += n


def compare(a, b, names):
    """Prints the first difference; equal means the same cells at the same times to 1e-9 ms."""
    if len(a) != len(b):
        print(f'{names[0]} has {len(a)} spikes, {names[1]} {len(b)}')
    for (ta, ia), (tb, ib) in zip(*(sorted(s, key=lambda x: (round(x[0], 6), x[1])) for s in (a, b))):
        if ia != ib or abs(ta - tb) > 1e-9:
            print(f'first difference: {names[0]} cell {ia} at {ta!r} ms, {names[1]} cell {ib} at {tb!r} ms')
            return False
    if len(a) == len(b):
        print(f'{len(a)} spikes, equal to 1e-9 ms')
    return len(a) == len(b)


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--write', action='store_true')
    p.add_argument('--netsim')
    p.add_argument('--work')
    p.add_argument('--tstop', type=float)
    p.add_argument('--dt', type=float)
    a = p.parse_args()
    work = os.path.abspath(a.work or tempfile.mkdtemp())
    os.makedirs(work, exist_ok=True)
    reference = os.path.join(HERE, 'reference.csv')
    other = read_h5(a.netsim) if a.netsim else None
    spikes = run_neuron(work, a.tstop, a.dt)
    rates(spikes, (a.tstop or 1000) / 1000)
    if a.write:
        with open(reference, 'w') as f:
            f.write('timestamps node_ids\n')
            for t, i in spikes:
                f.write(f'{t!r} {i}\n')
        print(f'{len(spikes)} spikes written to {reference}')
    elif other is not None:
        sys.exit(not compare(spikes, other, ('NEURON', 'netsim')))
    elif a.tstop or a.dt:
        print(f'{len(spikes)} spikes')
    else:
        sys.exit(not compare(spikes, read_csv(reference), ('NEURON', 'reference.csv')))


main()
