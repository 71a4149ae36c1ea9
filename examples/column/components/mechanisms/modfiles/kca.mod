TITLE Calcium-activated potassium current of small conductance (SK)

COMMENT
Koehler M et al. (1996) Small-conductance, calcium-activated potassium channels from mammalian brain.
Science 273:1709-1714: half activation at 0.43 uM with a Hill coefficient of 4.8. The time constant of 1 ms stands for a
gate that follows the calcium of the pool.
ENDCOMMENT

NEURON {
	SUFFIX kca
	USEION k READ ek WRITE ik
	USEION ca READ cai
	RANGE gbar, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(mM) = (milli/liter)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 1e-4    (S/cm2)
	half = 0.00043 (mM)
	tau  = 1       (ms)
}

ASSIGNED {
	v   (mV)
	ek  (mV)
	cai (mM)
	ik  (mA/cm2)
	g   (S/cm2)
}

STATE { z }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*z
	ik = g*(v - ek)
}

INITIAL {
	z = open(cai)
}

DERIVATIVE gates {
	z' = (open(cai) - z)/tau
}

FUNCTION open(c (mM)) {
	open = 0
	if (c > 0) {
		open = 1/(1 + (half/c)^4.8)
	}
}
