COMMENT
The derivative of a current: exp, quotient and select; that of a straight line is a conductance.
ENDCOMMENT

NEURON {
	SUFFIX conductance
	USEION k READ ek WRITE ik
	NONSPECIFIC_CURRENT i
	RANGE gbar, mg
}

PARAMETER { gbar = 0.01 mg = 1 }

ASSIGNED { v ek ik i }

BREAKPOINT {
	LOCAL g
	g = gbar
	if (v > -70) {
		g = g/(1 + exp(-v/16)*mg/3.57)
	}
	ik = gbar*(v - ek)
	i = g*v
}
