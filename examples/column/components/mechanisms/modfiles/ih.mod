TITLE Hyperpolarisation-activated cation current

COMMENT
Kole MHP, Hallermann S, Stuart GJ (2006) Single Ih channels in pyramidal neuron dendrites: properties, distribution, and
impact on action potential output. J Neurosci 26:1677-1687. The rates were measured at 34-35 degC and are used as they are.
ENDCOMMENT

NEURON {
	SUFFIX ih
	NONSPECIFIC_CURRENT i
	RANGE gbar, e, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 1e-4 (S/cm2)
	e    = -45  (mV)
}

ASSIGNED {
	v    (mV)
	i    (mA/cm2)
	g    (S/cm2)
	ninf
	ntau (ms)
}

STATE { n }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*n
	i = g*(v - e)
}

INITIAL {
	rates()
	n = ninf
}

DERIVATIVE gates {
	rates()
	n' = (ninf - n)/ntau
}

PROCEDURE rates() {
	LOCAL a, b
	a = 0.00643*11.9*exprel((v + 154.9)/11.9)
	b = 0.193*exp(v/33.1)
	ntau = 1/(a + b)
	ninf = a/(a + b)
}

: x/(exp(x) - 1)
FUNCTION exprel(x) {
	if (fabs(x) < 1e-6) {
		exprel = 1 - x/2
	} else {
		exprel = x/(exp(x) - 1)
	}
}
