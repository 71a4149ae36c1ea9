: IF becomes selects; a branch whose condition is constant is taken when the program is made
NEURON { SUFFIX ifc RANGE a, b }
DEFINE FLAG 1
ASSIGNED { v a b }
BREAKPOINT {
	LOCAL q
	IF (v > 0) { q = v a = 1 } ELSE IF (v > -50) { q = v*v } ELSE { a = 3 }
	IF (FLAG) { b = q } ELSE { b = exp(v) }
}
