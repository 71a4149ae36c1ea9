: cnexp that falls back to derivimplicit, one equation, with a current
NEURON { SUFFIX tderivone USEION k READ ek WRITE ik RANGE g, gbar }
PARAMETER { gbar = 0.001 (S/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) g }
STATE { n }
BREAKPOINT { SOLVE s METHOD cnexp
	g = gbar*n^4
	ik = g*(v - ek)
}
INITIAL { n = 0.2 }
DERIVATIVE s { n' = exp(-n)*(v + 150)/100 - n }
