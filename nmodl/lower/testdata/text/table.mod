: TABLE with its programs
NEURON { SUFFIX tab RANGE m }
PARAMETER { k = 2 }
ASSIGNED { v minf celsius }
STATE { m }
INITIAL { r(v) m = minf }
BREAKPOINT { SOLVE s METHOD cnexp }
DERIVATIVE s { r(v) m' = minf - m }
PROCEDURE r(x) { TABLE minf DEPEND celsius FROM -10*k TO 20 WITH 30 minf = x*celsius/k }
