TITLE Transient sodium current

COMMENT
m^3 h kinetics of a hippocampal pyramidal cell,
Traub RD, Miles R (1991) Neuronal Networks of the Hippocampus, Cambridge University Press,
with the threshold shift vt of
Pospischil M et al. (2008) Minimal Hodgkin-Huxley type models for different classes of cortical and thalamic neurons.
Biol Cybern 99:427-441.
The rates hold at 36 degC; a Q10 of 3 takes them elsewhere.
ENDCOMMENT

NEURON {
	SUFFIX nat
	USEION na READ ena WRITE ina
	RANGE gbar, vt, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar = 0.05 (S/cm2)
	vt   = -58  (mV)
}

ASSIGNED {
	v       (mV)
	ena     (mV)
	celsius (degC)
	ina     (mA/cm2)
	g       (S/cm2)
	minf
	hinf
	mtau    (ms)
	htau    (ms)
}

STATE { m h }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*m*m*m*h
	ina = g*(v - ena)
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
	LOCAL u, a, b, q
	q = 3^((celsius - 36)/10)
	u = v - vt
	a = 0.32*4*exprel((13 - u)/4)
	b = 0.28*5*exprel((u - 40)/5)
	mtau = 1/(a + b)/q
	minf = a/(a + b)
	a = 0.128*exp((17 - u)/18)
	b = 4/(1 + exp((40 - u)/5))
	htau = 1/(a + b)/q
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
