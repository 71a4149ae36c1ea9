: derivimplicit, two coupled nonlinear equations and a side result
NEURON { SUFFIX tderiv RANGE tau, side, xx, yy }
PARAMETER { tau = 3 (ms) }
ASSIGNED { v (mV) side celsius (degC) }
STATE { xx yy }
BREAKPOINT { SOLVE s METHOD derivimplicit }
INITIAL { xx = 0.3 yy = 0.1 }
DERIVATIVE s {
	LOCAL up
	up = exp(v/40)/tau
	side = xx*yy + up
	xx' = up*(1 - xx)*(1 - xx)*(1 - xx) - xx*yy/tau
	yy' = xx*xx - yy*yy*(2 + xx)
}
