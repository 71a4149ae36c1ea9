: GLOBAL written by a procedure, a temporary without RANGE, a BREAKPOINT that reads before it writes
NEURON { SUFFIX tglobal USEION na READ ena WRITE ina NONSPECIFIC_CURRENT il RANGE gbar, seen, il GLOBAL minf, tadj }
PARAMETER { gbar = 0.0012345678 (S/cm2) q = 2.3 }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) il celsius (degC) minf tadj mtau seen hidden }
STATE { m }
BREAKPOINT { SOLVE states METHOD cnexp
	seen = seen + 1
	hidden = hidden*0.5 + v
	ina = gbar*tadj*m^3*(v - ena)
	il = hidden*1e-6 + minf*1e-4
}
INITIAL {
	tadj = q^((celsius - 24)/10)
	trates(v)
	m = minf
}
DERIVATIVE states {
	trates(v)
	m' = (minf - m)/mtau
}
PROCEDURE trates(x) {
	minf = 1/(1 + exp(-(x + 38)/7))
	mtau = (0.2 + 1/(exp(x/20) + exp(-x/18)))/tadj
}
