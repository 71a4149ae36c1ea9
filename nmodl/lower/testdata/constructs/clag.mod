: LAG
NEURON { SUFFIX clag NONSPECIFIC_CURRENT i RANGE i, a, x }
PARAMETER { d = 0.31 }
ASSIGNED { v i a x }
STATE { m }
INITIAL { m = 0.4 }
BREAKPOINT { SOLVE k METHOD cnexp
	i = 1e-6*(v + a) }
DERIVATIVE k { x = v + t
	LAG x BY d
	a = lag_x_d
	m' = -m/5 }
