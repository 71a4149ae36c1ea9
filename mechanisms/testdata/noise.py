"""Writes noise.json: the spikes of three NetStims with noise, by NEURON 9. usage: python noise.py > noise.json

The first two have the streams that NEURON gives them when nobody names one, the third is named.
"""
import json

from neuron import h

PARAMETERS = [
    {"noise": 1, "interval": 3, "start": 2, "number": 40},
    {"noise": 0.4, "interval": 5, "start": 0, "number": 12},
    {"noise": 0.8, "interval": 0.7, "start": 1, "number": 100},
]
TSTOP = 60
cells, times, cons = [], [], []
for p in PARAMETERS:
    c = h.NetStim()
    for k, x in p.items():
        setattr(c, k, x)
    cells.append(c)
    times.append(h.Vector())
    cons.append(h.NetCon(c, None))
    cons[-1].record(times[-1])
cells[2].noiseFromRandom123(4, 5, 6)
section = h.Section(name="clock")
h.dt = 0.1
h.finitialize(-65)
while h.t < TSTOP - h.dt / 2:
    h.fadvance()
print(json.dumps({"parameters": PARAMETERS, "spikes": [list(t) for t in times]}))
