TITLE A Random object

NEURON {
	SUFFIX tpick
	RANGE x, i
	NONSPECIFIC_CURRENT i
	POINTER source
}

ASSIGNED {
	v (mV)
	i (mA/cm2)
	x
	source
}

INITIAL { x = 0 }

BREAKPOINT {
	SOLVE draw
	i = 1e-5*x
}

PROCEDURE draw() {
	x = pick()
}

PROCEDURE from() {
	VERBATIM
	void** pv = (void**)(&_p_source);
	if (ifarg(1)) {
		*pv = nrn_random_arg(1);
	} else {
		*pv = (void*)0;
	}
	ENDVERBATIM
}

FUNCTION pick() {
	VERBATIM
	if (_p_source) {
		return nrn_random_pick((Rand*)_p_source);
	} else {
	ENDVERBATIM
		pick = 0.5
	VERBATIM
	}
	ENDVERBATIM
}
