: arrays, FROM with constant and variable bounds, WHILE, integer index arithmetic, ELSE IF, recursion-free calls
DEFINE N 5
NEURON { SUFFIX tarray RANGE total, where, x, y }
PARAMETER { scale = 1.1 }
ASSIGNED { v (mV) x[N] y[N] total where n }
LOCAL top
BREAKPOINT { SOLVE p }
INITIAL {
	FROM i = 0 TO N-1 { x[i] = i*scale y[i] = 0 }
	total = 0
	top = 2
}
PROCEDURE p() {
	LOCAL j, s
	s = 0
	FROM i = 0 TO N-1 { x[i] = x[i] + sq(v/100, i)*dt }
	FROM i = 1 TO 3 BY 2 { y[(i + 1)/2] = y[i/2] + x[i] }
	n = fabs(v)/20
	FROM i = 0 TO n { s = s + x[0]/(i + 1) }
	j = 0
	WHILE (j < 3 && s < 1e6) {
		s = s + x[j]*j
		j = j + 1
	}
	IF (v < -80) { where = 1 } ELSE IF (v < -20) { where = 2 } ELSE { where = 3 }
	top = top + 1
	total = s + top
}
FUNCTION sq(a, b) {
	LOCAL q
	q = a*a
	IF (b > 2) { sq = q } ELSE { sq = -q/(b + 1) }
}
