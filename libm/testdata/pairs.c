/* Writes random arguments and the C library's results as raw doubles: x y f(x, y), count times.
   Usage: pairs function count seed xlow xhigh ylow yhigh
   With xlow > xhigh the bits of x are random between those of xhigh and xlow (so: uniform in the exponent).
   With ylow > yhigh, y is a random whole number between yhigh and ylow. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;
static uint64_t next(void) { /* splitmix64 */
	uint64_t z = (state += 0x9e3779b97f4a7c15u);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}
static double unit(void) { return (double)(next() >> 11) * 0x1p-53; }

static double one(const char *f, double x, double y) {
	switch (f[0]) {
#define CASE(name) if (!strcmp(f, #name)) return name(x);
	default:
		CASE(exp) CASE(log) CASE(log10) CASE(sin) CASE(cos) CASE(tan) CASE(asin) CASE(acos) CASE(atan)
		CASE(sinh) CASE(cosh) CASE(tanh) CASE(expm1) CASE(sqrt) CASE(erf) CASE(erfc)
		CASE(log1p) CASE(log2) CASE(exp2) CASE(asinh) CASE(acosh) CASE(atanh) CASE(cbrt)
		if (!strcmp(f, "pow")) return pow(x, y);
		if (!strcmp(f, "fmod")) return fmod(x, y);
		if (!strcmp(f, "atan2")) return atan2(x, y);
		if (!strcmp(f, "hypot")) return hypot(x, y);
		abort();
	}
}

int main(int argc, char **argv) {
	if (argc != 8) return 2;
	long count = atol(argv[2]);
	state = strtoull(argv[3], 0, 10);
	double xlow = atof(argv[4]), xhigh = atof(argv[5]), ylow = atof(argv[6]), yhigh = atof(argv[7]);
	for (long i = 0; i < count; i++) {
		double out[3];
		if (xlow > xhigh) {
			uint64_t low, high;
			memcpy(&low, &xhigh, 8);
			memcpy(&high, &xlow, 8);
			uint64_t bits = low + next() % (high - low + 1);
			memcpy(&out[0], &bits, 8);
		} else
			out[0] = xlow + unit() * (xhigh - xlow);
		if (ylow > yhigh)
			out[1] = yhigh + (double)(next() % (uint64_t)(ylow - yhigh + 1));
		else
			out[1] = ylow + unit() * (yhigh - ylow);
		out[2] = one(argv[1], out[0], out[1]);
		fwrite(out, 8, 3, stdout);
	}
	return 0;
}
