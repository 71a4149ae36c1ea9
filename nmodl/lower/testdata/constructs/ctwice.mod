: a state with an equation under IF and another under ELSE, by euler; a derivative that is declared as a STATE
NEURON { SUFFIX ctwice NONSPECIFIC_CURRENT i RANGE i, q }
ASSIGNED { v i q }
STATE { m n n' }
INITIAL { m = 0.2 n = 0.1 }
BREAKPOINT { SOLVE s METHOD euler
	q = n' + 2*m'
	i = 1e-6*v*m*n }
DERIVATIVE s {
	IF (v > -40) { m' = (0.5 - m)/3 } ELSE { m' = -m/9 }
	n' = -n*n + m
}
