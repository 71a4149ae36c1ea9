: filling a TABLE leaves the last row in its outputs and in what else its body sets
NEURON { SUFFIX cfill NONSPECIFIC_CURRENT i RANGE i, tadj, minf, vh }
PARAMETER { vh = -40 }
ASSIGNED { v i minf tadj own }
STATE { m }
BREAKPOINT { SOLVE s METHOD cnexp
	i = 1e-6*tadj*m*own*(v + 10) }
DERIVATIVE s { rates(v)
	m' = (minf - m)/3 }
PROCEDURE rates(v) { TABLE minf DEPEND vh FROM -120 TO 100 WITH 199
	inner(v) }
PROCEDURE inner(v) { tadj = 2.3^((33-23)/10)
	own = 1.5
	minf = 1/(1 + exp(-(v - vh)/7)) }
