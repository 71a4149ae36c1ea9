: An artificial cell that plays a Vector of event times, for NEURON and CoreNEURON both: the VecStim that BMTK's circuits
: ask for, with the times copied over to CoreNEURON.

NEURON {
	THREADSAFE
	ARTIFICIAL_CELL VecStim
	BBCOREPOINTER train
	RANGE due
}

ASSIGNED {
	train
	due (ms)
	following
}

INITIAL {
	following = 0
	look()
	if (due >= 0) { net_send(due - t, 1) }
}

NET_RECEIVE (weight) {
	if (flag == 1) {
		net_event(t)
		look()
		if (due >= 0) { net_send(due - t, 1) }
	}
}

: due becomes the next time of the train, -1 after the last
PROCEDURE look() {
VERBATIM
	auto* times = reinterpret_cast<IvocVect*>(_p_train);
	const int k = static_cast<int>(following);
	due = -1;
	if (times && k < vector_capacity(times)) {
		due = vector_vec(times)[k];
		following = k + 1;
	}
ENDVERBATIM
}

PROCEDURE play() {
VERBATIM
#ifndef CORENEURON_BUILD
	*reinterpret_cast<void**>(&_p_train) = ifarg(1) ? vector_arg(1) : nullptr;
#endif
ENDVERBATIM
}

VERBATIM
static void bbcore_write(double* values, int* counts, int* nvalues, int* ncounts, _threadargsproto_) {
	auto* times = reinterpret_cast<IvocVect*>(_p_train);
	const int n = times ? vector_capacity(times) : 0;
	if (counts) {
		counts[*ncounts] = n;
		for (int k = 0; k < n; ++k) {
			values[*nvalues + k] = vector_vec(times)[k];
		}
	}
	*ncounts += 1;
	*nvalues += n;
}

static void bbcore_read(double* values, int* counts, int* nvalues, int* ncounts, _threadargsproto_) {
	const int n = counts[*ncounts];
#ifdef CORENEURON_BUILD
	auto* times = reinterpret_cast<IvocVect*>(vector_new1(n));
	for (int k = 0; k < n; ++k) {
		vector_vec(times)[k] = values[*nvalues + k];
	}
	_p_train = reinterpret_cast<double*>(times);
#endif
	*ncounts += 1;
	*nvalues += n;
}
ENDVERBATIM
