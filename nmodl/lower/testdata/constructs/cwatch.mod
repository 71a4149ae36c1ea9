: WATCH with both directions, events with flags, net_move, net_send from INITIAL several times, assignment to flag, and
: self events that see the weights of the connection they come from
NEURON { POINT_PROCESS cwatch NONSPECIFIC_CURRENT i RANGE i, g, up, down, last, moved, seen, sum }
PARAMETER { tau = 2 (ms) e = 0 (mV) high = -20 (mV) low = -60 (mV) }
ASSIGNED { v (mV) i (nA) up down last moved seen sum }
STATE { g }
INITIAL { g = 0 up = 0 down = 0 last = -1 moved = 0 seen = 0 sum = 0
	net_send(2, 1)
	net_send(0.5, 3)
	net_send(1.1, 3)
}
BREAKPOINT { SOLVE s METHOD cnexp
	i = g*(v - e) }
DERIVATIVE s { g' = -g/tau }
NET_RECEIVE(w, q) {
	INITIAL { q = 3 }
	IF (flag == 0) {
		g = g + w
		q = q + 1
		net_send(0.3, 7)
	} ELSE {
		IF (flag == 3) {
			WATCH (v > high) 4, (v < low + up) 5
			sum = sum + 100
		}
		IF (flag == 4) {
			up = up + 1
			last = t
			WATCH (v < low) 5
			WATCH (v > high) 4
		}
		IF (flag == 5) {
			down = down + 1
			last = t
			WATCH (v > high + 5) 4, (v < low - 10) 6
			net_send(0.4, 1)
			net_move(t + 0.9)
		}
		IF (flag == 6) { down = down + 1000
			net_send(0.1, 3)
		}
		IF (flag == 1) { moved = moved + t }
		IF (flag == 7) { seen = seen + q*w }
		flag = flag + 1
		sum = sum + flag
	}
}
