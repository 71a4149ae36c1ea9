: derivimplicit, two coupled nonlinear equations and a side result
NEURON { SUFFIX tderiv RANGE tau, side, x, y }
PARAMETER { tau = 3 (ms) }
ASSIGNED { v (mV) side celsius (degC) }
STATE { x y }
BREAKPOINT { SOLVE s METHOD derivimplicit }
INITIAL { x = 0.3 y = 0.1 }
DERIVATIVE s {
	LOCAL up
	up = exp(v/40)/tau
	side = x*y + up
	x' = up*(1 - x)^3 - x*y/tau
	y' = x*x - y*y*(2 + x)
}
