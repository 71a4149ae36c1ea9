: TABLE of a FUNCTION and of a PROCEDURE, bounds that are expressions
NEURON { SUFFIX ttable RANGE a, b, m GLOBAL scale }
PARAMETER { scale = 1.5 }
ASSIGNED { v (mV) celsius (degC) a b }
STATE { m }
BREAKPOINT { SOLVE s METHOD cnexp }
INITIAL { two(v) m = a }
DERIVATIVE s {
	two(v - 3)
	m' = (a - m)/b*gate(v)
}
PROCEDURE two(u) {
	TABLE a, b DEPEND celsius, scale FROM -100 TO 30*scale WITH 173
	a = 1/(1 + exp(-u/10))*scale
	b = 1 + u*u/1000 + celsius/10
}
FUNCTION gate(u) {
	TABLE FROM -90 TO 40 WITH 100
	gate = 0.5 + exp(-u*u/900)
}
