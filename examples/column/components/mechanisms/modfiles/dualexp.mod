TITLE Synapse with an exponential rise and decay

COMMENT
Conductance of an event of weight w (uS): w (exp(-t/taudecay) - exp(-t/taurise)), scaled so that its peak is w.
Roth A, van Rossum MCW (2009) Modeling synapses. In: Computational Modeling Methods for Neuroscientists, MIT Press,
139-160. Serves AMPA and GABA_A receptors.
ENDCOMMENT

NEURON {
	POINT_PROCESS DualExp
	NONSPECIFIC_CURRENT i
	RANGE taurise, taudecay, e, i, g
}

UNITS {
	(nA) = (nanoamp)
	(mV) = (millivolt)
	(uS) = (microsiemens)
}

PARAMETER {
	taurise  = 0.2 (ms)
	taudecay = 2   (ms)
	e        = 0   (mV)
}

ASSIGNED {
	v     (mV)
	i     (nA)
	g     (uS)
	scale
}

STATE {
	up   (uS)
	down (uS)
}

INITIAL {
	LOCAL tpeak
	tpeak = taurise*taudecay/(taudecay - taurise)*log(taudecay/taurise)
	scale = 1/(exp(-tpeak/taudecay) - exp(-tpeak/taurise))
	up = 0
	down = 0
}

BREAKPOINT {
	SOLVE decay METHOD cnexp
	g = down - up
	i = g*(v - e)
}

DERIVATIVE decay {
	up' = -up/taurise
	down' = -down/taudecay
}

NET_RECEIVE(w (uS)) {
	up = up + w*scale
	down = down + w*scale
}
