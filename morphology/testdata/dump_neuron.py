#!/usr/bin/env python3
"""Writes what live NEURON (9.0.2, with BMTK 1.2.0) makes of SWC files, for TestAgainstNEURON.

    dump_neuron.py OUTDIR FILE.swc...

One JSON per file, axon processing (none, peri, allactive), importer (current, old) and dL. Every cell is built in a
process of its own. Floats are written with all their digits.
"""
import json, os, subprocess, sys


def one(path, how, old, dl, ra):
    import bmtk.simulator.bionet as bionet
    from neuron import h
    from bmtk.simulator.bionet.default_setters import cell_models
    from bmtk.simulator.bionet.morphology import Morphology
    folder = os.path.dirname(bionet.__file__)
    h.load_file('stdgui.hoc')
    h.load_file(os.path.join(folder, 'import3d.hoc') if old else 'import3d.hoc')
    for f in os.listdir(os.path.join(folder, 'default_templates')):
        if f == 'Biophys1.hoc':
            h.load_file(os.path.join(folder, 'default_templates', f))
    cell = h.Biophys1(path)
    if how == 'peri':
        cell_models.fix_axon_peri(cell)
    elif how == 'allactive':
        cell_models.fix_axon_allactive(cell)
    m = Morphology.load(hobj=cell, morphology_file=path)
    for sec in cell.all:
        sec.Ra = ra
        sec.cm = 1.2
        sec.insert('pas')
    nc = h.NetCon(cell.soma[0](0.5)._ref_v, None, sec=cell.soma[0])
    m.set_segment_dl(dl)
    h.finitialize(-70)
    try:
        swc = [[m.get_swc_id(i, s.x - 0.5 / sec.nseg)[0], m.get_swc_id(i, s.x + 0.5 / sec.nseg)[0]] for i, sec in enumerate(cell.all) for s in sec]
        swc = [[int(a), int(b)] for a, b in swc]
    except Exception as e:
        swc = None
    p = m.seg_props
    out = dict(file=os.path.basename(path), how=how, old=old, dL=dl, Ra=ra, swc=swc, dist=[float(v) for v in p.dist], length=[float(v) for v in p.length],
               x=[float(v) for v in p.x], sections=[])
    word = lambda s: s.name().split('.')[-1]
    for sec in cell.all:
        up = sec.parentseg()
        out['sections'].append(dict(
            name=word(sec), L=sec.L, nseg=sec.nseg, parent=word(up.sec) if up else '', parent_x=up.x if up else 0, children=[word(c) for c in sec.children()],
            start=sec(0).node_index(), end=sec(1).node_index(), node=[s.node_index() for s in sec], area=[s.area() for s in sec], diam=[s.diam for s in sec],
            ri=[s.ri() for s in sec] + [sec(1).ri()], end_area=sec(1).area(),
            pt3d=[[sec.x3d(i), sec.y3d(i), sec.z3d(i), sec.diam3d(i), sec.arc3d(i)] for i in range(sec.n3d())]))
    return out


if __name__ == '__main__':
    if sys.argv[1] == '--one':
        path, how, old, dl, ra, name = sys.argv[2:]
        try:
            text = json.dumps(one(path, how, old == '1', float(dl), float(ra)))
        except BaseException as e:
            print(name, 'failed:', e, file=sys.stderr)
            os._exit(1)
        with open(name, 'w') as f:
            f.write(text)
        os._exit(0)
    folder, files = sys.argv[1], sys.argv[2:]
    for path in files:
        for how in ('none', 'peri', 'allactive'):
            for old in (0, 1):
                for dl in (20, 5):
                    name = os.path.join(folder, '%s.%s.%d.%d.json' % (os.path.basename(path), how, old, dl))
                    r = subprocess.run([sys.executable, __file__, '--one', os.path.abspath(path), how, str(old), str(dl), '138.28', name],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                    print(os.path.basename(name), 'ok' if r.returncode == 0 else 'failed: ' + ' '.join(r.stderr.split()[-25:]), flush=True)
