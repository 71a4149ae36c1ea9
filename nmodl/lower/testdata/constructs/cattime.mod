: at_time as a value, in every kind of block; what secondorder and usetable are
NEURON { POINT_PROCESS cattime NONSPECIFIC_CURRENT i RANGE i, n, m, k, s }
ASSIGNED { v i n m k s }
INITIAL { n = at_time(0) m = 0 k = 0 s = secondorder + 2 }
BREAKPOINT {
	SOLVE count
	at_time(3)
	IF (at_time(3.1)) { n = n + 1 }
	IF (at_time(4.01)) { n = n + 100 }
	i = 1e-6*v
}
PROCEDURE count() { m = m + at_time(5) + 10*at_time(5.0125) + 100*at_time(5.01) }
NET_RECEIVE(w) {
	IF (at_time(t)) { k = k + 1 }
	k = k + 10*at_time(t - dt) + 100*at_time(t - dt/2)
}
