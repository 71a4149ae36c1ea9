: a linear scheme in straight-line code: elimination without the zeros
NEURON { SUFFIX kin RANGE a }
PARAMETER { a = 1 }
ASSIGNED { v }
STATE { c o i }
BREAKPOINT { SOLVE k METHOD sparse }
KINETIC k {
	~ c <-> o (a, 2)
	~ o <-> i (v, 4)
	CONSERVE c + o + i = 1
}
