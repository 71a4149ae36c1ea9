"""Writes samples.txt: function, bits of the arguments, bits of the C library's result.

Run on x86-64 with FMA and glibc >= 2.35 (written with glibc 2.36 of Debian 12): python3 samples.py > samples.txt
"""
import ctypes
import math
import random
import struct


def bits(x):
    return struct.pack(">d", x).hex()


def main():
    rng = random.Random(1)
    edges = [0.0, -0.0, 1.0, -1.0, 5e-324, 2.0**-54, 2.0**-55, -(2.0**-55), 708.5, 709.75, -708.5, -744.5, -746.0,
             math.inf, -math.inf, 0.5, 2.0]
    for x in edges + [rng.uniform(-745, 709.5) for _ in range(300)] + [rng.gauss(0, 1) for _ in range(300)] + [
            rng.choice((1, -1)) * 2.0 ** rng.uniform(-60, 3) for _ in range(100)]:
        print("exp", bits(x), bits(math.exp(x)))
    for x in [5e-324, 1e-310, 1.0, 2.0, math.inf] + [2.0 ** rng.uniform(-1070, 1020) for _ in range(200)] + [
            rng.uniform(0.9, 1.1) for _ in range(200)] + [rng.uniform(0, 100) for _ in range(200)]:
        print("log", bits(x), bits(math.log(x)))
        print("log10", bits(x), bits(math.log10(x)))
    for _ in range(200):
        x = rng.uniform(-100, 100)
        y = float(rng.randint(-8, 8))
        print("pow", bits(x), bits(y), bits(math.pow(x, y)))
        x, y = rng.uniform(0, 10), rng.uniform(-30, 30)
        print("pow", bits(x), bits(y), bits(math.pow(x, y)))
        x, y = rng.choice((2.3, 3.0, 2.952, 10.0)), (rng.uniform(5, 40) - 6.3) / 10
        print("pow", bits(x), bits(y), bits(math.pow(x, y)))
    angles = [0.0, -0.0, 5e-324, 2.0**-27, 0.125, 0.126, -0.5, 0.85547, 2.4263, math.pi / 4, math.pi / 2, math.pi, 25.0, 1e8, 105414400.0,
              1e15, 1e22, 1e300] + [rng.uniform(-10, 10) for _ in range(200)] + [
        rng.choice((1, -1)) * 2.0 ** rng.uniform(-40, 60) for _ in range(200)]
    for f in (math.sin, math.cos, math.tan, math.atan):
        for x in angles:
            print(f.__name__, bits(x), bits(f(x)))
    for f in (math.asin, math.acos):
        for x in [0.0, -0.0, 1.0, -1.0, 2.0**-60, 0.125, 0.5, -0.75, 0.921875, 0.953125, 0.96875, 1 - 2.0**-53] + [
                rng.uniform(-1, 1) for _ in range(200)]:
            print(f.__name__, bits(x), bits(f(x)))
    ends = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, 1e-320, 1e300]
    for y, x in [(y, x) for y in ends for x in ends] + [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(300)]:
        print("atan2", bits(y), bits(x), bits(math.atan2(y, x)))
    # Python has versions of its own of some of these.
    library = ctypes.CDLL("libm.so.6")
    edges = [0.0, -0.0, 5e-324, 1e-310, 2.0**-60, -(2.0**-30), 1.0, -1.0, math.inf, -math.inf, 0.25, 0.5, -0.75, 0.84375, 1.25, 2.0, 6.0,
             28.0, 900.5, -1000.25, -1074.5, 1023.75, 2.0**29, 1e300]
    for name in ("log1p", "log2", "exp2", "asinh", "acosh", "atanh", "erf", "erfc", "cbrt", "expm1", "sinh", "cosh", "tanh"):
        f = getattr(library, name)
        f.argtypes, f.restype = [ctypes.c_double], ctypes.c_double
        for x in edges + [rng.uniform(-1, 1) for _ in range(60)] + [rng.uniform(-10, 10) for _ in range(60)] + [
                rng.choice((1, -1)) * 2.0 ** rng.uniform(-40, 40) for _ in range(60)]:
            if f(x) == f(x):
                print(name, bits(x), bits(f(x)))
    f = library.hypot
    f.argtypes, f.restype = [ctypes.c_double] * 2, ctypes.c_double
    for x, y in [(x, y) for x in edges for y in edges] + [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(200)]:
        print("hypot", bits(x), bits(y), bits(f(x, y)))


main()
