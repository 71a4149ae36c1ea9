: STEADYSTATE derivimplicit in a thread-safe file, and the derivative as a value outside its block
NEURON { SUFFIX cderivss NONSPECIFIC_CURRENT i RANGE i, d, dm, gl }
PARAMETER { gl = 2 tau = 4 }
ASSIGNED { v i d dm }
STATE { m n }
INITIAL { m = 0.4 n = 0.1
	SOLVE k STEADYSTATE derivimplicit }
BREAKPOINT { SOLVE k METHOD derivimplicit
	dm = m' + n'
	i = 1e-5*m*(v + 20) }
DERIVATIVE k { m' = (1/(1 + exp(-v/20)) - m*m)/tau*gl
	n' = m - n*(2 + n)
	d = m' }
