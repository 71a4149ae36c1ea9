: ELECTRODE_CURRENT
NEURON { POINT_PROCESS telec ELECTRODE_CURRENT i RANGE amp, del, i }
PARAMETER { amp = 0.3 (nA) del = 2 (ms) }
ASSIGNED { v (mV) i (nA) }
BREAKPOINT {
	at_time(del)
	IF (t < del) { i = 0 } ELSE { i = amp*(1 + v/1000) }
}
