"""Prints what numpy and NEURON draw and add, one hex float per line, for live_test.go.

First argument: numpy | neuron.
"""
import sys
import numpy as np

what = sys.argv[1]
if what == "numpy":
    for seed in (0, 1, 42, 123456789, 4294967295):
        r = np.random.RandomState(seed)
        for v in r.random_sample(1500):
            print(float(v).hex())
    r = np.random.RandomState(7)
    for n in list(range(0, 300)) + [1000, 1023, 1024, 1025, 5000, 100003]:
        a = r.random_sample(n)
        a = (a - 0.5) * 10.0 ** np.floor(r.random_sample(n) * 16 - 8)
        print(float(np.sum(a)).hex())
else:
    import ctypes
    import glob
    import os
    import neuron
    from neuron import h

    lib = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(neuron.__file__), ".data/lib/libnrniv.*"))[0])
    D, U, P = ctypes.c_double, ctypes.c_uint32, ctypes.c_void_p

    def fn(name, res, *args):
        f = getattr(lib, name)
        f.restype, f.argtypes = res, list(args)
        return f

    new = fn("_Z20nrnran123_newstream3jjj", P, U, U, U)
    setglobal = fn("_Z25nrnran123_set_globalindexj", None, U)
    draws = [fn("_Z17nrnran123_dblpickP15nrnran123_State", D, P),
             fn("_Z16nrnran123_negexpP15nrnran123_State", D, P),
             fn("_Z16nrnran123_normalP15nrnran123_State", D, P)]
    for g in (0, 9):
        setglobal(g)
        for ids in ((1, 2, 3), (0, 0, 0), (4294967295, 7, 4294967294)):
            for draw in draws:
                s = new(*ids)
                for _ in range(500):
                    print(float(draw(s)).hex())
    setglobal(0)
    r = h.Random()
    r.Random123(7, 8, 9)
    r.seq(5)
    r.uniform(0, 1)
    for _ in range(10):
        print(float(r.repick()).hex())
