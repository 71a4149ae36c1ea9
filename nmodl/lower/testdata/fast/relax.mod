COMMENT
cnexp: (inf - s)/tau, whose divisor is shared; alpha and beta; decay with a time constant that does not change.
ENDCOMMENT

NEURON {
	SUFFIX relax
	RANGE tau0
}

PARAMETER { tau0 = 5 }

STATE { x y z }

ASSIGNED { v }

BREAKPOINT { SOLVE states METHOD cnexp }

DERIVATIVE states {
	LOCAL inf, tau, alpha, beta
	inf = 1/(1 + exp(-(v + 30)/7))
	tau = 1/(3*(0.1 + v*v/4))
	x' = (inf - x)/tau
	alpha = v*v/10
	beta = 1/(1/(2 + v*v))
	y' = alpha*(1 - y) - beta*y
	z' = -z/tau0
}
