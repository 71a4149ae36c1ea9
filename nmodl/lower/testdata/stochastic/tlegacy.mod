TITLE The generators of the process

NEURON {
	SUFFIX tlegacy
	RANGE u, e, n, k, i
	NONSPECIFIC_CURRENT i
}

ASSIGNED {
	v (mV)
	i (mA/cm2)
	u e n k
}

INITIAL { u = 0.5 }

BREAKPOINT {
	SOLVE draw
	i = 1e-5*u*(v + 65)
}

PROCEDURE draw() {
	u = scop_random()
	e = exprand(2)
	n = normrand(1, 0.5)
	k = poisrand(3.5)
	VERBATIM
	u += scop_random()*1e-3;
	ENDVERBATIM
}

PROCEDURE seed(x) {
	set_seed(x)
}
