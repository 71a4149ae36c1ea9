COMMENT
The BREAKPOINT reads what it left in the evaluation before: two are not one, and the quotient stays.
ENDCOMMENT

NEURON {
	SUFFIX noslope
	NONSPECIFIC_CURRENT i
	RANGE last
}

ASSIGNED { v i last }

BREAKPOINT {
	i = 0.001*(v - last)
	last = v
}
