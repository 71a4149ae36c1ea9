/* Finds the table of the C library's log by watching its results.
   In glibc >= 2.28 log z, z in the i-th of 128 intervals of [0x1.6p-1, 0x1.6p0), is -log(inverse) + log(1 + (z inverse - 1))
   for an inverse, near 1/middle, whose log is extremely close to a multiple of 2^-43. In each interval about 2000 doubles
   are that close; exactly one of them reproduces 400,000 random results of the library, the next best fails within 25,000.
   Build: gcc -O2 -mfma -fno-builtin -ffp-contract=off logsearch.c -lquadmath -lm; output: interval, inverse, log, how far
   it and the next best got. */
#include <math.h>
#include <quadmath.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OFFSET 0x3fe6000000000000u
enum { SAMPLES = 400000, CANDIDATES = 1 << 16 };

static uint64_t bits(double x) { uint64_t u; memcpy(&u, &x, 8); return u; }
static double from(uint64_t u) { double x; memcpy(&x, &u, 8); return x; }

static uint64_t state = 1;
static uint64_t next(void) { /* splitmix64 */
	uint64_t z = (state += 0x9e3779b97f4a7c15u);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static double model(double z, double k, double inverse, double logc) { /* Log of package libm */
	double r = fma(z, inverse, -1), r2 = r * r;
	double w = fma(k, 0x1.62e42fefa3800p-1, logc), hi = w + r;
	double lo = fma(k, 0x1.ef35793c76730p-45, w - hi + r);
	double p = fma(r2, fma(r, -0x1.55575e506c89fp-3, 0x1.999b324f10111p-3),
		fma(r, -0x1.fffffffeb459p-3, 0x1.555555551305bp-2));
	return fma(r * r2, p, fma(r2, -0x1.0000000000001p-1, lo)) + hi;
}

static double inverse[CANDIDATES], logc[CANDIDATES];
static double z[SAMPLES], k[SAMPLES], want[SAMPLES];

int main(void) {
	for (uint64_t i = 0; i < 128; i++) {
		double middle = (from(OFFSET + (i << 45)) + from(OFFSET + ((i + 1) << 45))) / 2;
		double centre = 1 / middle, span = ldexp(from(bits(centre) + 1) - centre, 29) * 1.01;
		long first = (long)ceilq(-logq((__float128)centre + span) * 0x1p43Q);
		long last = (long)floorq(-logq((__float128)centre - span) * 0x1p43Q);
		__float128 exact = expq(-(__float128)first * 0x1p-43Q), factor = expq(-0x1p-43Q);
		int n = 0;
		for (long m = first; m <= last && n < CANDIDATES; m++, exact *= factor) {
			double x = (double)exact;
			if (fabs((double)((exact - x) / exact)) < 0x1p-63) {
				inverse[n] = x;
				logc[n++] = (double)m * 0x1p-43;
			}
		}
		for (int j = 0; j < SAMPLES; j++) {
			z[j] = from(OFFSET + (i << 45) + (next() >> 19));
			k[j] = j % 2 ? j % 3 - 1 : (double)(next() % 40) - 20;
			if (k[j] == 0 && i >= 63 && i <= 89) k[j] = 1; /* near 1 the library uses no table */
			want[j] = log(ldexp(z[j], (int)k[j]));
		}
		int best = -1, second = -1, found = 0;
		for (int c = 0; c < n; c++) {
			int j = 0;
			while (j < SAMPLES && model(z[j], k[j], inverse[c], logc[c]) == want[j]) j++;
			if (j > best) {
				second = best;
				best = j;
				found = c;
			} else if (j > second)
				second = j;
		}
		printf("%d %a %a %d %d\n", (int)i, inverse[found], logc[found], best, second);
	}
	return 0;
}
