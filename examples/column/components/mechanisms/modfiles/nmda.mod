TITLE NMDA receptors with their magnesium block

COMMENT
A conductance with an exponential rise and decay, times the share of channels that magnesium leaves open:
	1/(1 + mg/3.57 exp(-0.062 v))
Jahr CE, Stevens CF (1990) Voltage dependence of NMDA-activated macroscopic conductances predicted by single-channel
kinetics. J Neurosci 10:3178-3182. The weight (uS) is the peak without magnesium. Nothing is random.
ENDCOMMENT

NEURON {
	POINT_PROCESS Nmda
	NONSPECIFIC_CURRENT i
	RANGE taurise, taudecay, e, mg, i, g
}

UNITS {
	(nA) = (nanoamp)
	(mV) = (millivolt)
	(uS) = (microsiemens)
	(mM) = (milli/liter)
}

PARAMETER {
	taurise  = 3  (ms)
	taudecay = 70 (ms)
	e        = 0  (mV)
	mg       = 1  (mM)
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
	g = (down - up)*unblocked(v)
	i = g*(v - e)
}

DERIVATIVE decay {
	up' = -up/taurise
	down' = -down/taudecay
}

FUNCTION unblocked(v (mV)) {
	unblocked = 1/(1 + mg/3.57*exp(-0.062*v))
}

NET_RECEIVE(w (uS)) {
	up = up + w*scale
	down = down + w*scale
}
