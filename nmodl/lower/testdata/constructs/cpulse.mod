: a point process that sends itself events with the weights of several connections and moves one of them
NEURON { POINT_PROCESS cpulse NONSPECIFIC_CURRENT i RANGE i, on, amp, count }
PARAMETER { dur = 2.3 (ms) }
ASSIGNED { v i on amp count }
INITIAL { on = 0 amp = 0 count = 0 }
BREAKPOINT { i = on*amp*1e-3*v }
NET_RECEIVE(w, k) {
	INITIAL { k = w*2 }
	IF (flag == 0) {
		IF (on == 0) { on = 1 amp = w net_send(dur, 1) }
		ELSE { net_move(t + dur) }
		k = k + 1
		net_send(0.7, 2)
	}
	IF (flag == 1) { on = 0 amp = k }
	IF (flag == 2) { count = count + k + w }
}
