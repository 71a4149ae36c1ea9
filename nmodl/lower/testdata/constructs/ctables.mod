: TABLE of arrays, of a RANGE variable, and one that looks another up
NEURON { SUFFIX ctables NONSPECIFIC_CURRENT i RANGE i, q, inf, tau, h, w, gbar }
PARAMETER { q = 1.7 gbar = 1e-4 }
ASSIGNED { v celsius i inf[2] tau[2] h w }
STATE { m n }
INITIAL { rates(v) scaled(v) m = inf[0] n = inf[1] }
BREAKPOINT { SOLVE s METHOD cnexp
	h = outer(v)
	i = gbar*m*n*(v + 60) }
DERIVATIVE s { rates(v) scaled(v)
	m' = (inf[0] - m)/tau[0]
	n' = (inf[1] - n)/(tau[1]*w) }
PROCEDURE rates(v) {
	TABLE inf, tau FROM -120 TO 80 WITH 73
	inf[0] = 1/(1 + exp(-(v + 40)/7)) inf[1] = 1/(1 + exp((v + 60)/6))
	FROM k = 0 TO 1 { tau[k] = 0.3 + k + 2*exp(-((v + 50)/30)^2) }
}
PROCEDURE scaled(v) {
	TABLE w DEPEND q FROM -100 TO 100 WITH 50
	w = q*(1 + v*v*1e-4)
}
FUNCTION inner(x) { TABLE DEPEND celsius FROM -100 TO 100 WITH 20
	inner = exp(-x/50)*celsius }
FUNCTION outer(v) { TABLE FROM -90 TO 50 WITH 33
	outer = inner(v*0.9) + 1 }
