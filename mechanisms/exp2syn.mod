TITLE Synapse with an exponential rise and an exponential decay

COMMENT
g = B - A with A' = -A/tau1 and B' = -B/tau2; an event of weight w (uS) adds w times a factor to both, chosen so that one
event alone reaches a peak conductance of w.
Roth A, van Rossum MCW (2009) Modeling synapses. In: Computational Modeling Methods for Neuroscientists, MIT Press, 139-160.
ENDCOMMENT

NEURON {
	POINT_PROCESS Exp2Syn
	NONSPECIFIC_CURRENT i
	RANGE tau1, tau2, e, i, g
}

UNITS {
	(nA) = (nanoamp)
	(mV) = (millivolt)
	(uS) = (microsiemens)
}

PARAMETER {
	tau1 = 0.1 (ms) <1e-9, 1e9>
	tau2 = 10  (ms) <1e-9, 1e9>
	e    = 0   (mV)
}

ASSIGNED {
	v (mV)
	i (nA)
	g (uS)
	factor
}

STATE {
	A (uS)
	B (uS)
}

INITIAL {
	LOCAL tp
	: the two time constants must differ
	if (tau1/tau2 > 0.9999) {
		tau1 = 0.9999*tau2
	}
	if (tau1/tau2 < 1e-9) {
		tau1 = tau2*1e-9
	}
	A = 0
	B = 0
	tp = (tau1*tau2)/(tau2 - tau1)*log(tau2/tau1)
	factor = -exp(-tp/tau1) + exp(-tp/tau2)
	factor = 1/factor
}

BREAKPOINT {
	SOLVE decay METHOD cnexp
	g = B - A
	i = g*(v - e)
}

DERIVATIVE decay {
	A' = -A/tau1
	B' = -B/tau2
}

NET_RECEIVE(weight (uS)) {
	A = A + weight*factor
	B = B + weight*factor
}
