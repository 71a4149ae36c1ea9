TITLE Slow muscarinic potassium current

COMMENT
Yamada WM, Koch C, Adams PR (1989) Multiple channels and calcium dynamics. In: Methods in Neuronal Modeling, MIT Press;
as in Pospischil M et al. (2008) Biol Cybern 99:427-441. taumax is given at 36 degC; Q10 2.3.
ENDCOMMENT

NEURON {
	SUFFIX km
	USEION k READ ek WRITE ik
	RANGE gbar, taumax, g
}

UNITS {
	(mA) = (milliamp)
	(mV) = (millivolt)
	(S)  = (siemens)
}

PARAMETER {
	gbar   = 7e-5 (S/cm2)
	taumax = 1000 (ms)
}

ASSIGNED {
	v       (mV)
	ek      (mV)
	celsius (degC)
	ik      (mA/cm2)
	g       (S/cm2)
	pinf
	ptau    (ms)
}

STATE { p }

BREAKPOINT {
	SOLVE gates METHOD cnexp
	g = gbar*p
	ik = g*(v - ek)
}

INITIAL {
	rates()
	p = pinf
}

DERIVATIVE gates {
	rates()
	p' = (pinf - p)/ptau
}

PROCEDURE rates() {
	pinf = 1/(1 + exp(-(v + 35)/10))
	ptau = taumax/(3.3*exp((v + 35)/20) + exp(-(v + 35)/20))/2.3^((celsius - 36)/10)
}
