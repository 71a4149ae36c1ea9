: CONDUCTANCE hints
NEURON { SUFFIX tcond USEION k READ ek WRITE ik NONSPECIFIC_CURRENT il RANGE g, gl, gbar }
PARAMETER { gbar = 0.002 gl = 1e-4 }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) il (mA/cm2) g }
STATE { n }
BREAKPOINT {
	CONDUCTANCE g USEION k
	CONDUCTANCE gl
	SOLVE s METHOD cnexp
	g = gbar*n
	ik = g*(v - ek)
	il = gl*(v + 60)
}
INITIAL { n = 0.5 }
DERIVATIVE s { n' = (0.3 - n)/9 }
