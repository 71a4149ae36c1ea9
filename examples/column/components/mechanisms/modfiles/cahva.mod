TITLE High-threshold calcium current

COMMENT
m^2 h kinetics:
Reuveni I, Friedman A, Amitai Y, Gutnick MJ (1993) Stepwise repolarization from Ca2+ plateaus in neocortical pyramidal
cells: evidence for nonhomogeneous distribution of HVA Ca2+ channels in dendrites. J Neurosci 13:4609-4621.
ENDCOMMENT

NEURON {
	SUFFIX cahva
	USEION ca READ eca WRITE ica
	RANGE gbar, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 1e-4 (S/cm2)
}

ASSIGNED {
	v    (mV)
	eca  (mV)
	ica  (mA/cm2)
	g    (S/cm2)
	minf
	hinf
	mtau (ms)
	htau (ms)
}

STATE { m h }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*m*m*h
	ica = g*(v - eca)
}

INITIAL {
	rates()
	m = minf
	h = hinf
}

DERIVATIVE gates {
	rates()
	m' = (minf - m)/mtau
	h' = (hinf - h)/htau
}

PROCEDURE rates() {
	LOCAL a, b
	a = 0.055*3.8*exprel((-27 - v)/3.8)
	b = 0.94*exp((-75 - v)/17)
	mtau = 1/(a + b)
	minf = a/(a + b)
	a = 0.000457*exp((-13 - v)/50)
	b = 0.0065/(exp((-15 - v)/28) + 1)
	htau = 1/(a + b)
	hinf = a/(a + b)
}

: x/(exp(x) - 1)
FUNCTION exprel(x) {
	if (fabs(x) < 1e-6) {
		exprel = 1 - x/2
	} else {
		exprel = x/(exp(x) - 1)
	}
}
