TITLE Passive membrane

COMMENT
Ohmic leak through the membrane, i = g (v - e).
Hodgkin AL, Rushton WAH (1946) The electrical constants of a crustacean nerve fibre. Proc R Soc Lond B 133:444-479.
ENDCOMMENT

NEURON {
	SUFFIX pas
	NONSPECIFIC_CURRENT i
	RANGE g, e
}

UNITS {
	(mV) = (millivolt)
	(mA) = (milliamp)
	(S)  = (siemens)
}

PARAMETER {
	g = 0.001 (S/cm2)
	e = -70   (mV)
}

ASSIGNED {
	v (mV)
	i (mA/cm2)
}

BREAKPOINT {
	i = g*(v - e)
}
