: point process that writes an ion current and a plain one, with weights that change and several arguments
NEURON { POINT_PROCESS tpoint USEION ca READ cai, eca WRITE ica NONSPECIFIC_CURRENT i RANGE g, tau, last, n, i }
PARAMETER { tau = 4 (ms) e = -5 (mV) }
ASSIGNED { v (mV) i (nA) ica (nA) cai eca last n area }
STATE { g h }
BREAKPOINT { SOLVE s METHOD cnexp
	i = g*(v - e)
	ica = 0.1*h*(v - eca)*cai/(cai + 1e-4)
}
INITIAL { g = 0 h = 0.02 n = 0 last = -1 }
DERIVATIVE s { g' = -g/tau
	h' = -h/(2*tau) }
NET_RECEIVE(w, r, tlast (ms)) {
	INITIAL { r = 0.25 tlast = -1e3 }
	IF (flag == 0) {
		r = 1 + (r - 1)*exp(-(t - tlast)/20)
		g = g + w*r
		state_discontinuity(h, h + w/10 + v*1e-5)
		r = r - 0.3*r
		tlast = t
		last = t
		net_send(tau/3, 2)
	} ELSE {
		n = n + flag
		WHILE (n > 5) { n = n - 3 }
	}
}
