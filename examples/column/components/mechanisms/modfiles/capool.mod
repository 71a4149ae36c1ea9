TITLE Calcium in a shell under the membrane

COMMENT
Calcium that enters as ica fills a shell of thickness depth, of which the part gamma is not bound at once, and leaves with
the time constant decay:
	cai' = -gamma ica/(2 F depth) - (cai - rest)/decay
Destexhe A, Babloyantz A, Sejnowski TJ (1993) Ionic mechanisms for intrinsic slow oscillations in thalamic relay neurons.
Biophys J 65:1538-1552.
ENDCOMMENT

NEURON {
	SUFFIX capool
	USEION ca READ ica WRITE cai
	RANGE gamma, decay, depth, rest
}

UNITS {
	(mA) = (milliamp)
	(mM) = (milli/liter)
	(um) = (micron)
	F    = (faraday) (coulomb)
}

PARAMETER {
	gamma = 0.05
	decay = 80   (ms)
	depth = 0.1  (um)
	rest  = 1e-4 (mM)
}

ASSIGNED {
	ica (mA/cm2)
}

STATE {
	cai (mM)
}

INITIAL {
	cai = rest
}

BREAKPOINT {
	SOLVE pool METHOD cnexp
}

DERIVATIVE pool {
	cai' = -10000*ica*gamma/(2*F*depth) - (cai - rest)/decay
}
