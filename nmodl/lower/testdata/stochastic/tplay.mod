TITLE Events at the times of a Vector

NEURON {
	THREADSAFE
	ARTIFICIAL_CELL tplay
	BBCOREPOINTER times
	RANGE next, index
}

ASSIGNED {
	times
	index
	next (ms)
}

INITIAL {
	index = 0
	advance()
	if (index > 0) {
		net_send(next - t, 1)
	}
}

NET_RECEIVE(w) {
	if (flag == 1) {
		net_event(t)
		advance()
		if (index > 0) {
			net_send(next - t, 1)
		}
	}
}

PROCEDURE advance() {
	VERBATIM
	{
		IvocVect* vec = *((IvocVect**)(&_p_times));
		int at = (int)index, size;
		double* px;
		index = -1.;
		if (vec) {
			size = vector_capacity(vec);
			px = vector_vec(vec);
			if (at >= 0 && at < size) {
				px += at;
				next = *px++;
				index = at + 1.;
			}
		}
	}
	ENDVERBATIM
}

PROCEDURE play() {
	VERBATIM
#if !NRNBBCORE
	void* arg = NULL;
	if (ifarg(1)) {
		arg = vector_arg(1);
		hoc_obj_ref(*vector_pobj((IvocVect*)arg));
	}
	void** pv = (void**)(&_p_times);
	if (*pv) {
		hoc_obj_unref(*vector_pobj((IvocVect*)*pv));
	}
	*pv = arg;
#endif
	ENDVERBATIM
}

DESTRUCTOR {
	VERBATIM
	if (_p_times) {
		hoc_obj_unref(*vector_pobj((IvocVect*)_p_times));
	}
	ENDVERBATIM
}

VERBATIM
static void bbcore_write(double* x, int* d, int* xx, int* offset, _threadargsproto_) {}
static void bbcore_read(double* x, int* d, int* xx, int* offset, _threadargsproto_) {}
ENDVERBATIM
