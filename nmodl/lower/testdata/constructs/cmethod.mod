: a DERIVATIVE block that is solved without a METHOD, and tables that PARAMETER usetable switches off
NEURON { SUFFIX cmethod NONSPECIFIC_CURRENT i RANGE i, k, u }
PARAMETER { usetable = 0 }
ASSIGNED { v i k u mi }
STATE { m n }
INITIAL { m = 0.2 n = 0.1 k = 0 u = usetable }
BREAKPOINT { SOLVE s
	rates(v)
	u = mi
	i = 1e-6*v*m*n }
DERIVATIVE s {
	m' = (0.5 - m)/3
	n' = -n*n + m
	k = k + 1
}
PROCEDURE rates(v) { TABLE mi FROM -150 TO 150 WITH 30
	mi = 1/(1 + exp(-(v + 40)/7)) }
