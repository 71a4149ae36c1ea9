TITLE Synaptic conductance as an alpha function of time, once

COMMENT
g(t) = gmax (t-onset)/tau exp(1 - (t-onset)/tau) from onset on, with its peak gmax one tau later.
Rall W (1967) Distinguishing theoretical synaptic potentials computed for different soma-dendritic distributions of
synaptic input. J Neurophysiol 30:1138-1168.
ENDCOMMENT

NEURON {
	POINT_PROCESS AlphaSynapse
	NONSPECIFIC_CURRENT i
	RANGE onset, tau, gmax, e, i
}

UNITS {
	(nA) = (nanoamp)
	(mV) = (millivolt)
	(uS) = (microsiemens)
}

PARAMETER {
	onset = 0  (ms)
	tau   = 0.1 (ms) <1e-3, 1e6>
	gmax  = 0  (uS) <0, 1e9>
	e     = 0  (mV)
}

ASSIGNED {
	v (mV)
	i (nA)
	g (uS)
}

BREAKPOINT {
	if (gmax) {
		at_time(onset)
	}
	g = gmax*alpha((t - onset)/tau)
	i = g*(v - e)
}

FUNCTION alpha(x) {
	if (x < 0 || x > 10) {
		alpha = 0
	} else {
		alpha = x*exp(1 - x)
	}
}
