: what needs an operation of its own
NEURON { POINT_PROCESS rare RANGE x, y, i NONSPECIFIC_CURRENT i POINTER p EXTERNAL other_mech }
PARAMETER { d = 2 }
ASSIGNED { v p x y i other_mech }
STATE { s }
FUNCTION_TABLE ft(a, b)
BREAKPOINT { SOLVE k
	i = s*v }
PROCEDURE k() {
	x = ft(v, other_mech) + nrn_pointing(p)
	LAG x BY d
	y = lag_x_d
	p = y
}
NET_RECEIVE(w, n) {
	FOR_NETCONS(w1, n1) { n1 = n1 + w }
	IF (flag == 1) { WATCH (v > x) 2, (v < y) 3 }
	flag = 0
}
BEFORE BREAKPOINT { x = v }
AFTER SOLVE { y = x }
AFTER STEP { y = 1 }
