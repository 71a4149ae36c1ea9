"""Writes artificial.json: small networks of NetStims and IntFire cells with the spikes that NEURON gives.

    python artificial.py > artificial.json        (pip install neuron; made with NEURON 9.0.2)
"""
import json
import random

from neuron import h

h.load_file('stdrun.hoc')
DT, TSTOP = 0.1, 300


def network(kind, seed):
    r = random.Random(seed)
    ranges = {'IntFire1': dict(tau=(5, 30), refrac=(1, 6)),
              'IntFire2': dict(taus=(5, 40), taum=(3, 20), ib=(-.5, 1.3)),
              'IntFire4': dict(taue=(1, 8), taui1=(5, 15), taui2=(10, 25), taum=(15, 80))}[kind]
    sources = []
    for _ in range(4):
        sources.append(['NetStim', dict(interval=r.uniform(3, 20), start=r.uniform(0, 30), number=r.randint(5, 30))])
    for k in range(3):
        sources.append([kind, {k: r.uniform(*v) for k, v in ranges.items()} if seed % 2 else {}])
    cons = [[s, t, r.uniform(-.4, .9), r.uniform(.2, 5)] for s in range(4) for t in range(4, 7)]
    cons += [[s, t, r.uniform(-.5, .5), r.uniform(1, 5)] for s in range(4, 7) for t in range(4, 7) if s != t]
    cons += [[0, 1, 1, 2], [1, 2, -1, 2], [2, 3, 1, 2]]
    return sources, cons


def spikes(sources, cons):
    cells = []
    for name, params in sources:
        c = getattr(h, name)()
        for k, v in params.items():
            setattr(c, k, v)
        cells.append(c)
    netcons, out = [], []
    for s, t, w, d in cons:
        n = h.NetCon(cells[s], cells[t])
        n.weight[0], n.delay = w, d
        netcons.append(n)
    for c in cells:
        v = h.Vector()
        n = h.NetCon(c, None)
        n.record(v)
        netcons.append(n)
        out.append(v)
    h.dt, h.steps_per_ms = DT, 1 / DT
    h.finitialize(-65)
    h.continuerun(TSTOP)
    return [list(v) for v in out]


cases = []
for kind in ('IntFire1', 'IntFire2', 'IntFire4'):
    for seed in range(4):
        sources, cons = network(kind, seed)
        cases.append(dict(name=f'{kind}/{seed}', sources=sources, cons=cons, spikes=spikes(sources, cons)))
print('{"dt": %g, "tstop": %g, "cases": [' % (DT, TSTOP))
print(',\n'.join(json.dumps(c) for c in cases))
print(']}')
