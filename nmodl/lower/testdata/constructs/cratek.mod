: METHOD euler of a KINETIC block
NEURON { SUFFIX cratek NONSPECIFIC_CURRENT i RANGE i, e, f }
ASSIGNED { v i e f }
STATE { a b c }
INITIAL { a = 1 b = 0 c = 0.2 e = 0 f = 0 }
BREAKPOINT { SOLVE r METHOD euler
	i = 1e-6*(v + a) }
KINETIC r { COMPARTMENT 2 { a b }
	~ a <-> 2 b (0.5, 0.3 + 0.001*v)
	~ b + c <-> a (0.1, 0.2)
	e = f_flux - b_flux
	~ c << (0.01*a)
	f = b_flux }
