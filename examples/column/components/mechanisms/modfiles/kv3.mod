TITLE Fast potassium current of fast-spiking interneurons (Kv3)

COMMENT
n^2 kinetics:
Erisir A, Lau D, Rudy B, Leonard CS (1999) Function of specific K+ channels in sustained high-frequency firing of
fast-spiking neocortical interneurons. J Neurophysiol 82:2476-2489. The rates are used as published.
ENDCOMMENT

NEURON {
	SUFFIX kv3
	USEION k READ ek WRITE ik
	RANGE gbar, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 0.1 (S/cm2)
}

ASSIGNED {
	v    (mV)
	ek   (mV)
	ik   (mA/cm2)
	g    (S/cm2)
	ninf
	ntau (ms)
}

STATE { n }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*n*n
	ik = g*(v - ek)
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
	a = 11.8*exprel((95 - v)/11.8)
	b = 0.025*exp(-v/22.222)
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
