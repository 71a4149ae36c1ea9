: METHOD runge, and the derivative as a value
NEURON { SUFFIX crunge NONSPECIFIC_CURRENT i RANGE i, d }
ASSIGNED { v i d }
STATE { x q }
INITIAL { x = 0.3 q = 1 d = 0 }
BREAKPOINT { SOLVE k METHOD runge
	i = 1e-6*(v + x) }
DERIVATIVE k { x' = q*v/200
	q' = -x - q*v/100
	d = x' + q' }
