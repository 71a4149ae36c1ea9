: what has no translation yet is listed with its place, the rest is translated
NEURON { POINT_PROCESS ref POINTER p RANGE x NONSPECIFIC_CURRENT i }
ASSIGNED { v p x i }
BREAKPOINT { i = p*v }
FUNCTION fac(n) { IF (n > 1) { fac = n*fac(n - 1) } ELSE { fac = 1 } }
PROCEDURE odd() { x = fac(3) }
INITIAL {
	odd()
	VERBATIM
	x = drand48();
	ENDVERBATIM
	printf("%g", x)
}
NET_RECEIVE(w) { WATCH (v > 3) 2 x = force(w, "f") }
