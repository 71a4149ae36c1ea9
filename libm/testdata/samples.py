"""Writes samples.txt: function, bits of the arguments, bits of the C library's result.

Run on x86-64 with FMA and glibc >= 2.28 (written with glibc 2.36): python3 samples.py > samples.txt
"""
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


main()
