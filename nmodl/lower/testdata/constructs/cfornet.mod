: FOR_NETCONS changes the weights of all connections to the instance
NEURON { POINT_PROCESS cfornet NONSPECIFIC_CURRENT i RANGE i, g, n, s }
PARAMETER { tau = 2 (ms) e = 0 (mV) }
ASSIGNED { v (mV) i (nA) n s }
STATE { g }
INITIAL { g = 0 n = 0 s = 0 }
BREAKPOINT { SOLVE d METHOD cnexp
	i = g*(v - e) }
DERIVATIVE d { g' = -g/tau }
NET_RECEIVE(w, last) {
	INITIAL { last = -10 }
	g = g + w
	FOR_NETCONS(wi, lasti) {
		n = n + 1
		wi = wi*1.25 + 1e-4*(t - lasti)
		s = s + wi
	}
	last = t
}
