: NONLINEAR by Newton's method, ~+, and its side results
NEURON { SUFFIX cnonlin NONSPECIFIC_CURRENT i RANGE i, s, n }
ASSIGNED { v i s n }
STATE { z x q p[2] }
INITIAL { x = 1 q = 2 z = 0.5
	p[0] = 1
	p[1] = 1
	n = 0 }
BREAKPOINT { SOLVE k METHOD newton
	i = 1e-6*(v + x) }
NONLINEAR k { s = x + q*z
	~ x^2 + q = 3 + exp(v/80)
	~ q*q*q + 0.1*x = 2
	~ z = x
	~+ p[0]*z = 3
	~ p[0] + p[1]*p[1] = 4 + x
	~ p[1] - p[0]*0.3 = 0.5
	n = n + 1 }
