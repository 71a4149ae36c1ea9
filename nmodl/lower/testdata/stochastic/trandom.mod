TITLE Draws of every kind from RANDOM variables

NEURON {
	SUFFIX trandom
	RANGE u, ab, e, em, n, ms, k, d, rare, i
	NONSPECIFIC_CURRENT i
	RANDOM r, other
	THREADSAFE
}

PARAMETER { g = 1e-5 }

ASSIGNED {
	v (mV)
	i (mA/cm2)
	u ab e em n ms k d rare
}

INITIAL {
	random_setseq(r, 6)
	u = random_uniform(r)
}

BREAKPOINT {
	SOLVE draw
	i = g*u*(v + 65)
}

PROCEDURE draw() {
	u = random_uniform(r)
	ab = random_uniform(r, -2, 5)
	e = random_negexp(r)
	em = random_negexp(r, 2.5)
	n = random_normal(r)
	ms = random_normal(r, 3, 0.5)
	k = random_ipick(r)
	d = random_dpick(other)
	if (u < 0.3 && random_uniform(other) < 0.5) {
		rare = rare + 1
	}
	if (u > 0.3 || chance(0.25)) {
		rare = rare + 100
	}
}

FUNCTION chance(p) {
	chance = random_uniform(other) < p
}

PROCEDURE setids(a, b, c) {
	random_setids(r, a, b, c)
	random_setids(other, a + 1, b, c)
	random_setseq(other, 0)
}
