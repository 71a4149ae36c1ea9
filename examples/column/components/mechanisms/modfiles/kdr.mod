TITLE Delayed rectifier potassium current

COMMENT
n^4 kinetics of a hippocampal pyramidal cell,
Traub RD, Miles R (1991) Neuronal Networks of the Hippocampus, Cambridge University Press,
with the threshold shift vt of
Pospischil M et al. (2008) Biol Cybern 99:427-441.
The rates hold at 36 degC; a Q10 of 3 takes them elsewhere.
ENDCOMMENT

NEURON {
	SUFFIX kdr
	USEION k READ ek WRITE ik
	RANGE gbar, vt, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 0.005 (S/cm2)
	vt   = -58   (mV)
}

ASSIGNED {
	v       (mV)
	ek      (mV)
	celsius (degC)
	ik      (mA/cm2)
	g       (S/cm2)
	ninf
	ntau    (ms)
}

STATE { n }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*n*n*n*n
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
	LOCAL u, a, b
	u = v - vt
	a = 0.032*5*exprel((15 - u)/5)
	b = 0.5*exp((10 - u)/40)
	ntau = 1/(a + b)/3^((celsius - 36)/10)
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
