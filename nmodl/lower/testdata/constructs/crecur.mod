: recursion, arrays with indices of run time, FROM with BY, a LOCAL array
NEURON { SUFFIX crecur NONSPECIFIC_CURRENT i RANGE i, a, b, c, depth }
DEFINE N 6
PARAMETER { g = 1e-5 }
ASSIGNED { v i a b[N] c depth }
INITIAL { depth = 0
	FROM k = 0 TO N-1 { b[k] = k*k }
	a = 0 c = 0
}
BREAKPOINT { SOLVE p
	i = g*(v + a) }
PROCEDURE p() { LOCAL k, w[3]
	k = fmod(fabs(v), 6)
	b[k] = b[k] + 0.5
	a = fac(4 + t/5) + fib(5)
	c = 0
	FROM j = 0 TO N-1 BY 2 { c = c + b[j] }
	FROM j = 0 TO k BY 3 { c = c + 10 }
	FROM j = 0 TO 2 { w[j] = j*k }
	FROM j = 0 TO 2 { IF (w[j] < 7) { c = c + w[j] } }
	even(k)
}
FUNCTION fac(x) { IF (x <= 1) { fac = 1 } ELSE { fac = x*fac(x - 1) } }
FUNCTION fib(n) { LOCAL l
	depth = depth + 1
	IF (n < 2) { fib = n } ELSE { l = fib(n - 1) fib = l + fib(n - 2) } }
PROCEDURE even(n) { IF (n > 0) { odd(n - 1) } ELSE { c = c + v } }
PROCEDURE odd(n) { IF (n > 0) { even(n - 1) } ELSE { c = c - v } }
