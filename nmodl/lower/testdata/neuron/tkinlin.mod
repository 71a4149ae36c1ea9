: linear scheme, steady state in INITIAL, no CONSERVE
NEURON { SUFFIX tkinlin NONSPECIFIC_CURRENT i RANGE g, gmax, a, b }
PARAMETER { gmax = 0.002 }
ASSIGNED { v (mV) i (mA/cm2) g a b }
STATE { open closed inact }
BREAKPOINT { SOLVE kin METHOD sparse
	g = gmax*open
	i = g*(v - 20)
}
INITIAL {
	open = 0.3
	closed = 0.6
	inact = 0.1
	SOLVE kin STEADYSTATE sparse
}
KINETIC kin {
	rates(v)
	~ closed <-> open (a, b)
	~ open <-> inact (a*0.1, b/30)
	~ inact <-> closed (0.01, 0.02 + b)
}
PROCEDURE rates(v) {
	a = 2/(1 + exp(-(v + 30)/9))
	b = 0.5*exp(-v/50)
}
