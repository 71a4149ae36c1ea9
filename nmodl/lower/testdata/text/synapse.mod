: a synapse: weights that change, self events, jumps; 100/area is an invariant
NEURON { POINT_PROCESS syn NONSPECIFIC_CURRENT i RANGE tau, g, n, private, i }
PARAMETER { tau = 2 e = 0 }
ASSIGNED { v i n private2[3] private }
STATE { g }
INITIAL { n = 0 net_send(tau, 1) }
BREAKPOINT { SOLVE s METHOD cnexp i = g*(v - e) }
DERIVATIVE s { g' = -g/tau }
NET_RECEIVE(w, u) {
	INITIAL { u = w/2 }
	IF (flag == 1) {
		WHILE (n < 3) { n = n + 1 }
		private2[n] = t
		private = private2[n-1]
	} ELSE {
		state_discontinuity(g, g + w*u)
		u = u*0.5
		net_event(t + 1)
	}
}
