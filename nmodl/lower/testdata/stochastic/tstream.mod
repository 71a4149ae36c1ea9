TITLE A stream that a script sets, as synapses with stochastic release have it

NEURON {
	THREADSAFE
	POINT_PROCESS tstream
	RANGE g, failures, last, mean, usingR123, i, id2, seq
	NONSPECIFIC_CURRENT i
	BBCOREPOINTER rng
}

PARAMETER {
	tau = 3 (ms)
	p = 0.6
}

ASSIGNED {
	v (mV)
	i (nA)
	failures
	last
	mean
	rng
	usingR123
	id2
	seq
}

STATE { g (uS) }

VERBATIM
#ifndef NRN_VERSION_GTEQ_8_2_0
double nrn_random_pick(void* r);
void* nrn_random_arg(int argpos);
#endif
#define STREAM ((nrnran123_State*)_p_rng)
ENDVERBATIM

INITIAL {
	g = 0
	failures = 0
	VERBATIM
	if (usingR123) {
		nrnran123_setseq((nrnran123_State*)_p_rng, 2, 1);
	}
	ENDVERBATIM
}

BREAKPOINT {
	SOLVE decay METHOD cnexp
	i = g*v
}

DERIVATIVE decay { g' = -g/tau }

NET_RECEIVE(w, share) {
	INITIAL { share = 0.5 }
	if (w <= 0) {
		VERBATIM
		return;
		ENDVERBATIM
	}
	VERBATIM
	double u = urand(_threadargs_);
	if (u > p) {
		failures += 1;
	ENDVERBATIM
		last = t
	VERBATIM
		return;
	}
	_args[1] = 0.9*_args[1] + 0.1*u;
	ENDVERBATIM
	g = g + w*(share + draws())
	last = -t
	mean = share
}

FUNCTION draws() {
	VERBATIM
	double sum = 0;
	int j;
	for (j = 0; j < 3; ++j) {
		sum += nrnran123_negexp(STREAM);
	}
	if (sum > 2. && nrnran123_normal(STREAM) > 0) {
		sum += nrnran123_ipick(STREAM)/4294967296.;
	}
	{
		uint32_t a, b, c; char which;
		nrnran123_getids3(STREAM, &a, &b, &c);
		id2 = b;
		nrnran123_getseq(STREAM, &a, &which);
		seq = a*4. + which;
	}
	_ldraws = sum;
	ENDVERBATIM
}

PROCEDURE setRNG() {
	VERBATIM
#ifndef CORENEURON_BUILD
	nrnran123_State** pv = (nrnran123_State**)(&_p_rng);
	uint32_t third = 0;
	usingR123 = 0;
	if (*pv) {
		nrnran123_deletestream(*pv);
		*pv = (nrnran123_State*)0;
	}
	if (ifarg(1) && hoc_is_double_arg(1)) {
		if (ifarg(3)) third = (uint32_t)*getarg(3);
		*pv = nrnran123_newstream3((uint32_t)*getarg(1), (uint32_t)*getarg(2), third);
		usingR123 = 1;
	}
#endif
	ENDVERBATIM
}

FUNCTION urand() {
	VERBATIM
	if (!_p_rng) {
		hoc_execerror("tstream:", "setRNG has not been called");
	}
	_lurand = nrnran123_dblpick(STREAM);
	ENDVERBATIM
}

VERBATIM
static void bbcore_write(double* x, int* d, int* xx, int* offset, _threadargsproto_) {}
static void bbcore_read(double* x, int* d, int* xx, int* offset, _threadargsproto_) {}
ENDVERBATIM
