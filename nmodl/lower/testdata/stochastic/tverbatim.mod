TITLE C of many forms in VERBATIM

NEURON {
	SUFFIX tverbatim
	USEION ca READ cai WRITE ica
	RANGE a, b, c, d, e, f, x, y, turns, calls
	GLOBAL shift
}

VERBATIM
#include <math.h>
#ifndef M_PI
#define M_PI (3.14159265358979323846)
#endif
#define TWICE(z) ((z) + (z))
#define STEPS 5
static const char rcsid[] = "$Id: none $";
static const double coef[4] = {0.5, -0.25, 0.125, 1e-3};
extern double nothing(double);
static double horner(double z)
{
	double sum = 0.0;
	int j;
	for (j = 3; j >= 0; j--) {
		sum = sum*z + coef[j];
	}
	return sum;
}
static void add(double* to, double what) { *to += what; }
ENDVERBATIM

PARAMETER { shift = 0.1 }

ASSIGNED {
	v (mV)
	cai (mM)
	ica (mA/cm2)
	a b c d e f
	x[6]
	y
	turns
	calls
}

STATE { m }

INITIAL {
	m = 0.25
	turns = 0
	calls = 0
	VERBATIM
	{ int k; for (k = 0; k < 6; ++k) { x[k] = k/2 + 0.5*k; } }
	ENDVERBATIM
}

BREAKPOINT {
	SOLVE states METHOD cnexp
	ica = 1e-6*m*(v - 50)
}

DERIVATIVE states {
	rates(v)
	m' = (a - m)/(1 + fabs(b))
	VERBATIM
	cai = _ion_cai;
	ENDVERBATIM
}

PROCEDURE rates(u (mV)) {
	LOCAL p, q
	p = u/10
	VERBATIM
	double w = horner(_lp);
	int i = 7, n = (int)_lu;
	unsigned int bits = 0x1F & 12;
	a = 1.0/(1.0 + exp(-w));
	_lq = (n % 3 == 0) ? i/2 : i/2.0;
	for (i = 0; i < STEPS; i++) {
		if (i == 1) continue;
		if (i > 3 && w > 0) break;
		w += TWICE(i)*shift;
	}
	switch (n & 0 ? 9 : i) {
	case 4:
		b = w;
		break;
	case 5:
		b = -w;
	default:
		b += bits;
	}
	do {
		w -= 1.5;
		turns++;
	} while (w > 0.0);
	c = x[i % 6] + M_PI;
	x[n < 0 ? 0 : 1] = w;
	{
		double* px = x;
		add(&d, px[2]*1e-3);
		add(&x[3], 0.01);
	}
	if (!(_lu > -40)) {
		e = pick(_threadargscomma_ _lu);
	} else {
	ENDVERBATIM
	e = pick(u) + q
	VERBATIM
	}
	#if defined(CORENEURON_BUILD) || NRNBBCORE
	f = not here;
	#elif NRN_VERSION_GTEQ(9, 0, 0)
	f = _lq + (i = 2, i*1.0);
	#else
	f = -1;
	#endif
	ENDVERBATIM
	y = w
}

FUNCTION pick(u) {
	calls = calls + 1
	if (u < -80) {
		VERBATIM
		return -1.0;
		ENDVERBATIM
	}
	pick = 0
	WHILE (pick < 10) {
		pick = pick + 1
		if (pick*10 > u + 90) {
			VERBATIM
			return _lpick/3;
			ENDVERBATIM
		}
	}
	VERBATIM
	if (calls > 100) { _lpick += 0.5; return _lpick; }
	ENDVERBATIM
	pick = -pick
}
